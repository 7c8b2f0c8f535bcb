"""Show one mention in full: its log, its history, and what is known of its author."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.analysis.growth import Growth, growth
from mentionwatch.app.deadlines import add_deadlines, measure_response
from mentionwatch.app.ids import read_mention
from mentionwatch.collect.recheckable import ARTICLES, can_recheck
from mentionwatch.config import Config
from mentionwatch.model import Item, ItemChange, LogEntry, Mention
from mentionwatch.response.author_history import AuthorHistory, author_history
from mentionwatch.response.sla import ResponseTimes
from mentionwatch.response.triage import standing
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter


@dataclass(frozen=True, slots=True)
class MentionDetails:
    """A mention with all that is known of it.

    ``item`` is as it was first seen, ``replies_seen_at`` when each answer of ours that still stands was last seen, by
    its address. ``author_note`` is the note of ``[[people]]`` about its author.
    """

    mention: Mention
    item: Item
    log: tuple[LogEntry, ...]
    changes: tuple[ItemChange, ...]
    times: ResponseTimes | None
    replies_seen_at: Mapping[str, datetime]
    growth: Growth | None
    author: AuthorHistory | None
    author_note: str | None
    #: Whether a configured source can be asked for it again; ``None`` without a configuration, and for articles.
    rechecked: bool | None = None


def show_mention(store: Store, config: Config | None, given: str, now: datetime) -> MentionDetails:
    """One mention in full, by its id or a unique prefix of it."""
    with store.reading():
        (mention,) = add_deadlines(store, config, [read_mention(store, given)])
        id_ = mention.id
        stored = store.items.of_mention(id_)
        assert stored is not None
        log = store.triage.logs((id_,)).get(id_, ())
        author = _author(store, mention)
        people = {person.name: person.note for person in config.people} if config is not None else {}
        return MentionDetails(
            mention=mention,
            item=stored.item,
            log=log,
            changes=store.changes.of_item(stored.id),
            times=measure_response(config, mention, log, now),
            replies_seen_at={
                url: row.seen_at
                for (_, url), row in store.rechecks.replies((id_,)).items()
                if row.seen_at is not None and row.gone_at is None
            },
            growth=_growth(store, stored.id, now),
            author=author,
            author_note=people.get(author.person) if author is not None and author.person is not None else None,
            rechecked=_is_rechecked(config, stored.item),
        )


def _is_rechecked(config: Config | None, item: Item) -> bool | None:
    return None if config is None or item.kind in ARTICLES else can_recheck(config.sources, item)


def _author(store: Store, mention: Mention) -> AuthorHistory | None:
    """What is known of the author, from the newest thousand of their mentions; ``None`` if unidentified."""
    author = mention.item.author
    if not author.handle and not author.url:
        return None
    ids = {mention.id, *store.mentions.by_author(mention.item.platform, author.handle, author.url)}
    logs = store.triage.logs(ids)
    answered = {id_ for id_, log in logs.items() if any(entry.action == "reply" for entry in standing(log).entries)}
    return author_history(mention, store.mentions.find(MentionFilter(ids=tuple(ids))), answered)


def _growth(store: Store, item: int, now: datetime) -> Growth | None:
    readings = store.items.engagement_history(item)
    return growth(readings, now, store.threads.spread(item, now)) if len(readings) > 1 else None
