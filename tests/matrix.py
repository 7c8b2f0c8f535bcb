"""The whole suite under other clocks and other Pythons: what ``make ci`` runs after ``make test``.

A stage is a run of pytest of its own. One that this machine cannot do is skipped, with its reason. At the end stands a
line for each stage, and a line for each reason why tests were skipped, with their count.

    make ci PYTHONS=/opt/python3.14/bin/python3.14    # where one is that is not on the PATH; several, as in a PATH

Its own arguments are given to pytest.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from types import FrameType

from support.preload import compile_library

ROOT = Path(__file__).resolve().parent.parent
#: Seconds that a stage may take, installing for one, and all stages together.
STAGE, INSTALLING, TOTAL = 1200.0, 300.0, 3300.0
#: The day that the tests write where they may write one: the clock that is set back must lie before it.
FIXED = date(2026, 11, 20)
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
_SECONDS_A_DAY = 86_400
_PROBE = "import time; print(time.time() - time.monotonic())"

#: Gives the Python of a stage and what is added to its environment; raises :class:`Missing`.
Prepare = Callable[[], tuple[str, Mapping[str, str]]]


class Missing(Exception):
    """What a stage needs and this machine does not have."""


@dataclass
class Outcome:
    """How a stage ended: ``skipped`` has the reasons of single tests."""

    name: str
    said: str
    failed: bool = False
    ran: bool = True
    skipped: Counter[str] = field(default_factory=Counter)


# -- other clocks ------------------------------------------------------------------------------------------------------


def clocks(today: date) -> tuple[int, ...]:
    """By how many days the clock is moved: 400 ahead, and 30 back or as many more as lead before what tests write."""
    return 400, min(-30, (FIXED - today).days - 1)


def moved(days: int, folder: Path) -> tuple[str, dict[str, str]]:
    """This Python, with the clock that tells the date moved and the monotonic one left alone."""
    moves = compile_library("moved_clock", folder)
    if moves is None:
        raise Missing("no C compiler here to make the library that moves the clock, or this is no Linux")
    if " " in str(moves):
        raise Missing(f"a library in {folder} cannot be preloaded: set TMPDIR to a folder without a space")
    environ = {"LD_PRELOAD": str(moves), "AHEAD_DAYS": str(days)}
    by = (_ahead(environ) - _ahead({})) / _SECONDS_A_DAY
    if round(by) != days:
        raise Missing(f"the clock is moved by {by:.1f} days here, in place of {days}")
    return sys.executable, environ


def _ahead(environ: Mapping[str, str]) -> float:
    """How many seconds the clock is ahead of the monotonic one."""
    command = [sys.executable, "-c", _PROBE]
    ran = subprocess.run(command, env={**os.environ, **environ}, capture_output=True, check=True, timeout=60)
    return float(ran.stdout)


# -- other Pythons -----------------------------------------------------------------------------------------------------


def interpreter(version: str) -> tuple[str, str]:
    """A Python of this version, and which it is exactly: named in ``PYTHONS``, on the PATH, or beside this one."""
    beside = Path(sys.base_prefix).resolve().parent.glob(f"{version}.*/bin/python{version}")
    named = [path for path in os.environ.get("PYTHONS", "").split(os.pathsep) if path]
    for candidate in (*named, shutil.which(f"python{version}"), *sorted(map(str, beside), key=len, reverse=True)):
        if candidate is None:
            continue
        ask = [candidate, "-c", "import platform; print(platform.python_version())"]
        try:
            ran = subprocess.run(ask, capture_output=True, text=True, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        exact = ran.stdout.strip()
        if ran.returncode == 0 and exact.startswith(f"{version}."):
            return candidate, exact
    raise Missing(f"no Python {version} here")


def installed(version: str) -> tuple[str, dict[str, str]]:
    """Another Python, in an environment of its own with all that the tests need."""
    python, exact = interpreter(version)
    folder = ROOT / f".venv-{version}"
    made, stamp = folder / "bin" / "python", folder / ".made-by"
    if not stamp.exists() or stamp.read_text() != f"{python} {exact}":
        shutil.rmtree(folder, ignore_errors=True)
    if not made.exists():
        try:
            _checked([python, "-m", "venv", str(folder)])
        except (OSError, subprocess.SubprocessError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise Missing(f"Python {exact} cannot make a virtual environment here") from error
    # Not to be installable on a supported Python is a failure, and no reason to skip it.
    _checked([str(made), "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--editable", ".[test]"])
    stamp.write_text(f"{python} {exact}")
    print(f"Python {exact}", flush=True)
    return str(made), {}


def _checked(command: list[str]) -> None:
    subprocess.run(command, cwd=ROOT, check=True, timeout=INSTALLING)


# -- a stage -----------------------------------------------------------------------------------------------------------


def run(name: str, prepare: Prepare, folder: Path, seconds: float = STAGE) -> Outcome:
    """Run the suite as one stage; ``folder`` is for its report."""
    print(f"\n== {name}", flush=True)
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    begun = time.monotonic()
    try:
        python, environ = prepare()
        command = [python, "-m", "pytest", *sys.argv[1:], f"--junitxml={report}"]
        status = _in_time(command, environ, seconds)
        suite = ET.parse(report).getroot().find("testsuite")
        assert suite is not None
        tests, skips = int(suite.attrib["tests"]), Counter(one.attrib["message"] for one in suite.iter("skipped"))
        broken = int(suite.attrib["failures"]) + int(suite.attrib["errors"])
    except Missing as reason:
        print(f"skipped: {reason}", flush=True)
        return Outcome(name, f"skipped: {reason}", ran=False)
    except (OSError, subprocess.SubprocessError, ET.ParseError) as error:
        return Outcome(name, f"FAILED: {error}", failed=True)
    passed = tests - broken - skips.total()
    failed = status != 0 or passed == 0
    said = f"{passed:,} passed, {broken} failed, {skips.total():,} skipped in {time.monotonic() - begun:.0f} s"
    return Outcome(name, f"{'FAILED: ' if failed else ''}{said}", failed, skipped=skips)


def _in_time(command: list[str], environ: Mapping[str, str], seconds: float) -> int:
    """Run a command in this project's folder; one that is too late is killed with all that it started."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, start_new_session=True)
    try:
        return process.wait(max(seconds, 0.0))
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def print_summary(outcomes: list[Outcome]) -> None:
    """Print how the stages ended, and what was skipped."""
    print("\n== stages after make test")
    for outcome in outcomes:
        print(f"{outcome.name}: {outcome.said}")
    reasons = sum((outcome.skipped for outcome in outcomes), Counter[str]())
    for reason, count in reasons.most_common():
        print(f"{count:6,} skipped: {' '.join(reason.split())}")
    failed = sum(outcome.failed for outcome in outcomes)
    skipped = sum(not outcome.ran for outcome in outcomes)
    print(f"stages: {len(outcomes) - failed - skipped} passed, {failed} failed, {skipped} skipped", flush=True)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main() -> int:
    """Run every stage that this machine can do; 1 when one fails, or a moved clock could not be tried on CI."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    today, until = datetime.now(UTC).date(), time.monotonic() + TOTAL
    running = "{}.{}".format(*sys.version_info)
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        other_clocks: dict[str, Prepare] = {
            f"clock {abs(days)} days {'ahead' if days > 0 else 'back'}, {today + timedelta(days)}": partial(
                moved, days, folder
            )
            for days in clocks(today)
        }
        other_pythons: dict[str, Prepare] = {
            f"Python {version}": partial(installed, version) for version in VERSIONS if version != running
        }
        try:
            for name, prepare in {**other_clocks, **other_pythons}.items():
                outcomes.append(run(name, prepare, folder, min(STAGE, until - time.monotonic())))
        finally:
            print_summary(outcomes)
    if os.environ.get("CI") and not all(one.ran for one in outcomes if one.name in other_clocks):
        print("FAILED: CI must try every clock")
        return 1
    return 1 if any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
