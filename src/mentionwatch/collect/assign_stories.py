"""Assigns each new mention to the story it tells, or begins one with it."""

from __future__ import annotations

from mentionwatch.identity import story_id
from mentionwatch.store import Store
from mentionwatch.store.matching import MatchCandidate
from mentionwatch.store.mentions import NewMention
from mentionwatch.stories import WINDOW, CandidateStory, StoryFingerprint, choose_story, story_fingerprint


def assign_story(store: Store, seq: int, mention: NewMention, candidate: MatchCandidate) -> None:
    """Put a mention into a story, in the transaction that stores it."""
    published = candidate.item.published_at
    at = candidate.first_seen_at if published is None else min(published, candidate.first_seen_at)
    new = story_fingerprint(mention.id, at, candidate.item)
    said = store.stories.links_of(mention.id)
    choice = choose_story(
        new,
        _similar(store, mention.brand, new),
        together=[other for other, kind in said.items() if kind == "together"],
        apart=[other for other, kind in said.items() if kind == "apart"],
    )
    if choice is None:
        story = story_id(mention.brand, candidate.identity)
        store.stories.begin(story, mention.brand, seq, at, new.dump(), new.sketch)
    else:
        store.stories.join(seq, choice.story, choice.evidence.reason, new.addresses)


def _similar(store: Store, brand: str, new: StoryFingerprint) -> tuple[CandidateStory, ...]:
    rows = store.stories.similar(brand, new.id, new.sketch, new.links, new.at - WINDOW, new.at + WINDOW)
    return tuple(
        CandidateStory(row.id, StoryFingerprint.load(row.leader, row.told_at, row.telling), row.members, row.pages)
        for row in rows
    )
