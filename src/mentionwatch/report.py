"""What a time came to, in numbers: per brand by day, against competitors and the period before, and by whom (pure).

Every count is of mentions without our own posts: what ``list`` gives for the same time and brand with ``"own": false``.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal
from urllib.parse import urlsplit

from mentionwatch.coverage import SourceLine, SourceState, foot
from mentionwatch.coverage.ledger import Interval, SourceLedger
from mentionwatch.digest import BrandSection, DigestInput, StoryLine, build, reach, told_at
from mentionwatch.model import Brand, BrandKind, LogEntry, Mention
from mentionwatch.response.clock import Terms, clocks_of, has_clock, times

__all__ = [
    "Answers",
    "Before",
    "BrandReport",
    "Cell",
    "Feeling",
    "Loud",
    "Report",
    "ReportInput",
    "Share",
    "Step",
    "Strip",
    "Unit",
    "draw_up",
]

Unit = Literal["day", "week", "month", "year"]
#: What a column of a strip shows, from what is harmless to what is worst.
Cell = Literal["unasked", "seen", "recovered", "waiting", "lost", "failed"]
_CELLS: tuple[Cell, ...] = ("unasked", "seen", "recovered", "waiting", "lost", "failed")
#: Columns of a strip: one takes about a pixel and a half where a telephone shows it.
COLUMNS = 120
#: Steps that a picture of a time has at most, but for years.
_MOST_STEPS = 100
#: Stories that are told, and rows of the tables of who is loud.
STORIES = 10
LOUD = 8


@dataclass(frozen=True, slots=True)
class Feeling:
    """How many were judged, and how. ``judged`` is the sum of the three."""

    negative: int = 0
    neutral: int = 0
    positive: int = 0

    @property
    def judged(self) -> int:
        return self.negative + self.neutral + self.positive


@dataclass(frozen=True, slots=True)
class Before:
    """A brand's numbers in the period of the same length before."""

    count: int = 0
    feeling: Feeling = Feeling()


@dataclass(frozen=True, slots=True)
class ReportInput:
    """All that a report is made of.

    ``mentions`` are those of ``[since, until)``, own posts included, in any order; ``logs`` the logs of those that have
    one. ``before`` is, per brand, the period of the same length before; ``None`` where its watch had not begun.
    ``compared`` are the own brands and competitors that share the voice, with their counts (now, before), whether they
    are among ``brands`` or not. ``watched_from`` is when the first source was first asked. ``terms`` is ``None`` where
    there is no configuration that says whose answers are waited for. ``zone`` says when a day begins.
    """

    since: datetime
    until: datetime
    now: datetime
    brands: tuple[Brand, ...]
    mentions: tuple[Mention, ...]
    compared: tuple[Share, ...] = ()
    before: Mapping[str, Before] | None = None
    logs: Mapping[str, Sequence[LogEntry]] = field(default_factory=dict)
    terms: Terms | None = None
    sources: tuple[SourceState, ...] = ()
    ledgers: tuple[SourceLedger, ...] = ()
    watched_from: datetime | None = None
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Step:
    """One bar: its first day, how many, how many of them negative, and whether anything was watched by then."""

    start: date
    count: int
    negative: int
    watched: bool


@dataclass(frozen=True, slots=True)
class Share:
    """A brand's part in what was said of it and its competitors; ``previous`` is ``None`` where nobody watched."""

    name: str
    kind: BrandKind
    count: int
    previous: int | None = None


@dataclass(frozen=True, slots=True)
class Loud:
    """Who or what brought many: how many mentions, how many of them negative, and the largest reach of one.

    ``site`` is where an author goes by that name; ``None`` for all else, and for a handle that names its server.
    """

    name: str
    site: str | None
    count: int
    negative: int
    reach: int


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of mentions that an answer may have been waited for.

    ``count`` is all of them: ``answered``, ``closed`` (resolved or ignored without an answer) and ``open``. ``median``
    is the working time to the first answer of those answered, ``None`` where there is none.
    """

    count: int = 0
    answered: int = 0
    closed: int = 0
    open: int = 0
    median: timedelta | None = None


@dataclass(frozen=True, slots=True)
class BrandReport:
    """One brand. ``stories`` are the largest, ``more_stories`` how many others there are; so with the loud.

    ``complaints`` are the answers to what is a complaint or negative, ``answers`` those to all; both ``None`` for what
    is not ours to answer.
    """

    name: str
    kind: BrandKind
    count: int
    own_count: int
    before: Before | None
    feeling: Feeling
    steps: tuple[Step, ...]
    stories: tuple[StoryLine, ...]
    more_stories: int
    sites: tuple[Loud, ...]
    more_sites: int
    authors: tuple[Loud, ...]
    more_authors: int
    sources: tuple[Loud, ...]
    more_sources: int
    complaints: Answers | None
    answers: Answers | None


@dataclass(frozen=True, slots=True)
class Strip:
    """One source's time: ``cells`` are equal parts of it, each the worst that holds of any of its questions."""

    name: str
    cells: tuple[Cell, ...]
    ledger: SourceLedger


