"""A day in which one story brings many posts: ``python -m benchmarks.big_story [COUNT [FOLDER]]`` (20,000 unless said).

One article, and COUNT posts of a day that link to it with words of their own, every tenth of them of ill will. Prints
what a post costs until it is judged, and what whole processes take that tell of the day or scan into it: CPU (user and
system, start-up included), peak memory, and how much they write. A FOLDER keeps the database for the next time.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from benchmarks.polling import measure
from benchmarks.store import feeds
from mentionwatch.collect.match_items import match_items
from mentionwatch.collect.save_items import save_items
from mentionwatch.collect.verdicts import judge_pending
from mentionwatch.model import Author, Brand, Engagement, Item, Term
from mentionwatch.store import Store

BRAND = Brand("Acme", terms=(Term("name", "Acme Coffee"),))
ADDRESS = "https://news.example/2026/acme-coffee-recall"
WORDS = [f"word{n}" for n in range(5_000)]
#: Posts that come at once, as an answer of a search brings them.
PAGE = 100


def article(at: datetime) -> Item:
    """What all the posts point at."""
    return Item(
        "feed",
        "article",
        external_id=ADDRESS,
        url=ADDRESS,
        title="Acme Coffee recalls its grinders after a fire in a kitchen",
        text="Acme Coffee has recalled all grinders of this year after one of them caught fire. " * 5,
        published_at=at,
    )


def post(draw: random.Random, n: int, at: datetime) -> Item:
    """One of the many."""
    words = " ".join(draw.choices(WORDS, k=20))
    said = f"Acme Coffee is terrible, a disaster: {words}" if n % 10 == 0 else f"Acme Coffee: {words}"
    return Item(
        "bluesky",
        "post",
        external_id=f"at://{n}",
        url=f"https://bsky.example/post/{n}",
        text=f"{said} {ADDRESS}",
        links=(ADDRESS,),
        author=Author(handle=f"user{n}.example", followers=draw.randrange(5_000)),
        published_at=at,
        engagement=Engagement(likes=draw.randrange(20), reposts=draw.randrange(5)),
    )


def fill(path: Path, count: int) -> None:
    """Keep, match, fold and judge the posts in the order they come; print what each of them costs, by quarters."""
    draw = random.Random(1)
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=20)
    step = timedelta(hours=19) / count
    with Store.open(path, write=True) as store:
        with store.writing():
            save_items(store, "news", [article(begin)], begin, backlog=False, poll_id=None)
        quarter = max(PAGE, count // 4)
        start = time.process_time()
        for first in range(0, count, PAGE):
            at = (begin + first * step).replace(microsecond=0)
            items = [post(draw, n, at) for n in range(first, min(first + PAGE, count))]
            with store.writing():
                save_items(store, "search", items, at, backlog=False, poll_id=None)
            # A scan reads what it has brought: the story grows between one and the next.
            if (first + PAGE) % 5_000 == 0 or first + PAGE >= count:
                match_items(store, [BRAND], at)
                judge_pending(store, [BRAND], at)
            if (first + PAGE) % quarter == 0:
                spent = (time.process_time() - start) / quarter
                print(f"keep, match, fold and judge a post, up to the {first + PAGE:,}th: {spent * 1e6:.0f} µs CPU")
                start = time.process_time()


def run(config: Path, arguments: Sequence[str]) -> None:
    """One command as a process of its own, what it took, and what it wrote."""
    out = config.with_name("out")
    written = [] if arguments[0] == "scan" else ["-o", str(out)]
    command = [sys.executable, "-m", "mentionwatch", "-c", str(config), *arguments, *written]
    cost = measure(command, {"HOME": str(config.parent)})
    size = f"{out.stat().st_size / 1024:9,.0f} KiB" if written else ""
    print(f"{' '.join(arguments):<40}{cost.cpu:7.2f} s CPU{cost.peak:6.0f} MiB{size}", flush=True)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as temporary, feeds(Path(temporary)) as sources:
        folder = kept or Path(temporary)
        folder.mkdir(exist_ok=True)
        database, config = folder / "mentions.db", folder / "config.toml"
        if not database.exists():
            # In a process of its own: what it peaked at would be taken for its parent's children's.
            child = get_context("spawn").Process(target=fill, args=(database, count))
            child.start()
            child.join()
            if child.exitcode:
                raise SystemExit(child.exitcode)
        with Store.open(database, write=False) as store:
            (leader,) = (one.id for one in store.mentions.records_of_item(1))
            told = store.stories.of_mention(leader)
        assert told is not None
        config.write_text(
            f'database = "mentions.db"\n[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n{sources}'
            '[smtp]\nhost = "mail.example"\nfrom = "watch@acme.example"\n'
            '[[digests]]\nname = "daily"\nto = ["team@acme.example"]\n'
        )
        for arguments in (
            ["list", "--limit", "50"],
            *(["digest", "--since", "1d", "-f", form] for form in ("terminal", "html", "json", "jsonl", "csv")),
            ["digest", "--email", "--dry-run", "-f", "html"],
            ["story", "show", told[0]],
            ["story", "show", told[0], "--jsonl"],
            ["report", "--since", "1d", "-f", "html"],
            ["scan", "--force"],
            ["scan", "--force"],
        ):
            run(config, arguments)


if __name__ == "__main__":
    main()
