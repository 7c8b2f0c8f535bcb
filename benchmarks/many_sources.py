"""Ten thousand sources in one scan: ``python -m benchmarks.many_sources [COUNT [PER_HOST]]`` (10,000 and 10).

COUNT feeds from a server on loopback, PER_HOST of them on each of its addresses: a first scan, one in which nothing has
changed, and one in which a tenth has. Wall, CPU (user and system, start-up included) and peak memory are the whole
process's. Feeds have ten entries; the server ends by itself and makes a feed when it is asked for.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.feedserver import WORDS
from benchmarks.polling import free_port, measure

ENTRIES = 10
#: Seconds the server lives at most.
LIFE = 1800


def address(host: int) -> str:
    """The n-th loopback address."""
    return f"127.1.{1 + host // 250}.{1 + host % 250}"


def feed(n: int, version: int) -> bytes:
    """RSS of ten entries, the newest the ``version``-th after the tenth."""

    def words(number: int, start: int) -> str:
        return " ".join(WORDS[(n * 7 + start + w * (1 + n % 5)) % len(WORDS)] for w in range(number))

    items = "".join(
        f"<item><title>{words(8, 3 * k)} {n} {k}</title>"
        f"<link>http://site{n}.example/{k}</link><guid>http://site{n}.example/{k}</guid>"
        f"<pubDate>{1 + k % 28:02d} Oct 2026 08:{n % 60:02d}:00 GMT</pubDate>"
        f"<description>{words(60, 11 * k)}</description></item>"
        for k in range(version + ENTRIES - 1, version - 1, -1)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed {n}</title>{items}</channel></rss>'.encode()


class Server:
    """Answers ``/N``, with an ETag; every tenth feed follows the number in the file ``versions``."""

    def __init__(self, versions: Path) -> None:
        self.versions = versions

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                n = int(head.split(b" ", 2)[1][1:])
                version = int(self.versions.read_text()) if n % 10 == 0 else 0
                etag = f'"{n}-{version}"'.encode()
                if b'"%d-%d"' % (n, version) in head:
                    writer.write(b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n" % etag)
                else:
                    body = feed(n, version)
                    writer.write(
                        b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
                        b"ETag: %s\r\nContent-Length: %d\r\n\r\n%s" % (etag, len(body), body)
                    )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    async def run(self, port: int, hosts: int) -> None:
        servers = [await asyncio.start_server(self.answer, address(n), port) for n in range(hosts)]
        print("ready", flush=True)
        await asyncio.sleep(LIFE)
        for server in servers:
            server.close()


def scan(count: int, per_host: int, folder: Path) -> None:
    """One server, three scans."""
    port, versions = free_port(), folder / "version"
    versions.write_text("0")
    config = folder / "config.toml"
    config.write_text(
        'database = "mentions.db"\n[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n'
        + "".join(
            f'[[sources]]\ntype = "feed"\nname = "f{n}"\nurl = "http://{address(n // per_host)}:{port}/{n}"\n'
            for n in range(count)
        )
    )
    serve = ["-m", "benchmarks.many_sources", "--serve", str(port), str(-(-count // per_host)), str(versions)]
    server = subprocess.Popen([sys.executable, *serve], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        server.stdout.readline()
        environ = {**os.environ, "HOME": str(folder), "NO_PROXY": "*"}
        program = [sys.executable, "-m", "mentionwatch", "-c", str(config)]
        print(f"{count:,} feeds of {ENTRIES} entries, {per_host} a host")
        print(f"{'':<22}{'wall s':>8}{'CPU s':>8}{'ms/feed':>9}{'peak MiB':>10}")
        for what, version, arguments in (
            ("check the config", 0, ["check"]),
            ("first scan", 0, ["scan", "--force"]),
            ("nothing changed", 0, ["scan", "--force"]),
            ("a tenth changed", 1, ["scan", "--force"]),
            ("nothing is due", 1, ["scan"]),
            ("digest of a day", 1, ["digest", "--since", "1d", "-f", "text"]),
            ("coverage", 1, ["coverage"]),
            ("sources", 1, ["sources"]),
        ):
            versions.write_text(str(version))
            cost = measure([*program, *arguments], environ)
            each = cost.cpu / count * 1000
            print(f"{what:<22}{cost.wall:>8.1f}{cost.cpu:>8.1f}{each:>9.2f}{cost.peak:>10.0f}", flush=True)
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(Server(Path(sys.argv[4])).run(int(sys.argv[2]), int(sys.argv[3])))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    per_host = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory() as folder:
        scan(count, per_host, Path(folder))


if __name__ == "__main__":
    main()
