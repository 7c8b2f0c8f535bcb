"""The ledger stays small: a source that is dead for a year costs a few rows, and is told of as before."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentionwatch.coverage.ledger import ledger
from mentionwatch.records import Poll, PollOutcome
from mentionwatch.store import Store
from mentionwatch.store.sources import SourceState
from support.world import World

START = datetime(2026, 11, 20, tzinfo=UTC)
CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme"]

[[sources]]
type = "feed"
name = "dead"
url = "https://dead.example/rss"
every = "10m"
"""


def size(path: Path) -> int:
    """Bytes of the database, its log written back."""
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path.stat().st_size


def test_a_dead_source_costs_next_to_nothing(world: World) -> None:
    """Failed polls by the dozen, in a file that hardly grows; every one of them is counted."""
    world.configure(CONFIG)
    for _ in range(3):
        world.run("scan")
        world.later(minutes=10)
    before = size(world.folder / "mentions.db")
    for _ in range(24):
        world.run("scan")
        world.later(minutes=10)

    assert size(world.folder / "mentions.db") - before <= 24 * 150
    assert "27 failed" in world.run("coverage", "--since", "1d").out
    assert "27 times" in world.run("digest", "--since", "1d").out
    # Three hours ago is 18 polls: what lies before is not counted.
    assert "18 failed" in world.run("coverage", "--since", "3h").out


def test_a_digest_of_a_time_in_an_outage_says_what_it_said_then(world: World) -> None:
    """Byte for byte, though the failures after it stand in the same row."""
    world.configure(CONFIG)
    said = []
    for _ in range(8):
        world.run("scan")
        said.append((world.now, world.run("digest", "--since", "1d", "-f", "text").out))
        world.later(minutes=10)

    for then, text in said:
        assert world.run("digest", "--since", "1d", "-f", "text", "--as-of", f"{then:%Y-%m-%dT%H:%M:%SZ}").out == text


OUTCOMES = st.sampled_from([("answered", "a"), ("failed", "a"), ("failed", "b"), ("answered", "b"), ("failed", "")])


@given(st.lists(st.tuples(OUTCOMES, st.integers(1, 40)), max_size=30), st.integers(0, 600), st.integers(0, 600))
def test_coverage_is_that_of_single_failures(
    polls: list[tuple[tuple[PollOutcome, str], int]], begin: int, length: int
) -> None:
    """Whatever fails when, and whatever time is looked at: intervals, sums and counts are those of a row a failure."""
    each: list[Poll] = []
    at = START
    with Store.in_memory() as store:
        for (outcome, question), minutes in polls:
            at += timedelta(minutes=minutes)
            code = "server" if outcome == "failed" else None
            store.polls.record("s", question, outcome, at, error_code=code, error=code)
            each.append(Poll(len(each), "s", question, outcome, at, at))
        since = START + timedelta(minutes=begin)
        until = since + timedelta(minutes=length)
        asked = [("s", "a"), ("s", "b")]
        merged = store.polls.between(since, until)
        before = store.polls.before(since, asked)
    single = [poll for poll in each if since <= poll.first_at <= until]
    leading: list[Poll] = []
    for _, question in asked:
        answers = [p for p in each if p.question == question and p.outcome == "answered" and p.first_at < since]
        if answers:
            leading += [answers[-1]]
            leading += [
                p
                for p in each
                if p.question in (question, "") and p.outcome == "failed" and answers[-1].id < p.id < len(each)
                if p.first_at < since
            ]
    whole = ledger([*before, *merged], since, until, sources=["s"], asked=asked)
    expected = ledger([*dict.fromkeys(leading), *single], since, until, sources=["s"], asked=asked)

    assert expected == whole


def test_other_failures_have_a_row_each() -> None:
    """Another error, status or address is another thing that happened."""
    with Store.in_memory() as store:
        for n, (code, status) in enumerate([("server", 500), ("server", 502), ("too-slow", None), ("too-slow", None)]):
            store.polls.record(
                "s", "q", "failed", START + timedelta(minutes=n), error_code=code, status=status, error=code
            )
        polls = store.polls.between(START, START + timedelta(hours=1))

    assert [(poll.error_code, poll.status, poll.times) for poll in polls] == [
        ("server", 500, 1), ("server", 502, 1), ("too-slow", None, 2),
    ]  # fmt: skip


def test_a_clock_that_was_set_back_in_an_outage_loses_none(world: World) -> None:
    """Times of a run need not ascend."""
    with Store.in_memory() as store:
        for minutes in (0, 10, -50, 20):
            store.polls.record("s", "q", "failed", START + timedelta(minutes=minutes), error_code="server", error="x")
        (poll,) = store.polls.between(START - timedelta(days=1), START + timedelta(days=1))

    assert poll.times == 4


@pytest.mark.parametrize("state", ["failing", "well"])
def test_the_log_of_a_source_is_read_as_of_any_time(state: str) -> None:
    """How often it had failed in a row, each time; and that it was well before and after."""
    with Store.in_memory() as store:
        moments = [START + timedelta(minutes=10 * n) for n in range(12)]
        failures = [0, 1, 2, 3, 4, 0, 0, 1, 2, 3, 0, 0] if state == "failing" else [0] * 12
        for at, count in zip(moments, failures, strict=True):
            store.sources.save(
                SourceState("s", "feed", "", last_asked_at=at, failures=count, error="no" if count else None), at
            )
        told = [store.sources.states(at + timedelta(minutes=5))["s"].failures for at in moments]

    assert told == failures


def test_a_database_of_before_is_read_as_it_was(world: World) -> None:
    """Rows of single failures stay; what sources are used to bring is reckoned from the ledger there is."""
    world.configure(CONFIG)
    world.run("scan")
    path = world.folder / "mentions.db"
    with sqlite3.connect(path) as database:
        database.executescript(
            "DROP INDEX polls_question; DROP TABLE poll_days; DROP TABLE shapes; DROP TABLE shape_changes;"
            "ALTER TABLE polls DROP COLUMN more; ALTER TABLE source_log DROP COLUMN more; DELETE FROM polls;"
            "DELETE FROM _sqlite_migrations WHERE name = 'm008_ledger'"
        )
        for n in range(6):
            stamp = f"{world.now - timedelta(hours=6 - n):%Y-%m-%dT%H:%M:%SZ}"
            outcome, items = ("failed", 0) if n in (1, 2) else ("answered", 3)
            database.execute(
                "INSERT INTO polls (source, question, outcome, first_at, last_at, items, new_items, error_code)"
                " VALUES ('dead', 'feed', ?, ?, ?, ?, ?, ?)",
                (outcome, stamp, stamp, items, items, None if items else "server"),
            )
    database.close()

    assert "2 failed" in world.run("coverage", "--since", "1d").out
    world.later(minutes=10).run("scan")
    with Store.open(path, write=False) as store:
        (habit,) = store.baselines.between(world.now - timedelta(days=1), world.now)
        days = store.baselines.daily_new_items(world.now - timedelta(days=1), world.now)
        polls = store.polls.between(world.now - timedelta(days=1), world.now)

    assert (habit.full, habit.first_empty) == (4, None)
    assert sum(days["dead"].values()) == 12
    assert [poll.outcome for poll in polls] == [
        "answered",
        "failed",
        "failed",
        "answered",
        "answered",
        "answered",
        "failed",
    ]
    assert world.run("verify").status == 0
