"""N feeds on N loopback addresses: ``python -m benchmarks.feedserver COUNT LATENCY_MS SECONDS``.

Each feed is a host of its own (127.0.x.y), has 30 entries and about 50 KB, an ETag, and is gzipped for who asks. A file
named on standard input's first line says which version each tenth of the feeds is at; the server ends by itself after
SECONDS.
"""

from __future__ import annotations

import asyncio
import gzip
import random
import sys
from functools import lru_cache
from pathlib import Path

# fmt: off
WORDS = (
    "harbour", "kettle", "morning", "ledger", "roast", "filter", "quay", "market",
    "ferry", "storm", "window", "copper", "lantern", "orchard", "paper", "signal",
    "river", "bridge", "garden", "station", "letter", "winter", "summer", "engine",
    "coffee", "silver", "bottle", "candle", "forest", "meadow", "island", "village",
)
# fmt: on


def address(n: int) -> str:
    """The n-th loopback address."""
    return f"127.0.{1 + n // 250}.{1 + n % 250}"


@lru_cache(maxsize=4096)
def feed(n: int, version: int) -> bytes:
    """60 % RSS 2.0, 32 % Atom, 8 % RSS 1.0; ``version`` new entries on top of the first thirty, thirty in all."""
    draw = random.Random(n)
    entries = [(k, draw.getrandbits(60)) for k in range(30 + version)][-30:][::-1]
    kind = "rss" if n % 100 < 60 else "atom" if n % 100 < 92 else "rdf"
    parts = []
    for k, seed in entries:
        words = random.Random(seed)
        title = " ".join(words.choices(WORDS, k=8))
        text = " ".join(words.choices(WORDS, k=210))
        link = f"http://site{n}.example/{k}/{seed}"
        day = f"2026-10-{1 + k % 28:02d}T08:{n % 60:02d}:00Z"
        if kind == "rss":
            parts.append(
                f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid>"
                f"<pubDate>{1 + k % 28:02d} Oct 2026 08:{n % 60:02d}:00 GMT</pubDate>"
                f"<description>&lt;p&gt;{text}&lt;/p&gt;</description></item>"
            )
        elif kind == "atom":
            parts.append(
                f'<entry><title>{title}</title><id>{link}</id><link rel="alternate" href="{link}"/>'
                f"<updated>{day}</updated><published>{day}</published>"
                f'<content type="html">&lt;p&gt;{text}&lt;/p&gt;</content></entry>'
            )
        else:
            parts.append(
                f'<item rdf:about="{link}"><title>{title}</title><link>{link}</link><description>{text}</description>'
                f"<dc:date>{day}</dc:date></item>"
            )
    body = "".join(parts)
    if kind == "rss":
        whole = f'<rss version="2.0"><channel><title>Feed {n}</title>{body}</channel></rss>'
    elif kind == "atom":
        whole = (
            f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed {n}</title><id>urn:{n}</id>'
            f"<updated>2026-10-30T00:00:00Z</updated>{body}</feed>"
        )
    else:
        whole = (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x">'
            f"<title>Feed {n}</title></channel>{body}</rdf:RDF>"
        )
    return gzip.compress(b'<?xml version="1.0" encoding="utf-8"?>' + whole.encode(), 6)


class Server:
    """Answers of N hosts."""

    def __init__(self, count: int, latency: float, versions: Path) -> None:
        self.count, self.latency, self.versions = count, latency, versions

    def version(self, n: int) -> int:
        step = int(self.versions.read_text() or "0")
        return step if n % 10 == 0 else 0

    async def answer(self, n: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if self.latency:
                    await asyncio.sleep(self.latency)
                version = self.version(n)
                etag = f'"{n}-{version}"'
                if f"if-none-match: {etag}".encode() in head.lower():
                    writer.write(f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n".encode())
                else:
                    body = feed(n, version)
                    writer.write(
                        f"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Encoding: gzip\r\n"
                        f"ETag: {etag}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                        + body
                    )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def run(self, port: int, seconds: float) -> None:
        servers = [
            await asyncio.start_server(lambda r, w, n=n: self.answer(n, r, w), address(n), port)
            for n in range(self.count)
        ]
        print("ready", flush=True)
        await asyncio.sleep(seconds)
        for server in servers:
            server.close()


def main() -> None:
    count, latency, port, seconds = int(sys.argv[1]), float(sys.argv[2]) / 1000, int(sys.argv[3]), float(sys.argv[4])
    versions = Path(sys.argv[5])
    for n in range(count):
        feed(n, 0)
    asyncio.run(Server(count, latency, versions).run(port, seconds))


if __name__ == "__main__":
    main()
