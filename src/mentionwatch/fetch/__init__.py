"""The network, and the only room that knows httpx: conditional, spaced, capped, with a deadline.

One long module because one fetch is one story: policy, request, redirect, retry and verdict share its state.

``transport`` is the way out, ``address_policy`` says where strangers may send us, ``content_decoding`` the size cap,
``throttle`` the manners, ``error_mapping`` turns what went wrong into whose fault it is. See docs/fetching.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol

import httpx

from mentionwatch.env import Env
from mentionwatch.errors import BlockedAddress, SourceError, UnexpectedResponse
from mentionwatch.fetch import address_policy, connections, content_decoding, error_mapping
from mentionwatch.fetch.address_policy import private_origins
from mentionwatch.fetch.certificates import Certificates
from mentionwatch.fetch.circuit_breaker import CircuitBreaker
from mentionwatch.fetch.curl_transport import CurlTransport
from mentionwatch.fetch.injected_transport import InjectedTransport
from mentionwatch.fetch.prepared_request import PreparedRequest, bare, display_host, host_port, is_web_address, prepare
from mentionwatch.fetch.proxies import proxy_for
from mentionwatch.fetch.retry_after import retry_after
from mentionwatch.fetch.robots import Robots
from mentionwatch.fetch.throttle import HostThrottle
from mentionwatch.fetch.transport import Transport, TransportRequest, TransportResponse
from mentionwatch.mail_batch import pack
from mentionwatch.messages import MailQuestion, NotModified, Request, Response, Validators

__all__ = ["Fetcher", "NotModified", "retry_after", "user_agent"]

_MOST_REDIRECTS = 5
# An error answer is read as far as a source may want to explain it.
_ERROR_BODY = 64_000
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_PERMANENT = frozenset((301, 308))
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def user_agent(version: str, contact: str | None) -> str:
    """``mentionwatch/VERSION (+contact)``; no contact, no bracket. What a header's comment cannot hold is left out."""
    said = re.sub(r"[^\x21-\x7e]+|[()\\]", "", contact or "")
    return f"mentionwatch/{version} (+{said})" if said else f"mentionwatch/{version}"


class MemoryBudget(Protocol):
    """Where the memory for a large answer comes from."""

    def enough(self, size: int) -> bool:
        """Whether a body may come to ``size`` bytes; does not wait."""
        ...

    def wait(self) -> None:
        """Waits until it may."""
        ...


class _Unlimited:
    def enough(self, size: int) -> bool:
        return True

    def wait(self) -> None:
        pass


class _MemoryPressure(Exception):
    """No room for a large answer at present."""


@dataclass(slots=True)
class FetchState:
    """One question on its way: from the first address through the redirects to the answer."""

    outgoing: PreparedRequest
    validators: Validators
    #: The ``host:port`` that may have private addresses.
    allowed: frozenset[str]
    spacing: float
    concurrency: int
    #: Seconds of the deadline that are left.
    remaining: float
    url: httpx.URL
    moved_to: str | None = None
    #: Every redirect so far was permanent.
    permanent: bool = True
    #: No redirect has led away from the request's own host yet. Who was away may not choose what is asked at home.
    same_origin: bool = True
    #: A connection broke: the next one is to be new.
    new_connection: bool = False
    room: MemoryBudget = field(default_factory=_Unlimited)
    source_name: str | None = None


