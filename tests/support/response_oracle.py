"""The clock of answers held against its rule, minute by minute; in ``tests``: ``python -m support.response_oracle``.

Each case is a zone of all this machine knows, working hours, holidays and pauses drawn at random, and a moment mostly
near a change of the clocks where the zone has one. The oracle knows the rule and nothing else: a minute is working time
when the wall's clock of the zone says so. The whole run (10,000 cases, some four minutes) is done once under each of
several time zones of the machine, which must not matter; the suite has a short one.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from mentionwatch.response.working_hours import (
    Pause,
    WorkingHours,
    add_working_time,
    parse_working_hours,
    working_time_between,
)

MINUTE = timedelta(minutes=1)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: Minutes that the oracle looks at for one case.
LONGEST = 14 * 24 * 60


@dataclass(frozen=True)
class Case:
    hours: WorkingHours
    start: datetime
    allowance: timedelta
    paused: tuple[Pause, ...]


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """The hours of 2024 to 2027 in which the zone's offset changes."""
    tz, at, found = ZoneInfo(zone), datetime(2024, 1, 1, tzinfo=UTC), []
    while at.year < 2028:
        after = at + timedelta(days=1)
        if at.astimezone(tz).utcoffset() != after.astimezone(tz).utcoffset():
            found.append(at)
        at = after
    return tuple(found)


@cache
def zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones() - {"localtime"}))


def draw_hours(draw: random.Random) -> tuple[str, list[tuple[set[int], int, int]]]:
    """Working hours as written, and as the oracle knows them: weekdays, first and last minute of the day."""
    written, known = [], []
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        first, run = draw.randrange(7), draw.randrange(1, 8)
        begin = draw.randrange(0, 1439)
        end = draw.randrange(begin + 1, 1441)
        if draw.random() < 0.15:
            begin, end = 0, 1440
        days = DAYS[first] if run == 1 else f"{DAYS[first]}-{DAYS[(first + run - 1) % 7]}"
        written.append(f"{days} {begin // 60:02d}:{begin % 60:02d}-{end // 60:02d}:{end % 60:02d}")
        known.append(({(first + n) % 7 for n in range(run)}, begin, end))
    return "; ".join(written), known


def cases(count: int, seed: int) -> Iterator[tuple[Case, list[tuple[set[int], int, int]]]]:
    """Cases, each with the oracle's own reading of its working hours."""
    draw = random.Random(seed)
    for _ in range(count):
        zone = draw.choice(zones())
        near = changes(zone)
        about = (
            draw.choice(near) if near and draw.random() < 0.8 else datetime(2026, draw.randrange(1, 13), 10, tzinfo=UTC)
        )
        start = about + timedelta(minutes=draw.randrange(-4 * 1440, 2 * 1440))
        written, known = draw_hours(draw)
        holidays = [start.date() + timedelta(days=draw.randrange(-1, 9)) for _ in range(draw.choice((0, 0, 1, 2)))]
        paused: list[Pause] = []
        at = start
        for _ in range(draw.choice((0, 0, 1, 2, 3))):
            at += timedelta(minutes=draw.randrange(0, 2000))
            end = at + timedelta(minutes=draw.randrange(0, 3000))
            paused.append((at, None if draw.random() < 0.05 else end))
            at = end
            if paused[-1][1] is None:
                break
        allowance = timedelta(minutes=draw.choice((1, 30, 60, draw.randrange(1, 3000))))
        yield Case(parse_working_hours(zone, written, holidays), start, allowance, tuple(paused)), known


def minutes(case: Case, known: list[tuple[set[int], int, int]]) -> Iterator[tuple[datetime, bool]]:
    """Every minute from the case's start, and whether it counts, by the rule alone."""
    zone = ZoneInfo(case.hours.timezone)
    for n in range(LONGEST):
        at = case.start + n * MINUTE
        wall = at.astimezone(zone)
        of_day = wall.hour * 60 + wall.minute
        working = wall.date() not in case.hours.holidays and any(
            wall.weekday() in days and begin <= of_day < end for days, begin, end in known
        )
        still = any(begin <= at and (end is None or at < end) for begin, end in case.paused)
        yield at, working and not still


def check(case: Case, known: list[tuple[set[int], int, int]], draw: random.Random) -> str | None:
    """What the clock says otherwise than the oracle, or nothing."""
    left, oracle, counted = case.allowance, None, timedelta(0)
    until = case.start + MINUTE * draw.randrange(LONGEST)
    for at, counts in minutes(case, known):
        if counts:
            left -= MINUTE
            if oracle is None and not left:
                oracle = at + MINUTE
            counted += MINUTE if at < until else timedelta(0)
        if oracle is not None and at >= until:
            break
    found = add_working_time(case.start, case.allowance, case.hours, case.paused)
    if oracle is not None and found != oracle:
        return f"due {found}, by the oracle {oracle}: {case}"
    if oracle is None and found is not None and found <= case.start + LONGEST * MINUTE:
        return f"due {found}, by the oracle later: {case}"
    spent = working_time_between(case.start, until, case.hours, case.paused)
    return None if spent == counted else f"elapsed {spent}, by the oracle {counted}: {case}"


def differences(count: int, seed: int) -> list[str]:
    """What the clock says otherwise than the oracle in so many cases."""
    draw = random.Random(seed)
    return [said for case, known in cases(count, seed) if (said := check(case, known, draw)) is not None]


def main(arguments: list[str]) -> int:
    count, seed = (int(arguments[0]) if arguments else 10_000), (int(arguments[1]) if len(arguments) > 1 else 1)
    machines = ("UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")
    wrong: list[str] = []
    for n, machine in enumerate(machines):
        os.environ["TZ"] = machine
        time.tzset()
        wrong += differences(count // len(machines), seed + n)
    print(f"{count} cases in {len(machines)} time zones of the machine: {len(wrong)} differ")  # noqa: T201
    for said in wrong[:5]:
        print(said)  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
