"""Large answers a few at a time: a scan's memory does not grow with the number of servers that send much at once.

Fifty threads that each hold 10 MB, and what parsing them takes, would be 2 GB. Most answers are far below the size from
which they need a reservation, and never wait.
"""

from __future__ import annotations

import threading
from types import TracebackType

#: Bytes of a decoded body from which it needs a reservation. Of a hundred recorded feeds some ten are larger.
LARGE = 500_000
_MOST_LARGE = 2
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
    """Room for two large bodies, and for what full parsers find: one large document, and small ones beside it."""

    def __init__(self) -> None:
        self.large = threading.BoundedSemaphore(_MOST_LARGE)
        self.parsed = threading.BoundedSemaphore(_MOST_LARGE + 1)
        self.parsed_large = threading.BoundedSemaphore(1)
        #: Held while a large answer is parsed in this process: a parsed document is ten times what it was.
        self.parsing = threading.Lock()

    def reserve(self) -> Reservation:
        """A reservation for one answer that takes nothing yet; it ends with its ``with`` block, or by its holder."""
        return Reservation(self)


class Reservation:
    """One answer's share of the memory, from the byte that makes it large until its items are stored."""

    def __init__(self, pool: MemoryPool) -> None:
        self._pool = pool
        self._taken: list[threading.BoundedSemaphore] = []
        self._handed_over = False

    def __enter__(self) -> Reservation:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if not self._handed_over:
            self.release()

    def enough(self, size: int) -> bool:
        """Whether the body may grow to ``size`` bytes: from :data:`LARGE` on it needs a share. Does not wait."""
        if size < LARGE or self._pool.large in self._taken:
            return True
        if not self._pool.large.acquire(blocking=False):
            return False
        self._taken.append(self._pool.large)
        return True

    def wait(self) -> None:
        """Wait until there is room for a large body."""
        self._take(self._pool.large)

    def wait_for_full_parser(self, size: int) -> None:
        """Wait until there is room for what the full parser finds in a body of ``size`` bytes.

        Small ones need room as well: with entities a small document is as large as it likes.
        """
        self._take(self._pool.parsed if size < LARGE else self._pool.parsed_large)

    def hand_over(self) -> None:
        """Outlive the ``with`` block: whoever stores the answer releases it."""
        self._handed_over = True

    def release(self) -> None:
        """Make room for another answer. Thread-safe, and harmless when repeated."""
        while self._taken:
            self._taken.pop().release()

    def _take(self, share: threading.BoundedSemaphore) -> None:
        if share not in self._taken:
            share.acquire()
            self._taken.append(share)
