"""A real HTTP/1.1 server on 127.0.0.1 that answers what a test tells it to, well-behaved or hostile.

    with HttpServer() as server:
        server.routes["/feed"] = Answer(FEED, headers={"ETag": '"1"'})
        ...
        assert server.requests[0].headers["if-none-match"] == '"1"'

Every wait in here ends when the server closes, so no test leaves a thread or a socket behind.
"""

from __future__ import annotations

import contextlib
import gzip
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urlsplit

from support.waiting import PATIENCE, join

#: No answer is longer than this, whatever a test asks for: a lost client must not fill the machine's memory.
MOST_BYTES = 64_000_000
#: A request head or body longer than this closes the connection.
MOST_REQUEST = 1_000_000
#: The first byte of a client that speaks TLS.
_TLS_HANDSHAKE = b"\x16"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived; header names are lower-case, ``connection`` counts from 1."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        """The target without its query; of an absolute target (a proxy is asked so) the path alone."""
        return urlsplit(self.target).path or "/"

    @property
    def query(self) -> str:
        return urlsplit(self.target).query


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send. Without any of the options below ``headers``, an honest answer with its length.

    ``raw`` is sent as it is in place of everything else, and then the connection is closed.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = ()
    reason: str | None = None
    raw: bytes | None = None
    #: Answer 304 with the same ``ETag``/``Last-Modified`` to a request that names one of them.
    conditional: bool = False
    #: ``Content-Length`` to claim in place of the true one.
    length: int | None = None
    chunked: bool = False
    #: Close after so many bytes of the body.
    cut: int | None = None
    #: Send the body over and over (without a length) until the client leaves.
    endless: bool = False
    #: Seconds between two bytes of the body (``drip``) or of the head (``drip_head``).
    drip: float = 0.0
    drip_head: float = 0.0
    #: Say nothing until the client leaves.
    hang: bool = False
    #: Close without a word: with a reset (``reset``) or decently (``hang_up``).
    reset: bool = False
    hang_up: bool = False


#: An answer, one a request (the last one stays), or what makes one of the request.
Route = Answer | Sequence[Answer] | Callable[[Asked], Answer]


class _OnAPort(Protocol):
    port: int


def origins(*servers: _OnAPort) -> frozenset[str]:
    """Servers of this machine as a configuration would name them: ``host:port``."""
    return frozenset(f"127.0.0.1:{server.port}" for server in servers)


def redirect(to: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": to})


def bomb(megabytes: int, encoding: str = "gzip", *, times: int = 1) -> Answer:
    """Zeros, compressed ``times`` over; the decoded size is ``megabytes`` million bytes."""
    body = b"".join(_gzip_zeros(megabytes))
    for _ in range(times - 1):
        body = gzip.compress(body)
    return Answer(body, headers={"Content-Encoding": ", ".join([encoding] * times), "Content-Type": "text/xml"})


def _gzip_zeros(megabytes: int) -> Iterator[bytes]:
    # Members of one million zeros each: a legal gzip file, made without holding what it decodes to.
    member = gzip.compress(bytes(1_000_000))
    for _ in range(megabytes):
        yield member


@dataclass(slots=True)
class _Life:
    """What the threads of one server share."""

    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    sockets: set[socket.socket] = field(default_factory=set)
    threads: list[threading.Thread] = field(default_factory=list)
    connections: int = 0


class Target(Protocol):
    """Where a tunnel may lead."""

    host: str
    port: int


class HttpServer:
    """Listens from construction on; ``close`` ends every connection and waits for every thread."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.routes: dict[str, Route] = {}
        #: What is answered where no route says otherwise.
        self.otherwise: Route = Answer(b"nothing here", status=404, headers={"Content-Type": "text/plain"})
        self.requests: list[Asked] = []
        #: Where a CONNECT leads, whatever host it names: this server is then a proxy.
        self.tunnel: Target | None = None
        self._served: dict[int, int] = {}
        self._tls = tls
        self._life = _Life()
        self._listener = socket.create_server((host, 0), backlog=128)
        self.host = host
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name="test-server", daemon=True)
        self._acceptor.start()

    @property
    def connections(self) -> int:
        """How many connections were accepted so far."""
        return self._life.connections

    @property
    def origin(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    def url(self, path: str, host: str | None = None) -> str:
        """The address of a path, by another name of this server when ``host`` is given."""
        return f"{'https' if self._tls else 'http'}://{host or self.host}:{self.port}{path}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._life.ended.set()
        with contextlib.suppress(OSError):  # wakes accept()
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        join(self._acceptor, "the server to stop accepting")
        with self._life.lock:
            for connection in self._life.sockets:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._life.threads:
            join(thread, "a connection of the server to end")

    def _accept(self) -> None:
        while not self._life.ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._life.lock:
                self._life.connections += 1
                number = self._life.connections
                self._life.sockets.add(connection)
                thread = threading.Thread(target=self._serve, args=(connection, number), daemon=True)
                self._life.threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket, number: int) -> None:
        connection = plain
        try:
            plain.settimeout(PATIENCE)
            if self._tls is None and plain.recv(1, socket.MSG_PEEK) == _TLS_HANDSHAKE:
                # As servers do; the line that a request begins with would never come.
                plain.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                return
            if self._tls is not None:
                # What close() shuts down must be known before the client has to answer.
                connection = self._tls.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
                with self._life.lock:
                    self._life.sockets.add(connection)
                connection.do_handshake()
            with connection.makefile("rb") as stream:
                while not self._life.ended.is_set():
                    asked = _read_request(stream.readline, stream.read, number)
                    if asked is None or not self._reply(connection, asked):
                        break
        except (OSError, ValueError):
            pass  # the client left, or spoke no HTTP: what it did is in `requests` as far as it came
        finally:
            with self._life.lock:
                self._life.sockets -= {plain, connection}
            connection.close()
            plain.close()

    def _reply(self, connection: socket.socket, asked: Asked) -> bool:
        """Answers; true when the connection may be used again."""
        with self._life.lock:
            self.requests.append(asked)
            route = self.routes.get(asked.path, self.otherwise)
            if isinstance(route, Sequence):
                turn = self._served.get(id(route), 0)
                self._served[id(route)] = turn + 1
                route = route[min(turn, len(route) - 1)]
        if asked.method == "CONNECT" and self.tunnel is not None:
            self._relay(connection, self.tunnel)
            return False
        answer = route(asked) if callable(route) else route
        if answer.hang:
            connection.settimeout(0.05)
            while not self._life.ended.is_set():
                with contextlib.suppress(TimeoutError):
                    if not connection.recv(1024):
                        return False
            return False
        if answer.reset:
            # An abortive close: the peer sees ECONNRESET, as from a crashed server or a middlebox.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            return False
        if answer.hang_up:
            return False
        if answer.raw is not None:
            connection.sendall(answer.raw)
            return False
        return self._send(connection, asked, answer)

    def _relay(self, connection: socket.socket, target: Target) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection((target.host, target.port), PATIENCE) as beyond:
            other = {connection: beyond, beyond: connection}
            while not self._life.ended.is_set():
                for ready in select.select(list(other), [], [], 0.05)[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    other[ready].sendall(data)

    def _send(self, connection: socket.socket, asked: Asked, answer: Answer) -> bool:
        pairs = list(answer.headers.items() if isinstance(answer.headers, Mapping) else answer.headers)
        names = {name.lower(): value for name, value in pairs}
        status, body = answer.status, answer.body
        if answer.conditional and _unchanged(asked, names):
            status, body = 304, b""
            pairs = [(name, value) for name, value in pairs if name.lower() in ("etag", "last-modified")]
        if answer.chunked:
            pairs.append(("Transfer-Encoding", "chunked"))
        elif not answer.endless and status != 304:
            pairs.append(("Content-Length", str(len(body) if answer.length is None else answer.length)))
        reason = answer.reason if answer.reason is not None else _phrase(status)
        head = f"HTTP/1.1 {status} {reason}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in pairs) + "\r\n"
        self._write(connection, head.encode("utf-8", "surrogateescape"), answer.drip_head)
        if asked.method == "HEAD":
            return True
        if answer.endless:
            piece, sent = body or b"\0" * 65536, 0
            while sent < MOST_BYTES and not self._life.ended.is_set():
                self._write(connection, piece, answer.drip)
                sent += len(piece)
            return False
        if answer.chunked:
            body = _chunks(body)
        whole = len(body) if answer.cut is None else answer.cut
        self._write(connection, body[:whole], answer.drip)
        return answer.cut is None and answer.length is None and asked.headers.get("connection") != "close"

    def _write(self, connection: socket.socket, data: bytes, pause: float) -> None:
        if not pause:
            connection.sendall(data)
            return
        for at in range(len(data)):
            connection.sendall(data[at : at + 1])
            if self._life.ended.wait(pause):
                return


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unheard Of"


def _unchanged(asked: Asked, names: Mapping[str, str]) -> bool:
    etag, since = asked.headers.get("if-none-match"), asked.headers.get("if-modified-since")
    return (etag is not None and etag == names.get("etag")) or (
        etag is None and since is not None and since == names.get("last-modified")
    )


def _chunks(body: bytes, size: int = 1000) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def _read_request(readline: Callable[[int], bytes], read: Callable[[int], bytes], connection: int) -> Asked | None:
    line = readline(MOST_REQUEST)
    if not line.strip():
        return None
    method, target, _version = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (field_line := readline(MOST_REQUEST)) not in (b"\r\n", b"\n", b""):
        name, _, value = field_line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    length = min(int(headers.get("content-length", "0")), MOST_REQUEST)
    return Asked(method, target, headers, read(length) if length else b"", connection)
