"""Polling N feeds from a loopback server: full, all unchanged, a tenth changed; beside reader, as ratios.

``python -m benchmarks.polling [COUNT]``. CPU is user and system time of the whole process as the kernel accounts it,
start included; memory the peak of its resident set. Quote the ratios: they are of one run.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.feedserver import address


@dataclass(frozen=True)
class Cost:
    """What one process took: seconds of CPU and of wall, MiB of memory at its peak."""

    cpu: float
    wall: float
    peak: float


def measure(command: Sequence[str], environ: dict[str, str]) -> Cost:
    """Run a command to its end."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {said.decode()[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def poll(count: int, latency: int, folder: Path) -> None:
    """One server, both programs, three kinds of poll."""
    port, versions = free_port(), folder / "version"
    versions.write_text("0")
    urls = [f"http://{address(n)}:{port}/feed.xml" for n in range(count)]
    (folder / "urls").write_text("\n".join(urls))
    sources = "".join(f'[[sources]]\ntype = "feed"\nname = "f{n}"\nurl = "{url}"\n' for n, url in enumerate(urls))
    config = folder / "config.toml"
    config.write_text('database = "ours.db"\n[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n' + sources)
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.feedserver", str(count), str(latency), str(port), "600", str(versions)],
        stdout=subprocess.PIPE,
    )
    try:
        assert server.stdout is not None
        server.stdout.readline()
        environ = {**os.environ, "HOME": str(folder), "NO_PROXY": "*"}
        ours = [sys.executable, "-m", "mentionwatch", "-c", str(config), "scan", "--force"]
        peer = [sys.executable, "-m", "benchmarks.peer_reader", str(folder / "reader.db"), str(folder / "urls"), "10"]
        print(f"\n{count} feeds of 30 entries, {latency} ms latency")
        print(
            f"{'':<16}{'CPU ms/feed':>12}{'wall s':>9}{'peak MiB':>10}   reader: {'CPU':>8}{'wall':>8}{'MiB':>6}  ratio"
        )
        for kind, version in (("full", "0"), ("unchanged", "0"), ("a tenth changed", "1")):
            versions.write_text(version)
            mine, theirs = measure(ours, environ), measure(peer, environ)
            print(
                f"{kind:<16}{mine.cpu / count * 1000:>12.2f}{mine.wall:>9.2f}{mine.peak:>10.0f}           "
                f"{theirs.cpu / count * 1000:>8.2f}{theirs.wall:>8.2f}{theirs.peak:>6.0f}{mine.cpu / theirs.cpu:>11.3f}"
            )
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    for latency in (0, 200):
        with tempfile.TemporaryDirectory() as folder:
            poll(count, latency, Path(folder))


if __name__ == "__main__":
    main()
