"""What each format says of a digest, and that no stranger's text does anything in any of them."""

from __future__ import annotations

import csv as csv_reader
import io
import json as json_reader
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from typing import Any, NoReturn
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len

from mentionwatch.coverage import SourceHealth
from mentionwatch.digest import Digest, DigestInput, build_digest
from mentionwatch.model import Author, Brand, Engagement, Item, Match, Mention, Sentiment, Urgency
from mentionwatch.render import atom, csv, html, json, jsonl, markdown, phrases, terminal, text, tsv
from mentionwatch.render.excerpt import excerpt, headline, joined, spans, text_runs
from mentionwatch.render.sanitize import http_url, lines, squeezed
from mentionwatch.render.schema import digest_schema, mention_schema
from mentionwatch.times import optional_stamp
from support.digest_sample import BRANDS, HOSTILE, NOW, SINCE, at, mention, mentions, morning
from support.torture import examples
from support.waiting import PATIENCE

FORMATS: dict[str, Callable[[Digest], str]] = {
    "terminal": terminal.render,
    "terminal in colour": lambda digest: terminal.render(digest, color=True, width=120),
    "text": text.render,
    "markdown": markdown.render,
    "html": html.render,
    "mail": html.mail,
    "json": json.render,
    "jsonl": jsonl.render,
    "csv": csv.render,
    "atom": atom.render,
}
LISTS: dict[str, Callable[[tuple[Mention, ...]], str]] = {
    "terminal": lambda told: terminal.listing(told, NOW),
    "terminal in colour": lambda told: terminal.listing(told, NOW, color=True),
    "text": lambda told: tsv.mentions(told).replace("\t", " "),  # the tabs between its parts are its own
    "markdown": lambda told: markdown.mentions(told, NOW),
    "json": json.mentions,
    "jsonl": jsonl.mentions,
    "csv": csv.mentions,
    "show": lambda told: "".join(terminal.mention(one, NOW) for one in told),
    "show in colour": lambda told: "".join(terminal.mention(one, NOW, color=True) for one in told),
}

# -- hostile text ------------------------------------------------------------------------------------------------------

ATTACKS = (
    "\x1b[31mred",
    "\x1b]8;;https://evil.test\x07x\x1b]8;;\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b31m",
    "\x9d52;c;x\x9c",
    "\x07\x08",
    "\r\nBcc: x@y.test",
    "\x00",
    "\u202egnp.exe\u202c",
    "\u2066x\u2069",
    "\ud800",
    "\udfff",
    "\ufffe",
    "\u2028",
    "\x85",
    "\x0c",
    "[/]",
    "[link=https://evil.test]x[/link]",
    "[bold red]",
    ":smile:",
    "<script>alert(1)</script>",
    "<svg onload=alert(1)>",
    "<img src=https://evil.test/p.png>",
    "<style>*{display:none}</style>",
    "\"><b onmouseover='x'>",
    "</title>",
    "<!--",
    "]]>",
    "&lt;&#60;&amp;",
    "{{ 7*7 }}",
    "{% raw %}",
    "{# x #}",
    "${7*7}",
    "![x](https://evil.test/p.png)",
    "[x](javascript:alert(1))",
    "[x]: https://evil.test",
    "<https://evil.test>",
    "https://evil.test/auto",
    "www.evil.test",
    "mailto:x@evil.test",
    "@everyone",
    "# head",
    "```\ncode\n```",
    "~~~",
    "    code",
    "- list",
    "1. list",
    "+ list",
    "> quote",
    "---",
    "===",
    "| a | b |\n|---|---|",
    "**b** _i_ ~~s~~",
    "\\",
    "`tick`",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "  =1",
    '"',
    "'",
    ",",
    ";",
    "=?UTF-8?Q?=0A?=",
    "Acme Coffee",
    "قهوة",
    "本当に",
    "👩‍👩‍👧",
    "a\u0301",
    "\u200f",
    " ",
    "\n",
    "\n\n",
)
hostile = st.lists(st.sampled_from(ATTACKS) | st.text(max_size=20), max_size=6).map("".join)
urls = st.sampled_from(
    [
        None,
        "javascript:alert(1)",
        "data:text/html,<script>",
        "https://a.example/\x1b]8;;x\x07",
        'https://a.example/ b"><x>',
        "https://a.example/(x)[y]`z`*w*|",
        " https://a.example/",
        "https:\\\\a.example",
        "HTTPS://A.example/{{x}}",
        "//a.example/",
        "https://a.example/\u202e\ud800",
        "https://",
        "file:///etc/passwd",
        "https://a.example/?q=1&r=<2>#'f",
    ]
)
times = st.sampled_from(
    [
        None,
        at(3),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2099, 1, 1, tzinfo=UTC),
    ]
) | st.just(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))))
counts = st.none() | st.integers(-5, 2**63 - 1)


