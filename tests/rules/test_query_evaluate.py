"""What a query finds in an item, the clause that decided, and that nobody can make it work without end."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentionwatch.match import ItemView, compile_brands
from mentionwatch.match.brands import BrandMatcher
from mentionwatch.model import Author, Brand, Item, Match, SearchClause, Term
from mentionwatch.query.brand import brand_query
from mentionwatch.query.errors import QueryError
from mentionwatch.query.evaluate import compile_node, compile_query
from mentionwatch.query.explain import draw_tree, explain_clauses
from mentionwatch.query.matcher import compile_brands as compile_all
from mentionwatch.query.parse import parse
from mentionwatch.query.search_clauses import search_clauses_of
from mentionwatch.query.search_terms import search_clauses, search_terms
from mentionwatch.query.tree import Except, Name, Near, Node, Not, SlopPhrase, Wildcard, With, all_of, any_of
from mentionwatch.query.unparse import unparse
from mentionwatch.text import fold


def item(text: str = "", title: str | None = None, **given: object) -> Item:
    return Item("feed", "post", title=title, text=text, **given)  # type: ignore[arg-type]


def found(query: str, said: Item) -> list[str]:
    """What the query finds, as it stands in the item."""
    return [match.text for match in compile_query(query).judge(ItemView(said))[0]]


# (query, text, what is found in it; nothing when it does not match)
IN_TEXT: list[tuple[str, str, list[str]]] = [
    # boolean
    ("acme coffee", "Acme makes coffee", ["Acme", "coffee"]),
    ("acme coffee", "Acme makes tea", []),
    ("acme OR tea", "Acme makes tea", ["Acme", "tea"]),
    ("acme -coffee", "Acme makes coffee", []),
    ("acme -coffee", "Acme makes tea", ["Acme"]),
    ("acme NOT (coffee OR tea)", "Acme makes tea", []),
    ("acme OR coffee tea", "Acme alone", ["Acme"]),
    ("(acme OR coffee) tea", "Acme alone", []),
    ("acme NOT NOT tea", "Acme makes tea", ["Acme"]),
    # whole words, all spellings
    ("tor", "an elementor in the directory", []),
    ("acme", "Acme's ACMES", ["Acme", "ACME"]),
    ('"acme tea"', "Acme-Tea, acme\ntea, AcmeTea, acme, tea", ["Acme-Tea", "acme\ntea", "AcmeTea"]),
    # near
    ("acme NEAR/1 coffee", "acme the coffee", ["acme", "coffee"]),
    ("acme NEAR/0 coffee", "acme the coffee", []),
    ("acme NEAR/0 coffee", "coffee acme", ["coffee", "acme"]),
    ("acme ONEAR/0 coffee", "coffee acme", []),
    ("acme NEAR/0f coffee", "acme coffee", ["acme", "coffee"]),
    ("acme NEAR/3 acme", "acme", []),
    ("acme NEAR/3 acme", "acme and acme", ["acme", "acme"]),
    ("(apple OR pear) NEAR/1 (pie OR cake)", "a pear and cake", ["pear", "cake"]),
    ("a1 NEAR/1 b1 NEAR/1 c1", "a1 x b1 y c1", ["a1", "b1", "c1"]),
    ("a1 NEAR/1 b1 NEAR/1 c1", "a1 x b1 y z c1", []),
    ('"acme coffee" NEAR/2 beans', "beans of the Acme Coffee", ["beans", "Acme Coffee"]),
    ("acme NEAR/0 coffee", "#AcmeCoffee", ["Acme", "Coffee"]),
    ("acme near/1 coffee", "acme, coffee", ["acme", "coffee"]),
    ("near/1:acme,coffee", "coffee or acme", ["coffee", "acme"]),
    ("acme NEAR/3 coffee EXCEPT tea", "acme coffee", ["acme", "coffee"]),
    # loose phrases: a swap of neighbours costs two
    ('"acme coffee"~1', "acme good coffee", ["acme", "coffee"]),
    ('"acme coffee"~0', "acme good coffee", []),
    ('"acme coffee"~1', "coffee acme", []),
    ('"acme coffee"~2', "coffee acme", ["coffee", "acme"]),
    ('"very very good"~2', "very good", []),
    ('"very very good"~2', "very, very good", ["very", "very", "good"]),
    # wildcards
    ("plug*", "earplugs, plugging, plug", ["plugging", "plug"]),
    ("*bot", "chatbot robots bot", ["chatbot", "bot"]),
    ("colo?r", "colour color colouur", ["colour"]),
    ("a*e", "acme able a ace-high", ["acme", "able", "ace"]),
    ('"good plug*"', "good plugins, good, plugs", ["good plugins"]),
    ('"acme * coffee"', "acme makes coffee, acme coffee", ["acme makes coffee"]),
    ("plug*", "see https://plugins.example/plugin or @plugged", []),
    (r"E\*TRADE", "E*TRADE fell", ["E*TRADE"]),
    # exact strings: case and symbols
    ("raw:C++", "c++ C++ xC++ C+++", ["C++"]),
    ("raw:Google+", "google+ Google+ Google", ["Google+"]),
    ('`fmt.Printf("hi!")`', 'use fmt.Printf("hi!") here', ['fmt.Printf("hi!")']),
    ("`it`", "written with it", ["it"]),
    ("case:ACME", "acme Acme ACME", ["ACME"]),
    # regex, over all scripts
    (r"/ac(me|ne)s?/i", "ACNE and acmes", ["ACNE", "acmes"]),
    (r"/ac(me|ne)/", "ACNE", []),
    (r"/\w+bär/", "ein Eisbär", ["Eisbär"]),
    (r"/[\d]+ ?€/", "nur ٣٤ € heute", ["٣٤ €"]),
    (r"/^acme$/m", "one\nacme\ntwo", ["acme"]),
    (r"/a.c/s", "a\nc", ["a\nc"]),
    (r"/[[:upper:]]{2}[]x]/", "AB] ABx ABy", ["AB]", "ABx"]),
    (r"/\Qa.b\E\W/", "axb a.b!", ["a.b!"]),
    # with and except
    ("acme WITH (coffee OR beans)", "acme", []),
    ("acme WITH (coffee OR beans)", "acme beans", ["acme"]),
    ('acme EXCEPT "acme corp"', "Acme Corp", []),
    ('acme EXCEPT "acme corp"', "Acme Corp and Acme", ["Acme"]),
    ('(acme OR corp) EXCEPT "acme corp"', "Acme Corp corp", ["corp"]),
    # tags and handles
    ("#acmecoffee", "#AcmeCoffee #AcmeCoffees", ["#AcmeCoffee"]),
    ("#acme*", "#AcmeCoffee #acme", ["#AcmeCoffee", "#acme"]),
    ("tag:acme", "#acme", ["#acme"]),
    ("@acme", "@acme @acme@social.example @acmeish", ["@acme", "@acme@social.example"]),
    ("@acme@social.example", "@acme @acme@social.example", ["@acme@social.example"]),
    # addresses
    ("link:acme.example", "see https://shop.acme.example/x and acme.example.evil.test", ["https://shop.acme.example/x"]),
    ("link:acme.example/shop", "acme.example/shop/1 acme.example/shopping", ["acme.example/shop/1"]),
    ("acme.example", "at acme[.]example", ["acme[.]example"]),
    ("https://acme.example/a", "https://www.acme.example/a/b", ["https://www.acme.example/a/b"]),
    # scripts
    ("アクメ", "アクメの珈琲", ["アクメ"]),
    ("アクメ NEAR/2 珈琲", "アクメの珈琲店", ["アクメ", "珈琲"]),
    ("珈琲*", "珈琲店で", ["珈琲店で"]),
    ("أكمي", "وأكمي جيدة", ["أكمي"]),
    ("삼성 NEAR/1 커피", "삼성은 커피를", ["삼성", "커피"]),
    ("ಆಕ್ಮೆ* -ಚಹಾ", "ಆಕ್ಮೆಯ ಕಾಫಿ", ["ಆಕ್ಮೆಯ"]),
    ("ακμή café", "Ακμη and CAFE", ["Ακμη", "CAFE"]),
    ("กาแฟ NEAR/9 อัคมี", "กาแฟของอัคมี", ["กาแฟ", "อัคมี"]),
    ("🔥 acme", "acme 🔥", ["acme", "🔥"]),
    ("C AND lang", "the C lang", ["C", "lang"]),
]  # fmt: skip


@pytest.mark.parametrize(("query", "text", "expected"), IN_TEXT)
def test_a_query_finds_in_a_text_what_the_reference_says(query: str, text: str, expected: list[str]) -> None:
    assert found(query, item(text)) == expected


@pytest.mark.parametrize(("query", "text", "expected"), IN_TEXT)
def test_the_canonical_text_of_a_query_finds_the_same(query: str, text: str, expected: list[str]) -> None:
    assert found(unparse(parse(query)), item(text)) == expected


POST = item(
    "Acme text",
    "Acme title about beans",
    url="https://www.reddit.com/r/Coffee/comments/1/x",
    language="pt-BR",
    author=Author(name="Jo Müller", handle="@jobot@social.example"),
    links=("https://shop.acme.example/1",),
    tags=("Cold Brew",),
)
ON_POST = {
    "title:beans": True,
    "title:text": False,
    'title:("acme title" OR nothing)': True,
    "title:(acme NOT beans)": False,
    "title:(acme NEAR/2 beans)": True,
    "title NEAR/9 text": False,  # nothing stands in title and text at once
    'text:"acme text"': True,
    'text:"cold brew" acme': False,
    "acme site:reddit.com": True,
    "acme site:old.reddit.com": False,
    "acme site:reddit.com/r/coffee": True,
    "acme site:reddit.com/r/cof": False,
    "acme -site:reddit.com": False,
    "acme site:.com": True,
    "acme site:.org": False,
    "acme url:/comments/": True,
    "acme url:reddit*/1/": True,
    "acme url:/1/*reddit": False,
    "acme sub:coffee": True,
    "acme sub:cof*": True,
    "acme sub:tea": False,
    "acme link:acme.example": True,
    "acme link:other.example": False,
    "acme.example": True,
    "acme author:jobot": True,
    "acme author:@jobot@social.example": True,
    "acme author:jo*": True,
    "acme author:bot": False,
    'acme author:"jo muller"': True,
    "acme -author:*bot": False,
    "acme lang:pt": True,
    "acme lang:pt-BR": True,
    "acme lang:pt-PT": False,
    "acme lang:ptx": False,
    "acme -lang:pt": False,
    "acme type:post": True,
    "acme type:comment": False,
    "acme source:feed": True,
    "acme source:f*": True,
    "acme source:(mastodon OR hackernews)": False,
    'acme tag:"cold brew"': True,
    "acme tag:coldbrew": True,
    "acme tag:cold": False,
    "acme tag:cold*": True,
}


@pytest.mark.parametrize("query", ON_POST)
def test_a_field_is_looked_at_as_the_reference_says(query: str) -> None:
    matches, reason = compile_query(query).judge(ItemView(POST))

    assert bool(matches) is ON_POST[query]
    assert reason


def test_what_is_not_known_of_an_item_is_not_so() -> None:
    """An item without a language is in no language, and so not excluded for one either."""
    said = item("acme")

    assert found("acme lang:en", said) == []
    assert found("acme -lang:en", said) == ["acme"]
    assert found("acme site:a.example", said) == []
    assert found("acme author:jo", said) == []


def test_offsets_are_into_the_field_as_stored() -> None:
    """Markup, entities and full-width letters do not move what a script will highlight."""
    text = "<p>ＡＣＭＥ &amp; <b>C++</b> é x-ray</p>"
    matches, _ = compile_query("acme AND `C++` AND /x.ray/ AND x*").judge(ItemView(item(text)))

    assert [text[match.start : match.end] for match in matches] == ["ＡＣＭＥ", "C++", "x-ray", "x"]
    assert [match.text for match in matches] == ["ＡＣＭＥ", "C++", "x-ray", "x"]


WHY = {
    "acme coffee": "not found: coffee",
    "tea OR coffee": "no term found",
    "acme -beans": "excluded by “beans” in title",
    "acme -site:reddit.com": "excluded by “site:reddit.com” in url",
    "acme WITH tea": "context missing: tea beside “acme”",
    'acme EXCEPT ("acme text" OR "acme title")': 'only inside “"acme text" OR "acme title"”, which is excluded',
    "acme NEAR/0 beans": "not as near as acme NEAR/0 beans",
    "acme lang:en": "lang is pt-BR, not en",
    "acme type:video": "type is post, not video",
    "title:text": "not found in the title: text",
    "title:tea": "no term found",
    "tea OR (acme lang:en)": "lang is pt-BR, not en",
}


@pytest.mark.parametrize("query", WHY)
def test_a_rejected_item_names_the_one_clause_that_failed(query: str) -> None:
    assert compile_query(query).judge(ItemView(POST)) == ((), WHY[query])


def test_a_match_names_what_decided() -> None:
    matches, reason = compile_query("acme OR beans").judge(ItemView(POST))

    assert reason == "name “acme” in title"
    assert matches[0] == Match("acme", "name", "title", 0, 4, "Acme")


# -- against plain definitions -------------------------------------------------------------------------------------

_texts = st.lists(st.sampled_from(["aa", "bb", "cc", "dd"]), max_size=9)


@given(_texts, st.integers(0, 3), st.booleans())
def test_near_is_what_counting_words_says(words: list[str], distance: int, ordered: bool) -> None:
    pairs = [
        (i, j)
        for i, j in itertools.product(range(len(words)), repeat=2)
        if words[i] == "aa" and words[j] == "bb" and abs(i - j) - 1 <= distance and (i < j or not ordered)
    ]
    node = Near(Name("aa"), Name("bb"), distance, ordered)
    matches, _ = compile_node(node).judge(ItemView(item(" ".join(words))))

    assert {match.start // 3 for match in matches} == {index for pair in pairs for index in pair}


@given(_texts, st.lists(st.sampled_from(["aa", "bb"]), min_size=2, max_size=3), st.integers(0, 4))
def test_a_loose_phrase_is_what_trying_every_place_says(words: list[str], phrase: list[str], slop: int) -> None:
    places = [
        places
        for places in itertools.permutations(range(len(words)), len(phrase))
        if [words[place] for place in places] == phrase
        and max(p - i for i, p in enumerate(places)) - min(p - i for i, p in enumerate(places)) <= slop
    ]
    matches, _ = compile_node(SlopPhrase(" ".join(phrase), slop)).judge(ItemView(item(" ".join(words))))

    assert bool(matches) is bool(places)


# -- names, context and exclude are sugar -----------------------------------------------------------------------------

_WORDS = ["acme", "coffee", "beans", "corp", "tea", "acmecorp"]
_said = st.lists(st.sampled_from([*_WORDS, "Acme", "#acme", "#AcmeCoffee", "@acme", "acme.example", "."]), max_size=7)
_phrases = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=2).map(" ".join)
_own_context = st.lists(st.sampled_from(_WORDS), max_size=1).map(tuple)
_terms = st.one_of(
    st.builds(Term, st.just("name"), _phrases, st.booleans(), _own_context),
    st.just(Term("hashtag", "AcmeCoffee")),
    st.just(Term("handle", "@acme")),
    st.just(Term("url", "acme.example")),
)
_excluded = st.sampled_from(
    ["tea", "acme corp", "acme coffee beans", "#acme", "@acme", "acme.example", "site:bad.example", "author:jo"]
)
_brands = st.builds(
    lambda terms, context, exclude: Brand("x", terms=tuple(terms), context=tuple(context), exclude=tuple(exclude)),
    st.lists(_terms, min_size=1, max_size=3),
    st.lists(st.sampled_from(["coffee", "beans", "#acme"]), max_size=2),
    st.lists(_excluded, max_size=2),
)
_items = st.builds(
    lambda title, text, url, who: item(" ".join(text), " ".join(title), url=url, author=Author(handle=who)),
    _said,
    _said,
    st.sampled_from([None, "https://bad.example/x", "https://acme.example/y"]),
    st.sampled_from([None, "jo", "ann"]),
)


@given(_brands, _items)
def test_names_context_and_exclude_mean_what_their_query_means(brand: Brand, said: Item) -> None:
    view = ItemView(said)
    query = parse(unparse(brand_query(brand)))

    assert _where(compile_node(query).judge(view)[0]) == _where(BrandMatcher(brand).verdict(view).matches)


@pytest.mark.parametrize(
    "brand",
    [
        Brand("x", terms=(Term("name", "ER"),), exclude=("Cerberus",)),
        Brand("x", terms=(Term("name", "ER"),), exclude=("ER ward",)),
        Brand("x", terms=(Term("name", "#Acme"), Term("name", "Bolt")), context=("coffee",)),
        Brand("x", terms=(Term("name", "@acme"), Term("name", "X", case=True)), context=("ward",)),
    ],
)
def test_short_names_and_names_with_a_mark_mean_the_same_as_a_query(brand: Brand) -> None:
    """Whether an exclusion hides or rejects, and what frees a bare name, is decided once."""
    for said in ("ER beside Cerberus", "ER and the ER ward", "#Acme Bolt", "Bolt coffee", "@acme X", "X in the ward"):
        view = ItemView(item(said))
        query = parse(unparse(brand_query(brand)))

        assert _where(compile_node(query).judge(view)[0]) == _where(BrandMatcher(brand).verdict(view).matches), said


@pytest.mark.parametrize("host", ["ร้านกาแฟ.ไทย", "कॉफी.भारत", "نمونه‌ای.ایران", "il·lusió.cat", "straße.example"])
def test_a_site_of_any_script_can_be_asked_for(host: str) -> None:
    """As a link, as the item's own site, and as what a brand's ``urls`` come to."""
    linked = ItemView(item(f"see https://{host}/x"))
    there = ItemView(item("x", url=f"https://{host}/x"))

    assert compile_query(f"link:{host}").judge(linked)[0]
    assert compile_query(f"site:{host}").judge(there)[0]
    assert compile_node(brand_query(Brand("x", terms=(Term("url", host),)))).judge(linked)[0]


def _where(matches: Sequence[Match]) -> set[tuple[str, int, int]]:
    return {(match.field, match.start, match.end) for match in matches}


def test_the_judged_cases_come_out_the_same_when_written_as_queries(shared: Path) -> None:
    """Every case of the corpus: the brand's terms and the query they are sugar for find the same places."""
    lines = (shared / "corpus" / "matching.jsonl").read_text(encoding="utf-8").splitlines()
    differing = []
    for case in map(json.loads, lines):
        terms = tuple(
            Term(
                "name" if term["kind"] == "phrase" else term["kind"],
                term["value"],
                case=term.get("case", False),
                context=tuple(term.get("require", ())),
            )
            for term in case["terms"]
            if term["kind"] != "exclude"
        )
        exclude = tuple(term["value"] for term in case["terms"] if term["kind"] == "exclude")
        brand = Brand("x", terms=terms, exclude=exclude)
        said = item(
            case["text"],
            case["title"] or None,
            url=case["url"] or None,
            links=tuple(url.get("expanded_url") or url["url"] for url in case.get("urls", ())),
        )
        view = ItemView(said)
        by_query = compile_node(parse(unparse(brand_query(brand)))).judge(view)[0]
        if _where(by_query) != _where(BrandMatcher(brand).verdict(view).matches):
            differing.append(case["id"])

    assert differing == []


