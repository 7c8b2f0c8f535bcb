"""The world, made once and handed in: clock, sleep, environment.

Nothing else reads the clock, so a test moves time by handing in an :class:`Env` whose clock moves
only when somebody sleeps.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class LocalZone(tzinfo):
    """This machine's time zone with its rule of every day: an offset of today would be an hour off in half the year."""

    def fromutc(self, dt: datetime) -> datetime:
        there = dt.replace(tzinfo=UTC).astimezone()
        here = there.replace(tzinfo=self)
        # The hour that comes twice: the second time unless the first has this offset.
        return here if here.utcoffset() == there.utcoffset() else here.replace(fold=1)

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        return None if dt is None else dt.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, dt: datetime | None) -> timedelta | None:
        return None

    def tzname(self, dt: datetime | None) -> str | None:
        return None if dt is None else dt.replace(tzinfo=None).astimezone().tzname()


@dataclass(frozen=True, slots=True)
class Env:
    """What the program may ask of the world.

    ``now`` gives aware UTC in whole seconds; ``monotonic`` seconds for deadlines. ``transport`` stands in for
    the network when given: any ``httpx`` transport, so that a test or the demo hands in its own.
    """

    now: Callable[[], datetime] = _now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    transport: object | None = None