@st.composite
def hostile_mentions(draw: st.DrawFn) -> Mention:
    """A mention as no source would let it through: everything that came from outside is an attack."""
    maybe = st.none() | hostile
    item = Item(
        platform=draw(st.sampled_from(["feed", "mastodon", "hackernews"]) | hostile),
        kind=draw(st.sampled_from(["post", "comment", "article", "review", "video", "page"])),
        external_id=draw(maybe),
        url=draw(urls),
        title=draw(maybe),
        text=draw(hostile),
        language=draw(maybe),
        author=Author(draw(maybe), draw(maybe), draw(urls), draw(counts)),
        published_at=draw(times),
        links=tuple(link for link in draw(st.lists(urls, max_size=3)) if link is not None),
        parent_url=draw(urls),
        engagement=Engagement(draw(counts), draw(counts), draw(counts), draw(counts), draw(counts)),
    )
    matches = tuple(
        Match(
            draw(hostile),
            "name",
            draw(st.sampled_from(["title", "text", "links"])),
            start,
            start + length,
            draw(hostile),
        )
        for start, length in draw(st.lists(st.tuples(st.integers(-3, 60), st.integers(-3, 20)), max_size=4))
    )
    return Mention(
        id=draw(st.sampled_from(["m_1", "m_2", "m_3"]) | hostile),
        brand=draw(st.sampled_from(["Acme Coffee"]) | hostile),
        item=item,
        canonical_url=draw(urls),
        source=draw(hostile),
        first_seen_at=at(draw(st.floats(0, 23))),
        matches=matches,
        own=draw(st.booleans()),
        backlog=draw(st.booleans()),
        also_seen=(draw(hostile),),
        story=draw(maybe),
        story_size=draw(st.integers(1, 100)),
        sentiment=draw(
            st.sampled_from(
                [None, Sentiment("negative", float("nan"), (HOSTILE,)), Sentiment("positive", float("inf"))]
            )
        ),
        urgency=draw(st.sampled_from([None, Urgency("urgent", (HOSTILE,)), Urgency("high"), Urgency("low")])),
        status=draw(st.sampled_from(["new"]) | hostile),
        assignee=draw(maybe),
        due_at=draw(times),
    )


@st.composite
def hostile_digests(draw: st.DrawFn) -> Digest:
    """A digest in which nothing is clean, the configuration's own names included."""
    state = SourceHealth(
        draw(hostile),
        draw(hostile),
        NOW,
        draw(times),
        failing_since=draw(times),
        failures=draw(st.integers(0, 9)),
        error=draw(st.none() | hostile),
        moved_to=draw(urls),
        note=draw(st.none() | hostile),
    )
    return build_digest(
        DigestInput(
            since=SINCE,
            until=NOW,
            now=NOW,
            name=draw(st.none() | hostile),
            brands=(*BRANDS, Brand(draw(hostile), kind="topic")),
            mentions=tuple(draw(st.lists(hostile_mentions(), max_size=4))),
            previous={"Acme Coffee": 3},
            sources=(state,),
        )
    )


