"""``stream``: listen to live streams and report mentions within seconds."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import Duration

if TYPE_CHECKING:
    from mentionwatch.app.stream import RunControl


@click.command()
@click.option("--source", "only", multiple=True, metavar="NAME", help="Listen only to this source (repeatable).")
@click.option("--for", "duration", type=Duration(), metavar="10m", help="End after this time.")
@click.option("--jsonl", is_flag=True, help="Print each new mention as a line of JSON.")
@click.option("--wait", type=click.IntRange(min=0), default=0, metavar="SECONDS", help="Wait for another run to end.")
@global_options
def stream(context: Context, only: tuple[str, ...], duration: timedelta | None, jsonl: bool, wait: int) -> int:
    """Listen to live streams and report mentions within seconds, until stopped.

    Resumes where the last run ended. Scans may run at the same time. A changed configuration is applied while it runs.
    Ctrl-C ends it with 130, SIGTERM and --for with 0; exits 1 when no stream was ever heard, 75 when another run is
    listening.
    """
    from mentionwatch.app.stream import RunControl, check_streams, run_streams
    from mentionwatch.cli.stream_reporter import StreamReporter

    config = context.config(secrets=["sources", "notify"])
    check_streams(config, only)
    reporter = StreamReporter(context, jsonl=jsonl)
    control = RunControl(context.env, context.config_file(), context.reload_config, reporter, duration)
    with _ended_by_signals(control) as received:
        report = run_streams(config, control, reporter, context.installation(), only=only, wait=wait)
    if received[-1:] == [signal.SIGINT]:
        return 130
    return 1 if report.silent else 0


@contextmanager
def _ended_by_signals(control: RunControl) -> Iterator[list[int]]:
    """SIGINT and SIGTERM end the run, a second SIGINT at once; gives the signals that came."""
    received: list[int] = []

    def handle(number: int, _: FrameType | None) -> None:
        if control.stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        received.append(number)
        control.end()

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
