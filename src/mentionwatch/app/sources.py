"""The configured sources with their state, and the types there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from mentionwatch.app.source_states import source_notices
from mentionwatch.config import Config, ConfiguredSource
from mentionwatch.coverage.baselines import Anomaly
from mentionwatch.sources import limits_of
from mentionwatch.sources.registry import Description, describe, find_all
from mentionwatch.store import Store
from mentionwatch.store.sources import SourceState

#: How far back the items of a source are counted.
_WINDOW = timedelta(days=30)

State = Literal["off", "failing", "never asked", "gone", "waiting", "ok"]


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A configured source: its state, what is stored of it, and where it breaks with its own habits now.

    ``new_items`` and ``mentions`` are those of the last 30 days: what a platform's search cannot express is fetched and
    dropped here, so one is a part of the other.
    """

    source: ConfiguredSource
    state: State
    stored: SourceState
    new_items: int
    mentions: int
    notices: tuple[Anomaly, ...]
    #: It is polled less often than its type would be, because its publisher asks for that.
    published_interval: timedelta | None = None

    @property
    def experimental(self) -> bool:
        """Whether no genuine answer of its platform could be tested."""
        return describe(type(self.source.source)).experimental


def list_source_types() -> tuple[list[Description], tuple[str, ...]]:
    """What every source type that is installed says of itself, and a problem for each plug-in that is not used."""
    found = find_all()
    return [describe(cls) for cls in found.types.values()], found.problems


def list_sources(store: Store | None, config: Config, now: datetime) -> list[SourceStatus]:
    """The configured sources, in their order; ``store`` is ``None`` as long as there is no database."""
    stored = {} if store is None else store.sources.states()
    notices = {} if store is None else source_notices(store, now)
    counts = {} if store is None else store.polls.items_per_source(now - _WINDOW)
    return [
        SourceStatus(
            source,
            _state(source, stored.get(source.name), now),
            stored.get(source.name) or SourceState(source.name, source.source.type, fingerprint=""),
            *counts.get(source.name, (0, 0)),
            tuple(notice for notice in notices.get(source.name, ()) if notice.ended_at is None),
            _published_interval(source, stored.get(source.name)),
        )
        for source in config.sources
    ]


def _published_interval(source: ConfiguredSource, stored: SourceState | None) -> timedelta | None:
    """From the last poll to the next, where that is longer than the source's own pace without a quota or a failure."""
    if source.every_is_set or stored is None or stored.due_at is None or stored.last_asked_at is None:
        return None
    # Polls are due from the minute in which the last run began.
    interval = stored.due_at - stored.last_asked_at.replace(second=0)
    return interval if limits_of(source.source).per_day is None and interval > source.every else None


def _state(source: ConfiguredSource, stored: SourceState | None, now: datetime) -> State:
    if not source.enabled:
        return "off"
    if source.problem is not None:
        return "failing"
    if stored is None or stored.last_asked_at is None:
        return "never asked"
    if stored.gone_at is not None:
        return "gone"
    if stored.failures:
        return "failing"
    if stored.wait_until is not None and stored.wait_until > now:
        return "waiting"
    return "ok"
