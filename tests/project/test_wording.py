"""The wording of everything a user reads in a terminal, as a whole: a change of a text is a change of these files.

After a change of wording: ``make snapshots``, then read the difference as a user would.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from support import catalogue
from support.paths import DATA


@pytest.mark.parametrize(
    ("name", "text"),
    [("help.txt", catalogue.help_texts), ("messages.txt", catalogue.messages)],
    ids=["help", "messages"],
)
def test_the_wording_is_the_one_that_was_reviewed(name: str, text: Callable[[], str]) -> None:
    snapshot = DATA / name
    if os.environ.get("MENTIONWATCH_SNAPSHOTS") == "write":
        snapshot.write_text(text(), encoding="utf-8")

    assert text() == snapshot.read_text(encoding="utf-8"), "run `make snapshots` and read the difference"
