"""What the readers of JSON answers share: bounds on what is read, nothing taken for granted, links and marks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from mentionwatch.errors import UnexpectedResponse
from mentionwatch.messages import Request, Response
from mentionwatch.model import Brand, Term
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso, from_unix, server_time
from mentionwatch.sources.toolkit.checkpoints import (
    Checkpoint,
    TimeCheckpoint,
    advance_checkpoint,
    parse_checkpoint,
    parse_time_checkpoint,
)
from mentionwatch.sources.toolkit.items import links_of
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_array, read_json, read_object
from mentionwatch.text import PlainText, plain_from_html
from support.replay import NOW, answer


def came(body: bytes, **headers: str) -> Response:
    return answer(Request("q", "https://api.example/"), body, headers=headers)


# --- JSON -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"[NaN]", b"[Infinity]", b"[-Infinity]", b"{]", b"[1,]", b"[] []", b"\xff\xfe", b"nul"]
)
def test_what_is_no_json_is_not_understood(body: bytes) -> None:
    """Python would read NaN and Infinity; nobody else does."""
    with pytest.raises(UnexpectedResponse):
        read_json(came(body))


def test_nesting_is_bounded() -> None:
    """100,000 brackets are an attack; what is merely deep is read."""
    with pytest.raises(UnexpectedResponse, match="nested too deeply"):
        read_json(came(b"[" * 100_000 + b"]" * 100_000))

    assert read_json(came(b"[" * 50 + b"]" * 50)) is not None


def test_the_number_of_things_is_bounded() -> None:
    """Three million empty objects fit into 10 MB, and would take 300 MB of memory."""
    with pytest.raises(UnexpectedResponse, match="more values than any page"):
        read_json(came(b'{"hits": [' + b"{}," * 400_000 + b"{}]}"))
    with pytest.raises(UnexpectedResponse, match="more than 5,000 entries"):
        read_array(came(b"[" + b"{}," * 5_000 + b"{}]"))

    assert len(read_array(came(b"[" + b"{}," * 4_999 + b"{}]"))) == 5_000
    assert len(JsonObject({"tags": [{}] * 6_000}).objects("tags")) == 5_000
    assert len(JsonObject({"tags": ["a"] * 6_000}).texts("tags")) == 5_000


def test_numbers_are_bounded() -> None:
    """An integer that no database holds is unknown, however many digits it has; the rest of the answer is read."""
    body = (
        b'{"ok": 1, "wide": 9223372036854775807, "wider": 9223372036854775808, "huge": '
        + b"9" * 5000
        + b', "far": 1e999}'
    )
    said = read_object(came(body))

    assert said.integer("ok") == 1
    assert said.integer("wide") == 2**63 - 1
    assert said.integer("wider") is said.integer("huge") is None
    assert said.number("far") is None


def test_encodings() -> None:
    """A byte order mark, UTF-16 and a character cut in the middle are read; nothing else is lost."""
    assert read_json(came(b'\xef\xbb\xbf{"a": "\xc3\xa9"}')) == {"a": "é"}
    assert read_json(came('{"a": "é"}'.encode("utf-16"))) == {"a": "é"}
    assert read_json(came(b'{"a": "caf\xc3", "b": 1}')) == {"a": "caf\ufffd", "b": 1}


def test_of_two_equal_keys_the_last_counts() -> None:
    """As in every browser."""
    assert read_object(came(b'{"a": 1, "a": 2}')).integer("a") == 2


def test_a_web_page_is_told_from_broken_json() -> None:
    """A captcha page is the commonest wrong answer, and says something else to the user than a cut one."""
    with pytest.raises(UnexpectedResponse, match="web page"):
        read_json(came(b"\n\n  <!doctype html><html></html>"))
    with pytest.raises(UnexpectedResponse, match="cut off"):
        read_json(came(b'{"a": [1, 2'))
    with pytest.raises(UnexpectedResponse, match="empty response"):
        read_json(came(b"   "))
    with pytest.raises(UnexpectedResponse, match="array came where an object"):
        read_object(came(b"[]"))
    with pytest.raises(UnexpectedResponse, match="object came where an array"):
        read_array(came(b"{}"))
    with pytest.raises(UnexpectedResponse, match="array of JSON numbers"):
        read_array(came(b"[1, 2]"))


def test_fields_of_another_type_are_absent() -> None:
    """Every question has an answer, whatever stands there."""
    values = json.loads('[null, true, -3, 3.0, 3.5, "", " x ", [], [1, "a", {"b": 2}], {}, {"c": 1}]')
    for value in values:
        thing = JsonObject({"key": value})
        assert thing.text("key") == (value if isinstance(value, str) else "")
        assert thing.count("key") == (3 if value == 3.0 else None)
        assert thing.flag("key") is (value is True)
        assert thing.object("key").fields == (value if isinstance(value, dict) else {})
        assert [found.fields for found in thing.objects("key")] == ([{"b": 2}] if value == [1, "a", {"b": 2}] else [])
        assert thing.texts("key") == (("a",) if value == [1, "a", {"b": 2}] else ())

    assert JsonObject({"key": -3}).integer("key") == -3
    assert JsonObject({"key": 3.5}).number("key") == 3.5
    assert JsonObject({"key": True}).integer("key") is JsonObject({"key": True}).number("key") is None


def test_an_identifier_is_short_and_printable() -> None:
    """An id becomes part of keys and addresses."""
    good = {"a": "41234567", "b": 41234567, "c": " x "}
    bad = {"d": "", "e": "x" * 513, "f": "a\x1bb", "g": "a\ud800", "h": True, "i": 1.5, "j": None, "k": ["x"]}
    thing = JsonObject({**good, **bad})

    assert [thing.identifier(key) for key in good] == ["41234567", "41234567", "x"]
    assert [thing.identifier(key) for key in bad] == [None] * len(bad)


# --- times ------------------------------------------------------------------------------------------------------------


def test_times_as_apis_write_them() -> None:
    """With Z, an offset or nothing, with fractions; whole seconds of UTC."""
    for text in (
        "2026-11-20T08:01:02Z",
        "2026-11-20T08:01:02.999Z",
        "2026-11-20T02:01:02.000-06:00",
        "2026-11-20T08:01:02",
    ):
        assert from_iso(text, came(b"")) == datetime(2026, 11, 20, 8, 1, 2, tzinfo=UTC)
    for text in ("", "soon", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-13-01T00:00:00Z", "x" * 10_000):
        assert from_iso(text, came(b"")) is None

    assert from_unix(1795161662, came(b"")) == datetime(2026, 11, 20, 8, 1, 2, tzinfo=UTC)
    assert from_unix(None, came(b"")) is from_unix(-1, came(b"")) is from_unix(10**18, came(b"")) is None


def test_the_servers_clock() -> None:
    """The Date header where there is a sound one."""
    assert server_time(came(b"", date="Fri, 20 Nov 2026 08:00:00 GMT")) == datetime(2026, 11, 20, 8, tzinfo=UTC)
    for odd in ("", "yesterday", "Fri, 99 Nov 2026", "x" * 10_000, "Fri, 20 Nov 99999 08:00:00 GMT"):
        assert server_time(came(b"", date=odd)) == NOW


# --- links ------------------------------------------------------------------------------------------------------------


def test_links_come_once_and_whole() -> None:
    """The target behind a shortened label, the bare address, the card; never the item's own address."""
    said = plain_from_html(
        '<p>See <a href="https://acme.example/a/long/path?x=1">https://acme.example/a/lo...</a>,'
        " https://beans.example/b. and ASP.NET, at https://own.example/1"
        ' <a href="javascript:alert(1)">x</a> <a href="https://www.google.com/url?q=https://c.example/&sa=D">c</a></p>'
    )
    links = links_of(
        said, "https://own.example/1", before=("https://first.example/",), after=(None, "https://card.example/")
    )

    assert links == (
        "https://first.example/",
        "https://acme.example/a/long/path?x=1",
        "https://c.example/",
        "https://beans.example/b",
        "https://card.example/",
    )


