"""Atom 1.0 (RFC 4287): the digest as a feed, an entry a mention."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from mentionwatch.digest import Digest
from mentionwatch.model import Mention
from mentionwatch.render import phrases
from mentionwatch.render.excerpt import headline, joined
from mentionwatch.render.sanitize import http_url, lines, squeezed
from mentionwatch.times import optional_stamp

#: Ids that any run makes again: version 5 UUIDs under this one.
_SPACE = uuid.UUID("0f2f4c39-6f0b-5d5c-9b36-5f6f3b0a7c41")


def render(digest: Digest) -> str:
    """The digest as an Atom document, told order; own posts are marked by the category ``own``."""
    return "".join(parts(digest))


def parts(digest: Digest) -> Iterator[str]:
    """The same document, an entry at a time."""
    name = "" if digest.name is None else digest.name
    rows = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">',
        f"<id>{_id('digest', name)}</id>",
        f"<title>{_text(f'mentionwatch: {squeezed(name, 60)}' if name else 'mentionwatch')}</title>",
        f"<subtitle>{_text(phrases.headline_counts(digest))}</subtitle>",
        f"<updated>{optional_stamp(digest.until)}</updated>",
        "<author><name>mentionwatch</name></author>",
        "<generator>mentionwatch</generator>",
    ]
    yield from (f"{row}\n" for row in rows)
    for mention in digest.mentions:
        yield "\n".join(_entry(mention)) + "\n"
    yield "</feed>\n"


def _entry(mention: Mention) -> list[str]:
    item = mention.item
    who = phrases.author(mention) or phrases.platform(mention) or "unknown"
    rows = [
        "<entry>",
        f"<id>{_id('mention', mention.id)}</id>",
        f"<title>{_text(joined(headline(mention)))}</title>",
        f"<updated>{optional_stamp(mention.first_seen_at)}</updated>",
        f"<published>{optional_stamp(phrases.said_at(mention))}</published>",
        f"<author><name>{_text(who)}</name></author>",
        f"<category term={_attribute(mention.brand)}/>",
    ]
    if mention.own:
        rows.append('<category term="own"/>')
    if link := phrases.link(mention):
        rows.append(f'<link rel="alternate" href={_attribute(link)}/>')
    for url in dict.fromkeys(filter(None, [http_url(item.parent_url), *map(http_url, item.links[:20])])):
        rows.append(f'<link rel="related" href={_attribute(url)}/>')
    rows += [f'<content type="text">{_text(item.text or joined(headline(mention)))}</content>', "</entry>"]
    return rows


def _id(kind: str, key: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_SPACE, f'{kind} {lines(key)}')}"


def _text(text: str) -> str:
    return escape(lines(text))


def _attribute(text: str) -> str:
    return quoteattr(squeezed(text, 10_000))
