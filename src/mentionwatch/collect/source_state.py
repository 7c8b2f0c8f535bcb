"""What is known of each source: what it answered and how it stands, written here and nowhere else.

Polls and streams both give what came as a :class:`~mentionwatch.collect.poller.PollResult`. One turn of a source is a
scan's asking all its questions, or one update of a stream.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mentionwatch.collect.format_drift import note_format
from mentionwatch.collect.poller import PollResult
from mentionwatch.collect.redaction import storable_url
from mentionwatch.collect.save_items import save_items
from mentionwatch.collect.targets import is_loopback
from mentionwatch.config import ConfiguredSource
from mentionwatch.errors import Gone, RateLimited, SourceError
from mentionwatch.messages import Schedule
from mentionwatch.sources.registry import caveats
from mentionwatch.store import Store
from mentionwatch.store.sources import SourceState
from mentionwatch.urls import host_of

#: How long a platform that has rate-limited us is left alone where it names no time.
_DEFAULT_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class SourceOutcome:
    """What came of one turn of a source."""

    name: str
    type: str
    items: int = 0
    new_items: int = 0
    answers: int = 0
    error: SourceError | None = None
    waiting_until: datetime | None = None
    waiting_for: str | None = None
    failures: int = 0
    moved_to: str | None = None
    notes: tuple[str, ...] = ()
    #: How often its publisher wants to be asked; of several questions, what the most patient allows.
    schedule: Schedule | None = None
    #: The questions that failed, each once.
    unanswered: tuple[str, ...] = ()
    #: What to know of the type, told when the source is polled for the first time.
    caveats: tuple[str, ...] = ()

    @property
    def trouble(self) -> str | None:
        """What went wrong, in words; of a source that answered other questions with the name of those it did not."""
        if self.error is None:
            return None
        if not self.answers or not self.unanswered:
            return self.error.message
        more = f" and {len(self.unanswered) - 1} more" if len(self.unanswered) > 1 else ""
        return f"asked for {self.unanswered[0]}{more}: {self.error.message}"

    def plus(self, result: PollResult, new: int) -> SourceOutcome:
        """The outcome with one more result, of which ``new`` items were unknown."""
        error = result.error
        if isinstance(error, RateLimited):
            return replace(self, waiting_until=_wait_until(error, result.at), waiting_for=error.message)
        if error is not None:
            known = result.question in ("", *self.unanswered)
            unanswered = self.unanswered if known else (*self.unanswered, result.question)
            return replace(self, error=self.error or error, unanswered=unanswered)
        return replace(
            self,
            items=self.items + len(result.items) + len(result.older),
            new_items=self.new_items + new,
            answers=self.answers + 1,
            moved_to=storable_url(result.source, result.moved_to) or self.moved_to,
            notes=self.notes if result.note is None else (*self.notes, result.note),
            schedule=result.schedule if not self.answers else _sooner(self.schedule, result.schedule),
        )


@dataclass(slots=True)
class SourceStateWriter:
    """The only writer of what sources answered and of how they stand; each method runs in the caller's transaction."""

    store: Store
    states: dict[str, SourceState]
    #: The turns that are not finished.
    outcomes: dict[str, SourceOutcome] = field(default_factory=dict)

    def begin(self, sources: Iterable[ConfiguredSource], *, resume: bool = False) -> None:
        """Start with an empty record where a source is new or its options have changed.

        It is then asked from the beginning; with ``resume`` how far it was read still holds.
        """
        for source in sources:
            state, mark = self.states.get(source.name), fingerprint(source)
            if state is not None and state.fingerprint == mark:
                continue
            if state is not None and not resume:
                self.store.sources.forget_questions(source.name)
            self.states[source.name] = SourceState(source.name, source.source.type, mark)

    def write(self, result: PollResult) -> tuple[int, int]:
        """Store an answer: its items, the ledger's entry and how far its question was read.

        Gives the entry's id and how many items are new.
        """
        name, error = result.source.name, result.error
        complete_to = result.complete_to or result.at
        poll_id = self.store.polls.record(
            name,
            result.question,
            result.outcome,
            complete_to,
            status=result.status,
            url=storable_url(result.source, result.url),
            items=len(result.items) + len(result.older),
            error_code=None if error is None else error.code,
            error=None if error is None else error.message,
            gap=result.gap,
        )
        new = 0
        if result.items:
            new = save_items(self.store, name, result.items, result.at, backlog=result.backlog, poll_id=poll_id)
            self.store.polls.count_new(poll_id, new)
        if result.older:
            save_items(self.store, name, result.older, result.at, backlog=True, poll_id=poll_id)
        note_format(self.store, result, new)
        if result.question_state is not None:
            self.store.sources.save_question(name, result.question, result.question_state, complete_to)
        self._write_host_wait(result)
        self.outcomes[name] = self._outcome(result.source).plus(result, new)
        return poll_id, new

    def finish(
        self, source: ConfiguredSource, at: datetime, *, started: datetime, due_at: datetime | None = None
    ) -> SourceOutcome:
        """End a source's turn, which began at ``started``: write how it stands, and when it is due again."""
        outcome, before = self._outcome(source), self.states[source.name]
        self.outcomes.pop(source.name, None)
        state = _after(before, outcome, at, started=started, due_at=due_at)
        self.states[source.name] = state
        self.store.sources.save(state, at)
        told = before.first_asked_at is not None
        return replace(outcome, failures=state.failures, caveats=() if told else caveats(type(source.source)))

    def _outcome(self, source: ConfiguredSource) -> SourceOutcome:
        return self.outcomes.get(source.name) or SourceOutcome(source.name, source.source.type)

    def _write_host_wait(self, result: PollResult) -> None:
        """What a platform says of its limits holds for the host; our own count of a quota is one source's."""
        error, url = result.error, result.url or ""
        if not isinstance(error, RateLimited) or not result.question or error.status is None or is_loopback(url):
            return
        if (host := host_of(url)) is not None:
            self.store.sources.save_host_wait(host, _wait_until(error, result.at), error.message)


