"""Jetstream's messages, recorded and made up; and the promises of its cursor."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mentionwatch.errors import UserError
from mentionwatch.sources.platforms.jetstream import Jetstream
from support.replay import ACME
from support.stream_servers import post

CAPTURED = datetime(2026, 7, 4, 14, 39, 14, tzinfo=UTC)


def lines(shared: Path, name: str) -> list[bytes]:
    return (shared / "corpus/captured/jetstream" / name).read_bytes().splitlines()


def test_production_messages_are_understood(shared: Path) -> None:
    """All 152 recorded of a production server: every post of them is read, and nothing else."""
    messages = lines(shared, "corpus-expected_v1.jsonl")
    events = [json.loads(message) for message in messages]
    posts = [event for event in events if event.get("commit", {}).get("collection") == "app.bsky.feed.post"]
    written = {f"at://{e['did']}/app.bsky.feed.post/{e['commit']['rkey']}": e["commit"].get("record") for e in posts}

    heard = Jetstream().parse_messages(messages, CAPTURED)

    assert heard.odd == 0
    assert {item.external_id for item in heard.items} == {uri for uri, record in written.items() if record}
    assert set(heard.gone) == {uri for uri, record in written.items() if not record} != set()
    for item in heard.items:
        record = written[item.external_id or ""]
        assert record is not None
        assert record["text"].strip() in item.text
        assert item.published_at is not None
        assert CAPTURED - timedelta(minutes=5) < item.published_at <= CAPTURED
    assert heard.checkpoint == str(events[-1]["time_us"])


def test_every_kind_of_message_is_known(shared: Path) -> None:
    """Likes, follows, profiles, accounts: none of them is a post, and none is odd."""
    heard = Jetstream().parse_messages(lines(shared, "subscribe-golden_v1.jsonl"), CAPTURED)

    assert heard.odd == 0
    assert len(heard.items) == 1


@pytest.mark.parametrize("cursor", ["1783175888085434", "1500000000000000"])
def test_it_goes_on_five_seconds_before_the_cursor(cursor: str) -> None:
    (request,) = Jetstream().requests((ACME,), {"posts": cursor}, CAPTURED)

    assert dict(request.params)["cursor"] == str(int(cursor) - 5_000_000)
    assert request.since == cursor


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "0",
        "-1",
        "12",
        "99999999999999999999",
        "253402300799000000",
        "1783200000000000x",
        "１７８３１７５８８８０８５４３４",
    ],
)
def test_a_cursor_that_is_none_is_not_sent(cursor: str) -> None:
    """Nor one of the year 9999, from which a server would say nothing until then."""
    (request,) = Jetstream().requests((ACME,), {"posts": cursor}, CAPTURED)

    assert "cursor" not in dict(request.params)
    assert request.since is None


def test_a_clock_that_was_ahead_does_not_hold_the_cursor() -> None:
    """It follows the last message, and passes over what lies a day in the future."""
    now = int(CAPTURED.timestamp()) * 1_000_000

    def at(*times: int) -> str | None:
        said = [json.dumps({"did": "did:plc:x", "time_us": time, "kind": "identity"}).encode() for time in times]
        return Jetstream().parse_messages(said, CAPTURED).checkpoint

    assert at(now, now + 3_600_000_000, now + 5) == str(now + 5)
    assert at(now, now + 90_000_000_000) == str(now)
    assert at(now + 90_000_000_000, 7) is None


@pytest.mark.parametrize(
    ("before", "operation", "published"),
    [
        (timedelta(seconds=1), "create", timedelta(seconds=1)),
        (timedelta(hours=20), "create", timedelta(hours=20)),  # written on a train
        (timedelta(days=10), "create", timedelta(0)),
        (timedelta(days=20_000), "create", timedelta(0)),
        (timedelta(hours=-3), "create", timedelta(0)),  # a clock that is ahead
        (timedelta(days=10), "update", timedelta(0)),  # what it says now is said now
    ],
)
def test_a_wrong_clock_of_the_writer_makes_no_new_post_an_old_one(
    before: timedelta, operation: str, published: timedelta
) -> None:
    """When it was written is what its writer says, but for a day at most before the network had it."""
    event = post(1, "Acme Coffee", time_us=int(CAPTURED.timestamp()) * 1_000_000, operation=operation, written=before)
    heard = Jetstream().parse_messages([event], CAPTURED)
    (item,) = (*heard.items, *heard.edits)

    assert item.published_at == CAPTURED - published


@pytest.mark.parametrize("time", [None, "soon", -5, int((CAPTURED + timedelta(days=2)).timestamp()) * 1_000_000])
def test_a_time_of_the_network_that_is_none_dates_a_post_by_when_it_was_heard(time: object) -> None:
    """Missing, no number, before all time, or far ahead: the writer's old date counts no more than with a good one."""
    event = json.loads(
        post(1, "Acme Coffee", time_us=int(CAPTURED.timestamp()) * 1_000_000, written=timedelta(days=10))
    )
    event["time_us"] = time
    (item,) = Jetstream().parse_messages([json.dumps(event).encode()], CAPTURED).items

    assert item.published_at == CAPTURED


def test_the_address_is_written_in_many_ways() -> None:
    """With the path that documentation shows, or without."""
    assert Jetstream("jetstream1.us-west.bsky.network/subscribe") == Jetstream(
        "https://jetstream1.us-west.bsky.network/"
    )
    with pytest.raises(UserError, match="server: "):
        Jetstream("https://jetstream1.us-west.bsky.network/subscribe?wantedCollections=x")
