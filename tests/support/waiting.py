"""Waits that end: each has a deadline, and says what it waited for when that is over.

``PATIENCE`` is no measure of speed: what is waited for takes a moment on a quiet machine, and may take a hundred times
as long on a busy one. Only what never comes meets it.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

#: Seconds that a test waits for one thing.
PATIENCE = 60.0
#: Deadlines to be tried one after the other where one must pass, but not before something else has happened: a busy
#: machine takes a longer one, and none is a matter of luck.
DEADLINES = (0.25, 1.0, 4.0, 16.0)
#: What moves the clock of a whole test run (``tests/matrix.py``): a program that a test starts must see the same time.
_CLOCK = ("LD_PRELOAD", "AHEAD_DAYS")


class NeverCame(AssertionError):
    """A wait was over before what it waited for was there."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(f"waited {seconds:g} s for {what}")


def join(thread: threading.Thread, what: str, seconds: float = PATIENCE) -> None:
    """Wait until a thread has ended."""
    thread.join(seconds)
    if thread.is_alive():
        raise NeverCame(what, seconds)


def wait_for_event(event: threading.Event, what: str, seconds: float = PATIENCE) -> None:
    """Wait until an event is set."""
    if not event.wait(seconds):
        raise NeverCame(what, seconds)


@contextlib.contextmanager
def after(seconds: float, do: Callable[[], None]) -> Iterator[None]:
    """Do something if the block has not ended after so many seconds."""
    timer = threading.Timer(seconds, do)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def while_running(
    process: subprocess.Popen[bytes], there: Callable[[], bool], what: str, seconds: float = PATIENCE
) -> None:
    """Wait until something is so; the process must not end before."""
    until = time.monotonic() + seconds
    while not there():
        if time.monotonic() > until:
            raise NeverCame(what, seconds)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.01)
            raise AssertionError(f"the program ended with {process.returncode} before {what}")


class Lines:
    """The lines that a process writes into a pipe, which must not be buffered (``bufsize=0``)."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        assert pipe is not None
        self._pipe = pipe
        self._read = b""

    def line(self, what: str, seconds: float = PATIENCE) -> bytes:
        """The next line with its end; ``b""`` when nothing more comes."""
        until = time.monotonic() + seconds
        while b"\n" not in self._read:
            ready, _, _ = select.select([self._pipe], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise NeverCame(what, seconds)
            more = os.read(self._pipe.fileno(), 65_536)
            if not more:
                break
            self._read += more
        line, end, self._read = self._read.partition(b"\n")
        return line + end

    def unread(self) -> bytes:
        """What was read from the pipe and given to nobody."""
        left, self._read = self._read, b""
        return left


def bare_environ(home: Path, **more: str) -> dict[str, str]:
    """The least that a program needs, as cron gives it, and the clock of this run."""
    clock = {name: os.environ[name] for name in _CLOCK if name in os.environ}
    return {"HOME": str(home), "PATH": os.environ["PATH"], **clock, **more}


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that may have ended, and close its pipes."""
    if process.poll() is None:
        process.kill()
        process.wait(PATIENCE)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
