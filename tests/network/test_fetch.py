"""What a fetch promises, over real sockets on loopback."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import trustme

from mentionwatch.env import Env
from mentionwatch.errors import (
    AuthFailed,
    BlockedAddress,
    Forbidden,
    Gone,
    RateLimited,
    ServerError,
    SourceError,
    TimedOut,
    TooLarge,
    UnexpectedResponse,
    Unreachable,
)
from mentionwatch.fetch import Fetcher, user_agent
from mentionwatch.fetch.content_decoding import UnknownCoding
from mentionwatch.messages import NotModified, Request, Response, Secret, Validators
from support.servers import Answer, Asked, HttpServer, bomb, origins, redirect
from support.waiting import DEADLINES, PATIENCE

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FEED = b"<rss><channel><title>Acme</title></channel></rss>"

Make = Callable[..., Fetcher]


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as made:
        yield made


@pytest.fixture
def make(server: HttpServer) -> Iterator[Make]:
    """Makes fetchers that may go to the server, and closes them."""
    made: list[Fetcher] = []

    def maker(env: Env | None = None, **options: object) -> Fetcher:
        settings: dict[str, object] = {"user_agent": "mentionwatch/0 (+https://acme.example/bot)"}
        settings |= {"allowed_hosts": origins(server), **options}
        made.append(Fetcher(env or Env(now=lambda: NOW, environ={}), **settings))  # type: ignore[arg-type]
        return made[-1]

    yield maker
    for fetcher in made:
        fetcher.close()


@pytest.fixture
def fetcher(make: Make) -> Fetcher:
    return make()


def get(fetcher: Fetcher, url: str, **options: object) -> Response:
    answer = fetcher.fetch(Request("q", url, **options))  # type: ignore[arg-type]
    assert isinstance(answer, Response)
    return answer


class Internet:
    """Names with public addresses, behind which are servers on loopback."""

    def __init__(self) -> None:
        self.names: dict[str, Sequence[str]] = {}
        self.servers: dict[str, HttpServer] = {}
        self.dialled: list[str] = []

    def resolve(self, host: str, port: int) -> Sequence[str]:
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return self.names[host]

    def dial(self, address: str, port: int, seconds: float) -> socket.socket:
        self.dialled.append(address)
        if address not in self.servers:
            raise ConnectionRefusedError(111, "refused")
        return socket.create_connection(("127.0.0.1", self.servers[address].port), seconds)

    def at(self, name: str, address: str, server: HttpServer) -> str:
        self.names[name] = [address]
        self.servers[address] = server
        return f"http://{name}"


@pytest.fixture
def internet() -> Internet:
    return Internet()


@pytest.fixture
def abroad(make: Make, internet: Internet) -> Fetcher:
    """A fetcher whose configuration names no host at all."""
    return make(allowed_hosts=frozenset(), resolver=internet.resolve, dial=internet.dial)


# ── what is asked ──


def test_a_request_says_who_asks_and_what_is_accepted(fetcher: Fetcher, server: HttpServer) -> None:
    server.routes["/feed"] = Answer(FEED, headers={"Content-Type": "text/xml"})
    answer = get(fetcher, server.url("/feed"), accept="application/rss+xml")
    asked = server.requests[0]
    assert (asked.method, asked.target) == ("GET", "/feed")
    assert asked.headers["host"] == f"127.0.0.1:{server.port}"
    assert asked.headers["user-agent"] == "mentionwatch/0 (+https://acme.example/bot)"
    assert asked.headers["accept"] == "application/rss+xml"
    assert asked.headers["accept-encoding"] == "gzip"
    assert not {"if-none-match", "if-modified-since", "cookie", "authorization"} & set(asked.headers)
    assert (answer.status, answer.body, answer.url) == (200, FEED, server.url("/feed"))
    assert answer.headers["content-type"] == "text/xml"
    assert answer.received_at == NOW


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ("https://acme.example/bot", "mentionwatch/1.2 (+https://acme.example/bot)"),
        (None, "mentionwatch/1.2"),
        ("", "mentionwatch/1.2"),
        ("a\r\nX-Evil: 1 (b)", "mentionwatch/1.2 (+aX-Evil:1b)"),
    ],
)
def test_the_user_agent_is_honest_and_one_line(contact: str | None, said: str) -> None:
    assert user_agent("1.2", contact) == said


def test_parameters_are_added_to_the_query_that_is_there(fetcher: Fetcher, server: HttpServer) -> None:
    server.otherwise = Answer(b"{}")
    get(fetcher, server.url("/s?a=1&q=old#part"), params=(("q", "acme coffee & co"), ("tag", "x"), ("tag", "é")))
    assert server.requests[0].target == "/s?a=1&q=old&q=acme+coffee+%26+co&tag=x&tag=%C3%A9"


def test_a_sources_own_headers_replace_ours_but_not_those_that_frame_the_message(
    fetcher: Fetcher, server: HttpServer
) -> None:
    server.otherwise = Answer(b"{}")
    headers = {"USER-AGENT": "special", "Accept": "x/y", "Host": "evil.example", "Content-Length": "99", "X-A": "1"}
    get(fetcher, server.url("/"), headers=headers)
    asked = server.requests[0].headers
    assert (asked["user-agent"], asked["accept"], asked["x-a"]) == ("special", "x/y", "1")
    assert asked["host"] == f"127.0.0.1:{server.port}"
    assert "content-length" not in asked


def test_json_is_posted_with_its_secrets_revealed(fetcher: Fetcher, server: HttpServer) -> None:
    server.otherwise = Answer(b"{}")
    get(fetcher, server.url("/login"), method="POST", json={"user": "jo", "password": Secret("pässword")})
    asked = server.requests[0]
    assert asked.method == "POST"
    assert json.loads(asked.body) == {"user": "jo", "password": "pässword"}
    assert asked.headers["content-type"] == "application/json"


def test_user_and_password_in_an_address_are_sent_and_never_shown(fetcher: Fetcher, server: HttpServer) -> None:
    server.routes["/feed"] = Answer(FEED)
    answer = get(fetcher, server.url("/feed", host="jo%40x:p%C3%A4ss@127.0.0.1"))
    assert server.requests[0].headers["authorization"] == "Basic am9AeDpww6Rzcw=="
    assert answer.url == server.url("/feed")


def test_a_secret_with_a_line_feed_at_its_end_is_sent_without(fetcher: Fetcher, server: HttpServer) -> None:
    server.otherwise = Answer(b"{}")
    get(fetcher, server.url("/"), headers={"Authorization": Secret("Bearer t0ken\n")})
    assert server.requests[0].headers["authorization"] == "Bearer t0ken"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\0b", "a\x1b[0m"])
def test_a_header_that_would_be_two_is_refused_without_saying_it(fetcher: Fetcher, value: str) -> None:
    with pytest.raises(BlockedAddress) as told:
        fetcher.fetch(Request("q", "http://127.0.0.1:9/", headers={"X-Key": Secret(value)}))
    assert told.value.message == "the header X-Key holds characters that cannot be sent"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed.xml",
        "/feed",
        "http://",
        "http:///x",
        "http://[::1",
        "http://a b/",
        "http://x:99999/",
        "http://x:y/",
        "http://a\\b/",
        "http://h:0/",
        "http://..",
        "http://[1:2]/",
    ],
)
def test_what_is_no_address_is_refused(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(BlockedAddress, match=r"invalid|address"):
        fetcher.fetch(Request("q", url))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:1", "gopher://127.0.0.1/"])
def test_other_schemes_than_the_webs_are_refused(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(BlockedAddress, match="http:// or https://"):
        fetcher.fetch(Request("q", url))


def test_a_name_of_another_script_is_asked_in_its_ascii_form(abroad: Fetcher, internet: Internet) -> None:
    with HttpServer() as server:
        server.otherwise = Answer(FEED)
        internet.at("xn--bcher-kva.example", "1.2.3.4", server)
        assert get(abroad, "http://bücher.example/über").body == FEED
        assert server.requests[0].headers["host"] == "xn--bcher-kva.example"
        assert server.requests[0].target == "/%C3%BCber"


# ── nothing changed ──


def test_an_unchanged_answer_is_told_as_such(fetcher: Fetcher, server: HttpServer) -> None:
    when = "Sat, 21 Nov 2026 10:00:00 GMT"
    server.routes["/feed"] = Answer(FEED, headers={"ETag": 'W/"1"', "Last-Modified": when}, conditional=True)
    first = get(fetcher, server.url("/feed"))
    assert first.validators == Validators('W/"1"', when)
    second = fetcher.fetch(first.request, first.validators)
    assert isinstance(second, NotModified)
    assert second.validators == first.validators
    assert server.requests[1].headers["if-none-match"] == 'W/"1"'
    assert server.requests[1].headers["if-modified-since"] == when


def test_a_304_may_bring_new_validators(fetcher: Fetcher, server: HttpServer) -> None:
    server.routes["/feed"] = Answer(status=304, headers={"ETag": '"2"'})
    answer = fetcher.fetch(Request("q", server.url("/feed")), Validators('"1"', "Sat, 21 Nov 2026 10:00:00 GMT"))
    assert isinstance(answer, NotModified)
    assert answer.validators == Validators('"2"', "Sat, 21 Nov 2026 10:00:00 GMT")


def test_a_304_that_nobody_asked_for_is_an_error(fetcher: Fetcher, server: HttpServer) -> None:
    server.routes["/feed"] = Answer(status=304)
    with pytest.raises(UnexpectedResponse, match="304"):
        fetcher.fetch(Request("q", server.url("/feed")))


@pytest.mark.parametrize("etag", ["x" * 2000, '"é"', '"\x01"'])
def test_odd_validators_are_not_kept(fetcher: Fetcher, server: HttpServer, etag: str) -> None:
    server.routes["/feed"] = Answer(FEED, headers={"ETag": etag})
    assert get(fetcher, server.url("/feed")).validators == Validators()


def test_a_part_of_an_answer_is_no_answer(fetcher: Fetcher, server: HttpServer) -> None:
    server.routes["/feed"] = Answer(FEED, status=206, headers={"ETag": '"1"'})
    with pytest.raises(UnexpectedResponse, match="206"):
        fetcher.fetch(Request("q", server.url("/feed")))


# ── bodies ──


def zlib_bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(FEED)),
        ("x-gzip", gzip.compress(FEED)),
        ("GZip", gzip.compress(FEED)),
        ("deflate", zlib.compress(FEED)),
        ("deflate", zlib_bare(FEED)),
        ("identity", FEED),
        ("", FEED),
        ("gzip", FEED),
        ("gzip", gzip.compress(FEED[:10]) + gzip.compress(FEED[10:])),
        ("gzip", gzip.compress(FEED) + b"\0" * 100),
        ("gzip", b""),
    ],
    ids=["gzip", "x-gzip", "capitals", "zlib", "bare", "identity", "none", "a lie", "members", "padded", "empty"],
)
@pytest.mark.parametrize("chunked", [False, True], ids=["whole", "chunked"])
def test_a_body_is_unpacked_however_it_was_packed(
    fetcher: Fetcher, server: HttpServer, encoding: str, body: bytes, chunked: bool
) -> None:
    server.routes["/feed"] = Answer(body, headers={"Content-Encoding": encoding}, chunked=chunked)
    assert get(fetcher, server.url("/feed")).body == (FEED if body else b"")


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "deflate, gzip", "compress", "x-evil\x1b[31m"])
def test_a_packing_nobody_asked_for_is_refused(fetcher: Fetcher, server: HttpServer, encoding: str) -> None:
    server.routes["/feed"] = Answer(gzip.compress(FEED), headers={"Content-Encoding": encoding})
    with pytest.raises(UnknownCoding, match="unsupported compression") as told:
        fetcher.fetch(Request("q", server.url("/feed")))
    assert told.value.message.isprintable()


@pytest.mark.parametrize("label", ["UTF-8", "binary", "8bit", "aws-chunked", "none, utf-8", "br", "x-\x1b[31m"])
@pytest.mark.parametrize("body", [FEED, b"\xef\xbb\xbf" + FEED, b'\n {"a": 1}', b"[]", b""])
def test_a_label_of_what_is_no_coding_loses_no_source(
    fetcher: Fetcher, server: HttpServer, label: str, body: bytes
) -> None:
    """Some servers write the charset there, or what their upload was wrapped in: what came is text and is read."""
    server.routes["/feed"] = Answer(body, headers={"Content-Encoding": label})
    assert get(fetcher, server.url("/feed")).body == body


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(gzip.compress(FEED)[:-12], headers={"Content-Encoding": "gzip"}), ServerError),
        (Answer(gzip.compress(FEED)[:-8] + bytes(8), headers={"Content-Encoding": "gzip"}), UnexpectedResponse),
        (Answer(gzip.compress(b"") * 5000, headers={"Content-Encoding": "gzip"}), UnexpectedResponse),
        (Answer(FEED, length=len(FEED) + 1, cut=len(FEED)), ServerError),
        (Answer(FEED, chunked=True, cut=20), ServerError),
        (Answer(FEED, cut=0), ServerError),
    ],
    ids=["cut gzip", "damaged gzip", "members without end", "short", "cut chunk", "nothing"],
)
def test_an_answer_that_is_not_whole_is_an_error(
    fetcher: Fetcher, server: HttpServer, answer: Answer, error: type[SourceError]
) -> None:
    server.routes["/feed"] = answer
    with pytest.raises(error, match=f"127.0.0.1:{server.port}"):
        fetcher.fetch(Request("q", server.url("/feed")))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"x" * 2_000_000),
        Answer(b"x", length=2_000_000),
        Answer(b"x" * 2_000_000, chunked=True),
        Answer(b"x" * 50_000, endless=True),
        Answer(b"\0" * 50_000, endless=True, headers={"Content-Encoding": "deflate"}),
        Answer(gzip.compress(b""), endless=True, headers={"Content-Encoding": "gzip"}),
        bomb(200),
        bomb(200, "deflate"),
    ],
    ids=[
        "large",
        "said to be large",
        "chunks",
        "endless",
        "endless nonsense",
        "endless nothing",
        "bomb",
        "not deflate",
    ],
)
def test_no_answer_is_larger_than_the_cap_nor_takes_much_more_memory(
    make: Make, server: HttpServer, answer: Answer
) -> None:
    server.routes["/feed"] = answer
    fetcher = make(max_bytes=1_000_000)
    tracemalloc.start()
    try:
        with pytest.raises((TooLarge, UnexpectedResponse), match=f"127.0.0.1:{server.port}"):
            fetcher.fetch(Request("q", server.url("/feed")))
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_an_answer_of_exactly_the_cap_is_taken(make: Make, server: HttpServer) -> None:
    body = b"x" * 1_000_000
    server.routes["/plain"] = Answer(body)
    server.routes["/gzip"] = Answer(gzip.compress(body), headers={"Content-Encoding": "gzip"})
    fetcher = make(max_bytes=1_000_000)
    assert get(fetcher, server.url("/plain")).body == get(fetcher, server.url("/gzip")).body == body


# ── deadlines ──


@pytest.mark.parametrize(
    "answer",
    [
        Answer(hang=True),
        Answer(FEED, drip=0.05),
        Answer(FEED, drip_head=0.05),
        Answer(FEED, drip=0.05, chunked=True),
        Answer(b" ", drip=0.01, endless=True),
    ],
    ids=["silence", "slow body", "slow head", "slow chunks", "endless drip"],
)
def test_nothing_takes_longer_than_the_deadline(make: Make, server: HttpServer, answer: Answer) -> None:
    server.routes["/feed"] = answer
    with pytest.raises(TimedOut, match=rf"^127\.0\.0\.1:{server.port} .* no complete response within 0\.2 s$"):
        make(deadline=0.2).fetch(Request("q", server.url("/feed")))


def test_a_slow_error_is_still_that_error(make: Make, server: HttpServer) -> None:
    """Where its head came in time: its body never comes whole."""
    server.routes["/feed"] = Answer(b" ", drip=0.01, endless=True, status=500)
    for deadline in DEADLINES:
        with pytest.raises((ServerError, TimedOut)) as caught:
            make(deadline=deadline).fetch(Request("q", server.url("/feed")))
        if isinstance(caught.value, ServerError):
            break
    assert isinstance(caught.value, ServerError)
    assert "500" in caught.value.message


def test_the_deadline_is_one_for_all_redirects(make: Make, server: HttpServer) -> None:
    """Five steps of half the deadline each are not taken."""
    for step in range(5):
        server.routes[f"/{step}"] = Answer(
            status=302, headers={"Location": f"/{step + 1}", "X-Pad": "x" * 10}, drip_head=0.002
        )
    server.routes["/5"] = Answer(FEED)
    with pytest.raises(TimedOut):
        make(deadline=0.25).fetch(Request("q", server.url("/0")))
    assert len(server.requests) < 6


def test_a_resolver_that_hangs_does_not_hold_us(make: Make) -> None:
    woken = threading.Event()

    def resolver(host: str, port: int) -> Sequence[str]:
        woken.wait(PATIENCE)
        return []

    try:
        with pytest.raises(TimedOut, match=r"slow\.example"):
            make(deadline=0.1, resolver=resolver).fetch(Request("q", "http://slow.example/"))
    finally:
        woken.set()


# ── errors ──


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, UnexpectedResponse),
        (401, AuthFailed),
        (402, UnexpectedResponse),
        (403, Forbidden),
        (404, UnexpectedResponse),
        (408, ServerError),
        (410, Gone),
        (418, UnexpectedResponse),
        (429, RateLimited),
        (451, UnexpectedResponse),
        (499, UnexpectedResponse),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (504, ServerError),
        (599, ServerError),
        (666, ServerError),
        (999, ServerError),
        (300, UnexpectedResponse),
        (305, UnexpectedResponse),
        (399, UnexpectedResponse),
    ],
)
def test_each_status_is_somebodys_fault(
    fetcher: Fetcher, server: HttpServer, status: int, error: type[SourceError]
) -> None:
    server.routes["/feed"] = Answer(b"why", status=status, reason="\x1b[31mStrange\x9b", headers={"X-Why": "a\x1bb"})
    with pytest.raises(SourceError) as told:
        fetcher.fetch(Request("q", server.url("/feed?key=value")))
    assert type(told.value) is error
    assert told.value.status == status
    assert str(status) in told.value.message
    assert f"127.0.0.1:{server.port}" in told.value.message
    assert told.value.message.isprintable()
    assert "key=value" not in told.value.message
    response = told.value.response
    assert response is not None
    assert (response.status, response.body, response.headers["x-why"]) == (status, b"why", "a b")


def test_a_limit_says_until_when(fetcher: Fetcher, server: HttpServer) -> None:
    server.routes["/feed"] = Answer(status=429, headers={"Retry-After": "120"})
    server.routes["/down"] = Answer(status=503, headers={"Retry-After": "Sat, 21 Nov 2026 13:00:00 GMT"})
    server.routes["/silent"] = Answer(status=429)
    with pytest.raises(RateLimited, match="2026-11-21 12:02 UTC") as told:
        fetcher.fetch(Request("q", server.url("/feed")))
    assert told.value.until == NOW + timedelta(minutes=2)
    with pytest.raises(RateLimited) as told:
        fetcher.fetch(Request("q", server.url("/down")))
    assert told.value.until == NOW + timedelta(hours=1)
    with pytest.raises(RateLimited) as told:
        fetcher.fetch(Request("q", server.url("/silent")))
    assert told.value.until is None


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (Answer(b"x" * 100_000, status=500), b"x" * 64_000),
        (Answer(gzip.compress(b'{"error": 1}'), status=400, headers={"Content-Encoding": "gzip"}), b'{"error": 1}'),
        (Answer(b"half", status=400, length=900, cut=4), b"half"),
        (Answer(bytes(1_000_000), status=400, headers={"Content-Encoding": "br"}), b""),
        (bomb(100), None),
    ],
    ids=["long", "gzip", "cut", "unknown packing", "bomb"],
)
def test_the_start_of_an_error_answer_is_there_to_be_explained(
    fetcher: Fetcher, server: HttpServer, answer: Answer, body: bytes | None
) -> None:
    if body is None:
        answer = Answer(answer.body, status=502, headers=answer.headers)
        body = bytes(64_000)
    server.routes["/feed"] = answer
    with pytest.raises(SourceError) as told:
        fetcher.fetch(Request("q", server.url("/feed")))
    assert told.value.response is not None
    assert told.value.response.body == body


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"<html>",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 100_000,
        b"HTTP/1.1 200 OK\r\nno field\r\n: none\r\nBad Name: x\r\n\r\n" + FEED,
        b"HTTP/1.1 200 OK\r\n" + b"X-Flood: 1\r\n" * 50_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 500_000 + b"\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50_000,
        b"HTTP/1.1 200 OK\r\nContent-Leng",
    ],
)
def test_what_is_not_http_is_told_as_such(fetcher: Fetcher, server: HttpServer, raw: bytes) -> None:
    server.routes["/feed"] = Answer(raw=raw)
    with pytest.raises((UnexpectedResponse, Unreachable), match=f"127.0.0.1:{server.port}") as told:
        fetcher.fetch(Request("q", server.url("/feed")))
    assert told.value.message.isprintable()


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.0 200 OK\r\n\r\n" + FEED,
        b"HTTP/1.1 200\r\n\r\n" + FEED,
        b"HTTP/1.1 200 OK\n\n" + FEED,
        b"HTTP/1.1 200 \xff\xfe\r\n\r\n" + FEED,
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + FEED,
        b"HTTP/1.1 200 OK\r\nX-Folded: a\r\n  b\r\n\r\n" + FEED,
        b"HTTP/1.1 200 OK\r\n: none\r\nBad Name: x\r\n\r\n" + FEED,
        b"HTTP/1.1 200 OK\r\nContent-Length: %d, %d\r\n\r\n" % (len(FEED), len(FEED)) + FEED + b"trailing",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n%X;ext=1\r\n%s\r\n0\r\nX: y\r\n\r\n" % (len(FEED), FEED),
    ],
)
def test_http_of_old_and_odd_servers_is_read(fetcher: Fetcher, server: HttpServer, raw: bytes) -> None:
    server.routes["/feed"] = Answer(raw=raw)
    assert get(fetcher, server.url("/feed")).body == FEED


def test_many_small_chunks_cost_little(fetcher: Fetcher, server: HttpServer) -> None:
    """They are legal, and none costs us a call."""
    chunks = b"000001\r\nx\r\n" * 200_000 + b"0\r\n\r\n"
    server.routes["/feed"] = Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    assert get(fetcher, server.url("/feed")).body == b"x" * 200_000


def test_a_chunk_whose_size_line_never_ends_is_not_whole(fetcher: Fetcher, server: HttpServer) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"
    server.routes["/feed"] = Answer(raw=head + b"x" * 200_000)
    with pytest.raises(ServerError, match="cut short"):
        get(fetcher, server.url("/feed"))


def test_repeated_headers_are_joined_and_cookies_are_not_kept(fetcher: Fetcher, server: HttpServer) -> None:
    headers = [("Link", "<a>"), ("link", "<b>"), ("Set-Cookie", "session=1"), ("X-Esc", "a\x1b]8;;\x07b\x9bc")]
    server.routes["/feed"] = Answer(FEED, headers=headers)
    answer = get(fetcher, server.url("/feed"))
    assert answer.headers["link"] == "<a>, <b>"
    assert "set-cookie" not in answer.headers
    assert all(value.isprintable() for value in answer.headers.values())
    get(fetcher, server.url("/feed"))
    assert "cookie" not in server.requests[1].headers


def test_nobody_at_home_is_told_with_the_mend(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match="connection refused; check the address and the network"):
        fetcher.fetch(Request("q", f"http://127.0.0.1:{port}/"), allowed_hosts=frozenset({f"127.0.0.1:{port}"}))


@pytest.mark.parametrize("host", ["nowhere.example", "x" * 64 + ".example", "a..b"])
def test_a_name_that_does_not_exist_is_told(abroad: Fetcher, host: str) -> None:
    with pytest.raises((Unreachable, BlockedAddress), match=r"no address is known|invalid"):
        abroad.fetch(Request("q", f"http://{host}/"))


# ── the second try ──


@pytest.mark.parametrize("broken", [Answer(reset=True), Answer(hang_up=True), Answer(FEED, cut=9)])
def test_a_broken_connection_is_tried_once_more(fetcher: Fetcher, server: HttpServer, broken: Answer) -> None:
    server.routes["/feed"] = [broken, Answer(FEED)]
    assert get(fetcher, server.url("/feed")).body == FEED
    server.routes["/never"] = [broken, broken, Answer(FEED)]
    with pytest.raises((Unreachable, ServerError)):
        get(fetcher, server.url("/never"))
    assert len(server.requests) == 4


def test_what_might_have_been_heard_is_not_posted_twice(fetcher: Fetcher, server: HttpServer) -> None:
    server.routes["/post"] = [Answer(hang_up=True), Answer(b"{}")]
    with pytest.raises(Unreachable):
        get(fetcher, server.url("/post"), method="POST", json={})
    assert len(server.requests) == 1


def test_slowness_is_not_tried_again(make: Make, server: HttpServer) -> None:
    server.routes["/feed"] = Answer(hang=True)
    for deadline in DEADLINES:
        server.requests.clear()
        with pytest.raises(TimedOut):
            make(deadline=deadline).fetch(Request("q", server.url("/feed")))
        if server.requests:  # on a busy machine the time may be over before the server was asked
            break
    assert len(server.requests) == 1


def test_a_connection_is_used_again_until_the_server_closes_it(fetcher: Fetcher, server: HttpServer) -> None:
    server.routes["/a"] = Answer(FEED)
    server.routes["/c"] = Answer(FEED, chunked=True)
    server.routes["/close"] = Answer(FEED, headers={"Connection": "close"})
    server.routes["/gone"] = Answer(status=304)
    for path in ("/a", "/c", "/a", "/close", "/a"):
        get(fetcher, server.url(path))
    assert [asked.connection for asked in server.requests] == [1, 1, 1, 1, 2]


def test_old_connections_that_died_unnoticed_cost_no_answer(fetcher: Fetcher, server: HttpServer) -> None:
    """The second try goes over a new connection, not over the next one that is dead as well."""
    both = threading.Barrier(2)
    seen: set[int] = set()

    def answer(asked: Asked) -> Answer:
        if asked.connection in seen:
            return Answer(hang_up=True)
        seen.add(asked.connection)
        if asked.path == "/both":
            both.wait(PATIENCE)
        return Answer(FEED)

    server.otherwise = answer
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: get(fetcher, server.url("/both")), range(2)))
    assert get(fetcher, server.url("/after")).body == FEED
    assert [asked.connection for asked in server.requests][2:] in ([1, 3], [2, 3])


def test_a_connection_with_something_unread_is_not_used_again(fetcher: Fetcher, server: HttpServer) -> None:
    """What a server sends beyond its answer must not be taken for the next one."""
    server.routes["/two"] = Answer(b"first" + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", length=5)
    server.routes["/a"] = Answer(FEED)
    assert get(fetcher, server.url("/two")).body == b"first"
    assert get(fetcher, server.url("/a")).body == FEED


# ── redirects ──


def test_redirects_are_followed_and_the_permanent_ones_reported(fetcher: Fetcher, server: HttpServer) -> None:
    server.routes |= {
        "/1": redirect("/2", 301),
        "/2": redirect(server.url("/3"), 308),
        "/3": redirect("4?x=1#part", 302),
        "/4": redirect("/5", 301),
        "/5": Answer(FEED),
    }
    answer = get(fetcher, server.url("/1"))
    assert (answer.body, answer.url) == (FEED, server.url("/5"))
    assert answer.moved_to == server.url("/3")
    assert server.requests[3].target == "/4?x=1"
    assert get(fetcher, server.url("/3")).moved_to is None


def test_a_moved_feed_may_be_unchanged(fetcher: Fetcher, server: HttpServer) -> None:
    server.routes["/old"] = redirect("/new", 301)
    server.routes["/new"] = Answer(FEED, headers={"ETag": '"1"'}, conditional=True)
    answer = fetcher.fetch(Request("q", server.url("/old")), Validators('"1"'))
    assert isinstance(answer, NotModified)
    assert answer.moved_to == answer.url == server.url("/new")


def test_five_redirects_are_enough(fetcher: Fetcher, server: HttpServer) -> None:
    for step in range(7):
        server.routes[f"/{step}"] = redirect(f"/{step + 1}")
    server.routes["/7"] = Answer(FEED)
    assert get(fetcher, server.url("/2")).body == FEED
    with pytest.raises(BlockedAddress, match="redirect loop"):
        get(fetcher, server.url("/1"))


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/über?q=né", "/%C3%BCber?q=n%C3%A9"),
        ("/a b", "/a%20b"),
        ("?page=2", "/feed/?page=2"),
        ("../x", "/x"),
        ("./a/../b#part", "/feed/b"),
        ("/%7Ejo/%zz", "/%7Ejo/%zz"),
    ],
)
def test_a_location_is_read_as_browsers_read_it(
    fetcher: Fetcher, server: HttpServer, location: str, target: str
) -> None:
    server.routes["/feed/"] = lambda asked: redirect(location) if asked.target == "/feed/" else Answer(FEED)
    server.otherwise = Answer(FEED)
    get(fetcher, server.url("/feed/"))
    assert server.requests[1].target == target


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://feeds.example/x",
        "gopher://127.0.0.1:70/_x",
        "javascript:alert(1)",
        "data:text/xml,<rss/>",
        "http://",
        "http://[::1",
        "https:///x",
        "http://a:99999/",
        "http://\x1b[31m/",
        "//",
        "",
    ],
)
def test_redirects_that_lead_nowhere_on_the_web_are_refused(
    fetcher: Fetcher, server: HttpServer, location: str
) -> None:
    server.routes["/feed"] = redirect(location)
    with pytest.raises((BlockedAddress, UnexpectedResponse), match="redirect") as told:
        fetcher.fetch(Request("q", server.url("/feed")))
    assert told.value.message.isprintable()


def test_an_api_answers_at_its_own_address(fetcher: Fetcher, server: HttpServer) -> None:
    server.routes["/api"] = redirect("https://elsewhere.example/\x1b[31mlogin?token=t0psecret", 302)
    with pytest.raises(BlockedAddress, match=r"https://elsewhere\.example/%20\[31mlogin") as told:
        get(fetcher, server.url("/api"), follow_redirects=False, params=(("token", Secret("t0psecret")),))
    assert "t0psecret" not in told.value.message
    assert told.value.message.isprintable()


def test_a_post_is_not_sent_on(fetcher: Fetcher, server: HttpServer) -> None:
    server.routes["/api"] = redirect("/other", 307)
    with pytest.raises(BlockedAddress):
        get(fetcher, server.url("/api"), method="POST", json={})
    assert len(server.requests) == 1


# ── secrets ──


def test_secrets_go_to_the_requests_own_host_only(abroad: Fetcher, internet: Internet) -> None:
    with HttpServer() as home, HttpServer() as other:
        ours = internet.at("api.example", "1.2.3.4", home)
        theirs = internet.at("other.example", "1.2.3.5", other)
        home.routes["/start"] = redirect("/next")
        home.routes["/next"] = redirect(f"{theirs}/end")
        other.routes["/end"] = Answer(b"{}")
        get(
            abroad,
            ours.replace("://", "://jo:passw0rd@") + "/start",
            headers={"X-Api-Key": Secret("k3y-value"), "X-Plain": "p"},
            params=(("token", Secret("t0psecret")), ("q", "acme")),
        )
        assert home.requests[0].query == "token=t0psecret&q=acme"
        assert [asked.headers.get("x-api-key") for asked in home.requests] == ["k3y-value", "k3y-value"]
        assert not {"x-api-key", "authorization", "x-plain"} & set(other.requests[0].headers)
        assert "secret" not in other.requests[0].target
        other.routes["/end"] = redirect(f"{ours}/chosen-by-others")
        home.routes["/chosen-by-others"] = Answer(b"{}")
        get(abroad, f"{ours}/start", headers={"X-Api-Key": Secret("k3y-value")})
        assert home.requests[-1].path == "/chosen-by-others"
        assert "x-api-key" not in home.requests[-1].headers
        assert other.requests[0].headers["user-agent"].startswith("mentionwatch/")


def test_another_port_of_the_same_host_is_another_host(make: Make, server: HttpServer) -> None:
    with HttpServer() as other:
        server.routes["/start"] = redirect(other.url("/end"))
        other.routes["/end"] = Answer(b"{}")
        get(
            make(allowed_hosts=origins(server, other)),
            server.url("/start"),
            headers={"Authorization": Secret("Bearer t0ken")},
        )
        assert "authorization" not in other.requests[0].headers


def test_secrets_are_in_no_answer_and_no_message(fetcher: Fetcher, server: HttpServer) -> None:
    secret = "s3cr+t/välue"
    request = Request(
        "q", server.url("/api"), params=(("key", Secret(secret)), ("q", "x")), headers={"Authorization": Secret(secret)}
    )
    server.routes["/api"] = Answer(b"{}")
    answer = fetcher.fetch(request)
    assert isinstance(answer, Response)
    assert answer.url == server.url("/api?q=x")
    assert server.requests[0].query == "key=s3cr%2Bt%2Fv%C3%A4lue&q=x"
    server.routes["/api"] = lambda asked: redirect(f"/echo?{asked.query}", 301)
    server.routes["/echo"] = Answer(b"{}")
    answer = fetcher.fetch(request)
    assert isinstance(answer, Response)
    assert answer.url == server.url("/echo?key=***&q=x")
    assert answer.moved_to is None
    assert "s3cr" not in repr(answer)
    for broken in (Answer(status=500), Answer(status=401), Answer(reset=True), redirect("http://10.0.0.1/?s3cr+t/x")):
        server.routes["/api"] = broken
        with pytest.raises(SourceError) as told:
            fetcher.fetch(request)
        assert "s3cr" not in repr(told.value)
        assert "s3cr" not in repr(told.value.response)


def test_a_wrong_token_and_a_missing_one_have_different_mends(fetcher: Fetcher, server: HttpServer) -> None:
    server.routes["/api"] = Answer(status=401)
    with pytest.raises(AuthFailed, match="renew"):
        get(fetcher, server.url("/api"), headers={"Authorization": Secret("Bearer old")})
    with pytest.raises(AuthFailed, match="requires a token"):
        get(fetcher, server.url("/api"))


# ── private addresses ──

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[fd00::1]",
    "[ff02::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "localhost",
    "LOCALHOST.",
    "x.localhost",
    "printer.local",
    "metadata.google.internal",
    "router.home.arpa",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "127.1",
    "0177.0.0.1",
    "127.0.0.1.",
    "①②⑦.⓪.⓪.①",
]


@pytest.mark.parametrize("host", PRIVATE)
def test_a_server_cannot_send_us_into_our_own_network(abroad: Fetcher, internet: Internet, host: str) -> None:
    with HttpServer() as server:
        start = internet.at("feeds.example", "1.2.3.4", server)
        server.routes["/feed"] = redirect(f"http://{host}/secret")
        with pytest.raises(BlockedAddress):
            abroad.fetch(Request("q", f"{start}/feed"), allowed_hosts=frozenset({"feeds.example"}))
        assert internet.dialled == ["1.2.3.4"]


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.1.1%eth0", "::1", "::ffff:10.0.0.1", "fe80::1%eth0"]
)
def test_a_name_that_leads_into_our_own_network_is_no_way_round(
    abroad: Fetcher, internet: Internet, address: str
) -> None:
    with HttpServer() as server:
        start = internet.at("feeds.example", "1.2.3.4", server)
        internet.names["inside.example"] = [address]
        server.routes["/feed"] = redirect("http://inside.example/secret")
        with pytest.raises(BlockedAddress, match=r"inside\.example is a private address"):
            abroad.fetch(Request("q", f"{start}/feed"))
        assert internet.dialled == ["1.2.3.4"]


def test_the_address_that_was_checked_is_the_one_connected_to(make: Make, internet: Internet) -> None:
    """A name server that answers differently the second time (DNS rebinding) is asked once only."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["1.2.3.4"] if len(asked) == 1 else ["127.0.0.1"]

    with HttpServer() as server:
        server.otherwise = Answer(FEED, headers={"Connection": "close"})
        internet.servers["1.2.3.4"] = server
        fetcher = make(allowed_hosts=frozenset(), resolver=rebinding, dial=internet.dial)
        get(fetcher, "http://rebind.example/")
        with pytest.raises(BlockedAddress):
            get(fetcher, "http://rebind.example/")
        assert internet.dialled == ["1.2.3.4"]


