"""``opml``: feeds from and to other readers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options
from mentionwatch.errors import UserError
from mentionwatch.files import read_bytes

#: A longer file is not a list of feeds.
_MAX_BYTES = 20_000_000


@click.group(cls=CommandGroup)
def opml() -> None:
    """Import feeds from another reader's OPML file, or export yours as one."""


@opml.command("import", short_help="Print [[sources]] for the feeds of a file.")
@click.argument("file", metavar="FILE|-")
@click.option("--append", is_flag=True, help="Add them to the configuration instead of printing them.")
@global_options
def import_(context: Context, file: str, append: bool) -> int:
    """Print a [[sources]] entry for every feed of FILE that the configuration does not have yet."""
    from mentionwatch.app.opml import read_new_feeds
    from mentionwatch.files import append_text

    feeds = read_new_feeds(_read(file), context.optional_config())
    if append and feeds.entries:
        append_text(context.config_file(), "\n" + "\n".join(feeds.entries))
    elif feeds.entries:
        context.write("\n".join(feeds.entries))
    context.info(f"{len(feeds.entries)} new feeds, {feeds.known} already configured")
    return 0


@opml.command()
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@global_options
def export(context: Context, output: Path | None) -> int:
    """Print the configured feeds as OPML. A feed whose address is a secret is left out, and named on stderr."""
    from mentionwatch.app.opml import export_feeds

    exported = export_feeds(context.config())
    context.write_output(exported.document, output)
    for name in exported.hidden:
        context.info(f"{name}: its address is a secret, so it is not in the list")
    return 0


def _read(file: str) -> bytes:
    try:
        if file == "-":
            return sys.stdin.buffer.read(_MAX_BYTES)
        return read_bytes(Path(file), _MAX_BYTES)
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror}") from error
