"""All recorded feeds, served on loopback and scanned at once by the program as it is run from cron.

The expectation is ``data/feeds_expected.jsonl``, established by reading (see ``test_recorded_feeds``).
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.env import Env
from support.paths import DATA
from support.servers import Answer, HttpServer
from support.tables import rows
from support.world import MORNING, World

LINES = [json.loads(line) for line in (DATA / "feeds_expected.jsonl").read_text(encoding="utf-8").splitlines()]
BRANDS = "".join(
    f'[[brands]]\nname = "{name}"\nnames = ["{name}"]\n' for name in ("Google", "Apple", "Microsoft", "日本", "Россия")
)
FORMATS = ("terminal", "text", "markdown", "html", "json", "jsonl", "csv", "atom")


class Scanned:
    """The world after the scan."""

    def __init__(self, world: World) -> None:
        self.world = world

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return rows(self.world.folder, sql)


class OverLoopback(World):
    """A world whose network is the real one."""

    @property
    def env(self) -> Env:
        return replace(super().env, transport=None, environ={"HOME": str(self.folder)})


@pytest.fixture(scope="module")
def scanned(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    world = OverLoopback(tmp_path_factory.mktemp("recorded"), MORNING.replace(month=12))
    with HttpServer() as server:
        sources = []
        for line in LINES:
            name = str(line["file"])
            server.routes[f"/{name}"] = Answer(body=(shared / "corpus" / name).read_bytes())
            sources.append(f'[[sources]]\ntype = "feed"\nname = "{name}"\nurl = "{server.url("/" + name)}"\n')
        world.configure(BRANDS + "".join(sources))
        assert world.run("scan").status == 0
    return Scanned(world)


def test_every_entry_of_every_feed_is_kept(scanned: Scanned) -> None:
    """As many items are known of each feed as there are entries with a name of their own in it."""
    seen = dict(scanned.rows("SELECT source, count(*) FROM sightings GROUP BY source"))
    short = {
        name: (seen.get(name, 0), len(entries))
        for line in LINES
        for name, entries in [(line["file"], line.get("entries", ()))]
        if seen.get(name, 0) < len({entry.split(" ", 1)[1] for entry in entries})
    }

    assert short == {}


def test_what_yields_nothing_says_why(scanned: Scanned) -> None:
    """Every refused document, and no other, has an error in the ledger."""
    failed = {source for (source,) in scanned.rows("SELECT source FROM polls WHERE outcome = 'failed' AND error <> ''")}

    assert failed == {line["file"] for line in LINES if "refused" in line}


def test_dates_are_in_this_world_s_time(scanned: Scanned) -> None:
    """Whatever a feed claims, what is stored is a time that a person could have written it at, or none."""
    (strange,) = scanned.rows(
        "SELECT count(*) FROM items WHERE published_at < '1970-01-02' OR published_at > '2026-12-22'"
    )[0]

    assert strange == 0


def test_a_second_scan_finds_nothing_new(scanned: Scanned, shared: Path) -> None:
    """Ids and links that churn included, as far as one document can show."""
    before = scanned.rows("SELECT count(*) FROM items")
    with HttpServer() as server:
        text = scanned.world.config_file.read_text(encoding="utf-8")
        port = text.split("http://127.0.0.1:", 1)[1].split("/", 1)[0]
        for line in LINES:
            name = str(line["file"])
            body = (shared / "corpus" / name).read_bytes()
            # Not the same bytes: the answer is read again.
            server.routes[f"/{name}"] = Answer(body=body + b"\n")
        scanned.world.config_file.write_text(
            text.replace(f"127.0.0.1:{port}", server.origin.removeprefix("http://")), encoding="utf-8"
        )
        assert scanned.world.later(hours=2).run("scan").status == 0

    assert scanned.rows("SELECT count(*) FROM items") == before


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_tells_of_them(scanned: Scanned, form: str) -> None:
    """No control character or bidirectional override of a stranger's reaches any output."""
    ran = scanned.world.run("digest", "--since", "1990-01-01", "-f", form, "--color", "never")

    assert (ran.status, ran.err) == (0, "")
    assert len(ran.out) > 5000
    bad = [
        c
        for c in set(ran.out)
        if (ord(c) < 32 and c not in "\n\t\r") or "\x7f" <= c <= "\x9f" or "\u202a" <= c <= "\u202e"
    ]
    assert bad == []
