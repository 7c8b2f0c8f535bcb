"""What changed terms would gain and lose on the stored items."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mentionwatch.app.triage import labels_about
from mentionwatch.match import Matcher
from mentionwatch.model import Brand, Item
from mentionwatch.query.matcher import compile_brands
from mentionwatch.store import Store
from mentionwatch.store.matching import MatchCandidate

_BATCH = 5000


@dataclass(frozen=True, slots=True)
class LostMention:
    """A mention that the new terms no longer match, why, and its label."""

    id: str
    item: Item
    reason: str
    label: str | None


@dataclass(frozen=True, slots=True)
class BrandDifference:
    """What one brand's new terms change; ``kept`` counts the mentions that they still match."""

    brand: str
    kept: int
    gained: tuple[Item, ...]
    lost: tuple[LostMention, ...]

    @property
    def lost_relevant(self) -> int:
        """How many of the lost mentions were labelled relevant."""
        return sum(one.label == "relevant" for one in self.lost)


def run_backtest(store: Store, brands: tuple[Brand, ...]) -> list[BrandDifference]:
    """Match every stored item, and every earlier version of its text, against the brands' terms. Nothing is written."""
    matcher = compile_brands(brands)
    labels = labels_about(store, "relevance")
    before = {brand.name: store.mentions.ids_by_item(brand.name) for brand in brands}
    matched: dict[str, set[int]] = {brand.name: set() for brand in brands}
    gained: dict[str, dict[int, Item]] = {brand.name: {} for brand in brands}
    for candidate in _candidates(store):
        for match in matcher.matches(candidate.item):
            matched[match.brand].add(candidate.item_id)
            if candidate.item_id not in before[match.brand]:
                gained[match.brand].setdefault(candidate.item_id, candidate.item)
    return [
        BrandDifference(
            name,
            len(matched[name] & mentions.keys()),
            tuple(gained[name].values()),
            tuple(
                _lost(store, matcher, name, mention, labels)
                for item, mention in mentions.items()
                if item not in matched[name]
            ),
        )
        for name, mentions in before.items()
    ]


def _candidates(store: Store) -> Iterator[MatchCandidate]:
    """The items as they stand, then their earlier versions."""
    last_item, last_version = store.matching.newest_ids()
    yield from _batches(store.matching.items_after, lambda one: one.item_id, last_item)
    yield from _batches(store.matching.versions_after, lambda one: one.version_id or last_version, last_version)


def _batches(
    read: Callable[[int, int], tuple[MatchCandidate, ...]], position: Callable[[MatchCandidate], int], last: int
) -> Iterator[MatchCandidate]:
    at = 0
    while at < last and (batch := read(at, _BATCH)):
        yield from batch
        at = position(batch[-1])


def _lost(store: Store, matcher: Matcher, brand: str, mention: str, labels: Mapping[str, str]) -> LostMention:
    stored = store.items.of_mention(mention)
    assert stored is not None
    reason = next(one.reason for one in matcher.verdicts(stored.item) if one.brand == brand)
    return LostMention(mention, stored.item, reason, labels.get(mention))
