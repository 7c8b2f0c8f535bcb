"""The whole suite under other clocks and other Pythons: what ``make ci`` runs after ``make test``.

A stage is a run of pytest of its own. One that this machine cannot do is skipped, with its reason. At the end stands a
line for each stage, and a line for each reason why a stage or a test was skipped, with its count.

    make ci PYTHONS="/opt/python3.14/bin/python3.14"    # where one is to be found that is not on the PATH

Its own arguments are given to pytest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Seconds that a stage may take, and installing for one.
STAGE, INSTALLING = 900, 300
#: How far the clock is moved, as libfaketime writes it. The recorded answers and the fixed dates of tests lie between.
CLOCKS = {"400 days ahead": "+400d", "30 days back": "-30d"}
#: The lowest is what ``make test`` runs with.
PYTHONS = ("3.12", "3.13", "3.14")
_SECONDS_A_DAY = 86_400
#: Sleeps, because a library may well break that.
_PROBE = "import time; time.sleep(0.01); print(time.time() - time.monotonic())"


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


def shifted(offset: str) -> dict[str, str]:
    """The environment in which the clock is moved and the monotonic one is not.

    The library is that of PyPI's libfaketime: Debian 12's makes every sleep of Python an error where the monotonic
    clock is left alone, and every wait for a lock endless where it is not.
    """
    found = find_spec("libfaketime")
    library = Path((found.origin if found else None) or ".").parent / "vendor/libfaketime/src/libfaketime.so.1"
    if not library.exists():
        raise Missing("no libfaketime here (PyPI; it is for Linux, and wants a C compiler)")
    environ = {"LD_PRELOAD": str(library), "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    moved = (_ahead(environ) - _ahead({})) / _SECONDS_A_DAY
    if round(moved) != int(offset.removesuffix("d")):
        raise Missing(f"libfaketime moves the clock by {moved:.1f} days here, in place of {offset}")
    return environ


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


def installed(version: str) -> str:
    """The Python of an environment of its own with all that the tests need."""
    python = interpreter(version)
    folder = ROOT / f".venv-{version}"
    made = folder / "bin" / "python"
    if not made.exists():
        subprocess.run([python, "-m", "venv", str(folder)], check=True, timeout=INSTALLING)
    pip = [str(made), "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--editable", ".[test]"]
    subprocess.run(pip, cwd=ROOT, check=True, timeout=INSTALLING)
    return str(made)


def run(name: str, prepare: Callable[[], tuple[str, Mapping[str, str]]]) -> Outcome:
    """Run the suite as one stage."""
    print(f"\n== {name}", flush=True)
    try:
        python, environ = prepare()
    except Missing as reason:
        print(f"skipped: {reason}", flush=True)
        return Outcome(name, f"skipped: {reason}", ran=False)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        return Outcome(name, f"FAILED: {error}", failed=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [python, "-m", "pytest", *sys.argv[1:], f"--junitxml={report}"]
        begun = time.monotonic()
        try:
            status = subprocess.run(
                command, cwd=ROOT, env={**os.environ, **environ}, timeout=STAGE, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            return Outcome(name, f"FAILED: not done after {STAGE} s", failed=True)
        seconds = time.monotonic() - begun
        if not report.exists():
            return Outcome(name, f"FAILED: pytest ended with {status} and no report", failed=True)
        suite = ET.parse(report).getroot().find("testsuite")
    assert suite is not None
    counts = {key: int(suite.attrib[key]) for key in ("tests", "failures", "errors", "skipped")}
    passed = counts["tests"] - counts["failures"] - counts["errors"] - counts["skipped"]
    skipped = Counter(skip.attrib.get("message", "no reason given") for skip in suite.iter("skipped"))
    failed = status != 0 or passed == 0
    said = f"{'FAILED: ' if failed else ''}{passed:,} passed, {counts['failures'] + counts['errors']} failed, "
    return Outcome(name, f"{said}{counts['skipped']:,} skipped in {seconds:.0f} s", failed, skipped=skipped)


def main() -> int:
    """Run every stage that this machine can do; 1 when one fails."""
    stages: dict[str, Callable[[], tuple[str, Mapping[str, str]]]] = {
        f"a clock {name}": lambda offset=offset: (sys.executable, shifted(offset))  # type: ignore[misc]
        for name, offset in CLOCKS.items()
    }
    stages |= {
        f"Python {version}": lambda version=version: (installed(version), {})  # type: ignore[misc]
        for version in PYTHONS
    }
    outcomes = [run(name, prepare) for name, prepare in stages.items()]
    print("\n== stages after make test")
    for outcome in outcomes:
        print(f"{outcome.name}: {outcome.said}")
    reasons = sum((outcome.skipped for outcome in outcomes), Counter[str]())
    for reason, count in reasons.most_common():
        print(f"{count:6,} tests skipped: {reason}")
    failed = sum(outcome.failed for outcome in outcomes)
    skipped = sum(not outcome.ran for outcome in outcomes)
    print(f"stages: {len(outcomes) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
