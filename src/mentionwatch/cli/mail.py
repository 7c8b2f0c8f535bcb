"""``digest --email``: freeze what is pending into the outbox, then send what the outbox holds."""

from __future__ import annotations

from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mentionwatch.cli.digest import Wanted, chosen_brands, compose, counts_before, plan, render, source_states, spikes
from mentionwatch.cli.options import Context
from mentionwatch.cli.times import moment
from mentionwatch.errors import LockedError, UserError
from mentionwatch.store.lock import mail_lock

if TYPE_CHECKING:
    from mentionwatch.config import Config, Smtp
    from mentionwatch.deliver import DeliveryReport
    from mentionwatch.digest import Digest
    from mentionwatch.store import Store

#: What a digest to addresses of the command line is called where the configuration has none.
_UNNAMED = "digest"


@dataclass(frozen=True, slots=True)
class _Plan:
    """One digest to be mailed. ``ledger`` is the name under which is kept what it has told."""

    name: str | None
    ledger: str
    to: tuple[str, ...]


def mail(
    context: Context,
    wanted: Wanted,
    to: tuple[str, ...],
    *,
    dry_run: bool,
    form: str | None = None,
    output: Path | None = None,
) -> int:
    """Mail every digest asked for, each mention once; exits 1 when somebody who should have it has it not.

    With ``dry_run`` what would be sent is shown as ``form`` in ``output``, one digest after the other.
    """
    config = context.config(secrets=["smtp"])
    if not dry_run:
        mail_server(config)
    plans = _plans(config, wanted, to)
    now = context.env.now()
    lock = nullcontext() if dry_run else closing(mail_lock(context.database()))
    shown = []
    with lock, context.store(write=not dry_run) as store:
        for one in plans:
            told = _pending(store, config, now, replace(wanted, name=one.name), one)
            if dry_run:
                context.say(f"would be mailed to {', '.join(one.to)}:")
                shown.append(render(context, told, context.form(form, output)))
            elif told.count or _trouble(told) - store.outbox.last_source_problems(one.ledger):
                _freeze(context, store, config, told, one, now)
            elif context.attended:
                context.say(f"{one.ledger}: nothing new, so no mail")
        if not dry_run:
            return send_pending(context, store)
    context.deliver("\n".join(shown), output)
    return 0


def _trouble(told: Digest) -> frozenset[str]:
    """The sources that keep failing: with nothing else to tell, silence would pass for 'nobody said anything'."""
    from mentionwatch.coverage import LOUD

    return frozenset(
        line.name for line in told.sources if line.state == "gone" or (line.state == "failing" and line.times >= LOUD)
    )


def send_pending(context: Context, store: Store) -> int:
    """Send what the outbox holds, at once whatever its backoff says: somebody, or a line of cron's, asked for it."""
    from mentionwatch.deliver.outbox import send_due
    from mentionwatch.deliver.stored import StoredOutbox

    reports = send_due(
        StoredOutbox(store), mail_server(context.config(secrets=["smtp"])), context.env.now(), at_once=True
    )
    for report in reports:
        _tell(context, report)
    return 1 if any(report.failed for report in reports) else 0


def send_waiting(context: Context, store: Store, *, at_once: bool = False) -> int:
    """Send what waits in the outbox and whose time has come, as ``scan`` does last; 1 where somebody was not reached.

    The mail server's password is looked up only where there is something to send.
    """
    from mentionwatch.deliver.outbox import send_due
    from mentionwatch.deliver.stored import StoredOutbox

    now, outbox = context.env.now(), StoredOutbox(store)
    if not outbox.deliveries_due(now, at_once=at_once) or context.config().smtp is None:
        return 0
    try:
        with closing(mail_lock(context.database(), wait=60 if at_once else 0)):
            reports = send_due(outbox, mail_server(context.config(secrets=["smtp"])), now, at_once=at_once)
    except LockedError:
        if at_once:
            raise
        return 0  # Whoever holds it sends these too.
    for report in reports:
        _tell(context, report)
    return 1 if any(report.failed for report in reports) else 0