def test_of_a_names_addresses_only_public_ones_are_tried_and_all_of_them(abroad: Fetcher, internet: Internet) -> None:
    with HttpServer() as server:
        server.otherwise = Answer(FEED)
        internet.at("feeds.example", "1.2.3.4", server)
        internet.names["feeds.example"] = ["127.0.0.1", "2606:2800::1", "1.2.3.4"]
        assert get(abroad, "http://feeds.example/").body == FEED
        assert internet.dialled == ["2606:2800::1", "1.2.3.4"]


def test_a_family_that_failed_is_not_tried_again_in_this_run(abroad: Fetcher, internet: Internet) -> None:
    """Where the name has an address of the other; a host that has no other is tried all the same."""
    with HttpServer() as server:
        server.otherwise = Answer(FEED)
        for number, name in enumerate(("one.example", "two.example")):
            internet.at(name, f"1.2.3.{number}", server)
            internet.names[name] = ["2606:2800::1", f"1.2.3.{number}"]
            assert get(abroad, f"http://{name}/").body == FEED
        assert internet.dialled == ["2606:2800::1", "1.2.3.0", "1.2.3.1"]
        internet.at("six.example", "2606:2800::6", server)
        assert get(abroad, "http://six.example/").body == FEED


def test_a_host_the_user_named_may_be_private(abroad: Fetcher, server: HttpServer, internet: Internet) -> None:
    internet.at("wiki.corp.example", "10.0.0.5", server)
    server.routes["/feed"] = redirect("/new")
    server.routes["/new"] = Answer(FEED)
    request = Request("q", "http://wiki.corp.example/feed")
    named = frozenset({"Wiki.Corp.example"})
    with pytest.raises(BlockedAddress):  # a public name is what its owner says it is
        abroad.fetch(request, allowed_hosts=named)
    assert isinstance(abroad.fetch(request, allowed_hosts=named, private=True), Response)
    with pytest.raises(BlockedAddress):  # and the connection that is still open is no way in for others
        abroad.fetch(request)


