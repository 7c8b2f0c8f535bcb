"""How good the rule for snowballs is: ``python -m benchmarks.growth``.

Threads of replies of known kinds are simulated and looked at as a scan every ten minutes would, on the schedule of
``response.again``. What keeps its pace or fades must not be said to grow; what grows must be, before it is large.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from mentionwatch.analysis.growth import Growth, growth
from mentionwatch.model import Engagement, EngagementReading
from mentionwatch.response.recheck_schedule import next_check

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
#: Hours at which replies came, in order.
Thread = list[float]


def thinned(rate: Callable[[float], float], most: float, until: float, luck: random.Random) -> Thread:
    """A Poisson process of a varying rate."""
    at, times = 0.0, []
    while (at := at + luck.expovariate(most)) < until:
        if luck.random() * most < rate(at):
            times.append(at)
    return times


def cascade(ratio: float, delay: float, seeds: int, until: float, luck: random.Random, most: int = 3000) -> Thread:
    """Each reply brings ``ratio`` others on average, after ``delay`` hours on average (a Hawkes process)."""
    todo = [luck.uniform(0, delay) for _ in range(seeds)]
    times: Thread = []
    while todo and len(times) < most:
        at = todo.pop()
        times.append(at)
        births = 0
        chance = math.exp(-ratio)
        draw, total = luck.random(), chance
        while draw > total and births < 50:
            births += 1
            chance *= ratio / births
            total += chance
        todo += [after for _ in range(births) if (after := at + luck.expovariate(1 / delay)) < until]
    return sorted(times)


def looked_at(thread: Thread, until: float) -> list[tuple[float, int, Growth | None]]:
    """Every look with the count then, and what was made of it."""
    readings: list[EngagementReading] = [EngagementReading(START, Engagement(replies=0))]
    looks: list[tuple[float, int, Growth | None]] = []
    asked: datetime | None = None
    hour, seen = 0.0, None
    while (hour := hour + 1 / 6) <= until:
        now = START + timedelta(hours=hour)
        due = next_check(START, asked, new_in_an_hour=0 if seen is None else seen.last_hour)
        if due is None or due > now:
            continue
        asked = now
        count = sum(at <= hour for at in thread)
        readings.append(EngagementReading(now, Engagement(replies=count)))
        seen = growth(readings, now)
        looks.append((hour, count, seen))
    return looks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="simulated threads a line (default 100)")
    runs = parser.parse_args().runs
    still: dict[str, Callable[[random.Random], Thread]] = {
        **{
            f"steady, {rate:g} an hour": lambda luck, rate=rate: thinned(lambda _: rate, rate, 72, luck)
            for rate in (1, 5, 20)
        },
        "day and night, 5 an hour": lambda luck: thinned(
            lambda t: 5 * (1 + math.sin(2 * math.pi * (t - 6) / 24)), 10, 72, luck
        ),
        "day and night, 20 an hour, begun at noon": lambda luck: thinned(
            lambda t: 20 * (1 + math.sin(2 * math.pi * (t + 6) / 24)), 40, 72, luck
        ),
        "fading (a typical post), 40 in all": lambda luck: thinned(lambda t: 30 / (1 + t) ** 1.6, 30, 72, luck),
        "fading, 400 in all": lambda luck: thinned(lambda t: 300 / (1 + t) ** 1.6, 300, 72, luck),
        "clusters, each reply brings 0.7": lambda luck: cascade(0.7, 0.5, 20, 72, luck),
        "clusters, steady seeds": lambda luck: sorted(
            at + seed for seed in thinned(lambda _: 1.0, 1.0, 72, luck) for at in cascade(0.7, 0.5, 1, 24, luck)
        ),
    }
    print("| threads that do not grow | reported | judged to double at all |")
    print("|---|---|---|")
    for name, make in still.items():
        fast = slow = 0
        for run in range(runs):
            told = [seen for _, _, seen in looked_at(make(random.Random(run)), 72) if seen is not None]
            fast += any(seen.is_snowball for seen in told)
            slow += any(seen.doubling is not None for seen in told)
        print(f"| {name} | {fast / runs:.1%} | {slow / runs:.1%} |")

    print(
        "\n| threads that double every | found before 100 replies | at | error of the doubling time | of the forecast |"
    )
    print("|---|---|---|---|---|")
    growing: dict[str, tuple[float, Callable[[random.Random], Thread]]] = {}
    for minutes in (20, 40, 90, 180):
        rate = math.log(2) / (minutes / 60)
        until = math.log(1000) / rate

        def exponential(luck: random.Random, rate: float = rate, until: float = until) -> Thread:
            return thinned(lambda t: rate * math.exp(rate * t), rate * math.exp(rate * until), until, luck)

        growing[f"{minutes} min, exponential"] = (minutes, exponential)
    for ratio, delay in ((2.0, 1.0), (1.5, 1.0)):
        minutes = round(60 * math.log(2) / ((ratio - 1) / delay))

        def hawkes(luck: random.Random, ratio: float = ratio, delay: float = delay) -> Thread:
            return cascade(ratio, delay, 3, 24, luck, most=1500)

        growing[f"{minutes} min, each reply brings {ratio:g}"] = (minutes, hawkes)
    for name, (minutes, make) in growing.items():
        found, counts, errors, misses = 0, [], [], []
        for run in range(runs):
            thread = make(random.Random(run))[:1000]
            if len(thread) < 200:
                found += 1  # it died out: nothing was to be found
                continue
            for hour, count, seen in looked_at(thread, thread[-1]):
                if seen is not None and seen.is_snowball and seen.doubling is not None:
                    found += count < 100
                    counts.append(count)
                    errors.append(abs(seen.doubling / timedelta(minutes=minutes) - 1))
                    if seen.next_count is not None and seen.next_at is not None and len(thread) > seen.next_count:
                        foretold = (seen.next_at - START) / timedelta(hours=1) - hour
                        came = thread[seen.next_count - 1] - hour
                        misses.append(abs(foretold / max(came, 1 / 60) - 1))
                    break
        miss = f"{statistics.median(misses):.0%}" if misses else "–"
        print(
            f"| {name} | {found / runs:.0%} | {statistics.median(counts):.0f} replies |"
            f" {statistics.median(errors):.0%} | {miss} |"
        )

    print("\n| levels off at | judged to double beyond 80 % of it | beyond 95 % |")
    print("|---|---|---|")
    for size in (60, 200, 1000):
        late = over = 0
        for run in range(runs):
            rate = math.log(2) / (40 / 60)
            middle = math.log(size) / rate
            luck = random.Random(run)
            thread = thinned(
                lambda t, size=size, rate=rate, middle=middle: (
                    size * rate / (2 * math.cosh(rate * (t - middle) / 2)) ** 2
                ),
                size * rate / 4,
                3 * middle,
                luck,
            )
            told = [count for _, count, seen in looked_at(thread, 72) if seen is not None and seen.is_snowball]
            late += any(count > 0.8 * len(thread) for count in told)
            over += any(count > 0.95 * len(thread) for count in told)
        print(f"| {size} replies, after doubling every 40 min | {late / runs:.1%} | {over / runs:.1%} |")


if __name__ == "__main__":
    main()