class Fetcher:
    """Asks servers, in good manners and within bounds; thread-safe; closes its connections at the end.

    ``allowed_hosts`` are the hosts that the configuration names, as ``host:port`` or, for the usual ports, ``host``: of
    these addresses and local names may be private, and all of ``private_hosts``. ``max_bytes`` caps a decoded body,
    ``deadline`` (seconds) the whole of one :meth:`fetch` – name resolution, redirects, the second try and the last byte
    included, waiting for our own spacing not. ``resolver`` and ``dial`` stand in for the system's own where a test has
    names that do not exist.
    """

    def __init__(
        self,
        env: Env,
        *,
        user_agent: str,
        allowed_hosts: frozenset[str] = frozenset(),
        private_hosts: frozenset[str] = frozenset(),
        max_bytes: int = 10_000_000,
        deadline: float = 30.0,
        resolver: address_policy.Resolver = address_policy.resolve,
        dial: connections.Dial = connections.dial,
    ) -> None:
        self._env = env
        self._user_agent = user_agent
        self._allowed = private_origins(allowed_hosts) | private_origins(private_hosts, any_name=True)
        self._max_bytes = max_bytes
        self._deadline = deadline
        self._throttle = HostThrottle(env)
        self._breaker = CircuitBreaker()
        self._robots = Robots()
        self._resolver, self._dial = resolver, dial
        self._certificates = Certificates(env.environ)
        self._families = address_policy.Families()
        self._transport: Transport
        if env.transport is None:
            self._transport = CurlTransport(self._certificates, self._families, resolver, dial)
        else:
            self._transport = InjectedTransport(env.transport)

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the idle connections."""
        self._transport.close()

    def fetch(
        self,
        request: Request,
        validators: Validators = Validators(),  # noqa: B008 – frozen
        *,
        allowed_hosts: frozenset[str] = frozenset(),
        spacing: float = 0.0,
        concurrency: int = 2,
        room: MemoryBudget | None = None,
        source_name: str | None = None,
        private: bool = False,
    ) -> Response | NotModified:
        """The answer, or that nothing changed since ``validators`` were given.

        ``allowed_hosts`` adds to those of the constructor, with ``private`` to its ``private_hosts``. ``spacing``
        (seconds) and ``concurrency`` hold for the request's host; for an answer that is large when there is no
        ``room``, it is waited for and then asked again.
        ``source_name`` is for callers that poll many: what was learned of silent servers then saves the wait.
        Raises a :class:`~mentionwatch.errors.SourceError`; one made of an error answer has it as its ``response``, the
        body cut at 64 kB.
        """
        allowed = self._allowed | private_origins(allowed_hosts, any_name=private) if allowed_hosts else self._allowed
        if request.mail is not None:
            return self._fetch_mail(request, request.mail, allowed, spacing, concurrency, room or _Unlimited())
        outgoing = prepare(request, self._user_agent)
        state = FetchState(outgoing, validators, allowed, spacing, concurrency, self._deadline, outgoing.url)
        state.source_name = source_name
        if room is not None:
            state.room = room
        for _ in range(_MOST_REDIRECTS + 1):
            if request.robots:
                self._ask_robots(state)
            try:
                answer = self._request_with_retry(state)
            except _MemoryPressure:
                # Waiting here, with no connection held and no turn taken, keeps nobody from making room.
                state.room.wait()
                state.remaining = self._deadline
                answer = self._request_with_retry(state)
            if answer is not None:
                return answer
        raise BlockedAddress(f"{display_host(outgoing.url)} is in a redirect loop: more than {_MOST_REDIRECTS} times")

    def _ask_robots(self, state: FetchState) -> None:
        """Raises where the site of the state's next page does not want programs there."""
        url = state.url

        def read(address: str) -> bytes:
            asked = Request("robots.txt", address, accept="text/plain, */*;q=0.5")
            answer = self.fetch(
                asked,
                allowed_hosts=state.allowed,
                private=True,  # they have been judged already
                spacing=state.spacing,
                concurrency=state.concurrency,
                source_name=state.source_name,
            )
            return answer.body if isinstance(answer, Response) else b""

        site = f"{url.scheme}://{url.netloc.decode('ascii')}"
        self._robots.check(site, url.raw_path.decode("ascii"), display_host(url), read)

    def _fetch_mail(
        self,
        request: Request,
        question: MailQuestion,
        allowed: frozenset[str],
        spacing: float,
        concurrency: int,
        room: MemoryBudget,
    ) -> Response:
        """The new mails of a mailbox, asked for over IMAP; no proxy leads there."""
        from mentionwatch.fetch import imap  # a scan without a mailbox has no use for it

        place = imap.place_of(request)
        may_be_private = address_policy.may_be_private(place.host, place.port, allowed, place.shown)
        if self._env.transport is not None:
            raise BlockedAddress(f"{place.shown} is not asked: what stands in for the network here cannot carry mail")
        context = None if question.security == "none" else self._certificates.context(question.ca_file)
        with self._throttle.slot(f"{place.host}:{place.port}", spacing, concurrency):
            stop_at = self._env.monotonic() + self._deadline

            def left() -> float:
                seconds = stop_at - self._env.monotonic()
                if seconds <= 0:
                    raise TimeoutError
                return seconds

            try:
                try:
                    connection = connections.open_connection(
                        self._resolver,
                        self._dial,
                        self._families,
                        place.host,
                        place.port,
                        shown=place.shown,
                        left=left,
                        may_be_private=may_be_private,
                    )
                except OSError as error:
                    told = error_mapping.from_connecting(error, place.shown, self._deadline)
                    raise (told.error if isinstance(told, error_mapping.Broken) else told) from error
                bag = imap.ask(
                    question,
                    place,
                    connection,
                    context,
                    left=left,
                    deadline=self._deadline,
                    most=self._max_bytes,
                    enough=room.enough,
                )
            except TimeoutError as error:
                raise error_mapping.too_slow(place.shown, self._deadline) from error
        return Response(
            request=request, status=200, url=request.url, headers={}, body=pack(bag), received_at=self._env.now()
        )

    def _request_with_retry(self, state: FetchState) -> Response | NotModified | None:
        """One hop, over a second connection when the first breaks."""
        patient = state.remaining > self._deadline / 2
        try:
            return self._retry_broken(state)
        except SourceError as error:
            # A redirect that used up most of the time has left the next server too little to say anything.
            if state.source_name is not None and error.unheard is not None and patient:
                host, port = host_port(state.url)
                self._breaker.record_failure(f"{host}:{port}", state.url.path, state.source_name, error.unheard)
            raise

    def _retry_broken(self, state: FetchState) -> Response | NotModified | None:
        try:
            return self._request_once(state)
        except error_mapping.Broken as broken:
            if broken.established and state.outgoing.method != "GET":
                raise broken.error from broken
        state.new_connection = True
        try:
            return self._request_once(state)
        except error_mapping.Broken as broken:
            raise broken.error from broken

    def _request_once(self, state: FetchState) -> Response | NotModified | None:
        """Asks once; ``None`` when sent on, with ``state.url`` the new address."""
        url, outgoing = state.url, state.outgoing
        shown = display_host(url)
        host, port = host_port(url)
        state.same_origin = state.same_origin and outgoing.is_same_origin(url)
        proxy = proxy_for(url.scheme, host, port, self._env.environ)
        may_be_private = address_policy.may_be_private(host, port, state.allowed, shown)
        spacing, concurrency = (state.spacing, state.concurrency) if state.same_origin else (0.0, 2)
        server = f"{host}:{port}"
        self._check_breaker(state, server)
        with self._throttle.slot(server, spacing, concurrency):
            self._check_breaker(state, server)  # others may have learned while this one waited for its turn
            stop_at = self._env.monotonic() + state.remaining

            def left() -> float:
                seconds = stop_at - self._env.monotonic()
                if seconds <= 0:
                    raise TimeoutError
                return seconds

            request = TransportRequest(
                method=outgoing.method,
                url=url,
                headers=outgoing.headers_for(url, state.validators, same_origin=state.same_origin),
                content=outgoing.content,
                shown=shown,
                left=left,
                deadline=self._deadline,
                most=self._max_bytes,
                may_be_private=may_be_private,
                proxy=proxy,
                fresh=state.new_connection,
            )
            try:
                return self._ask(state, request, server)
            except TimeoutError as error:
                raise error_mapping.too_slow(shown, self._deadline) from error
            finally:
                state.remaining = stop_at - self._env.monotonic()

    def _check_breaker(self, state: FetchState, server: str) -> None:
        if state.source_name is not None:
            self._breaker.check(server, state.url.path, display_host(state.url))

    def _ask(self, state: FetchState, request: TransportRequest, server: str) -> Response | NotModified | None:
        answer = self._transport.send(request)
        if state.source_name is not None:
            self._breaker.record_success(server, state.url.path)
        try:
            status, headers = answer.status, _plain(answer.headers)
            if status in _REDIRECTS:
                self._follow_redirect(state, request.shown, status, _location(answer.headers))
                return None
            if status == 304 and (state.validators.etag or state.validators.last_modified):
                for _ in answer.chunks:  # nothing, but the connection is free again only after it
                    pass
                return self._not_modified(state, headers)
            # 206 is a part of an answer, 226 what has changed of it: neither was asked for.
            if not 200 <= status < 300 or status in (206, 226):
                raise self._error(state, request, answer, headers)
            length = headers.get("content-length", "")
            if length.isdecimal() and len(length) < 20 and int(length) > self._max_bytes:
                raise content_decoding.too_large(self._max_bytes)

            def grown(size: int) -> None:
                if request.method == "GET" and not state.room.enough(size):
                    raise _MemoryPressure

            whole = content_decoding.read(answer.chunks, headers.get("content-encoding"), self._max_bytes, grown)
            return self._response(state, status, headers, whole)
        except SourceError as error:
            raise _naming(error, request.shown) from error.__cause__
        finally:
            answer.close()

    def _follow_redirect(self, state: FetchState, shown: str, status: int, location: str | None) -> None:
        """Turns the state to where the answer points, if we go there."""
        if not location:
            raise UnexpectedResponse(f"{shown} redirects without a Location ({status})", status=status)
        outgoing = state.outgoing
        try:
            target = bare(state.url.join(location))
        except (httpx.InvalidURL, ValueError):
            raise BlockedAddress(f"{shown} redirects to an invalid address ({status})", status=status) from None
        if not is_web_address(target):
            raise BlockedAddress(f"{shown} redirects to something other than a web address ({status})", status=status)
        where = outgoing.shown(target)
        if not outgoing.request.follow_redirects or outgoing.method != "GET":
            raise BlockedAddress(
                f"{shown} redirects to {where} ({status}): put that in the configuration", status=status
            )
        state.permanent = state.permanent and status in _PERMANENT
        if state.permanent:
            state.moved_to = outgoing.storable(target)
        state.url = target

    def _not_modified(self, state: FetchState, headers: dict[str, str]) -> NotModified:
        given, sent = _validators(headers), state.validators
        return NotModified(
            request=state.outgoing.request,
            url=state.outgoing.redacted(state.url),
            received_at=self._env.now(),
            moved_to=state.moved_to,
            validators=Validators(given.etag or sent.etag, given.last_modified or sent.last_modified),
            headers=headers,
        )

    def _response(self, state: FetchState, status: int, headers: dict[str, str], whole: bytes) -> Response:
        return Response(
            request=state.outgoing.request,
            status=status,
            url=state.outgoing.redacted(state.url),
            headers=headers,
            body=whole,
            received_at=self._env.now(),
            moved_to=state.moved_to if 200 <= status < 300 else None,
            validators=_validators(headers) if status == 200 else Validators(),
        )

    def _error(
        self, state: FetchState, request: TransportRequest, answer: TransportResponse, headers: dict[str, str]
    ) -> SourceError:
        error = error_mapping.from_status(
            answer.status,
            request.shown,
            headers,
            self._env.now(),
            known=state.outgoing.has_secrets,
            proxied=request.proxy is not None,
        )
        chunks = _as_far_as_it_comes(answer.chunks)
        start = content_decoding.read_start(chunks, headers.get("content-encoding"), _ERROR_BODY)
        error.response = self._response(state, answer.status, headers, start)
        return error


