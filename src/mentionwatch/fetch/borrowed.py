"""The doors that others built: httpx's engine for proxies, and any httpx transport handed in by a test or the demo.

Imported when one of them is needed: a scan without a proxy saves some 20 ms.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore
import httpx

from mentionwatch.errors import SourceError, UnexpectedResponse, Unreachable
from mentionwatch.fetch.error_mapping import Broken, from_connecting, from_stream
from mentionwatch.fetch.transport import Answer, Call, TlsContexts
from mentionwatch.fetch.wire import HungUp, Malformed

# Seconds, as for our own connections.
_IDLE_SECONDS = 10.0

TIMEOUTS = (httpcore.TimeoutException, httpx.TimeoutException, TimeoutError)
CONNECT_TIMEOUTS = (httpcore.ConnectTimeout, httpx.ConnectTimeout)
CONNECT_ERRORS = (httpcore.ConnectError, httpx.ConnectError)
NETWORK_ERRORS = (httpcore.NetworkError, httpx.NetworkError, OSError)
PROTOCOL_ERRORS = (httpcore.ProtocolError, httpx.ProtocolError, httpx.DecodingError)
PROXY_ERRORS = (httpcore.ProxyError, httpx.ProxyError)
#: All that a transport may raise for the network's or the server's sake.
TRANSPORT_ERRORS = (*TIMEOUTS, *CONNECT_ERRORS, *NETWORK_ERRORS, *PROTOCOL_ERRORS, *PROXY_ERRORS)


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
            raise UnexpectedResponse(f"{current.call.shown} sends heads without end")
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

    def __init__(self, trust: TlsContexts) -> None:
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

    def __init__(self, transport: object) -> None:
        if not isinstance(transport, httpx.BaseTransport):
            raise TypeError("Env.transport must be an httpx.BaseTransport")
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


def from_transport(error: BaseException, host: str, deadline: float, *, answering: bool) -> SourceError | Broken:
    """The same for what a library's transport raised while connecting (also to a proxy) or later."""
    if isinstance(error, PROXY_ERRORS):
        status = str(error)[:3]
        said = f" ({status})" if status.isdecimal() else ""
        return Unreachable(f"the proxy does not connect to {host}{said}: check HTTP_PROXY, HTTPS_PROXY and NO_PROXY")
    if isinstance(error, CONNECT_TIMEOUTS):
        return from_connecting(TimeoutError(), host, deadline)
    if isinstance(error, TIMEOUTS):
        # A head that came in part cannot be told from none: these libraries do not say.
        return from_stream(TimeoutError(), host, deadline, answering=answering, heard=answering)
    if isinstance(error, PROTOCOL_ERRORS):
        text = str(error)
        if "disconnected without" in text or "complete message body" in text or "incomplete chunked" in text:
            return from_stream(HungUp(), host, deadline, answering=answering)
        return from_stream(Malformed("a broken head or body"), host, deadline, answering=answering)
    cause = _root(error)
    if isinstance(error, CONNECT_ERRORS):
        return from_connecting(cause if isinstance(cause, OSError) else OSError(), host, deadline)
    return from_stream(cause if isinstance(cause, OSError) else OSError(), host, deadline, answering=answering)


def _root(error: BaseException) -> BaseException:
    """The innermost cause, at most a few steps down."""
    for _ in range(5):
        inner = error.__cause__ or (error.__context__ if isinstance(error, CONNECT_ERRORS) else None)
        if inner is None:
            break
        error = inner
    return error
