"""The digest: what was said in a period, read from the database as it stood at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from mentionwatch.app.brands import select_brands, unknown_name
from mentionwatch.app.deadlines import TriageFilter, add_deadlines, overdue_ids, waiting_in_digest
from mentionwatch.app.source_states import source_states
from mentionwatch.app.spikes import spikes_within
from mentionwatch.config import Config, DigestPlan
from mentionwatch.digest import Digest, DigestInput, build_outline, hydrate, shown_ids, summarize
from mentionwatch.errors import UserError
from mentionwatch.model import Brand, Mention
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter

__all__ = ["Digest", "DigestRequest", "build_digest", "compose", "counts_before", "digest_brands", "digest_plan"]

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class DigestRequest:
    """Which digest is asked for: its ``name`` in the configuration, its period (else the last day), and filters.

    ``new`` leaves out what an earlier delivered digest held. ``as_of`` gives the digest as it would have been then.
    """

    name: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    brands: tuple[str, ...] = ()
    new: bool = False
    only: TriageFilter = field(default_factory=TriageFilter)
    as_of: datetime | None = None


def build_digest(
    store: Store, config: Config | None, request: DigestRequest, now: datetime, *, with_text: bool = True
) -> Digest:
    """The digest asked for.

    Its ``mentions`` are read when they are iterated, while the store is open. ``with_text`` reads at once the text of
    those that a page shows. Raises :class:`~mentionwatch.errors.UserError` for an unknown name or an empty period.
    """
    now = request.as_of or now
    brands = digest_brands(store, config, request)
    names = tuple(brand.name for brand in brands)
    # Up to and with the present second: a digest right after a scan holds what that scan found.
    until = now + _SECOND if request.until is None else request.until
    since = now - _DAY if request.since is None else request.since
    if until <= since:
        raise UserError("--until is earlier than --since")
    # To the store, no brand is no filter; an id that nothing has stands in for it.
    every = MentionFilter(brands=names, ids=() if names else ("",), as_of=now, noise=False)
    selected = replace(
        every,
        since=since,
        until=until,
        undelivered=request.new,
        backlog=False if request.new else None,
        statuses=request.only.statuses,
        assignees=request.only.assignees,
        urgencies=request.only.urgencies,
    )
    with store.reading():
        if request.only.overdue and config is not None and names:
            selected = replace(selected, ids=overdue_ids(store, config, now))
        return compose(
            store,
            config,
            DigestInput(
                since=since,
                until=min(until, now) if request.until is None else until,
                now=now,
                brands=brands,
                mentions=(),
                name=request.name,
                previous={} if request.new or request.only else counts_before(store, every, since, until),
                sources=source_states(store, config, since, now, request.as_of),
                new_only=request.new,
                waiting=waiting_in_digest(store, config, names, now, request.only),
                spikes=spikes_within(store, since, until, now),
            ),
            selected,
            with_text=with_text,
        )


def compose(
    store: Store, config: Config | None, given: DigestInput, selected: MentionFilter, *, with_text: bool = True
) -> Digest:
    """The digest of the mentions ``selected``, which leave out noise; with the text of those that a page shows."""
    given = replace(given, noise=store.mentions.count(replace(selected, noise=True, own=False)))
    bare = _add_deadlines(store, config, store.mentions.find_bare(selected), selected.as_of)
    digest = build_outline(given, (summarize(mention, given.now) for mention in bare))
    digest = replace(digest, mentions=_StoredMentions(store, config, digest.ids, selected.as_of))
    if not with_text:
        return digest
    return hydrate(digest, {one.id: one for one in _StoredMentions(store, config, shown_ids(digest), selected.as_of)})


@dataclass(frozen=True, slots=True)
class _StoredMentions:
    """Mentions with their text, in the order of their ids, read anew on every iteration."""

    store: Store
    config: Config | None
    ids: tuple[str, ...]
    as_of: datetime | None

    def __iter__(self) -> Iterator[Mention]:
        return _add_deadlines(self.store, self.config, self.store.mentions.by_ids(self.ids, self.as_of), self.as_of)


def _add_deadlines(
    store: Store, config: Config | None, mentions: Iterable[Mention], as_of: datetime | None
) -> Iterator[Mention]:
    """The mentions with ``due_at``, some hundreds at a time."""
    rest = iter(mentions)
    while some := tuple(islice(rest, 500)):
        yield from add_deadlines(store, config, some, as_of)


def counts_before(store: Store, every: MentionFilter, since: datetime, until: datetime) -> Mapping[str, int]:
    """Mentions by brand in the period of equal length before, without own posts; empty if not watched throughout."""
    try:
        start = since - (until - since)
    except OverflowError:
        return {}  # an end so far ahead that the period before would begin before the calendar
    begun = min((row.first_asked_at for row in store.sources.states().values() if row.first_asked_at), default=None)
    if begun is None or begun > start:
        return {}
    counts = store.mentions.count(replace(every, since=start, until=since, own=False))
    return {name: counts.get(name, 0) for name in every.brands}


def digest_brands(store: Store, config: Config | None, request: DigestRequest) -> tuple[Brand, ...]:
    """The brands asked for, else those of the named digest, else all."""
    plan = None if request.brands or request.name is None else digest_plan(config, request.name)
    return select_brands(store, config, request.brands if plan is None else plan.brands)


def digest_plan(config: Config | None, name: str) -> DigestPlan:
    """The ``[[digests]]`` entry of that name; :class:`~mentionwatch.errors.UserError` where there is none."""
    plans = {} if config is None else {one.name: one for one in config.digests}
    if name in plans:
        return plans[name]
    if config is not None and any(brand.name == name for brand in config.brands):
        raise UserError(f"digest {name!r}: that is a brand; write --brand {name!r}")
    if not plans:
        raise UserError(f"digest {name!r}: the configuration has no [[digests]]; add one, or leave its name out")
    raise UserError(unknown_name("digest", name, plans))
