"""What was asked of whom, what came of it, and when to ask again: the ledger."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from mentionwatch.exchange import Validators
from mentionwatch.store.connection import Connection
from mentionwatch.store.rows import dump, maybe_stamp, maybe_unstamp, stamp, unstamp

Outcome = Literal["answered", "unchanged", "truncated", "failed", "waiting"]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A configured source as its last poll left it."""

    name: str
    type: str
    fingerprint: str
    first_asked_at: datetime | None = None
    last_asked_at: datetime | None = None
    last_success_at: datetime | None = None
    due_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    error_code: str | None = None
    error: str | None = None
    wait_until: datetime | None = None
    wait_reason: str | None = None
    gone_at: datetime | None = None
    moved_to: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """How far one question was answered."""

    checkpoint: str | None
    validators: Validators
    body_hash: bytes | None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """An item that was news when it came: when it was published, seen, and told, and when was asked before it."""

    source: str
    published_at: datetime
    seen_at: datetime
    asked_before: datetime | None
    told_at: datetime | None


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
class Poll:
    """One entry of the ledger: an answer, or a run of answers of the same kind from ``first_at`` to ``last_at``."""

    id: int
    source: str
    question: str
    outcome: Outcome
    first_at: datetime
    last_at: datetime
    times: int = 1
    status: int | None = None
    url: str | None = None
    items: int = 0
    new_items: int = 0
    error_code: str | None = None
    error: str | None = None
    gap_from: datetime | None = None
    gap_to: datetime | None = None


_SOURCE_FIELDS = (
    "name", "type", "fingerprint", "first_asked_at", "last_asked_at", "last_success_at", "due_at", "failing_since",
    "failures", "error_code", "error", "wait_until", "wait_reason", "gone_at", "moved_to", "note",
)  # fmt: skip
_SOURCE_TIMES = frozenset(name for name in _SOURCE_FIELDS if name.endswith("_at") or name.endswith("_until")) | {
    "failing_since"
}


_MOST_ARRIVALS = 200_000
#: Nobody is obeyed for more than a day (``fetch``): a longer wait was written down by a clock that was ahead.
_LONGEST_WAIT = timedelta(hours=48)
_ROUTINE = frozenset(("last_asked_at", "last_success_at", "due_at"))


