"""Matches what is stored: every brand against every item once, and again when its terms have changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mentionwatch.collect.assign_stories import assign_story
from mentionwatch.identity import mention_id
from mentionwatch.match import Matcher, rules_version
from mentionwatch.model import Brand, BrandMatch
from mentionwatch.query.matcher import compile_brands
from mentionwatch.store import Store
from mentionwatch.store.matching import MatchCandidate, MatchCursor
from mentionwatch.store.mentions import NewMention

#: Items matched in one transaction: a killed run repeats at most so many.
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class MatchReport:
    """New mentions, those that changed terms found among older items, and how many no longer match."""

    new: tuple[str, ...] = ()
    backfilled: tuple[str, ...] = ()
    unmatched: int = 0


def match_items(
    store: Store, brands: Sequence[Brand], now: datetime, *, compiled: Matcher | None = None
) -> MatchReport:
    """Match each brand against the items it has not been matched against; ``compiled`` is the matcher of these brands.

    Items that no brand was matched against yet are news. What changed terms find among older items is a mention too,
    but marked as backlog: it was not said on the day on which the query was changed.
    """
    last_item, last_version = store.matching.newest_ids()
    before = store.matching.cursors()
    # Up to here all items have been matched against some brand: what comes after is news to all.
    fresh = MatchCursor(
        "",
        max((p.item_id for p in before.values()), default=0),
        max((p.version_id for p in before.values()), default=0),
    )
    store.matching.drop_cursors([brand.name for brand in brands])
    backfilled: list[str] = []
    unmatched = 0
    for brand in brands:
        rules = rules_version(brand)
        progress = before.get(brand.name)
        if progress is None or progress.rules != rules:
            progress = MatchCursor(rules, 0, 0)
        if (progress.item_id, progress.version_id) == (fresh.item_id, fresh.version_id):
            continue
        reader = _Reader(store, compile_brands([brand]), {brand.name: rules}, now, backfill=True)
        backfilled += reader.read_to(progress, fresh)
        unmatched += store.mentions.unmatch(brand.name, rules, now)
    if not brands:
        return MatchReport()
    matcher = compile_brands(brands) if compiled is None else compiled
    reader = _Reader(store, matcher, {b.name: rules_version(b) for b in brands}, now, backfill=False)
    new = reader.read_to(fresh, MatchCursor("", last_item, last_version))
    return MatchReport(tuple(new), tuple(backfilled), unmatched)


@dataclass(slots=True)
class _Reader:
    """Some brands matched against a range of what is stored, in batches that are each stored whole."""

    store: Store
    matcher: Matcher
    rules: dict[str, str]
    now: datetime
    backfill: bool

    def read_to(self, start: MatchCursor, end: MatchCursor) -> list[str]:
        found: list[str] = []
        at = start
        while at.item_id < end.item_id:
            batch = [t for t in self.store.matching.items_after(at.item_id, _BATCH) if t.item_id <= end.item_id]
            at = replace(at, item_id=batch[-1].item_id if batch else end.item_id)
            found += self._keep(batch, at)
        while at.version_id < end.version_id:
            batch = [
                t
                for t in self.store.matching.versions_after(at.version_id, _BATCH)
                if (t.version_id or 0) <= end.version_id
            ]
            at = replace(at, version_id=(batch[-1].version_id or 0) if batch else end.version_id)
            found += self._keep(batch, at)
        return found

    def _keep(self, batch: Sequence[MatchCandidate], at: MatchCursor) -> list[str]:
        matched = [(candidate, match) for candidate in batch for match in self.matcher.matches(candidate.item)]
        found: list[str] = []
        with self.store.writing():
            for candidate, match in matched:
                mention = self._mention(candidate, match)
                seq = self.store.mentions.save(mention, self.now)
                if seq is not None:
                    found.append(mention.id)
                    assign_story(self.store, seq, mention, candidate)
            for brand, rules in self.rules.items():
                self.store.matching.save_cursor(brand, replace(at, rules=rules))
        return found

    def _mention(self, candidate: MatchCandidate, match: BrandMatch) -> NewMention:
        published = candidate.item.published_at
        counts_at: datetime | None = candidate.first_seen_at
        if candidate.backlog:
            counts_at = None if published is None else min(published, candidate.first_seen_at)
        return NewMention(
            id=mention_id(match.brand, candidate.identity),
            brand=match.brand,
            item_id=candidate.item_id,
            version_id=candidate.version_id,
            matches=match.matches,
            reason=match.reason,
            rules=self.rules[match.brand],
            own=match.own,
            backlog=candidate.backlog or self.backfill,
            counts_at=counts_at,
            edited_at=candidate.edited_at,
            words=candidate.words,
            seen_at=candidate.first_seen_at,
            letters=(len(candidate.item.text), len(candidate.item.title or "")),
        )
