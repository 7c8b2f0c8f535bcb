"""Sources waiting to be asked, a line a server: who waits for a busy server keeps nobody from a free one.

A server lets so many in at once (``Limits.concurrency``); without lines, sixty sources of one that hangs would hold
every thread of a scan, and all others would wait for its deadline.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from mentionwatch.collect.targets import server_of
from mentionwatch.config import ConfiguredSource
from mentionwatch.sources import limits_of

__all__ = ["HostQueue"]


@dataclass(slots=True)
class _Line:
    """Those who wait for one server. ``width`` may be with it at once, ``inside`` are."""

    waiting: deque[ConfiguredSource] = field(default_factory=deque)
    width: int = 1
    inside: int = 0


class HostQueue:
    """Gives the next source to any thread that asks for one; the servers take turns."""

    def __init__(self, sources: Iterable[ConfiguredSource]) -> None:
        self._changed = threading.Condition()
        self._lines: dict[str, _Line] = {}
        self._left = 0
        for source in sources:
            line = self._lines.setdefault(server_of(source), _Line())
            line.waiting.append(source)
            line.width = max(line.width, limits_of(source.source).concurrency)
            self._left += 1
        #: Lines in which somebody waits who may go in.
        self._open = deque(self._lines.values())

    def next(self) -> tuple[ConfiguredSource, _Line] | None:
        """The next source and its line, which is to be left after; waits for one, and gives ``None`` at the end."""
        with self._changed:
            while self._left and not self._open:
                self._changed.wait()
            if not self._left:
                return None
            line = self._open.popleft()
            source = line.waiting.popleft()
            line.inside += 1
            if line.waiting and line.inside < line.width:
                self._open.append(line)
            self._left -= 1
            if not self._left:
                self._changed.notify_all()
            return source, line

    def leave(self, line: _Line) -> None:
        """The source that came out of this line has been asked."""
        with self._changed:
            if line.waiting and line.inside == line.width:
                self._open.append(line)
                self._changed.notify()
            line.inside -= 1
