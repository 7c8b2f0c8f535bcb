"""HTTP/1.1 over one connection, as much of it as asking takes (RFC 9112): no pipelining, no trailers kept.

Written out because it is most of what an unchanged feed costs: the same fetch takes 0.56 ms of CPU through httpcore and
h11, 0.28 through this, and here every wait and every byte is bounded in one place. ``tests/network/test_fetch_wire.py``
holds it to what h11 reads.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

#: The heads of one answer, interim ones (1xx) included, in bytes.
MOST_HEAD = 100_000
# A chunk's size line with its extensions, and the trailers after the last chunk, in bytes.
_MOST_CHUNK_LINE = 4_096
_MOST_TRAILERS = 32_768
# What chunk marks may come to that are longer than their chunks: chunks of one byte each are an attack on the CPU.
_MOST_MARKS = 1_000_000
_READ = 65_536

_STATUS = re.compile(rb"HTTP/1\.([01]) ([0-9]{3})(?: [^\n]*)?\r?\n")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\n]*)?\r?\n")

Pairs = list[tuple[bytes, bytes]]


class Malformed(Exception):
    """Not HTTP as it should be."""


class HungUp(ConnectionError):
    """The other side closed the connection before its answer was whole."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status and fields of an answer. ``length`` is the body's; ``None``: chunks or the connection's end tell it."""

    status: int
    fields: Pairs
    length: int | None
    chunked: bool


class Wire:
    """One connection. ``socket`` is connected, and secured where that was wanted.

    ``left`` gives the seconds until the deadline of what is being asked, and raises ``TimeoutError`` after it.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = bytearray()
        self._left: Callable[[], float] = float
        self._keeps = False
        #: The last answer was read to its end and both sides mean to go on.
        self.reusable = False
        #: Whether any byte of the answer at hand has come.
        self.heard = False

    def ask(self, request: bytes, method: str, left: Callable[[], float], *, upgrade: bool = False) -> Head:
        """Sends a request and reads the head of its answer, with ``upgrade`` also one of status 101.

        Raises Malformed, HungUp, ``TimeoutError`` and ``OSError``.
        """
        self._left = left
        self.reusable = self.heard = False
        self._socket.settimeout(left())
        # A server may answer before it has heard all, and hang up: what it said is still to be read.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(request)
        budget = MOST_HEAD
        while True:
            raw = self._read_head(budget)
            budget -= len(raw)
            head, keeps = _parse_head(raw, method)
            if head.status >= 200:
                break
            if head.status == 101:
                if upgrade:
                    break
                raise Malformed("an upgrade nobody asked for")
        self._keeps = keeps
        return head

    def chunks(self, head: Head) -> Iterator[bytes]:
        """The body's bytes as they come. Raises as :meth:`ask`; HungUp when it ends early."""
        if head.chunked:
            yield from self._chunked()
        elif head.length is not None:
            yield from self._counted(head.length)
        else:
            while data := self._take(_READ) or self._receive():
                yield data
            return
        self.reusable = self._keeps and not self._buffer

    def is_stale(self) -> bool:
        """Whether an idle connection has been closed, or has said something nobody asked for."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))

    def has_more(self, seconds: float) -> bool:
        """Waits so many seconds at most for something to read, the connection's end included; whether it came."""
        if self._buffer or (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending()):
            return True
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def hand_over(self) -> tuple[socket.socket, bytes]:
        """The connection, to be used otherwise from here on, and what has come over it already."""
        return self._socket, self._take(len(self._buffer))

    def hang_up(self) -> None:
        """Ends the connection, from any thread: whoever reads from it comes to its end."""
        with contextlib.suppress(OSError):
            # TLS or not: SSLSocket's own method would pull the session from under the thread that reads.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> bytes:
        self._socket.settimeout(self._left())
        return self._socket.recv(_READ)

    def _fill(self) -> None:
        data = self._receive()
        if not data:
            raise HungUp
        self.heard = True
        self._buffer += data

    def _take(self, most: int) -> bytes:
        data = bytes(self._buffer[:most])
        del self._buffer[:most]
        return data

    def _read_head(self, budget: int) -> bytes:
        searched = 0
        while True:
            end = _END_OF_HEAD.search(self._buffer, searched)
            if end is not None and end.end() <= budget:
                return self._take(end.end())
            if len(self._buffer) > budget or end is not None:
                raise Malformed("a head without end")
            searched = max(0, len(self._buffer) - 3)
            try:
                self._fill()
            except HungUp:
                if self._buffer and not self._buffer.startswith(b"HTTP/1.") and not b"HTTP/1.".startswith(self._buffer):
                    raise Malformed("no status line") from None
                raise

    def _counted(self, length: int) -> Iterator[bytes]:
        while length > 0:
            if not self._buffer:
                self._fill()
            data = self._take(length)
            length -= len(data)
            yield data

    def _chunked(self) -> Iterator[bytes]:
        marks = _MOST_MARKS
        while True:
            line = self._line(_MOST_CHUNK_LINE)
            match = _CHUNK_SIZE.fullmatch(line)
            if match is None:
                raise Malformed("a chunk without its size")
            size = int(match[1], 16)
            marks -= max(0, len(line) - size)
            if marks < 0:
                raise Malformed("chunks of next to nothing")
            if size == 0:
                break
            yield from self._counted(size)
            if self._line(2) not in (b"\r\n", b"\n"):
                raise Malformed("a chunk longer than its size")
        budget = _MOST_TRAILERS
        while (trailer := self._line(budget)) not in (b"\r\n", b"\n"):
            budget -= len(trailer)

    def _line(self, most: int) -> bytes:
        """The next line with its end, of at most so many bytes."""
        while (end := self._buffer.find(b"\n", 0, most)) < 0:
            if len(self._buffer) >= most:
                raise Malformed("a line without end")
            self._fill()
        return self._take(end + 1)


