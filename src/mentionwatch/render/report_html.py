"""A report as one page that stands alone: pictures drawn here as SVG, each with its words and its numbers in a table.

A picture is stretched to the width there is, so no text stands in one: axes, legends and numbers are the page's own.

More than 400 lines: one page, its parts in the order in which they stand on it, used by nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mentionwatch.digest import StoryLine
from mentionwatch.render import phrases
from mentionwatch.render.brand_health import taken_back_text
from mentionwatch.render.coverage import share
from mentionwatch.render.excerpt import headline, joined
from mentionwatch.render.html import page
from mentionwatch.render.sanitize import squeezed
from mentionwatch.render.source_phrases import source_text
from mentionwatch.report.values import (
    AnswerStats,
    BrandReport,
    RankedName,
    Report,
    SentimentCounts,
    SourceTimeline,
    StepUnit,
    TimeStep,
    VoiceShare,
)
from mentionwatch.times import duration_text, in_zone

#: Sources whose strip is drawn, those of which most is unseen first.
DRAWN_SOURCES = 40
#: What every bar is measured in: a share of the width in thousandths, and the height of a bar of a time.
_WIDE = 1000
_HIGH = 100
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_CELL_WORDS = {
    "seen": "seen",
    "recovered": "blind, seen after",
    "waiting": "waiting",
    "lost": "cut off or lost",
    "failed": "failing",
    "unasked": "not asked",
}


@dataclass(frozen=True, slots=True)
class _Bar:
    """A step of a time: ``rest`` stands on ``negative``; heights in hundredths of the picture's."""

    negative: int
    rest: int
    watched: bool
    words: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a bar that lies: where it begins and how wide it is, in thousandths."""

    kind: str
    at: int
    width: int
    words: str


@dataclass(frozen=True, slots=True)
class _Lying:
    """A bar made of parts, with its label."""

    label: str
    parts: tuple[_Part, ...]
    words: str


def render(told: Report) -> str:
    """The report as a page readable from 360 pixels on, light or dark as the reader's system is; times in its zone."""
    watched = [squeezed(one.name, 60) for one in told.brands]
    of = (phrases.names(watched) if len(watched) <= 3 else f"{len(watched)} brands") or "no brands"
    return page(
        "report.html.j2",
        "page.css",
        "report.css",
        title=f"{phrases.count(told.count, 'mention') if told.count else 'No mentions'} of {of}",
        period=_period(told),
        compared=_compared(told),
        zone=phrases.zone_name(told.until, told.zone),
        unit=told.unit,
        voice=_voice(told.voice),
        voice_words=_voice_words(told.voice),
        voice_before=any(one.previous is not None for one in told.voice),
        brands=[_brand(one, told) for one in told.brands],
        troubles=[
            (squeezed(line.name, 80), source_text(line, told.generated_at, told.zone),
             line.state in ("failing", "gone", "never-asked"))
            for line in told.source_problems
        ],
        strips=[_strip(strip) for strip in _worst_first(told.timelines)[:DRAWN_SOURCES]],
        more_strips=max(0, len(told.timelines) - DRAWN_SOURCES),
        cells=list(_CELL_WORDS.items()),
        unwatched=_unwatched(told),
        made=phrases.clock(told.generated_at, told.zone, year=True),
    )  # fmt: skip


# -- words of the whole ------------------------------------------------------------------------------------------------


def _period(told: Report) -> str:
    year = in_zone(told.since, told.zone).year != in_zone(told.until, told.zone).year
    until = phrases.clock(told.until, told.zone, year=True)
    zone = phrases.zone_name(told.until, told.zone)
    return f"{phrases.clock(told.since, told.zone, year=year)} to {until} {zone}"


def _compared(told: Report) -> str:
    if told.previous is None:
        return "There is nothing to compare with: the watch had not begun a period of this length before."
    earlier = told.since - (told.until - told.since)
    return (
        f"“Before” is the time of equal length from {phrases.clock(earlier, told.zone, year=True)},"
        f" with {phrases.count(told.previous, 'mention')}."
    )


def _unwatched(told: Report) -> str:
    if told.watched_from is None:
        return "No source was ever asked."
    if told.watched_from <= told.since:
        return ""
    began = phrases.clock(told.watched_from, told.zone, year=True)
    return f"The watch began {began}: of the time before, only what sources still showed then is here."


def percent(part: int, whole: int) -> str:
    """``12%``; ``<1%`` and ``>99%`` rather than nothing or all where it is neither; ``–`` of nothing."""
    if whole <= 0:
        return "–"
    rounded = (200 * part + whole) // (2 * whole)
    if part and not rounded:
        return "<1%"
    return ">99%" if rounded == 100 and part != whole else f"{rounded}%"


