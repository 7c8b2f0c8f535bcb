"""``due``: what must be answered, the most overdue first."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import click

from mentionwatch.app.deadlines import DueList, DueRequest, list_due
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.mentions import render_list
from mentionwatch.cli.params import MENTION_FORMATS, Duration, output_options
from mentionwatch.render import due as render


@click.command()
@click.option("--in", "within", type=Duration(), metavar="15m", help="Only what is overdue, or due within this time.")
@click.option("--brand", "brands", multiple=True, metavar="B", help="Only this brand (repeatable).")
@click.option(
    "--assignee", "assignees", multiple=True, metavar="WHO", help="Only mentions assigned to WHO (repeatable)."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N (default 50 on a terminal).")
@output_options(*MENTION_FORMATS)
@global_options
def due(
    context: Context,
    within: timedelta | None,
    brands: tuple[str, ...],
    assignees: tuple[str, ...],
    limit: int | None,
    form: str | None,
    output: Path | None,
) -> int:
    """List what must be answered, the most overdue first.

    [response] says how soon, by urgency, in working hours. Exits 3 when something is overdue.
    """
    config = context.config()
    if not (config.response.reply_within or config.response.resolve_within):
        context.info(f"{config.path}: [response] has no reply_within, so only promises have deadlines")
    now = context.env.now()
    form = context.output_format(form, output)
    request = DueRequest(within, brands, assignees, limit or (50 if form == "terminal" else None))
    with context.store() as store:
        found = list_due(store, config, request, now)
    context.write_output(_render(context, found, now, form), output)
    if context.attended and len(found.due) < found.count:
        context.info(f"showing the first {len(found.due)} of {found.count}; see more with --limit")
    return 3 if found.overdue else 0


def _render(context: Context, found: DueList, now: datetime, form: str) -> str:

    if form == "json":
        return render.json(found.due, now, found.overdue)
    if form in ("terminal", "text"):
        from mentionwatch.render import terminal

        width, color = (context.width, context.color) if form == "terminal" else (80, False)
        head = f"{render.summary(found.overdue, found.count)}\n" + ("\n" if found.due else "")
        return head + terminal.due(found.due, now, width=width, color=color, zone=context.zone)
    return render_list(context, tuple(one.mention for one in found.due), form)
