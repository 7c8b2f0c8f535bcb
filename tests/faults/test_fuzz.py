"""What strangers write, changed in every way that occurred to us: no parser raises what it may not or loses its time.

Seeded, so that a failure comes again: ``MENTIONWATCH_SEED=… python -m pytest tests/faults/test_fuzz.py``. ``make test``
takes a few inputs of each kind, ``make torture`` thousands, with the recorded answers beside this checkout if there are
any. What it has found stands as tests of the rooms it was found in.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import SourceError
from mentionwatch.fetch import retry_after
from mentionwatch.messages import Page, Request, Response
from mentionwatch.model import Item
from mentionwatch.query.errors import QueryError
from mentionwatch.query.parse import parse as parse_query
from mentionwatch.sources import ExplainsErrors, HasFullParser, NeedsFullParser
from mentionwatch.sources.platforms.feed import Feed
from mentionwatch.sources.testing import assert_sound
from mentionwatch.text import clean, fold, one_line, plain_from_html, unescape
from mentionwatch.urls import canonical_url, find_urls, host_of, is_web, redact, safe_url, unwrap
from support.paths import ROOT
from support.replay import NOW
from support.samples import OURS, sample
from support.torture import SEED, WHOLE, Figures

#: Inputs a kind of thing that is read; seconds of CPU that none may take in `make torture`: `make test` judges no time.
INPUTS = 400 if WHOLE else 12
SECONDS = 12.0
ODD = (
    b"",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"&#x1b;",
    b"&#0;",
    b"&#99999999999;",
    b"&",
    b"<",
    b">",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"-->",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"&b;",
    b"<?xml version='1.0' encoding='utf-7'?>",
    b"<a ",
    b"</item>",
    b"<item>",
    b"<entry>",
    b'"',
    b"'",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"[",
    b"{",
    b"]",
    b"}",
    b",",
    b":",
    b"null",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 400,
    b"-1",
    b"true",
    b"http://[",
    b"http://\xc3\xa9.example:99999/",
    b"%",
    b"%00",
    b"%zz",
    b"javascript:",
    b"//",
    b"\xe2\x80\xae",
    b"\xe2\x80\xa8",
    b"e\xcc\x81" * 40,
    b"\r",
    b"\n\n",
    b"=?UTF-8?Q?=0A?=",
    b"0000-00-00T00:00:00Z",
    b"9999-12-31T23:59:60+14:00",
    b"Mon, 32 Foo 99999 99:99:99 +9999",
)
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**63,
    10**30,
    1e308,
    "",
    " ",
    "\0",
    "\ud800",
    "\u202e",
    "x" * 5000,
    [],
    {},
    [None],
    {"": None},
    [[[]]],
    "javascript:1",
    "http://[",
    "//x",
    "9999-12-31T23:59:60Z",
    "-5",
    "<b>",
    "&#27;",
    "%",
    {"text": 1},
    [{"a": [1]}],
    "NaN",
)


def bytes_changed(data: bytes, draw: random.Random) -> bytes:
    """A few changes at random places: bytes turned, cut, doubled, moved, and odd words put in."""
    changed = bytearray(data)
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(changed) + 1)
        much = at + min(len(changed) - at, draw.choice((1, 2, 8, 64, 1000)))
        match draw.randrange(7):
            case 0:
                changed[at:at] = draw.choice(ODD)
            case 1:
                changed[at:much] = draw.choice(ODD)
            case 2:
                del changed[at:much]
            case 3:
                changed[at:at] = changed[at:much] * draw.choice((1, 2, 50))
            case 4:
                changed[at:much] = bytes(draw.randrange(256) for _ in range(much - at))
            case 5:
                del changed[at:]
            case _:
                other = draw.randrange(len(changed) + 1)
                changed[at:at] = changed[other : other + much - at]
    return bytes(changed)


def value_changed(value: Any, draw: random.Random) -> Any:
    """A few values of a document in JSON, anywhere in it, put in the place of odd ones."""
    here = [value]
    places: list[tuple[Any, Any]] = []
    while here:
        node = here.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        places += [(node, key) for key in keys]
        here += [node[key] for key in keys]
    for node, key in draw.sample(places, min(len(places), draw.randint(1, 5))):
        if isinstance(node, dict) and draw.random() < 0.2:
            node.pop(key, None)
        else:
            node[key] = draw.choice(ODD_VALUES)
    return value


def answers(seeds: list[bytes], draw: random.Random, most: int) -> Iterator[bytes]:
    """Changed answers, one after the other: of JSON every other one in its values and not in its bytes."""
    for number in range(most):
        seed = seeds[number % len(seeds)]
        if number % 2:
            try:
                yield json.dumps(value_changed(json.loads(seed), draw)).encode("utf-8", "surrogatepass")
                continue
            except (ValueError, RecursionError):
                pass
        yield bytes_changed(seed, draw)


def try_out(figures: Figures, what: str, given: object, read: Callable[[], object]) -> None:
    """Read one input; a raised error or too long a time is noted with what was given."""
    figures.counts["inputs"] += 1
    begun = time.process_time()
    try:
        read()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        figures.wrong.append(f"{what}: {type(error).__name__}: {error}: {given!a:.300}")
    if WHOLE and time.process_time() - begun > SECONDS:
        figures.wrong.append(f"{what}: {time.process_time() - begun:.1f} s: {given!a:.300}")


@pytest.mark.parametrize("name", OURS)
def test_a_changed_answer_is_read_or_refused(name: str, torture: Callable[[str], Figures]) -> None:
    """Any source, any damage: items that are sound, or an error that names the source's trouble."""
    good = sample(name)
    figures = torture("fuzz: answers of sources")

    def read(response: Response) -> None:
        try:
            page = good.source.parse(response)
        except NeedsFullParser:
            return  # the careful parser's: it is other people's, and runs where it can be killed
        except SourceError as error:
            assert error.message.isprintable()  # noqa: PT017
            return
        for item in page.items:
            assert_sound(item, good.source.platform)
        assert page.note is None or page.note.isprintable()

    for body in answers([good.body], random.Random(f"{SEED} {name}"), INPUTS):
        try_out(figures, name, body, lambda body=body: read(good.response(body)))  # type: ignore[misc]
        if isinstance(source := good.source, ExplainsErrors):
            refusal = good.response(body, 403)
            try_out(figures, f"{name} explains", body, lambda source=source, refusal=refusal: source.explain(refusal))  # type: ignore[misc]
    assert figures.wrong == []


