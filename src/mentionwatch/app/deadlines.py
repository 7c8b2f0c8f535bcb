"""What must be answered, and by when. Deadlines are not stored: they follow from ``[response]`` and the triage log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mentionwatch.app.brands import own_brands, unknown_name
from mentionwatch.config import Config
from mentionwatch.config.diagnostics import quoted
from mentionwatch.digest import AwaitingReply
from mentionwatch.errors import UserError
from mentionwatch.model import LogEntry, Mention
from mentionwatch.response import sla
from mentionwatch.response.sla import Deadline, DueMention, ResponseTimes, SlaPolicy
from mentionwatch.response.triage import standing
from mentionwatch.response.working_hours import parse_working_hours
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter

#: How many a digest leads with; it counts the others.
_DIGEST_LEADS_WITH = 10
#: How far back a digest looks for mentions nobody has touched: its cost does not grow with the years.
_DIGEST_LOOKS_BACK = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class TriageFilter:
    """What people have done with a mention, and how urgent it is; an empty field selects all."""

    statuses: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    overdue: bool = False

    def __bool__(self) -> bool:
        return bool(self.statuses or self.assignees or self.urgencies or self.overdue)


@dataclass(frozen=True, slots=True)
class DueRequest:
    """Which deadlines to list: overdue or due ``within`` this time, of these brands (else all own ones)."""

    within: timedelta | None = None
    brands: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class DueList:
    """The first ``limit`` of what is due, the most overdue first, and how many there are in all."""

    due: tuple[DueMention, ...]
    count: int
    overdue: int


def sla_policy(config: Config) -> SlaPolicy:
    """How soon ``[response]`` promises to answer, and for which brands."""
    response = config.response
    return SlaPolicy(
        hours=parse_working_hours(response.timezone, response.hours, response.holidays),
        reply_within=response.reply_within,
        resolve_within=response.resolve_within,
        brands=own_brands(config.brands),
    )


def list_due(store: Store, config: Config, request: DueRequest, now: datetime) -> DueList:
    """What must be answered, the most overdue first."""
    policy = sla_policy(config)
    _check_own(config, request.brands)
    with store.reading():
        found = find_deadlines(
            store, policy, request.brands or policy.brands, TriageFilter(assignees=request.assignees), now=now
        )
        if request.within is not None:
            found = [(id_, deadline) for id_, deadline in found if deadline.due_at <= now + request.within]
        return DueList(
            due=tuple(read_due(store, found[: request.limit])),
            count=len(found),
            overdue=sum(sla.is_overdue(deadline, now) for _, deadline in found),
        )


def _check_own(config: Config, names: Collection[str]) -> None:
    kinds = {brand.name: brand.kind for brand in config.brands}
    problems = [
        unknown_name("--brand", name, kinds)
        if name not in kinds
        else f"--brand {quoted(name)}: is a {kinds[name]}, and only your own brands have deadlines"
        for name in names
        if kinds.get(name) != "own"
    ]
    if problems:
        raise UserError(*problems)


def find_deadlines(
    store: Store,
    policy: SlaPolicy,
    brands: Collection[str],
    only: TriageFilter = TriageFilter(),
    *,
    now: datetime,
    as_of: datetime | None = None,
    since: datetime | None = None,
) -> list[tuple[str, Deadline]]:
    """The ids of the mentions of own brands that have a deadline, with it, the most overdue first.

    Without what is snoozed at ``now``: its clock runs on, and nothing is told of it. ``since`` leaves out untouched
    mentions that count from earlier. ``as_of`` is the database as it stood then, by default as it is.
    """
    candidates = store.triage.open_mentions(brands, {*policy.reply_within, *policy.resolve_within}, as_of, since)
    logs = store.triage.logs([one.id for one in candidates if one.has_log], as_of)
    found: list[tuple[str, Deadline]] = []
    for mention in candidates:
        log = logs.get(mention.id, ())
        state = standing(log)
        if (
            (only.assignees and state.assignee not in only.assignees)
            or (only.statuses and state.status not in only.statuses)
            or (only.urgencies and mention.level not in only.urgencies)
            or state.is_snoozed(now)
        ):
            continue
        deadline = sla.next_deadline(sla.clocks(mention.counts_at, log), policy, mention.level)
        if deadline is None or (only.overdue and not sla.is_overdue(deadline, now)):
            continue
        found.append((mention.id, deadline))
    return sorted(found, key=lambda pair: (pair[1].due_at, pair[0]))


def read_due(
    store: Store, deadlines: Sequence[tuple[str, Deadline]], as_of: datetime | None = None
) -> list[DueMention]:
    """The deadlines with their mentions, in the same order."""
    if not deadlines:
        return []
    mentions = {
        m.id: m for m in store.mentions.find(MentionFilter(ids=tuple(id_ for id_, _ in deadlines), as_of=as_of))
    }
    return [
        DueMention(replace(mentions[id_], due_at=deadline.due_at, due_for=deadline.what), deadline)
        for id_, deadline in deadlines
        if id_ in mentions
    ]


def add_deadlines(
    store: Store, config: Config | None, mentions: Sequence[Mention], as_of: datetime | None = None
) -> tuple[Mention, ...]:
    """The mentions with ``due_at``, by the log as of ``as_of``; unchanged where there is no configuration."""
    if config is None:
        return tuple(mentions)
    touched = [mention.id for mention in mentions if mention.status != "new"]
    if not touched and not (config.response.reply_within or config.response.resolve_within):
        # No policy, and only a log can hold a promise.
        return tuple(mentions)
    return sla.with_deadlines(mentions, sla_policy(config), store.triage.logs(touched, as_of) if touched else {})


def overdue_ids(store: Store, config: Config, now: datetime) -> tuple[str, ...]:
    """The mentions that should have been answered by ``now``; where there are none, an id that nothing has."""
    policy = sla_policy(config)
    found = find_deadlines(store, policy, policy.brands, TriageFilter(overdue=True), now=now, as_of=now)
    # To the store, no id is no filter.
    return tuple(id_ for id_, _ in found) or ("",)


def measure_response(
    config: Config | None, mention: Mention, log: Sequence[LogEntry], now: datetime
) -> ResponseTimes | None:
    """How long a mention's answer and resolution have taken; ``None`` where it has no deadline."""
    if config is None:
        return None
    policy = sla_policy(config)
    if not sla.has_clock(mention, policy) or not (log or policy.reply_within or policy.resolve_within):
        return None
    return sla.response_times(sla.clocks_of(mention, log), policy, now)


def waiting_in_digest(
    store: Store, config: Config | None, brands: Collection[str], now: datetime, only: TriageFilter = TriageFilter()
) -> AwaitingReply:
    """What a digest of these brands leads with: the most overdue of what must be answered at ``now``."""
    if config is None:
        return AwaitingReply()
    policy = sla_policy(config)
    found = find_deadlines(
        store, policy, policy.brands & set(brands), only, now=now, as_of=now, since=now - _DIGEST_LOOKS_BACK
    )
    return AwaitingReply(
        first=tuple(one.mention for one in read_due(store, found[:_DIGEST_LEADS_WITH], now)),
        count=len(found),
        overdue=sum(sla.is_overdue(deadline, now) for _, deadline in found),
    )
