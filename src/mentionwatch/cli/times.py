"""Durations and times as click takes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from mentionwatch.errors import UserError
from mentionwatch.times import parse_duration, parse_time


class Duration(click.ParamType[timedelta]):
    """``10m``, ``2h30m``, ``1d``."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        try:
            duration = parse_duration(value)
        except (UserError, ValueError) as error:
            self.fail(str(error), param, ctx)
        if duration is None or duration <= timedelta(0):
            self.fail(f"{value!r} is not a time to wait; write something like 10m", param, ctx)
        return duration


def moment(text: str, now: datetime, *, option: str, future: bool = False) -> datetime:
    """The time an option means, or a :class:`~mentionwatch.errors.UserError` that names the option."""
    try:
        return parse_time(text, now, option=option, future=future)
    except ValueError as error:
        raise UserError(str(error)) from None


def maybe_moment(text: str | None, now: datetime, *, option: str, future: bool = False) -> datetime | None:
    """The same; ``None`` for an option that is not given."""
    return None if text is None else moment(text, now, option=option, future=future)
