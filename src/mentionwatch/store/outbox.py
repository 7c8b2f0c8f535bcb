"""The outbox: mails and alerts, saved before anything is sent, and what happened to each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mentionwatch.store.database import Database
from mentionwatch.store.dialect import among, array
from mentionwatch.store.rows import read_row
from mentionwatch.store.values import read_json, read_optional_stamp
from mentionwatch.times import optional_stamp, stamp

DeliveryState = Literal["pending", "sent"]
RecipientState = Literal["pending", "accepted", "refused"]
AlertState = Literal["pending", "sent", "dropped"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of a delivery and the mail server's answer."""

    address: str
    state: RecipientState
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One mail, mostly a digest. ``message`` is the bytes to send, ``None`` once every recipient is settled."""

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


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One message to one ``[[notify]]``. ``body`` is its content, ``None`` once it is settled."""

    id: int
    notify: str
    uid: str
    title: str
    created_at: datetime
    state: AlertState
    attempts: int
    events: int
    body: bytes | None = None
    next_try_at: datetime | None = None
    last_error: str | None = None
    settled_at: datetime | None = None


class Outbox:
    """Mails and alerts, each once, whatever fails."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def last_enqueued(self, digest: str) -> datetime | None:
        """When this digest was last enqueued."""
        return read_optional_stamp(self._db.value("SELECT max(created_at) FROM deliveries WHERE digest = ?", (digest,)))

    def last_source_problems(self, digest: str) -> frozenset[str]:
        """The sources that the last mail of this digest reported as failing."""
        last = "SELECT trouble FROM deliveries WHERE digest = ? ORDER BY id DESC LIMIT 1"
        return frozenset(read_json(self._db.value(last, (digest,)) or "[]"))

    def not_enqueued(self, digest: str, mentions: Sequence[str]) -> tuple[str, ...]:
        """Those of the mentions that no delivery of this digest holds."""
        return self._db.column(
            f"SELECT id FROM mention_records m WHERE id IN {among('?')}"
            " AND NOT EXISTS (SELECT 1 FROM delivery_mentions d WHERE d.digest = ? AND d.seq = m.seq)",
            (array(mentions), digest),
        )

    def enqueue(
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
        """Save a mail to be sent later; returns its number. In the transaction that selected its mentions."""
        number = self._db.insert(
            "INSERT INTO deliveries (digest, message_id, created_at, subject, message, state, trouble)"
            " VALUES (?, ?, ?, ?, ?, 'pending', ?)",
            (digest, message_id, stamp(now), subject, message, json.dumps(list(trouble))),
        )
        self._db.run_many(
            "INSERT INTO delivery_recipients (delivery_id, address, place, state) VALUES (?, ?, ?, 'pending')",
            [(number, address, place) for place, address in enumerate(dict.fromkeys(recipients))],
        )
        self._db.run_many(
            "INSERT INTO delivery_mentions (digest, seq, delivery_id)"
            " SELECT ?, seq, ? FROM mention_records WHERE id = ?",
            [(digest, number, mention) for mention in mentions],
        )
        return number

    def deliveries(self, *, pending: bool = False, limit: int | None = None) -> tuple[DeliveryRow, ...]:
        """Deliveries, newest first; or only pending ones, oldest first."""
        rows = self._db.rows(
            "SELECT d.*, (SELECT count(*) FROM delivery_mentions m WHERE m.delivery_id = d.id) AS mentions"
            " FROM deliveries d "
            + ("WHERE state = 'pending' ORDER BY id" if pending else "ORDER BY id DESC")
            + (" LIMIT :limit" if limit is not None else ""),
            {} if limit is None else {"limit": limit},
        )
        return tuple(read_row(DeliveryRow, row, recipients=self._recipients(row["id"])) for row in rows)

    def _recipients(self, number: int) -> tuple[Recipient, ...]:
        rows = self._db.rows(
            "SELECT address, state, detail FROM delivery_recipients WHERE delivery_id = ? ORDER BY place",
            (number,),
        )
        return tuple(read_row(Recipient, row) for row in rows)

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
        """Record the outcome of one attempt for each recipient, in a transaction; ``settled``: no recipient is left."""
        with self._db.writing():
            self._db.run_many(
                "UPDATE delivery_recipients SET state = ?, detail = ? WHERE delivery_id = ? AND address = ?",
                [(state, detail, number, address) for address, (state, detail) in outcomes.items()],
            )
            self._db.run(
                "UPDATE deliveries SET state = CASE WHEN :settled = 1 THEN 'sent' ELSE 'pending' END,"
                " attempts = attempts + 1, last_error = :error, next_try_at = :next, settled_at = :at,"
                " message = CASE WHEN :settled = 1 THEN NULL ELSE message END WHERE id = :id",
                {
                    "settled": int(settled),
                    "error": error,
                    "next": optional_stamp(next_try_at),
                    "at": stamp(now) if settled else None,
                    "id": number,
                },
            )

    def deliveries_of(self, seq: int) -> tuple[str, ...]:
        """The digests and alerts that hold a mention, in words."""
        rows = self._db.rows(
            "SELECT y.digest, y.state, y.created_at FROM delivery_mentions d JOIN deliveries y ON y.id = d.delivery_id"
            " WHERE d.seq = ? ORDER BY y.id",
            (seq,),
        )
        alerts = self._db.rows(
            "SELECT a.notify, a.state, a.created_at FROM mention_records m JOIN alert_events e ON e.mention = m.id"
            " JOIN alerts a ON a.id = e.alert_id WHERE m.seq = ? ORDER BY a.id",
            (seq,),
        )
        return (
            *(f"digest {row['digest']!r} of {row['created_at']} ({row['state']})" for row in rows),
            *(f"alert to {row['notify']!r} of {row['created_at']} ({row['state']})" for row in alerts),
        )

    def enqueue_alert(
        self, notify: str, uid: str, title: str, body: bytes | None, keys: Sequence[str], now: datetime
    ) -> None:
        """Save a message that reports these events; without a body, nothing of them is left to report."""
        number = self._db.insert(
            "INSERT INTO alerts (notify, uid, title, body, created_at, state, last_error, settled_at)"
            " VALUES (:notify, :uid, :title, :body, :at, :state, :error, :settled)",
            {
                "notify": notify,
                "uid": uid,
                "title": title,
                "body": body,
                "at": stamp(now),
                "state": "dropped" if body is None else "pending",
                "error": "its mentions are no longer there" if body is None else None,
                "settled": stamp(now) if body is None else None,
            },
        )
        self._db.run_many(
            "UPDATE alert_events SET alert_id = ? WHERE notify = ? AND key = ?",
            [(number, notify, key) for key in keys],
        )

    def pending_alert(self, notify: str) -> AlertRow | None:
        """The message that waits to be sent to this ``[[notify]]``: there is never more than one."""
        rows = self._alerts("WHERE a.state = 'pending' AND a.notify = ? ORDER BY a.id LIMIT 1", (notify,))
        return rows[0] if rows else None

    def alerts(self, *, limit: int | None = None) -> tuple[AlertRow, ...]:
        """Alert messages, newest first."""
        return self._alerts("ORDER BY a.id DESC" + ("" if limit is None else f" LIMIT {int(limit)}"), ())

    def _alerts(self, which: str, values: Sequence[object]) -> tuple[AlertRow, ...]:
        rows = self._db.rows(
            "SELECT a.*, (SELECT count(*) FROM alert_events e WHERE e.alert_id = a.id) AS events FROM alerts a "
            + which,
            values,
        )
        return tuple(read_row(AlertRow, row) for row in rows)

    def alert_sent(self, number: int, now: datetime) -> None:
        """It was accepted: settle it and delete its content. A transaction."""
        with self._db.writing():
            self._db.run(
                "UPDATE alerts SET state = 'sent', body = NULL, attempts = attempts + 1, last_error = NULL,"
                " next_try_at = NULL, settled_at = ? WHERE id = ?",
                (stamp(now), number),
            )

    def alert_failed(self, number: int, error: str, next_try_at: datetime) -> None:
        """It was not accepted: record one more attempt. A transaction."""
        with self._db.writing():
            self._db.run(
                "UPDATE alerts SET attempts = attempts + 1, last_error = ?, next_try_at = ? WHERE id = ?",
                (error, optional_stamp(next_try_at), number),
            )

    def drop_alert(self, number: int, why: str, now: datetime) -> None:
        """It need not be sent any more: settle it and delete its content. A transaction."""
        with self._db.writing():
            self._db.run(
                "UPDATE alerts SET state = 'dropped', body = NULL, last_error = ?, next_try_at = NULL, settled_at = ?"
                " WHERE id = ?",
                (why, stamp(now), number),
            )

    def sent_by_others(self, row: AlertRow) -> bool:
        """Whether other messages that were sent report all that this one would: so after a merge."""
        document = read_json(row.body or b"{}")
        keys = [event["key"] for event in document.get("events", ())]
        if not keys or document.get("left_out"):
            return False
        untold = self._db.row(
            f"SELECT 1 FROM {among('?')} k LEFT JOIN alert_events e ON e.notify = ? AND e.key = k.value"
            " LEFT JOIN alerts a ON a.id = e.alert_id WHERE coalesce(a.state, '') <> 'sent' OR a.id = ? LIMIT 1",
            (array(keys), row.notify, row.id),
        )
        return untold is None
