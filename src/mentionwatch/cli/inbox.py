"""``inbox``: what waits for an answer, on a screen of its own or as a list."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mentionwatch.app.inbox import InboxActions
from mentionwatch.cli.acting import acting_person, by_option
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.mentions import render_list
from mentionwatch.cli.params import MENTION_FORMATS, output_options
from mentionwatch.errors import UserError


@click.command()
@click.option("--brand", "brands", multiple=True, metavar="B", help="Only this brand (repeatable).")
@click.option(
    "--assignee", "assignees", multiple=True, metavar="WHO", help="Only mentions assigned to WHO (repeatable)."
)
@by_option
@output_options(*MENTION_FORMATS)
@global_options
def inbox(
    context: Context,
    brands: tuple[str, ...],
    assignees: tuple[str, ...],
    by: str | None,
    form: str | None,
    output: Path | None,
) -> int:
    """Work through open mentions with single-key actions: what must be answered first, then what else is new or open.

    Into a pipe or a file, or with a format, it is a list. The screen needs the extra `tui`.
    """
    actions = InboxActions(
        database=context.database(),
        config=context.config(),
        now=context.env.now,
        me=acting_person(context, by),
        brands=brands,
        assignees=assignees,
    )
    entries = actions.entries()  # before the screen takes over: a mistyped brand is an error here
    if form is None and output is None and sys.stdout.isatty() and sys.stdin.isatty():
        return _run_screen(context, actions)
    mentions = tuple(entry.mention for entry in entries)
    context.write_output(render_list(context, mentions, context.output_format(form, output)), output)
    return 0


def _run_screen(context: Context, actions: InboxActions) -> int:
    try:
        from mentionwatch.tui.inbox import InboxScreen
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "textual":
            raise
        raise UserError(
            "inbox: the screen needs the extra `tui`: pip install 'mentionwatch[tui]'; "
            "`mentionwatch inbox --format terminal` lists the same"
        ) from None
    screen = InboxScreen(actions, browse=click.launch, zone=context.zone)
    screen.run()
    return screen.return_code or 0
