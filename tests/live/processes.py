"""Servers as processes: started with a log, waited for, and ended by their process group whatever happens."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType

#: Seconds a server may take to answer, and to end.
START, END = 60.0, 10.0
_PAUSE = 0.05


class NotReady(AssertionError):
    """Something did not come about in time."""


def until(what: str, happens: Callable[[], bool], *, seconds: float = START) -> None:
    """Wait for something in another process; raises :class:`NotReady` naming it after ``seconds``."""
    end = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > end:
            raise NotReady(f"{what}: not within {seconds:g} s")
        time.sleep(_PAUSE)


def free_port() -> int:
    """A port of 127.0.0.1 nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether somebody listens on the port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def own_user(name: str) -> str | None:
    """The user a server runs as: its own where we are root and it refuses to be, else whoever we are."""
    return name if os.geteuid() == 0 else None


def give(folder: Path, user: str) -> None:
    """Make a folder a server's own."""
    if own_user(user):
        shutil.chown(folder, user, user)


def run(*command: str | Path, feed: str | None = None, environ: Mapping[str, str] | None = None, seconds: float = 120,
        cwd: Path | None = None, user: str | None = None) -> str:  # fmt: skip
    """Run a command to its end; what it printed, or an error with it."""
    done = subprocess.run(
        [str(part) for part in command],
        input=feed,
        env=_environ(environ),
        cwd=cwd,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} exited {done.returncode}:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def _environ(more: Mapping[str, str] | None) -> dict[str, str]:
    """This process's environment without proxies: everything here is on loopback."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return kept | dict(more or {})


@dataclass
class Servers:
    """The processes of one kind of server, with their logs in ``folder``; ended in reverse with the ``with`` block."""

    folder: Path
    _running: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        ready: int | Callable[[], bool],
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        seconds: float = START,
    ) -> None:
        """Start a server that stays in the foreground; ``ready`` is its port, or says whether it is."""
        log = self.folder / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=_environ(environ),
                cwd=cwd or self.folder,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                start_new_session=True,  # a group of its own, so that its children end with it
            )
        self._running.append((name, process))
        is_ready = partial(answers, ready) if isinstance(ready, int) else ready

        def up() -> bool:
            if process.poll() is not None:
                raise NotReady(f"{name} ended with {process.returncode}:\n{self.log(name)}")
            return is_ready()

        try:
            until(f"{name} to be ready", up, seconds=seconds)
        except NotReady as error:
            raise NotReady(f"{error}\n{self.log(name)}") from None

    def log(self, name: str) -> str:
        """The end of what a server said."""
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")[-4000:]

    def __enter__(self) -> Servers:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for _name, process in reversed(self._running):
            _end(process)
        self._running.clear()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its group: asked first, then killed."""
    for sign, seconds in ((signal.SIGTERM, END), (signal.SIGKILL, END)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            # The leader has gone; what it left of its group goes too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            return
