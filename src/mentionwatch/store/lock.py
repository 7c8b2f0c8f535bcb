"""The run lock: one scan of a database at a time."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from mentionwatch.errors import LockedError, UserError


def run_lock(database: Path, wait: int) -> sqlite3.Connection:
    """Take the lock that only one scan of a database can hold.

    An SQLite lock on a file beside the database: the system frees it when the process ends, however it ends.
    """
    path = database.with_name(f"{database.name}.lock")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = sqlite3.connect(path, timeout=wait, isolation_level=None)
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            lock.close()
            if "locked" in str(error):
                raise LockedError(f"another scan of {database} is running; wait for it with --wait SECONDS") from None
            raise
    except (OSError, sqlite3.Error) as error:
        raise UserError(f"{path}: the run lock cannot be taken: {error}") from error
    return lock
