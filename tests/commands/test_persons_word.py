"""A person's word over the judge's: priority, labels, tags and silence, as their users meet them."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.model import Item
from mentionwatch.render.schema import mention_schema
from mentionwatch.store.verdicts import says_the_same
from support.world import Ran, World

CONFIG = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee"]

[[brands]]
name = "Brasswell"
kind = "competitor"
names = ["Brasswell"]

[[sources]]
type = "json"
name = "board"
url = "https://board.example/posts"
every = "1m"
items = "posts"
link = "link"
text = "text"
text_is = "plain"
author_handle = "handle"
published = "at"

[response]
timezone = "Europe/London"
hours = "Mon-Sun 00:00-24:00"
reply_within = { urgent = "30m", high = "2h", normal = "8h" }

[[notify]]
name = "oncall"
url = { env = "HOOK" }
when = ["urgent", "overdue"]
"""
URL = "https://board.example/posts"
FIRE = "The Acme Coffee machine caught fire and burnt my hand. This is dangerous, I am calling my lawyer."
CALM = "Acme Coffee opens a new shop in the old harbour of our town."
RANT = "Acme Coffee sent me the wrong mug again and I am disappointed, I want a refund for it."


class Board(World):
    """A user's machine beside a board of posts, with a webhook that is on call."""

    posts: list[dict[str, Any]]

    def say(self, text: str, by: str = "ann") -> None:
        number = len(self.posts)
        self.posts.insert(
            0, {"link": f"https://board.example/p/{number}", "text": text, "handle": by, "at": self.now.isoformat()}
        )

    def scan(self) -> None:
        self.later(minutes=10)
        self.serve(URL, json.dumps({"posts": self.posts}))
        ran = self.run("scan")
        assert (ran.status, ran.out, ran.err) == (0, "", "")

    def mentions(self, *args: str) -> list[dict[str, Any]]:
        """Oldest first."""
        ran = self.run("list", "--jsonl", *args)
        assert (ran.status, ran.err) == (0, "")
        return [json.loads(line) for line in ran.out.splitlines()][::-1]

    def does(self, *args: str) -> Ran:
        ran = self.run(*args)
        assert (ran.status, ran.out) == (0, ""), ran.err
        return ran

    def due(self) -> list[str]:
        return [one["id"] for one in json.loads(self.run("due", "--json").out)["mentions"]]

    def inbox(self) -> list[str]:
        return [json.loads(line)["id"] for line in self.run("inbox", "--jsonl").out.splitlines()]

    def alerted(self) -> list[tuple[str, str]]:
        """What the webhook was told: the kind of each event, and the mention."""
        bodies = [json.loads(asked.content) for asked in self.network.asked if asked.url.path == "/hook"]
        return [(event["event"], event["mention"]) for body in bodies for event in body["events"]]


@pytest.fixture
def board(tmp_path: Path) -> Board:
    board = Board(tmp_path)
    board.environ["HOOK"] = "json+https://oncall.example/hook"
    board.serve("https://oncall.example/hook", "ok")
    board.configure(CONFIG)
    board.posts = [{"link": "https://board.example/p/old", "text": "nothing", "at": board.now.isoformat()}]
    board.scan()
    return board


def found(board: Board, *texts: str) -> list[str]:
    """The ids of these posts, said and scanned one after the other."""
    for text in texts:
        board.say(text)
        board.scan()
    return [one["id"] for one in board.mentions()]


# -- priority ----------------------------------------------------------------------------------------------------------


def test_a_priority_outranks_the_judge_and_the_clock_follows(board: Board) -> None:
    """With who set it; `auto` gives the word back."""
    (one,) = found(board, CALM)
    (before,) = board.mentions()
    assert (before["priority"], before["urgency"]["level"]) == (None, "low")
    assert board.due() == []

    board.does("priority", one, "urgent", "--by", "jo")
    (now,) = board.mentions()
    assert (now["priority"], now["urgency"]["level"]) == ("urgent", "urgent")
    assert now["urgency"]["reasons"][0] == "set by jo"
    assert board.due() == [one]
    board.scan()
    assert board.mentions()[0]["urgency"] == now["urgency"]

    board.does("priority", one, "auto", "--by", "sam")
    (after,) = board.mentions()
    assert (after["priority"], after["urgency"], board.due()) == (None, before["urgency"], [])


