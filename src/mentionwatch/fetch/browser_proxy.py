"""A way out for a browser: an HTTP proxy on loopback that connects to public addresses only, and bounds what comes.

A page that strangers wrote chooses what a browser asks next, and it must not choose the router, a neighbour's server or
a cloud's metadata service. So the browser is given no way out but this one: each name is resolved here, every address
is checked, and the address that was checked is the one connected to.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import threading
from collections.abc import Callable, Iterator
from types import TracebackType

from mentionwatch.errors import BlockedAddress
from mentionwatch.fetch import address_policy
from mentionwatch.fetch.connections import Dial, dial, open_connection

_HEAD = re.compile(rb"([A-Z]{3,10}) ([\x21-\x7e]{1,8000}) HTTP/1\.[01]\r\n")
_TARGET = re.compile(rb"(?:http://)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?(/.*)?")
_MOST_HEAD = 65_536
_READ = 65_536
# What one page may bring in all, and over how many connections: a video page fetches some 20 MB before it is drawn.
_MOST_BYTES = 60_000_000
_MOST_CONNECTIONS = 400
_AT_ONCE = 48
_CONNECT_SECONDS = 10.0


class FilteringProxy:
    """Listens on a free port of 127.0.0.1 from ``with`` to its end; ``seconds`` bounds each connection as well.

    ``allowed`` are the ``host:port`` that may have private addresses. ``refused`` are the hosts that
    were not connected to, ``exhausted`` says that the page wanted more than its share. ``resolver`` and ``dial`` stand
    in for the system's own in a test.
    """

    def __init__(
        self,
        *,
        allowed: frozenset[str] = frozenset(),
        seconds: float = 60.0,
        resolver: address_policy.Resolver = address_policy.resolve,
        dial: Dial = dial,
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._allowed = allowed
        self._seconds = seconds
        self._resolver = resolver
        self._dial = dial
        self._families = address_policy.Families()
        self._left = most_bytes
        self._count = 0
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._refused: dict[str, None] = {}
        self.exhausted = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_AT_ONCE)

    @property
    def port(self) -> int:
        port = self._listener.getsockname()[1]
        assert isinstance(port, int)
        return port

    @property
    def refused(self) -> tuple[str, ...]:
        """Hosts that were asked for and not connected to, each once."""
        with self._lock:
            return tuple(self._refused)

    def __enter__(self) -> FilteringProxy:
        self._start(self._accept)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        with self._lock:
            self._closed = True
            still = list(self._open)
        # A shutdown wakes whoever waits in accept() or recv(), which closing alone does not.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in still:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(self._seconds)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="browser-proxy", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._count += 1
                over = self._closed or self._count > _MOST_CONNECTIONS
                self.exhausted = self.exhausted or self._count > _MOST_CONNECTIONS
            if over:
                client.close()
                continue
            self._places.acquire()

            def serve(client: socket.socket = client) -> None:
                try:
                    with client, self._watched(client), contextlib.suppress(OSError):
                        self._serve(client)
                finally:
                    self._places.release()

            self._start(serve)

    @contextlib.contextmanager
    def _watched(self, one: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.add(one)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(one)

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(_CONNECT_SECONDS)
        head = b""
        while b"\r\n\r\n" not in head:
            more = client.recv(_READ)
            if not more or len(head) > _MOST_HEAD:
                return
            head += more
        line, target = _HEAD.match(head), None
        if line is not None:
            target = _TARGET.fullmatch(line[2])
        if line is None or target is None or int(target[2] or 80) > 65_535:
            client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        tunnel = line[1] == b"CONNECT"
        host = target[1].decode("ascii").strip("[]").lower()
        port = int(target[2] or (443 if tunnel else 80))
        server = self._connect(host, port)
        if server is None:
            client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        with server, self._watched(server):
            if tunnel:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                server.sendall(head[head.index(b"\r\n\r\n") + 4 :])
            else:
                # One request a connection: the next may be for a host that was not looked at.
                rest = re.sub(
                    rb"(?i)\r\n(?:proxy-connection|connection|keep-alive):[^\r\n]*", b"", head[line.end() - 2 :]
                )
                server.sendall(line[1] + b" " + (target[3] or b"/") + b" HTTP/1.1\r\nConnection: close" + rest)
            self._pipe(client, server)

    def _connect(self, host: str, port: int) -> socket.socket | None:
        """A connection to the first address of the host that may be and can be connected to."""
        try:
            return open_connection(
                self._resolver,
                self._dial,
                self._families,
                host,
                port,
                shown=host,
                left=lambda: _CONNECT_SECONDS,
                may_be_private=address_policy.may_be_private(host, port, self._allowed, host),
            )
        except BlockedAddress:
            with self._lock:
                self._refused[host] = None
        except OSError:
            pass
        return None

    def _pipe(self, client: socket.socket, server: socket.socket) -> None:
        """Carries bytes both ways until one side ends, nothing moves, or the page has had its share."""
        other = {client: server, server: client}
        client.settimeout(_CONNECT_SECONDS)
        server.settimeout(_CONNECT_SECONDS)
        while True:
            ready, _, _ = select.select([client, server], [], [], self._seconds)
            if not ready:
                return
            for one in ready:
                data = one.recv(_READ)
                with self._lock:
                    self._left -= len(data)
                    over = self._left < 0
                    self.exhausted = self.exhausted or over
                if not data or over:
                    return
                other[one].sendall(data)
