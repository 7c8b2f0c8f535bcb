"""``report``: a period as one HTML page with charts, or as one JSON document."""

from __future__ import annotations

from pathlib import Path

import click

from mentionwatch.app.report import ReportRequest, make_report
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import optional_time_option, time_option


@click.command()
@click.option("--since", default="30d", metavar="WHEN", help="Since this time: 30d, 1w, 2026-11-01 (default 30d).")
@click.option("--until", metavar="WHEN", help="Until this time (default now).")
@click.option("--brand", "brands", multiple=True, metavar="B", help="Only this brand (repeatable).")
@click.option("-f", "--format", "form", type=click.Choice(["html", "json"]), help="Default: html.")
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@global_options
def report(
    context: Context,
    since: str,
    until: str | None,
    brands: tuple[str, ...],
    form: str | None,
    as_json: bool,
    output: Path | None,
) -> int:
    """Build a one-page report with charts: mentions by day, share of voice, sentiment, stories, answers, coverage.

    The page loads nothing and runs nothing; it can be mailed as it is. Days begin in the time zone of [response], or in
    this machine's if there is none.
    """
    now = context.env.now()
    request = ReportRequest(
        since=time_option(since, now, option="--since"),
        until=optional_time_option(until, now, option="--until", future=True),
        brands=brands,
        zone=context.zone,
    )
    config = context.optional_config()
    with context.store() as store:
        made = make_report(store, config, request, now)
    if (form or ("json" if as_json else "html")) == "json":
        from mentionwatch.render import report_json

        text = report_json.render(made)
    else:
        from mentionwatch.render import report_html

        text = report_html.render(made)
        if output is None:
            # The page says of itself that it is UTF-8.
            context.write_utf8()
    context.write_output(text, output)
    return 0