def test_a_lowered_priority_calls_nobody(board: Board) -> None:
    """Before the alert is sent: with a scan that only another words brings."""
    (one,) = found(board, FIRE)
    assert board.alerted() == [("urgent", one)]
    board.does("priority", one, "low", "--by", "jo")
    board.later(hours=3)
    board.scan()
    assert board.alerted() == [("urgent", one)]
    assert board.mentions("--urgency", "urgent") == []


def test_a_priority_outranks_a_rule(board: Board) -> None:
    """Somebody looked at this one mention; the rule has never seen it."""
    board.configure(CONFIG + '\n[[rules]]\nname = "all"\nwhen = "acme"\nthen = { urgency = "urgent", tag = "all" }\n')
    (one,) = found(board, CALM)
    assert board.mentions()[0]["urgency"]["level"] == "urgent"

    board.does("priority", one, "normal", "--by", "jo")
    (now,) = board.mentions()
    assert (now["urgency"]["level"], now["urgency"]["reasons"][0], now["tags"]) == ("normal", "set by jo", ["all"])


@pytest.mark.parametrize(
    "args",
    [
        ["priority", "ID", "soon"],
        ["label", "ID", "superb"],
        ["label", "ID", "negative", "positive"],
        ["label", "ID"],
        ["tag", "ID"],
        ["tag", "ID", "+two words"],
        ["tag", "ID", "+vip", "-vip"],
        ["tag", "ID", "+\x1b[31m"],
        ["snooze", "ID", "yesterday"],
        ["snooze", "ID", "2020-01-01"],
        ["snooze", "ID", "soon"],
        ["snooze", "ID", "99999999999w"],
        ["list", "priority:soon"],
        ["list", "is:gone"],
        ["list", "label:"],
    ],
)
def test_what_cannot_be_understood_is_a_wrong_usage_and_writes_nothing(board: Board, args: list[str]) -> None:
    (one,) = found(board, CALM)
    ran = board.run(*[one if arg == "ID" else arg for arg in args])
    assert (ran.status, ran.out) == (2, ""), ran.err
    assert "\x1b" not in ran.err
    assert json.loads(board.run("show", one, "--json").out)["log"] == []


# -- labels ------------------------------------------------------------------------------------------------------------


def test_several_labels_are_one_entry_and_taken_back_as_one(board: Board) -> None:
    (one,) = found(board, CALM)
    (before,) = board.mentions()

    board.does("label", one, "negative", "complaint", "high", "--by", "jo")
    (now,) = board.mentions()
    assert now["labels"] == ["negative", "complaint", "high"]
    assert (now["sentiment"]["label"], now["flags"], now["urgency"]["level"]) == ("negative", ["complaint"], "high")
    assert now["sentiment"]["reasons"][0] == now["urgency"]["reasons"][0] == "labelled by jo"

    board.does("undo", one, "--by", "sam")
    assert board.mentions() == [before]


@pytest.mark.parametrize(("label", "flags"), [("praise", ["praise"]), ("none", []), ("question", ["question"])])
def test_a_label_of_the_kind_says_which_it_is(board: Board, label: str, flags: list[str]) -> None:
    (one,) = found(board, RANT)
    board.does("label", one, label, "--by", "jo")
    assert board.mentions()[0]["flags"] == flags


