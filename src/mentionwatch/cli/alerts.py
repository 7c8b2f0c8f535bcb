"""Alerts: notice what is to be told at once, hold or freeze it, send what waits. The last step of ``scan``.

Each step finds its work in rows, so a run that is cut off anywhere is made good by the next: an event is noticed once,
whoever notices it, and a message that may not have arrived is sent again as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, cast

from mentionwatch.cli.options import Context
from mentionwatch.errors import LockedError, UserError

if TYPE_CHECKING:
    from datetime import tzinfo

    from mentionwatch.alerts import Event
    from mentionwatch.config import Config, Notify
    from mentionwatch.model import Mention
    from mentionwatch.render.alert import Told
    from mentionwatch.response.clock import Owed
    from mentionwatch.store import Store
    from mentionwatch.store.outbox import AlertRow

#: Seconds that a service may take, and bytes that are read of its answer: what it says does not matter.
_DEADLINE, _ANSWER = 20.0, 64_000
#: However long a service asks to be left alone, it is tried again after this.
_LONGEST_WAIT = timedelta(days=1)
#: Events that are found by mention, each since its own time.
_BY_MENTION = frozenset({"urgent", "rule", "person"})
#: What has been waiting for longer than this, untouched, is left to `due`, as in a digest.
_LOOKS_BACK = timedelta(days=90)


def tell(context: Context, store: Store, config: Config, *, started: datetime, at_once: bool = False) -> int:
    """Notice, hold or freeze, and send; 1 when somebody who should have been told could not be.

    ``started`` is when the run began: who is named in the configuration for the first time is told from then on.
    ``at_once`` tries what waits whatever its backoff says, but not in quiet hours.
    """
    from mentionwatch.store.lock import alert_lock

    notice(store, config, started, context.env.now(), context.zone)
    untold = 0
    if config.notify:
        try:
            with closing(alert_lock(context.database(), wait=0)):
                untold = _send_all(context, store, config, at_once=at_once)
        except LockedError:
            pass  # Whoever holds it sends what has been noticed here too, or the next scan does.
    from mentionwatch.cli.mail import send_waiting

    return send_waiting(context, store, at_once=at_once) or untold


# -- noticing ----------------------------------------------------------------------------------------------------------


def notice(store: Store, config: Config, started: datetime, now: datetime, zone: tzinfo) -> None:
    """Write down, in one transaction, every event there is that was not written down before; its words in ``zone``."""
    from mentionwatch.alerts import wanted
    from mentionwatch.store.alerts import EventRow

    if not config.notify and not store.alerts.has_watches():
        return
    since = {one.name: store.alerts.watching_since(one.name, _kinds(config, one), started) for one in config.notify}
    shared: list[tuple[datetime | None, Event]] = [*_sources(store, config), *_digests(store, config)]
    if any("spike" in one.when for one in config.notify):
        from mentionwatch.cli import spikes

        shared += spikes.events(store, config, now)
    if any("snowball" in one.when for one in config.notify):
        shared += _snowballs(store, config, now, zone)
    shared += _overdue(store, config, since, now)
    found: dict[str, list[Event]] = {}
    for one in config.notify:
        urgent = list(_urgent(store, config, one, since[one.name], now))
        told = {event.mention for event in urgent}
        marked = [e for e in _marked(store, config, one, since[one.name], now) if e.mention not in told]
        events = [*urgent, *marked, *_meant(store, config, one, [event for _, event in shared])]
        ripe = {event.key for at, event in shared if at is None or at >= since[one.name].get(event.kind, now)}
        found[one.name] = [
            event
            for event in events
            if event.kind in _BY_MENTION or (wanted(event, one.when, one.brands) and event.key in ripe)
        ]
    with store.writing():
        store.alerts.save_watches(since)
        for name, events in found.items():
            rows = [EventRow(e.key, e.kind, e.brands, e.mention, e.data) for e in events]
            store.alerts.save_events(name, rows, now)


def _snowballs(store: Store, config: Config, now: datetime, zone: tzinfo) -> Iterator[tuple[datetime, Event]]:
    """The posts that grow ever faster, one of each story, with when they were read so."""
    from mentionwatch.alerts import snowball
    from mentionwatch.analysis.growth import WINDOWS, growth, in_words
    from mentionwatch.store.filter import MentionFilter

    names = [brand.name for brand in config.brands]
    items = {mention: item for mention, _, item in store.mentions.growing(names, now - WINDOWS[-1])}
    if not items:
        return
    stories: set[str] = set()
    for mention in store.mentions.find(MentionFilter(ids=tuple(items), statuses=("new", "open", "replied"))):
        item = items[mention.id]
        seen = growth(store.items.engagement_history(item), now, store.threads.spread(item, now))
        if seen is None or not seen.is_snowball or mention.story in stories:
            continue
        stories |= {mention.story} if mention.story is not None else set()
        yield seen.at, snowball(mention.id, mention.brand, in_words(seen, zone))


def _kinds(config: Config, one: Notify) -> tuple[str, ...]:
    """What is watched for on behalf of this one: its kinds, and each rule that tells it, as that is written now."""
    from mentionwatch.analysis.rules import mark

    asked = "rule" in one.when
    rules = [r for r in config.rules if one.name in r.notify or (asked and (not one.rules or r.name in one.rules))]
    return (*(kind for kind in one.when if kind != "rule"), *(f"rule:{rule.name}:{mark(rule)}" for rule in rules))


def _marked(store: Store, config: Config, one: Notify, since: Mapping[str, datetime], now: datetime) -> Iterator[Event]:
    """The mentions that a rule tells this one of, and those by people it asks for, where nobody has answered them."""
    from mentionwatch.alerts import NEW, marked, meant
    from mentionwatch.store.filter import MentionFilter

    begun = {key.rpartition(":")[0].removeprefix("rule:"): at for key, at in since.items() if key.startswith("rule:")}
    brands = one.brands or tuple(brand.name for brand in config.brands)
    sent = {rule.name for rule in config.rules if one.name in rule.notify}
    known = [at for key, at in since.items() if key == "person"]
    told: set[str] = set()
    for kind, times in (("rule", list(begun.values())), ("person", known)):
        ids = store.alerts.undelivered_marked(one.name, kind, brands, min(times), now - NEW) if times else ()
        for mention in reversed(store.mentions.find(MentionFilter(ids=ids, statuses=("new", "open")))) if ids else ():
            asked = meant(mention, one.rules, one.people, one.roles)
            if kind == "person":
                if asked and mention.role != "own" and mention.id not in told:
                    yield marked("person", mention.id, mention.brand, f"by {mention.person}, {mention.role}")
                continue
            # A rule that names whom to tell is no matter of what they ask for; only a troll's words wake nobody.
            hits = [
                hit
                for hit in mention.hits
                if hit.rule in begun
                and mention.first_seen_at >= begun[hit.rule]
                and (asked or (hit.rule in sent and meant(mention, (), (), ())))
            ]
            if hits:
                told.add(mention.id)
                why = "; ".join(f"rule “{hit.rule}”: {hit.because}" for hit in hits[:3])
                yield marked("rule", mention.id, mention.brand, why)


def _meant(store: Store, config: Config, one: Notify, events: list[Event]) -> list[Event]:
    """Those events that are about no single mention, or about one this one asks for."""
    from mentionwatch.alerts import meant
    from mentionwatch.store.filter import MentionFilter

    if not config.people and not one.rules:
        return events
    about = {e.mention for e in events if e.mention is not None and not e.key.startswith("spike:")}
    found = store.mentions.find(MentionFilter(ids=tuple(about))) if about else ()
    others = {mention.id for mention in found if not meant(mention, one.rules, one.people, one.roles)}
    return [event for event in events if event.mention not in others or event.key.startswith("spike:")]


def _urgent(store: Store, config: Config, one: Notify, since: Mapping[str, datetime], now: datetime) -> Iterator[Event]:
    """The first telling of each story that is urgent, where nobody has answered it yet."""
    from mentionwatch.alerts import NEW, meant, urgent
    from mentionwatch.store.filter import MentionFilter

    brands = one.brands or tuple(brand.name for brand in config.brands)
    if "urgent" not in since:
        return
    found = store.alerts.undelivered_urgent(one.name, brands, since["urgent"], now - NEW)
    ids = tuple(mention for mention, _, _ in found)
    waiting = {
        mention.id
        for mention in (store.mentions.find(MentionFilter(ids=ids, statuses=("new", "open"))) if ids else ())
        if meant(mention, one.rules, one.people, one.roles)
    }
    stories: set[str] = set()
    for mention, brand, story in found:
        if mention in waiting and story not in stories:
            yield urgent(mention, brand)
            stories |= {story} if story is not None else set()


def _overdue(
    store: Store, config: Config, since: Mapping[str, Mapping[str, datetime]], now: datetime
) -> Iterator[tuple[datetime, Event]]:
    """What is overdue, with when it was due: what was so before the watch began is no news."""
    from mentionwatch.alerts import overdue
    from mentionwatch.app.deadlines import find_deadlines, sla_policy
    from mentionwatch.response.clock import is_overdue
    from mentionwatch.store.filter import MentionFilter

    begun = min((kinds["overdue"] for kinds in since.values() if "overdue" in kinds), default=None)
    if begun is None:
        return
    terms = sla_policy(config)
    owed = find_deadlines(store, terms, terms.brands, as_of=now, since=now - _LOOKS_BACK)
    late = {mention: one for mention, one in owed if is_overdue(one, now) and one.due_at >= begun}
    if not late:
        return
    logs = store.triage.logs(tuple(late), now)
    for mention in store.mentions.find(MentionFilter(ids=tuple(late))):
        one = late[mention.id]
        yield one.due_at, overdue(mention.id, mention.brand, one, logs.get(mention.id, ()))


def _sources(store: Store, config: Config) -> Iterator[tuple[None, Event]]:
    """The configured sources that fail; since when does not matter, for they still do."""
    from mentionwatch.alerts import failing

    rows = store.sources.states()
    for source in config.sources:
        row = rows.get(source.name)
        if row is None or not source.enabled:
            continue
        event = failing(
            source.name,
            failures=row.failures,
            since=row.failing_since,
            gone_at=row.gone_at,
            error=row.error,
            brands=source.brands,
        )
        if event is not None:
            yield None, event


def _digests(store: Store, config: Config) -> Iterator[tuple[None, Event]]:
    """The digests that were tried and wait."""
    from mentionwatch.alerts import digest_failed

    brands = {plan.name: plan.brands for plan in config.digests}
    alerts = {alert_ledger(one.name) for one in config.notify if one.to}
    for row in store.outbox.deliveries(pending=True):
        # That a mail cannot be sent is not told by mail about each mail that tells it.
        if row.attempts and row.digest not in alerts:
            of = brands.get(row.digest, ())
            yield (
                None,
                digest_failed(row.message_id, row.digest, attempts=row.attempts, error=row.last_error, brands=of),
            )


# -- freezing ----------------------------------------------------------------------------------------------------------


def freeze(store: Store, config: Config, one: Notify, now: datetime, zone: tzinfo) -> bool:
    """Make one message of all that is held for this one, in one transaction; whether there was anything."""
    from mentionwatch.alerts import message_id
    from mentionwatch.render import alert as render

    with store.writing():
        held = store.alerts.held_events(one.name)
        if not held:
            return False
        told = _told(store, config, one, now)
        keys = [row.key for row in held]
        uid = message_id(one.name, keys, now)
        body = render.document(uid, one.name, told, now, zone) if told else None
        store.outbox.enqueue_alert(one.name, uid, render.title(told), body, keys, now)
    return body is not None


def _told(store: Store, config: Config, one: Notify, now: datetime) -> list[Told]:
    """What is held, with the mentions as they stand; an event whose mention is no longer there is left out."""
    from mentionwatch.alerts import Event, Kind
    from mentionwatch.render.alert import Told

    held = store.alerts.held_events(one.name)
    mentions, owed = _standing(store, config, [row.mention for row in held if row.mention is not None])
    told = []
    for row in held:
        if row.mention is None or row.mention in mentions or row.key.startswith("spike:"):
            event = Event(cast("Kind", row.kind), row.key, row.brands, row.mention, row.data)
            of = row.mention or ""
            told.append(Told(event, row.at or now, mentions.get(of), owed.get(of)))
    return told


def _standing(store: Store, config: Config, ids: Sequence[str]) -> tuple[dict[str, Mention], dict[str, Owed]]:
    """The mentions with ``due_at``, and what is owed for each."""
    from mentionwatch.app.deadlines import add_deadlines, sla_policy
    from mentionwatch.response.clock import clocks_of, has_clock, owed
    from mentionwatch.store.filter import MentionFilter

    if not ids:
        return {}, {}
    terms = sla_policy(config)
    mentions = {m.id: m for m in add_deadlines(store, config, store.mentions.find(MentionFilter(ids=tuple(ids))))}
    logs = store.triage.logs(tuple(mentions))
    owing: dict[str, Owed] = {}
    for mention in mentions.values():
        level = None if mention.urgency is None else mention.urgency.level
        next_ = owed(clocks_of(mention, logs.get(mention.id, ())), terms, level) if has_clock(mention, terms) else None
        if next_ is not None:
            owing[mention.id] = next_
    return mentions, owing


# -- sending -----------------------------------------------------------------------------------------------------------


def _send_all(context: Context, store: Store, config: Config, *, at_once: bool) -> int:
    from mentionwatch.alerts import is_quiet
    from mentionwatch.deliver.outbox import rests
    from mentionwatch.response.hours import working_hours

    zone = working_hours(config.response.timezone, config.response.hours).zone
    failed = False
    for one in config.notify:
        if is_quiet(one.quiet, context.env.now(), zone):
            continue
        # What was noticed while a message waited is told in one message after it.
        while (row := _next(context, store, config, one)) is not None:
            now = context.env.now()
            if not at_once and rests(row.next_try_at, now):
                break
            if store.outbox.sent_by_others(row):
                store.outbox.drop_alert(row.id, "what it tells was told by others", now)
                continue
            if one.url is None and one.problem is None:
                _hand_over(context, store, config, one, row)
                continue
            if not _send(context, store, config, one, row):
                failed = True
                break
    return 1 if failed else 0


def _zone(context: Context, config: Config) -> tzinfo:
    """The time zone of whoever is told: that of ``[response]`` where it says one, and else this machine's."""
    from mentionwatch.config import Response
    from mentionwatch.response.hours import working_hours

    said = config.response
    return context.zone if said.timezone == Response().timezone else working_hours(said.timezone, said.hours).zone