large = settings(max_examples=examples(25), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def inert(output: str) -> None:
    """Nothing but printable text and line ends: no control, no escape, no override, no lone surrogate."""
    assert _FORBIDDEN.findall(output.replace("\r\n", "\n")) == []
    output.encode("utf-8")


@large
@given(hostile_digests())
def test_no_control_reaches_any_format(digest: Digest) -> None:
    """Escape sequences, C1, overrides, surrogates and NULs are gone from every format, whatever field they were in."""
    for name, render in FORMATS.items():
        output = render(digest)

        inert(_COLOUR.sub("", output) if "colour" in name else output)


@large
@given(hostile_mentions())
def test_no_control_reaches_any_list(told: Mention) -> None:
    """Neither do they reach ``list`` and ``show``."""
    for name, render in LISTS.items():
        output = render((told,))

        inert(_COLOUR.sub("", output) if "colour" in name else output)


@pytest.mark.parametrize("name", FORMATS)
def test_equal_digests_give_equal_bytes(name: str) -> None:
    """The same digest is the same output, byte for byte, in whatever order its mentions came."""
    assert FORMATS[name](morning()) == FORMATS[name](morning(mentions=tuple(reversed(mentions()))))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("word", ["x" * 1_000_000, "\x1b" * 1_000_000, "<" * 1_000_000, "漢" * 300_000, "a " * 500_000])
def test_a_title_of_a_megabyte_is_borne(name: str, word: str) -> None:
    """One huge post neither hangs nor floods a digest; data formats give it whole."""
    huge = mention(
        "m_1", "Acme Coffee", word, 1, title=word, author=Author(word, word), url=f"https://a.example/{word}"
    )
    output = FORMATS[name](morning(mentions=(huge,)))

    assert name in ("json", "jsonl", "csv", "atom") or len(output) < 40_000


# -- terminal and text -------------------------------------------------------------------------------------------------


@large
@given(hostile_digests(), st.sampled_from([80, 120, 40]))
def test_lines_fit_the_terminal_and_addresses_stay_whole(digest: Digest, width: int) -> None:
    """No line is wider than the terminal but one that is an address, which is never broken."""
    from rich.cells import cell_len

    output = terminal.render(digest, width=width)
    wide = [row for row in output.split("\n") if cell_len(row) > width and http_url(row.strip()) != row.strip()]
    rows = [row.strip() for row in output.split("\n")]

    assert wide == []
    for section in digest.brands:
        assert all(phrases.link(story.leader) in (None, *rows) for story in section.stories)


def test_colour_changes_nothing_but_colour() -> None:
    """Without its colour sequences the coloured digest is the plain one, and the plain one has none."""
    coloured = terminal.render(morning(), color=True)

    assert _COLOUR.sub("", coloured) == terminal.render(morning())
    assert "\x1b[1;32mAcme Coffee\x1b[0m" in coloured
    assert "\x1b" not in terminal.render(morning())


def test_markup_of_rich_is_text() -> None:
    """``[/]`` and ``[link=…]`` in a title stand there as they were written."""
    assert "Acme Coffee [/] [link=https://evil.test]click[/link]" in terminal.render(morning())


def test_the_morning_at_eighty_columns() -> None:
    """The digest somebody reads with coffee: counts and trend, then the stories, then what was not seen."""
    rows = terminal.render(morning()).split("\n")

    assert rows[:6] == [
        "mentionwatch · morning  Thu 19 Nov 07:30 to Fri 20 Nov 2026 07:30 UTC",
        "",
        "Acme Coffee    7 (+4)  ▁▁▁▁▃▁▃▁▁▁▁▁▃▁▃▁▁▃▁▃▁▁▃▁",
        "    1 urgent · 1 waits for an answer · 1 negative · 1 own post",
        "Acme Tea       0 (-2)",
        "Bolt Roasters  2 (±0)  ▁▁▁▁▁▁▁▁▁▁▃▁▁▁▁▁▁▁▁▁▁▃▁▁  competitor",
    ]
    assert rows[9:15] == [
        "! Third time now: I ordered two bags from Acme Coffee, both arrived burnt,",
        "  support does not answer since Monday. I am done with these people and I would",
        "  advise everybody to look elsewhere before…",
        "  urgent: complaint, 24 replies in 1 h · negative · answer 35 min overdue",
        "  comment on Hacker News by jo · 2 h ago · 14 points · 24 replies · m_7f3k2q9d",
        "  https://news.ycombinator.com/item?id=41234567",
    ]
    assert "  and 3 more: food.example, business.example, @beanfan@social.example on" in rows
    assert "  mastodon-acme blind Thu 19 Nov 17:30–19:00 (1 h 30 min)" in rows


def test_times_are_told_in_the_readers_zone() -> None:
    """Failing since 02:12 in London is since 21:12 the day before in New York."""
    west = timezone(timedelta(hours=-5), "EST")
    output = terminal.render(morning(), zone=west)

    assert "Thu 19 Nov 02:30 to Fri 20 Nov 2026 02:30 EST" in output
    assert "failing since Thu 19 Nov 21:12" in output


def test_the_plain_digest_holds_the_same_and_fits_a_mail() -> None:
    """Plain text has every story, its link on a line of its own, and no line over 76 characters but links."""
    output = text.render(morning())
    rows = output.split("\n")

    assert all(len(row) <= 76 or http_url(row.strip()) for row in rows)
    assert all(
        f"  {phrases.link(story.leader)}" in rows for story in morning().brands[0].stories if phrases.link(story.leader)
    )
    assert "Acme Tea: 0 (-2)" in rows


def test_a_quiet_morning_says_so() -> None:
    """Nothing new and all well are said, not left to silence."""
    quiet = morning(mentions=(), sources=(), previous={}, new_only=True)
    for render in (terminal.render, text.render, markdown.render, html.render, html.mail):
        output = render(quiet)

        assert "Every source was asked and answered." in output
        assert "No new mentions of Acme Coffee, Acme Tea and Bolt Roasters" in output


def test_what_is_still_pending_is_said() -> None:
    """With an explicit --since, older mentions that no digest held are counted in every format for people."""
    for render in (terminal.render, text.render, markdown.render, html.render, html.mail):
        assert "12 older mentions are not in this digest and stay pending." in render(morning(older_pending=12))


def test_many_stories_are_all_there_the_later_ones_short() -> None:
    """Twenty-five stories in full, up to a thousand in a line with their link, the rest counted."""
    told = tuple(
        mention(
            f"m_{i:04}",
            "Acme Coffee",
            "Acme Coffee again",
            i / 100,
            title=f"Acme Coffee story {i}",
            url=f"https://a.example/{i}",
        )
        for i in range(1200)
    )
    output = terminal.render(morning(mentions=told))

    assert output.count("https://a.example/") == 1000
    assert "and 200 more stories (200 mentions)" in output
    assert html.mail(morning(mentions=told)).count('href="https://a.example/') == 1000


def test_a_story_of_a_hundred_thousand_is_one_line() -> None:
    """One story that everybody tells does not push the others out."""
    told = tuple(
        mention(
            f"m_{i}",
            "Acme Coffee",
            "Acme Coffee again",
            1,
            story="s_1",
            story_size=100_000,
            url=f"https://a{i % 50}.example/{i}",
        )
        for i in range(2_000)
    )

    assert "and 1,999 more: a1.example, a10.example" in terminal.render(morning(mentions=told))
    assert len(html.mail(morning(mentions=told))) < 20_000


# -- HTML --------------------------------------------------------------------------------------------------------------

_VOID = {"meta", "br"}
_TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "main",
    "section",
    "article",
    "footer",
    "h1",
    "h2",
    "h3",
    "p",
    "a",
    "mark",
    "span",
    "strong",
    "bdi",
    "div",
    "table",
    "tr",
    "td",
    "th",
    "ul",
    "li",
    "details",
    "summary",
    "svg",
    "rect",
    "br",
}


class Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)


@large
@given(hostile_digests())
def test_html_runs_nothing_loads_nothing_and_links_to_the_web_only(digest: Digest) -> None:
    """Only our own tags, no handler, no image, no style of a stranger's; every link is http(s); words as they are."""
    for page in (Page(html.render(digest)), Page(html.mail(digest))):
        assert {tag for tag, _ in page.tags} <= _TAGS
        assert page.open == []
        for _, attributes in page.tags:
            assert not {"src", "srcset", "background", "action"} & attributes.keys()
            assert not any(name.startswith("on") for name in attributes)
            assert "url(" not in (attributes.get("style") or "")
            assert http_url(attributes.get("href")) == attributes.get("href")
        words = "".join(page.words)
        for section in digest.brands:
            assert all(joined(headline(story.leader)) in words for story in section.stories)


def test_the_page_forbids_itself_everything_but_its_own_style() -> None:
    """Its policy allows the one style it has, by hash, and nothing else; nothing comes from elsewhere."""
    source = html.render(morning())
    page = Page(source)
    (policy,) = [
        a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    ]

    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'", policy or ""
    )
    assert not any("style" in attributes for _, attributes in page.tags)
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in [a for _, a in page.tags]


def test_the_mail_needs_no_images_and_no_style_sheet() -> None:
    """The mail's looks stand in its tags, for readers that drop style sheets; it has no image."""
    source = html.mail(morning())

    assert "<img" not in source
    assert source.count("style=") > 50
    assert len(source) < 100_000, "longer mails are cut by some readers"


class _LongWords(HTMLParser):
    """The long words of a page, each with whether it may be broken or is cut off."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[bool] = []
        self.words: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("meta", "br"):
            return
        style = dict(attrs).get("style") or ""
        broken = "word-break:break-word" in style or "display:none" in style or any(self.open[-1:])
        self.open.append("text-overflow:ellipsis" in style or (broken and "white-space:nowrap" not in style))

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if (
            self.get_starttag_text() not in ("<title>", None)
            and self.lasttag != "style"
            and max(map(len, data.split()), default=0) > 30
        ):
            self.words.append(self.open[-1])


def test_no_word_widens_a_mail() -> None:
    """A word or address of any length, in any place, is broken where a telephone's screen ends."""
    word = "kettlesandmore" * 12
    many = tuple(
        mention(
            f"m_{i}", "Acme Coffee", f"Acme Coffee https://acme.example/{i}{word} {i}{word}", i / 9,
            title=f"{word} {i}", url=f"https://n{i}.example/{word}", source=word,
            author=Author(word, f"@{word}"), own=i == 40,
        )
        for i in range(41)
    )  # fmt: skip
    failing = SourceHealth(word, "reddit", NOW, at(7), failing_since=at(5), failures=33, error=word)
    page = _LongWords()
    page.feed(html.mail(morning(mentions=many, sources=(failing,), name=word)))

    assert len(page.words) > 40
    assert all(page.words)


