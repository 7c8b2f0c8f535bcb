"""The store: databases of earlier versions open as before, and only one module knows which database it is."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mentionwatch.app.triage import labels_about
from mentionwatch.collect.save_items import save_items
from mentionwatch.errors import LockedError
from mentionwatch.model import Item
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter
from mentionwatch.store.lock import run_lock, stream_lock
from mentionwatch.store.merge import merge_databases
from mentionwatch.store.schema import KNOWN
from support.paths import DATA, SOURCE
from support.world import World

STORE = SOURCE / "store"
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def landed(tmp_path: Path) -> Path:
    """A database as the version before the repositories wrote it (schema m011): its own SQL, not ours of today."""
    path = tmp_path / "mentions.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript((DATA / "landed.sql").read_text(encoding="utf-8"))
    return path


def test_a_database_of_the_landed_version_lists_what_that_version_listed(landed: Path) -> None:
    ran = World(landed.parent, NOW).run("list", "--jsonl", "--db", str(landed))

    assert (ran.status, ran.err) == (0, "")
    expected = [json.loads(line) for line in (DATA / "landed.jsonl").read_text(encoding="utf-8").splitlines()]
    listed = [json.loads(line) for line in ran.out.splitlines()]
    # Keys that came since are no part of it.
    assert [{key: now[key] for key in then} for now, then in zip(listed, expected, strict=True)] == expected


def test_a_database_of_the_landed_version_is_migrated_and_each_repository_reads_it(landed: Path) -> None:
    with Store.open(landed, write=True) as store, store.reading():
        rows = store.database.rows("SELECT name FROM _sqlite_migrations ORDER BY id")
        assert [row["name"] for row in rows] == list(KNOWN)
        found = {mention.id: mention for mention in store.mentions.find(MentionFilter())}
        one = found["m_c322yhzfqe"]
        stored = store.items.of_mention(one.id)
        assert stored is not None
        assert [sighting.source for sighting in stored.sightings] == ["coast-wire"]
        assert [change.what for change in store.changes.of_item(stored.id)] == ["edited"]
        assert sum(store.mentions.count(MentionFilter()).values()) == len(found) == 12
        assert len(store.sources.states()) == 10
        assert store.sources.host_waits(NOW - timedelta(hours=9)).keys() == {"busy.example"}
        assert len(store.polls.between(NOW - timedelta(days=9), NOW)) > 0
        assert [(episode.kind, episode.seen["count"]) for episode in store.spikes.since(NOW - timedelta(days=2))] == [
            ("volume", 9)
        ]
        assert [(row.digest, row.state) for row in store.outbox.deliveries()] == [
            ("weekly", "pending"),
            ("daily", "sent"),
        ]
        assert [recipient.state for recipient in store.outbox.deliveries()[1].recipients] == ["accepted", "refused"]
        assert len(store.outbox.alerts()) == 4
        assert labels_about(store, "sentiment") == {one.id: "negative"}
        assert [kept.hash[:4] for kept in store.evidence.entries([one.id])] == [
            kept.hash[:4] for kept in store.evidence.entries()
        ]
        assert store.stories.of_mention(one.id) == (one.story, "Quillwort Coffee")
    with Store.open(landed, write=True) as store:
        assert store.housekeeping.verify() == ()


def test_a_database_of_the_landed_version_takes_what_is_new_and_merges_into_another(landed: Path) -> None:
    with Store.open(landed, write=True) as store, Store.in_memory() as other:
        with store.writing():
            new = save_items(
                store, "forum", [Item("web", "page", url="https://a.example/new", text="new")], NOW, backlog=False,
                poll_id=None,
            )  # fmt: skip
        merged = merge_databases(other.database, store.database)
        assert (new, merged.items, merged.mentions) == (1, 21, 12)
        assert merge_databases(other.database, store.database).items == 0
        assert store.housekeeping.verify() == other.housekeeping.verify() == ()


#: What other databases say in other words, or not at all.
SQLITE = re.compile(
    r"json_(each|extract|group_array)\(|INSERT OR |UPDATE OR |PRAGMA|\bMATCH\b|items_fts|\browid\b|strftime"
    r"|sqlite_(master|sequence)|CROSS JOIN|VACUUM|\b(instr|ifnull|group_concat)\("
)


@pytest.mark.parametrize("path", sorted(STORE.rglob("*.py")), ids=lambda path: path.relative_to(STORE).as_posix())
def test_only_the_dialect_and_the_tables_are_written_for_one_database(path: Path) -> None:
    if path.name in ("dialect.py", "schema.py"):
        return
    text = path.read_text(encoding="utf-8")
    assert [line.strip() for line in text.splitlines() if SQLITE.search(line)] == []


def test_a_database_has_the_same_locks_by_whatever_name_it_is_reached(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    real, link = tmp_path / "data" / "mentions.db", tmp_path / "link.db"
    Store.open(real, write=True).close()
    link.symlink_to(real)
    for lock in (run_lock, stream_lock):
        with closing(lock(real, 0)), pytest.raises(LockedError):
            lock(link, 0)
