"""The demo: what a newcomer sees first, through the real pipeline."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from world import Ran, World


@pytest.fixture
def folder(world: World) -> Path:
    return world.folder / "demo"


@pytest.fixture
def ran(world: World, folder: Path) -> Ran:
    return world.run("demo", str(folder))


def test_the_demo_leaves_a_folder_and_says_what_to_try(ran: Ran, folder: Path) -> None:
    """Configuration, database, digest in HTML; three commands to try next."""
    assert (ran.status, ran.err) == (0, "")
    assert {"mentionwatch.toml", "mentions.db", "digest.html"} <= {path.name for path in folder.iterdir()}
    assert ran.out.rstrip().count("\n  mentionwatch ") == 3


def test_the_demo_asks_nobody(world: World, ran: Ran) -> None:
    """No network: not even the one of this test."""
    assert ran.status == 0
    assert world.network.asked == []


def test_the_demo_s_story_is_one_and_its_plant_is_none(ran: Ran, folder: Path) -> None:
    """A syndicated story once, with its tellings; the water plant of the same name rejected; the own post apart."""
    database = sqlite3.connect(folder / "mentions.db")
    sizes = database.execute("SELECT count(*) FROM mentions WHERE title LIKE '%recall%' GROUP BY story").fetchall()
    plant = database.execute("SELECT count(*) FROM mentions WHERE text LIKE '%fern ally%'").fetchone()
    own = database.execute("SELECT count(*) FROM mentions WHERE own").fetchone()
    seen = database.execute("SELECT count(*) FROM items WHERE text LIKE '%fern ally%'").fetchone()
    database.close()

    assert sizes == [(3,)]
    assert (plant, seen, own) == ((0,), (1,), (1,))
    assert "Our own" in ran.out


def test_the_demo_s_hostile_title_is_inert(ran: Ran, folder: Path) -> None:
    """Promise 5, on the terminal and in the page."""
    assert "\x1b" not in ran.out
    assert "owned" in ran.out
    page = (folder / "digest.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "javascript:" not in page


def test_the_demo_s_dead_source_is_named(ran: Ran) -> None:
    """A login page is an error, never "0 items"."""
    assert "city-forum" in ran.out
    assert "log in" in ran.out


def test_the_commands_it_names_work(world: World, ran: Ran, folder: Path) -> None:
    """Every one of the three."""
    config = str(folder / "mentionwatch.toml")

    assert ran.status == 0
    listed = world.run("-c", config, "list", "--sentiment", "negative")
    why = world.run("-c", config, "why", "https://botany-news.example/rare-quillwort-lake")
    assert listed.status == 0
    assert "rejected" in why.out


def test_a_demo_may_be_run_again_and_never_overwrites_anything_else(world: World, ran: Ran, folder: Path) -> None:
    """Its own folder is made anew; a folder of somebody else's is left alone."""
    other = world.folder / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("ten years of work")

    assert world.run("demo", str(folder)).status == ran.status == 0
    assert world.run("demo", str(other)).status == 1
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]