def test_a_named_private_host_opens_no_door_to_its_other_ports(fetcher: Fetcher, server: HttpServer) -> None:
    with HttpServer() as database:
        server.routes["/feed"] = redirect(database.url("/_all_docs"))
        with pytest.raises(BlockedAddress, match=f"127.0.0.1:{database.port}"):
            get(fetcher, server.url("/feed"))
        assert database.requests == []


def test_a_next_link_leads_to_no_other_port_of_a_named_private_host(make: Make, server: HttpServer) -> None:
    """It is a stranger's word as a redirect is: what a request is made of allows it nothing."""
    with HttpServer() as database:
        following = Request("q", database.url("/_all_docs"), page=1)
        with pytest.raises(BlockedAddress, match=f"127.0.0.1:{database.port}"):
            make(allowed_hosts=frozenset()).fetch(following, allowed_hosts=origins(server))
        with pytest.raises(BlockedAddress):
            make(allowed_hosts=frozenset()).fetch(following, allowed_hosts=origins(server), private=True)
        assert database.connections == 0


# ── manners ──


def test_requests_to_one_host_are_spaced_and_other_hosts_do_not_wait(make: Make, server: HttpServer) -> None:
    clock = [100.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    env = Env(now=lambda: NOW, monotonic=lambda: clock[0], sleep=sleep, environ={})
    with HttpServer() as other:
        fetcher = make(env, allowed_hosts=origins(server, other))
        server.otherwise = other.otherwise = Answer(FEED)
        for host in (server, server, other, server):
            fetcher.fetch(Request("q", host.url("/")), spacing=10.0)
        clock[0] += 4
        fetcher.fetch(Request("q", server.url("/")), spacing=10.0)
    assert slept == [10.0, 10.0, 6.0]


def test_no_more_than_so_many_are_with_one_host_at_once(fetcher: Fetcher, server: HttpServer) -> None:
    inside, most = [0], [0]
    lock, both = threading.Lock(), threading.Barrier(2)

    def answer(asked: Asked) -> Answer:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        both.wait(PATIENCE)  # two must be here at once, or nobody gets an answer
        with lock:
            inside[0] -= 1
        return Answer(FEED)

    server.otherwise = answer
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: fetcher.fetch(Request("q", server.url("/")), concurrency=2), range(8)))
    assert most == [2]


