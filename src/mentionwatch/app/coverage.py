"""What was monitored in a time, what was missed, and what the quotas still allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mentionwatch.collect.quota import month_key
from mentionwatch.collect.recheckable import ARTICLES, can_recheck
from mentionwatch.config import Config
from mentionwatch.coverage.canaries import Canary, track_canary
from mentionwatch.coverage.latency import SourceLatency, latencies
from mentionwatch.coverage.ledger import SourceLedger, ledger
from mentionwatch.coverage.recapture import Estimate, estimates
from mentionwatch.records import Poll
from mentionwatch.render.coverage import Quota
from mentionwatch.response.recheck_schedule import END
from mentionwatch.sources import limits_of
from mentionwatch.store import Store
from mentionwatch.urls import host_of


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """What each source saw from ``since`` to ``until``; ``polls`` are the entries it follows from.

    ``estimates`` say what independent sources missed between them.
    """

    since: datetime
    until: datetime
    ledgers: tuple[SourceLedger, ...]
    polls: tuple[Poll, ...]
    quotas: tuple[Quota, ...]
    canaries: tuple[Canary, ...]
    estimates: tuple[Estimate, ...]
    latencies: tuple[SourceLatency, ...] = ()
    #: Posts that may need an answer and that no source can request again, by the source that brought them.
    not_rechecked: Mapping[str, int] = field(default_factory=dict)


def read_coverage(
    store: Store, config: Config | None, since: datetime, now: datetime, *, latency: bool = False
) -> CoverageReport:
    """The coverage from ``since`` to ``now``; with ``latency`` also how long mentions took from published to sent."""
    with store.reading():
        polls = store.polls.between(since, now)
        return CoverageReport(
            since,
            now,
            source_ledgers(store, config, polls, since, now),
            polls,
            _quotas(store, config, now),
            _canaries(store, config),
            _estimates(store, config, since, now),
            tuple(latencies(store.polls.arrivals(since, now))) if latency else (),
            _not_rechecked(store, config, now),
        )


def source_ledgers(
    store: Store, config: Config | None, polls: tuple[Poll, ...], since: datetime, now: datetime
) -> tuple[SourceLedger, ...]:
    """The ledger of every configured source, and of every other that was ever polled."""
    names = [source.name for source in config.sources if source.enabled] if config is not None else []
    # What is no longer configured was monitored all the same.
    names = list(dict.fromkeys([*names, *store.sources.states()]))
    asked = {*store.sources.all_questions(), *((poll.source, poll.question) for poll in polls if poll.question)}
    before = store.polls.before(since, sorted(asked))
    return ledger([*before, *polls], since, now, sources=names, asked=[(one.source, one.question) for one in before])


def _not_rechecked(store: Store, config: Config | None, now: datetime) -> Mapping[str, int]:
    if config is None:
        return {}
    brands = [brand.name for brand in config.brands if brand.kind == "own"]
    watched = store.rechecks.watched(brands, {source.source.platform for source in config.sources}, now - END)
    lost = (
        one
        for one in watched
        if one.item.kind not in ARTICLES and not one.gone and not can_recheck(config.sources, one.item)
    )
    return Counter(one.sources[0] if one.sources else one.item.platform for one in lost)


def _canaries(store: Store, config: Config | None) -> tuple[Canary, ...]:
    if config is None:
        return ()
    enabled = tuple(source.name for source in config.sources if source.enabled)
    return tuple(
        track_canary(plan.term, plan.planted_at, plan.sources or enabled, store.items.sightings_with_text(plan.term))
        for plan in config.canaries
    )


def _estimates(store: Store, config: Config | None, since: datetime, now: datetime) -> tuple[Estimate, ...]:
    if config is None:
        return ()
    hosts = {}
    for source in config.sources:
        base_url = getattr(source.source, "base_url", None)
        host = source.hosts[0] if source.hosts else host_of(base_url) if isinstance(base_url, str) else None
        hosts[source.name] = host or source.source.type
    if len(set(hosts.values())) < 2:
        return ()
    return tuple(estimates(store.items.captures(since, now), hosts))


def _quotas(store: Store, config: Config | None, now: datetime) -> tuple[Quota, ...]:
    """What was used today of the quotas that sources declare, and this month of what is paid for."""
    if config is None:
        return ()
    spent = store.sources.spent()
    found: dict[tuple[str, str], Quota] = {}
    for source in config.sources:
        limits = limits_of(source.source)
        if not source.enabled:
            continue
        for (quota, day), used in spent.items():
            name = " ".join(quota.split(" ")[:2])  # type and host, without what follows them for what is paid for
            if name.partition(" ")[0] != source.source.type:
                continue
            if limits.per_day is not None and (quota, day) == (name, limits.day(now)):
                found[quota, day] = Quota(quota, day, used, limits.per_day)
            if limits.per_month is not None and (quota, day) == month_key(name, limits, now):
                found[quota, day] = Quota(name, day[:7], used, limits.per_month, "paid reads")
    return tuple(found.values())
