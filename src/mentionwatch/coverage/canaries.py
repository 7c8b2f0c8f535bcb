"""Canaries: words the user planted, and how long each source took to find them (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentionwatch.records import WordSighting


@dataclass(frozen=True, slots=True)
class CanaryHit:
    """A source that found a canary; ``took`` is from its planting, or else from the item's own date, where known."""

    source: str
    seen_at: datetime
    took: timedelta | None


@dataclass(frozen=True, slots=True)
class Canary:
    """What became of one canary: who found it, the soonest first, and who of those that should have has not."""

    term: str
    planted_at: datetime | None
    found: tuple[CanaryHit, ...]
    missing: tuple[str, ...]


def track_canary(
    term: str, planted_at: datetime | None, sources: Iterable[str], sightings: Iterable[WordSighting]
) -> Canary:
    """What became of a canary that these ``sources`` should find; sightings before its planting are of another."""
    first: dict[str, WordSighting] = {}
    for one in sorted(sightings, key=lambda one: (one.seen_at, one.source)):
        if planted_at is None or one.seen_at >= planted_at:
            first.setdefault(one.source, one)
    found = tuple(CanaryHit(one.source, one.seen_at, _took(one, planted_at)) for one in first.values())
    return Canary(term, planted_at, found, tuple(name for name in sources if name not in first))


def _took(one: WordSighting, planted_at: datetime | None) -> timedelta | None:
    begun = planted_at or one.published_at
    return one.seen_at - begun if begun is not None and begun <= one.seen_at else None
