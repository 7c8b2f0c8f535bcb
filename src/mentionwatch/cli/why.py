"""``why``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mentionwatch.app.why import explain_item
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options
from mentionwatch.render.why import render


@click.command()
@click.argument("what", metavar="ID|URL")
@output_options(*TABLE_FORMATS)
@global_options
def why(context: Context, what: str, form: str | None, output: Path | None) -> int:
    """Explain why a page or post was kept, rejected or folded, and which response of which source brought it."""
    with context.store() as store:
        reasons = explain_item(store, context.optional_config(), what)
    if form in ("json", "jsonl"):
        context.write_output(json.dumps(reasons, indent=1 if form == "json" else None), output)
    else:
        context.write_output(render(reasons, context.zone), output)
    return 0
