"""What alerts are about: since when each kind is watched for, and the events that were noticed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mentionwatch.store.database import Database
from mentionwatch.store.dialect import among, array, json_text
from mentionwatch.store.rows import dump, read_row
from mentionwatch.times import read_stamp, stamp


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event that one of ``[[notify]]`` is to be told of. ``data`` holds no stranger's words."""

    key: str
    kind: str
    brands: tuple[str, ...] = ()
    mention: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    at: datetime | None = None


class Alerts:
    """What is noticed and held until the outbox takes it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def has_watches(self) -> bool:
        """Whether anybody was told of anything at the last scan."""
        return self._db.row("SELECT 1 FROM alert_watches LIMIT 1") is not None

    def watching_since(self, notify: str, kinds: Collection[str], now: datetime) -> dict[str, datetime]:
        """Kind → since when this one is told of it: ``now`` for a kind that was not watched for before.

        And for one that was watched for by a clock that has been put back since: what is found now is news.
        """
        rows = self._db.rows("SELECT kind, since FROM alert_watches WHERE notify = ?", (notify,))
        known = {row["kind"]: read_stamp(row["since"]) for row in rows}
        return {kind: min(known.get(kind, now), now) for kind in kinds}

    def save_watches(self, since: Mapping[str, Mapping[str, datetime]]) -> None:
        """Remember who is told of what since when; whatever else was watched for is forgotten, and no longer told.

        In a transaction. What waits for a name that is gone is dropped.
        """
        self._db.run("DELETE FROM alert_watches")
        self._db.run_many(
            "INSERT INTO alert_watches (notify, kind, since) VALUES (?, ?, ?)",
            [(name, kind, stamp(at)) for name, kinds in since.items() for kind, at in kinds.items()],
        )
        names = array(since)
        self._db.run(
            "UPDATE alerts SET state = 'dropped', body = NULL, last_error = 'no longer in the configuration'"
            f" WHERE state = 'pending' AND notify NOT IN {among('?')}",
            (names,),
        )
        self._db.run(
            f"DELETE FROM alert_events WHERE alert_id IS NULL AND notify NOT IN {among('?')}",
            (names,),
        )

    def undelivered_urgent(
        self, notify: str, brands: Collection[str], since: datetime, first_seen_since: datetime
    ) -> tuple[tuple[str, str, str | None], ...]:
        """Id, brand and story of the mentions judged urgent that this one was not told of, nor of one of the story.

        Those found from ``since`` on, neither our own posts nor backlog, the oldest first.
        """
        rows = self._db.rows(
            "SELECT m.id, m.brand, m.story FROM mention_records m JOIN verdicts j ON j.seq = m.seq"
            " AND j.judged_at = (SELECT max(o.judged_at) FROM verdicts o WHERE o.seq = m.seq)"
            " WHERE m.counts_at >= :first_seen AND m.matched_at >= :since"
            " AND m.own = 0 AND m.backlog = 0 AND m.retired_at IS NULL"
            f" AND m.brand IN {among(':brands')}"
            f" AND {json_text('j.urgency', 'level')} = 'urgent'"
            " AND NOT EXISTS (SELECT 1 FROM alert_events e"
            "  WHERE e.mention = m.id AND e.notify = :notify AND e.kind = 'urgent')"
            " AND NOT EXISTS (SELECT 1 FROM mention_records o JOIN alert_events e ON e.mention = o.id"
            "  WHERE o.story = m.story AND e.notify = :notify AND e.kind = 'urgent') ORDER BY m.seq",
            {
                "first_seen": stamp(first_seen_since),
                "since": stamp(since),
                "brands": array(brands),
                "notify": notify,
            },
        )
        return tuple((row["id"], row["brand"], row["story"]) for row in rows)

    def undelivered_marked(
        self, notify: str, kind: str, brands: Collection[str], since: datetime, first_seen_since: datetime
    ) -> tuple[str, ...]:
        """Ids of the mentions for which a rule holds (``rule``), or of known people (``person``), untold to this one.

        Those found from ``since`` on, neither our own posts nor backlog. What was told as urgent, or for the other of
        the two, was told.
        """
        rows = self._db.rows(
            "SELECT m.id FROM mention_records m JOIN verdicts j ON j.seq = m.seq"
            " AND j.judged_at = (SELECT max(o.judged_at) FROM verdicts o WHERE o.seq = m.seq)"
            " WHERE m.counts_at >= :first_seen AND m.matched_at >= :since"
            " AND m.own = 0 AND m.backlog = 0 AND m.retired_at IS NULL"
            f" AND m.brand IN {among(':brands')}"
            f" AND {'j.person IS NOT NULL' if kind == 'person' else 'j.hits <> :nothing'}"
            " AND NOT EXISTS (SELECT 1 FROM alert_events e"
            "  WHERE e.mention = m.id AND e.notify = :notify AND e.kind IN ('urgent', 'rule', 'person'))",
            {
                "first_seen": stamp(first_seen_since),
                "since": stamp(since),
                "brands": array(brands),
                "notify": notify,
                "nothing": "[]",
            },
        )
        return tuple(row["id"] for row in rows)

    def save_events(self, notify: str, events: Iterable[EventRow], now: datetime) -> None:
        """Hold events until a message tells them; those that are known already stay as they are."""
        self._db.run_many(
            "INSERT INTO alert_events (notify, key, kind, brands, mention, data, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [
                (notify, event.key, event.kind, dump(event.brands), event.mention, dump(dict(event.data)), stamp(now))
                for event in events
            ],
        )

    def held_events(self, notify: str) -> tuple[EventRow, ...]:
        """What no message tells yet, in the order it was noticed."""
        rows = self._db.rows(
            "SELECT * FROM alert_events WHERE notify = ? AND alert_id IS NULL ORDER BY at, key", (notify,)
        )
        return tuple(
            read_row(EventRow, row, brands=tuple(json.loads(row["brands"])), data=json.loads(row["data"]))
            for row in rows
        )

    def held_counts(self) -> dict[str, int]:
        """Who is to be told of how many events that no message tells yet."""
        rows = self._db.rows("SELECT notify, count(*) AS n FROM alert_events WHERE alert_id IS NULL GROUP BY notify")
        return {row["notify"]: row["n"] for row in rows}
