"""The plan of the house (docs/house.md), held against the imports.

An exception carries its reason, here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from support.paths import SOURCE

FIRST = {"model", "errors", "env", "files", "times", "messages", "mail_batch", "text", "urls"}
PURE = {
    "query",
    "match",
    "identity",
    "stories",
    "analysis",
    "digest",
    "coverage",
    "precision",
    "response",
    "alerts",
    "report",
    "evidence",
}
EVERYTHING = {"*"}

#: Room → the rooms it may import, its own always included.
MAY_IMPORT: dict[str, set[str]] = {
    "model": set(),
    "errors": {"messages", "deprecated"},  # an error carries the answer it came from
    "env": set(),
    "files": {"errors"},
    "times": set(),
    "messages": {"model"},
    "mail_batch": set(),
    # Where plug-ins written for version 0.1 find things.
    "deprecated": set(),
    "exchange": {"messages", "deprecated"},
    "mailbag": {"mail_batch", "deprecated"},
    "text": set(),
    "urls": {"text"},
    "config": FIRST | {"match", "query", "sources", "response"},  # what a query or a template may hold is told by line
    **dict.fromkeys(PURE, FIRST | PURE),
    "sources": FIRST | {"query", "deprecated"},
    "fetch": FIRST,
    "sandbox": FIRST | {"sources"},
    "store": FIRST | {"evidence"},
    "render": FIRST | PURE,
    "tui": {"app", "errors", "model", "render"},
    "deliver": FIRST | {"config", "store", "fetch"},
    "demo": FIRST | {"config"},
    "collect": FIRST | PURE | {"config", "sources", "fetch", "sandbox", "store"},
    "app": FIRST | PURE | {"config", "demo", "sources", "fetch", "sandbox", "collect", "store", "deliver", "render"},
    "cli": EVERYTHING,
    "__main__": {"cli"},
    "__init__": set(),
}
#: Library → the files that may import it.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "click": ("cli/",),
    "httpx": ("fetch/",),
    "httpcore": ("fetch/",),
    "feedparser": ("sources/feed/full_reader.py",),
    "sqlite3": ("store/",),
    "sqlite_utils": ("store/",),
    "rich": ("render/terminal.py", "tui/"),
    "textual": ("tui/",),
    "jinja2": ("render/html.py", "render/templating.py"),
    "smtplib": ("deliver/",),
    "imaplib": ("fetch/imap.py",),
    "apprise": ("deliver/",),
    "tomli": ("config/",),
    "re2": ("query/regex.py",),
    "subprocess": ("sandbox.py", "config/secrets.py", "fetch/browser.py"),
}
#: Calls that read the clock or the environment; env.py alone makes them.
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "sleep"),
    ("time", "monotonic"),
    ("os", "getenv"),
    ("os", "environ"),
}
#: File → why it may all the same.
CLOCK_EXCEPTIONS: dict[str, str] = {
    "env.py": "it is the clock",
}

FILES = sorted(SOURCE.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """Parsed once for all the rules."""
    return ast.parse(path.read_text(encoding="utf-8"))


def room_of(path: Path) -> str:
    """The top-level file or folder; the data table of urls belongs to it."""
    name = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    return {"tlds": "urls"}.get(name, name)


def imports(path: Path) -> Iterator[str]:
    """Every module imported anywhere in a file, inside functions too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            # "from mentionwatch.render import json" imports the module mentionwatch.render.json.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(path: Path) -> set[str]:
    ours = {name.split(".")[1] for name in imports(path) if name.startswith("mentionwatch.")}
    return {{"tlds": "urls"}.get(name, name) for name in ours}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_room_knows_only_the_rooms_it_may(path: Path) -> None:
    """A new import is a decision about the house: it is made in the table above."""
    room = room_of(path)
    allowed = MAY_IMPORT[room] | {room}

    assert "*" in allowed or rooms_imported(path) <= allowed


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_library_stays_in_its_room(path: Path) -> None:
    """Behind one door each library can be exchanged."""
    here = str(path.relative_to(SOURCE))
    strays = [
        name
        for name in {name.split(".")[0] for name in imports(path)}
        if name in LIBRARIES and not here.startswith(LIBRARIES[name])
    ]

    assert strays == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_env_reads_the_clock(path: Path) -> None:
    """Time is handed in, so that a test can move it."""
    if str(path.relative_to(SOURCE)) in CLOCK_EXCEPTIONS:
        return
    found = [
        f"line {node.lineno}: {node.value.id}.{node.attr}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in CLOCKS
    ]

    assert found == []


def test_rooms_do_not_know_each_other_in_a_circle() -> None:
    """Imports inside functions count: a hidden circle is one all the same."""
    graph: dict[str, set[str]] = {}
    for path in FILES:
        room = room_of(path)
        graph.setdefault(room, set()).update(rooms_imported(path) - {room})
    # A package's own __init__ is reached by "mentionwatch.cli" and the like: only rooms count.
    seen: dict[str, int] = {}

    def circle_from(room: str, trail: tuple[str, ...]) -> tuple[str, ...] | None:
        if room in trail:
            return (*trail[trail.index(room) :], room)
        if seen.get(room):
            return None
        for other in sorted(graph.get(room, ())):
            if other in graph and (found := circle_from(other, (*trail, room))):
                return found
        seen[room] = 1
        return None

    circles = [found for room in sorted(graph) if (found := circle_from(room, ()))]

    assert circles == []


def test_no_file_is_named_after_nothing() -> None:
    """The name says what is inside."""
    meaningless = {"utils", "util", "base", "common", "misc", "helpers", "helper", "manager", "handler"}

    assert [path for path in FILES if path.stem.strip("_") in meaningless] == []
