"""The only outbound effects: what the outbox holds is sent here.

A message – a digest or an alert – is written to the outbox with its bytes, its recipients and what it reports in one
transaction, before anything is sent. Sending is a step of its own that may be repeated at any time (see
:mod:`mentionwatch.deliver.outbox`), each time with the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

__all__ = ["Channel", "Delivery", "DeliveryReport", "Outcome", "OutcomeState", "SendResult"]

#: How a message is sent: by SMTP, or to the address of a ``[[notify]]`` entry.
Channel = Literal["mail", "webhook"]
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
    message that names the server and the fix and never holds a secret; ``None`` when the server had its say on each
    recipient. ``retry_at`` is until when the server asks to be left alone.
    """

    outcomes: tuple[Outcome, ...]
    error: str | None = None
    retry_at: datetime | None = None

    def in_state(self, *states: OutcomeState) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.state in states)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way: a row of the outbox.

    ``name`` is the digest or ``[[notify]]`` entry it is for. ``pending`` are the recipients that have not accepted it
    yet (refused ones included while ``accepted`` is empty), ``accepted`` those that have. ``attempts`` counts tries
    made so far.
    """

    id: int
    channel: Channel
    name: str
    title: str
    pending: tuple[str, ...]
    content: bytes = field(repr=False)
    accepted: tuple[str, ...] = ()
    attempts: int = 0
    next_try_at: datetime | None = None


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
        """Whether a recipient is not known to have it: exit status 1."""
        return any(outcome.state != "accepted" for outcome in self.outcomes)
