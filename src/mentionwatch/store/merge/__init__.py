"""Uniting two databases: what was said, found, judged, done and told in both, each once.

Every table is joined by a rule that takes the least (or the furthest) of what either holds, so that the order and the
number of merges make no difference. The rules in words: ``docs/merge.md``. Asking stays each database's own: ledger of
polls, checkpoints, quotas, how far brands have read, what was asked for again.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from mentionwatch.errors import StoreError, UserError
from mentionwatch.store.connection import read_only_uri
from mentionwatch.store.evidence import Evidence
from mentionwatch.store.merge.items import MergingItems
from mentionwatch.store.merge.log import MergingLogs
from mentionwatch.store.merge.stories import MergingStories
from mentionwatch.store.merge.told import MergingTold
from mentionwatch.store.schema import KNOWN, applied, refuse_newer

__all__ = ["Merged", "Merging"]


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge brought: items, mentions and entries of the triage log that were not here before."""

    items: int
    mentions: int
    entries: int


class Merging(MergingItems, MergingStories, MergingLogs, MergingTold, Evidence):
    """Taking in another database."""

    def merge(self, other: Path) -> Merged:
        """Take in what ``other`` holds, in one transaction; it is only read.

        Raises :class:`StoreError` for a database of a newer version, :class:`UserError` for one that is not there, is
        this one, or must be brought up to date first.
        """
        if not other.exists():
            raise UserError(f"{other}: there is no such database")
        if Path(self.name).exists() and other.samefile(self.name):
            raise UserError(f"{other}: that is this database itself")
        try:
            theirs = self._connect(read_only_uri(other), uri=True)
        except sqlite3.Error as error:
            raise StoreError(f"{other}: {error}") from error
        try:
            source = Merging(theirs, str(other))
            seen = _migrations(source)
            refuse_newer(seen, str(other))
            if not seen:
                raise StoreError(f"{other}: not a mentionwatch database; name another")
            if not set(KNOWN) <= seen:
                raise UserError(
                    f"{other}: written by an older mentionwatch; run `mentionwatch --db {other} verify` first, which "
                    "brings it up to date and keeps a copy"
                )
            with source.reading():
                return self.take(source)
        finally:
            theirs.close()

    def take(self, theirs: Merging) -> Merged:
        """Take in what an open database holds, in one transaction."""
        with self.writing():
            return self._take(theirs)

    def _take(self, theirs: Merging) -> Merged:
        before, stories = self._counts(), self.told_stories()
        self.take_deliveries(theirs)
        renamed = self.take_items(theirs)
        self.take_pruned(theirs)
        self.take_stories(stories, theirs, renamed)
        self.take_links(theirs, renamed)
        self.take_log(theirs, renamed)
        self.take_answers(theirs, renamed)
        self.take_rule_watches(theirs)
        self.take_evidence(theirs, renamed)
        self.take_alerts(theirs, renamed)
        self.take_episodes(theirs, renamed)
        after = self._counts()
        return Merged(*(b - a for a, b in zip(before, after, strict=True)))

    def _counts(self) -> tuple[int, ...]:
        row = self._row(
            "SELECT (SELECT count(*) FROM items), (SELECT count(*) FROM mention_records), (SELECT count(*) FROM triage)"
        )
        assert row is not None
        return tuple(row)


def _migrations(store: Merging) -> set[str]:
    try:
        return applied(store._connection)
    except sqlite3.Error as error:
        raise StoreError(f"{store.name}: {error}") from error
