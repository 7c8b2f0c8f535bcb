"""``coverage``: what was watched, what was cut off, what failed, and what came of it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options, time_option

if TYPE_CHECKING:
    from mentionwatch.config import Config
    from mentionwatch.coverage.canaries import Canary
    from mentionwatch.coverage.ledger import SourceLedger
    from mentionwatch.coverage.recapture import Estimate
    from mentionwatch.render.coverage import Quota
    from mentionwatch.store import Store
    from mentionwatch.store.polls import Poll


@click.command()
@click.option("--since", default="1d", metavar="WHEN", help="From then on (default 1d).")
@click.option("--latency", is_flag=True, help="Also how long it took from published to seen to told.")
@output_options(*TABLE_FORMATS)
@global_options
def coverage(context: Context, since: str, latency: bool, form: str | None, output: Path | None) -> int:
    """Say per source what was watched, what was cut off, and what failed: a strip of the time, then what it comes to.

    An outage is recovered when the answer after it reached back to the one before, and else lost. docs/coverage.md
    has the rules. As JSON Lines it is a poll, an interval or a source a line.
    """
    from mentionwatch.coverage.latency import latencies
    from mentionwatch.render.coverage import (
        canary_json,
        canary_lines,
        estimate_json,
        estimate_lines,
        latency_json,
        latency_text,
        strips,
    )

    now = context.env.now()
    start = time_option(since, now, option="--since")
    with context.store() as store, store.reading():
        config = context.config() if context.has_config() else None
        polls = store.polls.between(start, now)
        told = source_ledgers(store, config, polls, start, now)
        quotas = _quotas(store, config, now)
        canaries = _canaries(store, config)
        missed = _estimates(store, config, start, now)
        books = latencies(store.polls.arrivals(start, now)) if latency else ()
    if form == "jsonl":
        text = _jsonl(told, polls)
        text += "".join(json.dumps({"record": "canary", **canary_json(one)}) + "\n" for one in canaries)
        text += "".join(json.dumps({"record": "estimate", **estimate_json(one)}) + "\n" for one in missed)
        text += "".join(json.dumps({"record": "latency", **latency_json(one)}) + "\n" for one in books)
    elif form == "json":
        document = _document(told, polls, start, now, quotas)
        document["canaries"] = [canary_json(one) for one in canaries]
        document["estimates"] = [estimate_json(one) for one in missed]
        more = {"latency": [latency_json(one) for one in books]} if latency else {}
        text = json.dumps({**document, **more}, indent=1)
    else:
        text = strips(told, start, now, width=context.width, quotas=quotas)
        if canaries:
            text += "\n\n" + "\n".join(canary_lines(canaries))
        if missed:
            text += "\n\n" + "\n".join(estimate_lines(missed))
        if latency:
            text += "\n\n" + latency_text(books)
    context.write_output(text, output)
    return 0


def source_ledgers(
    store: Store, config: Config | None, polls: tuple[Poll, ...], start: datetime, now: datetime
) -> tuple[SourceLedger, ...]:
    """The ledger of every configured source, and of every other that was ever asked."""
    from mentionwatch.coverage.ledger import ledger

    names = [source.name for source in config.sources if source.enabled] if config is not None else []
    # What is no longer configured was watched all the same.
    names = list(dict.fromkeys([*names, *store.sources.states()]))
    asked = {*store.sources.all_questions(), *((poll.source, poll.question) for poll in polls if poll.question)}
    before = store.polls.before(start, sorted(asked))
    return ledger([*before, *polls], start, now, sources=names, asked=[(one.source, one.question) for one in before])


def _canaries(store: Store, config: Config | None) -> tuple[Canary, ...]:
    """What became of every ``[[canaries]]`` entry."""
    from mentionwatch.coverage.canaries import followed

    if config is None:
        return ()
    every = tuple(source.name for source in config.sources if source.enabled)
    return tuple(
        followed(plan.term, plan.planted_at, plan.sources or every, store.items.sightings_with_text(plan.term))
        for plan in config.canaries
    )


def _estimates(store: Store, config: Config | None, start: datetime, now: datetime) -> tuple[Estimate, ...]:
    """What independent sources missed between them."""
    from mentionwatch.coverage.recapture import estimates
    from mentionwatch.urls import host_of

    if config is None:
        return ()
    hosts = {}
    for source in config.sources:
        asks = getattr(source.source, "base_url", None)
        host = source.hosts[0] if source.hosts else host_of(asks) if isinstance(asks, str) else None
        hosts[source.name] = host or source.source.type
    if len(set(hosts.values())) < 2:
        return ()
    return estimates(store.items.captures(start, now), hosts)


def _quotas(store: Store, config: Config | None, now: datetime) -> tuple[Quota, ...]:
    """What was taken today of the quotas that sources declare, and this month of what is paid for."""
    from mentionwatch.collect.quota import month_key
    from mentionwatch.render.coverage import Quota
    from mentionwatch.sources import limits_of

    if config is None:
        return ()
    spent = store.sources.spent()
    found: dict[tuple[str, str], Quota] = {}
    for source in config.sources:
        limits = limits_of(source.source)
        if not source.enabled:
            continue
        for (quota, spent_on), used in spent.items():
            of = " ".join(quota.split(" ")[:2])  # type and host, without what stands behind them for what is paid for
            if of.partition(" ")[0] != source.source.type:
                continue
            if limits.per_day is not None and (quota, spent_on) == (of, limits.day(now)):
                found[quota, spent_on] = Quota(quota, spent_on, used, limits.per_day)
            if limits.per_month is not None and (quota, spent_on) == month_key(of, limits, now):
                found[quota, spent_on] = Quota(of, spent_on[:7], used, limits.per_month, "paid reads")
    return tuple(found.values())


def _document(
    told: tuple[SourceLedger, ...], polls: tuple[Poll, ...], start: datetime, now: datetime, quotas: tuple[Quota, ...]
) -> dict[str, Any]:
    from mentionwatch.render.coverage import SCHEMA, interval_json, quota_json, source_json
    from mentionwatch.times import stamp

    by_source: dict[str, list[Poll]] = {}
    for poll in polls:
        by_source.setdefault(poll.source, []).append(poll)
    return {
        "schema": SCHEMA,
        "since": stamp(start),
        "until": stamp(now),
        "sources": [
            {
                "source": source.source,
                **source_json(source),
                "intervals": [_poll(poll) for poll in by_source.get(source.source, ())],
                "coverage": [
                    interval_json(source.source, line, one) for line in source.questions for one in line.intervals
                ],
            }
            for source in told
        ],
        "quotas": [quota_json(quota) for quota in quotas],
    }


def _jsonl(told: tuple[SourceLedger, ...], polls: tuple[Poll, ...]) -> str:
    from mentionwatch.render.coverage import interval_json, source_json

    rows: list[dict[str, Any]] = [{"record": "poll", **_poll(poll)} for poll in polls]
    for source in told:
        rows += [
            {"record": "interval", **interval_json(source.source, line, one)}
            for line in source.questions
            for one in line.intervals
        ]
        rows.append({"record": "source", "source": source.source, **source_json(source)})
    return "".join(json.dumps(row) + "\n" for row in rows)


def _poll(poll: Poll) -> dict[str, Any]:
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