FEED = b"""<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>News</title>
<link>https://news.example/</link><item><title>Acme &amp; beans</title><link>https://news.example/1</link><guid>1</guid>
<pubDate>Fri, 20 Nov 2026 07:30:00 GMT</pubDate><dc:creator>Jo</dc:creator><description><![CDATA[<p>Beans
<a href="/x">here</a></p>]]></description><category>beans</category></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://news.example/"><title>News</title><id>urn:x</id><entry>
<id>urn:1</id><title type="html">Acme &lt;b&gt;beans&lt;/b&gt;</title><link rel="alternate" href="a/1"/>
<updated>2026-11-20T07:30:00Z</updated><author><name>Jo</name><uri>jo</uri></author><content type="xhtml">
<div xmlns="http://www.w3.org/1999/xhtml"><p>Beans</p></div></content></entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel
rdf:about="https://news.example/"><title>News</title></channel><item rdf:about="https://news.example/1"><title>Acme</title>
<link>https://news.example/1</link></item></rdf:RDF>"""
JSON_FEED = b"""{"version":"https://jsonfeed.org/version/1.1","title":"News","items":[{"id":"1","url":"https://news.example/1",
"title":"Acme","content_html":"<p>Beans</p>","date_published":"2026-11-20T07:30:00Z","authors":[{"name":"Jo"}]}]}"""


