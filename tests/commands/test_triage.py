"""Triage and the clock, as their users meet them."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from support import tables
from support.world import Ran, World, entry, rss

CONFIG = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee"]
own = ["acme.example"]

[[brands]]
name = "Brasswell"
kind = "competitor"
names = ["Brasswell"]

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"

[response]
timezone = "Europe/London"
hours = "Mon-Fri 09:00-18:00"
reply_within = { urgent = "30m", high = "1h", normal = "2h", low = "4h" }
"""
URL = "https://one.example/rss"
OLD = entry("Acme Coffee opens", "https://news.example/opens", guid="0")
NEWS = [entry(f"Acme Coffee and the {word}", f"https://news.example/{word}", guid=word) for word in ("kettle", "quay")]
OTHERS = [
    entry("Brasswell shuts", "https://news.example/brasswell", guid="b"),
    entry("Acme Coffee roasts: our new blend", "https://acme.example/blend", guid="c"),
]


@pytest.fixture
def inbox(world: World) -> World:
    """A Friday, 09:10 in London: two mentions of ours are new, beside a competitor's, one of our own and an old one."""
    world.configure(CONFIG)
    world.serve(URL, rss(OLD))
    world.run("scan")
    world.later(minutes=70)
    world.serve(URL, rss(*NEWS, *OTHERS, OLD))
    assert world.run("scan").status == 0
    return world


def rows(ran: Ran) -> list[dict[str, object]]:
    assert ran.err == ""
    return [json.loads(line) for line in ran.out.splitlines()]


def listed(world: World, *args: str) -> dict[str, dict[str, object]]:
    """Title → mention."""
    return {str(row["title"]): row for row in rows(world.run("list", "--jsonl", *args))}


def ids(world: World) -> tuple[str, str]:
    """Of the two mentions that are new and ours."""
    found = listed(world)
    return str(found["Acme Coffee and the kettle"]["id"]), str(found["Acme Coffee and the quay"]["id"])


def done(world: World, *args: str, stdin: bytes = b"") -> None:
    ran = world.run(*args, stdin=stdin)
    assert (ran.status, ran.out, ran.err) == (0, "", "")


def refused(world: World, *args: str, stdin: bytes = b"") -> str:
    ran = world.run(*args, stdin=stdin)
    assert (ran.status, ran.out) == (1, "")
    return ran.err


# -- moves -------------------------------------------------------------------------------------------------------------


def test_state_and_holder_are_told_wherever_mentions_are(inbox: World) -> None:
    """In the list, in one mention, in the view that Datasette shows, and to the filters."""
    one, other = ids(inbox)
    done(inbox, "ack", one)
    done(inbox, "assign", other, "--to", "sam")

    assert [(m["status"], m["assignee"]) for m in rows(inbox.run("show", one, "--jsonl"))] == [("open", None)]
    assert [m["id"] for m in rows(inbox.run("list", "--status", "open", "--jsonl", "--assignee", "sam"))] == [other]
    assert {m["id"] for m in rows(inbox.run("list", "--status", "open", "--jsonl"))} == {one, other}
    assert other not in {m["id"] for m in rows(inbox.run("list", "--status", "new", "--jsonl"))}
    view = tables.rows(
        inbox.folder, "SELECT id, status, assignee FROM mentions WHERE status <> 'new' ORDER BY assignee"
    )
    assert view == [(one, "open", None), (other, "open", "sam")]


def test_the_whole_way_of_a_mention(inbox: World) -> None:
    """new, open, replied, open again, resolved – and what the log tells of it."""
    one, _ = ids(inbox)
    states = []
    for move in (
        ["ack", one, "--by", "jo"],
        ["assign", one, "sam", "--by", "jo"],
        ["note", one, "rang them; \x1b[31mno answer", "--by", "sam"],
        ["reply", one, "--url", "https://social.example/@acme/1", "--by", "sam"],
        ["reopen", one, "--by", "sam"],
        ["resolve", one, "--by", "sam"],
        ["undo", one, "--by", "jo"],
    ):
        done(inbox, *move)
        states += [str(row["status"]) for row in rows(inbox.run("show", one, "--jsonl"))]
        inbox.later(minutes=1)

    assert states == ["open", "open", "open", "replied", "open", "resolved", "open"]
    shown = inbox.run("show", one).out
    for line in (
        "jo acknowledged it",
        "jo assigned it to sam",
        "sam noted: rang them; ",
        "sam answered at https://social.example/@acme/1",
        "sam resolved it (taken back)",
        "jo took back: sam resolved it",
    ):
        assert line in shown
    assert "\x1b" not in shown
    logged = json.loads(inbox.run("show", one, "--json").out)["log"]
    assert [row["action"] for row in logged] == ["ack", "assign", "note", "reply", "reopen", "resolve", "undo"]


