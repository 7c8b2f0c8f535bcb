"""Opening the database of an installation."""

from __future__ import annotations

from pathlib import Path

from mentionwatch.store import Store

__all__ = ["Store", "open_database"]


def open_database(path: Path, *, write: bool = False) -> Store:
    """The open database, only to be read unless ``write``; :class:`~mentionwatch.errors.UserError` if it is missing.

    A missing one is not created even to write: a typo in its name would make a new and empty one.
    """
    if write:
        Store.open(path, write=False).close()
    return Store.open(path, write=write)