def test_a_label_corrects_the_same_words_elsewhere_now_and_later(board: Board) -> None:
    """Of the same brand, whatever case and signs; other words are left alone, and so is what has a word of its own."""
    copy = CALM.upper().replace("HARBOUR", "Harbour") + " !!"
    one, other, copied = found(board, CALM, RANT, copy)
    board.does("label", copied, "positive", "--by", "sam")

    board.does("label", one, "negative", "high", "--by", "jo")
    board.say(CALM, "bob")
    board.scan()

    by_id = {m["id"]: m for m in board.mentions()}
    later = next(id_ for id_ in by_id if id_ not in (one, other, copied))
    assert by_id[later]["sentiment"]["reasons"][0] == "labelled by jo"
    assert by_id[later]["labels"] == ["negative", "high"]
    assert by_id[copied]["labels"] == ["positive", "high"]
    assert by_id[other]["labels"] == []
    board.does("undo", one)
    assert [m["labels"] for m in board.mentions()] == [["positive"], [], ["positive"], ["positive"]]


STORY = (
    "Acme Coffee has opened its new roastery in the old harbour, the company said on Friday. The building once held a"
    " rope maker and had been empty for years. Some forty people will work there, most of them from the town, and a"
    " small museum shows how beans were shipped. Visitors may taste on weekdays between ten and four."
)


def test_a_label_holds_for_a_reprint_but_silences_no_alarm(board: Board) -> None:
    """A word or two changed are the same; what was put in instead may be the danger."""
    reprint = STORY.replace("on Friday", "today")
    attack = STORY.replace("may taste", "were injured")
    assert says_the_same(*(Item("x", "post", text=text) for text in (STORY, attack))) == "nearly"
    one, two, three = found(board, STORY, reprint, attack)
    board.does("label", one, "noise", "--by", "jo")

    by_id = {m["id"]: m for m in board.mentions()}
    assert by_id[two]["labels"] == ["noise"]
    assert by_id[three]["labels"] == []
    assert by_id[three]["urgency"]["level"] in ("high", "urgent")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The new blend of Acme Coffee is great 👍", "The new blend of Acme Coffee is great 🙄"),
        ("The shop of Acme Coffee is closed today.", "The shop of Acme Coffee is closed today?"),
        ("The shop of Acme Coffee is closed today.", "The shop of Acme Coffee is not closed today."),
        ("The blend of Acme Coffee, 4 of 5 stars", "The blend of Acme Coffee, 1 of 5 stars"),
    ],
)
def test_what_turns_the_sense_makes_other_words(board: Board, one: str, other: str) -> None:
    first, second = found(board, one, other)
    board.does("label", first, "noise", "negative")
    assert {m["id"]: m["labels"] for m in board.mentions()} == {first: ["noise", "negative"], second: []}


def test_a_few_words_are_no_copy(board: Board) -> None:
    """Two who say “Acme Coffee?” do not mean the same."""
    one, other = found(board, "Acme Coffee?", "Acme Coffee!")
    board.does("label", one, "noise")
    assert {m["id"]: m["labels"] for m in board.mentions()} == {one: ["noise"], other: []}


def test_noise_stops_clock_alert_and_digest_and_says_so(board: Board) -> None:
    """It stays in the list: nothing is dropped, and `relevant` brings all of it back."""
    (one,) = found(board, RANT)
    board.does("priority", one, "high", "--by", "jo")
    assert board.due() == [one]

    board.does("label", one, "noise", "--by", "jo")
    board.does("label", one, "noise", "--by", "jo")
    assert (board.due(), board.inbox()) == ([], [])
    digest = json.loads(board.run("digest", "--since", "1d", "--json").out)
    assert (digest["count"], digest["mentions"], digest["waiting"]["count"]) == (0, [], 0)
    assert digest["brands"][0]["noise"] == 1
    assert "1 labelled noise left out" in board.run("digest", "--since", "1d", "-f", "text").out
    assert "noise: no deadline, no alert, in no digest" in board.run("show", one).out
    assert [m["id"] for m in board.mentions()] == [one]
    assert board.mentions()[0]["due_at"] is None
    ran = board.run("priority", one, "urgent")
    assert "is labelled noise and stays silent" in ran.err
    board.later(hours=9)
    board.scan()
    assert board.alerted() == []

    board.does("label", one, "relevant", "--by", "sam")
    assert board.due() == [one]
    assert json.loads(board.run("digest", "--since", "1d", "--json").out)["count"] == 1


