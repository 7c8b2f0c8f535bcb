"""What was sent, and what waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mentionwatch.store import Store
from mentionwatch.store.outbox import AlertRow, DeliveryRow

__all__ = ["AlertRow", "DeliveryLog", "DeliveryRow", "list_deliveries"]


@dataclass(frozen=True, slots=True)
class DeliveryLog:
    """The newest mails and alerts, and how many events each ``[[notify]]`` entry's next message will report."""

    mails: tuple[DeliveryRow, ...]
    alerts: tuple[AlertRow, ...]
    held: Mapping[str, int]


def list_deliveries(store: Store, limit: int) -> DeliveryLog:
    """What was sent and what waits, the newest first; of mails and of alerts at most ``limit`` each."""
    with store.reading():
        return DeliveryLog(
            store.outbox.deliveries(limit=limit), store.outbox.alerts(limit=limit), store.alerts.held_counts()
        )
