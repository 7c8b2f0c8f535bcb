"""``brand``: the monitored brands, and how precise their terms are."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options


@click.group(cls=CommandGroup)
def brand() -> None:
    """List the monitored brands, and show how precise their terms are."""


@brand.command("list")
@output_options(*TABLE_FORMATS)
@global_options
def list_(context: Context, form: str | None, output: Path | None) -> int:
    """List the configured brands."""
    from mentionwatch.render.phrases import count

    brands = context.config().brands
    rows = [{"name": b.name, "kind": b.kind, "terms": len(b.terms), "query": b.query} for b in brands]
    text = "\n".join(f"{b.name} ({b.kind}): {b.query or count(len(b.terms), 'term')}" for b in brands)
    context.write_rows("brands", "brands", rows, text or "No brand is configured.", form, output)
    return 0


@brand.command("health", short_help="Show how precise each term is.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@output_options(*TABLE_FORMATS)
@global_options
def health_(context: Context, names: tuple[str, ...], form: str | None, output: Path | None) -> int:
    """Show how precise each term is, by your labels, and what would remove most noise.

    Shares are given from 30 labels on. Sentiment labels are compared with the verdicts. Each clause is measured on the
    stored mentions: noise removed, relevant lost. Nothing is changed; try a clause with `backtest`.
    """
    from mentionwatch.app.brand_health import measure_brands
    from mentionwatch.render.brand_health import agreement_text, health_text

    config = context.optional_config()
    with context.store() as store:
        measured = measure_brands(store, config, names)
    parts = ("\n".join(filter(None, (health_text(one.health), agreement_text(one.sentiment)))) for one in measured)
    rows = [asdict(one.health) | {"sentiment": asdict(one.sentiment)} for one in measured]
    context.write_rows("brand-health", "brands", rows, "\n\n".join(parts) or "No brand is configured.", form, output)
    return 0
