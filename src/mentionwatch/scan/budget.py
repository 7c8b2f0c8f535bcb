"""What is left of a platform's requests of a day: counted, shared by all runs, begun anew when the platform's day does.

The threads of a scan take from it before they ask; the thread that keeps the answers writes down what was taken.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from mentionwatch.errors import LimitReached
from mentionwatch.exchange import Limits

__all__ = ["Budget", "Spent", "paced"]

#: Whose quota and which of its days → requests.
Spent = Mapping[tuple[str, str], int]

_DAY = timedelta(days=1)


class Budget:
    """``spent`` is what earlier runs took; safe to use from many threads."""

    def __init__(self, spent: Spent | None = None) -> None:
        self._lock = threading.Lock()
        self._spent = Counter(dict(spent or {}))
        self._unwritten: Counter[tuple[str, str]] = Counter()
        self._by_source: Counter[str] = Counter()

    def take(self, source: str, quota: str, limits: Limits, now: datetime) -> None:
        """One request of a source out of the day's ``quota``, which sources of one type and host share.

        Raises :class:`~mentionwatch.errors.LimitReached` when none is left, until the platform's next day.
        """
        if limits.per_day is None:
            return
        day = (quota, limits.day(now))
        with self._lock:
            if self._spent[day] >= limits.per_day:
                until = limits.next_day(now)
                raise LimitReached(
                    f"the {limits.per_day} requests a day are spent; asked again from {until:%H:%M} UTC", until=until
                )
            for count in (self._spent, self._unwritten):
                count[day] += 1
            self._by_source[source] += 1

    def taken_by(self, source: str) -> int:
        """Requests a source took in this run."""
        with self._lock:
            return self._by_source[source]

    def to_write(self) -> Spent:
        """What was taken since this was asked last."""
        with self._lock:
            unwritten, self._unwritten = self._unwritten, Counter()
            return unwritten


def paced(every: timedelta, requests: int, limits: Limits) -> timedelta:
    """How soon a source that took so many requests may be asked again, for its quota to last the day."""
    return every if limits.per_day is None else max(every, requests * _DAY / limits.per_day)
