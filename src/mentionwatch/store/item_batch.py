"""One answer being kept: which of its items are known, and what is new of those."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mentionwatch.identity import Decision, Key, Known, resolve, words_hash
from mentionwatch.model import Item
from mentionwatch.store.rows import KnownRow, engagement_json, item_values, key_hash
from mentionwatch.urls import canonical_url

if TYPE_CHECKING:
    from mentionwatch.store.items import Items


class ItemBatchWriter:
    """One answer being kept: what its items are known by, and which stored items those names belong to.

    Rows are gathered and written in three statements an answer; a row a statement costs twice as much.
    """

    def __init__(self, store: Items, source: str, seen: str, backlog: bool, poll_id: int | None, next_id: int) -> None:
        self._store = store
        self._source, self._seen, self._backlog, self._poll_id = source, seen, backlog, poll_id
        self._next_id = next_id
        self._ids: dict[str, int | None] = {}
        self._rows: dict[int, KnownRow] = {}
        self._new_items: list[tuple[object, ...]] = []
        self._new_names: list[tuple[object, ...]] = []
        self._new_sightings: list[tuple[object, ...]] = []

    def write(self) -> None:
        """Write what has been gathered."""
        self._store.insert_rows(self._new_items, self._new_names, self._new_sightings)
        self._new_items, self._new_names, self._new_sightings = [], [], []

    def look_up(self, named: Sequence[Sequence[Key]]) -> None:
        """Ask for every key of the answer at once."""
        self._ids = self._store.known_ids([key.text for item_keys in named for key in item_keys])
        self._rows = self._store.known_rows({item_id for item_id in self._ids.values() if item_id is not None})

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
        self._rows[item_id] = KnownRow(words, engagement_json(item.engagement), {self._source})
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
            read[item_id] = (
                Known(item_id, item, frozenset()) if certain else Known(item_id, *self._store.stored_words(item_id))
            )
        return {text: read[item_id] for text, item_id in hits.items() if item_id is not None}

    def _add_to(self, item_id: int, item: Item, decision: Decision, words: bytes) -> None:
        row = self._rows[item_id]
        if self._source not in row.sources:
            sighting = (item_id, self._source, self._seen, decision.evidence, item.url, self._poll_id)
            self._new_sightings.append(sighting)
            row.sources.add(self._source)
        if words != row.words:
            self._store.save_version(item_id, self._source, self._seen, item, words)
        engagement = engagement_json(item.engagement)
        if engagement != row.engagement and any(value is not None for value in json.loads(engagement).values()):
            self._store.save_engagement(item_id, self._seen, engagement)
            row.engagement = engagement
        self._name(item_id, decision)

    def _name(self, item_id: int, decision: Decision) -> None:
        fresh = [text for text in decision.keys if text not in self._ids]
        self._ids.update(dict.fromkeys(fresh, item_id))
        self._new_names += [
            (key_hash(text), item_id, text if text.startswith(("id:", "guid:")) else None) for text in fresh
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
