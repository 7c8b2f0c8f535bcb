"""A source measured by its own past: fallen silent, yielding less, or answering with nothing at all (pure).

Each is noticed at a moment that follows from the ledger alone: the one digest whose time holds that moment tells it,
whenever it is made. The rules in words: ``docs/coverage.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal

from mentionwatch.records import Baseline

#: How much of a source's past must be known.
LOOK_BACK = timedelta(days=120)
#: What a silence is measured by: so long before it began, so that the measure does not change while it lasts.
_HISTORY = timedelta(days=60)
#: Days with something new that make a habit of speaking.
_SPEAKING_DAYS = 8
#: Answers with something in them that make an empty one strange.
_FULL_ANSWERS = 10
#: What each of four weeks must have brought for a drop to be one.
_WEEKLY = 20
_DAY = timedelta(days=1)

#: The last three are of :mod:`mentionwatch.coverage.response_formats`.
AnomalyKind = Literal["silent", "less", "empty", "format", "field", "names"]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One break with a source's habit.

    ``at`` is when it was noticed, ``since`` when it began. ``least`` and ``most`` are what was usual: days of silence
    (``silent``), new items a week (``less``), answers that all held something (``empty``). ``now`` is what it is
    instead: days, items, or none. Of an answer that looks otherwise, ``what`` is the format or the field that all of
    ``most`` answers had, ``instead`` the format since; it has ``ended_at`` where it is as before again.
    """

    kind: AnomalyKind
    at: datetime
    since: datetime
    least: int
    most: int
    now: int
    what: str = ""
    instead: str = ""
    ended_at: datetime | None = None


def anomalies(
    days: Mapping[date, int], questions: Iterable[Baseline], answered_at: datetime | None, now: datetime
) -> tuple[Anomaly, ...]:
    """What is unusual about a source as it stands at ``now``.

    ``days``: new items by day (UTC). ``answered_at`` is when it last answered: what was not asked is not silent.
    """
    found = [one for one in map(_empty, questions) if one is not None]
    if answered_at is not None:
        quiet = _silent(days, answered_at) or _less(days, answered_at)
        found += [] if quiet is None else [quiet]
    return tuple(one for one in found if one.at <= now)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _silent(days: Mapping[date, int], answered_at: datetime) -> Anomaly | None:
    """Silent for more than twice as long as ever before, and two days at least, after eight days that spoke."""
    spoke = sorted(day for day, new in days.items() if new)
    spoke = [day for day in spoke if day >= spoke[-1] - _HISTORY]
    if len(spoke) < _SPEAKING_DAYS:
        return None
    longest = max((later - earlier).days for earlier, later in pairwise(spoke))
    # A pause from the third to the fourth is no silent day; it is one day long all the same.
    at = _midnight(spoke[-1]) + max(2 * longest, longest + 2) * _DAY
    if at > answered_at:
        return None
    return Anomaly("silent", at, _midnight(spoke[-1]), 0, longest, (answered_at.date() - spoke[-1]).days)


def _less(days: Mapping[date, int], answered_at: datetime) -> Anomaly | None:
    """Seven days brought less than a quarter of the least of the four weeks before, each of which brought twenty."""
    end = answered_at.date()
    told: Anomaly | None = None
    for _ in range(28):
        week = _sum(days, end, 0)
        before = [_sum(days, end, n) for n in range(1, 5)]
        if min(before) < _WEEKLY or 4 * week >= min(before):
            break
        told = Anomaly("less", _midnight(end), _midnight(end) - 7 * _DAY, min(before), max(before), week)
        end -= _DAY
    return told


def _sum(days: Mapping[date, int], end: date, weeks: int) -> int:
    """New items of the seven days before ``end``, or of so many weeks earlier."""
    return sum(days.get(end - timedelta(days=7 * weeks + n), 0) for n in range(1, 8))


def _empty(question: Baseline) -> Anomaly | None:
    """Empty answers for a day, after ten that all held something."""
    first, last = question.first_empty, question.last_full
    if question.full < _FULL_ANSWERS or first is None or last is None or first <= last:
        return None
    at = first + _DAY
    return Anomaly("empty", at, first, question.full, question.full, 0) if at <= question.last_answer else None
