"""One user's watch over a real server: a folder with a configuration and a database, and the program as a process."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from live.posts import BRAND

#: Seconds one command may take.
LONGEST = 120.0
_PROGRAM = Path(sys.executable).with_name("mentionwatch")


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run of the program came to."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Its output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Watch:
    """A folder with ``mentionwatch.toml``: the brand of :mod:`live.posts` and whatever else ``config`` says."""

    def __init__(self, folder: Path, config: str, *, environ: Mapping[str, str] | None = None) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.environ = dict(environ or {})
        self.configure(config)

    def configure(self, config: str) -> None:
        """Replace the configuration; the database stays."""
        (self.folder / "mentionwatch.toml").write_text(f'database = "mentions.db"\n{BRAND}\n{config}', "utf-8")

    def run(self, *command: str, expect: int | None = 0) -> Ran:
        """Run ``mentionwatch COMMAND``; another exit status than ``expect`` is a failure that shows what was said."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL", "TMPDIR")}
        done = subprocess.run(
            [_PROGRAM, "--config", self.folder / "mentionwatch.toml", *command],
            env={**kept, "HOME": str(self.folder), "LC_ALL": "C.UTF-8", **self.environ},
            cwd=self.folder,
            capture_output=True,
            timeout=LONGEST,
        )
        ran = Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))
        if expect is not None:
            assert ran.status == expect, (
                f"{' '.join(command)} exited {ran.status}\n{ran.out[-2000:]}\n{ran.err[-4000:]}"
            )
        return ran

    def scan(self, *options: str, expect: int | None = 0) -> Ran:
        """``scan``, asking at once and failing loudly; its output is what is new, a line each."""
        return self.run("scan", "--force", "--strict", "--verbose", "--jsonl", *options, expect=expect)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the database says, read as any other program would read it."""
        database = sqlite3.connect(f"file:{self.folder / 'mentions.db'}?mode=ro", uri=True)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def mentions(self) -> dict[str, str]:
        """Address → text of every mention kept; one that stands twice is a failure."""
        rows = self.rows("SELECT url, text FROM mentions")
        urls = [url for url, _ in rows]
        twice = sorted({url for url in urls if urls.count(url) > 1})
        assert not twice, f"kept twice: {twice}"
        return dict(rows)
