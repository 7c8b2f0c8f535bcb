"""What a user can rely on about matching: offsets, reasons, context, exclusion, own posts, no text that breaks it."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mentionwatch.errors import UserError
from mentionwatch.match import (
    RULES,
    ItemView,
    Matcher,
    RequiredLiterals,
    compile_brands,
    compile_term,
    problems,
    required_literals_of,
    rules_version,
)
from mentionwatch.model import Author, Brand, BrandMatch, Item, Match, Term

ACME = Brand(
    "Acme",
    terms=(
        Term("name", "Acme"),
        Term("name", "Acme Coffee"),
        Term("name", "Müller & Söhne"),
        Term("name", "C++"),
        Term("name", "ゾルバ"),
        Term("name", "조르바"),
        Term("name", "زورفا"),
        Term("name", "S.T.A.R. Labs"),
        Term("name", "acme.example"),
        Term("name", "Zorva", lookalikes=True),
        Term("name", "ZORV", case=True),
        Term("hashtag", "#AcmeCoffee"),
        Term("handle", "@acme"),
        Term("handle", "@acme@social.example"),
        Term("handle", "acme.bsky.social"),
        Term("url", "acme.example/shop"),
        Term("url", "müller.example"),
        Term("hashtag", "کافه‌آکمه"),
        Term("hashtag", "クイル・ワート"),
        Term("hashtag", "カフェ゛"),
        Term("url", "नमूना.भारत"),
    ),
    exclude=("Acme pie",),
)
PIECES = st.sampled_from(
    [
        "Acme",
        "ACME",
        "acmes",
        "Acme Coffee",
        "#AcmeCoffee",
        "#LoveAcmeFail",
        "#boycottacme",
        "@acme",
        "@acme@social.example",
        "@acme.bsky.social",
        "acme.example",
        "https://acme.example/shop/1",
        "Müller",
        "&",
        "Söhne",
        "und",
        "Mueller & Soehne",
        "C++",
        "ゾルバ",
        "ゾ",
        "조르바가",
        "والزورفا",
        "S.T.A.R.",
        "Labs",
        "A.C.M.E.",
        "Z0rva",
        "ZORVs",
        "pie",
        "Αcme",
        "Acme¹",
        "<b>",
        "</b>",
        "<br>",
        "<p>",
        "<a href='https://acme.example/shop'>",
        "&amp;",
        "&shy;",
        "&#65;cme",
        "\u00ad",
        "\u200b",
        " ",
        " ",
        " ",
        "-",
        ".",
        ",",
        "_",
        "#",
        "@",
        "/",
        "'",
        "’s",
        "s",
        "es",
        "\n",
        "😀",
        "最近",
        "の",
        "è",
        "\u0301",
        "\ud800",
        "7",
        "#کافه",
        "آکمه",
        "\u200c",
        "・",
        "·",
        "〜",
        "״",
        "“",
        "”",
        "「",
        "#クイル・ワート",
        "#カフェ゛",
        "नमूना.भारत",
        "<a href='https://नमूना.भारत/x'>",
        "<a href='https://a&#99;me.example/shop'>",
        "https://%E0%A4%A8%E0%A4%AE%E0%A5%82%E0%A4%A8%E0%A4%BE.%E0%A4%AD%E0%A4%BE%E0%A4%B0%E0%A4%A4/x",
    ]
)
MENTIONING = st.lists(PIECES, max_size=12).map("".join)


def item(text: str = "", **given: object) -> Item:
    return replace(Item("feed", "post", text=text), **given)  # type: ignore[arg-type]


def brand(*terms: Term | str, **given: object) -> Brand:
    made = tuple(term if isinstance(term, Term) else Term("name", term) for term in terms)
    return replace(Brand("Acme", terms=made), **given)  # type: ignore[arg-type]


def verdict(of: Brand, about: Item) -> BrandMatch:
    (only,) = compile_brands([of]).verdicts(about)
    return only


def found(of: Brand, about: Item) -> list[str]:
    return [match.text for match in verdict(of, about).matches]


# --- matches ----------------------------------------------------------------------------------------------------------


def test_every_occurrence_is_told_in_order_with_its_place() -> None:
    """Offsets are code points of the field as it was given, so that a script can highlight."""
    about = item("😀 Acme & ACME, see https://acme.example/a", title="On Acme", links=("https://x.acme.example/b",))
    assert verdict(brand("Acme", Term("url", "acme.example")), about).matches == (
        Match("Acme", "name", "title", 3, 7, "Acme"),
        Match("Acme", "name", "text", 2, 6, "Acme"),
        Match("Acme", "name", "text", 9, 13, "ACME"),
        Match("acme.example", "url", "text", 19, 41, "https://acme.example/a"),
        Match("acme.example", "url", "links", 0, 24, "https://x.acme.example/b"),
    )


def test_a_link_that_stands_in_the_text_is_told_once() -> None:
    """Platforms give the links of a text again apart from it."""
    about = item("see https://acme.example/a", links=("https://acme.example/a",))
    assert [match.field for match in verdict(brand(Term("url", "acme.example")), about).matches] == ["text"]


def test_kinds_say_how_the_term_stands() -> None:
    """A compound tag and a look-alike are marked as such."""
    about = item("#AcmeFail #acme Acme Z0rva @acme acme.example", tags=("AcmeDay",), handles=("@acme@s.example",))
    of = brand("Acme", Term("name", "Zorva", lookalikes=True), Term("handle", "@acme"), Term("url", "acme.example"))
    assert [(match.kind, match.field, match.text) for match in verdict(of, about).matches] == [
        ("hashtag-part", "text", "Acme"),
        ("name", "text", "acme"),
        ("name", "text", "Acme"),
        ("lookalike", "text", "Z0rva"),
        ("handle", "text", "@acme"),
        ("name", "text", "acme"),
        ("url", "text", "acme.example"),
        ("hashtag-part", "tags", "Acme"),
        ("handle", "handles", "@acme@s.example"),
        ("name", "handles", "acme"),
    ]


def test_lookalikes_count_only_when_asked_for() -> None:
    """Digits for letters, and whole words in look-alike letters."""
    about = item("R0lex and Rоlех and RОLЕХ and RoIex and 1001")
    assert found(brand("Rolex"), about) == ["Rоlех", "RОLЕХ"]
    assert found(brand(Term("name", "Rolex", lookalikes=True)), about) == ["R0lex", "Rоlех", "RОLЕХ", "RoIex"]


def test_a_hyphen_is_part_of_a_handle_where_the_network_has_it_so() -> None:
    """@acme-corp is @acme's neighbour on Mastodon, and @acme with a word glued to it elsewhere."""
    of = brand(Term("handle", "@acme"))
    assert found(of, item("@acme-corp", platform="mastodon")) == []
    assert found(of, item("@acme-corp", platform="feed")) == ["@acme"]


