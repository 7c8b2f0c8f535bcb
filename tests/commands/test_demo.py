"""The demo: what a newcomer sees first, through the real commands."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from support.paths import ROOT
from support.tables import rows
from support.waiting import PATIENCE
from support.world import Ran, World

COMPLAINT = "https://fed.example/@tamsin/77"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One world for all of these tests: they look at what one demo left, or make another beside it."""
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def folder(world: World) -> Path:
    return world.folder / "demo"


@pytest.fixture(scope="module")
def ran(world: World, folder: Path) -> Ran:
    return world.run("demo", str(folder))


def test_the_demo_leaves_a_folder_and_says_what_to_try(ran: Ran, folder: Path) -> None:
    """Configuration, database, digest in HTML; where to go, and what to type there."""
    assert (ran.status, ran.err) == (0, "")
    assert {"mentionwatch.toml", "mentions.db", "digest.html"} <= {path.name for path in folder.iterdir()}
    assert f"\n  cd {folder}\n  mentionwatch due\n" in ran.out


def test_the_demo_asks_nobody(world: World, ran: Ran) -> None:
    """No network: not even the one of this test."""
    assert ran.status == 0
    assert world.network.asked == []


def test_the_complaint_s_story_is_told_in_order(ran: Ran) -> None:
    """The complaint, the alert, the growing thread, the overdue line, the answer, and the closed loop."""
    order = [
        "0 new mentions, 9 from before the watch began",
        "1 new mention\nalert 'oncall' sent: 1 urgent",
        "to the webhook: 1 urgent",
        "to the webhook: 1 snowball",
        "doubling every",
        "to the webhook: 1 overdue",
        "1 must be answered, 1 overdue",
        "answer 12 min overdue",
        "(exit status 3)",
        "1 acknowledged",
        "1 assigned to sam",
        "1 answered",
        "1 reopened",
        "1 resolved",
        "promised “refund by tomorrow” (still there at",
        "mentionwatch reopened it: tamsin@fed.example wrote again",
        "sam resolved it",
        "1 waits for an answer",
        "Our own, not counted",
        "Not everything was seen",
        "Try next",
    ]
    places = [ran.out.find(words) for words in order]

    assert [words for words, place in zip(order, places, strict=True) if place < 0] == []
    assert places == sorted(places)


def test_what_is_shown_as_typed_was_typed(ran: Ran, world: World, folder: Path) -> None:
    """The log holds what the commands on the screen say, by whom they say it; nothing else was done."""
    typed = [shlex.split(line)[1:] for line in re.findall(r"^\$ (mentionwatch .*)$", ran.out, re.MULTILINE)]
    config = str(folder / "mentionwatch.toml")
    mention = next(words[1] for words in typed if words[0] == "ack")
    (told,) = json.loads(world.run("-c", config, "show", mention, "--json").out)["mentions"]
    log = rows(folder, "SELECT by, action FROM triage ORDER BY id")

    assert [words[0] for words in typed] == [
        *("scan", "scan", "scan", "due", "ack", "assign", "reply", "scan", "resolve", "show", "digest")
    ]
    assert (told["url"], told["status"], told["assignee"]) == (COMPLAINT, "resolved", "sam")
    acted = [(words[words.index("--by") + 1], words[0]) for words in typed if "--by" in words]
    assert log == [*acted[:3], ("mentionwatch", "reopen"), *acted[3:]]


def test_every_demo_tells_the_same(world: World, ran: Ran, folder: Path) -> None:
    """At the same time of the clock, byte for byte."""
    assert world.run("demo", str(folder)).out == ran.out


def test_it_is_quiet_when_asked_to_be(tmp_path: Path) -> None:
    """``--quiet`` leaves the folder and says nothing. What is set for the user's own database is not meant for it."""
    world = World(tmp_path)
    world.environ |= {"MENTIONWATCH_DB": str(tmp_path / "mine.db"), "MENTIONWATCH_CONFIG": str(tmp_path / "mine.toml")}

    assert world.run("demo", "--quiet", str(tmp_path / "demo")) == Ran(0, "", "")
    assert (tmp_path / "demo" / "digest.html").is_file()
    assert not (tmp_path / "mine.db").exists()


def test_it_is_coloured_on_a_terminal_only(ran: Ran, tmp_path: Path) -> None:
    """Or where one says so."""
    assert "\x1b" not in ran.out
    assert "\x1b[1m$ mentionwatch due" in World(tmp_path).run("demo", "--color", "always", str(tmp_path / "demo")).out


