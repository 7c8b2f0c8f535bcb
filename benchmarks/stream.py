"""``mentionwatch stream`` from a loopback Jetstream, end to end: posts a second on one core, CPU, memory.

``python -m benchmarks.stream [COUNT] [RECORDING]``. The program is bound to one core, the server to another. CPU is
user and system time of the whole process as the kernel accounts it, its start taken off (a run over 100 posts); memory
the peak of its resident set. Wall is from the first byte the server sends to the moment the last mention is printed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.streamserver import END

RECORDED = Path(__file__).resolve().parent.parent.parent / "shared/corpus/captured/jetstream/corpus-expected_v1.jsonl"


@dataclass(frozen=True)
class Cost:
    """What one run took: seconds of CPU and of wall, MiB of memory at its peak."""

    cpu: float
    wall: float
    peak: float


def configuration(names: int, port: int) -> str:
    """One brand, or one and many others with a name each."""
    brands = '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n'
    brands += "".join(f'[[brands]]\nname = "B{n}"\nnames = ["Brandname{n:04d} Works"]\n' for n in range(names - 1))
    source = f'[[sources]]\ntype = "jetstream"\nserver = "http://127.0.0.1:{port}"\nwriters = false\n'
    return f'database = "stream.db"\n{brands}{source}'


def run(count: int, names: int, recording: Path | None) -> Cost:
    """Listen until the last post has been told."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.streamserver", str(count)]
        server = subprocess.Popen([*command, *([str(recording)] if recording else [])], stdout=subprocess.PIPE)
        os.sched_setaffinity(server.pid, {cores[-1]})
        assert server.stdout is not None
        config = Path(folder) / "config.toml"
        config.write_text(configuration(names, int(server.stdout.readline())))
        listen = [sys.executable, "-m", "mentionwatch", "--config", str(config), "stream", "--jsonl"]
        client = subprocess.Popen(listen, stdout=subprocess.PIPE)
        os.sched_setaffinity(client.pid, {cores[0]})
        server.stdout.readline()
        begun = time.perf_counter()
        assert client.stdout is not None
        for line in client.stdout:
            if END.encode() in line:
                break
        wall = time.perf_counter() - begun
        os.kill(client.pid, signal.SIGTERM)
        client.stdout.read()
        _, status, usage = os.wait4(client.pid, 0)
        client.returncode = os.waitstatus_to_exitcode(status)
        server.wait()
        if client.returncode:
            raise SystemExit(f"the program ended with {client.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    recording = Path(sys.argv[2]) if len(sys.argv) > 2 else RECORDED if RECORDED.is_file() else None
    print(f"posts: {recording.name if recording else 'made up'}, 1 in 1,000 a mention")
    print(f"{'names':>6} {'posts':>9} {'posts/s':>9} {'CPU s per 1,000':>16} {'peak MiB':>9}")
    for names in (1, 1_000):
        start = run(100, names, recording).cpu
        for posts in (count // 4, count):
            cost = run(posts, names, recording)
            cpu = (cost.cpu - start) / posts * 1000
            print(f"{names:>6,} {posts:>9,} {posts / cost.wall:>9,.0f} {cpu:>16.3f} {cost.peak:>9.0f}", flush=True)


if __name__ == "__main__":
    main()
