"""Mentions with the time by which they want an answer: the clock follows from the configuration, when they are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mentionwatch.config import Config
    from mentionwatch.model import LogEntry, Mention
    from mentionwatch.response.clock import Terms, Times
    from mentionwatch.store import Store


def terms_of(config: Config) -> Terms:
    """By when the configuration means to answer, and whom."""
    from mentionwatch.response.clock import Terms
    from mentionwatch.response.hours import working_hours

    said = config.response
    return Terms(
        hours=working_hours(said.timezone, said.hours, said.holidays),
        reply_within=said.reply_within,
        resolve_within=said.resolve_within,
        brands=frozenset(brand.name for brand in config.brands if brand.kind == "own"),
    )


def with_due(
    store: Store, config: Config | None, mentions: Sequence[Mention], as_of: datetime | None = None
) -> tuple[Mention, ...]:
    """The mentions with ``due_at``, as the log stood at ``as_of``; as they are where there is no configuration."""
    if config is None:
        return tuple(mentions)
    touched = [mention.id for mention in mentions if mention.status != "new"]
    timed = config.response.reply_within or config.response.resolve_within
    if not touched and not timed:
        # Nothing has a clock, and nobody promised anything.
        return tuple(mentions)
    from mentionwatch.response.clock import with_due as clocked

    return clocked(mentions, terms_of(config), store.logs(touched, as_of) if touched else {})


def overdue_ids(store: Store, config: Config, now: datetime) -> tuple[str, ...]:
    """The mentions that should have been answered by ``now``; where there are none, an id that nothing has."""
    from mentionwatch.cli.due import all_owed
    from mentionwatch.response.clock import is_overdue

    terms = terms_of(config)
    # To the store, no id is no filter.
    return tuple(one for one, owed in all_owed(store, terms, terms.brands, as_of=now) if is_overdue(owed, now)) or ("",)


def told_times(config: Config | None, mention: Mention, log: Sequence[LogEntry], now: datetime) -> Times | None:
    """How long a mention's answer and resolution have taken; ``None`` where nobody waits for any."""
    if config is None:
        return None
    from mentionwatch.response.clock import clocks_of, has_clock, times

    terms = terms_of(config)
    if not has_clock(mention, terms) or not (log or terms.reply_within or terms.resolve_within):
        return None
    return times(clocks_of(mention, log), terms, now)
