"""What a stream brought since its last update, how far behind it is, and when it is opened again after a failure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mentionwatch.collect.poller import PollResult
from mentionwatch.errors import AuthFailed, Forbidden, RateLimited, SourceError
from mentionwatch.model import Item

#: Seconds: the longest wait between two tries, and the wait after an error that only the user can fix.
LONGEST_DELAY, _UNTIL_FIXED = 300.0, 900.0
#: How far behind is told, and from when on: not to the second, or every checkpoint would say something new.
_BEHIND = (
    (timedelta(days=1), "more than a day"),
    (timedelta(hours=6), "more than 6 hours"),
    (timedelta(hours=1), "more than an hour"),
    (timedelta(minutes=10), "more than 10 minutes"),
    (timedelta(minutes=1), "more than a minute"),
)


@dataclass(frozen=True, slots=True)
class StreamUpdate(PollResult):
    """How far one stream has come, and what of it is to be stored; or why it has broken off.

    ``items`` match a brand; ``edits`` do, or may be stored in other words, which the store can tell, as it can of
    ``gone`` (external ids). ``heard`` counts messages, ``odd`` the unreadable ones; ``retry_in`` is in seconds.
    """

    edits: tuple[Item, ...] = ()
    matching: frozenset[str] = frozenset()
    gone: tuple[str, ...] = ()
    #: The first of a connection.
    first: bool = False
    heard: int = 0
    odd: int = 0
    retry_in: float = 0.0


def retry_delay(error: SourceError, failures: int, now: datetime, *, spread: float) -> float:
    """Seconds to wait after so many failures in a row; ``spread`` from 0 to 1 keeps many from coming at once.

    1, 2, 4 … up to 300 seconds, each half to one and a half times; what only the user can fix is tried every quarter of
    an hour, and a server that names a time is obeyed.
    """
    seconds = min(LONGEST_DELAY, 2.0 ** min(failures - 1, 20)) * (0.5 + spread)
    if isinstance(error, AuthFailed | Forbidden):
        seconds = max(seconds, _UNTIL_FIXED)
    if isinstance(error, RateLimited):
        until = error.until or now + timedelta(minutes=1)
        seconds = max(seconds, (until - now).total_seconds())
    return seconds


def lag_in_words(lag: timedelta) -> str | None:
    """``more than an hour``; ``None`` for less than a minute."""
    return next((said for least, said in _BEHIND if lag > least), None)
