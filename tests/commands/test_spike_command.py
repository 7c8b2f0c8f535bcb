"""``spike``: an episode begins, somebody says that they know, it ends."""

from __future__ import annotations

import json

import pytest

from mentionwatch.alerts import spike_key
from mentionwatch.store import Store
from mentionwatch.store.alerts import EventRow
from support.world import World

CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme"]
"""


@pytest.fixture
def spiking(world: World) -> World:
    """An episode that goes on, held back by quiet hours."""
    world.configure(CONFIG)
    with Store.open(world.folder / "mentions.db", write=True) as store, store.writing():
        store.spikes.begin("Acme", "volume", {"why": "40 mentions in the last hour", "mention": None}, world.now)
        store.alerts.save_events(
            "oncall", [EventRow(spike_key("Acme", "volume", world.now), "spike", ("Acme",))], world.now
        )
    return world


def episodes(world: World) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(world.run("spike", "list", "--json").out)["spikes"]
    return rows


def held(world: World) -> dict[str, int]:
    with Store.open(world.folder / "mentions.db", write=False) as store:
        return store.alerts.held_counts()


def test_what_somebody_knows_of_is_told_to_nobody_else(spiking: World) -> None:
    assert held(spiking) == {"oncall": 1}
    assert spiking.run("spike", "ack", "1", "--by", "sam").status == 0
    (row,) = episodes(spiking)
    assert (row["brand"], row["acked_by"], row["ended_at"]) == ("Acme", "sam", None)
    assert held(spiking) == {}
    said = spiking.run("spike").out
    assert said == spiking.run("spike", "list").out
    assert "40 mentions in the last hour" in said
    assert "acknowledged by sam" in said


def test_acknowledging_twice_says_who_did(spiking: World) -> None:
    spiking.run("spike", "ack", "1", "--by", "sam")
    again = spiking.run("spike", "ack", "1", "--by", "mo")
    assert (again.status, again.err) == (0, "1: was already acknowledged by sam\n")


@pytest.mark.parametrize("number", ["7", "99999999999999999999"])
def test_an_episode_that_is_none_is_named(spiking: World, number: str) -> None:
    ran = spiking.run("spike", "ack", "1", number)
    assert (ran.status, ran.out) == (1, "")
    assert f"{number}: there is no such episode" in ran.err
    assert episodes(spiking)[0]["acked_by"] is None


def test_an_episode_that_is_over_needs_nobody(spiking: World) -> None:
    with Store.open(spiking.folder / "mentions.db", write=True) as store, store.writing():
        store.spikes.end(1, spiking.now)
    assert "is over" in spiking.run("spike", "ack", "1").err
    assert spiking.run("spike", "list", "--open").out == ""


def test_a_digest_tells_the_spikes_of_its_time(spiking: World) -> None:
    """Since when, how much, who knows; over, from when to when; in every format; as of then, as it stood then."""
    before = spiking.now
    spiking.later(minutes=10)
    spiking.run("spike", "ack", "1", "--by", "sam")
    assert "spike since" in spiking.run("digest").out
    spiking.later(hours=2)
    with Store.open(spiking.folder / "mentions.db", write=True) as store, store.writing():
        store.spikes.end(1, spiking.now)
    spiking.later(hours=1)

    (brand,) = json.loads(spiking.run("digest", "--json").out)["brands"]
    (spike,) = brand["spikes"]
    assert (spike["kind"], spike["why"], spike["acked_by"]) == ("volume", "40 mentions in the last hour", "sam")
    assert spike["began_at"] < spike["acked_at"] < spike["ended_at"]
    for form in ("terminal", "text", "markdown", "html"):
        told = " ".join(spiking.run("digest", "-f", form).out.split())
        assert "spike 08:00–10:10 (2 h 10 min): 40 mentions in the last hour, acknowledged by sam" in told
    assert "acknowledged" not in spiking.run("digest", "--as-of", f"{before:%Y-%m-%dT%H:%M:%SZ}").out
    assert json.loads(spiking.run("digest", "--json", "--since", "30m").out)["brands"][0]["spikes"] == []
