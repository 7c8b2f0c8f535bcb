"""Sending what the outbox holds: a step that may be repeated, after a crash too, each time with the same bytes.

What becomes of a delivery, by what the server says of its recipients:

* accepted by all: settled.
* 4xx, no connection, no TLS, no login, sender refused, any answer of a webhook but 2xx: tried again, after 1 min,
  5 min, 15 min, 1 h, then every 4 h; later where the server asks for it, by a day at most; at once where a person or a
  cron line asks for it (``at_once``).
* no answer after the message was given: it may have been sent, and is sent again in the same way – byte for byte, with
  the same id, by which the copy can be dropped. Rather twice than never.
* 5xx for some: those are recorded and reported, and not asked again; the digest has reached the others and is settled.
* 5xx for all: nobody has the digest. It stays pending, tried once a day and whenever asked for by name, and every run
  that tries says so: no mention is lost in silence.

A recipient that has accepted is never sent the message again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from mentionwatch.deliver import Delivery, DeliveryReport, Outcome, SendResult

_STEPS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
#: How long a digest that every recipient refused rests.
_REFUSED = timedelta(days=1)
#: However long a server asks to be left alone, it is tried again after this.
_LONGEST_WAIT = timedelta(days=1)
#: No pause is longer than this: one that is was set by a clock that was ahead.
_LONGEST_REST = timedelta(days=2)

Transport = Callable[[Delivery], SendResult]


class Queue(Protocol):
    """What sending needs of a store. What a method writes is committed when it returns."""

    def pending(self) -> Iterable[Delivery]:
        """Every message that waits, resting or not, each once, oldest first."""
        ...

    def settle(self, delivery: Delivery, outcomes: Sequence[Outcome], now: datetime) -> None:
        """Nobody is left to try: record the outcomes and discard the bytes."""
        ...

    def postpone(
        self, delivery: Delivery, outcomes: Sequence[Outcome], error: str, now: datetime, next_try_at: datetime
    ) -> None:
        """Record the outcomes and one more attempt; those not accepted stay pending until then."""
        ...


def backoff(attempts: int) -> timedelta:
    """How long to rest after so many tries that failed (1 or more)."""
    return _STEPS[min(max(attempts, 1), len(_STEPS)) - 1]


def is_resting(until: datetime | None, now: datetime) -> bool:
    """Whether something that failed is left alone until then; not for more than two days, which a wrong clock set."""
    return until is not None and now < until <= now + _LONGEST_REST


def send_pending(
    queue: Queue, transport: Transport, clock: Callable[[], datetime], *, at_once: bool = False
) -> list[DeliveryReport]:
    """Try every message that is due, oldest first, and record what became of each before the next is begun.

    ``at_once`` tries those that rest too. The reports are in that order;
    :attr:`~mentionwatch.deliver.DeliveryReport.failed` makes the exit status. Raises only what the queue raises: what a
    server does is in the reports.
    """
    reports = []
    for delivery in queue.pending():
        if at_once or not is_resting(delivery.next_try_at, clock()):
            result = transport(delivery)
            reports.append(_record(queue, delivery, result, clock()))
    return reports


def _record(queue: Queue, delivery: Delivery, result: SendResult, now: datetime) -> DeliveryReport:
    reached = delivery.accepted or result.in_state("accepted")
    missing = result.in_state("later", "unknown") if reached else result.in_state("later", "unknown", "refused")
    if not missing:
        queue.settle(delivery, result.outcomes, now)
        return DeliveryReport(delivery, result.outcomes, settled=True, error=result.error)
    only_refused = all(outcome.state == "refused" for outcome in missing)
    rest = _REFUSED if only_refused else backoff(delivery.attempts + 1)
    next_try_at = max(now + rest, min(result.retry_at or now, now + _LONGEST_WAIT))
    error = result.error or "; ".join(dict.fromkeys(_describe(outcome) for outcome in missing))
    queue.postpone(delivery, result.outcomes, error, now, next_try_at)
    return DeliveryReport(delivery, result.outcomes, settled=False, error=error, next_try_at=next_try_at)


def _describe(outcome: Outcome) -> str:
    return f"{outcome.recipient}: {'' if outcome.code is None else f'{outcome.code} '}{outcome.reply}"
