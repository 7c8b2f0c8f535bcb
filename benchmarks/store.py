"""The store at size: ``python -m benchmarks.store [ITEMS [FOLDER]]`` (100,000 unless said; one in five is a mention).

Prints what keeping an item costs, what recognising one among those stored costs, and what whole processes take that
read the database or scan into it. A FOLDER keeps the database there for the next time. Of many items the first 100,000
are kept as a scan keeps them and the others are copied from them by SQL, each under names and times of its own. The
items lie in a year, in order of time; beside them stands a ledger of half a million polls of a thousand sources.
"""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from benchmarks.feedserver import address
from benchmarks.polling import free_port, measure
from mentionwatch.collect.match_items import match_items
from mentionwatch.collect.save_items import save_items
from mentionwatch.collect.verdicts import judge_pending
from mentionwatch.model import Author, Brand, Item, Term
from mentionwatch.store import Store

NOW = datetime.now(UTC).replace(microsecond=0)
YEAR = timedelta(days=365)
WORDS = [f"word{n}" for n in range(20_000)]
BRAND = Brand("Acme", terms=(Term("name", "Acme Coffee"),))
#: Items of one answer, and those that are kept by the program itself.
PAGE, KEPT = 100, 100_000
POLLS, SOURCES = 500_000, 1_000
#: Feeds that the timed scan asks.
FEEDS = 10


def page(draw: random.Random, first: int, at: datetime) -> list[Item]:
    """A hundred comments, of which every fifth names the brand."""
    return [
        Item(
            "hackernews",
            "comment",
            external_id=str(n),
            url=f"https://news.ycombinator.com/item?id={n}",
            text=("Acme Coffee " if n % 5 == 0 else "") + " ".join(draw.choices(WORDS, k=25)),
            author=Author(handle=f"user{draw.randrange(5000)}"),
            published_at=at,
        )
        for n in range(first, first + PAGE)
    ]


def fill(path: Path, count: int) -> None:
    """Keep ``count`` items, let the brand read them, and judge its mentions; print what each of it costs."""
    draw = random.Random(1)
    kept = min(count, KEPT)
    step = YEAR / count
    with Store.open(path, write=True) as store:
        start = time.process_time()
        for first in range(0, kept, PAGE):
            at = (NOW - YEAR + first * step).replace(microsecond=0)
            with store.writing():
                save_items(store, f"s{first // PAGE % SOURCES}", page(draw, first, at), at, backlog=False, poll_id=None)
        print(f"keep an item           {(time.process_time() - start) / kept * 1e6:8.0f} µs CPU")
        start = time.process_time()
        match_items(store, [BRAND], NOW)
        print(f"match and fold it      {(time.process_time() - start) / kept * 1e6:8.0f} µs CPU")
        start = time.process_time()
        judge_pending(store, [BRAND], NOW)
        print(f"judge a mention        {(time.process_time() - start) / kept * 5 * 1e6:8.0f} µs CPU")
    begun = time.perf_counter()
    with sqlite3.connect(path) as database:
        copy(database, kept, count // kept - 1, kept * step)
        remember_polls(database)
    database.close()
    print(f"copy the others        {time.perf_counter() - begun:8.0f} s wall")
    with Store.open(path, write=True) as store:
        start = time.process_time()
        for n in range(20):
            with store.writing():
                save_items(store, "other", page(draw, n * PAGE, NOW), NOW, backlog=False, poll_id=None)
        print(f"recognise a stored one {(time.process_time() - start) / (20 * PAGE) * 1e6:8.0f} µs CPU")
        start = time.process_time()
        with store.writing():
            new = save_items(store, "s1", page(draw, 10 * count, NOW), NOW, backlog=False, poll_id=None)
        assert new == PAGE
        print(f"name and keep a new    {(time.process_time() - start) / PAGE * 1e6:8.0f} µs CPU, of {count:,} stored")


def copy(database: sqlite3.Connection, kept: int, times: int, span: timedelta) -> None:
    """The first ``kept`` items so many times more, each copy later by ``span``, with all that hangs on them."""
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000", "locking_mode = EXCLUSIVE"):
        database.execute(f"PRAGMA {setting}")
    # An index is made in one go after, and the full-text index writes a segment a copy: tens of times as fast.
    indexes = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''").fetchall()
    for name, _ in indexes:
        database.execute(f"DROP INDEX {name}")
    tune(database, automerge=0, hashsize=1 << 28)
    (seqs,) = database.execute("SELECT max(seq) FROM mention_records WHERE item_id <= ?", (kept,)).fetchone()
    for n in range(1, times + 1):
        seconds = int(n * span.total_seconds())

        def later(column: str, seconds: int = seconds) -> str:
            return f"strftime('%Y-%m-%dT%H:%M:%SZ', {column}, '+{seconds} seconds') AS {column}"

        changes = {
            "items": {
                "id": f"id + {n * kept}",
                "external_id": f"cast(external_id + {n * kept} AS text)",
                "url": f"'https://news.ycombinator.com/item?id=' || (external_id + {n * kept})",
                "canonical_url": f"'https://news.ycombinator.com/item?id=' || (external_id + {n * kept})",
                "identity": f"identity || '-{n}'",
                "first_seen_at": later("first_seen_at"),
                "published_at": later("published_at"),
            },
            "sightings": {"item_id": f"item_id + {n * kept}", "first_seen_at": later("first_seen_at")},
            "mention_records": {
                "seq": f"seq + {n * seqs}",
                "id": "'m_' || lower(hex(randomblob(7)))",
                "item_id": f"item_id + {n * kept}",
                "story": f"story || '-{n}'",
                "counts_at": later("counts_at"),
            },
            "verdicts": {"seq": f"seq + {n * seqs}"},
            "stories": {"id": f"id || '-{n}'", "leader": f"leader + {n * seqs}", "told_at": later("told_at")},
        }
        if (times - n) * span < timedelta(days=30):
            # Older sketches are removed: nothing new is compared with them.
            changes["sketches"] = {"number": f"number + {n}", "story": f"story || '-{n}'"}
        bounds = {"items": f"id <= {kept}", "sightings": f"item_id <= {kept}"}
        bounds |= dict.fromkeys(("mention_records", "verdicts"), f"seq <= {seqs}")
        bounds |= {"stories": f"leader <= {seqs}", "sketches": "instr(story, '-') = 0"}
        for table, changed in changes.items():
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            values = ", ".join(changed.get(column, column) for column in columns)
            database.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE {bounds[table]}"
            )
        database.execute(
            "INSERT INTO items_fts (rowid, title, text) SELECT id, title, text FROM items WHERE id > ? AND id <= ?",
            (n * kept, (n + 1) * kept),
        )
        database.commit()
    # Keys are as random as hashes are: written in their order, or every one would be a page read and written.
    database.execute(
        "INSERT INTO identities (key, item_id, name) WITH RECURSIVE copies (n) AS"
        " (SELECT 1 WHERE :times UNION ALL SELECT n + 1 FROM copies WHERE n < :times)"
        " SELECT randomblob(16) AS key, item_id + n * :kept, name || '-' || n FROM copies, identities ORDER BY 1",
        {"kept": kept, "times": times},
    )
    tune(database, automerge=4, hashsize=1 << 20)
    for _, sql in indexes:
        database.execute(sql)
    database.execute("UPDATE matched SET item_id = (SELECT max(id) FROM items)")


