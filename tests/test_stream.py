"""``stream``: told within seconds, nothing lost and nothing twice, whatever breaks off."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream_servers import Jetstream, post


class Program:
    """A real ``mentionwatch stream``, with its configuration and database in a folder."""

    def __init__(self, folder: Path, sources: str, brands: str = "") -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.config.write_text(
            'database = "mentions.db"\n' + (brands or '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n') + sources,
            encoding="utf-8",
        )
        self.running: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "mentionwatch", "--config", str(self.config), "stream", *options]
        environ = {"HOME": str(self.folder), "PATH": os.environ["PATH"]}
        self.running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ)
        return self.running

    def read(self, count: int) -> list[str]:
        """The texts of so many new mentions, as they are told."""
        assert self.running is not None
        assert self.running.stdout is not None
        found = []
        for _ in range(count):
            line = self.running.stdout.readline()
            assert line, f"it ended: {self.end()}"
            found.append(json.loads(line)["text"])
        return found

    def end(self, number: int = signal.SIGTERM) -> tuple[int, bytes, bytes]:
        """Status, what else it printed, what it said."""
        assert self.running is not None
        if self.running.poll() is None:
            os.kill(self.running.pid, number)
        out, said = self.running.communicate(timeout=30)
        status, self.running = self.running.returncode, None
        return status, out, said

    def ask(self, *command: str) -> str:
        arguments = [sys.executable, "-m", "mentionwatch", "--config", str(self.config), *command]
        done = subprocess.run(arguments, capture_output=True, check=False, env={"HOME": str(self.folder)})
        return done.stdout.decode()

    def texts(self) -> list[str]:
        """What is kept, each mention's words, sorted."""
        return sorted(json.loads(line)["text"] for line in self.ask("list", "--jsonl").splitlines())

    def coverage(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.ask("coverage", "--jsonl").splitlines()]


@pytest.fixture
def jetstream() -> Iterator[Jetstream]:
    with Jetstream() as server:
        yield server


def source(server: Jetstream) -> str:
    return f'[[sources]]\ntype = "jetstream"\nname = "sky"\nserver = "{server.url}"\n'


def microseconds() -> int:
    return time.time_ns() // 1000


def test_a_mention_is_told_while_it_runs(tmp_path: Path, jetstream: Jetstream) -> None:
    """What matches is told and kept, what does not is neither; SIGTERM ends it with 0 and without a word."""
    program = Program(tmp_path, source(jetstream))
    program.start("--jsonl")
    _wait_for(jetstream, 1)
    jetstream.add(
        post(1, "tea for all", time_us=microseconds()),
        post(2, "I love Acme Coffee", time_us=microseconds()),
    )

    assert program.read(1) == ["I love Acme Coffee"]
    assert program.end() == (0, b"", b"")
    assert program.texts() == ["I love Acme Coffee"]


def _wait_for(server: Jetstream, connections: int) -> None:
    while len(server.lines) < connections:
        server.ended.wait(0.01)


def test_killed_mid_flow_it_loses_nothing_and_tells_nothing_twice(tmp_path: Path, jetstream: Jetstream) -> None:
    """kill -9, again and again, while posts flow: each mention is there once, and each was told once."""
    program = Program(tmp_path, source(jetstream))
    said, number = [], 0
    for _ in range(4):
        program.start("--jsonl")
        connections = len(jetstream.lines) + 1
        _wait_for(jetstream, connections)
        for _ in range(25):
            number += 1
            said.append(f"Acme Coffee, cup {number:03d}")
            jetstream.add(
                post(number, said[-1], time_us=microseconds()), post(number + 10_000, "tea", time_us=microseconds())
            )
        program.read(5)
        program.end(signal.SIGKILL)
        number += 1
        said.append(f"Acme Coffee, cup {number:03d}")
        jetstream.add(post(number, said[-1], time_us=microseconds()))  # while nobody listens
    program.start("--jsonl")
    number += 1
    said.append(f"Acme Coffee, cup {number:03d}")
    _wait_for(jetstream, 5)
    jetstream.add(post(number, said[-1], time_us=microseconds()))
    told: list[str] = []
    while said[-1] not in told:
        told += program.read(1)
    program.end()

    assert program.texts() == sorted(said)
    assert len(told) == len(set(told))