def test_a_title_and_a_text_are_two_texts() -> None:
    """Nothing straddles them."""
    assert found(brand("Acme Coffee"), item("Coffee", title="Acme")) == []


# --- verdicts ---------------------------------------------------------------------------------------------------------


def test_every_verdict_has_one_reason() -> None:
    """The reason names the clause that failed, or what decided."""
    of = brand("Acme", Term("hashtag", "#acme"), context=("coffee",), exclude=("hiring", "Acme pie"))
    reasons = {
        "nothing here": "no term found",
        "Acme": "context missing: none of “coffee” in title or text",
        "Acme coffee": "name “Acme” in text, beside “coffee”",
        "Acme #acme": "name “Acme” in text, with hashtag “#acme”",
        "Acme coffee, hiring": "excluded by “hiring” in text",
        "Acme pie and coffee": "only inside “Acme pie”, which is excluded",
    }
    assert {text: verdict(of, item(text)).reason for text in reasons} == reasons


def test_a_long_context_is_told_in_short() -> None:
    """Five words of it."""
    of = brand("Acme", context=tuple(f"word{i}" for i in range(9)))
    assert verdict(of, item("Acme")).reason.endswith("“word4” and 4 more in title or text")


def test_strong_evidence_frees_a_bare_name() -> None:
    """A hashtag, handle, address or a second, different name of the brand stands for the context."""
    of = brand(
        "Acme",
        "Acmes",
        "Roadrunner",
        Term("hashtag", "#bb"),
        Term("handle", "@ac"),
        Term("url", "acme.example"),
        context=("tnt",),
    )
    assert found(of, item("Acme")) == []
    assert found(of, item("Acme, Acmes")) == []
    for evidence in ("#bb", "@ac", "acme.example", "Roadrunner"):
        assert "Acme" in found(of, item(f"Acme {evidence}"))
    assert found(of, item("Acme", url="https://acme.example/1"))


def test_a_term_s_own_context_is_never_lifted() -> None:
    """It gates that term alone, whatever else is there."""
    of = brand(Term("name", "Acme", context=("tnt",)), Term("hashtag", "#acme"))
    assert found(of, item("Acme #acme")) == ["#acme"]
    assert found(of, item("Acme #acme, TNT")) == ["Acme", "#acme", "acme"]


