"""What every source keeps to; a new file in ``sources/`` is found and held to it without being asked.

A source proves that it reads what it asks for by a sample of its own making in ``tests/data/<type>/``:
``contract.json`` names the file that holds the ``answer``, the ``items`` it holds (any fields of the mention's JSON,
compared one by one), and, where the first request is not the one, the ``question`` and the ``options``.
"""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType, NoneType
from typing import Any, Literal, get_args, get_origin

import pytest

from mentionwatch.errors import SourceError
from mentionwatch.messages import Limits, Page, Request, Secret
from mentionwatch.model import Author, Brand, Engagement, Item, Term
from mentionwatch.sources import ExplainsErrors, Source
from mentionwatch.sources.registry import RESERVED_OPTIONS, describe, find_all, options, source_type
from mentionwatch.text import one_line
from mentionwatch.urls import host_of, is_web
from support.paths import ROOT
from support.replay import ACME, NOW
from support.samples import BASE, BASES, CANARY, OURS, Sample, assert_sound, build, parse, sample

DATA = Path(__file__).parent / "data"
#: More pages than any source may ask of a server that keeps giving the same one.
MANY = 200
#: What the configuration can check and its schema can say.
OPTION_KINDS = (str, int, float, bool, timedelta, date, Path, tuple, dict, Literal, Secret)


every_type = pytest.mark.parametrize("name", OURS)


# --- what a source declares ----------------------------------------------------------------------------------------


def test_no_type_is_missing() -> None:
    """Every type in the folder can be imported, and the ones this project promises are there."""
    found = find_all()

    assert set(OURS) <= set(found.types)
    assert {"feed", "google_news", "hackernews", "lobsters", "mastodon"} <= set(OURS)


@every_type
def test_is_a_value(name: str) -> None:
    """A source is a frozen dataclass: two with equal options are equal, and none changes."""
    one, two = build(name, everything=True), build(name, everything=True)

    assert vars(type(one))["__dataclass_params__"].frozen
    assert one == two
    assert hash(one) == hash(two)
    assert pickle.loads(pickle.dumps(one)) == one


@every_type
def test_says_what_it_is(name: str) -> None:
    """``sources --types`` has a line for what it asks, what account it needs and what it cannot see."""
    cls = source_type(name)
    said = describe(cls)

    assert cls.type == name
    assert cls.platform == cls.platform.lower().strip() != ""
    for line in (said.asks, said.account, said.limitations):
        assert one_line(line) == line != ""
        assert len(line) <= 160
    assert said.asks.endswith(".")


@every_type
def test_names_the_terms_it_relies_on(name: str) -> None:
    """Who configures a source accepts its platform's terms: docs/sources.md says which, for every type."""
    page = (ROOT / "docs/sources.md").read_text(encoding="utf-8")
    section = page.partition("## On what terms")[2].partition("\n## ")[0]

    assert any(f"`{name}`" in line.split("|")[1] for line in section.splitlines() if line.startswith("|"))


@every_type
def test_declares_its_limits(name: str) -> None:
    """Spacing, pages and interval are those of a polite guest."""
    limits = source_type(name).limits

    assert isinstance(limits, Limits)
    assert limits.min_interval >= 0
    assert 1 <= limits.concurrency <= 4
    assert 1 <= limits.pages <= 100
    assert limits.every >= 60
    assert limits.per_day is None or limits.per_day > 0


@every_type
def test_explains_its_options(name: str) -> None:
    """Each option has a sentence of help and a type the configuration can check, and one is the address asked."""
    found = options(source_type(name))

    for option in found:
        assert len(option.help) > 10, f"{name}.{option.name} has no help"
        assert option.name not in RESERVED_OPTIONS
        assert base_kind(option.annotation) in OPTION_KINDS, f"{name}.{option.name}: {option.annotation}"
    assert sum(option.address for option in found) == 1, "one option is the address: server, base_url or url"


def base_kind(annotation: object) -> object:
    """``str`` of ``str | Secret | None``, ``tuple`` of ``tuple[str, ...]``."""
    kinds = [kind for kind in get_args(annotation) if kind not in (NoneType, Secret)]
    if get_origin(annotation) in (Literal, tuple, dict):
        return get_origin(annotation)
    return Secret if Secret in get_args(annotation) and not kinds else kinds[0] if kinds else annotation


# --- what it asks --------------------------------------------------------------------------------------------------


def asked(
    source: Source, checkpoints: Mapping[str, str] | None = None, brands: tuple[Brand, ...] = (ACME,)
) -> list[Request]:
    return list(source.requests(brands, MappingProxyType(dict(checkpoints or {})), NOW))


@every_type
def test_asks_the_same_every_time(name: str) -> None:
    """Requests follow from the brands, the checkpoints and the time alone."""
    source = build(name, everything=True)

    assert asked(source) == asked(source) != []


@every_type
def test_asks_each_question_once(name: str) -> None:
    """Two brands that share their terms do not double the questions; a question's name is short and printable."""
    again = replace(ACME, name="Acme again")
    source = build(name, everything=True)
    questions = [request.query_key for request in asked(source, brands=(ACME, again))]

    assert len(set(questions)) == len(questions)
    assert all(question == one_line(question, 200) != "" for question in questions)


