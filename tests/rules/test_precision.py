"""How precise a brand's terms are, by a person's labels."""

from __future__ import annotations

import json

import pytest

from mentionwatch.precision import wilson_interval
from support.world import World, entry, rss

CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme"]

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"
"""


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # Newcombe 1998, table I (score method): 81/263, 15/148, 0/20, 1/29.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilson_s(hits: int, of: int, low: float, high: float) -> None:
    """As published."""
    interval = wilson_interval(hits, of)

    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@pytest.fixture
def labelled(world: World) -> World:
    """Twenty posts about coffee and twenty about cartoons, one of which is about coffee too."""
    world.configure(CONFIG)
    coffee = [entry(f"Acme roast number {n}", f"https://n.example/c{n}", guid=f"c{n}") for n in range(20)]
    toons = [entry(f"Acme anvil falls, scene {n}", f"https://n.example/t{n}", guid=f"t{n}") for n in range(20)]
    world.serve("https://one.example/rss", rss(*coffee, *toons))
    assert world.run("scan").status == 0
    for mention in map(json.loads, world.run("list", "--jsonl").out.splitlines()):
        said = "relevant" if "roast" in mention["title"] or "scene 7" in mention["title"] else "noise"
        assert world.run("label", mention["id"], said).status == 0
    return world


def test_health_gives_the_share_with_its_interval(labelled: World) -> None:
    """21 of 40, and the interval that 40 labels allow."""
    (brand,) = json.loads(labelled.run("brand", "health", "--json").out)["brands"]

    assert brand["whole"]["labelled"] == 40
    assert brand["whole"]["relevant"]["share"] == pytest.approx(21 / 40)
    assert "52% relevant" in labelled.run("brand", "health").out


def test_a_remedy_says_what_it_would_cost(labelled: World) -> None:
    """Noise removed and relevant lost, on what is stored; nothing is changed by asking."""
    (brand,) = json.loads(labelled.run("brand", "health", "--json").out)["brands"]

    anvil = next(remedy for remedy in brand["remedies"] if remedy["clause"] == "anvil")
    assert (anvil["noise"], anvil["relevant"]) == (19, 1)
    assert "roast" not in {remedy["clause"] for remedy in brand["remedies"]}
    assert labelled.run("list", "--jsonl").out.count("\n") == 40


def test_a_few_labels_say_nothing(world: World) -> None:
    """Below 30 no share is claimed."""
    world.configure(CONFIG)
    world.serve("https://one.example/rss", rss(entry("Acme", "https://n.example/1", guid="1")))
    world.run("scan")

    assert "precision is given from 30 on" in world.run("brand", "health").out
