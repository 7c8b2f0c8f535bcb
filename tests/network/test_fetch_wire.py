"""The wire reads what h11, which is the judge, reads – however the bytes are cut."""

from __future__ import annotations

import socket
import threading

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mentionwatch.fetch.wire import HungUp, Malformed, Wire
from support.waiting import join

ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\n!!!\r\n0\r\nX-T: 1\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 99\r\n\r\n',
    b"HTTP/1.0 200 OK\r\nServer:  old \r\nX-Empty:\r\n\r\nuntil the end",
    b"HTTP/1.1 200 OK\r\nX-Folded: a\r\n\t b\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
]

Read = tuple[int, list[tuple[bytes, bytes]], bytes] | None


def by_h11(data: bytes) -> Read:
    """What h11 makes of an answer that ends with the connection; ``None`` when it refuses."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "a.example")]))
    connection.send(h11.EndOfMessage())
    status, fields, body = 0, [], b""
    try:
        connection.receive_data(data)
        connection.receive_data(b"")
        while True:
            event = connection.next_event()
            if isinstance(event, h11.InformationalResponse) and event.status_code == 101:
                return None
            if isinstance(event, h11.Response):
                status, fields = event.status_code, list(event.headers)
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return status, fields, body
            elif not isinstance(event, h11.InformationalResponse):
                return None
    except h11.RemoteProtocolError:
        return None


def by_wire(data: bytes, size: int) -> Read:
    """What we make of it, sent in pieces of so many bytes."""
    ours, theirs = socket.socketpair()
    with theirs:
        wire = Wire(ours)

        def send() -> None:
            try:
                theirs.recv(100)
                for at in range(0, len(data), size):
                    theirs.sendall(data[at : at + size])
                theirs.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        sender = threading.Thread(target=send)
        sender.start()
        try:
            head = wire.ask(b"GET / HTTP/1.1\r\n\r\n", "GET", lambda: 5.0)
            return head.status, head.fields, b"".join(wire.chunks(head))
        except (Malformed, HungUp):
            return None
        finally:
            wire.close()
            join(sender, "the sender")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("data", ANSWERS)
def test_an_answer_is_read_as_h11_reads_it_in_pieces_of_any_size(data: bytes, size: int) -> None:
    expected, read = by_h11(data), by_wire(data, size)
    assert expected is not None
    assert read is not None
    assert (read[0], dict(read[1]), read[2]) == (expected[0], dict(expected[1]), expected[2])


@pytest.mark.parametrize("data", ANSWERS)
def test_an_answer_that_ends_early_is_never_taken_for_whole(data: bytes) -> None:
    for end in range(len(data)):
        expected, read = by_h11(data[:end]), by_wire(data[:end], 1000)
        assert (expected is None) == (read is None)
        assert expected is None or read is None or read[2] == expected[2]


def mutations() -> st.SearchStrategy[bytes]:
    """Recorded answers with some bytes changed, left out or put in."""
    pieces = st.sampled_from(
        [b"\r\n", b"\n", b"0", b"5", b":", b" ", b"\t", b"Content-Length: 5\r\n", b"chunked", b"\xff"]
    )

    @st.composite
    def mutated(draw: st.DrawFn) -> bytes:
        data = bytearray(draw(st.sampled_from(ANSWERS)))
        for _ in range(draw(st.integers(1, 3))):
            at = draw(st.integers(0, len(data)))
            data[at : at + draw(st.integers(0, 3))] = draw(pieces)
        return bytes(data)

    return mutated()


@given(mutations())
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
def test_where_h11_reads_a_body_we_read_the_same(data: bytes) -> None:
    """We may read what h11 refuses (a line that is no field), never a different body out of the same bytes."""
    theirs = by_h11(data)
    ours = by_wire(data, 1000)
    if theirs is not None and ours is not None:
        assert (ours[0], ours[2]) == (theirs[0], theirs[2])


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nX: a" + b" " * 90_000 + b"b\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 200 OK\r\nX:" + b"\r" * 90_000 + b"\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 200 OK\r\nX: y" + b"\r\n " * 30_000 + b"\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 200 " + b" " * 90_000 + b"\r\n\r\nok", b"ok"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n",
            b"x" * 50_000,
        ),
        (b"HTTP/1.1 200 OK\r\n" + b"a:\r\n" * 24_000 + b"\r\nok", b"ok"),
    ],
    ids=["spaces", "returns", "folds", "reason", "tiny chunks", "tiny fields"],
)
def test_answers_that_would_hold_a_quadratic_reader_for_minutes_are_read(data: bytes, body: bytes) -> None:
    read = by_wire(data, 65_536)
    assert read is not None
    assert read[2] == body
