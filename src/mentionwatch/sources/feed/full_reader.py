"""The thorough reader of feeds: feedparser, for whatever the quick one steps aside from. The only importer of it.

feedparser cannot be interrupted and takes seconds for hostile input, so this runs where it can be killed. It is only
ever given a stream: given bytes or text it opens files and addresses of that name. Its sanitising and resolving of
markup are off, they are done later, once, for every reader.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import feedparser

from mentionwatch.sources.feed.decoding import repair_xml, without_entities
from mentionwatch.sources.feed.document import Document, Entry, Link, Passage, Person
from mentionwatch.sources.feed.elements import tags_of
from mentionwatch.sources.feed.vocabulary import More, more_of_each, with_more

#: Values from feedparser have no types; every one is checked where it is used.
_Fields = Mapping[str, Any]


def read(data: bytes) -> tuple[Document | None, bool]:
    """The feed in ``data``, which is UTF-8, and whether it is well-formed XML; ``None`` when it is no feed at all.

    Addresses are as written where the document has no ``xml:base``. Broken XML is mended first where there is only one
    way to do so. Whatever feedparser raises – it is not made for hostile input – means that this is no feed.
    """
    data = without_entities(data)
    found = _parsed(data)
    sound = not found.get("bozo")
    if not sound:
        data = repair_xml(data)
        found = _parsed(data)
    version = str(found.get("version") or "")
    if not version and not found.entries:
        return None, sound
    return _document(version, found, more_of_each(data, len(found.entries))), sound


def _parsed(data: bytes) -> Any:
    # The charset is settled: data is UTF-8. Names of headers are lower-case, or feedparser does not see them.
    headers = {"content-type": "application/xml; charset=utf-8"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return feedparser.parse(
                io.BytesIO(data), response_headers=headers, resolve_relative_uris=False, sanitize_html=False
            )
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - AttributeError, RecursionError, AssertionError have been seen
            return feedparser.FeedParserDict(bozo=True, bozo_exception=error, entries=[], feed={})


def _document(version: str, found: Any, more: list[More]) -> Document:
    feed: _Fields = found.feed
    atom = version.startswith("atom")
    return Document(
        format={"rss091u": "rss091", "rss091n": "rss091", "atom": "atom03"}.get(version, version),
        language=_text(feed, "language"),
        authors=tuple(_people(feed)) if atom else (),
        entries=tuple(
            with_more(_entry(entry, atom), besides) if besides else _entry(entry, atom)
            for entry, besides in zip_longest(found.entries, more[: len(found.entries)])
        ),
        home=next((link.href for link in _links(feed) if link.rel == "alternate"), None),
        title=_text(feed, "title"),
    )


def _entry(entry: _Fields, atom: bool) -> Entry:
    source = entry.get("source")
    source = source if isinstance(source, Mapping) else {}
    title = _text(entry, "title")
    spoken = (_text(part, "language") for part in _details(entry))
    home = (link.href for link in _links(source) if link.rel == "alternate")
    reply = entry.get("thr_in-reply-to")
    return Entry(
        id=_text(entry, "id"),
        links=(*_links(entry), *_media(entry)),
        title=Passage(title, _is_markup(_mapping(entry, "title_detail"), atom)) if title else None,
        bodies=tuple(_bodies(entry, atom)),
        authors=tuple(_people(entry)),
        published=tuple(
            date for name in ("published", "created", "updated") if name in entry and (date := _text(entry, name))
        ),
        tags=tuple(_tags(entry)),
        language=_text(entry, "language") or next(filter(None, spoken), None),
        comments=_text(entry, "comments"),
        publisher=_text(source, "title"),
        publisher_url=_text(source, "href") or next(home, None),
        original=_text(entry, "feedburner_origlink") or _text(entry, "pheedo_origlink"),
        in_reply_to=(_text(reply, "href") or _text(reply, "ref")) if isinstance(reply, Mapping) else None,
        video="yt_videoid" in entry,
        rating=_text(entry, "im_rating"),
    )


def _text(fields: _Fields, name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) and value else None


def _mapping(fields: _Fields, name: str) -> _Fields:
    value = fields.get(name)
    return value if isinstance(value, Mapping) else {}


def _sequence(fields: _Fields, name: str) -> Sequence[_Fields]:
    value = fields.get(name)
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, list) else []


def _details(entry: _Fields) -> list[_Fields]:
    return [_mapping(entry, "title_detail"), _mapping(entry, "summary_detail"), *_sequence(entry, "content")]


def _links(fields: _Fields) -> Iterator[Link]:
    for link in _sequence(fields, "links"):
        href = _text(link, "href") or _text(link, "url")
        if href:
            yield Link(href, _text(link, "rel") or "alternate", _text(link, "type"))


def _media(entry: _Fields) -> Iterator[Link]:
    for content in _sequence(entry, "media_content"):
        href = _text(content, "url")
        if href:
            yield Link(href, "enclosure", _text(content, "type"))


def _is_markup(detail: _Fields, atom: bool) -> bool | None:
    """Whether it is HTML; feedparser does not tell a declaration of plain text from none."""
    return (atom and (_text(detail, "type") or "").endswith(("html", "html+xml", "xhtml+xml"))) or None


def _bodies(entry: _Fields, atom: bool) -> Iterator[Passage]:
    """The summary and every content, without the summary that feedparser copies from a content."""
    contents = [
        Passage(value, _is_markup(part, atom), _text(part, "base"))
        for part in _sequence(entry, "content")
        if (value := _text(part, "value")) and not (_text(part, "type") or "").startswith(("image", "audio", "video"))
    ]
    summary = _text(entry, "summary")
    detail = _mapping(entry, "summary_detail")
    if summary and detail:  # one without details is a copy of a content
        yield Passage(summary, _is_markup(detail, atom), _text(detail, "base"))
    yield from contents


def _people(fields: _Fields) -> Iterator[Person]:
    people = _sequence(fields, "authors")
    if len(people) < 2:
        # As written: feedparser cuts e-mail addresses out, and does not know top-level domains of five letters.
        name, href = _text(fields, "author"), _text(people[0], "href") if people else None
        if name or href:
            yield Person(name, href)
        return
    for person in people:
        if _text(person, "name") or _text(person, "href"):
            yield Person(_text(person, "name"), _text(person, "href"))


def _tags(entry: _Fields) -> Iterator[str]:
    for tag in _sequence(entry, "tags"):
        yield from tags_of(_text(tag, "term"), _text(tag, "scheme"), _text(tag, "label"), None)
