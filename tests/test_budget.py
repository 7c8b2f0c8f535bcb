"""Quotas of a day: spent once by all runs together, spread over the day, begun anew when the platform's day does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mentionwatch.errors import LimitReached
from mentionwatch.exchange import Limits
from mentionwatch.scan.budget import Budget, paced
from mentionwatch.store import Store

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
THREE = Limits(per_day=3)
PACIFIC = Limits(per_day=3, day_in="America/Los_Angeles")


def test_what_is_spent_is_not_asked_until_the_next_day() -> None:
    """The fourth of three requests waits, and says until when."""
    budget = Budget()
    for _ in range(3):
        budget.take("one", "search host.example", THREE, NOON)
    with pytest.raises(LimitReached) as caught:
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
    assert paced(timedelta(minutes=45), 7, Limits(per_day=100)) == timedelta(minutes=100, seconds=48)
    assert paced(timedelta(hours=6), 7, Limits(per_day=100)) == timedelta(hours=6)
    assert paced(timedelta(minutes=45), 7, Limits()) == timedelta(minutes=45)
    assert paced(timedelta(minutes=45), 0, Limits(per_day=100)) == timedelta(minutes=45)


def test_spending_is_kept_for_the_next_run_and_forgotten_when_its_day_is_over() -> None:
    """Two runs of an hour share the day's quota; last week's does not stay in the database."""
    with Store.in_memory() as store:
        first = Budget(store.spent())
        for _ in range(2):
            first.take("one", "search host.example", THREE, NOON)
            store.spend(first.to_write(), NOON)
        second = Budget(store.spent())
        second.take("one", "search host.example", THREE, NOON)
        with pytest.raises(LimitReached):
            second.take("one", "search host.example", THREE, NOON)
        store.spend(second.to_write(), NOON)

        assert store.spent() == {("search host.example", "2026-11-20"): 3}
        later = Budget(store.spent())
        later.take("one", "search host.example", THREE, NOON + timedelta(days=7))
        store.spend(later.to_write(), NOON + timedelta(days=7))
        assert store.spent() == {("search host.example", "2026-11-27"): 1}
