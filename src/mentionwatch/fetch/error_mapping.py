"""From what went wrong to whose fault it is, in words that hold no secret and no stranger's bytes."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

import httpx
import pycurl

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
from mentionwatch.fetch.certificates import bad_certificate_file
from mentionwatch.fetch.retry_after import retry_after
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
    return TimedOut(f"{host} timed out: no complete response within {deadline:g} s")


def from_connecting(error: OSError, host: str, deadline: float) -> SourceError | Broken:
    """What to make of a connection that did not come about. ``host`` is ours to show."""
    if isinstance(error, ssl.SSLError):
        return _tls(error, host)
    if isinstance(error, socket.gaierror):
        if error.errno == socket.EAI_AGAIN:
            return Unreachable(f"the name {host} cannot be resolved right now: is the network up?")
        return Unreachable(f"no address is known for the name {host}: check the name, and whether the network is up")
    failed: SourceError = (
        too_slow(host, deadline)
        if isinstance(error, TimeoutError)
        else Unreachable(f"no connection to {host}: {_os_text(error)}; check the address and the network")
    )
    failed.unheard = "connection"
    return failed if isinstance(failed, TimedOut) else Broken(failed, established=False)


def from_curl(
    code: int,
    text: str,
    host: str,
    deadline: float,
    *,
    connected: bool,
    heard: bool,
    answering: bool = False,
    number: int = 0,
    proxy_status: int | None = None,
) -> SourceError | Broken:
    """What to make of a transfer that failed with libcurl's ``code``.

    ``connected`` tells whether there was a connection, ``heard`` whether any byte of an answer had come, ``answering``
    whether its head had. ``number`` is the system's; ``proxy_status`` what a proxy answered to CONNECT, ``None`` where
    there is no proxy.
    """
    if proxy_status is not None and not connected and code not in (pycurl.E_OPERATION_TIMEDOUT, *_CERTIFICATE, *_TLS):
        said = f" ({proxy_status})" if proxy_status else ""
        return Unreachable(f"the proxy does not connect to {host}{said}: check HTTP_PROXY, HTTPS_PROXY and NO_PROXY")
    if code == pycurl.E_OPERATION_TIMEDOUT:
        slow = too_slow(host, deadline)
        slow.unheard = None if heard else "answer" if connected else "connection"
        return slow
    if code in _CERTIFICATE:
        return Unreachable(f"the certificate of {host} is not valid: {_certificate_text(text)}")
    if code == pycurl.E_SSL_CACERT_BADFILE:
        return bad_certificate_file()
    if code in _TLS:
        return Unreachable(f"no secure connection to {host}: {_tls_text(text)}")
    if code in _PROTOCOL or (code == pycurl.E_RECV_ERROR and "chunk" in text):
        return invalid_http(host, _PROTOCOL.get(code, "invalid chunks"))
    if not connected:
        return from_connecting(OSError(number, os.strerror(number)) if number else OSError(), host, deadline)
    return broken(host, answering=answering)


def broken(host: str, *, answering: bool) -> Broken:
    """For a connection that broke in use; ``answering`` tells whether the head of an answer had come already."""
    if answering:
        return Broken(ServerError(f"the response of {host} was cut short"), established=True)
    return Broken(Unreachable(f"{host} closed the connection without a response"), established=True)


def from_stream(error: OSError, host: str, *, answering: bool) -> SourceError | Broken | TimeoutError:
    """What to make of a connection of ours that failed in use; a ``TimeoutError`` is the caller's."""
    if isinstance(error, TimeoutError):
        return error
    return _tls(error, host) if isinstance(error, ssl.SSLError) else broken(host, answering=answering)


def invalid_http(host: str, what: str) -> UnexpectedResponse:
    """For an answer that is not HTTP; ``what`` is ours to show."""
    return UnexpectedResponse(f"{host} sent an invalid HTTP response: {what}")


# Codes that pycurl has no name for.
_HTTP2_STREAM, _TOO_LARGE = 92, 100
#: libcurl's codes for what is no HTTP, and what they mean.
_PROTOCOL = {
    pycurl.E_UNSUPPORTED_PROTOCOL: "another protocol or version",
    pycurl.E_FTP_WEIRD_SERVER_REPLY: "a broken head",
    pycurl.E_BAD_CONTENT_ENCODING: "a transfer coding nobody asked for",
    _TOO_LARGE: "a head without end",
    pycurl.E_OUT_OF_MEMORY: "a head without end",
    pycurl.E_HTTP2: "broken HTTP/2",
    _HTTP2_STREAM: "broken HTTP/2",
}
_CERTIFICATE = (pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_ISSUER_ERROR, pycurl.E_SSL_INVALIDCERTSTATUS)
_TLS = (pycurl.E_SSL_CONNECT_ERROR, pycurl.E_SSL_CIPHER, pycurl.E_SSL_ENGINE_INITFAILED)


def _certificate_text(text: str) -> str:
    """OpenSSL's own words for what is wrong with a certificate: no bytes of the certificate are in them."""
    if "host name" in text or "subject name" in text:
        return "Hostname mismatch"
    _, _, said = text.partition("certificate problem: ")
    return said if said and said.isascii() and said.isprintable() and len(said) < 200 else "it could not be verified"


def _tls_text(text: str) -> str:
    """The reason at the end of one of OpenSSL's error lines (``error:0A00010B:SSL routines::wrong version number``)."""
    reason = text.rpartition(":")[2].strip().lower()
    return reason if reason and reason.isascii() and reason.isprintable() and len(reason) < 100 else "TLS failed"


def from_httpx(error: Exception, host: str, deadline: float, *, answering: bool) -> SourceError | Broken:
    """What to make of an error of a transport that was handed in, while it was asked or, ``answering``, later."""
    if isinstance(error, httpx.ConnectTimeout):
        return from_connecting(TimeoutError(), host, deadline)
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        # A head that came in part cannot be told from none.
        slow = too_slow(host, deadline)
        slow.unheard = None if answering else "answer"
        return slow
    if isinstance(error, httpx.ProtocolError | httpx.DecodingError):
        return invalid_http(host, "a broken head or body")
    if isinstance(error, httpx.ConnectError):
        return from_connecting(OSError(), host, deadline)
    return broken(host, answering=answering)


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
        if not known:
            return AuthFailed(
                f"{host} requires a token or password ({said}); see the source's options",
                status=status,
            )
        return AuthFailed(f"{host} rejected our credentials ({said}): renew the token or password", status=status)
    if status == 403:
        return Forbidden(
            f"{host} denied access ({said}): the account may lack a permission, or bots are blocked", status=status
        )
    if status == 407 and not proxied:
        return UnexpectedResponse(f"{host} answers {said}, as a proxy would: check the address", status=status)
    if status == 407:
        return Unreachable(
            f"the proxy on the way to {host} requires a user name and password ({said}): check HTTP_PROXY"
        )
    if status == 410:
        return Gone(
            f"{host} says this is permanently gone ({said}): remove the source or give its new address", status=status
        )
    if status == 429 or (status == 503 and until is not None):
        when = f"; it may be asked again at {minute(until)} UTC" if until else ""
        return RateLimited(f"{host} has rate-limited us ({said}){when}", until=until, status=status)
    if status >= 500 or status == 408:
        return ServerError(f"{host} had a server error ({said}); will retry", status=status)
    if status == 404:
        return UnexpectedResponse(f"{host} has nothing at this address ({said}): check it", status=status)
    return UnexpectedResponse(f"{host} answers {said}, which is not a valid response here", status=status)


def _phrase(status: int) -> str:
    """Our own phrase: the server's may hold anything."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
