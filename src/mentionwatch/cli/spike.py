"""``spike``: list or acknowledge spikes in mention volume."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from mentionwatch.app.spikes import Episode, acknowledge_spikes, list_spikes
from mentionwatch.cli.acting import acting_person, by_option
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options
from mentionwatch.cli.params import TABLE_FORMATS, optional_time_option, output_options
from mentionwatch.render.json_fields import json_fields
from mentionwatch.render.sanitize import lines, squeezed
from mentionwatch.times import minute


@click.group(cls=CommandGroup, default="list")
def spike() -> None:
    """List or acknowledge spikes in mention volume; lists them if no verb is given."""


@spike.command("list", short_help="List spikes, the newest first.")
@click.option("--since", metavar="WHEN", help="Spikes that began since this time: 7d, 2026-11-20 (default 30d).")
@click.option("--open", "only_open", is_flag=True, help="Only spikes that have not ended.")
@output_options(*TABLE_FORMATS)
@global_options
def list_(context: Context, since: str | None, only_open: bool, form: str | None, output: Path | None) -> int:
    """List spikes, the newest first: when, what was counted, and who acknowledged them."""
    now = context.env.now()
    begin = optional_time_option(since, now, option="--since") or now - timedelta(days=30)
    with context.store() as store:
        found = list_spikes(store, begin, only_open=only_open)
    text = "".join(_line(one, context) + "\n" for one in found)
    context.write_rows("spikes", "spikes", [_row(one) for one in found], text, form, output)
    if not found and form not in ("json", "jsonl") and context.attended:
        context.info("no spikes; they are detected where a [[notify]] asks for spike")
    return 0


@spike.command(short_help="Acknowledge spikes.")
@click.argument("numbers", nargs=-1, required=True, type=click.IntRange(min=1), metavar="NUMBER...")
@by_option
@global_options
def ack(context: Context, numbers: tuple[int, ...], by: str | None) -> int:
    """Acknowledge spikes: no further alert is sent about them, and alerts that wait are dropped.

    NUMBER is that of `spike list`. The next spike is reported again.
    """
    name = acting_person(context, by)
    with context.store(write=True) as store:
        acknowledged = acknowledge_spikes(store, numbers, name, context.env.now())
    for one in acknowledged:
        if one.known_to is not None:
            context.info(f"{one.number}: was already acknowledged by {one.known_to}")
        elif one.over:
            context.info(f"{one.number}: is over")
    return 0


def _line(one: Episode, context: Context) -> str:
    ended = "goes on" if one.ended_at is None else f"until {minute(one.ended_at, context.zone)}"
    acked = "" if one.acked_by is None else f"; acknowledged by {squeezed(one.acked_by, 40)}"
    what = "more negative" if one.kind == "negative" else "more than usual"
    began = minute(one.began_at, context.zone)
    why = squeezed(str(one.seen.get("why", "")), 200)
    return f"{one.id:>4}  {began}  {squeezed(one.brand, 60)}: {what}, {ended}{acked}\n      {why}"


def _row(one: Episode) -> dict[str, object]:
    return {
        **json_fields(one, "id", "brand", "kind", "began_at", "ended_at", "acked_at", "acked_by"),
        "why": lines(str(one.seen.get("why", ""))),
        "mention": one.seen.get("mention"),
    }
