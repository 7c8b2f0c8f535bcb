"""The one door to the network: a call goes in, the head of an answer and its bytes come out.

Three doors, one interface: :class:`Direct` speaks HTTP/1.1 over a socket to an address that was checked,
:class:`Proxied` goes through the proxy the environment names, :class:`Handed` through a transport that a test or the
demo handed in. A faster one (libcurl, say) would be a fourth.

Why not ``httpx.Client``: its pool looks at every connection for every request and its request and response types cost
as much again, 1.1 ms of CPU for a 304 where one connection of the same library driven directly costs 0.4
(docs/fetching.md has the figures).
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpcore
import httpx

from mentionwatch.errors import NotUnderstood, Refused, Unreachable
from mentionwatch.fetch.addresses import Resolver, is_public, resolve_within
from mentionwatch.fetch.failures import TRANSPORT_ERRORS, from_connecting, from_transport, from_wire
from mentionwatch.fetch.wire import Head, Malformed, Pairs, Wire

# Idle connections kept for the next page of the same host: as many as a busy scan has API hosts.
_MOST_IDLE = 32
# Seconds. Common servers hang up after 5 to 75.
_IDLE_SECONDS = 10.0
# Addresses of one name that are tried.
_MOST_ADDRESSES = 4

#: Scheme, host and port.
Place = tuple[str, str, int]
#: From an address, a port and seconds to a connected socket; raises ``OSError``.
Dial = Callable[[str, int, float], socket.socket]


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one server. ``left`` gives the seconds until the deadline and raises ``TimeoutError`` after it.

    ``most`` is how many bytes may come over the wire, heads and chunk marks included.
    """

    method: str
    url: httpx.URL
    host: str
    port: int
    #: Host and port as messages show them.
    shown: str
    headers: Pairs
    content: bytes
    left: Callable[[], float]
    deadline: float
    may_be_private: bool
    most: int
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer, and its raw bytes as they come. ``close`` must be called, read or not."""

    status: int
    headers: Pairs
    chunks: Iterable[bytes]
    close: Callable[[], None]


class Door(Protocol):
    """Raises :class:`~mentionwatch.errors.SourceError` or :class:`~mentionwatch.fetch.failures.Broken`."""

    def send(self, call: Call) -> Answer: ...

    def close(self) -> None: ...


class Trust:
    """The TLS settings of a run, made when first needed (20 ms) and once.

    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` name certificate authorities in place of the bundled ones.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        """Raises :class:`~mentionwatch.errors.Unreachable` when the environment names files that are none."""
        with self._lock:
            if self._context is None:
                file, folder = self._environ.get("SSL_CERT_FILE"), self._environ.get("SSL_CERT_DIR")
                try:
                    if file or folder:
                        context = ssl.create_default_context(cafile=file or None, capath=folder or None)
                    else:
                        context = httpx.create_ssl_context(trust_env=False)
                except OSError:
                    raise Unreachable("SSL_CERT_FILE or SSL_CERT_DIR names no file of certificates") from None
                context.set_alpn_protocols(["http/1.1"])
                self._context = context
            return self._context


class _Current(threading.local):
    """The call this thread is busy with: the library underneath has no place to carry a deadline over all reads."""

    call: Call | None = None
    came: int = 0


class _Bounded(httpcore.NetworkStream):
    """A stream whose every wait ends at the call's deadline, and which counts what comes."""

    def __init__(self, inner: httpcore.NetworkStream, current: _Current) -> None:
        self._inner = inner
        self._current = current

    def _left(self) -> float | None:
        return None if self._current.call is None else self._current.call.left()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, self._left())
        current = self._current
        current.came += len(data)
        if current.call is not None and current.came > current.call.most:
            raise NotUnderstood(f"{current.call.shown} sends heads without end")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Bounded(self._inner.start_tls(ssl_context, server_hostname, self._left()), self._current)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


@dataclass(slots=True)
class _Line:
    """One open connection, and whether its other end is a public address."""

    wire: Wire
    public: bool
    idle_since: float = 0.0


class Direct:
    """Connects by itself: the address that was checked is the address connected to, TLS is verified by name."""

    def __init__(self, trust: Trust, resolver: Resolver, dial: Dial, monotonic: Callable[[], float]) -> None:
        self._trust = trust
        self._resolver = resolver
        self._dial = dial
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._idle: list[tuple[Place, _Line]] = []

    def send(self, call: Call) -> Answer:
        place = (call.url.scheme, call.host, call.port)
        # What must not be asked twice gets a connection of its own: an old one may turn out dead too late.
        line = self._take(place, call) if call.method == "GET" else None
        if line is None:
            line = self._connect(place, call)
        try:
            head = line.wire.ask(_request_head(call), call.method, call.left)
        except BaseException as error:
            line.wire.close()
            raise from_wire(error, call.shown, call.deadline, answering=False) from error
        return Answer(head.status, head.fields, _told(line.wire, head, call), lambda: self._give_back(place, line))

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for _, line in idle:
            line.wire.close()

    def _connect(self, place: Place, call: Call) -> _Line:
        context = self._trust.context() if place[0] == "https" else None
        try:
            addresses = resolve_within(self._resolver, call.host, call.port, call.left())
            if not call.may_be_private:
                addresses = [address for address in addresses if is_public(address)]
                if not addresses:
                    raise private(call.shown)
            connection, address = self._connect_to_one(addresses[:_MOST_ADDRESSES], call)
            if context is not None:
                connection = _secured(connection, context, call)
        except OSError as error:
            raise from_connecting(error, call.shown, call.deadline) from error
        return _Line(Wire(connection), is_public(address))

    def _connect_to_one(self, addresses: Sequence[str], call: Call) -> tuple[socket.socket, str]:
        """The first of the addresses that takes the connection."""
        failed: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
        for tried, address in enumerate(addresses):
            try:
                # A dead address must leave time for the next one.
                return self._dial(address, call.port, call.left() / (len(addresses) - tried)), address
            except OSError as error:
                failed = error
        raise failed

    def _take(self, place: Place, call: Call) -> _Line | None:
        """An idle connection to the same place that is still good, if there is one."""
        found: _Line | None = None
        stale: list[_Line] = []
        with self._lock:
            for at in range(len(self._idle) - 1, -1, -1):
                if self._idle[at][0] != place:
                    continue
                line = self._idle.pop(at)[1]
                old = self._monotonic() - line.idle_since > _IDLE_SECONDS
                if old or line.wire.is_stale() or not (line.public or call.may_be_private):
                    stale.append(line)
                else:
                    found = line
                    break
        for line in stale:
            line.wire.close()
        return found

    def _give_back(self, place: Place, line: _Line) -> None:
        surplus = line
        if line.wire.reusable:
            line.idle_since = self._monotonic()
            line.wire.reusable = False
            with self._lock:
                self._idle.append((place, line))
                if len(self._idle) <= _MOST_IDLE:
                    return
                surplus = self._idle.pop(0)[1]
        surplus.wire.close()


def dial(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to an address, within so many seconds. Raises ``OSError``."""
    connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect((address, port))
    except BaseException:
        connection.close()
        raise
    return connection


def _secured(connection: socket.socket, context: ssl.SSLContext, call: Call) -> ssl.SSLSocket:
    try:
        connection.settimeout(call.left())  # for the whole handshake: OpenSSL's module counts it down
        return context.wrap_socket(connection, server_hostname=call.host)
    except BaseException:
        connection.close()
        raise


def _request_head(call: Call) -> bytes:
    target = call.url.raw_path
    lines = [b"%s %s HTTP/1.1" % (call.method.encode("ascii"), target)]
    lines += [b"%s: %s" % pair for pair in call.headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + call.content


def _told(wire: Wire, head: Head, call: Call) -> Iterator[bytes]:
    try:
        yield from wire.chunks(head)
    except (Malformed, OSError) as error:
        raise from_wire(error, call.shown, call.deadline, answering=True) from error


class _ProxySide(httpcore.NetworkBackend):
    """Connects to the proxy, with the deadline of the call at hand. The proxy's address is the user's own choice."""

    def __init__(self, current: _Current) -> None:
        self._network = httpcore.SyncBackend()
        self._current = current

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = timeout if self._current.call is None else self._current.call.left()
        return _Bounded(self._network.connect_tcp(host, port, timeout=left), self._current)


class Proxied:
    """Through a proxy, which resolves names itself: only addresses and names that can be no other are refused."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._current = _Current()
        self._side = _ProxySide(self._current)
        self._lock = threading.Lock()
        self._pools: dict[str, httpcore.ConnectionPool] = {}

    def send(self, call: Call) -> Answer:
        pool = self._pool(call.proxy or "")
        self._current.call, self._current.came = call, 0
        try:
            request = httpcore.Request(
                call.method,
                httpcore.URL(
                    scheme=call.url.raw_scheme, host=call.url.raw_host, port=call.url.port, target=call.url.raw_path
                ),
                headers=call.headers,
                content=call.content or None,
                extensions={"timeout": {"pool": call.left()}},
            )
            response = pool.handle_request(request)
        except TRANSPORT_ERRORS as error:
            self._current.call = None
            raise from_transport(error, call.shown, call.deadline, answering=False) from error

        def close() -> None:
            with contextlib.suppress(*TRANSPORT_ERRORS):
                response.close()
            self._current.call = None

        return Answer(response.status, response.headers, _watched(response.iter_stream(), call), _Once(close))

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()

    def _pool(self, proxy: str) -> httpcore.ConnectionPool:
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = self._make(proxy)
            return self._pools[proxy]

    def _make(self, proxy: str) -> httpcore.ConnectionPool:
        try:
            named = httpx.Proxy(proxy)
            url = httpcore.URL(scheme=named.url.raw_scheme, host=named.url.raw_host, port=named.url.port, target=b"/")
            if named.url.scheme in ("socks5", "socks5h"):
                return httpcore.SOCKSProxy(
                    proxy_url=url,
                    proxy_auth=named.raw_auth,
                    ssl_context=self._trust.context(),
                    network_backend=self._side,
                )
        except (ValueError, httpx.InvalidURL):
            raise Unreachable("the proxy the environment names is no address: see HTTP_PROXY, HTTPS_PROXY") from None
        except (ImportError, RuntimeError):
            raise Unreachable("a SOCKS proxy needs the package socksio: pip install 'httpx[socks]'") from None
        return httpcore.HTTPProxy(
            proxy_url=url,
            proxy_auth=named.raw_auth,
            ssl_context=self._trust.context(),
            max_connections=100,
            max_keepalive_connections=10,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=self._side,
        )


class Handed:
    """A transport that was handed in stands for the whole network. It is not closed: it is not ours."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def send(self, call: Call) -> Answer:
        left = call.left()
        request = httpx.Request(
            call.method,
            call.url,
            headers=call.headers,
            content=call.content or None,
            extensions={"timeout": {"connect": left, "read": left, "write": left, "pool": left}},
        )
        try:
            response = self._transport.handle_request(request)
        except TRANSPORT_ERRORS as error:
            raise from_transport(error, call.shown, call.deadline, answering=False) from error
        stream = response.stream
        if not isinstance(stream, httpx.SyncByteStream):
            raise TypeError("Env.transport must be a synchronous httpx transport")
        return Answer(response.status_code, response.headers.raw, _watched(stream, call), _Once(response.close))

    def close(self) -> None:
        pass


def private(shown: str) -> Refused:
    return Refused(f"{shown} is a private address that the configuration does not name")


def _watched(stream: Iterable[bytes], call: Call) -> Iterator[bytes]:
    """The body's chunks, until the deadline, with errors as this room's."""
    try:
        for chunk in stream:
            yield chunk
            call.left()
    except TRANSPORT_ERRORS as error:
        raise from_transport(error, call.shown, call.deadline, answering=True) from error


class _Once:
    """Calls through the first time only, so that closing twice is closing once."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call

    def __call__(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call()
