"""Working time: how much of it lies between two moments, and when so much of it is over (pure).

The rule, of which everything here is only a quicker form: an instant is working time when the clock on the wall of the
configured zone shows a weekday and a time of day inside a span of ``hours``, on a day that is no holiday. So an hour
that a change of the clocks skips holds no working time, one that comes twice holds it twice, and the machine's own
zone has no say. ``tests/support/response_oracle.py`` holds it against that rule, minute by minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 86_400
_EPOCH = date(1970, 1, 1)
#: How far ahead an end of working time is looked for; what is not over then has none. Bounds the work of a call.
_HORIZON = timedelta(days=3660)
#: How often within a day a zone's offset is looked at. Two changes of one zone have never been so near to each other.
_PROBE = 6 * 3600

#: From when until when a clock stood still; ``None``: it stands still.
Pause = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When people are at work: ``spans`` are weekday (Monday is 0), begin and end in seconds of the wall's day."""

    timezone: str
    spans: tuple[tuple[int, int, int], ...]
    holidays: frozenset[date] = frozenset()

    @property
    def zone(self) -> tzinfo:
        """The zone; ``UTC`` is there without any time zone data."""
        return UTC if self.timezone == "UTC" else ZoneInfo(self.timezone)


def parse_working_hours(timezone: str, hours: str, holidays: Iterable[date] = ()) -> WorkingHours:
    """The working hours of a configuration's ``[response]``, whose form has been checked.

    ``hours`` is ``Mon-Fri 09:00-18:00``, several days or runs of days with commas, several spans with semicolons; a run
    may go over the weekend's end (``Sat-Mon``). Spans of a day that overlap are one.
    """
    spans: set[tuple[int, int, int]] = set()
    for span in hours.split(";"):
        days, begin, end = re.fullmatch(r"\s*(.*\S)\s+(\S+)\s*-\s*(\S+)\s*", span).groups()  # type: ignore[union-attr]
        for day in _weekdays(days):
            spans.add((day, _seconds(begin), _seconds(end)))
    return WorkingHours(timezone, tuple(_merged(spans)), frozenset(holidays))


def _weekdays(text: str) -> Iterator[int]:
    for run in text.lower().split(","):
        first, _, last = (part.strip() for part in run.partition("-"))
        day = _DAYS.index(first)
        yield day
        while last and day != _DAYS.index(last):
            day = (day + 1) % 7
            yield day


def _seconds(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 3600 + int(minute) * 60


def _merged(spans: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    merged: list[tuple[int, int, int]] = []
    for day, begin, end in sorted(spans):
        if merged and merged[-1][0] == day and begin <= merged[-1][2]:
            merged[-1] = (day, merged[-1][1], max(end, merged[-1][2]))
        else:
            merged.append((day, begin, end))
    return merged


def add_working_time(
    start: datetime, allowance: timedelta, hours: WorkingHours, paused: Sequence[Pause] = ()
) -> datetime | None:
    """The earliest moment by which so much working time has passed since ``start``, pauses not counted.

    ``allowance`` is time at work: a day of it is 24 hours of that. ``None`` where the clock stands still before, or
    where more than ten years would pass.
    """
    left = int(allowance.total_seconds())
    if left <= 0:
        return start
    for begin, end in _running(int(start.timestamp()), int((start + _HORIZON).timestamp()), hours, paused):
        if end - begin >= left:
            return datetime.fromtimestamp(begin + left, UTC)
        left -= end - begin
    return None


def working_time_between(
    start: datetime, end: datetime, hours: WorkingHours, paused: Sequence[Pause] = ()
) -> timedelta:
    """How much working time lies between two moments, pauses not counted; nothing where the end lies before."""
    between = _running(int(start.timestamp()), int(end.timestamp()), hours, paused)
    return timedelta(seconds=sum(end - begin for begin, end in between))


def end_of_day(day: date, hours: WorkingHours) -> datetime:
    """When work ends on a day of the zone; midnight after it where nobody works that day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=hours.zone)
    begin, end = int(midnight.timestamp()), int((midnight + timedelta(days=1)).timestamp())
    spans = list(_running(begin, end, hours, ()))
    return datetime.fromtimestamp(spans[-1][1] if spans else end, UTC)


def start_of_day(day: date, hours: WorkingHours) -> datetime:
    """When work begins on a day of the zone; midnight before it where nobody works that day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=hours.zone)
    begin, end = int(midnight.timestamp()), int((midnight + timedelta(days=1)).timestamp())
    first = next(_running(begin, end, hours, ()), None)
    return datetime.fromtimestamp(begin if first is None else first[0], UTC)


def _running(begin: int, end: int, hours: WorkingHours, paused: Sequence[Pause]) -> Iterator[tuple[int, int]]:
    """The stretches of working time in ``[begin, end)``, in seconds since 1970, less the pauses, in order."""
    stops = sorted((int(a.timestamp()), end if b is None else int(b.timestamp())) for a, b in paused)
    for day in range(begin // _DAY, -(-end // _DAY)):
        for first, last in _worked(hours, day):
            at, until = max(first, begin), min(last, end)
            for stop, go in stops:
                if stop >= until:
                    break
                if stop > at:
                    yield at, stop
                at = max(at, go)
            if at < until:
                yield at, until


@lru_cache(maxsize=8192)
def _worked(hours: WorkingHours, day: int) -> tuple[tuple[int, int], ...]:
    """The working time of one day of UTC, counted from 1970: stretches of seconds since then, in order."""
    stretches: list[tuple[int, int]] = []
    for begin, end, offset in _steady(hours.zone, day * _DAY, (day + 1) * _DAY):
        for wall_day in range((begin + offset) // _DAY, -(-(end + offset) // _DAY)):
            if _EPOCH + timedelta(days=wall_day) in hours.holidays:
                continue
            weekday = (wall_day + 3) % 7  # 1970 began on a Thursday
            for of, first, last in hours.spans:
                if of == weekday:
                    at = max(wall_day * _DAY + first - offset, begin)
                    until = min(wall_day * _DAY + last - offset, end)
                    if at < until:
                        stretches.append((at, until))
    return tuple(stretches)


def _steady(zone: tzinfo, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """``[begin, end)`` in parts within which the zone's offset from UTC, given in seconds, does not change."""
    offset = _offset(zone, begin)
    for probe in range(begin + _PROBE, end + _PROBE, _PROBE):
        until = min(probe, end)
        if _offset(zone, until) == offset:
            continue
        # Somewhere up to here the clocks changed: the first second of the new offset.
        low, high = until - _PROBE, until
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
        if high < end:
            yield begin, high, offset
            begin, offset = high, _offset(zone, high)
    yield begin, end, offset


def _offset(zone: tzinfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
