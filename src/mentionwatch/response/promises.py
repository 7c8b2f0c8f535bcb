"""By when something was promised: the end of ``refund by Fri`` (pure)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from mentionwatch.response.working_hours import WorkingHours, end_of_day

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FORMS = 'end it with "by Fri", "by tomorrow", "by 17:00", "by Fri 17:00" or "by 2026-11-27"'
_BY = re.compile(r"\bby\s+(\S+)(?:\s+(?:at\s+)?([0-9]{1,2}:[0-9]{2}))?[.!]?\s*$", re.IGNORECASE)
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
