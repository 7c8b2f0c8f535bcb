"""What is owed for a mention, and by when (pure).

Two clocks, both in working time:

* the **answer**: ``reply_within`` by urgency, from when the mention counts. Our reply stops it; a reopening after a
  reply starts another, from then. It stands still while the mention is resolved or ignored.
* the **resolution**: ``resolve_within`` by urgency, from when the mention counts. It stands still while the customer
  has the word (replied), and while the mention is resolved or ignored.

And a **promise** has its own hour: what its words say. It stands until the next reply, or until the mention is resolved
or ignored.

Only mentions of our own brands have clocks: not our own posts, not what was there before the watch began, not what is
of a competitor or a topic, nor what a person has called noise. A snoozed mention's clock runs on: only nothing is told
of it. The urgency is that of now; what is not judged counts as normal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from mentionwatch.model import LogEntry, Mention
from mentionwatch.response.triage import Status, after, standing
from mentionwatch.response.working_hours import Pause, WorkingHours, add_working_time, working_time_between

DeadlineKind = Literal["answer", "resolution", "promise"]
_NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """By when we mean to answer: the configuration's ``[response]``, and the names of our own brands.

    ``reply_within`` and ``resolve_within`` are working time by level of urgency; a level not in them has no clock.
    """

    hours: WorkingHours
    reply_within: Mapping[str, timedelta] = field(default_factory=dict)
    resolve_within: Mapping[str, timedelta] = field(default_factory=dict)
    brands: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is owed next, and by when."""

    what: DeadlineKind
    due_at: datetime


@dataclass(frozen=True, slots=True)
class SlaClocks:
    """Where a mention's clocks stand.

    ``answer_from`` is when the clock of the answer now owed began, ``None`` after a reply. The three ``_paused`` say
    when the clocks stood still: of that answer, of the first one, and of the resolution. ``replied_at`` is the first
    reply, ``resolved_at`` when it was resolved, where it still is; ``promise`` what was promised last, and by when.
    """

    start: datetime
    status: Status
    answer_from: datetime | None
    answer_paused: tuple[Pause, ...]
    first_paused: tuple[Pause, ...]
    resolution_paused: tuple[Pause, ...]
    replied_at: datetime | None
    resolved_at: datetime | None
    promise: tuple[str, datetime] | None


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """How long the first answer and the resolution took, in working time; until now where they are still to come."""

    first_answer: timedelta
    answered: bool
    resolution: timedelta
    resolved: bool


def clocks(start: datetime, log: Iterable[LogEntry]) -> SlaClocks:
    """Where the clocks stand of a mention that counts from ``start``, by its log."""
    entries = standing(log).entries
    if not entries:
        return SlaClocks(start, "new", start, (), (), (), None, None, None)
    status: Status = "new"
    answer_from: datetime | None = start
    replied_at: datetime | None = None
    promise: tuple[str, datetime] | None = None
    # Every state with when it began: what stands still follows from them alone.
    states: list[tuple[datetime, Status]] = [(start, "new")]
    for entry in entries:
        status = after(status, entry.action)
        # A clock that was set back, or a reply noted for what counts later, does not make time run backwards.
        at = max(entry.at, states[-1][0])
        if entry.action == "reply":
            replied_at = replied_at or at
            answer_from = None
            promise = _promise(entry)
        elif entry.action == "reopen" and answer_from is None:
            answer_from = at
        if status != states[-1][1]:
            states.append((at, status))
    return SlaClocks(
        start=start,
        status=status,
        answer_from=answer_from,
        answer_paused=_pauses(states, ("resolved", "ignored"), since=answer_from or start),
        first_paused=_pauses(states, ("resolved", "ignored"), since=start),
        resolution_paused=_pauses(states, ("replied", "resolved", "ignored"), since=start),
        replied_at=replied_at,
        resolved_at=states[-1][0] if status == "resolved" else None,
        promise=promise if status in ("replied", "open") else None,
    )