def test_a_brand_with_a_query_is_matched_by_it() -> None:
    """The matcher of a scan reads ``query`` and tells its matches like any brand's; the others are not disturbed."""
    brands = (
        Brand("Acme Coffee", query="acme WITH coffee", own=("@acme",)),
        Brand("Tea", terms=(Term("name", "tea"),)),
    )
    matcher = compile_all(brands)

    assert [verdict.brand for verdict in matcher.matches(item("Acme coffee and tea"))] == ["Acme Coffee", "Tea"]
    assert [verdict.brand for verdict in matcher.matches(item("Acme tea"))] == ["Tea"]
    assert [v.reason for v in matcher.verdicts(item("Acme"))] == [
        "context missing: coffee beside “acme”",
        "no term found",
    ]
    (verdict,) = matcher.matches(item("Acme coffee", author=Author(handle="@acme")))
    assert verdict.own


def test_a_brand_whose_query_nobody_can_read_is_not_taken_for_one_that_matches_nothing() -> None:
    with pytest.raises(ValueError, match="compiler"):
        compile_brands((Brand("Acme", query="acme"),))


# -- what may be left unjudged, and what is asked for -----------------------------------------------------------------

_leaf = st.one_of(
    st.builds(Name, _phrases),
    st.sampled_from([parse(q) for q in ("#AcmeCoffee", "@acme", "link:acme.example", "acme.example", "#acm*")]),
    st.sampled_from(
        [Wildcard("acm*"), Wildcard("tea acm*"), parse("`acme corp`"), parse("/te+a/"), SlopPhrase("acme tea", 2)]
    ),
)
_queries = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(any_of),
        st.lists(st.one_of(inner, inner.map(Not)), min_size=2, max_size=3).map(all_of),
        st.builds(With, _leaf, inner),
        st.builds(Except, _leaf, _leaf),
        st.builds(Near, _leaf, _leaf, st.integers(0, 3)),
    ),
    max_leaves=5,
)  # fmt: skip


