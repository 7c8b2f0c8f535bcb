"""A database whose values are none: told in one line by every command, found by `verify`, taken in by no `merge`."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mentionwatch.store.schema import migrate
from support.world import World, entry, rss

CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme"]
[[sources]]
type = "feed"
name = "blog"
url = "https://blog.example/feed"
backlog = "tell"
[[digests]]
name = "m"
to = ["jo@acme.example"]
[smtp]
host = "127.0.0.1"
port = 1
security = "none"
"""
COMMANDS = (
    ["list", "--jsonl"],
    ["list", "burnt"],
    ["digest", "--since", "7d", "-f", "json"],
    ["due"],
    ["coverage"],
    ["report", "--since", "7d", "-o", "-"],
    ["sources"],
    ["evidence", "list"],
    ["deliveries", "list"],
    ["brand", "health"],
    ["scan"],
    ["digest", "m", "--email"],
    ["prune"],
    ["verify"],
)
#: Values that are no time, no JSON, JSON of another shape, and a time without its zone.
NONSENSE = ("nonsense {[", "[5]", '{"name": 5, "label": "x", "level": 1}', "2026-11-20T08:00:00")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which much has happened."""
    world = made(tmp_path_factory.mktemp("good"))
    (mention, *_) = (line.split('"')[7] for line in world.run("list", "--jsonl").out.splitlines())
    for args in (["ack"], ["assign"], ["note"], ["evidence"]):
        more = {"assign": ["ann"], "note": ["a word"]}.get(args[0], [])
        assert world.run(*args, mention, *more, "--by", "jo").status == 0
    world.run("digest", "m", "--email")
    world.later(hours=3).run("scan")
    with closing(sqlite3.connect(world.folder / "mentions.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return world.folder / "mentions.db"


def made(folder: Path) -> World:
    world = World(folder)
    world.serve(
        "https://blog.example/feed",
        rss(
            entry("Acme burnt my mouth, awful, I will sue", "https://blog.example/1"),
            entry("Acme burnt it again", "https://blog.example/2"),
        ),
        content_type="application/rss+xml",
    )
    world.configure(CONFIG)
    assert world.run("scan").status == 0
    return world


def texts() -> list[str]:
    """Every column of text of every table, as ``table.column``."""
    with closing(sqlite3.connect(":memory:")) as database:
        import sqlite_utils

        migrate(sqlite_utils.Database(database))
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%STRICT%'")]
        return sorted(
            f"{table}.{name}"
            for table in tables
            for name, kind in database.execute("SELECT name, type FROM pragma_table_info(?)", (table,))
            if kind == "TEXT"
        )


@pytest.mark.parametrize("column", texts())
def test_a_value_that_is_none_is_told_in_one_line(good: Path, column: str, tmp_path: Path) -> None:
    world = World(tmp_path)
    world.configure(CONFIG)
    table, _, name = column.partition(".")
    other = NONSENSE[1 + len(column) % 3]
    for value in (NONSENSE[0], other) if holds_more_than_text(column) else (other,):
        shutil.copy(good, world.folder / "mentions.db")
        with closing(sqlite3.connect(world.folder / "mentions.db")) as database, database:
            try:
                database.execute(f"UPDATE OR IGNORE {table} SET {name} = ? WHERE {name} IS NOT NULL", (value,))
            except sqlite3.IntegrityError:
                continue
            if not database.total_changes:
                return
        for args in COMMANDS:
            ran = world.run(*args)
            assert ran.status in (0, 1, 3, 75), (args, value, ran.err)
            assert "Traceback" not in ran.err


def holds_more_than_text(column: str) -> bool:
    name = column.partition(".")[2]
    return name in ("at", "links", "tags", "matches", "author", "engagement", "sentiment", "urgency", "data") or bool(
        re.fullmatch(r".*_at", name)
    )


@pytest.mark.parametrize("column", [one for one in texts() if holds_more_than_text(one)])
def test_verify_finds_it_and_merge_refuses_it(good: Path, column: str, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "other").mkdir()
    mine, other = made(tmp_path / "mine"), World(tmp_path / "other")
    table, _, name = column.partition(".")
    shutil.copy(good, other.folder / "mentions.db")
    with closing(sqlite3.connect(other.folder / "mentions.db")) as database, database:
        database.execute(f"UPDATE {table} SET {name} = ? WHERE {name} IS NOT NULL", (NONSENSE[0],))
        if not database.total_changes:
            return
    before = mine.run("list", "--jsonl").out
    other.configure(CONFIG)

    checked, merged = other.run("verify"), mine.run("merge", str(other.folder / "mentions.db"))

    assert checked.status == 1
    assert column in checked.err
    assert merged.status == 1
    assert len(merged.err.splitlines()) == 1
    assert mine.run("list", "--jsonl").out == before


@pytest.mark.parametrize("table", ["items", "triage", "verdicts", "polls"])
def test_a_database_without_one_of_its_tables_is_told_in_one_line(good: Path, table: str, tmp_path: Path) -> None:
    world = made(tmp_path)
    shutil.copy(good, world.folder / "other.db")
    with closing(sqlite3.connect(world.folder / "other.db")) as database, database:
        database.execute(f"DROP TABLE {table}")
    for args in (*(["--db", "other.db", *one] for one in COMMANDS), ["merge", str(world.folder / "other.db")]):
        ran = world.run(*[str(world.folder / one) if one == "other.db" else one for one in args])
        assert ran.status in (0, 1, 3), (args, ran.err)
        assert "Traceback" not in ran.err
