"""What the tests stand on: waits that end and say what for, and processes that see this run's clock."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from support.waiting import PATIENCE, Lines, NeverCame, after, bare_environ, join, stop, wait_for_event, while_running

_WAITS = "import sys; print('first', flush=True); sys.stdin.read()"


def process(code: str = _WAITS) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )


def test_a_wait_that_is_over_says_what_it_waited_for() -> None:
    """For an event, a thread, a line, a state: each by its name."""
    never = threading.Event()
    thread = threading.Thread(target=never.wait, args=(PATIENCE,), daemon=True)
    thread.start()
    running = process()
    try:
        lines = Lines(running.stdout)
        assert lines.line("the first line") == b"first\n"
        for wait in (
            lambda: wait_for_event(never, "godot", 0.01),
            lambda: join(thread, "godot", 0.01),
            lambda: lines.line("godot", 0.01),
            lambda: while_running(running, never.is_set, "godot", 0.01),
        ):
            with pytest.raises(NeverCame, match=r"waited 0\.01 s for godot"):
                wait()
    finally:
        stop(running)
        never.set()
    assert running.returncode == -9


def test_a_process_that_ends_is_not_waited_for() -> None:
    """What it still wrote is there, and then nothing more."""
    running = process("print('one'); print('two', end=''); raise SystemExit(3)")
    try:
        with pytest.raises(AssertionError, match="ended with 3 before the alert"):
            while_running(running, lambda: False, "the alert")
        lines = Lines(running.stdout)
        assert [lines.line("a line"), lines.line("a line"), lines.line("a line")] == [b"one\n", b"two", b""]
    finally:
        stop(running)


def test_what_is_to_be_done_later_is_done_only_then() -> None:
    """The block's end calls it off."""
    late, never = threading.Event(), threading.Event()
    with after(0.01, late.set):
        wait_for_event(late, "the timer")
    with after(PATIENCE, never.set):
        pass
    assert not never.is_set()


def test_a_program_that_a_test_starts_sees_the_clock_of_the_run(tmp_path: Path) -> None:
    """Though it is given little of the environment: the suite is also run under clocks that are far off."""
    code = "import time; print(time.time())"
    command, environ = [sys.executable, "-c", code], bare_environ(tmp_path)
    before = time.time()
    ran = subprocess.run(command, env=environ, capture_output=True, check=True, timeout=PATIENCE)

    assert before <= float(ran.stdout) <= time.time()
