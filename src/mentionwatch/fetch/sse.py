"""Server-sent events over an answer that does not end (WHATWG HTML, section 9.2): cut into events, not yet read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mentionwatch.errors import ServerError, SourceError, TimedOut, UnexpectedResponse
from mentionwatch.fetch.error_mapping import Broken, from_stream
from mentionwatch.fetch.wire import Head, Malformed, Wire

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
        self, wire: Wire, head: Head, shown: str, monotonic: Callable[[], float], *, silence: float, tick: float
    ) -> None:
        self._wire = wire
        self._chunks = wire.chunks(head)
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
            if not self._wire.has_more(min(self._tick, self._silence)):
                if self._monotonic() - heard > self._silence:
                    raise TimedOut(f"{self._shown} has fallen silent: nothing came in {self._silence:g} s")
                yield []
                continue
            try:
                self._buffer += next(self._chunks)
            except StopIteration:
                raise ServerError(f"{self._shown} ended the stream") from None
            except (Malformed, OSError) as error:
                raise _source_error(error, self._shown, self._silence) from error
            heard = self._monotonic()
            found = self._found()
            if found:
                yield found

    def hang_up(self) -> None:
        """Ends the stream, from any thread."""
        self._wire.hang_up()

    def close(self) -> None:
        self._wire.close()

    def _found(self) -> list[bytes]:
        found: list[bytes] = []
        at = 0
        while (blank := _BLANK.search(self._buffer, max(at, self._searched))) is not None:
            event = bytes(self._buffer[at : blank.start()])
            at = blank.end()
            self._searched = 0
            if self._passed:
                self._passed = 0
            elif event.strip() and len(event) <= MOST_EVENT:
                found.append(event)
        while (comment := _COMMENT.match(self._buffer, at)) is not None:
            at = comment.end()
        del self._buffer[:at]
        if len(self._buffer) > MOST_EVENT:
            self._passed += len(self._buffer) - 3
            del self._buffer[:-3]
            if self._passed > _MOST_PASSED:
                raise UnexpectedResponse(f"{self._shown} sends an event without end")
        self._searched = max(0, len(self._buffer) - 3)
        return found


def _source_error(error: Malformed | OSError, shown: str, silence: float) -> SourceError:
    told = from_stream(error, shown, silence, answering=True)
    return ServerError(f"the stream of {shown} broke off") if isinstance(told, Broken) else told


__all__ = ["MOST_EVENT", "Events"]
