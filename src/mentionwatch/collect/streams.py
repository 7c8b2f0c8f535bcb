"""Streams: what is said is told within seconds, by servers that keep talking; the long-running brother of the scan.

streams ─► listen (a thread each): hear, match ─► queue ─► keep (this thread): store, read, judge ─► told

What no brand matches is not kept. What is kept is kept together with how far the stream was heard, so that a run that
is cut off at any point goes on where it was, a little before: identity knows again what comes twice. The rules in
words: ``docs/stream.md``.
"""

from __future__ import annotations

import queue
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from mentionwatch.collect.stream_keeper import Keeper, StreamStats, behind
from mentionwatch.collect.stream_listener import Ended, Known, Listener, StreamUpdate
from mentionwatch.config import Config, ConfiguredSource
from mentionwatch.env import Env
from mentionwatch.errors import AuthFailed, MentionwatchError, SourceError
from mentionwatch.fetch import Fetcher
from mentionwatch.fetch.streams import Opener
from mentionwatch.match import Matcher
from mentionwatch.query.matcher import compile_brands
from mentionwatch.sources import StreamSource
from mentionwatch.store import Store

__all__ = ["StreamObserver", "StreamReport", "StreamStats", "behind", "listen", "streams_of"]

#: Steps that wait to be kept; a listener that finds no room waits, and so does its server.
_ROOM = 64
#: Seconds after which a run that was stopped no longer waits for its listeners.
_FAREWELL = 10.0
_PRUNE = 3_600.0


@dataclass(frozen=True, slots=True)
class StreamReport:
    """What a run of streams came to, by source."""

    tallies: Mapping[str, StreamStats]

    @property
    def silent(self) -> bool:
        """Whether not one stream was ever heard, though some failed."""
        return bool(self.tallies) and all(not one.connected and one.failures for one in self.tallies.values())


@dataclass(slots=True)
class StreamObserver:
    """Who is told while streams run, from the thread that keeps.

    ``mentions`` gets the ids of new mentions, ``steps`` every step that was kept or failed, ``tick`` is called about
    twice a second with what the sources came to so far.
    """

    mentions: Callable[[tuple[str, ...]], None] = lambda ids: None
    step: Callable[[StreamUpdate, StreamStats], None] = lambda step, tally: None
    tick: Callable[[Mapping[str, StreamStats]], None] = lambda tallies: None


def streams_of(config: Config, only: Sequence[str] = ()) -> tuple[ConfiguredSource, ...]:
    """The configured sources that are listened to."""
    return tuple(
        source
        for source in config.sources
        if source.enabled and isinstance(source.source, StreamSource) and (not only or source.name in only)
    )


def listen(
    config: Config,
    store: Store,
    opener: Opener,
    fetcher: Fetcher,
    env: Env,
    stop: threading.Event,
    *,
    only: Sequence[str] = (),
    watcher: StreamObserver | None = None,
    spread: Callable[[], float] = random.random,
) -> StreamReport:
    """Listen to all streams of a configuration until ``stop`` is set; ends with everything heard kept.

    ``spread`` gives numbers from 0 to 1 for the waits between tries.
    """
    sources = streams_of(config, only)
    matcher = compile_brands(config.brands)
    keeper = Keeper(config, store, matcher)
    keeper.begin(sources)
    run = _Run(config, store, opener, fetcher, env, stop, keeper, watcher or StreamObserver(), spread)
    try:
        # What a run that was cut off had kept, and nobody has read.
        run.tell(keeper.read(env.now()))
        run.start(sources, matcher)
        run.keep_all()
    finally:
        run.end()
    return StreamReport(keeper.tallies)


@dataclass(slots=True)
class _Run:
    config: Config
    store: Store
    opener: Opener
    fetcher: Fetcher
    env: Env
    stop: threading.Event
    keeper: Keeper
    watcher: StreamObserver
    spread: Callable[[], float]
    arrivals: queue.Queue[StreamUpdate | Ended] = field(default_factory=lambda: queue.Queue(_ROOM))
    listeners: list[Listener] = field(default_factory=list)
    left: int = 0
    #: Nobody keeps any more: what is still told goes nowhere.
    deaf: threading.Event = field(default_factory=threading.Event)
    pruned: float = float("-inf")

    def start(self, sources: Sequence[ConfiguredSource], matcher: Matcher) -> None:
        now = self.env.now()
        for source in sources:
            if source.problem is not None:
                self._keep([StreamUpdate(source, "", now, now, error=AuthFailed(source.problem))])
                continue
            brands = tuple(b for b in self.config.brands if not source.brands or b.name in source.brands)
            own = matcher if not source.brands else compile_brands(brands)
            known = {
                question: Known(row.checkpoint, row.answered_at)
                for question, row in self.store.sources.questions(source.name).items()
            }
            try:
                requests = tuple(cast(StreamSource, source.source).subscriptions(brands, {}, now))
            except SourceError as error:
                self._keep([StreamUpdate(source, "", now, now, error=error)])
                continue
            for request in requests:
                self.listeners.append(
                    Listener(
                        source,
                        request.question,
                        brands,
                        known.get(request.question),
                        matcher=own,
                        opener=self.opener,
                        fetcher=self.fetcher,
                        env=self.env,
                        tell=self._arrive,
                        stop=self.stop,
                        spread=self.spread,
                    )
                )
        self.left = len(self.listeners)
        for listener in self.listeners:
            # Daemons: one that hangs does not hold up the end.
            threading.Thread(target=listener.run, name="listen", daemon=True).start()

    def keep_all(self) -> None:
        """Keep what arrives until stopped, and then until every listener has told its last."""
        ends_at: float | None = None
        while self.left:
            if self.stop.is_set():
                if ends_at is None:
                    ends_at = self.env.monotonic() + _FAREWELL
                for listener in self.listeners:
                    listener.hang_up()
                if self.env.monotonic() > ends_at:
                    break
            self._keep(self._batch())
            self.watcher.tick(self.keeper.tallies)
            self._prune()

    def end(self) -> None:
        self.stop.set()
        self.deaf.set()
        for listener in self.listeners:
            listener.hang_up()

    def _batch(self) -> list[StreamUpdate]:
        """What has arrived, waiting half a second for the first."""
        steps: list[StreamUpdate] = []
        wait = True
        while len(steps) < _ROOM:
            try:
                arrival = self.arrivals.get(timeout=0.5) if wait else self.arrivals.get_nowait()
            except queue.Empty:
                break
            wait = False
            if isinstance(arrival, StreamUpdate):
                steps.append(arrival)
                continue
            self.left -= 1
            if arrival.bug is not None and not isinstance(arrival.bug, MentionwatchError):
                raise arrival.bug
        return steps

    def _keep(self, steps: list[StreamUpdate]) -> None:
        if not steps:
            return
        new = self.keeper.keep(steps, self.env.now())
        for step in steps:
            self.watcher.step(step, self.keeper.tallies[step.source.name])
        self.tell(new)

    def tell(self, new: tuple[str, ...]) -> None:
        if new:
            self.watcher.mentions(new)

    def _arrive(self, arrival: StreamUpdate | Ended) -> None:
        """Put into the queue, for as long as it takes: there is no other way for it to go."""
        while not self.deaf.is_set():
            try:
                self.arrivals.put(arrival, timeout=0.5)
            except queue.Full:
                continue
            return

    def _prune(self) -> None:
        """Once an hour, as every scan does."""
        now = self.env.monotonic()
        if now - self.pruned < _PRUNE:
            return
        self.pruned = now
        with self.store.writing():
            self.store.housekeeping.prune(self.config.retention.items, self.config.retention.mentions, self.env.now())
