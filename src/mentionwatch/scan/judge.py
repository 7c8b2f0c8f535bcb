"""Judging what is stored: every mention once, and again when the rules, its words or its counts have changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mentionwatch.judge import judge, rules_version
from mentionwatch.model import Brand
from mentionwatch.store import Store
from mentionwatch.store.verdicts import Judgement, Unjudged

#: Mentions judged in one transaction: a killed run repeats at most so many.
_BATCH = 1000


def judge_new(store: Store, brands: Sequence[Brand], now: datetime) -> int:
    """Judge what has no verdict by today's rules; gives how many mentions were judged."""
    by_name = {brand.name: brand for brand in brands}
    rules = {brand.name: rules_version(brand) for brand in brands}
    count = 0
    while batch := store.unjudged(rules, _BATCH):
        judgements = [_judged(mention, by_name[mention.brand], rules[mention.brand]) for mention in batch]
        with store.writing():
            store.judge(judgements, now)
        count += len(judgements)
    return count


def _judged(mention: Unjudged, brand: Brand, rules: str) -> Judgement:
    made = judge(
        mention.item,
        brand,
        matches=mention.matches,
        own=mention.own,
        backlog=mention.backlog,
        first_seen_at=mention.first_seen_at,
    )
    return Judgement(mention.seq, made.sentiment, made.urgency, made.flags, rules)
