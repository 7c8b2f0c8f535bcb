"""``coverage``: what was monitored, what was truncated, what failed, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options, time_option

if TYPE_CHECKING:
    from mentionwatch.app.coverage import CoverageReport
    from mentionwatch.records import Poll


@click.command()
@click.option("--since", default="1d", metavar="WHEN", help="Since this time (default 1d).")
@click.option("--latency", is_flag=True, help="Also show how long mentions took from published to seen to sent.")
@output_options(*TABLE_FORMATS)
@global_options
def coverage(context: Context, since: str, latency: bool, form: str | None, output: Path | None) -> int:
    """Show for each source what was monitored, what was truncated, and what failed: a timeline, then what it means.

    An outage is recovered when the answer after it reached back to the one before, and otherwise lost. The rules are in
    docs/coverage.md. As JSON Lines it is one poll, interval or source per line.
    """
    from mentionwatch.app.coverage import read_coverage

    now = context.env.now()
    start = time_option(since, now, option="--since")
    with context.store() as store:
        config = context.optional_config()
        report = read_coverage(store, config, start, now, latency=latency)
    if form == "jsonl":
        text = "".join(json.dumps(row) + "\n" for row in _rows(report))
    elif form == "json":
        text = json.dumps(_document(report, latency), indent=1)
    else:
        text = _text(report, latency, context.width)
    context.write_output(text, output)
    return 0


def _text(report: CoverageReport, latency: bool, width: int) -> str:
    from mentionwatch.render import coverage as render

    parts = [render.strips(report.ledgers, report.since, report.until, width=width, quotas=report.quotas)]
    parts += ["\n".join(render.canary_lines(report.canaries)), "\n".join(render.estimate_lines(report.estimates))]
    parts += ["\n".join(render.not_rechecked_lines(report.not_rechecked))]
    parts += [render.latency_text(report.latencies)] if latency else []
    return "\n\n".join(filter(None, parts))


def _document(report: CoverageReport, latency: bool) -> dict[str, Any]:
    from mentionwatch.render import coverage as render
    from mentionwatch.render.json_fields import json_fields

    document = {
        "schema": render.SCHEMA,
        **json_fields(report, "since", "until"),
        "sources": [
            {
                "source": source.source,
                **render.source_json(source),
                "intervals": [_poll_json(poll) for poll in report.polls if poll.source == source.source],
                "coverage": [
                    render.interval_json(source.source, line, one)
                    for line in source.questions
                    for one in line.intervals
                ],
            }
            for source in report.ledgers
        ],
        "quotas": [render.quota_json(quota) for quota in report.quotas],
        "canaries": [render.canary_json(one) for one in report.canaries],
        "estimates": [render.estimate_json(one) for one in report.estimates],
        "not_rechecked": [render.not_rechecked_json(*one) for one in report.not_rechecked.items()],
    }
    return document | ({"latency": [render.latency_json(one) for one in report.latencies]} if latency else {})


def _rows(report: CoverageReport) -> Iterator[dict[str, Any]]:
    from mentionwatch.render import coverage as render

    for poll in report.polls:
        yield {"record": "poll", **_poll_json(poll)}
    for source in report.ledgers:
        for line in source.questions:
            for one in line.intervals:
                yield {"record": "interval", **render.interval_json(source.source, line, one)}
        yield {"record": "source", "source": source.source, **render.source_json(source)}
    yield from ({"record": "canary", **render.canary_json(canary)} for canary in report.canaries)
    yield from ({"record": "estimate", **render.estimate_json(estimate)} for estimate in report.estimates)
    yield from ({"record": "not_rechecked", **render.not_rechecked_json(*one)} for one in report.not_rechecked.items())
    yield from ({"record": "latency", **render.latency_json(latency)} for latency in report.latencies)


def _poll_json(poll: Poll) -> dict[str, Any]:
    """One entry of the ledger of polls, from which the intervals of ``coverage`` follow."""
    from mentionwatch.render.json_fields import json_fields, json_value

    return {
        **json_fields(poll, "source", "question", "outcome"),
        "from": json_value(poll.first_at),
        "to": json_value(poll.last_at),
        "polls": poll.times,
        **json_fields(poll, "items", "new_items", "status", "error_code", "error", "gap_from", "gap_to"),
    }
