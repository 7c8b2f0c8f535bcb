"""Sending what the outbox holds: a step that may be repeated, after a crash too, each time with the same bytes.

What becomes of a delivery, by what the server says of its recipients:

* accepted by all: settled.
* 4xx, no connection, no TLS, no login, sender refused: tried again, after 1 min, 5 min, 15 min, 1 h, then every 4 h;
  at once where a person or a cron line asks for the digest by name (``at_once``).
* no answer after the final dot: it may have been sent, and is sent again in the same way – byte for byte, with the same
  Message-ID, by which a mail store can drop the copy. Rather twice than never.
* 5xx for some: those are recorded and told, and not asked again; the digest has reached the others and is settled.
* 5xx for all: nobody has the digest. It stays pending, tried once a day and whenever asked for by name, and every run
  that tries says so: no mention is lost in silence.

A recipient that has accepted is never sent the digest again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from mentionwatch.config import Smtp
from mentionwatch.deliver import Delivery, DeliveryReport, Outcome, SendResult
from mentionwatch.deliver.smtp import send

__all__ = ["Outbox", "backoff", "rests", "send_due"]

_STEPS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
#: How long a digest that every recipient refused rests.
_REFUSED = timedelta(days=1)
#: No pause is longer than a day; a clock that is put back a little makes nobody impatient.
_LONGEST = timedelta(days=2)


class Outbox(Protocol):
    """What sending needs of a store. Each method is one transaction that has been committed when it returns."""

    def deliveries_due(self, now: datetime, *, at_once: bool = False) -> tuple[Delivery, ...]:
        """The pending deliveries whose next try has come, oldest first; with ``at_once`` every pending one."""
        ...

    def delivery_sent(self, id: int, now: datetime, outcomes: Sequence[Outcome]) -> None:
        """Nobody is left to try: record the outcomes, settle it, let go of its bytes."""
        ...

    def delivery_failed(
        self, id: int, now: datetime, outcomes: Sequence[Outcome], error: str | None, next_try_at: datetime
    ) -> None:
        """Record the outcomes and one more attempt; those not accepted stay pending until then."""
        ...


Send = Callable[[Smtp, bytes, Sequence[str]], SendResult]


def backoff(attempts: int) -> timedelta:
    """How long to rest after so many tries that failed (1 or more)."""
    return _STEPS[min(max(attempts, 1), len(_STEPS)) - 1]


def rests(until: datetime | None, now: datetime) -> bool:
    """Whether something that failed is left alone until then.

    A pause of more than two days was set by a clock that was ahead, and is over.
    """
    return until is not None and now < until <= now + _LONGEST


def send_due(
    store: Outbox, smtp: Smtp, now: datetime, *, at_once: bool = False, send: Send = send
) -> list[DeliveryReport]:
    """Try every delivery that is due, oldest first, and record what became of each before the next is begun.

    The reports are in that order; :attr:`~mentionwatch.deliver.DeliveryReport.failed` makes the exit status. Raises
    only what the store raises: what a server does is in the reports.
    """
    reports = []
    for delivery in store.deliveries_due(now, at_once=at_once):
        result = send(smtp, delivery.message, delivery.pending)
        reports.append(_record(store, delivery, result, now))
    return reports


def _record(store: Outbox, delivery: Delivery, result: SendResult, now: datetime) -> DeliveryReport:
    reached = delivery.accepted or result.in_state("accepted")
    open_ = result.in_state("later", "unknown") if reached else result.in_state("later", "unknown", "refused")
    if not open_:
        store.delivery_sent(delivery.id, now, result.outcomes)
        return DeliveryReport(delivery, result.outcomes, settled=True, error=result.error)
    only_refused = all(outcome.state == "refused" for outcome in open_)
    next_try_at = now + (_REFUSED if only_refused else backoff(delivery.attempts + 1))
    error = result.error or "; ".join(dict.fromkeys(_said(outcome) for outcome in open_))
    store.delivery_failed(delivery.id, now, result.outcomes, error, next_try_at)
    return DeliveryReport(delivery, result.outcomes, settled=False, error=error, next_try_at=next_try_at)


def _said(outcome: Outcome) -> str:
    return f"{outcome.recipient}: {'' if outcome.code is None else f'{outcome.code} '}{outcome.reply}"
