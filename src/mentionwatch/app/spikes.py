"""Spikes in mention volume: episodes begin and end, are listed and acknowledged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentionwatch.alerts import AlertEvent, single_mention_event, spike_event, spike_key
from mentionwatch.analysis import spikes as rules
from mentionwatch.analysis.spikes import MentionVolume, NegativeShare
from mentionwatch.config import Config
from mentionwatch.digest import Spike
from mentionwatch.errors import UserError
from mentionwatch.store import Store
from mentionwatch.store.spikes import Episode, MentionTime, SpikeKind

__all__ = ["Episode", "SpikeAcknowledgement", "acknowledge_spikes", "list_spikes", "spike_events", "spikes_within"]

#: An episode that began longer ago is not reported any more: `scan` was off, or no [[notify]] asked for it.
_NEWS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SpikeAcknowledgement:
    """What became of an episode: acknowledged, or left alone as it is ``over`` or was acknowledged by ``known_to``."""

    number: int
    known_to: str | None = None
    over: bool = False


def list_spikes(store: Store, since: datetime, *, only_open: bool = False) -> tuple[Episode, ...]:
    """The episodes that began since then, the newest first; with ``only_open`` those that have not ended."""
    return tuple(one for one in reversed(store.spikes.since(since)) if not only_open or one.ended_at is None)


def acknowledge_spikes(
    store: Store, numbers: Sequence[int], by: str, now: datetime
) -> tuple[SpikeAcknowledgement, ...]:
    """Acknowledge episodes, all or none: no further alert is sent about them, and what waits to be sent is dropped.

    Raises :class:`~mentionwatch.errors.UserError` that names every unknown number.
    """
    with store.writing():
        known = {number: store.spikes.get(number) for number in dict.fromkeys(numbers)}
        episodes = {number: one for number, one in known.items() if one is not None}
        if missing := [number for number in known if number not in episodes]:
            raise UserError(*(f"{number}: there is no such episode; `mentionwatch spike list`" for number in missing))
        for number, one in episodes.items():
            if one.acked_at is None and one.ended_at is None:
                store.spikes.acknowledge(number, spike_key(one.brand, one.kind, one.began_at), by, now)
    return tuple(
        SpikeAcknowledgement(number, one.acked_by, over=one.ended_at is not None) for number, one in episodes.items()
    )


def spikes_within(store: Store, since: datetime, until: datetime, now: datetime) -> dict[str, tuple[Spike, ...]]:
    """By brand, the spikes that went on at any time of a period, as it stood at ``now``."""
    found: dict[str, tuple[Spike, ...]] = {}
    for one in without_duplicates(store.spikes.within(since, until, now)):
        seen = Spike(one.kind, one.began_at, one.ended_at, _reason(one), one.acked_at, one.acked_by)
        found[one.brand] = (*found.get(one.brand, ()), seen)
    return found


def spike_events(store: Store, config: Config, now: datetime) -> list[tuple[datetime, AlertEvent]]:
    """Begin and end the episodes of every brand; the events to report, with when each happened.

    Events follow from the rows, so an episode that began in a run that was cut off is reported by the next.
    """
    events: list[tuple[datetime, AlertEvent]] = []
    for brand in config.brands:
        began = store.spikes.watching_since(brand.name)
        if began is None:
            continue
        # What a scan found late was still said in time: a day more than the past that is looked at.
        said = store.spikes.mention_times(brand.name, now - rules.HISTORY - rules.WINDOW - timedelta(days=1))
        times = [one.at for one in said]
        if rules.alerts_on_each(times, began, now):
            events += [
                (one.found_at, single_mention_event(one.id, brand.name)) for one in said if one.found_at > now - _NEWS
            ]
            continue
        _begin_or_end(store, brand.name, "volume", rules.volume(times, began, now), said, now)
        _begin_or_end(store, brand.name, "negative", _negative_share(said, now), said, now)
    for episode in without_duplicates(store.spikes.since(now - _NEWS - rules.REST)):
        if episode.acked_at is None and episode.began_at >= now - _NEWS:
            shown = episode.seen.get("mention")
            mention = shown if isinstance(shown, str) else None
            event = spike_event(episode.brand, episode.kind, episode.began_at, mention, _reason(episode))
            events.append((episode.began_at, event))
    return events


def without_duplicates(episodes: Sequence[Episode]) -> Iterator[Episode]:
    """Without those that began within the rest after one of the same brand and kind: merged databases noticed both."""
    last: dict[tuple[str, str], datetime] = {}
    for one in episodes:
        before = last.get((one.brand, one.kind))
        if before is None or one.began_at - before >= rules.REST:
            last[one.brand, one.kind] = one.began_at
            yield one


def _negative_share(said: Sequence[MentionTime], now: datetime) -> NegativeShare | None:
    border, begin = now - rules.SHARE_WINDOW, now - rules.SHARE_WINDOW - rules.HISTORY
    recent = [one.negative for one in said if one.negative is not None and one.at > border]
    past = [one.negative for one in said if one.negative is not None and begin < one.at <= border]
    return rules.negative_share(sum(recent), len(recent), sum(past), len(past))


def _begin_or_end(
    store: Store,
    brand: str,
    kind: SpikeKind,
    seen: MentionVolume | NegativeShare | None,
    said: Sequence[MentionTime],
    now: datetime,
) -> None:
    last = store.spikes.last(brand, kind, now)
    began, ended = (None, None) if last is None else (last.began_at, last.ended_at)
    move = rules.episode_change(seen, began, ended, now)
    with store.writing():
        if move == "end" and last is not None:
            store.spikes.end(last.id, now)
        elif move == "begin" and seen is not None:
            # A reader wants to see what the spike is made of: the newest negative post, else the newest.
            recent = [one for one in said if one.at > now - rules.SHARE_WINDOW]
            shown = next((one.id for one in reversed(recent) if one.negative), recent[-1].id if recent else None)
            store.spikes.begin(brand, kind, {"why": _explain(seen), "mention": shown}, now)


def _explain(seen: MentionVolume | NegativeShare) -> str:
    if isinstance(seen, MentionVolume):
        return (
            f"{seen.count:,} mentions in the last hour, {seen.ratio:.1f} times a busy one's; "
            f"199 hours in 200 hold {seen.usual:,} or fewer"
        )
    part = seen.negative / seen.judged
    return f"{seen.negative} of the last {seen.judged} mentions are negative ({part:.0%}; usual is {seen.usual:.0%})"


def _reason(episode: Episode) -> str:
    return str(episode.seen.get("why", ""))
