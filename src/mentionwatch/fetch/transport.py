"""The one door to the network: a call goes in, the head of an answer and its bytes come out.

:class:`Direct`, the usual one, speaks HTTP/1.1 over a socket to an address that was checked. Those of ``borrowed`` lead
through a proxy, or through a transport that was handed in. A faster one (libcurl, say) would be another.

Why not ``httpx.Client``: its pool looks at every connection for every request, and its types cost as much again. With
the house's bounds on top that is four times the CPU of a 304 (docs/fetching.md has the figures).
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

from mentionwatch.errors import BlockedAddress, SourceError, Unreachable
from mentionwatch.fetch.address_policy import Resolver, is_public, resolve_within
from mentionwatch.fetch.error_mapping import Broken, from_connecting, from_stream
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
    #: Not over a connection that was used before.
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer, and its raw bytes as they come. ``close`` must be called, read or not."""

    status: int
    headers: Pairs
    chunks: Iterable[bytes]
    close: Callable[[], None]


class Door(Protocol):
    """Raises :class:`~mentionwatch.errors.SourceError` or :class:`~mentionwatch.fetch.error_mapping.Broken`."""

    def send(self, call: Call) -> Answer: ...

    def close(self) -> None: ...


class TlsContexts:
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
                self._context = self._made()
                self._context.set_alpn_protocols(["http/1.1"])
            return self._context

    def for_mail(self, ca_file: Path | None) -> ssl.SSLContext:
        """The same for what is not HTTP; ``ca_file`` names PEM certificates to trust in place of all others.

        Raises :class:`~mentionwatch.errors.Unreachable` for files that are none.
        """
        if ca_file is None:
            return self._made()
        try:
            return ssl.create_default_context(cafile=ca_file)
        except OSError:  # ssl's own errors are such, too
            raise Unreachable(f"ca_file {ca_file} cannot be read as PEM certificates") from None

    def _made(self) -> ssl.SSLContext:
        file, folder = self._environ.get("SSL_CERT_FILE"), self._environ.get("SSL_CERT_DIR")
        try:
            if file or folder:
                return ssl.create_default_context(cafile=file or None, capath=folder or None)
            return httpx.create_ssl_context(trust_env=False)
        except OSError:
            raise Unreachable("SSL_CERT_FILE or SSL_CERT_DIR names no file of certificates") from None


@dataclass(slots=True)
class _Line:
    """One open connection, and whether its other end is a public address."""

    wire: Wire
    public: bool
    idle_since: float = 0.0


class Direct:
    """Connects by itself: the address that was checked is the address connected to, TLS is verified by name."""

    def __init__(self, trust: TlsContexts, resolver: Resolver, dial: Dial, monotonic: Callable[[], float]) -> None:
        self._trust = trust
        self._resolver = resolver
        self._dial = dial
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._idle: list[tuple[Place, _Line]] = []
        self._closed = False

    def send(self, call: Call) -> Answer:
        place = (call.url.scheme, call.host, call.port)
        # What must not be asked twice, or is asked for the second time, gets a new connection: an idle one may be dead.
        line = self._take(place, call) if call.method == "GET" and not call.fresh else None
        used = line is not None
        if line is None:
            line = self._connect(place, call)
        try:
            head = line.wire.ask(request_head(call), call.method, call.left)
        except (Malformed, OSError) as error:
            line.wire.close()
            heard = line.wire.heard
            told = from_stream(error, call.shown, call.deadline, answering=False, heard=heard)
            if used and isinstance(error, Malformed) and isinstance(told, SourceError):
                # It may be the rest of what another question was answered: this one is asked on a line of its own.
                raise Broken(told, established=True) from error
            raise told from error
        except BaseException:
            line.wire.close()
            raise
        return Answer(head.status, head.fields, _told(line.wire, head, call), lambda: self._give_back(place, line))

    def connect(self, call: Call) -> Wire:
        """A connection of the caller's own, for a stream."""
        return self._connect((call.url.scheme, call.host, call.port), call).wire

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for _, line in idle:
            line.wire.close()

    def _connect(self, place: Place, call: Call) -> _Line:
        context = self._trust.context() if place[0] == "https" else None
        try:
            connection, address = reach(
                self._resolver,
                self._dial,
                call.host,
                call.port,
                shown=call.shown,
                left=call.left,
                may_be_private=call.may_be_private,
            )
            if context is not None:
                connection = secured(connection, context, call)
        except OSError as error:
            raise from_connecting(error, call.shown, call.deadline) from error
        return _Line(Wire(connection), is_public(address))

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
                if not self._closed:
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


def reach(
    resolver: Resolver,
    dial: Dial,
    host: str,
    port: int,
    *,
    shown: str,
    left: Callable[[], float],
    may_be_private: bool,
) -> tuple[socket.socket, str]:
    """A connection to the first address of a host that takes it, and that address.

    Raises ``OSError``, and ``BlockedAddress`` where all addresses are private and none may be.
    """
    addresses = resolve_within(resolver, host, port, left())
    if not may_be_private:
        addresses = [address for address in addresses if is_public(address)]
        if not addresses:
            raise private(shown)
    addresses = addresses[:_MOST_ADDRESSES]
    failed: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
    for tried, address in enumerate(addresses):
        try:
            # A dead address must leave time for the next one.
            return dial(address, port, left() / (len(addresses) - tried)), address
        except OSError as error:
            failed = error
    raise failed


def secured(connection: socket.socket, context: ssl.SSLContext, call: Call) -> ssl.SSLSocket:
    """The connection under TLS, the certificate checked by name. Raises ``OSError``, the connection closed."""
    try:
        connection.settimeout(call.left())  # for the whole handshake: OpenSSL's module counts it down
        return context.wrap_socket(connection, server_hostname=call.host.rstrip("."))
    except BaseException:
        connection.close()
        raise


def request_head(call: Call) -> bytes:
    """The bytes of a request, its body included."""
    target = call.url.raw_path
    lines = [b"%s %s HTTP/1.1" % (call.method.encode("ascii"), target)]
    lines += [b"%s: %s" % pair for pair in call.headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + call.content


def _told(wire: Wire, head: Head, call: Call) -> Iterator[bytes]:
    try:
        yield from wire.chunks(head)
    except (Malformed, OSError) as error:
        raise from_stream(error, call.shown, call.deadline, answering=True) from error


def private(shown: str) -> BlockedAddress:
    return BlockedAddress(f"{shown} is a private address that the configuration does not name")
