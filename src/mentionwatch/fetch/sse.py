"""Server-sent events over an answer that does not end (WHATWG HTML, section 9.2): cut into events, not yet read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mentionwatch.errors import ServerError, TimedOut, UnexpectedResponse
from mentionwatch.fetch.error_mapping import Broken
from mentionwatch.fetch.transport import Transfer

#: An event longer than this is passed over, in bytes.
MOST_EVENT = 4_000_000
_MOST_PASSED = 16_000_000

#: An empty line. A CR LF is one end of a line and not two.
_BLANK = re.compile(rb"(?:\r\n|\r(?!\n)|\n){2}")
#: A comment by itself, which is what a heartbeat is: no empty line follows Mastodon's.
_COMMENT = re.compile(rb"(?::[^\r\n]*)?(?:\r\n|\r(?!\n)|\n)")


class Events:
    """One open stream of events. ``silence`` is how many seconds may pass without a byte, heartbeats included."""

    def __init__(
        self, transfer: Transfer, shown: str, monotonic: Callable[[], float], *, silence: float, tick: float
    ) -> None:
        self._transfer = transfer
        self._shown = shown
        self._monotonic = monotonic
        self._silence = silence
        self._tick = tick
        self._buffer = bytearray()
        self._searched = 0
        self._passed = 0

    def messages(self) -> Iterator[list[bytes]]:
        """Whole events as they come, each the lines it is made of; an empty list for every ``tick`` seconds without.

        Never ends but by a :class:`~mentionwatch.errors.SourceError`.
        """
        heard = self._monotonic()
        while True:
            try:
                data = self._transfer.read(min(self._tick, self._silence))
            except Broken as broken:
                raise ServerError(f"the stream of {self._shown} broke off") from broken
            if data is None:
                if self._monotonic() - heard > self._silence:
                    raise TimedOut(f"{self._shown} went silent: nothing received in {self._silence:g} s")
                yield []
                continue
            if not data:
                raise ServerError(f"{self._shown} ended the stream")
            heard = self._monotonic()
            self._buffer += data
            found = self._found()
            if found:
                yield found

    def hang_up(self) -> None:
        """Ends the stream, from any thread."""
        self._transfer.close()

    close = hang_up

    def _found(self) -> list[bytes]:
        found: list[bytes] = []
        at = 0
        while True:
            while not self._passed and (comment := _COMMENT.match(self._buffer, at)) is not None:
                at = comment.end()
            blank = _BLANK.search(self._buffer, max(at, self._searched))
            if blank is None:
                break
            event = bytes(self._buffer[at : blank.start()])
            at = blank.end()
            self._searched = 0
            if self._passed:
                self._passed = 0
            elif event.strip() and len(event) <= MOST_EVENT:
                found.append(event)
        del self._buffer[:at]
        if len(self._buffer) > MOST_EVENT:
            self._passed += len(self._buffer) - 3
            del self._buffer[:-3]
            if self._passed > _MOST_PASSED:
                raise UnexpectedResponse(f"{self._shown} sends an event without end")
        self._searched = max(0, len(self._buffer) - 3)
        return found
