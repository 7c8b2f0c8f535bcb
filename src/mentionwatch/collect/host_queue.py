"""Sources waiting for their turn, a queue for each server: a busy server never blocks requests to idle ones.

A server serves so many at once (``Limits.concurrency``); without queues, sixty sources of one that hangs would hold
every thread of a scan, and all others would wait for its deadline.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TypeVar

from mentionwatch.collect.targets import server_of
from mentionwatch.config import ConfiguredSource
from mentionwatch.sources import limits_of

#: Sources asked at once.
WORKERS = 50
#: Results that are given together when they have arrived at the same time.
_BATCH = 64

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SourceFinished:
    """Nothing more comes from a source. ``bug`` is an exception of ours that nothing foresaw."""

    source: ConfiguredSource
    bug: Exception | None = None


def work_through(
    sources: Sequence[ConfiguredSource], work: Callable[[ConfiguredSource], Iterable[T]], *, workers: int = WORKERS
) -> Iterator[list[T | SourceFinished]]:
    """Do the work of each source in one of ``workers`` threads; give what it yields in batches, as it arrives.

    A bug in one source does not keep the others from their end; then it is raised.
    """
    arrivals: SimpleQueue[T | SourceFinished] = SimpleQueue()
    waiting = HostQueue(sources)

    def work_on() -> None:
        while (turn := waiting.next()) is not None:
            source, host = turn
            bug = None
            try:
                for result in work(source):
                    arrivals.put(result)
            except Exception as error:  # noqa: BLE001 - raised by the caller's thread, when the others have ended
                bug = error
            arrivals.put(SourceFinished(source, bug))
            waiting.leave(host)

    for _ in range(min(workers, len(sources))):
        # Daemons: an interrupted scan ends at once, and what was not kept is asked again.
        threading.Thread(target=work_on, daemon=True).start()
    left, bug = len(sources), None
    while left:
        batch = [arrivals.get()]
        while len(batch) < _BATCH and not arrivals.empty():
            batch.append(arrivals.get())
        yield batch
        for arrival in batch:
            if isinstance(arrival, SourceFinished):
                left -= 1
                bug = bug or arrival.bug
    if bug is not None:
        raise bug


@dataclass(slots=True)
class _Host:
    """Sources that wait for one server: at most ``width`` are with it at once, ``active`` are now."""

    waiting: deque[ConfiguredSource] = field(default_factory=deque)
    width: int = 1
    active: int = 0


class HostQueue:
    """Gives the next source to any thread that asks for one; the servers take turns."""

    def __init__(self, sources: Iterable[ConfiguredSource]) -> None:
        self._changed = threading.Condition()
        self._left = 0
        hosts: dict[str, _Host] = {}
        for source in sources:
            host = hosts.setdefault(server_of(source), _Host())
            host.waiting.append(source)
            host.width = max(host.width, limits_of(source.source).concurrency)
            self._left += 1
        #: Servers that have room for a source that waits for them.
        self._open = deque(hosts.values())

    def next(self) -> tuple[ConfiguredSource, _Host] | None:
        """The next source and its server, which is to be left after; waits for one, and gives ``None`` at the end."""
        with self._changed:
            while self._left and not self._open:
                self._changed.wait()
            if not self._left:
                return None
            host = self._open.popleft()
            source = host.waiting.popleft()
            host.active += 1
            if host.waiting and host.active < host.width:
                self._open.append(host)
            self._left -= 1
            if not self._left:
                self._changed.notify_all()
            return source, host

    def leave(self, host: _Host) -> None:
        """A source has finished with this server."""
        with self._changed:
            if host.waiting and host.active == host.width:
                self._open.append(host)
                self._changed.notify()
            host.active -= 1