def _change(now: int, before: int | None) -> str:
    """``+24% (33 before)``, or nothing where nobody watched."""
    if before is None:
        return ""
    if not before:
        return "none before"
    by = (200 * (now - before) + before) // (2 * before)
    sign = "\N{MINUS SIGN}" if by < 0 else "+"
    return f"{sign}{abs(by):,}% ({phrases.number(before)} before)" if by else f"as before ({phrases.number(before)})"


def _day(day: date, unit: StepUnit, *, long: bool = False) -> str:
    """What a step is called: ``Fri 20 Nov``, ``week of 16 Nov``, ``Nov 2026``, ``2026``."""
    month = _MONTHS[day.month - 1]
    match unit:
        case "day":
            return f"{_DAYS[day.weekday()]} {day.day} {month}" if long else f"{day.day} {month}"
        case "week":
            return f"week of {day.day} {month} {day.year:04d}" if long else f"{day.day} {month}"
        case "month":
            return f"{month} {day.year:04d}"
        case "year":
            return f"{day.year:04d}"


# -- share of voice ----------------------------------------------------------------------------------------------------


def _voice(voice: Sequence[VoiceShare]) -> list[tuple[str, str, int, str, str, str]]:
    """Name, kind, width of the bar (thousandths of the loudest's), count, share, share before."""
    every, before = sum(one.count for one in voice), sum(one.previous or 0 for one in voice)
    most = max((one.count for one in voice), default=0) or 1
    return [
        (
            squeezed(one.name, 60),
            one.kind,
            _WIDE * one.count // most,
            phrases.number(one.count),
            percent(one.count, every),
            "" if one.previous is None else percent(one.previous, before),
        )
        for one in voice
    ]


def _voice_words(voice: Sequence[VoiceShare]) -> str:
    every, own = sum(one.count for one in voice), sum(one.count for one in voice if one.kind == "own")
    if not every:
        return "Nothing was said of any of them."
    return (
        f"Of {phrases.count(every, 'mention')} of our brands and their competitors,"
        f" {phrases.number(own)} ({percent(own, every)}) {'is' if own == 1 else 'are'} ours."
    )


# -- a brand -----------------------------------------------------------------------------------------------------------


