"""CPU a feed: the quick reader beside feedparser, on a feed as a poll meets it and on recorded ones.

    python benchmarks/parsing.py [FOLDER OF FEEDS]

Prints milliseconds of CPU, the best of several runs, and their ratio. The generated feed has 30 entries and 50 KB, the
size ``shared/performance.md`` measures everything on; without a folder the recorded feeds beside the project are read.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from mentionwatch.errors import SourceError
from mentionwatch.messages import Request, Response
from mentionwatch.sources import NeedsFullParser
from mentionwatch.sources.feed import xml_reader
from mentionwatch.sources.feed.decoding import decompress, to_utf8
from mentionwatch.sources.feed.page import parse_feed, parse_feed_fully

URL = "https://feeds.example/feed.xml"
RECORDED = Path(__file__).resolve().parent.parent.parent / "shared" / "corpus" / "recorded" / "feeds"


def generated(entries: int = 30, size: int = 50_000) -> bytes:
    """An RSS feed of an invented paper: titles, links, guids, dates, categories, and HTML that fills it to ``size``."""
    head = (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        "<title>The Daily Bean</title><link>https://daily.example/</link><language>en</language>"
    )
    sentence = "Half an hour for a flat white, says &lt;a href=&quot;https://acme.example/q{n}&quot;&gt;Jo&lt;/a&gt;. "
    filling = (size - len(head)) // entries - 420
    items = []
    for number in range(entries):
        text = sentence.format(n=number) + "The queue was long and the beans were burnt again. " * (filling // 51)
        items.append(
            f"<item><title>Acme Coffee &amp;amp; the queue, part {number}</title>"
            f"<link>https://daily.example/2026/11/queue-{number}?utm_source=rss</link>"
            f'<guid isPermaLink="false">bean-{number}</guid><dc:creator>Jo Roaster</dc:creator>'
            f"<category>Coffee</category><category>Queues</category>"
            f"<pubDate>Fri, {number % 20 + 1:02} Nov 2026 08:01:02 +0100</pubDate>"
            f"<description>&lt;p&gt;{text}&lt;/p&gt;</description></item>"
        )
    return (head + "".join(items) + "</channel></rss>").encode()


def best(run: Callable[[], object], seconds: float = 0.6) -> float:
    """Milliseconds of CPU of the quickest of as many runs as fit into ``seconds``."""
    quickest = float("inf")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.process_time()
        run()
        quickest = min(quickest, time.process_time() - began)
    return quickest * 1000


def response(body: bytes) -> Response:
    return Response(Request("feed", URL), 200, URL, {}, body, datetime.now(UTC))


def measured(body: bytes) -> tuple[float, float, float]:
    """Reading the XML alone, the whole page by the quick reader, and by feedparser."""
    answer = response(body)
    data = to_utf8(decompress(body)[0])
    return (
        best(lambda: xml_reader.read(data)),
        best(lambda: parse_feed(answer)),
        best(lambda: parse_feed_fully(answer), 0.9),
    )


def main(folder: Path) -> None:
    body = generated()
    xml, quick, thorough = measured(body)
    print(f"{'':32}{'KB':>6}{'XML':>8}{'page':>8}{'feedparser':>12}  ratio")
    tell("generated, 30 entries", len(body), xml, quick, thorough)
    if not folder.is_dir():
        print(f"(no recorded feeds at {folder})")
        return
    sums = [0.0, 0.0, 0.0]
    handled = stepped_aside = 0
    size = 0
    for path in sorted(folder.iterdir()):
        answer = response(path.read_bytes())
        if path.suffix == ".json":
            continue
        try:
            parse_feed(answer)
        except NeedsFullParser:
            stepped_aside += 1
            continue
        except SourceError:
            continue
        handled += 1
        size += len(answer.body)
        data = to_utf8(decompress(answer.body)[0])
        for index, run in enumerate(
            (lambda: xml_reader.read(data), lambda: parse_feed(answer), lambda: parse_feed_fully(answer))  # noqa: B023
        ):
            sums[index] += best(run, 0.08)
    xml, quick, thorough = (total / handled for total in sums)
    share = handled / (handled + stepped_aside)
    tell(f"{handled} recorded ({share:.0%} quick)", size / handled, xml, quick, thorough)


def tell(name: str, size: float, xml: float, quick: float, thorough: float) -> None:
    print(f"{name:32}{size / 1000:6.0f}{xml:8.2f}{quick:8.2f}{thorough:12.2f}  {quick / thorough:.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDED)
