"""Locks: one scan, one stream, one sender of digests and one sender of alerts of a database at a time."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from mentionwatch.errors import LockedError, UserError
from mentionwatch.files import create_private
from mentionwatch.store.database import closed_on_error, explain_error


def _beside(database: Path, end: str) -> Path:
    """The lock's file, beside the database itself: one that is reached through a link has the same locks."""
    real = database.resolve()
    return real.with_name(f"{real.name}{end}")


def run_lock(database: Path, wait: int) -> sqlite3.Connection:
    """Take the lock that only one scan of a database can hold; ``wait`` is in seconds."""
    return _lock(
        _beside(database, ".lock"),
        wait,
        f"another scan of {database} is running; wait for it with --wait SECONDS",
    )


def stream_lock(database: Path, wait: int) -> sqlite3.Connection:
    """Take the lock that only one listener to a database's streams can hold; scans may run beside it."""
    return _lock(
        _beside(database, ".stream.lock"),
        wait,
        f"another run is listening to the streams of {database}; wait for it with --wait SECONDS",
    )


def mail_lock(database: Path, wait: int = 60) -> sqlite3.Connection:
    """Take the lock that only one sender of a database's digests can hold: two would send the same mail."""
    return _lock(
        _beside(database, ".mail.lock"),
        wait,
        f"another run is mailing the digests of {database}; retry later",
    )


def alert_lock(database: Path, wait: int = 60) -> sqlite3.Connection:
    """Take the lock that only one sender of a database's alerts can hold."""
    return _lock(
        _beside(database, ".alerts.lock"),
        wait,
        f"another run is sending the alerts of {database}; retry later",
    )


def _lock(path: Path, wait: int, taken: str) -> sqlite3.Connection:
    """An SQLite lock on a file of its own: the system releases it when the process ends, however it ends."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Created by us: SQLite would let others read it, and open it to keep us out.
        create_private(path)
        lock = sqlite3.connect(path, timeout=wait, isolation_level=None)
        with closed_on_error(lock):
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if "locked" in str(error):
                    raise LockedError(taken) from None
                raise
    except (OSError, sqlite3.Error) as error:
        raise UserError(f"{path}: the lock cannot be taken: {explain_error(error)}") from error
    return lock
