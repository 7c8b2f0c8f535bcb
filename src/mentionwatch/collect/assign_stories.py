"""Folding: each new mention joins the story it tells, or begins one."""

from __future__ import annotations

from dataclasses import dataclass

from mentionwatch.identity import story_id
from mentionwatch.store import Store
from mentionwatch.store.matching import MatchCandidate
from mentionwatch.store.mentions import NewMention
from mentionwatch.stories import choose, telling


@dataclass(frozen=True, slots=True)
class Folder:
    """Puts mentions into stories, one after the other, inside the transaction that keeps them."""

    store: Store

    def fold(self, seq: int, found: NewMention, told: MatchCandidate) -> None:
        published = told.item.published_at
        at = told.first_seen_at if published is None else min(published, told.first_seen_at)
        new = telling(found.id, at, told.item)
        said = self.store.stories.links_of(found.id)
        choice = choose(
            new,
            self.store.stories.similar(found.brand, new),
            together=[other for other, kind in said.items() if kind == "together"],
            apart=[other for other, kind in said.items() if kind == "apart"],
        )
        if choice is None:
            self.store.stories.begin(story_id(found.brand, told.identity), found.brand, seq, new)
        else:
            self.store.stories.join(seq, choice.story, choice.evidence.reason, new)
