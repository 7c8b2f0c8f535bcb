"""Items: each stored once, whichever source delivers it and however its URL is spelt."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.model import EngagementReading, Item, ItemKind
from mentionwatch.records import MentionSighting, WordSighting
from mentionwatch.store.database import Database
from mentionwatch.store.dialect import LAST_ITEM_ID, among, array, index_items, items_with_words, search_words, upsert
from mentionwatch.store.filter import COUNTED
from mentionwatch.store.rows import ITEM_COLUMNS, KnownRow, dump, key_hash, read_item, read_row
from mentionwatch.store.values import read_engagement, read_optional_stamp, read_stamp
from mentionwatch.times import stamp

#: The mark of a database in which comments that were taken for their page have been looked for.
_APART = "comments apart"
_INSERT = f"INSERT INTO items (id, {', '.join(ITEM_COLUMNS)}) VALUES (?, {', '.join('?' * len(ITEM_COLUMNS))})"


#: Other words kept of one item: a page that says something else at every poll must not fill the disk.
_MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class MergedWords:
    """Other words that a source brought for a stored item, with the address it gave and the item's own."""

    version_id: int
    item_id: int
    source: str
    url: str
    item_url: str
    platform: str
    kind: ItemKind
    seen_at: datetime
    title: str | None
    text: str
    links: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One source that delivered an item: when first, in which poll, and how the item was recognised."""

    source: str
    first_seen_at: datetime
    evidence: str
    url: str | None
    poll_id: int | None


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """An item with what is stored about it."""

    id: int
    item: Item
    canonical_url: str | None
    source: str
    first_seen_at: datetime
    backlog: bool
    identity: str
    sightings: tuple[Sighting, ...]
    versions: tuple[tuple[str, datetime, str | None, str], ...]


class Items:
    """Items, the sources that delivered them, their texts and their engagement over time."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def next_id(self) -> int:
        """The id that the next new item gets."""
        # Not the largest id there is: the newest items may have been pruned, and their numbers have been read past.
        return int(self._db.value(LAST_ITEM_ID) or 0) + 1

    def by_url(self, canonical: str) -> tuple[ItemRecord, ...]:
        """Items with this canonical URL, or known by it."""
        rows = self._db.rows(
            "SELECT * FROM items WHERE canonical_url = ? OR id = (SELECT item_id FROM identities WHERE key = ?)"
            " ORDER BY id LIMIT 20",
            (canonical, key_hash(f"url:{canonical}")),
        )
        return tuple(self._stored(row) for row in rows)

    def of_mention(self, mention_id: str) -> ItemRecord | None:
        """The item of a mention, unmatched mentions included."""
        row = self._db.row(
            "SELECT i.* FROM items i JOIN mention_records m ON m.item_id = i.id WHERE m.id = ?", (mention_id,)
        )
        return None if row is None else self._stored(row)

    def was_pruned(self, canonical: str) -> bool:
        """Whether an item with this URL was stored once and has been pruned."""
        row = self._db.row("SELECT item_id FROM identities WHERE key = ?", (key_hash(f"url:{canonical}"),))
        return row is not None and row["item_id"] is None

    def sightings_with_text(self, words: str) -> tuple[WordSighting, ...]:
        """The sources of items with these words in title or text, ignoring case; the oldest 1,000 items."""
        if not any(letter.isalnum() for letter in words):
            return ()
        rows = self._db.rows(
            "SELECT s.source, s.first_seen_at, i.published_at, i.title, i.text FROM sightings s"
            " JOIN items i ON i.id = s.item_id WHERE s.item_id IN"
            f" {items_with_words('?', 1000)}",
            (search_words([words]),),
        )
        # The index knows words alone: marks between them, and accents, are looked at here.
        wanted = words.casefold()
        return tuple(
            WordSighting(row["source"], read_stamp(row["first_seen_at"]), read_optional_stamp(row["published_at"]))
            for row in rows
            if wanted in f"{row['title'] or ''}\n{row['text']}".casefold()
        )

    def captures(self, since: datetime, until: datetime) -> tuple[MentionSighting, ...]:
        """Which source found which new mentions of a period, without own posts and backlog; at most 200,000."""
        rows = self._db.rows(
            "SELECT m.brand, i.kind, s.source, m.item_id AS item FROM mention_records m"
            " JOIN items i ON i.id = m.item_id JOIN sightings s ON s.item_id = m.item_id"
            " WHERE m.counts_at >= :since AND m.counts_at <= :until"
            f" AND {COUNTED} AND s.first_seen_at <= :until"
            " ORDER BY m.counts_at DESC LIMIT 200000",
            {"since": stamp(since), "until": stamp(until)},
        )
        return tuple(read_row(MentionSighting, row) for row in rows)

    def _stored(self, row: sqlite3.Row) -> ItemRecord:
        sightings = self._db.rows(
            "SELECT * FROM sightings WHERE item_id = ? ORDER BY first_seen_at, source", (row["id"],)
        )
        versions = self._db.rows(
            "SELECT source, seen_at, title, text FROM versions WHERE item_id = ? ORDER BY id", (row["id"],)
        )
        return read_row(
            ItemRecord,
            row,
            item=read_item(row),
            sightings=tuple(read_row(Sighting, sighting) for sighting in sightings),
            versions=tuple((v["source"], read_stamp(v["seen_at"]), v["title"], v["text"]) for v in versions),
        )

    def engagement_history(self, item_id: int, since: datetime | None = None) -> tuple[EngagementReading, ...]:
        """An item's engagement over time, oldest first: when first seen, at each change, and at the last recheck."""
        rows = self._db.rows(
            "SELECT first_seen_at AS at, engagement FROM items WHERE id = :id"
            " UNION ALL SELECT read_at, engagement FROM readings WHERE item_id = :id ORDER BY at",
            {"id": item_id},
        )
        asked = self._db.row("SELECT asked_at FROM rereadings WHERE item_id = ? AND missing_since IS NULL", (item_id,))
        told = [EngagementReading(read_stamp(row["at"]), read_engagement(row["engagement"])) for row in rows]
        if asked is not None and told and read_stamp(asked["asked_at"]) > told[-1].at:
            told.append(EngagementReading(read_stamp(asked["asked_at"]), told[-1].engagement))
        return tuple(one for one in told if since is None or one.at >= since)

    def ids_by_key(self, texts: Sequence[str]) -> dict[str, int | None]:
        """Key text → the item it names; ``None`` for one that has been pruned."""
        hashes = {key_hash(text): text for text in texts}
        found: dict[str, int | None] = {}
        marks = list(hashes)
        for start in range(0, len(marks), 500):
            part = marks[start : start + 500]
            rows = self._db.rows(
                f"SELECT key, item_id FROM identities WHERE key IN ({', '.join('?' * len(part))})", part
            )
            found.update({hashes[row["key"]]: row["item_id"] for row in rows})
        return found

    def comments_are_apart(self) -> bool:
        """Whether comments that were taken for their page have been looked for."""
        return self._db.mark(_APART) is not None

    def set_comments_apart(self) -> None:
        self._db.set_mark(_APART, 1)

    def merged_words(self) -> tuple[MergedWords, ...]:
        """What another source than the first said of an item, under another spelling of its address with an anchor."""
        rows = self._db.rows(
            "SELECT v.id AS version_id, s.item_id, s.source, s.url, i.url AS item_url, i.platform, i.kind,"
            " v.seen_at, v.title, v.text,"
            " v.links, v.tags FROM sightings s JOIN items i ON i.id = s.item_id"
            " JOIN versions v ON v.item_id = s.item_id AND v.source = s.source"
            " WHERE s.source <> i.source AND s.url <> i.url AND (s.url LIKE '%#%' OR i.url LIKE '%#%')"
            " ORDER BY v.id"
        )
        return tuple(read_row(MergedWords, row) for row in rows)

    def take_out(self, found: MergedWords, guids: str, address: str) -> None:
        """Take from an item words that are another's, the guids that begin so, and an address."""
        of_item = "SELECT seq FROM mention_records WHERE item_id = ?"
        self._db.run(
            f"DELETE FROM mention_words WHERE seq IN ({of_item}) AND words = (SELECT words FROM versions WHERE id = ?)",
            (found.item_id, found.version_id),
        )
        self._db.run(
            "UPDATE mention_records SET version_id = NULL, judged = NULL WHERE version_id = ?", (found.version_id,)
        )
        self._db.run("DELETE FROM versions WHERE id = ?", (found.version_id,))
        self._db.run(
            "DELETE FROM identities WHERE item_id = ? AND (substr(name, 1, ?) = ? OR key = ?)",
            (found.item_id, len(guids), guids, key_hash(address)),
        )

    def known_rows(self, ids: set[int]) -> dict[int, KnownRow]:
        """What is needed to update items that are stored already."""
        wanted = array(ids)
        rows = self._db.rows(
            "SELECT id, words, coalesce((SELECT r.engagement FROM readings r WHERE r.item_id = items.id"
            " ORDER BY r.read_at DESC LIMIT 1), engagement) AS engagement FROM items"
            f" WHERE id IN {among('?')}",
            (wanted,),
        )
        known = {row["id"]: KnownRow(row["words"], row["engagement"], set()) for row in rows}
        for row in self._db.rows(f"SELECT item_id, source FROM sightings WHERE item_id IN {among('?')}", (wanted,)):
            known[row["item_id"]].sources.add(row["source"])
        return known

    def stored_words(self, item_id: int) -> tuple[Item, frozenset[str]]:
        """What an item said, and the ids and guids it is known by."""
        row = self._db.row("SELECT * FROM items WHERE id = ?", (item_id,))
        assert row is not None
        names = self._db.column("SELECT name FROM identities WHERE item_id = ? AND name IS NOT NULL", (item_id,))
        return read_item(row), frozenset(names)

    def last_words(self, item_id: int, source: str) -> bytes | None:
        """The hash of what a source last told of an item, where that is known."""
        found: bytes | None = self._db.value(
            "SELECT coalesce((SELECT words FROM versions WHERE item_id = :item AND source = :source"
            " ORDER BY id DESC LIMIT 1), (SELECT words FROM items WHERE id = :item AND source = :source))",
            {"item": item_id, "source": source},
        )
        return found

    def insert_rows(
        self, items: list[tuple[object, ...]], names: list[tuple[object, ...]], sightings: list[tuple[object, ...]]
    ) -> None:
        self._db.run_many(_INSERT, items)
        self._db.run_many(
            "INSERT INTO identities (key, item_id, name) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING", names
        )
        self._db.run_many(
            "INSERT INTO sightings (item_id, source, first_seen_at, evidence, url, poll_id) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            sightings,
        )

    def index_from(self, first: int) -> None:
        """Index the items from this id on, once an answer: triggers cost four times as much a row."""
        self._db.run(index_items("id >= ?"), (first,))

    def save_version(self, item_id: int, source: str, seen: str, item: Item, words: bytes) -> None:
        self._db.run(
            "INSERT INTO versions (item_id, source, seen_at, title, text, links, tags, words)"
            " SELECT :item_id, :source, :seen, :title, :text, :links, :tags, :words"
            " WHERE (SELECT count(*) FROM versions WHERE item_id = :item_id) < :most ON CONFLICT DO NOTHING",
            {
                "item_id": item_id,
                "source": source,
                "seen": seen,
                "title": item.title,
                "text": item.text,
                "links": dump(item.links),
                "tags": dump(item.tags),
                "words": words,
                "most": _MOST_VERSIONS,
            },
        )

    def save_engagement(self, item_id: int, seen: str, engagement: str) -> None:
        self._db.run(
            upsert("readings", ("item_id", "read_at"), ("engagement",)),
            (item_id, seen, engagement),
        )
        # How far it reaches is part of how urgent it is.
        self._db.run("UPDATE mention_records SET judged = NULL WHERE item_id = ?", (item_id,))
