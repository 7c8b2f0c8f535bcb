"""JSON Lines: a mention a line, under the contract's names."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator

from mentionwatch.digest import Digest
from mentionwatch.model import Mention
from mentionwatch.render import sanitize
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
    e = item.engagement
    return {
        "schema": SCHEMA,
        "id": sanitize.lines(mention.id),
        "brand": sanitize.lines(mention.brand),
        "kind": item.kind,
        "source": sanitize.lines(mention.source),
        "platform": sanitize.lines(item.platform),
        "external_id": _text(item.external_id),
        "url": _address(item.url),
        "canonical_url": _address(mention.canonical_url),
        "title": _text(item.title),
        "text": sanitize.lines(item.text),
        "language": _text(item.language),
        "author": {
            "name": _text(item.author.name),
            "handle": _text(item.author.handle),
            "url": _address(item.author.url),
            "followers": item.author.followers,
            "person": _text(mention.person),
            "role": mention.role,
        },
        "published_at": optional_stamp(item.published_at),
        "first_seen_at": optional_stamp(mention.first_seen_at),
        "matches": [
            {
                "term": sanitize.lines(m.term),
                "kind": m.kind,
                "field": m.field,
                "start": m.start,
                "end": m.end,
                "text": sanitize.lines(m.text),
            }
            for m in mention.matches
        ],
        "links": [sanitize.lines(link) for link in item.links if http_url(link) is not None],
        "parent_url": _address(item.parent_url),
        "also_seen": [sanitize.lines(source) for source in mention.also_seen],
        "engagement": {
            "likes": e.likes,
            "reposts": e.reposts,
            "replies": e.replies,
            "score": e.score,
            "views": e.views,
        },
        "stars": None if item.rating is None else _number(item.rating),
        "sentiment": None
        if mention.sentiment is None
        else {
            "label": mention.sentiment.label,
            "score": _number(mention.sentiment.score),
            "reasons": [sanitize.lines(reason) for reason in mention.sentiment.reasons],
        },
        "urgency": None
        if mention.urgency is None
        else {
            "level": mention.urgency.level,
            "reasons": [sanitize.lines(reason) for reason in mention.urgency.reasons],
        },
        "flags": [sanitize.lines(flag) for flag in mention.flags],
        "tags": [sanitize.lines(tag) for tag in mention.tags],
        "rules": [sanitize.lines(hit.rule) for hit in mention.hits],
        "story": _text(mention.story),
        "story_size": mention.story_size,
        "status": sanitize.lines(mention.status),
        "assignee": _text(mention.assignee),
        "due_at": optional_stamp(mention.due_at),
        "own": mention.own,
        "edited_at": optional_stamp(mention.edited_at),
        "gone_at": optional_stamp(mention.gone_at),
    }


def _text(value: str | None) -> str | None:
    return None if value is None else sanitize.lines(value)


def _address(url: str | None) -> str | None:
    return None if url is None or http_url(url) is None else sanitize.lines(url)


def _number(value: float) -> float | None:
    """JSON has no NaN and no infinity."""
    return value if math.isfinite(value) else None
