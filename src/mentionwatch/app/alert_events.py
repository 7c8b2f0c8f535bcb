"""Alert events: what is found for each ``[[notify]]`` entry, recorded once, and held until a message reports it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo

from mentionwatch.alerts import (
    NEWS_AGE,
    AlertEvent,
    failed_digest_event,
    failing_source_event,
    flagged_event,
    is_addressed,
    is_subscribed,
    overdue_event,
    snowball_event,
    urgent_event,
)
from mentionwatch.analysis.growth import WINDOWS, describe_growth, growth
from mentionwatch.analysis.rules import fingerprint
from mentionwatch.app.deadlines import find_deadlines, sla_policy
from mentionwatch.app.mail import alert_ledger
from mentionwatch.app.spikes import spike_events
from mentionwatch.config import AlertChannel, Config
from mentionwatch.model import Mention
from mentionwatch.response.sla import is_noise, is_overdue, is_snoozed
from mentionwatch.store import Store
from mentionwatch.store.alerts import EventRow
from mentionwatch.store.filter import MentionFilter

#: Events that are found by mention, each since its own time.
_BY_MENTION = frozenset({"urgent", "rule", "person"})
#: What has been waiting for longer than this, untouched, is left to `due`, as in a digest.
_LOOKS_BACK = timedelta(days=90)

#: When something happened; ``None`` for what still lasts.
_When = datetime | None


def record_events(store: Store, config: Config, started: datetime, now: datetime, zone: tzinfo) -> None:
    """Record, in one transaction, every event there is that was not recorded before; its times worded in ``zone``.

    ``started`` is when the run began: an entry that is new in the configuration gets what happens from then on.
    """
    if not config.notify and not store.alerts.has_watches():
        return
    since = {one.name: store.alerts.watching_since(one.name, _kinds(config, one), started) for one in config.notify}
    shared: list[tuple[_When, AlertEvent]] = [*_failing_sources(store, config), *_failed_digests(store, config)]
    if any("spike" in one.when for one in config.notify):
        shared += spike_events(store, config, now)
    if any("snowball" in one.when for one in config.notify):
        shared += _snowballs(store, config, now, zone)
    shared += _overdue(store, config, since, now)
    found: dict[str, list[AlertEvent]] = {}
    for one in config.notify:
        begun = since[one.name]
        urgent_events = list(_urgent(store, config, one, begun, now))
        reported = {event.mention for event in urgent_events}
        by_mention = [e for e in _flagged(store, config, one, begun, now) if e.mention not in reported]
        events = [*urgent_events, *by_mention, *_addressed(store, one, [event for _, event in shared], now)]
        news = {event.key for at, event in shared if at is None or at >= begun.get(event.kind, now)}
        found[one.name] = [
            event
            for event in events
            if event.kind in _BY_MENTION or (is_subscribed(event, one.when, one.brands) and event.key in news)
        ]
    with store.writing():
        store.alerts.save_watches(since)
        for name, events in found.items():
            rows = [EventRow(e.key, e.kind, e.brands, e.mention, e.data) for e in events]
            store.alerts.save_events(name, rows, now)


def _silent(mention: Mention, now: datetime) -> bool:
    """Whether a person wants no alert about it: not ever, or not yet."""
    return is_noise(mention) or is_snoozed(mention, now)


def _kinds(config: Config, one: AlertChannel) -> tuple[str, ...]:
    """What an entry asks for: its kinds, and each rule that notifies it, as the rule is written now."""
    asked = "rule" in one.when
    rules = [r for r in config.rules if one.name in r.notify or (asked and (not one.rules or r.name in one.rules))]
    return (
        *(kind for kind in one.when if kind != "rule"),
        *(f"rule:{rule.name}:{fingerprint(rule)}" for rule in rules),
    )


def _snowballs(store: Store, config: Config, now: datetime, zone: tzinfo) -> Iterator[tuple[_When, AlertEvent]]:
    """The posts that grow ever faster, one of each story, with when their counts were read."""
    names = [brand.name for brand in config.brands]
    items = {mention: item for mention, _, item in store.mentions.growing(names, now - WINDOWS[-1])}
    if not items:
        return
    stories: set[str] = set()
    for mention in store.mentions.find(MentionFilter(ids=tuple(items), statuses=("new", "open", "replied"))):
        if _silent(mention, now):
            continue
        item = items[mention.id]
        seen = growth(store.items.engagement_history(item), now, store.threads.spread(item, now))
        if seen is None or not seen.is_snowball or mention.story in stories:
            continue
        stories |= {mention.story} if mention.story is not None else set()
        yield seen.at, snowball_event(mention.id, mention.brand, describe_growth(seen, zone))


def _flagged(
    store: Store, config: Config, one: AlertChannel, since: Mapping[str, datetime], now: datetime
) -> Iterator[AlertEvent]:
    """The mentions that a rule reports to this entry, and those by people it asks for, where nobody has answered."""
    begun = {key.rpartition(":")[0].removeprefix("rule:"): at for key, at in since.items() if key.startswith("rule:")}
    brands = one.brands or tuple(brand.name for brand in config.brands)
    sent = {rule.name for rule in config.rules if one.name in rule.notify}
    known = [at for key, at in since.items() if key == "person"]
    reported: set[str] = set()
    for kind, times in (("rule", list(begun.values())), ("person", known)):
        ids = store.alerts.undelivered_marked(one.name, kind, brands, min(times), now - NEWS_AGE) if times else ()
        for mention in reversed(store.mentions.find(MentionFilter(ids=ids, statuses=("new", "open")))) if ids else ():
            if _silent(mention, now):
                continue
            asked = is_addressed(mention, one.rules, one.people, one.roles)
            if kind == "person":
                if asked and mention.role != "own" and mention.id not in reported:
                    yield flagged_event("person", mention.id, mention.brand, f"by {mention.person}, {mention.role}")
                continue
            # A rule that names this entry ignores what it asks for; only a troll's words alert nobody.
            hits = [
                hit
                for hit in mention.hits
                if hit.rule in begun
                and mention.first_seen_at >= begun[hit.rule]
                and (asked or (hit.rule in sent and is_addressed(mention, (), (), ())))
            ]
            if hits:
                reported.add(mention.id)
                why = "; ".join(f"rule “{hit.rule}”: {hit.because}" for hit in hits[:3])
                yield flagged_event("rule", mention.id, mention.brand, why)


def _addressed(store: Store, one: AlertChannel, events: list[AlertEvent], now: datetime) -> list[AlertEvent]:
    """Those events that are about no single mention, or about one that this entry asks for and nobody silenced."""
    about = {e.mention for e in events if e.mention is not None and not e.key.startswith("spike:")}
    found = store.mentions.find(MentionFilter(ids=tuple(about))) if about else ()
    others = {
        mention.id
        for mention in found
        if _silent(mention, now) or not is_addressed(mention, one.rules, one.people, one.roles)
    }
    return [event for event in events if event.mention not in others or event.key.startswith("spike:")]


def _urgent(
    store: Store, config: Config, one: AlertChannel, since: Mapping[str, datetime], now: datetime
) -> Iterator[AlertEvent]:
    """The first mention of each urgent story, where nobody has answered it yet."""
    brands = one.brands or tuple(brand.name for brand in config.brands)
    if "urgent" not in since:
        return
    found = store.alerts.undelivered_urgent(one.name, brands, since["urgent"], now - NEWS_AGE)
    ids = tuple(mention for mention, _, _ in found)
    waiting = {
        mention.id
        for mention in (store.mentions.find(MentionFilter(ids=ids, statuses=("new", "open"))) if ids else ())
        if is_addressed(mention, one.rules, one.people, one.roles) and not _silent(mention, now)
    }
    stories: set[str] = set()
    for mention_id, brand, story in found:
        if mention_id in waiting and story not in stories:
            yield urgent_event(mention_id, brand)
            stories |= {story} if story is not None else set()


def _overdue(
    store: Store, config: Config, since: Mapping[str, Mapping[str, datetime]], now: datetime
) -> Iterator[tuple[_When, AlertEvent]]:
    """What is overdue, with when it was due: what was so before an entry asked is not news."""
    begun = min((kinds["overdue"] for kinds in since.values() if "overdue" in kinds), default=None)
    if begun is None:
        return
    policy = sla_policy(config)
    deadlines = find_deadlines(store, policy, policy.brands, now=now, as_of=now, since=now - _LOOKS_BACK)
    late = {mention: one for mention, one in deadlines if is_overdue(one, now) and one.due_at >= begun}
    if not late:
        return
    logs = store.triage.logs(tuple(late), now)
    for mention in store.mentions.find(MentionFilter(ids=tuple(late))):
        deadline = late[mention.id]
        yield deadline.due_at, overdue_event(mention.id, mention.brand, deadline, logs.get(mention.id, ()))


def _failing_sources(store: Store, config: Config) -> Iterator[tuple[_When, AlertEvent]]:
    """The configured sources that fail; since when does not matter, for they still do."""
    rows = store.sources.states()
    for source in config.sources:
        row = rows.get(source.name)
        if row is None or not source.enabled:
            continue
        event = failing_source_event(
            source.name,
            failures=row.failures,
            since=row.failing_since,
            gone_at=row.gone_at,
            error=row.error,
            brands=source.brands,
        )
        if event is not None:
            yield None, event


def _failed_digests(store: Store, config: Config) -> Iterator[tuple[_When, AlertEvent]]:
    """The digests that were tried and wait."""
    brands = {plan.name: plan.brands for plan in config.digests}
    alerts = {alert_ledger(one.name) for one in config.notify if one.to}
    for row in store.outbox.deliveries(pending=True):
        # That an alert cannot be mailed is not reported by mail about each mail that reports it.
        if row.attempts and row.digest not in alerts:
            of = brands.get(row.digest, ())
            event = failed_digest_event(
                row.message_id, row.digest, attempts=row.attempts, error=row.last_error, brands=of
            )
            yield None, event
