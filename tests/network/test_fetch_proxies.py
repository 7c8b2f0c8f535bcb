"""Proxies from the environment: which one, and that it works with every promise of a direct fetch."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from mentionwatch.env import Env
from mentionwatch.errors import (
    BlockedAddress,
    Forbidden,
    ServerError,
    SourceError,
    TimedOut,
    TooLarge,
    UnexpectedResponse,
    Unreachable,
)
from mentionwatch.fetch import Fetcher
from mentionwatch.fetch.proxies import proxy_for
from mentionwatch.messages import NotModified, Request, Response, Secret, Validators
from support.servers import Answer, HttpServer, bomb, origins, redirect

FEED = b"<rss/>"


@pytest.mark.parametrize(
    ("environ", "address", "proxy"),
    [
        ({}, "http://a.example", None),
        ({"http_proxy": "http://p:3128"}, "http://a.example", "http://p:3128"),
        ({"http_proxy": "http://p:3128"}, "https://a.example", None),
        ({"https_proxy": "p:3128"}, "https://a.example", "http://p:3128"),
        ({"HTTPS_PROXY": "http://P:1"}, "https://a.example", "http://P:1"),
        ({"http_proxy": "http://p:1", "HTTP_PROXY": "http://q:2"}, "http://a.example", "http://p:1"),
        ({"http_proxy": "", "HTTP_PROXY": "http://q:2"}, "http://a.example", None),
        ({"HTTP_PROXY": "http://q:2", "REQUEST_METHOD": "GET"}, "http://a.example", None),
        ({"all_proxy": "socks5://s:1080"}, "https://a.example", "socks5://s:1080"),
        ({"ALL_PROXY": "socks5://s:1080", "https_proxy": "http://p:1"}, "https://a.example", "http://p:1"),
    ],
)
def test_which_proxy(environ: Mapping[str, str], address: str, proxy: str | None) -> None:
    scheme, _, host = address.partition("://")
    assert proxy_for(scheme, host, 80, environ) == proxy


@pytest.mark.parametrize(
    ("no_proxy", "host", "exempt"),
    [
        ("a.example", "a.example", True),
        ("A.Example", "a.example", True),
        ("a.example", "x.a.example", True),
        (".a.example", "x.a.example", True),
        (".a.example", "a.example", True),
        ("*.a.example", "x.a.example", True),
        ("a.example", "ba.example", False),
        ("b.example,a.example", "a.example", True),
        (" b.example , a.example ", "a.example.", True),
        ("b.example a.example", "a.example", True),
        ("*", "a.example", True),
        ("a.example:443", "a.example", True),
        ("a.example:80", "a.example", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::1", True),
        ("[::1]", "::1", True),
        ("[::1]:443", "::1", True),
        ("[::1]:80", "::1", False),
        ("fd00::/8", "fd12::5", True),
        ("", "a.example", False),
        (",,", "a.example", False),
        (".", "a.example", False),
        (":443", "a.example", False),
        ("bücher.example", "xn--bcher-kva.example", True),
        (".Bücher.example", "www.xn--bcher-kva.example", True),
    ],
)
def test_who_needs_no_proxy(no_proxy: str, host: str, exempt: bool) -> None:
    environ = {"https_proxy": "http://p:3128", "NO_PROXY": no_proxy}
    assert (proxy_for("https", host, 443, environ) is None) is exempt


@pytest.fixture
def proxy() -> Iterator[HttpServer]:
    with HttpServer() as made:
        yield made


def through(proxy: HttpServer, user: str = "", **environ: str) -> Env:
    address = f"http://{user}127.0.0.1:{proxy.port}"
    settings = {"http_proxy": address, "https_proxy": address, **environ}
    return Env(now=lambda: datetime(2026, 11, 21, tzinfo=UTC), environ=settings)


def test_a_page_comes_through_the_proxy_with_everything_a_direct_one_has(proxy: HttpServer) -> None:
    proxy.routes["/feed"] = Answer(FEED, headers={"ETag": '"1"'}, conditional=True)
    proxy.routes["/old"] = redirect("http://feeds.example/feed", 301)
    with Fetcher(through(proxy, "jo:p%40ss@"), user_agent="x") as fetcher:
        answer = fetcher.fetch(Request("q", "http://feeds.example/old"))
        assert isinstance(answer, Response)
        assert (answer.body, answer.moved_to) == (FEED, "http://feeds.example/feed")
        assert isinstance(fetcher.fetch(Request("q", "http://feeds.example/feed"), Validators('"1"')), NotModified)
    assert [asked.target for asked in proxy.requests] == [
        "http://feeds.example/old",
        "http://feeds.example/feed",
        "http://feeds.example/feed",
    ]
    assert {asked.headers["host"] for asked in proxy.requests} == {"feeds.example"}
    assert {asked.headers["proxy-authorization"] for asked in proxy.requests} == {"Basic am86cEBzcw=="}
    assert len({asked.connection for asked in proxy.requests}) <= 2


def test_an_exempt_host_is_asked_directly(proxy: HttpServer) -> None:
    with HttpServer() as server, Fetcher(through(proxy, no_proxy="127.0.0.1"), user_agent="x") as fetcher:
        server.routes["/feed"] = Answer(FEED)
        fetcher.fetch(Request("q", server.url("/feed")), allowed_hosts=origins(server))
        assert (len(server.requests), len(proxy.requests)) == (1, 0)


def test_tls_goes_through_a_tunnel_and_is_verified_at_its_end(proxy: HttpServer, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("secure.example").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with (
        HttpServer(tls=context) as server,
        Fetcher(through(proxy, SSL_CERT_FILE=str(bundle)), user_agent="x") as fetcher,
    ):
        proxy.tunnel = server
        server.routes["/feed"] = Answer(FEED)
        request = Request("q", "https://secure.example/feed", headers={"Authorization": Secret("Bearer t0ken")})
        answer = fetcher.fetch(request)
        assert isinstance(answer, Response)
        assert answer.body == FEED
        assert (proxy.requests[0].method, proxy.requests[0].target) == ("CONNECT", "secure.example:443")
        assert "authorization" not in proxy.requests[0].headers
        with pytest.raises(Unreachable, match=r"certificate of other\.example is not valid"):
            fetcher.fetch(Request("q", "https://other.example/feed"))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (bomb(50), TooLarge),
        (Answer(b"x" * 50_000, endless=True), TooLarge),
        (Answer(FEED, drip=0.1), TimedOut),
        (Answer(FEED, drip_head=0.1), TimedOut),
        (Answer(hang=True), TimedOut),
        (Answer(FEED, length=100, cut=3), ServerError),
        (Answer(reset=True), Unreachable),
        (Answer(hang_up=True), Unreachable),
        (Answer(raw=b"SSH-2.0\r\n\r\n"), UnexpectedResponse),
        (Answer(raw=b"HTTP/1.1 100 Continue\r\n\r\n" * 90_000), UnexpectedResponse),
        (Answer(status=403), Forbidden),
        (redirect("http://127.0.0.1/"), BlockedAddress),
        (redirect("http://localhost/"), BlockedAddress),
        (redirect("http://0x7f.1/"), BlockedAddress),
        (redirect("http://[::ffff:10.0.0.1]/"), BlockedAddress),
    ],
)
def test_the_bounds_hold_behind_a_proxy_too(proxy: HttpServer, answer: Answer, error: type[SourceError]) -> None:
    proxy.otherwise = answer
    deadline = 0.3 if error is TimedOut else 30
    with Fetcher(through(proxy), user_agent="x", max_bytes=1_000_000, deadline=deadline) as fetcher:
        with pytest.raises(error) as told:
            fetcher.fetch(Request("q", "http://feeds.example/feed"))
        assert told.value.message.isprintable()


def test_a_proxy_that_refuses_is_told_with_the_mend(proxy: HttpServer) -> None:
    proxy.otherwise = Answer(status=407, reason="\x1b[31mGo away")
    with Fetcher(through(proxy), user_agent="x") as fetcher:
        with pytest.raises(Unreachable, match=r"proxy .* secure\.example.* \(407\): check HTTP_PROXY") as told:
            fetcher.fetch(Request("q", "https://secure.example/"))
        assert told.value.message.isprintable()
        with pytest.raises(Unreachable, match=r"proxy .*407.*HTTP_PROXY"):
            fetcher.fetch(Request("q", "http://feeds.example/"))
    # Where no proxy was asked there is none to be set right.
    with (
        Fetcher(Env(), user_agent="x", allowed_hosts=origins(proxy)) as fetcher,
        pytest.raises(
            UnexpectedResponse, match="407 Proxy Authentication Required, as a proxy would: check the address"
        ),
    ):
        fetcher.fetch(Request("q", proxy.url("/")))


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1", "socks5://127.0.0.1:1", "ftp://p:1", "http://[", "http://p:x"]
)
def test_a_proxy_that_is_none_is_told(address: str) -> None:
    env = Env(environ={"all_proxy": address})
    with Fetcher(env, user_agent="x") as fetcher, pytest.raises(Unreachable):
        fetcher.fetch(Request("q", "http://feeds.example/"))