def _promise(entry: LogEntry) -> tuple[str, datetime] | None:
    said, by = entry.data.get("promise"), entry.data.get("due_at")
    return (said, datetime.fromisoformat(by)) if isinstance(said, str) and isinstance(by, str) else None


def _pauses(states: Sequence[tuple[datetime, Status]], still: tuple[Status, ...], since: datetime) -> tuple[Pause, ...]:
    ends: list[datetime | None] = [at for at, _ in states[1:]]
    return tuple(
        (at, end)
        for (at, status), end in zip(states, [*ends, None], strict=True)
        if status in still and (end is None or end > since)
    )


def next_deadline(now: SlaClocks, terms: SlaPolicy, level: str | None) -> Deadline | None:
    """What is owed first, ``None`` where nothing is: settled, or no clock for this urgency."""
    found: list[Deadline] = []
    if now.status in ("new", "open"):
        reply, resolve = terms.reply_within.get(level or _NORMAL), terms.resolve_within.get(level or _NORMAL)
        if reply is not None and now.answer_from is not None:
            at = add_working_time(now.answer_from, reply, terms.hours, now.answer_paused)
            found += [] if at is None else [Deadline("answer", at)]
        if resolve is not None:
            at = add_working_time(now.start, resolve, terms.hours, now.resolution_paused)
            found += [] if at is None else [Deadline("resolution", at)]
    if now.promise is not None:
        found.append(Deadline("promise", now.promise[1]))
    return min(found, key=lambda one: one.due_at, default=None)


@dataclass(frozen=True, slots=True)
class DueMention:
    """A mention for which something is owed; its ``due_at`` is that of ``owed``."""

    mention: Mention
    owed: Deadline


def is_overdue(one: Deadline, now: datetime) -> bool:
    """Whether it should have been done before now; at the very second it is due it is not."""
    return now > one.due_at


def response_times(now: SlaClocks, terms: SlaPolicy, at: datetime) -> ResponseTimes:
    """How long the first answer and the resolution took, or have taken at ``at``."""
    return ResponseTimes(
        first_answer=working_time_between(now.start, now.replied_at or at, terms.hours, now.first_paused),
        answered=now.replied_at is not None,
        resolution=working_time_between(now.start, now.resolved_at or at, terms.hours, now.resolution_paused),
        resolved=now.resolved_at is not None,
    )


def has_clock(mention: Mention, terms: SlaPolicy) -> bool:
    """Whether anybody waits for our answer to it at all."""
    return not mention.own and not mention.backlog and mention.brand in terms.brands and not is_noise(mention)


def is_noise(mention: Mention) -> bool:
    """Whether a person has called it noise, or the same words: no clock, no alert, no digest."""
    return "noise" in mention.labels


def is_snoozed(mention: Mention, now: datetime) -> bool:
    """Whether nothing is to be told of it at ``now``, by a person's word."""
    return mention.snoozed_until is not None and now < mention.snoozed_until


def clocks_of(mention: Mention, log: Iterable[LogEntry]) -> SlaClocks:
    """Where the clocks of a mention stand."""
    return clocks(mention.counts_at or mention.first_seen_at, log)


def with_deadlines(
    mentions: Iterable[Mention], terms: SlaPolicy, logs: Mapping[str, Sequence[LogEntry]]
) -> tuple[Mention, ...]:
    """The mentions with ``due_at`` and ``due_for`` where something is owed; ``logs`` has what is not ``new``."""
    told = []
    for mention in mentions:
        if has_clock(mention, terms):
            level = None if mention.urgency is None else mention.urgency.level
            next_ = next_deadline(clocks_of(mention, logs.get(mention.id, ())), terms, level)
            if next_ is not None:
                mention = replace(mention, due_at=next_.due_at, due_for=next_.what)
        told.append(mention)
    return tuple(told)
