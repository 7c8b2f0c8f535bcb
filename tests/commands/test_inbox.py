"""The inbox: what waits, in the order in which it wants somebody, and a key for each thing to be done."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.widgets import OptionList

from mentionwatch.app.inbox import InboxActions
from mentionwatch.cli.context import Context
from mentionwatch.tui.inbox import InboxScreen
from support.waiting import PATIENCE, stop
from support.world import World, entry, rss

CONFIG = """
[response]
timezone = "UTC"
hours = "Mon-Sun 00:00-24:00"
reply_within = { urgent = "30m", high = "60m" }

[[brands]]
name = "Acme"
names = ["Acme"]

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"
backlog = "tell"
"""
ONE = "https://one.example/rss"
BURNT = "Acme never answered, I want a refund. Worst service ever"
ODD = "Acme [/x][bold]opens[/] a shop \\[ {odd}"


@pytest.fixture
def scanned(world: World) -> World:
    world.configure(CONFIG)
    world.serve(
        ONE,
        rss(
            entry(ODD, "https://n.example/1", guid="1", at="Fri, 20 Nov 2026 07:50:00 GMT"),
            entry(BURNT, "https://n.example/2", guid="2", at="Fri, 20 Nov 2026 07:40:00 GMT"),
            entry("Acme is loved by all", "https://n.example/3", guid="3", at="Fri, 20 Nov 2026 07:30:00 GMT"),
        ),
    )
    assert world.run("scan").status == 0
    return world


def titles(world: World, *args: str) -> list[str]:
    ran = world.run("inbox", "--jsonl", *args)
    assert ran.status == 0, ran.err
    return [json.loads(line)["title"] for line in ran.out.splitlines()]


def press(world: World, *keys: str, size: tuple[int, int] = (120, 34)) -> tuple[list[str], str, list[str]]:
    """Work at the screen; gives the ids listed at the end, what the screen shows, and what was opened."""
    context = Context(world.env, config_path=world.config_file)
    opened: list[str] = []
    actions = InboxActions(context.database(), context.config(), world.env.now, "jo", brands=("Acme",))
    app = InboxScreen(actions, opened.append)

    async def work() -> tuple[list[str], str]:
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            await pilot.pause()
            for key in keys:
                await pilot.press(key)
                if key in ("enter", "escape"):
                    await pilot.pause()
            await pilot.pause()
            await pilot.pause()
            listing = app.query_one("#list", OptionList)
            ids = [str(listing.get_option_at_index(place).id) for place in range(listing.option_count)]
            return ids, app.export_screenshot(simplify=True).replace("&#160;", " ")

    ids, seen = asyncio.run(work())
    return ids, seen, opened


def typed(text: str) -> Sequence[str]:
    """The keys that write a text."""
    return [{" ": "space"}.get(letter, letter) for letter in text]


def ids_of(world: World) -> list[str]:
    return [json.loads(line)["id"] for line in world.run("inbox", "--jsonl").out.splitlines()]


def log(world: World, id_: str) -> list[tuple[str, str]]:
    shown = json.loads(world.run("show", id_, "--json").out)
    return [(one["action"], one["by"]) for one in shown["log"]]


def test_what_is_owed_stands_first_and_what_is_done_is_gone(scanned: World) -> None:
    """As a list into a pipe; the complaint with its clock leads, whatever came later."""
    assert titles(scanned) == [BURNT, ODD, "Acme is loved by all"]
    ids = ids_of(scanned)
    scanned.run("reply", ids[0], "--private")
    scanned.run("ignore", ids[1])
    scanned.run("assign", ids[2], "ada")

    assert titles(scanned) == ["Acme is loved by all"]
    assert titles(scanned, "--assignee", "jo") == []
    assert titles(scanned, "--assignee", "ada") == ["Acme is loved by all"]


def test_another_brand_is_asked_for_by_name(scanned: World) -> None:
    """A slip is an error that says so."""
    ran = scanned.run("inbox", "--brand", "Acne")
    assert ran.status == 1
    assert "Acne" in ran.err


def test_the_screen_shows_the_clock_and_the_words_as_they_are(scanned: World) -> None:
    """No markup of strangers' is obeyed, none of it is lost."""
    ids, seen, _ = press(scanned.later(minutes=90), "j")

    assert len(ids) == 3
    assert "1 must be answered, 1 overdue" in seen
    assert "answer 1 h overdue" in seen or "overdue" in seen
    assert "Acme [/x][bold]opens[/] a shop" in seen


