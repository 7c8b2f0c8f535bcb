"""Lengths of time and moments as a person writes them: ``1d``, ``2h30m``, ``yesterday``, ISO 8601.

Pure: the moment and the time zone they are read against are handed in. A month has no fixed length, so there is
no unit for it, and ``M`` is refused rather than taken for minutes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeVar

__all__ = ["parse_duration", "parse_span", "parse_when", "say_duration"]

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
_WHEN_FORMS = '"1d", "2h30m", "1w", "today", "yesterday" or ISO 8601 ("2026-11-20", "2026-11-20T08:00+01:00")'


def parse_duration(text: str) -> timedelta:
    """A length of time: whole numbers with the units w, d, h, m, s, the longest first, each at most once; or ``0``.

    Raises ValueError, with what would be right, for anything else and for more than a thousand years.
    """
    if text == "0":
        return timedelta(0)
    found = _DURATION.fullmatch(text)
    if found is None or not text:
        raise ValueError(f"{_quoted(text)} is no length of time, {_FORMS}{_meant(text)}")
    seconds = sum(int(count) * size for count, size in zip(found.groups(), _UNITS.values(), strict=True) if count)
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f'{_quoted(text)} is longer than a thousand years; for ever is "forever"')
    return timedelta(seconds=seconds)


def parse_span(text: str) -> timedelta | None:
    """A length of time as :func:`parse_duration` reads it, or ``None`` for ``forever``."""
    return None if text == "forever" else parse_duration(text)


def say_duration(length: timedelta | None) -> str:
    """The shortest text that :func:`parse_span` reads as this length; parts of a second are left out."""
    if length is None:
        return "forever"
    rest, parts = int(length.total_seconds()), []
    for unit, size in _UNITS.items():
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0"


def parse_when(
    text: str, now: datetime, tz: tzinfo | None = None, *, option: str = "--since", future: bool = False
) -> datetime:
    """The moment a ``--since`` or ``--until`` means, in UTC.

    A length of time is that long before ``now``. ``today`` and ``yesterday`` are midnight in ``tz``, as is a date;
    a time without zone is in ``tz``. ``None`` stands for the machine's own zone, with its rule of that day.
    Parts of a second are cut off. A time of day that a clock change skips is read with the offset from before it,
    one that comes twice is the first.

    Raises ValueError, naming ``option``, for anything else, and for a moment after ``now`` unless ``future``.
    """
    try:
        moment = _moment(text.strip(), now, tz)
    except (ValueError, OverflowError) as error:
        reason = f": {error}" if isinstance(error, _Impossible) else ""
        raise ValueError(f"{option}: {_quoted(text)} is no time{reason}; write {_WHEN_FORMS}{_meant(text)}") from None
    if moment > now and not future:
        raise ValueError(f"{option}: {_quoted(text)} lies in the future (it is {_said(now)} now)")
    return moment


class _Impossible(ValueError):
    """The form is right and the calendar has no such moment; the message says so."""


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


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _quoted(text: str) -> str:
    """The user's words, short and in ASCII, so that a message never carries control characters."""
    shown = ascii(text if len(text) <= 40 else text[:37] + "...")
    return '"' + shown[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'


def _meant(text: str) -> str:
    """A guess at the slip behind a text that could not be read, as the end of a sentence."""
    if re.fullmatch(r"-.*", text):
        return "; it cannot be negative"
    if re.fullmatch(r"[0-9]{1,9}", text):
        return "; it lacks its unit"
    if re.fullmatch(r"[0-9]{1,9}M", text):
        return "; a month has no fixed length: write it in days, or m for minutes"
    if re.fullmatch(r"[0-9]{1,9} ?(?:year|month|mo|y)s?", text):
        return "; write it in days"
    if found := re.fullmatch(r"([0-9]{1,9}) ?(week|day|hour|hr|minute|min|second|sec|[WDHS])s?(?: ago)?", text):
        return f'; did you mean "{found[1]}{found[2][0].lower()}"?'
    return ""
