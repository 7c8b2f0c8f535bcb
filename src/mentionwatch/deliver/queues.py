"""The store's pending messages as :class:`~mentionwatch.deliver.outbox.Queue`: mails, and alerts to a webhook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.deliver import Delivery, Outcome, OutcomeState
from mentionwatch.store import Store
from mentionwatch.store.outbox import AlertRow, RecipientState


@dataclass(frozen=True, slots=True)
class MailQueue:
    """The mails that wait, of every digest and alert."""

    store: Store

    def pending(self) -> Iterator[Delivery]:
        for row in self.store.outbox.deliveries(pending=True):
            assert row.message is not None
            yield Delivery(
                id=row.id,
                channel="mail",
                name=row.digest,
                title=row.subject,
                pending=tuple(one.address for one in row.recipients if one.state != "accepted"),
                content=row.message,
                accepted=tuple(one.address for one in row.recipients if one.state == "accepted"),
                attempts=row.attempts,
                next_try_at=row.next_try_at,
            )

    def settle(self, delivery: Delivery, outcomes: Sequence[Outcome], now: datetime) -> None:
        self.store.outbox.settle(delivery.id, _recorded(outcomes), now, settled=True)

    def postpone(
        self, delivery: Delivery, outcomes: Sequence[Outcome], error: str, now: datetime, next_try_at: datetime
    ) -> None:
        self.store.outbox.settle(
            delivery.id, _recorded(outcomes), now, settled=False, error=error, next_try_at=next_try_at
        )


@dataclass(frozen=True, slots=True)
class AlertQueue:
    """The alerts to one ``[[notify]]`` entry.

    There is one message at a time; what was noticed while it waited is one message after it, which ``enqueue`` writes,
    and says whether there was anything.
    """

    store: Store
    notify: str
    enqueue: Callable[[], bool]
    clock: Callable[[], datetime]

    def rows(self) -> Iterator[AlertRow]:
        """The messages, each once: the one that waits, and after it is settled the one that follows it."""
        last = None
        while (row := self._next()) is not None and row.id != last:
            last = row.id
            if self.store.outbox.sent_by_others(row):
                self.store.outbox.drop_alert(row.id, "already reported by other messages", self.clock())
            else:
                yield row

    def pending(self) -> Iterator[Delivery]:
        for row in self.rows():
            assert row.body is not None
            yield Delivery(
                id=row.id,
                channel="webhook",
                name=self.notify,
                title=row.title,
                pending=(self.notify,),
                content=row.body,
                attempts=row.attempts,
                next_try_at=row.next_try_at,
            )

    def settle(self, delivery: Delivery, outcomes: Sequence[Outcome], now: datetime) -> None:
        self.store.outbox.alert_sent(delivery.id, now)

    def postpone(
        self, delivery: Delivery, outcomes: Sequence[Outcome], error: str, now: datetime, next_try_at: datetime
    ) -> None:
        self.store.outbox.alert_failed(delivery.id, error, next_try_at)

    def _next(self) -> AlertRow | None:
        row = self.store.outbox.pending_alert(self.notify)
        return self.store.outbox.pending_alert(self.notify) if row is None and self.enqueue() else row


_STATES: dict[OutcomeState, RecipientState] = {
    "accepted": "accepted",
    "refused": "refused",
    "later": "pending",
    "unknown": "pending",
}


def _recorded(outcomes: Sequence[Outcome]) -> dict[str, tuple[RecipientState, str | None]]:
    """Each recipient as it is kept: what was put off, or may have been taken, is still to be sent."""
    states: dict[str, tuple[RecipientState, str | None]] = {}
    for outcome in outcomes:
        said = f"{outcome.code} {outcome.reply}" if outcome.code is not None else outcome.reply
        states[outcome.recipient] = (_STATES[outcome.state], said or None)
    return states
