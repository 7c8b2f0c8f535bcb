"""The scan: the one place where collect, match and judge meet.

due sources ─► ask (a thread each) ─► answers ─► store (this thread) ─► read: match, fold ─► store ─► judge ─► store
                flagged posts ─► ask again ─┘                           follow: who wrote again ─► log

Each answer is kept with its validators and checkpoint in one transaction; what brands make of it follows from what is
stored, so a scan that is cut off at any point is made good by the next.
"""

from __future__ import annotations

import hashlib
import queue
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mentionwatch.collect.format_drift import note_shape
from mentionwatch.collect.host_queue import HostQueue
from mentionwatch.collect.match_items import MatchReport, read
from mentionwatch.collect.poller import ParseIsolated, Poller, PollResult, SourceFinished, is_here
from mentionwatch.collect.quota import Quotas, paced_interval
from mentionwatch.collect.recheck import RecheckReport, recheck_due
from mentionwatch.collect.reply_tracking import track_replies
from mentionwatch.collect.save_items import save_items
from mentionwatch.collect.sessions import Sessions
from mentionwatch.collect.targets import has_secret_address, quota_of
from mentionwatch.collect.verdicts import AGAIN, judge_pending, rulebook
from mentionwatch.config import Config, ConfiguredSource
from mentionwatch.env import Env
from mentionwatch.errors import (
    AuthFailed,
    Gone,
    MentionwatchError,
    RateLimited,
    Skipped,
    SourceError,
    TimedOut,
    Unreachable,
)
from mentionwatch.sources import StreamSource, limits_of
from mentionwatch.store import Store
from mentionwatch.store.polls import Outcome
from mentionwatch.store.sources import SourceState
from mentionwatch.urls import host_of, redact

if TYPE_CHECKING:  # handed in, so that what only judges again loads no httpx
    from mentionwatch.fetch import Fetcher

#: Answers of different sources that are kept in one transaction when they have arrived at the same time.
_BATCH = 64
#: Sources asked at once.
WORKERS = 50


@dataclass(frozen=True, slots=True)
class SourceOutcome:
    """What one source's asking came to."""

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
    #: The questions that failed, each once.
    unanswered: tuple[str, ...] = ()

    @property
    def trouble(self) -> str | None:
        """What went wrong, in words: of a source that answered other questions with the name of those it did not."""
        if self.error is None:
            return None
        if not self.answers or not self.unanswered:
            return self.error.message
        more = f" and {len(self.unanswered) - 1} more" if len(self.unanswered) > 1 else ""
        return f"asked for {self.unanswered[0]}{more}: {self.error.message}"


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan did: the sources asked, those not due, and the mentions it found."""

    asked: tuple[SourceOutcome, ...]
    not_due: tuple[str, ...]
    read: MatchReport
    again: RecheckReport = field(default_factory=RecheckReport)
    #: Mentions that were answered or resolved, and wait for an answer again.
    reopened: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[SourceOutcome, ...]:
        """Sources that failed; one that waits for its quota has not."""
        return tuple(outcome for outcome in self.asked if outcome.error is not None)


def due_sources(
    config: Config, rows: dict[str, SourceState], now: datetime, *, only: Sequence[str] = (), force: bool = False
) -> tuple[ConfiguredSource, ...]:
    """The sources to ask now: those that answered last time, then the others, each in the configuration's order.

    ``force`` asks before the time, but not a source that said 410, nor one whose platform told us to wait.
    """
    wanted = [s for s in config.sources if s.enabled and (not only or s.name in only) and not is_stream(s)]
    ready = [s for s in wanted if _is_due(s, rows.get(s.name), now, force)]
    return tuple(sorted(ready, key=lambda source: _turn(source.name, rows.get(source.name), now)))


def is_stream(source: ConfiguredSource) -> bool:
    """Whether it is listened to, by ``stream``, and never polled."""
    return isinstance(source.source, StreamSource)


def _turn(name: str, row: SourceState | None, now: datetime) -> tuple[int, bytes]:
    """Who goes first: what is known to answer shows that its server does, before those try that may find it silent.

    Those that were left out because others found it silent draw lots, so that the same few do not stand before them
    again; those who found it so come last.
    """
    code = None if row is None else row.error_code
    if code == Skipped.code:
        return 2, hashlib.blake2b(f"{now} {name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    if code in (TimedOut.code, Unreachable.code):
        return 3, b""
    return (1 if row is None or row.last_success_at is None else 0), b""


def _is_due(source: ConfiguredSource, row: SourceState | None, now: datetime, force: bool) -> bool:
    if row is None or row.fingerprint != fingerprint(source):
        return True
    if row.gone_at is not None:
        return False
    # Asked in the future: the clock was ahead then and has been put right, and what it said would blind us till then.
    if row.last_asked_at is not None and row.last_asked_at > now + source.every:
        return True
    if row.wait_until is not None and row.wait_until > now:
        return False
    return force or row.due_at is None or row.due_at <= now


def fingerprint(source: ConfiguredSource) -> str:
    """A short hash of a source's options: when it changes, what was known of the source no longer holds."""
    return hashlib.blake2b(repr(source.source).encode(), digest_size=8).hexdigest()


