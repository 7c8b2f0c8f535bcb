"""Spikes: when a brand was mentioned, and the episodes found in that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from mentionwatch.store.database import Database
from mentionwatch.store.dialect import json_text
from mentionwatch.store.filter import COUNTED, IS_NOISE, LAST_VERDICT, SAID_AT
from mentionwatch.store.rows import dump, read_row
from mentionwatch.store.values import read_stamp
from mentionwatch.times import stamp

SpikeKind = Literal["volume", "negative"]


@dataclass(frozen=True, slots=True)
class MentionTime:
    """When one mention was published and found; ``negative`` is ``None`` where its sentiment is not judged."""

    id: str
    at: datetime
    found_at: datetime
    negative: bool | None


@dataclass(frozen=True, slots=True)
class Episode:
    """A spike, from beginning to end (``None`` while it lasts). ``seen`` is what was counted at its beginning."""

    id: int
    brand: str
    kind: SpikeKind
    began_at: datetime
    ended_at: datetime | None
    seen: Mapping[str, object]
    #: When it was acknowledged, and by whom: it is not reported any more.
    acked_at: datetime | None = None
    acked_by: str | None = None


class Spikes:
    """Mentions over time, and episodes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def mention_times(self, brand: str, since: datetime) -> tuple[MentionTime, ...]:
        """A brand's mentions found since then, without own posts, backlog and noise, in the order they were published.

        The time is the publisher's, but never later than when it was first seen: after a day without a scan, not all
        of that day was published at once.
        """
        rows = self._db.rows(
            f"SELECT m.id, m.counts_at AS found_at, {SAID_AT} AS at,"
            f" {json_text('j.sentiment', 'label')} = 'negative' AS negative"
            f" FROM mention_records m JOIN items i ON i.id = m.item_id LEFT JOIN {LAST_VERDICT}"
            f" WHERE m.brand = ? AND m.counts_at >= ? AND {COUNTED} AND NOT {IS_NOISE} ORDER BY at",
            (brand, stamp(since)),
        )
        return tuple(read_row(MentionTime, row) for row in rows)

    def watching_since(self, brand: str) -> datetime | None:
        """When a brand was first searched for and found; ``None`` where it never was."""
        row = self._db.row(
            "SELECT (SELECT min(first_asked_at) FROM source_states) AS asked,"
            " (SELECT min(matched_at) FROM mention_records WHERE brand = ?) AS found",
            (brand,),
        )
        if row is None or row["asked"] is None or row["found"] is None:
            return None
        return read_stamp(max(row["asked"], row["found"]))

    def since(self, since: datetime) -> tuple[Episode, ...]:
        """The spikes that began since then, in that order."""
        rows = self._db.rows("SELECT * FROM spikes WHERE began_at >= ? ORDER BY began_at, id", (stamp(since),))
        return tuple(read_row(Episode, row) for row in rows)

    def within(self, since: datetime, until: datetime, as_of: datetime) -> tuple[Episode, ...]:
        """The spikes that overlap this period, as known at ``as_of``, in the order they began."""
        rows = self._db.rows(
            "SELECT * FROM spikes WHERE began_at < :until AND began_at <= :as_of"
            " AND coalesce(ended_at, :since) >= :since ORDER BY began_at, id",
            {"since": stamp(since), "until": stamp(until), "as_of": stamp(as_of)},
        )
        return tuple(
            replace(
                one,
                ended_at=None if one.ended_at is None or one.ended_at > as_of else one.ended_at,
                acked_at=None if one.acked_at is None or one.acked_at > as_of else one.acked_at,
                acked_by=None if one.acked_at is None or one.acked_at > as_of else one.acked_by,
            )
            for one in (read_row(Episode, row) for row in rows)
        )

    def last(self, brand: str, kind: SpikeKind, now: datetime) -> Episode | None:
        """The last spike of a brand, without any dated in the future by a wrong clock."""
        row = self._db.row(
            "SELECT * FROM spikes WHERE brand = ? AND kind = ? AND began_at <= ? ORDER BY began_at DESC LIMIT 1",
            (brand, kind, stamp(now)),
        )
        return None if row is None else read_row(Episode, row)

    def get(self, number: int) -> Episode | None:
        """The spike with this number."""
        # SQLite's numbers end at 2^63, and a slip of the keyboard does not.
        row = self._db.row("SELECT * FROM spikes WHERE id = ?", (number,)) if number < 2**63 else None
        return None if row is None else read_row(Episode, row)

    def acknowledge(self, number: int, key: str, by: str, now: datetime) -> None:
        """Acknowledge a spike: events not yet reported are dropped. In a transaction.

        ``key`` is the key of its events.
        """
        self._db.run("UPDATE spikes SET acked_at = ?, acked_by = ? WHERE id = ?", (stamp(now), by, number))
        self._db.run("DELETE FROM alert_events WHERE key = ? AND alert_id IS NULL", (key,))

    def begin(self, brand: str, kind: SpikeKind, seen: Mapping[str, object], now: datetime) -> None:
        """Begin a spike. In a transaction."""
        self._db.run(
            "INSERT INTO spikes (brand, kind, began_at, seen) VALUES (?, ?, ?, ?)",
            (brand, kind, stamp(now), dump(dict(seen))),
        )

    def end(self, number: int, now: datetime) -> None:
        """End a spike. In a transaction."""
        self._db.run("UPDATE spikes SET ended_at = ? WHERE id = ?", (stamp(now), number))