def test_a_host_that_hangs_does_not_hold_up_others(make: Make, server: HttpServer) -> None:
    with HttpServer() as other, ThreadPoolExecutor(4) as pool:
        fetcher = make(allowed_hosts=origins(server, other))
        server.otherwise = Answer(hang=True)
        other.otherwise = Answer(FEED)
        stuck = [pool.submit(fetcher.fetch, Request("q", server.url("/")), concurrency=1) for _ in range(3)]
        assert get(fetcher, other.url("/")).body == FEED
        assert not any(future.done() for future in stuck)
        server.close()
        assert all(isinstance(future.exception(PATIENCE), Unreachable) for future in stuck)


def test_many_threads_share_one_fetcher(make: Make) -> None:
    servers = [HttpServer() for _ in range(5)]
    fetcher = make(allowed_hosts=origins(*servers))
    try:
        for number, server in enumerate(servers):
            server.otherwise = Answer(b"%d" % number, chunked=number % 2 == 0)
        with ThreadPoolExecutor(16) as pool:
            bodies = list(pool.map(lambda n: get(fetcher, servers[n % 5].url(f"/{n}")).body, range(200)))
        assert bodies == [b"%d" % (n % 5) for n in range(200)]
    finally:
        for server in servers:
            server.close()


# ── TLS ──


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls_server(authority: trustme.CA, *names: str) -> HttpServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return HttpServer(tls=context)