def test_the_words_of_noise_call_nobody_when_they_come_again(board: Board) -> None:
    (one,) = found(board, FIRE)
    board.does("label", one, "irrelevant", "--by", "jo")
    board.say(FIRE, "bot")
    board.scan()

    assert [m["labels"] for m in board.mentions()] == [["noise"], ["noise"]]
    assert board.alerted() == [("urgent", one)]
    assert "noise: labelled by jo" in board.mentions()[1]["urgency"]["reasons"]
    assert board.due() == []


# -- tags --------------------------------------------------------------------------------------------------------------


def test_tags_are_added_and_taken_off_whoever_put_them_there(board: Board) -> None:
    board.configure(CONFIG + '\n[[rules]]\nname = "all"\nwhen = "acme"\nthen = { tag = "press" }\n')
    (one,) = found(board, CALM)
    assert board.mentions()[0]["tags"] == ["press"]

    board.does("tag", one, "+VIP", "-press", "--by", "jo")
    assert board.mentions()[0]["tags"] == ["vip"]
    board.scan()
    assert board.mentions()[0]["tags"] == ["vip"]
    assert [m["id"] for m in board.mentions("tag:vip")] == [one]
    assert board.mentions("tag:press") == []
    assert "is already tagged so" in board.does("tag", one, "+vip").err

    board.does("undo", one)
    assert board.mentions()[0]["tags"] == ["press"]
    board.does("tag", one, "--", "+q", "-press")
    assert board.mentions()[0]["tags"] == ["q"]


def test_a_rule_may_ask_for_what_people_said(board: Board) -> None:
    rule = """
[[rules]]
name = "ours"
when = "label:complaint OR tag:vip OR priority:urgent"
then = { tag = "look" }
"""
    board.configure(CONFIG + rule)
    one, other, third, fourth = found(board, CALM, RANT, FIRE, "Acme Coffee has a quiet terrace by the old canal.")
    board.does("label", one, "complaint")
    board.does("tag", other, "+vip")
    board.does("priority", third, "urgent")

    assert {m["id"] for m in board.mentions("tag:look")} == {one, other, third}
    assert fourth not in {m["id"] for m in board.mentions("tag:look")}


def test_a_rule_cannot_ask_for_what_ends_by_itself(board: Board) -> None:
    board.configure(CONFIG + '\n[[rules]]\nname = "x"\nwhen = "is:snoozed"\nthen = { tag = "x" }\n')
    ran = board.run("check")
    assert ran.status == 78
    assert "is:snoozed ends by itself" in ran.out + ran.err


# -- silence -----------------------------------------------------------------------------------------------------------


def test_a_snoozed_mention_is_silent_until_its_time(board: Board) -> None:
    """In due, inbox, alerts and what waits in a digest; its clock runs on, and then it is told."""
    (one,) = found(board, RANT)
    board.does("priority", one, "high", "--by", "jo")
    due_at = board.mentions()[0]["due_at"]
    assert board.inbox() == board.due() == [one]

    board.does("snooze", one, "3h", "--by", "jo")
    (now,) = board.mentions()
    assert (now["snoozed_until"], now["due_at"], now["status"]) == ("2026-11-20T11:20:00Z", due_at, "new")
    assert (board.inbox(), board.due(), board.run("due").status) == ([], [], 0)
    digest = json.loads(board.run("digest", "--since", "1d", "--json").out)
    assert (digest["waiting"]["count"], digest["brands"][0]["waiting"], digest["count"]) == (0, 0, 1)
    assert "snoozed until" in board.run("show", one).out
    assert [m["id"] for m in board.mentions("is:snoozed")] == [one]
    board.later(hours=2, minutes=30)
    board.scan()
    assert board.alerted() == []

    board.later(minutes=30)
    assert board.mentions("is:snoozed") == []
    assert board.inbox() == board.due() == [one]
    board.scan()
    assert board.alerted() == [("overdue", one)]