@given(_queries, _items)
def test_no_match_is_lost_by_looking_only_at_likely_items(node: Node, said: Item) -> None:
    judged = compile_node(node).judge(ItemView(said))[0]
    matcher = compile_brands((Brand("x", query="q"),), lambda _: compile_node(node))

    assert bool(matcher.matches(said)) is bool(judged)


@given(_queries, _items)
def test_every_item_a_query_matches_holds_what_was_asked_for(node: Node, said: Item) -> None:
    """A platform that returns all items with one of the asked terms returns every match."""
    asked = search_clauses_of(node)
    if asked is None or not compile_node(node).judge(ItemView(said))[0]:
        return
    whole = fold("\n".join(filter(None, (said.title, said.text, said.url)))).text.replace("@", "").replace("#", "")
    joined = whole.replace(" ", "")

    def holds(ask: SearchClause) -> bool:
        words = (fold(term.text).text.replace(" ", "").replace("@", "") for term in (ask.term, *ask.also))
        return all(word in joined for word in words)

    assert any(map(holds, asked))


ASKED = {
    "(a1 OR b1) AND NOT c1": ["a1", "b1"],
    "acme coffee": ["acme"],
    "acme WITH coffee": ["acme"],
    "/x+/ acme": ["acme"],
    "acme* OR tea": [],
    "acme* tea": ["tea"],
    '"good plug*"': ["good"],
    '"a b longest"~3': ["longest"],
    "#Tag OR @jo OR link:a.example/x": ["Tag", "@jo", "a.example/x"],
    "tag:tea OR site:a.example": ["tea", "a.example"],
    "`fmt.Printf(x)`": ["fmt.Printf"],
    "acme OR (acme tea) OR ACME": ["acme"],
    "title:acme": ["acme"],
    'a1 EXCEPT "a1 b1"': ["a1"],
    "NOT a1": [],
    "author:jo": [],
    "acme.example": ["acme.example", "acme.example"],
}


