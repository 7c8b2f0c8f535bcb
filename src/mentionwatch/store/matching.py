"""What to match next, and how far each brand's terms have got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mentionwatch.model import Item
from mentionwatch.store.database import Database
from mentionwatch.store.dialect import among, array, upsert
from mentionwatch.store.rows import read_item, read_row
from mentionwatch.store.values import read_json, read_optional_stamp, read_stamp


@dataclass(frozen=True, slots=True)
class MatchCursor:
    """How far a brand has matched: all items and versions up to these ids, by these rules."""

    rules: str
    item_id: int
    version_id: int


@dataclass(frozen=True, slots=True)
class MatchCandidate:
    """Something to match: an item, or another version of its words (``version_id``)."""

    item_id: int
    version_id: int | None
    item: Item
    identity: str
    first_seen_at: datetime
    backlog: bool
    #: When the item was edited to say this; ``None`` for another source's version.
    edited_at: datetime | None = None
    words: bytes = b""


class Matching:
    """Items and versions in the order of arrival, with a cursor for each brand."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def cursors(self) -> dict[str, MatchCursor]:
        """How far each brand has matched."""
        return {row["brand"]: read_row(MatchCursor, row) for row in self._db.rows("SELECT * FROM matched")}

    def save_cursor(self, brand: str, progress: MatchCursor) -> None:
        self._db.run(
            upsert("matched", ("brand",), ("rules", "item_id", "version_id")),
            (brand, progress.rules, progress.item_id, progress.version_id),
        )

    def drop_cursors(self, brands: Sequence[str]) -> None:
        """Delete the cursors of brands that are no longer configured: they would hold back pruning."""
        self._db.run(f"DELETE FROM matched WHERE brand NOT IN {among('?')}", (array(brands),))

    def newest_ids(self) -> tuple[int, int]:
        """The newest item's and the newest version's id; 0 where there is none."""
        row = self._db.row(
            "SELECT (SELECT coalesce(max(id), 0) FROM items) AS item,"
            " (SELECT coalesce(max(id), 0) FROM versions) AS version"
        )
        assert row is not None
        return row["item"], row["version"]

    def items_after(self, item_id: int, limit: int) -> tuple[MatchCandidate, ...]:
        """Items in the order of arrival."""
        rows = self._db.rows("SELECT * FROM items WHERE id > ? ORDER BY id LIMIT ?", (item_id, limit))
        return tuple(
            MatchCandidate(
                row["id"], None, read_item(row), row["identity"], read_stamp(row["first_seen_at"]), bool(row["backlog"])
            )
            for row in rows
        )

    def versions_after(self, version_id: int, limit: int) -> tuple[MatchCandidate, ...]:
        """Versions of items, in the order of arrival; each counts from when it was seen."""
        rows = self._db.rows(
            "SELECT i.*, v.id AS version_id, v.seen_at, v.title AS v_title, v.text AS v_text, v.links AS v_links,"
            " v.tags AS v_tags, v.words AS v_words, (SELECT max(c.at) FROM changes c"
            "  WHERE c.item_id = i.id AND c.what = 'edited' AND c.words = v.words) AS edited_at"
            " FROM versions v JOIN items i ON i.id = v.item_id WHERE v.id > ? ORDER BY v.id LIMIT ?",
            (version_id, limit),
        )
        return tuple(
            MatchCandidate(
                row["id"],
                row["version_id"],
                replace(
                    read_item(row),
                    title=row["v_title"],
                    text=row["v_text"],
                    links=tuple(read_json(row["v_links"])),
                    tags=tuple(read_json(row["v_tags"])),
                ),
                row["identity"],
                read_stamp(row["seen_at"]),
                False,
                read_optional_stamp(row["edited_at"]),
                row["v_words"],
            )
            for row in rows
        )
