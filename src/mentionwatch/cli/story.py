"""``story``: show, merge or split stories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mentionwatch.app.stories import merge_stories, show_story, split_story
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options

#: How many mentions of a story are shown unless --limit says otherwise.
_DEFAULT_LIMIT = 50


@click.group(cls=CommandGroup)
def story() -> None:
    """Show, merge or split stories."""


class _Limit(click.ParamType[int]):
    """A number from 1 on, or ``all``, which is 0."""

    name = "limit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "all":
            return 0
        if not str(value).isdecimal() or not 0 < int(value) < 1 << 63:
            self.fail(f"{value}: is neither a number from 1 on nor 'all'", param, ctx)
        return int(value)


@story.command(short_help="Show the mentions of a story.")
@click.argument("id_", metavar="ID")
@click.option(
    "--limit", type=_Limit(), metavar="N|all", help=f"At most N (default {_DEFAULT_LIMIT}; all in JSON and JSON Lines)."
)
@output_options(*TABLE_FORMATS)
@global_options
def show(context: Context, id_: str, limit: int | None, form: str | None, output: Path | None) -> int:
    """Show the mentions of a story (s_…, or a mention of it), the first one first, and how the others differ."""
    default = None if form in ("json", "jsonl") else _DEFAULT_LIMIT
    with context.store() as store, store.reading():
        found = show_story(store, id_, default if limit is None else limit or None)
        if form == "json":
            from mentionwatch.render import json

            context.write_parts(json.mentions_parts(found.mentions), output)
        elif form == "jsonl":
            from mentionwatch.render import jsonl

            context.write_parts(jsonl.mentions_parts(found.mentions), output)
        else:
            from mentionwatch.render.story import render

            text = render(found.id, tuple(found.mentions), found.size, found.reasons, zone=context.zone)
            context.write_output(text, output)
    return 0


@story.command(short_help="Merge stories.")
@click.argument("into", metavar="INTO")
@click.argument("others", metavar="OTHER...", nargs=-1, required=True)
@global_options
def merge(context: Context, into: str, others: tuple[str, ...]) -> int:
    """Merge the stories OTHER into INTO. Later scans keep to it."""
    with context.store(write=True) as store:
        merge_stories(store, into, others, context.env.now())
    return 0


@story.command(short_help="Split mentions off their story.")
@click.argument("ids", metavar="MENTION...", nargs=-1, required=True)
@global_options
def split(context: Context, ids: tuple[str, ...]) -> int:
    """Split mentions off their story: each becomes a story of its own. Later scans keep to it."""
    with context.store(write=True) as store:
        split_story(store, ids, context.env.now())
    return 0
