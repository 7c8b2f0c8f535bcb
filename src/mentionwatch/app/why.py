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
from mentionwatch.store.items import ItemRecord
from mentionwatch.store.mentions import MentionRecord
from mentionwatch.times import stamp
from mentionwatch.urls import canonical_url


def explain_item(store: Store, config: Config | None, what: str) -> dict[str, Any]:
    """Why a mention (by id or unique prefix), or whatever has an address, is there or not: ``mentionwatch.why/1``."""
    with store.reading():
        items = [_explain_item(store, config, item) for item in _find_items(store, what)]
    return {"schema": "mentionwatch.why/1", "asked": what, "items": items}


def _find_items(store: Store, what: str) -> tuple[ItemRecord, ...]:
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


def _explain_item(store: Store, config: Config | None, stored: ItemRecord) -> dict[str, Any]:
    item = stored.item
    polls = [
        (sighting, None if sighting.poll_id is None else store.polls.get(sighting.poll_id))
        for sighting in stored.sightings
    ]
    records = {record.brand: record for record in store.mentions.records_of_item(stored.id)}
    wanted = MentionFilter(ids=tuple(record.id for record in records.values()))
    mentions = {mention.brand: mention for mention in store.mentions.find(wanted)} if records else {}
    matches = {} if config is None else {one.brand: one for one in compile_brands(config.brands).verdicts(item)}
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
            _explain_brand(store, brand, matches.get(brand), records.get(brand), mentions.get(brand))
            for brand in dict.fromkeys([*matches, *records])
        ],
    }


def _explain_brand(
    store: Store, brand: str, match: BrandMatch | None, record: MentionRecord | None, mention: Mention | None
) -> dict[str, Any]:
    """One brand's part: ``match`` by today's configuration, and the mention where it ever was one."""
    spans = match.matches if match is not None else mention.matches if mention is not None else ()
    reason = match.reason if match is not None else record.reason if record is not None else ""
    return {
        "brand": brand,
        "matches": [asdict(span) for span in spans],
        "reason": reason,
        "outcome": _outcome(bool(spans), reason, record),
        "mention": None if record is None else record.id,
        "story": None if record is None else record.story,
        "story_reason": None if record is None else record.story_reason,
        "sentiment": None if mention is None or mention.sentiment is None else asdict(mention.sentiment),
        "urgency": None if mention is None or mention.urgency is None else asdict(mention.urgency),
        "flags": [] if mention is None else list(mention.flags),
        "tags": [] if mention is None else list(mention.tags),
        "rules": [] if mention is None else [asdict(hit) for hit in mention.hits],
        "person": None if mention is None else mention.person,
        "role": None if mention is None else mention.role,
        "told_in": [] if record is None else list(store.outbox.deliveries_of(record.seq)),
    }


def _outcome(matches: bool, reason: str, record: MentionRecord | None) -> str:
    """What became of it, always one thing."""
    if record is None:
        return "matches; the next scan will keep it" if matches else f"rejected: {reason}"
    if record.retired_at is not None:
        return f"retired at {stamp(record.retired_at)}: {reason}"
    if record.own:
        return f"kept as our own post: {reason}"
    if record.backlog:
        return f"kept as backlog, listed but never mailed: {record.reason}"
    return f"kept: {record.reason}"
