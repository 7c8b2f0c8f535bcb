"""List mentions by full-text query and filters."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from mentionwatch.app.brands import select_brands
from mentionwatch.app.deadlines import TriageFilter, add_deadlines, overdue_ids
from mentionwatch.config import Config
from mentionwatch.config.diagnostics import did_you_mean, quoted
from mentionwatch.errors import UserError
from mentionwatch.model import Mention
from mentionwatch.query.mention_fields import MENTION_FIELDS
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter

#: What is known of a mention, asked for in a query.
_FIELD = re.compile(rf"(?:^|[\s(!-])(?:{'|'.join((*MENTION_FIELDS, 'tag'))}):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MentionQuery:
    """Which mentions to list; an empty field selects all.

    ``words`` must all occur in title or text; where a field of a mention is asked for in them (``is:snoozed``,
    ``label:noise``), they are a query as in the ``when`` of a rule.
    """

    words: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    brands: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    triage: TriageFilter = field(default_factory=TriageFilter)
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class MentionList:
    """The mentions found, the newest first, and whether there are more than the limit."""

    mentions: tuple[Mention, ...]
    more: bool = False


def list_mentions(store: Store, config: Config | None, query: MentionQuery, now: datetime) -> MentionList:
    """The mentions that a query selects, with their deadlines. ``triage.overdue`` needs a configuration.

    Raises :class:`~mentionwatch.errors.UserError` for a brand or source that does not exist, and
    :class:`~mentionwatch.errors.InvalidRequest` for a query that cannot be understood.
    """
    triage = query.triage
    asks = query.words is not None and _FIELD.search(query.words) is not None
    with store.reading():
        if query.brands:
            select_brands(store, config, query.brands)
        if query.sources:
            _check_sources(query.sources, store.sources.states())
        wanted = MentionFilter(
            brands=query.brands,
            sources=query.sources,
            since=query.since,
            until=query.until,
            words=None if asks else query.words,
            ids=overdue_ids(store, config, now) if triage.overdue and config is not None else (),
            statuses=triage.statuses,
            assignees=triage.assignees,
            urgencies=triage.urgencies,
            sentiments=query.sentiments,
            limit=None if query.limit is None else query.limit + 1,
        )
        if asks and query.words is not None:
            from mentionwatch.app.mention_query import select  # imported here: most lists ask for words alone

            narrowed, holds = select(query.words, wanted, now)
            matching = filter(holds, store.mentions.find_in_parts(replace(narrowed, limit=None)))
            found = add_deadlines(store, config, tuple(islice(matching, wanted.limit)))
        else:
            found = add_deadlines(store, config, store.mentions.find(wanted))
    return MentionList(found[: query.limit], query.limit is not None and len(found) > query.limit)


def _check_sources(names: Collection[str], known: Collection[str]) -> None:
    problems = [
        f"--source {quoted(name)}: no such source has been polled{did_you_mean(name, known)}"
        for name in names
        if name not in known
    ]
    if problems:
        raise UserError(*problems)
