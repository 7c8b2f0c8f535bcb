"""``due``: what must be answered, the most overdue first, with all that is needed to act."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.options import MENTION_FORMATS, Context, global_options, output_options
from mentionwatch.cli.times import Duration
from mentionwatch.errors import UserError

if TYPE_CHECKING:
    from mentionwatch.cli.digest import Wanted
    from mentionwatch.config import Config
    from mentionwatch.digest import Waiting
    from mentionwatch.model import Brand
    from mentionwatch.response.clock import Due, Owed, Terms
    from mentionwatch.store import Store

#: How many a digest leads with; it counts the others.
_LED_WITH = 10
#: And how old they are at most where nobody has touched them: what a digest costs does not grow with the years.
_LOOKS_BACK = timedelta(days=90)


@click.command()
@click.option("--in", "within", type=Duration(), metavar="15m", help="Only what is overdue, or due within this time.")
@click.option("--brand", "brands", multiple=True, metavar="B", help="This brand only; may be repeated.")
@click.option("--assignee", "assignees", multiple=True, metavar="WHO", help="What WHO has only; may be repeated.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many (default 50 on a terminal).")
@output_options(*MENTION_FORMATS)
@global_options
def due(
    context: Context,
    within: timedelta | None,
    brands: tuple[str, ...],
    assignees: tuple[str, ...],
    limit: int | None,
    form: str | None,
    output: Path | None,
) -> int:
    """List what must be answered, the most overdue first.

    [response] says how soon, by urgency, in working hours. Exits 3 when something is overdue.
    """
    from mentionwatch.cli.clock import terms_of
    from mentionwatch.response.clock import is_overdue

    config = context.config()
    if not (config.response.reply_within or config.response.resolve_within):
        context.say(f"{config.path}: [response] has no reply_within, so nothing but promises has a clock")
    terms = terms_of(config)
    now = context.env.now()
    form = context.form(form, output)
    with context.store() as store, store.reading():
        waiting = all_owed(store, terms, _own(terms, config.brands, brands), assignees)
        if within is not None:
            waiting = [(one, owed) for one, owed in waiting if owed.due_at <= now + within]
        overdue = sum(is_overdue(owed, now) for _, owed in waiting)
        told = with_mentions(store, waiting[: limit or (50 if form == "terminal" else None)])
    context.deliver(_rendered(context, told, now, form, overdue, len(waiting)), output)
    if context.attended and len(told) < len(waiting):
        context.say(f"the first {len(told)} of {len(waiting)} are shown; see more with --limit")
    return 3 if overdue else 0


def _own(terms: Terms, configured: Collection[Brand], asked: tuple[str, ...]) -> Collection[str]:
    """Our own brands among those asked for; asking for any other is an error that says why."""
    from mentionwatch.config.diagnostics import did_you_mean, quoted

    kinds = {brand.name: brand.kind for brand in configured}
    problems = []
    for name in asked:
        if name not in kinds:
            problems.append(f"--brand {quoted(name)}: not in the configuration{did_you_mean(name, kinds)}")
        elif name not in terms.brands:
            problems.append(f"--brand {quoted(name)}: is a {kinds[name]}; nobody waits for our answer there")
    if problems:
        raise UserError(*problems)
    return asked or terms.brands


def all_owed(
    store: Store,
    terms: Terms,
    brands: Collection[str],
    assignees: Collection[str] = (),
    as_of: datetime | None = None,
    since: datetime | None = None,
    statuses: Collection[str] = (),
    urgencies: Collection[str] = (),
) -> list[tuple[str, Owed]]:
    """Every mention of our brands for which something is owed, by id, the most overdue first.

    With ``since``, of those that nobody has touched only what counts from then on. Assignees, states and levels narrow
    it to theirs; none is all.
    """
    from mentionwatch.response.clock import clocks, owed
    from mentionwatch.response.triage import standing

    found: list[tuple[str, Owed]] = []
    waiting = store.counting(brands, {*terms.reply_within, *terms.resolve_within}, as_of, since)
    logs = store.logs([one.id for one in waiting if one.has_log], as_of)
    for mention in waiting:
        log = logs.get(mention.id, ())
        now = standing(log)
        if assignees and now.assignee not in assignees:
            continue
        if (statuses and now.status not in statuses) or (urgencies and mention.level not in urgencies):
            continue
        one = owed(clocks(mention.counts_at, log), terms, mention.level)
        if one is not None:
            found.append((mention.id, one))
    return sorted(found, key=lambda pair: (pair[1].due_at, pair[0]))


def waiting(
    store: Store, config: Config | None, brands: Collection[str], now: datetime, wanted: Wanted | None = None
) -> Waiting:
    """What a digest of these brands leads with: the most overdue of what waits for an answer of ours at ``now``.

    What ``wanted`` narrows the digest to – states, levels, who has it, overdue – narrows this too.
    """
    from mentionwatch.cli.clock import terms_of
    from mentionwatch.digest import Waiting
    from mentionwatch.response.clock import is_overdue

    if config is None:
        return Waiting()
    terms = terms_of(config)
    narrowed: dict[str, Collection[str]] = {}
    if wanted is not None:
        narrowed = {"assignees": wanted.assignees, "statuses": wanted.statuses, "urgencies": wanted.urgencies}
    found = all_owed(store, terms, terms.brands & set(brands), as_of=now, since=now - _LOOKS_BACK, **narrowed)
    if wanted is not None and wanted.overdue:
        found = [(one, owed) for one, owed in found if is_overdue(owed, now)]
    return Waiting(
        first=tuple(one.mention for one in with_mentions(store, found[:_LED_WITH], now)),
        count=len(found),
        overdue=sum(is_overdue(owed, now) for _, owed in found),
    )


def with_mentions(store: Store, waiting: list[tuple[str, Owed]], as_of: datetime | None = None) -> list[Due]:
    """What is owed together with the mentions themselves, in the same order."""
    from dataclasses import replace

    from mentionwatch.response.clock import Due
    from mentionwatch.store.mentions import Filter

    if not waiting:
        return []
    read = {m.id: m for m in store.mentions(Filter(ids=tuple(one for one, _ in waiting), as_of=as_of))}
    return [
        Due(replace(read[one], due_at=owed.due_at, due_for=owed.what), owed) for one, owed in waiting if one in read
    ]


def _rendered(context: Context, told: list[Due], now: datetime, form: str, overdue: int, all_: int) -> str:
    from mentionwatch.render import due as render

    if form == "json":
        return render.json(told, now, overdue)
    if form in ("terminal", "text"):
        from mentionwatch.render import terminal

        width, color = (context.width, context.color) if form == "terminal" else (80, False)
        head = f"{render.summary(overdue, all_)}\n" + ("\n" if told else "")
        return head + terminal.due(told, now, width=width, color=color, zone=context.zone)
    from mentionwatch.cli.browse import listed

    return listed(context, tuple(one.mention for one in told), form)