def test_the_demo_s_story_is_one_and_its_plant_is_none(ran: Ran, folder: Path) -> None:
    """A syndicated story once, with its tellings; the water plant of the same name rejected; the own post apart."""
    sizes = rows(folder, "SELECT count(*) FROM mentions WHERE title LIKE '%recall%' GROUP BY story")
    plant = rows(folder, "SELECT count(*) FROM mentions WHERE text LIKE '%fern ally%'")
    own = rows(folder, "SELECT count(*) FROM mentions WHERE own")
    seen = rows(folder, "SELECT count(*) FROM items WHERE text LIKE '%fern ally%'")

    assert sizes == [(3,)]
    assert (plant, seen, own) == ([(0,)], [(1,)], [(1,)])


def test_the_demo_s_hostile_title_is_inert(ran: Ran, folder: Path) -> None:
    """Promise 5, on the terminal and in the page."""
    assert "\x1b" not in ran.out
    assert "owned" in ran.out
    page = (folder / "digest.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "javascript:" not in page


def test_the_demo_s_dead_source_is_named(ran: Ran) -> None:
    """A login page is an error, never "0 items"."""
    assert ran.out.count("city-forum") == 2
    assert "log in" in ran.out


def test_the_commands_it_names_work(world: World, ran: Ran, folder: Path) -> None:
    """Each that stands at its end, and each of those that look at what is kept."""
    config = str(folder / "mentionwatch.toml")
    end = ran.out[ran.out.index("Try next") :]
    named = [shlex.split(line) for line in re.findall(r"^  mentionwatch (.*)$", end, re.MULTILINE)]
    ended = {words[0]: world.run("-c", config, *words) for words in named if words[0] not in ("init", "inbox")}

    assert {words[0] for words in named} >= {"due", "list", "why", "init"}
    assert [run.status for run in ended.values()] == [0, 0, 0]
    assert "rejected" in ended["why"].out
    assert "1 must be answered" in ended["due"].out
    assert json.loads(world.run("-c", config, "inbox", "--json").out)["mentions"]
    assert world.run("-c", config, "digest", "--since", "1d").out in ran.out
    assert world.run("-c", config, "check").status == 0


def test_a_demo_may_be_run_again_and_never_overwrites_anything_else(world: World, ran: Ran, folder: Path) -> None:
    """Its own folder is made anew; a folder of somebody else's is left alone."""
    other = world.folder / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("ten years of work")

    assert world.run("demo", str(folder)).status == ran.status == 0
    assert world.run("demo", str(other)).status == 1
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]


def test_an_alert_tells_every_time_in_one_zone(tmp_path: Path) -> None:
    """That of the machine: the forecast too lies after the alert, and within the hour."""
    code = f"from mentionwatch.cli import main\nmain(['demo', {str(tmp_path / 'demo')!r}])\n"
    command = [sys.executable, "-X", "utf8", "-c", code]
    ran = subprocess.run(
        command, capture_output=True, encoding="utf-8", check=True, env={**os.environ, "TZ": "EST5"}, timeout=PATIENCE
    )
    told = re.search(
        r"(\d\d):(\d\d) to the webhook: 1 snowball.*?about (?:\w{3} )?(\d\d):(\d\d)", ran.stdout, re.DOTALL
    )

    assert told is not None
    alert, forecast = int(told[1]) * 60 + int(told[2]), int(told[3]) * 60 + int(told[4])
    assert 0 < (forecast - alert) % (24 * 60) < 60


def test_the_readme_shows_what_the_demo_prints(world: World, ran: Ran, folder: Path) -> None:
    """Word for word but for the time of day, and ``…`` where more was printed."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    part = readme[readme.index("## See it work") : readme.index("## Every day")]
    pictures = [block for block in re.findall(r"^```\n(.*?)^```$", part, re.DOTALL | re.MULTILINE) if "·" in block]
    digest = world.run("-c", str(folder / "mentionwatch.toml"), "digest", "--since", "1d", "-f", "terminal").out
    printed = _timeless(ran.out + digest)

    assert pictures
    for passage in re.split(r"^ *…\n", "…\n".join(pictures), flags=re.MULTILINE):
        assert _timeless(passage).strip() in printed


def _timeless(text: str) -> str:
    """Without what depends on when, and in which time zone, it was printed."""
    days, zone = "Mon|Tue|Wed|Thu|Fri|Sat|Sun", r"(?: [A-Z]{3,5}\b| [+-]\d+)?"
    date = rf"(?:(?:{days}) )?(?:\d?\d [A-Z][a-z]{{2}}(?: \d{{4}})? )?"
    timeless = re.sub(rf"{date}\d\d:\d\d{zone}", "TIME", " ".join(text.split()))
    return re.sub(r"[▁▂▃▄▅▆▇█]+", "BARS", timeless)
