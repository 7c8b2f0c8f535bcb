"""Folding: each new mention joins the story it tells, or begins one."""

from __future__ import annotations

from dataclasses import dataclass

from mentionwatch.identity import story_id
from mentionwatch.store import Store
from mentionwatch.store.matching import MatchCandidate
from mentionwatch.store.mentions import NewMention
from mentionwatch.stories import WINDOW, Story, Telling, choose, telling


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
            self._similar(found.brand, new),
            together=[other for other, kind in said.items() if kind == "together"],
            apart=[other for other, kind in said.items() if kind == "apart"],
        )
        if choice is None:
            story = story_id(found.brand, told.identity)
            self.store.stories.begin(story, found.brand, seq, at, new.dump(), new.sketch)
        else:
            self.store.stories.join(seq, choice.story, choice.evidence.reason, new.addresses)

    def _similar(self, brand: str, new: Telling) -> tuple[Story, ...]:
        rows = self.store.stories.similar(brand, new.id, new.sketch, new.links, new.at - WINDOW, new.at + WINDOW)
        return tuple(
            Story(row.id, Telling.load(row.leader, row.told_at, row.telling), row.members, row.pages) for row in rows
        )
