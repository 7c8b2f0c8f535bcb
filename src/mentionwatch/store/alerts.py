"""Alert events: which kinds each ``[[notify]]`` watches for and since when, and the events noticed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from sqlite3 import Row

from mentionwatch.store.database import Database
from mentionwatch.store.dialect import among, array, json_text
from mentionwatch.store.filter import COUNTED, LAST_VERDICT
from mentionwatch.store.rows import dump, read_row
from mentionwatch.store.values import read_stamp
from mentionwatch.times import stamp


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event to be reported to one ``[[notify]]``. ``data`` never holds text written by others."""

    key: str
    kind: str
    brands: tuple[str, ...] = ()
    mention: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    at: datetime | None = None


class Alerts:
    """Events, held until a message in the outbox reports them."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def has_watches(self) -> bool:
        """Whether the last scan watched for anything."""
        return self._db.row("SELECT 1 FROM alert_watches LIMIT 1") is not None

    def watching_since(self, notify: str, kinds: Collection[str], now: datetime) -> dict[str, datetime]:
        """Kind → since when it is reported to this ``[[notify]]``: ``now`` for a kind that was not watched for before.

        Also ``now`` where the clock has been set back since: what is found now is new.
        """
        known = self._db.pairs("SELECT kind, since FROM alert_watches WHERE notify = ?", (notify,))
        return {kind: min(read_stamp(known[kind]), now) if kind in known else now for kind in kinds}

    def save_watches(self, since: Mapping[str, Mapping[str, datetime]]) -> None:
        """Replace what each ``[[notify]]`` watches for, and since when; anything else is no longer reported.

        In a transaction. Messages that wait for a removed name are dropped.
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
        """Id, brand and story of urgent mentions of which neither they nor another of the story was reported here.

        Those found from ``since`` on, neither our own posts nor backlog, the oldest first.
        """
        rows = self._undelivered(
            f"{json_text('j.urgency', 'level')} = 'urgent'"
            " AND NOT EXISTS (SELECT 1 FROM alert_events e"
            "  WHERE e.mention = m.id AND e.notify = :notify AND e.kind = 'urgent')"
            " AND NOT EXISTS (SELECT 1 FROM mention_records o JOIN alert_events e ON e.mention = o.id"
            "  WHERE o.story = m.story AND e.notify = :notify AND e.kind = 'urgent')",
            notify,
            brands,
            since,
            first_seen_since,
        )
        return tuple((row["id"], row["brand"], row["story"]) for row in rows)

    def undelivered_marked(
        self, notify: str, kind: str, brands: Collection[str], since: datetime, first_seen_since: datetime
    ) -> tuple[str, ...]:
        """Ids of mentions that match a rule (``rule``) or are by known people (``person``), not yet reported here.

        Those found from ``since`` on, neither our own posts nor backlog. What was reported as urgent, or for the
        other of the two, was reported.
        """
        rows = self._undelivered(
            ("j.person IS NOT NULL" if kind == "person" else "j.hits <> '[]'")
            + " AND NOT EXISTS (SELECT 1 FROM alert_events e"
            "  WHERE e.mention = m.id AND e.notify = :notify AND e.kind IN ('urgent', 'rule', 'person'))",
            notify,
            brands,
            since,
            first_seen_since,
        )
        return tuple(row["id"] for row in rows)

    def _undelivered(
        self, which: str, notify: str, brands: Collection[str], since: datetime, first_seen_since: datetime
    ) -> list[Row]:
        return self._db.rows(
            f"SELECT m.id, m.brand, m.story FROM mention_records m JOIN {LAST_VERDICT}"
            f" WHERE m.counts_at >= :first_seen AND m.matched_at >= :since AND {COUNTED}"
            f" AND m.brand IN {among(':brands')} AND {which} ORDER BY m.seq",
            {"first_seen": stamp(first_seen_since), "since": stamp(since), "brands": array(brands), "notify": notify},
        )

    def save_events(self, notify: str, events: Iterable[EventRow], now: datetime) -> None:
        """Hold events until a message reports them; known ones stay as they are."""
        self._db.run_many(
            "INSERT INTO alert_events (notify, key, kind, brands, mention, data, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [
                (notify, event.key, event.kind, dump(event.brands), event.mention, dump(dict(event.data)), stamp(now))
                for event in events
            ],
        )

    def held_events(self, notify: str) -> tuple[EventRow, ...]:
        """Events that no message reports yet, in the order they were noticed."""
        rows = self._db.rows(
            "SELECT * FROM alert_events WHERE notify = ? AND alert_id IS NULL ORDER BY at, key", (notify,)
        )
        return tuple(read_row(EventRow, row) for row in rows)

    def held_counts(self) -> dict[str, int]:
        """By ``[[notify]]``: how many events no message reports yet."""
        return self._db.pairs("SELECT notify, count(*) FROM alert_events WHERE alert_id IS NULL GROUP BY notify")
