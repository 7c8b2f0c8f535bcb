"""Whether a post snowballs: what was said in answer to it comes ever faster, and how fast (pure).

New replies (shares, authors, sites) of each stretch between two readings are held against a rate that grows or shrinks
exponentially; what is said of it holds only as far as that fits. ``docs/judging.md`` has the figures, and ``python -m
benchmarks.growth`` makes them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from mentionwatch.analysis.spikes import tail
from mentionwatch.model import EngagementReading
from mentionwatch.times import duration_text

#: What is counted, the most telling first; likes and views cost a stranger nothing.
KINDS = ("replies", "reposts", "authors", "sites")
#: The stretches that are looked at, one after the other, until one is sure.
WINDOWS = (timedelta(hours=2), timedelta(hours=6), timedelta(hours=24))
#: Nothing is said of fewer readings with something between them, or of fewer new replies.
LEAST_STRETCHES, LEAST_NEW = 5, 12
#: Deviations from standing still that chance and clusters do not explain; chosen on the simulations.
SURE = 3.5
#: What takes longer to double is no snowball.
SLOWEST = timedelta(hours=12)
#: From a doubling in so long and so many new in the last hour on, a growing post is told of at once.
FAST, MANY = timedelta(hours=3), 15
#: The last hour holds so many times what any hour of three days before it held: what comes and goes is no snowball.
PEAK, MEMORY = 1.2, timedelta(days=3)
#: What doubles more slowly than this must be so much likelier (as a logarithm, divided by the scatter) under its curve
#: than as the morning of a thread that only has a day and a night; a faster morning would be news by itself.
MORNING, LIKELIER = timedelta(minutes=75), 3.0
#: A thread of so many hours that the curve does not explain has a pace of its own. The last hour then must be what
#: replies that bring replies (so many times Poisson's variance at least) give no more often than this.
OLD_HOURS, CLUSTERED, RARE = 6, 5.0, 1e-4
#: The last readings may not lie below the curve by more deviations: what levels off is not growing any more.
LAGS = 1.5
#: A round number is foretold up to so many times what is there, and no further ahead than was looked back.
FURTHEST = 4.0


@dataclass(frozen=True, slots=True)
class Growth:
    """How one count of a post grows.

    ``count`` is what it was at the last reading, ``last_hour`` how much of it is new within the hour before that.
    ``doubling`` is how long the rate takes to double, ``None`` where nothing of the kind can be said; ``next_count``
    and ``next_at`` then say when which round number is to be expected. ``readings`` of ``span`` are what it stands on.
    """

    what: str
    count: int
    last_hour: int
    at: datetime
    doubling: timedelta | None = None
    next_count: int | None = None
    next_at: datetime | None = None
    readings: int = 0
    span: timedelta = timedelta(0)

    @property
    def is_snowball(self) -> bool:
        """Whether somebody should be told at once."""
        return self.doubling is not None and self.doubling <= FAST and self.last_hour >= MANY


def series(readings: Iterable[EngagementReading]) -> dict[str, list[tuple[datetime, int]]]:
    """The counts of :data:`KINDS` that readings hold, each over time."""
    found: dict[str, list[tuple[datetime, int]]] = {}
    for reading in readings:
        for what, count in (("replies", reading.engagement.replies), ("reposts", reading.engagement.reposts)):
            if count is not None:
                found.setdefault(what, []).append((reading.at, count))
    return found


def growth(
    readings: Iterable[EngagementReading],
    now: datetime,
    more: Mapping[str, Sequence[tuple[datetime, int]]] | None = None,
) -> Growth | None:
    """What grows most plainly of a post's counts; ``None`` where none has changed within the last day.

    ``readings`` are in the order of time; ``more`` holds further counts over time (``authors``, ``sites``).
    """
    counted = series(one for one in readings if one.at <= now) | dict(more or {})
    found = [one for what in KINDS if (one := _growth(what, counted.get(what, ()), now)) is not None]
    doubling = [one for one in found if one.doubling is not None]
    if doubling:
        return min(doubling, key=lambda one: one.doubling or SLOWEST)
    return max(found, key=lambda one: one.last_hour, default=None)


def _growth(what: str, counts: Sequence[tuple[datetime, int]], now: datetime) -> Growth | None:
    whole = _rising([(at, count) for at, count in counts if now - MEMORY <= at <= now])
    rising = [one for one in whole if one[0] >= now - WINDOWS[-1]]
    if len(rising) < 2 or rising[-1][1] == rising[0][1]:
        return None
    end, last = rising[-1]
    hour = last - _at(rising, end - timedelta(hours=1))
    if now - end > WINDOWS[0]:
        hour = 0  # nobody has looked since: what was new then is not new now
    plain = Growth(what, last, hour, end, readings=len(rising), span=end - rising[0][0])
    if not hour or hour < PEAK * _busiest(whole):
        return plain
    for window in WINDOWS:
        part = [one for one in rising if one[0] >= end - window]
        if len(part) > LEAST_STRETCHES and part[-1][1] - part[0][1] >= LEAST_NEW:
            found = _claimed(plain, part)
            if found.doubling is not None and not _is_usual(found, found.doubling, whole):
                return found
    return plain


def _is_usual(found: Growth, doubling: timedelta, whole: Sequence[tuple[datetime, int]]) -> bool:
    """Whether the last hour is nothing new for the thread: one with a pace of its own, whose replies come in clusters.

    A thread that the curve explains from its beginning has no pace of its own.
    """
    began, known = whole[0]
    hour = timedelta(hours=1)
    before = [
        _at(whole, found.at - n * hour) - _at(whole, found.at - (n + 1) * hour)
        for n in range(1, (found.at - began) // hour)
    ]
    if len(before) < OLD_HOURS:
        return False
    start = found.at - found.span
    shrunk = 0.5 ** (found.span / doubling)
    explained = (found.count - _at(whole, start)) * shrunk / (1 - shrunk)
    if _at(whole, start) - known <= explained + 3 * math.sqrt(explained + 1):
        return False
    # The curve's own hours are no part of the pace, where others are left to tell it.
    own = max(0, found.span // hour - 1)
    past = before[own:] if len(before) > own + 4 else before
    mean = sum(past) / len(past)
    variance = sum((one - mean) ** 2 for one in past) / len(past)
    return tail(found.last_hour, mean, max(variance, CLUSTERED * mean)) > RARE


def _busiest(rising: Sequence[tuple[datetime, int]]) -> int:
    """The most that came within an hour before the last one."""
    last = rising[-1][0] - timedelta(hours=1)
    ends = [at for at, _ in rising if rising[0][0] < at <= last]
    return max((_at(rising, at) - _at(rising, at - timedelta(hours=1)) for at in ends), default=0)


def _rising(counts: Iterable[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """Counts that never fall: who takes a reply back has made one. Of two at one time the last counts."""
    rising: list[tuple[datetime, int]] = []
    for at, count in counts:
        count = max(count, rising[-1][1]) if rising else count
        if rising and at <= rising[-1][0]:
            rising[-1] = (rising[-1][0], count)
        else:
            rising.append((at, count))
    return rising


def _at(rising: Sequence[tuple[datetime, int]], at: datetime) -> int:
    """The count at a time, in proportion between two readings; the first one before there was any."""
    for (t0, n0), (t1, n1) in pairwise(rising):
        if t0 <= at <= t1:
            return n0 + int((n1 - n0) * ((at - t0) / (t1 - t0)))
    return rising[0][1] if at < rising[0][0] else rising[-1][1]


def _claimed(plain: Growth, part: Sequence[tuple[datetime, int]]) -> Growth:
    """With doubling time and forecast, where the readings bear them."""
    start, last = part[0][0], part[-1][0]
    hours = [(at - start) / timedelta(hours=1) for at, _ in part]
    new = [n1 - n0 for (_, n0), (_, n1) in pairwise(part)]
    rate = _fit(hours, new)
    if rate is None:
        return plain
    doubling = timedelta(hours=math.log(2) / rate)
    if doubling > SLOWEST:
        return plain
    next_count = _round_above(plain.count)
    ahead = (part[-1][1] - part[0][1]) / (1 - math.exp(-rate * hours[-1]))  # of the curve, up to now
    wait = timedelta(hours=math.log1p((next_count - plain.count) / ahead) / rate)
    told = next_count <= FURTHEST * plain.count and wait <= max(last - start, doubling)
    claimed = replace(plain, at=last, doubling=doubling, readings=len(part), span=last - start)
    return replace(claimed, next_count=next_count, next_at=last + wait) if told else claimed


def _fit(hours: Sequence[float], new: Sequence[int]) -> float | None:
    """The growth of the rate an hour, by maximum likelihood of Poisson counts; ``None`` where none is sure.

    Its error is widened by how much more the counts scatter than chance would make them (quasi-Poisson), so that a few
    lively threads are no curve.
    """
    total, length = sum(new), hours[-1]
    low, high = -20.0 / length, 20.0 / length

    for _ in range(60):  # golden section: the likelihood has a single top
        a, b = high - 0.618 * (high - low), low + 0.618 * (high - low)
        if _likelihood(new, _parts(hours, a)) < _likelihood(new, _parts(hours, b)):
            low = a
        else:
            high = b
    rate = (low + high) / 2
    if rate <= 0:
        return None
    parts = _parts(hours, rate)
    whole = sum(parts)
    expected = [total * part / whole for part in parts]
    scatter = sum((n - mean) ** 2 / max(mean, 0.5) for n, mean in zip(new, expected, strict=True))
    # The variance of the time of a reply under the curve is the information of one reply on the rate.
    middles = [(t0 + t1) / 2 for t0, t1 in pairwise(hours)]
    mean_at = sum(m * e for m, e in zip(middles, expected, strict=True)) / total
    spread = sum((m - mean_at) ** 2 * e for m, e in zip(middles, expected, strict=True))
    clustered = max(1.0, scatter / max(len(new) - 2, 1))
    error = math.sqrt(clustered / max(spread, 1e-9))
    # The last third of the stretches, as a whole, tells whether it goes on.
    tail = max(1, len(new) // 3)
    came, due = sum(new[-tail:]), sum(expected[-tail:])
    lags = (due - came) / math.sqrt(max(due, 1.0))
    if rate < SURE * error or lags > LAGS:
        return None
    if math.log(2) / rate > MORNING / timedelta(hours=1):
        morning = max(_likelihood(new, _daily(hours, dawn / 2)) for dawn in range(48))
        if _likelihood(new, parts) - morning < LIKELIER * clustered:
            return None
    return rate


def _likelihood(new: Sequence[int], parts: Sequence[float]) -> float:
    """The logarithm of how likely the new ones fall so on stretches of which these parts are due."""
    whole = sum(parts)
    return sum(n * math.log(part / whole) for n, part in zip(new, parts, strict=True) if n)


def _daily(hours: Sequence[float], dawn: float) -> list[float]:
    """What each stretch holds of a day and a night, silent at ``dawn`` and loudest twelve hours later."""
    turn = math.pi / 12
    until = [t - math.sin(turn * (t - dawn)) / turn for t in hours]
    return [max(t1 - t0, 1e-12) for t0, t1 in pairwise(until)]


def _parts(hours: Sequence[float], rate: float) -> list[float]:
    """What each stretch holds of a curve that grows so, its end being 1."""
    end = hours[-1]
    if abs(rate) < 1e-9:
        return [t1 - t0 for t0, t1 in pairwise(hours)]
    return [
        max((math.exp(rate * (t1 - end)) - math.exp(rate * (t0 - end))) / rate, 1e-300) for t0, t1 in pairwise(hours)
    ]


def _round_above(count: int) -> int:
    """The next of 20, 50, 100, 200, 500 … above."""
    number = 10
    while True:
        for step in (1, 2, 5):
            if number * step > count:
                return number * step
        number *= 10


def describe_growth(told: Growth, zone: tzinfo) -> str:
    """As ``31 replies, 24 of them in the last hour; doubling every 38 min, 100 replies about 14:10 (…)``."""
    said = f"{told.count:,} {told.what}, {told.last_hour:,} of them in the last hour"
    if told.doubling is None:
        return said
    said += f"; doubling every {duration_text(_to_minutes(told.doubling))}"
    if told.next_count is not None and told.next_at is not None:
        at = told.next_at.astimezone(zone)
        day = "" if at.date() == told.at.astimezone(zone).date() else f"{at:%a} "
        said += f", {told.next_count:,} {told.what} about {day}{at:%H:%M}"
    return f"{said} ({told.readings} readings of {duration_text(_to_minutes(told.span))})"


def _to_minutes(span: timedelta) -> timedelta:
    return timedelta(minutes=round(span / timedelta(minutes=1)))


def replay(
    readings: Sequence[EngagementReading],
    more: Mapping[str, Sequence[tuple[datetime, int]]] | None = None,
    *,
    doubling: timedelta = FAST,
    least: int = MANY,
) -> tuple[Growth, ...]:
    """How often a threshold would have told of a post, had it been looked at whenever it was read.

    What would have been told at each first time that it doubled at least so fast with at least so many new within an
    hour, after it had not at the reading before. For ``rules replay``; ``more`` as for :func:`growth`.
    """
    told: list[Growth] = []
    on = False
    for n in range(2, len(readings) + 1):
        seen = growth(readings[max(0, n - 200) : n], readings[n - 1].at, more)
        is_on = seen is not None and seen.doubling is not None and seen.doubling <= doubling and seen.last_hour >= least
        if is_on and not on and seen is not None:
            told.append(seen)
        on = is_on
    return tuple(told)
