"""Streams: mentions are reported within seconds by servers that push; the long-running counterpart of the scan.

streams ─► listen (a thread each): parse, match ─► queue ─► store (this thread) ─► match, judge ─► observer

What no brand matches is not stored. What is stored is stored together with how far the stream was heard, so a run that
is cut off at any point resumes where it was, a little before: identity recognises what comes twice. The rules in
words: ``docs/stream.md``.
"""

from __future__ import annotations

import queue
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

from mentionwatch.analysis import Rulebook
from mentionwatch.collect.match_items import match_items
from mentionwatch.collect.poller import Poller
from mentionwatch.collect.save_items import find_item, save_items
from mentionwatch.collect.source_state import SourceStateWriter
from mentionwatch.collect.stream_listener import Listener, ListenerEnded
from mentionwatch.collect.stream_update import StreamUpdate
from mentionwatch.collect.verdicts import judge_pending, rulebook
from mentionwatch.config import Config, ConfiguredSource
from mentionwatch.env import Env
from mentionwatch.errors import AuthFailed, SourceError
from mentionwatch.fetch import Fetcher
from mentionwatch.fetch.streams import Opener
from mentionwatch.identity import words_hash
from mentionwatch.match import Matcher
from mentionwatch.model import Item
from mentionwatch.query.matcher import compile_brands
from mentionwatch.sources import StreamSource
from mentionwatch.store import Store

#: Updates that wait to be stored; a listener that finds no room waits, and so does its server.
_MOST_WAITING = 64
#: Seconds after which a run that was stopped no longer waits for its listeners.
_FAREWELL = 10.0
_PRUNE = 3_600.0
#: Mentions judged again beside each second's, where the rules have changed: a scan does most of it.
_MOST_RENEWED = 100
_GONE, _EDITED = "deleted by its author, according to the stream", "edited by its author, according to the stream"


@dataclass(slots=True)
class StreamStats:
    """What came of one source's streams in this run."""

    heard: int = 0
    odd: int = 0
    kept: int = 0
    connected: int = 0
    #: In a row.
    failures: int = 0
    lag: timedelta = timedelta(0)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class StreamReport:
    """What came of a run of streams, by source."""

    stats: Mapping[str, StreamStats]

    @property
    def silent(self) -> bool:
        """Whether not one stream was ever heard, though some failed."""
        return bool(self.stats) and all(not one.connected and one.failures for one in self.stats.values())


@dataclass(slots=True)
class StreamObserver:
    """What is called while streams run, by the thread that stores.

    ``mentions`` gets the ids of new mentions, ``update`` each update that was stored or failed, ``tick`` is called
    about twice a second with the statistics so far.
    """

    mentions: Callable[[tuple[str, ...]], None] = lambda ids: None
    update: Callable[[StreamUpdate, StreamStats], None] = lambda update, stats: None
    tick: Callable[[Mapping[str, StreamStats]], None] = lambda stats: None


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
    observer: StreamObserver | None = None,
    spread: Callable[[], float] = random.random,
) -> StreamReport:
    """Listen to all streams of a configuration until ``stop`` is set; ends with everything heard stored.

    ``spread`` gives numbers from 0 to 1 for the waits between tries.
    """
    poller = Poller(fetcher, env.now, skip_silent_servers=False)
    run = _Run(config, store, opener, poller, env, stop, observer or StreamObserver(), spread)
    try:
        run.start(streams_of(config, only))
        run.store_all()
    finally:
        run.end()
    return StreamReport(run.stats)