def _parse_head(raw: bytes, method: str) -> tuple[Head, bool]:
    """The head, and whether the connection may stay open after it."""
    start = _STATUS.match(raw)
    if start is None:
        raise Malformed("no status line")
    status = int(start[2])
    fields: Pairs = []
    sound = True
    for line in _FOLD.sub(b" ", raw[start.end() :]).split(b"\n"):  # folding: obsolete since 2014, and still sent
        name, colon, value = line.partition(b":")
        if colon and _TOKEN.fullmatch(name):
            fields.append((name.lower(), value.strip(b" \t\r")))
        elif line.strip():
            sound = False  # not a field: left out, and the connection not trusted further
    length, chunked = _framing(fields, status, method)
    # An answer framed in two ways is read by RFC 9112, but whoever sends it may mean the next one otherwise.
    declared = _joined(fields, b"content-length")
    framed = not declared if chunked else length is not None
    if status in (204, 304) and (declared not in (b"", b"0") or _joined(fields, b"transfer-encoding")):
        framed = False  # what has no body may bring one all the same, and it would be read as the next answer
    lasting = start[1] == b"1" and sound and framed and b"close" not in _joined(fields, b"connection").lower()
    return Head(status, fields, length, chunked), lasting


def _framing(fields: Pairs, status: int, method: str) -> tuple[int | None, bool]:
    """How long the body is, or whether it comes in chunks (RFC 9112, 6.3)."""
    if method == "HEAD" or status < 200 or status in (204, 304):
        return 0, False
    coding = _joined(fields, b"transfer-encoding").lower()
    if coding not in (b"", b"identity"):
        if coding != b"chunked":
            raise Malformed("a transfer coding nobody asked for")
        return None, True
    lengths = {part.strip() for part in _joined(fields, b"content-length").split(b",")} - {b""}
    if not lengths:
        return None, False
    length = lengths.pop()
    if lengths or not length.isdigit() or len(length) > 18:
        raise Malformed("a length that is none")
    return int(length), False


def _joined(fields: Pairs, name: bytes) -> bytes:
    return b", ".join([value for key, value in fields if key == name])