def mail_server(config: Config) -> Smtp:
    """The mail server of the configuration; ``UserError`` where there is none, or its password is not to be had."""
    if config.smtp is None:
        raise UserError(f"{config.path}: there is no [smtp] section, so nothing can be mailed; add one")
    if config.smtp.problem is not None:
        raise UserError(config.smtp.problem)
    return config.smtp


def _plans(config: Config, wanted: Wanted, to: tuple[str, ...]) -> list[_Plan]:
    from mentionwatch.deliver.message import address

    for one in to:
        address(one)
    if to:
        if wanted.name is not None:
            plan(config, wanted.name)
        # An address given by hand has a ledger of its own: what it was told does not count as told to the team.
        return [_Plan(wanted.name, f"{wanted.name or _UNNAMED} to {', '.join(sorted(to))}", to)]
    chosen = config.digests if wanted.name is None else (plan(config, wanted.name),)
    if not chosen:
        raise UserError(f"{config.path}: there is no [[digests]] section; add one, or name a recipient with --to")
    return [_Plan(one.name, one.name, one.to) for one in chosen]


def _pending(store: Store, config: Config, now: datetime, wanted: Wanted, one: _Plan) -> Digest:
    """What no mail of this digest has told yet; with an explicit ``--since`` the younger part of it."""
    from mentionwatch.app.deadlines import waiting_in_digest
    from mentionwatch.digest import DigestInput
    from mentionwatch.store.filter import MentionFilter

    brands = chosen_brands(store, config, wanted)
    names = tuple(brand.name for brand in brands)
    every = MentionFilter(brands=names, ids=() if names else ("",), backlog=False, not_in=one.ledger)
    start = None if wanted.since is None else moment(wanted.since, now, option="--since")
    selected = replace(every, since=start)
    # The period told of begins where the last mail of this digest ended, or with its oldest mention.
    since = (
        start
        or store.outbox.last_enqueued(one.ledger)
        or store.mentions.first_seen(selected)
        or now - timedelta(days=1)
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
            name=wanted.name,
            previous=counts_before(store, MentionFilter(brands=names), since, now) if names else {},
            sources=source_states(store, config, since, now),
            new_only=True,
            waiting=waiting_in_digest(store, config, names, now),
            older_pending=older,
            spikes=spikes(store, min(since, now), now + timedelta(seconds=1), now),
        ),
        selected,
    )


def _freeze(context: Context, store: Store, config: Config, told: Digest, one: _Plan, now: datetime) -> None:
    from mentionwatch.deliver.message import message_bytes, message_id
    from mentionwatch.render import html, text
    from mentionwatch.render.wording import subject

    assert config.smtp is not None
    with store.writing():
        # Another run may have frozen them while this one rendered: only what is still free is told.
        free = store.outbox.not_enqueued(one.ledger, told.ids)
        if len(free) != len(told.ids):
            raise UserError(f"{one.ledger}: another `digest --email` is at work; run again when it has ended")
        seed = f"{one.ledger}\0{now.isoformat()}\0{' '.join(sorted(free))}"
        identity = message_id(seed, config.smtp.from_)
        title = subject(told)
        message = message_bytes(
            subject=title,
            text=text.render(told, zone=context.zone),
            html=html.mail(told, zone=context.zone),
            from_=config.smtp.from_,
            to=one.to,
            message_id=identity,
            date=now,
            digest=one.ledger,
        )
        store.outbox.enqueue(one.ledger, identity, title, message, one.to, told.ids, sorted(_trouble(told)), now)


def _tell(context: Context, report: DeliveryReport) -> None:
    name = report.delivery.digest
    # Alerts that go by mail are in the outbox under a name of their own: cli.alerts.alert_ledger.
    digest = f"alert {name.removeprefix('alert ')!r}" if name.startswith("alert ") else f"digest {name!r}"
    for outcome in report.outcomes:
        if outcome.state == "refused":
            code = f"{outcome.code} " if outcome.code is not None else ""
            context.complain(f"{digest}: {outcome.recipient} was refused: {code}{outcome.reply}")
    if not report.settled:
        context.complain(f"{digest} is still pending: {report.error}; `mentionwatch deliveries retry` tries at once")
    elif context.attended:
        accepted = [outcome.recipient for outcome in report.outcomes if outcome.state == "accepted"]
        context.say(f"{digest} sent to {', '.join(accepted)}")