def test_what_was_not_seen_stands_at_the_head_as_well() -> None:
    """Some readers cut a long mail off before its end. A source that only moved was seen."""
    said = "2 sources not seen in full: see the end"

    assert text.render(morning()).index(said) < text.render(morning()).index("Acme Coffee:")
    assert html.mail(morning()).index(said) < html.mail(morning()).index("Acme Tea</strong>")
    assert "see the end" not in html.mail(morning(sources=())) + text.render(morning(sources=()))


# -- Markdown ----------------------------------------------------------------------------------------------------------

_READERS = [
    MarkdownIt("commonmark"),
    MarkdownIt("commonmark").enable(["table", "strikethrough"]),
    MarkdownIt("js-default"),
]


@large
@given(hostile, st.booleans())
def test_escaped_words_read_as_they_were(words: str, start: bool) -> None:
    """Every reader of Markdown shows the very characters, with no markup found in them."""
    shown = squeezed(words)
    for reader in _READERS:
        source = markdown.escape(shown) if start else f"x{markdown.escape(shown, line_start=False)}"
        blocks = [token for token in reader.parse(source) if token.type not in ("paragraph_open", "paragraph_close")]
        inline = [child for token in blocks for child in token.children or ()]

        assert {token.type for token in blocks} <= {"inline"}
        assert {child.type for child in inline} <= {"text", "text_special"}
        assert "".join(child.content for child in inline) == (shown if start else f"x{shown}")


@large
@given(hostile_digests())
def test_markdown_holds_no_markup_of_a_strangers(digest: Digest) -> None:
    """No HTML, no image, no code, and no link but those we made, all http(s)."""
    for reader in _READERS:
        for token in reader.parse(markdown.render(digest)):
            assert token.type not in ("html_block", "code_block", "fence", "lheading_open")
            for child in token.children or ():
                assert child.type not in ("html_inline", "image", "code_inline", "s_open")
                if child.type == "link_open":
                    href = str(child.attrs["href"])
                    assert child.info == "auto"
                    assert http_url(href) == href


def test_markdown_has_a_table_of_brands_and_a_heading_a_story() -> None:
    """The digest's structure is Markdown's own."""
    rows = markdown.render(morning()).split("\n")

    assert "| Acme Tea | 0 (-2) |  |  |" in rows
    assert "### Acme Coffee opens in Leeds" in rows
    assert "### ! jo on Hacker News" in rows
    assert "<https://news.ycombinator.com/item?id=41234567>" in rows


# -- JSON --------------------------------------------------------------------------------------------------------------


def strictly(source: str) -> Any:
    """The value of strict JSON: no NaN, no doubled key."""

    def refuse(name: str) -> NoReturn:
        pytest.fail(f"{name} is not JSON")

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    return json_reader.loads(source, parse_constant=refuse, object_pairs_hook=once)


_CONTRACT_KEYS = [
    "schema",
    "id",
    "brand",
    "kind",
    "source",
    "platform",
    "external_id",
    "url",
    "canonical_url",
    "title",
    "text",
    "language",
    "author",
    "published_at",
    "first_seen_at",
    "matches",
    "links",
    "parent_url",
    "also_seen",
    "engagement",
    "sentiment",
    "urgency",
    "story",
    "story_size",
    "status",
    "assignee",
    "due_at",
    "own",
]


def test_the_mention_has_the_contracts_keys_always() -> None:
    """Every documented key is there, in the documented order, whatever is known; more may come between."""
    bare = Mention("m_1", "B", Item("feed", "page"), None, "s", NOW, ())

    assert [key for key in jsonl.mention_json(bare) if key in _CONTRACT_KEYS] == _CONTRACT_KEYS
    author = {"name": None, "handle": None, "url": None, "followers": None, "person": None, "role": None}
    assert jsonl.mention_json(bare)["author"] == author
    assert set(jsonl.mention_json(bare)["engagement"]) == {"likes", "reposts", "replies", "score", "views"}  # type: ignore[call-overload]


