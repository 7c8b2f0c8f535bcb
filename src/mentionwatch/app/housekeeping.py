"""Prune, forget and merge: what needs the database for itself, so each takes its path."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mentionwatch.config import Config
from mentionwatch.store import Store
from mentionwatch.store.lock import run_lock
from mentionwatch.store.merge import MergeResult, merge_file


@dataclass(frozen=True, slots=True)
class Removed:
    """How much was removed, or with ``dry_run`` would be."""

    items: int
    mentions: int
    evidence: int = 0


def prune_database(
    database: Path, config: Config, now: datetime, *, dry_run: bool = False, compact: bool = False
) -> Removed:
    """Delete what is older than ``[retention]``; ``compact`` rewrites the file so that no trace of it is left."""
    keep = config.retention
    with _writable(database, dry_run=dry_run) as store:
        with store.writing():
            items, mentions = store.housekeeping.prune(keep.items, keep.mentions, now)
        if compact and not dry_run:
            store.housekeeping.compact()
    return Removed(items, mentions)


def forget_author(database: Path, author: str, now: datetime, *, dry_run: bool = False) -> Removed:
    """Delete everything that an author (a handle, a name, or a profile's address) wrote, and every trace of it."""
    with _writable(database, dry_run=dry_run) as store:
        return Removed(*store.housekeeping.forget(author, now))


def merge_database(database: Path, other: Path) -> MergeResult:
    """Merge another database into this one, created if it does not exist yet; the other is only read."""
    with closing(run_lock(database, 0)), Store.open(database, write=True) as store:
        return merge_file(store, other)


@contextmanager
def _writable(database: Path, *, dry_run: bool) -> Generator[Store]:
    """The database, which must exist, with its scan lock held; for a dry run, a copy in memory."""
    if dry_run:
        with Store.in_memory(database) as copy:
            yield copy
        return
    with closing(run_lock(database, 0)), Store.open(database, write=True) as store:
        yield store
