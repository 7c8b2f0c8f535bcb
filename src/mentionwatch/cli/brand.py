"""``brand`` and ``backtest``: the monitored brands, how precise their terms are, and what other terms would change."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options

if TYPE_CHECKING:
    from mentionwatch.app.backtest import BrandDifference


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
@click.option("--judging", is_flag=True, help="Also how well urgency, complaints and sentiment are judged.")
@output_options(*TABLE_FORMATS)
@global_options
def health_(context: Context, names: tuple[str, ...], judging: bool, form: str | None, output: Path | None) -> int:
    """Show how precise each term is, by your labels, and what would remove most noise.

    Shares are given from 30 labels on. Sentiment labels are compared with the verdicts. Each clause is measured on the
    stored mentions: noise removed, relevant lost. Nothing is changed; try a clause with `backtest`.

    --judging gives precision and recall of the verdicts by the labels, and how many alarms (high or urgent) there were
    and how many were taken back: labelled noise, normal or low, lowered by `priority`, or ignored.
    """
    from mentionwatch.app.brand_health import measure_brands
    from mentionwatch.render.brand_health import agreement_text, health_text, judging_json, judging_text

    config = context.optional_config()
    with context.store() as store:
        measured = measure_brands(store, config, names, judging=judging)
    parts = (
        "\n".join(
            filter(
                None,
                (health_text(one.health), agreement_text(one.sentiment), judging_text(one.measures, one.alarms)),
            )
        )
        for one in measured
    )
    rows = [
        asdict(one.health)
        | {"sentiment": asdict(one.sentiment)}
        | ({} if one.alarms is None else {"judging": judging_json(one.measures, one.alarms)})
        for one in measured
    ]
    context.write_rows("brand-health", "brands", rows, "\n\n".join(parts) or "No brand is configured.", form, output)
    return 0


@click.command()
@click.option("--brand", "brands", multiple=True, metavar="B", help="Only this brand (repeatable).")
@output_options(*TABLE_FORMATS)
@global_options
def backtest(context: Context, brands: tuple[str, ...], form: str | None, output: Path | None) -> int:
    """Show which mentions a changed configuration (--config NEW) gains or loses on the stored items.

    Nothing is written. Exits 1 when a mention that was labelled relevant would be lost.
    """
    from mentionwatch.app.backtest import run_backtest
    from mentionwatch.app.brands import select_brands

    config = context.config()
    with context.store() as store, store.reading():
        differences = run_backtest(store, select_brands(store, config, brands))
    text = "\n".join(line for one in differences for line in _lines(one)) or "No brand is configured."
    context.write_rows("backtest", "brands", [_json(one) for one in differences], text, form, output)
    return 1 if any(one.lost_relevant for one in differences) else 0


def _json(one: BrandDifference) -> dict[str, object]:
    return {
        "brand": one.brand,
        "kept": one.kept,
        "gained": [{"title": item.title, "text": item.text[:300], "url": item.url} for item in one.gained],
        "lost": [
            {"id": lost.id, "title": lost.item.title, "url": lost.item.url, "reason": lost.reason, "label": lost.label}
            for lost in one.lost
        ],
        "lost_relevant": one.lost_relevant,
    }


def _lines(one: BrandDifference) -> list[str]:
    from mentionwatch.render.sanitize import http_url, squeezed

    labelled = f"; of the {len(one.lost)} lost, you had labelled {one.lost_relevant} relevant" if one.lost else ""
    lines = [f"{squeezed(one.brand)}: +{len(one.gained)}, −{len(one.lost)}, {one.kept} unchanged{labelled}"]
    lines += [
        f"  + {squeezed(item.title or item.text, 100)}  {http_url(item.url) or ''}".rstrip() for item in one.gained
    ]
    for lost in one.lost:
        label, text = f" [{lost.label}]" if lost.label else "", squeezed(lost.item.title or lost.item.text, 100)
        lines.append(f"  − {lost.id}{label} {text}: {squeezed(lost.reason)}")
    return lines
