"""``demo``: a complaint from its arrival until it is closed, on bundled sample answers, in a folder it names."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import shutil
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.errors import UserError

if TYPE_CHECKING:
    from mentionwatch.demo import DemoWorld, ReceivedAlert
    from mentionwatch.demo.script import Scene
    from mentionwatch.env import Env

_CONFIG, _HOOK, _PAGE = "mentionwatch.toml", "oncall.url", "digest.html"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("mentionwatch-demo"))
@global_options
def demo(context: Context, folder: Path) -> int:
    """Run the whole job on sample answers: no network, no account.

    Tells the story of a complaint, with the commands that are typed in it and what they print. Leaves FOLDER
    (mentionwatch-demo) with a configuration, a database and a digest in HTML.
    """
    from mentionwatch.cli.init import write_new
    from mentionwatch.demo import DemoWorld, config_text
    from mentionwatch.demo.script import DURATION, SCENES

    _make_room(folder)
    write_new(folder / _CONFIG, config_text(), force=True)
    write_new(folder / _HOOK, "json+https://oncall.quillwort.example/hook\n", force=True)
    # It ends now, so that whoever goes on in the folder finds it as the demo left it.
    terminal = _Terminal(context, folder, DemoWorld(context.env.now() - DURATION))
    for number, step in enumerate(SCENES, start=1):
        terminal.play(number, step)
    terminal.run(f"digest --since 1d -f html -o {shlex.quote(str(folder / _PAGE))}")
    if not context.quiet:
        context.write(_next(folder))
    return 0


def _make_room(folder: Path) -> None:
    """An empty folder; one that an earlier demo left is made anew, and nothing else is ever removed."""
    from mentionwatch.demo import MARKER

    try:
        if folder.exists():
            config = folder / _CONFIG
            if any(folder.iterdir()) and not (config.is_file() and config.read_text("utf-8").startswith(MARKER)):
                raise UserError(
                    f"{folder}: is there already and is no demo; name another folder: mentionwatch demo FOLDER"
                )
            for old in (*folder.glob("mentions.db*"), folder / _PAGE):
                old.unlink(missing_ok=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < 1_000_000:
            raise UserError(f"{folder}: the disk is full")
    except OSError as error:
        raise UserError(f"{folder}: {error.strerror}") from error


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


class _Terminal:
    """The terminal of the story: what is typed runs as the real command, at the story's time and in its network."""

    def __init__(self, context: Context, folder: Path, world: DemoWorld) -> None:
        self._session = context
        self._world = world
        self._config = folder / _CONFIG
        self._env = self._environment()
        self._complaint: str | None = None

    def _environment(self) -> Env:
        from mentionwatch.fetch.static_transport import StaticTransport

        # What the user has set for a database of their own is not meant for this one.
        environ = {name: value for name, value in self._session.env.environ.items() if not name.startswith("MENTIONW")}
        return replace(
            self._session.env,
            now=lambda: self._world.now,
            sleep=lambda _: None,
            environ=environ,
            transport=StaticTransport(self._world.reply),
        )

    def play(self, number: int, step: Scene) -> None:
        """A step: its heading, then each command with what it prints, then the alerts that it sent."""
        from datetime import timedelta

        self._say(f"\n{click.style(f'{number}. {step.title}', bold=True)}")
        self._say(
            textwrap.fill(step.says, min(self._session.width, 100), initial_indent="   ", subsequent_indent="   ")
        )
        for typed in step.typed:
            self._world.now = self._world.start + timedelta(minutes=typed.minute)
            words = typed.words.format(id=self._id()) if "{id}" in typed.words else typed.words
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
        from mentionwatch.cli import cli

        if words == "scan":
            return self._scan()
        args = ["-c", str(self._config), "--color", "always" if self._session.color else "never", *shlex.split(words)]
        status = cli.main(args=args, prog_name="mentionwatch", standalone_mode=False, obj=self._env)
        return status if isinstance(status, int) else 0

    def _scan(self) -> int:
        """``scan``, with one source polled after the other, so that every demo prints the same."""
        from mentionwatch.app.scan import ScanRequest
        from mentionwatch.cli.scan import scan_and_report

        context = Context(self._env, config_path=self._config)
        return scan_and_report(context, context.config(secrets=["sources", "notify"]), ScanRequest(workers=1))

    def _id(self) -> str:
        """The complaint's mention."""
        from mentionwatch.demo.script import COMPLAINT_URL
        from mentionwatch.store import Store
        from mentionwatch.store.filter import MentionFilter

        if self._complaint is None:
            with Store.open(self._config.with_name("mentions.db"), write=False) as store:
                self._complaint = next(
                    m.id for m in store.mentions.find(MentionFilter()) if m.item.url == COMPLAINT_URL
                )
        return self._complaint

    @contextlib.contextmanager
    def _streams(self, *, watched: bool) -> Iterator[None]:
        stdout = io.StringIO() if self._session.quiet else sys.stdout
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(_Stderr(watched=watched)):
            yield

    def _say(self, text: str) -> None:
        if not self._session.quiet:
            self._session.write(text if self._session.color else click.unstyle(text))

    def _say_alert(self, alert: ReceivedAlert) -> None:
        """What the webhook got, set apart from what the command printed."""
        room = min(self._session.width, 100) - 4
        at = f"{self._world.now.astimezone(self._session.zone):%H:%M}"
        self._say(f"\n  {at} to the webhook: {click.style(alert.title, bold=True)}")
        for line in alert.text.split("\n"):
            # What is to be typed or opened stays whole.
            whole = line.startswith(("> ", "https://"))
            rows = [line] if whole else textwrap.wrap(line, room, break_on_hyphens=False)
            self._say("\n".join(f"  │ {row}" for row in rows or [""]))


def _called() -> Path:
    """What to type to run this program again: after `make demo` its name alone is not on the PATH."""
    here = Path(sys.argv[0])
    if here.name != "mentionwatch" or shutil.which("mentionwatch") == str(here.absolute()):
        return Path("mentionwatch")
    return here


def _next(folder: Path) -> str:
    """What to type now, from within the folder."""
    from importlib.util import find_spec

    program = _called()
    there = program if len(program.parts) == 1 else Path(os.path.relpath(program.absolute(), folder.absolute()))
    return (
        f"\nThat was it. {folder} holds the configuration, the database and the digest as {_PAGE}. Try next:\n\n"
        f"  cd {shlex.quote(str(folder))}\n"
        f"  {there} due\n"
        f"  {there} list --sentiment negative\n"
        f"  {there} why https://botany-news.example/rare-quillwort-lake\n"
        + (f"  {there} inbox\n" if find_spec("textual") else "")
        + f"\nand for a brand of your own, in a folder of its own:\n\n"
        f'  {program} init "Your Brand"\n'
    )
