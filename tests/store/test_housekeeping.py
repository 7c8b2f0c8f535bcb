"""What is removed leaves no trace, and what is kept is sound."""

from __future__ import annotations

import json
import sqlite3

import pytest

from mentionwatch.errors import StoreError
from mentionwatch.store import Store
from support.world import World, entry, rss

CONFIG = """
[retention]
items = "{items}"

[[brands]]
name = "Acme"
names = ["Acme"]

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"
"""
ONE = "https://one.example/rss"


def by(author: str, title: str, n: int) -> str:
    return entry(title, f"https://n.example/{n}", guid=str(n), text=f"words of {title}") + (
        f'<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">{author}</dc:creator>'
    )


@pytest.fixture
def scanned(world: World) -> World:
    world.configure(CONFIG.format(items="30d"))
    world.serve(ONE, rss(by("Zebulon Quirk", "Acme zyzzyva", 1), by("Ada", "Acme is fine", 2), by("Ada", "Ferry", 3)))
    assert world.run("scan").status == 0
    return world


def on_disk(world: World) -> bytes:
    return b"".join(path.read_bytes() for path in world.folder.glob("mentions.db*"))


def test_what_is_forgotten_leaves_no_trace_in_the_file(scanned: World) -> None:
    """Not in a free page, not in the index, not in the log; and it does not come back."""
    assert b"zyzzyva" in on_disk(scanned)
    ran = scanned.run("forget", "zebulon quirk")

    assert ran.status == 0
    assert "1 item and 1 mention of zebulon quirk removed" in ran.err
    assert b"zyzzyva" not in on_disk(scanned)
    assert b"Quirk" not in on_disk(scanned)
    scanned.later(hours=1).run("scan")
    assert len(scanned.run("list", "--jsonl").out.splitlines()) == 1
    assert scanned.run("verify").status == 0


def test_forgetting_that_was_cut_off_is_finished_by_the_next_run(scanned: World) -> None:
    """Another program reads the old pages, so the words stay in the log: that is said, and mended when it has ended."""
    reader = sqlite3.connect(scanned.folder / "mentions.db")
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM items").fetchall()
    with Store.open(scanned.folder / "mentions.db", write=True) as store:
        store.database.run("PRAGMA busy_timeout = 0")
        with pytest.raises(StoreError, match="another program has it open"):
            store.housekeeping.forget("Zebulon Quirk", scanned.now)
    assert b"zyzzyva" in on_disk(scanned)
    reader.close()

    assert scanned.later(hours=1).run("scan").status == 0
    assert b"zyzzyva" not in on_disk(scanned)


def test_forgetting_can_be_tried_first(scanned: World) -> None:
    """--dry-run says what would go."""
    assert "1 item and 1 mention " in scanned.run("forget", "Zebulon Quirk", "--dry-run").err
    assert len(scanned.run("list", "--jsonl").out.splitlines()) == 2


def test_pruning_with_compact_leaves_no_trace(scanned: World) -> None:
    """Of what matched nothing and is past its time."""
    assert b"Ferry" in on_disk(scanned)
    scanned.later(days=31)

    assert scanned.run("prune", "--compact").status == 0
    assert b"Ferry" not in on_disk(scanned)
    assert b"zyzzyva" in on_disk(scanned)


def test_keeping_nothing_that_matches_nothing_loses_no_mention(world: World) -> None:
    """items = "0": the next post is read although the last one's number has gone with it."""
    world.configure(CONFIG.format(items="0"))
    world.serve(ONE, rss(by("Ada", "Acme opens", 1), by("Ada", "Ferry", 2), by("Ada", "Storm", 3)))
    world.run("scan")
    world.serve(ONE, rss(by("Ada", "Acme burns", 4), by("Ada", "Acme opens", 1), by("Ada", "Ferry", 2)))
    ran = world.later(hours=1).run("scan", "--jsonl")

    assert [json.loads(line)["title"] for line in ran.out.splitlines()] == ["Acme burns"]
    with sqlite3.connect(world.folder / "mentions.db") as database:
        assert database.execute("SELECT count(*) FROM items").fetchone() == (2,)
    database.close()


def test_verify_finds_what_contradicts_itself(scanned: World) -> None:
    """Exit 1, and what is wrong."""
    assert scanned.run("verify").out.endswith(": ok\n")
    with sqlite3.connect(scanned.folder / "mentions.db") as database:
        database.execute("DELETE FROM items WHERE id = 1")
    database.close()
    ran = scanned.run("verify")

    assert ran.status == 1
    assert "mentions without their item" in ran.err
