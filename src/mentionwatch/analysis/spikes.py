"""Spikes: more said of a brand than its own past explains, and a larger share of it negative (pure).

The rules were chosen on public series and simulations; ``docs/alerts.md`` has the figures and ``python -m
benchmarks.spikes`` makes them. For a brand of a few mentions a day no rule works: there each mention is told.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

#: What is counted, how often it is looked at, and the past it is held against.
WINDOW, STEP, HISTORY = timedelta(hours=1), timedelta(minutes=5), timedelta(days=14)
#: The stretches that are held against their like: one alone is right about one kind of event, and three disagree where
#: one errs. Brands that had no part in choosing any of this score 74.9 of 100 (``docs/alerts.md``).
WINDOWS = (timedelta(minutes=30), WINDOW, timedelta(hours=2))
#: A watch younger than this has no past to speak of (the hour that is counted not included).
LEAST_HISTORY = timedelta(days=3)
#: What is usual of a stretch: where the busiest 2, 1, 0.5 and 0.2 % of the past begin, the four together.
QUANTILES = (0.98, 0.99, 0.995, 0.998)
#: The one of them that is told, and by which a brand is large or small.
QUANTILE = 0.995
#: A spike is so many times what is usual, as the geometric mean of all stretches and quantiles …
RATIO = 1.1
#: … and at least so many in the hour; and, where fewer than :data:`SMALL` are usual, when chance makes so many less
#: often than this. It keeps small brands from crying wolf, and would cost large ones a fourth of what they find.
LEAST, CHANCE, SMALL = 4, 1e-3, 25
#: After an episode began no other begins within this.
REST = timedelta(hours=24)
#: Below so many a day a rule misses every second burst, and hours late: each mention is told instead.
FEW = 5.0

#: The share of negative mentions: the last hours against the past, which weighs as much as so many mentions at most.
SHARE_WINDOW, PRIOR = timedelta(hours=6), 60.0
SHARE_LEAST, SHARE_LIFT, SHARE_CHANCE = 5, 1.3, 0.01

EpisodeChange = Literal["begin", "end"]


@dataclass(frozen=True, slots=True)
class MentionVolume:
    """How many the last hour held, what all but a few hours of the past held at most, and how often chance does so.

    ``ratio`` is how many times what is usual the last half hour, hour and two hours held together: :func:`ratio`.
    """

    count: int
    usual: int
    chance: float
    ratio: float

    @property
    def is_spike(self) -> bool:
        large = self.count >= LEAST and self.ratio >= RATIO
        return large and (self.usual >= SMALL or self.chance <= CHANCE)

    @property
    def is_calm(self) -> bool:
        return self.ratio <= 1.0


@dataclass(frozen=True, slots=True)
class NegativeShare:
    """How many of the last hours' judged mentions were negative, the usual share, and how often chance does so."""

    negative: int
    judged: int
    usual: float
    chance: float

    @property
    def is_spike(self) -> bool:
        return self.negative >= SHARE_LEAST and self._lift >= SHARE_LIFT and self.chance <= SHARE_CHANCE

    @property
    def is_calm(self) -> bool:
        return not self.judged or self._lift < SHARE_LIFT

    @property
    def _lift(self) -> float:
        return self.negative / max(self.judged, 1) / max(self.usual, 1e-9)


