"""``sources``: which sources are polled, and their state."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options

if TYPE_CHECKING:
    from mentionwatch.app.sources import SourceStatus
    from mentionwatch.sources.registry import Description


@click.command()
@click.option("--types", is_flag=True, help="List every source type, instead of the configured sources.")
@output_options(*TABLE_FORMATS)
@global_options
def sources(context: Context, types: bool, form: str | None, output: Path | None) -> int:
    """List the configured sources with their state, or with --types every type: what it asks, its options, the account
    it needs, what it cannot see."""
    from mentionwatch.app.sources import list_source_types, list_sources

    if types:
        described, problems = list_source_types()
        rows = [_type_json(one) for one in described]
        for problem in problems:
            context.error(problem)
        context.write_rows("source-types", "sources", rows, "\n\n".join(map(_type_text, rows)), form, output)
        return 0
    config, now = context.config(secrets=["sources"], commands=False), context.env.now()
    if context.database().exists():
        with context.store() as store, store.reading():
            statuses = list_sources(store, config, now)
    else:
        statuses = list_sources(None, config, now)
    rows = [_status_json(one, now, context) for one in statuses]
    context.write_rows("sources", "sources", rows, _statuses_text(rows, context), form, output)
    return 0


def _type_json(about: Description) -> dict[str, Any]:
    return {
        "type": about.type,
        "asks": about.asks,
        "account": about.account,
        "cannot_see": about.limitations,
        "experimental": about.experimental,
        "terms": about.terms or None,
        "options": [
            {
                "name": option.name,
                "required": option.required,
                "secret": option.secret,
                "default": option.default if isinstance(option.default, str | int | float | bool) else None,
                "help": option.help,
            }
            for option in about.options
        ],
    }


def _type_text(row: dict[str, Any]) -> str:
    mark = " (experimental)" if row["experimental"] else ""
    lines = [
        f"{row['type']}{mark}: {row['asks']}",
        f"  account:    {row['account']}",
        f"  cannot see: {row['cannot_see']}",
        *([f"  terms:      {row['terms']}"] if row["terms"] else []),
    ]
    for option in row["options"]:
        marks = [mark for mark in ("required", "secret") if option[mark]]
        default = f" (default {option['default']})" if option["default"] not in (None, "") else ""
        lines.append(f"  {option['name']}{' [' + ', '.join(marks) + ']' if marks else ''}: {option['help']}{default}")
    return "\n".join(lines)


def _status_json(status: SourceStatus, now: datetime, context: Context) -> dict[str, Any]:
    from mentionwatch.render.json_fields import json_fields, json_value
    from mentionwatch.render.source_phrases import unusual

    source, stored = status.source, status.stored
    return {
        "name": source.name,
        "type": source.source.type,
        "enabled": source.enabled,
        "every_seconds": int(source.every.total_seconds()),
        "published_interval_seconds": _seconds(status.published_interval),
        "state": status.state,
        **json_fields(stored, "last_asked_at", "last_success_at", "due_at", "failures"),
        "error": source.problem or stored.error,
        "waiting_until": json_value(stored.wait_until),
        "waiting_for": stored.wait_reason,
        **json_fields(stored, "moved_to", "note"),
        "new_items_30d": status.new_items,
        "mentions_30d": status.mentions,
        "unusual": [unusual(notice, now, context.zone) for notice in status.notices],
        "experimental": status.experimental,
    }


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds())


def _statuses_text(rows: list[dict[str, Any]], context: Context) -> str:
    from mentionwatch.render.source_phrases import published_interval

    if not rows:
        return "No source is configured."
    counts = [f"{row['mentions_30d']:,} of {row['new_items_30d']:,}" for row in rows]
    widest = max(map(len, counts))
    name, kind = (max(len(row[key]) for row in rows) for key in ("name", "type"))
    lines = []
    for row, count in zip(rows, counts, strict=True):
        asked = _local(row["last_asked_at"], context) if row["last_asked_at"] else "–"
        moved = f"moved to {row['moved_to']}" if row["moved_to"] else None
        remarks = [
            row["error"] or _pause(row, context) or moved or row["note"],
            published_interval(row["published_interval_seconds"]),
            *row["unusual"],
            "experimental" if row["experimental"] else None,
        ]
        line = f"{row['name']:<{name}}  {row['type']:<{kind}}  {row['state']:<11}  {asked:<16}  {count:>{widest}}"
        lines.append(f"{line}  {'; '.join(filter(None, remarks))}".rstrip())
    lines.append("\nThe counts are the mentions among the new items of the last 30 days.")
    return "\n".join(lines)


def _pause(row: dict[str, Any], context: Context) -> str | None:
    """Until when a source waits, and for what; ``None`` where it does not."""
    if row["state"] != "waiting":
        return None
    return f"until {_local(row['waiting_until'], context)}: {row['waiting_for'] or 'its platform asked for a pause'}"


def _local(stamp: str, context: Context) -> str:
    return f"{datetime.fromisoformat(stamp).astimezone(context.zone):%Y-%m-%d %H:%M}"
