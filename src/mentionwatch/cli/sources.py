"""``sources``: who is asked, and how each stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options

if TYPE_CHECKING:
    from mentionwatch.coverage.habits import Notice
    from mentionwatch.store.sources import SourceState


#: How far back what a source brought is counted.
_WINDOW = timedelta(days=30)


@click.command()
@click.option("--types", is_flag=True, help="Every type of source there is, instead of the configured ones.")
@output_options(*TABLE_FORMATS)
@global_options
def sources(context: Context, types: bool, form: str | None, output: Path | None) -> int:
    """List the configured sources with their state, or with --types every type: what it asks, its options, the account
    it needs, what it cannot see."""
    rows = _types() if types else _configured(context)
    told = "\n\n".join(_type_text(row) for row in rows) if types else _states_text(rows, context)
    context.write_rows("source-types" if types else "sources", "sources", rows, told, form, output)
    return 0


def _types() -> list[dict[str, Any]]:
    from mentionwatch.sources.registry import describe, options, source_type, type_names

    rows = []
    for name in type_names():
        kind = source_type(name)
        about = describe(kind)
        rows.append(
            {
                "type": name,
                "asks": about.asks,
                "account": about.account,
                "cannot_see": about.limitations,
                "options": [
                    {
                        "name": option.name,
                        "required": option.required,
                        "secret": option.secret,
                        "default": option.default if isinstance(option.default, str | int | float | bool) else None,
                        "help": option.help,
                    }
                    for option in options(kind)
                ],
            }
        )
    return rows


def _type_text(row: dict[str, Any]) -> str:
    lines = [f"{row['type']}: {row['asks']}", f"  account:    {row['account']}", f"  cannot see: {row['cannot_see']}"]
    for option in row["options"]:
        marks = [mark for mark in ("required", "secret") if option[mark]]
        default = f" (default {option['default']})" if option["default"] not in (None, "") else ""
        lines.append(f"  {option['name']}{' [' + ', '.join(marks) + ']' if marks else ''}: {option['help']}{default}")
    return "\n".join(lines)


def _configured(context: Context) -> list[dict[str, Any]]:
    from mentionwatch.app.source_states import source_notices
    from mentionwatch.render import wording
    from mentionwatch.times import optional_stamp

    config = context.config(secrets=["sources"])
    rows: dict[str, SourceState] = {}
    unusual: dict[str, tuple[Notice, ...]] = {}
    brought: dict[str, tuple[int, int]] = {}
    now = context.env.now()
    if context.database().exists():
        with context.store() as store:
            rows = store.sources.states()
            unusual = source_notices(store, now)
            brought = store.polls.items_per_source(now - _WINDOW)
    told = []
    for source in config.sources:
        row = rows.get(source.name)
        items, mentions = brought.get(source.name, (0, 0))
        told.append(
            {
                "name": source.name,
                "type": source.source.type,
                "enabled": source.enabled,
                "every_seconds": int(source.every.total_seconds()),
                "state": _state(source.problem, source.enabled, row, context.env.now()),
                "last_asked_at": optional_stamp(row.last_asked_at) if row else None,
                "last_success_at": optional_stamp(row.last_success_at) if row else None,
                "due_at": optional_stamp(row.due_at) if row else None,
                "failures": row.failures if row else 0,
                "error": source.problem or (row.error if row else None),
                "waiting_until": optional_stamp(row.wait_until) if row else None,
                "waiting_for": row.wait_reason if row else None,
                "moved_to": row.moved_to if row else None,
                "note": row.note if row else None,
                # What a platform cannot express is over-fetched and left out here: so much came, so much was kept.
                "new_items_30d": items,
                "mentions_30d": mentions,
                "unusual": [
                    wording.unusual(one, now, context.zone)
                    for one in unusual.get(source.name, ())
                    if one.ended_at is None
                ],
            }
        )
    return told


def _state(problem: str | None, enabled: bool, row: SourceState | None, now: datetime) -> str:
    if not enabled:
        return "off"
    if problem is not None:
        return "failing"
    if row is None or row.last_asked_at is None:
        return "never asked"
    if row.gone_at is not None:
        return "gone"
    if row.failures:
        return "failing"
    if row.wait_until is not None and row.wait_until > now:
        return "waiting"
    return "ok"


def _pause(row: dict[str, Any], context: Context) -> str | None:
    """Until when a source waits, and what for; ``None`` where it does not."""
    if row["state"] != "waiting":
        return None
    until = datetime.fromisoformat(row["waiting_until"]).astimezone(context.zone)
    return f"until {until:%Y-%m-%d %H:%M}: {row['waiting_for'] or 'its platform asked for a pause'}"


def _states_text(rows: list[dict[str, Any]], context: Context) -> str:
    if not rows:
        return "No source is configured."
    from mentionwatch.render.wording import number

    kept = [f"{number(row['mentions_30d'])} of {number(row['new_items_30d'])}" for row in rows]
    most = max(map(len, kept))
    width = max(len(row["name"]) for row in rows)
    kind = max(len(row["type"]) for row in rows)
    lines = []
    for row, share in zip(rows, kept, strict=True):
        asked = row["last_asked_at"]
        when = datetime.fromisoformat(asked).astimezone(context.zone).strftime("%Y-%m-%d %H:%M") if asked else "–"
        more = (
            row["error"]
            or _pause(row, context)
            or (f"moved to {row['moved_to']}" if row["moved_to"] else None)
            or row["note"]
            or ""
        )
        more = "; ".join([*filter(None, [more]), *row["unusual"]])
        stands = f"{row['name']:<{width}}  {row['type']:<{kind}}  {row['state']:<11}  {when:<16}"
        lines.append(f"{stands}  {share:>{most}}  {more}".rstrip())
    lines.append("\nThe figures are the mentions among the new items of the last 30 days.")
    return "\n".join(lines)
