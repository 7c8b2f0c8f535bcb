"""What is doubtful in a query, what the platforms are asked for it, and the commands that say so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentionwatch.query.check import check
from mentionwatch.query.dialects import DIALECTS
from mentionwatch.query.parse import parse
from mentionwatch.query.translate import translate
from mentionwatch.query.tree import Name, Node, Not, all_of, any_of
from world import World

FATAL = {
    "NOT acme": (1, "holds without any word found"),
    "acme OR NOT tea": (9, "NOT tea holds without any word found"),
    "acme OR lang:en": (9, "lang:en holds without any word found"),
    "lang:en type:post": (1, "holds without any word found"),
    "title:(NOT acme)": (1, "holds without any word found"),
    "acme AND (": (10, "nothing stands after ("),
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


# -- platforms --------------------------------------------------------------------------------------------------------

BRAND = '("acme coffee" OR #acmecoffee OR link:acme.example) NOT ("wile e" OR cartoon) -site:toons.example'
ASKED = {
    "hackernews": ['"acme coffee"', '"acmecoffee"', '"acme.example"'],
    "google_news": ['("acme coffee" OR "acmecoffee" OR "acme.example") -site:toons.example'],
    "mastodon": ['"acme coffee"', "#acmecoffee", '"acme.example"'],
    "reddit": ['"acme coffee" OR "acmecoffee" OR (url:acme.example OR "acme.example")'],
    "bluesky": ['"acme coffee"', "#acmecoffee", "domain:acme.example"],
    "github": ['"acme coffee" OR "acmecoffee" OR "acme.example"'],
    "x": ['"acme coffee" OR #acmecoffee OR url:"acme.example"'],
    "gdelt": ['("acme coffee" OR "acmecoffee" OR "acme.example") -domain:toons.example'],
}


@pytest.mark.parametrize("platform", DIALECTS)
def test_each_platform_is_asked_in_its_own_words(platform: str) -> None:
    """Exclusions are not passed on, for a platform would apply them to more than we see; but for whole sites."""
    made = translate(parse(BRAND), platform)

    assert list(made.queries) == ASKED[platform]
    assert 'NOT ("wile e" OR cartoon)' in made.checked_here
    assert ("NOT site:toons.example" in made.checked_here) is ("toons" not in made.queries[0])


IN_WORDS = [
    ("acme (coffee OR tea)", "google_news", ['"acme" ("coffee" OR "tea")'], []),
    ("acme (coffee OR tea)", "reddit", ['"acme" AND ("coffee" OR "tea")'], []),
    ("acme (coffee OR tea)", "hackernews", ['"acme"'], ["coffee OR tea"]),
    ("title:acme coffee*", "google_news", ['intitle:"acme"'], ["coffee*"]),
    ("title:acme", "mastodon", ['"acme"'], ["title:acme"]),
    ("acme NEAR/3 coffee", "x", ['"acme" "coffee"'], ["acme NEAR/3 coffee"]),
    ('acme EXCEPT "acme corp" lang:en', "x", ['"acme"'], ['… EXCEPT "acme corp"', "lang:en"]),
    ("acme WITH tea", "google_news", ['"acme" "tea"'], []),
    ("acme WITH tea", "mastodon", ['"acme"'], ["… WITH tea"]),
    ("@acmecoffee", "x", ["@acmecoffee"], []),
    ("@acme.bsky.social", "bluesky", ["mentions:acme.bsky.social"], []),
    ("author:jo acme", "reddit", ['author:jo AND "acme"'], []),
    ("sub:coffee acme", "reddit", ['subreddit:coffee AND "acme"'], []),
    ('"acme ""corp"', "google_news", ['"acme" "corp"'], []),
    ("acme*", "google_news", [], ["acme*"]),
    ("(a1 OR b1) (c1 OR (d1 e1)) acme", "gdelt", ['"acme"'], ["a1 OR b1", "c1 OR d1 AND e1"]),
    ("(acme OR tea) (corp OR (beans shop))", "gdelt", ['("acme" OR "tea") ("corp" OR "beans")'], []),
]  # fmt: skip


@pytest.mark.parametrize(("query", "platform", "queries", "here"), IN_WORDS)
def test_what_a_platform_cannot_be_told_is_checked_here(
    query: str, platform: str, queries: list[str], here: list[str]
) -> None:
    made = translate(parse(query), platform)

    assert list(made.queries) == queries
    assert [clause for clause in here if clause not in made.checked_here] == []


def test_a_query_beyond_a_platforms_limits_is_asked_in_parts() -> None:
    """GitHub takes 256 characters and five operators."""
    names = [f"brand name {number}" for number in range(20)]
    made = translate(parse(" OR ".join(f'"{name}"' for name in names)), "github")

    assert all(len(query) <= 256 and query.count(" OR ") <= 5 for query in made.queries)
    assert [name for name in names if not any(f'"{name}"' in query for query in made.queries)] == []


_names = st.sampled_from(["acme", "coffee corp", "beans", "x" * 180, " ".join(["word"] * 30)]).map(Name)
_nodes: st.SearchStrategy[Node] = st.recursive(
    _names,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(any_of),
        st.lists(st.one_of(inner, inner.map(Not)), min_size=2, max_size=4).map(all_of),
    ),
    max_leaves=12,
)


@given(_nodes, st.sampled_from(sorted(DIALECTS)))
def test_no_platform_is_asked_more_than_it_takes(node: Node, platform: str) -> None:
    made = translate(node, platform)
    dialect = DIALECTS[platform]

    assert all(len(query) <= dialect.length for query in made.queries)
    assert all(query.count('"') % 2 == 0 for query in made.queries)


@given(_nodes, st.sets(st.sampled_from(["acme", "coffee corp", "beans", "x" * 180, " ".join(["word"] * 30)])))
def test_google_answers_with_everything_the_query_matches(node: Node, held: set[str]) -> None:
    """A page that the tree matches answers one of the queries, read as Google reads them."""
    made = translate(node, "google_news")
    if made.queries and _holds(node, held):
        assert any(_google_finds(query, held) for query in made.queries)


def _holds(node: Node, held: set[str]) -> bool:
    from mentionwatch.query.tree import And, Or

    match node:
        case And():
            return all(_holds(part, held) for part in node.parts)
        case Or():
            return any(_holds(part, held) for part in node.parts)
        case Not():
            return not _holds(node.part, held)
        case _:
            return isinstance(node, Name) and node.text in held


def _google_finds(query: str, held: set[str]) -> bool:
    """Phrases, parentheses, OR; what stands side by side must all be there."""
    return _holds(parse(query), {*held, *(" ".join(name.split()[:n]) for name in held for n in range(1, 31))})


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
    assert "checked here: NOT coffee" in ran.out


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