def test_one_wrong_id_and_nothing_is_done(inbox: World) -> None:
    """Every id that is wrong is told, and every move that makes no sense."""
    one, other = ids(inbox)
    done(inbox, "ignore", other)

    said = refused(inbox, "reply", one, "m_nothing", other, "m_neither", "--private")

    assert [line.split(":")[0] for line in said.splitlines()] == ["m_nothing", "m_neither", other]
    assert f"{other}: is ignored; `mentionwatch reopen {other}` first" in said
    assert listed(inbox)["Acme Coffee and the kettle"]["status"] == "new"


def test_ids_come_from_a_pipe_in_any_of_our_forms_and_may_be_cut_short(inbox: World) -> None:
    """Bare ids, lines of ``list``, lines of JSON."""
    one, other = ids(inbox)
    done(inbox, "ack", "-", stdin=f"{one}\n\n{one[:6]}\n".encode())
    done(inbox, "resolve", "-", stdin=inbox.run("list", "--status", "open").out.encode())
    done(inbox, "ignore", "-", stdin=inbox.run("list", "quay", "--jsonl").out.encode())

    assert {row["id"]: row["status"] for row in listed(inbox).values() if row["status"] != "new"} == {
        one: "resolved",
        other: "ignored",
    }
    assert "without an id" in refused(inbox, "ack", "-", stdin=b'{"ID": 1}\n')
    assert inbox.run("ack", "-", stdin=b"").status == 2


def test_a_command_may_be_run_twice(inbox: World) -> None:
    """The second time it says so, and logs nothing."""
    one, _ = ids(inbox)
    done(inbox, "resolve", one)

    again = inbox.run("resolve", one)

    assert (again.status, again.err) == (0, f"{one}: is already resolved\n")
    assert len(json.loads(inbox.run("show", one, "--json").out)["log"]) == 1


def test_who_acts_is_said_by_flag_environment_or_configuration(inbox: World) -> None:
    """In this order; the login name is the last resort."""
    one, _ = ids(inbox)
    inbox.configure(CONFIG + 'by = "conf"\n')
    done(inbox, "note", one, "first")
    inbox.environ["MENTIONWATCH_BY"] = "env"
    done(inbox, "note", one, "second")
    done(inbox, "note", one, "third", "--by", "flag")

    logged = json.loads(inbox.run("show", one, "--json").out)["log"]
    assert [(row["by"], row["data"]["text"]) for row in logged] == [
        ("conf", "first"),
        ("env", "second"),
        ("flag", "third"),
    ]


def test_where_there_is_a_team_nobody_else_is_given_anything(inbox: World) -> None:
    """An unknown person is refused with a guess; capital letters do not matter."""
    one, _ = ids(inbox)
    inbox.configure(CONFIG + 'team = ["Jo", "Samira"]\n')

    assert 'did you mean "Samira"?' in refused(inbox, "assign", one, "--to", "samra")
    done(inbox, "assign", one, "--to", "samira")
    assert listed(inbox)["Acme Coffee and the kettle"]["assignee"] == "Samira"
    done(inbox, "assign", one, "--nobody")
    assert listed(inbox)["Acme Coffee and the kettle"]["assignee"] is None


@pytest.mark.parametrize(
    "words",
    [
        ["assign", "ID"],
        ["assign", "ID", "ID"],
        ["assign", "ID", "--to", " "],
        ["assign", "ID", "--to", "jo", "--nobody"],
        ["note", "ID"],
        ["note", "ID", "ID"],
        ["note", "ID", " \x1b "],
        ["reply", "ID"],
        ["reply", "ID", "--url", "javascript:alert(1)"],
        ["reply", "ID", "--url", "https://x.example/1", "--private"],
        ["reply", "ID", "--private", "--promise", "refund soon"],
        ["ack", "ID", "--by", "x" * 201],
        ["label", "ID", "superb"],
        ["ack"],
    ],
    ids=" ".join,
)
def test_what_says_too_little_or_too_much_is_refused(inbox: World, words: list[str]) -> None:
    """With what is missing, before anything is written."""
    one, _ = ids(inbox)

    ran = inbox.run(*(one if word == "ID" else word for word in words))

    assert ran.status == 2
    assert json.loads(inbox.run("show", one, "--json").out)["log"] == []


