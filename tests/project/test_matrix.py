"""The stages of ``make ci``: what cannot run is skipped with its reason, what goes wrong fails, nothing else stops."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from matrix import FIXED, Missing, Outcome, clocks, print_summary, run

_REPORT = """<testsuites><testsuite tests="{}" failures="{}" errors="0">{}</testsuite></testsuites>"""


def python(folder: Path, *, status: int = 0, report: str | None = None, waits: bool = False) -> str:
    """What stands in for a Python: it writes a report in place of running tests."""
    file = folder / "python"
    write = "" if report is None else f"open(sys.argv[-1].partition('=')[2], 'w').write({report!r})\n"
    wait = "sys.stdin.read(); import threading; threading.Event().wait(50)\n" if waits else ""
    file.write_text(f"#!{sys.executable}\nimport sys\n{write}{wait}sys.exit({status})\n")
    file.chmod(0o700)
    return str(file)


def outcome(folder: Path, seconds: float = 60, **does: object) -> Outcome:
    made = python(folder, **does)  # type: ignore[arg-type]
    return run("stage", lambda: (made, {}), folder, seconds)


def test_a_stage_that_passes_tells_its_skips(tmp_path: Path) -> None:
    """By their reasons, to be counted at the end."""
    skips = '<skipped message="no browser"/>' * 2 + '<skipped message="no corpus"/>'
    told = outcome(tmp_path, report=_REPORT.format(10, 0, skips))

    assert (told.failed, told.ran, told.skipped) == (False, True, {"no browser": 2, "no corpus": 1})
    assert told.said.startswith("7 passed, 0 failed, 3 skipped in ")


@pytest.mark.parametrize(
    "does",
    [
        {"status": 1, "report": _REPORT.format(10, 2, "")},
        {"status": 0, "report": _REPORT.format(1, 0, '<skipped message="all"/>')},
        {"status": 0, "report": "<testsuites>"},
        {"status": 0},
        {"waits": True, "seconds": 0.3},
    ],
    ids=["failures", "nothing passed", "half a report", "no report", "too late"],
)
def test_a_stage_that_goes_wrong_has_failed(tmp_path: Path, does: Mapping[str, object]) -> None:
    """Whatever it said of itself."""
    told = outcome(tmp_path, **does)  # type: ignore[arg-type]

    assert told.failed
    assert told.said.startswith("FAILED: ")


def test_what_cannot_run_is_skipped_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And counted."""

    def missing() -> tuple[str, dict[str, str]]:
        raise Missing("no such Python")

    told = [run("one", missing, tmp_path), run("two", lambda: ("/nowhere/python", {}), tmp_path)]
    print_summary(told)
    last = capsys.readouterr().out.splitlines()[-3:]

    assert [one.failed for one in told] == [False, True]
    assert last[0] == "one: skipped: no such Python"
    assert last[2] == "stages: 0 passed, 1 failed, 1 skipped"


def test_a_package_that_does_not_install_is_a_failure_and_no_reason_to_skip(tmp_path: Path) -> None:
    """A supported Python on which it cannot be installed must not pass unseen."""

    def broken() -> tuple[str, dict[str, str]]:
        raise subprocess.CalledProcessError(1, ["pip", "install"])

    told = run("Python 3.99", broken, tmp_path)

    assert (told.failed, told.ran) == (True, True)


@pytest.mark.parametrize("today", [date(2026, 11, 30), date(2026, 12, 25), date(2031, 3, 1)])
def test_one_clock_is_always_before_what_tests_write_and_one_after(today: date) -> None:
    """And never less than a month back."""
    ahead, back = clocks(today)

    assert today + timedelta(ahead) > FIXED
    assert today + timedelta(back) < FIXED
    assert back <= -30
