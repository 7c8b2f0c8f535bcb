"""``digest``: what was said in a time, in any format, to the terminal, a file, or by mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.options import Context, global_options, output_options, triage_options
from mentionwatch.cli.times import moment
from mentionwatch.errors import UserError

if TYPE_CHECKING:
    from mentionwatch.config import Config, DigestPlan
    from mentionwatch.coverage import Gap, SourceState
    from mentionwatch.coverage.habits import Notice
    from mentionwatch.digest import Digest, DigestInput, Spike
    from mentionwatch.model import Brand, Mention
    from mentionwatch.store import Store
    from mentionwatch.store.baselines import Baseline
    from mentionwatch.store.filter import MentionFilter
    from mentionwatch.store.shapes import ShapeChange

FORMATS = ("terminal", "text", "markdown", "html", "json", "jsonl", "csv", "atom")
#: These say of themselves that they are UTF-8, or are read as such: the locale has no say in them.
_SAY_UTF8 = ("html", "atom", "csv")
#: These give every mention with its words, one after the other; the others for people what a page holds.
_EVERY = ("json", "jsonl", "csv", "atom")
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which digest is asked for, in the user's words."""

    name: str | None = None
    since: str | None = None
    until: str | None = None
    brands: tuple[str, ...] = ()
    new: bool = False
    statuses: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    overdue: bool = False

    @property
    def part(self) -> bool:
        """Whether only some of what was said is asked for."""
        return bool(self.statuses or self.assignees or self.urgencies or self.overdue)


@click.command()
@click.argument("name", required=False)
@click.option("--since", metavar="WHEN", help="From then on: 1d, 2h30m, today, 2026-11-20 (default 1d).")
@click.option("--until", metavar="WHEN", help="Up to then (default now).")
@click.option("--brand", "brands", multiple=True, metavar="B", help="This brand only; may be repeated.")
@click.option("--new", is_flag=True, help="Only what no earlier delivered digest held.")
@triage_options
@output_options(*FORMATS)
@click.option("--email", is_flag=True, help="Mail what no earlier digest held, each digest once.")
@click.option("--to", "to", multiple=True, metavar="A", help="With --email: to this address instead.")
@click.option("--as-of", metavar="WHEN", help="What this command would have printed then.")
@click.option("--dry-run", is_flag=True, help="With --email: show what would be sent, and send nothing.")
@global_options
def digest(
    context: Context,
    name: str | None,
    since: str | None,
    until: str | None,
    brands: tuple[str, ...],
    new: bool,
    statuses: tuple[str, ...],
    assignees: tuple[str, ...],
    overdue: bool,
    urgencies: tuple[str, ...],
    form: str | None,
    output: Path | None,
    email: bool,
    to: tuple[str, ...],
    as_of: str | None,
    dry_run: bool,
) -> int:
    """Tell what was said: brands, then stories, the most important first.

    NAME is a digest of the configuration, with its brands and recipients.
    """
    wanted = Wanted(name, since, until, brands, new, statuses, assignees, urgencies, overdue)
    if email:
        if as_of is not None or until is not None:
            raise click.UsageError("--email tells what is pending now; it does not go with --as-of or --until")
        if wanted.part:
            raise click.UsageError("--email tells all that is pending: no --status, --assignee, --urgency or --overdue")
        if not dry_run and (form is not None or output is not None):
            raise click.UsageError("--email sends text and HTML; -f and -o go with its --dry-run")
        from mentionwatch.cli.mail import mail

        return mail(context, wanted, to, dry_run=dry_run, form=form, output=output)
    if to:
        raise click.UsageError("--to goes with --email")
    now = context.env.now() if as_of is None else moment(as_of, context.env.now(), option="--as-of")
    form = context.form(form, output)
    if form in _SAY_UTF8 and output is None:
        context.write_utf8()
    with context.store() as store, store.reading():
        config = context.config() if overdue or context.has_config() else None
        told = make(store, config, now, wanted, as_of=None if as_of is None else now, worded=form not in _EVERY)
        if form in _EVERY:
            context.deliver_parts(parts(told, form), output)
            return 0
    context.deliver(render(context, told, form), output)
    return 0