def fingerprint(source: ConfiguredSource) -> str:
    """A short hash of a source's options: when it changes, what was known of the source no longer holds."""
    return hashlib.blake2b(repr(source.source).encode(), digest_size=8).hexdigest()


def _after(
    state: SourceState, outcome: SourceOutcome, at: datetime, *, started: datetime, due_at: datetime | None
) -> SourceState:
    """How a source stands after a turn."""
    failed, answered = outcome.error is not None, outcome.answers > 0
    waiting = outcome.waiting_until is not None
    return replace(
        state,
        first_asked_at=state.first_asked_at or started,
        last_asked_at=at,
        last_success_at=at if answered else state.last_success_at,
        due_at=due_at,
        failing_since=(state.failing_since or started) if failed else (state.failing_since if waiting else None),
        failures=state.failures + 1 if failed else (state.failures if waiting and not answered else 0),
        error_code=outcome.error.code if outcome.error else None,
        error=outcome.trouble,
        wait_until=outcome.waiting_until,
        wait_reason=outcome.waiting_for,
        gone_at=started if isinstance(outcome.error, Gone) else None,
        moved_to=outcome.moved_to or (None if answered else state.moved_to),
        note=outcome.notes[-1] if outcome.notes else None,
    )


def _sooner(one: Schedule | None, other: Schedule | None) -> Schedule | None:
    if one is None or other is None:
        return None
    hours, days = set(one.hours) & set(other.hours), set(one.days) & set(other.days)
    return Schedule(min(one.seconds, other.seconds), tuple(sorted(hours)), tuple(sorted(days)))


def _wait_until(error: RateLimited, at: datetime) -> datetime:
    """Until when a platform is left alone."""
    return error.until if error.until is not None and error.until > at else at + _DEFAULT_WAIT
