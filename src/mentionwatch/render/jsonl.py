"""JSON Lines: a mention a line, under the contract's names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from mentionwatch.digest import Digest
from mentionwatch.model import Mention
from mentionwatch.render import sanitize
from mentionwatch.render.json_fields import json_fields, json_value
from mentionwatch.render.sanitize import http_url
from mentionwatch.times import optional_stamp

SCHEMA = "mentionwatch.mention/1"


def render(digest: Digest) -> str:
    """Every mention of the digest in the order told, own posts (marked so) included; a line each."""
    return mentions(digest.mentions)


def parts(digest: Digest) -> Iterator[str]:
    """The same, a line at a time."""
    return mentions_parts(digest.mentions)


def mentions_parts(told: Iterable[Mention]) -> Iterator[str]:
    """What :func:`mentions` gives, a line at a time."""
    return (mention_line(mention) + "\n" for mention in told)


def mentions(told: Iterable[Mention]) -> str:
    """A line each, ended by LF."""
    return "".join(mentions_parts(told))


def mention_line(mention: Mention) -> str:
    """One mention as one line without its LF. ASCII only, so that it survives any terminal, pipe and locale."""
    return json.dumps(mention_json(mention), allow_nan=False)


def mention_json(mention: Mention) -> dict[str, object]:
    """The mention under the contract's names: every key always there, what is unknown ``None``.

    Times are RFC 3339 UTC with ``Z``. Texts keep their length, so that ``start`` and ``end`` of a match stand: what no
    output may hold is replaced character for character. An address that is not http or https is ``None``.
    """
    item = mention.item
    return {
        "schema": SCHEMA,
        "id": sanitize.lines(mention.id),
        "brand": sanitize.lines(mention.brand),
        "kind": item.kind,
        "source": sanitize.lines(mention.source),
        "platform": sanitize.lines(item.platform),
        "external_id": json_value(item.external_id),
        "url": _address(item.url),
        "canonical_url": _address(mention.canonical_url),
        "title": json_value(item.title),
        "text": sanitize.lines(item.text),
        "language": json_value(item.language),
        "author": {
            **json_fields(item.author, "name", "handle"),
            "url": _address(item.author.url),
            "followers": item.author.followers,
            "person": json_value(mention.person),
            "role": mention.role,
        },
        "published_at": optional_stamp(item.published_at),
        "first_seen_at": optional_stamp(mention.first_seen_at),
        "matches": [json_fields(found, "term", "kind", "field", "start", "end", "text") for found in mention.matches],
        "links": [sanitize.lines(link) for link in item.links if http_url(link) is not None],
        "parent_url": _address(item.parent_url),
        "also_seen": json_value(mention.also_seen),
        "engagement": json_fields(item.engagement, "likes", "reposts", "replies", "score", "views"),
        "stars": json_value(item.rating),
        "sentiment": mention.sentiment and json_fields(mention.sentiment, "label", "score", "reasons"),
        "urgency": mention.urgency and json_fields(mention.urgency, "level", "reasons"),
        **json_fields(mention, "flags", "tags", "labels", "priority"),
        "rules": [sanitize.lines(hit.rule) for hit in mention.hits],
        **json_fields(mention, "story", "story_size", "status", "assignee", "due_at", "snoozed_until", "own"),
        **json_fields(mention, "edited_at", "gone_at"),
    }


def _address(url: str | None) -> str | None:
    return None if url is None or http_url(url) is None else sanitize.lines(url)
