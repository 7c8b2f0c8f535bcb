"""Folding: each new mention joins the story it tells, or begins one."""

from __future__ import annotations

from dataclasses import dataclass

from mentionwatch.identity import story_id
from mentionwatch.store import Store
from mentionwatch.store.mentions import Found, Telling
from mentionwatch.stories import choose, telling


@dataclass(frozen=True, slots=True)
class Folder:
    """Puts mentions into stories, one after the other, inside the transaction that keeps them."""

    store: Store

    def fold(self, seq: int, found: Found, told: Telling) -> None:
        published = told.item.published_at
        at = told.first_seen_at if published is None else min(published, told.first_seen_at)
        new = telling(found.id, at, told.item)
        choice = choose(new, self.store.stories_like(found.brand, new))
        if choice is None:
            self.store.begin_story(story_id(found.brand, told.identity), found.brand, seq, new)
        else:
            self.store.put_into_story(seq, choice.story, choice.evidence.reason)
