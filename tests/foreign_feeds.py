"""The test files of other feed readers, read by this one: is a word, an address, a person, a time or a language lost?

    python tests/foreign_feeds.py FOLDER [-v]

``FOLDER`` holds checkouts of feedparser, gofeed or Miniflux, or parts of them; nothing of theirs is kept here. Of
feedparser's files feedparser itself says what is in them, of gofeed's the JSON beside each, of Miniflux's the tests in
Go. What we say otherwise is counted by the reason in :data:`REASONS` (the table in docs/feeds.md), ``-v`` lists it. The
exit code is 1 when a difference has no reason.
"""

from __future__ import annotations

import io
import json
import re
import sys
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin

import feedparser

from mentionwatch.errors import SourceError
from mentionwatch.messages import Request, Response
from mentionwatch.model import Item
from mentionwatch.sources import NeedsFullParser
from mentionwatch.sources.platforms.feed import Feed
from mentionwatch.text import plain_from_html, unescape

#: Where the files pretend to come from, as feedparser's own tests have it.
URL = "http://127.0.0.1:8097/feed.xml"
NOW = datetime(2100, 1, 1, tzinfo=UTC)

#: Why a difference is none: kind, a pattern over "suite/file: value: how it is lost", and the reason in the words of
#: docs/feeds.md.
REASONS = (
    ("time|words", r"no item$", "an entry with nothing but an id or a date is no item"),
    ("words|person", r"@|mailto", "e-mail addresses are not kept"),
    ("words", r"/chardet/|linenoise", "a charset that nobody names is not guessed: windows-1252"),
    ("words", r"_crazy|_iframe", "what stands within a script, a comment or a frame is seen by no reader"),
    ("words", r"urn:uuid", "an id is no word"),
    ("words", r"issue_275", "an element that belongs to no vocabulary is not read"),
    ("address", r"\.jpg: |item_enclosure_multiple", "pictures are not links"),
    ("address", r"service\.post|link_multiple", "links for programs (edit, self, post) are not links of the entry"),
    ("address", r"WithRelative(?:Site)?URL: ", "in Atom the feed's own address is what others are relative to"),
    ("address", r"Replies|Comments", "an entry's own page of comments on the same site is not one of its links"),
    ("address", r"WithoutLink|WithIDAsURL", "an entry without an address has none: the site's is not its own"),
)


class Fact(NamedTuple):
    """Something an entry says: ``kind`` is words, address, person, time, tag or language."""

    entry: int
    kind: str
    value: str


class Case(NamedTuple):
    name: str
    body: bytes
    content_type: str
    facts: tuple[Fact, ...]
    url: str = URL


def main(arguments: list[str]) -> int:
    folders = [Path(argument) for argument in arguments if not argument.startswith("-")]
    if len(folders) != 1 or not folders[0].is_dir():
        print(__doc__)
        return 2
    told: Counter[tuple[str, str, str]] = Counter()
    files: Counter[str] = Counter()
    unexplained = 0
    for suite, case in _cases(folders[0]):
        files[suite] += 1
        for fact, lost in _compared(case):
            reason = _reason(f"{suite}/{case.name}", fact, lost) if lost else "kept"
            told[suite, fact.kind, reason] += 1
            unexplained += reason == "unexplained"
            if lost and "-v" in arguments:
                print(f"{reason}: {suite}/{case.name}: entry {fact.entry} {fact.kind} {fact.value[:200]!r}")
    for suite, number in files.items():
        print(f"{suite}: {number} files")
    for (suite, kind, reason), number in sorted(told.items()):
        print(f"{suite}  {kind}  {number}  {reason}")
    return 1 if unexplained else 0


def _reason(name: str, fact: Fact, lost: str) -> str:
    said = f"{name}: {fact.value}: {lost}"
    return next(
        (why for kind, over, why in REASONS if re.fullmatch(kind, fact.kind) and re.search(over, said)), "unexplained"
    )


# --- what the files say -----------------------------------------------------------------------------------------------


def _cases(folder: Path) -> Iterator[tuple[str, Case]]:
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.suffix == ".go" and "reader" in path.parts:
            yield from (("Miniflux", case) for case in _of_go(path, name))
        elif path.suffix in (".xml", ".json") and path.is_file():
            body = path.read_bytes()
            beside = path.with_suffix(".json") if path.suffix == ".xml" else path.with_stem(path.stem + "_expected")
            if beside.is_file() and beside != path:
                yield "gofeed", Case(name, body, "", tuple(_of_gofeed(beside)))
            elif re.search(rb"Expect:\s", body[:5000]):
                header = re.search(rb"^\s*Header:\s*Content-type:\s*(\S.*?)\s*$", body[:2000], re.I | re.M)
                kind = header[1].decode("latin-1") if header else ""
                yield "feedparser", Case(name, body, kind, tuple(_of_feedparser(body, kind)))


def _of_feedparser(body: bytes, content_type: str) -> Iterator[Fact]:
    headers = {"content-type": content_type or "application/xml", "content-location": URL}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: Any = feedparser.parse(io.BytesIO(body), response_headers=headers)
    for number, entry in enumerate(found.entries):
        for key in ("title", "summary", "subtitle"):
            yield from _fact(number, "words", entry.get(key))
        for part in entry.get("content", ()):
            if not str(part.get("type", "")).startswith(("image", "audio", "video", "application/oct")):
                yield from _fact(number, "words", part.get("value"))
        for link in entry.get("links", ()):
            if link.get("rel") in ("alternate", "related", "via", "enclosure"):
                yield from _fact(number, "address", link.get("href"))
        for person in (*entry.get("authors", ()), *entry.get("contributors", ())):
            yield from _fact(number, "person", person.get("name"))
        for tag in entry.get("tags", ()):
            yield from _fact(number, "tag", tag.get("label") or tag.get("term"))
        yield from _fact(number, "language", (entry.get("title_detail") or {}).get("language"))
        moment = next(
            (entry[key] for key in ("published_parsed", "created_parsed", "updated_parsed") if entry.get(key)), None
        )
        if moment:
            yield Fact(number, "time", f"{moment[0]:04}-{moment[1]:02}-{moment[2]:02}T{moment[3]:02}:{moment[4]:02}")