def test_a_silence_is_ended_or_taken_back(board: Board) -> None:
    one, other = found(board, RANT, CALM)
    for id_ in (one, other):
        board.does("snooze", id_, "1w")
    board.does("snooze", one, "now")
    board.does("undo", other)
    assert set(board.inbox()) == {one, other}


def test_what_is_held_in_quiet_hours_is_not_told_of_what_was_silenced_since(board: Board) -> None:
    """What is snoozed is held on, what is noise is told to nobody."""
    board.configure(CONFIG.replace('when = ["urgent", "overdue"]', 'when = ["urgent"]\nquiet = "00:00-10:00"'))
    board.scan()
    found(board, FIRE, "Acme Coffee poisoned my daughter, she is in hospital. We will sue them, this is a scandal.")
    held = [m["id"] for m in board.mentions("--urgency", "urgent")]
    assert len(held) == 2
    assert board.alerted() == []
    board.does("snooze", held[0], "4h")
    board.does("label", held[1], "noise")

    board.later(hours=3)
    board.scan()
    assert board.alerted() == []
    board.later(hours=2)
    board.scan()
    assert board.alerted() == [("urgent", held[0])]


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("2h30m", "2026-11-20T10:50:00Z"),
        ("1d", "2026-11-21T08:20:00Z"),
        ("tomorrow", "2026-11-21T00:00:00Z"),
        ("Mon", "2026-11-23T00:00:00Z"),
        ("fri", "2026-11-27T00:00:00Z"),
        ("Fri 17:00", "2026-11-20T17:00:00Z"),
        ("17:00", "2026-11-20T17:00:00Z"),
        ("7:00", "2026-11-21T07:00:00Z"),
        ("2026-12-24", "2026-12-24T00:00:00Z"),
        ("2026-12-24 09:30", "2026-12-24T09:30:00Z"),
        ("2026-12-24T09:30+02:00", "2026-12-24T07:30:00Z"),
    ],
)
def test_until_when_may_be_said_as_people_say_it(board: Board, said: str, until: str) -> None:
    """On a Friday at 08:20."""
    (one,) = found(board, CALM)
    board.does("snooze", one, said)
    assert board.mentions()[0]["snoozed_until"] == until


def test_a_day_is_meant_until_its_work_begins(board: Board) -> None:
    board.configure(CONFIG.replace("Mon-Sun 00:00-24:00", "Mon-Fri 09:00-18:00"))
    (one,) = found(board, CALM)
    board.does("snooze", one, "Mon")
    assert board.mentions()[0]["snoozed_until"] == "2026-11-23T09:00:00Z"


# -- everywhere --------------------------------------------------------------------------------------------------------


def test_what_people_said_stands_in_every_format(board: Board) -> None:
    """JSON by its schema, CSV, the view that Datasette shows, `show`, and the log with who and when."""
    (one,) = found(board, CALM)
    for words in (["priority", one, "high"], ["label", one, "negative", "complaint"], ["tag", one, "+vip"]):
        board.does(*words, "--by", "jo")
    board.does("snooze", one, "1d", "--by", "sam")

    (mention,) = board.mentions()
    assert set(mention_schema()["properties"]) <= set(mention)
    (row,) = csv.DictReader(io.StringIO(board.run("list", "-f", "csv").out))
    assert (row["priority"], row["labels"], row["tags"]) == ("high", "negative; complaint", "vip")
    assert row["snoozed_until"] == mention["snoozed_until"] == "2026-11-21T08:20:00Z"
    with sqlite3.connect(board.folder / "mentions.db") as database:
        view = database.execute("SELECT priority, labels, tags, snoozed_until FROM mentions").fetchall()
    database.close()
    assert view == [("high", '["negative","complaint"]', '["vip"]', "2026-11-21T08:20:00Z")]
    log = json.loads(board.run("show", one, "--json").out)["log"]
    assert [(entry["by"], entry["action"], entry["data"]) for entry in log] == [
        ("jo", "priority", {"priority": "high"}),
        ("jo", "label", {"labels": {"sentiment": "negative", "kind": "complaint"}}),
        ("jo", "tag", {"add": ["vip"], "remove": []}),
        ("sam", "snooze", {"until": "2026-11-21T08:20:00Z"}),
    ]
    shown = board.run("show", one).out
    assert "jo set its priority to high" in shown
    assert "jo labelled it negative, complaint" in shown
    assert "jo tagged it +vip" in shown
    assert "sam snoozed it until 2026-11-21T08:20:00Z" in shown


