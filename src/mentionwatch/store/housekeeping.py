"""What is removed when its time is over, and the copy that is kept."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from mentionwatch.errors import StoreError
from mentionwatch.store.connection import Connection
from mentionwatch.store.rows import stamp

#: The ledger of polls is kept for a year and a month, so that the same month a year ago can be looked at.
_LEDGER = timedelta(days=396)


class Housekeeping(Connection):
    """Retention and backup."""

    def prune(self, items: timedelta | None, mentions: timedelta | None, now: datetime) -> tuple[int, int]:
        """Remove what is older than its retention; gives how many items and how many mentions went.

        ``None`` keeps for ever, zero keeps nothing that matched nothing. An item's names stay, as hashes: what a feed
        still shows after its retention is not news again.
        """
        gone_mentions = 0
        if mentions is not None:
            rows = self._rows(
                "SELECT seq FROM mention_records m JOIN items i ON i.id = m.item_id WHERE i.first_seen_at < ?",
                (stamp(now - mentions),),
            )
            numbers = [(row["seq"],) for row in rows]
            for table in ("verdicts", "delivery_mentions", "mention_records"):
                self._run_many(f"DELETE FROM {table} WHERE seq = ?", numbers)
            gone_mentions = len(numbers)
            if numbers:
                self._run(
                    "DELETE FROM stories WHERE id NOT IN (SELECT story FROM mention_records WHERE story NOT NULL)"
                )
        gone_items = 0
        if items is not None:
            gone_items = self._prune_items(stamp(now - items), looked_at_again=gone_mentions > 0)
        from mentionwatch.stories import WINDOW

        # No new telling is compared with a story that is older than the window; the slack is for late backlog.
        self._run(
            "DELETE FROM sketches WHERE story IN (SELECT id FROM stories WHERE told_at < ?)"
            " OR story NOT IN (SELECT id FROM stories)",
            (stamp(now - 4 * WINDOW),),
        )
        old = stamp(now - _LEDGER)
        self._run("DELETE FROM polls WHERE last_at < ?", (old,))
        # The last word on each source stays, however long ago it was said.
        self._run(
            "DELETE FROM source_log WHERE at < ? AND at <"
            " (SELECT max(at) FROM source_log o WHERE o.source = source_log.source AND o.at < ?)",
            (old, old),
        )
        self._run("DELETE FROM host_waits WHERE until < ?", (stamp(now),))
        return gone_items, gone_mentions

    def _prune_items(self, before: str, *, looked_at_again: bool) -> int:
        mark = None if looked_at_again else self._row("SELECT value FROM marks WHERE name = 'pruned'")
        # An item that no brand has read yet stays, whatever its age.
        last = self._row(
            "SELECT coalesce(max(id), 0) AS id FROM items WHERE first_seen_at <= ?"
            " AND id <= coalesce((SELECT min(item_id) FROM matched), 0)",
            (before,),
        )
        first = 0 if mark is None else int(mark["value"])
        assert last is not None
        if last["id"] <= first:
            return 0
        rows = self._rows(
            "SELECT id FROM items WHERE id > ? AND id <= ? AND first_seen_at <= ? AND NOT EXISTS"
            " (SELECT 1 FROM mention_records m WHERE m.item_id = items.id AND m.retired_at IS NULL)",
            (first, last["id"], before),
        )
        ids = [(row["id"],) for row in rows]
        self._run_many(
            "INSERT INTO items_fts (items_fts, rowid, title, text)"
            " SELECT 'delete', id, title, text FROM items WHERE id = ?",
            ids,
        )
        self._run_many("UPDATE identities SET item_id = NULL, name = NULL WHERE item_id = ?", ids)
        # A retired mention goes with its item; its number may be given again, and nothing may cling to that.
        for table in ("verdicts", "delivery_mentions"):
            self._run_many(
                f"DELETE FROM {table} WHERE seq IN (SELECT seq FROM mention_records WHERE item_id = ?)", ids
            )
        for table in ("sightings", "versions", "readings", "mention_records"):
            self._run_many(f"DELETE FROM {table} WHERE item_id = ?", ids)
        self._run_many("DELETE FROM items WHERE id = ?", ids)
        self._run("INSERT OR REPLACE INTO marks (name, value) VALUES ('pruned', ?)", (last["id"],))
        return len(ids)

    def backup(self, target: Path) -> None:
        """Copy the whole database to ``target`` while others use it; the copy is consistent and 0600."""
        try:
            target.touch(mode=0o600, exist_ok=False)
            copy = sqlite3.connect(target)
            try:
                self._connection.backup(copy)
            finally:
                copy.close()
        except FileExistsError as error:
            raise StoreError(f"{target}: exists already; a backup does not overwrite") from error
        except (sqlite3.Error, OSError) as error:
            target.unlink(missing_ok=True)
            raise StoreError(f"{target}: the backup failed: {error}") from error
