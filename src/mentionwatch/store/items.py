"""Items: each kept once, whichever source brings it, however its address is spelt."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.identity import Decision, Key, Known, keys, resolve, words_hash
from mentionwatch.model import Item
from mentionwatch.store.connection import Connection
from mentionwatch.store.rows import (
    ITEM_COLUMNS,
    dump,
    engagement_json,
    item_values,
    read_item,
    stamp,
    unstamp,
)
from mentionwatch.urls import canonical_url

_INSERT = f"INSERT INTO items (id, {', '.join(ITEM_COLUMNS)}) VALUES (?, {', '.join('?' * len(ITEM_COLUMNS))})"
#: Other words kept of one item: a page that says something else at every poll must not fill the disk.
_MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Sighting:
    """One source that brought an item: when first, in which poll, and by which name it was known again."""

    source: str
    first_seen_at: datetime
    evidence: str
    url: str | None
    poll_id: int | None


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item with what the store knows of it."""

    id: int
    item: Item
    canonical_url: str | None
    source: str
    first_seen_at: datetime
    backlog: bool
    identity: str
    sightings: tuple[Sighting, ...]
    versions: tuple[tuple[str, datetime, str | None, str], ...]


@dataclass(slots=True)
class _Row:
    """What keeping needs to know of an item that is stored already."""

    words: bytes
    engagement: str
    sources: set[str]


