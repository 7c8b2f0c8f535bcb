"""The database of an installation: where it is, and opening it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from mentionwatch.store import Store

__all__ = ["Store", "find_database", "open_database"]


def find_database(named: Path | None, environ: Mapping[str, str], configured: Callable[[], Path | None]) -> Path:
    """Where the database is: as ``named``, by ``$MENTIONWATCH_DB``, as ``configured``, in the user's data folder."""
    if named is not None:
        return named.absolute()
    if by_environ := environ.get("MENTIONWATCH_DB"):
        return Path(by_environ).absolute()
    if (database := configured()) is not None:
        return database
    from platformdirs import user_data_path  # only where nothing says where it is

    return user_data_path("mentionwatch", appauthor=False) / "mentionwatch.db"


def open_database(path: Path, *, write: bool = False) -> Store:
    """The open database, only to be read unless ``write``; :class:`~mentionwatch.errors.UserError` if it is missing.

    A missing one is not created even to write: a typo in its name would make a new and empty one.
    """
    if write:
        Store.open(path, write=False).close()
    return Store.open(path, write=write)