def _brand(one: BrandReport, told: Report) -> dict[str, object]:
    most = max((step.count for step in one.steps), default=0)
    top = _ceiling(most)
    first, middle, last = (
        (one.steps[0], one.steps[len(one.steps) // 2], one.steps[-1]) if one.steps else (None, None, None)
    )
    before = None if one.before is None else one.before.sentiment
    responded = [
        (label, answers)
        for label, answers in (("Complaints and negative", one.complaints), ("All mentions", one.answers))
        if answers is not None and answers.count
    ]
    return {
        "name": squeezed(one.name, 80),
        "kind": "" if one.kind == "own" else one.kind,
        "empty": "" if one.count else _empty(one),
        "tiles": _tiles(one),
        "bars": tuple(_bar(step, top, told.unit) for step in one.steps),
        "top": phrases.number(top),
        "half": phrases.number(top // 2),
        "ends": (
            _day(first.start, told.unit) if first else "",
            _day(middle.start, told.unit) if middle and len(one.steps) > 4 else "",
            _day(last.start, told.unit) if last and len(one.steps) > 1 else "",
        ),
        "caption": _busiest(one.steps, told.unit),
        "numbers": tuple(
            (
                _day(step.start, told.unit, long=True),
                phrases.number(step.count) if step.watched or step.count else "not watched",
                phrases.number(step.negative) if step.watched or step.count else "",
            )
            for step in one.steps
        ),
        "any_unwatched": any(not step.watched for step in one.steps),
        "feelings": _feelings(one.sentiment, before),
        "feeling_words": _feeling_words(one, before),
        "feeling_rows": _feeling_rows(one.sentiment, before),
        "stories": tuple(_story(story, told) for story in one.stories),
        "more_stories": f"and {phrases.count(one.more_stories, 'smaller story', 'smaller stories')}"
        if one.more_stories
        else "",
        "loud": tuple(
            _loud(title, rows, more)
            for title, rows, more in (
                ("Sites", one.sites, one.more_sites),
                ("Authors", one.authors, one.more_authors),
                ("Sources that brought them", one.sources, one.more_sources),
            )
            if rows
        ),
        "answers": tuple(_answered(label, answers) for label, answers in responded),
        "answer_rows": _answer_rows([answers for _, answers in responded]),
    }


def _empty(one: BrandReport) -> str:
    before = f" ({phrases.number(one.before.count)} before)" if one.before is not None and one.before.count else ""
    own = f" {phrases.count(one.own_count, 'post')} of our own not counted." if one.own_count else ""
    return f"Nothing was said in this time{before}.{own}"


def _tiles(one: BrandReport) -> tuple[tuple[str, str, str], ...]:
    """The numbers that lead: the number, what it is, and against what."""
    feeling = one.sentiment
    before = None if one.before is None else one.before
    tiles = [(phrases.number(one.count), "mentions", _change(one.count, None if before is None else before.count))]
    past = ""
    if before is not None and before.sentiment.judged:
        past = f"{percent(before.sentiment.negative, before.sentiment.judged)} before"
    tiles.append(
        (percent(feeling.negative, feeling.judged), f"negative of {phrases.number(feeling.judged)} judged", past)
    )
    if one.complaints is not None and one.complaints.count:
        grave = one.complaints
        tiles.append(
            (
                f"{phrases.number(grave.answered)} of {phrases.number(grave.count)}",
                "complaints and negative answered",
                f"{phrases.number(grave.open)} still open" if grave.open else "none still open",
            )
        )
    overall = None if one.answers is None else one.answers.median
    if one.complaints is not None and one.complaints.median is not None:
        of_all = "" if overall is None else f"{_time(overall)} over all mentions"
        tiles.append((_time(one.complaints.median), "median until those were answered, working time", of_all))
    elif overall is not None:
        tiles.append((_time(overall), "median until the first answer, working time", ""))
    if one.alarms is not None and one.alarms.alarms:
        share = one.alarms.share
        back = f"{phrases.number(one.alarms.taken_back)} taken back"
        back += "" if share is None else f" ({share.low:.0%} to {share.high:.0%})"
        what = f"{'alarm' if one.alarms.alarms == 1 else 'alarms'}: judged high or urgent"
        tiles.append((phrases.number(one.alarms.alarms), what, f"{back}{taken_back_text(one.alarms)}"))
    if one.noise:
        tiles.append((phrases.number(one.noise), "labelled noise", "left out of all numbers"))
    if one.own_count:
        tiles.append((phrases.number(one.own_count), "posts of our own" if one.own_count > 1 else "post of our own",
                      "not counted"))  # fmt: skip
    return tuple(tiles)


def _ceiling(most: int) -> int:
    """The top of the scale: the least of 4, 6, 8, 10, 20, 40, 60, 80, 100, 200 … that is not below."""
    if most <= 4:
        return 4
    scale = 1
    while 10 * scale < most:
        scale *= 10
    return next(step * scale for step in (2, 4, 6, 8, 10) if step * scale >= most)


def _bar(step: TimeStep, top: int, unit: StepUnit) -> _Bar:
    high = -(-_HIGH * step.count // top)
    # What is there is seen: neither a negative one nor the others may vanish.
    bad = min(high, max(2, _HIGH * step.negative // top)) if step.negative else 0
    words = f"{_day(step.start, unit, long=True)}: {phrases.count(step.count, 'mention')}"
    if step.negative:
        words += f", {phrases.number(step.negative)} negative"
    return _Bar(bad, high - bad, step.watched, words if step.watched or step.count else f"{words} (not watched)")


def _busiest(steps: Sequence[TimeStep], unit: StepUnit) -> str:
    if not any(step.count for step in steps):
        return ""
    most = max(steps, key=lambda step: step.count)
    said = (
        f"Most on {_day(most.start, unit, long=True)}"
        if unit == "day"
        else f"Most in {_day(most.start, unit, long=True)}"
    )
    said += f": {phrases.number(most.count)}"
    if most.negative:
        said += f", {phrases.number(most.negative)} of them negative"
    silent = sum(step.watched and not step.count for step in steps)
    return f"{said}. Nothing was said in {phrases.count(silent, unit)}." if silent else f"{said}."


_LABELS = (("negative", "bad"), ("neutral", "even"), ("positive", "good"))


def _lying(label: str, parts: Sequence[tuple[str, str, int]]) -> _Lying:
    """A whole bar of parts, each its colour, its words and its size."""
    whole = sum(size for _, _, size in parts)
    made: list[_Part] = []
    done = 0
    for kind, words, size in parts:
        if size:
            at = _WIDE * done // whole
            done += size
            text = f"{words}: {phrases.number(size)} ({percent(size, whole)})"
            made.append(_Part(kind, at, max(1, _WIDE * done // whole - at), text))
    return _Lying(label, tuple(made), "; ".join(part.words for part in made))


def _feelings(now: SentimentCounts, before: SentimentCounts | None) -> tuple[_Lying, ...]:
    return tuple(
        _lying(label, [(kind, name, getattr(one, name)) for name, kind in _LABELS])
        for label, one in (("now", now), ("before", before))
        if one is not None and one.judged
    )


def _feeling_words(one: BrandReport, before: SentimentCounts | None) -> str:
    now = one.sentiment
    if not now.judged:
        return f"None of the {phrases.count(one.count, 'mention')} was judged."
    said = f"{phrases.number(now.judged)} of {phrases.count(one.count, 'mention')} judged"
    if before is not None and one.before is not None and one.before.count:
        said += f"; before, {phrases.number(before.judged)} of {phrases.number(one.before.count)}"
    return said + "."


def _feeling_rows(now: SentimentCounts, before: SentimentCounts | None) -> tuple[tuple[str, str, str, str], ...]:
    """Colour, label, now, before."""
    if not now.judged:
        return ()

    def cell(one: SentimentCounts, name: str) -> str:
        size: int = getattr(one, name)
        return f"{phrases.number(size)} ({percent(size, one.judged)})" if one.judged else "–"

    return tuple((kind, name, cell(now, name), "" if before is None else cell(before, name)) for name, kind in _LABELS)


def _story(story: StoryLine, told: Report) -> dict[str, object]:
    leader = story.leader
    size = f"{phrases.number(story.size)} tell it" if story.size > 1 else ""
    facts = (size, phrases.teller(leader), phrases.age(leader, told.generated_at, told.zone), *_reach(story))
    return {
        "headline": joined(headline(leader, 160)) or "(no words)",
        "link": phrases.link(leader),
        "facts": [fact for fact in facts if fact],
        "negative": story.negative,
    }


def _reach(story: StoryLine) -> list[str]:
    return [f"reach {phrases.number(story.reach)}"] if story.reach else []


def _loud(title: str, rows: Sequence[RankedName], more: int) -> dict[str, object]:
    """Who is loud: each row is a name and site, the count, the width of its bar, and how many are negative."""
    most = max(row.count for row in rows)
    shown = [
        (
            squeezed(row.name, 60) or "(no name)",
            squeezed(row.site, 60),
            phrases.number(row.count),
            max(1, _WIDE * row.count // most),
            f"{phrases.number(row.negative)} negative" if row.negative else "",
        )
        for row in rows
    ]
    return {"title": title, "rows": shown, "rest": f"and {phrases.number(more)} more" if more else ""}


# -- answers -----------------------------------------------------------------------------------------------------------


def _answered(label: str, one: AnswerStats) -> _Lying:
    parts = [("good", "answered", one.answered), ("even", "closed without an answer", one.closed)]
    return _lying(label, [*parts, ("bad", "open", one.open)])


def _answer_rows(columns: Sequence[AnswerStats]) -> tuple[tuple[str, ...], ...]:
    """What, then a cell a column."""
    return (
        ("mentions", *(phrases.number(one.count) for one in columns)),
        ("answered", *(f"{phrases.number(one.answered)} ({percent(one.answered, one.count)})" for one in columns)),
        ("closed without an answer", *(phrases.number(one.closed) for one in columns)),
        ("open", *(phrases.number(one.open) for one in columns)),
        ("median time to the first answer", *("–" if one.median is None else _time(one.median) for one in columns)),
    )


def _time(span: timedelta) -> str:
    return "under 1 min" if span < timedelta(minutes=1) else duration_text(span)


# -- coverage ----------------------------------------------------------------------------------------------------------


def _worst_first(strips: Sequence[SourceTimeline]) -> list[SourceTimeline]:
    return sorted(strips, key=lambda strip: strip.ledger.lost + strip.ledger.unresolved, reverse=True)


def _strip(strip: SourceTimeline) -> tuple[str, list[_Part], str, str, str]:
    """Name, parts, share seen, requests, and what is unseen."""
    runs: list[_Part] = []
    columns = len(strip.cells)
    first = 0
    for n in range(1, columns + 1):
        if n == columns or strip.cells[n] != strip.cells[first]:
            at, kind = _WIDE * first // columns, strip.cells[first]
            runs.append(_Part(kind, at, _WIDE * n // columns - at, _CELL_WORDS[kind]))
            first = n
    told = strip.ledger
    unseen = [
        f"{duration_text(span)} {what}"
        for span, what in ((told.lost, "lost"), (told.unresolved, "still unseen"), (told.recovered, "recovered"))
        if span >= timedelta(minutes=1)
    ]
    return (
        squeezed(strip.name, 60),
        runs,
        "–" if told.covered is None else share(told.covered),
        f"{phrases.number(told.answers)} of {phrases.number(told.polls)}",
        ", ".join(unseen) or "–",
    )
