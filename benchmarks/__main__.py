"""``make bench``: every benchmark after the other, each of which can be run by itself."""

from __future__ import annotations

import subprocess
import sys

#: What is run, in this order. All end by themselves.
BENCHMARKS = (
    ("Start-up", "benchmarks.startup"),
    ("Polling", "benchmarks.polling"),
    ("Parsing", "benchmarks.parsing"),
    ("Matching", "benchmarks.matching"),
    ("Stories and identity", "benchmarks.stories"),
    ("The store at size", "benchmarks.store"),
    ("Ten thousand sources", "benchmarks.many_sources"),
    ("A day of one story", "benchmarks.big_story"),
    ("Streams", "benchmarks.stream"),
)


def main() -> int:
    status = 0
    for title, module in BENCHMARKS:
        print(f"\n== {title}: python -m {module}", flush=True)
        status |= subprocess.run([sys.executable, "-m", module], check=False).returncode
    return status


if __name__ == "__main__":
    sys.exit(main())
