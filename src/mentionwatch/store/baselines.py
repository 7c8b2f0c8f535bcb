"""What sources usually deliver, counted by day: far smaller than the ledger, and as exact."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from mentionwatch.records import Baseline
from mentionwatch.store.database import Database
from mentionwatch.store.dialect import greatest, least
from mentionwatch.store.rows import read_row
from mentionwatch.times import stamp


class Baselines:
    """Daily counts to compare a source with."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def count_answer(self, source: str, question: str, at: datetime, items: int) -> None:
        """Count an answer that was not 'unchanged', in the transaction that records it."""
        self._db.run(
            "INSERT INTO poll_days (source, question, day, answers_full, last_full, first_empty, new_items)"
            " VALUES (:source, :question, substr(:at, 1, 10), :full, :last_full, :first_empty, 0)"
            " ON CONFLICT (source, question, day) DO UPDATE SET answers_full = answers_full + excluded.answers_full,"
            f" last_full = coalesce({greatest('last_full', 'excluded.last_full')}, last_full, excluded.last_full),"
            f" first_empty = coalesce({least('first_empty', 'excluded.first_empty')}, first_empty,"
            " excluded.first_empty)",
            {
                "source": source,
                "question": question,
                "at": stamp(at),
                "full": int(items > 0),
                "last_full": stamp(at) if items else None,
                "first_empty": None if items else stamp(at),
            },
        )

    def between(self, since: datetime, until: datetime) -> tuple[Baseline, ...]:
        """The baseline of each question from the day of ``since`` to ``until``, without unchanged answers."""
        today = stamp(datetime.combine(until.astimezone(UTC).date(), time.min, UTC))
        rows = self._db.rows(
            # Of the day that `until` is in only what came before it: read from the ledger.
            "WITH parts AS ("
            " SELECT source, question, answers_full AS n, last_full, first_empty FROM poll_days"
            "  WHERE day >= substr(:since, 1, 10) AND day < substr(:until, 1, 10)"
            " UNION ALL SELECT source, question, CASE WHEN items > 0 THEN 1 ELSE 0 END,"
            "  CASE WHEN items > 0 THEN first_at END, CASE WHEN items = 0 THEN first_at END FROM polls"
            "  WHERE last_at >= :today AND first_at >= :today AND first_at <= :until"
            "  AND outcome IN ('answered', 'truncated')"
            " UNION ALL SELECT source, question, 0, NULL, NULL FROM questions),"
            " sums AS (SELECT source, question, sum(n) AS n, max(last_full) AS last_full,"
            "  min(first_empty) AS first_empty FROM parts GROUP BY source, question)"
            f" SELECT *, (SELECT {least('p.last_at', ':until')} FROM polls p WHERE p.source = s.source"
            "  AND p.question = s.question AND p.first_at <= :until"
            "  AND p.outcome IN ('answered', 'unchanged', 'truncated')"
            "  ORDER BY p.id DESC LIMIT 1) AS last_answer FROM sums s",
            {"since": stamp(since), "until": stamp(until), "today": today},
        )
        return tuple(
            read_row(Baseline, row, full=row["n"])
            for row in rows
            if row["last_answer"] is not None and row["last_answer"] >= stamp(since)
        )

    def daily_new_items(self, since: datetime, until: datetime) -> dict[str, dict[date, int]]:
        """New items per source and day (UTC), without empty days."""
        today = stamp(datetime.combine(until.astimezone(UTC).date(), time.min, UTC))
        rows = self._db.rows(
            "SELECT source, day, sum(new_items) AS new FROM ("
            " SELECT source, day, new_items FROM poll_days"
            "  WHERE day >= substr(:since, 1, 10) AND day < substr(:until, 1, 10) AND new_items > 0"
            " UNION ALL SELECT source, substr(first_at, 1, 10), new_items FROM polls"
            "  WHERE last_at >= :today AND first_at >= :today AND first_at <= :until AND new_items > 0)"
            " GROUP BY source, day",
            {"since": stamp(since), "until": stamp(until), "today": today},
        )
        days: dict[str, dict[date, int]] = {}
        for row in rows:
            days.setdefault(row["source"], {})[date.fromisoformat(row["day"])] = row["new"]
        return days
