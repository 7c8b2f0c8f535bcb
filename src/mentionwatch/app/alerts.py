"""Alerts: record what happened, hold it in quiet hours, write messages to the outbox, send them.

Each step finds its work in rows, so a run that is cut off anywhere is made good by the next: an event is recorded once,
whoever finds it, and a message that may not have arrived is sent again as it was.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, tzinfo
from functools import partial
from importlib.metadata import version
from typing import cast

from mentionwatch.alerts import AlertEvent, EventKind, alert_id, is_quiet
from mentionwatch.app.alert_events import record_events
from mentionwatch.app.deadlines import add_deadlines, sla_policy
from mentionwatch.app.installation import Installation
from mentionwatch.app.mail import alert_ledger, send_mail
from mentionwatch.config import AlertChannel, Config, ResponseSettings
from mentionwatch.deliver import DeliveryReport
from mentionwatch.deliver.message import message_bytes, message_id
from mentionwatch.deliver.outbox import send_pending
from mentionwatch.deliver.queues import AlertQueue
from mentionwatch.deliver.webhook import transport
from mentionwatch.env import Env
from mentionwatch.errors import LockedError
from mentionwatch.fetch import user_agent
from mentionwatch.model import Mention
from mentionwatch.render import alert as render
from mentionwatch.render import html, phrases
from mentionwatch.response.sla import Deadline, clocks_of, has_clock, is_noise, is_snoozed, next_deadline
from mentionwatch.response.working_hours import parse_working_hours
from mentionwatch.store import Store
from mentionwatch.store.alerts import EventRow
from mentionwatch.store.filter import MentionFilter
from mentionwatch.store.lock import alert_lock
from mentionwatch.store.outbox import AlertRow


def send_alerts(
    store: Store, config: Config, installation: Installation, *, started: datetime, at_once: bool = False
) -> list[DeliveryReport]:
    """Record what happened, write messages to the outbox and send what waits there, digests that failed included.

    ``started`` is when the run began: an entry that is new in the configuration gets what happens from then on.
    ``at_once`` tries what waits whatever its backoff says, but not in quiet hours. Times are worded in the zone of
    ``[response]`` where that names one.
    """
    record_events(store, config, started, installation.env.now(), installation.zone)
    reports = []
    if config.notify:
        try:
            with closing(alert_lock(installation.database, wait=0)):
                reports = _send_held(store, config, installation, at_once=at_once)
        except LockedError:
            pass  # Whoever holds it sends what has been recorded here too, or the next scan does.
    return [*reports, *send_mail(store, config, installation, at_once=at_once)]


def retry_deliveries(store: Store, config: Config, installation: Installation) -> list[DeliveryReport]:
    """Retry now what waits, whatever its backoff says; alerts in quiet hours wait on.

    Raises :class:`~mentionwatch.errors.UserError` where digests wait and there is no mail server to send them.
    """
    if store.outbox.deliveries(pending=True) or not config.notify:
        # Alerts to webhooks need no mail server.
        installation.mail_server()
    return send_alerts(store, config, installation, started=installation.env.now(), at_once=True)


def _send_held(store: Store, config: Config, installation: Installation, *, at_once: bool) -> list[DeliveryReport]:
    """Send to each entry that is not in its quiet hours; its alerts by mail go to the outbox of mail."""
    env, agent = installation.env, user_agent(version("mentionwatch"), config.contact)
    response = config.response
    wall = parse_working_hours(response.timezone, response.hours).zone
    shown = installation.zone if response.timezone == ResponseSettings().timezone else wall
    reports = []
    for one in config.notify:
        if is_quiet(one.quiet, env.now(), wall):
            continue
        queue = AlertQueue(store, one.name, partial(_enqueue, store, config, one, env, shown), env.now)
        if one.to:
            for row in queue.rows():
                _hand_to_mail(store, config, one, row, env, shown)
        else:
            reports += send_pending(queue, transport(one, env, agent), env.now, at_once=at_once)
    return reports


def _enqueue(store: Store, config: Config, one: AlertChannel, env: Env, zone: tzinfo) -> bool:
    """Write one message of all that is held for this entry, in one transaction; whether there was anything."""
    with store.writing():
        now = env.now()
        held, items = _alert_items(store, config, store.alerts.held_events(one.name), now)
        if not held:
            return False
        keys = [row.key for row in held]
        uid = alert_id(one.name, keys, now)
        body = render.document(uid, one.name, items, now, zone) if items else None
        store.outbox.enqueue_alert(one.name, uid, render.title(items), body, keys, now)
    return body is not None


def _alert_items(
    store: Store, config: Config, held: Sequence[EventRow], now: datetime
) -> tuple[list[EventRow], list[render.AlertItem]]:
    """The held events that are settled now, and what is told of them, with the mentions as they stand.

    An event is settled untold whose mention is no longer there, or is noise by now; one that is snoozed is held on.
    """
    mentions, deadlines = _standing(store, config, [row.mention for row in held if row.mention is not None])
    settled, items = [], []
    for row in held:
        about = None if row.mention is None or row.key.startswith("spike:") else mentions.get(row.mention)
        if about is not None and is_snoozed(about, now):
            continue
        settled.append(row)
        if row.mention is None or row.key.startswith("spike:") or (about is not None and not is_noise(about)):
            event = AlertEvent(cast("EventKind", row.kind), row.key, row.brands, row.mention, row.data)
            of = row.mention or ""
            items.append(render.AlertItem(event, row.at or now, mentions.get(of), deadlines.get(of)))
    return settled, items


def _standing(store: Store, config: Config, ids: Sequence[str]) -> tuple[dict[str, Mention], dict[str, Deadline]]:
    """The mentions with ``due_at``, and their deadlines."""
    if not ids:
        return {}, {}
    policy = sla_policy(config)
    mentions = {m.id: m for m in add_deadlines(store, config, store.mentions.find(MentionFilter(ids=tuple(ids))))}
    logs = store.triage.logs(tuple(mentions))
    deadlines: dict[str, Deadline] = {}
    for mention in mentions.values():
        level = None if mention.urgency is None else mention.urgency.level
        next_ = (
            next_deadline(clocks_of(mention, logs.get(mention.id, ())), policy, level)
            if has_clock(mention, policy)
            else None
        )
        if next_ is not None:
            deadlines[mention.id] = next_
    return mentions, deadlines


def _hand_to_mail(store: Store, config: Config, one: AlertChannel, row: AlertRow, env: Env, zone: tzinfo) -> None:
    """Move an alert into the outbox of mail, in one transaction: from there it is sent like a digest.

    So each address is its own, and what one server did not take is tried again with the same bytes.
    """
    assert row.body is not None
    assert config.smtp is not None, "a configuration without [smtp] has no alert channel with mail addresses"
    document = json.loads(row.body)
    identity = message_id(row.uid, config.smtp.from_)
    made_at = phrases.moment(row.created_at, env.now(), zone)
    content = message_bytes(
        subject=row.title,
        text=f"{document['text']}\n",
        html=html.alert(document, now=f"{one.name}, {made_at} {phrases.zone_name(row.created_at, zone)}"),
        from_=config.smtp.from_,
        to=one.to,
        message_id=identity,
        date=row.created_at,
        digest=one.name,
        kind="alert",
    )
    with store.writing():
        now = env.now()
        store.outbox.enqueue(alert_ledger(one.name), identity, row.title, content, one.to, (), (), now)
        store.outbox.alert_sent(row.id, now)
