"""libcurl keeps to what it is told: no default of its own decides where we go, what is sent and what is read."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import httpx
import pycurl
import pytest
import trustme

from mentionwatch.env import Env
from mentionwatch.errors import BlockedAddress, SourceError, UnexpectedResponse, Unreachable
from mentionwatch.fetch import Fetcher
from mentionwatch.fetch.address_policy import Families, resolve
from mentionwatch.fetch.certificates import Certificates
from mentionwatch.fetch.curl_handle import new_curl
from mentionwatch.fetch.curl_transport import CurlTransport
from mentionwatch.fetch.transport import TransportRequest
from mentionwatch.messages import Request, Response, Secret
from support.servers import Answer, HttpServer, origins, redirect
from support.stream_servers import Line, StreamServer
from support.waiting import PATIENCE

FEED = b"<rss/>"


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as made:
        made.otherwise = Answer(FEED)
        yield made


@pytest.fixture
def transport() -> Iterator[CurlTransport]:
    made = CurlTransport(Certificates({}), Families(), resolve)
    yield made
    made.close()


def asked(
    url: str,
    *,
    method: str = "GET",
    headers: list[tuple[bytes, bytes]] | None = None,
    content: bytes = b"",
    may_be_private: bool = True,
) -> TransportRequest:
    return TransportRequest(
        method=method,
        url=httpx.URL(url),
        headers=headers or [],
        content=content,
        shown="host",
        left=lambda: PATIENCE,
        deadline=PATIENCE,
        most=1_000_000,
        may_be_private=may_be_private,
    )


def get(server: HttpServer, path: str = "/", env: Env | None = None, **options: object) -> Response:
    with Fetcher(env or Env(environ={}), user_agent="x", allowed_hosts=origins(server)) as fetcher:
        answer = fetcher.fetch(Request("q", server.url(path), **options))  # type: ignore[arg-type]
    assert isinstance(answer, Response)
    return answer


# ── defaults that are switched off ──


@pytest.mark.parametrize("scheme", ["file", "ftp", "gopher", "dict", "telnet", "tftp", "smtp", "imap", "ws"])
def test_it_speaks_http_and_nothing_else(scheme: str) -> None:
    """By itself libcurl reads ``file:///etc/passwd``."""
    curl = new_curl(Certificates({}))
    curl.setopt(pycurl.URL, f"{scheme}://{'/etc/passwd' if scheme == 'file' else '127.0.0.1:9/x'}")

    with pytest.raises(pycurl.error) as told:
        curl.perform_rb()

    assert told.value.args[0] == pycurl.E_UNSUPPORTED_PROTOCOL
    curl.close()


