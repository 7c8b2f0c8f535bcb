"""The terminal of the demo's story."""

from __future__ import annotations

import contextlib
import io
import shlex
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click

from mentionwatch.app.demo import CONFIG_FILE, find_by_url
from mentionwatch.app.scan import ScanRequest
from mentionwatch.cli.context import Context
from mentionwatch.cli.scan import scan_and_report
from mentionwatch.demo import DemoWorld, ReceivedAlert
from mentionwatch.demo.script import COMPLAINT_URL, Scene
from mentionwatch.env import Env
from mentionwatch.fetch.static_transport import StaticTransport


class _Stderr(io.TextIOBase):
    """A stderr that is shown where stdout is, for in the demo all that a command says belongs to it, in that order.

    ``watched``: whether it passes for a terminal; cron's is none.
    """

    def __init__(self, *, watched: bool) -> None:
        self._watched = watched

    def isatty(self) -> bool:
        return self._watched

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


class DemoTerminal:
    """The terminal of the story: ``program`` runs what is typed, at the story's time and in its network."""

    def __init__(self, context: Context, program: click.Command, folder: Path, world: DemoWorld) -> None:
        self._context = context
        self._program = program
        self._world = world
        self._folder = folder
        self._config = folder / CONFIG_FILE
        self._env = self._environment()
        self._complaint: str | None = None

    def _environment(self) -> Env:
        own = self._context.env
        # What the user has set for a database of their own is not meant for this one.
        environ = {name: value for name, value in own.environ.items() if not name.startswith("MENTIONW")}
        transport = StaticTransport(self._world.reply)
        return replace(own, now=lambda: self._world.now, sleep=lambda _: None, environ=environ, transport=transport)

    def play(self, number: int, scene: Scene) -> None:
        """A scene: its heading, then each command with what it prints, then the alerts that it sent."""
        self._say(f"\n{click.style(f'{number}. {scene.title}', bold=True)}")
        self._say(
            textwrap.fill(scene.narration, min(self._context.width, 100), initial_indent="   ", subsequent_indent="   ")
        )
        for typed in scene.commands:
            self._world.now = self._world.start + timedelta(minutes=typed.minute)
            words = typed.text.format(id=self._id()) if "{id}" in typed.text else typed.text
            if typed.shown:
                self._say("\n" + click.style(f"$ mentionwatch {words}", bold=True))
            with self._streams(watched=typed.shown):
                status = self.run(words)
            if status:
                self._say(f"(exit status {status})")
            for alert in self._world.alerts:
                self._say_alert(alert)
            self._world.alerts.clear()

    def run(self, words: str) -> int:
        """The exit status of a command, run as if it were typed."""
        if words == "scan":
            return self._scan()
        args = ["-c", str(self._config), "--color", "always" if self._context.color else "never", *shlex.split(words)]
        status = self._program.main(args=args, prog_name="mentionwatch", standalone_mode=False, obj=self._env)
        return status if isinstance(status, int) else 0

    def _scan(self) -> int:
        """``scan``, with one source polled after the other, so that every demo prints the same."""
        context = Context(self._env, config_path=self._config)
        return scan_and_report(context, context.config(secrets=["sources", "notify"]), ScanRequest(workers=1))

    def _id(self) -> str:
        """The complaint's mention."""
        if self._complaint is None:
            self._complaint = find_by_url(self._folder, COMPLAINT_URL)
        return self._complaint

    @contextlib.contextmanager
    def _streams(self, *, watched: bool) -> Iterator[None]:
        stdout = io.StringIO() if self._context.quiet else sys.stdout
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(_Stderr(watched=watched)):
            yield

    def _say(self, text: str) -> None:
        if not self._context.quiet:
            self._context.write(text if self._context.color else click.unstyle(text))

    def _say_alert(self, alert: ReceivedAlert) -> None:
        """What the webhook got, set apart from what the command printed."""
        room = min(self._context.width, 100) - 4
        at = f"{self._world.now.astimezone(self._context.zone):%H:%M}"
        self._say(f"\n  {at} to the webhook: {click.style(alert.title, bold=True)}")
        for line in alert.text.split("\n"):
            # What is to be typed or opened stays whole.
            whole = line.startswith(("> ", "https://"))
            rows = [line] if whole else textwrap.wrap(line, room, break_on_hyphens=False)
            self._say("\n".join(f"  │ {row}" for row in rows or [""]))