def run(
    config: Config,
    store: Store,
    fetcher: Fetcher,
    parse_isolated: ParseIsolated,
    env: Env,
    *,
    only: Sequence[str] = (),
    force: bool = False,
    workers: int = WORKERS,
    sessions: Sessions | None = None,
) -> ScanReport:
    """Ask what is due, keep what came, and let every brand read it.

    ``sessions`` are the logins of earlier runs; without them each source that needs one logs in anew.
    """
    started = env.now()
    store.housekeeping.fix_future_timestamps(started)
    rows = store.sources.states()
    sources = due_sources(config, rows, started, only=only, force=force)
    budget = Quotas(store.sources.spent())
    sessions = sessions or Sessions()
    outcomes = _Collection(config, store, rows, started, sessions, budget).collect(
        sources, fetcher, parse_isolated, env, workers=max(1, min(workers, len(sources)))
    )
    asked = {source.name for source in sources}
    again = recheck_due(
        config,
        store,
        Poller(
            fetcher,
            parse_isolated,
            env.now,
            lambda _: None,
            sessions=sessions,
            budget=budget,
            pauses={host: until for host, (until, _) in store.sources.host_waits(env.now()).items()},
        ),
        env,
        answered=tuple(one.name for one in outcomes if one.answers and one.error is None),
        unasked=_left_alone(config, store.sources.states(), env.now(), only),
    )
    with store.writing():
        store.sources.spend(budget.to_write(), started)
    found = read(store, config.brands, env.now())
    reopened = track_replies(store, env.now())
    judge_pending(store, config.brands, env.now(), book=rulebook(config), started=started, again=AGAIN)
    with store.writing():
        store.housekeeping.prune(config.retention.items, config.retention.mentions, env.now())
    store.housekeeping.finish_forgetting()
    return ScanReport(
        asked=outcomes,
        not_due=tuple(
            s.name for s in config.sources if s.name not in asked and (not only or s.name in only) and not is_stream(s)
        ),
        read=found,
        again=again,
        reopened=reopened,
    )


def _left_alone(config: Config, rows: dict[str, SourceState], now: datetime, only: Sequence[str]) -> tuple[str, ...]:
    """The sources whose posts are not looked at again in this run: never asked yet, in trouble, waiting, or gone."""
    return tuple(
        source.name
        for source in config.sources
        if (row := rows.get(source.name)) is None
        or (only and source.name not in only)
        or source.problem is not None
        or row.failures
        or row.gone_at is not None
        or (row.wait_until is not None and row.wait_until > now)
    )


