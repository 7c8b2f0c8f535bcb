"""Servers that answer nobody: when a few have tried in streak, the others of this run are not sent there to wait too.

A server that takes no connection takes none for anybody. One that takes them and says nothing may have one slow page
among good ones, so that is held against the page, and against the server only where it has not spoken once in this run.
Another port is another server. docs/fetching.md has the rules.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from mentionwatch.errors import Skipped, Unheard

#: So many in a row were not heard, of so many sources: the second is the probe that it is not the first's own trouble.
_IN_A_ROW, _SOURCES = 3, 2


@dataclass(slots=True)
class _FailureStreak:
    """Attempts in a row that brought not a byte: how many, whose, and at which paths."""

    times: int = 0
    sources: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)

    def add(self, source_name: str, path: str) -> None:
        self.times += 1
        self.sources.add(source_name)
        self.paths.add(path)

    @property
    def enough(self) -> bool:
        return self.times >= _IN_A_ROW and len(self.sources) >= _SOURCES


@dataclass(slots=True)
class _Server:
    answered: bool = False
    connecting: _FailureStreak = field(default_factory=_FailureStreak)
    answering: _FailureStreak = field(default_factory=_FailureStreak)
    pages: dict[str, _FailureStreak] = field(default_factory=dict)


class CircuitBreaker:
    """What a run has learned of servers (``host:port``) that do not answer; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._servers: dict[str, _Server] = {}

    def check(self, server: str, path: str, shown: str) -> None:
        """Raises :class:`~mentionwatch.errors.Skipped` where asking would be waiting in streak."""
        with self._lock:
            known = self._servers.get(server)
            if known is None:
                return
            page = known.pages.get(path)
            if known.connecting.enough:
                streak, what = known.connecting, shown
            elif not known.answered and known.answering.enough and len(known.answering.paths) > 1:
                streak, what = known.answering, shown
            elif page is not None and page.enough:
                streak, what = page, f"this page of {shown}"
            else:
                return
            raise Skipped(
                f"{what} did not respond {streak.times} times in a row: skipped in this run, will retry in the next"
            )

    def record_success(self, server: str, path: str) -> None:
        """The head of an answer came, whatever it says."""
        with self._lock:
            known = self._servers.setdefault(server, _Server())
            known.answered, known.connecting, known.answering = True, _FailureStreak(), _FailureStreak()
            known.pages.pop(path, None)

    def record_failure(self, server: str, path: str, source_name: str, how: Unheard) -> None:
        """Not a byte came for ``source_name``: no connection, or no answer over it."""
        with self._lock:
            known = self._servers.setdefault(server, _Server())
            if how == "connection":
                known.connecting.add(source_name, path)
                return
            known.connecting = _FailureStreak()
            known.answering.add(source_name, path)
            known.pages.setdefault(path, _FailureStreak()).add(source_name, path)
