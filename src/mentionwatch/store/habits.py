"""What sources are used to bring, by the day and by the shape of their answers: small beside the ledger, as exact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from mentionwatch.store.connection import Connection
from mentionwatch.store.rows import maybe_stamp, maybe_unstamp, stamp, unstamp

#: Shapes kept of one question: a page that looks different at every poll must not fill the disk.
_MOST_SHAPES = 12


@dataclass(frozen=True, slots=True)
class Habit:
    """What one question's answers held: how many held anything, the last that did, and the first that did not."""

    source: str
    question: str
    full: int
    last_full: datetime | None
    first_empty: datetime | None
    last_answer: datetime


@dataclass(frozen=True, slots=True)
class ShapeRow:
    """Answers of one shape: :class:`mentionwatch.coverage.shapes.Shape`."""

    shape: str
    first_at: datetime
    last_at: datetime
    polls: int
    answers: int
    repeats: int
    items: int


@dataclass(frozen=True, slots=True)
class ShapeChange:
    """What was noticed of a question's answers: ``what`` changed, ``since`` when, and what is there ``now`` instead."""

    source: str
    question: str
    what: str
    since: datetime
    at: datetime
    before: int
    now: str
    ended_at: datetime | None


class Habits(Connection):
    """The past that a source is measured by."""

    # -- by the day ------------------------------------------------------------------------------------------------

    def count_answer(self, source: str, question: str, at: datetime, items: int) -> None:
        """An answer that was not 'unchanged'; in the transaction that records it."""
        self._run(
            "INSERT INTO poll_days (source, question, day, answers_full, last_full, first_empty, new_items)"
            " VALUES (:source, :question, substr(:at, 1, 10), :items > 0, CASE WHEN :items > 0 THEN :at END,"
            " CASE WHEN :items = 0 THEN :at END, 0)"
            " ON CONFLICT (source, question, day) DO UPDATE SET answers_full = answers_full + excluded.answers_full,"
            " last_full = coalesce(max(last_full, excluded.last_full), last_full, excluded.last_full),"
            " first_empty = coalesce(min(first_empty, excluded.first_empty), first_empty, excluded.first_empty)",
            {"source": source, "question": question, "at": stamp(at), "items": items},
        )

    def habits(self, since: datetime, until: datetime) -> tuple[Habit, ...]:
        """What each question's answers held from the day of ``since`` up to ``until``, unchanged ones not counted."""
        today = stamp(datetime.combine(until.astimezone(UTC).date(), time.min, UTC))
        rows = self._rows(
            # Of the day that `until` is in only what came before it: read from the ledger.
            "WITH parts AS ("
            " SELECT source, question, answers_full AS n, last_full, first_empty FROM poll_days"
            "  WHERE day >= substr(:since, 1, 10) AND day < substr(:until, 1, 10)"
            " UNION ALL SELECT source, question, items > 0, CASE WHEN items > 0 THEN first_at END,"
            "  CASE WHEN items = 0 THEN first_at END FROM polls"
            "  WHERE last_at >= :today AND first_at >= :today AND first_at <= :until"
            "  AND outcome IN ('answered', 'truncated')"
            " UNION ALL SELECT source, question, 0, NULL, NULL FROM questions),"
            " sums AS (SELECT source, question, sum(n) AS n, max(last_full) AS last_full,"
            "  min(first_empty) AS first_empty FROM parts GROUP BY source, question)"
            " SELECT *, (SELECT min(p.last_at, :until) FROM polls p WHERE p.source = s.source"
            "  AND p.question = s.question AND p.first_at <= :until"
            "  AND p.outcome IN ('answered', 'unchanged', 'truncated')"
            "  ORDER BY p.id DESC LIMIT 1) AS last_answer FROM sums s",
            {"since": stamp(since), "until": stamp(until), "today": today},
        )
        return tuple(
            Habit(
                row["source"],
                row["question"],
                row["n"],
                maybe_unstamp(row["last_full"]),
                maybe_unstamp(row["first_empty"]),
                unstamp(row["last_answer"]),
            )
            for row in rows
            if row["last_answer"] is not None and row["last_answer"] >= stamp(since)
        )

    def daily_yield(self, since: datetime, until: datetime) -> dict[str, dict[date, int]]:
        """What each source brought that was new, by day (UTC); days without are left out."""
        today = stamp(datetime.combine(until.astimezone(UTC).date(), time.min, UTC))
        rows = self._rows(
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

    # -- by shape --------------------------------------------------------------------------------------------------

    def shapes(self, source: str, question: str) -> tuple[ShapeRow, ...]:
        """What a question's answers have looked like."""
        rows = self._rows(
            "SELECT shape, first_at, last_at, polls, answers, repeats, items FROM shapes"
            " WHERE source = ? AND question = ?",
            (source, question),
        )
        return tuple(
            ShapeRow(
                row["shape"],
                unstamp(row["first_at"]),
                unstamp(row["last_at"]),
                row["polls"],
                row["answers"],
                row["repeats"],
                row["items"],
            )
            for row in rows
        )

    def keep_shape(self, source: str, question: str, shape: str, at: datetime, *, items: int, repeated: bool) -> None:
        """An answer of this shape; the shapes seen last are kept, twelve of them."""
        self._run(
            "INSERT INTO shapes (source, question, shape, first_at, last_at, polls, answers, repeats, items)"
            " VALUES (:source, :question, :shape, :at, :at, 1, 1, :repeated, :items)"
            " ON CONFLICT (source, question, shape) DO UPDATE SET"
            " last_at = excluded.last_at, polls = polls + 1, answers = answers + 1, repeats = repeats + :repeated,"
            " items = items + :items",
            {
                "source": source,
                "question": question,
                "shape": shape,
                "at": stamp(at),
                "repeated": int(repeated),
                "items": items,
            },
        )
        self._run(
            "DELETE FROM shapes WHERE source = :source AND question = :question AND last_at <"
            " (SELECT last_at FROM shapes WHERE source = :source AND question = :question"
            f" ORDER BY last_at DESC LIMIT 1 OFFSET {_MOST_SHAPES - 1})",
            {"source": source, "question": question},
        )

    def same_shape_again(self, source: str, question: str, at: datetime) -> bool:
        """An unchanged answer; says whether it follows one that looked otherwise than some before."""
        cursor = self._run(
            "UPDATE shapes SET last_at = :at, polls = polls + 1 WHERE source = :source AND question = :question"
            " AND last_at = (SELECT max(last_at) FROM shapes WHERE source = :source AND question = :question)"
            " RETURNING (SELECT count(*) FROM shapes WHERE source = :source AND question = :question) AS n",
            {"source": source, "question": question, "at": stamp(at)},
        )
        rows = cursor.fetchall()
        return bool(rows) and rows[0]["n"] > 1

    def keep_shape_change(
        self, source: str, question: str, what: str, since: datetime, at: datetime, before: int, now: str
    ) -> None:
        """Note a change, once."""
        self._run(
            "INSERT OR IGNORE INTO shape_changes (source, question, what, since, at, before, now)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (source, question, what, stamp(since), stamp(at), before, now),
        )

    def lasting_shape_changes(self, source: str, question: str) -> tuple[str, ...]:
        """What has changed of a question's answers and has not come back."""
        rows = self._rows(
            "SELECT what FROM shape_changes WHERE source = ? AND question = ? AND ended_at IS NULL", (source, question)
        )
        return tuple(row["what"] for row in rows)

    def end_shape_changes(self, source: str, question: str, whats: Iterable[str], at: datetime) -> None:
        """What had changed is as before."""
        self._run_many(
            "UPDATE shape_changes SET ended_at = ? WHERE source = ? AND question = ? AND what = ? AND ended_at IS NULL",
            [(maybe_stamp(at), source, question, what) for what in whats],
        )

    def shape_changes(self, since: datetime, until: datetime) -> tuple[ShapeChange, ...]:
        """What was noticed in a period, as it stood at its end."""
        rows = self._rows(
            "SELECT * FROM shape_changes WHERE at >= ? AND at <= ? ORDER BY at, source, question, what",
            (stamp(since), stamp(until)),
        )
        ended = stamp(until)
        return tuple(
            ShapeChange(
                row["source"],
                row["question"],
                row["what"],
                unstamp(row["since"]),
                unstamp(row["at"]),
                row["before"],
                row["now"],
                unstamp(row["ended_at"]) if row["ended_at"] is not None and row["ended_at"] <= ended else None,
            )
            for row in rows
        )