def _recorded(folder: Path) -> list[bytes]:
    """Other people's answers, where they are beside this checkout; the small ones, which fuzzing gets further with."""
    if not WHOLE or not (folder / "corpus" / "recorded").is_dir():
        return []
    files = sorted((folder / "corpus" / "recorded").rglob("*.xml")) + sorted(
        (folder / "corpus/recorded").rglob("*.rss")
    )
    return [file.read_bytes() for file in files if file.stat().st_size < 60_000][:60]


def test_a_changed_feed_is_read_alike_quickly_and_carefully(torture: Callable[[str], Figures]) -> None:
    """What the quick reader does not leave to the careful one, it reads: never less, and never in no time's end."""
    figures = torture("fuzz: feeds")
    source = Feed(url="https://news.example/feed")
    seeds = [FEED, ATOM, RDF, JSON_FEED, *_recorded(ROOT.parent / "shared")]

    def careful(response: Response) -> Page | None:
        assert isinstance(source, HasFullParser)
        try:
            return source.parse_fully(response)
        except SourceError:
            return None

    def read(response: Response) -> None:
        try:
            quick = source.parse(response)
        except NeedsFullParser:
            figures.counts["left to the careful reader"] += 1
            careful(response)
            return
        except SourceError:
            return
        for item in quick.items:
            assert_sound(item, "feed")
        both = careful(response)
        if both is not None:
            assert {_named(item) for item in both.items} <= {_named(item) for item in quick.items}

    for body in answers(seeds, random.Random(f"{SEED} feeds"), INPUTS * 5):
        request = Request("feed", source.url if isinstance(source.url, str) else "https://news.example/feed")
        response = Response(request, 200, "https://news.example/feed", {"content-type": "text/xml"}, body, NOW)
        try_out(figures, "feed", body, lambda response=response: read(response))  # type: ignore[misc]
    assert figures.wrong == []


def _named(item: Item) -> str | None:
    return item.external_id or item.url


TEXTS: dict[str, Callable[[str], object]] = {
    "clean": lambda text: clean(text).encode("utf-8"),
    "one_line": lambda text: one_line(text, 100),
    "unescape": unescape,
    "plain_from_html": lambda text: plain_from_html(text, "https://news.example/"),
    "fold": fold,
    "find_urls": find_urls,
    "canonical_url": canonical_url,
    "safe_url": safe_url,
    "host_of": host_of,
    "is_web": is_web,
    "redact": redact,
    "unwrap": unwrap,
    "retry_after": lambda text: retry_after({"retry-after": text, "x-ratelimit-reset": text}, NOW),
}
WORDS = [
    'Acme <a href="https://n.example/?u=https%3A%2F%2Facme.example%2F&utm_source=x#y">b</a> &amp; ünï קפה "x" 👩‍💻 #t',
    "https://user:pw@www.Google.com:443/url?q=http://acme.example/%7Ea/../b;c?d=e&f#g http://[::1]/ //x.example x@y",
    '("acme coffee" OR #acmecoffee OR link:acme.example) NOT ("wile e" OR cartoon) NEAR/5 (beans, cof*) lang:en /r+/',
    "Fri, 20 Nov 2026 07:30:00 GMT 120 2026-11-20T08:00:00+01:00 1e9 -5",
]


@pytest.mark.parametrize("name", [*TEXTS, "query"])
def test_changed_words_are_read(name: str, torture: Callable[[str], Figures]) -> None:
    """Text, markup, addresses, waits and queries: any string has a result, or an error of its own kind."""
    figures = torture("fuzz: words")
    draw = random.Random(f"{SEED} {name}")

    def query(text: str) -> None:
        try:
            parse_query(text)
        except QueryError:
            return

    read = query if name == "query" else TEXTS[name]
    seeds = [words.encode() for words in WORDS]
    for body in answers(seeds, draw, INPUTS * 5):
        text = body.decode("utf-8", draw.choice(("surrogateescape", "replace", "ignore")))
        try_out(figures, name, text, lambda text=text: read(text))  # type: ignore[misc]
        if WHOLE and draw.random() < 0.05:
            long = text * (200_000 // (len(text) + 1) + 1)
            try_out(figures, f"{name}, long", text, lambda long=long: read(long))  # type: ignore[misc]
    assert figures.wrong == []
