"""Build a report from its input."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from mentionwatch.coverage import source_problems
from mentionwatch.coverage.ledger import SourceLedger, cells
from mentionwatch.digest import BrandSection, DigestInput, build_digest, effective_at, reach
from mentionwatch.model import Mention
from mentionwatch.precision import AlarmCounts
from mentionwatch.report.periods import local_day, step_start, step_starts, step_unit
from mentionwatch.report.values import (
    AnswerStats,
    BrandReport,
    PreviousPeriod,
    RankedName,
    Report,
    ReportInput,
    SentimentCounts,
    SourceTimeline,
    StepUnit,
    TimeStep,
)
from mentionwatch.response.sla import clocks_of, has_clock, response_times

#: Columns of a source's timeline: one takes about a pixel and a half on a phone.
COLUMNS = 120
#: How many stories a report has for a brand, and how many rows its rankings.
MAX_STORIES = 10
MAX_RANKED = 8
_SECOND = timedelta(seconds=1)


def build_report(given: ReportInput) -> Report:
    """The report of an input; brands in the order of a digest, the share of voice by count."""
    digest = build_digest(
        DigestInput(
            since=given.since,
            until=given.until,
            now=given.now,
            brands=given.brands,
            mentions=given.mentions,
            noise=given.noise,
        )
    )
    # Mentions of the very second `now` count; no bar is drawn for a day that has not begun.
    last = max(given.since, min(given.until - _SECOND, given.now))
    first = given.since
    unit = step_unit(local_day(first, given.zone), local_day(last, given.zone))
    if unit == "year":
        # A thousand empty years before the first mention make no chart.
        first = min((effective_at(mention) for mention in digest.mentions), default=last)
    starts = step_starts(local_day(first, given.zone), local_day(last, given.zone), unit)
    brands = tuple(_brand(section, given, starts, unit) for section in digest.brands)
    return Report(
        generated_at=given.now,
        since=given.since,
        until=given.until,
        zone=given.zone,
        unit=unit,
        count=digest.count,
        previous=None if given.before is None else sum(one.before.count for one in brands if one.before is not None),
        watched_from=given.watched_from,
        voice=tuple(sorted(given.compared, key=lambda share: (-share.count, share.name))),
        brands=brands,
        timelines=tuple(_timeline(ledger, given.since, min(given.until, given.now)) for ledger in given.ledgers),
        source_problems=source_problems(given.sources, given.since, given.until, given.now),
    )


def _steps(
    mentions: Iterable[Mention], starts: Sequence[date], unit: StepUnit, given: ReportInput
) -> tuple[TimeStep, ...]:
    every: Counter[date] = Counter()
    negative: Counter[date] = Counter()
    for mention in mentions:
        at = min(max(step_start(local_day(effective_at(mention), given.zone), unit), starts[0]), starts[-1])
        every[at] += 1
        negative[at] += _is_negative(mention)
    began = None if given.watched_from is None else step_start(local_day(given.watched_from, given.zone), unit)
    return tuple(TimeStep(at, every[at], negative[at], began is not None and at >= began) for at in starts)


def _brand(section: BrandSection, given: ReportInput, starts: Sequence[date], unit: StepUnit) -> BrandReport:
    mentions = [mention for story in section.stories for mention in story.tellings]
    stories = sorted(
        section.stories, key=lambda s: (-s.size, -s.reach, -effective_at(s.leader).timestamp(), s.leader.id)
    )
    sites, more_sites = _ranked(mentions, lambda mention: (_site(mention), None))
    authors, more_authors = _ranked(mentions, _author)
    sources, more_sources = _ranked(mentions, lambda mention: (mention.source, None))
    ours = given.policy is not None and section.name in given.policy.brands
    complaints = [mention for mention in mentions if _is_negative(mention) or "complaint" in mention.flags]
    return BrandReport(
        name=section.name,
        kind=section.kind,
        count=section.count,
        own_count=section.own_count,
        before=None if given.before is None else given.before.get(section.name, PreviousPeriod()),
        sentiment=_sentiment(mentions),
        steps=_steps(mentions, starts, unit, given),
        stories=tuple(stories[:MAX_STORIES]),
        more_stories=max(0, len(stories) - MAX_STORIES),
        sites=sites,
        more_sites=more_sites,
        authors=authors,
        more_authors=more_authors,
        sources=sources,
        more_sources=more_sources,
        complaints=_answers(complaints, given) if ours else None,
        answers=_answers(mentions, given) if ours else None,
        noise=section.noise,
        alarms=given.alarms.get(section.name, AlarmCounts(0, 0)) if section.kind == "own" else None,
    )


def _is_negative(mention: Mention) -> bool:
    return mention.sentiment is not None and mention.sentiment.label == "negative"


def _sentiment(mentions: Iterable[Mention]) -> SentimentCounts:
    labels = Counter(mention.sentiment.label for mention in mentions if mention.sentiment is not None)
    return SentimentCounts(labels["negative"], labels["neutral"], labels["positive"])


def _site(mention: Mention) -> str:
    """The host of a mention, without ``www.``; the platform where it has no address."""
    try:
        host = urlsplit(mention.item.url or mention.canonical_url or "").hostname
    except ValueError:
        host = None
    return (host or mention.item.platform).removeprefix("www.")


def _author(mention: Mention) -> tuple[str, str | None] | None:
    """The author, with the site where the name alone does not identify them; ``None`` where nobody is named."""
    who = mention.item.author.handle or mention.item.author.name
    if not who or not who.strip():
        return None
    return (who, None) if who.startswith("@") and "@" in who[1:] else (who, _site(mention))


def _ranked(
    mentions: Iterable[Mention], named: Callable[[Mention], tuple[str, str | None] | None]
) -> tuple[tuple[RankedName, ...], int]:
    """The names with the most mentions, and how many others there are."""
    groups: dict[tuple[str, str | None], list[Mention]] = {}
    for mention in mentions:
        if (name := named(mention)) is not None:
            groups.setdefault(name, []).append(mention)
    ranked = [
        RankedName(*name, len(group), sum(map(_is_negative, group)), max(map(reach, group)))
        for name, group in groups.items()
    ]
    ranked.sort(key=lambda one: (-one.count, -one.reach, one.name, one.site or ""))
    return tuple(ranked[:MAX_RANKED]), max(0, len(ranked) - MAX_RANKED)


def _answers(mentions: Iterable[Mention], given: ReportInput) -> AnswerStats:
    assert given.policy is not None
    waits: list[timedelta] = []
    count = closed = 0
    for mention in mentions:
        if not has_clock(mention, given.policy):
            continue
        count += 1
        log = given.logs.get(mention.id)
        if not log:
            continue
        state = clocks_of(mention, log)
        if state.replied_at is not None:
            waits.append(response_times(state, given.policy, given.now).first_answer)
        elif state.status in ("resolved", "ignored"):
            closed += 1
    return AnswerStats(
        count=count,
        answered=len(waits),
        closed=closed,
        open=count - len(waits) - closed,
        median=timedelta(seconds=int(statistics.median(wait.total_seconds() for wait in waits))) if waits else None,
    )


def _timeline(ledger: SourceLedger, start: datetime, end: datetime) -> SourceTimeline:
    return SourceTimeline(ledger.source, cells(ledger.intervals, start, end, COLUMNS), ledger)
