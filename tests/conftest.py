"""What every test may ask for."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from support.torture import SEED, WHOLE, Figures
from support.world import World

# No example is judged by the time it takes. `make test` draws the same ones every time: what it says is due to the
# checkout and not to the day. `make torture` draws many others.
settings.register_profile(
    "torture" if WHOLE else "test",
    max_examples=1500 if WHOLE else 60,
    derandomize=not WHOLE,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("torture" if WHOLE else "test")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of other people's recorded answers and judged cases; absent from a clone on its own."""
    folder = Path(os.environ.get("MENTIONWATCH_SHARED", ROOT.parent / "shared"))
    if not (folder / "corpus").is_dir():
        pytest.skip("the shared corpus is not beside this checkout (set MENTIONWATCH_SHARED)")
    return folder


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A user's machine with an empty folder, at eight in the morning."""
    return World(tmp_path)


@pytest.fixture
def torture(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Figures]]:
    """Gives the figures of an operation to count in; they are summed up when all tests have run."""
    made: list[Figures] = []

    def begin(name: str) -> Figures:
        made.append(Figures(name))
        return made[-1]

    yield begin
    for figures in made:
        request.node.user_properties.append(("torture", [figures.name, dict(figures.counts)]))


def pytest_collection_finish() -> None:
    """Ten thousand tests stay to the end: the garbage collector need not look through them again and again."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not tested and why, and what the torture did to the program."""
    _tell_skips(terminalreporter)
    if WHOLE:
        _tell_torture(terminalreporter)


def _tell_skips(terminalreporter: pytest.TerminalReporter) -> None:
    """A line a reason, with how many tests it kept from running: hundreds of them must not look like success."""
    reasons = Counter(
        " ".join(str(report.longrepr[2]).removeprefix("Skipped: ").split())
        if isinstance(report.longrepr, tuple)
        else "no reason given"
        for report in terminalreporter.stats.get("skipped", ())
    )
    if reasons:
        terminalreporter.section(f"skipped: {reasons.total():,} tests")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:6,} skipped: {reason}")


def _tell_torture(terminalreporter: pytest.TerminalReporter) -> None:
    sums: dict[str, Counter[str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) != "teardown":
                continue
            for name, value in report.user_properties:
                if name == "torture":
                    sums.setdefault(value[0], Counter()).update(value[1])
    if not sums:
        return
    terminalreporter.section(f"torture (seed {SEED})")
    total: Counter[str] = Counter()
    for name, counts in sums.items():
        total.update(counts)
        terminalreporter.write_line(f"{name}: {_told(counts)}")
    terminalreporter.write_line(f"in all: {_told(Counter(kills=0, losses=0, doubles=0) | total, zeros=total)}")


def _told(counts: Counter[str], zeros: Counter[str] | None = None) -> str:
    shown = dict(counts)
    if zeros is not None:
        shown = {**dict.fromkeys(("kills", "random kills", "faults", "restarts", "losses", "doubles"), 0), **zeros}
    return ", ".join(f"{number:,} {what}" for what, number in shown.items())