@pytest.mark.parametrize("query", ASKED)
def test_platforms_are_asked_for_what_a_query_cannot_do_without(query: str) -> None:
    assert [term.text for term in search_terms(Brand("x", query=query))] == ASKED[query]


def test_a_word_that_must_stand_beside_narrows_what_is_asked() -> None:
    (ask,) = search_clauses(Brand("x", query="acme AND coffee AND (tea OR beans)"))

    assert (ask.term.text, [term.text for term in ask.also]) == ("acme", ["coffee"])


def test_a_word_asked_for_alone_by_one_clause_is_not_narrowed_by_another() -> None:
    (ask,) = search_clauses(Brand("x", query="acme OR (acme AND coffee)"))

    assert ask.also == ()


def test_a_brand_without_a_query_is_asked_for_by_its_terms() -> None:
    terms = (Term("name", "Acme", case=True), Term("hashtag", "acme"))

    assert search_terms(Brand("x", terms=terms)) == terms


# -- explained --------------------------------------------------------------------------------------------------------


def test_a_query_is_drawn_as_a_tree() -> None:
    node = parse('(acme OR #tea) NOT "wile e"')

    assert draw_tree(explain_clauses(node)) == (
        "all of",
        "├─ any of",
        "│  ├─ name acme",
        "│  └─ hashtag #tea",
        "└─ not",
        '   └─ name "wile e"',
    )


