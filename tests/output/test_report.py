"""The report: its numbers, its page, its options."""

from __future__ import annotations

import json
import random
import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentionwatch.model import Author, Brand, LogEntry, Mention, Sentiment
from mentionwatch.render import report_html, report_json
from mentionwatch.report.build import build_report
from mentionwatch.report.values import PreviousPeriod, ReportInput, SentimentCounts, VoiceShare
from mentionwatch.response.sla import SlaPolicy
from mentionwatch.response.working_hours import parse_working_hours
from support.digest_sample import BRANDS, HOSTILE, NOW, at, mention, mentions
from support.torture import examples
from support.world import World, entry, rss

MONTH = NOW - timedelta(days=30)
ALWAYS = parse_working_hours("UTC", "Mon-Sun 00:00-24:00")
CONFIG = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee"]
own = ["acme.example"]

[[brands]]
name = "Brasswell"
kind = "competitor"
names = ["Brasswell"]

[[brands]]
name = "Quay"
kind = "topic"
names = ["quay"]

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"

[[sources]]
type = "feed"
name = "dead"
url = "https://dead.example/rss"

[response]
hours = "Mon-Sun 00:00-24:00"
reply_within = { urgent = "30m", high = "1h", normal = "2h", low = "4h" }
"""
ONE = "https://one.example/rss"


def of(*told: Mention, **more: Any) -> ReportInput:
    """What a report of thirty days is made of."""
    given: dict[str, Any] = {"since": MONTH, "until": NOW, "now": NOW, "brands": BRANDS, "watched_from": MONTH}
    return ReportInput(**{**given, "mentions": told, **more})


def fed(day: int, number: int, words: str, host: str = "news.example") -> str:
    published = datetime(2026, 11, 1, 8, tzinfo=UTC) + timedelta(days=day)
    return entry(words, f"https://{host}/{number}", guid=str(number), at=f"{published:%a, %d %b %Y %H:%M:%S} GMT")


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Eight scans, two days apart: a few of each brand, some of our own, one source that never answers."""
    world = World(tmp_path_factory.mktemp("month"), now=datetime(2026, 11, 1, 8, tzinfo=UTC))
    world.configure(CONFIG)
    world.serve("https://dead.example/rss", "oops", status=503)
    world.serve(ONE, rss(fed(0, 0, "Acme Coffee before the watch")))
    assert world.run("scan").status == 0
    dice = random.Random(7)
    told: list[str] = []
    for day in range(2, 16, 2):
        world.later(days=2)
        for _ in range(dice.randint(0, 4)):
            said = dice.choice(["Acme Coffee is awful, I want a refund", "Acme Coffee opens", "Brasswell is great",
                                "Acme Coffee and Brasswell at the quay"])  # fmt: skip
            told.append(fed(day, len(told) + 1, said, dice.choice(["news.example", "acme.example", "blog.example"])))
        world.serve(ONE, rss(*reversed(told)))
        assert world.run("scan").status == 0
    return world


def report(world: World, *args: str) -> dict[str, Any]:
    ran = world.run("report", "--json", *args)
    assert (ran.status, ran.err) == (0, "")
    document: dict[str, Any] = json.loads(ran.out)
    return document


def listed(world: World, *args: str) -> list[dict[str, Any]]:
    ran = world.run("list", "--jsonl", *args)
    assert (ran.status, ran.err) == (0, "")
    return [row for line in ran.out.splitlines() if not (row := json.loads(line))["own"]]


