"""The query language: what can be written, how it is read, and what is said of a mistake."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentionwatch.errors import UserError
from mentionwatch.query.errors import QueryError
from mentionwatch.query.parse import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse
from mentionwatch.query.tree import (
    And,
    ExactString,
    Except,
    Field,
    Handle,
    Hashtag,
    Name,
    Near,
    Node,
    Not,
    Or,
    Regex,
    SlopPhrase,
    Text,
    Title,
    Wildcard,
    With,
    all_of,
    any_of,
)
from mentionwatch.query.unparse import unparse
from support.paths import ROOT

A, B, C, D = (Name(letter) for letter in "abcd")

READ = {
    # implicit AND, precedence
    "a b": And((A, B)),
    "a AND b": And((A, B)),
    "a && b || c": Or((And((A, B)), C)),
    "a OR b c": Or((A, And((B, C)))),
    "a | b": Or((A, B)),
    "(a OR b) c": And((Or((A, B)), C)),
    "(a b) c": And((A, B, C)),
    "a NOT b": And((A, Not(B))),
    "a AND NOT b": And((A, Not(B))),
    "a -b !c": And((A, Not(B), Not(C))),
    "NOT a b": And((Not(A), B)),
    "NOT (a OR b)": Not(Or((A, B))),
    "-a NEAR/2 b": Not(Near(A, B, 2)),
    "a NEAR/2 b c": And((Near(A, B, 2), C)),
    "a NEAR/2f b NEAR/3 c": Near(Near(A, B, 2, True), C, 3),
    "a ONEAR/4 b OR c": Or((Near(A, B, 4, True), C)),
    "a near/5 b": Near(A, B, 5),
    "near/4:James,Shaffer": Near(Name("James"), Name("Shaffer"), 4),
    'onear/4:"Will I",Smith*,c': Near(Near(Name("Will I"), Wildcard("Smith*"), 4, True), C, 4, True),
    "a WITH (b OR c) EXCEPT d": Except(With(A, Or((B, C))), D),
    "a, b; c": And((A, B, C)),
    # lower-case words are words
    "a or b and c": And((A, Name("or"), B, Name("and"), C)),
    # phrases
    '"acme coffee"': Name("acme coffee"),
    "“acme coffee”": Name("acme coffee"),
    '"acme   \n coffee"': Name("acme coffee"),
    '"a b"~5': SlopPhrase("a b", 5),
    '"how are you?"': Name("how are you?"),
    r'"E\*TRADE"': Name("E*TRADE"),
    r'"say \"cheese\""': Name('say "cheese"'),
    # wildcards
    "plug*": Wildcard("plug*"),
    "*bot": Wildcard("*bot"),
    "colo?r": Wildcard("colo?r"),
    '"good plug*"': Wildcard("good plug*"),
    '"acme * coffee"': Wildcard("acme * coffee"),
    r"E\*TRADE": Name("E*TRADE"),
    # exact strings
    "raw:Google+": ExactString("Google+"),
    'raw:"Big (B)"': ExactString("Big (B)"),
    '`fmt.Printf("hi!")`': ExactString('fmt.Printf("hi!")'),
    r"`a\`b\\`": ExactString("a`b\\"),
    "case:ACME": Name("ACME", case=True),
    'case:(ACME OR "ACME CO")': Or((Name("ACME", case=True), Name("ACME CO", case=True))),
    "lookalike:case:Acme": Name("Acme", case=True, lookalikes=True),
    # regex
    "/ac(me|ne)/i": Regex("ac(me|ne)", "i"),
    r"/a\/b c/": Regex("a/b c"),
    # fields
    "site:www.Reddit.com/r/x/": Field("site", "reddit.com/r/x"),
    'site:"www.cnet.com"': Field("site", "cnet.com"),
    '-site:"cnet.com"': Not(Field("site", "cnet.com")),
    "site:(a.example OR b.example)": Or((Field("site", "a.example"), Field("site", "b.example"))),
    "link:https://acme.example/Shop": Field("link", "acme.example/Shop"),
    "links:acme.example": Field("link", "acme.example"),
    "https://acme.example/x": Field("link", "acme.example/x"),
    "url:MSN.com/news": Field("url", "msn.com/news"),
    "inurl:ads": Field("url", "ads"),
    "title:acme": Title(Name("acme")),
    'title:("a b" OR c)': Title(Or((Name("a b"), C))),
    "text:(a OR #b)": Text(Or((A, Hashtag("b")))),
    "intitle:/x+/": Title(Regex("x+")),
    "author:@AcmeBot": Field("author", "acmebot"),
    "-author:*bot": Not(Field("author", "*bot")),
    "type:comment": Field("type", "comment"),
    "lang:EN": Field("lang", "en"),
    "source:HackerNews": Field("source", "hackernews"),
    "tag:coffee": Field("tag", "coffee"),
    'tag:"cold brew"': Field("tag", "cold brew"),
    "sub:/r/saas/": Field("sub", "saas"),
    # tags and people
    "#AcmeCoffee": Hashtag("AcmeCoffee"),
    "＃コーヒー": Hashtag("コーヒー"),
    "@acme": Handle("acme"),
    "@acme@social.example": Handle("acme@social.example"),
    "-@acme": Not(Handle("acme")),
    # names with symbols, scripts
    "C++": Name("C++"),
    ".NET": Name(".NET"),
    "A&W": Name("A&W"),
    "rock'n'roll": Name("rock'n'roll"),
    "wi-fi": Name("wi-fi"),
    "acme.example": Name("acme.example"),
    "アクメ珈琲": Name("アクメ珈琲"),
    "קפה أكمي ಆಕ್ಮೆ": And((Name("קפה"), Name("أكمي"), Name("ಆಕ್ಮೆ"))),
    "🔥": Name("🔥"),
    "a\u00a0b": And((A, B)),
    "a\u200b OR\u200b b": Or((A, B)),
}


@pytest.mark.parametrize("text", READ)
def test_a_query_is_read_as_documented(text: str) -> None:
    assert parse(text) == READ[text]


@pytest.mark.parametrize("text", READ)
def test_the_canonical_text_of_a_query_reads_as_the_same_tree(text: str) -> None:
    node = parse(text)
    assert parse(unparse(node)) == node
    assert unparse(parse(unparse(node))) == unparse(node)


WRONG = {
    "": (1, "empty"),
    "   ": (1, "empty"),
    "a AND": (3, "nothing follows AND"),
    "a OR OR b": (6, "OR has nothing before it"),
    "AND b": (1, "AND has nothing before it"),
    "NOT": (1, "nothing follows NOT"),
    "(a OR b": (1, "never closed"),
    "a OR b)": (7, "closes nothing"),
    "a ()": (3, "are empty"),
    "(a AND) b": (4, "nothing follows AND"),
    'a "b': (3, "never closed"),
    "a `b": (3, "never closed"),
    "a /b": (3, "never closed"),
    "/r/python": (4, "flags"),
    '""': (1, "empty"),
    "``": (1, "empty"),
    "*": (1, "finds everything"),
    "a **": (3, "finds everything"),
    '"a *"': (1, "lone *"),
    "a &": (3, "no letter or digit"),
    "- a": (1, "excludes nothing"),
    "–a": (1, "excludes nothing"),
    "acme~2": (1, "fuzzy search"),
    "NEAR b": (1, "how near"),
    "a NEAR b": (3, "how near"),
    "a NEAR/x b": (3, "how near"),
    "a NEAR/101 b": (3, "too far"),
    "a NEAR/5 -b": (10, "exclusion"),
    "(a b) NEAR/5 c": (2, "joins words"),
    "site:a.example NEAR/5 c": (1, "joins words"),
    "(a AND b)~5": (10, "loose"),
    '"a"~5': (1, "loose"),
    "near/4:a": (1, "at least two"),
    "near/4: a": (8, "nothing follows"),
    "site:": (6, "nothing follows"),
    "site: a.example": (6, "nothing follows"),
    "site:reddit": (6, "not a site"),
    "site:a*.example": (6, "takes no *"),
    "type:tweet": (6, "no type"),
    "lang:klingonese!": (6, "not a language"),
    "autor:jo": (1, "did you mean author:"),
    "city:London": (1, "there is no field city:"),
    "title:site:a.example": (7, "title: takes words"),
    "author:/bot$/": (8, "no regex"),
    "case:#x": (6, "takes words"),
    "/(a/": (1, "cannot be read"),
    "/(?=a)b/": (1, "look-around"),
    r"/(a)\1/": (1, "back-references"),
    "/a*/": (1, "matches nothing at all"),
    "/a/g": (4, "flags"),
    "/" + "a" * 1001 + "/": (1, "1001"),
    "#": (1, "no text"),
    "@ a": (1, "no text"),
    "a\x1b[31m": (2, "U+001B"),
    "a\udc80": (2, "U+DC80"),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_is_told_with_its_column_and_the_mend(text: str) -> None:
    column, says = WRONG[text]
    with pytest.raises(QueryError) as caught:
        parse(text)
    error = caught.value
    assert (error.line, error.column) == (1, column)
    assert says in error.message or says in error.hint
    assert error.hint
    assert error.problems[0].startswith(f"column {column}: ")


def test_the_caret_stands_below_the_mistake() -> None:
    """A caret line shows the place, below wide characters too, and no control character reaches the terminal."""
    with pytest.raises(UserError) as caught:
        parse('珈琲 OR "アクメ')
    assert caught.value.problems[1:] == ('  珈琲 OR "アクメ', "          ^")
    with pytest.raises(UserError) as caught:
        parse("ab\x1b")
    assert caught.value.problems[1:] == ("  ab ", "    ^")


def test_a_mistake_in_a_query_of_several_lines_names_the_line() -> None:
    with pytest.raises(QueryError) as caught:
        parse("acme\nOR (b\n OR c")
    assert caught.value.problems[0].startswith("line 2, column 4: this ( is never closed")


def test_the_place_in_a_long_query_is_cut_out() -> None:
    with pytest.raises(QueryError) as caught:
        parse("word " * 500 + ") " + "word " * 500)
    _, line, caret = caught.value.problems
    assert len(line) < 140
    assert line[caret.index("^")] == ")"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000 + "a" + ")" * 5_000,
        "NOT " * 5_000 + "a",
        "-" * 5_000 + "a",
        "a NEAR/1 " * 4_000 + "a",
        "title:" * 5_000 + "a",
        "case:(" * 3_000 + "a" + ")" * 3_000,
        " OR ".join(["a"] * (MAX_TERMS + 1)),
        "a " * MAX_LENGTH,
        "near/3:" + ",".join(["a"] * 5_000),
        "/(((a{99}){99}){99})/",
        "*a" * 400,
    ],
    ids=lambda text: text[:12],
)
def test_a_query_made_to_exhaust_us_is_refused(text: str) -> None:
    """Nesting, length and number of terms have limits; beyond stands an error."""
    with pytest.raises(QueryError):
        parse(text)


def test_the_limits_are_wide_enough_for_a_large_brand() -> None:
    node = parse(" OR ".join(f'"brand {number}"' for number in range(MAX_TERMS)))
    assert isinstance(node, Or)
    assert len(node.parts) == MAX_TERMS
    assert parse("(" * (MAX_DEPTH - 1) + "a" + ")" * (MAX_DEPTH - 1)) == A


def test_each_node_knows_where_it_was_written() -> None:
    text = 'acme NOT ("wile e" OR site:toons.example)'
    node = parse(text)
    assert isinstance(node, And)
    acme, no = node.parts
    assert isinstance(no, Not)
    assert isinstance(no.part, Or)
    assert [text[slice(*part.span)] for part in (acme, no, *no.part.parts)] == [
        "acme",
        'NOT ("wile e" OR site:toons.example)',
        '"wile e"',
        "site:toons.example",
    ]


def test_every_example_of_the_reference_can_be_written() -> None:
    """docs/query.md shows only what is read, and what is read as itself when written again."""
    reference = (ROOT / "docs" / "query.md").read_text(encoding="utf-8")
    table = reference.partition("| write | finds |")[2].partition("\n\n")[0]
    examples = [
        (example[0] or example[1]).replace("\\|", "|").replace("…", "a,b")
        for line in table.splitlines()[2:]
        for example in re.findall(r"``\s(.+?)\s``|`([^`]+)`", re.split(r"(?<!\\)\|", line)[1])
    ]

    assert len(examples) > 50
    for example in examples:
        if example != "( a,b )":
            assert parse(unparse(parse(example))) == parse(example)


# -- text → tree → text → tree -------------------------------------------------------------------------------------

_words = st.text(st.sampled_from("abcXYZéñ珈琲コקعก0-9.&'+!*?\\\"/()#@:~|`“”-,_ "), min_size=1, max_size=8)
_plain = _words.map(lambda text: " ".join(text.split())).filter(lambda text: any(c.isalnum() for c in text))
_tight = st.text(st.sampled_from("abcéカק0_-."), min_size=1, max_size=6).filter(lambda t: any(c.isalnum() for c in t))
_stems = st.text(st.sampled_from('abcé-.カ&/:#@"()'), min_size=1, max_size=5).filter(
    lambda t: any(c.isalnum() for c in t)
)
_leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(Name, _plain, st.booleans(), st.booleans()),
    st.builds(SlopPhrase, st.builds("{} {}".format, _plain, _plain), st.integers(0, 100)),
    st.builds(Wildcard, _stems.map(lambda text: text + "*")),
    st.builds(ExactString, _words.filter(str.strip)),
    st.builds(Regex, st.sampled_from(["a+/b", "[/]x", r"\d\\", "é ü"]), st.sampled_from(["", "i", "im"])),
    st.builds(Hashtag, _tight),
    st.builds(Handle, _tight),
    st.builds(Field, st.just("tag"), _plain.filter(lambda t: t[0].isalnum())),
    st.just(Field("site", "a.example/X")),
    st.just(Field("lang", "pt-br")),
)


def _near_or_title(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    text = _leaves.filter(lambda node: not isinstance(node, Field))
    parts = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        parts.map(all_of),
        parts.map(any_of),
        st.builds(Not, inner),
        st.builds(Near, text, st.builds(Near, text, text, st.integers(0, 9)), st.integers(0, 9), st.booleans()),
        st.builds(Except, st.builds(With, text, inner), text),
        st.builds(Text, text),
        st.builds(Title, st.one_of(text, st.builds(Not, text), st.lists(text, min_size=2, max_size=3).map(any_of))),
    )


@given(st.recursive(_leaves, _near_or_title, max_leaves=8))
def test_every_tree_can_be_written_and_read_back(node: Node) -> None:
    assert parse(unparse(node)) == node


_signs = [
    "AND",
    "OR",
    "NOT",
    "NEAR/2",
    "ONEAR/3",
    "near/4:a,b",
    "WITH",
    "EXCEPT",
    "title:",
    "site:a.b",
    "raw:",
    "case:",
]
_scraps = st.sampled_from(
    [*string.printable, *_signs, '"', '"a b"~2', "a*", "`x`", "/x+/i", "#a", "@b", "é", "珈琲", "“", "\\", "~1"]
)


@given(st.lists(_scraps, max_size=12).map(" ".join) | st.text(max_size=30))
def test_any_text_is_read_or_refused_and_what_is_read_is_stable(text: str) -> None:
    node = _read(text)
    assert node is None or parse(unparse(node)) == node


def _read(text: str) -> Node | None:
    try:
        return parse(text)
    except QueryError:
        return None