@every_type
def test_asks_only_where_it_was_told(name: str) -> None:
    """Every request goes to the address in the configuration, over http(s), and is the first page of its question."""
    for request in asked(build(name, everything=True)):
        assert is_web(request.url) is (request.mail is None)
        assert request.url.startswith(BASES.get(name, BASE))
        assert request.page == 0
        assert request.since is None
        assert request.page_state is None
        assert request.method in ("GET", "POST")


@every_type
def test_shows_no_secret(name: str) -> None:
    """No token stands in an address, a plain parameter or anything that is printed."""
    source = build(name, everything=True)
    shown = [repr(source), str(source)]
    for request in asked(source):
        shown += [request.url, repr(request), str(request), *(str(value) for _, value in request.params)]

    assert not [text for text in shown if CANARY in text]


@every_type
def test_asks_from_its_checkpoint(name: str) -> None:
    """What a page gave as its checkpoint comes back in the next scan's request for the same question."""
    good = sample(name)
    checkpoint = parse(good.source, good.response()).checkpoint
    assert checkpoint is not None
    again = {request.query_key: request for request in asked(good.source, {good.request.query_key: checkpoint})}

    assert again[good.request.query_key].since is not None
    assert len(checkpoint.encode()) <= 4096


@every_type
def test_lives_with_a_checkpoint_it_never_wrote(name: str) -> None:
    """A checkpoint of an older version, or a damaged one, does not stop a scan."""
    source = build(name)
    questions = [request.query_key for request in asked(source)]
    for odd in ("", "0", "-1", "not a checkpoint", "9" * 400, "\u0661\u0662", '{"a": 1}'):
        assert [request.query_key for request in asked(source, dict.fromkeys(questions, odd))] == questions


@every_type
def test_asks_for_odd_brands(name: str) -> None:
    """Terms in any script, with quotes, symbols or of great length make requests, not errors."""
    odd = (
        "C++",
        ".NET",
        'Say "Acme"',
        "a",
        "コーヒー",
        "ＡＣＭＥ",
        "قهوة",
        "&W",
        "%2F..",
        "#?/\\",
        "x" * 5000,
        "🦊",
        "\u200b",
    )
    kinds: tuple[Any, ...] = ("name", "hashtag", "handle", "url", "query")
    brand = Brand("Odd", terms=tuple(Term(kind, text) for kind in kinds for text in odd))
    for request in asked(build(name, everything=True), brands=(brand, Brand("Nothing"))):
        assert is_web(request.url) is (request.mail is None), request.url
        assert request.url.startswith(BASES.get(name, BASE))
        assert all(len(str(value).encode()) <= 1000 for _, value in request.params)


# --- what it reads -------------------------------------------------------------------------------------------------


def as_told(item: Item) -> dict[str, Any]:
    """The item under the names of the mention's JSON."""
    told = {entry.name: getattr(item, entry.name) for entry in fields(item)}
    for key, value in told.items():
        if isinstance(value, datetime):
            told[key] = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        elif isinstance(value, Author | Engagement):
            told[key] = asdict(value)
        elif isinstance(value, tuple):
            told[key] = list(value)
    return told


@every_type
def test_reads_its_sample(name: str) -> None:
    """Each item of the sample comes out as its manifest says, in its order, and nothing else does."""
    good = sample(name)
    page = parse(good.source, good.response())
    told = [as_told(item) for item in page.items]

    assert len(told) == len(good.items) > 0
    for said, expected in zip(told, good.items, strict=True):
        assert {key: said[key] for key in expected} == expected
    for item in page.items:
        assert_sound(item, type(good.source).platform)


@every_type
def test_reads_the_same_twice(name: str) -> None:
    """Reading changes nothing, and what was read can go to another process and back."""
    good = sample(name)
    page = parse(good.source, good.response())

    assert parse(good.source, good.response()) == page
    assert pickle.loads(pickle.dumps(page)) == page


NO_ANSWERS = {
    "empty": b"",
    "blank": b" \r\n\t ",
    "login page": b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form><input></form></body></html>",
    "captcha": b"<html><body><h1>Just a moment...</h1><p>Verify you are human</p></body></html>",
    "lower-case html with a byte order mark": b"\xef\xbb\xbf\n<html><body>blocked</body></html>",
    "prose": b"Your search was too short. Please try again later.",
    "binary": bytes(range(256)) * 8,
    "null": b"null",
    "a string": b'"nothing found"',
    "a number": b"42",
    "numbers": b"[1, 2, 3]",
    "not a number": b'{"hits": NaN, "statuses": NaN, "items": NaN}',
    "infinity": b"[Infinity]",
    "an error with status 200": b'{"error": "something went wrong", "status": 500}',
    "another shape": b'[{"unexpected": true}]',
    "cut": b'{"hits": [{"objectID": "1", "title": "Ac',
    "deep array": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "deep, closed": b"[" * 100_000 + b"]" * 100_000,
    "a path": b"/etc/passwd",
    "an address": b"http://127.0.0.1:9/",
}


