"""The store at size: ``python -m benchmarks.store [ITEMS]`` (100,000 unless said; one in thirty is a mention).

Prints what keeping an item costs, what recognising one among those stored costs, and the CPU of the commands that read.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mentionwatch.model import Author, Brand, Item, Term
from mentionwatch.scan.read import read
from mentionwatch.store import Store

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
WORDS = [f"word{n}" for n in range(20_000)]
BRAND = Brand("Acme", terms=(Term("name", "Acme Coffee"),))
PAGE = 100


def page(draw: random.Random, first: int, at: datetime) -> list[Item]:
    """A hundred comments, of which every thirtieth names the brand."""
    return [
        Item(
            "hackernews",
            "comment",
            external_id=str(n),
            url=f"https://news.ycombinator.com/item?id={n}",
            text=("Acme Coffee " if n % 30 == 0 else "") + " ".join(draw.choices(WORDS, k=25)),
            author=Author(handle=f"user{draw.randrange(5000)}"),
            published_at=at,
        )
        for n in range(first, first + PAGE)
    ]


def fill(path: Path, count: int) -> None:
    """Keep ``count`` items and let the brand read them."""
    draw = random.Random(1)
    with Store.open(path, write=True) as store:
        start = time.process_time()
        for first in range(0, count, PAGE):
            at = NOW - timedelta(seconds=(count - first) * 3)
            with store.writing():
                store.keep_items("hn", page(draw, first, at), at, backlog=False, poll_id=None)
        print(f"keep an item          {(time.process_time() - start) / count * 1e6:8.0f} µs CPU")
        start = time.process_time()
        read(store, [BRAND], NOW)
        print(f"match and fold it     {(time.process_time() - start) / count * 1e6:8.0f} µs CPU")
        start = time.process_time()
        for n in range(20):
            with store.writing():
                store.keep_items("other", page(draw, n * PAGE, NOW), NOW, backlog=False, poll_id=None)
        print(f"recognise a stored one{(time.process_time() - start) / (20 * PAGE) * 1e6:8.0f} µs CPU")
        start = time.process_time()
        with store.writing():
            new = store.keep_items("hn", page(draw, count, NOW), NOW, backlog=False, poll_id=None)
        assert new == PAGE
        print(f"name and keep a new   {(time.process_time() - start) / PAGE * 1e6:8.0f} µs CPU, of {count:,} stored")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder) / "mentions.db", count)
        config = Path(folder) / "config.toml"
        config.write_text('database = "mentions.db"\n[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n')
        print(f"file                  {(Path(folder) / 'mentions.db').stat().st_size / count:8.0f} bytes an item")
        for arguments in (
            ["list", "--limit", "50", "--jsonl"],
            ["list", "word77", "--limit", "50", "--jsonl"],
            ["digest", "--since", "2026-11-20T07:30", "--as-of", "2026-11-20T08:00:00Z", "-f", "text"],
            ["why", "https://news.ycombinator.com/item?id=999"],
        ):
            process = subprocess.Popen(
                [sys.executable, "-m", "mentionwatch", "-c", str(config), *arguments], stdout=subprocess.DEVNULL
            )
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = 0
            print(f"{' '.join(arguments)[:40]:<42}{usage.ru_utime + usage.ru_stime:6.2f} s CPU, whole process")


if __name__ == "__main__":
    main()
