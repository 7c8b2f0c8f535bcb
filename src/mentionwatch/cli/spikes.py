"""Spikes of every brand as of now: episodes begin and end, and what is to be told of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mentionwatch.alerts import Event, each, spike
from mentionwatch.analysis import spikes as rules

if TYPE_CHECKING:
    from mentionwatch.analysis.spikes import Share, Volume
    from mentionwatch.config import Config
    from mentionwatch.store import Store
    from mentionwatch.store.spikes import Episode, MentionTime, SpikeKind

#: What happened longer ago is told no more: `scan` was off, or nobody had asked.
_NEWS = timedelta(hours=24)


def events(store: Store, config: Config, now: datetime) -> list[tuple[datetime, Event]]:
    """Begin and end the episodes of every brand, and give what there is to tell, with when it happened.

    What is told follows from the rows, so that an episode that began in a run that was cut off is told by the next.
    """
    told: list[tuple[datetime, Event]] = []
    for brand in config.brands:
        began = store.spikes.watching_since(brand.name)
        if began is None:
            continue
        # What a scan found late was still said in time: a day more than the past that is looked at.
        said = store.spikes.mention_times(brand.name, now - rules.HISTORY - rules.WINDOW - timedelta(days=1))
        times = [one.at for one in said]
        if rules.tells_each(times, began, now):
            told += [(one.found_at, each(one.id, brand.name)) for one in said if one.found_at > now - _NEWS]
            continue
        _move(store, brand.name, "volume", rules.volume(times, began, now), said, now)
        _move(store, brand.name, "negative", _share(said, now), said, now)
    for one in first_of_each(store.spikes.since(now - _NEWS - rules.REST)):
        if one.acked_at is not None or one.began_at < now - _NEWS:
            continue
        mention = one.seen.get("mention")
        why = str(one.seen.get("why", ""))
        event = spike(one.brand, one.kind, one.began_at, mention if isinstance(mention, str) else None, why)
        told.append((one.began_at, event))
    return told


def first_of_each(episodes: Sequence[Episode]) -> Iterator[Episode]:
    """Without those that began while one of the same brand and kind had its rest: two databases noticed the same."""
    last: dict[tuple[str, str], datetime] = {}
    for one in episodes:
        before = last.get((one.brand, one.kind))
        if before is None or one.began_at - before >= rules.REST:
            last[one.brand, one.kind] = one.began_at
            yield one


def _share(said: Sequence[MentionTime], now: datetime) -> Share | None:
    border, begin = now - rules.SHARE_WINDOW, now - rules.SHARE_WINDOW - rules.HISTORY
    recent = [one.negative for one in said if one.negative is not None and one.at > border]
    past = [one.negative for one in said if one.negative is not None and begin < one.at <= border]
    return rules.share(sum(recent), len(recent), sum(past), len(past))


def _move(
    store: Store, brand: str, kind: SpikeKind, seen: Volume | Share | None, said: Sequence[MentionTime], now: datetime
) -> None:
    last = store.spikes.last(brand, kind, now)
    began, ended = (None, None) if last is None else (last.began_at, last.ended_at)
    move = rules.move(seen, began, ended, now)
    with store.writing():
        if move == "end" and last is not None:
            store.spikes.end(last.id, now)
        elif move == "begin" and seen is not None:
            # Whoever reads of a spike wants to see what it is made of: the newest negative post, else the newest.
            recent = [one for one in said if one.at > now - rules.SHARE_WINDOW]
            shown = next((one.id for one in reversed(recent) if one.negative), recent[-1].id if recent else None)
            store.spikes.begin(brand, kind, {"why": _why(seen), "mention": shown}, now)


def _why(seen: Volume | Share) -> str:
    if isinstance(seen, rules.Volume):
        return (
            f"{seen.count:,} mentions in the last hour, {seen.ratio:.1f} times a busy one's; "
            f"199 hours in 200 hold {seen.usual:,} or fewer"
        )
    part = seen.negative / seen.judged
    return f"{seen.negative} of the last {seen.judged} mentions are negative ({part:.0%}; usual is {seen.usual:.0%})"
