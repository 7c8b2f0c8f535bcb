"""What the commands of triage share: which mentions, in whose name, and what is said afterwards."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from mentionwatch.app.triage import Action, person_name, record_action
from mentionwatch.cli.context import Context
from mentionwatch.errors import UserError

F = TypeVar("F", bound=Callable[..., Any])


def by_option(function: F) -> F:
    """``--by WHO``."""
    return click.option(
        "--by", metavar="WHO", help="Who does this (default: $MENTIONWATCH_BY, [response] by, or the login name)."
    )(function)


def ids_argument(metavar: str = "ID...") -> Callable[[F], F]:
    """``ID...``, or ``-`` for one per line of standard input."""
    return click.argument("words", nargs=-1, required=True, metavar=metavar)


def read_ids(words: Sequence[str]) -> list[str]:
    """The ids as given; ``-`` reads standard input, one per line: an id, a line of ``list``, or one of JSON."""
    ids: list[str] = []
    for word in words:
        ids += (_id_of_line(line) for line in sys.stdin if line.strip()) if word == "-" else [word]
    if not ids:
        raise click.UsageError("name at least one mention")
    return ids


def _id_of_line(line: str) -> str:
    if not line.lstrip().startswith("{"):
        return line.split()[0]
    try:
        found = json.loads(line).get("id")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, str):
        raise UserError("-: a line of JSON without an id; give one id per line, or lines of `list --jsonl`")
    return found


def acting_person(context: Context, by: str | None) -> str:
    """Who acts: ``--by``, ``$MENTIONWATCH_BY``, ``[response] by``, the login name."""
    by = by or context.env.environ.get("MENTIONWATCH_BY")
    if not by and (config := context.optional_config()) is not None:
        by = config.response.by
    if by:
        return person_name(by, "--by")
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def act(
    context: Context, words: Sequence[str], action: Action, data: Mapping[str, object], by: str | None, done: str
) -> int:
    """Log an action for every mention named, or for none; ``done`` says in the past what was done."""
    ids = read_ids(words)
    name = acting_person(context, by)
    # Only what judges again needs the configuration.
    config = context.optional_config() if action in ("label", "priority", "tag", "undo") else None
    with context.store(write=True) as store:
        result = record_action(store, config, ids, action, data, by=name, now=context.env.now())
    told = (result.undone + result.alike) if context.attended else ()
    for message in result.retired + result.unchanged + result.silent + told:
        context.info(message)
    if context.attended and result.changed:
        context.info(f"{len(result.changed)} {done}")
    return 0
