"""``match``: what the terms match in a text."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options

if TYPE_CHECKING:
    from mentionwatch.model import BrandMatch


@click.command()
@click.argument("text", metavar="TEXT|-")
@click.option("--title", help="The title that goes with TEXT.")
@click.option("--url", help="The address that goes with TEXT.")
@click.option("--author", help="The author of TEXT.")
@click.option("--json", "as_json", is_flag=True, help="One document.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="One line.")
@global_options
def match(
    context: Context,
    text: str,
    title: str | None,
    url: str | None,
    author: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> int:
    """Test which of the configured terms match TEXT.

    With - each line of standard input is an item in JSON (title, text, url, links, author, language, all optional)
    and is written back with its matches, each naming its brand; other keys pass through.
    """
    if as_json and as_jsonl:
        raise click.UsageError("one format at a time: json or jsonl")
    if text == "-" and (as_json or not (title is url is author is None)):
        raise click.UsageError("- reads and writes JSON Lines, in which each item has its own title, url and author")
    from mentionwatch.app.match import match_item, match_lines

    brands = context.config().brands
    if text == "-":
        if sys.stdin.isatty():
            raise click.UsageError("- reads JSON Lines from standard input, and that is a terminal")
        for item, found in match_lines(sys.stdin.buffer, brands):
            context.write(json.dumps(item | {"matches": _matches_json(found)}))
        return 0
    given = {"title": title, "text": text, "url": url, "author": author}
    matches = match_item(given, brands)
    if as_json or as_jsonl:
        context.write(json.dumps(given | {"matches": _matches_json(matches)}, indent=1 if as_json else None))
    else:
        context.write(_text(matches))
    return 0


def _matches_json(brands: Iterable[BrandMatch]) -> list[dict[str, object]]:
    """The matches under the contract's names, each naming its brand."""
    return [{"brand": brand.brand, **asdict(found)} for brand in brands for found in brand.matches]


def _text(brands: tuple[BrandMatch, ...]) -> str:
    from mentionwatch.render.sanitize import squeezed

    if not brands:
        return "No brand is configured."
    lines = []
    for brand in brands:
        sign = "+" if brand.matches else "-"
        own = " (our own post)" if brand.own else ""
        lines.append(f"{sign} {squeezed(brand.brand)}: {squeezed(brand.reason)}{own}")
        lines += [
            f"    {squeezed(found.text, 60)!r} in {found.field} at {found.start}-{found.end}:"
            f" {found.kind} {squeezed(found.term, 60)!r}"
            for found in brand.matches
        ]
    return "\n".join(lines)