def _as_far_as_it_comes(chunks: Iterable[bytes]) -> Iterable[bytes]:
    """The chunks until they fail: what an error answer says is told even when its end is missing."""
    try:
        yield from chunks
    except (SourceError, error_mapping.Broken, TimeoutError):
        return


def _naming(error: SourceError, shown: str) -> SourceError:
    """The body's errors do not know the host; here it is put before them."""
    if shown not in error.message:
        error.message = f"{shown}: {error.message}"
        error.args = (error.message,)
    return error


def _plain(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name, repeated ones joined by a comma, without control characters and without cookies."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        if key == "set-cookie":
            continue
        if not text.isprintable():
            if key in ("etag", "last-modified"):
                continue  # sent back cleaned it would be another one
            text = _CONTROLS.sub(" ", text)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _location(pairs: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Where a redirect points; servers write it in UTF-8, whatever the standard says."""
    for name, value in pairs:
        if name.lower() == b"location":
            try:
                text = value.decode("utf-8")
            except UnicodeDecodeError:
                text = value.decode("latin-1")
            return _CONTROLS.sub(" ", text).strip()
    return None


def _validators(headers: dict[str, str]) -> Validators:
    """What can be sent back as it is; anything odd or huge is not kept."""
    return Validators(_sendable(headers.get("etag")), _sendable(headers.get("last-modified")))


def _sendable(value: str | None) -> str | None:
    return value if value and len(value) <= 1_000 and value.isascii() and value.isprintable() else None
