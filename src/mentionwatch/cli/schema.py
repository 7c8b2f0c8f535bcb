"""``schema``: what goes in and what comes out, for editors and scripts."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options


@click.command()
@click.argument("what", type=click.Choice(["config", "mention", "digest"]), help="What to describe.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file.")
@global_options
def schema(context: Context, what: str, output: Path | None) -> None:
    """Print the JSON Schema (draft 2020-12) of the configuration, of a mention, or of a digest.

    An editor with a TOML language server completes and checks the configuration when its first line is
    `#:schema ./schema.json` and that file was made by `mentionwatch schema config -o schema.json`.
    """
    if what == "config":
        from mentionwatch.config.sections import config_schema

        document = config_schema()
    else:
        from mentionwatch.render.schema import digest_schema, mention_schema

        document = mention_schema() if what == "mention" else digest_schema()
    context.write_output(json.dumps(document, indent=2) + "\n", output)
