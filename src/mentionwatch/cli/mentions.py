"""``list`` and ``show``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mentionwatch.app.deadlines import TriageFilter
from mentionwatch.app.mentions import MentionQuery, list_mentions
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import MENTION_FORMATS, TABLE_FORMATS, output_options, time_option, triage_options
from mentionwatch.model import SENTIMENT_LABELS, Mention

if TYPE_CHECKING:
    from mentionwatch.app.mention_details import MentionDetails


@click.command("list")
@click.argument("query", required=False)
@click.option("--since", metavar="WHEN", help="Only since this time: 1d, 2h30m, today, 2026-11-20.")
@click.option("--until", metavar="WHEN", help="Only until this time.")
@click.option("--brand", "brands", multiple=True, metavar="B", help="Only this brand (repeatable).")
@click.option(
    "--source", "sources", multiple=True, metavar="NAME", help="Only mentions found by this source (repeatable)."
)
@triage_options
@click.option(
    "--sentiment",
    "sentiments",
    multiple=True,
    type=click.Choice(SENTIMENT_LABELS),
    help="Filter by sentiment (repeatable).",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N (default 50 on a terminal).")
@output_options(*MENTION_FORMATS)
@global_options
def list_(
    context: Context,
    query: str | None,
    since: str | None,
    until: str | None,
    brands: tuple[str, ...],
    sources: tuple[str, ...],
    statuses: tuple[str, ...],
    assignees: tuple[str, ...],
    overdue: bool,
    urgencies: tuple[str, ...],
    sentiments: tuple[str, ...],
    limit: int | None,
    form: str | None,
    output: Path | None,
) -> int:
    """List mentions, the newest first.

    QUERY is words that must all occur in title or text; "words in quotes" occur together. With a field of a mention in
    it – priority:high, tag:vip, label:noise, is:snoozed, sentiment:, urgency:, flag:, role: – it is a query as in the
    `when` of a rule.
    """
    now = context.env.now()
    form = context.output_format(form, output)
    wanted = MentionQuery(
        words=query,
        since=None if since is None else time_option(since, now, option="--since"),
        until=None if until is None else time_option(until, now, option="--until", future=True),
        brands=brands,
        sources=sources,
        sentiments=sentiments,
        triage=TriageFilter(statuses, assignees, urgencies, overdue),
        limit=limit or (50 if form == "terminal" else None),
    )
    config = context.config() if overdue else context.optional_config()
    with context.store() as store:
        found = list_mentions(store, config, wanted, now)
    context.write_output(render_list(context, found.mentions, form), output)
    if context.attended and not found.mentions:
        context.info("no mentions found")
    if context.attended and found.more:
        context.info(f"showing the first {wanted.limit}; see more with --limit")
    return 0


def render_list(context: Context, mentions: tuple[Mention, ...], form: str) -> str:
    """Mentions in one of the formats of ``list``."""
    from importlib import import_module

    module = import_module(f"mentionwatch.render.{'tsv' if form == 'text' else form}")
    match form:
        case "terminal":
            text = module.listing(
                mentions, context.env.now(), width=context.width, color=context.color, zone=context.zone
            )
        case "text":
            text = module.mentions(mentions, zone=context.zone)
        case "markdown":
            text = module.mentions(mentions, context.env.now(), zone=context.zone)
        case _:
            text = module.mentions(mentions)
    assert isinstance(text, str)
    return text


@click.command()
@click.argument("id_", metavar="ID")
@output_options(*TABLE_FORMATS)
@global_options
def show(context: Context, id_: str, form: str | None, output: Path | None) -> int:
    """Show one mention in full, with its log and what is known of its author.

    ID may be any unique prefix.
    """
    from mentionwatch.app.mention_details import show_mention

    with context.store() as store:
        details = show_mention(store, context.optional_config(), id_, context.env.now())
    context.write_output(_render_details(context, details, context.output_format(form, output)), output)
    return 0


def _render_details(context: Context, details: MentionDetails, form: str) -> str:
    from mentionwatch.render import json, jsonl, terminal
    from mentionwatch.render import mention_details as below

    if form == "jsonl":
        return jsonl.mentions([details.mention])
    if form == "json":
        known = None if details.author is None else below.author_json(details.author)
        return json.mentions([details.mention], details.log, details.changes, known, rechecked=details.rechecked)
    now, zone = context.env.now(), context.zone
    width, color = (context.width, context.color) if form == "terminal" else (80, False)
    return (
        terminal.mention(details.mention, now, width=width, color=color, zone=zone)
        + ("" if details.growth is None else below.growth_text(details.growth, zone=zone))
        + below.recheck_text(details.rechecked)
        + below.changes_text(details.item, details.changes, now, zone=zone)
        + ("" if details.author is None else below.author_text(details.author, details.author_note, now, zone=zone))
        + below.log_text(details.log, details.times, now, zone=zone, seen=details.replies_seen_at)
    )