def test_a_database_that_is_not_there_is_not_made(inbox: World) -> None:
    """A slip in --db is told."""
    assert "there is no database yet" in refused(inbox, "ack", "m_x", "--db", str(inbox.folder / "typo.db"))
    assert not (inbox.folder / "typo.db").exists()


def test_undone_labels_do_not_count(inbox: World) -> None:
    """`backtest` refuses to lose what is labelled relevant, and not what was labelled so by mistake."""
    one, _ = ids(inbox)
    changed = inbox.folder / "changed.toml"
    changed.write_text(inbox.config_file.read_text().replace('["Acme Coffee"]', '["Acme Roasters"]'))
    done(inbox, "label", one, "relevant")
    assert inbox.run("backtest", "--config", str(changed)).status == 1

    done(inbox, "undo", one)
    assert inbox.run("backtest", "--config", str(changed)).status == 0


# -- the clock ---------------------------------------------------------------------------------------------------------


def at(row: dict[str, object]) -> str | None:
    return None if row["due_at"] is None else str(row["due_at"])[11:16]


def test_only_what_waits_for_our_answer_has_a_time(inbox: World) -> None:
    """Not a competitor's, not our own, not what was there before the watch began."""
    hours = {"urgent": 0.5, "high": 1, "normal": 2, "low": 4}
    for title, row in listed(inbox).items():
        if " and the " in title:
            seen, due = (datetime.fromisoformat(str(row[key])) for key in ("first_seen_at", "due_at"))
            assert (due - seen).total_seconds() == 3600 * hours[row["urgency"]["level"]]  # type: ignore[index]
        else:
            assert row["due_at"] is None


def test_an_answer_stops_the_clock_and_a_reopening_starts_it(inbox: World) -> None:
    """As `list`, `digest` and `due` tell it."""
    one, other = ids(inbox)
    waiting = [row["id"] for row in rows(inbox.run("due", "--jsonl"))]
    assert set(waiting) == {one, other}
    assert json.loads(inbox.run("digest", "--json").out)["brands"][0]["waiting"] == 2

    done(inbox, "reply", one, "--private")
    done(inbox, "ignore", other)
    assert rows(inbox.run("due", "--jsonl")) == []
    assert {at(row) for row in listed(inbox).values()} == {None}
    assert json.loads(inbox.run("digest", "--json").out)["brands"][0]["waiting"] == 0

    inbox.later(hours=1)
    done(inbox, "reopen", one)
    assert [row["id"] for row in rows(inbox.run("due", "--jsonl"))] == [one]


def test_due_exits_3_when_something_is_overdue_and_tells_the_worst_first(inbox: World) -> None:
    """With all that is needed to act: the words, the link, the clock, the command."""
    one, other = ids(inbox)
    assert inbox.run("due").status == 0
    assert inbox.run("due", "--in", "1m").out == "nothing is due\n"
    done(inbox, "reply", one, "--private")
    inbox.later(hours=5)
    done(inbox, "reopen", one)

    ran = inbox.run("due")

    assert (ran.status, ran.err) == (3, "")
    assert ran.out.startswith("2 must be answered, 1 overdue\n")
    assert ran.out.index(other) < ran.out.index(one)
    for said in ("overdue (was due ", "Acme Coffee and the quay", "https://news.example/quay", f"reply {other} --url"):
        assert said in ran.out
    document = json.loads(inbox.run("due", "--json").out)
    assert document["overdue"] == 1
    assert [row["mention"] for row in document["clocks"]] == [row["id"] for row in document["mentions"]] == [other, one]
    assert [row["overdue"] for row in document["clocks"]] == [True, False]
    short = json.loads(inbox.run("due", "--json", "--limit", "1").out)
    inbox.later(hours=72)
    assert len(short["clocks"]) == len(json.loads(inbox.run("due", "--json", "--limit", "1").out)["clocks"]) == 1
    assert json.loads(inbox.run("due", "--json", "--limit", "1").out)["overdue"] == 2
    inbox.later(hours=-72)
    assert [row["id"] for row in rows(inbox.run("list", "--overdue", "--jsonl"))] == [other]
    assert [row["id"] for row in rows(inbox.run("due", "--in", "1m", "--jsonl"))] == [other]


