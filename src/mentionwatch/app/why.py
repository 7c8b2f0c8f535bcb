"""Explain one item's path: the response that brought it, what matched, its story, and the digests that held it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mentionwatch.app.ids import find_mention
from mentionwatch.config import Config
from mentionwatch.errors import UserError
from mentionwatch.model import BrandMatch, Mention
from mentionwatch.query.matcher import compile_brands
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter
from mentionwatch.store.items import StoredItem
from mentionwatch.store.mentions import MentionRecord
from mentionwatch.times import stamp
from mentionwatch.urls import canonical_url

__all__ = ["explain_item"]


def explain_item(store: Store, config: Config | None, what: str) -> dict[str, Any]:
    """Why a mention (by id or unique prefix), or whatever has an address, is there or not: ``mentionwatch.why/1``."""
    with store.reading():
        items = [_explain_item(store, config, item) for item in _find_items(store, what)]
    return {"schema": "mentionwatch.why/1", "asked": what, "items": items}


def _find_items(store: Store, what: str) -> tuple[StoredItem, ...]:
    if what.startswith("m_"):
        item = store.items.of_mention(find_mention(store, what))
        return () if item is None else (item,)
    canonical = canonical_url(what if "://" in what else f"https://{what}")
    if canonical is None:
        raise UserError(f"{what}: neither a mention's id (m_…) nor a web address")
    items = store.items.by_url(canonical)
    if items:
        return items
    if store.items.was_pruned(canonical):
        raise UserError(f"{what}: was seen, matched nothing, and its text was deleted under the retention setting")
    raise UserError(
        f"{what}: no source ever brought this address (looked for {canonical}); `mentionwatch coverage` says what the"
        " sources could not see"
    )


def _explain_item(store: Store, config: Config | None, stored: StoredItem) -> dict[str, Any]:
    item = stored.item
    polls = [
        (sighting, None if sighting.poll_id is None else store.polls.get(sighting.poll_id))
        for sighting in stored.sightings
    ]
    kept = {record.brand: record for record in store.mentions.records_of_item(stored.id)}
    found = store.mentions.find(MentionFilter(ids=tuple(record.id for record in kept.values()))) if kept else ()
    mentions = {mention.brand: mention for mention in found}
    verdicts = {verdict.brand: verdict for verdict in _brand_matches(config, stored)}
    return {
        "url": item.url,
        "canonical_url": stored.canonical_url,
        "identity": stored.identity,
        "title": item.title,
        "text": item.text[:500],
        "first_seen_at": stamp(stored.first_seen_at),
        "backlog": stored.backlog,
        "seen_by": [
            {
                "source": sighting.source,
                "at": stamp(sighting.first_seen_at),
                "as": sighting.url,
                "known_by": sighting.evidence,
                "question": None if poll is None else poll.question,
                "request": None if poll is None else poll.url,
            }
            for sighting, poll in polls
        ],
        "other_words": len(stored.versions),
        "brands": [
            _explain_brand(store, brand, verdicts.get(brand), kept.get(brand), mentions.get(brand))
            for brand in dict.fromkeys([*verdicts, *kept])
        ],
    }


def _brand_matches(config: Config | None, stored: StoredItem) -> tuple[BrandMatch, ...]:
    if config is None:
        return ()
    return compile_brands(config.brands).verdicts(stored.item)


def _explain_brand(
    store: Store, brand: str, verdict: BrandMatch | None, kept: MentionRecord | None, told: Mention | None
) -> dict[str, Any]:
    """One brand's part: its verdict of today where it is configured, and what was kept where it ever matched."""
    matches = verdict.matches if verdict is not None else told.matches if told is not None else ()
    reason = _reason(verdict, kept)
    return {
        "brand": brand,
        "matches": [asdict(match) for match in matches],
        "reason": reason,
        "outcome": _outcome(bool(matches), reason, kept),
        "mention": None if kept is None else kept.id,
        "story": None if kept is None else kept.story,
        "story_reason": None if kept is None else kept.story_reason,
        "sentiment": None if told is None or told.sentiment is None else asdict(told.sentiment),
        "urgency": None if told is None or told.urgency is None else asdict(told.urgency),
        "flags": [] if told is None else list(told.flags),
        "tags": [] if told is None else list(told.tags),
        "rules": [] if told is None else [asdict(hit) for hit in told.hits],
        "person": None if told is None else told.person,
        "role": None if told is None else told.role,
        "told_in": [] if kept is None else list(store.outbox.deliveries_of(kept.seq)),
    }


def _reason(verdict: BrandMatch | None, kept: MentionRecord | None) -> str:
    if verdict is not None:
        return verdict.reason
    assert kept is not None
    return kept.reason


def _outcome(matches: bool, reason: str, kept: MentionRecord | None) -> str:
    """One terminal reason, always."""
    if kept is None:
        return "matches; the next scan will keep it" if matches else f"rejected: {reason}"
    if kept.retired_at is not None:
        return f"retired at {stamp(kept.retired_at)}: {reason}"
    if kept.own:
        return f"kept as our own post: {reason}"
    if kept.backlog:
        return f"kept as backlog, listed but never mailed: {kept.reason}"
    return f"kept: {kept.reason}"