@pytest.mark.parametrize("name", ["http_proxy", "all_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_process_is_none_of_ours(server: HttpServer, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Which there is, is read once and by us: the socket callback would see the proxy's address alone."""
    with HttpServer() as proxy:
        monkeypatch.setenv(name, proxy.url(""))
        assert get(server).body == FEED
        assert proxy.requests == []


def test_an_exemption_of_the_process_is_none_of_ours(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to go through the proxy does."""
    monkeypatch.setenv("no_proxy", "*")
    env = Env(environ={"http_proxy": server.url("")})
    with Fetcher(env, user_agent="x") as fetcher:
        fetcher.fetch(Request("q", "http://feeds.example/feed"))

    assert server.requests[0].target == "http://feeds.example/feed"


def test_no_password_of_the_users_files_is_sent(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """``~/.netrc`` is for curl, not for us."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login jo password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    get(server)

    assert "authorization" not in server.requests[0].headers


def test_content_comes_as_it_was_sent(server: HttpServer, transport: CurlTransport) -> None:
    """libcurl here can unpack gzip and brotli; a cap must hold for what comes out, so that is ours."""
    packed = gzip.compress(FEED)
    server.routes["/gzip"] = Answer(packed, headers={"Content-Encoding": "gzip"})
    server.routes["/br"] = Answer(FEED, headers={"Content-Encoding": "br"})

    assert b"".join(transport.send(asked(server.url("/gzip"))).chunks) == packed
    assert b"".join(transport.send(asked(server.url("/br"))).chunks) == FEED


def test_redirects_are_answers(server: HttpServer, transport: CurlTransport) -> None:
    """Where they lead is checked above."""
    server.routes["/old"] = redirect("/new")
    answer = transport.send(asked(server.url("/old")))

    assert (answer.status, dict(answer.headers)[b"location"]) == (302, b"/new")
    assert b"".join(answer.chunks) == b""
    assert len(server.requests) == 1


def test_a_request_holds_what_it_was_given(server: HttpServer, transport: CurlTransport) -> None:
    """No User-Agent, Accept, Expect or form's type of libcurl's own, and an empty field is sent as one."""
    url, headers = server.url("/a%2fb/%2e%2e/?"), [(b"X-Empty", b""), (b"A", b"b")]
    answer = transport.send(asked(url, method="POST", content=b"x" * 900_000, headers=headers))
    answer.close()
    assert answer.status == 200
    sent = server.requests[0]

    assert sent.target == httpx.URL(url).raw_path.decode()
    assert dict(sent.headers) == {
        "host": f"127.0.0.1:{server.port}", "a": "b", "x-empty": "", "content-length": "900000",
    }  # fmt: skip
    transport.send(asked(server.url("/next"))).close()
    assert (server.requests[1].method, server.requests[1].body) == ("GET", b"")
    assert "content-length" not in server.requests[1].headers


def test_an_address_is_looked_at_before_it_is_connected_to(server: HttpServer, transport: CurlTransport) -> None:
    """However it was come by: here nothing above has looked."""
    with pytest.raises(BlockedAddress, match="host is a private address"):
        transport.send(asked(server.url("/"), may_be_private=False))

    assert server.connections == 0


def test_a_connection_for_one_is_no_way_in_for_another(server: HttpServer, transport: CurlTransport) -> None:
    """It was opened for a request that may go to a private address, and is still open."""
    assert b"".join(transport.send(asked(server.url("/"))).chunks) == FEED
    with pytest.raises(BlockedAddress):
        transport.send(asked(server.url("/"), may_be_private=False))

    assert len(server.requests) == 1


# ── connections ──


def test_a_connection_that_has_ended_is_not_asked_over(server: HttpServer) -> None:
    """libcurl looks once a second; a server that hangs up after each answer would cost each second try."""
    server.otherwise = Answer(FEED, length=len(FEED))
    with Fetcher(Env(environ={}), user_agent="x", allowed_hosts=origins(server)) as fetcher:
        for _ in range(5):
            answer = fetcher.fetch(Request("q", server.url("/")))
            assert isinstance(answer, Response)

    assert len(server.requests) == 5


def test_what_comes_unasked_is_never_the_next_answer(transport: CurlTransport) -> None:
    """A server may say more after its answer has been read."""
    more = threading.Event()

    def speak(line: Line) -> None:
        line.answer("200 OK", b"first")
        more.wait(PATIENCE)
        line.answer("200 OK", b"evil")
        said.set()
        line.wait_for_end()

    said = threading.Event()
    with StreamServer(speak) as server:
        assert b"".join(transport.send(asked(server.url)).chunks) == b"first"
        more.set()
        assert said.wait(PATIENCE)
        assert b"".join(transport.send(asked(server.url)).chunks) == b"first"
        assert len(server.lines) == 2


def test_a_family_that_is_dead_costs_one_run_a_moment(server: HttpServer) -> None:
    """A host with many IPv6 addresses that do not answer is reached over IPv4, and the next one at once."""
    with mute_ipv6(server.port):

        def resolver(host: str, port: int) -> Sequence[str]:
            return ["::1", "::1", "::1", "::1", "::1", "127.0.0.1"]

        named = frozenset({f"{name}.example:{server.port}" for name in ("one", "two")})
        with Fetcher(Env(environ={}), user_agent="x", private_hosts=named, resolver=resolver) as fetcher:
            for name in ("one", "two"):
                answer = fetcher.fetch(Request("q", server.url("/", host=f"{name}.example")))
                assert isinstance(answer, Response)


def test_an_address_of_one_link_stands_in_no_others_way(server: HttpServer) -> None:
    """What a name of the local network leads to, often enough, beside one that all can reach."""
    named = frozenset({f"printer.local:{server.port}"})
    found = ["fe80::1%lo", "127.0.0.1"]
    with Fetcher(Env(environ={}), user_agent="x", allowed_hosts=named, resolver=lambda host, port: found) as fetcher:
        answer = fetcher.fetch(Request("q", server.url("/", host="printer.local")))

    assert isinstance(answer, Response)


class mute_ipv6:
    """A port of ``::1`` that takes no connection and refuses none: its queue is full."""

    def __init__(self, port: int) -> None:
        self._sockets: list[socket.socket] = []
        listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        try:
            listener.bind(("::1", port))
        except OSError:
            listener.close()
            pytest.skip("no IPv6 here")
        listener.listen(0)
        self._sockets.append(listener)
        for _ in range(3):
            one = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
            one.setblocking(False)
            one.connect_ex(("::1", port))
            self._sockets.append(one)

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        for one in self._sockets:
            one.close()


def test_nothing_is_left_when_a_fetcher_is_closed(server: HttpServer) -> None:
    """The thread that runs libcurl ends, and whoever still waits is told."""
    server.routes["/hang"] = Answer(hang=True)
    before = set(threading.enumerate())
    with ThreadPoolExecutor(1) as pool:
        with Fetcher(Env(environ={}), user_agent="x", allowed_hosts=origins(server)) as fetcher:
            waiting = pool.submit(fetcher.fetch, Request("q", server.url("/hang"), method="POST"))
            fetcher.fetch(Request("q", server.url("/")))
        with pytest.raises(SourceError):
            waiting.result(PATIENCE)

    assert not [one for one in threading.enumerate() if one.name == "network" and one not in before]


# ── HTTP/2 ──


class Http2Server:
    """Answers every request over HTTP/2, and counts connections and requests."""

    def __init__(self, context: ssl.SSLContext) -> None:
        context.set_alpn_protocols(["h2", "http/1.1"])
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[dict[str, str]] = []
        self.connections = 0
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Http2Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._sockets:
            one.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._threads.append(threading.Thread(target=self._serve, args=(plain,), daemon=True))
            self._threads[-1].start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            with self._context.wrap_socket(plain, server_side=True) as line:
                self._sockets.append(line)
                assert line.selected_alpn_protocol() == "h2"
                state = h2.connection.H2Connection(
                    h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
                )
                state.initiate_connection()
                line.sendall(state.data_to_send())
                while data := line.recv(65_536):
                    for event in state.receive_data(data):
                        if isinstance(event, h2.events.RequestReceived):
                            self.requests.append({str(name): str(value) for name, value in event.headers})
                            state.send_headers(event.stream_id, [(":status", "200"), ("etag", '"2"')])
                            state.send_data(event.stream_id, FEED, end_stream=True)
                    line.sendall(state.data_to_send())
        except (OSError, ValueError):
            return


def test_http2_is_spoken_where_it_is_offered(tmp_path: Path) -> None:
    """One connection carries what is asked of a host, also at once."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with Http2Server(context) as server:
        named = frozenset({f"127.0.0.1:{server.port}"})
        with Fetcher(Env(environ={"SSL_CERT_FILE": str(bundle)}), user_agent="x", allowed_hosts=named) as fetcher:

            def fetch(n: int) -> Response:
                headers: dict[str, str | Secret] = {"X-Key": Secret("k3y"), "Connection": "keep-alive"}
                request = Request("q", f"https://127.0.0.1:{server.port}/{n}", headers=headers)
                answer = fetcher.fetch(request, concurrency=8)
                assert isinstance(answer, Response)
                return answer

            first = fetch(0)
            with ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(fetch, range(1, 30)))

    assert {(answer.body, answer.validators.etag) for answer in (first, *answers)} == {(FEED, '"2"')}
    assert server.connections == 1
    assert {(asked[":authority"], asked["x-key"]) for asked in server.requests} == {(f"127.0.0.1:{server.port}", "k3y")}


# ── what libcurl counts nowhere ──


def test_a_chunk_extension_without_end_is_cut() -> None:
    """libcurl passes over the extensions of chunks, however long they are: gigabytes until the deadline."""
    sent: list[int] = []

    def stuff(line: Line) -> None:
        line.socket.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;")
        while not line.ended.is_set():
            sent.append(line.socket.send(b"x" * 65_536))

    with (
        StreamServer(stuff) as server,
        Fetcher(Env(environ={}), user_agent="x", allowed_hosts=frozenset({f"127.0.0.1:{server.port}"})) as fetcher,
        pytest.raises(UnexpectedResponse, match="without end"),
    ):
        fetcher.fetch(Request("q", server.url))

    # Besides what was counted, what the two systems' buffers hold.
    assert sum(sent) < 100_000_000


def test_an_answer_that_ends_within_its_head_is_asked_for_once_more() -> None:
    """It is the connection that broke, and not a server that cannot speak HTTP."""
    with (
        StreamServer(lambda line: line.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")) as server,
        Fetcher(Env(environ={}), user_agent="x", allowed_hosts=frozenset({f"127.0.0.1:{server.port}"})) as fetcher,
    ):
        with pytest.raises(Unreachable, match="closed the connection"):
            fetcher.fetch(Request("q", server.url))

        assert len(server.lines) == 2
