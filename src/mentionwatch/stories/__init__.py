"""Which mentions tell the same story: reprints, cross-posts, re-shares of a link, retweets.

Pure, and made to be kept in a table: :func:`story_fingerprint` is what must be remembered of a mention, its ``sketch``
the numbers under which to find it again (any mention that tells the same shares one of them, with rare exceptions),
and :func:`choose_story` decides. A mention is compared with the first of each story only, so that a round-up which
tells two stories does not tie them together. The rules in words: ``docs/identity.md``.
"""

from __future__ import annotations

from mentionwatch.stories.differences import Differences, differences
from mentionwatch.stories.fingerprint import StoryFingerprint, sketch, story_fingerprint
from mentionwatch.stories.same_story import (
    WINDOW,
    CandidateStory,
    SameStory,
    StoryAssignment,
    choose_story,
    same_story,
)

__all__ = [
    "WINDOW",
    "CandidateStory",
    "Differences",
    "SameStory",
    "StoryAssignment",
    "StoryFingerprint",
    "choose_story",
    "differences",
    "same_story",
    "sketch",
    "story_fingerprint",
]
