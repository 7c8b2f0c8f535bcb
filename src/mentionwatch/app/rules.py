"""Rules tried on what is stored, and applied to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from mentionwatch.analysis import Analysis, Rulebook
from mentionwatch.analysis.rule_trial import RuleTrial
from mentionwatch.collect.verdicts import apply_moves, judge_one, judge_pending, rulebook
from mentionwatch.config import Config
from mentionwatch.errors import UserError
from mentionwatch.model import Rule
from mentionwatch.query.evaluate import compile_query
from mentionwatch.store import Store
from mentionwatch.store.verdicts import Unjudged

#: Mentions on which :func:`overbroad_rules` tries the rules.
_SAMPLE = 2_000


@dataclass(frozen=True, slots=True)
class AppliedRules:
    """How many log entries rules made (in a dry run: would make), and how many mentions were judged again."""

    entries: int
    judged: int


def try_rules(store: Store, config: Config, since: datetime, query: str | None = None) -> RuleTrial:
    """Judge the mentions that count from ``since`` by these rules, and compare with the stored verdicts.

    ``query`` is tried as if it were the last rule. Raises :class:`~mentionwatch.errors.UserError` where it is wrong.
    """
    book = rulebook(config)
    if query is not None:
        _check(query)
        book = replace(book, rules=(*book.rules, Rule("--when", query)))
    return _trial(store, config, book, since)


def overbroad_rules(store: Store, config: Config) -> dict[str, tuple[float, int]]:
    """Name → share and number of the newest stored mentions, for each rule that matches nearly all of them."""
    if not config.rules:
        return {}
    since = store.mentions.newest_since({brand.name for brand in config.brands}, _SAMPLE)
    trial = _trial(store, config, rulebook(config), since)
    return {
        rule.name: (trial.share(rule.name), trial.mentions)
        for rule in config.rules
        if trial.matches_nearly_all(rule.name)
    }


def apply_rules(store: Store, config: Config, since: datetime, now: datetime, *, dry_run: bool = False) -> AppliedRules:
    """Judge what is stored by the current rules, and let them assign and ignore mentions that count from ``since``.

    What a person has moved stays as it is.
    """
    book = rulebook(config)
    brands = {brand.name: brand for brand in config.brands}
    judged = 0 if dry_run else judge_pending(store, config.brands, now, book=book)
    with store.writing():
        moves = [(one, judge_one(one, brands[one.brand], book).moves) for one in store.verdicts.to_judge(brands, since)]
        return AppliedRules(apply_moves(store, moves, None, now, dry_run=dry_run), judged)


def judge_stored(
    store: Store, config: Config, book: Rulebook, since: datetime | None
) -> Iterator[tuple[Unjudged, Analysis]]:
    """Each stored mention that counts from ``since``, with what the rules make of it now."""
    brands = {brand.name: brand for brand in config.brands}
    for one in store.verdicts.to_judge(brands, since):
        yield one, judge_one(one, brands[one.brand], book)


def _trial(store: Store, config: Config, book: Rulebook, since: datetime | None) -> RuleTrial:
    trial = RuleTrial(book.rules)
    verdicts = store.verdicts.saved({brand.name for brand in config.brands}, since)
    for one, judged in judge_stored(store, config, book, since):
        trial.add(one.id, one.item, judged, verdicts.get(one.seq))
    return trial


def _check(query: str) -> None:
    try:
        compiled = compile_query(query, True)
    except UserError as error:
        first, *rest = error.problems
        raise UserError(f"--when: {first}", *rest) from None
    if (clause := compiled.asks_of_now) is not None:
        raise UserError(f"--when: {clause} ends by itself, and a rule judges once; ask for it with `list {clause}`")
