"""The steps of a chart: days, weeks, months or years, so many that they fit."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from mentionwatch.report.values import StepUnit

#: How many steps a chart has at most, except for years.
_MAX_STEPS = 100


def local_day(time: datetime, zone: tzinfo) -> date:
    """The day in a zone; where the calendar ends, the day as it stands."""
    try:
        return time.astimezone(zone).date()
    except OverflowError:
        return time.date()


def step_unit(first: date, last: date) -> StepUnit:
    """The smallest unit whose steps fit into a chart."""
    days = (last - first).days + 1
    if days <= _MAX_STEPS:
        return "day"
    if days <= 7 * _MAX_STEPS:
        return "week"
    return "month" if days <= 30 * _MAX_STEPS else "year"


def step_start(day: date, unit: StepUnit) -> date:
    """The first day of the step that a day is in; a week begins on Monday."""
    if unit == "week":
        return date.fromordinal(max(1, day.toordinal() - day.weekday()))
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def step_starts(first: date, last: date, unit: StepUnit) -> tuple[date, ...]:
    """The first day of every step from one day to another, both included."""
    if unit in ("day", "week"):
        length = 7 if unit == "week" else 1
        return tuple(map(date.fromordinal, range(step_start(first, unit).toordinal(), last.toordinal() + 1, length)))
    if unit == "year":
        return tuple(date(year, 1, 1) for year in range(first.year, last.year + 1))
    months = range(12 * first.year + first.month - 1, 12 * last.year + last.month)
    return tuple(date(month // 12, month % 12 + 1, 1) for month in months)
