"""``deliveries``: what was mailed, what still waits, and another try."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from mentionwatch.cli.options import Session, global_options

if TYPE_CHECKING:
    from mentionwatch.store.deliveries import DeliveryRow


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "as_json", is_flag=True, help="One document.")
@click.option("--limit", type=click.IntRange(min=1), default=20, help="At most so many (default 20).")
@click.pass_context
def deliveries(ctx: click.Context, as_json: bool, limit: int) -> None:
    """List the digests that were mailed or wait to be."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, as_json=as_json, limit=limit)


@deliveries.command("list")
@click.option("--json", "as_json", is_flag=True, help="One document.")
@click.option("--limit", type=click.IntRange(min=1), default=20, help="At most so many (default 20).")
@global_options
def list_(session: Session, as_json: bool, limit: int) -> int:
    """List them, the newest first."""
    with session.store() as store:
        rows = store.deliveries(limit=limit)
    if as_json:
        session.write(json.dumps({"deliveries": [_json(row) for row in rows]}, indent=1))
    else:
        session.write("\n".join(_line(row, session) for row in rows) if rows else "No digest was mailed yet.")
    return 0


def _json(row: DeliveryRow) -> dict[str, Any]:
    from mentionwatch.store.rows import maybe_stamp, stamp

    return {
        "id": row.id,
        "digest": row.digest,
        "message_id": row.message_id,
        "subject": row.subject,
        "created_at": stamp(row.created_at),
        "state": row.state,
        "attempts": row.attempts,
        "mentions": row.mentions,
        "next_try_at": maybe_stamp(row.next_try_at),
        "settled_at": maybe_stamp(row.settled_at),
        "last_error": row.last_error,
        "recipients": [{"address": one.address, "state": one.state, "detail": one.detail} for one in row.recipients],
    }


def _line(row: DeliveryRow, session: Session) -> str:
    when = row.created_at.astimezone(session.zone).strftime("%Y-%m-%d %H:%M")
    to = ", ".join(f"{one.address} ({one.state})" for one in row.recipients)
    error = f"\n     {row.last_error}" if row.last_error else ""
    return f"{row.id:>4}  {when}  {row.state:<8} {row.digest}: {row.mentions} mentions to {to}{error}"


@deliveries.command()
@global_options
def retry(session: Session) -> int:
    """Try at once what waits, whatever the backoff says."""
    from contextlib import closing

    from mentionwatch.cli.mail import send_pending
    from mentionwatch.store.lock import mail_lock

    with closing(mail_lock(session.database())), session.store(write=True) as store:
        return send_pending(session, store)
