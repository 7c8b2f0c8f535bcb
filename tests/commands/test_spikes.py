"""Spikes: when more is said of a brand than its own past explains, and when its tone turns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mentionwatch.analysis.spikes import (
    MentionVolume,
    NegativeShare,
    alerts_on_each,
    episode_change,
    negative_share,
    quantile,
    ratio,
    tail,
    volume,
)
from support.servers import HttpServer
from support.town import CALM, Town
from support.world import MORNING

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGAN = MORNING - 20 * DAY


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with HttpServer() as server:
        yield Town(tmp_path, server)


def steadily(every: timedelta, until: datetime = MORNING - HOUR, days: int = 15) -> list[datetime]:
    """A mention so often, for so many days until then."""
    count = int(days * DAY / every)
    return [until - every * n for n in reversed(range(count))]


def burst(count: int, end: datetime = MORNING) -> list[datetime]:
    """So many within the hour before ``end``."""
    return [end - timedelta(seconds=3500 - 3500 * n // count) for n in range(count)]


def test_an_hour_like_any_other_is_no_spike() -> None:
    seen = volume(steadily(timedelta(minutes=10)) + burst(6), BEGAN, MORNING)

    assert seen is not None
    assert (seen.count, seen.is_spike, seen.is_calm) == (6, False, True)


def test_an_hour_that_holds_five_times_as_many_is() -> None:
    seen = volume(steadily(timedelta(minutes=10)) + burst(30), BEGAN, MORNING)

    assert seen is not None
    assert (seen.count, seen.usual, seen.is_spike, seen.is_calm) == (30, 6, True, False)


def test_a_brand_that_is_loud_every_day_at_noon_is_held_against_its_noons() -> None:
    """What comes again each day is the brand's own past."""
    noons = [moment for day in range(1, 15) for moment in burst(60, MORNING - day * DAY)]
    seen = volume(sorted(steadily(timedelta(minutes=30)) + noons) + burst(60), BEGAN, MORNING)

    assert seen is not None
    assert not seen.is_spike


def test_a_loud_quarter_of_an_hour_among_others_like_it_is_no_spike() -> None:
    """What is loud in one stretch alone must be louder for it: the half hour, the hour and two hours agree."""
    past = [moment for hour in range(1, 24 * 14, 6) for moment in burst(12, MORNING - hour * HOUR)]
    seen = volume(sorted(steadily(timedelta(minutes=30)) + past) + burst(13), BEGAN, MORNING)

    assert seen is not None
    assert (seen.count, seen.is_spike) == (13, False)


def test_the_stretches_count_as_their_geometric_mean() -> None:
    """Twice and half the usual are the usual; what is usual is never less than one."""
    assert ratio([20, 5], [[10], [10]]) == pytest.approx(1.0)
    assert ratio([40, 40], [[10, 20], [10, 20]]) == pytest.approx(math.sqrt(8))
    assert ratio([3], [[0, 0]]) == pytest.approx(3.0)
    assert ratio([0], [[5]]) < 1e-3


def test_three_mentions_are_never_a_spike() -> None:
    """However quiet it was before."""
    assert not MentionVolume(3, 0, 0.0, 3.0).is_spike
    assert MentionVolume(4, 0, 0.0, 4.0).is_spike


def test_of_a_small_brand_chance_is_asked() -> None:
    """Six where five is usual may well be chance; a hundred and sixty where a hundred is usual is not."""
    assert not MentionVolume(6, 5, 0.01, 1.2).is_spike
    assert MentionVolume(160, 100, 0.01, 1.6).is_spike


def test_without_a_past_there_is_no_rule() -> None:
    """In the first three days nothing can be said, and nothing is."""
    times = steadily(timedelta(minutes=10), days=2) + burst(50)

    assert volume(times, MORNING - 2 * DAY, MORNING) is None
    assert not alerts_on_each(times, MORNING - 2 * DAY, MORNING)
    assert volume(times, MORNING - 4 * DAY, MORNING) is not None


def test_a_brand_of_a_few_mentions_a_day_has_no_rule_and_each_is_told() -> None:
    times = steadily(8 * HOUR)

    assert alerts_on_each(times, BEGAN, MORNING)
    assert volume(times, BEGAN, MORNING) is None
    assert not alerts_on_each(steadily(4 * HOUR), BEGAN, MORNING)


def test_chance_is_that_of_the_named_distributions() -> None:
    """Held against the sums of their definitions."""
    poisson = 1 - sum(math.exp(-2) * 2**k / math.factorial(k) for k in range(7))
    assert tail(7, 2.0, 2.0) == pytest.approx(poisson, rel=1e-9)
    size, mean = 3.0, 2.0
    odds = mean / (size + mean)
    negative_binomial = 1 - sum(
        math.gamma(k + size) / math.gamma(size) / math.factorial(k) * (1 - odds) ** size * odds**k for k in range(7)
    )
    assert tail(7, mean, mean + mean**2 / size) == pytest.approx(negative_binomial, rel=1e-9)


