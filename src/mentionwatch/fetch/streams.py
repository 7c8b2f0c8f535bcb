"""Streams: answers that do not end. Opened as anything else is asked, and listened to until somebody ends it."""

from __future__ import annotations

import base64
import contextlib
import http.client
import re
import socket
import sys
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Literal, Protocol, Self

import httpx

from mentionwatch.env import Env
from mentionwatch.errors import BlockedAddress, SourceError, UnexpectedResponse, Unreachable
from mentionwatch.fetch import address_policy, connections, content_decoding, error_mapping
from mentionwatch.fetch.address_policy import private_origins
from mentionwatch.fetch.certificates import Certificates
from mentionwatch.fetch.connections import open_connection, start_tls
from mentionwatch.fetch.curl_transport import CurlTransport
from mentionwatch.fetch.prepared_request import PreparedRequest, display_host, host_port, prepare
from mentionwatch.fetch.proxies import proxy_for
from mentionwatch.fetch.sse import Events
from mentionwatch.fetch.transport import TransportRequest
from mentionwatch.fetch.websocket import WebSocket
from mentionwatch.messages import Request, Response, Validators

#: Of an answer that refuses, so much is read for the source to explain.
_ERROR_BODY = 64_000
#: A server that pings does so every 15 to 60 seconds.
_SILENCE = {"websocket": 30.0, "events": 90.0}


class Stream(Protocol):
    """An open stream; one thread reads, any other may hang up."""

    def messages(self) -> Iterator[list[bytes]]:
        """Whole messages, some at once; an empty list for every second (``tick``) without.

        Ends by a :class:`~mentionwatch.errors.SourceError`, also when somebody has hung up.
        """
        ...

    def hang_up(self) -> None: ...

    def close(self) -> None: ...


