"""A Jetstream on loopback that says posts as fast as they are taken: ``python -m benchmarks.streamserver COUNT``.

Prints its port. The posts are those of a recorded stream, given with their file, else made up; each gets a number and a
time of its own. One in a thousand names the brand; the last says ``the end of the stream``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_POST = "app.bsky.feed.post"
_EVERY = 1_000
END = "Acme Coffee is the end of the stream"
_WORDS = "a grinder that hums, and every morning the same question of who made the first cup of the day #coffee ☕"


def recorded(path: Path) -> list[dict[str, Any]]:
    """The posts of a recording, one event a line."""
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [e for e in events if e.get("commit", {}).get("collection") == _POST and "record" in e["commit"]]


def made_up() -> list[dict[str, Any]]:
    """Posts of no people, of the usual lengths, one in four with a link and its facet."""
    events = []
    for number in range(20):
        record: dict[str, Any] = {"$type": _POST, "createdAt": "2026-07-04T14:38:08.420Z", "langs": ["en"]}
        record["text"] = _WORDS[: 20 + 4 * number]
        if number % 4 == 0:
            link = {"$type": "app.bsky.richtext.facet#link", "uri": f"https://beans.example/{number}"}
            record["facets"] = [{"features": [link], "index": {"byteStart": 0, "byteEnd": 9}}]
        commit = {"rev": "3m", "operation": "create", "collection": _POST, "record": record, "cid": "bafyrei"}
        events.append({"did": f"did:plc:made{number}", "time_us": 0, "kind": "commit", "commit": commit})
    return events


def frames(events: list[dict[str, Any]], count: int) -> Iterator[bytes]:
    """``count`` posts as text frames."""
    begin = time.time_ns() // 1000
    for number in range(count):
        event = events[number % len(events)]
        commit = event["commit"]
        if number % _EVERY == _EVERY - 1 or number == count - 1:
            said = END if number == count - 1 else f"Acme Coffee, for the {number}th time"
            commit = {**commit, "record": {"$type": _POST, "createdAt": "2026-07-04T14:38:08Z", "text": said}}
        commit = {**commit, "rkey": f"3m{number:011d}"}
        event = {**event, "time_us": begin + number, "commit": commit}
        payload = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2, "big")
        yield b"\x81" + size + payload


def main() -> None:
    count = int(sys.argv[1])
    events = recorded(Path(sys.argv[2])) if len(sys.argv) > 2 else made_up()
    parts = list(frames(events, count))
    blocks = [b"".join(parts[at : at + 100]) for at in range(0, count, 100)]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        connection, _ = listener.accept()
        with connection:
            head = connection.recv(65_536).decode("latin-1")
            key = next(line for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key:"))
            accept = base64.b64encode(
                hashlib.sha1(key.split(": ")[1].encode() + _GUID, usedforsecurity=False).digest()
            ).decode()
            connection.sendall(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
            )
            print("begun", flush=True)
            for block in blocks:
                connection.sendall(block)
            connection.recv(65_536)  # until the other side has had enough


if __name__ == "__main__":
    main()
