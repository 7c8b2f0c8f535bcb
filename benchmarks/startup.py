"""Start-up: CPU seconds of whole processes, medians of seven runs each: ``python -m benchmarks.startup``."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

RUNS = 7


def cpu(command: Sequence[str]) -> float:
    """Median user and system seconds of a command."""
    taken = []
    for _ in range(RUNS):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        taken.append(usage.ru_utime + usage.ru_stime)
    return statistics.median(taken)


def main() -> None:
    program = str(Path(sys.executable).with_name("mentionwatch"))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "demo", f"{folder}/demo"], check=True, stdout=subprocess.DEVNULL)
        config = f"{folder}/demo/mentionwatch.toml"
        base = cpu([sys.executable, "-c", "import click"])
        print(f"{'python -c import click':<28}{base * 1000:>7.0f} ms")
        for name, arguments in (
            ("mentionwatch --help", ["--help"]),
            ("mentionwatch digest -f text", ["-c", config, "digest", "-f", "text"]),
            ("mentionwatch list --jsonl", ["-c", config, "list", "--jsonl"]),
        ):
            took = cpu([program, *arguments])
            print(f"{name:<28}{took * 1000:>7.0f} ms  {took / base:.2f} x")


if __name__ == "__main__":
    main()