@dataclass(frozen=True, slots=True)
class Report:
    """A report, frozen: every format is made of this alone. ``troubles`` is what could not be seen, worst first."""

    generated_at: datetime
    since: datetime
    until: datetime
    zone: tzinfo
    unit: Unit
    count: int
    previous: int | None
    watched_from: datetime | None
    voice: tuple[Share, ...]
    brands: tuple[BrandReport, ...]
    strips: tuple[Strip, ...]
    troubles: tuple[SourceLine, ...]


def draw_up(given: ReportInput) -> Report:
    """The report of what is given; brands in the order of a digest, the voice by how loud it is."""
    told = build(
        DigestInput(since=given.since, until=given.until, now=given.now, brands=given.brands, mentions=given.mentions)
    )
    # Mentions of the very second `now` count; no bar is drawn for a day that has not begun.
    last = max(given.since, min(given.until - _LEAST, given.now))
    first = given.since
    unit = _unit(_day(first, given.zone), _day(last, given.zone))
    if unit == "year":
        # A thousand empty years before the first word are no picture.
        first = min((told_at(mention) for mention in told.mentions), default=last)
    starts = _starts(_day(first, given.zone), _day(last, given.zone), unit)
    brands = tuple(_brand(section, given, starts, unit) for section in told.brands)
    return Report(
        generated_at=given.now,
        since=given.since,
        until=given.until,
        zone=given.zone,
        unit=unit,
        count=told.count,
        previous=None if given.before is None else sum(one.before.count for one in brands if one.before is not None),
        watched_from=given.watched_from,
        voice=tuple(sorted(given.compared, key=lambda share: (-share.count, share.name))),
        brands=brands,
        strips=tuple(_strip(ledger, given.since, min(given.until, given.now)) for ledger in given.ledgers),
        troubles=foot(given.sources, given.since, given.until, given.now),
    )


_LEAST = timedelta(seconds=1)


def _day(time: datetime, zone: tzinfo) -> date:
    try:
        return time.astimezone(zone).date()
    except OverflowError:
        return time.date()


# -- steps of time -----------------------------------------------------------------------------------------------------


def _unit(first: date, last: date) -> Unit:
    """The smallest whose steps fit into a picture."""
    days = (last - first).days + 1
    if days <= _MOST_STEPS:
        return "day"
    if days <= 7 * _MOST_STEPS:
        return "week"
    return "month" if days <= 30 * _MOST_STEPS else "year"


