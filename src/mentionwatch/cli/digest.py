"""``digest``: print, save or e-mail a digest of mentions."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from mentionwatch.app.deadlines import TriageFilter
from mentionwatch.app.digest import Digest, DigestRequest, build_digest
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import optional_time_option, output_options, triage_options

FORMATS = ("terminal", "text", "markdown", "html", "json", "jsonl", "csv", "atom")
#: These declare that they are UTF-8, or are read as such, whatever the locale.
_ALWAYS_UTF8 = ("html", "atom", "csv")
#: These give every mention with its text, piece by piece; the others what fits on a page.
_EVERY_MENTION = ("json", "jsonl", "csv", "atom")


@click.command()
@click.argument("name", required=False)
@click.option("--since", metavar="WHEN", help="Since this time: 1d, 2h30m, today, 2026-11-20 (default 1d).")
@click.option("--until", metavar="WHEN", help="Until this time (default now).")
@click.option("--brand", "brands", multiple=True, metavar="B", help="Only this brand (repeatable).")
@click.option("--new", is_flag=True, help="Only mentions that no delivered digest contained.")
@triage_options
@output_options(*FORMATS)
@click.option("--email", is_flag=True, help="E-mail what no earlier digest contained; each digest is sent once.")
@click.option("--to", "to", multiple=True, metavar="A", help="With --email: to this address instead.")
@click.option("--as-of", metavar="WHEN", help="Print what this command would have printed at this time.")
@click.option("--dry-run", is_flag=True, help="With --email: show what would be sent, and send nothing.")
@global_options
def digest(
    context: Context,
    name: str | None,
    since: str | None,
    until: str | None,
    brands: tuple[str, ...],
    new: bool,
    statuses: tuple[str, ...],
    assignees: tuple[str, ...],
    overdue: bool,
    urgencies: tuple[str, ...],
    form: str | None,
    output: Path | None,
    email: bool,
    to: tuple[str, ...],
    as_of: str | None,
    dry_run: bool,
) -> int:
    """Print, save or e-mail a digest of mentions: by brand, then by story, the most important first.

    NAME is a digest of the configuration, with its brands and recipients.
    """
    only = TriageFilter(statuses, assignees, urgencies, overdue)
    now = optional_time_option(as_of, context.env.now(), option="--as-of") or context.env.now()
    request = DigestRequest(
        name=name,
        since=optional_time_option(since, now, option="--since"),
        until=optional_time_option(until, now, option="--until", future=True),
        brands=brands,
        new=new,
        only=only,
        as_of=None if as_of is None else now,
    )
    if email:
        if as_of is not None or until is not None:
            raise click.UsageError("--email sends what is pending now; it does not go with --as-of or --until")
        if only:
            raise click.UsageError("--email sends all that is pending: no --status, --assignee, --urgency or --overdue")
        if not dry_run and (form is not None or output is not None):
            raise click.UsageError("--email sends text and HTML; -f and -o go with its --dry-run")
        return (
            _preview(context, request, to, context.output_format(form, output), output)
            if dry_run
            else _mail(context, request, to)
        )
    if to:
        raise click.UsageError("--to goes with --email")
    form = context.output_format(form, output)
    if form in _ALWAYS_UTF8 and output is None:
        context.write_utf8()
    with context.store() as store, store.reading():
        config = context.config() if overdue or context.has_config() else None
        built = build_digest(store, config, request, now, with_text=form not in _EVERY_MENTION)
        if form in _EVERY_MENTION:
            context.write_parts(import_module(f"mentionwatch.render.{form}").parts(built), output)
            return 0
    context.write_output(_rendered(context, built, form), output)
    return 0


def _preview(context: Context, request: DigestRequest, to: tuple[str, ...], form: str, output: Path | None) -> int:
    from mentionwatch.app.mail import pending_digests

    shown = []
    with context.store() as store:
        for pending in pending_digests(store, context.config(), request, to, context.env.now()):
            context.info(f"would be mailed to {', '.join(pending.to)}:")
            shown.append(_rendered(context, pending.digest, form))
    context.write_output("\n".join(shown), output)
    return 0


def _mail(context: Context, request: DigestRequest, to: tuple[str, ...]) -> int:
    from mentionwatch.app.mail import mail_digests
    from mentionwatch.cli.delivery_reports import report_deliveries

    config = context.config(secrets=["smtp"])
    with context.store(write=True) as store:
        result = mail_digests(store, config, request, to, context.installation())
    if context.attended:
        for ledger in result.unchanged:
            context.info(f"{ledger}: nothing new, so no mail")
    return report_deliveries(context, result.sent)


def _rendered(context: Context, built: Digest, form: str) -> str:
    render = import_module(f"mentionwatch.render.{form}").render
    if form == "terminal":
        text = render(built, width=context.width, color=context.color, zone=context.zone)
    elif form in ("text", "markdown", "html"):
        text = render(built, zone=context.zone)
    else:
        text = render(built)
    assert isinstance(text, str)
    return text