@dataclass(slots=True)
class _Run:
    """Listens from many threads, stores from one."""

    config: Config
    store: Store
    opener: Opener
    poller: Poller
    env: Env
    stop: threading.Event
    observer: StreamObserver
    spread: Callable[[], float]
    matcher: Matcher = field(init=False)
    writer: SourceStateWriter = field(init=False)
    #: The user's rules and people, read once.
    book: Rulebook = field(init=False)
    stats: dict[str, StreamStats] = field(default_factory=dict)
    arrivals: queue.Queue[StreamUpdate | ListenerEnded] = field(default_factory=lambda: queue.Queue(_MOST_WAITING))
    listeners: list[Listener] = field(default_factory=list)
    left: int = 0
    #: Nobody stores any more: what is still emitted goes nowhere.
    closed: threading.Event = field(default_factory=threading.Event)
    pruned: float = float("-inf")

    def __post_init__(self) -> None:
        self.matcher = compile_brands(self.config.brands)
        self.book = rulebook(self.config)
        self.writer = SourceStateWriter(self.store, self.store.sources.states())

    def start(self, sources: Sequence[ConfiguredSource]) -> None:
        with self.store.writing():
            # How far one was heard holds whatever its options are: it is a time.
            self.writer.begin(sources, resume=True)
        self.stats = {source.name: StreamStats() for source in sources}
        # What a run that was cut off had stored and not matched.
        self._report(self._matched())
        for source in sources:
            try:
                if source.problem is not None:
                    raise AuthFailed(source.problem)
                self.listeners += self._listeners(source)
            except SourceError as error:
                self._store([StreamUpdate.failed(source, "", error, self.env.now())])
        self.left = len(self.listeners)
        for listener in self.listeners:
            # Daemons: one that hangs does not hold up the end.
            threading.Thread(target=listener.run, name="listen", daemon=True).start()

    def _listeners(self, source: ConfiguredSource) -> list[Listener]:
        """One for each connection that the source opens."""
        brands = source.served(self.config.brands)
        matcher = compile_brands(brands) if source.brands else self.matcher
        known = self.store.sources.questions(source.name)
        return [
            Listener(
                source,
                request.query_key,
                brands,
                known.get(request.query_key),
                matcher,
                self.opener,
                self.poller,
                self.env,
                self._emit,
                self.stop,
                self.spread,
            )
            for request in cast(StreamSource, source.source).subscriptions(brands, {}, self.env.now())
        ]

    def store_all(self) -> None:
        """Store what arrives until stopped, and then until every listener has emitted its last."""
        ends_at: float | None = None
        while self.left:
            if self.stop.is_set():
                if ends_at is None:
                    ends_at = self.env.monotonic() + _FAREWELL
                for listener in self.listeners:
                    listener.hang_up()
                silent = self.arrivals.empty() and not any(listener.is_listening for listener in self.listeners)
                if silent or self.env.monotonic() > ends_at:
                    break
            self._store(self._batch())
            self.observer.tick(self.stats)
            self._prune()

    def end(self) -> None:
        self.stop.set()
        self.closed.set()
        for listener in self.listeners:
            listener.hang_up()

    def _emit(self, arrival: StreamUpdate | ListenerEnded) -> None:
        """Put into the queue, for as long as it takes: there is no other way for it to go."""
        while not self.closed.is_set():
            try:
                self.arrivals.put(arrival, timeout=0.5)
            except queue.Full:
                continue
            return

    def _batch(self) -> list[StreamUpdate]:
        """What has arrived, waiting half a second for the first."""
        updates: list[StreamUpdate] = []
        wait = True
        while len(updates) < _MOST_WAITING:
            try:
                arrival = self.arrivals.get(timeout=0.5) if wait else self.arrivals.get_nowait()
            except queue.Empty:
                break
            wait = False
            if isinstance(arrival, StreamUpdate):
                updates.append(arrival)
                continue
            self.left -= 1
            if arrival.bug is not None:
                raise arrival.bug
        return updates

    def _store(self, updates: Sequence[StreamUpdate]) -> None:
        """Store updates in one transaction, then match and judge what they brought."""
        if not updates:
            return
        with self.store.writing():
            changed = [self._write(update) for update in updates]
        new = self._matched() if any(changed) else ()
        for update in updates:
            self.observer.update(update, self.stats[update.source.name])
        self._report(new)

    def _report(self, new: tuple[str, ...]) -> None:
        if new:
            self.observer.mentions(new)

    def _matched(self) -> tuple[str, ...]:
        """The ids of the mentions that are new among what was not matched yet."""
        now = self.env.now()
        found = match_items(self.store, self.config.brands, now, compiled=self.matcher)
        judge_pending(self.store, self.config.brands, now, book=self.book, renew=_MOST_RENEWED)
        return found.new

    def _write(self, update: StreamUpdate) -> bool:
        """Whether there is something to match; in the caller's transaction."""
        poll_id, new = self.writer.write(update)
        edited = [item for item in update.edits if self._edit(update, item, poll_id)]
        platform = update.source.source.platform
        for external_id in update.gone:
            if (known := find_item(self.store, platform, external_id)) is not None:
                self.store.changes.mark_gone(known, update.at, _GONE)
        self.writer.finish(update.source, update.at, started=update.at)
        stats = self.stats[update.source.name]
        stats.heard += update.heard
        stats.odd += update.odd
        stats.kept += new
        stats.connected += update.first
        if update.error is None:
            stats.failures = 0
            stats.lag = update.at - (update.complete_to or update.at)
        else:
            stats.failures += 1
            stats.error = update.error.message
        return bool(update.items or edited)

    def _edit(self, update: StreamUpdate, item: Item, poll_id: int) -> bool:
        """Store a post's new words if it is stored already, whatever it says now, or if they match a brand."""
        name = update.source.name
        known = find_item(self.store, item.platform, item.external_id or "")
        if known is not None:
            return self.store.changes.mark_edited(
                known, name, item, bytes.fromhex(words_hash(item)), update.at, _EDITED
            )
        if item.external_id not in update.matching:
            return False
        save_items(self.store, name, [item], update.at, backlog=False, poll_id=poll_id)
        return True

    def _prune(self) -> None:
        """Once an hour, as every scan does."""
        now = self.env.monotonic()
        if now - self.pruned < _PRUNE:
            return
        self.pruned = now
        with self.store.writing():
            self.store.housekeeping.prune(self.config.retention.items, self.config.retention.mentions, self.env.now())
