"""Stories, from the scan to the user's word on them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from mentionwatch.digest import summarize
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter
from support.world import World, entry, rss

CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme"]

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"
backlog = "tell"
"""
WORDS = (
    "Acme has asked customers to stop using its pour-over kettle after four reports of handles coming loose. Nobody "
    "was hurt. The company offers a full refund and says that replacement handles will be sent out from Monday morning."
)
ORIGINAL = entry("Acme recalls kettles", "https://times.example/acme-recall-kettles-2026", guid="1", text=WORDS)
REPRINT = entry("Kettles recalled", "https://wire.example/kettles-recalled-today", guid="2", text=WORDS)
SHARE = entry(
    "look at this", "https://blog.example/p3", guid="3",
    text="Acme again: &lt;a href='https://wire.example/kettles-recalled-today'&gt;read&lt;/a&gt;",
)  # fmt: skip
SHOP = (
    "Acme opens its ninth shop on Saturday, in the old customs house by the harbour. The first hundred guests get a "
    "cup for nothing; the building, empty for eleven years, keeps its clock and its painted ceiling."
)
OTHER = entry("Acme opens a shop", "https://times.example/acme-opens-shop-harbour", guid="4", text=SHOP)


@pytest.fixture
def scanned(world: World) -> World:
    world.configure(CONFIG)
    world.serve("https://one.example/rss", rss(ORIGINAL, REPRINT, SHARE, OTHER))
    assert world.run("scan").status == 0
    return world


def listed(world: World) -> dict[str, dict[str, object]]:
    return {m["external_id"]: m for m in map(json.loads, world.run("list", "--jsonl").out.splitlines())}


def test_a_reprint_and_a_share_of_the_reprint_tell_the_story(scanned: World) -> None:
    """Whoever is quoted: three tellings, told once, counted three times."""
    told = listed(scanned)

    assert told["1"]["story"] == told["2"]["story"] == told["3"]["story"] != told["4"]["story"]
    assert told["1"]["story_size"] == 3
    digest = json.loads(scanned.run("digest", "--json").out)
    assert [story["size"] for story in digest["brands"][0]["stories"]] == [3, 1]


def test_a_story_shows_its_tellings_and_why(scanned: World) -> None:
    """By the story's id, or that of a mention of it."""
    mention = listed(scanned)["2"]
    ran = scanned.run("story", "show", str(mention["id"]))

    assert scanned.run("story", "show", str(mention["story"])).out == ran.out
    assert "first mention" in ran.out
    assert "the same words" in ran.out


def test_a_split_is_done_whole_or_not_at_all(scanned: World) -> None:
    """The first mention of a story cannot be split off it, so the other stays too."""
    told = listed(scanned)
    ran = scanned.run("story", "split", str(told["2"]["id"]), str(told["1"]["id"]))

    assert (ran.status, "split the others" in ran.err) == (1, True)
    assert listed(scanned)["2"]["story"] == told["1"]["story"]


def test_what_the_user_merges_stays_merged(scanned: World) -> None:
    """A later reprint of either is told under the one."""
    told = listed(scanned)
    assert scanned.run("story", "merge", str(told["1"]["story"]), str(told["4"]["story"])).status == 0
    later = entry("A ninth shop", "https://echo.example/ninth-shop-in-the-customs-house", guid="5", text=SHOP)
    scanned.serve("https://one.example/rss", rss(later, ORIGINAL, REPRINT, SHARE, OTHER))
    scanned.later(minutes=30).run("scan")

    assert {m["story"] for m in listed(scanned).values()} == {told["1"]["story"]}
    assert listed(scanned)["1"]["story_size"] == 5


def test_what_the_user_splits_stays_apart(scanned: World) -> None:
    """The mention tells its own story; what follows it follows it there; no count is lost."""
    told = listed(scanned)
    assert scanned.run("story", "split", str(told["2"]["id"])).status == 0
    now = listed(scanned)

    assert now["2"]["story"] != now["1"]["story"] == told["1"]["story"]
    assert len(now) == 4
    assert scanned.run("story", "split", str(told["1"]["id"])).status == 1


def test_an_unknown_story_is_named(scanned: World) -> None:
    """With the mend."""
    ran = scanned.run("story", "show", "s_nothing")

    assert ran.status == 1
    assert "no such story" in ran.err


def test_a_large_story_shows_its_first_tellings(world: World) -> None:
    """Fifty, and how many more there are; as many as are asked for; in JSON Lines all of them, in the same order."""
    shares = [
        entry(f"share {n}", f"https://b{n}.example/p", guid=f"s{n}",
              text=f"Acme: &lt;a href='https://times.example/acme-recall-kettles-2026'&gt;no. {n}&lt;/a&gt;")
        for n in range(60)
    ]  # fmt: skip
    world.configure(CONFIG)
    world.serve("https://one.example/rss", rss(ORIGINAL, *shares))
    assert world.run("scan").status == 0
    story = str(listed(world)["1"]["story"])
    usual, all_, three = (
        world.run("story", "show", story, *more).out for more in ((), ("--limit", "all"), ("--limit", "3"))
    )
    every = [json.loads(row)["id"] for row in world.run("story", "show", story, "--jsonl").out.splitlines()]

    assert "61 mentions" in usual
    assert "and 11 more; `--limit all` shows them all" in usual
    assert len(every) == 61
    assert [one for one in every if one in usual] == every[:50]
    assert [one for one in every if one in all_] == every
    assert [one for one in every if one in three] == every[:3]
    assert "more;" not in all_
    assert world.run("story", "show", story, "--limit", "0").status == 2


def test_a_story_of_many_tellings_is_told_as_if_each_were_read(scanned: World) -> None:
    """What decides a mention's place is read without its words, and is the same."""
    mention = listed(scanned)["2"]
    assert scanned.run("resolve", str(mention["id"])).status == 0
    with Store.open(scanned.folder / "mentions.db", write=False) as store, store.reading():
        for as_of in (scanned.now, scanned.now - timedelta(seconds=1)):
            whole = store.mentions.find(MentionFilter(as_of=as_of))
            bare = list(store.mentions.find_bare(MentionFilter(as_of=as_of)))
            assert {summarize(one) for one in bare} == {summarize(one) for one in whole}
            assert {(one.id, one.status) for one in bare} == {(one.id, one.status) for one in whole}
            assert list(store.mentions.by_ids([one.id for one in whole], as_of)) == list(whole)
