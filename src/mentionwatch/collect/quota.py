"""A platform's quota of requests a day, and what a user pays for in a month: shared by all runs.

The threads of a scan take from it before they ask; the thread that stores the answers stores what was taken. What is
paid for is taken at its highest price before the request and settled by what came: a crash between the two costs some
of the month's reads, never money beyond them.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentionwatch.errors import RateLimited
from mentionwatch.messages import Limits

#: Whose quota and which of its days → requests, or what was paid for. A month stands under its last day.
Spent = Mapping[tuple[str, str], int]

_DAY = timedelta(days=1)


def paid_day_key(quota: str, limits: Limits, now: datetime) -> tuple[str, str]:
    """Under which today's part of what is paid for is counted."""
    return f"{quota} paid", limits.day(now)


def month_key(quota: str, limits: Limits, now: datetime) -> tuple[str, str]:
    """Under which the month's is counted: its last day, so that it is not forgotten before it is over."""
    return f"{quota} paid this month", f"{limits.last_day(now):%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class _Unsettled:
    """What one source has taken and not settled yet."""

    keys: tuple[tuple[str, str], ...]
    price: int


class Quotas:
    """``spent`` is what earlier runs took; safe to use from many threads."""

    def __init__(self, spent: Spent | None = None) -> None:
        self._lock = threading.Lock()
        self._spent = Counter(dict(spent or {}))
        self._unwritten: Counter[tuple[str, str]] = Counter()
        self._by_source: Counter[str] = Counter()
        self._unsettled: dict[str, _Unsettled] = {}

    def take(self, source: str, quota: str, limits: Limits, now: datetime, price: int = 0) -> None:
        """One request of a source out of its quotas, which sources of one type and host share.

        ``price`` is the most its answer may cost of what is paid for; :meth:`settle` gives back what it did not.
        Raises :class:`~mentionwatch.errors.RateLimited` when nothing is left, until the platform's next day or month.
        """
        with self._lock:
            self._check_day(quota, limits, now)
            self._check_month(quota, limits, now, price)
            if limits.per_day is not None:
                self._add((quota, limits.day(now)), 1)
                self._by_source[source] += 1
            if limits.per_month is not None and price:
                keys = (paid_day_key(quota, limits, now), month_key(quota, limits, now))
                for key in keys:
                    self._add(key, price)
                self._unsettled[source] = _Unsettled(keys, price)

    def settle(self, source: str, paid: int | None) -> None:
        """What a source's last request did cost; ``None``: all that was taken for it."""
        with self._lock:
            taken = self._unsettled.pop(source, None)
            if taken is None or paid is None:
                return
            for key in taken.keys:
                self._add(key, max(paid, 0) - taken.price)

    def affords(self, quota: str, limits: Limits, now: datetime, price: int) -> bool:
        """Whether what is paid for would reach for one more request."""
        with self._lock:
            try:
                self._check_month(quota, limits, now, price)
            except RateLimited:
                return False
            return True

    def take_recheck(self, quota: str, limits: Limits, now: datetime) -> None:
        """One request out of what the day's questions leave over, to recheck a post.

        They are taken to go on as they have today, and of the whole quota no more than a quarter goes into rechecks.
        Raises :class:`~mentionwatch.errors.RateLimited` where nothing is left over, until the next day.
        """
        if limits.per_day is None:
            return
        until = limits.next_day(now)
        left = min(1.0, (until - now) / _DAY)
        day, rechecks = (quota, limits.day(now)), (f"again {quota}", limits.day(now))
        with self._lock:
            spent, mine = self._spent[day], self._spent[rechecks]
            # In the first hour nothing can be said of the day.
            to_come = (spent - mine) / max(1 - left, 1 / 24) * left
            if mine >= limits.per_day // 4 or spent + to_come >= limits.per_day:
                raise RateLimited(f"the {limits.per_day} requests a day are needed for polling", until=until)
            self._add(rechecks, 1)

    def taken_by(self, source: str) -> int:
        """Requests a source took in this run."""
        with self._lock:
            return self._by_source[source]

    def unsaved(self) -> Spent:
        """What was taken since this was asked last, less what was given back."""
        with self._lock:
            unwritten, self._unwritten = self._unwritten, Counter()
            return unwritten

    def _add(self, key: tuple[str, str], number: int) -> None:
        for count in (self._spent, self._unwritten):
            count[key] += number

    def _check_day(self, quota: str, limits: Limits, now: datetime) -> None:
        if limits.per_day is not None and self._spent[quota, limits.day(now)] >= limits.per_day:
            until = limits.next_day(now)
            raise RateLimited(
                f"the daily quota of {limits.per_day} requests is used up; next request from {until:%H:%M} UTC",
                until=until,
            )

    def _check_month(self, quota: str, limits: Limits, now: datetime, price: int) -> None:
        if limits.per_month is None or not price:
            return
        month, today = self._spent[month_key(quota, limits, now)], self._spent[paid_day_key(quota, limits, now)]
        if month + price > limits.per_month:
            until = limits.next_month(now)
            raise RateLimited(
                f"{month:,} of the {limits.per_month:,} paid reads of this month are used, and one more answer may"
                f" exceed them; next request from {until:%Y-%m-%d}",
                until=until,
            )
        # Each day has its part of what was left when it began, so that one busy day does not blind the month.
        last = limits.last_day(now)
        left_days = last.day - int(limits.day(now)[-2:]) + 1
        share = -(-(limits.per_month - (month - today)) // left_days)
        if today >= share:
            until = limits.next_day(now)
            raise RateLimited(
                f"today's {share:,} of the {limits.per_month:,} paid reads of this month are used up; next request from"
                f" {until:%H:%M} UTC",
                until=until,
            )


def paced_interval(every: timedelta, requests: int, limits: Limits) -> timedelta:
    """How soon a source that took so many requests may be asked again, for its quota to last the day."""
    return every if limits.per_day is None else max(every, requests * _DAY / limits.per_day)
