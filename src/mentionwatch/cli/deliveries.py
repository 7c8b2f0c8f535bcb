"""``deliveries``: list the digests and alerts that were sent or wait to be, and retry those that wait."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from mentionwatch.app.deliveries import AlertRow, DeliveryRow, list_deliveries
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options
from mentionwatch.render.json_fields import json_fields
from mentionwatch.times import minute


@click.group(cls=CommandGroup, default="list")
def deliveries() -> None:
    """List the digests and alerts that were sent or wait to be; retry those that wait."""


@deliveries.command("list")
@output_options(*TABLE_FORMATS)
@click.option("--limit", type=click.IntRange(min=1), default=20, help="At most this many (default 20).")
@global_options
def list_(context: Context, form: str | None, output: Path | None, limit: int) -> int:
    """List them, the newest first: the digests, then the alerts."""
    with context.store() as store:
        log = list_deliveries(store, limit)
    mailed, alerted = [_json(row) for row in log.mails], [_alert_json(row) for row in log.alerts]
    if form == "json":
        document = {
            "schema": "mentionwatch.deliveries/1",
            "deliveries": mailed,
            "alerts": alerted,
            "held": dict(log.held),
        }
        text = json.dumps(document, indent=1)
    elif form == "jsonl":
        lines = [{"record": "digest", **one} for one in mailed] + [{"record": "alert", **one} for one in alerted]
        text = "".join(json.dumps(line) + "\n" for line in lines)
    else:
        shown = [_line(row, context) for row in log.mails] or ["No digest was mailed yet."]
        shown += [_alert_line(row, context) for row in log.alerts]
        shown += [f"alert {name}: {count} held for the next message" for name, count in log.held.items()]
        text = "\n".join(shown)
    context.write_output(text, output)
    return 0


def _alert_json(row: AlertRow) -> dict[str, Any]:
    shown = ("notify", "title", "created_at", "state", "attempts", "events", "next_try_at", "settled_at", "last_error")
    return {"id": row.uid, **json_fields(row, *shown)}


def _alert_line(row: AlertRow, context: Context) -> str:
    when = minute(row.created_at, context.zone)
    error = f"\n     {row.last_error}" if row.last_error else ""
    return f"alert {when}  {row.state:<8} {row.notify}: {row.title}{error}"


def _json(row: DeliveryRow) -> dict[str, Any]:
    return {
        **json_fields(row, "id", "digest", "message_id", "subject", "created_at", "state", "attempts", "mentions"),
        **json_fields(row, "next_try_at", "settled_at", "last_error"),
        "recipients": [json_fields(one, "address", "state", "detail") for one in row.recipients],
    }


def _line(row: DeliveryRow, context: Context) -> str:
    when = minute(row.created_at, context.zone)
    to = ", ".join(f"{one.address} ({one.state})" for one in row.recipients)
    error = f"\n     {row.last_error}" if row.last_error else ""
    return f"{row.id:>4}  {when}  {row.state:<8} {row.digest}: {row.mentions} mentions to {to}{error}"


@deliveries.command(short_help="Retry pending deliveries now.")
@global_options
def retry(context: Context) -> int:
    """Retry now what waits, whatever its backoff says; alerts in quiet hours are not sent."""
    from mentionwatch.app.alerts import retry_deliveries
    from mentionwatch.cli.delivery_reports import report_deliveries

    config = context.config(secrets=["smtp", "notify"])
    with context.store(write=True) as store:
        sent = retry_deliveries(store, config, context.installation())
    return report_deliveries(context, sent)
