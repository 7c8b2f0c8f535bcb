"""Foreign text is made plain: nothing that does things to a terminal stays, nothing that a word needs goes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentionwatch.text import clean, fold, fold_quickly, one_line, plain_from_html, unescape

#: Any text at all, and text of the characters that mind their neighbours.
ANY = st.text(st.characters(codec=None), max_size=60)
AWKWARD = st.lists(
    st.sampled_from(
        [
            *"aeiouéüİıßÆøАаЁёЙйиαςΆ'’`·・-–‐#@_.&<>;! \n\t1²½①Ⅷ™\u00ad\u200b\u200c\u200d\u200e\ufeff\ufe0f",
            *"\u0301\u0306\u0308\u0323\u3099\u309aカガｶﾞﾊﾟか가각\u1100\u1161\u11a8ကើាंक़ज़\u093c\u094dกำิเअエْلأآیکة\u064b",
            *["&amp;", "&#39;", "&shy;", "<b>", "</b>", "<br>", "<p>", "😀", "👩‍💻", "🇩🇪"],
        ]
    ),
    max_size=20,
).map("".join)


def test_controls_go_and_lines_stay() -> None:
    """Escape sequences lose their escape, tabs become spaces, every kind of line break becomes one."""
    assert clean("a\x1b[31mb\x00\x7f\x9b2Jc\td\r\ne\rf\u2028g") == "a[31mb2Jc d\ne\nf\ng"


def test_bidi_overrides_go_and_right_to_left_text_stays() -> None:
    """Text cannot turn around what stands beside it; Hebrew and Arabic, their joiners and marks stay."""
    assert clean("\u202eevil\u2066x\u2069 قهوه\u200cها שׁ") == "evilx قهوه\u200cها שׁ"


def test_the_marks_of_right_to_left_text_stay_and_what_is_deprecated_goes() -> None:
    """LRM, RLM and ALM place a sign; format controls that Unicode gave up do nothing but hide."""
    assert clean("C++\u200e \u200fعربي\u061c! \u206a\ufff9x\ufffb") == "C++\u200e \u200fعربي\u061c! x"


def test_emoji_stay_whole() -> None:
    """Joiners and variation selectors hold emoji together."""
    assert clean("👩\u200d💻❤\ufe0f") == "👩\u200d💻❤\ufe0f"


def test_lone_surrogates_go_and_halves_join() -> None:
    """Text with half characters can be stored and printed."""
    assert clean("a\ud83db\udc00") == "ab"
    assert clean("\ud83d\ude00") == "😀"


def test_piled_up_marks_are_cut() -> None:
    """A letter keeps at most thirty combining marks, so that normalising stays linear."""
    assert len(clean("e" + "\u0316\u0300" * 500)) <= 31


@given(ANY | AWKWARD)
def test_clean_text_is_clean(text: str) -> None:
    """Cleaned text is NFC, can be encoded, has no control but the line break, and cleaning it again changes nothing."""
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not [char for char in cleaned if unicodedata.category(char) in ("Cc", "Cs") and char != "\n"]
    assert clean(cleaned) == cleaned


def test_clean_cuts() -> None:
    """The limit is in code points."""
    assert clean("é" * 10, 4) == "éééé"
    assert one_line(" a\n\tb  c ", 3) == "a b"


def test_html_as_a_reader_sees_it() -> None:
    """Blocks are lines, inline markup joins, references are decoded once, what is not seen is dropped."""
    page = plain_from_html(
        "<p>Hello <b>Ac</b>me &amp;amp; co<!-- no --></p><p>x<br>y <td>cell</td></p>"
        "<script>if (a < b) '<p>';</script><style>p{}</style>3 < 4 <3<img alt='a picture of Acme' src=x>"
    )
    assert page.text.split("\n") == ["Hello Acme &amp; co", "", "x", "y cell", "3 < 4 <3 a picture of Acme"]


def test_links_are_absolute_and_in_order() -> None:
    """``href`` and embedded media count, other schemes and repetitions do not."""
    page = plain_from_html(
        '<a href="/q?a=1&amp;b=2">1</a><a href="javascript:x">2</a><iframe src=//v.example/7></iframe>'
        "<a href='https://acme.example/q?a=1&b=2'>3</a><a title='>' href='b'>4</a><a data-href='/no'>5</a>",
        "https://acme.example/d/",
    )
    assert page.links == ("https://acme.example/q?a=1&b=2", "https://v.example/7", "https://acme.example/d/b")


def test_text_without_tags_keeps_its_lines() -> None:
    """What is no HTML is taken as text."""
    assert plain_from_html("a\nb &lt;3 <3\n\nc < d").text == "a\nb <3 <3\n\nc < d"


def test_a_network_s_shortened_link_reads_whole() -> None:
    """Mastodon hides parts of an address in spans; the text has all of it."""
    page = plain_from_html(
        '<p>see <a href="https://acme.example/abcdef"><span class="invisible">https://</span>'
        '<span class="ellipsis">acme.example/abc</span><span class="invisible">def</span></a></p>'
    )
    assert page.text == "see https://acme.example/abcdef"


@pytest.mark.parametrize(
    "piece",
    ["<a ", "&", "<script>", "<div>", '<a "', "<a href='", "<!--", "<![CDATA[", "&#9", "&amp", "<", "</", "<p>", "]]>"],
)
def test_hostile_markup_is_read_in_bounded_work(piece: str) -> None:
    """More than a million characters of the same trap come through; a quadratic reader would not end in this suite."""
    page = plain_from_html(piece * (1_050_000 // len(piece)))
    assert len(page.text) <= 1_000_000


def test_a_huge_character_reference_is_no_character() -> None:
    """More digits than the interpreter will read."""
    assert unescape("&#" + "9" * 5000 + ";&#x1F600;") == "\ufffd😀"


@given(ANY | AWKWARD)
def test_any_markup_can_be_read(text: str) -> None:
    """Nothing raises, the text is clean, the links are web addresses."""
    page = plain_from_html(text, "https://acme.example/")
    assert clean(page.text) == page.text
    assert all(link.startswith("http") for link in page.links)


@given(ANY | AWKWARD)
def test_folding_keeps_the_way_back(text: str) -> None:
    """Every folded character stems from a slice of the original, in order; folding what is folded changes nothing."""
    folded = fold(text)
    assert len(folded.text) == len(folded.cased)
    spans = [folded.span(i, i + 1) for i in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    if not any(unicodedata.category(char) in ("Cf", "Mn", "Lo") and not fold(char).text for char in text):
        plain = fold(text, markup=False).text
        assert fold(plain, markup=False).text == plain
    assert fold_quickly(text) == folded.cased


@given(AWKWARD)
def test_folding_does_not_see_how_letters_are_composed(text: str) -> None:
    """Composed and decomposed spellings fold alike."""
    composed = unicodedata.normalize("NFC", text)
    assert fold(composed).text == fold(unicodedata.normalize("NFD", text)).text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ｎｅｓｔｌé", "nestle"),
        ("ﬁ", "FI"),
        ("Straße", "STRASSE"),
        ("ØŁĐÆŒ", "oldaeoe"),
        ("IŞIK", "ışık"),
        ("ё", "е"),
        ("أإآٱ", "اااا"),
        ("كي", "کی"),
        ("قـهـوة", "قهوة"),
        ("ｶﾞ", "ガ"),
        ("a\u2011b", "a-b"),
        ("d’A", "d'a"),
        ("Аcme", "acme"),
        ("٣", "3"),
    ],
)
def test_spellings_of_one_word_fold_alike(one: str, other: str) -> None:
    """Compatibility forms, case, accents, Arabic variants, digits, look-alikes in a Latin word."""
    assert fold(one).text == fold(other).text


@pytest.mark.parametrize(
    ("one", "other"), [("й", "и"), ("か", "が"), ("क", "क\u093c"), ("ิ", ""), ("сор", "cop"), ("ə", "e")]
)
def test_what_tells_words_apart_stays(one: str, other: str) -> None:
    """й, voicing, Indic and Thai marks, words wholly in another script."""
    assert fold(one).text != fold(other).text