@pytest.mark.parametrize(
    ("value", "about", "rejected"),
    [
        ("Acme pie", item("Acme pie"), True),
        ("Acme pie", item("Acme pie by Acme"), False),
        ("pie", item("Acme", title="Pies"), True),
        ("#ad", item("Acme #adventure"), False),
        ("#ad", item("Acme", tags=("Ad",)), True),
        ("@spam", item("Acme @spam@x.example"), True),
        ("spam.example", item("Acme", links=("https://a.spam.example/",)), True),
        ("site:spam.example", item("Acme", url="https://spam.example/1"), True),
        ("site:spam.example", item("Acme https://spam.example/1"), False),
        ("site:spam.example/x", item("Acme", url="https://spam.example/y"), False),
        ("author:bot", item("Acme", author=Author(handle="@Bot@x.example")), True),
        ("author:Bot Ltd", item("Acme", author=Author(name="BOT LTD")), True),
        ("author:bot", item("Acme", author=Author(handle="robot")), False),
    ],
)
def test_exclude(value: str, about: Item, rejected: bool) -> None:
    """A phrase that contains the name hides that occurrence; anything else, wherever found, rejects the item."""
    assert (found(brand("Acme", exclude=(value,)), about) == []) == rejected


@pytest.mark.parametrize(
    ("own", "about", "ours"),
    [
        ("@acme", item("Acme", author=Author(handle="ACME")), True),
        ("@acme", item("Acme", author=Author(handle="@acme@evil.example")), False),
        ("@acme@s.example", item("Acme", author=Author(handle="acme@s.example")), True),
        ("acme.bsky.social", item("Acme", author=Author(handle="acme.bsky.social")), True),
        ("acme.example", item("Acme", url="https://blog.acme.example/1"), True),
        ("acme.example", item("Acme", author=Author(url="https://acme.example/jo")), True),
        ("acme.example", item("Acme https://acme.example/", url="https://x.example/"), False),
        ("x.example/acme", item("Acme", url="https://x.example/acme/1"), True),
        ("x.example/acme", item("Acme", url="https://x.example/acmes"), False),
    ],
)
def test_own_posts_are_marked(own: str, about: Item, ours: bool) -> None:
    """By the author's whole handle – the same name on another server is somebody else – or by the site."""
    assert verdict(brand("Acme", own=(own,)), about).own == ours


def test_only_what_matches_is_own() -> None:
    """A post of ours that names nobody is no mention."""
    assert not verdict(brand("Acme", own=("@acme",)), item("hello", author=Author(handle="acme"))).own


def test_one_brand_does_not_see_another() -> None:
    """Each brand of an item has its own verdict, in the order of the configuration."""
    matcher = compile_brands(
        [brand("Globex", name="B"), brand("Acme", name="A", exclude=("bad",)), brand("Nix", name="C")]
    )
    assert [each.brand for each in matcher.matches(item("Acme and Globex"))] == ["B", "A"]
    assert [each.brand for each in matcher.matches(item("bad Acme and Globex"))] == ["B"]
    assert [each.brand for each in matcher.verdicts(item("Acme"))] == ["B", "A", "C"]


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "term",
    [
        Term("name", ""),
        Term("name", " \u200b"),
        Term("name", "A"),
        Term("name", "й"),
        Term("name", "7"),
        Term("name", "!?"),
        Term("name", "x" * 201),
        Term("hashtag", "#"),
        Term("hashtag", "#two words"),
        Term("handle", "@"),
        Term("handle", "@a b"),
        Term("url", "acme"),
        Term("url", "acme.example?x=1"),
        Term("url", "bob@acme.example"),
        Term("hashtag", "a•b"),
        Term("hashtag", "a-b"),
    ],
)
def test_a_term_that_cannot_work_is_refused(term: Term) -> None:
    """With what is wrong, at ``check`` and before anything is matched."""
    assert problems(brand(term))
    with pytest.raises(UserError):
        compile_term(term)


@pytest.mark.parametrize("text", ["C#", "C++", "R&D", "猫", "ア", "X7", "😀", "1&1", "ก"])
def test_short_names_that_stand_out_are_taken(text: str) -> None:
    """One letter is too little only where a script writes words with many."""
    assert problems(brand(text)) == []
    assert found(brand(text), item(f"about {text} today")) == [text]


