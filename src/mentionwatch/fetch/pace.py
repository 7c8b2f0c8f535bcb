"""Manners towards one host: how many at once, how soon after each other. Hosts never wait for each other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mentionwatch.env import Env


@dataclass(slots=True)
class _Gate:
    """One host's turn-keeping: first come, first served."""

    inside: int = 0
    started: float = float("-inf")
    #: The largest spacing asked for: until then ``started`` must be remembered.
    spacing: float = 0.0
    queue: deque[threading.Event] = field(default_factory=deque)


class Pace:
    """Lets a thread through to a host when it is its turn. One lock, held for no longer than the book-keeping."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._lock = threading.Lock()
        self._gates: dict[str, _Gate] = {}

    @contextmanager
    def turn(self, host: str, spacing: float, concurrency: int) -> Iterator[None]:
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
        ticket = threading.Event()
        try:
            while True:
                with self._lock:
                    gate = self._gates.setdefault(host, _Gate())
                    first = not gate.queue or gate.queue[0] is ticket
                    if first and gate.inside < max(1, concurrency):
                        return self._admit(gate, spacing)
                    if ticket not in gate.queue:
                        gate.queue.append(ticket)
                    ticket.clear()
                ticket.wait()
        except BaseException:
            self._give_up(host, ticket)
            raise

    def _admit(self, gate: _Gate, spacing: float) -> float:
        if gate.queue:
            gate.queue.popleft()
        gate.inside += 1
        if gate.queue:
            gate.queue[0].set()  # the next may be content with more neighbours than this one was
        now = self._env.monotonic()
        gate.started = max(now, gate.started + spacing)
        gate.spacing = max(gate.spacing, spacing)
        return gate.started - now

    def _give_up(self, host: str, ticket: threading.Event) -> None:
        with self._lock:
            gate = self._gates.get(host)
            if gate is not None and ticket in gate.queue:
                gate.queue.remove(ticket)
                if gate.queue:
                    gate.queue[0].set()

    def _leave(self, host: str) -> None:
        with self._lock:
            gate = self._gates[host]
            gate.inside -= 1
            if gate.queue:
                gate.queue[0].set()
            elif gate.inside == 0 and gate.started + gate.spacing <= self._env.monotonic():
                del self._gates[host]  # ten thousand hosts a scan: none is remembered longer than it must