def test_a_mention_in_json() -> None:
    """The complaint, as a script gets it."""
    (line,) = [row for row in jsonl.render(morning()).splitlines() if "m_7f3k2q9d" in row]
    got = strictly(line)

    assert (got["schema"], got["kind"], got["url"]) == (
        "mentionwatch.mention/1",
        "comment",
        "https://news.ycombinator.com/item?id=41234567",
    )
    assert (got["published_at"], got["first_seen_at"], got["due_at"]) == (
        "2026-11-20T05:18:00Z",
        "2026-11-20T05:30:00Z",
        "2026-11-20T06:55:00Z",
    )
    assert got["sentiment"] == {"label": "negative", "score": -0.71, "reasons": ["burnt", "does not answer"]}
    assert [got["text"][match["start"] : match["end"]] for match in got["matches"]] == ["Acme Coffee"]


@large
@given(hostile_digests())
def test_json_is_strict_and_as_its_schema_says(digest: Digest) -> None:
    """One document, no NaN, every mention of every line valid against the published schema."""
    document = strictly(json.render(digest))
    told = [strictly(row) for row in jsonl.render(digest).split("\n")[:-1]]

    assert document["mentions"] == told
    assert len(told) == len(list(digest.mentions))
    checker = jsonschema.Draft202012Validator(_without_ids(digest_schema()))
    assert [error.message for error in checker.iter_errors(document)] == []


def _without_ids(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without what hostile ids and counts of these tests break on purpose."""
    source = (
        json_reader.dumps(schema)
        .replace('"pattern": "^m_"', '"title": "id"')
        .replace('"minimum": 0', '"title": "count"')
    )
    return dict(json_reader.loads(source.replace('"minimum": 1', '"title": "count"')))


def test_the_sample_is_valid_against_the_published_schemas() -> None:
    """``schema mention`` and ``schema digest`` speak of what is really given."""
    mention_checker = jsonschema.Draft202012Validator(mention_schema())

    jsonschema.Draft202012Validator(digest_schema()).validate(strictly(json.render(morning())))
    for row in jsonl.render(morning()).splitlines():
        mention_checker.validate(strictly(row))


@large
@given(hostile_mentions())
def test_offsets_in_json_point_into_the_text_as_given(told: Mention) -> None:
    """Nothing that is replaced shifts what stands after it; active schemes are in no address."""
    got = jsonl.mention_json(told)

    assert len(str(got["text"])) == len(told.item.text)
    assert (got["title"] is None) == (told.item.title is None)
    for url in (got["url"], got["canonical_url"], got["parent_url"], *got["links"]):  # type: ignore[misc]
        assert url is None or str(url).lower().startswith(("http://", "https://"))


# -- CSV ---------------------------------------------------------------------------------------------------------------


@large
@given(st.lists(hostile_mentions(), max_size=4))
def test_csv_is_read_back_and_holds_no_formula(told: list[Mention]) -> None:
    """Every row has every column; no cell begins as a formula does, in any width of letter."""
    source = csv.mentions(told)
    rows = list(csv_reader.reader(io.StringIO(source, newline=""), strict=True))

    assert rows[0] == list(csv.COLUMNS)
    assert len(rows) == len(told) + 1
    for row, given_ in zip(rows[1:], told, strict=True):
        cells = dict(zip(csv.COLUMNS, row, strict=True))
        assert cells["text"].removeprefix("'") == lines(given_.item.text).removeprefix("'")
        for name, cell in cells.items():
            number = name in ("followers", "likes", "reposts", "replies", "score", "views", "sentiment_score")
            assert number or not cell.lstrip().startswith(("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠"))


def test_csv_keeps_to_its_rfc() -> None:
    """Rows end in CRLF, texts are quoted, quotes doubled."""
    source = csv.mentions([mention("m_1", "Acme Coffee", 'say "Acme Coffee"', 1, title="=1+1")])

    assert source.endswith("\r\n")
    assert '"\'=1+1","say ""Acme Coffee"""' in source


# -- Atom --------------------------------------------------------------------------------------------------------------

_ATOM = "{http://www.w3.org/2005/Atom}"


@large
@given(hostile_digests())
def test_atom_is_well_formed_and_complete(digest: Digest) -> None:
    """Id, title, updated and author in every entry; links are http(s); the words are text."""
    feed = ElementTree.fromstring(atom.render(digest))
    entries = feed.findall(f"{_ATOM}entry")

    assert [feed.findtext(f"{_ATOM}{name}") is not None for name in ("id", "title", "updated")] == [True] * 3
    for entry, told in zip(entries, digest.mentions, strict=True):
        assert (entry.findtext(f"{_ATOM}id") or "").startswith("urn:uuid:")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.findtext(f"{_ATOM}updated") or "")
        assert entry.findtext(f"{_ATOM}author/{_ATOM}name")
        assert entry.find(f"{_ATOM}content") is not None
        assert entry.findtext(f"{_ATOM}content") == lines(told.item.text or joined(headline(told)))
        assert len(entry.findall(f"{_ATOM}link[@rel='alternate']")) <= 1
        assert all((link.get("href") or "").lower().startswith("http") for link in entry.findall(f"{_ATOM}link"))