def test_a_word_of_context_may_be_one_letter() -> None:
    """It only ever stands beside a name."""
    assert found(brand("Acme", context=("X",)), item("Acme on X")) == ["Acme"]
    assert problems(brand("Acme", exclude=("X",)))


def test_one_letter_is_a_name_where_case_and_context_hold_it() -> None:
    """The context may be its own or the brand's; one of the two conditions alone is not enough."""
    own = brand(Term("name", "X", case=True, context=("app",)))
    brands = brand(Term("name", "X", case=True), context=("app",))

    assert found(own, item("the app X, and x")) == found(brands, item("the app X, and x")) == ["X"]
    assert found(own, item("X marks the spot")) == found(brands, item("X marks the spot")) == []
    assert problems(brand(Term("name", "X", case=True)))
    assert problems(brand("X", context=("app",)))


@pytest.mark.parametrize("host", ["co.uk", "https://www.com.br/", "kobe.jp", "github.io", "公司.cn"])
def test_an_address_below_which_anybody_has_a_site_is_refused(host: str) -> None:
    """As a brand's address and as its own; a page of such a host can be meant, and an exclusion can mean them all."""
    problem = "is a public suffix, below which anybody has a site"

    assert problem in problems(brand(Term("url", host)))[0]
    assert problem in problems(brand("Acme", own=(host,)))[0]
    assert problems(brand(Term("url", "gov.uk/vat"), exclude=("co.uk", "site:com.br"))) == []


def test_a_tag_of_bluesky_goes_on_to_the_next_space() -> None:
    """Elsewhere a hyphen ends it."""
    tag = brand(Term("hashtag", "acme"))

    assert found(tag, item("#acme-coffee #acme🦋fly")) == ["#acme", "#acme"]
    assert found(tag, item("#acme-coffee #acme🦋fly #acme!", platform="bluesky")) == ["#acme"]
    assert found(brand("Acme Coffee"), item("#acme-coffee", platform="bluesky")) == ["acme-coffee"]


def test_a_tag_that_a_platform_gives_may_hold_signs() -> None:
    """Stack Overflow's c++ and Tumblr's c&a are names as they stand; no hashtag in a text is."""
    signs = brand("C++", "C&A")

    assert found(signs, item("x", tags=("c++", "c&a", "ca"))) == ["c++", "c&a"]
    assert found(signs, item("#C #CA")) == []


def test_all_problems_are_told_at_once() -> None:
    """Of every brand, with the brand's name."""
    bad = [
        brand("A", Term("url", "x"), name="One"),
        brand("Acme", context=("",), exclude=("site:",), own=("me",), name="Two"),
    ]
    with pytest.raises(UserError) as caught:
        compile_brands(bad)
    assert [problem.partition(":")[0] for problem in caught.value.problems] == ["brand “One”"] * 2 + ["brand “Two”"] * 3
    assert problems(Brand("Three")) == ["no names, hashtags, handles or urls: nothing can match"]


def test_rules_version_follows_the_definition() -> None:
    """So that what older rules matched can be matched again; a brand's tests and kind do not count."""
    versions = {
        rules_version(each)
        for each in (
            brand("Acme"),
            brand("acme"),
            brand(Term("name", "Acme", case=True)),
            brand("Acme", context=("x",)),
            brand("Acme", exclude=("x",)),
            brand("Acme", own=("x.example",)),
            brand(query="acme"),
        )
    }
    assert len(versions) == 7
    assert rules_version(brand("Acme")) == rules_version(brand("Acme", kind="topic"))
    assert RULES


# --- a brand with a query ---------------------------------------------------------------------------------------------


class Longer:
    """A query that matches texts of more characters than it says."""

    required_literals = RequiredLiterals()

    def __init__(self, text: str) -> None:
        self.least = int(text)

    def judge(self, view: ItemView) -> tuple[tuple[Match, ...], str]:
        text = view.item.text
        if len(text) <= self.least:
            return (), "too short"
        return (Match(str(self.least), "query", "text", 0, len(text), text),), "long enough"


def test_a_query_decides_for_its_brand() -> None:
    """Its matches, its reason, beside brands with terms; ``own`` is marked all the same."""
    matcher = compile_brands([brand(query="5", own=("@acme",)), brand("Acme", name="B")], Longer)
    about = item("no name in here", author=Author(handle="acme"))
    (only,) = matcher.matches(about)
    assert (only.brand, only.reason, only.own) == ("Acme", "long enough", True)
    assert [each.reason for each in matcher.verdicts(item("abc"))] == ["too short", "no term found"]


# --- any text ---------------------------------------------------------------------------------------------------------

