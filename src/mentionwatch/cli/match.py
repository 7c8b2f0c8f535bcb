"""``match``: what the terms make of a text, without asking or storing anything."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.errors import UserError

if TYPE_CHECKING:
    from mentionwatch.match import Matcher
    from mentionwatch.model import BrandMatch, Item


@click.command()
@click.argument("text", metavar="TEXT|-")
@click.option("--title", help="The title that goes with TEXT.")
@click.option("--url", help="The address that goes with TEXT.")
@click.option("--author", help="Who said TEXT.")
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
    """Say what the configured terms make of TEXT.

    With - each line of standard input is an item in JSON (title, text, url, links, author, language, all optional)
    and is written back with its matches, each naming its brand; other keys pass through.
    """
    if as_json and as_jsonl:
        raise click.UsageError("one format at a time: json or jsonl")
    if text == "-" and (as_json or not (title is url is author is None)):
        raise click.UsageError("- reads and writes JSON Lines, in which each item says its own title, url and author")
    from mentionwatch.query.matcher import compile_brands

    matcher = compile_brands(context.config().brands)
    if text == "-":
        if sys.stdin.isatty():
            raise click.UsageError("- reads JSON Lines from standard input, and that is a terminal")
        for line in _answers(sys.stdin.buffer, matcher):
            context.write(line)
        return 0
    given = {"title": title, "text": text, "url": url, "author": author}
    item = read_item({key: value for key, value in given.items() if value is not None}, "TEXT")
    verdicts = matcher.verdicts(item)
    if as_json or as_jsonl:
        document = {**given, "matches": [found for verdict in verdicts for found in matches_json(verdict)]}
        context.write(json.dumps(document, indent=1 if as_json else None))
    else:
        context.write(_told(verdicts))
    return 0


def _answers(lines: Iterable[bytes], matcher: Matcher) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        given = _object(line, number)
        item = read_item(given, f"line {number}")
        # Offsets are into the fields as written back: without what no text of ours may hold.
        given.update({key: said for key in ("title", "text") if given.get(key) and (said := getattr(item, key))})
        given["matches"] = [found for verdict in matcher.matches(item) for found in matches_json(verdict)]
        yield json.dumps(given)


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        given = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UserError(f"line {number}: not UTF-8 ({error.reason})") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"line {number}: not JSON: {error}") from error
    if not isinstance(given, dict):
        raise UserError(f'line {number}: an object was expected, such as {{"text": "…"}}')
    return given


def read_item(given: dict[str, Any], where: str) -> Item:
    """The item that a JSON object describes; raises :class:`UserError` naming ``where`` for a key of the wrong type."""
    from mentionwatch.model import Author, Item
    from mentionwatch.text import clean

    def text(key: str) -> str | None:
        value = given.get(key)
        if value is not None and not isinstance(value, str):
            raise UserError(f"{where}: {key}: text was expected")
        return None if value is None else clean(value)

    links = given.get("links") or ()
    if not isinstance(links, list | tuple) or not all(isinstance(link, str) for link in links):
        raise UserError(f"{where}: links: a list of addresses was expected")
    author = given.get("author")
    if isinstance(author, dict):
        parts = {key: author.get(key) for key in ("name", "handle", "url")}
        if any(value is not None and not isinstance(value, str) for value in parts.values()):
            raise UserError(f"{where}: author: name, handle and url are text")
        who = Author(**parts)
    else:
        said = text("author")
        who = Author(name=said, handle=said)
    return Item(
        platform=text("platform") or "feed",
        kind="post",
        url=text("url") or None,
        title=text("title") or None,
        text=text("text") or "",
        language=text("language") or None,
        author=who,
        links=tuple(clean(link) for link in links),
    )


def matches_json(verdict: BrandMatch) -> list[dict[str, object]]:
    """A verdict's matches under the contract's names, each naming its brand."""
    return [
        {
            "brand": verdict.brand,
            "term": found.term,
            "kind": found.kind,
            "field": found.field,
            "start": found.start,
            "end": found.end,
            "text": found.text,
        }
        for found in verdict.matches
    ]


def _told(verdicts: tuple[BrandMatch, ...]) -> str:
    from mentionwatch.render.inert import squeezed

    if not verdicts:
        return "No brand is configured."
    lines = []
    for verdict in verdicts:
        sign = "+" if verdict.matches else "-"
        own = " (our own post)" if verdict.own else ""
        lines.append(f"{sign} {squeezed(verdict.brand)}: {squeezed(verdict.reason)}{own}")
        lines += [
            f"    {squeezed(found.text, 60)!r} in {found.field} at {found.start}-{found.end}:"
            f" {found.kind} {squeezed(found.term, 60)!r}"
            for found in verdict.matches
        ]
    return "\n".join(lines)
