"""What people did about mentions: an append-only log, and what follows from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.model import LogEntry
from mentionwatch.store.database import Database
from mentionwatch.store.dialect import among, array, json_text
from mentionwatch.store.filter import FOREVER, IS_NOISE, JUDGED
from mentionwatch.store.rows import dump, read_row
from mentionwatch.store.values import read_stamp
from mentionwatch.times import stamp

#: Mentions that may need a reply, with the urgency that was valid at :as_of.
_MAY_WAIT = (
    f"SELECT m.id, m.counts_at, {json_text('j.urgency', 'level')} AS level FROM mention_records m{JUDGED}"
    f" WHERE NOT {IS_NOISE} AND m.brand IN {among(':brands')} AND m.own = 0 AND m.backlog = 0"
    " AND m.counts_at IS NOT NULL AND m.matched_at <= :as_of AND (m.retired_at IS NULL OR m.retired_at > :as_of)"
)


@dataclass(frozen=True, slots=True)
class OpenMention:
    """A mention that may need a reply: from when it counts, and its urgency where it is judged."""

    id: str
    counts_at: datetime
    level: str | None
    has_log: bool


class Triage:
    """The log, and what follows from it; since when rules write to it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def append(
        self,
        mention: str,
        action: str,
        data: Mapping[str, object],
        *,
        by: str,
        at: datetime,
        undoes: int | None = None,
    ) -> int:
        """Append an entry and return its number; ``undoes`` is the entry that an ``undo`` reverts."""
        number = self._db.insert(
            "INSERT INTO triage (mention, at, by, action, data, undoes) VALUES (?, ?, ?, ?, ?, ?)",
            (mention, stamp(at), by, action, dump(dict(data)), undoes),
        )
        if action in ("label", "priority", "tag", "undo"):
            # What somebody says of it outranks what was read in it: it is judged again.
            self._db.run("UPDATE mention_records SET judged = NULL WHERE id = ?", (mention,))
        return number

    def logs(
        self, mentions: Collection[str] | None = None, as_of: datetime | None = None
    ) -> dict[str, tuple[LogEntry, ...]]:
        """The log of each of these mentions (by default all that have one), oldest first, as it was then."""
        sql = "SELECT * FROM triage WHERE at <= :as_of"
        values: dict[str, object] = {"as_of": FOREVER if as_of is None else stamp(as_of)}
        if mentions is not None:
            sql += f" AND mention IN {among(':mentions')}"
            values["mentions"] = array(mentions)
        found: dict[str, list[LogEntry]] = {}
        for row in self._db.rows(sql + " ORDER BY id", values):
            found.setdefault(row["mention"], []).append(read_row(LogEntry, row))
        return {mention: tuple(entries) for mention, entries in found.items()}

    def open_mentions(
        self,
        brands: Collection[str],
        levels: Collection[str],
        as_of: datetime | None = None,
        since: datetime | None = None,
    ) -> tuple[OpenMention, ...]:
        """The mentions of these brands that may need a reply, without own posts, backlog and noise.

        Untouched ones of these levels of urgency (not judged is ``normal``) that count from ``since`` on, and, whatever
        their level and age, those with a log that does not end with a resolution.
        """
        values: dict[str, object] = {
            "brands": array(brands),
            "levels": array(levels),
            "as_of": FOREVER if as_of is None else stamp(as_of),
            "since": "" if since is None else stamp(since),
        }
        # Where no urgency has a deadline, untouched mentions need no reply.
        untouched = (
            self._db.rows(
                f"SELECT * FROM ({_MAY_WAIT} AND m.counts_at >= :since"
                " AND NOT EXISTS (SELECT 1 FROM triage t WHERE t.mention = m.id AND t.at <= :as_of))"
                f" WHERE coalesce(level, 'normal') IN {among(':levels')}",
                values,
            )
            if levels
            else []
        )
        touched = self._db.rows(
            f"{_MAY_WAIT} AND m.id IN (SELECT mention FROM triage WHERE action NOT IN ('resolve', 'ignore')"
            " AND id IN (SELECT max(id) FROM triage WHERE at <= :as_of GROUP BY mention))",
            values,
        )
        return tuple(
            read_row(OpenMention, row, has_log=has_log)
            for rows, has_log in ((untouched, False), (touched, True))
            for row in rows
        )

    def labelled(self) -> tuple[str, ...]:
        """The mentions that anybody has ever labelled."""
        return self._db.column("SELECT DISTINCT mention FROM triage WHERE action = 'label'")

    def rules_since(self, marks: Mapping[str, str], now: datetime) -> dict[str, datetime]:
        """Rule (as it signs) → since when it acts as it is written: ``now`` for one that is new or changed.

        Also ``now`` where the clock has been set back since: what is found now was not there before.
        """
        known = {
            (row["by"], row["mark"]): read_stamp(row["since"]) for row in self._db.rows("SELECT * FROM rule_watches")
        }
        return {by: min(known.get((by, mark), now), now) for by, mark in marks.items()}

    def save_rules_since(self, marks: Mapping[str, str], since: Mapping[str, datetime]) -> None:
        """Save since when rules act, and forget the others. In a transaction."""
        rows = [(by, mark, stamp(since[by])) for by, mark in marks.items()]
        if {tuple(row) for row in self._db.rows("SELECT by, mark, since FROM rule_watches")} != set(rows):
            self._db.run("DELETE FROM rule_watches")
            self._db.run_many("INSERT INTO rule_watches (by, mark, since) VALUES (?, ?, ?)", rows)
