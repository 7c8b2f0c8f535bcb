"""The whole suite under other clocks and other Pythons: what ``make ci`` runs after ``make test``.

A stage is a run of pytest of its own. One that this machine cannot do is skipped, with its reason. At the end stands a
line for each stage, and a line for each reason why a stage or a test was skipped, with its count.

    make ci PYTHONS="/opt/python3.14/bin/python3.14"    # where one is to be found that is not on the PATH

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
from functools import partial
from pathlib import Path

from preload import library

ROOT = Path(__file__).resolve().parent.parent
#: Seconds that a stage may take, and installing for one.
STAGE, INSTALLING = 900, 300
#: How many days the clock is moved: the tests' fixed dates lie before the one time and after the other.
CLOCKS = {"400 days ahead": 400, "30 days back": -30}
#: The lowest is what ``make test`` runs with.
PYTHONS = ("3.12", "3.13", "3.14")
_SECONDS_A_DAY = 86_400
_PROBE = "import time; print(time.time() - time.monotonic())"


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


def moved(days: int, folder: Path) -> tuple[str, dict[str, str]]:
    """This Python, with the clock that tells the date moved and the monotonic one left alone."""
    moves = library("moved_clock", folder)
    if moves is None:
        raise Missing("no C compiler here to make the library that moves the clock, or this is no Linux")
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


def interpreter(version: str) -> str:
    """A Python of this version: one that is named in ``PYTHONS``, on the PATH, or beside the one that runs this."""
    beside = sorted(Path(sys.base_prefix).resolve().parent.glob(f"{version}.*/bin/python{version}"), reverse=True)
    for candidate in (*os.environ.get("PYTHONS", "").split(), shutil.which(f"python{version}"), *beside):
        if candidate is None:
            continue
        ask = [str(candidate), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        try:
            ran = subprocess.run(ask, capture_output=True, text=True, timeout=60, check=False)
        except OSError:
            continue
        if ran.returncode == 0 and ran.stdout.strip() == version:
            return str(candidate)
    raise Missing(f"no Python {version} here")


def installed(version: str) -> tuple[str, dict[str, str]]:
    """Another Python, in an environment of its own with all that the tests need."""
    python = interpreter(version)
    folder = ROOT / f".venv-{version}"
    made = folder / "bin" / "python"
    if not made.exists():
        subprocess.run([python, "-m", "venv", str(folder)], check=True, timeout=INSTALLING)
    pip = [str(made), "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--editable", ".[test]"]
    subprocess.run(pip, cwd=ROOT, check=True, timeout=INSTALLING)
    return str(made), {}


def ended(command: list[str], environ: Mapping[str, str]) -> int:
    """Run a command in this folder; what is too late is killed with all that it started."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, start_new_session=True)
    try:
        return process.wait(STAGE)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def run(name: str, prepare: Callable[[], tuple[str, Mapping[str, str]]], folder: Path) -> Outcome:
    """Run the suite as one stage, by the Python and under the environment that ``prepare`` gives."""
    print(f"\n== {name}", flush=True)
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    begun = time.monotonic()
    try:
        python, environ = prepare()
        command = [python, "-m", "pytest", *sys.argv[1:], f"--junitxml={report}"]
        status = ended(command, environ)
    except Missing as reason:
        print(f"skipped: {reason}", flush=True)
        return Outcome(name, f"skipped: {reason}", ran=False)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        return Outcome(name, f"FAILED: {error}", failed=True)
    if not report.exists():
        return Outcome(name, f"FAILED: pytest ended with {status} and no report", failed=True)
    suite = ET.parse(report).getroot().find("testsuite")
    assert suite is not None
    tests, skips = int(suite.attrib["tests"]), Counter(one.attrib["message"] for one in suite.iter("skipped"))
    broken = int(suite.attrib["failures"]) + int(suite.attrib["errors"])
    passed = tests - broken - skips.total()
    failed = status != 0 or passed == 0
    said = f"{passed:,} passed, {broken} failed, {skips.total():,} skipped in {time.monotonic() - begun:.0f} s"
    return Outcome(name, f"{'FAILED: ' if failed else ''}{said}", failed, skipped=skips)


def main() -> int:
    """Run every stage that this machine can do; 1 when one fails."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        stages: dict[str, Callable[[], tuple[str, Mapping[str, str]]]] = {
            **{f"a clock {name}": partial(moved, days, folder) for name, days in CLOCKS.items()},
            **{f"Python {version}": partial(installed, version) for version in PYTHONS},
        }
        outcomes = [run(name, prepare, folder) for name, prepare in stages.items()]
    print("\n== stages after make test")
    for outcome in outcomes:
        print(f"{outcome.name}: {outcome.said}")
    reasons = sum((outcome.skipped for outcome in outcomes), Counter[str]())
    for reason, count in reasons.most_common():
        print(f"{count:6,} skipped: {reason}")
    failed = sum(outcome.failed for outcome in outcomes)
    skipped = sum(not outcome.ran for outcome in outcomes)
    print(f"stages: {len(outcomes) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
