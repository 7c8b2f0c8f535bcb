"""The open file: one connection, immediate transactions, and every SQLite failure as one line for the user."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from mentionwatch.errors import MentionwatchError, StoreError, UserError
from mentionwatch.files import check_regular, create_private
from mentionwatch.store import dialect
from mentionwatch.store.schema import KNOWN, applied, migrate, refuse_newer

#: Another process may hold the write lock for as long as one batch of answers takes; a minute means it hangs.
_BUSY_SECONDS = 30.0

_REMEDIES = (
    ("disk is full", "the disk is full; free some room and run again: nothing already stored is lost"),
    ("file is too large", "it may not grow larger here (ulimit -f); raise that and run again: nothing stored is lost"),
    ("disk I/O error", "the disk cannot be read or written; check it, and restore from a backup if need be"),
    ("readonly database", "the file or its folder is read-only; make both writable or name another with --db"),
    ("database is locked", "another program has held it locked for 30 s; end that program and run again"),
    ("unable to open", "cannot be opened; check that its folder exists and that you may read and write there"),
    ("not a database", "not an SQLite database; name another with --db, or move this file away"),
    ("malformed", "the database is damaged; restore it from a backup, or try `sqlite3 FILE .recover`"),
)


#: What SQLite's driver raises for values that no column can hold: half a character, an integer beyond 64 bits.
_UNFIT = (UnicodeEncodeError, OverflowError)
#: Rows that are read at a time where there may be a hundred thousand.
AT_ONCE = 500
#: The system's errors for a file, as SQLite words them.
_ERRNO = {
    errno.EACCES: "readonly database",
    errno.EPERM: "readonly database",
    errno.EROFS: "readonly database",
    errno.ENOSPC: "disk is full",
    errno.EDQUOT: "disk is full",
    errno.EIO: "disk I/O error",
    errno.EFBIG: "file is too large",
}


def explain_error(error: sqlite3.Error | OSError, path: Path | None = None) -> str:
    """What went wrong with a database file (at ``path``), with the remedy where one is known."""
    if path is not None and "disk I/O error" in str(error) and _has_reached_limit(path):
        error = OSError(errno.EFBIG, "")
    text = _ERRNO.get(error.errno or 0, error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return next((remedy for sign, remedy in _REMEDIES if sign in text), text)


def _is_anothers(connection: sqlite3.Connection) -> bool:
    """Whether a database that is not ours has tables: another program's file must not be written to."""
    return bool({name for (name,) in connection.execute(dialect.TABLES)} - {"_sqlite_migrations"})


def read_only_uri(path: Path) -> str:
    """The URI by which SQLite opens a file without writing to it."""
    # Not Path.as_uri: in Python 3.14 that loads HTTP and TLS.
    return f"file://{quote(os.fsencode(path.absolute()))}?mode=ro{_immutable(path)}"