def test_an_entry_keeps_its_id_from_digest_to_digest() -> None:
    """A feed reader shows a mention once, in whichever digests it stands."""
    one = ElementTree.fromstring(atom.render(morning()))
    other = ElementTree.fromstring(atom.render(morning(mentions=mentions()[:3], name="evening")))
    ids = [{entry.findtext(f"{_ATOM}id") for entry in feed.findall(f"{_ATOM}entry")} for feed in (one, other)]

    assert ids[1] < ids[0]
    assert one.findtext(f"{_ATOM}id") != other.findtext(f"{_ATOM}id")


# -- words -------------------------------------------------------------------------------------------------------------


def test_the_passage_about_the_match_is_shown_and_marked() -> None:
    """Of a long text the words around the match, whole words at the ends, the match marked."""
    body = "lorem ipsum " * 60 + "then Acme Coffee said " + "dolor sit " * 60
    told = mention("m_1", "Acme Coffee", body, 1, title="News")
    said = excerpt(told)

    assert [piece.text for piece in said if piece.matched] == ["Acme Coffee"]
    assert joined(said).startswith("…lorem ") or joined(said).startswith("…ipsum ")
    assert joined(said).endswith(("dolor…", "sit…"))
    assert len(joined(said)) <= 242


@large
@given(hostile, st.lists(st.tuples(st.integers(-2, 80), st.integers(-2, 80)), max_size=6), st.integers(20, 60))
def test_a_passage_is_a_part_of_the_text(words: str, marks: list[tuple[int, int]], limit: int) -> None:
    """Whatever the offsets: at most the limit, one line, and nothing that was not said."""
    told = mention("m_1", "x", words, 1)
    told = replace(told, matches=tuple(Match("x", "name", "text", start, end, "x") for start, end in marks))
    said = joined(text_runs(words, spans(told, "text"), limit))
    core = said.removeprefix("…").removesuffix("…").strip()

    assert len(said) <= limit + 2
    assert "\n" not in said
    assert core in " ".join(lines(words).split()) or said.count("…") > 2


