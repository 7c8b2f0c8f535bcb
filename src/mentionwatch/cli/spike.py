"""``spike``: the episodes in which much more was said than usual, and a word that somebody knows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.options import TABLE_FORMATS, Context, Family, global_options, output_options
from mentionwatch.cli.triage import by_option, who
from mentionwatch.errors import UserError
from mentionwatch.times import minute

if TYPE_CHECKING:
    from mentionwatch.store.spikes import Episode

_SCHEMA = "mentionwatch.spikes/1"


@click.group(cls=Family, default="list")
def spike() -> None:
    """The episodes in which more than usual was said of a brand; lists them where no verb is given."""


@spike.command("list", short_help="List episodes, the newest first.")
@click.option("--since", metavar="WHEN", help="Those that began since then: 7d, 2026-11-20 (default 30d).")
@click.option("--open", "only_open", is_flag=True, help="Those that go on.")
@output_options(*TABLE_FORMATS)
@global_options
def list_(context: Context, since: str | None, only_open: bool, form: str | None, output: Path | None) -> int:
    """List episodes, the newest first: when, what was counted, and who knows of it."""
    from mentionwatch.cli.times import moment

    now = context.env.now()
    begin = now - timedelta(days=30) if since is None else moment(since, now, option="--since")
    with context.store() as store:
        found = [one for one in reversed(store.spikes.since(begin)) if not only_open or one.ended_at is None]
    form = context.form(form, output)
    if form in ("json", "jsonl"):
        import json

        rows = [_row(one) for one in found]
        if form == "json":
            context.deliver(json.dumps({"schema": _SCHEMA, "spikes": rows}, indent=1) + "\n", output)
        else:
            context.deliver("".join(json.dumps(row) + "\n" for row in rows), output)
        return 0
    context.deliver("".join(_line(one, context) + "\n" for one in found), output)
    if not found and context.attended:
        context.say("no episode; they are noticed where a [[notify]] asks for spike")
    return 0


@spike.command(short_help="Say that somebody knows of an episode.")
@click.argument("numbers", nargs=-1, required=True, type=click.IntRange(min=1), metavar="NUMBER...")
@by_option
@global_options
def ack(context: Context, numbers: tuple[int, ...], by: str | None) -> int:
    """Say that somebody knows of these episodes: nobody else is told of them, and what waits to be told is let go.

    The number is that of `spike list`. The next episode is told again.
    """
    from mentionwatch.alerts import spike_key

    name = who(context, by)
    with context.store(write=True) as store, store.writing():
        known = {number: store.spikes.get(number) for number in dict.fromkeys(numbers)}
        if missing := [number for number, one in known.items() if one is None]:
            raise UserError(*(f"{number}: there is no such episode; `mentionwatch spike list`" for number in missing))
        for number, one in known.items():
            assert one is not None
            if one.acked_at is not None:
                context.say(f"{number}: {one.acked_by} knows of it already")
            elif one.ended_at is not None:
                context.say(f"{number}: is over")
            else:
                store.spikes.acknowledge(number, spike_key(one.brand, one.kind, one.began_at), name, context.env.now())
    return 0


def _line(one: Episode, context: Context) -> str:
    from mentionwatch.render.inert import squeezed

    ended = "goes on" if one.ended_at is None else f"until {minute(one.ended_at, context.zone)}"
    knows = "" if one.acked_by is None else f"; {squeezed(one.acked_by, 40)} knows"
    what = "more negative" if one.kind == "negative" else "more than usual"
    began = f"{minute(one.began_at, context.zone)}"
    why = squeezed(str(one.seen.get("why", "")), 200)
    return f"{one.id:>4}  {began}  {squeezed(one.brand, 60)}: {what}, {ended}{knows}\n      {why}"


def _row(one: Episode) -> dict[str, object]:
    from mentionwatch.render.inert import lines
    from mentionwatch.times import optional_stamp

    return {
        "id": one.id,
        "brand": lines(one.brand),
        "kind": one.kind,
        "began_at": optional_stamp(one.began_at),
        "ended_at": optional_stamp(one.ended_at),
        "acked_at": optional_stamp(one.acked_at),
        "acked_by": None if one.acked_by is None else lines(one.acked_by),
        "why": lines(str(one.seen.get("why", ""))),
        "mention": one.seen.get("mention"),
    }