def test_a_key_does_what_its_command_does(scanned: World) -> None:
    """Acknowledge, take, and it is logged by whom."""
    ids = ids_of(scanned)
    press(scanned, "a", "m")

    assert log(scanned, ids[0]) == [("ack", "jo"), ("assign", "jo")]


def test_an_answer_is_noted_with_its_address(scanned: World) -> None:
    """What was promised is owed from then on."""
    ids = ids_of(scanned)
    left, seen, _ = press(scanned, "r", *typed("https://n.example/2"), "enter", *typed("refund by fri"), "enter")

    assert left == ids
    assert "promise due in" in seen
    entry_ = json.loads(scanned.run("show", ids[0], "--json").out)["log"][0]
    assert entry_["action"] == "reply"
    assert entry_["data"]["url"] == "https://n.example/2"
    assert entry_["data"]["promise"] == "refund by fri"


def test_what_makes_no_sense_is_said_and_nothing_is_done(scanned: World) -> None:
    """An address that is none; reopening what was never done; a promise without a day."""
    ids = ids_of(scanned)
    _, seen, _ = press(scanned, "r", *typed("nowhere"), "enter", "enter")
    assert "is not an http(s) address" in seen
    _, seen, _ = press(scanned, "o", "u")
    assert "nothing was done about it yet" in seen
    assert "there is nothing to undo" in seen
    assert log(scanned, ids[0]) == []


def test_a_question_can_be_left(scanned: World) -> None:
    """Escape does nothing; an empty name is no name."""
    ids = ids_of(scanned)
    press(scanned, "s", *typed("ada"), "escape", "n", "enter", "escape", "l", "escape")
    assert log(scanned, ids[0]) == []


def test_a_verdict_is_corrected_and_taken_back(scanned: World) -> None:
    """l and the first choice; u takes it back."""
    ids = ids_of(scanned)
    press(scanned, "l", "enter", "u")
    assert log(scanned, ids[0]) == [("label", "jo"), ("undo", "jo")]


def test_a_person_has_the_last_word_at_the_screen_too(scanned: World) -> None:
    """p and the first choice, # and tags, z and a time: as the commands, taken back as they are."""
    ids = ids_of(scanned)
    left, _, _ = press(scanned, "p", "enter", "number_sign", *typed("+vip"), "enter", "z", *typed("2h"), "enter")

    assert log(scanned, ids[0]) == [("priority", "jo"), ("tag", "jo"), ("snooze", "jo")]
    assert left == ids_of(scanned) == ids[1:]
    (mention,) = json.loads(scanned.run("show", ids[0], "--json").out)["mentions"]
    assert (mention["priority"], mention["tags"]) == ("urgent", ["vip"])
    assert scanned.run("undo", ids[0]).status == 0
    assert ids_of(scanned) == ids
    _, seen, _ = press(scanned, "z", *typed("soon"), "enter")
    assert "until when?" in seen


TEMPLATES = """
[[templates]]
name = "late"
text = "Sorry to hear that. Your order {order} is on its way, says {by}. {{no}}"

[[templates]]
name = "plain"
text = "We have read it."
"""