class Polls(Connection):
    """Sources, questions and the ledger."""

    def source_rows(self, as_of: datetime | None = None) -> dict[str, SourceRow]:
        """Every source ever asked, by name, as it stands or stood then."""
        if as_of is not None:
            return self._source_rows_then(stamp(as_of))
        rows = self._rows(f"SELECT {', '.join(_SOURCE_FIELDS)} FROM source_states")
        return {row["name"]: _source_row(dict(row)) for row in rows}

    def _source_rows_then(self, at: str) -> dict[str, SourceRow]:
        rows = self._rows(
            "SELECT source, state, (SELECT max(CASE WHEN p.last_at <= :at THEN p.last_at ELSE :at END) FROM polls p"
            "  WHERE p.source = l.source AND p.first_at <= :at) AS asked"
            " FROM source_log l"
            " WHERE l.at = (SELECT max(at) FROM source_log o WHERE o.source = l.source AND o.at <= :at)",
            {"at": at},
        )
        stood = {row["source"]: _source_row(json.loads(row["state"])) for row in rows}
        return {row["source"]: replace(stood[row["source"]], last_asked_at=maybe_unstamp(row["asked"])) for row in rows}

    def keep_source(self, row: SourceRow, at: datetime) -> None:
        """Replace a source's row, and log it where it stands otherwise than before or is failing."""
        values = {
            name: maybe_stamp(getattr(row, name)) if name in _SOURCE_TIMES else getattr(row, name)
            for name in _SOURCE_FIELDS
        }
        before = self._row(
            "SELECT state FROM source_log WHERE source = ? AND at <= ? ORDER BY at DESC LIMIT 1", (row.name, stamp(at))
        )
        if row.failures or before is None or _standing(json.loads(before["state"])) != _standing(values):
            self._run(
                "INSERT OR REPLACE INTO source_log (source, at, state) VALUES (?, ?, ?)",
                (row.name, stamp(at), dump(values)),
            )
        marks = ", ".join("?" * len(values))
        self._run(
            f"INSERT OR REPLACE INTO source_states ({', '.join(_SOURCE_FIELDS)}) VALUES ({marks})",
            list(values.values()),
        )

    def questions(self, source: str) -> dict[str, QuestionRow]:
        """What a source was asked before, by question."""
        rows = self._rows(
            "SELECT question, checkpoint, etag, last_modified, body_hash, answered_at FROM questions WHERE source = ?",
            (source,),
        )
        return {
            row["question"]: QuestionRow(
                row["checkpoint"],
                Validators(row["etag"], row["last_modified"]),
                row["body_hash"],
                unstamp(row["answered_at"]),
            )
            for row in rows
        }

    def forget_questions(self, source: str) -> None:
        """Ask a source anew from the beginning: its options have changed."""
        self._run("DELETE FROM questions WHERE source = ?", (source,))

    def keep_question(self, source: str, question: str, row: QuestionRow, at: datetime) -> None:
        """Remember how far a question was answered; in the transaction that keeps the answer's items."""
        self._run(
            "INSERT INTO questions (source, question, checkpoint, etag, last_modified, body_hash, answered_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, question) DO UPDATE SET"
            " checkpoint = coalesce(excluded.checkpoint, checkpoint), etag = excluded.etag,"
            " last_modified = excluded.last_modified, body_hash = excluded.body_hash,"
            " answered_at = excluded.answered_at",
            (
                source,
                question,
                row.checkpoint,
                row.validators.etag,
                row.validators.last_modified,
                row.body_hash,
                stamp(at),
            ),
        )

    def host_waits(self, now: datetime) -> dict[str, tuple[datetime, str]]:
        """Hosts that asked us to stay away, and until when."""
        rows = self._rows(
            "SELECT host, until, reason FROM host_waits WHERE until > ? AND until <= ?",
            (stamp(now), stamp(now + _LONGEST_WAIT)),
        )
        return {row["host"]: (unstamp(row["until"]), row["reason"]) for row in rows}

    def keep_host_wait(self, host: str, until: datetime, reason: str) -> None:
        self._run(
            "INSERT OR REPLACE INTO host_waits (host, until, reason) VALUES (?, ?, ?)", (host, stamp(until), reason)
        )

    def spent(self) -> dict[tuple[str, str], int]:
        """Requests taken from quotas of a day: by whose quota it is and the platform's day (``2026-11-21``)."""
        rows = self._rows("SELECT quota, day, requests FROM spent")
        return {(row["quota"], row["day"]): row["requests"] for row in rows}

    def spend(self, requests: Mapping[tuple[str, str], int], at: datetime) -> None:
        """Add to what was taken, and forget the days that are over everywhere on earth."""
        if not requests:
            return
        self._run("DELETE FROM spent WHERE day < ?", (f"{at - timedelta(days=2):%Y-%m-%d}",))
        for (quota, day), number in requests.items():
            self._run(
                "INSERT INTO spent (quota, day, requests) VALUES (?, ?, ?)"
                " ON CONFLICT (quota, day) DO UPDATE SET requests = requests + excluded.requests",
                (quota, day, number),
            )

    def record(
        self,
        source: str,
        question: str,
        outcome: Outcome,
        at: datetime,
        *,
        status: int | None = None,
        url: str | None = None,
        items: int = 0,
        error_code: str | None = None,
        error: str | None = None,
        gap: tuple[datetime | None, datetime | None] | None = None,
    ) -> int:
        """Enter an answer into the ledger and give its id.

        A poll that brought nothing and went like the one before it lengthens that entry instead: a source that is
        asked every ten minutes and never changes costs one row, not 52,000 a year. Failures have a row each.
        """
        last = self._row(
            "SELECT id, outcome, error_code FROM polls WHERE source = ? AND question = ? ORDER BY id DESC LIMIT 1",
            (source, question),
        )
        same = last is not None and (last["outcome"], last["error_code"]) == (outcome, error_code)
        if last is not None and same and outcome in ("unchanged", "waiting"):
            self._run(
                "UPDATE polls SET last_at = ?, times = times + 1, status = ?, url = ?, error = ? WHERE id = ?",
                (stamp(at), status, url, error, last["id"]),
            )
            return int(last["id"])
        cursor = self._run(
            "INSERT INTO polls (source, question, outcome, first_at, last_at, status, url, items, error_code, error,"
            " gap_from, gap_to) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                source,
                question,
                outcome,
                stamp(at),
                stamp(at),
                status,
                url,
                items,
                error_code,
                error,
                maybe_stamp(gap[0]) if gap else None,
                maybe_stamp(gap[1]) if gap else None,
            ),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def count_new(self, poll_id: int, new_items: int) -> None:
        """Say how many of an answer's items had not been seen before."""
        self._run("UPDATE polls SET new_items = ? WHERE id = ?", (new_items, poll_id))

    def polls(self, since: datetime, until: datetime, sources: Iterable[str] | None = None) -> tuple[Poll, ...]:
        """The ledger's entries that touch a period, oldest first."""
        rows = self._rows(
            "SELECT * FROM polls WHERE last_at >= ? AND first_at <= ? ORDER BY id", (stamp(since), stamp(until))
        )
        wanted = None if sources is None else set(sources)
        return tuple(_poll(row) for row in rows if wanted is None or row["source"] in wanted)

    def asked_questions(self) -> tuple[tuple[str, str], ...]:
        """Every question that was ever answered, by source."""
        rows = self._rows("SELECT source, question FROM questions ORDER BY source, question")
        return tuple((row["source"], row["question"]) for row in rows)

    def polls_leading_to(self, at: datetime, questions: Iterable[tuple[str, str]]) -> tuple[Poll, ...]:
        """For each question (with its source) the last answer it had before ``at``, and what failed between."""
        found: list[Poll] = []
        for source, question in questions:
            row = self._row(
                "SELECT * FROM polls WHERE source = ? AND question = ? AND last_at < ?"
                " AND outcome IN ('answered', 'unchanged', 'truncated') ORDER BY last_at DESC, id DESC LIMIT 1",
                (source, question, stamp(at)),
            )
            if row is None:
                continue
            found.append(_poll(row))
            rows = self._rows(
                "SELECT * FROM polls WHERE source = ? AND question IN (?, '') AND last_at >= ? AND last_at < ?"
                " AND outcome IN ('failed', 'waiting') ORDER BY id",
                (source, question, row["last_at"], stamp(at)),
            )
            found += [_poll(row) for row in rows]
        return tuple(dict.fromkeys(found))

    def arrivals(self, since: datetime, until: datetime) -> tuple[Arrival, ...]:
        """The items first seen in a period that were news and bear a date; at most the newest 200,000.

        An answer within two minutes of another to the same question is a page of the same asking.
        """
        rows = self._rows(
            f"WITH fresh AS (SELECT id, source, published_at, first_seen_at, poll_id FROM items"
            f" WHERE first_seen_at >= ? AND first_seen_at <= ? AND backlog = 0 AND published_at IS NOT NULL"
            f" ORDER BY first_seen_at DESC LIMIT {_MOST_ARRIVALS}),"
            " before AS (SELECT p.id, (SELECT max(o.last_at) FROM polls o WHERE o.source = p.source"
            "   AND o.question = p.question AND o.outcome IN ('answered', 'unchanged', 'truncated') AND o.id < p.id"
            "   AND o.last_at <= strftime('%Y-%m-%dT%H:%M:%SZ', p.first_at, '-2 minutes')) AS at"
            "   FROM polls p WHERE p.id IN (SELECT poll_id FROM fresh)),"
            " told AS (SELECT m.item_id, min(y.settled_at) AS at FROM delivery_mentions d"
            "   JOIN deliveries y ON y.id = d.delivery_id AND y.settled_at >= ?1"
            "   JOIN mention_records m ON m.seq = d.seq WHERE EXISTS (SELECT 1 FROM delivery_recipients r"
            "   WHERE r.delivery_id = y.id AND r.state = 'accepted') GROUP BY m.item_id)"
            " SELECT f.source, f.published_at, f.first_seen_at, before.at AS before, told.at AS told FROM fresh f"
            " LEFT JOIN before ON before.id = f.poll_id LEFT JOIN told ON told.item_id = f.id",
            (stamp(since), stamp(until)),
        )
        return tuple(
            Arrival(
                row["source"],
                unstamp(row["published_at"]),
                unstamp(row["first_seen_at"]),
                maybe_unstamp(row["before"]),
                maybe_unstamp(row["told"]),
            )
            for row in rows
        )

    def habits(self, since: datetime, until: datetime) -> tuple[Habit, ...]:
        """What each question's answers held in a period, runs of unchanged answers counted as one."""
        rows = self._rows(
            "SELECT source, question, sum(items > 0) AS full, max(CASE WHEN items > 0 THEN first_at END) AS last_full,"
            " min(CASE WHEN items = 0 AND outcome <> 'unchanged' THEN first_at END) AS first_empty,"
            " max(CASE WHEN last_at <= ?2 THEN last_at ELSE ?2 END) AS last_answer"
            " FROM polls WHERE last_at >= ?1 AND first_at <= ?2 AND outcome IN ('answered', 'unchanged', 'truncated')"
            " GROUP BY source, question",
            (stamp(since), stamp(until)),
        )
        return tuple(
            Habit(
                row["source"],
                row["question"],
                row["full"],
                maybe_unstamp(row["last_full"]),
                maybe_unstamp(row["first_empty"]),
                unstamp(row["last_answer"]),
            )
            for row in rows
        )

    def daily_yield(self, since: datetime, until: datetime) -> dict[str, dict[date, int]]:
        """What each source brought that was new, by day (UTC); days without are left out."""
        rows = self._rows(
            "SELECT source, substr(first_at, 1, 10) AS day, sum(new_items) AS new FROM polls"
            " WHERE last_at >= ? AND first_at <= ? AND new_items > 0 GROUP BY source, day",
            (stamp(since), stamp(until)),
        )
        days: dict[str, dict[date, int]] = {}
        for row in rows:
            days.setdefault(row["source"], {})[date.fromisoformat(row["day"])] = row["new"]
        return days

    def poll(self, poll_id: int) -> Poll | None:
        """One entry of the ledger."""
        row = self._row("SELECT * FROM polls WHERE id = ?", (poll_id,))
        return None if row is None else _poll(row)


def _source_row(values: dict[str, Any]) -> SourceRow:
    read: dict[str, Any] = {
        name: maybe_unstamp(values[name]) if name in _SOURCE_TIMES else values[name] for name in _SOURCE_FIELDS
    }
    return SourceRow(**read)


def _standing(values: dict[str, Any]) -> dict[str, Any]:
    """What is told of a source, without the times of day at which all went well."""
    return {name: value for name, value in values.items() if name not in _ROUTINE}


def _poll(row: sqlite3.Row) -> Poll:
    values: dict[str, Any] = dict(row)
    for name in ("first_at", "last_at", "gap_from", "gap_to"):
        values[name] = maybe_unstamp(values[name])
    return Poll(**values)