_KINDS = {
    "title": "words", "description": "words", "content": "words", "summary": "words", "subtitle": "words",
    "value": "words",
    "text": "words", "name": "person", "author": "person", "creator": "person", "contributor": "person",
    "link": "address", "links": "address", "url": "address", "href": "address", "external_url": "address",
    "categories": "tag", "keywords": "tag", "tags": "tag", "term": "tag", "language": "language",
    "publishedParsed": "time", "pubDateParsed": "time", "published": "", "pubDate": "",
}  # fmt: skip
#: What serves readers, not the entry's own words.
_NOT_ITS = frozenset(("image", "source", "attrs", "thumbnail", "cloud", "rights", "copyright", "comments"))


def _of_gofeed(path: Path) -> Iterator[Fact]:
    try:
        expected = json.loads(path.read_text("utf-8"))
    except ValueError:
        return
    entries = expected.get("items") or expected.get("entries") or () if isinstance(expected, dict) else ()
    for number, entry in enumerate(entries):
        yield from _leaves(number, entry, "")


def _leaves(number: int, value: object, kind: str) -> Iterator[Fact]:
    if isinstance(value, Mapping):
        if "attrs" in value or "children" in value:  # an element of an extension: "name" is what it is called
            value = {key: inner for key, inner in value.items() if key in ("value", "children")}
        for key, inner in value.items():
            if key not in _NOT_ITS:
                yield from _leaves(number, inner, _KINDS.get(key, kind if isinstance(inner, dict | list) else ""))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(number, inner, kind)
    elif kind and isinstance(value, str):
        yield from _fact(number, kind, value)


_FUNCTION = re.compile(r"^func (Test\w+)\(.*?^}", re.M | re.S)
_RAW = re.compile(r":?=\s*`(\s*[<{].*?)`", re.S)
_TEXT = r'(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)'
_ASSERTED = re.compile(rf"Entries\[(\d+)\]\.(URL|Title|Content|Author|CommentsURL) != {_TEXT}")
_ASKED = re.compile(r'Parse(?:Feed)?\("(https?://[^"]+)"')
_OF_GO = {"URL": "address", "Title": "words", "Content": "words", "Author": "person", "CommentsURL": "address"}


def _of_go(path: Path, name: str) -> Iterator[Case]:
    for function in _FUNCTION.finditer(path.read_text("utf-8")):
        body = _RAW.search(function[0])
        if body is None or len(_RAW.findall(function[0])) > 1:
            continue
        facts = [
            fact
            for number, field, quoted, raw in _ASSERTED.findall(function[0])
            for fact in _fact(int(number), _OF_GO[field], raw or json.loads(f'"{quoted}"'))
        ]
        asked = _ASKED.search(function[0])
        yield Case(f"{name}:{function[1]}", body[1].encode(), "", tuple(facts), asked[1] if asked else URL)


_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:")


def _fact(number: int, kind: str, value: object) -> Iterator[Fact]:
    if (
        isinstance(value, str)
        and not (kind == "words" and _DATE.match(value))
        and (_words(plain_from_html(value).text) if kind == "words" else value.strip())
    ):
        yield Fact(number, kind, value.strip())


# --- what we say ------------------------------------------------------------------------------------------------------


def _compared(case: Case) -> Iterator[tuple[Fact, str]]:
    """Each fact, and how it is lost: nothing when it is kept."""
    items = _read(case)
    entries = sorted({fact.entry for fact in case.facts})
    for fact in case.facts:
        index = entries.index(fact.entry) if len(items) == len(entries) else fact.entry
        if index >= len(items):
            yield fact, "no item"
        else:
            yield fact, "" if _says(items[index], fact, case.url) else "not said"


def _read(case: Case) -> tuple[Item, ...]:
    source = Feed(url=URL)
    answer = Response(Request("feed", case.url), 200, case.url, {"content-type": case.content_type}, case.body, NOW)
    try:
        try:
            return source.parse(answer).items
        except NeedsFullParser:
            return source.parse_fully(answer).items
    except SourceError:
        return ()


def _says(item: Item, fact: Fact, url: str) -> bool:
    everything = " ".join(
        filter(
            None, (item.title, item.text, item.author.name, item.author.handle, *item.tags, item.external_id, item.url)
        )
    )
    if fact.kind == "address":
        known = {item.url, item.parent_url, item.author.url, item.external_id, *item.links, *item.same_as}
        return _same(fact.value, url) in {_same(address, url) for address in known if address}
    if fact.kind == "time":
        return item.published_at is not None and item.published_at.isoformat()[:16] == fact.value[:16]
    if fact.kind == "language":
        return (item.language or "").casefold() == fact.value.replace("_", "-").casefold()
    # Markup that a reader leaves as it is, escaped once more or not, is no word.
    readings = [fact.value, plain_from_html(fact.value, URL).text, plain_from_html(unescape(fact.value), URL).text]
    return any(set(_words(reading)) <= set(_words(everything)) for reading in readings)


def _same(address: str, url: str) -> str:
    return unquote(urljoin(url, unescape(address.strip()))).partition("://")[2].rstrip("/").lower()


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
