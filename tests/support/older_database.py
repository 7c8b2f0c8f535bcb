"""Databases as earlier versions left them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from mentionwatch.store.schema import KNOWN, migrate


def as_of_stage(database: Path, target: Path, stage: int) -> None:
    """A database of an older version with what this one holds: its tables, and of their rows what those can hold."""
    with closing(sqlite3.connect(target, isolation_level=None)) as older:
        migrate(Database(older), stop_before=KNOWN[stage] if stage < len(KNOWN) else None)
        older.execute("ATTACH ? AS now", (str(database),))
        tables = "SELECT name FROM {}.sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
        both = {name for (name,) in older.execute(tables.format("main"))} & {
            name for (name,) in older.execute(tables.format("now"))
        }
        older.execute("BEGIN")
        for table in sorted(both):
            if table.startswith(("_sqlite", "sqlite_", "items_fts")):
                continue
            of = [
                {row[1] for row in older.execute(f"PRAGMA {schema}.table_info({table})")} for schema in ("main", "now")
            ]
            columns = ", ".join(sorted(of[0] & of[1]))
            older.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}")
        older.execute("INSERT INTO items_fts (items_fts) VALUES ('rebuild')")
        older.execute("COMMIT")
        older.execute("DETACH now")
        older.execute("PRAGMA journal_mode = WAL")
