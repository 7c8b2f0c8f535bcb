"""Comments that an older version took for the page they stand on, found again where their words are still kept."""

from __future__ import annotations

from mentionwatch.collect.save_items import save_items
from mentionwatch.model import Item
from mentionwatch.store import Store
from mentionwatch.store.items import MergedWords
from mentionwatch.urls import canonical_url


def restore_comments(store: Store) -> int:
    """Make items of their own of what another source said at another address of a stored page; how many it made.

    They are backlog: what was hidden for weeks is no news. Done once for a database, before anything is polled, so that
    an entry that is still in its feed is known again.
    """
    with store.writing():
        if store.items.comments_are_apart():
            return 0
        restored = 0
        for found in store.items.merged_words():
            theirs, ours = canonical_url(found.url), canonical_url(found.item_url)
            if theirs is None or ours is None or theirs == ours or "#" not in theirs + ours:
                continue
            if theirs.partition("#")[0] == ours.partition("#")[0]:
                restored += _restore(store, found, theirs)
        store.items.set_comments_apart()
    return restored


def _restore(store: Store, found: MergedWords, address: str) -> int:
    source = found.source.replace(":", "%3A")
    store.items.take_out(found, f"guid:{source}:", f"url:{address}")
    item = Item(
        platform=found.platform,
        kind="comment" if "#" in address else found.kind,
        url=found.url,
        title=found.title,
        text=found.text,
        links=found.links,
        tags=found.tags,
    )
    return save_items(store, found.source, [item], found.seen_at, backlog=True, poll_id=None)
