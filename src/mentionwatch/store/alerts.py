"""Alerts: which events were noticed, the messages that tell them, and what became of these."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mentionwatch.store.connection import Connection
from mentionwatch.store.rows import dump, maybe_stamp, maybe_unstamp, stamp, unstamp

AlertState = Literal["pending", "sent", "dropped"]


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event that one of ``[[notify]]`` is to be told of. ``data`` holds no stranger's words."""

    key: str
    kind: str
    brands: tuple[str, ...] = ()
    mention: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One message to one of ``[[notify]]``. ``body`` is what it says, ``None`` once it is settled."""

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


class Alerts(Connection):
    """What is told at once: noticed, held, frozen, sent."""

    def is_watched(self) -> bool:
        """Whether anybody was told of anything at the last scan."""
        return self._row("SELECT 1 FROM alert_watches LIMIT 1") is not None

    def watching_since(self, notify: str, kinds: Collection[str], now: datetime) -> dict[str, datetime]:
        """Kind → since when this one is told of it: ``now`` for a kind that was not watched for before.

        And for one that was watched for by a clock that has been put back since: what is found now is news.
        """
        rows = self._rows("SELECT kind, since FROM alert_watches WHERE notify = ?", (notify,))
        known = {row["kind"]: unstamp(row["since"]) for row in rows}
        return {kind: min(known.get(kind, now), now) for kind in kinds}

    def watch(self, since: Mapping[str, Mapping[str, datetime]]) -> None:
        """Remember who is told of what since when; whatever else was watched for is forgotten, and no longer told.

        In a transaction. What waits for a name that is gone is dropped.
        """
        self._run("DELETE FROM alert_watches")
        self._run_many(
            "INSERT INTO alert_watches (notify, kind, since) VALUES (?, ?, ?)",
            [(name, kind, stamp(at)) for name, kinds in since.items() for kind, at in kinds.items()],
        )
        names = json.dumps(list(since))
        self._run(
            "UPDATE alerts SET state = 'dropped', body = NULL, last_error = 'no longer in the configuration'"
            " WHERE state = 'pending' AND notify NOT IN (SELECT value FROM json_each(?))",
            (names,),
        )
        self._run(
            "DELETE FROM alert_events WHERE alert_id IS NULL AND notify NOT IN (SELECT value FROM json_each(?))",
            (names,),
        )

    def urgent_untold(
        self, notify: str, brands: Collection[str], since: datetime, first_seen_since: datetime
    ) -> tuple[tuple[str, str, str | None], ...]:
        """Id, brand and story of the mentions judged urgent that this one was not told of, nor of one of the story.

        Those found from ``since`` on, neither our own posts nor backlog, the oldest first.
        """
        rows = self._rows(
            "SELECT m.id, m.brand, m.story FROM mention_records m JOIN verdicts j ON j.seq = m.seq"
            " AND j.judged_at = (SELECT max(o.judged_at) FROM verdicts o WHERE o.seq = m.seq)"
            " WHERE m.counts_at >= :first_seen AND m.matched_at >= :since"
            " AND m.own = 0 AND m.backlog = 0 AND m.retired_at IS NULL"
            " AND m.brand IN (SELECT value FROM json_each(:brands))"
            " AND json_extract(j.urgency, '$.level') = 'urgent'"
            " AND NOT EXISTS (SELECT 1 FROM alert_events e"
            "  WHERE e.mention = m.id AND e.notify = :notify AND e.kind = 'urgent')"
            " AND NOT EXISTS (SELECT 1 FROM mention_records o JOIN alert_events e ON e.mention = o.id"
            "  WHERE o.story = m.story AND e.notify = :notify AND e.kind = 'urgent') ORDER BY m.seq",
            {
                "first_seen": stamp(first_seen_since),
                "since": stamp(since),
                "brands": json.dumps(list(brands)),
                "notify": notify,
            },
        )
        return tuple((row["id"], row["brand"], row["story"]) for row in rows)

    def marked_untold(
        self, notify: str, kind: str, brands: Collection[str], since: datetime, first_seen_since: datetime
    ) -> tuple[str, ...]:
        """Ids of the mentions for which a rule holds (``rule``), or of known people (``person``), untold to this one.

        Those found from ``since`` on, neither our own posts nor backlog. What was told as urgent, or for the other of
        the two, was told.
        """
        rows = self._rows(
            "SELECT m.id FROM mention_records m JOIN verdicts j ON j.seq = m.seq"
            " AND j.judged_at = (SELECT max(o.judged_at) FROM verdicts o WHERE o.seq = m.seq)"
            " WHERE m.counts_at >= :first_seen AND m.matched_at >= :since"
            " AND m.own = 0 AND m.backlog = 0 AND m.retired_at IS NULL"
            " AND m.brand IN (SELECT value FROM json_each(:brands))"
            f" AND {'j.person IS NOT NULL' if kind == 'person' else 'j.hits <> :nothing'}"
            " AND NOT EXISTS (SELECT 1 FROM alert_events e"
            "  WHERE e.mention = m.id AND e.notify = :notify AND e.kind IN ('urgent', 'rule', 'person'))",
            {
                "first_seen": stamp(first_seen_since),
                "since": stamp(since),
                "brands": json.dumps(list(brands)),
                "notify": notify,
                "nothing": "[]",
            },
        )
        return tuple(row["id"] for row in rows)

    def keep_events(self, notify: str, events: Iterable[EventRow], now: datetime) -> None:
        """Hold events until a message tells them; those that are known already stay as they are."""
        self._run_many(
            "INSERT OR IGNORE INTO alert_events (notify, key, kind, brands, mention, data, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (notify, event.key, event.kind, dump(event.brands), event.mention, dump(dict(event.data)), stamp(now))
                for event in events
            ],
        )

    def held_events(self, notify: str) -> tuple[EventRow, ...]:
        """What no message tells yet, in the order it was noticed."""
        rows = self._rows(
            "SELECT * FROM alert_events WHERE notify = ? AND alert_id IS NULL ORDER BY at, key", (notify,)
        )
        return tuple(
            EventRow(
                row["key"],
                row["kind"],
                tuple(json.loads(row["brands"])),
                row["mention"],
                json.loads(row["data"]),
                unstamp(row["at"]),
            )
            for row in rows
        )

    def freeze_alert(
        self, notify: str, uid: str, title: str, body: bytes | None, keys: Sequence[str], now: datetime
    ) -> None:
        """Write a message down that tells these events; without a body nothing is left of them to be told."""
        cursor = self._run(
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
        self._run_many(
            "UPDATE alert_events SET alert_id = ? WHERE notify = ? AND key = ?",
            [(cursor.lastrowid, notify, key) for key in keys],
        )

    def pending_alert(self, notify: str) -> AlertRow | None:
        """The message that waits to be sent to this one: there is never more than one."""
        rows = self._alerts("WHERE a.state = 'pending' AND a.notify = ? ORDER BY a.id LIMIT 1", (notify,))
        return rows[0] if rows else None

    def alerts(self, *, limit: int | None = None) -> tuple[AlertRow, ...]:
        """Messages, the newest first."""
        return self._alerts("ORDER BY a.id DESC" + ("" if limit is None else f" LIMIT {int(limit)}"), ())

    def _alerts(self, which: str, values: Sequence[object]) -> tuple[AlertRow, ...]:
        rows = self._rows(
            "SELECT a.*, (SELECT count(*) FROM alert_events e WHERE e.alert_id = a.id) AS events FROM alerts a "
            + which,
            values,
        )
        return tuple(
            AlertRow(
                id=row["id"],
                notify=row["notify"],
                uid=row["uid"],
                title=row["title"],
                created_at=unstamp(row["created_at"]),
                state=row["state"],
                attempts=row["attempts"],
                events=row["events"],
                body=row["body"],
                next_try_at=maybe_unstamp(row["next_try_at"]),
                last_error=row["last_error"],
                settled_at=maybe_unstamp(row["settled_at"]),
            )
            for row in rows
        )

    def held_counts(self) -> dict[str, int]:
        """Who is to be told of how many events that no message tells yet."""
        rows = self._rows("SELECT notify, count(*) AS n FROM alert_events WHERE alert_id IS NULL GROUP BY notify")
        return {row["notify"]: row["n"] for row in rows}

    def alert_sent(self, number: int, now: datetime) -> None:
        """It was taken: settle it, and let go of its words. A transaction."""
        with self.writing():
            self._run(
                "UPDATE alerts SET state = 'sent', body = NULL, attempts = attempts + 1, last_error = NULL,"
                " next_try_at = NULL, settled_at = ? WHERE id = ?",
                (stamp(now), number),
            )

    def told_by_others(self, row: AlertRow) -> bool:
        """Whether other messages, which were sent, have told all that this one would: so after a merge."""
        document = json.loads(row.body or b"{}")
        keys = [event["key"] for event in document.get("events", ())]
        if not keys or document.get("left_out"):
            return False
        untold = self._row(
            "SELECT 1 FROM json_each(?) k LEFT JOIN alert_events e ON e.notify = ? AND e.key = k.value"
            " LEFT JOIN alerts a ON a.id = e.alert_id WHERE a.state IS NOT 'sent' OR a.id = ? LIMIT 1",
            (json.dumps(keys), row.notify, row.id),
        )
        return untold is None

    def drop_alert(self, number: int, why: str, now: datetime) -> None:
        """It need not be sent any more: settle it, and let go of its words. A transaction."""
        with self.writing():
            self._run(
                "UPDATE alerts SET state = 'dropped', body = NULL, last_error = ?, next_try_at = NULL, settled_at = ?"
                " WHERE id = ?",
                (why, stamp(now), number),
            )

    def alert_failed(self, number: int, error: str, next_try_at: datetime) -> None:
        """It was not taken: record one more attempt. A transaction."""
        with self.writing():
            self._run(
                "UPDATE alerts SET attempts = attempts + 1, last_error = ?, next_try_at = ? WHERE id = ?",
                (error, maybe_stamp(next_try_at), number),
            )
