"""The store as sending sees it: an :class:`~mentionwatch.deliver.outbox.Outbox` over its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.deliver import Delivery, Outcome, OutcomeState
from mentionwatch.deliver.outbox import rests
from mentionwatch.store import Store
from mentionwatch.store.outbox import DeliveryRow, RecipientState

__all__ = ["StoredOutbox"]


@dataclass(frozen=True, slots=True)
class StoredOutbox:
    """Each method is one transaction, committed when it returns."""

    store: Store

    def deliveries_due(self, now: datetime, *, at_once: bool = False) -> tuple[Delivery, ...]:
        return tuple(
            _delivery(row)
            for row in self.store.outbox.deliveries(pending=True)
            if at_once or not rests(row.next_try_at, now)
        )

    def delivery_sent(self, id: int, now: datetime, outcomes: Sequence[Outcome]) -> None:
        self.store.outbox.settle(id, _recorded(outcomes), now, settled=True)

    def delivery_failed(
        self, id: int, now: datetime, outcomes: Sequence[Outcome], error: str | None, next_try_at: datetime
    ) -> None:
        self.store.outbox.settle(id, _recorded(outcomes), now, settled=False, error=error, next_try_at=next_try_at)


def _delivery(row: DeliveryRow) -> Delivery:
    assert row.message is not None
    return Delivery(
        id=row.id,
        digest=row.digest,
        message_id=row.message_id,
        created_at=row.created_at,
        pending=tuple(one.address for one in row.recipients if one.state != "accepted"),
        message=row.message,
        accepted=tuple(one.address for one in row.recipients if one.state == "accepted"),
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        last_error=row.last_error,
    )


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
