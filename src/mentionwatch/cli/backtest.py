"""``backtest``: what a changed configuration would gain and lose on what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options

if TYPE_CHECKING:
    from mentionwatch.app.backtest import BrandDifference


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
