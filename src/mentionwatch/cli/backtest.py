"""``backtest``: what a changed configuration would gain and lose on what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options

if TYPE_CHECKING:
    from mentionwatch.model import Brand, Item
    from mentionwatch.store import Store

_BATCH = 5000


@dataclass(slots=True)
class _Difference:
    """What one brand's new terms change: items gained, and mentions lost with their label."""

    brand: str
    kept: int
    gained: list[Item]
    lost: list[tuple[str, Item, str, str | None]]

    @property
    def lost_relevant(self) -> int:
        return sum(label == "relevant" for _, _, _, label in self.lost)


@click.command()
@click.option("--brand", "brands", multiple=True, metavar="B", help="This brand only; may be repeated.")
@output_options(*TABLE_FORMATS)
@global_options
def backtest(context: Context, brands: tuple[str, ...], form: str | None, output: Path | None) -> int:
    """Say what the terms of a changed configuration (--config NEW) would gain and lose on the stored items.

    Nothing is written. Exits 1 when a mention that was labelled relevant would be lost.
    """
    from mentionwatch.app.brands import select_brands

    config = context.config()
    with context.store() as store, store.reading():
        chosen = select_brands(store, config, brands)
        differences = compare(store, chosen)
    told = "\n".join(line for one in differences for line in _lines(one)) or "No brand is configured."
    context.write_rows("backtest", "brands", [_json(one) for one in differences], told, form, output)
    return 1 if any(one.lost_relevant for one in differences) else 0


def compare(store: Store, brands: tuple[Brand, ...]) -> list[_Difference]:
    """Replay every stored item, and every other version of its words, over the brands' terms."""
    from mentionwatch.query.matcher import compile_brands

    matcher = compile_brands(brands)
    labels = store.triage.labels("relevance")
    before = {brand.name: store.mentions.ids_by_item(brand.name) for brand in brands}
    now: dict[str, set[int]] = {brand.name: set() for brand in brands}
    gained: dict[str, dict[int, Item]] = {brand.name: {} for brand in brands}
    last_item, last_version = store.matching.newest_ids()
    at = 0
    while at < last_item and (batch := store.matching.items_after(at, _BATCH)):
        at = batch[-1].item_id
        for telling in batch:
            for verdict in matcher.matches(telling.item):
                now[verdict.brand].add(telling.item_id)
                if telling.item_id not in before[verdict.brand]:
                    gained[verdict.brand][telling.item_id] = telling.item
    at = 0
    while at < last_version and (batch := store.matching.versions_after(at, _BATCH)):
        at = batch[-1].version_id or last_version
        for telling in batch:
            for verdict in matcher.matches(telling.item):
                now[verdict.brand].add(telling.item_id)
                if telling.item_id not in before[verdict.brand]:
                    gained[verdict.brand].setdefault(telling.item_id, telling.item)
    return [
        _Difference(
            name,
            len(now[name] & known.keys()),
            list(gained[name].values()),
            _lost(store, matcher, name, {item: known[item] for item in known if item not in now[name]}, labels),
        )
        for name, known in before.items()
    ]


def _lost(
    store: Store, matcher: Any, brand: str, mentions: dict[int, str], labels: dict[str, str]
) -> list[tuple[str, Item, str, str | None]]:
    lost = []
    for mention in mentions.values():
        stored = store.items.of_mention(mention)
        assert stored is not None
        reason = next(verdict.reason for verdict in matcher.verdicts(stored.item) if verdict.brand == brand)
        lost.append((mention, stored.item, reason, labels.get(mention)))
    return lost


def _json(one: _Difference) -> dict[str, object]:
    return {
        "brand": one.brand,
        "kept": one.kept,
        "gained": [{"title": item.title, "text": item.text[:300], "url": item.url} for item in one.gained],
        "lost": [
            {"id": mention, "title": item.title, "url": item.url, "reason": reason, "label": label}
            for mention, item, reason, label in one.lost
        ],
        "lost_relevant": one.lost_relevant,
    }


def _lines(one: _Difference) -> list[str]:
    from mentionwatch.render.inert import http_url, squeezed

    marked = f"; of the {len(one.lost)} you had marked {one.lost_relevant} relevant" if one.lost else ""
    lines = [f"{squeezed(one.brand)}: +{len(one.gained)}, −{len(one.lost)}, {one.kept} as before{marked}"]
    lines += [
        f"  + {squeezed(item.title or item.text, 100)}  {http_url(item.url) or ''}".rstrip() for item in one.gained
    ]
    for mention, item, reason, label in one.lost:
        mark = f" [{label}]" if label else ""
        lines.append(f"  − {mention}{mark} {squeezed(item.title or item.text, 100)}: {squeezed(reason)}")
    return lines
