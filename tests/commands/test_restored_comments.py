"""Comments that version 0.2 took for the page they stand on come back where their words are still kept."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from mentionwatch.collect.save_items import save_items
from mentionwatch.identity import words_hash
from mentionwatch.model import Item
from mentionwatch.store import Store
from mentionwatch.store.item_batch import ItemBatchWriter
from support.world import MORNING, World, entry, rss

PAGE, COMMENT = "https://git.example/a/-/issues/5", "https://git.example/a/-/issues/5#note_901"
BRAND = '[[brands]]\nname = "Acme"\nnames = ["Acme"]\n'
FEED = '[[sources]]\ntype = "feed"\nname = "comments"\nurl = "https://git.example/comments"\nbacklog = "tell"\n'


@pytest.mark.parametrize("comment_first", [False, True])
def test_a_hidden_comment_is_found_again_once_as_backlog(tmp_path: Path, comment_first: bool) -> None:
    world = World(tmp_path)
    world.configure(BRAND + FEED)
    page = Item("feed", "article", "i5", PAGE, "Handle comes off", "My Acme kettle lost its handle.")
    comment = Item("feed", "article", "c2", COMMENT, "Re: Handle", "Acme lawyers wrote to me.")
    first, second = (
        (("comments", comment), ("issues", page)) if comment_first else (("issues", page), ("comments", comment))
    )
    with Store.open(world.folder / "mentions.db", write=True) as store, store.writing():
        seen = MORNING - timedelta(days=3)
        save_items(store, first[0], [first[1]], seen, backlog=False, poll_id=None)
        # As the old rule had it: the same address, so the same thing with other words.
        (kept,) = store.matching.items_after(0, 10)
        batch = ItemBatchWriter(store.items, second[0], seen, backlog=False, poll_id=None)
        guid = f"guid:{second[0]}:{second[1].external_id}"
        keys = [guid, f"url:{PAGE}"]
        batch.look_up([f"guid:{first[0]}:{first[1].external_id}"])
        batch.update(
            kept.item_id, second[1], evidence="the same address", words=bytes.fromhex(words_hash(second[1])), keys=keys
        )
        batch.close()
    world.serve(
        "https://git.example/comments",
        rss(entry("Re: Handle", COMMENT, guid="c2", text="Acme lawyers wrote to me.")),
        content_type="application/rss+xml",
    )
    for _ in range(2):
        assert world.later(minutes=20).run("scan").status == 0

    texts = {one["text"]: one for one in map(json.loads, world.run("list", "--jsonl").out.splitlines())}
    assert set(texts) == {"My Acme kettle lost its handle.", "Acme lawyers wrote to me."}
    assert world.run("digest", "--new").out.count("Acme lawyers") <= 1
