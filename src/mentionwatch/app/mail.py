"""Digests by mail: what is pending is written to the outbox, then the outbox is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import cache

from mentionwatch.app.deadlines import waiting_in_digest
from mentionwatch.app.digest import DigestRequest, compose, counts_before, digest_brands, digest_plan
from mentionwatch.app.installation import Installation
from mentionwatch.app.source_states import source_states
from mentionwatch.app.spikes import spikes_within
from mentionwatch.config import Config, SmtpSettings
from mentionwatch.coverage import ALERT_AFTER as ALERT_AFTER
from mentionwatch.deliver import DeliveryReport as DeliveryReport
from mentionwatch.deliver.message import address, message_bytes, message_id
from mentionwatch.deliver.outbox import Transport, is_resting, send_pending
from mentionwatch.deliver.queues import MailQueue
from mentionwatch.deliver.smtp import send
from mentionwatch.digest import Digest, DigestInput
from mentionwatch.errors import LockedError, UserError
from mentionwatch.render import html, text
from mentionwatch.render.phrases import subject
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter
from mentionwatch.store.lock import mail_lock

#: What a digest to addresses given by hand is called where it has no name in the configuration.
_UNNAMED = "digest"
#: What the outbox of mail prefixes to the name of an alert channel.
ALERT_LEDGER = "alert "
#: Seconds to wait for another run that is sending, where somebody asked for the mail.
_PATIENCE = 60


@dataclass(frozen=True, slots=True)
class PendingDigest:
    """A digest as it would be mailed now. ``ledger`` is the name under which is kept what it has reported."""

    name: str | None
    ledger: str
    to: tuple[str, ...]
    digest: Digest


@dataclass(frozen=True, slots=True)
class MailResult:
    """Which digests had nothing new, by ledger, and what became of each mail that the outbox held."""

    unchanged: tuple[str, ...]
    sent: tuple[DeliveryReport, ...]


def mail_server(config: Config) -> SmtpSettings:
    """The mail server of the configuration; ``UserError`` where there is none, or its password cannot be read."""
    if config.smtp is None:
        raise UserError(f"{config.path}: there is no [smtp] section, so nothing can be mailed; add one")
    if config.smtp.problem is not None:
        raise UserError(config.smtp.problem)
    return config.smtp


def mail_digests(
    store: Store, config: Config, request: DigestRequest, to: tuple[str, ...], installation: Installation
) -> MailResult:
    """Mail the named digest, or all of the configuration, each mention once; then whatever else waits in the outbox.

    ``request.since`` leaves what is older pending. ``to`` are recipients in place of the configured ones; what they are
    sent counts for them alone. Raises :class:`~mentionwatch.errors.LockedError` while another run sends mail.
    """
    server, clock = installation.mail_server(), installation.env.now
    now = clock()
    unchanged = []
    with closing(mail_lock(installation.database, _PATIENCE)):
        for pending in pending_digests(store, config, request, to, now):
            if pending.digest.count or _failing(pending.digest) - store.outbox.last_source_problems(pending.ledger):
                _enqueue(store, pending, server, now, installation.zone)
            else:
                unchanged.append(pending.ledger)
        # Whatever its backoff says: a person, or a line of cron's, asked for it.
        sent = send_pending(MailQueue(store), smtp_transport(lambda: server), clock, at_once=True)
    return MailResult(tuple(unchanged), tuple(sent))


def send_mail(
    store: Store, config: Config, installation: Installation, *, at_once: bool = False
) -> list[DeliveryReport]:
    """Send the mails whose time has come; with ``at_once`` all that wait.

    Sends nothing while another run does, which sends these too; with ``at_once`` that is a
    :class:`~mentionwatch.errors.LockedError` after a minute.
    """
    queue, clock = MailQueue(store), installation.env.now
    now = clock()
    if config.smtp is None or all(is_resting(one.next_try_at, now) and not at_once for one in queue.pending()):
        return []
    try:
        with closing(mail_lock(installation.database, _PATIENCE if at_once else 0)):
            return send_pending(queue, smtp_transport(installation.mail_server), clock, at_once=at_once)
    except LockedError:
        if at_once:
            raise
        return []


def alert_ledger(name: str) -> str:
    """What the outbox of mail calls the alerts to a ``[[notify]]`` entry; no digest's mentions count under it."""
    return f"{ALERT_LEDGER}{name}"


