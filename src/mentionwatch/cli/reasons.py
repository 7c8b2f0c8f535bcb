"""``why``: the way of one item through the program, from the answer that brought it to the digest that told it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from mentionwatch.errors import UserError
from mentionwatch.render.wording import count
from mentionwatch.store.filter import MentionFilter
from mentionwatch.times import stamp

if TYPE_CHECKING:
    from mentionwatch.config import Config
    from mentionwatch.model import BrandMatch, Mention
    from mentionwatch.store import Store
    from mentionwatch.store.items import StoredItem
    from mentionwatch.store.mentions import MentionRecord


def explain(store: Store, config: Config | None, what: str) -> dict[str, Any]:
    """Why a mention (by id) or whatever has an address is there, or is not."""
    items = _items(store, what)
    return {
        "schema": "mentionwatch.why/1",
        "asked": what,
        "items": [_explain_item(store, config, item) for item in items],
    }


def _items(store: Store, what: str) -> tuple[StoredItem, ...]:
    from mentionwatch.urls import canonical_url

    if what.startswith("m_"):
        from mentionwatch.app.ids import find_mention

        item = store.items.of_mention(find_mention(store, what))
        return () if item is None else (item,)
    canonical = canonical_url(what if "://" in what else f"https://{what}")
    if canonical is None:
        raise UserError(f"{what}: neither a mention's id (m_…) nor an address")
    items = store.items.by_url(canonical)
    if items:
        return items
    if store.items.was_pruned(canonical):
        raise UserError(f"{what}: was seen, matched nothing, and its words are past their retention")
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
    verdicts = {verdict.brand: verdict for verdict in _verdicts(config, stored)}
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


def _verdicts(config: Config | None, stored: StoredItem) -> tuple[BrandMatch, ...]:
    if config is None:
        return ()
    from mentionwatch.query.matcher import compile_brands

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


def told(reasons: dict[str, Any], zone: tzinfo) -> str:
    """The reasons as a person reads them."""
    from mentionwatch.render.inert import squeezed

    lines: list[str] = []
    for item in reasons["items"]:
        lines.append(squeezed(item["title"] or item["text"] or "(no words)", 100))
        lines.append(f"  {squeezed(item['url'] or 'no address', 500)}")
        for seen in item["seen_by"]:
            how = (
                "brought first"
                if seen["known_by"] == "first"
                else f"brought too, known by {squeezed(seen['known_by'])}"
            )
            lines.append(f"  {_clock(seen['at'], zone)}  {squeezed(seen['source'])}: {how}")
            if seen["request"]:
                lines.append(f"      asked {squeezed(seen['question'])}: {squeezed(seen['request'], 300)}")
        if item["backlog"]:
            lines.append("  was there already when its source was first asked")
        if item["other_words"]:
            lines.append(f"  {count(item['other_words'], 'other version')} of its words seen")
        for brand in item["brands"]:
            lines += _told_brand(brand)
        if not item["brands"]:
            lines.append("  matched no brand; with the configuration (--config) this says which clause failed")
        lines.append("")
    return "\n".join(lines).rstrip()


def _told_brand(brand: dict[str, Any]) -> list[str]:
    from mentionwatch.render.inert import squeezed

    name = f"{squeezed(brand['brand'])} ({brand['mention']})" if brand["mention"] else squeezed(brand["brand"])
    lines = [f"  {name}: {squeezed(brand['outcome'])}"]
    lines += [
        f"      {squeezed(match['text'], 60)!r} in {match['field']} at {match['start']}-{match['end']}:"
        f" {match['kind']} {squeezed(match['term'], 60)!r}"
        for match in brand["matches"][:5]
    ]
    if brand["story"]:
        reason = f", {squeezed(brand['story_reason'])}" if brand["story_reason"] else ", its first telling"
        lines.append(f"      in story {brand['story']}{reason}")
    lines += _told_verdict(brand)
    lines += [f"      told in {squeezed(digest)}" for digest in brand["told_in"]]
    return lines


def _told_verdict(brand: dict[str, Any]) -> list[str]:
    """What was made of it, and why."""
    from mentionwatch.render.inert import squeezed

    lines: list[str] = []
    for what, label in (("sentiment", "label"), ("urgency", "level")):
        if verdict := brand[what]:
            because = ", ".join(squeezed(reason, 60) for reason in verdict["reasons"])
            score = f" ({verdict['score']:+.2f})" if what == "sentiment" else ""
            lines.append(f"      {what} {verdict[label]}{score}: {because}")
    if brand["flags"]:
        lines.append(f"      {', '.join(brand['flags'])}")
    if brand["person"]:
        lines.append(f"      by {squeezed(brand['person'], 60)}, {brand['role']}")
    lines += [f"      rule {squeezed(hit['rule'], 60)!r}: {squeezed(hit['because'], 80)}" for hit in brand["rules"]]
    if brand["tags"]:
        lines.append(f"      tagged {', '.join(squeezed(tag, 50) for tag in brand['tags'])}")
    return lines


def _clock(text: str, zone: tzinfo) -> str:
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M")