class Items(Connection):
    """What was said."""

    def keep_items(
        self, source: str, items: Sequence[Item], seen: datetime, *, backlog: bool, poll_id: int | None
    ) -> int:
        """Keep the items of one answer of a source; gives how many had not been seen before.

        An item that is known gains what is new of it: a source that had not brought it, other words, counts that
        have changed, further names. Inside a transaction.
        """
        named = keys(items, source)
        first_new = self._next_id()
        answer = _Answer(self, source, stamp(seen), backlog, poll_id, first_new)
        answer.look_up(named)
        new = sum(answer.keep(item, item_keys) for item, item_keys in zip(items, named, strict=True))
        answer.write()
        if new:
            # Filled once an answer by a single statement: triggers cost four times as much a row.
            self._run(
                "INSERT INTO items_fts (rowid, title, text) SELECT id, title, text FROM items WHERE id >= ?",
                (first_new,),
            )
        return new

    def _next_id(self) -> int:
        row = self._row("SELECT coalesce(max(id), 0) + 1 AS id FROM items")
        assert row is not None
        return int(row["id"])

    def item_by_url(self, canonical: str) -> tuple[StoredItem, ...]:
        """Items that have this canonical address, or are known by it."""
        rows = self._rows(
            "SELECT * FROM items WHERE canonical_url = ?1 OR id = (SELECT item_id FROM identities WHERE key = ?2)"
            " ORDER BY id LIMIT 20",
            (canonical, _hash(f"url:{canonical}")),
        )
        return tuple(self._stored(row) for row in rows)

    def item_of_mention(self, mention_id: str) -> StoredItem | None:
        """The item behind a mention, retired ones included."""
        row = self._row(
            "SELECT i.* FROM items i JOIN mention_records m ON m.item_id = i.id WHERE m.id = ?", (mention_id,)
        )
        return None if row is None else self._stored(row)

    def pruned(self, canonical: str) -> bool:
        """Whether an item with this address was known once and its words have been removed."""
        row = self._row("SELECT item_id FROM identities WHERE key = ?", (_hash(f"url:{canonical}"),))
        return row is not None and row["item_id"] is None

    def _stored(self, row: sqlite3.Row) -> StoredItem:
        sightings = self._rows("SELECT * FROM sightings WHERE item_id = ? ORDER BY first_seen_at, source", (row["id"],))
        versions = self._rows(
            "SELECT source, seen_at, title, text FROM versions WHERE item_id = ? ORDER BY id", (row["id"],)
        )
        return StoredItem(
            id=row["id"],
            item=read_item(row),
            canonical_url=row["canonical_url"],
            source=row["source"],
            first_seen_at=unstamp(row["first_seen_at"]),
            backlog=bool(row["backlog"]),
            identity=row["identity"],
            sightings=tuple(
                Sighting(s["source"], unstamp(s["first_seen_at"]), s["evidence"], s["url"], s["poll_id"])
                for s in sightings
            ),
            versions=tuple((v["source"], unstamp(v["seen_at"]), v["title"], v["text"]) for v in versions),
        )

    # -- what keeping asks and writes ------------------------------------------------------------------------------

    def _known(self, texts: Sequence[str]) -> dict[str, int | None]:
        """Key text → the item it names; ``None`` for one that has been pruned."""
        hashes = {_hash(text): text for text in texts}
        found: dict[str, int | None] = {}
        marks = list(hashes)
        for start in range(0, len(marks), 500):
            part = marks[start : start + 500]
            rows = self._rows(f"SELECT key, item_id FROM identities WHERE key IN ({', '.join('?' * len(part))})", part)
            found.update({hashes[row["key"]]: row["item_id"] for row in rows})
        return found

    def _rows_of(self, ids: set[int]) -> dict[int, _Row]:
        among = json.dumps(sorted(ids))
        rows = self._rows(
            "SELECT id, words, coalesce((SELECT r.engagement FROM readings r WHERE r.item_id = items.id"
            " ORDER BY r.read_at DESC LIMIT 1), engagement) AS engagement FROM items"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (among,),
        )
        known = {row["id"]: _Row(row["words"], row["engagement"], set()) for row in rows}
        for row in self._rows(
            "SELECT item_id, source FROM sightings WHERE item_id IN (SELECT value FROM json_each(?))", (among,)
        ):
            known[row["item_id"]].sources.add(row["source"])
        return known

    def _known_item(self, item_id: int) -> Known:
        row = self._row("SELECT * FROM items WHERE id = ?", (item_id,))
        assert row is not None
        names = self._rows("SELECT name FROM identities WHERE item_id = ? AND name IS NOT NULL", (item_id,))
        return Known(item_id, read_item(row), frozenset(name["name"] for name in names))

    def _insert(
        self, items: list[tuple[object, ...]], names: list[tuple[object, ...]], sightings: list[tuple[object, ...]]
    ) -> None:
        self._run_many(_INSERT, items)
        self._run_many(
            "INSERT INTO identities (key, item_id, name) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING", names
        )
        self._run_many(
            "INSERT INTO sightings (item_id, source, first_seen_at, evidence, url, poll_id) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            sightings,
        )

    def _keep_version(self, item_id: int, source: str, seen: str, item: Item, words: bytes) -> None:
        self._run(
            "INSERT INTO versions (item_id, source, seen_at, title, text, links, tags, words)"
            " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE (SELECT count(*) FROM versions WHERE item_id = ?1) < ?9"
            " ON CONFLICT DO NOTHING",
            (item_id, source, seen, item.title, item.text, dump(item.links), dump(item.tags), words, _MOST_VERSIONS),
        )

    def _keep_reading(self, item_id: int, seen: str, engagement: str) -> None:
        self._run(
            "INSERT OR REPLACE INTO readings (item_id, read_at, engagement) VALUES (?, ?, ?)",
            (item_id, seen, engagement),
        )


