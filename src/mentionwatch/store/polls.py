"""What was asked of whom, what came of it, and when to ask again: the ledger."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from mentionwatch.messages import Validators
from mentionwatch.store.habits import Habits
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
#: Failures told by one row: its times are read whenever it is.
_MOST_MORE = 1_000
#: Nobody is obeyed for more than a day (``fetch``): a longer wait was written down by a clock that was ahead.
_LONGEST_WAIT = timedelta(hours=48)
_SECOND = timedelta(seconds=1)
_ROUTINE = frozenset(("last_asked_at", "last_success_at", "due_at"))


class Polls(Habits):
    """Sources, questions and the ledger."""

    def source_rows(self, as_of: datetime | None = None) -> dict[str, SourceRow]:
        """Every source ever asked, by name, as it stands or stood then."""
        if as_of is not None:
            return self._source_rows_then(stamp(as_of))
        rows = self._rows(f"SELECT {', '.join(_SOURCE_FIELDS)} FROM source_states")
        return {row["name"]: _source_row(dict(row)) for row in rows}

    def _source_rows_then(self, at: str) -> dict[str, SourceRow]:
        rows = self._rows(
            "SELECT source, at, state, more,"
            " (SELECT max(CASE WHEN p.last_at <= :at THEN p.last_at ELSE :at END) FROM polls p"
            "  WHERE p.source = l.source AND p.first_at <= :at) AS asked"
            " FROM source_log l"
            " WHERE l.at = (SELECT max(at) FROM source_log o WHERE o.source = l.source AND o.at <= :at)",
            {"at": at},
        )
        found: dict[str, SourceRow] = {}
        for row in rows:
            stood = _source_row(json.loads(row["state"]))
            more = sum(stamp(again) <= at for again in _times(row["at"], row["more"])[1:])
            found[row["source"]] = replace(
                stood, failures=stood.failures + more, last_asked_at=maybe_unstamp(row["asked"])
            )
        return found

    def keep_source(self, row: SourceRow, at: datetime) -> None:
        """Replace a source's row, and log how it stands."""
        values = {
            name: maybe_stamp(getattr(row, name)) if name in _SOURCE_TIMES else getattr(row, name)
            for name in _SOURCE_FIELDS
        }
        self._log(row, dump(values), _standing(values), at)
        marks = ", ".join("?" * len(values))
        self._run(
            f"INSERT OR REPLACE INTO source_states ({', '.join(_SOURCE_FIELDS)}) VALUES ({marks})",
            list(values.values()),
        )

    def _log(self, row: SourceRow, state: str, standing: dict[str, Any], at: datetime) -> None:
        """Log how a source stands where that is otherwise than before; that it failed once more is a number there."""
        before = self._row(
            "SELECT at, state, more FROM source_log WHERE source = ? AND at <= ? ORDER BY at DESC LIMIT 1",
            (row.name, stamp(at)),
        )
        if before is not None:
            stood = _standing(json.loads(before["state"]))
            times = _times(before["at"], before["more"])
            failures = stood.pop("failures") + len(times) - 1
            if {**stood, "failures": failures} == standing:
                return
            again = {**stood, "failures": failures + 1} == standing
            if row.failures > 1 and again and len(times) <= _MOST_MORE and at > times[-1]:
                self._run(
                    "UPDATE source_log SET more = ? WHERE source = ? AND at = ?",
                    (_one_more(before["more"], times[-1], at), row.name, before["at"]),
                )
                return
        self._run(
            "INSERT OR REPLACE INTO source_log (source, at, state) VALUES (?, ?, ?)", (row.name, stamp(at), state)
        )

    def brought(self, since: datetime) -> dict[str, tuple[int, int]]:
        """By source: items it was the first to bring since then, and how many of these are mentions."""
        at = stamp(since)
        items = self._rows("SELECT source, sum(new_items) AS n FROM polls WHERE last_at >= ? GROUP BY source", (at,))
        kept = self._rows(
            "SELECT i.source, count(DISTINCT i.id) AS n FROM mention_records m CROSS JOIN items i ON i.id = m.item_id"
            # From the mentions: items are many times as many. Ids were given in the order of arrival, or nearly so.
            " WHERE m.retired_at IS NULL AND i.first_seen_at >= :since"
            " AND m.item_id >= (SELECT min(id) FROM items WHERE first_seen_at >= :since) GROUP BY i.source",
            {"since": at},
        )
        mentions = {row["source"]: int(row["n"]) for row in kept}
        found = {row["source"]: int(row["n"]) for row in items}
        return {name: (max(number, mentions.get(name, 0)), mentions.get(name, 0)) for name, number in found.items()}

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
        for table in ("questions", "shapes"):
            self._run(f"DELETE FROM {table} WHERE source = ?", (source,))

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
        asked every ten minutes and never changes, or never answers, costs one row, not 52,000 a year.
        """
        if outcome in ("answered", "truncated"):
            self.count_answer(source, question, at, items)
        last = self._row(
            "SELECT id, outcome, error_code, status, error, url, last_at, times, more FROM polls"
            " WHERE source = ? AND question = ? ORDER BY id DESC LIMIT 1",
            (source, question),
        )
        same = last is not None and (last["outcome"], last["error_code"]) == (outcome, error_code)
        if last is not None and same and outcome in ("unchanged", "waiting"):
            self._run(
                "UPDATE polls SET last_at = ?, times = times + 1, status = ?, url = ?, error = ? WHERE id = ?",
                (stamp(at), status, url, error, last["id"]),
            )
            return int(last["id"])
        if last is not None and same and outcome == "failed" and self._is_the_same_failure(last, status, url, error):
            self._run(
                "UPDATE polls SET last_at = ?, times = times + 1, more = ? WHERE id = ?",
                (stamp(at), _one_more(last["more"], unstamp(last["last_at"]), at), last["id"]),
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

    def _is_the_same_failure(self, last: sqlite3.Row, status: int | None, url: str | None, error: str | None) -> bool:
        """Whether a failure is told by the entry before it, with another time; each of these times is kept."""
        if (last["status"], last["url"], last["error"]) != (status, url, error) or last["times"] > _MOST_MORE:
            return False
        # One of the whole source stands between the answers to its questions: what came between ends its run.
        row = self._row(
            "SELECT NOT EXISTS (SELECT 1 FROM polls o WHERE o.source = p.source AND o.question <> ''"
            " AND o.last_at >= p.first_at AND o.outcome <> 'failed') AS alone FROM polls p"
            " WHERE p.id = ? AND p.question = ''",
            (last["id"],),
        )
        return row is None or bool(row["alone"])

    def count_new(self, poll_id: int, new_items: int) -> None:
        """Say how many of an answer's items had not been seen before; once an answer."""
        self._run("UPDATE polls SET new_items = ? WHERE id = ?", (new_items, poll_id))
        self._run(
            "UPDATE poll_days SET new_items = new_items + ? WHERE (source, question, day) ="
            " (SELECT source, question, substr(first_at, 1, 10) FROM polls WHERE id = ?)",
            (new_items, poll_id),
        )

    def polls(self, since: datetime, until: datetime, sources: Iterable[str] | None = None) -> tuple[Poll, ...]:
        """The ledger's entries that touch a period, oldest first; of a run of failures what lies in it."""
        rows = self._rows(
            "SELECT * FROM polls WHERE last_at >= ? AND first_at <= ? ORDER BY id", (stamp(since), stamp(until))
        )
        wanted = None if sources is None else set(sources)
        read = (_poll(row, since, until) for row in rows if wanted is None or row["source"] in wanted)
        return tuple(poll for poll in read if poll is not None)

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
            found.append(_whole_poll(row))
            rows = self._rows(
                "SELECT * FROM polls WHERE source = ? AND question IN (?, '') AND last_at >= ? AND first_at < ?"
                " AND outcome IN ('failed', 'waiting') ORDER BY id",
                (source, question, row["last_at"], stamp(at)),
            )
            # Of a run that goes on in the period, what came before it; a wait that does is told with the period.
            parts = (_poll(row, unstamp(row["first_at"]), at - _SECOND) for row in rows)
            found += [poll for poll in parts if poll is not None and poll.last_at < at]
        return tuple(dict.fromkeys(found))

    def arrivals(self, since: datetime, until: datetime) -> tuple[Arrival, ...]:
        """The items first seen in a period that were news and bear a date; at most the newest 200,000.

        An answer within two minutes of another to the same question is a page of the same asking.
        """
        rows = self._rows(
            f"WITH fresh AS (SELECT id, source, published_at, first_seen_at, poll_id FROM items"
            f" WHERE first_seen_at >= :since AND first_seen_at <= :until AND backlog = 0 AND published_at IS NOT NULL"
            f" ORDER BY first_seen_at DESC LIMIT {_MOST_ARRIVALS}),"
            " before AS (SELECT p.id, (SELECT max(o.last_at) FROM polls o WHERE o.source = p.source"
            "   AND o.question = p.question AND o.outcome IN ('answered', 'unchanged', 'truncated') AND o.id < p.id"
            "   AND o.last_at <= strftime('%Y-%m-%dT%H:%M:%SZ', p.first_at, '-2 minutes')) AS at"
            "   FROM polls p WHERE p.id IN (SELECT poll_id FROM fresh)),"
            " told AS (SELECT m.item_id, min(y.settled_at) AS at FROM delivery_mentions d"
            "   JOIN deliveries y ON y.id = d.delivery_id AND y.settled_at >= :since"
            "   JOIN mention_records m ON m.seq = d.seq WHERE EXISTS (SELECT 1 FROM delivery_recipients r"
            "   WHERE r.delivery_id = y.id AND r.state = 'accepted') GROUP BY m.item_id)"
            " SELECT f.source, f.published_at, f.first_seen_at, before.at AS before, told.at AS told FROM fresh f"
            " LEFT JOIN before ON before.id = f.poll_id LEFT JOIN told ON told.item_id = f.id",
            {"since": stamp(since), "until": stamp(until)},
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

    def poll(self, poll_id: int) -> Poll | None:
        """One entry of the ledger."""
        row = self._row("SELECT * FROM polls WHERE id = ?", (poll_id,))
        return None if row is None else _whole_poll(row)


def _source_row(values: dict[str, Any]) -> SourceRow:
    read: dict[str, Any] = {
        name: maybe_unstamp(values[name]) if name in _SOURCE_TIMES else values[name] for name in _SOURCE_FIELDS
    }
    return SourceRow(**read)


def _standing(values: dict[str, Any]) -> dict[str, Any]:
    """What is told of a source, without the times of day at which all went well."""
    return {name: value for name, value in values.items() if name not in _ROUTINE}


def _times(first: str, more: str | None) -> list[datetime]:
    """When each of a run was: the first, and those after it."""
    times = [unstamp(first)]
    for seconds in (more or "").split(",") if more else ():
        times.append(times[-1] + timedelta(seconds=int(seconds)))
    return times


def _one_more(more: str | None, last: datetime, at: datetime) -> str:
    step = str(int((at - last).total_seconds()))
    return step if more is None else f"{more},{step}"


def _whole_poll(row: sqlite3.Row) -> Poll:
    values: dict[str, Any] = dict(row)
    del values["more"]
    for name in ("first_at", "last_at", "gap_from", "gap_to"):
        values[name] = maybe_unstamp(values[name])
    return Poll(**values)


def _poll(row: sqlite3.Row, since: datetime, until: datetime) -> Poll | None:
    """An entry; of a run of failures what lies in the period, ``None`` where nothing of it does."""
    whole = _whole_poll(row)
    if row["more"] is None:
        return whole
    times = [time for time in _times(row["first_at"], row["more"]) if since <= time <= until]
    return replace(whole, first_at=times[0], last_at=times[-1], times=len(times)) if times else None
