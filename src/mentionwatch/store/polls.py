"""The ledger of polls: what was requested, when, and with what outcome."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from mentionwatch.records import Arrival, Poll, PollOutcome
from mentionwatch.store.baselines import Baselines
from mentionwatch.store.database import Database
from mentionwatch.store.dialect import JOIN_FROM_LEFT, minutes_before
from mentionwatch.store.rows import one_more, read_row, times_of_run
from mentionwatch.store.values import read_stamp
from mentionwatch.times import optional_stamp, stamp

_MOST_ARRIVALS = 200_000
#: Failures told by one row: its times are read whenever it is.
_MOST_MORE = 1_000
_SECOND = timedelta(seconds=1)


class Polls:
    """The ledger."""

    def __init__(self, database: Database, baselines: Baselines) -> None:
        self._db, self._baselines = database, baselines

    def record(
        self,
        source: str,
        question: str,
        outcome: PollOutcome,
        at: datetime,
        *,
        status: int | None = None,
        url: str | None = None,
        items: int = 0,
        error_code: str | None = None,
        error: str | None = None,
        gap: tuple[datetime | None, datetime | None] | None = None,
    ) -> int:
        """Add an answer to the ledger and return its id.

        A poll without items whose outcome equals the one before extends that entry instead: a source that is
        polled every ten minutes and never changes, or never answers, costs one row, not 52,000 a year.
        """
        if outcome in ("answered", "truncated"):
            self._baselines.count_answer(source, question, at, items)
        last = self._db.row(
            "SELECT id, outcome, error_code, status, error, url, last_at, times, more FROM polls"
            " WHERE source = ? AND question = ? ORDER BY id DESC LIMIT 1",
            (source, question),
        )
        same = last is not None and (last["outcome"], last["error_code"]) == (outcome, error_code)
        if last is not None and same and outcome in ("unchanged", "waiting"):
            self._db.run(
                "UPDATE polls SET last_at = ?, times = times + 1, status = ?, url = ?, error = ? WHERE id = ?",
                (stamp(at), status, url, error, last["id"]),
            )
            return int(last["id"])
        if last is not None and same and outcome == "failed" and self._is_the_same_failure(last, status, url, error):
            self._db.run(
                "UPDATE polls SET last_at = ?, times = times + 1, more = ? WHERE id = ?",
                (stamp(at), one_more(last["more"], read_stamp(last["last_at"]), at), last["id"]),
            )
            return int(last["id"])
        return self._db.insert(
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
                optional_stamp(gap[0]) if gap else None,
                optional_stamp(gap[1]) if gap else None,
            ),
        )

    def _is_the_same_failure(self, last: sqlite3.Row, status: int | None, url: str | None, error: str | None) -> bool:
        """Whether a failure equals the entry before, so that only its time is added."""
        if (last["status"], last["url"], last["error"]) != (status, url, error) or last["times"] > _MOST_MORE:
            return False
        # One of the whole source stands between the answers to its questions: what came between ends its run.
        alone = self._db.value(
            "SELECT NOT EXISTS (SELECT 1 FROM polls o WHERE o.source = p.source AND o.question <> ''"
            " AND o.last_at >= p.first_at AND o.outcome <> 'failed') FROM polls p"
            " WHERE p.id = ? AND p.question = ''",
            (last["id"],),
        )
        return alone is None or bool(alone)

    def count_new(self, poll_id: int, new_items: int) -> None:
        """Record how many of an answer's items were new; once per answer."""
        self._db.run("UPDATE polls SET new_items = ? WHERE id = ?", (new_items, poll_id))
        self._db.run(
            "UPDATE poll_days SET new_items = new_items + ? WHERE (source, question, day) ="
            " (SELECT source, question, substr(first_at, 1, 10) FROM polls WHERE id = ?)",
            (new_items, poll_id),
        )

    def get(self, poll_id: int) -> Poll | None:
        """One entry of the ledger."""
        row = self._db.row("SELECT * FROM polls WHERE id = ?", (poll_id,))
        return None if row is None else read_row(Poll, row)

    def between(self, since: datetime, until: datetime, sources: Iterable[str] | None = None) -> tuple[Poll, ...]:
        """The entries that touch a period, oldest first; of a run of failures, the part inside it."""
        rows = self._db.rows(
            "SELECT * FROM polls WHERE last_at >= ? AND first_at <= ? ORDER BY id", (stamp(since), stamp(until))
        )
        wanted = None if sources is None else set(sources)
        read = (_poll(row, since, until) for row in rows if wanted is None or row["source"] in wanted)
        return tuple(poll for poll in read if poll is not None)

    def before(self, at: datetime, questions: Iterable[tuple[str, str]]) -> tuple[Poll, ...]:
        """For each question (with its source) the last answer before ``at``, and the failures since."""
        found: list[Poll] = []
        for source, question in questions:
            row = self._db.row(
                "SELECT * FROM polls WHERE source = ? AND question = ? AND last_at < ?"
                " AND outcome IN ('answered', 'unchanged', 'truncated') ORDER BY last_at DESC, id DESC LIMIT 1",
                (source, question, stamp(at)),
            )
            if row is None:
                continue
            found.append(read_row(Poll, row))
            rows = self._db.rows(
                "SELECT * FROM polls WHERE source = ? AND question IN (?, '') AND last_at >= ? AND first_at < ?"
                " AND outcome IN ('failed', 'waiting') ORDER BY id",
                (source, question, row["last_at"], stamp(at)),
            )
            # Of a run that goes on in the period, what came before it; a wait that does is told with the period.
            parts = (_poll(row, read_stamp(row["first_at"]), at - _SECOND) for row in rows)
            found += [poll for poll in parts if poll is not None and poll.last_at < at]
        return tuple(dict.fromkeys(found))

    def items_per_source(self, since: datetime) -> dict[str, tuple[int, int]]:
        """By source: items it was the first to deliver since then, and how many of them are mentions."""
        at = stamp(since)
        found = self._db.pairs("SELECT source, sum(new_items) FROM polls WHERE last_at >= ? GROUP BY source", (at,))
        mentions = self._db.pairs(
            "SELECT i.source, count(DISTINCT i.id)"
            f" FROM mention_records m {JOIN_FROM_LEFT} items i ON i.id = m.item_id"
            # From the mentions: items are many times as many. Ids were given in the order of arrival, or nearly so.
            " WHERE m.retired_at IS NULL AND i.first_seen_at >= :since"
            " AND m.item_id >= (SELECT min(id) FROM items WHERE first_seen_at >= :since) GROUP BY i.source",
            {"since": at},
        )
        return {name: (max(number, mentions.get(name, 0)), mentions.get(name, 0)) for name, number in found.items()}

    def arrivals(self, since: datetime, until: datetime) -> tuple[Arrival, ...]:
        """The items first seen in a period that were new and have a date; at most the newest 200,000.

        An answer within two minutes of another to the same question is a page of the same asking.
        """
        rows = self._db.rows(
            f"WITH fresh AS (SELECT id, source, published_at, first_seen_at, poll_id FROM items"
            f" WHERE first_seen_at >= :since AND first_seen_at <= :until AND backlog = 0 AND published_at IS NOT NULL"
            f" ORDER BY first_seen_at DESC LIMIT {_MOST_ARRIVALS}),"
            " before AS (SELECT p.id, (SELECT max(o.last_at) FROM polls o WHERE o.source = p.source"
            "   AND o.question = p.question AND o.outcome IN ('answered', 'unchanged', 'truncated') AND o.id < p.id"
            f"   AND o.last_at <= {minutes_before('p.first_at', 2)}) AS at"
            "   FROM polls p WHERE p.id IN (SELECT poll_id FROM fresh)),"
            " told AS (SELECT m.item_id, min(y.settled_at) AS at FROM delivery_mentions d"
            "   JOIN deliveries y ON y.id = d.delivery_id AND y.settled_at >= :since"
            "   JOIN mention_records m ON m.seq = d.seq WHERE EXISTS (SELECT 1 FROM delivery_recipients r"
            "   WHERE r.delivery_id = y.id AND r.state = 'accepted') GROUP BY m.item_id)"
            " SELECT f.source, f.published_at, f.first_seen_at AS seen_at, before.at AS asked_before,"
            " told.at AS told_at FROM fresh f"
            " LEFT JOIN before ON before.id = f.poll_id LEFT JOIN told ON told.item_id = f.id",
            {"since": stamp(since), "until": stamp(until)},
        )
        return tuple(read_row(Arrival, row) for row in rows)


def _poll(row: sqlite3.Row, since: datetime, until: datetime) -> Poll | None:
    """An entry; of a run of failures, the part inside the period, ``None`` where there is none."""
    whole = read_row(Poll, row)
    if row["more"] is None:
        return whole
    times = [time for time in times_of_run(row["first_at"], row["more"]) if since <= time <= until]
    return replace(whole, first_at=times[0], last_at=times[-1], times=len(times)) if times else None
