"""``report``: what a month came to, as one page with pictures that stands alone, or as one document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import time_option
from mentionwatch.errors import UserError

if TYPE_CHECKING:
    from mentionwatch.config import Config
    from mentionwatch.report import Before, Report, Share
    from mentionwatch.store import Store
    from mentionwatch.store.filter import MentionFilter

_SECOND = timedelta(seconds=1)


@click.command()
@click.option("--since", default="30d", metavar="WHEN", help="From then on: 30d, 1w, 2026-11-01 (default 30d).")
@click.option("--until", metavar="WHEN", help="Up to then (default now).")
@click.option("--brand", "brands", multiple=True, metavar="B", help="This brand only; may be repeated.")
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
    """Draw up a page with pictures: mentions by day, share of voice, sentiment, stories, answers, what was not seen.

    The page loads nothing and runs nothing; it can be mailed as it is. Days begin in the zone of [response], or in this
    machine's where that names none.
    """
    now = context.env.now()
    with context.store() as store, store.reading():
        config = context.config() if context.has_config() else None
        told = make(store, config, now, since, until, brands, context.zone)
    if (form or ("json" if as_json else "html")) == "json":
        from mentionwatch.render import report_json

        text = report_json.render(told)
    else:
        from mentionwatch.render import report_html

        text = report_html.render(told)
        if output is None:
            # The page says of itself that it is UTF-8.
            context.write_utf8()
    context.write_output(text, output)
    return 0


def make(
    store: Store,
    config: Config | None,
    now: datetime,
    since: str,
    until: str | None,
    wanted: tuple[str, ...],
    zone: tzinfo,
) -> Report:
    """The report asked for, in the user's words, from what the database holds at ``now``."""
    from mentionwatch.app.brands import select_brands
    from mentionwatch.app.coverage import source_ledgers
    from mentionwatch.app.deadlines import sla_policy
    from mentionwatch.app.source_states import source_states
    from mentionwatch.report import ReportInput, draw_up
    from mentionwatch.store.filter import MentionFilter

    brands = select_brands(store, config, wanted)
    start = time_option(since, now, option="--since")
    # Up to and with the present second, as in a digest.
    end = now + _SECOND if until is None else time_option(until, now, option="--until", future=True)
    if end <= start:
        raise UserError("--until: the end lies before --since")
    names = tuple(brand.name for brand in brands)
    # To the store, no brand is no filter; an id that nothing has stands in for it.
    every = MentionFilter(brands=names, ids=() if names else ("",), since=start, until=end, as_of=now)
    mentions = store.mentions.find(every)
    terms = None if config is None else sla_policy(config)
    asked = min((row.first_asked_at for row in store.sources.states().values() if row.first_asked_at), default=None)
    earlier = _period_before(start, end, asked)
    shown = min(end, now)
    return draw_up(
        ReportInput(
            since=start,
            until=shown if until is None else end,
            now=now,
            brands=brands,
            mentions=mentions,
            compared=_compared(store, config, every, earlier),
            before=None if earlier is None else _before(store, replace(every, since=earlier, until=start)),
            logs=store.triage.logs([mention.id for mention in mentions if mention.status != "new"], now),
            terms=terms,
            sources=source_states(store, config, start, now),
            ledgers=source_ledgers(store, config, store.polls.between(start, shown), start, shown)
            if shown > start
            else (),
            watched_from=asked,
            zone=terms.hours.zone if terms is not None and terms.hours.timezone != "UTC" else zone,
        )
    )


def _period_before(start: datetime, end: datetime, asked: datetime | None) -> datetime | None:
    """When the period of equal length before begins; ``None`` where the watch had not begun by then."""
    try:
        earlier = start - (end - start)
    except OverflowError:
        return None
    return earlier if asked is not None and asked <= earlier else None


def _before(store: Store, period: MentionFilter) -> Mapping[str, Before]:
    """Each brand's numbers in a period; own posts not counted."""
    from mentionwatch.report import Before, Feeling

    every = store.mentions.count(replace(period, own=False))
    judged = {
        label: store.mentions.count(replace(period, own=False, sentiments=(label,)))
        for label in ("negative", "neutral", "positive")
    }
    return {
        name: Before(count, Feeling(**{label: counts.get(name, 0) for label, counts in judged.items()}))
        for name, count in every.items()
    }


def _compared(store: Store, config: Config | None, every: MentionFilter, earlier: datetime | None) -> tuple[Share, ...]:
    """Who shares the voice: all own brands and competitors, whichever are told of; nobody where there is none."""
    from mentionwatch.report import Share

    brands = [] if config is None else [brand for brand in config.brands if brand.kind != "topic"]
    if not any(brand.kind == "competitor" for brand in brands):
        return ()
    among = replace(every, ids=(), brands=tuple(brand.name for brand in brands), own=False)
    counts = store.mentions.count(among)
    past = None if earlier is None else store.mentions.count(replace(among, since=earlier, until=every.since))
    return tuple(
        Share(brand.name, brand.kind, counts.get(brand.name, 0), None if past is None else past.get(brand.name, 0))
        for brand in brands
    )
