"""Streams over real sockets: what is said is heard whole, and a server that misbehaves is given up with a reason."""

from __future__ import annotations

import contextlib
import ssl
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from mentionwatch.env import Env
from mentionwatch.errors import (
    AuthFailed,
    BlockedAddress,
    RateLimited,
    ServerError,
    SourceError,
    TimedOut,
    UnexpectedResponse,
    Unreachable,
)
from mentionwatch.fetch import websocket
from mentionwatch.fetch.sse import MOST_EVENT
from mentionwatch.fetch.streams import Opener, Stream
from mentionwatch.messages import Request, Secret
from mentionwatch.sources.toolkit.sse import parse_event
from support.servers import HttpServer, origins
from support.stream_servers import BINARY, CLOSE, PING, PONG, TEXT, Line, StreamServer, chunk, frame, sse
from support.waiting import DEADLINES, PATIENCE

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def opener(*, silence: float = PATIENCE, **environ: str) -> Opener:
    return Opener(
        Env(now=lambda: NOW, environ=environ),
        user_agent="mentionwatch/test",
        deadline=PATIENCE,
        silence=silence,
        tick=0.05,
    )


def request(server: StreamServer) -> Request:
    return Request("posts", f"{server.url}/subscribe", params=(("cursor", "1"),), headers={"X-Key": Secret("k3y")})


@contextlib.contextmanager
def connected(handle: Callable[[Line], object], *, silence: float = PATIENCE) -> Iterator[tuple[Stream, StreamServer]]:
    """A WebSocket to a server that takes the handshake and then does this."""

    def upgraded(line: Line) -> None:
        line.upgrade()
        handle(line)

    with StreamServer(upgraded) as server:
        stream = opener(silence=silence).open(request(server), "websocket", allowed_hosts=origins(server))
        try:
            yield stream, server
        finally:
            stream.close()


def heard(stream: Stream, count: int) -> list[bytes]:
    """The first so many messages, or more that came with them."""
    found: list[bytes] = []
    for messages in stream.messages():
        found += messages
        if len(found) >= count:
            break
    return found


def failure(stream: Stream) -> SourceError:
    """What the stream ends with."""
    with pytest.raises(SourceError) as caught:
        for _ in stream.messages():
            pass
    return caught.value


# --- a WebSocket ---------------------------------------------------------------------------------------------------


def test_the_handshake_is_that_of_the_rfc() -> None:
    """The key is answered as in RFC 6455, section 1.3; parameters and headers arrive, no extension is offered."""
    with connected(lambda line: line.wait_for_end()) as (_, server):
        asked = server.lines[0]

    assert asked.target == "/subscribe?cursor=1"
    assert (asked.headers["upgrade"].lower(), asked.headers["sec-websocket-version"]) == ("websocket", "13")
    assert asked.headers["x-key"] == "k3y"
    assert "sec-websocket-extensions" not in asked.headers
    assert "accept-encoding" not in asked.headers


def test_messages_of_every_length_arrive_whole() -> None:
    """Empty, short, of 16 and of 64 bits of length, text and binary, cut anywhere on their way."""
    said = [b"", b"a", b"b" * 125, b"c" * 126, b"d" * 65_535, b"e" * 70_000, "Käse ☕".encode()]

    def speak(line: Line) -> None:
        data = b"".join(frame(one, BINARY if one[:1] == b"b" else TEXT) for one in said)
        for at in range(0, len(data), 997):
            line.send(data[at : at + 997])
        line.wait_for_end()

    with connected(speak) as (stream, _):
        assert heard(stream, len(said)) == said


def test_a_message_in_pieces_is_one_and_a_ping_between_them_is_answered() -> None:
    """Control frames may stand between the pieces; the pong says what the ping said, masked."""
    answered: list[tuple[int, bytes] | None] = []

    def speak(line: Line) -> None:
        line.send(frame(b"one ", final=False) + frame(b"ping!", PING) + frame(b"two ", 0, final=False))
        line.send(frame(b"", 0, final=False) + frame(b"three", 0) + frame(b"next"))
        answered.append(line.read_frame())
        line.wait_for_end()

    with connected(speak) as (stream, _):
        assert heard(stream, 2) == [b"one two three", b"next"]

    assert answered == [(PONG, b"ping!")]