def test_links_are_bounded() -> None:
    """A page of links is no post."""
    said = PlainText(
        " ".join(f"https://x{n}.example/" for n in range(5000)), tuple(f"https://y{n}.example/" for n in range(5000))
    )

    assert len(links_of(said, None)) == 200


# --- marks ------------------------------------------------------------------------------------------------------------


def test_marks_are_read_as_they_were_written() -> None:
    """What another version or a damaged database holds is no mark."""
    for mark in (Checkpoint("117020594094054884"), Checkpoint("17952/846", None), Checkpoint("b", "a")):
        assert str(parse_checkpoint(str(mark))) == str(mark)
    for odd in (None, "", "/", "a/", "a b", "a/b/c", "é", "x" * 101, "a\n"):
        assert parse_checkpoint(odd) is None
    assert parse_time_checkpoint("100/50") == TimeCheckpoint(100, 50)
    assert parse_time_checkpoint("x") is parse_time_checkpoint("100/x") is parse_time_checkpoint("9" * 50) is None


def test_the_first_page_says_where_reading_began() -> None:
    """A full first page sets a beginning; one that held all there was sets none; an empty one is believed a week."""
    second = int(NOW.timestamp())

    assert advance_checkpoint([second - 5, second - 9], None, came(b""), has_older=True) == TimeCheckpoint(
        second - 5, second - 9
    )
    assert advance_checkpoint([second - 5, second - 9], None, came(b""), has_older=False) == TimeCheckpoint(second - 5)
    assert advance_checkpoint([], None, came(b""), has_older=True) == TimeCheckpoint(second, second - 604_800)
    assert advance_checkpoint([], TimeCheckpoint(7, 3), came(b""), has_older=True) == TimeCheckpoint(7, 3)
    assert advance_checkpoint([5], TimeCheckpoint(7, 3), came(b""), has_older=True) == TimeCheckpoint(7, 3)
    assert advance_checkpoint([second + 60, 9], TimeCheckpoint(7, 3), came(b""), has_older=True) == TimeCheckpoint(9, 3)


