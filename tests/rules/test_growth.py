"""Whether a post snowballs: said when it does, with the readings it stands on, and not of what keeps its pace."""

from __future__ import annotations

import importlib.util
import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mentionwatch.analysis import analyse
from mentionwatch.analysis.growth import Growth, describe_growth, growth, replay
from mentionwatch.model import Brand, Engagement, EngagementReading, Item
from support.paths import ROOT

_SPEC = importlib.util.spec_from_file_location("growth_benchmark", ROOT / "benchmarks" / "growth.py")
assert _SPEC is not None
assert _SPEC.loader is not None
bench = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(bench)

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ACME = Brand("Acme", kind="own")


def read(*counts: int | None, every: float = 15, what: str = "replies") -> list[EngagementReading]:
    """Readings every quarter of an hour."""
    return [
        EngagementReading(NOON + timedelta(minutes=every * n), Engagement(**{what: count}))
        for n, count in enumerate(counts)
    ]


def seen(readings: list[EngagementReading]) -> Growth | None:
    return growth(readings, readings[-1].at)


def doubling_every(minutes: float, until: int = 10) -> list[EngagementReading]:
    return read(*(round(4 * 2 ** (15 * n / minutes)) for n in range(until)))


@pytest.mark.parametrize("minutes", [20, 30, 45, 60])
def test_what_doubles_is_said_to_double_in_that_time(minutes: float) -> None:
    found = seen(doubling_every(minutes, until=10 if minutes < 40 else 17))
    assert found is not None
    assert found.doubling is not None
    assert abs(found.doubling / timedelta(minutes=minutes) - 1) < 0.2
    assert found.is_snowball


def test_the_forecast_says_which_round_number_comes_when() -> None:
    found = seen(doubling_every(30, until=9))  # 64 replies
    assert found is not None
    assert found.next_count == 100
    assert found.next_at is not None
    # 64 → 100 is log2(100/64) doublings.
    expected = 30 * math.log2(100 / 64)
    assert abs((found.next_at - found.at) / timedelta(minutes=1) - expected) < 5
    assert describe_growth(found, UTC).startswith("64 replies, 48 of them in the last hour; doubling every 3")
    assert "100 replies about 14:" in describe_growth(found, UTC)


@pytest.mark.parametrize(
    "counts",
    [
        [],
        [5],
        [5, 5, 5, 5, 5, 5],
        [0, 1, 2, 3, 4, 5, 6, 7, 8],  # steady
        [0, 20, 40, 60, 80, 100, 120, 140],  # steady and large
        [0, 40, 60, 70, 75, 78, 79, 80],  # levels off
        [0, 1, 2, 4, 8],  # too few
        [100, 50, 25, 12, 6, 3],  # counts that fall
        [0, 2, 6, 14, 30, 62, 70, 72, 73],  # grew, and has stopped
    ],
)
def test_no_forecast_from_noise(counts: list[int]) -> None:
    readings = read(*counts)
    found = growth(readings, NOON + timedelta(hours=3))
    assert found is None or found.doubling is None


def test_what_was_last_read_long_ago_is_not_said_to_grow_now() -> None:
    readings = doubling_every(30)
    later = growth(readings, readings[-1].at + timedelta(hours=5))
    assert later is None or (later.doubling is None and later.last_hour == 0)


def test_counts_that_are_unknown_or_absurd_do_no_harm() -> None:
    assert seen(read(None, None, None)) is None
    assert seen(read(0, 10**18, 2 * 10**18, 2 * 10**18, 5 * 10**18, 8 * 10**18)) is not None
    same = [EngagementReading(NOON, Engagement(replies=n)) for n in range(50)]
    assert growth(same, NOON) is None


def test_shares_and_authors_count_too() -> None:
    shares = [EngagementReading(r.at, Engagement(reposts=r.engagement.replies)) for r in doubling_every(30)]
    assert (found := seen(shares)) is not None
    assert found.what == "reposts"
    authors = [(r.at, r.engagement.replies or 0) for r in doubling_every(30)]
    assert (found := growth([], authors[-1][0], {"authors": authors})) is not None
    assert (found.what, found.is_snowball) == ("authors", True)


