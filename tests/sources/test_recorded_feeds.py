"""What genuine feeds say: the quick reader and feedparser agree, and both say what is written in the documents.

``data/feeds_expected.jsonl`` was established by reading the documents, without any reader of this project: entries
told apart and their elements taken by regular expressions over the decoded text, dates by the standard library, and by
eye where a document is broken, lies about its charset or hides an address in a redirector's. A line a file: ``format``
and ``entries``, each as date, id, link and title; all but the date as the first six digits of their SHA-256, because
other people's words are not copied here. ``refused`` are words of the message for what is not a feed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from mentionwatch.errors import SourceError, UnexpectedResponse
from mentionwatch.messages import Page, Request, Response
from mentionwatch.model import Item
from mentionwatch.sources import NeedsFullParser
from mentionwatch.sources.feed import full_reader, xml_reader
from mentionwatch.sources.feed.decoding import decompress, to_utf8
from mentionwatch.sources.platforms.feed import Feed
from mentionwatch.text import clean, one_line
from mentionwatch.urls import is_web
from support.paths import DATA
from support.recorded import EXPECTED as ANSWERS

URL = "https://feeds.example/x/feed.xml"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FEED = Feed(url=URL)
EXPECTED = [json.loads(line) for line in (DATA / "feeds_expected.jsonl").read_text(encoding="utf-8").splitlines()]
FEEDS = [line for line in EXPECTED if "entries" in line]
#: JSON has one reader, and no format to tell apart.
IN_XML = [line for line in FEEDS if not str(line["format"]).startswith("json")]
REFUSED = [line for line in EXPECTED if "refused" in line]


def named(lines: list[dict[str, object]]) -> list[str]:
    return [str(line["file"]) for line in lines]


def response(path: Path) -> Response:
    return Response(Request("feed", URL), 200, URL, {}, path.read_bytes(), NOW)


def read(answer: Response) -> Page:
    """As a scan does it."""
    try:
        return FEED.parse(answer)
    except NeedsFullParser:
        return FEED.parse_fully(answer)


def six(text: str | None) -> str:
    return sha256(text.encode()).hexdigest()[:6] if text else "-"


def told(item: Item) -> str:
    """The item as a line of the expectation; an id made of an entry's words is none of the document's."""
    given = None if (item.external_id or "").startswith("sha256:") else item.external_id
    date = item.published_at.strftime("%Y-%m-%dT%H:%M:%SZ") if item.published_at else "-"
    return f"{date} {six(given)} {six(item.url)} {six(item.title)}"


def corpus_feeds(shared: Path) -> Iterator[Path]:
    for line in FEEDS:
        yield shared / "corpus" / str(line["file"])


@pytest.mark.parametrize("line", FEEDS, ids=named(FEEDS))
def test_says_what_is_written(shared: Path, line: dict[str, object]) -> None:
    """Every entry of a genuine feed comes out, in its order, with its id, link, date and title as plain text."""
    page = read(response(shared / "corpus" / str(line["file"])))

    expected = line["entries"]
    assert isinstance(expected, list)
    differing = [
        f"{number}: {said} is not {wanted}: {item}"
        for number, (item, wanted) in enumerate(zip(page.items, expected, strict=False))
        if (said := told(item)) != wanted
    ]
    assert differing == []
    assert len(page.items) == len(expected)
    assert not page.incomplete


@pytest.mark.parametrize("line", FEEDS, ids=named(FEEDS))
def test_items_are_fit_to_be_kept(shared: Path, line: dict[str, object]) -> None:
    """Titles and texts are plain, addresses are addresses, and nobody's e-mail address became a name."""
    for item in read(response(shared / "corpus" / str(line["file"]))).items:
        assert item.external_id or item.url
        assert item.text == clean(item.text).strip()
        for text in (item.title, item.author.name, item.author.handle, *item.tags):
            assert text is None or text == one_line(text) != ""
        addresses = (item.url, item.parent_url, item.author.url, *item.links, *item.same_as)
        assert [address for address in addresses if address is not None and not is_web(address)] == []
        assert "@" not in (item.author.name or "")
        assert item.author.handle is None or "example.com" not in item.author.handle
        assert item.url not in item.links


@pytest.mark.parametrize("line", IN_XML, ids=named(IN_XML))
def test_knows_the_format(shared: Path, line: dict[str, object]) -> None:
    """RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0 are told apart by what they are, not by how they are served."""
    answer = response(shared / "corpus" / str(line["file"]))
    data = to_utf8(decompress(answer.body)[0])
    try:
        document = xml_reader.read(data)
    except NeedsFullParser:
        thorough, _ = full_reader.read(data)
        assert thorough is not None
        document = thorough

    assert document.format == line["format"]


@pytest.mark.parametrize("line", REFUSED, ids=named(REFUSED))
def test_says_why_it_yields_nothing(shared: Path, line: dict[str, object]) -> None:
    """An answer that is no feed says what it is."""
    words = line["refused"]
    assert isinstance(words, list)
    with pytest.raises(UnexpectedResponse) as caught:
        read(response(shared / "corpus" / str(line["file"])))

    assert [word for word in words if word not in caught.value.message] == []


def test_an_empty_feed_says_so(shared: Path) -> None:
    """A genuine feed without an entry is no error, and tells that it is empty."""
    empty = [line for line in FEEDS if not line["entries"]]
    assert len(empty) >= 3
    for line in empty:
        assert read(response(shared / "corpus" / str(line["file"]))).note == "the feed is empty"


def test_both_readers_say_the_same(shared: Path) -> None:
    """Wherever the quick reader does not step aside, its items are feedparser's, field by field.

    And it steps aside from few: the rest would cost a process each.
    """
    differing: list[str] = []
    stepped_aside = []
    handled = 0
    for path in corpus_feeds(shared):
        answer = response(path)
        if answer.body[:1] == b"{":
            continue
        try:
            quick = FEED.parse(answer)
        except NeedsFullParser as reason:
            stepped_aside.append(f"{path.name}: {reason}")
            continue
        handled += 1
        thorough = FEED.parse_fully(answer)
        if quick == thorough:
            continue
        for one, other in zip(quick.items, thorough.items, strict=False):
            differing += [
                f"{path.name}: {field.name}: {getattr(one, field.name)!r} is not {getattr(other, field.name)!r}"
                for field in fields(Item)
                if getattr(one, field.name) != getattr(other, field.name)
            ]
        differing.append(f"{path.name}: {len(quick.items)} and {len(thorough.items)} items")
    share = handled / (handled + len(stepped_aside))
    print(f"the quick reader handled {handled} of {handled + len(stepped_aside)} feeds ({share:.0%}), but not:")  # noqa: T201
    print("\n".join(stepped_aside))  # noqa: T201 - shown by pytest -s

    assert differing == []
    assert share > 0.85


def test_reads_nothing_else_as_a_feed(shared: Path) -> None:
    """Recorded answers of other kinds – JSON of every platform, pages, frames – are refused with a clean message."""
    feeds = {line["file"] for line in FEEDS}
    taken = []
    messages = []
    for name in (line["file"] for line in ANSWERS):
        path = shared / "corpus" / name
        if name in feeds or path.suffix not in {".json", ".body", ".html", ".txt"}:
            continue
        try:
            taken.append((path.name, len(read(response(path)).items)))
        except SourceError as error:
            messages.append(error.message)

    assert taken == []
    assert len(messages) > 300
    assert [message for message in messages if message != one_line(message, 1000)] == []
