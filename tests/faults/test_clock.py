"""Clocks that jump, and zones that change between two runs: nothing lost, nothing told twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mentionwatch.store import Store
from support.servers import Answer, HttpServer
from support.smtp_server import MailServer, mail_server
from support.town import Town
from support.world import MORNING, entry

URGENT = (
    "The Acme Coffee machine caught fire and burnt my hand. This is dangerous, I am calling my lawyer.",
    "Boycott Acme Coffee! Their racist manager is a scandal and I feel sick and disgusted.",
    "Acme Coffee poisoned my family, we are all in hospital. Never eat there, it is a health hazard.",
    "Warning: Acme Coffee leaked all customer passwords. Data breach! I am suing them.",
    "An Acme Coffee driver hit my child and fled. The police are involved, this is a disgrace.",
)
DAY, YEAR = timedelta(days=1), timedelta(days=365)


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def town(tmp_path: Path, mails: MailServer) -> Iterator[Town]:
    """Alerts and a digest, in a place with summer time."""
    with HttpServer() as server:
        town = Town(tmp_path, server)
        town.watch(
            more=f'[smtp]\nhost = "127.0.0.1"\nport = {mails.port}\nsecurity = "none"\nfrom = "d@acme.example"\n'
            '[[digests]]\nname = "m"\nto = ["t@acme.example"]\n'
            '[response]\ntimezone = "Europe/London"\nhours = "Mon-Sun 00:00-24:00"\n'
        )
        yield town


def say(town: Town, number: int) -> None:
    """Somebody says one of the things above."""
    link = f"https://forum.example/{number}"
    at = f"{town.now:%a, %d %b %Y %H:%M:%S} GMT"
    town.entries.append(entry(f"Post {number}", link, guid=f"p{number}", text=URGENT[number], at=at))


def once(town: Town, mails: MailServer, count: int) -> None:
    """Each of so many posts is in the list, in one alert and in one mail."""
    alerts = [mention["url"] for told in town.told for mention in told["mentions"]]
    texts = [part.get_content() for one in mails.mails if (part := one.mail.get_body(("plain",))) is not None]
    mailed = [url for text in texts for url in set(re.findall(r"https://forum\.example/\d", text))]
    expected = [f"https://forum.example/{number}" for number in range(count)]
    assert sorted(alerts) == expected
    assert sorted(mailed) == expected
    assert town.run("list", "--jsonl").out.count("\n") == count


JUMPS = {
    "back a day": [timedelta(0), -DAY, DAY],
    "ahead a year and back": [timedelta(0), YEAR, -YEAR],
    "ahead a year": [timedelta(0), YEAR, timedelta(0)],
    "back a year": [timedelta(0), -YEAR, timedelta(0), YEAR],
    "back an hour, twice": [-timedelta(hours=1), -timedelta(hours=1), timedelta(0)],
}


@pytest.mark.parametrize("jumps", JUMPS.values(), ids=JUMPS)
def test_a_clock_that_jumps_loses_nothing_and_tells_nothing_twice(
    jumps: list[timedelta], town: Town, mails: MailServer
) -> None:
    """A post, a jump, a scan and a digest, and so on; in the end each was told once, at once and by mail."""
    assert town.scan().status == 0
    for number, jump in enumerate(jumps):
        town.now += jump
        say(town, number)
        ran = town.scan(after=20)
        assert (ran.status, ran.err) == (0, "")
        assert town.run("digest", "--email").status == 0
        assert town.run("due").status in (0, 3)
    # A source that a jump made look asked already is asked within the next two scans.
    for _ in range(2):
        assert town.scan(after=20).status == 0
        assert town.run("digest", "--email").status == 0

    once(town, mails, len(jumps))


def test_what_failed_while_the_clock_was_ahead_is_tried_again_when_it_is_right(town: Town, mails: MailServer) -> None:
    """No pause of a year for the mail and the alert that could not be sent in that hour."""
    assert town.scan().status == 0
    town.now += YEAR
    say(town, 0)
    mails.orders.mail = "451 later"
    town.server.routes["/hook-5ecret"] = Answer(status=500)
    assert town.scan().status == 1
    assert town.run("digest", "--email").status == 1
    tried = len(town.told)
    mails.orders.mail = None
    town.server.routes["/hook-5ecret"] = Answer(b"ok")
    town.now -= YEAR

    assert town.scan(after=60).status == 0
    assert len(town.told) == tried + 1
    assert len(mails.mails) == 1


def test_a_spike_in_a_future_that_was_none_silences_no_other(town: Town) -> None:
    """An episode that began by a clock which was ahead is not the last one once the clock is right."""
    assert town.scan().status == 0
    with Store.open(town.folder / "mentions.db", write=True) as store, store.writing():
        store.spikes.begin("Acme Coffee", "volume", {}, town.now + YEAR)
        store.spikes.begin("Acme Coffee", "volume", {}, town.now)

        last = store.spikes.last("Acme Coffee", "volume", town.now)
        assert last is not None
        assert last.began_at == town.now


@pytest.mark.parametrize(
    "turn",
    [datetime(2026, 3, 29, 0, 50, tzinfo=UTC), datetime(2026, 10, 25, 0, 50, tzinfo=UTC)],
    ids=["spring", "autumn"],
)
def test_the_hour_that_is_missing_or_comes_twice_is_an_hour(turn: datetime, town: Town, mails: MailServer) -> None:
    """Every ten minutes over the change of the clocks: each post is told once."""
    town.environ["TZ"] = "Europe/London"
    town.now = turn - timedelta(minutes=40)
    assert town.scan().status == 0
    for number in range(4):
        say(town, number)
        assert town.scan(after=20).status == 0
        ran = town.run("digest", "--email")
        assert (ran.status, ran.err) == (0, "")
        assert town.run("digest", "--since", "today", "-f", "text").status == 0

    once(town, mails, 4)


def test_another_zone_between_two_runs_changes_only_how_times_are_shown(town: Town, mails: MailServer) -> None:
    """From the far east to the far west and to a zone that is none."""
    assert town.scan().status == 0
    for number, zone in enumerate(("Pacific/Kiritimati", "Pacific/Pago_Pago", "No/Where")):
        town.environ["TZ"] = zone
        say(town, number)
        assert town.scan(after=20).status == 0
        assert town.run("digest", "--email").status == 0
        shown = town.run("list", "--jsonl").out
        assert f'"first_seen_at": "{MORNING + timedelta(minutes=20 * (number + 1) + 10):%Y-%m-%dT%H:%M:%SZ}"' in shown

    once(town, mails, 3)
