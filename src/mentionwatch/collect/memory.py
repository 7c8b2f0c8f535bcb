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
_PLACES = 2
#: glibc's names for what :func:`give_back_memory` sets (malloc.h).
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8


def give_back_memory() -> None:
    """Ask the C library to return what is freed: by default it keeps some 20 MB for each of a dozen threads.

    Measured: a scan of 871 hostile answers peaked at 352 MB without it and at 130 MB with it. Does nothing where the C
    library is not glibc.
    """
    import ctypes

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_M_ARENA_MAX, 2)
    mallopt(_M_MMAP_THRESHOLD, 1 << 20)


class MemoryPool:
    """Room for two large bodies, and for what careful parsers find: one large document, and small ones beside it."""

    def __init__(self) -> None:
        self._large = threading.BoundedSemaphore(_PLACES)
        self._careful = threading.BoundedSemaphore(_PLACES + 1)
        self._careful_large = threading.BoundedSemaphore(1)
        #: Held while a large answer is read in this process: a parsed document is ten times what it was.
        self.reading = threading.Lock()

    def place(self) -> Reservation:
        """A place for one answer, not taken yet; it is left with the ``with`` block, unless it is handed over."""
        return Reservation(self._large, self._careful, self._careful_large)


class Reservation:
    """One answer's right to be large, from the byte that makes it so until its items are kept."""

    def __init__(
        self,
        large: threading.BoundedSemaphore,
        careful: threading.BoundedSemaphore,
        careful_large: threading.BoundedSemaphore,
    ) -> None:
        self._large, self._careful, self._careful_large = large, careful, careful_large
        self._taken: list[threading.BoundedSemaphore] = []
        self._handed_over = False

    def __enter__(self) -> Reservation:
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

    def careful(self, size: int) -> None:
        """A careful parser is to read a body of ``size`` bytes: waits, once, until there is room for what it finds.

        Small ones need room as well: with entities a small document is as large as it likes.
        """
        self._take(self._careful if size < LARGE else self._careful_large)

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
