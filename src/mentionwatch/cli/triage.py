"""``ack``, ``assign``, ``resolve``, ``ignore``, ``reopen``, ``note``, ``label``, ``undo``.

Each appends to a log. A command is done whole or not at all: every problem is printed, and then nothing is written.
"""

from __future__ import annotations

import click

from mentionwatch.app.triage import label_data, note_data, team_member
from mentionwatch.cli.acting import act, by_option, ids_argument
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options


@click.command()
@ids_argument()
@by_option
@global_options
def ack(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Acknowledge mentions: new ones become open. The deadline to answer stays.

    With - the ids are read from standard input, one per line. ID may be any unique prefix.
    """
    return act(context, words, "ack", {}, by, "acknowledged")


@click.command()
@ids_argument("ID... [WHO]")
@click.option("--to", metavar="WHO", help="Who they are assigned to (default: the last argument).")
@click.option("--nobody", is_flag=True, help="Unassign them.")
@by_option
@global_options
def assign(context: Context, words: tuple[str, ...], to: str | None, nobody: bool, by: str | None) -> int:
    """Assign mentions: `assign ID WHO`, or `assign ID... --to WHO`.

    Where [response] has a team, WHO is one of it. New mentions become open.
    """
    if nobody:
        if to is not None:
            raise click.UsageError("--nobody cannot be combined with --to")
        return act(context, words, "assign", {"to": None}, by, "unassigned")
    if to is None:
        if len(words) < 2 or words[-1].startswith("m_"):
            raise click.UsageError("assign to whom? Name them last, or with --to")
        *ids, to = words
        words = tuple(ids)

    to = team_member(context.optional_config(), to)
    return act(context, words, "assign", {"to": to}, by, f"assigned to {to}")


@click.command()
@ids_argument()
@by_option
@global_options
def resolve(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Resolve mentions: nothing more is to be done."""
    return act(context, words, "resolve", {}, by, "resolved")


@click.command()
@ids_argument()
@by_option
@global_options
def ignore(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Mark mentions as not needing a reply. They stay in every list and count."""
    return act(context, words, "ignore", {}, by, "ignored")


@click.command()
@ids_argument()
@by_option
@global_options
def reopen(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Reopen mentions that need another answer: their clock runs again."""
    return act(context, words, "reopen", {}, by, "open again")


@click.command()
@ids_argument("ID... TEXT")
@by_option
@global_options
def note(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Add a note to mentions. TEXT is the last argument; quote it if it has several words."""
    *ids, text = words
    if not ids or text.startswith("m_") or text == "-":
        raise click.UsageError("note what? Give the text last, in quotes")
    return act(context, ids, "note", note_data(text), by, "noted")


@click.command()
@ids_argument("ID... relevant|noise|negative|neutral|positive")
@by_option
@global_options
def label(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Label mentions relevant or noise, or correct their sentiment.

    With - the ids are read from standard input, one per line. The latest label counts; `backtest` and `brand health`
    measure by them.
    """
    *ids, name = words
    return act(context, ids, "label", label_data(name), by, f"labelled {name}")


@click.command()
@ids_argument()
@by_option
@global_options
def undo(context: Context, words: tuple[str, ...], by: str | None) -> int:
    """Undo the last action on each of these mentions; repeat it to undo the one before.

    The log keeps both entries.
    """
    return act(context, words, "undo", {}, by, "undone")