def test_tls_is_verified_by_name_against_the_authorities_the_environment_names(
    make: Make, authority: trustme.CA, internet: Internet, tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    trusting = Env(now=lambda: NOW, environ={"SSL_CERT_FILE": str(bundle)})
    with tls_server(authority, "secure.example") as server:
        server.otherwise = Answer(FEED)
        internet.at("secure.example", "1.2.3.4", server)
        internet.at("other.example", "1.2.3.5", server)
        options: dict[str, object] = {"resolver": internet.resolve, "dial": internet.dial}
        fetcher = make(trusting, **options)
        assert get(fetcher, "https://secure.example/").body == FEED
        assert get(fetcher, "https://secure.example/").body == FEED
        assert len({asked.connection for asked in server.requests}) == 1
        with pytest.raises(Unreachable, match=r"certificate of other\.example is not valid: Hostname mismatch"):
            get(fetcher, "https://other.example/")
        with pytest.raises(Unreachable, match=r"certificate of secure\.example is not valid"):
            get(make(**options), "https://secure.example/")


def test_what_does_not_speak_tls_is_told(fetcher: Fetcher, server: HttpServer) -> None:
    with pytest.raises(Unreachable, match=r"no secure connection to 127\.0\.0\.1"):
        get(fetcher, server.url("/").replace("http:", "https:"))


def test_a_wrong_certificate_file_is_told(make: Make, server: HttpServer) -> None:
    fetcher = make(Env(now=lambda: NOW, environ={"SSL_CERT_FILE": "/nowhere/ca.pem"}))
    with pytest.raises(Unreachable, match="SSL_CERT_FILE"):
        get(fetcher, server.url("/").replace("http:", "https:"))


# ── a transport in place of the network ──


def handed(handler: Callable[[httpx.Request], httpx.Response]) -> Env:
    return Env(now=lambda: NOW, environ={}, transport=httpx.MockTransport(handler))


def test_a_transport_stands_for_the_whole_network(make: Make) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/old":
            return httpx.Response(301, headers={"Location": "/new"})
        assert request.headers["accept-encoding"] == "gzip"
        return httpx.Response(200, content=request.read() or FEED, headers={"ETag": '"1"'})

    fetcher = make(handed(answer), allowed_hosts=frozenset())
    moved = get(fetcher, "https://feeds.example/old")
    assert (moved.body, moved.moved_to, moved.validators.etag) == (FEED, "https://feeds.example/new", '"1"')
    assert get(fetcher, "https://api.example/", method="POST", json={"a": 1}).body == b'{"a": 1}'


def test_the_caps_hold_for_a_transport_too(make: Make) -> None:
    clock = [0.0]

    def endless() -> Iterator[bytes]:
        while True:
            clock[0] += 1
            yield b"x"

    def answer(request: httpx.Request) -> httpx.Response:
        match request.url.path:
            case "/bomb":
                return httpx.Response(200, stream=httpx.ByteStream(bomb(50).body), headers={"Content-Encoding": "gzip"})
            case "/drip":
                return httpx.Response(200, content=endless())
            case "/inside":
                return httpx.Response(302, headers={"Location": "http://169.254.169.254/"})
            case "/timeout":
                raise httpx.ReadTimeout("slow")
            case "/refused":
                raise httpx.ConnectError("[Errno 111] Connection refused")
            case _:
                raise httpx.RemoteProtocolError("\x1b[31m")

    env = Env(now=lambda: NOW, monotonic=lambda: clock[0], environ={}, transport=httpx.MockTransport(answer))
    fetcher = make(env, max_bytes=1_000_000)
    for path, error in {
        "/bomb": TooLarge,
        "/drip": TimedOut,
        "/inside": BlockedAddress,
        "/timeout": TimedOut,
        "/refused": Unreachable,
        "/odd": UnexpectedResponse,
    }.items():
        with pytest.raises(error) as told:
            fetcher.fetch(Request("q", f"https://feeds.example{path}"))
        assert told.value.message.isprintable()


def test_only_a_transport_can_stand_for_the_network() -> None:
    with pytest.raises(TypeError, match="httpx"):
        Fetcher(Env(transport=object()), user_agent="x")