def make(
    store: Store,
    config: Config | None,
    now: datetime,
    wanted: Wanted,
    *,
    as_of: datetime | None = None,
    worded: bool = True,
) -> Digest:
    """The digest asked for, from what the database holds (as of a time in the past where one is given).

    Its ``mentions`` are read as they are taken, while the store is open. ``worded`` has the words of what a page shows.
    """
    from mentionwatch.app.deadlines import TriageFilter, overdue_ids, waiting_in_digest
    from mentionwatch.digest import DigestInput
    from mentionwatch.store.filter import MentionFilter

    brands = chosen_brands(store, config, wanted)
    names = tuple(brand.name for brand in brands)
    # Up to and with the present second: a digest right after a scan tells what that scan found.
    until = now + _SECOND if wanted.until is None else moment(wanted.until, now, option="--until", future=True)
    since = moment(wanted.since or "1d", now, option="--since")
    if until <= since:
        raise UserError("--until: the end lies before --since")
    # To the store, no brand is no filter; an id that nothing has stands in for it.
    every = MentionFilter(brands=names, ids=() if names else ("",), as_of=as_of or now)
    selected = replace(
        every,
        since=since,
        until=until,
        undelivered=wanted.new,
        backlog=False if wanted.new else None,
        statuses=wanted.statuses,
        assignees=wanted.assignees,
        urgencies=wanted.urgencies,
    )
    with store.reading():
        if wanted.overdue and config is not None and names:
            selected = replace(selected, ids=overdue_ids(store, config, now))
        return compose(
            store,
            config,
            DigestInput(
                since=since,
                until=min(until, now) if wanted.until is None else until,
                now=now,
                brands=brands,
                mentions=(),
                name=wanted.name,
                previous={} if wanted.new or wanted.part else counts_before(store, every, since, until),
                sources=source_states(store, config, since, now, as_of),
                new_only=wanted.new,
                waiting=waiting_in_digest(
                    store,
                    config,
                    names,
                    now,
                    TriageFilter(wanted.statuses, wanted.assignees, wanted.urgencies, wanted.overdue),
                ),
                spikes=spikes(store, since, until, now),
            ),
            selected,
            worded=worded,
        )


def compose(
    store: Store, config: Config | None, given: DigestInput, selected: MentionFilter, *, worded: bool = True
) -> Digest:
    """The digest of the mentions ``selected``, of which those are read whole that a page shows."""
    from mentionwatch.digest import brief, lay_out, shown, with_words

    bare = _timed(store, config, store.mentions.find_bare(selected), selected.as_of)
    told = lay_out(given, map(brief, bare))
    told = replace(told, mentions=_Read(store, config, told.ids, selected.as_of))
    if not worded:
        return told
    return with_words(told, {one.id: one for one in _Read(store, config, shown(told), selected.as_of)})


@dataclass(frozen=True, slots=True)
class _Read:
    """Mentions with their words, in the order of their ids, read as they are taken and as often."""

    store: Store
    config: Config | None
    ids: tuple[str, ...]
    as_of: datetime | None

    def __iter__(self) -> Iterator[Mention]:
        return _timed(self.store, self.config, self.store.mentions.by_ids(self.ids, self.as_of), self.as_of)


def _timed(
    store: Store, config: Config | None, mentions: Iterable[Mention], as_of: datetime | None
) -> Iterator[Mention]:
    """The mentions with ``due_at``, some hundreds at a time."""
    from mentionwatch.app.deadlines import add_deadlines

    rest = iter(mentions)
    while some := tuple(islice(rest, 500)):
        yield from add_deadlines(store, config, some, as_of)


def spikes(store: Store, since: datetime, until: datetime, now: datetime) -> dict[str, tuple[Spike, ...]]:
    """By brand, the spikes that went on at any time of a period, as it stood at ``now``."""
    from mentionwatch.cli.spikes import first_of_each
    from mentionwatch.digest import Spike

    found: dict[str, tuple[Spike, ...]] = {}
    for one in first_of_each(store.spikes.within(since, until, now)):
        why = str(one.seen.get("why", ""))
        spike = Spike(one.kind, one.began_at, one.ended_at, why, one.acked_at, one.acked_by)
        found[one.brand] = (*found.get(one.brand, ()), spike)
    return found


def counts_before(store: Store, every: MentionFilter, since: datetime, until: datetime) -> Mapping[str, int]:
    """Mentions of the period of equal length before, where the watch had begun by then; own posts not counted."""
    try:
        start = since - (until - since)
    except OverflowError:
        return {}  # an end so far ahead that the period before would begin before the calendar
    begun = min((row.first_asked_at for row in store.sources.states().values() if row.first_asked_at), default=None)
    if begun is None or begun > start:
        return {}
    counts = store.mentions.count(replace(every, since=start, until=since, own=False))
    return {name: counts.get(name, 0) for name in every.brands}


def chosen_brands(store: Store, config: Config | None, wanted: Wanted) -> tuple[Brand, ...]:
    """The brands a digest tells of: those asked for, the plan's, or all; an unknown one is an error with a guess."""
    from mentionwatch.app.brands import select_brands

    names = wanted.brands or (plan(config, wanted.name).brands if wanted.name is not None else ())
    return select_brands(store, config, names)


