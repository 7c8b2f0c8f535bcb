"""How often a feed is fetched: as its publisher asks, no sooner; and with the validators it gave last."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.messages import Schedule
from mentionwatch.sources.feed.schedule import document_schedule, fresh_for
from mentionwatch.store import Store
from support.world import MORNING, World, entry, rss

FEED = "https://blog.example/feed"
CONFIG = f'[[brands]]\nname = "Acme"\nnames = ["Acme"]\n[[sources]]\ntype = "feed"\nname = "blog"\nurl = "{FEED}"\n'
BODY = rss(entry("Acme opens", "https://blog.example/1"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.configure(CONFIG)
    return made


def interval(world: World) -> timedelta:
    """From the last poll to the next."""
    (source,) = status(world)
    asked, due = (datetime.fromisoformat(source[key]) for key in ("last_asked_at", "due_at"))
    return due - asked.replace(second=0)


def status(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(world.run("sources", "--json").out)["sources"]
    return found


@pytest.mark.parametrize(
    ("headers", "channel", "expected"),
    [
        ({}, "", timedelta(minutes=15)),
        ({"cache_control": "max-age=7200"}, "", timedelta(hours=2)),
        ({"cache_control": "public, s-maxage=60, max-age = 86400"}, "", timedelta(days=1)),
        ({"cache_control": "max-age=7200", "age": "3600"}, "", timedelta(hours=1)),
        ({"cache_control": "max-age=99999999"}, "", timedelta(days=1)),
        ({"cache_control": "max-age=60"}, "", timedelta(minutes=15)),
        ({"cache_control": "no-cache, max-age=7200"}, "", timedelta(minutes=15)),
        ({"cache_control": "max-age=banana"}, "", timedelta(minutes=15)),
        ({"expires": format_datetime(MORNING + timedelta(hours=3), usegmt=True)}, "", timedelta(hours=3)),
        ({"expires": "0"}, "", timedelta(minutes=15)),
        ({"cache_control": "max-age=0", "expires": "Thu, 01 Jan 2037 00:00:00 GMT"}, "", timedelta(minutes=15)),
        ({}, "<ttl>120</ttl>", timedelta(hours=2)),
        ({"cache_control": "max-age=3600"}, "<ttl>120</ttl>", timedelta(hours=2)),
        ({}, "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", timedelta(hours=6)),
        ({}, "<sy:updatePeriod> weekly </sy:updatePeriod>", timedelta(days=1)),
        ({}, "<skipHours><hour>8</hour><hour>9</hour></skipHours>", timedelta(hours=2)),
        ({}, "<skipDays><day>Friday</day></skipDays>", timedelta(hours=16)),
        ({}, "<skipDays><day>Friday</day><day>Saturday</day></skipDays>", timedelta(days=1)),
    ],
)
def test_a_feed_is_fetched_as_seldom_as_its_publisher_asks(
    world: World, headers: dict[str, str], channel: str, expected: timedelta
) -> None:
    """Never less often than once a day; it is Friday, eight o'clock."""
    body = BODY.replace("<title>A feed</title>", f"<title>A feed</title>{channel}")
    body = body.replace("<rss ", '<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" ')
    world.serve(FEED, body, 200, content_type="application/rss+xml", **headers)
    world.run("scan")

    assert interval(world) == expected
    (source,) = status(world)
    shown = source["published_interval_seconds"]
    assert shown == (None if expected == timedelta(minutes=15) else expected.total_seconds())
    assert ("as its publisher asks" in world.run("sources").out) is (shown is not None)


def test_what_the_user_writes_holds(world: World) -> None:
    world.configure(CONFIG + 'every = "5m"\n')
    world.serve(FEED, BODY, content_type="application/rss+xml", cache_control="max-age=86400")
    world.run("scan")

    assert interval(world) == timedelta(minutes=5)


def test_an_answer_that_says_unchanged_keeps_the_pace(world: World) -> None:
    body = BODY.replace("<title>A feed</title>", "<title>A feed</title><ttl>60</ttl>")
    world.serve(FEED, body, content_type="application/rss+xml", etag='"1"')
    world.run("scan")
    world.later(hours=2).serve(FEED, "", status=304)
    world.run("scan")

    assert interval(world) == timedelta(hours=1)


def test_an_entry_decides_nothing() -> None:
    """A stranger's post is no word of the channel's."""
    body = rss(entry("Acme", "https://blog.example/1", text="&lt;ttl&gt;60&lt;/ttl&gt; <ttl>1440</ttl>")).encode()
    assert document_schedule(body) == Schedule()
    assert document_schedule(b"<rss><channel><!-- <ttl>1440</ttl> --><ttl>5</ttl>") == Schedule(300)
    assert document_schedule(b"<ttl>" + b"9" * 100_000 + b"</ttl>" + b"<hour>99</hour><day>Someday</day>") == Schedule()


def test_no_head_of_an_answer_is_too_odd() -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    for headers in (
        {"expires": "Fri, 99 Nov 2026 25:00:00 GMT"},
        {"expires": "Fri, 20 Nov 2026 08:00:00 GMT", "date": "yesterday"},
        {"cache-control": "max-age=" + "9" * 5_000},
        {"cache-control": "max-age=-5"},
        {"cache-control": 'max-age="x'},
        {"cache-control": "xmax-age=7200"},
    ):
        assert fresh_for(headers, at) in (0, 9_999_999_999)


def test_validators_are_those_of_the_last_answer(world: World) -> None:
    """A server may give others with the same bytes, with 304, or none any more."""
    sent: list[str | None] = []

    def ask(etag: str | None, status: int = 200) -> None:
        given = {} if etag is None else {"etag": etag}
        body = BODY if status == 200 else ""
        world.later(minutes=20).serve(FEED, body, status, content_type="application/rss+xml", **given)
        world.run("scan")
        sent.append(world.network.asked[-1].headers.get("if-none-match"))

    ask('"v1"')
    ask('"v2"')
    ask('"v3"', 304)
    ask(None, 304)
    ask(None)
    ask('"v4"')
    ask('"v4"')

    assert sent == [None, '"v1"', '"v2"', '"v3"', '"v3"', None, '"v4"']


def test_a_hole_begins_at_the_last_answer_changed_or_not(world: World) -> None:
    world.serve(FEED, BODY, content_type="application/rss+xml", etag='"1"')
    world.run("scan")
    for _ in range(3):
        world.later(hours=1).serve(FEED, "", status=304)
        world.run("scan")
    with Store.open(world.folder / "mentions.db", write=False) as store:
        (state,) = store.sources.questions("blog").values()

    assert state.answered_at == world.now