def test_an_answer_is_drafted_copied_and_noted(scanned: World) -> None:
    """What is not known is asked for; nothing is posted; what was said is in the log."""
    scanned.configure(CONFIG + TEMPLATES)
    ids = ids_of(scanned)
    _, seen, _ = press(scanned, "t", "enter", *typed("77"), "enter")
    assert "Your order 77 is on its way, says jo." in seen
    assert log(scanned, ids[0]) == []
    press(scanned, "t", "enter", *typed("77"), "enter", "c", "enter", *typed("https://n.example/2"), "enter", "enter")
    (entry_,) = json.loads(scanned.run("show", ids[0], "--json").out)["log"]
    assert entry_["data"]["template"] == "late"
    assert entry_["data"]["text"] == "Sorry to hear that. Your order 77 is on its way, says jo. {no}"
    assert entry_["data"]["url"] == "https://n.example/2"


def test_a_draft_that_hears_no_complaint_is_warned_of(scanned: World) -> None:
    """As `reply --template` warns; and it can be left."""
    scanned.configure(CONFIG + TEMPLATES)
    ids = ids_of(scanned)
    _, seen, _ = press(scanned, "t", "down", "enter")
    assert "is a complaint, and the draft" in seen
    press(scanned, "t", "down", "enter", "escape", "t", "escape")
    assert log(scanned, ids[0]) == []


def test_views_show_a_part(scanned: World) -> None:
    """What I have, what nobody has, what is overdue."""
    ids = ids_of(scanned)
    assert press(scanned, "m", "v")[0] == ids[:1]
    assert press(scanned, "v", "v")[0] == ids[1:]
    nothing, seen, _ = press(scanned, "v", "v", "v")
    assert nothing == []
    assert "Nothing here: overdue" in seen


def test_the_page_is_opened_only_when_it_is_a_web_address(scanned: World) -> None:
    """By w."""
    _, _, opened = press(scanned, "w")
    assert opened == ["https://n.example/2"]


def test_a_narrow_terminal_shows_one_thing_at_a_time(scanned: World) -> None:
    """Enter opens, Escape goes back."""
    _, seen, _ = press(scanned, "enter", size=(60, 24))
    assert "platform" in seen
    _, seen, _ = press(scanned, "enter", "escape", size=(60, 24))
    assert "platform" not in seen


def test_an_empty_inbox_says_so(world: World) -> None:
    """And keys do nothing."""
    world.configure(CONFIG)
    world.serve(ONE, rss())
    world.run("scan")
    ids, seen, _ = press(world, "a", "r", "w", "l", "enter", "j", "k")
    assert ids == []
    assert "Nothing is waiting." in seen


def at_a_terminal(program: str, *args: str, keys: bytes = b"") -> tuple[int, str]:
    """Run a program at a real terminal; gives its status and what it wrote there."""
    outer, inner = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    process = subprocess.Popen(
        [sys.executable, "-c", program, *args], stdin=inner, stdout=inner, stderr=inner, env=environ, close_fds=True
    )
    os.close(inner)
    said, until = b"", time.monotonic() + PATIENCE
    try:
        while time.monotonic() < until:
            if select.select([outer], [], [], 0.2)[0]:
                try:
                    more = os.read(outer, 65_536)
                except OSError:
                    break
                said += more
                if keys and b"Acme" in said:
                    os.write(outer, keys)
                    keys = b""
            elif process.poll() is not None:
                break
        status = process.wait(PATIENCE)
    finally:
        stop(process)
        os.close(outer)
    return status, said.decode("utf-8", "replace")


def _args(folder: Path) -> tuple[str, ...]:
    return ("-c", str(folder / "mentionwatch.toml"), "inbox", "--by", "jo")


def test_the_screen_opens_at_a_terminal_and_ends_with_q(scanned: World) -> None:
    """The real program, at a real terminal."""
    program = "import sys; from mentionwatch.cli import main; sys.exit(main(sys.argv[1:]))"
    status, said = at_a_terminal(program, *_args(scanned.folder), keys=b"q")

    assert status == 0
    assert "Acme" in said


def test_without_the_extra_it_is_said_what_to_install(scanned: World) -> None:
    """And how to see the same without it."""
    program = (
        "import sys; sys.modules['textual'] = None; from mentionwatch.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    status, said = at_a_terminal(program, *_args(scanned.folder))

    assert status == 1
    assert "pip install 'mentionwatch[tui]'" in said
    assert "Traceback" not in said
