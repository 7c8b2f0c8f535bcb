"""The shape of a question's answers (format and fields), and the changes noticed in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from mentionwatch.records import ResponseFormat
from mentionwatch.store.database import Database
from mentionwatch.store.rows import read_row
from mentionwatch.times import optional_stamp, stamp

#: Shapes kept of one question: a page that looks different at every poll must not fill the disk.
_MOST_SHAPES = 12


@dataclass(frozen=True, slots=True)
class ShapeChange:
    """A change in a question's answers: ``what`` changed, ``since`` when, and what is there ``now`` instead."""

    source: str
    question: str
    what: str
    since: datetime
    at: datetime
    before: int
    now: str
    ended_at: datetime | None


class Shapes:
    """Shapes of answers, and changes of shape."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of_question(self, source: str, question: str) -> tuple[ResponseFormat, ...]:
        """The shapes of a question's answers so far."""
        rows = self._db.rows(
            "SELECT shape, first_at, last_at, polls, answers, repeats, items FROM shapes"
            " WHERE source = ? AND question = ?",
            (source, question),
        )
        return tuple(read_row(ResponseFormat, row) for row in rows)

    def save(self, source: str, question: str, shape: str, at: datetime, *, items: int, repeated: bool) -> None:
        """Count an answer of this shape; the twelve shapes seen last are kept."""
        self._db.run(
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
        self._db.run(
            "DELETE FROM shapes WHERE source = :source AND question = :question AND last_at <"
            " (SELECT last_at FROM shapes WHERE source = :source AND question = :question"
            f" ORDER BY last_at DESC LIMIT 1 OFFSET {_MOST_SHAPES - 1})",
            {"source": source, "question": question},
        )

    def repeat(self, source: str, question: str, at: datetime) -> bool:
        """Count an unchanged answer; returns whether the question has had other shapes too."""
        cursor = self._db.run(
            "UPDATE shapes SET last_at = :at, polls = polls + 1 WHERE source = :source AND question = :question"
            " AND last_at = (SELECT max(last_at) FROM shapes WHERE source = :source AND question = :question)"
            " RETURNING (SELECT count(*) FROM shapes WHERE source = :source AND question = :question) AS n",
            {"source": source, "question": question, "at": stamp(at)},
        )
        rows = cursor.fetchall()
        return bool(rows) and rows[0]["n"] > 1

    def save_change(
        self, source: str, question: str, what: str, since: datetime, at: datetime, before: int, now: str
    ) -> None:
        """Save a change, once."""
        self._db.run(
            "INSERT INTO shape_changes (source, question, what, since, at, before, now)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (source, question, what, stamp(since), stamp(at), before, now),
        )

    def lasting_changes(self, source: str, question: str) -> tuple[str, ...]:
        """What has changed in a question's answers and has not been reverted."""
        return self._db.column(
            "SELECT what FROM shape_changes WHERE source = ? AND question = ? AND ended_at IS NULL", (source, question)
        )

    def end_changes(self, source: str, question: str, whats: Iterable[str], at: datetime) -> None:
        """These changes have been reverted."""
        self._db.run_many(
            "UPDATE shape_changes SET ended_at = ? WHERE source = ? AND question = ? AND what = ? AND ended_at IS NULL",
            [(optional_stamp(at), source, question, what) for what in whats],
        )

    def changes(self, since: datetime, until: datetime) -> tuple[ShapeChange, ...]:
        """The changes noticed in a period, as known at its end."""
        rows = self._db.rows(
            "SELECT * FROM shape_changes WHERE at >= ? AND at <= ? ORDER BY at, source, question, what",
            (stamp(since), stamp(until)),
        )
        changes = (read_row(ShapeChange, row) for row in rows)
        return tuple(
            replace(one, ended_at=None) if one.ended_at is not None and one.ended_at > until else one for one in changes
        )
