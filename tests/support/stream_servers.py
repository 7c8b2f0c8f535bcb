"""Real servers that keep talking, on 127.0.0.1: a WebSocket server, a Jetstream that replays, server-sent events.

Every wait in here ends when the server closes, so no test leaves a thread or a socket behind.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.waiting import join

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(payload: bytes, opcode: int = TEXT, *, final: bool = True, reserved: int = 0, masked: bool = False) -> bytes:
    """One frame as a server sends it, or as none may."""
    length = len(payload)
    mark = 0x80 if masked else 0
    if length < 126:
        size = bytes([mark | length])
    elif length < 65_536:
        size = bytes([mark | 126]) + length.to_bytes(2, "big")
    else:
        size = bytes([mark | 127]) + length.to_bytes(8, "big")
    key = b"\0\0\0\0" if masked else b""
    return bytes([(0x80 if final else 0) | reserved << 4 | opcode]) + size + key + payload


class Line:
    """One connection, as its handler has it."""

    def __init__(self, connection: socket.socket, target: str, headers: dict[str, str], ended: threading.Event) -> None:
        self.socket = connection
        self.target = target
        self.headers = headers
        self.ended = ended
        #: Frames the client sent, each opcode and payload.
        self.told: list[tuple[int, bytes]] = []

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def upgrade(self, **changed: str) -> None:
        """Take the handshake; ``changed`` spoils headers of the answer."""
        key = self.headers.get("sec-websocket-key", "").encode()
        accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest()).decode()
        fields = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept}
        fields.update({name.replace("_", "-"): value for name, value in changed.items()})
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
        self.send(f"HTTP/1.1 101 Switching Protocols\r\n{head}\r\n".encode())

    def answer(self, status: str, body: bytes = b"", **headers: str) -> None:
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self.send(f"HTTP/1.1 {status}\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def read_frame(self) -> tuple[int, bytes] | None:
        """What the client says next; ``None`` when it has gone."""
        head = self._exactly(2)
        if head is None:
            return None
        length = head[1] & 0x7F
        assert head[1] & 0x80, "a client must mask"
        assert length < 126, "nothing we say is long"
        rest = self._exactly(4 + length)
        if rest is None:
            return None
        payload = bytes(byte ^ rest[at % 4] for at, byte in enumerate(rest[4:]))
        self.told.append((head[0] & 0x0F, payload))
        return self.told[-1]

    def _exactly(self, size: int) -> bytes | None:
        data = b""
        while len(data) < size:
            try:
                more = self.socket.recv(size - len(data))
            except OSError:
                return None
            if not more:
                return None
            data += more
        return data

    def wait_for_end(self) -> None:
        """Say nothing until the client leaves or the server closes."""
        with contextlib.suppress(OSError):
            while self.socket.recv(4096):
                pass


class StreamServer:
    """Reads the head of each request and gives the connection to ``handle``; closes it when that returns."""

    def __init__(self, handle: Callable[[Line], object] | None = None) -> None:
        self.handle: Callable[[Line], object] = self.serve if handle is None else handle
        self.ended = threading.Event()
        self.lines: list[Line] = []
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.host = "127.0.0.1"
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def serve(self, line: Line) -> None:
        line.answer("404 Not Found")

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            raw = b""
            while b"\r\n\r\n" not in raw:
                data = connection.recv(65_536)
                if not data:
                    return
                raw += data
            first, *rest = raw.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
            headers = {name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
            line = Line(connection, first.split(" ")[1], headers, self.ended)
            self.lines.append(line)
            self.handle(line)

    def close(self) -> None:
        self.ended.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        join(self._acceptor, "the server to stop accepting")
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            join(thread, "a connection of the server to end")

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()


class Jetstream(StreamServer):
    """Replays from the cursor what it still keeps, then goes on with what is added; as Jetstream's ``/subscribe``.

    ``cut`` ends each connection after so many events. ``kept`` is the first event that is still there.
    """

    def __init__(self, events: Sequence[bytes] = (), *, cut: int | None = None) -> None:
        self.events = list(events)
        self.cut = cut
        self.kept = 0
        #: Connections that get what is added from now on.
        self.listening = 0
        self.more = threading.Condition()
        super().__init__()

    def add(self, *events: bytes) -> None:
        with self.more:
            self.events += events
            self.more.notify_all()

    def close(self) -> None:
        self.ended.set()
        with self.more:
            self.more.notify_all()
        super().close()

    def serve(self, line: Line) -> None:
        cursor = line.query.get("cursor")
        with self.more:
            at = len(self.events)
            if cursor is not None:
                times = [json.loads(event)["time_us"] for event in self.events]
                after = (n for n, time in enumerate(times) if time >= int(cursor[0]) and n >= self.kept)
                at = next(after, len(self.events))
            self.listening += 1
        # Only now: the client may tell that it listens, and what is added from then on is for it.
        line.upgrade()
        sent = 0
        while True:
            with self.more:
                while at >= len(self.events) and not self.ended.is_set():
                    self.more.wait(0.2)
                    if _has_left(line):
                        return
                if self.ended.is_set():
                    return
                batch = self.events[at : at + 100]
            for event in batch:
                if self.cut is not None and sent >= self.cut:
                    return
                line.send(frame(event))
                at += 1
                sent += 1


def _has_left(line: Line) -> bool:
    line.socket.settimeout(0.001)
    try:
        return line.socket.recv(1, socket.MSG_PEEK) == b""
    except TimeoutError:
        return False
    except OSError:
        return True
    finally:
        line.socket.settimeout(None)


def post(
    number: int,
    text: str,
    *,
    time_us: int,
    operation: str = "create",
    did: str = "did:plc:tester",
    written: timedelta = timedelta(seconds=1),
) -> bytes:
    """One event of a post as Jetstream sends it; by the writer's clock it was ``written`` so long before."""
    commit: dict[str, Any] = {
        "rev": f"3m{number:011d}",
        "operation": operation,
        "collection": "app.bsky.feed.post",
        "rkey": f"3m{number:011d}",
    }
    if operation != "delete":
        at = datetime.fromtimestamp(time_us // 1_000_000, UTC) - written
        created = f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
        commit["record"] = {"$type": "app.bsky.feed.post", "createdAt": created, "text": text}
        commit["cid"] = "bafyreitest"
    event = {"did": did, "time_us": time_us, "kind": "commit", "commit": commit}
    return json.dumps(event, ensure_ascii=False).encode()


def sse(name: str, data: str) -> bytes:
    """One server-sent event as Mastodon sends it, as a chunk of its answer."""
    return chunk(f"event: {name}\ndata: {data}\n\n".encode())


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)