class Opener:
    """Opens streams, by the rules of docs/fetching.md on addresses, certificates and proxies; safe to use from threads.

    ``deadline`` is how many seconds opening may take; ``silence`` how long a stream may say nothing, by default as is
    usual for its form; ``tick`` after how many seconds without a message an empty list is given. ``resolver`` and
    ``dial`` stand in for the system's own in tests.
    """

    def __init__(
        self,
        env: Env,
        *,
        user_agent: str,
        deadline: float = 30.0,
        silence: float | None = None,
        tick: float = 1.0,
        resolver: address_policy.Resolver = address_policy.resolve,
        dial: connections.Dial = connections.dial,
    ) -> None:
        self._env = env
        self._user_agent = user_agent
        self._deadline = deadline
        self._silence = silence
        self._tick = tick
        self._resolver = resolver
        self._dial = dial
        self._certificates = Certificates(env.environ)
        self._families = address_policy.Families()
        self._transport = CurlTransport(self._certificates, self._families, resolver, dial)

    def open(
        self,
        request: Request,
        form: Literal["websocket", "events"],
        *,
        allowed_hosts: frozenset[str] = frozenset(),
        private: bool = False,
    ) -> Stream:
        """The stream a request asks for; its address is http(s) for a WebSocket, too.

        ``allowed_hosts`` and ``private`` are as in :meth:`Fetcher.fetch`. Raises a
        :class:`~mentionwatch.errors.SourceError`; one made of an answer that refuses has it as its ``response``, the
        body cut at 64 kB. Redirects are not followed.
        """
        if self._env.transport is not None:
            raise BlockedAddress("a stream needs a network, and this run has none")
        outgoing = prepare(request, self._user_agent)
        url, shown = outgoing.url, display_host(outgoing.url)
        host, port = host_port(url)
        allowed = private_origins(allowed_hosts, any_name=private)
        stop_at = self._env.monotonic() + self._deadline

        def left() -> float:
            seconds = stop_at - self._env.monotonic()
            if seconds <= 0:
                raise TimeoutError
            return seconds

        ask = TransportRequest(
            method="GET",
            url=url,
            headers=[
                pair
                for pair in outgoing.headers_for(url, Validators(), same_origin=True)
                if pair[0] != b"Accept-Encoding"
            ],
            content=b"",
            shown=shown,
            left=left,
            deadline=self._deadline,
            most=sys.maxsize,
            may_be_private=address_policy.may_be_private(host, port, allowed, shown),
            proxy=proxy_for(url.scheme, host, port, self._env.environ),
            fresh=True,
            endless=True,
        )
        silence = _SILENCE[form] if self._silence is None else self._silence
        try:
            return (self._websocket if form == "websocket" else self._events)(outgoing, ask, silence)
        except error_mapping.Broken as broken:
            raise broken.error from broken
        except TimeoutError as error:
            raise error_mapping.too_slow(shown, self._deadline) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._transport.close()

    def _events(self, outgoing: PreparedRequest, ask: TransportRequest, silence: float) -> Stream:
        transfer = self._transport.start(ask)
        try:
            status, headers = transfer.head()
            fields = _fields((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
            if status == 200:
                kind = fields.get("content-type", "").partition(";")[0].strip().lower()
                if kind != "text/event-stream" or fields.get("content-encoding", "identity") != "identity":
                    raise UnexpectedResponse(
                        f"{ask.shown} answers with something that is no stream of events", status=200
                    )
                return Events(transfer, ask.shown, self._env.monotonic, silence=silence, tick=self._tick)
            raise self._refusal(outgoing, status, fields, transfer)
        except BaseException:
            transfer.close()
            raise

    def _websocket(self, outgoing: PreparedRequest, ask: TransportRequest, silence: float) -> Stream:
        stream = WebSocket(
            self._connected(ask), ask.url, ask.shown, self._env.monotonic, silence=silence, tick=self._tick
        )
        try:
            answer = stream.open(ask.headers, ask.left)
            if answer.status_code == 101:
                return stream
            if answer.status_code == 200:
                raise UnexpectedResponse(f"{ask.shown} answers with a page where a WebSocket was asked for", status=200)
            raise self._refusal(
                outgoing, answer.status_code, _fields(answer.headers.raw_items()), [bytes(answer.body or b"")]
            )
        except BaseException:
            stream.close()
            raise

    def _connected(self, ask: TransportRequest) -> socket.socket:
        """A connection for a WebSocket, through an HTTP proxy where the environment names one."""
        host, port = host_port(ask.url)
        if ask.proxy is not None:
            return self._through(ask, host, port, ask.proxy)
        try:
            connection = open_connection(
                self._resolver,
                self._dial,
                self._families,
                host,
                port,
                shown=ask.shown,
                left=ask.left,
                may_be_private=ask.may_be_private,
            )
            return self._secured(connection, ask, host)
        except OSError as error:
            raise error_mapping.from_connecting(error, ask.shown, self._deadline) from error

    def _secured(self, connection: socket.socket, ask: TransportRequest, host: str) -> socket.socket:
        if ask.url.scheme != "https":
            return connection
        return start_tls(connection, self._certificates.context(), host, ask.left)

    def _through(self, ask: TransportRequest, host: str, port: int, proxy: str) -> socket.socket:
        """A connection through an HTTP proxy, by CONNECT. The proxy's address is the user's own choice."""
        try:
            named = httpx.Proxy(proxy)
            if named.url.scheme != "http" or not named.url.host:
                raise ValueError
        except (ValueError, httpx.InvalidURL):
            raise Unreachable("the proxy in the environment cannot carry a stream: only http://host:port can") from None
        wanted = f"[{host}]" if ":" in host else host
        client = http.client.HTTPConnection(named.url.host, named.url.port or 80, timeout=ask.left())
        auth = {"Proxy-Authorization": _basic(*named.auth)} if named.auth else {}
        client.set_tunnel(wanted, port, headers=auth)
        try:
            client.connect()
        except (OSError, http.client.HTTPException) as error:
            status = re.search(r"failed: ([0-9]{3}) ", str(error))
            said = f" ({status[1]})" if status else ""
            client.close()
            raise Unreachable(
                f"the proxy does not connect to {ask.shown}{said}: check HTTP_PROXY and NO_PROXY"
            ) from error
        try:
            return self._secured(client.sock, ask, host)
        except OSError as error:
            raise error_mapping.from_connecting(error, ask.shown, self._deadline) from error

    def _refusal(
        self, outgoing: PreparedRequest, status: int, fields: dict[str, str], chunks: Iterable[bytes]
    ) -> SourceError:
        """What an answer is that opens no stream."""
        shown = display_host(outgoing.url)
        if 300 <= status < 400:
            return BlockedAddress(f"{shown} redirects the stream ({status}): put its new address in the configuration")
        now = self._env.now()
        error = error_mapping.from_status(status, shown, fields, now, known=outgoing.has_secrets)
        start = b""
        with contextlib.suppress(error_mapping.Broken, SourceError, TimeoutError):  # told even when its end is missing
            start = content_decoding.read_start(chunks, fields.get("content-encoding"), _ERROR_BODY)
        error.response = Response(outgoing.request, status, outgoing.redacted(outgoing.url), fields, start, now)
        return error


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def _fields(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in pairs if name.lower() != "set-cookie"}
