"""Large answers a few at a time: how much memory a scan takes does not depend on how many servers send much at once.

Fifty threads that each hold 10 MB, and what reading them takes, would be 2 GB. Most answers are far below the size from
which a place is needed, and never wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

#: Bytes of a decoded body from which it needs a place. Of a hundred recorded feeds some ten are larger.
LARGE = 500_000
_PLACES = 3


class Places:
    """Room for three large bodies, and for three answers that a careful parser reads: small ones can hold much, too."""

    def __init__(self) -> None:
        self._large = threading.BoundedSemaphore(_PLACES)
        self._careful = threading.BoundedSemaphore(_PLACES)
        #: Held while a large answer is read in this process: a parsed document is ten times what it was.
        self.reading = threading.Lock()

    def place(self) -> Place:
        """A place for one answer, not taken yet; it is left with the ``with`` block, unless it is handed over."""
        return Place(self._large, self._careful)


class Place:
    """One answer's right to be large, from the byte that makes it so until its items are kept."""

    def __init__(self, large: threading.BoundedSemaphore, careful: threading.BoundedSemaphore) -> None:
        self._large, self._careful = large, careful
        self._taken: list[threading.BoundedSemaphore] = []
        self._handed_over = False

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if not self._handed_over:
            self.leave()

    def enough(self, size: int) -> bool:
        """Whether the body may come to ``size`` bytes: from :data:`LARGE` on it needs a place. Does not wait."""
        if size < LARGE or self._large in self._taken:
            return True
        if not self._large.acquire(blocking=False):
            return False
        self._taken.append(self._large)
        return True

    def wait(self) -> None:
        """Waits until there is room for a large body."""
        self._take(self._large)

    def careful(self) -> None:
        """A careful parser is to read the answer: waits, once, until there is room for what it finds."""
        self._take(self._careful)

    def hand_over(self) -> Callable[[], None]:
        """The answer goes to whoever keeps it, and calls what is given here when that is done."""
        self._handed_over = True
        return self.leave

    def leave(self) -> None:
        """Makes room for another. May be called from another thread, and again."""
        while self._taken:
            self._taken.pop().release()

    def _take(self, room: threading.BoundedSemaphore) -> None:
        if room not in self._taken:
            room.acquire()
            self._taken.append(room)