def test_due_tells_of_what_one_person_has(inbox: World) -> None:
    one, _ = ids(inbox)
    done(inbox, "assign", one, "sam")

    assert [row["id"] for row in rows(inbox.run("due", "--assignee", "sam", "--jsonl"))] == [one]
    assert "sam" in inbox.run("due", "--assignee", "sam").out


def test_due_of_a_brand_that_is_not_ours_is_a_question_with_an_answer(inbox: World) -> None:
    assert "is a competitor, and only your own brands have deadlines" in refused(inbox, "due", "--brand", "Brasswell")
    assert "not in the configuration" in refused(inbox, "due", "--brand", "Nobody")


def test_due_says_that_nothing_has_a_clock(inbox: World) -> None:
    """Silence would look like an empty inbox."""
    inbox.configure(CONFIG.partition("[response]")[0])

    ran = inbox.run("due")

    assert (ran.status, ran.out) == (0, "nothing is due\n")
    assert "no reply_within" in ran.err


def test_a_promise_comes_due(inbox: World) -> None:
    """It is owed after the answer that made it, until the mention is resolved."""
    one, other = ids(inbox)
    done(inbox, "ignore", other)
    done(inbox, "reply", one, "--url", "https://social.example/@acme/1", "--promise", "refund by Fri 17:00")

    assert at(listed(inbox)["Acme Coffee and the kettle"]) == "17:00"
    assert inbox.run("due").status == 0
    inbox.later(hours=10)
    ran = inbox.run("due")
    assert ran.status == 3
    assert "promise 2 h 10 min overdue" in ran.out
    done(inbox, "resolve", one)
    assert inbox.run("due").status == 0


def test_what_is_due_is_called_by_its_name_wherever_it_is_told(inbox: World) -> None:
    """A promise is no answer, also where the customer has written again and an answer is due later."""
    one, other = ids(inbox)
    done(inbox, "ignore", other)
    done(inbox, "reply", one, "--private", "--promise", "call by 10:00")
    done(inbox, "reopen", one)

    for told in (inbox.run("digest").out, inbox.run("show", one).out):
        assert "promise due in 50 min" in told
        assert "answer due" not in told
    inbox.configure(CONFIG.replace("reply_within", "resolve_within"))
    done(inbox, "reply", one, "--private")
    done(inbox, "reopen", one)
    for told in (inbox.run("digest").out, inbox.run("show", one).out):
        assert "resolution due in" in told
        assert "answer due" not in told


def test_a_digest_of_the_past_tells_the_state_of_then(inbox: World) -> None:
    """Promise of --as-of: byte for byte what was printed, whatever was done since."""
    one, _ = ids(inbox)
    done(inbox, "ack", one)
    then, before = inbox.now.isoformat(), inbox.run("digest", "--since", "1d", "--json").out
    inbox.later(hours=3)
    done(inbox, "resolve", one)
    done(inbox, "undo", one)
    done(inbox, "reply", one, "--private")

    assert inbox.run("digest", "--since", "1d", "--as-of", then, "--json").out == before
    assert inbox.run("digest", "--since", "1d", "--json").out != before


def test_a_scan_s_lines_bear_the_time_too(inbox: World) -> None:
    """A script that reads ``scan --jsonl`` knows by when."""
    inbox.later(minutes=20)
    inbox.serve(URL, rss(entry("Acme Coffee again", "https://news.example/again", guid="z")))

    (row,) = rows(inbox.run("scan", "--jsonl"))

    assert row["due_at"] is not None


@pytest.mark.parametrize("form", ["text", "terminal", "markdown", "html"])
def test_a_digest_leads_with_what_waits_for_an_answer(inbox: World, form: str) -> None:
    """Whenever it was said: a complaint of last week is not forgotten because this day's digest is short."""
    one, other = ids(inbox)
    done(inbox, "assign", one, "sam")
    done(inbox, "ignore", other)
    inbox.later(days=7)

    told = inbox.run("digest", "--since", "1d", "--format", form).out

    head = told.index("1 waits for an answer, 1 overdue")
    line = next(row for row in told[head:].splitlines() if one in row.replace("\\_", "_"))
    assert head < told.index(line) < told.index("asked")
    assert "6 d overdue" in line
    assert "with sam" in line
    done(inbox, "resolve", one)
    assert "waits for an answer" not in inbox.run("digest", "--since", "1d", "--format", form).out


