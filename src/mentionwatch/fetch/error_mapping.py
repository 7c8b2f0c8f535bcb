"""From what went wrong to whose fault it is, in words that hold no secret and no stranger's bytes."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from mentionwatch.errors import (
    AuthFailed,
    Forbidden,
    Gone,
    RateLimited,
    ServerError,
    SourceError,
    TimedOut,
    UnexpectedResponse,
    Unreachable,
)
from mentionwatch.fetch.retry_after import retry_after
from mentionwatch.fetch.wire import Malformed
from mentionwatch.times import minute


class Broken(Exception):
    """A connection that broke: may be tried once more. ``error`` is what to say if that fails too.

    ``established`` tells whether the server may have seen the request.
    """

    def __init__(self, error: SourceError, *, established: bool) -> None:
        super().__init__(error.message)
        self.error = error
        self.established = established


def too_slow(host: str, deadline: float) -> TimedOut:
    return TimedOut(f"{host} was too slow: no whole answer within {deadline:g} s")


def from_connecting(error: OSError, host: str, deadline: float) -> SourceError | Broken:
    """What to make of a connection that did not come about. ``host`` is ours to show."""
    if isinstance(error, ssl.SSLError):
        return _tls(error, host)
    if isinstance(error, socket.gaierror):
        if error.errno == socket.EAI_AGAIN:
            return Unreachable(f"the name {host} cannot be resolved just now: is the network up?")
        return Unreachable(f"no address is known for the name {host}: check the name, and whether the network is up")
    failed: SourceError = (
        too_slow(host, deadline)
        if isinstance(error, TimeoutError)
        else Unreachable(f"no connection to {host}: {_os_text(error)}; check the address and the network")
    )
    failed.unheard = "connection"
    return failed if isinstance(failed, TimedOut) else Broken(failed, established=False)


def from_stream(
    error: Malformed | OSError, host: str, deadline: float, *, answering: bool, heard: bool = True
) -> SourceError | Broken:
    """What to make of a connection that failed in use.

    ``answering`` tells whether the head of an answer had come already, ``heard`` whether any byte had.
    """
    if isinstance(error, TimeoutError):
        slow = too_slow(host, deadline)
        slow.unheard = None if heard else "answer"
        return slow
    if isinstance(error, Malformed):
        return UnexpectedResponse(f"what {host} answers is not HTTP as it should be: {error}")
    if isinstance(error, ssl.SSLError):
        return _tls(error, host)
    if answering:
        return Broken(ServerError(f"the answer of {host} broke off in the middle"), established=True)
    return Broken(Unreachable(f"{host} closed the connection without an answer"), established=True)


def _tls(cause: ssl.SSLError, host: str) -> SourceError:
    if isinstance(cause, ssl.SSLCertVerificationError):
        # OpenSSL's own words, about our own host name: no bytes of the certificate are in them.
        return Unreachable(f"the certificate of {host} is not valid: {str(cause.verify_message).rstrip('.')}")
    return Unreachable(f"no secure connection to {host}: {(cause.reason or 'TLS failed').replace('_', ' ').lower()}")


def _os_text(cause: BaseException) -> str:
    number = getattr(cause, "errno", None)
    if not isinstance(number, int) or number not in errno.errorcode:
        return "the network failed"
    return os.strerror(number).lower()


def from_status(
    status: int, host: str, headers: Mapping[str, str], now: datetime, *, known: bool, proxied: bool = False
) -> SourceError:
    """The error for an answer that is none: any status but 2xx and the redirects.

    ``headers`` have lower-case names; ``known`` tells whether the request carried credentials, ``proxied`` whether it
    went through a proxy.
    """
    said = f"{status} {_phrase(status)}".rstrip()
    until = retry_after(headers, now)
    if status == 401:
        mend = "renew the token or password" if known else "it wants a token or password; see the source's options"
        return AuthFailed(f"{host} does not let us in ({said}): {mend}", status=status)
    if status == 403:
        return Forbidden(
            f"{host} forbids this ({said}): the account may lack a permission, or robots are shut out", status=status
        )
    if status == 407 and not proxied:
        return UnexpectedResponse(f"{host} answers {said}, as a proxy would: check the address", status=status)
    if status == 407:
        return Unreachable(f"the proxy on the way to {host} wants a user and password ({said}): check HTTP_PROXY")
    if status == 410:
        return Gone(
            f"{host} says this is gone for good ({said}): remove the source or give its new address", status=status
        )
    if status == 429 or (status == 503 and until is not None):
        when = f"; it may be asked again at {minute(until)} UTC" if until else ""
        return RateLimited(f"{host} asks us to wait ({said}){when}", until=until, status=status)
    if status >= 500 or status == 408:
        return ServerError(f"{host} is in trouble ({said}); it will be asked again", status=status)
    if status == 404:
        return UnexpectedResponse(f"{host} has nothing at this address ({said}): check it", status=status)
    return UnexpectedResponse(f"{host} answers {said}, which is no answer to this question", status=status)


def _phrase(status: int) -> str:
    """Our own phrase: the server's may hold anything."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
