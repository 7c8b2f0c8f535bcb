"""``stream``: listen to what talks all the time, keep what is ours, and tell of it within seconds."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import Duration
from mentionwatch.errors import MentionwatchError, UserError

if TYPE_CHECKING:
    from mentionwatch.collect.stream_listener import StreamUpdate
    from mentionwatch.collect.streams import StreamReport, StreamStats
    from mentionwatch.config import Config
    from mentionwatch.store import Store

#: Seconds between two looks at whether the configuration has changed.
_LOOK = 5.0
#: Seconds between two lines of `--verbose`, on a terminal and off it.
_RATE, _RATE_UNATTENDED = 10.0, 60.0
#: Seconds between two rounds of telling: what waits for a service, or for the end of quiet hours, is tried again.
_TELL, _TELL_AGAIN = 60.0, 5.0


@click.command()
@click.option("--source", "only", multiple=True, metavar="NAME", help="Listen to this source only; may be repeated.")
@click.option("--for", "length", type=Duration(), metavar="10m", help="End after this time.")
@click.option("--jsonl", is_flag=True, help="Print each new mention as a line of JSON.")
@click.option("--wait", type=click.IntRange(min=0), default=0, metavar="SECONDS", help="Wait for another run to end.")
@global_options
def stream(context: Context, only: tuple[str, ...], length: timedelta | None, jsonl: bool, wait: int) -> int:
    """Listen to the sources that are streams, until stopped; keep what is ours, and tell of it at once.

    Goes on where the last run was. Scans go on beside it. A changed configuration is taken up while it runs. Ctrl-C
    ends it with 130, SIGTERM and --for with 0; exits 1 when no stream was ever heard, 75 when another run is listening.
    """
    from mentionwatch.store.lock import stream_lock

    config = context.config(secrets=["sources", "notify"])
    _check(config, only)
    with closing(stream_lock(context.database(), wait)), _Ear(context, length) as ear:
        while True:
            report = _listen(context, config, ear, only, jsonl=jsonl)
            if not ear.changed:
                break
            config = context.config(secrets=["sources", "notify"])
    if ear.interrupted:
        return 130
    return 1 if report.silent else 0


def _check(config: Config, only: tuple[str, ...]) -> None:
    from mentionwatch.collect.streams import streams_of
    from mentionwatch.config.diagnostics import did_you_mean, quoted

    names = [source.name for source in streams_of(config)]
    polled = {source.name for source in config.sources} - set(names)
    problems = []
    for name in only:
        if name in polled:
            problems.append(
                f"--source {quoted(name)}: is no stream, or switched off; `mentionwatch scan` asks the others"
            )
        elif name not in names:
            problems.append(f"--source {quoted(name)}: there is no such stream{did_you_mean(name, names)}")
    if not names:
        problems.append('no stream is configured; write [[sources]] with type = "jetstream" or "mastodon_stream"')
    if problems:
        raise UserError(*problems)


class _Ear:
    """What ends a run, or begins it anew: a signal, the time, another configuration."""

    def __init__(self, context: Context, length: timedelta | None) -> None:
        self._context = context
        self._file = context.config_file()
        self._seen = _looks(self._file)
        now = context.env.monotonic()
        self._ends_at = None if length is None else now + length.total_seconds()
        self._look_at = now + _LOOK
        self._before: dict[int, object] = {}
        self.stop = threading.Event()
        self.interrupted = False
        self.changed = False

    def __enter__(self) -> _Ear:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._signalled)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _signalled(self, number: int, _: FrameType | None) -> None:
        if self.stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt  # the second time somebody is in a hurry
        self.interrupted = number == signal.SIGINT
        self.stop.set()

    def begin(self) -> None:
        """Another round, unless it is over."""
        if self.changed:
            self.changed = False
            self.stop = threading.Event()

    def look(self) -> None:
        """Whether it is time to end."""
        now = self._context.env.monotonic()
        if self._ends_at is not None and now >= self._ends_at:
            self.stop.set()
        if now < self._look_at or self.stop.is_set():
            return
        self._look_at = now + _LOOK
        seen = _looks(self._file)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            config = self._context.reload_config()
            _check(config, ())
        except MentionwatchError as error:
            self._context.error(f"{error}\nthe configuration has changed and is wrong; going on with the old one")
            return
        if self._context.attended or self._context.verbose:
            self._context.info(f"{self._file} has changed: beginning anew with it")
        self.changed = True
        self.stop.set()


def _looks(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _listen(context: Context, config: Config, ear: _Ear, only: tuple[str, ...], *, jsonl: bool) -> StreamReport:
    """One round: until stopped, or until the configuration changes."""
    from mentionwatch.collect.streams import StreamObserver, listen, streams_of
    from mentionwatch.fetch import Fetcher, user_agent
    from mentionwatch.fetch.streams import Opener
    from mentionwatch.store import Store

    ear.begin()
    database = context.database()
    agent = user_agent(version("mentionwatch"), config.contact)
    names = [source.name for source in streams_of(config, only)]
    if context.attended:
        context.info(f"Listening to {', '.join(names)}; end with Ctrl-C …")
    with (
        Store.open(database, write=True) as store,
        Fetcher(context.env, user_agent=agent) as fetcher,
        _telling(context, config, database) as teller,
    ):
        voice = _Voice(context, config, store, teller, ear, jsonl=jsonl)
        opener = Opener(context.env, user_agent=agent)
        watcher = StreamObserver(voice.mentions, voice.step, voice.tick)
        report = listen(config, store, opener, fetcher, context.env, ear.stop, only=only, observer=watcher)
    if report.silent and not ear.changed:
        # Of a run that came to nothing cron hears at once.
        for name, tally in report.stats.items():
            if name not in voice.told:
                context.error(f"{name}: {tally.error}")
    if (context.attended or context.verbose) and not ear.changed:
        for name, tally in report.stats.items():
            context.info(_summary(name, tally))
    return report


@dataclass(slots=True)
class _Voice:
    """What is said while it runs: nothing, unless somebody watches or something needs somebody."""

    context: Context
    config: Config
    store: Store
    teller: _Teller
    ear: _Ear
    jsonl: bool
    #: Sources of whose failing was told.
    told: set[str] = field(default_factory=set)
    spoke_at: float = 0.0
    heard: dict[str, int] = field(default_factory=dict)

    def mentions(self, ids: tuple[str, ...]) -> None:
        from mentionwatch.app.deadlines import add_deadlines
        from mentionwatch.store.filter import MentionFilter

        self.teller.wake.set()
        show = sys.stdout.isatty() and not self.context.quiet
        if not (self.jsonl or show):
            return
        new = tuple(reversed(add_deadlines(self.store, self.config, self.store.mentions.find(MentionFilter(ids=ids)))))
        if self.jsonl:
            from mentionwatch.render.jsonl import mentions

            self.context.write(mentions(new))
        else:
            from mentionwatch.render import lines

            self.context.write(lines.mentions(new, zone=self.context.zone))

    def step(self, step: StreamUpdate, tally: StreamStats) -> None:
        from mentionwatch.coverage import LOUD

        name = step.source.name
        if step.error is None:
            if name in self.told:
                self.told.discard(name)
                self.context.info(f"{name}: is heard again")
            if step.gap is not None and (self.context.attended or self.context.verbose):
                self._say_lost(name, step.gap)
            tally.failures = 0
            return
        # Once for an outage: at the first failure to who watches, else when it is no hiccup any more.
        enough = self.context.attended or tally.failures >= LOUD or step.source.problem is not None
        if enough and name not in self.told:
            self.told.add(name)
            again = "" if step.source.problem is not None else f"; trying again in {max(1, round(step.retry_in))} s"
            self.context.error(f"{name}: {step.error.message}{again}")

    def _say_lost(self, name: str, gap: tuple[datetime | None, datetime | None]) -> None:
        start, end = (f"{at:%Y-%m-%d %H:%M:%S}" if at is not None else "?" for at in gap)
        self.context.info(f"{name}: what was said from {start} to {end} UTC is to be had no more")

    def tick(self, tallies: Mapping[str, StreamStats]) -> None:
        self.ear.look()
        if not self.context.verbose:
            return
        now = self.context.env.monotonic()
        every = _RATE if self.context.attended else _RATE_UNATTENDED
        if not self.spoke_at:
            self.spoke_at = now
        if now - self.spoke_at < every:
            return
        for name, tally in tallies.items():
            rate = (tally.heard - self.heard.get(name, 0)) / (now - self.spoke_at)
            self.heard[name] = tally.heard
            self.context.info(f"{name}: {rate:,.0f} messages/s, {tally.kept:,} kept, {_lag(tally.lag)}")
        self.spoke_at = now


def _lag(lag: timedelta) -> str:
    from mentionwatch.times import format_duration

    return "up to date" if lag < timedelta(seconds=1) else f"{format_duration(lag)} behind"


def _summary(name: str, tally: StreamStats) -> str:
    from mentionwatch.render.wording import count

    odd = f", {count(tally.odd, 'message')} not understood" if tally.odd else ""
    return f"{name}: {count(tally.heard, 'message')} heard, {count(tally.kept, 'post')} kept{odd}"


@contextmanager
def _telling(context: Context, config: Config, database: Path) -> Iterator[_Teller]:
    """Alerts go out from a thread of their own: a service that is slow holds up no stream."""
    teller = _Teller(context, config, database, context.env.now())
    thread = threading.Thread(target=teller.run, name="tell", daemon=True)
    thread.start()
    try:
        yield teller
    finally:
        teller.over.set()
        teller.wake.set()
        thread.join()


@dataclass(slots=True)
class _Teller:
    """Sends alerts when there is news, and once a minute for what waits."""

    context: Context
    config: Config
    database: Path
    started: datetime
    wake: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        from mentionwatch.store import Store

        if not self.config.notify:
            return
        try:
            with Store.open(self.database, write=True) as store:
                self._run(store)
        except MentionwatchError as error:
            self.context.error(f"alerts: {error}")

    def _run(self, store: Store) -> None:
        from mentionwatch.app.alerts import send_alerts
        from mentionwatch.app.mail import mail_server
        from mentionwatch.cli.delivery_reports import report_deliveries

        wait = 0.0
        while True:
            news = self.wake.wait(wait)
            self.wake.clear()
            over = self.over.is_set()
            try:
                report_deliveries(
                    self.context,
                    send_alerts(
                        store,
                        self.config,
                        lambda: mail_server(self.context.config(secrets=["smtp"])),
                        self.context.env,
                        self.database,
                        self.context.zone,
                        started=self.started,
                    ),
                )
            except MentionwatchError as error:
                self.context.error(f"alerts: {error}")
            if over:
                return
            # A scan may have held the lock of sending, and have been past looking: once more, soon.
            wait = _TELL_AGAIN if news else _TELL