def test_a_sign_is_not_cut_in_two() -> None:
    """A family of joined emoji and a letter with its accent stay whole at the edge of a passage."""
    family = "👩\u200d👩\u200d👧"
    for limit in range(20, 40):
        said = joined(text_runs(family * 30, [], limit)).removesuffix("…")
        assert said == family * (len(said) // len(family))


def test_a_mention_by_link_alone_says_so() -> None:
    """Where no word matches, the digest says what did."""
    assert "links to acme.example/shop" in terminal.render(morning())


def test_what_is_judged_is_said_once() -> None:
    """A question is called one; a complaint that is the reason of the urgency is not named twice."""
    told = mention("m_1", "Acme Coffee", "Does Acme Coffee deliver?", 1, flags=("question", "complaint"))

    assert phrases.verdicts(told, NOW) == ["question", "complaint"]
    assert phrases.verdicts(replace(told, urgency=Urgency("high", ("complaint",))), NOW) == [
        "high: complaint",
        "question",
    ]


def test_ages() -> None:
    """Minutes, hours, days, then the date; never the future, never before the web."""
    ages = [
        phrases.age(mention("m", "x", "x", 0, published=when), NOW)
        for when in (
            NOW - timedelta(seconds=30),
            NOW - timedelta(minutes=59),
            NOW - timedelta(hours=47),
            NOW - timedelta(days=13),
            NOW - timedelta(days=15),
            NOW + timedelta(days=400),
            datetime(1, 1, 1, tzinfo=UTC),
        )
    ]

    assert ages == ["just now", "59 min ago", "47 h ago", "13 d ago", "2026-11-05", "just now", "just now"]


@pytest.mark.parametrize(
    ("told", "subject"),
    [
        (0, "No new mentions of Acme Coffee, Acme Tea and Bolt Roasters (mentionwatch)"),
        (1, "1 new mention of Acme Coffee (mentionwatch)"),
        (7, "7 new mentions of Acme Coffee (mentionwatch)"),
    ],
)
def test_the_subject_counts(told: int, subject: str) -> None:
    """How many, of whom, from whom."""
    all_of_them = tuple(mention(f"m_{i}", "Acme Coffee", "Acme Coffee", 1) for i in range(told))

    assert phrases.subject(morning(mentions=all_of_them, new_only=True)) == subject


def test_what_may_be_old_is_not_called_new() -> None:
    """A digest of a time holds what was there before the watch began, and what was told before."""
    for render in (text.render, markdown.render, html.render, html.mail):
        assert "new" not in re.split("mentions? of", render(morning()))[0].rsplit("\n", 1)[-1]


def test_wide_letters_take_two_columns() -> None:
    """A line of Japanese is no wider than one of English, and the rule below a name is as long as the name."""
    brand = Brand("みどり珈琲")
    said = "みどり珈琲の豆が届かない。" * 9 + " #みどり珈琲"
    output = text.render(morning(brands=(brand,), mentions=(mention("m_1", brand.name, said, 1),), previous={}))
    rows = [row for row in output.split("\n") if not http_url(row.strip())]

    assert max(map(cell_len, rows)) <= 76
    assert rows[rows.index("みどり珈琲") + 1] == "=" * 10
    assert "".join(row.strip() for row in rows).count("みどり珈琲の豆が届かない。") == 9


def test_an_outage_of_more_than_a_day_has_both_dates() -> None:
    """``Wed 18 Nov 09:00 to 07:00`` could be any morning's."""
    start = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
    now = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)

    assert phrases.between(start, now, now) == "Wed 18 Nov 09:00 to Fri 20 Nov 07:30 (46 h)"
    assert phrases.between(now.replace(hour=2), now, now) == "02:30–07:30 (5 h)"


def test_bars_show_how_it_ran() -> None:
    """A full bar from four on, the lowest for one, a line for none, nothing where there is nothing."""
    assert phrases.sparkline((0, 1, 2, 4)) == "▁▃▅█"
    assert phrases.sparkline((0, 1, 100)) == "▁▂█"
    assert phrases.sparkline((0, 0)) == ""


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example/x?y=1&z=2#f", "https://a.example/x?y=1&z=2#f"),
        ("http://a.example", "http://a.example"),
        ("https://例え.example/道", "https://例え.example/道"),
        ("https://a.example/a b\n<c>\"'`{}|\\^", "https://a.example/a%20b%0A%3Cc%3E%22%27%60%7B%7D%7C%5C%5E"),
        ("https://a.example/\u202e\u200b\x1b", "https://a.example/%E2%80%AE%E2%80%8B%1B"),
        ("javascript:alert(1)", None),
        ("\x01javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://a.example/", None),
        ("//a.example", None),
        ("https://", None),
        ("https:///a", None),
        ("https:/\\a.example", None),
        ("https://a.example\\@evil.test/", None),
        ("https://a.example/" + "x" * 10_000, None),
        ("", None),
        (None, None),
    ],
)
def test_only_the_web_is_linked(url: str | None, safe: str | None) -> None:
    """http(s) or nothing; what would break out of its place is percent-encoded."""
    assert http_url(url) == safe


@given(
    st.datetimes(timezones=st.just(UTC))
    | st.sampled_from([datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12)))])
)
def test_times_have_four_digits_and_z(time: datetime) -> None:
    """RFC 3339 whatever the year."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", optional_stamp(time) or "")


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("text", "rich jinja2"),
        ("json", "rich jinja2"),
        ("jsonl", "rich jinja2"),
        ("csv", "rich jinja2"),
        ("markdown", "rich jinja2"),
        ("atom", "rich jinja2"),
        ("terminal", "jinja2"),
        ("html", "rich"),
    ],
)
def test_a_format_loads_only_what_it_needs(module: str, heavy: str) -> None:
    """``digest --json`` in a cron line does not wait for a terminal's or a template's library."""
    program = f"import sys, mentionwatch.render.{module}; print([m for m in {heavy.split()!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PATIENCE)

    assert done.stdout == "[]\n"


def test_a_text_in_tag_characters_is_seen_and_flags_stay() -> None:
    hidden = "".join(chr(0xE0000 + ord(char)) for char in "ignore the post")
    england = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    shown = lines(f"Acme{hidden} {england}")
    assert shown == f"Acme{chr(0xFFFD) * len(hidden)} {england}"
    assert len(shown) == len(f"Acme{hidden} {england}")