def test_each_clause_says_what_of_it_stands_in_a_text() -> None:
    lines = draw_tree(explain_clauses(parse("acme -tea"), ItemView(item("Acme"))))

    assert lines == (
        "+ all of   [text 0-4 'Acme']",
        "├─ + name acme   [text 0-4 'Acme']",
        "└─ + not",
        "   └─ - name tea",
    )


# -- hostile ----------------------------------------------------------------------------------------------------------

HOSTILE_TEXTS = {
    "one word": "a" * 1_000_000,
    "repeated": "acme coffee " * 10_000,
    "hashtags": " ".join(f"#AcmeCoffee{number}" for number in range(5_000)),
    "marks": "e\u0301" * 100_000,
    "open tags": "<a " * 100_000,
    "surrogates": "acme \ud800 coffee \udfff" * 1_000,
    "nothing": "",
}
HOSTILE_QUERIES = [
    "acme NEAR/100 coffee NEAR/100 acme NEAR/100 coffee",
    '"acme coffee acme coffee acme"~100',
    "a*a*a*a*a*b OR *a*a*a*",
    "/(a+)+$/ OR /(a|aa)+b/i OR /(acme|coffee| )*x/",
    "(acme OR coffee OR a*) EXCEPT (acme OR coffee OR a*)",
    "#acme*coffee* OR tag:*a*a*a*a*b",
    "`a` OR `e\u0301` OR author:*a*a*b OR acme",
    '"a* * *a"',
]


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
@pytest.mark.parametrize("query", HOSTILE_QUERIES)
def test_no_text_makes_a_query_work_without_end(query: str, text: str) -> None:
    """Five thousand hashtags, one endless word: an answer comes, with a bounded number of matches."""
    said = item(HOSTILE_TEXTS[text], author=Author(handle="a" * 10_000))
    matches, reason = compile_query(query).judge(ItemView(said))

    assert len(matches) <= 1_000
    assert reason


def test_a_text_of_ten_megabytes_is_judged() -> None:
    """What is beyond a million characters is not read."""
    said = item("acme coffee " * 850_000 + "tea")

    assert 0 < len(compile_query("acme NEAR/100 coffee -tea").judge(ItemView(said))[0]) <= 1_000


def test_a_term_that_nothing_could_match_is_refused_where_it_stands() -> None:
    with pytest.raises(QueryError) as caught:
        compile_query('acme OR "' + "w" * 300 + '"')

    assert caught.value.column == 9


def test_what_google_news_lists_is_on_its_outlets_site() -> None:
    listed = item(
        title="Acme recalls lids",
        url="https://news.google.com/rss/articles/CBMiA",
        author=Author(name="Coast Wire", url="https://www.coast-wire.example"),
    )

    assert found("acme site:coast-wire.example", listed)
    assert found("acme site:news.google.com", listed)
    assert not found("acme -site:coast-wire.example", listed)
    assert not found("acme site:other.example", listed)