def _next(context: Context, store: Store, config: Config, one: Notify) -> AlertRow | None:
    row = store.outbox.pending_alert(one.name)
    if row is None and freeze(store, config, one, context.env.now(), _zone(context, config)):
        row = store.outbox.pending_alert(one.name)
    return row


def _hand_over(context: Context, store: Store, config: Config, one: Notify, row: AlertRow) -> None:
    """Put an alert that goes by mail into the outbox of mail, as one transaction: from there it is sent like a digest.

    So each address is its own, and what one server did not take is tried again with the same bytes.
    """
    import json

    from mentionwatch.deliver.message import message_bytes, message_id
    from mentionwatch.render import html, wording

    assert row.body is not None
    assert config.smtp is not None, "a configuration without [smtp] has nobody to be told by mail"
    document = json.loads(row.body)
    identity = message_id(row.uid, config.smtp.from_)
    zone = _zone(context, config)
    said_at = wording.moment(row.created_at, context.env.now(), zone)
    content = message_bytes(
        subject=row.title,
        text=f"{document['text']}\n",
        html=html.alert(document, now=f"{one.name}, {said_at} {wording.zone_name(row.created_at, zone)}"),
        from_=config.smtp.from_,
        to=one.to,
        message_id=identity,
        date=row.created_at,
        digest=one.name,
        kind="alert",
    )
    with store.writing():
        now = context.env.now()
        store.outbox.enqueue(alert_ledger(one.name), identity, row.title, content, one.to, (), (), now)
        store.outbox.alert_sent(row.id, now)


