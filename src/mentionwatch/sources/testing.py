"""The contract of a source type, as a test class to subclass: pytest finds its checks; nothing here imports pytest.

::

    class TestGazette(SourceContract):
        source = Gazette(server="https://gazette.example")
        answer = (Path(__file__).parent / "answer.json").read_bytes()
"""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, ClassVar, get_args

from mentionwatch.errors import SourceError
from mentionwatch.messages import Page, Request, Response, Secret
from mentionwatch.model import Brand, Item, ItemKind, Term
from mentionwatch.sources.protocols import ExplainsErrors, HasFullParser, NeedsFullParser, Source
from mentionwatch.sources.registry import RESERVED_OPTIONS, describe, options
from mentionwatch.text import clean, one_line
from mentionwatch.urls import host_of, is_web

__all__ = ["NO_ANSWERS", "RequestContract", "SourceContract", "assert_sound", "parse"]

#: What servers give in place of an answer.
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
_ODD_TERMS = (
    "C++", ".NET", 'Say "Acme"', "a", "コーヒー", "ＡＣＭＥ", "قهوة", "&W", "%2F..", "#?/\\", "x" * 5000, "🦊", "\u200b"
)  # fmt: skip
_ODD_CHECKPOINTS = ("", "0", "-1", "not a checkpoint", "9" * 400, "\u0661\u0662", '{"a": 1}')
_ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, 10**30, 1e300, "", "\ud800\x1b[31m\u202e", "x" * 600, [], {}, [[[]]], {"a": {"a": {}}}, [None, 7]
)  # fmt: skip
#: More pages than a source may request of a server that keeps giving the same one.
_TOO_MANY = 200


def parse(source: Source, response: Response) -> Page:
    """As a scan does it: the full parser where the quick one steps aside."""
    try:
        return source.parse(response)
    except NeedsFullParser:
        assert isinstance(source, HasFullParser), "only a source with a full parser may step aside"
        return source.parse_fully(response)


def assert_sound(item: Item, platform: str) -> None:
    """An item as everything after this may take it for granted."""
    assert item.platform == platform
    assert item.kind in get_args(ItemKind)
    assert item.external_id or item.url
    for line in (item.title, item.external_id, item.author.name, item.author.handle, *item.tags, *item.handles):
        assert line is None or line == one_line(line, 100_000) != ""
    assert item.text == clean(item.text).strip()
    urls = (item.url, item.parent_url, item.author.url, *item.links, *item.same_as)
    assert all(url is None or is_web(url) for url in urls)
    assert len(set(item.links)) == len(item.links)
    assert item.url not in (*item.links, *item.same_as)
    assert not [tag for tag in item.tags if tag.startswith("#")]
    assert all(handle.startswith("@") for handle in item.handles)
    if item.published_at is not None:
        assert (item.published_at.utcoffset(), item.published_at.microsecond) == (timedelta(0), 0)
    counts = (*asdict(item.engagement).values(), item.author.followers)
    assert all(count is None or type(count) is int for count in counts)


