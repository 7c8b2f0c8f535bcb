"""Quotas of a day: spent once by all runs together, spread over the day, begun anew when the platform's day does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mentionwatch.collect.quota import Quotas, paced_interval
from mentionwatch.errors import RateLimited
from mentionwatch.messages import Limits
from mentionwatch.store import Store

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
THREE = Limits(per_day=3)
PACIFIC = Limits(per_day=3, day_in="America/Los_Angeles")


def test_what_is_spent_is_not_asked_until_the_next_day() -> None:
    """The fourth of three requests waits, and says until when."""
    budget = Quotas()
    for _ in range(3):
        budget.take("one", "search host.example", THREE, NOON)
    with pytest.raises(RateLimited) as caught:
        budget.take("two", "search host.example", THREE, NOON)

    assert caught.value.until == datetime(2026, 11, 21, tzinfo=UTC)
    budget.take("one", "search other.example", THREE, NOON)
    budget.take("one", "search host.example", THREE, NOON + timedelta(hours=12))


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (datetime(2026, 11, 20, 7, 59, tzinfo=UTC), datetime(2026, 11, 20, 8, 0, tzinfo=UTC)),
        (datetime(2026, 11, 20, 8, 0, tzinfo=UTC), datetime(2026, 11, 21, 8, 0, tzinfo=UTC)),
        (datetime(2026, 7, 1, 7, 0, tzinfo=UTC), datetime(2026, 7, 2, 7, 0, tzinfo=UTC)),
        # The clocks go back on 1 November: that day has 25 hours.
        (datetime(2026, 11, 1, 12, 0, tzinfo=UTC), datetime(2026, 11, 2, 8, 0, tzinfo=UTC)),
    ],
)
def test_the_day_is_the_platforms(now: datetime, until: datetime) -> None:
    """Midnight in California is 8:00 in winter and 7:00 in summer."""
    assert PACIFIC.next_day(now) == until


def test_a_quota_lasts_the_day() -> None:
    """7 questions out of 100 a day are asked every 101 minutes, whatever the configuration wishes."""
    assert paced_interval(timedelta(minutes=45), 7, Limits(per_day=100)) == timedelta(minutes=100, seconds=48)
    assert paced_interval(timedelta(hours=6), 7, Limits(per_day=100)) == timedelta(hours=6)
    assert paced_interval(timedelta(minutes=45), 7, Limits()) == timedelta(minutes=45)
    assert paced_interval(timedelta(minutes=45), 0, Limits(per_day=100)) == timedelta(minutes=45)


def test_spending_is_kept_for_the_next_run_and_forgotten_when_its_day_is_over() -> None:
    """Two runs of an hour share the day's quota; last week's does not stay in the database."""
    with Store.in_memory() as store:
        first = Quotas(store.sources.spent())
        for _ in range(2):
            first.take("one", "search host.example", THREE, NOON)
            store.sources.spend(first.unsaved(), NOON)
        second = Quotas(store.sources.spent())
        second.take("one", "search host.example", THREE, NOON)
        with pytest.raises(RateLimited):
            second.take("one", "search host.example", THREE, NOON)
        store.sources.spend(second.unsaved(), NOON)

        assert store.sources.spent() == {("search host.example", "2026-11-20"): 3}
        later = Quotas(store.sources.spent())
        later.take("one", "search host.example", THREE, NOON + timedelta(days=7))
        store.sources.spend(later.unsaved(), NOON + timedelta(days=7))
        assert store.sources.spent() == {("search host.example", "2026-11-27"): 1}


# --- what is paid for ------------------------------------------------------------------------------------------------

#: 30 reads in the 30 days of November, and on the 20th all of them left: eleven days, three a day.
THIRTY = Limits(per_month=30)


def read(budget: Quotas, price: int = 3, now: datetime = NOON, limits: Limits = THIRTY) -> None:
    budget.take("one", "x host.example", limits, now, price)


def test_what_an_answer_did_not_cost_is_given_back() -> None:
    """An empty answer costs nothing, however much it might have held."""
    budget = Quotas()
    for _ in range(50):
        read(budget, price=30)
        budget.settle("one", 0)

    assert {key: number for key, number in budget.unsaved().items() if number} == {}


def test_an_answer_nobody_could_read_is_counted_in_full() -> None:
    """What it cost is not known, so it cost all it could; a settlement without a request is nothing."""
    budget = Quotas()
    budget.settle("one", 7)
    read(budget, price=30)
    budget.settle("one", None)

    assert set(budget.unsaved().values()) == {30}


def test_the_month_is_never_overspent() -> None:
    """A request whose answer might cost more than is left waits for the next month, also at the year's end."""
    december = datetime(2026, 12, 31, 12, 0, tzinfo=UTC)
    budget = Quotas({("x host.example paid this month", "2026-12-31"): 28})
    with pytest.raises(RateLimited, match="28 of the 30 paid reads of this month") as caught:
        read(budget, now=december)
    read(budget, price=2, now=december)

    assert caught.value.until == datetime(2027, 1, 1, tzinfo=UTC)
    assert not budget.affords("x host.example", THIRTY, december, 1)
    assert budget.affords("x host.example", THIRTY, datetime(2027, 1, 1, tzinfo=UTC), 3)


def test_one_busy_day_does_not_blind_the_month() -> None:
    """What is left is shared among the days that are left; what a quiet day leaves goes to the next ones."""
    budget = Quotas()
    read(budget)
    with pytest.raises(RateLimited, match="today's 3 of the 30 paid reads") as caught:
        read(budget)
    tomorrow = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    days = 0
    for _ in range(5):
        if budget.affords("x host.example", THIRTY, tomorrow, 3):
            read(budget, now=tomorrow)
            days += 1

    assert caught.value.until == datetime(2026, 11, 21, tzinfo=UTC)
    assert days == 5  # 27 are left for two days, 14 for the first of them


def test_the_month_s_spending_outlives_its_days() -> None:
    """Written on the second, it still counts on the thirtieth, and is forgotten in the month after."""
    early, late = datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    with Store.in_memory() as store:
        first = Quotas(store.sources.spent())
        read(first, price=20, now=early)
        store.sources.spend(first.unsaved(), early)
        first.settle("one", 18)
        store.sources.spend(first.unsaved(), early)
        later = Quotas(store.sources.spent())
        read(later, price=12, now=late)
        with pytest.raises(RateLimited):
            read(later, price=1, now=late)
        store.sources.spend(later.unsaved(), late)
        assert store.sources.spent()["x host.example paid this month", "2026-11-30"] == 30
        after = Quotas(store.sources.spent())
        read(after, price=1, now=late + timedelta(days=5))
        store.sources.spend(after.unsaved(), late + timedelta(days=5))
        assert set(store.sources.spent()) == {
            ("x host.example paid", "2026-12-05"),
            ("x host.example paid this month", "2026-12-31"),
        }
