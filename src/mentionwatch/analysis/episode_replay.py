"""What would have been told, and when: rules, thresholds and alerts over what is stored (pure)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from mentionwatch.analysis import spikes as rules

#: How often the past is looked at: as a crontab of every half hour would have.
STEP = timedelta(minutes=30)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class MentionSample:
    """When a mention was said, and whether it is negative; ``None`` where its sentiment is not judged."""

    at: datetime
    negative: bool | None


def per_week(times: Iterable[datetime], since: datetime, until: datetime) -> tuple[int, ...]:
    """How many fall into each seven days from ``since`` on; the last of them may be shorter."""
    counts = [0] * max(1, -((since - until) // _WEEK))
    for at in times:
        if since <= at < until:
            counts[(at - since) // _WEEK] += 1
    return tuple(counts)


def episodes(
    said: Sequence[MentionSample], began: datetime, since: datetime, until: datetime
) -> tuple[list[datetime], ...]:
    """When episodes would have begun, by volume and by negative share, each with its rest after it.

    ``said`` is in order and reaches as far before ``since`` as there is a past; ``began`` is when the watch did. A
    brand of so few mentions that each is told has none.
    """
    times = [one.at for one in said]
    judged = list(accumulate((one.negative is not None for one in said), initial=0))
    negative = list(accumulate((one.negative is True for one in said), initial=0))
    found: tuple[list[datetime], list[datetime]] = ([], [])
    ended: list[datetime | None] = [None, None]
    at = since
    while at <= until:
        for kind in (0, 1):
            last = found[kind][-1] if found[kind] else None
            is_open = last is not None and ended[kind] is None
            if last is not None and not is_open and at - last < rules.REST:
                continue
            if kind == 0:
                if not is_open and _count(times, at - rules.WINDOW, at) < rules.LEAST:
                    continue
                seen: rules.MentionVolume | rules.NegativeShare | None = rules.volume(times, began, at)
            else:
                seen = _share(times, judged, negative, at, is_open)
            move = rules.episode_change(seen, last, ended[kind], at)
            if move == "begin":
                found[kind].append(at)
                ended[kind] = None
            elif move == "end":
                ended[kind] = at
        at += STEP
    return found


def _count(times: Sequence[datetime], after: datetime, until: datetime) -> int:
    return bisect_right(times, until) - bisect_right(times, after)


def _share(
    times: Sequence[datetime], judged: Sequence[int], negative: Sequence[int], at: datetime, is_open: bool
) -> rules.NegativeShare | None:
    end, border = bisect_right(times, at), bisect_right(times, at - rules.SHARE_WINDOW)
    begin = bisect_right(times, at - rules.SHARE_WINDOW - rules.HISTORY)
    now = negative[end] - negative[border]
    if not is_open and now < rules.SHARE_LEAST:
        return None
    past = negative[border] - negative[begin]
    return rules.negative_share(now, judged[end] - judged[border], past, judged[border] - judged[begin])
