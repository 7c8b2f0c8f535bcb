"""What is doubtful in a query, what the platforms are asked for it, and the commands that say so."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from mentionwatch.query.check import check
from support.world import World

FATAL = {
    "NOT acme": (1, "holds without any word found"),
    "acme OR NOT tea": (9, "NOT tea holds without any word found"),
    "acme OR lang:en": (9, "lang:en holds without any word found"),
    "lang:en type:post": (1, "holds without any word found"),
    "title:(NOT acme)": (1, "holds without any word found"),
    "acme AND (": (10, "nothing follows ("),
    "acme OR link:acme.example/x?y=1": (9, "without what follows"),
    "acme OR #a-b": (9, "letters, digits and underscores"),
    "/(acme/": (1, "cannot be read"),
}
DOUBTFUL = {
    "acme*": (1, "no platform can be asked for acme*"),
    "acme OR /x+y/": (9, "no platform can be asked for /x+y/"),
    "author:jo": (1, "no platform can be asked for author:jo"),
    "url:acme": (1, "no platform can be asked for url:acme"),
    "acme or tea": (6, "write OR"),
    "acme not tea": (6, "write NOT"),
    "acme tea OR beans": (1, "read as (acme AND tea) OR beans"),
    "X": (1, "one letter"),
    "acme OR link:co.uk": (9, "anybody has a site below it"),
    "au* OR acme": (1, "no platform"),
    "acme site:a.example site:b.example": (21, "(site:a.example OR site:b.example)"),
    "acme author:jo author:ann": (16, "(author:jo OR author:ann)"),
    r"acme /\bécole/": (6, "only the letters A to Z"),
}
IN_ORDER = [
    "acme",
    "acme NOT tea",
    "(acme tea) OR beans",
    "acme OR tea NOT beans",
    '"or" acme',
    "acme site:a.example site:a.example/path",
    "acme author:*bot author:a*",
    "acme C",
    "acme* tea",
    "(acme OR tea) -lang:de",
    '("acme coffee" OR #acmecoffee OR link:acme.example) NOT ("wile e" OR cartoon)',
]


@pytest.mark.parametrize("text", FATAL)
def test_a_query_that_cannot_be_used_says_where_and_why(text: str) -> None:
    problem = check(text)[0]

    assert problem.fatal
    assert (problem.column, FATAL[text][1] in problem.message) == (FATAL[text][0], True)
    assert problem.shown[1].index("^") == problem.column + 1


@pytest.mark.parametrize("text", DOUBTFUL)
def test_a_query_that_may_not_do_what_was_meant_says_so(text: str) -> None:
    problem = check(text)[0]

    assert not problem.fatal
    assert (problem.column, DOUBTFUL[text][1] in problem.message) == (DOUBTFUL[text][0], True)


@pytest.mark.parametrize("text", IN_ORDER)
def test_nothing_is_said_of_a_query_in_order(text: str) -> None:
    assert check(text) == ()


# -- commands ---------------------------------------------------------------------------------------------------------

CONFIG = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee", { text = "ACME", case = true, context = ["beans"] }]
exclude = ["Acme Coffee Machines", "site:toons.example"]

[[brands]]
name = "Tea"
query = "tea -coffee"

[[sources]]
type = "mastodon"
server = "https://social.example"
"""


def test_explain_says_how_a_query_is_read_and_what_is_asked(tmp_path: Path) -> None:
    """With a configuration the requests of its own sources are shown, word for word."""
    world = World(tmp_path)
    world.configure(CONFIG)

    ran = world.run("query", "explain", '(tea OR "green tea") -coffee')

    assert ran.status == 0
    assert '(tea OR "green tea") AND NOT coffee' in ran.out
    assert '  ├─ any of\n  │  ├─ name tea\n  │  └─ name "green tea"\n  └─ not\n     └─ name coffee' in ran.out
    assert "https://social.example/api/v1/timelines/tag/greentea" in ran.out
    assert "not" not in ran.out.partition("Requests")[2].lower().split()


def test_explain_shows_the_requests_that_the_sources_send(tmp_path: Path) -> None:
    """Each address that it shows is one that the next scan asks, and nothing else is shown of a platform."""
    world = World(tmp_path)
    world.configure(CONFIG)

    document = json.loads(world.run("query", "explain", "--brand", "Tea", "--json").out)
    world.run("scan")

    shown = [one["url"] for one in document["requests"]]
    assert shown != []
    assert {httpx.URL(url) for url in shown} <= {request.url for request in world.network.asked}
    assert document["platforms"] == [{"platform": "mastodon", "queries": shown, "checked_here": ["tea AND NOT coffee"]}]


def test_explain_writes_a_brands_names_as_the_query_they_are_sugar_for(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.configure(CONFIG)

    ran = world.run("query", "explain", "--brand", "acme coffee", "--json")

    assert json.loads(ran.out)["query"] == (
        '("Acme Coffee" EXCEPT "Acme Coffee Machines" OR case:ACME WITH text:beans EXCEPT "Acme Coffee Machines")'
        " AND NOT site:toons.example"
    )


def test_explain_holds_a_query_against_a_text(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.configure(CONFIG)

    ran = world.run("query", "explain", "acme -tea", "--on", "Acme tea", "--json")
    document = json.loads(ran.out)

    assert document["holds"] == {"match": False, "reason": "excluded by “tea” in text"}
    assert [(clause["text"], clause["holds"]) for clause in document["clauses"]] == [
        ("all of", False),
        ("name acme", True),
        ("not", False),
        ("name tea", True),
    ]


def test_explain_of_an_unknown_brand_names_the_known_ones(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.configure(CONFIG)

    ran = world.run("query", "explain", "--brand", "Acne")

    assert ran.status == 1
    assert "Acme Coffee, Tea" in ran.err


def test_check_tells_every_problem_with_its_place(tmp_path: Path) -> None:
    ran = World(tmp_path).run("query", "check", "acme or NOT tea OR NOT beans")

    assert ran.status == 1
    assert ran.out.startswith("wrong: column 20: NOT beans holds without any word found;")
    assert "note: column 6: " in ran.out


def test_check_says_ok_or_only_notes_with_status_0(tmp_path: Path) -> None:
    world = World(tmp_path)

    assert world.run("query", "check", "acme -tea") == world.run("query", "check", "-", stdin=b"acme -tea\n")
    assert (world.run("query", "check", "acme -tea").out, world.run("query", "check", "X").status) == ("ok\n", 0)


def test_check_shows_no_control_character_of_a_query(tmp_path: Path) -> None:
    ran = World(tmp_path).run("query", "check", "-", stdin=b'acme \x1b]0;x\x07 "')

    assert ran.status == 1
    assert "\x1b" not in ran.out + ran.err
    assert "\x07" not in ran.out + ran.err


def test_a_query_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    ran = World(tmp_path).run("query", "check", "-", stdin=b"caf\xe9")

    assert ran.status == 1
    assert "not UTF-8" in ran.err


def test_a_configured_query_is_checked_with_the_configuration(tmp_path: Path) -> None:
    """A query that cannot be used stops the program at once, with its line and column."""
    world = World(tmp_path)
    world.configure('[[brands]]\nname = "Acme"\nquery = "acme OR (tea"\n')

    ran = world.run("check")

    assert ran.status == 78
    assert "column 9: this ( is never closed" in ran.out + ran.err


def test_match_judges_by_a_brands_query(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.configure(CONFIG)

    ran = world.run("match", "tea time", "--json")

    assert [match["brand"] for match in json.loads(ran.out)["matches"]] == ["Tea"]
