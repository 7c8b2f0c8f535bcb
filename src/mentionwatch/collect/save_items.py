"""Storing the items of one answer: each is a new item, or one that is known and gains what is new of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from mentionwatch.identity import IdentityKey, StoredItem, identity_keys, resolve_identity, words_hash
from mentionwatch.model import Item
from mentionwatch.store import Store
from mentionwatch.store.item_batch import ItemBatchWriter
from mentionwatch.urls import canonical_url


def save_items(
    store: Store, source: str, items: Sequence[Item], seen: datetime, *, backlog: bool, poll_id: int | None
) -> int:
    """Store the items of one answer of a source; gives how many had not been seen before. Inside a transaction."""
    named = identity_keys(items, source)
    batch = ItemBatchWriter(store.items, source, seen, backlog=backlog, poll_id=poll_id)
    batch.look_up([key.text for item_keys in named for key in item_keys])
    new = sum(_save(store, batch, source, seen, item, keys) for item, keys in zip(items, named, strict=True))
    batch.close()
    return new


def find_item(store: Store, platform: str, external_id: str) -> int | None:
    """The stored item that a platform knows by this id; ``None`` where there is none, or it was pruned."""
    ((first, *_),) = identity_keys([Item(platform=platform, kind="post", external_id=external_id)], "")
    return store.items.ids_by_key([first.text]).get(first.text)


def _save(
    store: Store, batch: ItemBatchWriter, source: str, seen: datetime, item: Item, item_keys: Sequence[IdentityKey]
) -> bool:
    """Store one item; whether it is new."""
    hits = {key.text: batch.ids[key.text] for key in item_keys if key.text in batch.ids}
    if _was_pruned(item_keys, hits):
        return False
    words = bytes.fromhex(words_hash(item))
    decision = resolve_identity(item, item_keys, _candidates(batch, item, item_keys, hits))
    if decision.same is not None:
        if _tells_edits(item) and _is_edited(batch, int(decision.same), words):
            store.changes.mark_edited(int(decision.same), source, item, words, seen, "its source tells it otherwise")
        batch.update(int(decision.same), item, evidence=decision.evidence, words=words, keys=decision.keys)
        return False
    canonical = None if item.url is None else canonical_url(item.url)
    batch.add(item, canonical=canonical, identity=decision.name, words=words, keys=decision.keys)
    return True


def _tells_edits(item: Item) -> bool:
    """Whether other words are an edit: what a search gives of a page depends on what was asked."""
    return item.platform == "feed" or item.kind not in ("article", "page")


def _is_edited(batch: ItemBatchWriter, item_id: int, words: bytes) -> bool:
    """Whether a source that told of an item in an earlier answer now says something else of it.

    Two sources that differ are an excerpt and the whole, not an edit.
    """
    last = batch.last_words(item_id)
    return last is not None and last != words


def _candidates(
    batch: ItemBatchWriter, item: Item, item_keys: Sequence[IdentityKey], hits: Mapping[str, int | None]
) -> dict[str, StoredItem]:
    first = next((key for key in item_keys if key.text in hits), None)
    # A platform's id or a feed's guid proves by itself; the stored item need not be read for it.
    certain = first is not None and first.text.startswith(("id:", "guid:"))
    known = {
        item_id: StoredItem(item_id, item, frozenset()) if certain else StoredItem(item_id, *batch.stored(item_id))
        for item_id in {item_id for item_id in hits.values() if item_id is not None}
    }
    return {text: known[item_id] for text, item_id in hits.items() if item_id is not None}


def _was_pruned(item_keys: Sequence[IdentityKey], hits: Mapping[str, int | None]) -> bool:
    """Whether this was seen before and is past its retention: its words were deleted on purpose, and it is not news.

    An address alone does not prove it where the item has an id of its own that was never seen: a status page keeps its
    address and says something new, and losing that would be worse than reporting an old thing twice.
    """
    unknown_id = any(key.text.startswith(("id:", "guid:")) and key.text not in hits for key in item_keys)
    return any(
        key.find
        and key.text in hits
        and hits[key.text] is None
        and (not key.text.startswith("url:") or not (key.needs_same_words or unknown_id))
        for key in item_keys
    )
