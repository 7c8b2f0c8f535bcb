"""The only outbound effects: what the outbox holds is sent here.

A digest is frozen in the outbox – its bytes, its Message-ID, its recipients and which mentions it holds – in one
transaction, before anything is sent. Sending is a step of its own that may be repeated at any time (see
:mod:`mentionwatch.deliver.outbox`), each time with the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

__all__ = ["Delivery", "DeliveryReport", "Outcome", "OutcomeState", "SendResult"]

#: ``accepted``: the server took it (250 after the final dot). ``refused``: a 5xx answer: asking again will not help.
#: ``later``: a 4xx answer, or it never got that far. ``unknown``: the connection ended between the final dot and the
#: answer: it may have been sent.
OutcomeState = Literal["accepted", "refused", "later", "unknown"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one recipient in one try. ``reply`` is the server's words, cleaned and cut, or ours."""

    recipient: str
    state: OutcomeState
    code: int | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True)
class SendResult:
    """One try. ``outcomes`` has every recipient it was made for, in their order.

    ``error`` is what stood in the way of the whole – no connection, no TLS, wrong password, sender refused – as a
    message that names ``host:port`` and the mend and never holds the password; ``None`` when the server had its say on
    each recipient.
    """

    outcomes: tuple[Outcome, ...]
    error: str | None = None

    def in_state(self, *states: OutcomeState) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.state in states)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One frozen digest on its way: a row of the outbox.

    ``pending`` are the recipients that have not accepted it yet (refused ones included while ``accepted`` is empty),
    ``accepted`` those that have. ``attempts`` counts tries made so far.
    """

    id: int
    digest: str
    message_id: str
    created_at: datetime
    pending: tuple[str, ...]
    message: bytes = field(repr=False)
    accepted: tuple[str, ...] = ()
    attempts: int = 0
    next_try_at: datetime | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one run did with one delivery. ``settled``: nobody is left to try; else ``next_try_at`` says when."""

    delivery: Delivery
    outcomes: tuple[Outcome, ...]
    settled: bool
    error: str | None = None
    next_try_at: datetime | None = None

    @property
    def failed(self) -> bool:
        """Whether somebody who should have it has not (known to have) it: exit status 1."""
        return any(outcome.state != "accepted" for outcome in self.outcomes)
