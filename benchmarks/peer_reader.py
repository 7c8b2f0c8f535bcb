"""The peer: reader (PyPI) polling the same feeds. ``python -m benchmarks.peer_reader DB URLS WORKERS``."""

from __future__ import annotations

import sys
from pathlib import Path

from reader import make_reader


def main() -> None:
    reader = make_reader(sys.argv[1])
    for url in Path(sys.argv[2]).read_text().split():
        reader.add_feed(url, exist_ok=True)
    reader.update_feeds(scheduled=False, workers=int(sys.argv[3]))


if __name__ == "__main__":
    main()
