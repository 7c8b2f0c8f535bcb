"""``scan``: poll the sources that are due and keep what is new."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import Duration

if TYPE_CHECKING:
    from mentionwatch.app.scan import ScanRequest
    from mentionwatch.config import Config


@click.command()
@click.option("--source", "only", multiple=True, metavar="NAME", help="Poll only this source (repeatable).")
@click.option("--force", is_flag=True, help="Poll now even if not due; never before a platform's own limit is over.")
@click.option("--dry-run", is_flag=True, help="Fetch and print, but store and send nothing.")
@click.option("--jsonl", is_flag=True, help="Print each new mention as a line of JSON.")
@click.option("--strict", is_flag=True, help="Exit 3 when a source failed.")
@click.option("--every", type=Duration(), metavar="10m", help="Keep scanning, with this much time between scans.")
@click.option("--wait", type=click.IntRange(min=0), default=0, metavar="SECONDS", help="Wait for another scan to end.")
@global_options
def scan(
    context: Context,
    only: tuple[str, ...],
    force: bool,
    dry_run: bool,
    jsonl: bool,
    strict: bool,
    every: timedelta | None,
    wait: int,
) -> int:
    """Poll the sources that are due and keep what is new.

    Alerts for [[notify]] are sent at the end. Silent from cron unless something needs you. Exits 1 when every source
    that was polled failed or an alert could not be sent, 75 when another scan is running.
    """
    from dataclasses import replace

    from mentionwatch.app.scan import ScanRequest, check_scan_sources

    config = context.config(secrets=["sources"] if dry_run else ["sources", "notify"])
    check_scan_sources(config, only)
    request = ScanRequest(only, force, dry_run, wait)
    status = scan_and_report(context, config, request, jsonl=jsonl, strict=strict)
    while every is not None:
        context.env.sleep(every.total_seconds())
        status = scan_and_report(context, config, replace(request, force=False), jsonl=jsonl, strict=strict)
    return status


def scan_and_report(
    context: Context, config: Config, request: ScanRequest, *, jsonl: bool = False, strict: bool = False
) -> int:
    """One scan, reported as the command reports it; gives its exit status."""
    from mentionwatch.app.scan import run_scan
    from mentionwatch.cli.delivery_reports import report_deliveries
    from mentionwatch.cli.scan_report import ScanReporter

    if context.attended and not context.quiet:
        context.info(f"Polling the sources of {config.path} …")
    reporter = ScanReporter(context, config, request.dry_run, jsonl, strict)
    sent = run_scan(config, request, context.installation(), reporter.collected)
    return max(reporter.status, report_deliveries(context, sent))
