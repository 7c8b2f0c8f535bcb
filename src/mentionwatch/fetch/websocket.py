"""WebSocket by the ``websockets`` library, which is given bytes and gives frames; the connection is ours.

Its own client would resolve and connect by itself, keep a thread a connection and offer compression: here the address
has passed the policy, and what is not compressed cannot swell.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence

import httpx
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidStatus, NegotiationError, PayloadTooBig
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Response
from websockets.uri import WebSocketURI

from mentionwatch.errors import ServerError, SourceError, TimedOut, UnexpectedResponse
from mentionwatch.fetch.error_mapping import broken, from_stream, invalid_http
from mentionwatch.fetch.transport import Pairs

#: A message longer than this is passed over, in bytes: the stream goes on.
MOST_MESSAGE = 4_000_000
#: A message longer than this says nothing ever: the stream is given up.
_MOST_PASSED = 16_000_000
#: Frames of one message: a million empty ones are an attack on the CPU.
_MOST_FRAMES = 100_000
_READ = 262_144
#: Seconds until a pong, or the answer to our close, must be out.
_SEND = 10.0
_DATA = (Opcode.CONT, Opcode.TEXT, Opcode.BINARY)
_PONG = 0x80 | Opcode.PONG
_GOING = {1000: "it is done", 1001: "it goes away", 1008: "policy violation", 1011: "server error", 1012: "it restarts",
          1013: "try again later"}  # fmt: skip


class WebSocket:
    """One open WebSocket. ``silence`` is after how many seconds without a byte the server is asked whether it lives."""

    def __init__(
        self,
        connection: socket.socket,
        url: httpx.URL,
        shown: str,
        monotonic: Callable[[], float],
        *,
        silence: float,
        tick: float,
    ) -> None:
        self._socket = connection
        self._shown = shown
        self._monotonic = monotonic
        self._silence = silence
        self._tick = tick
        self._protocol = ClientProtocol(_uri(url), max_size=_MOST_PASSED)
        self._parts: list[bytes] = []
        self._size = self._frames = 0
        #: Frames that came with the answer to the handshake.
        self._early: list[Frame] = []

    def open(self, headers: Pairs, left: Callable[[], float]) -> Response:
        """Asks for the protocol with ``headers`` of ours, and gives the answer, whatever its status.

        Raises ``SourceError``, ``Broken`` and ``TimeoutError``.
        """
        request = self._protocol.connect()
        handshake = request.headers
        request.headers = Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
        for name, value in handshake.raw_items():
            if name.lower() != "host":
                request.headers[name] = value
        self._protocol.send_request(request)
        try:
            while True:
                self._socket.settimeout(left())
                for data in self._protocol.data_to_send():
                    if data:
                        self._socket.sendall(data)
                data = self._socket.recv(_READ)
                self._protocol.receive_data(data) if data else self._protocol.receive_eof()
                events = self._protocol.events_received()
                if events and isinstance(response := events[0], Response):
                    self._early = [event for event in events[1:] if isinstance(event, Frame)]
                    return self._checked(response)
                if self._protocol.handshake_exc is not None:
                    raise self._protocol.handshake_exc
                if not data:
                    raise broken(self._shown, answering=False)
        except InvalidMessage as error:
            if isinstance(error.__cause__, EOFError):
                raise broken(self._shown, answering=False) from error
            raise invalid_http(self._shown, "a broken head or body") from error
        except InvalidHandshake as error:
            raise invalid_http(self._shown, "a broken head or body") from error
        except OSError as error:
            raise from_stream(error, self._shown, answering=False) from error

    def _checked(self, response: Response) -> Response:
        error = self._protocol.handshake_exc
        if isinstance(error, NegotiationError):
            said = f"{self._shown} speaks WebSocket with extensions that nobody asked for"
            raise UnexpectedResponse(said, status=101) from error
        if error is not None and not isinstance(error, InvalidStatus):
            raise UnexpectedResponse(f"{self._shown} sent an invalid WebSocket response", status=101) from error
        return response

    def messages(self) -> Iterator[list[bytes]]:
        """Whole messages as they come, some at once; an empty list for every ``tick`` seconds without.

        Never ends but by a :class:`~mentionwatch.errors.SourceError`.
        """
        frames: Sequence[object] = self._early
        heard, asked = self._monotonic(), False
        while True:
            self._send()  # pongs, or the answer to a close
            found, ending = self._assembled(frames)
            if found:
                yield found
            if ending is not None:
                raise ending
            data = self._receive()
            if data is not None:
                heard, asked = self._monotonic(), False
                self._protocol.receive_data(data) if data else self._protocol.receive_eof()
                frames = self._protocol.events_received()
                continue
            frames = ()
            silent = self._monotonic() - heard
            if silent > 2 * self._silence:
                raise TimedOut(f"{self._shown} went silent: not even a pong within {2 * self._silence:g} s")
            if silent > self._silence and not asked:
                self._protocol.send_ping(b"")
                asked = True
            yield []

    def hang_up(self) -> None:
        """Ends the stream, from any thread."""
        with contextlib.suppress(OSError):
            # TLS or not: SSLSocket's own method would pull the session from under the thread that reads.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Says good-bye, as far as that goes, and closes."""
        with contextlib.suppress(OSError, SourceError, InvalidHandshake):
            if self._protocol.state.name == "OPEN":
                self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
                self._send()
        self._socket.close()

    def _receive(self) -> bytes | None:
        """What has come, ``b""`` at the end; ``None`` when nothing did for a while."""
        try:
            self._socket.settimeout(min(self._tick, self._silence))
            return bytes(self._socket.recv(_READ))
        except TimeoutError:
            return None
        except OSError as error:
            raise ServerError(f"the stream of {self._shown} broke off") from error

    def _assembled(self, frames: Sequence[object]) -> tuple[list[bytes], SourceError | None]:
        """The messages that end in these frames, and what the stream ends with."""
        found: list[bytes] = []
        for frame in frames:
            if not isinstance(frame, Frame) or frame.opcode not in _DATA:
                continue
            self._frames += 1
            self._size += len(frame.data)
            if self._frames > _MOST_FRAMES:
                return found, UnexpectedResponse(f"{self._shown} sends a message in more pieces than anybody would")
            if self._size <= MOST_MESSAGE:
                self._parts.append(bytes(frame.data))
            else:
                self._parts.clear()
            if frame.fin:
                if self._size <= MOST_MESSAGE:
                    found.append(b"".join(self._parts))
                self._parts.clear()
                self._size = self._frames = 0
        return found, self._ending()

    def _ending(self) -> SourceError | None:
        protocol, error = self._protocol, self._protocol.parser_exc
        if protocol.close_rcvd is not None:
            code = protocol.close_rcvd.code
            why = _GOING.get(code)
            return ServerError(f"{self._shown} ended the stream ({int(code)}{f': {why}' if why else ''})")
        if error is None:
            return None
        if isinstance(error, EOFError):
            return ServerError(f"{self._shown} ended the stream without a reason")
        if isinstance(error, PayloadTooBig):
            return UnexpectedResponse(f"{self._shown} sends a message without end")
        # The library's own words, and none of the server's.
        return UnexpectedResponse(f"{self._shown} sent invalid WebSocket frames: {error}")

    def _send(self) -> None:
        pieces = _pongs_as_one(self._protocol.data_to_send())
        try:
            self._socket.settimeout(_SEND)
            for piece in pieces:
                if piece:
                    self._socket.sendall(piece)
        except OSError as error:
            # A server that has said good-bye may be gone before it hears ours.
            if self._protocol.close_rcvd is None and self._protocol.parser_exc is None:
                raise ServerError(f"the stream of {self._shown} broke off") from error


def _pongs_as_one(pieces: Sequence[bytes]) -> list[bytes]:
    """What is to be sent, of all pongs only the last: that is answer enough (RFC 6455, 5.5.3)."""
    pongs = [piece for piece in pieces if piece[:1] == bytes((_PONG,))]
    return [piece for piece in pieces if piece[:1] != bytes((_PONG,))] + pongs[-1:]


def _uri(url: httpx.URL) -> WebSocketURI:
    path, _, query = url.raw_path.decode("ascii").partition("?")
    secure = url.scheme == "https"
    return WebSocketURI(secure, url.raw_host.decode("ascii"), url.port or (443 if secure else 80), path, query)