def plan(config: Config | None, name: str) -> DigestPlan:
    """The ``[[digests]]`` entry of that name."""
    from mentionwatch.app.brands import unknown_name

    plans = {one.name: one for one in config.digests} if config is not None else {}
    if config is not None and name not in plans and any(brand.name == name for brand in config.brands):
        raise UserError(f"digest {name!r}: that is a brand; write --brand {name!r}")
    if not plans:
        raise UserError(f"digest {name!r}: the configuration has no [[digests]]; add one, or leave its name out")
    if name not in plans:
        raise UserError(unknown_name("digest", name, plans))
    return plans[name]


def _gaps(store: Store, since: datetime, now: datetime) -> dict[str, tuple[Gap, ...]]:
    """When each source was not seen. Most questions had no trouble: only the others' ledger is drawn up."""
    from mentionwatch.coverage import gaps
    from mentionwatch.coverage.ledger import ledger

    polls = store.polls.between(since, now)
    troubled = {poll.source for poll in polls if poll.outcome not in ("answered", "unchanged")}
    own = [poll for poll in polls if poll.source in troubled]
    asked = {(poll.source, poll.question) for poll in own if poll.question}
    before = store.polls.before(since, sorted(asked))
    start = min((poll.first_at for poll in before), default=since)
    return {told.source: gaps(told) for told in ledger([*before, *own], min(start, since), now)}


def source_notices(store: Store, now: datetime) -> dict[str, tuple[Notice, ...]]:
    """Where sources break with their own habits, as it stood at ``now``."""
    from mentionwatch.coverage.habits import LOOK_BACK, notices

    days = store.baselines.daily_new_items(now - LOOK_BACK, now)
    by_source: dict[str, list[Baseline]] = {}
    for habit in store.baselines.between(now - LOOK_BACK, now):
        by_source.setdefault(habit.source, []).append(habit)
    found = {
        name: notices(days.get(name, {}), habits, max(habit.last_answer for habit in habits), now)
        for name, habits in by_source.items()
    }
    for change in store.shapes.changes(now - LOOK_BACK, now):
        found[change.source] = (*found.get(change.source, ()), _notice(change))
    return {name: told for name, told in found.items() if told}


def _notice(change: ShapeChange) -> Notice:
    """What a digest says of answers that look otherwise."""
    from mentionwatch.coverage.habits import Notice

    kind, _, what = change.what.partition(" ")
    common = (change.at, change.since, change.before, change.before)
    if kind == "names":
        # Of an instant: there is nothing that could last.
        return Notice("names", *common, int(change.now), ended_at=change.at)
    return Notice("format" if kind == "format" else "field", *common, 0, what, change.now, ended_at=change.ended_at)


def source_states(
    store: Store, config: Config | None, since: datetime, now: datetime, as_of: datetime | None = None
) -> tuple[SourceState, ...]:
    """How every configured source stands, with the times since ``since`` in which it was not seen."""
    from mentionwatch.coverage import SourceState

    rows = store.sources.states(as_of)
    gaps = _gaps(store, since, now)
    unusual = source_notices(store, now)
    types = (
        {source.name: source.source.type for source in config.sources if source.enabled}
        if config is not None
        else {name: row.type for name, row in rows.items()}
    )
    states = []
    for name, kind in types.items():
        row = rows.get(name)
        if row is None or row.last_asked_at is None or row.last_asked_at > now:
            states.append(SourceState(name, kind))
            continue
        states.append(
            SourceState(
                name,
                kind,
                last_asked_at=row.last_asked_at,
                last_success_at=row.last_success_at,
                failing_since=row.failing_since,
                failures=row.failures,
                error=row.error,
                wait_until=row.wait_until,
                wait_reason=row.wait_reason,
                gone_at=row.gone_at,
                moved_to=row.moved_to,
                note=row.note,
                gaps=gaps.get(name, ()),
                notices=unusual.get(name, ()),
            )
        )
    return tuple(states)


def render(context: Context, told: Digest, form: str) -> str:
    """The digest in a format."""
    from importlib import import_module

    module = import_module(f"mentionwatch.render.{form}")
    if form == "terminal":
        text = module.render(told, width=context.width, color=context.color, zone=context.zone)
    elif form in ("text", "markdown", "html"):
        text = module.render(told, zone=context.zone)
    else:
        text = module.render(told)
    assert isinstance(text, str)
    return text


def parts(told: Digest, form: str) -> Iterable[str]:
    """The digest in one of the formats that give every mention, piece by piece."""
    from importlib import import_module

    pieces: Iterable[str] = import_module(f"mentionwatch.render.{form}").parts(told)
    return pieces


__all__ = [
    "FORMATS",
    "Wanted",
    "chosen_brands",
    "compose",
    "digest",
    "make",
    "plan",
    "render",
    "source_notices",
    "source_states",
    "spikes",
]