def test_the_overlap_does_not_reach_before_the_beginning() -> None:
    """An hour is asked again, but nothing that was there before the first scan."""
    assert TimeCheckpoint(10_000).resume_from(3600) == 6400
    assert TimeCheckpoint(10_000, 9_000).resume_from(3600) == 8_999
    assert TimeCheckpoint(100).resume_from(3600) == 0
    assert TimeCheckpoint(10_000, 9_000).is_backlog(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=8_999))
    assert not TimeCheckpoint(10_000, 9_000).is_backlog(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=9_000))
    assert not TimeCheckpoint(10_000, 9_000).is_backlog(None)


# --- terms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("Acme Coffee", "AcmeCoffee"),
        ("Coca-Cola", "CocaCola"),
        ("L’Étoile", "LÉtoile"),
        ("Acme Inc.", "AcmeInc"),
        ("Ａｃｍｅ", "Acme"),
        ("コーヒー", "コーヒー"),
        ("हिन्दी कॉफी", "हिन्दीकॉफी"),
        ("snake_case", "snake_case"),
        ("7up", "7up"),
        ("Yahoo!", "Yahoo"),
        ("AT&T", "ATT"),
        ("C&A", None),  # two letters that would be found in any tag
        ("C++", None),
        (".NET", None),
        ("F#", None),
        ("42", None),
        ("🦊", None),
        ("", None),
    ],
)
def test_a_name_as_a_hashtag(name: str, tag: str | None) -> None:
    """Spaces, hyphens, apostrophes and dots go; what no hashtag can hold makes none."""
    assert search_terms.as_hashtag(name) == tag


def test_what_is_matched_as_a_tag_is_asked_for_as_one() -> None:
    """A name with its # is a hashtag; any other is asked for in every way that a tag can be it."""
    names = ("#SummerOfQuill", "クイル・ワート", "il·lusió", "کافه‌آکمه", "C&A", "H&M", ".NET", "2026")
    terms = (*(Term("name", name) for name in names), Term("hashtag", "2026"), Term("name", "Next!", case=True))

    assert search_terms.tags((Brand("a", terms=terms),)) == (
        "SummerOfQuill",
        *("クイルワート", "クイル・ワート"),
        *("illusió", "il·lusió"),
        *("کافهآکمه", "کافه‌آکمه"),
    )


def test_a_host_of_another_script_is_asked_for_both_ways() -> None:
    """Links have it in ASCII, sentences as people write it."""
    brand = Brand("a", terms=(Term("url", "ร้านกาแฟ.ไทย"), Term("url", "https://www.acme.example/shop")))

    assert search_terms.hosts((brand,)) == ("xn--12c1ctan9ec9hrc.xn--o3cw4h", "ร้านกาแฟ.ไทย", "acme.example")


def test_a_name_with_its_at_sign_is_asked_for_as_a_handle() -> None:
    """As it is matched."""
    brand = Brand("a", terms=(Term("name", "@acme"), Term("name", "Acme")))

    assert search_terms.handles((brand,)) == ("acme",)
    assert search_terms.names((brand,)) == ("Acme",)


def test_terms_come_once_whatever_their_case_and_width() -> None:
    """In the order of the configuration, without their marks."""
    brands = (
        Brand(
            "a", terms=(Term("name", "Acme  Coffee"), Term("hashtag", "#Acme"), Term("handle", "@acme@social.example"))
        ),
        Brand(
            "b",
            terms=(Term("name", "ＡＣＭＥ coffee"), Term("hashtag", "acme"), Term("url", "https://www.Acme.example/x")),
        ),
        Brand(
            "c",
            terms=(Term("url", "acme.example/y"), Term("url", "not an address"), Term("handle", "acme.bsky.social")),
        ),
    )

    assert search_terms.names(brands) == ("Acme Coffee",)
    assert search_terms.hashtags(brands) == ("Acme",)
    assert search_terms.handles(brands) == ("acme@social.example", "acme.bsky.social")
    assert search_terms.hosts(brands) == ("acme.example",)