class _Answer:
    """One answer being kept: what its items are known by, and which stored items those names belong to.

    Rows are gathered and written in three statements an answer; a row a statement costs twice as much.
    """

    def __init__(self, store: Items, source: str, seen: str, backlog: bool, poll_id: int | None, next_id: int) -> None:
        self._store = store
        self._source, self._seen, self._backlog, self._poll_id = source, seen, backlog, poll_id
        self._next_id = next_id
        self._ids: dict[str, int | None] = {}
        self._rows: dict[int, _Row] = {}
        self._new_items: list[tuple[object, ...]] = []
        self._new_names: list[tuple[object, ...]] = []
        self._new_sightings: list[tuple[object, ...]] = []

    def write(self) -> None:
        """Write what has been gathered."""
        self._store._insert(self._new_items, self._new_names, self._new_sightings)
        self._new_items, self._new_names, self._new_sightings = [], [], []

    def look_up(self, named: Sequence[Sequence[Key]]) -> None:
        """Ask for every key of the answer at once."""
        self._ids = self._store._known([key.text for item_keys in named for key in item_keys])
        self._rows = self._store._rows_of({item_id for item_id in self._ids.values() if item_id is not None})

    def keep(self, item: Item, item_keys: Sequence[Key]) -> bool:
        """Keep one item; says whether it is new."""
        words = bytes.fromhex(words_hash(item))
        hits = {key.text: self._ids[key.text] for key in item_keys if key.text in self._ids}
        if _was_pruned(item_keys, hits):
            return False
        decision = resolve(item, item_keys, self._candidates(item, item_keys, hits))
        if decision.same is not None:
            self._add_to(int(decision.same), item, decision, words)
            return False
        values = item_values(
            item,
            source=self._source,
            canonical=None if item.url is None else canonical_url(item.url),
            seen=self._seen,
            backlog=self._backlog,
            identity=decision.name,
            words=words,
            poll_id=self._poll_id,
        )
        item_id = self._next_id
        self._next_id += 1
        self._new_items.append((item_id, *values))
        self._rows[item_id] = _Row(words, engagement_json(item.engagement), {self._source})
        self._name(item_id, decision)
        self._new_sightings.append((item_id, self._source, self._seen, "first", item.url, self._poll_id))
        return True

    def _candidates(self, item: Item, item_keys: Sequence[Key], hits: Mapping[str, int | None]) -> dict[str, Known]:
        first = next((key for key in item_keys if key.text in hits), None)
        # A platform's id or a feed's guid proves by itself; the stored item need not be read for it.
        certain = first is not None and first.text.startswith(("id:", "guid:"))
        read: dict[int, Known] = {}
        if hits and not certain:
            # One of them may have come a moment ago, with this very answer.
            self.write()
        for item_id in {item_id for item_id in hits.values() if item_id is not None}:
            read[item_id] = Known(item_id, item, frozenset()) if certain else self._store._known_item(item_id)
        return {text: read[item_id] for text, item_id in hits.items() if item_id is not None}

    def _add_to(self, item_id: int, item: Item, decision: Decision, words: bytes) -> None:
        row = self._rows[item_id]
        if self._source not in row.sources:
            sighting = (item_id, self._source, self._seen, decision.evidence, item.url, self._poll_id)
            self._new_sightings.append(sighting)
            row.sources.add(self._source)
        if words != row.words:
            self._store._keep_version(item_id, self._source, self._seen, item, words)
        engagement = engagement_json(item.engagement)
        if engagement != row.engagement and any(value is not None for value in json.loads(engagement).values()):
            self._store._keep_reading(item_id, self._seen, engagement)
            row.engagement = engagement
        self._name(item_id, decision)

    def _name(self, item_id: int, decision: Decision) -> None:
        fresh = [text for text in decision.keys if text not in self._ids]
        self._ids.update(dict.fromkeys(fresh, item_id))
        self._new_names += [
            (_hash(text), item_id, text if text.startswith(("id:", "guid:")) else None) for text in fresh
        ]


def _was_pruned(item_keys: Sequence[Key], hits: Mapping[str, int | None]) -> bool:
    """Whether this was seen before and is past keeping: its words are gone on purpose, and it is no news.

    An address alone does not prove it where the item has an id of its own that was never seen: a status page keeps its
    address and says something new, and losing that would be worse than telling an old thing twice.
    """
    unknown_id = any(key.text.startswith(("id:", "guid:")) and key.text not in hits for key in item_keys)
    return any(
        key.text in hits
        and hits[key.text] is None
        and (not key.text.startswith("url:") or not (key.needs_same_words or unknown_id))
        for key in item_keys
    )


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


__all__ = ["Items", "Sighting", "StoredItem"]