class RequestContract:
    """What a source declares and asks; set ``source``."""

    source: Source
    brands: tuple[Brand, ...] = (
        Brand(
            "Acme Coffee",
            terms=(
                Term("name", "Acme Coffee"),
                Term("hashtag", "#acmecoffee"),
                Term("handle", "@acme"),
                Term("url", "acme.example"),
            ),
        ),
    )
    now: ClassVar[datetime] = datetime(2026, 11, 21, 8, tzinfo=UTC)

    def asked(
        self, checkpoints: Mapping[str, str] | None = None, brands: tuple[Brand, ...] | None = None
    ) -> list[Request]:
        """The requests the source makes."""
        known = MappingProxyType(dict(checkpoints or {}))
        return list(self.source.requests(self.brands if brands is None else brands, known, self.now))

    def test_is_a_value(self) -> None:
        """A source is a frozen dataclass: a copy is equal, and none changes."""
        copied = pickle.loads(pickle.dumps(self.source))

        assert vars(type(self.source))["__dataclass_params__"].frozen
        assert copied == self.source
        assert hash(copied) == hash(self.source)

    def test_describes_itself(self) -> None:
        """``sources --types`` has a line for what it asks, what account it needs and what it cannot see."""
        about = describe(type(self.source))
        for line in (about.asks, about.account, about.limitations):
            assert one_line(line) == line != ""
            assert len(line) <= 160
        assert about.asks.endswith(".")
        assert self.source.platform == self.source.platform.lower().strip() != ""

    def test_declares_polite_limits(self) -> None:
        """Requests are spaced, pages bounded, polls a minute apart at least."""
        limits = type(self.source).limits
        assert limits.min_interval >= 0
        assert 1 <= limits.concurrency <= 4
        assert 1 <= limits.pages <= 100
        assert limits.every >= 60
        assert limits.per_day is None or limits.per_day > 0

    def test_explains_its_options(self) -> None:
        """Each option has a sentence of help, and one is the address asked."""
        found = options(type(self.source))
        for option in found:
            assert len(option.help) > 10, f"{option.name} has no help"
            assert option.name not in RESERVED_OPTIONS
        assert sum(option.address for option in found) == 1, "one option is the address: server, base_url or url"

    def test_asks_the_same_every_time(self) -> None:
        """Requests follow from the brands, the checkpoints and the time alone."""
        assert self.asked() == self.asked() != []

    def test_asks_each_question_once(self) -> None:
        """Two brands that share their terms do not double the requests; a query key is short and printable."""
        again = tuple(replace(brand, name=f"{brand.name} again") for brand in self.brands)
        keys = [request.query_key for request in self.asked(brands=(*self.brands, *again))]

        assert len(set(keys)) == len(keys)
        assert all(key == one_line(key, 200) != "" for key in keys)

    def test_asks_only_its_server(self) -> None:
        """Every request is the first page of its query, and goes to the address in the configuration."""
        for request in self.asked():
            self.assert_goes_home(request)
            assert (request.page, request.since, request.page_state) == (0, None, None)
            assert request.method in ("GET", "POST")

    def test_shows_no_secret(self) -> None:
        """No token stands in an address, a plain parameter or anything that is printed."""
        shown = [repr(self.source), str(self.source)]
        for request in self.asked():
            shown += [request.url, repr(request), str(request), *(str(value) for _, value in request.params)]
        for secret in self.secrets():
            assert not [text for text in shown if secret in text]

    def test_lives_with_a_checkpoint_it_never_wrote(self) -> None:
        """A checkpoint of an older version, or a damaged one, does not stop a scan."""
        keys = [request.query_key for request in self.asked()]
        for odd in _ODD_CHECKPOINTS:
            assert [request.query_key for request in self.asked(dict.fromkeys(keys, odd))] == keys

    def test_asks_for_odd_brands(self) -> None:
        """Terms in any script, with quotes, symbols or of great length make requests, not errors."""
        kinds: tuple[Any, ...] = ("name", "hashtag", "handle", "url", "query")
        odd = Brand("Odd", terms=tuple(Term(kind, text) for kind in kinds for text in _ODD_TERMS))
        for request in self.asked(brands=(odd, Brand("Nothing"))):
            self.assert_goes_home(request)
            assert all(len(str(value).encode()) <= 1000 for _, value in request.params)

    def assert_goes_home(self, request: Request) -> None:
        """The request goes over http(s), and to the host in the option that holds the address if it was set."""
        assert is_web(request.url) is (request.mail is None), request.url
        for option in options(type(self.source)):
            value = getattr(self.source, option.name)
            if option.address and isinstance(value, str) and value != option.default:
                assert host_of(request.url) == host_of(value), request.url

    def secrets(self) -> Iterator[str]:
        """The secrets among the source's options, in plain text."""
        for option in options(type(self.source)):
            value = getattr(self.source, option.name)
            if isinstance(value, Secret) and not option.address:
                yield value.reveal()