def test_chance_has_no_hole_at_the_ends() -> None:
    assert tail(0, 5.0, 5.0) == tail(5, 5.0, 9.0) == 1.0
    assert 0.0 <= tail(1_000_000, 3.0, 9.0) < 1e-300
    assert 0.0 < tail(1, 0.0, 0.0) < 1e-5
    assert 0.0 <= tail(20_000, 9_000.0, 9_500.0) < 1e-3
    assert quantile([]) == 0
    assert quantile([1] * 199 + [9]) == 1
    assert quantile([1] * 198 + [9, 9]) == 9


def test_the_tone_turns() -> None:
    """Twelve of sixteen where one in five is usual; four of five is too few to say."""
    turned, few, usual = negative_share(12, 16, 60, 300), negative_share(4, 5, 60, 300), negative_share(4, 16, 60, 300)

    assert turned is not None
    assert few is not None
    assert usual is not None
    assert (turned.is_spike, few.is_spike, usual.is_spike) == (True, False, False)
    assert (turned.is_calm, usual.is_calm) == (False, True)
    assert negative_share(12, 16, 1, 19) is None


def test_a_share_is_a_beta_binomial() -> None:
    """Held against the sum over the definition, for one in two and a prior of sixty."""
    seen = negative_share(8, 10, 499, 998)

    assert seen is not None
    wanted = sum(math.comb(10, k) * _beta(k + 30, 40 - k) / _beta(30, 30) for k in (8, 9, 10))
    assert seen.chance == pytest.approx(wanted, rel=1e-9)


def _beta(a: float, b: float) -> float:
    return math.exp(math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b))


def test_an_episode_begins_once_ends_when_it_is_calm_and_rests_a_day() -> None:
    loud, calm, between = (
        MentionVolume(50, 10, 0.0, 5.0),
        MentionVolume(9, 10, 1.0, 0.9),
        MentionVolume(11, 10, 0.1, 1.05),
    )

    assert episode_change(loud, None, None, MORNING) == "begin"
    assert episode_change(loud, MORNING, None, MORNING + HOUR) is None
    assert episode_change(between, MORNING, None, MORNING + HOUR) is None
    assert episode_change(calm, MORNING, None, MORNING + HOUR) == "end"
    assert episode_change(loud, MORNING, MORNING + HOUR, MORNING + 23 * HOUR) is None
    assert episode_change(loud, MORNING, MORNING + HOUR, MORNING + 24 * HOUR) == "begin"
    assert episode_change(None, None, None, MORNING) is None
    assert episode_change(NegativeShare(0, 0, 0.2, 1.0), MORNING, None, MORNING + HOUR) == "end"


# -- told --------------------------------------------------------------------------------------------------------------


def speak(town: Town, count: int) -> None:
    """So many new posts, said just now, each of something else."""
    for _ in range(count):
        number = len(town.entries)
        town.say(f"Acme Coffee number {number} {number * 7919} is on the shelf {number * 104729} today")
        said = (town.now + timedelta(minutes=9)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        town.entries[-1] = town.entries[-1].replace("Fri, 20 Nov 2026 07:59:00 GMT", said)


def test_a_spike_is_told_once_for_its_episode(town: Town) -> None:
    """With what was counted, one post to look at, and the command that lists them."""
    town.watch('when = ["spike"]')
    town.say(CALM)
    town.scan()
    for _ in range(16):
        town.entries.clear() if len(town.entries) > 60 else None
        speak(town, 2)
        town.scan(after=6 * 60)
    speak(town, 0)
    assert town.told == []
    speak(town, 20)
    town.scan()
    town.scan()
    speak(town, 20)
    town.scan()

    (told,) = town.told
    assert (told["event"], told["title"]) == ("spike", "1 spike – Acme Coffee")
    assert "20 mentions in the last hour, 10.0 times a busy one's; 199 hours in 200 hold 2 or fewer" in told["text"]
    assert told["command"] == "mentionwatch list --brand 'Acme Coffee' --since 6h"
    assert len(told["mentions"]) == 1


def test_of_a_brand_of_few_each_mention_is_told_once(town: Town) -> None:
    town.watch('when = ["spike"]')
    town.say(CALM)
    town.scan()
    town.scan(after=4 * 24 * 60)
    speak(town, 1)
    town.scan()
    town.scan()
    speak(town, 1)
    town.scan()

    assert [told["title"] for told in town.told] == ["1 spike – Acme Coffee"] * 2
    assert "a brand with few mentions: each is reported" in town.told[0]["text"]