def _start(day: date, unit: Unit) -> date:
    """The first day of the step a day is in; a week begins on Monday."""
    if unit == "week":
        return date.fromordinal(max(1, day.toordinal() - day.weekday()))
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def _starts(first: date, last: date, unit: Unit) -> tuple[date, ...]:
    """The first day of every step from one day to another, both included."""
    if unit in ("day", "week"):
        length = 7 if unit == "week" else 1
        return tuple(map(date.fromordinal, range(_start(first, unit).toordinal(), last.toordinal() + 1, length)))
    if unit == "year":
        return tuple(date(year, 1, 1) for year in range(first.year, last.year + 1))
    months = range(12 * first.year + first.month - 1, 12 * last.year + last.month)
    return tuple(date(month // 12, month % 12 + 1, 1) for month in months)


def _steps(mentions: Iterable[Mention], starts: Sequence[date], unit: Unit, given: ReportInput) -> tuple[Step, ...]:
    every: Counter[date] = Counter()
    negative: Counter[date] = Counter()
    for mention in mentions:
        at = min(max(_start(_day(told_at(mention), given.zone), unit), starts[0]), starts[-1])
        every[at] += 1
        negative[at] += _is_negative(mention)
    began = None if given.watched_from is None else _start(_day(given.watched_from, given.zone), unit)
    return tuple(Step(at, every[at], negative[at], began is not None and at >= began) for at in starts)


# -- a brand -----------------------------------------------------------------------------------------------------------


def _brand(section: BrandSection, given: ReportInput, starts: Sequence[date], unit: Unit) -> BrandReport:
    mentions = [mention for story in section.stories for mention in story.tellings]
    stories = sorted(section.stories, key=lambda s: (-s.size, -s.reach, -told_at(s.leader).timestamp(), s.leader.id))
    sites, more_sites = _loudest(mentions, lambda mention: (_site(mention), None))
    authors, more_authors = _loudest(mentions, _author)
    sources, more_sources = _loudest(mentions, lambda mention: (mention.source, None))
    terms = given.terms
    clocked = terms is not None and section.name in terms.brands
    grave = [mention for mention in mentions if _is_negative(mention) or "complaint" in mention.flags]
    return BrandReport(
        name=section.name,
        kind=section.kind,
        count=section.count,
        own_count=section.own_count,
        before=None if given.before is None else given.before.get(section.name, Before()),
        feeling=_feeling(mentions),
        steps=_steps(mentions, starts, unit, given),
        stories=tuple(stories[:STORIES]),
        more_stories=max(0, len(stories) - STORIES),
        sites=sites,
        more_sites=more_sites,
        authors=authors,
        more_authors=more_authors,
        sources=sources,
        more_sources=more_sources,
        complaints=_answers(grave, given) if clocked else None,
        answers=_answers(mentions, given) if clocked else None,
    )


def _is_negative(mention: Mention) -> bool:
    return mention.sentiment is not None and mention.sentiment.label == "negative"


def _feeling(mentions: Iterable[Mention]) -> Feeling:
    labels = Counter(mention.sentiment.label for mention in mentions if mention.sentiment is not None)
    return Feeling(labels["negative"], labels["neutral"], labels["positive"])


def _site(mention: Mention) -> str:
    """The host it was said on, without ``www.``; where it has no address, the platform."""
    try:
        host = urlsplit(mention.item.url or mention.canonical_url or "").hostname
    except ValueError:
        host = None
    return (host or mention.item.platform).removeprefix("www.")


def _author(mention: Mention) -> tuple[str, str | None] | None:
    """Who said it, with the site where the name alone is not one person's; ``None`` where nobody is named."""
    who = mention.item.author.handle or mention.item.author.name
    if not who or not who.strip():
        return None
    return (who, None) if who.startswith("@") and "@" in who[1:] else (who, _site(mention))


def _loudest(
    mentions: Iterable[Mention], named: Callable[[Mention], tuple[str, str | None] | None]
) -> tuple[tuple[Loud, ...], int]:
    """The names with most mentions, and how many others there are."""
    groups: dict[tuple[str, str | None], list[Mention]] = {}
    for mention in mentions:
        if (name := named(mention)) is not None:
            groups.setdefault(name, []).append(mention)
    loud = [
        Loud(*name, len(group), sum(map(_is_negative, group)), max(map(reach, group))) for name, group in groups.items()
    ]
    loud.sort(key=lambda one: (-one.count, -one.reach, one.name, one.site or ""))
    return tuple(loud[:LOUD]), max(0, len(loud) - LOUD)


def _answers(mentions: Iterable[Mention], given: ReportInput) -> Answers:
    assert given.terms is not None
    waits: list[timedelta] = []
    count = closed = 0
    for mention in mentions:
        if not has_clock(mention, given.terms):
            continue
        count += 1
        log = given.logs.get(mention.id)
        if not log:
            continue
        state = clocks_of(mention, log)
        if state.replied_at is not None:
            waits.append(times(state, given.terms, given.now).first_answer)
        elif state.status in ("resolved", "ignored"):
            closed += 1
    return Answers(
        count=count,
        answered=len(waits),
        closed=closed,
        open=count - len(waits) - closed,
        median=timedelta(seconds=int(statistics.median(wait.total_seconds() for wait in waits))) if waits else None,
    )


# -- what could not be seen --------------------------------------------------------------------------------------------


def _cell(one: Interval) -> int:
    match one.state:
        case "never-asked" | "open":
            kind: Cell = "unasked"
        case "covered":
            kind = "recovered" if one.recovered else "seen"
        case "waiting":
            kind = "waiting"
        case "truncated":
            kind = "lost"
        case "failed":
            kind = "failed"
    return _CELLS.index(kind)


def _strip(ledger: SourceLedger, start: datetime, end: datetime) -> Strip:
    cells = [0] * COLUMNS
    step = max((end - start) / COLUMNS, timedelta(microseconds=1))
    for one in ledger.intervals:
        last = min(COLUMNS - 1, max(0, -(-(one.end - start) // step) - 1))
        first = min(last, max(0, (one.start - start) // step))
        worst = _cell(one)
        for column in range(first, last + 1):
            cells[column] = max(cells[column], worst)
    return Strip(ledger.source, tuple(_CELLS[cell] for cell in cells), ledger)
