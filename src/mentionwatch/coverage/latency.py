"""Latency books: from published to seen to told, and whose time it was (pure). The rules: ``docs/coverage.md``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from mentionwatch.records import Arrival

#: Fewer than so many carry no median and no 95th percentile: a 95th of 19 is but their largest.
LEAST = 20
_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Spread:
    """A median and a 95th percentile (nearest rank), of ``count`` values."""

    median: timedelta
    p95: timedelta
    count: int


@dataclass(frozen=True, slots=True)
class SourceLatency:
    """One source's times; ``None`` where fewer than :data:`LEAST` carry them.

    ``seen``: from published to seen. Of this ``platform`` is how long it was there and the platform did not show it
    when asked, at least; ``own`` is the rest, until we asked again: at most what asking more often would save.
    ``told``: from seen to taken by the mail server.
    """

    source: str
    seen: Spread | None = None
    own: Spread | None = None
    platform: Spread | None = None
    told: Spread | None = None


def latencies(ways: Iterable[Arrival]) -> tuple[SourceLatency, ...]:
    """The books of every source that has one, by name.

    A date that lies after we saw the item, before 1990, or at midnight to the second – a bare day – is no time, and the
    item is left out; its way from seen to told counts all the same.
    """
    by_source: dict[str, list[Arrival]] = defaultdict(list)
    for way in ways:
        by_source[way.source].append(way)
    return tuple(_latency(source, own) for source, own in sorted(by_source.items()))


def _latency(source: str, ways: Sequence[Arrival]) -> SourceLatency:
    dated = [way for way in ways if _is_time(way)]
    parted = [(way, way.asked_before) for way in dated if way.asked_before is not None]
    return SourceLatency(
        source,
        seen=_spread([way.seen_at - way.published_at for way in dated]),
        own=_spread([max(_ZERO, way.seen_at - max(way.published_at, before)) for way, before in parted]),
        platform=_spread([max(_ZERO, before - way.published_at) for way, before in parted]),
        told=_spread([max(_ZERO, way.told_at - way.seen_at) for way in ways if way.told_at is not None]),
    )


def _is_time(way: Arrival) -> bool:
    at = way.published_at
    return at.year >= 1990 and at <= way.seen_at and (at.hour, at.minute, at.second) != (0, 0, 0)


def _spread(values: list[timedelta]) -> Spread | None:
    if len(values) < LEAST:
        return None
    values.sort()
    return Spread(_at_rank(values, 50), _at_rank(values, 95), len(values))


def _at_rank(ordered: Sequence[timedelta], percent: int) -> timedelta:
    """The smallest value that at least so many percent do not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1]
