"""Stamp, read and word times and durations: the one place that does.

Pure: the current time and the time zone are handed in. A month has no fixed length, so there is no unit for it, and
``M`` is refused rather than taken for minutes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeVar

T = TypeVar("T")

#: Seconds of each unit, from the longest; a duration names its units in this order.
_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
# ASCII digits on purpose: ``\d`` takes those of every script, and "١d" is a slip of the keyboard, not a day.
_DURATION = re.compile("".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in _UNITS))
_FORMS = 'such as "1d", "2h30m" or "1w" (units: w, d, h, m, s)'
#: A thousand years: what is longer than any use, and far from where dates end.
_LONGEST = timedelta(days=365_250)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_TIME_FORMS = '"1d", "2h30m", "1w", "today", "yesterday" or ISO 8601 ("2026-11-20", "2026-11-20T08:00+01:00")'


def stamp(time: datetime) -> str:
    """RFC 3339 in UTC with ``Z``, whole seconds (``2026-11-20T08:10:00Z``): text order is time order.

    A time without a zone is taken as UTC.
    """
    # isoformat pads every year to four digits and is four times as fast as strftime; every row has several.
    return in_zone(time).isoformat()[:19] + "Z"


def optional_stamp(time: datetime | None) -> str | None:
    """:func:`stamp`, or ``None`` for ``None``."""
    return None if time is None else stamp(time)


def unix_stamp(seconds: int) -> str:
    """:func:`stamp` of seconds since 1970."""
    return stamp(datetime.fromtimestamp(seconds, UTC))


def read_stamp(text: str) -> datetime:
    """The aware time that :func:`stamp` wrote. Raises ValueError."""
    return datetime.fromisoformat(text)


def read_optional_stamp(text: str | None) -> datetime | None:
    """:func:`read_stamp`, or ``None`` for ``None``."""
    return None if text is None else datetime.fromisoformat(text)


def in_zone(time: datetime, zone: tzinfo = UTC) -> datetime:
    """The time in a zone. Without a zone it is taken as UTC; where the calendar ends it stays as it is."""
    aware = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    try:
        return aware.astimezone(zone)
    except (OverflowError, ValueError):
        return aware


def minute(time: datetime, zone: tzinfo = UTC) -> str:
    """``2026-11-20 08:10`` in a zone."""
    return in_zone(time, zone).isoformat(" ")[:16]


def duration_text(span: timedelta) -> str:
    """A duration for people, in its largest unit or two: ``50 min``, ``7 h 30 min``, ``3 d``."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes and hours < 10 else f"{hours} h"
    return f"{hours // 24:,} d"


def parse_duration(text: str) -> timedelta:
    """A duration: whole numbers with the units w, d, h, m, s, the longest first, each at most once; or ``0``.

    Raises ValueError, with a suggestion, for anything else and for more than a thousand years.
    """
    if text == "0":
        return timedelta(0)
    found = _DURATION.fullmatch(text)
    if found is None or not text:
        raise ValueError(f"{_quoted(text)} is not a duration, {_FORMS}{_hint(text)}")
    seconds = sum(int(count) * size for count, size in zip(found.groups(), _UNITS.values(), strict=True) if count)
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f'{_quoted(text)} is longer than a thousand years; write "forever"')
    return timedelta(seconds=seconds)


def parse_span(text: str) -> timedelta | None:
    """A duration as :func:`parse_duration` reads it, or ``None`` for ``forever``."""
    return None if text == "forever" else parse_duration(text)


def format_duration(length: timedelta | None) -> str:
    """The shortest text that :func:`parse_span` reads as this duration; fractions of a second are dropped."""
    if length is None:
        return "forever"
    rest, parts = int(length.total_seconds()), []
    for unit, size in _UNITS.items():
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0"


def parse_time(
    text: str, now: datetime, tz: tzinfo | None = None, *, option: str = "--since", future: bool = False
) -> datetime:
    """The time that ``--since`` or ``--until`` means, in UTC.

    A duration is that long before ``now``. ``today`` and ``yesterday`` are midnight in ``tz``, as is a date;
    a time without zone is in ``tz``. ``None`` stands for the machine's own zone, with its rule of that day.
    Parts of a second are cut off. A time of day that a clock change skips is read with the offset from before it,
    one that comes twice is the first.

    Raises ValueError, naming ``option``, for anything else, and for a moment after ``now`` unless ``future``.
    """
    try:
        moment = _moment(text.strip(), now, tz)
    except (ValueError, OverflowError) as error:
        reason = f": {error}" if isinstance(error, _Impossible) else ""
        raise ValueError(f"{option}: {_quoted(text)} is not a time{reason}; write {_TIME_FORMS}{_hint(text)}") from None
    if moment > now and not future:
        raise ValueError(f"{option}: {_quoted(text)} is in the future (now is {stamp(now)})")
    return moment


class _Impossible(ValueError):
    """Well-formed, but not in the calendar; the message says why."""


def _moment(text: str, now: datetime, tz: tzinfo | None) -> datetime:
    here = now.astimezone(tz)
    if text == "today":
        return _utc(datetime.combine(here.date(), time.min), tz)
    if text == "yesterday":
        return _utc(datetime.combine(here.date() - timedelta(days=1), time.min), tz)
    if text == "now":
        return now
    if _DATE.fullmatch(text):
        return _utc(datetime.combine(_read(date.fromisoformat, text), time.min), tz)
    if _MOMENT.fullmatch(text):
        moment = _read(datetime.fromisoformat, text.upper().replace(" ", "T")).replace(microsecond=0)
        return _utc(moment, tz)
    return now - parse_duration(text)


def _read(reader: Callable[[str], T], text: str) -> T:
    try:
        return reader(text)
    except ValueError as error:
        raise _Impossible(str(error)) from None


def _utc(moment: datetime, tz: tzinfo | None) -> datetime:
    """The moment in UTC; a naive one is in ``tz``, or in the machine's zone when that is ``None``."""
    if moment.tzinfo is None and tz is not None:
        moment = moment.replace(tzinfo=tz)
    return moment.astimezone(UTC)


def _quoted(text: str) -> str:
    """The user's text, short and in ASCII, so that a message never contains control characters."""
    shown = ascii(text if len(text) <= 40 else text[:37] + "...")
    return '"' + shown[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'


def _hint(text: str) -> str:
    """A guess at what was meant by text that cannot be read, as the end of a sentence."""
    if re.fullmatch(r"-.*", text):
        return "; it cannot be negative"
    if re.fullmatch(r"[0-9]{1,9}", text):
        return "; the unit is missing"
    if re.fullmatch(r"[0-9]{1,9}M", text):
        return "; a month has no fixed length: write it in days, or m for minutes"
    if re.fullmatch(r"[0-9]{1,9} ?(?:year|month|mo|y)s?", text):
        return "; write it in days"
    if found := re.fullmatch(r"([0-9]{1,9}) ?(week|day|hour|hr|minute|min|second|sec|[WDHS])s?(?: ago)?", text):
        return f'; did you mean "{found[1]}{found[2][0].lower()}"?'
    return ""