@every_type
@pytest.mark.parametrize("what", NO_ANSWERS)
def test_tells_no_answer_from_an_empty_one(name: str, what: str) -> None:
    """A login page, a captcha, prose, an empty body, half an answer: an error of this source, never "0 items"."""
    good = sample(name)
    with pytest.raises(SourceError) as caught:
        parse(good.source, good.response(NO_ANSWERS[what]))

    assert caught.value.message.isprintable()
    assert caught.value.message != ""


@every_type
@pytest.mark.parametrize("body", [b"[]", b"{}", b"[{}]", b"[[]]", b'{"items": []}'])
def test_an_empty_value_is_empty_or_an_error(name: str, body: bytes) -> None:
    """Whether ``[]`` is an answer is for the platform to say; it is never items."""
    good = sample(name)
    try:
        page = parse(good.source, good.response(body))
    except SourceError:
        return

    assert page.items == ()
    assert page.next is None


@every_type
def test_an_answer_cut_off_is_noticed(name: str) -> None:
    """A connection that breaks in the middle costs no item: half an answer is an error, or says it is incomplete."""
    good = sample(name)
    whole = parse(good.source, good.response())
    for part in range(1, 20):
        try:
            page = parse(good.source, good.response(good.body[: len(good.body) * part // 20]))
        except SourceError:
            continue
        assert page.incomplete or page.items == whole.items, f"cut at {part}/20"


def answers_in_json(name: str) -> bool:
    """Whether the sample is JSON; a missing one is told by the tests that need it."""
    manifest = DATA / name / "contract.json"
    if not manifest.is_file():
        return True
    body = (manifest.parent / json.loads(manifest.read_text())["answer"]).read_bytes()
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", [name for name in OURS if answers_in_json(name)])
def test_fields_of_the_wrong_type_cost_only_themselves(name: str) -> None:
    """Whatever stands where in a JSON answer, the source reads the rest or says it does not understand."""
    good = sample(name)
    value = json.loads(good.body)
    wrong: tuple[Any, ...] = (
        None,
        True,
        -1,
        10**30,
        1e300,
        "",
        "\ud800\x1b[31m\u202e",
        "x" * 600,
        [],
        {},
        [[[]]],
        {"a": {"a": {}}},
        [None, 7],
    )
    for place in places(value):
        for odd in wrong:
            body = json.dumps(changed(value, place, odd)).encode()
            for item in items_or_none(good, body):
                assert_sound(item, type(good.source).platform)


def items_or_none(good: Sample, body: bytes) -> tuple[Item, ...]:
    """What is read of a damaged answer; nothing where it is refused."""
    try:
        return parse(good.source, good.response(body)).items
    except SourceError:
        return ()


def places(value: object, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a JSON value; within a list, entries of the same keys are read alike and looked into once."""
    if isinstance(value, dict):
        for key in value:
            yield (*here, key)
            yield from places(value[key], (*here, key))
    elif isinstance(value, list):
        seen = set()
        for index, inner in enumerate(value):
            yield (*here, index)
            shape = frozenset(inner) if isinstance(inner, dict) else None
            if shape is None or shape not in seen:
                yield from places(inner, (*here, index))
            seen.add(shape)


def changed(value: Any, place: tuple[str | int, ...], odd: object) -> Any:
    made = copy.deepcopy(value)
    inner = made
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = odd
    return made


@every_type
@pytest.mark.parametrize("since", ["0", "1", "100000000", "2020-01-01T00:00:00Z"])
def test_a_server_that_repeats_itself_comes_to_an_end(name: str, since: str) -> None:
    """A server that gives the same page for ever is left after a bounded number of pages."""
    good = sample(name)
    requests = {request.query_key: request for request in asked(good.source, {good.request.query_key: since})}
    request: Request | None = requests[good.request.query_key]
    pages = 0
    while request is not None:
        pages += 1
        assert pages < MANY
        page = parse(good.source, replace(good.response(), request=request))
        following = page.next
        if following is not None:
            assert following.query_key == request.query_key
            assert following.page == request.page + 1
            assert following.since == request.since
            assert host_of(following.url) == host_of(request.url)
            assert CANARY not in repr(following)
        request = following


#: The others leave errors to their status.
EXPLAINING = [name for name in OURS if hasattr(source_type(name), "explain")]


@pytest.mark.parametrize("name", EXPLAINING)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 429, 500, 503])
def test_explains_error_answers_safely(name: str, status: int) -> None:
    """What a server says in an error is read with the same care, and not repeated raw."""
    good = sample(name)
    assert isinstance(good.source, ExplainsErrors)
    hostile = "\x1b]0;owned\x07 token scope tag \u202e" + CANARY
    bodies = [*NO_ANSWERS.values(), b"[]", b"{}", *({key: hostile} for key in ("error", "message"))]
    for body in bodies:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        explained = good.source.explain(good.response(raw, status))
        if isinstance(explained, Page):
            assert explained.items == ()
            assert status == 404
        elif explained is not None:
            assert isinstance(explained, SourceError)
            assert explained.message.isprintable()
            assert explained.status == status
