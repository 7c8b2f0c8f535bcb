"""Labels and the back-test: what a mended configuration gains and loses, before it is used."""

from __future__ import annotations

import json

import pytest

from support.world import World, entry, rss

CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme"]
{more}
[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"
"""


@pytest.fixture
def scanned(world: World) -> World:
    world.configure(CONFIG.format(more=""))
    world.serve(
        "https://one.example/rss",
        rss(
            entry("Acme coffee is good", "https://news.example/1", guid="1"),
            entry("Acme anvils in cartoons", "https://news.example/2", guid="2"),
            entry("AcmeCorp hires", "https://news.example/3", guid="3"),
        ),
    )
    assert world.run("scan").status == 0
    return world


def ids(world: World) -> dict[str, str]:
    return {m["title"]: m["id"] for m in map(json.loads, world.run("list", "--jsonl").out.splitlines())}


def test_a_backtest_says_what_would_be_gained_and_lost(scanned: World) -> None:
    """ "+1, −1", listed, with the clause that would reject; nothing is written."""
    new = scanned.folder / "new.toml"
    text = CONFIG.format(more='exclude = ["cartoons"]').replace('names = ["Acme"]', 'names = ["Acme", "AcmeCorp"]')
    new.write_text('database = "mentions.db"\n' + text)
    before = ids(scanned)

    ran = scanned.run("backtest", "--config", str(new))

    assert ran.status == 0
    assert ran.out.splitlines()[0] == "Acme: +1, −1, 1 unchanged; of the 1 lost, you had labelled 0 relevant"
    assert "+ AcmeCorp hires" in ran.out
    assert "cartoons" in ran.out
    assert ids(scanned) == before


def test_losing_what_was_labelled_relevant_is_an_error(scanned: World) -> None:
    """Exit 1, so that a script refuses the change."""
    new = scanned.folder / "new.toml"
    new.write_text('database = "mentions.db"\n' + CONFIG.format(more='exclude = ["cartoons"]'))
    mention = ids(scanned)["Acme anvils in cartoons"]
    assert scanned.run("label", mention, "relevant", "--by", "jo").status == 0

    assert scanned.run("backtest", "--config", str(new)).status == 1
    scanned.run("label", "-", "noise", stdin=f"{mention}\n".encode())
    assert scanned.run("backtest", "--config", str(new)).status == 0


def test_an_unchanged_configuration_changes_nothing(scanned: World) -> None:
    """The stored mentions are what the terms make of the stored items."""
    assert scanned.run("backtest").out.startswith("Acme: +0, −0, 2 unchanged")


def test_a_label_for_what_is_not_there_is_refused_whole(scanned: World) -> None:
    """Every wrong id is named, and no other is labelled."""
    good = next(iter(ids(scanned).values()))
    ran = scanned.run("label", good, "m_nothing", "m_neither", "noise")

    assert ran.status == 1
    assert ran.err.count("\n") == 2
    assert scanned.run("label", good, "superb").status == 2