def alert_ledger(name: str) -> str:
    """What the outbox of mail calls the alerts to this one; no digest's mentions are counted under it."""
    return f"alert {name}"


def _send(context: Context, store: Store, config: Config, one: Notify, row: AlertRow) -> bool:
    """One try, written down; whether it was taken."""
    from mentionwatch.coverage import LOUD
    from mentionwatch.deliver.outbox import backoff
    from mentionwatch.deliver.webhook import Sent, send, target
    from mentionwatch.fetch import Fetcher, user_agent

    assert row.body is not None
    agent = user_agent(version("mentionwatch"), config.contact)
    now = context.env.now()
    if one.problem is not None:
        sent = Sent(one.problem)
    else:
        assert one.url is not None
        try:
            to = target(one.url.reveal())
        except UserError as error:
            sent = Sent(str(error))
        else:
            with Fetcher(context.env, user_agent=agent, max_bytes=_ANSWER, deadline=_DEADLINE) as fetcher:
                sent = send(to, row.body, fetcher, now, secret=one.secret)
    now = context.env.now()
    if sent.error is None:
        store.outbox.alert_sent(row.id, now)
        if context.attended:
            context.say(f"alert {one.name!r}: told of {row.title}")
        return True
    times = row.attempts + 1
    again = max(now + backoff(times), min(sent.again_at or now, now + _LONGEST_WAIT))
    store.outbox.alert_failed(row.id, sent.error, again)
    if times >= LOUD or context.attended:
        often = f" ({times} times in a row)" if times > 1 else ""
        context.complain(f"alert {one.name!r}: {row.title} could not be sent: {sent.error}{often}")
    return False