@dataclass(slots=True)
class _Collection:
    """Asking many sources at once, and keeping their answers one after the other."""

    config: Config
    store: Store
    rows: dict[str, SourceState]
    started: datetime
    sessions: Sessions
    budget: Quotas
    outcomes: dict[str, SourceOutcome] = field(default_factory=dict)
    bug: BaseException | None = None
    #: How many enabled sources draw on each quota.
    sharing: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self.sharing = Counter(quota_of(source) for source in self.config.sources if source.enabled)

    def collect(
        self,
        sources: Sequence[ConfiguredSource],
        fetcher: Fetcher,
        parse_isolated: ParseIsolated,
        env: Env,
        *,
        workers: int,
    ) -> tuple[SourceOutcome, ...]:
        if not sources:
            return ()
        self._begin(sources)
        arrivals: queue.SimpleQueue[PollResult | SourceFinished] = queue.SimpleQueue()
        waits = self.store.sources.host_waits(self.started)
        asker = Poller(
            fetcher,
            parse_isolated,
            env.now,
            arrivals.put,
            sessions=self.sessions,
            budget=self.budget,
            # Many sources know their platform's address themselves: only their requests tell whom they ask.
            pauses={host: until for host, (until, _) in waits.items()},
        )
        to_ask: list[ConfiguredSource] = []
        known = {source.name: self.store.sources.questions(source.name) for source in sources}
        for source in sources:
            stopped = _stopped(source, waits)
            if stopped is None:
                to_ask.append(source)
            else:
                arrivals.put(PollResult(source, "", _outcome(stopped), env.now(), error=stopped))
                arrivals.put(SourceFinished(source, env.now()))
        lines = HostQueue(to_ask)

        def work() -> None:
            while (turn := lines.next()) is not None:
                source, line = turn
                asker.ask(source, self.config.brands, known[source.name])
                lines.leave(line)

        for _ in range(workers):
            # Daemons: an interrupted scan ends at once, and what was not kept is asked again.
            threading.Thread(target=work, daemon=True).start()
        left = len(sources)
        while left:
            batch = [arrivals.get()]
            while len(batch) < _BATCH and not arrivals.empty():
                batch.append(arrivals.get())
            with self.store.writing():
                self.store.sources.spend(self.budget.to_write(), self.started)
                for arrival in batch:
                    self._keep(arrival)
            for arrival in batch:
                if isinstance(arrival, PollResult):
                    arrival.kept()
            left -= sum(isinstance(arrival, SourceFinished) for arrival in batch)
        if self.bug is not None:
            raise self.bug
        return tuple(self.outcomes[source.name] for source in sources)

    def _begin(self, sources: Iterable[ConfiguredSource]) -> None:
        with self.store.writing():
            for source in sources:
                row = self.rows.get(source.name)
                mark = fingerprint(source)
                if row is None or row.fingerprint != mark:
                    if row is not None:
                        self.store.sources.forget_questions(source.name)
                    self.rows[source.name] = SourceState(source.name, source.source.type, mark)
                self.outcomes[source.name] = SourceOutcome(source.name, source.source.type)

    def _keep(self, arrival: PollResult | SourceFinished) -> None:
        if isinstance(arrival, SourceFinished):
            self._finish(arrival)
            return
        name = arrival.source.name
        outcome = self.outcomes[name]
        poll_id = self.store.polls.record(
            name,
            arrival.question,
            arrival.outcome,
            arrival.at,
            status=arrival.status,
            url=_recorded(arrival.source, arrival.url),
            items=len(arrival.items),
            error_code=None if arrival.error is None else arrival.error.code,
            error=None if arrival.error is None else arrival.error.message,
            gap=arrival.gap,
        )
        new = 0
        if arrival.items:
            new = save_items(self.store, name, arrival.items, arrival.at, backlog=arrival.backlog, poll_id=poll_id)
            self.store.polls.count_new(poll_id, new)
        note_shape(self.store, arrival, new)
        if arrival.row is not None:
            self.store.sources.save_question(name, arrival.question, arrival.row, arrival.at)
        error = arrival.error
        failed = error is not None and not isinstance(error, RateLimited)
        self.outcomes[name] = replace(
            outcome,
            items=outcome.items + len(arrival.items),
            new_items=outcome.new_items + new,
            answers=outcome.answers + (error is None),
            error=outcome.error if not failed else (outcome.error or error),
            unanswered=outcome.unanswered
            if not failed or arrival.question in ("", *outcome.unanswered)
            else (*outcome.unanswered, arrival.question),
            waiting_until=_wait_until(error, arrival.at) or outcome.waiting_until,
            waiting_for=error.message if isinstance(error, RateLimited) else outcome.waiting_for,
            moved_to=_recorded(arrival.source, arrival.moved_to) or outcome.moved_to,
            notes=outcome.notes if arrival.note is None else (*outcome.notes, arrival.note),
        )
        # Our own count of a quota is one source's; what the platform says holds for the host.
        if isinstance(error, RateLimited) and arrival.question and error.status is not None:
            until = _wait_until(error, arrival.at)
            host = host_of(arrival.url or "")
            # On this machine one host is many servers, none of them a stranger.
            if host is not None and until is not None and not is_here(arrival.url or ""):
                self.store.sources.save_host_wait(host, until, error.message)

    def _finish(self, done: SourceFinished) -> None:
        """Write down how the source stands, and when it is due again."""
        if done.bug is not None and not isinstance(done.bug, MentionwatchError):
            self.bug = self.bug or done.bug
        name = done.source.name
        outcome, row = self.outcomes[name], self.rows[name]
        failed = outcome.error is not None
        waiting = outcome.waiting_until
        # From the minute the run began, so that a run a second earlier than the last does not miss its turn.
        # Each of those that share a quota has its part of it.
        every = paced_interval(
            done.source.every,
            self.sharing[quota_of(done.source)] * self.budget.taken_by(name),
            limits_of(done.source.source),
        )
        due_at = self.started.replace(second=0) + every
        if isinstance(outcome.error, Skipped) and not outcome.answers:
            due_at = self.started
        self.rows[name] = replace(
            row,
            first_asked_at=row.first_asked_at or self.started,
            last_asked_at=done.at,
            last_success_at=done.at if outcome.answers else row.last_success_at,
            due_at=due_at,
            failing_since=(row.failing_since or self.started) if failed else (row.failing_since if waiting else None),
            failures=row.failures + 1 if failed else (row.failures if waiting and not outcome.answers else 0),
            error_code=outcome.error.code if outcome.error else None,
            error=outcome.trouble,
            wait_until=waiting,
            wait_reason=outcome.waiting_for if waiting else None,
            gone_at=self.started if isinstance(outcome.error, Gone) else None,
            moved_to=outcome.moved_to or (row.moved_to if not outcome.answers else None),
            note=outcome.notes[-1] if outcome.notes else None,
        )
        self.outcomes[name] = replace(outcome, failures=self.rows[name].failures)
        self.store.sources.save(self.rows[name], done.at)


def _recorded(source: ConfiguredSource, url: str | None) -> str | None:
    """An address as it may be written down: of a source whose own address is a secret, the server and no more.

    The token of such an address may stand anywhere in it, in its path too, and where it has moved to has another.
    """
    if url is None:
        return None
    if has_secret_address(source):
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/***"
    return redact(url)


def _stopped(source: ConfiguredSource, waits: dict[str, tuple[datetime, str]]) -> SourceError | None:
    """Why a source that is due is not asked all the same."""
    if source.problem is not None:
        return AuthFailed(source.problem)
    for host in source.hosts:
        if host in waits:
            until, reason = waits[host]
            return RateLimited(reason, until=until)
    return None


def _outcome(error: SourceError) -> Outcome:
    return "waiting" if isinstance(error, RateLimited) else "failed"


def _wait_until(error: SourceError | None, at: datetime) -> datetime | None:
    """Until when a platform is left alone; a quarter of an hour where it named no time."""
    if not isinstance(error, RateLimited):
        return None
    return error.until if error.until is not None and error.until > at else at + timedelta(minutes=15)


__all__ = ["ScanReport", "SourceOutcome", "due_sources", "fingerprint", "is_stream", "run"]
