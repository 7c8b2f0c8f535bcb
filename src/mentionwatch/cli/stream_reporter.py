"""What streams report while they run: nothing, unless on a terminal or when something needs attention."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from mentionwatch.app.mail import ALERT_AFTER
from mentionwatch.app.stream import DeliveryReport, StreamReport, StreamStats, StreamUpdate
from mentionwatch.cli.context import Context
from mentionwatch.cli.delivery_reports import report_deliveries
from mentionwatch.errors import MentionwatchError
from mentionwatch.model import Mention
from mentionwatch.render import tsv
from mentionwatch.render.jsonl import mentions
from mentionwatch.render.phrases import count
from mentionwatch.times import format_duration

#: Seconds between two lines of `--verbose`, on a terminal and off it.
_RATE, _RATE_UNATTENDED = 10.0, 60.0


class StreamReporter:
    """The :class:`~mentionwatch.app.stream.StreamEvents` of the command line."""

    def __init__(self, context: Context, *, jsonl: bool) -> None:
        self._context = context
        self._jsonl = jsonl
        #: Sources whose outage was reported.
        self._failing: set[str] = set()
        self._rate_at = 0.0
        self._heard: dict[str, int] = {}

    @property
    def _watched(self) -> bool:
        return self._context.attended or self._context.verbose

    @property
    def wants_mentions(self) -> bool:
        return self._jsonl or (sys.stdout.isatty() and not self._context.quiet)

    def listening(self, names: Sequence[str]) -> None:
        self._failing.clear()
        if self._context.attended:
            self._context.info(f"Listening to {', '.join(names)}; end with Ctrl-C …")

    def mentions(self, new: tuple[Mention, ...]) -> None:
        if self._jsonl:
            self._context.write(mentions(new))
        else:
            self._context.write(tsv.mentions(new, zone=self._context.zone))

    def update(self, update: StreamUpdate, stats: StreamStats) -> None:
        context, name = self._context, update.source.name
        if update.error is None:
            if name in self._failing:
                self._failing.discard(name)
                context.info(f"{name}: is heard again")
            if update.gap is not None and self._watched:
                start, end = (_second(at) for at in update.gap)
                context.info(f"{name}: what was posted from {start} to {end} UTC is no longer available")
            return
        # Once for an outage: on a terminal at the first failure, else when it is more than a hiccup.
        permanent = update.source.problem is not None
        if name not in self._failing and (context.attended or permanent or stats.failures >= ALERT_AFTER):
            self._failing.add(name)
            retry = "" if permanent else f"; trying again in {max(1, round(update.retry_in))} s"
            context.error(f"{name}: {update.error.message}{retry}")

    def progress(self, stats: Mapping[str, StreamStats]) -> None:
        if not self._context.verbose:
            return
        now = self._context.env.monotonic()
        self._rate_at = self._rate_at or now
        elapsed = now - self._rate_at
        if elapsed < (_RATE if self._context.attended else _RATE_UNATTENDED):
            return
        for name, one in stats.items():
            rate = (one.heard - self._heard.get(name, 0)) / elapsed
            self._heard[name] = one.heard
            self._context.info(f"{name}: {rate:,.0f} messages/s, {one.kept:,} kept, {_lag(one.lag)}")
        self._rate_at = now

    def ended(self, report: StreamReport) -> None:
        if report.silent:
            # A run in which nothing was heard is reported to cron at once.
            for name, stats in report.stats.items():
                if name not in self._failing:
                    self._context.error(f"{name}: {stats.error}")
        if self._watched:
            for name, stats in report.stats.items():
                self._context.info(_summary(name, stats))

    def config_changed(self, path: Path) -> None:
        # The next round counts anew.
        self._rate_at, self._heard = 0.0, {}
        if self._watched:
            self._context.info(f"{path} has changed: starting again with it")

    def config_invalid(self, error: MentionwatchError) -> None:
        self._context.error(f"{error}\nthe changed configuration is wrong; continuing with the old one")

    def delivered(self, reports: Sequence[DeliveryReport]) -> None:
        report_deliveries(self._context, reports)

    def alerts_failed(self, error: MentionwatchError) -> None:
        self._context.error(f"alerts: {error}")


def _second(at: datetime | None) -> str:
    return "?" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


def _lag(lag: timedelta) -> str:
    return "up to date" if lag < timedelta(seconds=1) else f"{format_duration(lag)} behind"


def _summary(name: str, stats: StreamStats) -> str:
    odd = f", {count(stats.odd, 'message')} not understood" if stats.odd else ""
    return f"{name}: {count(stats.heard, 'message')} heard, {count(stats.kept, 'post')} kept{odd}"