class Page(HTMLParser):
    """What a browser would find: every tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


# -- its numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("args", [(), ("--since", "9d"), ("--since", "2026-11-04", "--until", "2026-11-12T07:00")])
def test_the_numbers_are_those_of_list(month: World, args: tuple[str, ...]) -> None:
    """Whoever counts the lines of `list` for the same time comes to the same."""
    time = args or ("--since", "30d")
    told = report(month, *args)

    assert told["count"] == len(listed(month, *time)) > 0
    for brand in told["brands"]:
        rows = listed(month, *time, "--brand", brand["name"])
        labels = Counter(row["sentiment"]["label"] for row in rows if row["sentiment"])
        assert brand["count"] == len(rows)
        assert {label: brand["sentiment"][label] for label in labels} == labels
        assert brand["sentiment"]["judged"] == labels.total()
        assert sum(step["count"] for step in brand["timeline"]) == len(rows)
        assert sum(step["negative"] for step in brand["timeline"]) == labels["negative"]
        assert {one["name"]: one["count"] for one in brand["sources"]} == Counter(row["source"] for row in rows)
        assert sum(one["count"] for one in brand["sites"]) == len(rows)
        assert sum(story["size"] for story in brand["stories"]) + brand["more_stories"] >= min(10, len(rows))
    assert {one["brand"]: one["count"] for one in told["voice"]} == {
        brand["name"]: brand["count"] for brand in told["brands"] if brand["kind"] != "topic"
    }


@settings(max_examples=examples(40))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Acme Coffee", "Bolt Roasters"]),
            st.floats(0.01, 719),
            st.sampled_from([None, "negative", "neutral", "positive"]),
            st.booleans(),
        ),
        max_size=25,
    ),
    st.sampled_from(["UTC", "Pacific/Kiritimati", "America/St_Johns", "Europe/London"]),
)
def test_every_mention_is_in_one_bar_whatever_the_zone(
    rows: list[tuple[str, float, str | None, bool]], zone: str
) -> None:
    """Bars, shares and lists each add up to the count; our own posts are in none."""
    told = tuple(
        mention(f"m_{n:08d}", brand, f"{brand} said", hours, own=own,
                sentiment=None if label is None else Sentiment(label, 0.0))  # type: ignore[arg-type]
        for n, (brand, hours, label, own) in enumerate(rows)
    )  # fmt: skip
    drawn = build_report(of(*told, zone=ZoneInfo(zone)))

    for brand in drawn.brands:
        here = [row for row in rows if row[0] == brand.name and not row[3]]
        assert brand.count == len(here) == sum(step.count for step in brand.steps)
        assert brand.sentiment.judged == sum(row[2] is not None for row in here)
        assert brand.sentiment.negative == sum(step.negative for step in brand.steps)
        assert len(brand.steps) in (30, 31)
    assert drawn.count == sum(not row[3] for row in rows)


def test_a_day_begins_at_midnight_of_the_zone() -> None:
    """What was said at 23:30 in London's summer is of that day, though the UTC day is the same hour's before."""
    summer = datetime(2026, 7, 10, 12, tzinfo=UTC)
    said = replace(mention("m_1", "Acme Tea", "Acme Tea", 0), first_seen_at=datetime(2026, 7, 9, 23, 30, tzinfo=UTC))
    days = {
        zone: next(
            step.start.day
            for step in build_report(
                of(said, since=summer - timedelta(days=3), until=summer, now=summer, zone=ZoneInfo(zone))
            )
            .brands[1]
            .steps
            if step.count
        )
        for zone in ("UTC", "Europe/London")
    }

    assert days == {"UTC": 9, "Europe/London": 10}


@pytest.mark.parametrize(
    ("days", "unit", "steps"), [(1, "day", 2), (99, "day", 100), (200, "week", 29), (1000, "month", 34)]
)
def test_a_picture_has_as_many_bars_as_can_be_seen(days: int, unit: str, steps: int) -> None:
    """A quarter in days, a year in weeks, more in months; never a hundred and more."""
    drawn = build_report(of(since=NOW - timedelta(days=days)))

    assert drawn.unit == unit
    assert len(drawn.brands[0].steps) == steps <= 100


def test_a_report_of_all_time_begins_with_the_first_word() -> None:
    """Two thousand empty years are not drawn."""
    drawn = build_report(of(mention("m_1", "Acme Tea", "Acme Tea", 24 * 700), since=datetime(1, 1, 2, tzinfo=UTC)))

    assert [(step.start.year, step.count) for step in drawn.brands[1].steps] == [(2024, 1), (2025, 0), (2026, 0)]
    assert report_html.render(drawn)


def test_nothing_said_and_nobody_watching_are_told_apart() -> None:
    """A day before the watch began is marked, and is no zero."""
    drawn = build_report(of(mention("m_1", "Acme Tea", "Acme Tea", 1), watched_from=at(48)))
    page = report_html.render(drawn)

    assert [step.watched for step in drawn.brands[1].steps[-4:]] == [False, True, True, True]
    assert page.count("not watched</td>") == 28
    assert "The watch began Wed 18 Nov 2026 07:30" in page


def test_the_period_before_stands_beside_the_numbers() -> None:
    """More or less than before, in percent, with what it was."""
    told = [mention(f"m_{n}", "Acme Tea", "Acme Tea", n + 1) for n in range(3)]
    before = {"Acme Tea": PreviousPeriod(4, SentimentCounts(negative=1, neutral=2, positive=1))}
    drawn = build_report(
        of(*told, before=before, compared=(VoiceShare("Acme Tea", "own", 3, 4), VoiceShare("Bolt", "competitor", 1, 0)))
    )
    page = report_html.render(drawn)

    assert drawn.previous == 4
    assert "\N{MINUS SIGN}25% (4 before)" in page
    assert "25% before" in page
    assert re.search(r">75%</td><td class=\"n\">100%</td>", page)
    assert "had not begun" in report_html.render(build_report(of(*told)))


# -- answers -----------------------------------------------------------------------------------------------------------


def test_answers_are_counted_from_the_log() -> None:
    """Answered, closed without an answer, open; the median is of first answers, taken back ones not counted."""
    bad = Sentiment("negative", -0.5)
    told = [
        *(mention(f"m_{n}", "Acme Coffee", "Acme Coffee", 10, sentiment=bad) for n in range(5)),
        mention("m_5", "Acme Coffee", "Acme Coffee", 10, flags=("complaint",)),
        mention("m_6", "Acme Coffee", "Acme Coffee", 10),
        mention("m_7", "Acme Coffee", "Acme Coffee", 10, sentiment=bad, backlog=True),
        mention("m_8", "Bolt Roasters", "Bolt Roasters", 10, sentiment=bad),
    ]

    def done(number: int, *entries: tuple[float, str]) -> tuple[LogEntry, ...]:
        return tuple(LogEntry(i, f"m_{number}", at(hours), "jo", what) for i, (hours, what) in enumerate(entries))

    logs = {
        "m_0": done(0, (9, "reply"), (1, "reply")),
        "m_1": done(1, (7, "ack"), (5, "reply")),
        "m_2": done(2, (9, "ignore")),
        "m_3": (*done(3, (9.5, "reply")), LogEntry(1, "m_3", at(9.4), "jo", "undo", undoes=0)),
        "m_6": done(6, (9.75, "reply")),
    }
    drawn = build_report(of(*told, logs=logs, policy=SlaPolicy(ALWAYS, brands=frozenset({"Acme Coffee"}))))
    ours, _, theirs = drawn.brands

    assert ours.complaints is not None
    assert ours.answers is not None
    grave, every = ours.complaints, ours.answers
    assert (grave.count, grave.answered, grave.closed, grave.open) == (6, 2, 1, 3)
    assert grave.median == timedelta(hours=3)
    assert (every.count, every.answered, every.median) == (7, 3, timedelta(hours=1))
    assert (theirs.complaints, theirs.answers) == (None, None)
    assert "2 of 6" in report_html.render(drawn)


def test_a_reply_that_was_noted_is_in_the_report(month: World) -> None:
    """From the command that notes it to the number."""
    one = next(row["id"] for row in listed(month, "--brand", "Acme Coffee", "--status", "new") if row["due_at"])
    before = report(month)["brands"][0]["answers"]["answered"]
    assert month.run("reply", one, "--private", "--by", "jo").status == 0

    assert report(month)["brands"][0]["answers"]["answered"] == before + 1


# -- its page ----------------------------------------------------------------------------------------------------------


def hostile() -> ReportInput:
    """Strangers who write into every field they can."""
    evil = "</title></svg><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x1b[31m"
    told = [
        replace(one, item=replace(one.item, title=HOSTILE, author=Author(evil, evil), url=url))
        for one, url in zip(
            mentions(), ("javascript:alert(1)", "https://evil.test/\"onmouseover='alert(1)", f"https://{evil}/") * 9,
            strict=False,
        )
    ]  # fmt: skip
    brands = (*BRANDS, Brand(evil))
    told.append(replace(mention("m_evil", evil, "x", 1), source=evil))
    return of(*told, brands=brands, compared=(VoiceShare(evil, "own", 1, 0), VoiceShare("b", "competitor", 1, 0)))


def test_strangers_words_are_words() -> None:
    """No title, name, address or source of theirs becomes a tag, an attribute, a script or a control character."""
    text = report_html.render(build_report(hostile()))
    found = Page(text)
    allowed = {
        "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "figure", "figcaption",
        "h1", "h2", "h3", "p", "div", "span", "b", "strong", "ul", "ol", "li", "bdi", "a", "details", "summary",
        "table", "thead", "tr", "th", "td", "svg", "desc", "rect", "line", "g",
    }  # fmt: skip

    assert {tag for tag, _ in found.tags} <= allowed
    assert [
        name for _, attrs in found.tags for name in attrs if name.startswith("on") or name in ("style", "src")
    ] == []
    assert all((attrs["href"] or "").startswith(("https://", "http://")) for tag, attrs in found.tags if tag == "a")
    assert [c for c in text if (ord(c) < 32 and c not in "\n\t") or c in "\x7f\u202e"] == []
    assert "alert(1)" in text


def test_the_page_stands_alone() -> None:
    """It loads nothing and runs nothing, and its policy says so to the browser."""
    text = report_html.render(build_report(of(*mentions())))
    found = Page(text)

    assert [tag for tag, _ in found.tags if tag in ("script", "link", "img", "iframe", "object", "image", "use")] == []
    assert "url(" not in text
    assert "@import" not in text
    policy = next(attrs["content"] for _, attrs in found.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_every_picture_has_its_words() -> None:
    """Each SVG is well-formed, and is named for those who do not see it."""
    text = report_html.render(
        build_report(of(*mentions(), compared=(VoiceShare("a", "own", 1), VoiceShare("b", "competitor", 2))))
    )
    pictures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)

    assert len(pictures) > 6
    for picture in pictures:
        root = ET.fromstring(picture)
        named = root.find("title")
        assert root.get("aria-hidden") == "true" or (root.get("role") == "img" and named is not None and named.text)
    days = next(picture for picture in pictures if "the negative ones marked" in picture)
    assert "<desc" in days
    assert 'class="bad"' in days


def test_equal_input_gives_equal_bytes() -> None:
    """In whatever order the mentions come."""
    told = list(mentions())
    pages = set()
    for seed in range(4):
        random.Random(seed).shuffle(told)
        drawn = build_report(of(*told))
        pages.add((report_html.render(drawn), report_json.render(drawn)))

    assert len(pages) == 1


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(0, 0, "–"), (0, 9, "0%"), (1, 1000, "<1%"), (1, 3, "33%"), (1, 2, "50%"), (999, 1000, ">99%"), (7, 7, "100%")],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(part: int, whole: int, said: str) -> None:
    """Where it is neither."""
    assert report_html.percent(part, whole) == said


# -- the command -------------------------------------------------------------------------------------------------------


def test_an_empty_database_gives_a_page_that_says_so(world: World) -> None:
    """No mention, no source asked for long: a page all the same."""
    world.configure(CONFIG)
    world.serve(ONE, rss())
    world.serve("https://dead.example/rss", rss())
    assert world.run("scan").status == 0
    ran = world.run("report")

    assert (ran.status, ran.err) == (0, "")
    assert "<h1>No mentions of Acme Coffee, Brasswell and Quay</h1>" in ran.out
    assert "Nothing was said in this time" in ran.out
    assert report(world)["count"] == 0


def test_without_a_configuration_the_database_alone_tells(month: World) -> None:
    """Brands are those that have mentions; who is a competitor and who waits for an answer nobody knows."""
    with_config = report(month)
    database = month.folder / "mentions.db"
    before, month.config_file = month.config_file, month.folder / "nowhere.toml"
    try:
        missing = month.run("report", "--json", "--db", str(database))
    finally:
        month.config_file = before
    told = json.loads(missing.out)

    assert missing.status == 0
    assert {b["name"]: b["count"] for b in told["brands"]} == {
        b["name"]: b["count"] for b in with_config["brands"] if b["count"]
    }
    assert told["voice"] == []


def test_brand_tells_of_that_brand_and_leaves_the_shares_as_they_are(month: World) -> None:
    """A share of one alone would be all of it."""
    told = report(month, "--brand", "Brasswell")

    assert [brand["name"] for brand in told["brands"]] == ["Brasswell"]
    assert told["voice"] == report(month)["voice"]
    refused = month.run("report", "--brand", "Braswell")
    assert refused.status == 1
    assert re.search("did you mean .Brasswell.", refused.err)


def test_output_writes_the_page_into_a_file(month: World) -> None:
    """The same bytes that would stand on stdout."""
    target = month.folder / "report.html"
    ran = month.run("report", "--since", "30d", "-o", str(target))

    assert (ran.status, ran.out, ran.err) == (0, "", "")
    assert target.read_text(encoding="utf-8") == month.run("report", "-f", "html").out
    assert month.run("report", "-f", "json").out == month.run("report", "--json").out


@pytest.mark.parametrize("args", [("--since", "soon"), ("--since", "1d", "--until", "2d"), ("--since", "2099-01-01")])
def test_a_time_that_is_none_is_refused(month: World, args: tuple[str, ...]) -> None:
    """With the name of the option."""
    ran = month.run("report", *args)

    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith(("--since", "--until"))


def test_what_could_not_be_seen_is_on_the_page(month: World) -> None:
    """A dead source is named, and its strip is not green."""
    page = month.run("report").out
    dead = next(one for one in report(month)["coverage"] if one["source"] == "dead")

    assert dead["answers"] == 0
    assert re.search(r'<strong class="grave">dead</strong> failing since', page)
    assert '<rect class="failed"' in page
    assert "503" in page
