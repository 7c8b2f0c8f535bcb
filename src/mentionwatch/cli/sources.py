"""``sources`` and ``coverage``: who is asked, and what could not be seen."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mentionwatch.cli.options import Session, global_options
from mentionwatch.cli.times import moment

if TYPE_CHECKING:
    from mentionwatch.store.polls import Poll, SourceRow


@click.command()
@click.option("--types", is_flag=True, help="Every type of source there is, instead of the configured ones.")
@click.option("--json", "as_json", is_flag=True, help="One document.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="A line each.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@global_options
def sources(session: Session, types: bool, as_json: bool, as_jsonl: bool, output: Path | None) -> int:
    """List the configured sources with their state, or with --types every type: what it asks, its options, the account
    it needs, what it cannot see."""
    rows = _types() if types else _configured(session)
    if as_json:
        text = json.dumps({"sources": rows}, indent=1)
    elif as_jsonl:
        text = "".join(json.dumps(row) + "\n" for row in rows)
    else:
        text = "\n\n".join(_type_text(row) for row in rows) if types else _states_text(rows, session)
    session.deliver(text, output)
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
                "cannot_see": about.blind,
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


def _configured(session: Session) -> list[dict[str, Any]]:
    from mentionwatch.store.rows import maybe_stamp

    config = session.config(secrets=["sources"])
    rows: dict[str, SourceRow] = {}
    if session.database().exists():
        with session.store() as store:
            rows = store.source_rows()
    told = []
    for source in config.sources:
        row = rows.get(source.name)
        told.append(
            {
                "name": source.name,
                "type": source.source.type,
                "enabled": source.enabled,
                "every_seconds": int(source.every.total_seconds()),
                "state": _state(source.problem, source.enabled, row, session.env.now()),
                "last_asked_at": maybe_stamp(row.last_asked_at) if row else None,
                "last_success_at": maybe_stamp(row.last_success_at) if row else None,
                "due_at": maybe_stamp(row.due_at) if row else None,
                "failures": row.failures if row else 0,
                "error": source.problem or (row.error if row else None),
                "waiting_until": maybe_stamp(row.wait_until) if row else None,
                "moved_to": row.moved_to if row else None,
                "note": row.note if row else None,
            }
        )
    return told


def _state(problem: str | None, enabled: bool, row: SourceRow | None, now: datetime) -> str:
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


def _states_text(rows: list[dict[str, Any]], session: Session) -> str:
    if not rows:
        return "No source is configured."
    width = max(len(row["name"]) for row in rows)
    kind = max(len(row["type"]) for row in rows)
    lines = []
    for row in rows:
        asked = row["last_asked_at"]
        when = datetime.fromisoformat(asked).astimezone(session.zone).strftime("%Y-%m-%d %H:%M") if asked else "–"
        more = row["error"] or (f"moved to {row['moved_to']}" if row["moved_to"] else None) or row["note"] or ""
        lines.append(f"{row['name']:<{width}}  {row['type']:<{kind}}  {row['state']:<11}  {when:<16}  {more}".rstrip())
    return "\n".join(lines)


@click.command()
@click.option("--since", default="1d", metavar="WHEN", help="From then on (default 1d).")
@click.option("--json", "as_json", is_flag=True, help="One document.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="An interval a line.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@global_options
def coverage(session: Session, since: str, as_json: bool, as_jsonl: bool, output: Path | None) -> int:
    """Say per source what was watched, what was cut off, and what failed."""
    now = session.env.now()
    start = moment(since, now, option="--since")
    with session.store() as store:
        polls = store.polls(start, now)
        names = list(store.source_rows())
    if session.has_config():
        names = [source.name for source in session.config().sources if source.enabled] + names
    names = list(dict.fromkeys(names))
    if as_json or as_jsonl:
        intervals = [_interval(poll) for poll in polls]
        if as_jsonl:
            text = "".join(json.dumps(one) + "\n" for one in intervals)
        else:
            document = {
                "schema": "mentionwatch.coverage/1",
                "sources": [
                    {"source": name, "intervals": [one for one in intervals if one["source"] == name]} for name in names
                ],
            }
            text = json.dumps(document, indent=1)
    else:
        text = _strip(names, polls, start, now, session)
    session.deliver(text, output)
    return 0


def _interval(poll: Poll) -> dict[str, Any]:
    from mentionwatch.store.rows import maybe_stamp, stamp

    return {
        "source": poll.source,
        "question": poll.question,
        "outcome": poll.outcome,
        "from": stamp(poll.first_at),
        "to": stamp(poll.last_at),
        "polls": poll.times,
        "items": poll.items,
        "new_items": poll.new_items,
        "status": poll.status,
        "error_code": poll.error_code,
        "error": poll.error,
        "gap_from": maybe_stamp(poll.gap_from),
        "gap_to": maybe_stamp(poll.gap_to),
    }


_SIGNS = {"answered": "█", "unchanged": "█", "truncated": "▒", "waiting": "░", "failed": "×"}
#: What outweighs what where several polls fall into one column of the strip.
_WEIGHT = {"unchanged": 0, "answered": 1, "waiting": 2, "truncated": 3, "failed": 4}


def _strip(names: list[str], polls: tuple[Poll, ...], start: datetime, now: datetime, session: Session) -> str:
    if not names:
        return "No source was ever asked."
    width = max(len(name) for name in names)
    columns = max(12, min(48, session.width - width - 30))
    step = (now - start) / columns
    lines = []
    for name in names:
        own = [poll for poll in polls if poll.source == name]
        cells: list[str] = []
        for n in range(columns):
            first, last = start + n * step, now if n == columns - 1 else start + (n + 1) * step
            here = [poll.outcome for poll in own if poll.first_at <= last and poll.last_at >= first]
            cells.append(_SIGNS[max(here, key=_WEIGHT.__getitem__)] if here else "·")
        asked = sum(poll.times for poll in own)
        failed = sum(poll.times for poll in own if poll.outcome == "failed")
        new = sum(poll.new_items for poll in own)
        said = f"{asked} asked, {new} new" + (f", {failed} failed" if failed else "")
        lines.append(f"{name:<{width}}  {''.join(cells)}  {said}")
    lines.append("")
    lines.append("█ watched  ▒ cut off: more was there  ░ waiting  × failed  · not asked")
    return "\n".join(lines)
