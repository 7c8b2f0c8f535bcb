"""Moments to come as people name them: the end of ``refund by Fri``, and until when to be silent (pure)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from mentionwatch.response.working_hours import WorkingHours, end_of_day, start_of_day
from mentionwatch.times import parse_duration, parse_time

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FORMS = 'end it with "by Fri", "by tomorrow", "by 17:00", "by Fri 17:00" or "by 2026-11-27"'
_BY = re.compile(r"\bby\s+(\S+)(?:\s+(?:at\s+)?([0-9]{1,2}:[0-9]{2}))?[.!]?\s*$", re.IGNORECASE)
_UNTIL_FORMS = 'write "2h", "3d", "tomorrow", "Mon", "Fri 17:00", "17:00", "2026-11-27" or "2026-11-27T08:00Z"'
_DURATION = re.compile(r"(?:[0-9]+[wdhms])+")
_DAY_AND_TIME = re.compile(r"(\S+)(?:\s+(?:at\s+)?([0-9]{1,2}:[0-9]{2}))?")
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}")


def parse_promise(text: str, now: datetime, hours: WorkingHours) -> datetime:
    """The moment a promise's last words name, read in the zone of the working hours.

    A day alone is meant until work ends that day. A weekday is its next coming, today included while there is time.
    Raises ValueError, with the forms there are, where there is no such moment or it is past.
    """
    found = _BY.search(text[-200:])
    if found is None:
        raise ValueError(f"a promise needs a date; {_FORMS}")
    here = now.astimezone(hours.zone)
    word, at = found[1].strip(".!,"), found[2]
    if at is None and _TIME.fullmatch(word):
        word, at = "today", word
    for day in _candidates(word.lower(), here.date()):
        moment = end_of_day(day, hours) if at is None else _at(day, at, hours)
        if moment > now:
            return moment
    raise ValueError(f"by when? {word!r} is not a future day; {_FORMS}")


def parse_until(text: str, now: datetime, hours: WorkingHours) -> datetime:
    """The moment until which something is put off: a duration from now on, a time of day, a day, or ISO 8601.

    A day alone is meant until work begins on it; of weekdays and times of day the next coming, in the zone of the
    working hours. ``now`` is now. Raises ValueError, with the forms there are, for anything else and for what is past.
    """
    text = text.strip()
    if text == "now":
        return now
    try:
        if _DURATION.fullmatch(text):
            return now + parse_duration(text)
        return _named(text, now, hours) or _exact(text, now, hours)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"until when? {error if isinstance(error, _Past) else _UNTIL_FORMS}") from None


class _Past(ValueError):
    """A moment that is over."""


def _exact(text: str, now: datetime, hours: WorkingHours) -> datetime:
    moment = parse_time(text, now, hours.zone, future=True)
    if moment <= now:
        raise _Past(f"{text!r} is past; {_UNTIL_FORMS}")
    return moment


def _named(text: str, now: datetime, hours: WorkingHours) -> datetime | None:
    """The next coming of a day or time of day; ``None`` where the text names none."""
    found = _DAY_AND_TIME.fullmatch(text)
    if found is None:
        return None
    word, at = found[1], found[2]
    days = ["today", "tomorrow"] if at is None and _TIME.fullmatch(word) else [word.lower()]
    at = word if len(days) > 1 else at
    here = now.astimezone(hours.zone).date()
    moments = [
        start_of_day(day, hours) if at is None else _at(day, at, hours)
        for one in days
        for day in _candidates(one, here)
    ]
    coming = next((moment for moment in moments if moment > now), None)
    if moments and coming is None:
        raise _Past(f"{text!r} is past; {_UNTIL_FORMS}")
    return coming


def _candidates(word: str, today: date) -> list[date]:
    """The days a word may mean, the nearest first."""
    if word == "today":
        return [today]
    if word == "tomorrow":
        return [today + timedelta(days=1)]
    if len(word) >= 3:
        for number, name in enumerate(_DAYS):
            if name.startswith(word):
                first = today + timedelta(days=(number - today.weekday()) % 7)
                return [first, first + timedelta(days=7)]
    try:
        return [date.fromisoformat(word)] if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", word) else []
    except ValueError:
        return []


def _at(day: date, text: str, hours: WorkingHours) -> datetime:
    hour, minute = text.split(":")
    try:
        wall = datetime.combine(day, time(int(hour), int(minute)), tzinfo=hours.zone)
    except ValueError:
        raise ValueError(f"by when? {text!r} is not a time of day; {_FORMS}") from None
    return wall.astimezone(UTC)