def test_two_peoples_words_are_both_kept_and_the_last_holds(board: Board) -> None:
    (one,) = found(board, CALM)
    board.does("priority", one, "urgent", "--by", "jo")
    board.does("label", one, "negative", "--by", "jo")
    board.later(minutes=1)
    board.does("priority", one, "low", "--by", "sam")
    board.does("label", one, "positive", "--by", "sam")

    lines = board.run("show", one).out.splitlines()
    assert [line.split("  ")[-1] for line in lines if "priority to" in line] == [
        "jo set its priority to urgent (no longer holds)",
        "sam set its priority to low",
    ]
    assert any("jo labelled it negative (no longer holds)" in line for line in lines)
    assert board.mentions()[0]["urgency"]["reasons"][0] == "set by sam"


def test_a_merge_keeps_both_peoples_words_and_says_which_holds(board: Board, tmp_path: Path) -> None:
    """A colleague's copy of the database: their later word holds here after the next scan."""
    one, other = found(board, CALM, RANT)
    copy = tmp_path / "copy.db"
    assert board.run("backup", str(copy)).status == 0
    board.does("priority", one, "urgent", "--by", "jo")
    board.later(minutes=5)
    board.does("priority", one, "low", "--by", "sam", "--db", str(copy))
    board.does("label", other, "noise", "--by", "sam", "--db", str(copy))
    board.does("tag", other, "+vip", "--by", "sam", "--db", str(copy))

    assert board.run("merge", str(copy)).status == 0
    board.scan()
    by_id = {m["id"]: m for m in board.mentions()}
    assert (by_id[one]["priority"], by_id[one]["urgency"]["reasons"][0]) == ("low", "set by sam")
    assert (by_id[other]["labels"], by_id[other]["tags"]) == (["noise"], ["vip"])
    log = json.loads(board.run("show", one, "--json").out)["log"]
    assert [(entry["by"], entry["data"]["priority"]) for entry in log] == [("jo", "urgent"), ("sam", "low")]
    assert "set its priority to urgent (no longer holds)" in board.run("show", one).out


def test_list_asks_for_what_people_said(board: Board) -> None:
    one, other = found(board, CALM, RANT)
    board.does("priority", one, "high")
    board.does("label", other, "complaint", "negative")

    def asked(query: str) -> list[str]:
        return [m["id"] for m in board.mentions(query)]

    assert asked("priority:high") == asked("priority:high harbour") == [one]
    assert asked("priority:auto") == asked("label:complaint label:negative") == asked("acme -priority:high") == [other]
    assert asked("label:complaint OR priority:high") == [one, other]
    assert asked("priority:high refund") == asked("label:noise") == []
    assert asked("brand:brasswell OR sentiment:negative") == [other]
    assert board.run("list", "priority:auto OR priority:high", "--limit", "1", "--jsonl").out.count("\n") == 1


