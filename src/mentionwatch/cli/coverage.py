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
    from mentionwatch.store.polls import Poll


@click.command()
@click.option("--since", default="1d", metavar="WHEN", help="From then on (default 1d).")
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
    from mentionwatch.render.coverage import canary_lines, estimate_lines, latency_text, strips

    parts = [strips(report.ledgers, report.since, report.until, width=width, quotas=report.quotas)]
    parts += ["\n".join(canary_lines(report.canaries)), "\n".join(estimate_lines(report.estimates))]
    parts += [latency_text(report.latencies)] if latency else []
    return "\n\n".join(filter(None, parts))


def _document(report: CoverageReport, latency: bool) -> dict[str, Any]:
    from mentionwatch.render.coverage import (
        SCHEMA,
        canary_json,
        estimate_json,
        interval_json,
        latency_json,
        quota_json,
        source_json,
    )
    from mentionwatch.times import stamp

    document = {
        "schema": SCHEMA,
        "since": stamp(report.since),
        "until": stamp(report.until),
        "sources": [
            {
                "source": source.source,
                **source_json(source),
                "intervals": [_poll_json(poll) for poll in report.polls if poll.source == source.source],
                "coverage": [
                    interval_json(source.source, line, one) for line in source.questions for one in line.intervals
                ],
            }
            for source in report.ledgers
        ],
        "quotas": [quota_json(quota) for quota in report.quotas],
        "canaries": [canary_json(one) for one in report.canaries],
        "estimates": [estimate_json(one) for one in report.estimates],
    }
    return document | ({"latency": [latency_json(one) for one in report.latencies]} if latency else {})


def _rows(report: CoverageReport) -> Iterator[dict[str, Any]]:
    from mentionwatch.render.coverage import canary_json, estimate_json, interval_json, latency_json, source_json

    for poll in report.polls:
        yield {"record": "poll", **_poll_json(poll)}
    for source in report.ledgers:
        for line in source.questions:
            for one in line.intervals:
                yield {"record": "interval", **interval_json(source.source, line, one)}
        yield {"record": "source", "source": source.source, **source_json(source)}
    yield from ({"record": "canary", **canary_json(canary)} for canary in report.canaries)
    yield from ({"record": "estimate", **estimate_json(estimate)} for estimate in report.estimates)
    yield from ({"record": "latency", **latency_json(latency)} for latency in report.latencies)


def _poll_json(poll: Poll) -> dict[str, Any]:
    """One entry of the ledger of polls, from which the intervals of ``coverage`` follow."""
    from mentionwatch.times import optional_stamp, stamp

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
        "gap_from": optional_stamp(poll.gap_from),
        "gap_to": optional_stamp(poll.gap_to),
    }