def tune(database: sqlite3.Connection, **settings: int) -> None:
    """Set what the full-text index keeps of itself (FTS5's own names; 4 and 1 MiB are what it begins with)."""
    for name, value in settings.items():
        database.execute("INSERT INTO items_fts (items_fts, rank) VALUES (?, ?)", (name, value))


def remember_polls(database: sqlite3.Connection) -> None:
    """Half a year of a thousand sources: every second answer brought something, the others nothing."""
    step = timedelta(days=180) / POLLS
    rows = (
        {
            "source": f"s{n % SOURCES}",
            "outcome": ("answered", "unchanged")[n // SOURCES % 2],
            "at": f"{NOW - n * step:%Y-%m-%dT%H:%M:%SZ}",
        }
        for n in range(POLLS, 0, -1)
    )
    database.executemany(
        "INSERT INTO polls (source, question, outcome, first_at, last_at, items, new_items)"
        " VALUES (:source, 'feed', :outcome, :at, :at, 10, :outcome = 'answered')",
        rows,
    )
    asked = f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    database.executemany(
        "INSERT INTO source_states (name, type, fingerprint, first_asked_at, last_asked_at, last_success_at)"
        " VALUES (:source, 'feed', '', :at, :at, :at)",
        ({"source": f"s{n}", "at": asked} for n in range(SOURCES)),
    )


@contextmanager
def feeds(folder: Path) -> Iterator[str]:
    """The configuration of feeds that a server on loopback gives."""
    port, versions = free_port(), folder / "version"
    versions.write_text("0")
    command = ["-m", "benchmarks.feedserver", str(FEEDS), "0", str(port), "600", str(versions)]
    server = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        server.stdout.readline()
        yield "".join(
            f'[[sources]]\ntype = "feed"\nname = "f{n}"\nurl = "http://{address(n)}:{port}/feed.xml"\n'
            for n in range(FEEDS)
        )
    finally:
        server.terminate()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()


def run(config: Path, arguments: Sequence[str]) -> None:
    """One command as a process of its own, and what it took."""
    cost = measure([sys.executable, "-m", "mentionwatch", "-c", str(config), *arguments], {"HOME": str(config.parent)})
    said = " ".join(argument for argument in arguments if len(argument) < 60)
    print(f"{said:<54}{cost.wall:7.2f} s wall{cost.cpu:7.2f} s CPU{cost.peak:6.0f} MiB", flush=True)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as temporary, feeds(Path(temporary)) as sources:
        folder = kept or Path(temporary)
        folder.mkdir(exist_ok=True)
        database = folder / "mentions.db"
        if not database.exists():
            begun = time.perf_counter()
            # In a process of its own: what it peaked at would be taken for its parent's children's.
            child = get_context("spawn").Process(target=fill, args=(database, count))
            child.start()
            child.join()
            if child.exitcode:
                raise SystemExit(child.exitcode)
            print(f"made in                {time.perf_counter() - begun:8.0f} s wall")
        print(f"file                   {database.stat().st_size / count:8.0f} bytes an item")
        config = folder / "config.toml"
        config.write_text(
            'database = "mentions.db"\n[retention]\nitems = "forever"\n'
            '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n' + sources
        )
        for arguments in (
            ["list", "--limit", "50", "--jsonl"],
            ["list", "word77", "--limit", "50", "--jsonl"],
            ["list", "--source", "s7", "--limit", "50", "--jsonl"],
            ["digest", "--since", "2h", "-f", "text"],
            ["digest", "--since", "1d", "-f", "text"],
            ["why", "https://news.ycombinator.com/item?id=1234"],
            ["coverage"],
            ["sources"],
            ["due"],
            ["scan", "--force"],
            ["scan", "--force"],
        ):
            run(config, arguments)


if __name__ == "__main__":
    main()