def _immutable(path: Path) -> str:
    """The URI parameter for a database whose log cannot be indexed: on a read-only disk or folder.

    Nobody writes there, or nobody does now, so there is nothing to wait for; a log that still holds something must be
    read, and cannot.
    """
    log, index = (path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm"))
    closed = os.statvfs(path).f_flag & os.ST_RDONLY or not (index.exists() or os.access(path.parent, os.W_OK))
    return "&immutable=1" if closed and not (log.exists() and log.stat().st_size) else ""


def _has_reached_limit(path: Path) -> bool:
    """Whether a file of the database is as large as this process may make one: SQLite does not say so by itself."""
    import resource

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    files = (path, *(path.with_name(f"{path.name}{end}") for end in ("-wal", "-journal")))
    sizes = [file.stat().st_size for file in files if file.exists()]
    # The next write is of a page, or of the index of the log, which is written in 32 KiB.
    return limit != resource.RLIM_INFINITY and max(sizes, default=0) + 65_536 > limit


@contextmanager
def closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    """Close the connection if the block raises: no caller will receive it."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


class Database:
    """One open database: transactions and statements. What every repository is built on; knows no rule."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._connection.row_factory = sqlite3.Row
        self.name = name

    @classmethod
    def open(cls, path: Path, *, write: bool) -> Self:
        """Open the database, create or migrate it first where ``write`` is given; raises :class:`StoreError`."""
        # Without a byte in it: a first scan was killed before it could write.
        if not write and (not path.exists() or (path.is_file() and path.stat().st_size == 0)):
            raise UserError(f"{path}: there is no database yet; run `mentionwatch scan` first, or name one with --db")
        try:
            if write:
                return cls._open_to_write(path)
            check_regular(path)
            connection = cls._connect(read_only_uri(path), uri=True)
            with closed_on_error(connection):
                seen = applied(connection)
                refuse_newer(seen, str(path))
            if set(KNOWN) <= seen:
                return cls(connection, str(path))
            connection.close()
            if not seen:
                raise StoreError(f"{path}: not a mentionwatch database; name another with --db")
            return cls._open_to_write(path)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{path}: {explain_error(error, path)}") from error

    @classmethod
    def open_unchanged(cls, path: Path) -> Self:
        """Open a database of this very version for reading; raises :class:`StoreError` or :class:`UserError`."""
        try:
            check_regular(path)
            connection = cls._connect(read_only_uri(path), uri=True)
            with closed_on_error(connection):
                seen = applied(connection)
                refuse_newer(seen, str(path))
                if not seen:
                    raise StoreError(f"{path}: not a mentionwatch database; name another")
                if not set(KNOWN) <= seen:
                    raise UserError(
                        f"{path}: written by an older mentionwatch; run `mentionwatch --db {path} verify` first, which "
                        "brings it up to date and keeps a copy"
                    )
            return cls(connection, str(path))
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{path}: {explain_error(error)}") from error

    @classmethod
    def _connect(cls, target: str, *, uri: bool = False) -> sqlite3.Connection:
        connection = sqlite3.connect(
            target, timeout=_BUSY_SECONDS, isolation_level=None, uri=uri, check_same_thread=True
        )
        with closed_on_error(connection):
            for setting in dialect.SETTINGS:
                connection.execute(setting)
        return connection

    @classmethod
    def _open_to_write(cls, path: Path) -> Self:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Created by us and not by SQLite, so that no moment exists in which others may read it.
        create_private(path)
        connection = cls._connect(str(path.absolute()))
        with closed_on_error(connection):
            seen = applied(connection)
            refuse_newer(seen, str(path))
            if not seen and _is_anothers(connection):
                raise StoreError(f"{path}: not a mentionwatch database; name another with --db")
            for setting in dialect.WRITE_SETTINGS:
                connection.execute(setting)
            cls._bring_up_to_date(connection, seen, path)
        return cls(connection, str(path))

    @classmethod
    def _bring_up_to_date(cls, connection: sqlite3.Connection, seen: set[str], path: Path | None) -> None:
        """Apply the migrations that are missing, all in one transaction: there is no state between old and new."""
        if set(KNOWN) <= seen:
            return
        import sqlite_utils

        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another run may have done it while this one waited for its turn.
            seen = applied(connection)
            if not set(KNOWN) <= seen:
                if seen and path is not None:
                    cls._keep_copy(path)
                migrate(sqlite_utils.Database(connection, execute_plugins=False))
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            raise

    @classmethod
    def _keep_copy(cls, path: Path) -> None:
        """Copy an older database before it is changed: forward only, so the way back is this copy, whole or not there.

        Called while this run holds the write lock, so that what is copied is what is changed.
        """
        copy = path.with_name(f"{path.name}.before-{KNOWN[-1]}")
        part = copy.with_name(f"{copy.name}.part")
        remains = [part, *(part.with_name(f"{part.name}{end}") for end in ("-journal", "-wal", "-shm"))]
        for left in remains:  # of a run that was killed
            left.unlink(missing_ok=True)
        try:
            create_private(part, exist_ok=False)
            with closing(cls._connect(str(path))) as original, closing(sqlite3.connect(part)) as target:
                original.backup(target)
            part.replace(copy)
        except BaseException:
            for left in remains:
                left.unlink(missing_ok=True)
            raise

    @classmethod
    def in_memory(cls, copy_of: Path | None = None) -> Self:
        """A database in memory, empty or a copy of a file."""
        connection = cls._connect(":memory:")
        try:
            with closed_on_error(connection):
                if copy_of is not None and copy_of.exists():
                    check_regular(copy_of)
                    with closing(cls._connect(read_only_uri(copy_of), uri=True)) as original:
                        original.backup(connection)
                seen = applied(connection)
                refuse_newer(seen, str(copy_of))
                cls._bring_up_to_date(connection, seen, None)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{copy_of}: {explain_error(error)}") from error
        return cls(connection, "a copy in memory")

    def limit_pages(self, pages: int) -> None:
        """Let the file grow to so many pages of 4 KiB and no further, as on a nearly full disk."""
        self.run(dialect.limit_pages(pages))

    def backup(self, target: sqlite3.Connection) -> None:
        """Copy everything to an empty database, while others use this one; raises what SQLite raises."""
        self._connection.backup(target)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Generator[None]:
        """One transaction, begun at once: all that is written inside is saved, or nothing."""
        if self._connection.in_transaction:
            yield
            return
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        # A full disk may have rolled back already; a failure here was reported by what led to it.
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def reading(self) -> Generator[None]:
        """One unchanging view of the database for all that is read inside."""
        if self._connection.in_transaction:
            yield
            return
        self.run("BEGIN")
        try:
            yield
        finally:
            self._roll_back()

    def _failure(self, error: Exception) -> MentionwatchError:
        """The error to raise for one of SQLite's, or for a value that it cannot hold."""
        if isinstance(error, UnicodeEncodeError):
            return UserError(f"{error.object!a}: is not UTF-8, so nothing stored can match it")
        if isinstance(error, OverflowError):
            return UserError("a number is too large for the database (2^63)")
        assert isinstance(error, sqlite3.Error)
        return StoreError(f"{self.name}: {explain_error(error, Path(self.name))}")

    def run(self, sql: str, values: Sequence[object] | dict[str, object] = ()) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, values)
        except (sqlite3.Error, *_UNFIT) as error:
            raise self._failure(error) from error

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        try:
            self._connection.executemany(sql, rows)
        except (sqlite3.Error, *_UNFIT) as error:
            raise self._failure(error) from error

    def rows(self, sql: str, values: Sequence[object] | dict[str, object] = ()) -> list[sqlite3.Row]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except (sqlite3.Error, *_UNFIT) as error:
            raise self._failure(error) from error

    def stream(self, sql: str, values: Sequence[object] | dict[str, object] = ()) -> Iterator[list[sqlite3.Row]]:
        """The rows some hundreds at a time, for what may be a hundred thousand."""
        try:
            cursor = self._connection.execute(sql, values)
            while rows := cursor.fetchmany(AT_ONCE):
                yield rows
        except (sqlite3.Error, *_UNFIT) as error:
            raise self._failure(error) from error

    def row(self, sql: str, values: Sequence[object] | dict[str, object] = ()) -> sqlite3.Row | None:
        rows = self.rows(sql, values)
        return rows[0] if rows else None

    def value(self, sql: str, values: Sequence[object] | dict[str, object] = ()) -> Any:
        """The one value asked for; ``None`` too where there is no row."""
        row = self.row(sql, values)
        return None if row is None else row[0]

    def column(self, sql: str, values: Sequence[object] | dict[str, object] = ()) -> tuple[Any, ...]:
        """The first value of each row."""
        return tuple(row[0] for row in self.rows(sql, values))

    def pairs(self, sql: str, values: Sequence[object] | dict[str, object] = ()) -> dict[Any, Any]:
        """The first value of each row → the second."""
        return dict(map(tuple, self.rows(sql, values)))

    def insert(self, sql: str, values: Sequence[object] | dict[str, object]) -> int:
        """Insert one row; gives the number it got."""
        number = self.run(sql, values).lastrowid
        assert number is not None
        return number

    # -- how far regular work has got ----------------------------------------------------------------------------------

    def mark(self, name: str) -> int | None:
        """The mark of this name; ``None`` where none was set."""
        number: int | None = self.value("SELECT value FROM marks WHERE name = ?", (name,))
        return number

    def set_mark(self, name: str, value: int) -> None:
        self.run(dialect.upsert("marks", ("name",), ("value",)), (name, value))

    def drop_mark(self, name: str) -> None:
        self.run("DELETE FROM marks WHERE name = ?", (name,))
