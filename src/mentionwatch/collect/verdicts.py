"""Judges what is stored: every mention once, and again when the rules, its words or its counts have changed.

What the user's rules want done is logged with the verdict, in one transaction: once per mention, and never where a
person has done something about it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from mentionwatch.analysis import NO_RULES, Analysis, PersonLabel, Rulebook, analyse, rules_version
from mentionwatch.analysis.rules import TriageMove, is_automatic
from mentionwatch.analysis.urgency import OLD, WAITS
from mentionwatch.config import Config
from mentionwatch.errors import UserError
from mentionwatch.model import Brand, LogEntry
from mentionwatch.response.triage import Action, follow
from mentionwatch.store import Store
from mentionwatch.store.verdicts import Unjudged, Verdict

#: Mentions judged in one transaction: a killed run repeats at most so many.
_BATCH = 1000
#: Mentions that a scan judges again because the rules have changed: of a million the newest come first, and the others
#: with the next scans.
MOST_RENEWED = 20_000


def rulebook(config: Config) -> Rulebook:
    """The rules and people of a configuration."""
    return Rulebook(config.rules, config.people)


def judge_pending(
    store: Store,
    brands: Sequence[Brand],
    now: datetime,
    *,
    book: Rulebook = NO_RULES,
    started: datetime | None = None,
    renew: int | None = None,
) -> int:
    """Judge what has no verdict by today's rules; gives how many mentions were judged.

    What other rules have judged is judged again, all of it or at most ``renew``, the newest first. ``started`` is when
    the run began: new rules act on what was found from then on.
    """
    by_name = {brand.name: brand for brand in brands}
    rules = {brand.name: rules_version(brand, book) for brand in brands}
    marks = book.marks()
    since = store.triage.rules_since(marks, started or now)
    with store.writing():
        store.triage.save_rules_since(marks, since)
    own = [brand.name for brand in brands if brand.kind == "own"]
    with store.writing():
        # What is a week old by then was not going to be answered: it is no more urgent than it was.
        store.verdicts.update_waiting(own, now - OLD, now - WAITS)
    count = renewed = 0
    while True:
        batch = store.verdicts.unjudged(rules, _BATCH)
        if not batch:
            left = _BATCH if renew is None else min(_BATCH, renew - renewed)
            batch = store.verdicts.outdated(rules, left) if left > 0 else ()
            renewed += len(batch)
        if not batch:
            return count
        judged = [(mention, judge_one(mention, by_name[mention.brand], book)) for mention in batch]
        with store.writing():
            store.verdicts.save((judgement(one, made, rules[one.brand]) for one, made in judged), now)
            apply_moves(store, ((one, made.moves) for one, made in judged), since, now)
        count += len(judged)


def rejudge(store: Store, brands: Sequence[Brand], book: Rulebook, ids: Collection[str], now: datetime) -> None:
    """Judge these mentions again at once, as after a label; in the caller's transaction. No rule acts."""
    by_name = {brand.name: brand for brand in brands}
    store.verdicts.save(
        [
            judgement(one, judge_one(one, by_name[one.brand], book), rules_version(by_name[one.brand], book))
            for one in list(store.verdicts.to_judge(by_name, ids=ids))
        ],
        now,
    )


def judge_one(mention: Unjudged, brand: Brand, book: Rulebook) -> Analysis:
    """The analysis of one stored mention."""
    return analyse(
        mention.item,
        brand,
        matches=mention.matches,
        own=mention.own,
        backlog=mention.backlog,
        first_seen_at=mention.first_seen_at,
        source=mention.source,
        label=None if mention.label is None else PersonLabel(cast(Any, mention.label[0]), mention.label[1]),
        book=book,
        readings=mention.readings,
        waits=mention.waits,
    )


def judgement(mention: Unjudged, made: Analysis, rules: str) -> Verdict:
    """The verdict as it is stored."""
    return Verdict(
        mention.seq, made.sentiment, made.urgency, made.flags, rules, made.tags, made.hits, made.person, made.role
    )


def apply_moves(
    store: Store,
    wanted: Iterable[tuple[Unjudged, Sequence[TriageMove]]],
    since: Mapping[str, datetime] | None,
    now: datetime,
    *,
    dry_run: bool = False,
) -> int:
    """Log what rules want done, in the caller's transaction; gives how many entries are, or with ``dry_run`` would be.

    ``since`` says from when on each rule acts; ``None``: on everything. A rule acts once per mention, and not where a
    person has moved it, or has undone what a rule did.
    """
    todo = {
        mention.id: [
            move
            for move in moves
            if since is None or (mention.matched_at is not None and mention.matched_at >= since[move.by])
        ]
        for mention, moves in wanted
        if moves
    }
    todo = {mention: moves for mention, moves in todo.items() if moves}
    logs = store.triage.logs(todo) if todo else {}
    entries = 0
    for mention, moves in todo.items():
        log = logs.get(mention, ())
        if any(not is_automatic(entry.by) and entry.action not in ("note", "label") for entry in log):
            continue
        for move in moves:
            if not any(entry.by == move.by for entry in log):
                entries += _log(store, mention, log, move, now, dry_run=dry_run)
                log = store.triage.logs((mention,)).get(mention, ())
    return entries


def _log(
    store: Store, mention: str, log: Sequence[LogEntry], move: TriageMove, now: datetime, *, dry_run: bool
) -> bool:
    action: Action = "ignore" if move.to is None else "assign"
    data = {} if move.to is None else {"to": move.to}
    try:
        if not follow(mention, log, action, data):
            return False
    except UserError:
        # Where the move makes no sense after what another rule did, there is nothing to do.
        return False
    if not dry_run:
        store.triage.append(mention, action, data, by=move.by, at=now)
    return True
