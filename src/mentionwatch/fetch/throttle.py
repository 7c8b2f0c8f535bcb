"""Manners towards one host: how many at once, how soon after each other. Hosts never wait for each other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mentionwatch.env import Env


@dataclass(slots=True)
class _HostState:
    """One host's turn-keeping: first come, first served."""

    inside: int = 0
    started: float = float("-inf")
    #: The largest spacing asked for: until then ``started`` must be remembered.
    spacing: float = 0.0
    queue: deque[threading.Event] = field(default_factory=deque)


class HostThrottle:
    """Lets a thread through to a host when it is its turn. One lock, held for no longer than the book-keeping."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._lock = threading.Lock()
        self._hosts: dict[str, _HostState] = {}

    @contextmanager
    def slot(self, host: str, spacing: float, concurrency: int) -> Iterator[None]:
        """Waits until fewer than ``concurrency`` are with ``host`` and ``spacing`` seconds passed since the last start.

        Sources that share a host may differ in both: each is held to its own numbers. Raises nothing of its own.
        """
        pause = self._enter(host, spacing, concurrency)
        try:
            if pause > 0:
                self._env.sleep(pause)
            yield
        finally:
            self._leave(host)

    def _enter(self, host: str, spacing: float, concurrency: int) -> float:
        """Takes a place, and gives the seconds still to wait before asking."""
        with self._lock:
            state = self._hosts.setdefault(host, _HostState())
            if not state.queue and state.inside < max(1, concurrency):
                return self._admit(state, spacing)
            ticket = threading.Event()
            state.queue.append(ticket)
        try:
            while True:
                with self._lock:
                    if state.queue[0] is ticket and state.inside < max(1, concurrency):
                        return self._admit(state, spacing)
                    ticket.clear()
                ticket.wait()
        except BaseException:
            self._give_up(host, ticket)
            raise

    def _admit(self, state: _HostState, spacing: float) -> float:
        if state.queue:
            state.queue.popleft()
        state.inside += 1
        if state.queue:
            state.queue[0].set()  # the next may be content with more neighbours than this one was
        now = self._env.monotonic()
        state.started = max(now, state.started + spacing)
        state.spacing = max(state.spacing, spacing)
        return state.started - now

    def _give_up(self, host: str, ticket: threading.Event) -> None:
        with self._lock:
            state = self._hosts.get(host)
            if state is not None and ticket in state.queue:
                state.queue.remove(ticket)
                if state.queue:
                    state.queue[0].set()

    def _leave(self, host: str) -> None:
        with self._lock:
            state = self._hosts[host]
            state.inside -= 1
            if state.queue:
                state.queue[0].set()
            elif state.inside == 0 and state.started + state.spacing <= self._env.monotonic():
                del self._hosts[host]  # ten thousand hosts a scan: none is remembered longer than it must