def volume(times: Sequence[datetime], began: datetime, now: datetime) -> MentionVolume | None:
    """The last hour against the fourteen days before it; ``None`` while there is too little past, or too few in it.

    ``times`` is when mentions were said, in order; ``began`` when the watch did.
    """
    start, end = _past(began, now)
    if end - start < LEAST_HISTORY or alerts_on_each(times, began, now):
        return None
    # Mentions of each five minutes, counted back from now: every stretch is a sum of these.
    edges = [bisect_right(times, now - STEP * n) for n in range((now - start) // STEP + 1)]
    counts: list[int] = []
    usual: list[list[int]] = []
    hours: list[int] = []
    for window in WINDOWS:
        width = window // STEP
        past = [edges[n] - edges[n + width] for n in range(width, len(edges) - width)]
        hours = past if window == WINDOW else hours
        past = sorted(past)
        counts.append(edges[0] - edges[width])
        usual.append([quantile(past, q) for q in QUANTILES])
    mean = sum(hours) / len(hours)
    variance = sum((hour - mean) ** 2 for hour in hours) / len(hours)
    at = WINDOWS.index(WINDOW)
    count, most = counts[at], usual[at][QUANTILES.index(QUANTILE)]
    return MentionVolume(count, most, tail(count, mean, variance), ratio(counts, usual))


def ratio(counts: Sequence[int], usual: Sequence[Sequence[int]]) -> float:
    """The geometric mean of each count over each of what is usual for its stretch; usual is never less than one."""
    logs = [
        math.log(max(count, 1e-6) / max(one, 1)) for count, every in zip(counts, usual, strict=True) for one in every
    ]
    return math.exp(sum(logs) / len(logs))


def alerts_on_each(times: Sequence[datetime], began: datetime, now: datetime) -> bool:
    """Whether a brand has so few mentions that no rule works, and each is told; not before there is a past to tell."""
    start, end = _past(began, now)
    days = (end - start) / timedelta(days=1)
    return end - start >= LEAST_HISTORY and _within(times, start, end) < FEW * days


def _past(began: datetime, now: datetime) -> tuple[datetime, datetime]:
    end = now - WINDOW
    return max(began, end - HISTORY), end


def _within(times: Sequence[datetime], after: datetime, until: datetime) -> int:
    return bisect_right(times, until) - bisect_right(times, after)


def quantile(ordered: Sequence[int], share: float = QUANTILE) -> int:
    """What this share of the values, given in order, does not exceed; 0 of none."""
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else 0


def tail(count: int, mean: float, variance: float) -> float:
    """How often chance gives ``count`` or more, for a negative binomial of this mean and variance.

    Where the variance is no larger than the mean it is a Poisson's. 1 for what is no more than the mean.
    """
    if count <= mean or count <= 0:
        return 1.0
    mean = max(mean, 1e-6)
    if variance <= mean * (1 + 1e-9):
        log, odds, size = count * math.log(mean) - mean - math.lgamma(count + 1), mean, None
    else:
        size = mean * mean / (variance - mean)
        odds = mean / (size + mean)
        log = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
        log += size * math.log1p(-odds) + count * math.log(odds)
    term, total, k = math.exp(log), 0.0, count
    while term > 1e-12 * (total + 1e-300) and k < count + 100_000:
        total += term
        term *= (odds if size is None else odds * (k + size)) / (k + 1)
        k += 1
    return min(1.0, total)


def negative_share(negative: int, judged: int, past_negative: int, past_judged: int) -> NegativeShare | None:
    """The negative share of the last hours against that of the past; ``None`` while that holds fewer than twenty.

    The past is a beta prior that weighs no more than :data:`PRIOR` mentions, so that a long one is not certain of what
    a few days may change; the chance is that of so many negative or more.
    """
    if past_judged < 20:
        return None
    # One more of each: a past without any negative does not make the first one impossible.
    usual = (past_negative + 1) / (past_judged + 2)
    weight = min(PRIOR, past_judged)
    a, b = usual * weight, (1 - usual) * weight
    chance = sum(math.exp(_beta_binomial(k, judged, a, b)) for k in range(negative, judged + 1))
    return NegativeShare(negative, judged, usual, min(1.0, chance))


def _beta_binomial(k: int, n: int, a: float, b: float) -> float:
    lg = math.lgamma
    choose = lg(n + 1) - lg(k + 1) - lg(n - k + 1)
    return choose + lg(k + a) + lg(n - k + b) - lg(n + a + b) + lg(a + b) - lg(a) - lg(b)


def episode_change(
    seen: MentionVolume | NegativeShare | None, began_at: datetime | None, ended_at: datetime | None, now: datetime
) -> EpisodeChange | None:
    """What becomes of the last episode – it ends – or whether another one begins; ``None``: all stays as it is.

    ``began_at`` and ``ended_at`` are those of the last episode, ``None`` where there is none, or it goes on.
    """
    if began_at is not None and ended_at is None:
        return "end" if seen is not None and seen.is_calm else None
    rested = began_at is None or now - began_at >= REST
    return "begin" if seen is not None and seen.is_spike and rested else None
