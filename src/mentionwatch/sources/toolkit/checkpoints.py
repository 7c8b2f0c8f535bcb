"""Where a question was read up to, and where its reading began: the checkpoint of sources that go by time or id.

The beginning matters because pages overlap and shift. What lies before the first page's oldest post was there before
the question was first asked, and only the first page of it is backlog: a later page that reaches below must not bring
it as news. A first page that held all there was sets no beginning, and a post that arrives late is news wherever it
stands. After an empty first page the beginning lies a week before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.messages import Response
from mentionwatch.model import Item
from mentionwatch.sources.toolkit.api_dates import server_time

__all__ = [
    "Checkpoint",
    "TimeCheckpoint",
    "advance_checkpoint",
    "parse_checkpoint",
    "parse_number_checkpoint",
    "parse_time_checkpoint",
    "timestamps",
]

#: The last second of the year 9999.
_LAST = 253_402_300_799
#: Seconds before an empty first page from which on a post is news: some reach an index days after they were written.
_LATE = 7 * 86_400
_WRITTEN = re.compile(r"([A-Za-z0-9._-]{1,100})(?:/([A-Za-z0-9._-]{1,100}))?")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``newest``: what was read up to. ``begin``: the oldest of the first page, ``None`` when nothing came before."""

    newest: str
    begin: str | None = None

    def __str__(self) -> str:
        return self.newest if self.begin is None else f"{self.newest}/{self.begin}"


def parse_checkpoint(checkpoint: str | None) -> Checkpoint | None:
    """What a checkpoint says; ``None`` for none, and for one that this version cannot have written."""
    found = _WRITTEN.fullmatch(checkpoint or "")
    return None if found is None else Checkpoint(found[1], found[2])


def parse_number_checkpoint(checkpoint: str | None) -> Checkpoint | None:
    """What a checkpoint says, if it is one of whole numbers such as ids that only grow."""
    found = parse_checkpoint(checkpoint)
    parts = () if found is None else (found.newest, found.begin or "0")
    return found if parts and all(re.fullmatch(r"[0-9]{1,18}", part) for part in parts) else None


@dataclass(frozen=True, slots=True)
class TimeCheckpoint:
    """A :class:`Checkpoint` of a source that goes by time, in seconds since 1970."""

    newest: int
    begin: int | None = None

    def resume_from(self, overlap: int) -> int:
        """The second after which to ask again: the checkpoint's less the overlap, but not before the beginning."""
        return max(self.newest - overlap, 0 if self.begin is None else self.begin - 1)

    def is_backlog(self, time: datetime | None) -> bool:
        """Whether what bears this time was there before the question was first asked."""
        return time is not None and self.begin is not None and int(time.timestamp()) < self.begin

    def news(self, items: Iterable[Item]) -> tuple[Item, ...]:
        """The items less the backlog."""
        return tuple(item for item in items if not self.is_backlog(item.published_at))

    def older(self, items: Iterable[Item]) -> tuple[Item, ...]:
        """The backlog among the items."""
        return tuple(item for item in items if self.is_backlog(item.published_at))

    def __str__(self) -> str:
        return str(Checkpoint(str(self.newest), None if self.begin is None else str(self.begin)))


def parse_time_checkpoint(checkpoint: str | None) -> TimeCheckpoint | None:
    """What a checkpoint says, if it is one of times."""
    mark = parse_checkpoint(checkpoint)
    if mark is None or not all(part.isascii() and part.isdigit() for part in (mark.newest, mark.begin or "0")):
        return None
    newest, begin = int(mark.newest), None if mark.begin is None else int(mark.begin)
    return TimeCheckpoint(newest, begin) if newest <= _LAST else None


def advance_checkpoint(
    times: Sequence[int], since: TimeCheckpoint | None, response: Response, *, has_older: bool
) -> TimeCheckpoint:
    """The checkpoint after a page with posts of these ``times``; ``has_older``: a first page, and more lies before it.

    A time that the server's own clock has not reached counts not: a wrong clock somewhere must not hide what comes
    after. A first page without posts is marked with the server's time, for whatever is written after it is news. But
    searches are empty for other reasons, too: it does not make news of posts that are weeks old.
    """
    clock = int(server_time(response).timestamp())
    newest = max((time for time in times if time <= clock), default=None)
    if since is not None:
        return TimeCheckpoint(since.newest if newest is None else max(newest, since.newest), since.begin)
    if newest is None:
        return TimeCheckpoint(clock, min(times, default=clock - _LATE))
    return TimeCheckpoint(newest, min(times) if has_older else None)


def timestamps(items: Iterable[Item]) -> list[int]:
    """When the items that bear a time were written, in seconds since 1970."""
    return [int(item.published_at.timestamp()) for item in items if item.published_at is not None]