MATCHER = compile_brands([ACME, *(Brand(term.text, terms=(term,)) for term in ACME.terms)])


def held(matcher: Matcher, about: Item) -> tuple[BrandMatch, ...]:
    """The verdicts that match, with every offset checked, and the quick way held to the whole one."""
    whole = tuple(each for each in matcher.verdicts(about) if each.matches)
    assert matcher.matches(about) == whole
    for each in whole:
        assert len(set(each.matches)) == len(each.matches)
        for match in each.matches:
            value = getattr(about, match.field)
            texts = [value] if isinstance(value, str) else value
            assert any(text[match.start : match.end] == match.text for text in texts)
            assert match.text
    return whole


@given(MENTIONING, MENTIONING)
@example("<b", "x > Acme")
@example("#acme_acme", "Müller & Söhne")
def test_the_quick_way_misses_nothing(title: str, text: str) -> None:
    """What is prefiltered is never skipped, offsets slice to the text, nothing is told twice."""
    held(MATCHER, item(text, title=title or None))


@given(st.text(st.characters(codec=None), max_size=80))
@example("\ud800Acme\udfff")
@example("@" * 50 + "#" * 50 + "&" * 50 + "<a " * 50)
def test_no_text_breaks_matching(text: str) -> None:
    """Lone surrogates and all."""
    held(MATCHER, item(text, title=text, url=text or None, links=(text,), tags=(text,), handles=(text,)))


# an address ends where its letters do, and a mark that is spelt apart is no letter: items hold composed text
@given(MENTIONING.filter(lambda text: "." not in text))
def test_matching_does_not_see_how_letters_are_composed(text: str) -> None:
    """Composed and decomposed texts mention the same brands by the same terms."""

    def terms(form: str) -> list[tuple[str, str]]:
        about = item(form)
        return [(each.brand, match.term) for each in held(MATCHER, about) for match in each.matches]

    assert terms(unicodedata.normalize("NFC", text)) == terms(unicodedata.normalize("NFD", text))


@given(
    st.lists(st.sampled_from(["Acme", "Coffee", "acmes", "Zorva", "C++", ",", "pie", "2"]), max_size=8).map(" ".join)
)
def test_matching_does_not_see_the_width_of_letters(text: str) -> None:
    """Full-width forms are the same letters."""
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)
    plain = [(match.term, match.start, match.end) for each in held(MATCHER, item(text)) for match in each.matches]
    assert plain == [
        (match.term, match.start, match.end) for each in held(MATCHER, item(wide)) for match in each.matches
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Acme " * 200_000,
        "#acme " * 50_000,
        "#AcmeAcme" * 50_000,
        "@acme" * 100_000,
        "acme.example " * 25_000,
        "Acme" + " " * 1_000_000 + "Coffee",
        "Acme-" * 200_000,
        "A." * 500_000,
        "_" * 1_000_000 + "Acme",
        "<a href=" * 120_000,
        "&amp;" * 200_000,
        "Acme pie " * 100_000,
        "\u0301\u0316" * 500_000,
        "و" * 1_000_000,
        "조르바" * 300_000,
        "ゾルバー" * 250_000,
        "Аcme" * 250_000,
        "/a" * 500_000,
        "a@" * 500_000,
        "C++" * 300_000,
        "x" * 10_000_000,
    ],
    ids=lambda text: f"{text[:9]!r}x{len(text)}",
)
def test_long_hostile_texts_are_matched_in_bounded_work(text: str) -> None:
    """A quadratic rule would not end within this suite; at most a thousand occurrences are told."""
    for each in MATCHER.matches(item(text)):
        assert len(each.matches) <= 1000


def test_five_thousand_hashtags() -> None:
    """In the text and apart from it."""
    tags = tuple(f"Tag{i}Acme{i}" for i in range(5000))
    about = item(
        " ".join(f"#{tag}" for tag in tags), tags=tags, links=tuple(f"https://x.example/{i}" for i in range(5000))
    )
    (only,) = compile_brands([brand("Acme")]).matches(about)
    assert len(only.matches) == 1000


# --- required literals ------------------------------------------------------------------------------------------------


def test_required_literals_join_for_a_query() -> None:
    """A query's literals are those of its terms; an empty one makes the whole empty."""
    acme = required_literals_of(compile_term(Term("name", "Acme Coffee")))
    tag = required_literals_of(compile_term(Term("hashtag", "#猫")))
    both = acme | tag
    assert both.words >= acme.words
    assert both.pieces == {"猫"}
    assert (both | RequiredLiterals()).is_empty
