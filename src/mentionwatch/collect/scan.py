"""The scan: polls the sources that are due, stores what they answer, then matches and judges it.

due sources ─► poll (threads) ─► results ─► store (this thread) ─► match, assign stories ─► store ─► judge ─► store
               recheck flagged posts ─┘                            replies to what was settled ─► log

Each answer is stored with its validators and checkpoint in one transaction. What brands make of it follows from what
is stored, so the next scan completes one that was cut off at any point.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mentionwatch.collect.host_queue import WORKERS, SourceFinished, work_through
from mentionwatch.collect.match_items import MatchReport, match_items
from mentionwatch.collect.poller import ParseIsolated, Poller, PollResult
from mentionwatch.collect.quota import Quotas, paced_interval
from mentionwatch.collect.recheck import RecheckReport, recheck_due
from mentionwatch.collect.reply_tracking import track_replies
from mentionwatch.collect.restore_comments import restore_comments
from mentionwatch.collect.sessions import Sessions
from mentionwatch.collect.source_state import SourceOutcome, SourceStateWriter, fingerprint
from mentionwatch.collect.targets import quota_of
from mentionwatch.collect.verdicts import MOST_RENEWED, judge_pending, rulebook
from mentionwatch.config import Config, ConfiguredSource
from mentionwatch.env import Env
from mentionwatch.errors import AuthFailed, RateLimited, Skipped, SourceError, TimedOut, Unreachable
from mentionwatch.fetch import Fetcher
from mentionwatch.sources import StreamSource, limits_of
from mentionwatch.store import Store
from mentionwatch.store.sources import SourceState

__all__ = ["WORKERS", "ScanReport", "SourceOutcome", "due_sources", "is_stream", "scan"]


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan did: the sources asked, those not due, and the mentions it found."""

    asked: tuple[SourceOutcome, ...]
    not_due: tuple[str, ...]
    matched: MatchReport
    rechecked: RecheckReport = field(default_factory=RecheckReport)
    #: Mentions that were answered or resolved, and wait for an answer again.
    reopened: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[SourceOutcome, ...]:
        """Sources that failed; one that waits for its quota has not."""
        return tuple(outcome for outcome in self.asked if outcome.error is not None)


