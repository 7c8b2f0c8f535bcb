"""Checkpoints, as plug-ins written for version 0.1 know them."""

from __future__ import annotations

from collections.abc import Sequence

from mentionwatch.deprecated import warn_moved
from mentionwatch.messages import Response
from mentionwatch.sources.toolkit.checkpoints import Checkpoint as Mark
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint, advance_checkpoint, parse_time_checkpoint
from mentionwatch.sources.toolkit.checkpoints import parse_checkpoint as read_mark

__all__ = ["Mark", "Times", "read_mark", "read_times", "read_up_to"]

warn_moved(
    __name__,
    "mentionwatch.sources.toolkit.checkpoints, Mark as Checkpoint, Times as TimeCheckpoint (floor as resume_from,"
    " precedes as is_backlog), read_mark as parse_checkpoint, read_times as parse_time_checkpoint,"
    " read_up_to as advance_checkpoint",
)


class Times(TimeCheckpoint):
    """A time checkpoint under its methods' old names."""

    __slots__ = ()
    floor = TimeCheckpoint.resume_from
    precedes = TimeCheckpoint.is_backlog


def read_times(checkpoint: str | None) -> Times | None:
    found = parse_time_checkpoint(checkpoint)
    return None if found is None else Times(found.newest, found.begin)


def read_up_to(times: Sequence[int], since: TimeCheckpoint | None, response: Response, *, begins: bool) -> Times:
    made = advance_checkpoint(times, since, response, has_older=begins)
    return Times(made.newest, made.begin)
