"""``list``, ``show`` and ``why``: looking at what is kept."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.options import (
    MENTION_FORMATS,
    TABLE_FORMATS,
    Context,
    global_options,
    output_options,
    triage_options,
)
from mentionwatch.cli.times import moment
from mentionwatch.errors import UserError

if TYPE_CHECKING:
    from mentionwatch.config import Config
    from mentionwatch.model import Mention
    from mentionwatch.response.author import History
    from mentionwatch.store import Store


@click.command("list")
@click.argument("query", required=False)
@click.option("--since", metavar="WHEN", help="What counts from then on: 1d, 2h30m, today, 2026-11-20.")
@click.option("--until", metavar="WHEN", help="Up to then.")
@click.option("--brand", "brands", multiple=True, metavar="B", help="This brand only; may be repeated.")
@click.option("--source", "sources", multiple=True, metavar="NAME", help="Seen by this source; may be repeated.")
@triage_options
@click.option(
    "--sentiment",
    "sentiments",
    multiple=True,
    type=click.Choice(["negative", "neutral", "positive"]),
    help="Judged so; may be repeated.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many (default 50 on a terminal).")
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

    QUERY is words that must all stand in title or text; "words in quotes" stand together.
    """
    from mentionwatch.app.brands import select_brands
    from mentionwatch.app.deadlines import add_deadlines, overdue_ids
    from mentionwatch.store.filter import MentionFilter

    now = context.env.now()
    form = context.form(form, output)
    if limit is None and form == "terminal":
        limit = 50
    config = context.config() if context.has_config() else None
    with context.store() as store:
        if brands:
            select_brands(store, config, brands)
        if sources:
            _check_sources(sources, store.sources.states())
        wanted = MentionFilter(
            brands=brands,
            sources=sources,
            since=None if since is None else moment(since, now, option="--since"),
            until=None if until is None else moment(until, now, option="--until", future=True),
            words=query,
            ids=overdue_ids(store, context.config(), now) if overdue else (),
            statuses=statuses,
            assignees=assignees,
            urgencies=urgencies,
            sentiments=sentiments,
            limit=None if limit is None else limit + 1,
        )
        found = add_deadlines(store, config, store.mentions.find(wanted))
    more = limit is not None and len(found) > limit
    found = found[:limit] if limit is not None else found
    context.deliver(listed(context, found, form), output)
    if not found and context.attended:
        context.say("no mention found")
    if more and context.attended:
        context.say(f"the first {limit} are shown; see more with --limit")
    return 0


def _check_sources(names: tuple[str, ...], known: Collection[str]) -> None:
    from mentionwatch.config.diagnostics import did_you_mean, quoted

    problems = [
        f"--source {quoted(name)}: nothing was ever asked of such a source{did_you_mean(name, known)}"
        for name in names
        if name not in known
    ]
    if problems:
        raise UserError(*problems)


def listed(context: Context, found: tuple[Mention, ...], form: str) -> str:
    """Mentions in one of the formats of ``list``."""
    if form == "terminal":
        from mentionwatch.render import terminal

        return terminal.listing(found, context.env.now(), width=context.width, color=context.color, zone=context.zone)
    if form == "text":
        from mentionwatch.render import lines

        return lines.mentions(found, zone=context.zone)
    if form == "markdown":
        from mentionwatch.render import markdown

        return markdown.mentions(found, context.env.now(), zone=context.zone)
    from importlib import import_module

    text = import_module(f"mentionwatch.render.{form}").mentions(found)
    assert isinstance(text, str)
    return text


@click.command()
@click.argument("id_", metavar="ID")
@output_options(*TABLE_FORMATS)
@global_options
def show(context: Context, id_: str, form: str | None, output: Path | None) -> int:
    """Show one mention whole, with its log and what is known of who said it.

    ID may be cut short as long as it tells one apart.
    """
    from mentionwatch.app.deadlines import add_deadlines, response_times
    from mentionwatch.app.ids import find_mention
    from mentionwatch.store.filter import MentionFilter

    config = context.config() if context.has_config() else None
    with context.store() as store:
        full = find_mention(store, id_)
        told = add_deadlines(store, config, store.mentions.find(MentionFilter(ids=(full,))))
        log = store.triage.logs((full,)).get(full, ())
        answers = store.rechecks.replies((full,)).items()
        seen = {url: row.seen_at for (_, url), row in answers if row.seen_at is not None and row.gone_at is None}
        stored = store.items.of_mention(full)
        changes = () if stored is None else store.changes.of_item(stored.id)
        pace = "" if stored is None else _pace(store, stored.id, context)
        if not told:
            raise UserError(f"{id_}: no longer a mention; the terms have changed since (`why {id_}` says more)")
        known = _history(store, told[0])
    form = context.form(form, output)
    if form in ("json", "jsonl"):
        from mentionwatch.render import json, jsonl
        from mentionwatch.render.author import history_json

        whole = json.mentions(told, log, changes, None if known is None else history_json(known))
        context.deliver(jsonl.mentions(told) if form == "jsonl" else whole, output)
        return 0
    from mentionwatch.render import terminal
    from mentionwatch.render.author import render as told_author
    from mentionwatch.render.changes import render as told_changes
    from mentionwatch.render.log import render as told_log

    now = context.env.now()
    width, color = (context.width, context.color) if form == "terminal" else (80, False)
    context.deliver(
        terminal.mention(told[0], now, width=width, color=color, zone=context.zone)
        + pace
        + (told_changes(stored.item, changes, now, zone=context.zone) if stored is not None else "")
        + ("" if known is None else told_author(known, _note(config, known.person), now, zone=context.zone))
        + told_log(log, response_times(config, told[0], log, now), now, zone=context.zone, seen=seen),
        output,
    )
    return 0


def _history(store: Store, this: Mention) -> History | None:
    """What is known of who said it, from the newest thousand of their mentions; ``None``: nothing tells them apart."""
    from mentionwatch.response.author import history
    from mentionwatch.response.triage import standing
    from mentionwatch.store.filter import MentionFilter

    author = this.item.author
    if not author.handle and not author.url:
        return None
    ids = {this.id, *store.mentions.by_author(this.item.platform, author.handle, author.url)}
    logs = store.triage.logs(ids)
    answered = {one for one, log in logs.items() if any(entry.action == "reply" for entry in standing(log).entries)}
    return history(this, store.mentions.find(MentionFilter(ids=tuple(ids))), answered)


def _note(config: Config | None, person: str | None) -> str | None:
    return next((one.note for one in config.people if one.name == person), None) if config and person else None


def _pace(store: Store, item: int, context: Context) -> str:
    """How the post fares, where its counts have changed of late."""
    from mentionwatch.analysis.growth import growth, in_words

    readings = store.items.engagement_history(item)
    now = context.env.now()
    seen = growth(readings, now, store.threads.spread(item, now)) if len(readings) > 1 else None
    return "" if seen is None else f"\ngrowth  {in_words(seen, context.zone)}\n"


@click.command()
@click.argument("what", metavar="ID|URL")
@output_options(*TABLE_FORMATS)
@global_options
def why(context: Context, what: str, form: str | None, output: Path | None) -> int:
    """Say why something was kept, rejected or folded, and which answer of which source brought it."""
    from mentionwatch.cli.reasons import explain, told

    with context.store() as store:
        reasons = explain(store, context.config() if context.has_config() else None, what)
    if form in ("json", "jsonl"):
        import json

        context.deliver(json.dumps(reasons, indent=1 if form == "json" else None), output)
    else:
        context.deliver(told(reasons, context.zone), output)
    return 0
