"""What the crash tests stand on: real processes that die or meet a failing disk at a chosen call, and what is counted.

Starting Python costs more than most of what is tested, so the program is imported once, in a process that has the
library of ``kill_at_call.c`` preloaded, and every run is a fork of it: a process of its own, with its own files,
sockets and death.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.waiting import PATIENCE, Lines, NeverCame, stop

#: The whole of it (``make torture``), or what ``make test`` has time for.
WHOLE = bool(os.environ.get("MENTIONWATCH_TORTURE"))
#: What random instants are drawn from; printed with the figures.
SEED = int(os.environ.get("MENTIONWATCH_SEED", "20261121"))
#: Calls that write are taken at even steps, so many an operation; those that sync, cut, remove, rename, send or receive
#: are taken up to as many again, because that is where one state becomes another.
CALLS = 60 if WHOLE else 2
RANDOM = 30 if WHOLE else 1
FAULTS = 24 if WHOLE else 2


def examples(few: int) -> int:
    """How many examples of hypothesis a test takes that is too dear for as many as the others (``conftest.py``)."""
    return few * 20 if WHOLE else few


_FORKS = """
import gc, json, os, sys
import httpx, mentionwatch, pkgutil, sqlite_utils, ssl
from mentionwatch.cli import main
for module in pkgutil.walk_packages(mentionwatch.__path__, "mentionwatch."):
    if not module.name.endswith("__main__"):
        __import__(module.name)
gc.freeze()
sys.stdout.write("ready\\n")
sys.stdout.flush()
while line := os.read(0, 100_000):
    job = json.loads(line)
    pid = os.fork()
    if pid == 0:
        os.chdir(job["folder"])
        os.environ.update(job["environ"])
        for number, name, flags in ((0, os.devnull, os.O_RDONLY), (1, "out", 577), (2, "err", 577)):
            file = os.open(name, flags, 0o600)
            os.dup2(file, number)
            os.close(file)
        status = main(job["args"])
        sys.stderr.flush()
        os._exit(status)
    os.write(1, b"%d\\n" % pid)
    _, status = os.waitpid(pid, 0)
    os.write(1, b"%d\\n" % os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: its exit status (negative: the signal), stdout and stderr."""

    status: int
    out: str
    err: str

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL


class Program:
    """The program, imported and ready to be run as often as is asked for."""

    def __init__(self, library: Path, folder: Path) -> None:
        preloaded = " ".join(filter(None, (str(library), os.environ.get("LD_PRELOAD"))))
        environ = {**os.environ, "LD_PRELOAD": preloaded, "HOME": str(folder), "PYTHONSAFEPATH": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _FORKS],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
            bufsize=0,
        )
        self._lines = Lines(self._process.stdout)
        assert self._line("the program to be imported") == "ready"

    def _line(self, what: str, seconds: float = PATIENCE) -> str:
        line = self._lines.line(what, seconds)
        if not line.endswith(b"\n"):
            raise RuntimeError("the program that makes the others has ended")
        return line.decode().strip()

    def run(self, folder: Path, args: Sequence[str], environ: dict[str, str], kill_after: float | None = None) -> Ended:
        assert self._process.stdin is not None
        job = {"folder": str(folder), "args": list(args), "environ": environ}
        os.write(self._process.stdin.fileno(), json.dumps(job).encode())
        command = " ".join(args)
        pid = int(self._line(f"{command} to begin"))
        try:
            status = int(self._line(f"{command} to end", PATIENCE if kill_after is None else kill_after))
        except NeverCame:
            with contextlib.suppress(ProcessLookupError):  # it ended this very moment
                os.kill(pid, signal.SIGKILL)
            status = int(self._line(f"{command} to end, killed"))
            if kill_after is None:
                raise
        return Ended(status, _text(folder / "out"), _text(folder / "err"))

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        stop(self._process)


def _text(file: Path) -> str:
    return file.read_text(errors="replace") if file.exists() else ""


class Machine:
    """A folder with a configuration and a database; programs run in it."""

    def __init__(self, folder: Path, program: Program) -> None:
        self.folder, self.program = folder, program

    def configure(self, text: str) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "mentionwatch.toml").write_text(text)

    def run(self, *command: str, kill_after: float | None = None, **orders: object) -> Ended:
        """Run a command. ``orders`` are those of ``kill_at_call.c`` (``kill_at_call=7``)."""
        environ = {"HOME": str(self.folder)} | {name.upper(): str(value) for name, value in orders.items()}
        config = str(self.folder / "mentionwatch.toml")
        return self.program.run(self.folder, ["-c", config, *command], environ, kill_after)

    def must(self, *command: str) -> None:
        """Run a command that must come to a good end."""
        ended = self.run(*command)
        assert ended.status == 0, f"{' '.join(command)} exited {ended.status}: {ended.err}"

    def calls(self, *command: str) -> str:
        """The calls that a command makes, a letter each; what it does is done."""
        trace = self.folder / "trace"
        ended = self.run(*command, trace_calls=trace)
        assert ended.status == 0, ended.err
        return _text(trace)

    def copy(self, name: str) -> Machine:
        other = Machine(self.folder.parent / name, self.program)
        shutil.rmtree(other.folder, ignore_errors=True)
        shutil.copytree(self.folder, other.folder)
        return other

    @contextlib.contextmanager
    def database(self, name: str = "mentions.db") -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.folder / name)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def rows(self, sql: str, name: str = "mentions.db") -> list[tuple[Any, ...]]:
        with self.database(name) as connection:
            return connection.execute(sql).fetchall()

    def holds(self, words: bytes) -> bool:
        """Whether a file of the database has these bytes in it."""
        return any(words in path.read_bytes() for path in self.folder.glob("mentions.db*"))


@dataclass
class Figures:
    """What was done to the program and what it cost."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def lost(self, what: str) -> None:
        self.counts["losses"] += 1
        self.wrong.append(what)

    def doubled(self, what: str) -> None:
        self.counts["doubles"] += 1
        self.wrong.append(what)


def instants(calls: str) -> list[int]:
    """Which calls of a run (counted from 1) to strike at: evenly spread, the first and the last among them."""
    turns = [n for n, kind in enumerate(calls, 1) if kind != "w"]
    writes = [n for n, kind in enumerate(calls, 1) if kind == "w"]
    return sorted({*evenly(turns, CALLS), *evenly(writes, CALLS)})


def evenly(numbers: Sequence[int], most: int) -> list[int]:
    """At most so many of the numbers, from the first to the last at even steps."""
    if len(numbers) <= most:
        return list(numbers)
    if most == 1:
        return [numbers[len(numbers) // 2]]
    return [numbers[round(k * (len(numbers) - 1) / (most - 1))] for k in range(most)]


def moments(name: str, whole: float) -> list[float]:
    """Random moments within ``whole`` seconds, the same for the same seed."""
    draw = random.Random(f"{SEED} {name}")
    return sorted(draw.uniform(0, whole) for _ in range(RANDOM))


Check = Callable[[Machine, Figures, str], None]
