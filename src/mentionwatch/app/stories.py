"""Show a story, merge stories, or split mentions off one. What a person decides, later scans keep to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.app.ids import find_mention, find_story
from mentionwatch.errors import UserError
from mentionwatch.identity import story_id
from mentionwatch.model import Mention
from mentionwatch.store import Store
from mentionwatch.stories import story_fingerprint


@dataclass(frozen=True, slots=True)
class StoryDetails:
    """A story: how many mentions it has, and the first ``limit`` of them, in the order in which they count.

    ``mentions`` are read as they are taken, while the store is open. ``reasons`` says for each id why it was folded in;
    ``None`` for the first mention.
    """

    id: str
    size: int
    mentions: Iterable[Mention]
    reasons: Mapping[str, str | None]


def show_story(store: Store, given: str, limit: int | None = None) -> StoryDetails:
    """The story of an id, or unique prefix, of its own or of one of its mentions."""
    id_ = find_story(store, given)
    ids = store.stories.mention_ids(id_, limit)
    return StoryDetails(id_, store.stories.size(id_), store.mentions.by_ids(ids), store.stories.reasons(ids))


def merge_stories(store: Store, into: str, others: Sequence[str], now: datetime) -> None:
    """Make the other stories part of ``into``."""
    with store.writing():
        first, *rest = (find_story(store, given) for given in (into, *others))
        brands = {store.stories.brand_of(id_) for id_ in (first, *rest)}
        if len(brands) > 1:
            raise UserError(f"stories of different brands cannot be merged: {', '.join(sorted(brands))}")
        for id_ in rest:
            if id_ != first:
                store.stories.merge(first, id_, now)


def split_story(store: Store, mentions: Sequence[str], now: datetime) -> None:
    """Give each of these mentions a story of its own: all of them, or none where one of them cannot be split off."""
    with store.writing():
        for given in mentions:
            id_ = find_mention(store, given)
            current, stored = store.stories.of_mention(id_), store.items.of_mention(id_)
            assert current is not None
            assert stored is not None
            story, brand = current
            own = story_id(brand, stored.identity)
            if own == story:
                raise UserError(f"{given}: is the first mention of its story; split the others from it instead")
            published = stored.item.published_at
            at = stored.first_seen_at if published is None else min(published, stored.first_seen_at)
            fingerprint = story_fingerprint(id_, at, stored.item)
            store.stories.split(
                id_,
                own,
                at,
                fingerprint.dump(),
                sketch=fingerprint.sketch,
                addresses=fingerprint.addresses,
                now=now,
            )
