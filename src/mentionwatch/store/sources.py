"""The state of each source: as its last poll left it, how far each question got, waits and quotas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from mentionwatch.dataclass_json import from_json, to_json
from mentionwatch.messages import Schedule, Validators
from mentionwatch.store.database import Database
from mentionwatch.store.dialect import upsert
from mentionwatch.store.rows import dump, one_more, read_row, times_of_run
from mentionwatch.store.values import read_object, read_optional_stamp, read_stamp, reading_values
from mentionwatch.times import stamp


@dataclass(frozen=True, slots=True)
class SourceState:
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
class QuestionState:
    """How far one question has been answered."""

    checkpoint: str | None
    validators: Validators
    body_hash: bytes | None
    answered_at: datetime | None = None
    schedule: Schedule | None = None


#: Failures told by one row: its times are read whenever it is.
_MOST_MORE = 1_000
#: Nobody is obeyed for more than a day (``fetch``): a longer wait was written down by a clock that was ahead.
_LONGEST_WAIT = timedelta(hours=48)


_ROUTINE = frozenset(("last_asked_at", "last_success_at", "due_at"))


_KEY, *_COLUMNS = (field.name for field in fields(SourceState))
_SAVE = upsert("source_states", (_KEY,), _COLUMNS)


class Sources:
    """Sources and their questions, requested waits of hosts, and spent quotas."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def states(self, as_of: datetime | None = None) -> dict[str, SourceState]:
        """The state of every source ever polled, by name, now or at a past time."""
        if as_of is not None:
            return self._states_then(stamp(as_of))
        return {row["name"]: read_row(SourceState, row) for row in self._db.rows("SELECT * FROM source_states")}

    def _states_then(self, at: str) -> dict[str, SourceState]:
        rows = self._db.rows(
            "SELECT source, at, state, more,"
            " (SELECT max(CASE WHEN p.last_at <= :at THEN p.last_at ELSE :at END) FROM polls p"
            "  WHERE p.source = l.source AND p.first_at <= :at) AS asked"
            " FROM source_log l"
            " WHERE l.at = (SELECT max(at) FROM source_log o WHERE o.source = l.source AND o.at <= :at)",
            {"at": at},
        )
        found: dict[str, SourceState] = {}
        for row in rows:
            stood = read_row(SourceState, read_object(row["state"]))
            more = sum(stamp(again) <= at for again in times_of_run(row["at"], row["more"])[1:])
            found[row["source"]] = replace(
                stood, failures=stood.failures + more, last_asked_at=read_optional_stamp(row["asked"])
            )
        return found

    def save(self, row: SourceState, at: datetime) -> None:
        """Save a source's state, and log it where it changed."""
        values = {
            name: stamp(value) if isinstance(value, datetime) else value
            for name, value in ((name, getattr(row, name)) for name in (_KEY, *_COLUMNS))
        }
        self._log(row, dump(values), _standing(values), at)
        self._db.run(_SAVE, list(values.values()))

    def _log(self, row: SourceState, state: str, standing: dict[str, Any], at: datetime) -> None:
        """Log a source's state where it changed; one more failure only adds its time."""
        before = self._db.row(
            "SELECT at, state, more FROM source_log WHERE source = ? AND at <= ? ORDER BY at DESC LIMIT 1",
            (row.name, stamp(at)),
        )
        if before is not None:
            stood = _standing(read_object(before["state"]))
            times = times_of_run(before["at"], before["more"])
            with reading_values():
                failures = stood.pop("failures") + len(times) - 1
            if {**stood, "failures": failures} == standing:
                return
            again = {**stood, "failures": failures + 1} == standing
            if row.failures > 1 and again and len(times) <= _MOST_MORE and at > times[-1]:
                self._db.run(
                    "UPDATE source_log SET more = ? WHERE source = ? AND at = ?",
                    (one_more(before["more"], times[-1], at), row.name, before["at"]),
                )
                return
        self._db.run(upsert("source_log", ("source", "at"), ("state", "more")), (row.name, stamp(at), state, None))

    def questions(self, source: str) -> dict[str, QuestionState]:
        """The state of a source's questions, by question."""
        rows = self._db.rows(
            "SELECT question, checkpoint, etag, last_modified, body_hash, answered_at, schedule FROM questions"
            " WHERE source = ?",
            (source,),
        )
        return {
            row["question"]: QuestionState(
                row["checkpoint"],
                Validators(row["etag"], row["last_modified"]),
                row["body_hash"],
                read_stamp(row["answered_at"]),
                None if row["schedule"] is None else _read_schedule(row["schedule"]),
            )
            for row in rows
        }

    def all_questions(self) -> tuple[tuple[str, str], ...]:
        """Every question ever answered, with its source."""
        rows = self._db.rows("SELECT source, question FROM questions ORDER BY source, question")
        return tuple((row["source"], row["question"]) for row in rows)

    def save_question(self, source: str, question: str, row: QuestionState, at: datetime) -> None:
        """Save how far a question has been answered, in the transaction that saves the answer's items."""
        self._db.run(
            "INSERT INTO questions"
            " (source, question, checkpoint, etag, last_modified, body_hash, answered_at, schedule)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, question) DO UPDATE SET"
            " checkpoint = coalesce(excluded.checkpoint, checkpoint), etag = excluded.etag,"
            " last_modified = excluded.last_modified, body_hash = excluded.body_hash,"
            " answered_at = excluded.answered_at, schedule = excluded.schedule",
            (
                source,
                question,
                row.checkpoint,
                row.validators.etag,
                row.validators.last_modified,
                row.body_hash,
                stamp(at),
                None if row.schedule is None else dump(to_json(row.schedule)),
            ),
        )

    def forget_questions(self, source: str) -> None:
        """Start a source from the beginning: its options have changed."""
        for table in ("questions", "shapes"):
            self._db.run(f"DELETE FROM {table} WHERE source = ?", (source,))

    def host_waits(self, now: datetime) -> dict[str, tuple[datetime, str]]:
        """Hosts that asked us to wait, until when and why."""
        rows = self._db.rows(
            "SELECT host, until, reason FROM host_waits WHERE until > ? AND until <= ?",
            (stamp(now), stamp(now + _LONGEST_WAIT)),
        )
        return {row["host"]: (read_stamp(row["until"]), row["reason"]) for row in rows}

    def save_host_wait(self, host: str, until: datetime, reason: str) -> None:
        self._db.run(upsert("host_waits", ("host",), ("until", "reason")), (host, stamp(until), reason))

    def spent(self) -> dict[tuple[str, str], int]:
        """Requests spent from daily quotas, by quota and the platform's day (``2026-11-21``)."""
        rows = self._db.rows("SELECT quota, day, requests FROM spent")
        return {(row["quota"], row["day"]): row["requests"] for row in rows}

    def spend(self, requests: Mapping[tuple[str, str], int], at: datetime) -> None:
        """Add spent requests, and delete days that are over in every time zone."""
        if not requests:
            return
        self._db.run("DELETE FROM spent WHERE day < ?", (f"{at - timedelta(days=2):%Y-%m-%d}",))
        for (quota, day), number in requests.items():
            self._db.run(
                "INSERT INTO spent (quota, day, requests) VALUES (?, ?, ?)"
                " ON CONFLICT (quota, day) DO UPDATE SET requests = requests + excluded.requests",
                (quota, day, number),
            )


def _read_schedule(text: str) -> Schedule:
    with reading_values():
        return from_json(Schedule, read_object(text))


def _standing(values: dict[str, Any]) -> dict[str, Any]:
    """The part of a state that is logged: without the times of ordinary polls."""
    return {name: value for name, value in values.items() if name not in _ROUTINE}
