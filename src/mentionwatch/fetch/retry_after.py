"""When a server lets us ask again: ``Retry-After`` and its dialects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: Nobody is obeyed for longer than this: a broken header must not silence a source for good.
LONGEST = timedelta(hours=24)

# Unix times are told from seconds left by their size: a thousand million seconds are 31 years.
_UNIX = 1_000_000_000
_DIALECTS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the server says we may ask again, or ``None`` when it says nothing that can be meant.

    ``headers`` have lower-case names; ``now`` is aware UTC, and so is the answer, in whole seconds, later than ``now``
    and at most :data:`LONGEST` after it. ``Retry-After`` (RFC 9110: seconds or a date) goes before the reset time of
    ``RateLimit`` and ``RateLimit-Reset`` (seconds left) and ``X-RateLimit-Reset`` (seconds left, a Unix time in
    seconds or milliseconds, or an ISO time, as the platform pleases).
    """
    named = headers.get("retry-after")
    if named is not None:
        until = _moment(named, now)
        if until is not None:
            return _bounded(until, now)
    structured = re.search(r"(?:^|[,;\s])(?:t|reset)=(\d{1,12})(?![\d.])", headers.get("ratelimit", "")[:1000])
    dialects = [structured[1]] if structured else []
    dialects += [headers[name] for name in _DIALECTS if name in headers]
    for value in dialects:
        until = _moment(value, now)
        if until is not None:
            return _bounded(until, now)
    return None


def _bounded(until: datetime, now: datetime) -> datetime | None:
    return None if until <= now else min(until, now + LONGEST)


def _moment(value: str, now: datetime) -> datetime | None:
    """The time a value means, in whatever form; ``None`` for garbage."""
    value = value.strip()[:100]
    if value[:1].isdigit():
        value = value.partition(",")[0].strip()  # sent twice: the first counts
    if re.fullmatch(r"[0-9]+(\.[0-9]*)?", value):
        return _counted(value, now)
    try:
        moment = datetime.fromisoformat(value) if re.match(r"\d{4}-\d\d-\d\d[T ]", value) else _http_date(value)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return _whole(moment.astimezone(UTC))
    except (OverflowError, ValueError):
        return moment.replace(tzinfo=UTC)  # within a day of year 1 or 9999: the zone does not matter any more


def _counted(value: str, now: datetime) -> datetime | None:
    """Seconds left, or a Unix time in seconds, milli-, micro- or nanoseconds: told apart by their size."""
    digits, _, fraction = value.partition(".")
    digits = digits.lstrip("0") or "0"
    if len(digits) > 19:
        return now + LONGEST
    number = int(digits) + (1 if fraction.strip("0") else 0)
    if number < _UNIX:
        return now + min(timedelta(seconds=number), LONGEST)
    while number >= 100 * _UNIX:
        number //= 1000
    return datetime.fromtimestamp(number, UTC)


def _http_date(value: str) -> datetime:
    # RFC 850's two-digit years and asctime are read as well; parsedate_to_datetime knows all three forms.
    return parsedate_to_datetime(value)


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0) + (timedelta(seconds=1) if moment.microsecond else timedelta(0))
