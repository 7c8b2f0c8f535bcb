"""Options that several commands share, and how durations and times are read from them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from mentionwatch.errors import UserError
from mentionwatch.model import URGENCY_LEVELS
from mentionwatch.times import parse_duration, parse_time

F = TypeVar("F", bound=Callable[..., Any])

#: The formats of a list of mentions, and of any other list.
MENTION_FORMATS = ("terminal", "text", "markdown", "json", "jsonl", "csv")
TABLE_FORMATS = ("terminal", "text", "json", "jsonl")


def output_options(*formats: str) -> Callable[[F], F]:
    """``-f/--format``, ``--json``, ``--jsonl``, ``-o/--output``: how a command that lists gives its list.

    The command gets ``form``, one of ``formats`` or ``None`` where the user left it open, and ``output``.
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def chosen(*args: Any, form: str | None, as_json: bool, as_jsonl: bool, **kwargs: Any) -> Any:
            asked = {form, "json" if as_json else None, "jsonl" if as_jsonl else None} - {None}
            if len(asked) > 1:
                raise click.UsageError(f"one format at a time: {' or '.join(sorted(filter(None, asked)))}")
            return function(*args, form=next(iter(asked), None), **kwargs)

        return _with_options(
            cast(F, chosen),
            click.option(
                "-f", "--format", "form", type=click.Choice(formats), help="Default: terminal, or text into a pipe."
            ),
            click.option("--json", "as_json", is_flag=True, help="Same as --format json."),
            click.option("--jsonl", "as_jsonl", is_flag=True, help="Same as --format jsonl."),
            click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."),
        )

    return decorate


def triage_options(function: F) -> F:
    """The filters by what people have done: ``--status``, ``--assignee``, ``--overdue``, ``--urgency``."""
    return _with_options(
        function,
        click.option(
            "--status",
            "statuses",
            multiple=True,
            type=click.Choice(["new", "open", "replied", "resolved", "ignored"]),
            help="Filter by status (repeatable).",
        ),
        click.option("--assignee", "assignees", multiple=True, metavar="WHO", help="Assigned to WHO (repeatable)."),
        click.option("--overdue", is_flag=True, help="Only what is overdue for an answer."),
        click.option(
            "--urgency",
            "urgencies",
            multiple=True,
            type=click.Choice(URGENCY_LEVELS),
            help="Filter by urgency (repeatable).",
        ),
    )


def _with_options(function: F, *options: Callable[[F], F]) -> F:
    for option in reversed(options):
        function = option(function)
    return function


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


def time_option(text: str, now: datetime, *, option: str, future: bool = False) -> datetime:
    """The time an option means, or a :class:`~mentionwatch.errors.UserError` that names the option."""
    try:
        return parse_time(text, now, option=option, future=future)
    except ValueError as error:
        raise UserError(str(error)) from None


def optional_time_option(text: str | None, now: datetime, *, option: str, future: bool = False) -> datetime | None:
    """As :func:`time_option`; ``None`` for an option that was not given."""
    return None if text is None else time_option(text, now, option=option, future=future)