def test_what_was_pruned_or_forgotten_leaves_nothing_that_people_wrote_of_it(board: Board) -> None:
    """Neither notes nor labels; and the same words of somebody else are judged anew."""
    board.say(CALM, "ann")
    board.scan()
    (one,) = (m["id"] for m in board.mentions())
    board.say(CALM, "bob")
    board.scan()
    board.does("label", one, "negative", "noise")
    board.does("note", one, "they are ill")
    assert [m["labels"] for m in board.mentions()] == [["noise", "negative"], ["noise", "negative"]]

    assert board.run("forget", "ann").status == 0
    board.scan()
    (left,) = board.mentions()
    assert (left["author"]["handle"], left["labels"]) == ("bob", [])

    board.does("note", left["id"], "our rival's brother")
    board.configure(CONFIG + '\n[retention]\nitems = "1d"\nmentions = "1d"\n')
    board.later(days=3)
    assert board.run("prune").status == 0
    with sqlite3.connect(board.folder / "mentions.db") as database:
        assert database.execute("SELECT count(*) FROM triage").fetchone() == (0,)
    database.close()
    assert board.run("verify").status == 0


# -- what was corrected is measured ------------------------------------------------------------------------------------

PLACES = [f"{adjective} {noun}" for adjective in ("old", "new", "red", "far", "wet") for noun in
          ("harbour", "quay", "mill", "bridge", "market", "station", "garden")]  # fmt: skip


def judging(board: Board) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(board.run("brand", "health", "Acme Coffee", "--judging", "--json").out)
    judging: dict[str, Any] = found["brands"][0]["judging"]
    return judging


def test_judging_is_measured_by_labels_from_thirty_on(board: Board) -> None:
    """Precision and recall with their intervals; silent below; and without --judging nothing is said of it."""
    for place in PLACES[:30]:
        board.say(f"Acme Coffee opens a shop at the {place}, says the council of the town.")
    board.scan()
    ids = [m["id"] for m in board.mentions()]
    for id_ in ids[:29]:
        board.does("label", id_, "neutral", "none", "normal")
    measures = {one["what"]: one for one in judging(board)["measures"]}
    assert set(measures) == {"high or urgent", "complaint", "negative", "neutral", "positive"}
    assert all(one["precision"] is None and one["recall"] is None for one in measures.values())
    assert "29 labels (figures are given from 30 on)" in board.run("brand", "health", "--judging").out

    board.does("label", ids[29], "negative", "complaint", "urgent")
    measures = {one["what"]: one for one in judging(board)["measures"]}
    urgent = measures["high or urgent"]
    assert (urgent["labels"], urgent["said"], urgent["judged"], urgent["precision"]) == (30, 1, 0, None)
    assert urgent["recall"]["share"] == 0.0
    assert 0 < urgent["recall"]["high"] < 1
    assert measures["negative"]["said"] == 1
    text = board.run("brand", "health", "--judging").out
    assert "high or urgent  nothing judged so, recall 0% (0% to 79%), 30 labels" in text
    assert "judging" not in board.run("brand", "health").out


def test_alarms_are_counted_with_those_that_were_taken_back(board: Board) -> None:
    """Lowered, labelled or ignored by somebody, each once; what somebody set is no alarm of the judge's."""
    texts = [FIRE.replace("my hand", f"my hand at the {place}") for place in PLACES[:5]]
    *alarms, calm = found(board, *texts, CALM)
    board.does("priority", alarms[0], "normal")
    board.does("label", alarms[1], "noise")
    board.does("label", alarms[2], "low")
    board.does("ignore", alarms[3])
    board.does("ignore", alarms[0])
    board.does("priority", calm, "urgent")

    counts = judging(board)["alarms"]
    share = counts.pop("share")
    assert (counts, share) == (
        {"alarms": 5, "urgent": 5, "labelled": 2, "lowered": 1, "ignored": 1, "taken_back": 4},
        None,
    )
    assert (
        "alarms: 5 (5 urgent), 4 taken back: 2 labelled, 1 lowered, 1 ignored"
        in board.run("brand", "health", "--judging").out
    )
    report = json.loads(board.run("report", "--since", "1d", "--json").out)
    assert report["brands"][0]["alarms"]["taken_back"] == 4
    assert report["brands"][0]["noise"] == 1
    board.run("report", "--since", "1d", "-o", str(board.folder / "report.html"))
    page = (board.folder / "report.html").read_text(encoding="utf-8")
    assert "alarms: judged high or urgent" in page
    assert "4 taken back" in page
