"""The items of one answer being stored: what is known of them, and the rows that are new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from mentionwatch.model import Item
from mentionwatch.store.items import Items
from mentionwatch.store.rows import KnownRow, engagement_json, item_values, key_hash
from mentionwatch.store.values import read_json
from mentionwatch.times import stamp


class ItemBatchWriter:
    """Stores the items of one answer; which stored item each of them is, the caller decides (``identity``).

    Rows are gathered and written in three statements an answer; a row a statement costs twice as much. Inside a
    transaction, :meth:`look_up` first and :meth:`close` last.
    """

    def __init__(self, items: Items, source: str, seen: datetime, *, backlog: bool, poll_id: int | None) -> None:
        self._items = items
        self._source, self._seen, self._backlog, self._poll_id = source, stamp(seen), backlog, poll_id
        self._first_id = self._next_id = items.next_id()
        #: Key text → the stored item it names; ``None`` for one that was pruned.
        self.ids: dict[str, int | None] = {}
        self._rows: dict[int, KnownRow] = {}
        self._new_items: list[tuple[object, ...]] = []
        self._new_names: list[tuple[object, ...]] = []
        self._new_sightings: list[tuple[object, ...]] = []

    def look_up(self, keys: Sequence[str]) -> None:
        """Ask for every key of the answer at once."""
        self.ids = self._items.ids_by_key(keys)
        self._rows = self._items.known_rows({item_id for item_id in self.ids.values() if item_id is not None})

    def stored(self, item_id: int) -> tuple[Item, frozenset[str]]:
        """What an item said, and the ids and guids it is known by."""
        # It may have come a moment ago, with this very answer.
        self._write()
        return self._items.stored_words(item_id)

    def last_words(self, item_id: int) -> bytes | None:
        """The hash of what this source last told of an item in an earlier answer; ``None`` where it never did."""
        if item_id >= self._first_id or self._source not in self._rows[item_id].sources:
            return None
        return self._items.last_words(item_id, self._source)

    def add(self, item: Item, *, canonical: str | None, identity: str, words: bytes, keys: Iterable[str]) -> None:
        """A new item: ``identity`` is the key that names it in every database, ``keys`` those it is known by."""
        values = item_values(
            item,
            source=self._source,
            canonical=canonical,
            seen=self._seen,
            backlog=self._backlog,
            identity=identity,
            words=words,
            poll_id=self._poll_id,
        )
        item_id = self._next_id
        self._next_id += 1
        self._new_items.append((item_id, *values))
        self._rows[item_id] = KnownRow(words, engagement_json(item.engagement), {self._source})
        self._name(item_id, keys)
        self._new_sightings.append((item_id, self._source, self._seen, "first", item.url, self._poll_id))

    def update(self, item_id: int, item: Item, *, evidence: str, words: bytes, keys: Iterable[str]) -> None:
        """A known item gains what is new of it: another source, other words, changed counts, further names."""
        row = self._rows[item_id]
        if self._source not in row.sources:
            self._new_sightings.append((item_id, self._source, self._seen, evidence, item.url, self._poll_id))
            row.sources.add(self._source)
        if words != row.words:
            self._items.save_version(item_id, self._source, self._seen, item, words)
        engagement = engagement_json(item.engagement)
        if engagement != row.engagement and any(value is not None for value in read_json(engagement).values()):
            self._items.save_engagement(item_id, self._seen, engagement)
            row.engagement = engagement
        self._name(item_id, keys)

    def close(self) -> None:
        """Write what is left, and index what is new."""
        self._write()
        if self._next_id > self._first_id:
            self._items.index_from(self._first_id)

    def _name(self, item_id: int, keys: Iterable[str]) -> None:
        fresh = [text for text in keys if text not in self.ids]
        self.ids.update(dict.fromkeys(fresh, item_id))
        self._new_names += [
            (key_hash(text), item_id, text if text.startswith(("id:", "guid:")) else None) for text in fresh
        ]

    def _write(self) -> None:
        if not (self._new_items or self._new_names or self._new_sightings):
            return
        self._items.insert_rows(self._new_items, self._new_names, self._new_sightings)
        self._new_items, self._new_names, self._new_sightings = [], [], []
