"""An httpx transport that stands for the whole network, in a test or the demo, under the bounds of the real one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import httpx

from mentionwatch.fetch.error_mapping import from_httpx
from mentionwatch.fetch.transport import TransportRequest, TransportResponse

#: All that such a transport may raise for the network's or the server's sake.
_ERRORS = (httpx.TransportError, httpx.DecodingError, OSError)


class InjectedTransport:
    """It is not closed: it is not ours."""

    def __init__(self, transport: object) -> None:
        if not isinstance(transport, httpx.BaseTransport):
            raise TypeError("Env.transport must be an httpx.BaseTransport")
        self._transport = transport

    def send(self, request: TransportRequest) -> TransportResponse:
        sent = httpx.Request(
            request.method,
            request.url,
            headers=request.headers,
            content=request.content or None,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), request.left())},
        )
        try:
            response = self._transport.handle_request(sent)
        except _ERRORS as error:
            raise from_httpx(error, request.shown, request.deadline, answering=False) from error
        stream = response.stream
        if not isinstance(stream, httpx.SyncByteStream):
            raise TypeError("Env.transport must be a synchronous httpx transport")
        return TransportResponse(response.status_code, response.headers.raw, _bounded(stream, request), response.close)

    def close(self) -> None:
        pass


def _bounded(stream: Iterable[bytes], request: TransportRequest) -> Iterator[bytes]:
    """The body's chunks, until the deadline, with errors as this room's."""
    try:
        for chunk in stream:
            yield chunk
            request.left()
    except _ERRORS as error:
        raise from_httpx(error, request.shown, request.deadline, answering=True) from error
