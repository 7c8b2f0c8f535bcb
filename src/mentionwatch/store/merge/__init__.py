"""Merging two databases: items, mentions, verdicts, triage and deliveries of both, each once.

Every table is joined by a rule that takes the least (or the furthest) of what either holds, so that the order and the
number of merges make no difference. The rules in words: ``docs/merge.md``. Polling stays each database's own: the
ledger of polls, checkpoints, quotas, match cursors, rechecks.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mentionwatch.errors import StoreError, UserError
from mentionwatch.store import Store
from mentionwatch.store.database import Database
from mentionwatch.store.merge.deliveries import merge_alerts, merge_deliveries, merge_episodes
from mentionwatch.store.merge.evidence import merge_evidence
from mentionwatch.store.merge.items import ItemMerger
from mentionwatch.store.merge.log import merge_log, merge_replies, merge_rule_watches
from mentionwatch.store.merge.stories import merge_links, merge_story_tables, stories_of
from mentionwatch.store.values import value_problems

__all__ = ["MergeResult", "merge_databases", "merge_file"]


@dataclass(frozen=True, slots=True)
class MergeResult:
    """What a merge added: items, mentions and triage entries that were not here before."""

    items: int
    mentions: int
    entries: int


def merge_file(store: Store, other: Path) -> MergeResult:
    """Merge the database at ``other`` into this one, in one transaction; the other is only read.

    Raises :class:`StoreError` for a database of a newer version, :class:`UserError` for one that is not there, is
    this one, or must be brought up to date first.
    """
    if not other.exists():
        raise UserError(f"{other}: no such database")
    if Path(store.name).exists() and other.samefile(store.name):
        raise UserError(f"{other}: that is this very database")
    with closing(Database.open_unchanged(other)) as theirs, theirs.reading():
        # What cannot be read would be taken in, and from then on end every list in an error.
        if (problem := next(value_problems(theirs), None)) is not None:
            raise StoreError(f"{other}: {problem}; nothing was merged")
        return merge_databases(store.database, theirs)


def merge_databases(ours: Database, theirs: Database) -> MergeResult:
    """Merge an open database into another, in one transaction."""
    with ours.writing():
        before, stories = _counts(ours), stories_of(ours)
        merge_deliveries(ours, theirs)
        items = ItemMerger(ours, theirs)
        renamed = items.merge()
        items.merge_pruned()
        merge_story_tables(ours, theirs, stories, renamed)
        merge_links(ours, theirs, renamed)
        merge_log(ours, theirs, renamed)
        merge_replies(ours, theirs, renamed)
        merge_rule_watches(ours, theirs)
        merge_evidence(ours, theirs, renamed)
        merge_alerts(ours, theirs, renamed)
        merge_episodes(ours, theirs, renamed)
        after = _counts(ours)
    return MergeResult(*(b - a for a, b in zip(before, after, strict=True)))


def _counts(database: Database) -> tuple[int, ...]:
    row = database.row(
        "SELECT (SELECT count(*) FROM items), (SELECT count(*) FROM mention_records), (SELECT count(*) FROM triage)"
    )
    assert row is not None
    return tuple(row)