def test_a_flood_of_pings_is_answered_by_few() -> None:
    """Ten thousand at once cost no ten thousand answers."""

    def speak(line: Line) -> None:
        line.send(frame(b"p", PING) * 10_000 + frame(b"said"))
        while line.read_frame():
            pass

    with connected(speak) as (stream, server):
        assert heard(stream, 1) == [b"said"]

    assert 1 <= sum(opcode == PONG for opcode, _ in server.lines[0].told) < 200


@pytest.mark.parametrize("pieces", [False, True], ids=["at once", "in pieces"])
def test_a_message_beyond_the_cap_is_passed_over(pieces: bool) -> None:
    """What comes after it is heard, and it is not held."""
    size = websocket.MOST_MESSAGE + 1

    def speak(line: Line) -> None:
        line.send(frame(b"before"))
        if pieces:
            line.send(frame(b"x" * (size // 2), final=False) + frame(b"x" * size, 0, final=False))
            line.send(frame(b"x" * 1000, 0, final=False) + frame(b"x", 0))
        else:
            line.send(frame(b"x" * size))
        line.send(frame(b"after"))
        line.wait_for_end()

    with connected(speak) as (stream, _):
        assert heard(stream, 2) == [b"before", b"after"]


def _endless(line: Line) -> None:
    line.send(frame(b"", final=False))
    piece = frame(b"x" * 1_000_000, 0, final=False)
    while not line.ended.is_set():
        line.send(piece)


MISDEEDS: dict[str, tuple[Callable[[Line], None], str]] = {
    "masked": (lambda line: line.send(frame(b"x", masked=True)), "incorrect masking"),
    "compressed": (lambda line: line.send(frame(b"x", reserved=4)), "reserved bits"),
    "unknown kind": (lambda line: line.send(frame(b"x", 3)), "invalid opcode"),
    "unknown control": (lambda line: line.send(frame(b"x", 11)), "invalid opcode"),
    "long control": (lambda line: line.send(frame(b"x" * 126, PING)), "control frame too long"),
    "control in pieces": (lambda line: line.send(frame(b"x", PING, final=False)), "fragmented control frame"),
    "a piece of nothing": (lambda line: line.send(frame(b"x", 0)), "unexpected continuation"),
    "a message within another": (
        lambda line: line.send(frame(b"x", final=False) + frame(b"y")),
        "expected a continuation",
    ),
    "endless": (_endless, "without end"),
    "a frame of 2^63 bytes": (lambda line: line.send(b"\x81\x7f\x7f" + b"\xff" * 7), "without end"),
    "pieces of nothing": (
        lambda line: line.send(frame(b"", final=False) + frame(b"", 0, final=False) * 100_001),
        "more pieces",
    ),
}


@pytest.mark.parametrize(("misdeed", "said"), MISDEEDS.values(), ids=MISDEEDS)
def test_what_no_server_may_send_ends_the_stream(misdeed: Callable[[Line], None], said: str) -> None:
    """It is the server's fault, named in one line."""

    def speak(line: Line) -> None:
        misdeed(line)
        line.wait_for_end()

    with connected(speak) as (stream, _):
        error = failure(stream)

    assert isinstance(error, UnexpectedResponse)
    assert said in error.message
    assert error.message.startswith("127.0.0.1:")


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (frame((1001).to_bytes(2, "big") + b"\x1b[31mbye", CLOSE), "(1001: it goes away)"),
        (frame((4999).to_bytes(2, "big"), CLOSE), "(4999)"),
        (frame(b"", CLOSE), "(1005)"),
        (b"", "without a reason"),
        (frame(b"half")[:3], "without a reason"),
    ],
)
def test_a_stream_that_ends_says_how(last: bytes, said: str) -> None:
    """With the code the server gave, without its own words; what was said before is heard."""
    with connected(lambda line: line.send(frame(b"last words") + last)) as (stream, _):
        assert heard(stream, 1) == [b"last words"]
        error = failure(stream)

    assert isinstance(error, ServerError)
    assert said in error.message
    assert error.message.isprintable()


def test_a_silent_server_is_asked_and_given_up() -> None:
    """A ping goes out; one that answers it is waited for, one that does not is not."""
    with connected(lambda line: deque(iter(line.read_frame, None), 0), silence=0.05) as (stream, server):
        error = failure(stream)

    assert isinstance(error, TimedOut)
    assert (PING, b"") in server.lines[0].told


def test_a_server_that_answers_pings_is_alive() -> None:
    """However long it has nothing to say."""

    def answer(line: Line) -> None:
        for _ in range(3):
            told = line.read_frame()
            if told is None:
                return
            line.send(frame(told[1], PONG))
        line.send(frame(b"at last"))
        line.wait_for_end()

    for silence in DEADLINES:
        # A server on a busy machine may be too late with a pong: then it is given more time, and asked as often.
        with connected(answer, silence=silence) as (stream, _), contextlib.suppress(TimedOut):
            assert heard(stream, 1) == [b"at last"]
            return
    pytest.fail(f"given up although it answers within {silence} s")


def test_hanging_up_ends_it_at_once() -> None:
    """From another thread, while it waits."""
    with connected(lambda line: line.wait_for_end(), silence=600) as (stream, _):
        messages = stream.messages()
        assert next(messages) == []
        stream.hang_up()
        with pytest.raises(SourceError):
            for _ in messages:
                pass


# --- opening -------------------------------------------------------------------------------------------------------


REFUSALS: dict[str, tuple[Callable[[Line], None], type[SourceError], str]] = {
    "another key": (lambda line: line.upgrade(Sec_WebSocket_Accept="abc"), UnexpectedResponse, "invalid WebSocket"),
    "another protocol": (lambda line: line.upgrade(Upgrade="h2c"), UnexpectedResponse, "invalid WebSocket"),
    "an extension": (
        lambda line: line.upgrade(Sec_WebSocket_Extensions="permessage-deflate"),
        UnexpectedResponse,
        "exten",
    ),
    "a page": (lambda line: line.answer("200 OK", b"<html>"), UnexpectedResponse, "page"),
    "a redirect": (lambda line: line.answer("301 Moved", Location="https://x.example/"), BlockedAddress, "redirects"),
    "no entry": (lambda line: line.answer("401 No"), AuthFailed, "401"),
    "a limit": (lambda line: line.answer("429 Slow", Retry_After="90"), RateLimited, "08:01"),
    "trouble": (lambda line: line.answer("500 Oh"), ServerError, "500"),
    "no HTTP": (lambda line: line.send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), UnexpectedResponse, "invalid HTTP"),
    "nothing": (lambda line: None, Unreachable, "without a response"),
}


