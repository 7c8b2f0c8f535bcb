"""Judges what is stored: every mention once, and again when the rules, its words or its counts have changed.

What the user's rules want done is logged with the verdict, in one transaction: once per mention, and never where a
person has done something about it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from mentionwatch.analysis import NO_RULES, Analysis, Rulebook, analyse, rules_version
from mentionwatch.analysis.persons_word import NOTHING_SAID, PersonsWord, SaidSentiment, SaidUrgency
from mentionwatch.analysis.phrases import phrase_files
from mentionwatch.analysis.rules import TriageMove, is_automatic
from mentionwatch.analysis.urgency import OLD, WAITS
from mentionwatch.config import Config
from mentionwatch.errors import UserError
from mentionwatch.model import LABELS, Brand, LabelSubject, LogEntry, SentimentLabel, UrgencyLevel
from mentionwatch.response.triage import WORDS, Action, follow, labels_of, standing
from mentionwatch.store import Store
from mentionwatch.store.verdicts import Unjudged, Verdict

#: What people say of a mention without doing anything about it: rules may still act.
_SAID_ONLY = frozenset({"note", "snooze", *WORDS})
#: Mentions judged in one transaction: a killed run repeats at most so many.
_BATCH = 1000
#: Mentions that a scan judges again because the rules have changed: of a million the newest come first, and the others
#: with the next scans.
MOST_RENEWED = 20_000


def rulebook(config: Config) -> Rulebook:
    """The rules, people and phrase files of a configuration."""
    return Rulebook(config.rules, config.people, phrase_files(config.phrases))


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
    """The analysis of one stored mention, by what people said of it and of the same words elsewhere.

    What was said of nearly the same words silences no alarm: what differs may be the danger.
    """
    made = _analysed(mention, brand, book, persons_word(mention.log, mention.copies))
    if not mention.near_copies or made.urgency.level in ("urgent", "high"):
        return made
    return _analysed(mention, brand, book, persons_word(mention.log, (*mention.copies, *mention.near_copies)))


def _analysed(mention: Unjudged, brand: Brand, book: Rulebook, word: PersonsWord) -> Analysis:
    return analyse(
        mention.item,
        brand,
        matches=mention.matches,
        own=mention.own,
        backlog=mention.backlog,
        first_seen_at=mention.first_seen_at,
        source=mention.source,
        word=word,
        book=book,
        readings=mention.readings,
        waits=mention.waits,
    )


def persons_word(log: Sequence[LogEntry], copies: Iterable[Sequence[LogEntry]] = ()) -> PersonsWord:
    """What people said of a mention by its log, and of the same words elsewhere where nobody spoke of it here."""
    here = standing(log)
    holds: dict[LabelSubject, LogEntry] = {}
    for entry in sorted(
        (entry for copy in copies for entry in standing(copy).labels.values()), key=lambda entry: (entry.at, entry.id)
    ):
        holds |= dict.fromkeys(labels_of(entry), entry)
    holds |= here.labels
    if not holds and here.priority is None and not here.tags and not here.untagged:
        return NOTHING_SAID
    said = {subject: (labels_of(entry)[subject], entry.by) for subject, entry in holds.items()}
    relevance, sentiment, kind, urgency = (
        said.get(subject) for subject in ("relevance", "sentiment", "kind", "urgency")
    )
    return PersonsWord(
        labels=tuple(label for label, subject in LABELS.items() if subject in said and said[subject][0] == label),
        noise=relevance[1] if relevance is not None and relevance[0] == "noise" else None,
        sentiment=None if sentiment is None else SaidSentiment(cast(SentimentLabel, sentiment[0]), sentiment[1]),
        kind=None if kind is None else kind[0],
        urgency=None if urgency is None else SaidUrgency(cast(UrgencyLevel, urgency[0]), urgency[1]),
        priority=None
        if here.priority is None
        else SaidUrgency(cast(UrgencyLevel, here.priority.data["priority"]), here.priority.by),
        tags=here.tags,
        untagged=here.untagged,
    )


def judgement(mention: Unjudged, made: Analysis, rules: str) -> Verdict:
    """The verdict as it is stored."""
    return Verdict(
        mention.seq, made.sentiment, made.urgency, made.flags, rules, made.tags, made.hits, made.person, made.role,
        made.priority, made.labels,
    )  # fmt: skip


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
        if any(not is_automatic(entry.by) and entry.action not in _SAID_ONLY for entry in log):
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