@pytest.mark.parametrize("form", ["text", "terminal", "markdown", "html"])
def test_of_what_waits_a_digest_tells_five_in_a_line_each(world: World, form: str) -> None:
    """Ten of them would stand above the urgent story that is new; the others are counted, and in the document."""
    posts = [entry(f"Acme Coffee {'came cold ' * 20}{n}", f"https://news.example/{n}", guid=str(n)) for n in range(7)]
    world.configure(CONFIG)
    world.serve(URL, rss())
    world.run("scan")
    world.later(minutes=20)
    world.serve(URL, rss(*posts))
    world.run("scan")
    world.later(days=7)

    told = world.run("digest", "--since", "1h", "--format", form).out
    lines = [line for line in told.splitlines() if " d overdue" in line]

    assert "7 wait for an answer, 7 overdue" in told
    assert [line.count("m_") + line.count("m\\_") for line in lines] == [1] * 5
    assert all("came cold" in line for line in lines)
    assert "… and 2 more: mentionwatch due" in told
    assert form not in ("text", "terminal") or max(map(len, told.splitlines())) <= 80
    assert len(json.loads(world.run("digest", "--since", "1h", "--json").out)["waiting"]["first"]) == 7


def test_the_digest_s_document_counts_what_waits(inbox: World) -> None:
    """For scripts: how many, how many of them overdue, and the first of them."""
    inbox.later(days=7)

    waiting = json.loads(inbox.run("digest", "--since", "1d", "--json").out)["waiting"]

    assert (waiting["count"], waiting["overdue"]) == (2, 2)
    assert {row["id"] for row in waiting["first"]} == set(ids(inbox))


def test_a_digest_may_be_of_what_is_left_to_do(inbox: World) -> None:
    """By state, holder, urgency and clock, as `list`; a mail always holds all that is pending."""
    one, other = ids(inbox)
    done(inbox, "assign", one, "sam")

    def told(*args: str) -> set[object]:
        return {row["id"] for row in rows(inbox.run("digest", "--since", "2d", "--jsonl", *args))}

    assert told("--status", "open") == told("--assignee", "sam") == {one}
    assert told("--overdue") == set()
    done(inbox, "reply", one, "--private")
    inbox.later(hours=8)
    assert told("--overdue") == {other}
    assert told("--urgency", "urgent") == set()
    assert inbox.run("digest", "--email", "--overdue").status == 2


def test_what_narrows_a_digest_narrows_what_it_leads_with(inbox: World) -> None:
    """`digest --assignee sam` is sam's: nobody else's work stands above it."""
    one, other = ids(inbox)
    done(inbox, "assign", one, "sam")

    def led(*args: str) -> set[str]:
        return {row["id"] for row in json.loads(inbox.run("digest", "--json", *args).out)["waiting"]["first"]}

    assert led() == {one, other}
    assert led("--assignee", "sam") == led("--status", "open") == {one}
    assert led("--status", "new") == {other}
    assert led("--urgency", "urgent") == led("--overdue") == led("--status", "ignored") == set()
    assert led("--urgency", "normal", "--urgency", "low") == {one, other}
    assert other not in inbox.run("digest", "--assignee", "sam").out
    inbox.later(hours=72)
    assert led("--overdue", "--assignee", "sam") == {one}


def test_a_digest_leaves_to_due_what_nobody_has_touched_for_a_season(inbox: World) -> None:
    """What a digest costs does not grow with the years; what somebody has taken is told for ever."""
    one, other = ids(inbox)
    done(inbox, "ack", one)
    inbox.later(days=91)

    waiting = json.loads(inbox.run("digest", "--since", "1d", "--json").out)["waiting"]

    assert [row["id"] for row in waiting["first"]] == [one]
    assert {row["id"] for row in rows(inbox.run("due", "--jsonl"))} == {one, other}
    done(inbox, "resolve", one)
    done(inbox, "note", one, "sent beans")
    assert json.loads(inbox.run("digest", "--since", "1d", "--json").out)["waiting"]["count"] == 0
