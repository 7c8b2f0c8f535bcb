"""Build the report of a period: what a month came to, against competitors and the period before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from mentionwatch.app.brand_health import count_alarms
from mentionwatch.app.brands import select_brands
from mentionwatch.app.coverage import source_ledgers
from mentionwatch.app.deadlines import sla_policy
from mentionwatch.app.source_states import source_states
from mentionwatch.config import Config
from mentionwatch.errors import UserError
from mentionwatch.model import SENTIMENT_LABELS
from mentionwatch.report.build import build_report
from mentionwatch.report.values import PreviousPeriod, Report, ReportInput, SentimentCounts, VoiceShare
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """Which report to build: up to now without ``until``. Days begin in the zone of ``[response]``, else ``zone``."""

    since: datetime
    until: datetime | None = None
    brands: tuple[str, ...] = ()
    zone: tzinfo = UTC


def make_report(store: Store, config: Config | None, request: ReportRequest, now: datetime) -> Report:
    """The report of what the database holds at ``now``."""
    start = request.since
    # Up to and including the present second, as in a digest.
    end = now + timedelta(seconds=1) if request.until is None else request.until
    if end <= start:
        raise UserError("--until is earlier than --since")
    with store.reading():
        brands = select_brands(store, config, request.brands)
        names = tuple(brand.name for brand in brands)
        # To the store, no brand is no filter; an id that nothing has stands in for it.
        selected = MentionFilter(
            brands=names, ids=() if names else ("",), since=start, until=end, as_of=now, noise=False
        )
        mentions = store.mentions.find(selected)
        policy = None if config is None else sla_policy(config)
        polled = [row.first_asked_at for row in store.sources.states().values() if row.first_asked_at]
        watched_from = min(polled, default=None)
        earlier = _period_before(start, end, watched_from)
        shown = min(end, now)
        return build_report(
            ReportInput(
                since=start,
                until=shown if request.until is None else end,
                now=now,
                brands=brands,
                mentions=mentions,
                compared=_share_of_voice(store, config, selected, earlier),
                before=None if earlier is None else _counts(store, replace(selected, since=earlier, until=start)),
                logs=store.triage.logs([mention.id for mention in mentions if mention.status != "new"], now),
                policy=policy,
                sources=source_states(store, config, start, now),
                ledgers=source_ledgers(store, config, store.polls.between(start, shown), start, shown)
                if shown > start
                else (),
                watched_from=watched_from,
                noise=store.mentions.count(replace(selected, noise=True, own=False)),
                alarms=count_alarms(store, names, start, end),
                zone=policy.hours.zone if policy is not None and policy.hours.timezone != "UTC" else request.zone,
            )
        )


def _period_before(start: datetime, end: datetime, watched_from: datetime | None) -> datetime | None:
    """When the period of equal length before begins; ``None`` where monitoring had not begun by then."""
    try:
        earlier = start - (end - start)
    except OverflowError:
        return None
    return earlier if watched_from is not None and watched_from <= earlier else None


def _counts(store: Store, period: MentionFilter) -> Mapping[str, PreviousPeriod]:
    """Each brand's numbers in a period; own posts not counted."""
    others = replace(period, own=False)
    judged = {label: store.mentions.count(replace(others, sentiments=(label,))) for label in SENTIMENT_LABELS}
    return {
        name: PreviousPeriod(count, SentimentCounts(**{label: counts.get(name, 0) for label, counts in judged.items()}))
        for name, count in store.mentions.count(others).items()
    }


def _share_of_voice(
    store: Store, config: Config | None, selected: MentionFilter, earlier: datetime | None
) -> tuple[VoiceShare, ...]:
    """All own brands and competitors, whichever the report is about; empty where there is no competitor."""
    brands = [] if config is None else [brand for brand in config.brands if brand.kind != "topic"]
    if not any(brand.kind == "competitor" for brand in brands):
        return ()
    among = replace(selected, ids=(), brands=tuple(brand.name for brand in brands), own=False)
    counts = store.mentions.count(among)
    past = None if earlier is None else store.mentions.count(replace(among, since=earlier, until=selected.since))
    return tuple(
        VoiceShare(brand.name, brand.kind, counts.get(brand.name, 0), None if past is None else past.get(brand.name, 0))
        for brand in brands
    )
