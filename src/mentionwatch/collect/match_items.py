"""Matching what is stored: every brand reads every item once, and again when its terms have changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mentionwatch.collect.assign_stories import Folder
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
    """What reading found: new mentions, those that changed terms found among what was read before, and the retired."""

    new: tuple[str, ...] = ()
    looked_back: tuple[str, ...] = ()
    retired: int = 0


def read(store: Store, brands: Sequence[Brand], now: datetime, *, compiled: Matcher | None = None) -> MatchReport:
    """Let every brand read what it has not read yet; ``compiled`` are these brands, for who reads again and again.

    What no brand had read is news. What changed terms find among items that were read before is a mention too, but
    marked as backlog: the day the query was mended is not the day it was said.
    """
    last_item, last_version = store.matching.newest_ids()
    before = store.matching.cursors()
    # Up to here everything has been read by somebody: what lies behind it is news to all.
    fresh = MatchCursor(
        "",
        max((p.item_id for p in before.values()), default=0),
        max((p.version_id for p in before.values()), default=0),
    )
    store.matching.drop_cursors([brand.name for brand in brands])
    looked_back: list[str] = []
    retired = 0
    for brand in brands:
        rules = rules_version(brand)
        progress = before.get(brand.name)
        if progress is None or progress.rules != rules:
            progress = MatchCursor(rules, 0, 0)
        if (progress.item_id, progress.version_id) == (fresh.item_id, fresh.version_id):
            continue
        reader = _Reader(store, compile_brands([brand]), {brand.name: rules}, now, look_back=True)
        looked_back += reader.read_to(progress, fresh)
        retired += store.mentions.unmatch(brand.name, rules, now)
    if not brands:
        return MatchReport()
    matcher = compile_brands(brands) if compiled is None else compiled
    reader = _Reader(store, matcher, {b.name: rules_version(b) for b in brands}, now, look_back=False)
    new = reader.read_to(fresh, MatchCursor("", last_item, last_version))
    return MatchReport(tuple(new), tuple(looked_back), retired)


@dataclass(slots=True)
class _Reader:
    """Some brands reading a stretch of what is stored, in batches that are each kept whole."""

    store: Store
    matcher: Matcher
    rules: dict[str, str]
    now: datetime
    look_back: bool

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
        judged = [(telling, verdict) for telling in batch for verdict in self.matcher.matches(telling.item)]
        found: list[str] = []
        with self.store.writing():
            folder = Folder(self.store)
            for telling, verdict in judged:
                mention = self._found(telling, verdict)
                seq = self.store.mentions.save(mention, self.now)
                if seq is not None:
                    found.append(mention.id)
                    folder.fold(seq, mention, telling)
            for brand, rules in self.rules.items():
                self.store.matching.save_cursor(brand, replace(at, rules=rules))
        return found

    def _found(self, telling: MatchCandidate, verdict: BrandMatch) -> NewMention:
        published = telling.item.published_at
        counts_at: datetime | None = telling.first_seen_at
        if telling.backlog:
            counts_at = None if published is None else min(published, telling.first_seen_at)
        return NewMention(
            id=mention_id(verdict.brand, telling.identity),
            brand=verdict.brand,
            item_id=telling.item_id,
            version_id=telling.version_id,
            matches=verdict.matches,
            reason=verdict.reason,
            rules=self.rules[verdict.brand],
            own=verdict.own,
            backlog=telling.backlog or self.look_back,
            counts_at=counts_at,
            edited_at=telling.edited_at,
            words=telling.words,
        )
