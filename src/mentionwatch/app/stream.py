"""Listening to streams: until stopped, anew when the configuration changes, with alerts sent from their own thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from mentionwatch.app.alerts import send_alerts
from mentionwatch.app.installation import Installation
from mentionwatch.app.scan import new_mentions
from mentionwatch.collect.stream_update import StreamUpdate as StreamUpdate
from mentionwatch.collect.streams import StreamObserver, listen, streams_of
from mentionwatch.collect.streams import StreamReport as StreamReport
from mentionwatch.collect.streams import StreamStats as StreamStats
from mentionwatch.config import Config
from mentionwatch.config.diagnostics import did_you_mean, quoted
from mentionwatch.deliver import DeliveryReport as DeliveryReport
from mentionwatch.env import Env
from mentionwatch.errors import MentionwatchError, UserError
from mentionwatch.fetch import Fetcher, user_agent
from mentionwatch.fetch.streams import Opener
from mentionwatch.model import Mention
from mentionwatch.store import Store
from mentionwatch.store.lock import stream_lock

#: Seconds between two looks at whether the configuration has changed.
_CONFIG_CHECK = 5.0
#: Seconds between two rounds of alerts: what waits for a service, or for the end of quiet hours, is tried again.
_ALERTS, _ALERTS_AFTER_NEWS = 60.0, 5.0


class StreamEvents(Protocol):
    """What is called while streams run. ``delivered`` and ``alerts_failed`` are called from the thread of alerts."""

    @property
    def wants_mentions(self) -> bool:
        """Whether ``mentions`` is to be called, for which new mentions are read from the database."""
        ...

    def listening(self, names: Sequence[str]) -> None: ...
    def mentions(self, new: tuple[Mention, ...]) -> None: ...
    def update(self, update: StreamUpdate, stats: StreamStats) -> None: ...
    def progress(self, stats: Mapping[str, StreamStats]) -> None: ...
    def ended(self, report: StreamReport) -> None: ...
    def config_changed(self, path: Path) -> None: ...
    def config_invalid(self, error: MentionwatchError) -> None: ...
    def delivered(self, reports: Sequence[DeliveryReport]) -> None: ...
    def alerts_failed(self, error: MentionwatchError) -> None: ...


def check_streams(config: Config, names: Sequence[str] = ()) -> None:
    """Raise :class:`~mentionwatch.errors.UserError` for names that are not of a stream, and if there is no stream."""
    streams = [source.name for source in streams_of(config)]
    polled = {source.name for source in config.sources} - set(streams)
    problems = []
    for name in names:
        if name in polled:
            problems.append(f"--source {quoted(name)}: not a stream, or disabled; `mentionwatch scan` polls the others")
        elif name not in streams:
            problems.append(f"--source {quoted(name)}: there is no such stream{did_you_mean(name, streams)}")
    if not streams:
        problems.append('no stream is configured; write [[sources]] with type = "jetstream" or "mastodon_stream"')
    if problems:
        raise UserError(*problems)


class RunControl:
    """What ends a run: a request to stop, the time, or another configuration, with which it begins anew.

    ``load_config`` reads the file at ``config_file`` as it is now.
    """

    def __init__(
        self,
        env: Env,
        config_file: Path,
        load_config: Callable[[], Config],
        events: StreamEvents,
        duration: timedelta | None = None,
    ) -> None:
        self._env = env
        self._file = config_file
        self._load = load_config
        self._events = events
        self._seen = _fingerprint(config_file)
        now = env.monotonic()
        self._ends_at = None if duration is None else now + duration.total_seconds()
        self._check_at = now + _CONFIG_CHECK
        self._ending = threading.Event()
        #: Set when this round is to end.
        self.stop = threading.Event()
        #: The configuration with which to begin anew.
        self.new_config: Config | None = None

    def end(self) -> None:
        """End the run, soon; may be called from a signal handler or another thread."""
        self._ending.set()
        self.stop.set()

    def next_config(self) -> Config | None:
        """The configuration of the next round, which begins with this call; ``None`` where the run is over."""
        config, self.new_config = self.new_config, None
        if config is None or self._ending.is_set():
            return None
        self.stop = threading.Event()
        # A signal may have come in between.
        if self._ending.is_set():
            self.stop.set()
        return config

    def check(self) -> None:
        """End the round if it is time to, or if the configuration has changed and is valid."""
        now = self._env.monotonic()
        if self._ends_at is not None and now >= self._ends_at:
            self.end()
        if now < self._check_at or self.stop.is_set():
            return
        self._check_at = now + _CONFIG_CHECK
        seen = _fingerprint(self._file)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            config = self._load()
            check_streams(config)
        except MentionwatchError as error:
            self._events.config_invalid(error)
            return
        self._events.config_changed(self._file)
        self.new_config = config
        self.stop.set()


def _fingerprint(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def run_streams(
    config: Config,
    control: RunControl,
    events: StreamEvents,
    installation: Installation,
    *,
    only: Sequence[str] = (),
    wait: int = 0,
) -> StreamReport:
    """Listen until ``control`` ends the run; what came of its last round.

    Raises :class:`~mentionwatch.errors.LockedError` while another run listens, after ``wait`` seconds.
    """
    current: Config | None = config
    with closing(stream_lock(installation.database, wait)):
        while current is not None:
            report = _listen(current, control, events, installation, only)
            current = control.next_config()
    return report


def _listen(
    config: Config, control: RunControl, events: StreamEvents, installation: Installation, only: Sequence[str]
) -> StreamReport:
    """One round: until stopped, or until the configuration changes."""
    env, agent = installation.env, user_agent(version("mentionwatch"), config.contact)
    alerts = AlertWorker(config, events, installation, env.now())
    events.listening([source.name for source in streams_of(config, only)])
    with (
        Store.open(installation.database, write=True) as store,
        Fetcher(env, user_agent=agent) as fetcher,
        Opener(env, user_agent=agent) as opener,
        alerts.running(),
    ):

        def mentions(ids: tuple[str, ...]) -> None:
            alerts.wake.set()
            if events.wants_mentions:
                events.mentions(new_mentions(store, config, ids))

        def tick(stats: Mapping[str, StreamStats]) -> None:
            control.check()
            events.progress(stats)

        observer = StreamObserver(mentions, events.update, tick)
        report = listen(config, store, opener, fetcher, env, control.stop, only=only, observer=observer)
    if control.new_config is None:
        events.ended(report)
    return report


@dataclass(slots=True)
class AlertWorker:
    """Sends alerts when there is news, and once a minute what waits: a slow service holds up no stream.

    An entry that is new in the configuration gets what happens from ``started`` on.
    """

    config: Config
    events: StreamEvents
    installation: Installation
    started: datetime
    wake: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run in a thread of its own for as long as the block; what is new at its end is sent before it is left."""
        thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            self.wake.set()
            thread.join()

    def _run(self) -> None:
        if not self.config.notify:
            return
        try:
            with Store.open(self.installation.database, write=True) as store:
                self._send_rounds(store)
        except MentionwatchError as error:
            self.events.alerts_failed(error)

    def _send_rounds(self, store: Store) -> None:
        wait = 0.0
        while True:
            news = self.wake.wait(wait)
            self.wake.clear()
            over = self._over.is_set()
            try:
                self.events.delivered(send_alerts(store, self.config, self.installation, started=self.started))
            except MentionwatchError as error:
                self.events.alerts_failed(error)
            if over:
                return
            # A scan may have held the lock of sending, and have been past looking: once more, soon.
            wait = _ALERTS_AFTER_NEWS if news else _ALERTS
