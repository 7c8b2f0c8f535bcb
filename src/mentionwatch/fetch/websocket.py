"""The WebSocket protocol (RFC 6455), as much of it as listening takes: no extensions, nothing said but pong and close.

Written out because a library's client keeps a thread and a lock for every message, follows addresses of its own, and
offers compression: here a message costs two microseconds, the connection is one that ``doors`` has checked, and what is
not compressed cannot swell. ``tests/network/test_fetch_stream.py`` holds it to the RFC.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import secrets
from collections.abc import Callable, Iterator

from mentionwatch.errors import ServerError, SourceError, TimedOut, UnexpectedResponse
from mentionwatch.fetch.error_mapping import Broken, from_stream
from mentionwatch.fetch.wire import Head, Pairs, Wire

#: A message longer than this is passed over, in bytes: it is not held, and the stream goes on.
MOST_MESSAGE = 4_000_000
#: What is passed over of one message before the stream is given up: a message without end says nothing ever.
_MOST_PASSED = 64_000_000
#: Frames of one message: a million empty ones are an attack on the CPU.
_MOST_FRAMES = 100_000
#: Messages given at once.
_BATCH = 1_000
_READ = 262_144
#: Seconds until a pong, or the answer to our close, must be out.
_SEND = 10.0

_CONTINUED, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_GOING = {1000: "it is done", 1001: "it goes away", 1008: "it does not like how we listen", 1011: "it is in trouble",
          1012: "it restarts", 1013: "it asks us to come again later"}  # fmt: skip


def handshake() -> tuple[Pairs, bytes]:
    """Headers that ask for the protocol, and what the answer's ``Sec-WebSocket-Accept`` must be."""
    key = base64.b64encode(secrets.token_bytes(16))
    headers = [
        (b"Connection", b"Upgrade"),
        (b"Upgrade", b"websocket"),
        (b"Sec-WebSocket-Version", b"13"),
        (b"Sec-WebSocket-Key", key),
    ]
    return headers, base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())


def check(head: Head, accept: bytes, shown: str) -> None:
    """Raises ``UnexpectedResponse`` where an answer of status 101 does not open a WebSocket."""
    fields = dict(head.fields)
    if fields.get(b"upgrade", b"").lower() != b"websocket" or fields.get(b"sec-websocket-accept") != accept:
        raise UnexpectedResponse(f"{shown} does not speak WebSocket as it should", status=101)
    if b"sec-websocket-extensions" in fields:
        raise UnexpectedResponse(f"{shown} speaks WebSocket with extensions that nobody asked for", status=101)


