"""``opml``: feeds from and to other readers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options
from mentionwatch.errors import UserError
from mentionwatch.files import append_text

#: A list of feeds longer than this is no list of feeds.
_MOST_BYTES = 20_000_000


@click.group(cls=CommandGroup)
def opml() -> None:
    """Take feeds from an OPML file of another reader, or give ours as one."""


@opml.command("import", short_help="Print [[sources]] for the feeds of a file.")
@click.argument("file", metavar="FILE|-")
@click.option("--append", is_flag=True, help="Add them to the configuration instead of printing them.")
@global_options
def import_(context: Context, file: str, append: bool) -> int:
    """Print a [[sources]] entry for every feed of FILE that the configuration does not have yet."""
    from mentionwatch.config.opml import parse_opml
    from mentionwatch.config.starter import toml_string

    found = parse_opml(_bytes(file))
    known = _feeds(context)
    names = {source.name for source in context.config().sources} if context.has_config() else set[str]()
    blocks = []
    for feed in found:
        if feed.url in known:
            continue
        name, n = feed.name, 2
        while name in names:
            name, n = f"{feed.name} {n}", n + 1
        names.add(name)
        blocks.append(f'[[sources]]\ntype = "feed"\nname = {toml_string(name)}\nurl  = {toml_string(feed.url)}\n')
    if append and blocks:
        path = context.config_file()
        append_text(path, "\n" + "\n".join(blocks))
    elif blocks:
        context.write("\n".join(blocks))
    context.info(f"{len(blocks)} new feeds, {len(found) - len(blocks)} there already")
    return 0


@opml.command()
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@global_options
def export(context: Context, output: Path | None) -> int:
    """Print the configured feeds as OPML. A feed whose address is a secret is left out, and named on stderr."""
    from mentionwatch.config.opml import FeedOutline, format_opml

    feeds = _feeds(context)
    context.write_output(format_opml(FeedOutline(name, url) for url, name in feeds.items()), output)
    hidden = [s.name for s in context.config().sources if s.source.type == "feed" and s.name not in feeds.values()]
    for name in hidden:
        context.info(f"{name}: its address is a secret, so it is not in the list")
    return 0


def _feeds(context: Context) -> dict[str, str]:
    """Address → name of the configured feeds whose address is no secret."""
    if not context.has_config():
        return {}
    urls = {source.name: getattr(source.source, "url", None) for source in context.config().sources}
    kinds = {source.name: source.source.type for source in context.config().sources}
    return {url: name for name, url in urls.items() if isinstance(url, str) and kinds[name] == "feed"}


def _bytes(file: str) -> bytes:
    try:
        if file == "-":
            return sys.stdin.buffer.read(_MOST_BYTES)
        with Path(file).open("rb") as opened:
            return opened.read(_MOST_BYTES)
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror}") from error
