"""The tables of a database as any tool of the user's reads them: for what no command shows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def rows(database: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a query finds in a database file, or in the ``mentions.db`` of a folder; nothing can be written."""
    path = database / "mentions.db" if database.is_dir() else database
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()
