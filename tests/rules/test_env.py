"""The world as it is: the zone in which times are told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from mentionwatch.env import LocalZone
from support.world import World, entry, rss


@pytest.fixture
def london(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine in London; the rule is spelt out, so that no time-zone database is needed."""
    monkeypatch.setenv("TZ", "GMT0BST,M3.5.0/1,M10.5.0")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("london")
@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-07-01T12:00", "13:00 BST"),
        ("2026-12-01T12:00", "12:00 GMT"),
        # The hour that comes twice, both times.
        ("2026-10-25T00:30", "01:30 BST"),
        ("2026-10-25T01:30", "01:30 GMT"),
    ],
)
def test_a_time_is_told_by_the_rule_of_its_own_day(moment: str, told: str) -> None:
    """Not by today's: an hour off in half the year."""
    utc = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    here = utc.astimezone(LocalZone())

    assert f"{here:%H:%M %Z}" == told
    assert here.astimezone(UTC) == utc


@pytest.mark.usefixtures("london")
def test_a_digest_of_summer_reads_the_same_in_winter(world: World) -> None:
    """`--as-of` is byte for byte what was printed then, whichever side of a clock change it is asked on."""
    world.now = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
    world.configure(
        '[[brands]]\nname = "Acme Coffee"\nnames = ["Acme Coffee"]\n'
        '[[sources]]\ntype = "feed"\nname = "one"\nurl = "https://one.example/rss"\nbacklog = "tell"\n'
    )
    world.serve("https://one.example/rss", rss(entry("Acme Coffee opens", "https://news.example/1", guid="1")))
    assert world.run("scan").status == 0
    then = world.later(minutes=1).now
    printed = world.run("digest", "--since", "1d").out
    world.later(days=120)

    assert "09:01 BST" in printed
    assert world.now - then > timedelta(days=100)
    assert world.run("digest", "--since", "1d", "--as-of", then.isoformat()).out == printed