class WebSocket:
    """One open WebSocket. ``silence`` is after how many seconds without a byte the server is asked whether it lives."""

    def __init__(self, wire: Wire, shown: str, monotonic: Callable[[], float], *, silence: float, tick: float) -> None:
        self._wire = wire
        self._socket, came = wire.hand_over()
        self._buffer = bytearray(came)
        self._shown = shown
        self._monotonic = monotonic
        self._silence = silence
        self._tick = tick
        self._parts: list[bytes] = []
        self._held = 0
        self._passed = 0
        self._frames = 0
        #: Inside a message whose end has not come.
        self._inside = False
        #: How far the buffer has been read, and the pings in it.
        self._at = 0
        self._pings: list[bytes] = []
        #: What the stream ends with, once what came before has been told.
        self._ending: SourceError | None = None
        #: Bytes of a frame's payload that are still to come and not wanted.
        self._skip = 0

    def messages(self) -> Iterator[list[bytes]]:
        """Whole messages as they come, some at once; an empty list for every ``tick`` seconds without.

        Never ends but by a :class:`~mentionwatch.errors.SourceError`.
        """
        heard, asked = self._monotonic(), False
        while True:
            found = self._found()
            if found:
                yield found
                continue
            data = self._receive()
            if data is not None:
                heard, asked = self._monotonic(), False
                self._buffer += data
                continue
            silent = self._monotonic() - heard
            if silent > 2 * self._silence:
                raise TimedOut(f"{self._shown} has fallen silent: not even a pong came in {2 * self._silence:g} s")
            if silent > self._silence and not asked:
                self._send(_PING, b"")
                asked = True
            yield []

    def hang_up(self) -> None:
        """Ends the stream, from any thread."""
        self._wire.hang_up()

    def close(self) -> None:
        """Says good-bye, as far as that goes, and closes."""
        with contextlib.suppress(OSError, SourceError):
            self._send(_CLOSE, (1000).to_bytes(2, "big"))
        self._socket.close()

    def _receive(self) -> bytes | None:
        """What has come; ``None`` when nothing did for a while."""
        try:
            self._socket.settimeout(min(self._tick, self._silence))
            data = self._socket.recv(_READ)
        except TimeoutError:
            return None
        except OSError as error:
            raise _source_error(error, self._shown) from error
        if not data:
            raise ServerError(f"{self._shown} ended the stream without a word")
        return data

    def _found(self) -> list[bytes]:
        """The messages of which the buffer holds the end; what is wrong after them is told when they have been."""
        if self._ending is not None:
            raise self._ending
        found: list[bytes] = []
        self._at = 0
        self._pings.clear()
        try:
            while len(found) < _BATCH and self._next_frame(found):
                pass
        except SourceError as error:
            if not found:
                raise
            self._ending = error
        del self._buffer[: self._at]
        if self._pings and self._ending is None:
            # The last is answer enough (RFC 6455, 5.5.3), and a flood of them costs one a batch.
            self._send(_PONG, self._pings[-1])
        return found

    def _next_frame(self, found: list[bytes]) -> bool:
        """Go on by one frame; ``False`` when the buffer does not hold the whole of it."""
        buffer, size = self._buffer, len(self._buffer)
        if self._skip:
            gone = min(self._skip, size - self._at)
            self._skip -= gone
            self._at += gone
            if self._skip:
                return False
        start = self._at + 2
        if start > size:
            return False
        first, length = buffer[self._at], buffer[self._at + 1]
        if length > 127:
            raise UnexpectedResponse(f"{self._shown} sends masked frames, which no server may")
        if length > 125:
            end = start + (2 if length == 126 else 8)
            if end > size:
                return False
            length, start = int.from_bytes(buffer[start:end], "big"), end
        opcode = first & 0x0F
        if first & 0x70:
            raise UnexpectedResponse(f"{self._shown} sends frames of an extension that nobody asked for")
        if opcode >= _CLOSE and (length > 125 or first < 0x80):
            raise UnexpectedResponse(f"{self._shown} sends control frames that are none")
        if opcode < _CLOSE and (opcode > _BINARY or (opcode == _CONTINUED) != self._inside):
            raise UnexpectedResponse(f"{self._shown} sends frames in an order that makes no message")
        if opcode < _CLOSE and self._held + length > MOST_MESSAGE:
            self._pass_over(length)
            self._at, self._skip = start, length
            self._end_piece(found, final=first >= 0x80)
            return True
        end = start + length
        if end > size:
            return False
        self._at = end
        payload = bytes(buffer[start:end])
        if opcode >= _CLOSE:
            self._control(opcode, payload)
        elif first >= 0x80 and opcode:
            found.append(payload)
        else:
            self._held += length
            self._parts.append(payload)
            self._end_piece(found, final=first >= 0x80)
        return True

    def _control(self, opcode: int, said: bytes) -> None:
        if opcode == _CLOSE:
            raise self._closed(said)
        if opcode == _PING:
            self._pings.append(said)
        elif opcode != _PONG:
            raise UnexpectedResponse(f"{self._shown} sends frames of a kind nobody knows")

    def _end_piece(self, found: list[bytes], *, final: bool) -> None:
        """One piece of a message has been taken, or passed over."""
        self._frames += 1
        if self._frames > _MOST_FRAMES:
            raise UnexpectedResponse(f"{self._shown} sends a message in more pieces than anybody would")
        self._inside = not final
        if final:
            if not self._passed:
                found.append(b"".join(self._parts))
            self._parts, self._held, self._passed, self._frames = [], 0, 0, 0

    def _pass_over(self, length: int) -> None:
        """The rest of the message is not wanted, nor is what came of it."""
        self._passed += length
        self._parts = []
        self._held = MOST_MESSAGE
        if self._passed > _MOST_PASSED:
            raise UnexpectedResponse(f"{self._shown} sends a message without end")

    def _closed(self, said: bytes) -> SourceError:
        code = int.from_bytes(said[:2], "big") if len(said) >= 2 else 1005
        with contextlib.suppress(OSError, SourceError):
            self._send(_CLOSE, said[:2])
        why = _GOING.get(code)
        return ServerError(f"{self._shown} ended the stream ({code}{f': {why}' if why else ''})")

    def _send(self, opcode: int, said: bytes) -> None:
        mask = secrets.token_bytes(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(said))
        try:
            self._socket.settimeout(_SEND)
            self._socket.sendall(bytes((0x80 | opcode, 0x80 | len(said))) + mask + masked)
        except OSError as error:
            raise _source_error(error, self._shown) from error


def _source_error(error: OSError, shown: str) -> SourceError:
    told = from_stream(error, shown, _SEND, answering=True)
    return ServerError(f"the stream of {shown} broke off") if isinstance(told, Broken) else told


__all__ = ["MOST_MESSAGE", "WebSocket", "check", "handshake"]