STILL: dict[str, Callable[[random.Random], list[float]]] = {
    "steady": lambda luck: bench.thinned(lambda _: 8, 8, 48, luck),
    "fading": lambda luck: bench.thinned(lambda t: 60 / (1 + t) ** 1.6, 60, 48, luck),
    "clusters that die out": lambda luck: bench.cascade(0.6, 0.5, 20, 48, luck),
    "day and night": lambda luck: bench.thinned(lambda t: 5 * (1 + math.sin(2 * math.pi * (t - 6) / 24)), 10, 48, luck),
    "a busy day and night": lambda luck: bench.thinned(
        lambda t: 20 * (1 + math.sin(2 * math.pi * t / 24)), 40, 48, luck
    ),
    "lively clusters on and on": lambda luck: sorted(
        at + seed for seed in bench.thinned(lambda _: 1.0, 1.0, 48, luck) for at in bench.cascade(0.7, 0.5, 1, 24, luck)
    ),
}


@pytest.mark.parametrize("kind", STILL)
def test_simulated_threads_that_do_not_grow_raise_no_alarm(kind: str) -> None:
    """Two days of each, ten seeds: `python -m benchmarks.growth` has the rates of many more."""
    alarms = 0
    for seed in range(10):
        alarms += any(
            one is not None and one.is_snowball for _, _, one in bench.looked_at(STILL[kind](random.Random(seed)), 48)
        )
    assert alarms <= 1


def test_simulated_snowballs_are_found_before_they_are_large() -> None:
    early = 0
    for seed in range(10):
        rate = math.log(2) / 0.75  # doubling every 45 minutes
        thread = bench.thinned(
            lambda t, rate=rate: rate * math.exp(rate * t), 600 * rate, math.log(600) / rate, random.Random(seed)
        )
        counts = [count for _, count, one in bench.looked_at(thread, 24) if one is not None and one.is_snowball]
        early += bool(counts) and counts[0] < 120
    assert early >= 8


def test_a_threshold_can_be_replayed_over_what_was_read() -> None:
    """How often it would have told: once for each time that the post began to grow so."""
    assert len(replay(doubling_every(30, until=11))) == 1
    assert replay(doubling_every(30, until=11), doubling=timedelta(minutes=5)) == ()
    assert replay(read(*range(0, 200, 10))) == ()


# --- urgency -------------------------------------------------------------------------------------------------------

COMPLAINT = Item("mastodon", "post", text="Acme broke my parcel and I am very angry, terrible", language="en")


def test_growth_is_part_of_how_urgent_it_is_and_says_so() -> None:
    plain = analyse(COMPLAINT, ACME).urgency
    growing = analyse(COMPLAINT, ACME, readings=doubling_every(30)).urgency
    order = ["low", "normal", "high", "urgent"]
    assert order.index(growing.level) > order.index(plain.level)
    assert any(reason.endswith("replies in 1 h") for reason in growing.reasons)
    assert any(reason.startswith("doubling every") for reason in growing.reasons)


def test_a_complaint_that_waits_for_a_day_is_more_urgent_and_says_so() -> None:
    waiting = analyse(COMPLAINT, ACME, waits=True).urgency
    assert "unanswered for more than a day" in waiting.reasons
    happy = Item("mastodon", "post", text="Acme is lovely, thank you, best coffee", language="en")
    assert "unanswered for more than a day" not in analyse(happy, ACME, waits=True).urgency.reasons


def test_a_happy_post_that_spreads_is_no_emergency() -> None:
    happy = Item("mastodon", "post", text="Acme is lovely, thank you, best coffee", language="en")
    assert analyse(happy, ACME, readings=doubling_every(20)).urgency.level in ("low", "normal")