class SourceContract(RequestContract):
    """And what it reads; set ``answer`` as well."""

    #: The body of a response that holds items, and the query it responds to: the first one where none is named.
    answer: bytes
    query_key: str | None = None

    def request(self) -> Request:
        """The request that ``answer`` responds to."""
        return next(one for one in self.asked() if self.query_key in (None, one.query_key))

    def response(self, body: bytes | None = None, status: int = 200) -> Response:
        """A response to it."""
        request, body = self.request(), self.answer if body is None else body
        return Response(request, status, request.url, {}, body, self.now)

    def parsed(self, body: bytes | None = None) -> Page | None:
        """The page a body is, every item of it sound; ``None`` where the source refuses it with an error of its own."""
        try:
            page = parse(self.source, self.response(body))
        except SourceError as error:
            message = error.message
            assert message.isprintable()
            assert message != ""
            return None
        for item in page.items:
            assert_sound(item, self.source.platform)
        return page

    def test_reads_its_answer(self) -> None:
        """It holds items; reading changes nothing, and what was read can go to another process and back."""
        page = self.parsed()

        assert page is not None
        assert page.items
        assert page == self.parsed() == pickle.loads(pickle.dumps(page))

    def test_goes_on_from_its_checkpoint(self) -> None:
        """What a page gave as its checkpoint comes back in the next scan's request for the same query."""
        page = self.parsed()
        assert page is not None
        assert page.checkpoint is not None
        assert len(page.checkpoint.encode()) <= 4096
        key = self.request().query_key
        (again,) = (one for one in self.asked({key: page.checkpoint}) if one.query_key == key)
        assert again.since is not None

    def test_tells_no_answer_from_an_empty_one(self) -> None:
        """A login page, a captcha, prose, an empty body, half an answer: an error of this source, never "0 items"."""
        for what, body in NO_ANSWERS.items():
            assert self.parsed(body) is None, what

    def test_an_empty_value_is_empty_or_an_error(self) -> None:
        """Whether ``[]`` is an answer is for the platform to say; it is never items."""
        for body in (b"[]", b"{}", b"[{}]", b"[[]]", b'{"items": []}'):
            page = self.parsed(body)
            assert page is None or (page.items, page.next) == ((), None)

    def test_notices_an_answer_cut_off(self) -> None:
        """Half an answer is an error, or says that it is incomplete."""
        whole = self.parsed()
        assert whole is not None
        for part in range(1, 20):
            page = self.parsed(self.answer[: len(self.answer) * part // 20])
            assert page is None or page.incomplete or page.items == whole.items, f"cut at {part}/20"

    def test_fields_of_the_wrong_type_cost_only_themselves(self) -> None:
        """Whatever stands where in a JSON answer, the source reads the rest or says it does not understand."""
        try:
            value = json.loads(self.answer)
        except ValueError:
            return
        for place in _places(value):
            for odd in _ODD_VALUES:
                self.parsed(json.dumps(_changed(value, place, odd)).encode())

    def test_leaves_a_server_that_repeats_itself(self) -> None:
        """A server that gives the same page for ever is left after a bounded number of pages."""
        key = self.request().query_key
        for since in ("0", "1", "100000000", "2020-01-01T00:00:00Z"):
            (request,) = (one for one in self.asked({key: since}) if one.query_key == key)
            for _ in range(_TOO_MANY):
                following = parse(self.source, replace(self.response(), request=request)).next
                if following is None:
                    break
                assert (following.query_key, following.since) == (request.query_key, request.since)
                assert following.page == request.page + 1
                assert host_of(following.url) == host_of(request.url)
                assert not [secret for secret in self.secrets() if secret in repr(following)]
                request = following
            else:
                raise AssertionError(f"still going after {_TOO_MANY} pages")

    def test_explains_error_answers_safely(self) -> None:
        """What a server says in an error is read with the same care, and not repeated raw."""
        if not isinstance(self.source, ExplainsErrors):
            return
        hostile = "\x1b]0;owned\x07 token scope tag \u202e" + "".join(self.secrets())
        said = (json.dumps({key: hostile}).encode() for key in ("error", "message"))
        bodies = (*NO_ANSWERS.values(), b"[]", b"{}", *said)
        for status in (400, 401, 403, 404, 410, 422, 429, 500, 503):
            for body in bodies:
                read = self.source.explain(self.response(body, status))
                if isinstance(read, Page):
                    assert (read.items, status) == ((), 404)
                elif read is not None:
                    assert read.message.isprintable()
                    assert read.status == status


def _places(value: object, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a JSON value; within a list, entries of the same keys are read alike and looked into once."""
    if isinstance(value, dict):
        for key in value:
            yield (*here, key)
            yield from _places(value[key], (*here, key))
    elif isinstance(value, list):
        seen = set()
        for index, inner in enumerate(value):
            yield (*here, index)
            shape = frozenset(inner) if isinstance(inner, dict) else None
            if shape is None or shape not in seen:
                yield from _places(inner, (*here, index))
            seen.add(shape)


def _changed(value: Any, place: tuple[str | int, ...], odd: object) -> Any:
    made = copy.deepcopy(value)
    inner = made
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = odd
    return made
