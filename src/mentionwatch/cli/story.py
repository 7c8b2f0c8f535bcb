"""``story``: what several mentions tell, and a word on what belongs together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mentionwatch.app.ids import find_mention, find_story
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options
from mentionwatch.errors import UserError

if TYPE_CHECKING:
    from mentionwatch.model import Mention


@click.group(cls=CommandGroup)
def story() -> None:
    """Show a story, or say that two are one, or that a mention is none of it."""


#: Tellings that are shown of a story where nobody says how many.
_SHOWN = 50


class _Limit(click.ParamType[int]):
    """A number from 1 on, or ``all``, which is 0."""

    name = "limit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "all":
            return 0
        if not str(value).isdecimal() or not 0 < int(value) < 1 << 63:
            self.fail(f"{value}: neither a number from 1 on nor 'all'", param, ctx)
        return int(value)


@story.command(short_help="Show the tellings of a story.")
@click.argument("id_", metavar="ID")
@click.option(
    "--limit", type=_Limit(), metavar="N|all", help=f"At most so many (default {_SHOWN}; all in JSON and JSON Lines)."
)
@output_options(*TABLE_FORMATS)
@global_options
def show(context: Context, id_: str, limit: int | None, form: str | None, output: Path | None) -> int:
    """Show the tellings of a story (s_…, or a mention of it), the first one first, and what the others changed."""
    every = form in ("json", "jsonl")
    most = (None if every else _SHOWN) if limit is None else limit or None
    with context.store() as store, store.reading():
        name = find_story(store, id_)
        ids = store.stories.mention_ids(name, most)
        if every:
            from mentionwatch.render import json, jsonl

            told = store.mentions.by_ids(ids)
            context.write_parts(jsonl.mentions_parts(told) if form == "jsonl" else json.mentions_parts(told), output)
            return 0
        size, reasons = store.stories.size(name), store.stories.reasons(ids)
        read = tuple(store.mentions.by_ids(ids))
    context.write_output(_told(name, read, size, reasons, context), output)
    return 0


def _told(name: str, told: tuple[Mention, ...], size: int, reasons: dict[str, str | None], context: Context) -> str:
    from mentionwatch.digest import told_at
    from mentionwatch.render.inert import http_url, squeezed
    from mentionwatch.render.wording import count, number
    from mentionwatch.stories import differences
    from mentionwatch.times import in_zone

    leader = next((mention for mention in told if reasons[mention.id] is None), told[0] if told else None)
    lines = [f"story {name}: {count(size, 'mention')}"]
    if leader is not None and len(told) > 1:
        of = f"of the first {len(told)}: " if size > len(told) else ""
        lines.append(f"  {of}{differences(leader.item, [m.item for m in told if m is not leader])}")
    for mention in told:
        reason = reasons[mention.id] or "first telling"
        words = squeezed(mention.item.title or mention.item.text, 100)
        lines.append(f"  {in_zone(told_at(mention), context.zone):%Y-%m-%d %H:%M}  {mention.id}  {words}")
        lines.append(f"      {squeezed(reason)}  {http_url(mention.item.url) or ''}".rstrip())
    if size > len(told):
        lines.append(f"  and {number(size - len(told))} more; `--limit all` shows them all")
    return "\n".join(lines)


@story.command(short_help="Say that stories are one.")
@click.argument("into", metavar="INTO")
@click.argument("others", metavar="OTHER...", nargs=-1, required=True)
@global_options
def merge(context: Context, into: str, others: tuple[str, ...]) -> int:
    """Say that stories are one: OTHER is told under INTO from now on. Later scans keep to it."""
    with context.store(write=True) as store:
        first = find_story(store, into)
        names = [find_story(store, other) for other in others]
        brands = {store.stories.brand_of(name) for name in (first, *names)}
        if len(brands) > 1:
            raise UserError(f"stories of different brands cannot be one: {', '.join(sorted(brands))}")
        for name in names:
            if name != first:
                store.stories.merge(first, name, context.env.now())
    return 0


@story.command(short_help="Say that mentions are none of their story.")
@click.argument("ids", metavar="MENTION...", nargs=-1, required=True)
@global_options
def split(context: Context, ids: tuple[str, ...]) -> int:
    """Say that mentions are none of the story they were folded into: each tells its own from now on."""
    from mentionwatch.identity import story_id
    from mentionwatch.stories import telling

    with context.store(write=True) as store:
        for one in ids:
            whole = find_mention(store, one)
            there, stored = store.stories.of_mention(whole), store.items.of_mention(whole)
            assert there is not None
            assert stored is not None
            name = story_id(there[1], stored.identity)
            if name == there[0]:
                raise UserError(f"{one}: it told this story first; split the others from it instead")
            published = stored.item.published_at
            at = stored.first_seen_at if published is None else min(published, stored.first_seen_at)
            told = telling(whole, at, stored.item)
            store.stories.split(
                whole, name, at, told.dump(), sketch=told.sketch, addresses=told.addresses, now=context.env.now()
            )
    return 0
