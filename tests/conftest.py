"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from world import World

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
