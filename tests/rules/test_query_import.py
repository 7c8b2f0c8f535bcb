"""Queries of other tools in our language: what they become, and what is said of what is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from mentionwatch.cli import main
from mentionwatch.errors import UserError
from mentionwatch.match import ItemView
from mentionwatch.model import Item
from mentionwatch.query.errors import QueryError
from mentionwatch.query.evaluate import compile_query
from mentionwatch.query.importers import IMPORTERS, import_query
from mentionwatch.query.parse import parse
from support.world import World

#: (tool, its query, ours): nothing is lost.
WHOLE = [
    ("brandwatch", '"apple juice"', '"apple juice"'),
    ("brandwatch", '"apple juice"~5', '"apple juice"~5'),
    ("brandwatch", "(apple OR orange) NEAR/5 (phone OR smartphone)", "(apple OR orange) NEAR/5 (phone OR smartphone)"),
    ("brandwatch", "((a1) NEAR/2 (b1)) NEAR/2 (c1)", "a1 NEAR/2 b1 NEAR/2 c1"),
    ("brandwatch", "logitech NEAR/2f keyboard", "logitech ONEAR/2 keyboard"),
    ("brandwatch", "logitech NEAR/0f keyboard", "logitech ONEAR/0 keyboard"),
    ("brandwatch", "raw:Google+ OR google", "`Google+` OR google"),
    ("brandwatch", "site:x.com AND url:msn.com/news", "site:x.com AND url:msn.com/news"),
    ("brandwatch", "links:msn.com AND author:jo", "link:msn.com AND author:jo"),
    ("brandwatch", "acme NOT coffee", "acme AND NOT coffee"),
    ("brandwatch", "cake AND -birthday", "cake AND NOT birthday"),
    ("brandwatch", "hashtags:acme OR at_mentions:acmeco", "#acme OR @acmeco"),
    ("brandwatch", 'title:"acme corp" AND language:en', 'title:"acme corp" AND lang:en'),
    ("brandwatch", "<<<brand names>>> acme OR acmé", "acme OR acmé"),
    ("meltwater", "acme NEAR coffee", "acme NEAR/4 coffee"),
    ("meltwater", "acme ONEAR coffee", "acme ONEAR/4 coffee"),
    ("meltwater", "acme NEAR/10 coffee", "acme NEAR/10 coffee"),
    ("meltwater", "acme ONEAR/10 coffee", "acme ONEAR/10 coffee"),
    ("meltwater", "(acme OR acm*) NOT cartoon", "(acme OR acm*) AND NOT cartoon"),
    ("brand24", '"acme coffee" AND (beans OR espresso) NOT jobs', '"acme coffee" AND (beans OR espresso) AND NOT jobs'),
    (
        "brand24",
        "keyword: Acme, Acme Coffee\nrequired: coffee\nexcluded: jobs, hiring now\nexcluded sites: toons.example",
        '(Acme OR "Acme Coffee") AND coffee AND NOT jobs AND NOT "hiring now" AND NOT site:toons.example',
    ),
    ("awario", "near/4:James,Shaffer", "James NEAR/4 Shaffer"),
    ("awario", "onear/4:Will,Smith", "Will ONEAR/4 Smith"),
    ("awario", '"acme coffee" AND NOT cartoon', '"acme coffee" AND NOT cartoon'),
    (
        "google",
        '"Acme Corp" ("scam" OR "fraud" OR "lawsuit" OR "recall") -site:acmecorp.com',
        '"Acme Corp" AND (scam OR fraud OR lawsuit OR recall) AND NOT site:acmecorp.com',
    ),
    ("google", "acme coffee OR tea shop", "acme AND (coffee OR tea) AND shop"),
    ("google", "acme | acmé", "acme OR acmé"),
    ("google", "acme AROUND(5) coffee", "acme NEAR/5 coffee"),
    ("google", 'intitle:acme inurl:blog -"we hire"', 'title:acme AND url:blog AND NOT "we hire"'),
    ("google", "allintitle: acme coffee", "title:acme AND title:coffee"),
    ("google", "+acme", "acme"),
    ("talkwalker", 'acme AND NOT coffee -site:"mysite.com"', "acme AND NOT coffee AND NOT site:mysite.com"),
    ("talkwalker", 'Luxemb* OR w?n OR site:"www.cnet.com"', "Luxemb* OR w?n OR site:cnet.com"),
    ("talkwalker", "++Apple", "`Apple`"),
    ("syften", "syften", "syften"),
    ("syften", "google apple", "google AND apple"),
    ("syften", '"my podcast"', '"my podcast"'),
    ("syften", "example.com", "example.com"),
    ("syften", "acme site:reddit.com/r/saas/", "acme AND site:reddit.com/r/saas"),
    ("syften", "acme site:a.example site:b.example", "acme AND (site:a.example OR site:b.example)"),
    ("syften", "acme author:user1 author:user2", "acme AND (author:user1 OR author:user2)"),
    ("syften", "acme NOT site:a.example NOT site:b.example", "acme AND NOT site:a.example AND NOT site:b.example"),
    ("syften", 'plug* OR "good plug*"', 'plug* OR "good plug*"'),
    ("syften", "beer NOT root", "beer AND NOT root"),
    ("syften", "title:domain title:name", "title:domain AND title:name"),
    ("syften", 'title:"domain name*"', 'title:"domain name*"'),
    ("syften", 'type:comment `fmt.Printf("hi!")`', 'type:comment AND `fmt.Printf("hi!")`'),
    ("syften", "acme lang:en\nother", "acme AND lang:en OR other"),
]

#: (tool, its query, ours, a word of each warning)
LOST = [
    ("brandwatch", "acme AND city:London", "acme", ["city:London"]),
    ("brandwatch", "acme OR country:gbr", "acme", ["country:gbr", "find less"]),
    ("brandwatch", "acme NOT (tea AND city:London)", "acme", ["city:London", "find more"]),
    ("brandwatch", "acme NOT (tea OR city:London)", "acme AND NOT tea", ["city:London", "find less"]),
    ("brandwatch", "acme AND authorFollowers:[10 TO 20]", "acme", ["authorFollowers:[10 TO 20]"]),
    ("brandwatch", '((cake OR "ice cream") AND (birthday))~5', '(cake OR "ice cream") NEAR/5 birthday', ["NEAR/5"]),
    ("brandwatch", "(a1 AND b1) NEAR/5 c1", "a1 NEAR/5 c1 AND b1 NEAR/5 c1", ["AND"]),
    ("brandwatch", "a1 NEAR/500 b1", "a1 AND b1", ["500"]),
    ("brandwatch", "site:a.example NEAR/3 b1", "site:a.example AND b1", ["field"]),
    ("brandwatch", "acme or tea", "acme AND or AND tea", ["lower case"]),
    ("meltwater", '"acme"^9 OR coffee^10', "acme OR coffee", ['"acme"^9', "coffee^10"]),
    ("meltwater", "atleast3 acme AND beans", "acme AND beans", ["atleast3"]),
    ("google", '"acme * coffee"', "acme ONEAR/5 coffee", ["one or more words"]),
    ("google", "acme after:2020-01-01", "acme", ["after:2020-01-01"]),
    ("google", "acme $10..$20", "acme", ["ranges"]),
    ("google", "acme ~food", "acme AND food", ["synonyms"]),
    ("google", "acme * tea", "acme AND tea", ["outside quotes"]),
    ("talkwalker", "acme sourcecountry:lu", "acme", ["sourcecountry"]),
    ("talkwalker", "+acmé", "acmé", ["accents"]),
    ("syften", "acme $accept: only about coffee", "acme", ["$accept"]),
    ("f5bot", "fish and chips", '"fish and chips"', ["inside longer words"]),
    ("f5bot", 'C++ "x" *', r'"C++ \"x\" \*"', ["inside longer words"]),
    (
        "f5bot",
        "acme only-hackernews\ntea no-reddit no-lobsters",
        "acme AND source:hackernews OR tea AND NOT source:reddit AND NOT source:lobsters",
        ["inside longer words"],
    ),
]


@pytest.mark.parametrize(("tool", "theirs", "ours"), WHOLE)
def test_a_query_that_can_be_said_here_is_said_without_a_warning(tool: str, theirs: str, ours: str) -> None:
    imported = import_query(theirs, tool)

    assert imported.query == ours
    assert imported.warnings == ()


@pytest.mark.parametrize(("tool", "theirs", "ours", "warned"), LOST)
def test_what_is_lost_of_a_query_is_told(tool: str, theirs: str, ours: str, warned: list[str]) -> None:
    imported = import_query(theirs, tool)

    assert imported.query == ours
    assert len(imported.warnings) == len(warned)
    assert all(word in warning for word, warning in zip(warned, imported.warnings, strict=True))


@pytest.mark.parametrize(("tool", "theirs"), [*((t, q) for t, q, _ in WHOLE), *((t, q) for t, q, _, _ in LOST)])
def test_what_was_imported_can_be_used(tool: str, theirs: str) -> None:
    compile_query(import_query(theirs, tool).query).judge(ItemView(Item("feed", "post", text="acme coffee")))


WRONG = [
    ("brandwatch", "acme AND", 6, "nothing follows AND"),
    ("brandwatch", "(acme OR tea", 1, "never closed"),
    ("brandwatch", "acme)", 5, "closes nothing"),
    ("brandwatch", 'acme "tea', 6, "never closed"),
    ("brandwatch", "acme NEAR tea", 6, "how near"),
    ("brandwatch", "OR acme", 1, "has nothing before it"),
    ("brandwatch", "title:(a1 OR b1)", 1, "holds a group"),
    ("google", "", 1, "empty"),
    ("brandwatch", "city:London", 1, "city:London cannot be said here"),
    ("brandwatch", "(" * 5_000 + "a" + ")" * 5_000, 52, "nested"),
    ("brandwatch", "acme site:nowhere", 11, "not a site"),
    ("meltwater", "NOT " * 5_000 + "a", 205, "nested"),
    ("f5bot", "***", 1, "no letter"),
]


@pytest.mark.parametrize(("tool", "theirs", "column", "says"), WRONG)
def test_what_is_no_query_of_that_tool_is_told_with_its_column(tool: str, theirs: str, column: int, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        import_query(theirs, tool)

    assert says in caught.value.message
    assert caught.value.column == column


@pytest.mark.parametrize("tool", IMPORTERS)
@pytest.mark.parametrize(
    "theirs",
    [
        '"' * 20_001,
        "a NEAR/1 " * 5_000,
        "[" * 20_000,
        "<<<" * 10_000,
        "x" * 40_000,
        "a:" * 20_000,
        "``" * 5_000,
        "((~" * 9,
    ],
    ids=lambda theirs: theirs[:6],
)
def test_no_text_makes_an_import_work_without_end(tool: str, theirs: str) -> None:
    try:
        imported = import_query(theirs, tool)
    except UserError as error:
        assert error.problems  # noqa: PT017
        return
    parse(imported.query)


# -- the same meaning -------------------------------------------------------------------------------------------------

DOCUMENTS = [
    "Acme Coffee opens a shop",
    "coffee from Acme",
    "acme tea, no beans",
    "the acme of taste",
    "an apple phone and an orange smartphone",
    "orange tea and then after quite some words a phone",
    "Google+ is gone",
    "google is not",
]
#: (tool, query, the documents its tool's manual says it finds)
MEANT = [
    ("brandwatch", "(apple OR orange) NEAR/1 (phone OR smartphone)", [4]),
    ("brandwatch", "raw:Google+", [6]),
    ("meltwater", "coffee ONEAR acme", [1]),
    ("google", "acme coffee OR tea", [0, 1, 2]),
    ("awario", "near/1:acme,coffee", [0, 1]),
    ("syften", "acme NOT coffee", [2, 3]),
    ("talkwalker", "goog*", [6, 7]),
    ("f5bot", "the acme", [3]),
    ("brand24", "keyword: acme\nrequired: tea, beans", [2]),
]


@pytest.mark.parametrize(("tool", "theirs", "meant"), MEANT)
def test_an_imported_query_finds_what_it_found_there(tool: str, theirs: str, meant: list[int]) -> None:
    query = compile_query(import_query(theirs, tool).query)
    views = [ItemView(Item("feed", "post", text=document)) for document in DOCUMENTS]

    assert [index for index, view in enumerate(views) if query.judge(view)[0]] == meant


# -- the command ------------------------------------------------------------------------------------------------------


def test_the_command_writes_the_query_and_tells_losses_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """The query alone is on standard output, so that it can go into a file."""
    assert main(["query", "import", "--from", "brandwatch", "acme AND city:London"]) == 0

    out, err = capsys.readouterr()
    assert out == "acme\n"
    assert err == "lost: city:London cannot be said here and is dropped\n"


def test_the_command_can_insist_on_the_whole_query(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "import", "--strict", "--from", "brandwatch", "acme AND city:London"]) == 3
    assert main(["query", "import", "--strict", "--from", "brandwatch", "acme"]) == 0
    assert capsys.readouterr().out == "acme\nacme\n"


def test_the_command_reads_standard_input(tmp_path: Path) -> None:
    ran = World(tmp_path).run("query", "import", "--from", "meltwater", stdin="acme NEAR café\n".encode())

    assert (ran.status, ran.out) == (0, "acme NEAR/4 café\n")


def test_the_command_shows_where_a_foreign_query_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "import", "--from", "awario", "(acme"]) == 1

    assert capsys.readouterr().err == "column 1: this ( is never closed; add a )\n  (acme\n  ^\n"


def test_every_tool_that_the_command_offers_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    for tool in IMPORTERS:
        assert main(["query", "import", "--from", tool, "acme"]) == 0
    assert main(["query", "import", "--from", "altavista", "acme"]) == 2
    told = capsys.readouterr().err
    assert all(tool in told for tool in IMPORTERS)