@pytest.mark.parametrize(("do", "kind", "said"), REFUSALS.values(), ids=REFUSALS)
def test_a_stream_that_is_not_opened_says_why(do: Callable[[Line], None], kind: type[SourceError], said: str) -> None:
    """As any other answer that is none."""
    with StreamServer(do) as server, pytest.raises(kind) as caught:
        opener().open(request(server), "websocket", allowed_hosts=origins(server))

    assert said in caught.value.message
    assert "k3y" not in caught.value.message


def test_what_refuses_is_kept_for_the_source_to_explain() -> None:
    """Its body too, cut at 64 kB."""
    with (
        StreamServer(lambda line: line.answer("403 No", b"scope" * 20_000)) as server,
        pytest.raises(SourceError) as caught,
    ):
        opener().open(request(server), "websocket", allowed_hosts=origins(server))

    assert caught.value.response is not None
    assert caught.value.response.body.startswith(b"scope")
    assert len(caught.value.response.body) <= 64_000 + 65_536


def test_a_private_address_must_be_named() -> None:
    """Or a stranger's configuration would look around in our network."""
    with StreamServer() as server:
        with pytest.raises(BlockedAddress, match="private address"):
            opener().open(request(server), "websocket")
        assert server.lines == []


def test_certificates_are_verified(tmp_path: Path) -> None:
    """A stream goes over TLS as everything else, by the authorities the environment names."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with HttpServer(tls=context) as server:
        address = Request("posts", f"https://127.0.0.1:{server.port}/subscribe")
        with pytest.raises(Unreachable, match="certificate"):
            opener().open(address, "websocket", allowed_hosts=origins(server))
        with pytest.raises(UnexpectedResponse, match="nothing at this address"):
            opener(SSL_CERT_FILE=str(bundle)).open(address, "websocket", allowed_hosts=origins(server))


def test_a_proxy_is_gone_through_and_a_wrong_one_told() -> None:
    """By CONNECT, whatever the scheme; a proxy that is none, or speaks SOCKS, is said to be."""

    def answer(line: Line) -> None:
        line.upgrade()
        line.send(frame(b"through"))
        line.wait_for_end()

    with StreamServer(answer) as server, HttpServer() as proxy:
        proxy.tunnel = server
        far = Request("posts", "http://stream.example/subscribe")
        stream = opener(http_proxy=f"http://127.0.0.1:{proxy.port}").open(far, "websocket")
        assert heard(stream, 1) == [b"through"]
        stream.close()
    with pytest.raises(Unreachable, match="only http://host:port"):
        opener(http_proxy="socks5://127.0.0.1:9").open(far, "websocket")
    with pytest.raises(SourceError, match="proxy"):
        opener(http_proxy="http://127.0.0.1:9").open(far, "websocket")


# --- server-sent events --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def listening(
    handle: Callable[[Line], None], *, silence: float = 5.0, kind: str = "text/event-stream"
) -> Iterator[Stream]:
    """Events of a server that answers and then does this."""

    def answered(line: Line) -> None:
        line.send(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        handle(line)

    with StreamServer(answered) as server:
        stream = opener(silence=silence).open(request(server), "events", allowed_hosts=origins(server))
        try:
            yield stream
        finally:
            stream.close()


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CR LF", "CR"])
def test_events_are_cut_where_they_end(end: bytes) -> None:
    """Whatever lines end in, and wherever the network cuts; heartbeats are no events."""
    said = b":)\nevent: update\ndata: {}\n\n:thump\nevent: delete\ndata: 1\ndata: 2\n\n:thump\n\n\ndata: 3\n\n"
    whole = said.replace(b"\n", end)

    def speak(line: Line) -> None:
        for at in range(len(whole)):
            line.send(chunk(whole[at : at + 1]))
        line.wait_for_end()

    with listening(speak) as stream:
        told = [parse_event(block) for block in heard(stream, 3)]

    assert [event for event in told if event != ("", b"")] == [
        ("update", b"{}"), ("delete", b"1\n2"), ("message", b"3"),
    ]  # fmt: skip


def test_an_event_beyond_the_cap_is_passed_over() -> None:
    """And the next is heard."""

    def speak(line: Line) -> None:
        line.send(sse("update", "x" * (MOST_EVENT + 10)) + sse("update", "after"))
        line.wait_for_end()

    with listening(speak) as stream:
        assert heard(stream, 1) == [b"event: update\ndata: after"]


def _endless_event(line: Line) -> None:
    piece = chunk(b"data: " + b"x" * 1_000_000 + b"\n")
    while not line.ended.is_set():
        line.send(piece)


@pytest.mark.parametrize(
    ("do", "kind", "said"),
    [
        (_endless_event, UnexpectedResponse, "without end"),
        (lambda line: line.send(sse("update", "{}") + b"0\r\n\r\n"), ServerError, "ended the stream"),
        (lambda line: line.send(sse("update", "{}") + b"ff\r\ncut"), ServerError, "broke off"),
        (lambda line: line.send(b"zz\r\n"), UnexpectedResponse, "invalid HTTP"),
        (lambda line: line.wait_for_end(), TimedOut, "silent"),
    ],
    ids=["endless", "ended", "cut", "no chunk", "silent"],
)
def test_events_that_end_say_why(do: Callable[[Line], None], kind: type[SourceError], said: str) -> None:
    """Each in one line that names the server."""
    with listening(do, silence=0.2 if kind is TimedOut else PATIENCE) as stream:
        error = failure(stream)

    assert isinstance(error, kind)
    assert said in error.message
    assert "127.0.0.1" in error.message


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_what_is_no_stream_of_events_is_not_listened_to(kind: str) -> None:
    """A login page, say."""
    with pytest.raises(UnexpectedResponse, match="no stream of events"), listening(lambda line: None, kind=kind):
        pass
