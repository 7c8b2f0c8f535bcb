"""Server-sent events (WHATWG HTML, section 9.2): what one event of a stream says."""

from __future__ import annotations

__all__ = ["parse_event"]


def parse_event(block: bytes) -> tuple[str, bytes]:
    """The name of an event and its data, of the lines it came as; ``("", b"")`` for a comment such as a heartbeat.

    Lines end in CR LF, LF or CR. Of several ``data`` lines one text is made, of several names the last counts; an event
    without a name is a ``message``.
    """
    name, data = "", []
    for line in block.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        key, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if key == b"event":
            name = value.decode("utf-8", "replace")
        elif key == b"data":
            data.append(value)
    if not data:
        return "", b""
    return name or "message", b"\n".join(data)
