"""What happened to an item after it was published: edited, deleted, restored. All its texts are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast

from mentionwatch.model import Item, ItemChange
from mentionwatch.store.database import Database
from mentionwatch.store.dialect import upsert
from mentionwatch.store.items import Items
from mentionwatch.store.rows import show_words
from mentionwatch.store.values import read_stamp
from mentionwatch.times import stamp

What = Literal["edited", "gone", "back"]


#: Edits kept of one item: a post that says something else at every look must not fill the disk.
_MOST_EDITS = 20


class Changes:
    """Edits and deletions. Call what writes inside a transaction."""

    def __init__(self, database: Database, items: Items) -> None:
        self._db, self._items = database, items

    def mark_gone(self, item_id: int, at: datetime, evidence: str) -> bool:
        """Record that an item was deleted; returns whether that is new. ``evidence`` is our own wording."""
        if self._last(item_id) == "gone":
            return False
        self._change(item_id, at, "gone", None, evidence)
        return True

    def mark_back(self, item_id: int, at: datetime, evidence: str) -> bool:
        """Record that a deleted item is back; returns whether it had been deleted."""
        if self._last(item_id) != "gone":
            return False
        self._change(item_id, at, "back", None, evidence)
        return True

    def mark_edited(self, item_id: int, source: str, item: Item, words: bytes, at: datetime, evidence: str) -> bool:
        """Save what an item says after an edit, beside what it said before; returns whether that differs.

        ``source`` is the configured source that brought it, ``item`` what it says now and ``words`` the hash of that
        (``identity.words_hash``). Mentions whose terms stand in the new words are shown with them, and judged
        anew, once brands have read them (``collect.match_items``); others keep the words in which they were found.
        """
        row = self._db.row(
            "SELECT i.words AS own, (SELECT c.words FROM changes c WHERE c.item_id = i.id AND c.what = 'edited'"
            " ORDER BY c.at DESC LIMIT 1) AS last,"
            " (SELECT count(*) FROM changes c WHERE c.item_id = i.id AND c.what = 'edited') AS edits"
            " FROM items i WHERE i.id = ?",
            (item_id,),
        )
        if row is None or words == (row["last"] or row["own"]) or row["edits"] >= _MOST_EDITS:
            return False
        known = words == row["own"] or self._has_version(item_id, words)
        if not known:
            self._items.save_version(item_id, source, stamp(at), item, words)
            if not self._has_version(item_id, words):
                return False  # other versions have taken all the room there is
        self._change(item_id, at, "edited", words, evidence)
        if known:
            self._tell_as_before(item_id, at, words)
        return True

    def _has_version(self, item_id: int, words: bytes) -> bool:
        return self._db.row("SELECT 1 FROM versions WHERE item_id = ? AND words = ?", (item_id, words)) is not None

    def _tell_as_before(self, item_id: int, at: datetime, words: bytes) -> None:
        """Words that were matched before are not matched again: where the terms are in them is known."""
        rows = self._db.rows(
            "SELECT m.seq, coalesce((SELECT w.matches FROM mention_words w WHERE w.seq = m.seq AND w.words = :words"
            " ORDER BY w.at DESC LIMIT 1),"
            " CASE WHEN (SELECT v.words FROM versions v WHERE v.id = m.version_id) = :words"
            " OR (m.version_id IS NULL AND i.words = :words) THEN m.matches END) AS matches"
            " FROM mention_records m JOIN items i ON i.id = m.item_id WHERE m.item_id = :item",
            {"item": item_id, "words": words},
        )
        for row in rows:
            if row["matches"] is not None:
                show_words(self._db, row["seq"], at, words, row["matches"])

    def of_item(self, item_id: int) -> tuple[ItemChange, ...]:
        """What happened to an item, oldest first."""
        rows = self._db.rows(
            "SELECT c.*, coalesce(v.text, i.text) AS text,"
            " CASE WHEN v.id IS NULL THEN i.title ELSE v.title END AS title"
            " FROM changes c JOIN items i ON i.id = c.item_id"
            " LEFT JOIN versions v ON v.item_id = c.item_id AND v.words = c.words"
            " WHERE c.item_id = ? ORDER BY c.at, c.what = 'gone'",
            (item_id,),
        )
        return tuple(
            ItemChange(
                read_stamp(row["at"]),
                cast(What, row["what"]),
                row["evidence"],
                *((row["title"], row["text"]) if row["what"] == "edited" else ()),
            )
            for row in rows
        )

    def _last(self, item_id: int) -> str | None:
        what: str | None = self._db.value(
            "SELECT what FROM changes WHERE item_id = ? AND what <> 'edited' ORDER BY at DESC, what DESC LIMIT 1",
            (item_id,),
        )
        return what

    def _change(self, item_id: int, at: datetime, what: What, words: bytes | None, evidence: str) -> None:
        self._db.run(
            upsert("changes", ("item_id", "at", "what"), ("words", "evidence")),
            (item_id, stamp(at), what, words, evidence),
        )
