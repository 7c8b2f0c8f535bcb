"""What live tests may ask for. Without ``MENTIONWATCH_LIVE`` none of them is collected: ``make test-live`` sets it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from live.processes import Servers
from live.watch import Watch

collect_ignore_glob = [] if os.environ.get("MENTIONWATCH_LIVE") else ["test_*.py"]


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder for a server's state that its own user may enter, too; pytest's are closed to all but one."""
    folder = Path(tempfile.mkdtemp(prefix="mentionwatch-live-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def servers(place: Path) -> Iterator[Servers]:
    """Where servers are started; all of them have ended when the file's tests have."""
    with Servers(place) as running:
        yield running


@pytest.fixture
def watch(tmp_path: Path) -> Callable[..., Watch]:
    """Makes a user's watch of a configuration."""
    made = iter(range(100))
    return lambda config, **more: Watch(tmp_path / f"watch-{next(made)}", config, **more)
