"""Streams: answers that do not end. Opened as anything else is asked, and listened to until somebody ends it."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import unquote, urlsplit

from mentionwatch.env import Env
from mentionwatch.errors import BlockedAddress, SourceError, UnexpectedResponse, Unreachable
from mentionwatch.fetch import address_policy, content_decoding, error_mapping, transport, websocket
from mentionwatch.fetch.prepared_request import PreparedRequest, display_host, host_port, prepare
from mentionwatch.fetch.proxies import proxy_for
from mentionwatch.fetch.sse import Events
from mentionwatch.fetch.websocket import WebSocket
from mentionwatch.fetch.wire import Head, Malformed, Pairs, Wire
from mentionwatch.messages import Request, Response, Validators

__all__ = ["Opener", "Stream"]

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


@dataclass(slots=True)
class _Patience:
    """Until when the answer must have begun; from then on each wait is bounded by itself."""

    monotonic: Callable[[], float]
    stop_at: float
    each: float | None = None

    def left(self) -> float:
        if self.each is not None:
            return self.each
        seconds = self.stop_at - self.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


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
        dial: transport.Dial = transport.dial,
    ) -> None:
        self._env = env
        self._user_agent = user_agent
        self._deadline = deadline
        self._silence = silence
        self._tick = tick
        self._trust = transport.TlsContexts(env.environ)
        self._dial = dial
        self._direct = transport.Direct(self._trust, resolver, dial, env.monotonic)

    def open(
        self, request: Request, form: Literal["websocket", "events"], *, allowed_hosts: frozenset[str] = frozenset()
    ) -> Stream:
        """The stream a request asks for; its address is http(s) for a WebSocket, too.

        ``allowed_hosts`` alone may have private addresses. Raises a :class:`~mentionwatch.errors.SourceError`; one made
        of an answer that refuses has it as its ``response``, the body cut at 64 kB. Redirects are not followed.
        """
        if self._env.transport is not None:
            raise BlockedAddress("a stream needs a network, and this run has none")
        outgoing = prepare(request, self._user_agent)
        shown = display_host(outgoing.url)
        patience = _Patience(self._env.monotonic, self._env.monotonic() + self._deadline)
        headers = [pair for pair in outgoing.headers_for(outgoing.url, Validators(), same_origin=True)
                   if pair[0] != b"Accept-Encoding"]  # fmt: skip
        accept = b""
        if form == "websocket":
            more, accept = websocket.handshake()
            headers += more
        call = self._call(outgoing, headers, patience, frozenset(host.lower() for host in allowed_hosts))
        try:
            wire = self._connected(call)
        except error_mapping.Broken as broken:
            raise broken.error from broken
        except TimeoutError as error:
            raise error_mapping.too_slow(shown, self._deadline) from error
        try:
            head = wire.ask(transport.request_head(call), "GET", patience.left, upgrade=form == "websocket")
            self._check(outgoing, head, wire, form, accept)
        except (Malformed, OSError) as error:
            wire.close()
            told = error_mapping.from_stream(error, shown, self._deadline, answering=False)
            raise (told.error if isinstance(told, error_mapping.Broken) else told) from error
        except BaseException:
            wire.close()
            raise
        silence = _SILENCE[form] if self._silence is None else self._silence
        patience.each = silence
        if form == "websocket":
            return WebSocket(wire, shown, self._env.monotonic, silence=silence, tick=self._tick)
        return Events(wire, head, shown, self._env.monotonic, silence=silence, tick=self._tick)

    def _call(
        self, outgoing: PreparedRequest, headers: Pairs, patience: _Patience, named: frozenset[str]
    ) -> transport.Call:
        url = outgoing.url
        host, port = host_port(url)
        may_be_private = address_policy.may_be_private(host, port, named, outgoing.port)
        known = address_policy.literal(host)
        if not may_be_private and (
            address_policy.is_local_name(host) or (known is not None and not address_policy.is_public(known))
        ):
            raise transport.private(display_host(url))
        return transport.Call(
            method="GET",
            url=url,
            host=host,
            port=port,
            shown=display_host(url),
            headers=headers,
            content=b"",
            left=patience.left,
            deadline=self._deadline,
            may_be_private=may_be_private,
            most=0,
            proxy=proxy_for(url.scheme, host, port, self._env.environ),
            fresh=True,
        )

    def _connected(self, call: transport.Call) -> Wire:
        return self._direct.connect(call) if call.proxy is None else self._through(call, call.proxy)

    def _through(self, call: transport.Call, proxy: str) -> Wire:
        """A connection through an HTTP proxy, by CONNECT. The proxy's address is the user's own choice."""
        wrong = Unreachable("the proxy the environment names is none a stream can go through: only http://host:port")
        try:
            parts = urlsplit(proxy)
            host, port = parts.hostname, parts.port or 80
        except ValueError:
            raise wrong from None
        if parts.scheme != "http" or not host:
            raise wrong
        place = f"[{call.host}]:{call.port}" if ":" in call.host else f"{call.host}:{call.port}"
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        if parts.username is not None:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            lines.append(f"Proxy-Authorization: Basic {base64.b64encode(user.encode()).decode()}")
        try:
            found = address_policy.resolve_within(address_policy.resolve, host, port, call.left())
            wire = Wire(self._dial(found[0], port, call.left()))
        except OSError as error:
            raise error_mapping.from_connecting(error, f"the proxy {host}", self._deadline) from error
        try:
            head = wire.ask("\r\n".join([*lines, "", ""]).encode(), "CONNECT", call.left)
            if not 200 <= head.status < 300:
                raise Unreachable(
                    f"the proxy does not connect to {call.shown} ({head.status}): check HTTP_PROXY and NO_PROXY"
                )
            if call.url.scheme == "https":
                connection, _ = wire.hand_over()
                wire = Wire(transport.secured(connection, self._trust.context(), call))
        except (Malformed, OSError) as error:
            wire.close()
            if isinstance(error, Malformed):
                raise Unreachable("what the proxy answers is not HTTP as it should be") from error
            raise error_mapping.from_connecting(error, call.shown, self._deadline) from error
        except BaseException:
            wire.close()
            raise
        return wire

    def _check(self, outgoing: PreparedRequest, head: Head, wire: Wire, form: str, accept: bytes) -> None:
        """Raises what an answer is that opens no stream."""
        shown = display_host(outgoing.url)
        fields = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in head.fields if name != b"set-cookie"
        }
        if form == "websocket" and head.status == 101:
            websocket.check(head, accept, shown)
            return
        if 300 <= head.status < 400:
            raise BlockedAddress(
                f"{shown} redirects the stream ({head.status}): put its new address in the configuration"
            )
        if head.status == 200:
            kind = fields.get("content-type", "").partition(";")[0].strip().lower()
            if form == "websocket":
                raise UnexpectedResponse(f"{shown} answers with a page where a WebSocket was asked for", status=200)
            if kind != "text/event-stream" or fields.get("content-encoding", "identity") != "identity":
                raise UnexpectedResponse(f"{shown} answers with something that is no stream of events", status=200)
            return
        now = self._env.now()
        error = error_mapping.from_status(head.status, shown, fields, now, known=outgoing.has_secrets)
        start = b""
        with contextlib.suppress(Malformed, OSError, SourceError):  # told even when its end is missing
            start = content_decoding.read_start(wire.chunks(head), fields.get("content-encoding"), _ERROR_BODY)
        error.response = Response(outgoing.request, head.status, outgoing.redacted(outgoing.url), fields, start, now)
        raise error
