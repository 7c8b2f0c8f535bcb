"""The outbox: what is to be told, frozen before anything is sent, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mentionwatch.store.connection import Connection
from mentionwatch.store.rows import maybe_stamp, maybe_unstamp, stamp, unstamp

DeliveryState = Literal["pending", "sent"]
RecipientState = Literal["pending", "accepted", "refused"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of a delivery and what the mail server said to it."""

    address: str
    state: RecipientState
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One frozen digest. ``message`` is the bytes to send, ``None`` once every recipient is settled."""

    id: int
    digest: str
    message_id: str
    subject: str
    created_at: datetime
    state: DeliveryState
    attempts: int
    recipients: tuple[Recipient, ...]
    message: bytes | None = None
    next_try_at: datetime | None = None
    last_error: str | None = None
    settled_at: datetime | None = None
    mentions: int = 0


class Deliveries(Connection):
    """What was mailed, and what still waits."""

    def last_frozen(self, digest: str) -> datetime | None:
        """When this digest was last frozen."""
        row = self._row("SELECT max(created_at) AS at FROM deliveries WHERE digest = ?", (digest,))
        return None if row is None else maybe_unstamp(row["at"])

    def trouble_told(self, digest: str) -> frozenset[str]:
        """The sources that the last mail of this digest told of as failing."""
        row = self._row("SELECT trouble FROM deliveries WHERE digest = ? ORDER BY id DESC LIMIT 1", (digest,))
        return frozenset() if row is None else frozenset(json.loads(row["trouble"]))

    def not_frozen(self, digest: str, mentions: Sequence[str]) -> tuple[str, ...]:
        """Those of the mentions that no delivery of this digest holds."""
        rows = self._rows(
            "SELECT id FROM mention_records m WHERE id IN (SELECT value FROM json_each(?))"
            " AND NOT EXISTS (SELECT 1 FROM delivery_mentions d WHERE d.digest = ? AND d.seq = m.seq)",
            (json.dumps(list(mentions)), digest),
        )
        return tuple(row["id"] for row in rows)

    def freeze(
        self,
        digest: str,
        message_id: str,
        subject: str,
        message: bytes,
        recipients: Sequence[str],
        mentions: Sequence[str],
        trouble: Sequence[str],
        now: datetime,
    ) -> int:
        """Write a digest down, to be sent after; gives its number. In the transaction that chose its mentions."""
        cursor = self._run(
            "INSERT INTO deliveries (digest, message_id, created_at, subject, message, state, trouble)"
            " VALUES (?, ?, ?, ?, ?, 'pending', ?)",
            (digest, message_id, stamp(now), subject, message, json.dumps(list(trouble))),
        )
        number = cursor.lastrowid
        assert number is not None
        self._run_many(
            "INSERT INTO delivery_recipients (delivery_id, address, place, state) VALUES (?, ?, ?, 'pending')",
            [(number, address, place) for place, address in enumerate(dict.fromkeys(recipients))],
        )
        self._run_many(
            "INSERT INTO delivery_mentions (digest, seq, delivery_id)"
            " SELECT ?, seq, ? FROM mention_records WHERE id = ?",
            [(digest, number, mention) for mention in mentions],
        )
        return number

    def deliveries(self, *, pending: bool = False, limit: int | None = None) -> tuple[DeliveryRow, ...]:
        """Deliveries, the newest first; or only those that wait, the oldest first."""
        rows = self._rows(
            "SELECT d.*, (SELECT count(*) FROM delivery_mentions m WHERE m.delivery_id = d.id) AS mentions"
            " FROM deliveries d "
            + ("WHERE state = 'pending' ORDER BY id" if pending else "ORDER BY id DESC")
            + (" LIMIT :limit" if limit is not None else ""),
            {} if limit is None else {"limit": limit},
        )
        return tuple(
            DeliveryRow(
                id=row["id"],
                digest=row["digest"],
                message_id=row["message_id"],
                subject=row["subject"],
                created_at=unstamp(row["created_at"]),
                state=row["state"],
                attempts=row["attempts"],
                recipients=self._recipients(row["id"]),
                message=row["message"],
                next_try_at=maybe_unstamp(row["next_try_at"]),
                last_error=row["last_error"],
                settled_at=maybe_unstamp(row["settled_at"]),
                mentions=row["mentions"],
            )
            for row in rows
        )

    def _recipients(self, number: int) -> tuple[Recipient, ...]:
        rows = self._rows(
            "SELECT address, state, detail FROM delivery_recipients WHERE delivery_id = ? ORDER BY place",
            (number,),
        )
        return tuple(Recipient(row["address"], row["state"], row["detail"]) for row in rows)

    def settle(
        self,
        number: int,
        outcomes: Mapping[str, tuple[RecipientState, str | None]],
        now: datetime,
        *,
        settled: bool,
        error: str | None = None,
        next_try_at: datetime | None = None,
    ) -> None:
        """Record what one try came to, recipient by recipient, in a transaction; ``settled``: nobody is left to try."""
        with self.writing():
            self._run_many(
                "UPDATE delivery_recipients SET state = ?, detail = ? WHERE delivery_id = ? AND address = ?",
                [(state, detail, number, address) for address, (state, detail) in outcomes.items()],
            )
            self._run(
                "UPDATE deliveries SET state = CASE WHEN :settled THEN 'sent' ELSE 'pending' END,"
                " attempts = attempts + 1, last_error = :error, next_try_at = :next, settled_at = :at,"
                " message = CASE WHEN :settled THEN NULL ELSE message END WHERE id = :id",
                {
                    "settled": settled,
                    "error": error,
                    "next": maybe_stamp(next_try_at),
                    "at": stamp(now) if settled else None,
                    "id": number,
                },
            )