def scan(
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
    """Poll what is due, or of it the sources named by ``only``; store what comes, match it and judge it.

    ``force`` polls before the time. ``sessions`` are the logins of earlier runs; without them each source that needs
    one logs in anew.
    """
    started = env.now()
    store.housekeeping.fix_future_timestamps(started)
    states = store.sources.states()
    sources = due_sources(config, states, started, only=only, force=force)
    waits = store.sources.host_waits(started)
    poller = Poller(
        fetcher,
        env.now,
        parse_isolated,
        sessions or Sessions(),
        Quotas(store.sources.spent()),
        # Many sources know their platform's address themselves: only their requests tell which host they ask.
        pauses={host: until for host, (until, _) in waits.items()},
    )
    restore_comments(store)
    run = _Run(config, store, env, poller, started, SourceStateWriter(store, states), waits)
    outcomes = run.poll(sources, workers)
    rechecked = recheck_due(
        config,
        store,
        poller,
        env.now(),
        answered=tuple(one.name for one in outcomes if one.answers and one.error is None),
        excluded=_not_rechecked(config, states, env.now(), only),
    )
    with store.writing():
        store.sources.spend(poller.quotas.unsaved(), started)
    matched = match_items(store, config.brands, env.now())
    reopened = track_replies(store, env.now())
    judge_pending(store, config.brands, env.now(), book=rulebook(config), started=started, renew=MOST_RENEWED)
    with store.writing():
        store.housekeeping.prune(config.retention.items, config.retention.mentions, env.now())
    store.housekeeping.finish_forgetting()
    asked = {source.name for source in sources}
    not_asked = (s for s in config.sources if s.name not in asked and (not only or s.name in only))
    not_due = tuple(source.name for source in not_asked if not is_stream(source))
    return ScanReport(outcomes, not_due, matched, rechecked, reopened)


def due_sources(
    config: Config, states: Mapping[str, SourceState], now: datetime, *, only: Sequence[str] = (), force: bool = False
) -> tuple[ConfiguredSource, ...]:
    """The sources to ask now: those that answered last time, then the others, each in the configuration's order.

    ``force`` asks before the time, but not a source that said 410, nor one whose platform told us to wait.
    """
    wanted = [s for s in config.sources if s.enabled and (not only or s.name in only) and not is_stream(s)]
    ready = [s for s in wanted if _is_due(s, states.get(s.name), now, force)]
    return tuple(sorted(ready, key=lambda source: _priority(source.name, states.get(source.name), now)))


def is_stream(source: ConfiguredSource) -> bool:
    """Whether it is listened to, by ``stream``, and never polled."""
    return isinstance(source.source, StreamSource)


def _priority(name: str, state: SourceState | None, now: datetime) -> tuple[int, bytes]:
    """What is known to answer goes first: it shows that its server does, before others may find it silent.

    Those that were skipped because others found it silent draw lots, so that the same few do not come before them
    again; those that found it so come last.
    """
    code = None if state is None else state.error_code
    if code == Skipped.code:
        return 2, hashlib.blake2b(f"{now} {name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    if code in (TimedOut.code, Unreachable.code):
        return 3, b""
    return (1 if state is None or state.last_success_at is None else 0), b""


def _is_due(source: ConfiguredSource, state: SourceState | None, now: datetime, force: bool) -> bool:
    if state is None or state.fingerprint != fingerprint(source):
        return True
    if state.gone_at is not None:
        return False
    # Asked in the future: the clock was ahead then and has been put right, and what it said would blind us till then.
    if state.last_asked_at is not None and state.last_asked_at > now + source.every:
        return True
    if state.wait_until is not None and state.wait_until > now:
        return False
    return force or state.due_at is None or state.due_at <= now


def _not_rechecked(
    config: Config, states: Mapping[str, SourceState], now: datetime, only: Sequence[str]
) -> tuple[str, ...]:
    """The sources whose posts are not rechecked in this run: never asked yet, in trouble, waiting, or gone."""
    return tuple(
        source.name
        for source in config.sources
        if (state := states.get(source.name)) is None
        or (only and source.name not in only)
        or source.problem is not None
        or state.failures
        or state.gone_at is not None
        or (state.wait_until is not None and state.wait_until > now)
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """Many sources polled at once, and their results stored one after the other."""

    config: Config
    store: Store
    env: Env
    poller: Poller
    started: datetime
    writer: SourceStateWriter
    waits: Mapping[str, tuple[datetime, str]]

    def poll(self, sources: Sequence[ConfiguredSource], workers: int) -> tuple[SourceOutcome, ...]:
        with self.store.writing():
            self.writer.begin(sources)
        known = {source.name: self.store.sources.questions(source.name) for source in sources}
        #: How many enabled sources draw on each quota.
        sharing = Counter(quota_of(source) for source in self.config.sources if source.enabled)
        outcomes: dict[str, SourceOutcome] = {}

        def ask(source: ConfiguredSource) -> Iterator[PollResult]:
            if (blocked := self._blocked(source)) is not None:
                yield PollResult.failed(source, "", blocked, self.env.now())
                return
            for result in self.poller.poll(source, self.config.brands, known[source.name]):
                if result.reservation is not None:
                    result.reservation.hand_over()
                yield result

        for batch in work_through(sources, ask, workers=workers):
            with self.store.writing():
                self.store.sources.spend(self.poller.quotas.unsaved(), self.started)
                for arrival in batch:
                    if isinstance(arrival, PollResult):
                        self.writer.write(arrival)
                    else:
                        outcomes[arrival.source.name] = self._finish(arrival, sharing)
            for arrival in batch:
                if isinstance(arrival, PollResult) and arrival.reservation is not None:
                    arrival.reservation.release()
        return tuple(outcomes[source.name] for source in sources)

    def _blocked(self, source: ConfiguredSource) -> SourceError | None:
        """Why a source that is due is not asked all the same."""
        if source.problem is not None:
            return AuthFailed(source.problem)
        for host in source.hosts:
            if host in self.waits:
                until, reason = self.waits[host]
                return RateLimited(reason, until=until)
        return None

    def _finish(self, finished: SourceFinished, sharing: Mapping[str, int]) -> SourceOutcome:
        source, quotas = finished.source, self.poller.quotas
        # From the minute the run began, so that a run a second earlier than the last does not miss its turn.
        # Each of those that share a quota has its part of it.
        requests = sharing[quota_of(source)] * quotas.taken_by(source.name)
        due_at = self.started.replace(second=0) + paced_interval(source.every, requests, limits_of(source.source))
        outcome = self.writer.outcomes.get(source.name)
        if outcome is not None and outcome.schedule is not None and not source.every_is_set:
            started = self.started.replace(second=0)
            due_at = outcome.schedule.next_time(started, due_at - started)
        if outcome is not None and isinstance(outcome.error, Skipped) and not outcome.answers:
            due_at = self.started
        return self.writer.finish(source, self.env.now(), started=self.started, due_at=due_at)