def smtp_transport(server: Callable[[], SmtpSettings]) -> Transport:
    """What sends a delivery by SMTP; ``server`` is called once, before the first."""
    known = cache(server)
    return lambda delivery: send(known(), delivery.content, delivery.pending)


def pending_digests(
    store: Store, config: Config, request: DigestRequest, to: tuple[str, ...], now: datetime
) -> Iterator[PendingDigest]:
    """The digests of :func:`mail_digests` as they would be mailed at ``now``."""
    for one in to:
        address(one)
    if to:
        if request.name is not None:
            digest_plan(config, request.name)
        # An address given by hand has a ledger of its own: what it was sent does not count as sent to the team.
        plans = [(request.name, f"{request.name or _UNNAMED} to {', '.join(sorted(to))}", to)]
    else:
        chosen = config.digests if request.name is None else (digest_plan(config, request.name),)
        plans = [(one.name, one.name, one.to) for one in chosen]
    if not plans:
        raise UserError(f"{config.path}: there is no [[digests]] section; add one, or name a recipient with --to")
    for name, ledger, recipients in plans:
        digest = _pending(store, config, replace(request, name=name), ledger, now)
        yield PendingDigest(name, ledger, recipients, digest)


def _pending(store: Store, config: Config, request: DigestRequest, ledger: str, now: datetime) -> Digest:
    """What no mail of this ledger has reported yet; with ``request.since`` the younger part of it."""
    brands = digest_brands(store, config, request)
    names = tuple(brand.name for brand in brands)
    start = request.since
    every = MentionFilter(brands=names, ids=() if names else ("",), backlog=False, not_in=ledger, noise=False)
    selected = replace(every, since=start)
    # The period begins where the last mail of this digest ended, or with its oldest mention.
    since = (
        start or store.outbox.last_enqueued(ledger) or store.mentions.first_seen(selected) or now - timedelta(days=1)
    )
    older = sum(store.mentions.count(replace(every, until=start, own=False)).values()) if start is not None else 0
    return compose(
        store,
        config,
        DigestInput(
            since=min(since, now),
            until=now,
            now=now,
            brands=brands,
            mentions=(),
            name=request.name,
            previous=counts_before(store, MentionFilter(brands=names, noise=False), since, now) if names else {},
            sources=source_states(store, config, since, now),
            new_only=True,
            waiting=waiting_in_digest(store, config, names, now),
            older_pending=older,
            spikes=spikes_within(store, min(since, now), now + timedelta(seconds=1), now),
        ),
        selected,
    )


def _failing(digest: Digest) -> frozenset[str]:
    """The sources that keep failing: with nothing else to report, silence would pass for 'nothing was said'."""
    return frozenset(
        line.name
        for line in digest.sources
        if line.state == "gone" or (line.state == "failing" and line.times >= ALERT_AFTER)
    )


def _enqueue(store: Store, pending: PendingDigest, server: SmtpSettings, now: datetime, zone: tzinfo) -> None:
    """Write the digest to the outbox, in the transaction that takes its mentions."""
    digest, ledger = pending.digest, pending.ledger
    with store.writing():
        # Another run may have taken them while this one rendered.
        free = store.outbox.not_enqueued(ledger, digest.ids)
        if len(free) != len(digest.ids):
            raise UserError(f"{ledger}: another `digest --email` is running; retry later")
        identity = message_id(f"{ledger}\0{now.isoformat()}\0{' '.join(sorted(free))}", server.from_)
        title = subject(digest)
        message = message_bytes(
            subject=title,
            text=text.render(digest, zone=zone),
            html=html.mail(digest, zone=zone),
            from_=server.from_,
            to=pending.to,
            message_id=identity,
            date=now,
            digest=ledger,
        )
        store.outbox.enqueue(ledger, identity, title, message, pending.to, digest.ids, sorted(_failing(digest)), now)
