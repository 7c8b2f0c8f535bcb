"""What carries a request to one server: a request goes in, the head of an answer and its raw bytes come out.

:class:`~mentionwatch.fetch.curl_transport.CurlTransport` does it over the network; an ``InjectedTransport`` stands for
the whole network in a test or the demo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Protocol

import httpx

# Seconds that libcurl's own deadline is given to come first.
_SLACK = 1.0

Pairs = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class TransportRequest:
    """One request to one server.

    ``left`` gives the seconds until the deadline and raises ``TimeoutError`` after it; the deadline is for the whole
    answer or, where ``endless``, for its head. ``most`` caps the body as it comes, in bytes. ``shown`` is the host, and
    ``deadline`` the seconds, that messages name. ``proxy`` is the only proxy there is. ``fresh`` takes no connection
    that was used before.
    """

    method: str
    url: httpx.URL
    headers: Pairs
    content: bytes
    shown: str
    left: Callable[[], float]
    deadline: float
    most: int
    may_be_private: bool = False
    proxy: str | None = None
    fresh: bool = False
    endless: bool = False


@dataclass(slots=True)
class TransportResponse:
    """The head of an answer, and its raw bytes as they come. ``close`` must be called, read or not."""

    status: int
    headers: Pairs
    chunks: Iterable[bytes]
    close: Callable[[], None]


class Transport(Protocol):
    """Raises ``SourceError``, ``Broken`` and ``TimeoutError``; so does reading the response's chunks."""

    def send(self, request: TransportRequest) -> TransportResponse: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class End:
    """The end of a transfer, and what of it had not been handed over: its head, and the rest of its body."""

    head: tuple[int, Pairs] | None
    block: bytes
    error: Exception | None


class Transfer:
    """One request and its answer: the loop's thread fills it, one other thread reads it."""

    def __init__(
        self, request: TransportRequest, resume: Callable[[Transfer], None], drop: Callable[[Transfer], None]
    ) -> None:
        self.request = request
        self._resume = resume
        self._drop = drop
        #: Status and fields, then blocks of the body, then the end: all in one where they came together.
        self.queue: SimpleQueue[tuple[int, Pairs] | bytes | End] = SimpleQueue()
        self.paused = self.ended = False
        self._end: End | None = None

    def head(self) -> tuple[int, Pairs]:
        """Status and fields of the answer; waits for them."""
        try:
            head = self.queue.get(timeout=self.request.left() + _SLACK)
        except Empty:
            raise TimeoutError from None
        if isinstance(head, End):
            self._end = head
            if head.head is None:
                assert head.error is not None
                raise head.error
            return head.head
        assert isinstance(head, tuple)
        return head

    def read(self, seconds: float) -> bytes | None:
        """The next piece of the body, ``b""`` after the last, ``None`` when none came in so many seconds."""
        if self._end is None:
            try:
                item = self.queue.get(timeout=seconds)
            except Empty:
                return None
            if isinstance(item, bytes):
                if self.paused and self.queue.empty():
                    self.paused = False
                    self._resume(self)
                return item
            assert isinstance(item, End)
            self._end = item
        block, self._end.block = self._end.block, b""
        if not block and self._end.error is not None:
            raise self._end.error
        return block

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(self.request.left() + _SLACK):
            yield piece
        if piece is None:
            raise TimeoutError

    def close(self) -> None:
        """Ends the transfer wherever it is; whoever reads it gets an error. From any thread."""
        if not self.ended:
            self._drop(self)
