"""Whether two mentions tell the same story, and which story a mention belongs to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from mentionwatch.stories.contradiction import contradict
from mentionwatch.stories.fingerprint import ARTICLE_PATH, HEADLINE_WORDS, SHORT, StoryFingerprint
from mentionwatch.stories.shingles import MIN_SHINGLES, shingles_of
from mentionwatch.urls import host_of, same_site

#: Two tellings further apart are two stories: the same template serves again next year.
WINDOW = timedelta(days=7)
#: Shares of the shorter text's shingles, and of all shingles, that two tellings have in common. Measured on
#: simulated reprints, cuts and edits: pairwise F1 99.7 (64-bit SimHash 88, MinHash at 0.5 94).
CONTAINMENT, RESEMBLANCE = 0.6, 0.3
#: The containment that is enough when two outlets print it under the same headline; and that is needed when one outlet
#: prints it under two headlines, since that is mostly a form filled in anew.
SYNDICATED, ONE_OUTLET = 0.4, 0.75
#: The containment that two short posts need: customers complain in the same stock phrases.
POSTS, POST_WORDS = 0.75, 50
#: A post with a link is a share of it while it has at most this many words of its own.
SHARE_WORDS = 100


@dataclass(frozen=True, slots=True)
class SameStory:
    """Why two mentions are one story. ``strength`` from 0 to 1; ``reason`` in words for ``why``."""

    kind: Literal["words", "link", "repeat", "headline", "told"]
    strength: float
    reason: str


@dataclass(frozen=True, slots=True)
class CandidateStory:
    """A story to compare with: its id, its first telling, and of all its mentions the ids and canonical addresses."""

    id: str
    leader: StoryFingerprint
    members: Collection[str] = ()
    pages: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class StoryAssignment:
    """The story a mention belongs to, and why."""

    story: str
    evidence: SameStory


# --- words ------------------------------------------------------------------------------------------------------------


def same_story(new: StoryFingerprint, old: StoryFingerprint) -> SameStory | None:
    """Why ``new`` tells the same as ``old``, or ``None``. Symmetric, but for the words of the reason."""
    if abs(new.at - old.at) > WINDOW:
        return None
    return _by_link(new, old) or _by_repeat(new, old) or _by_words(new, old) or _by_headline(new, old)


def _by_link(new: StoryFingerprint, old: StoryFingerprint) -> SameStory | None:
    """A share of the other's page, or of the same third page. An article that cites a page is no share of it."""
    if new.words <= SHARE_WORDS and old.page is not None and old.page in new.links:
        return SameStory("link", 1.0, f"links to {_short(old.page)}")
    if old.words <= SHARE_WORDS and new.page is not None and new.page in old.links:
        return SameStory("link", 1.0, f"{_short(new.page)} is linked there")
    if max(new.words, old.words) > SHARE_WORDS:
        return None
    shared = {link for link in set(new.links).intersection(old.links) if ARTICLE_PATH.search(link, link.find("/", 8))}
    if shared:
        return SameStory("link", 0.95, f"shares the link {_short(min(shared))}")
    return None


def _links_to_member(new: StoryFingerprint, story: CandidateStory) -> SameStory | None:
    """A share of one of the reprints, which the first telling does not know."""
    if new.words > SHARE_WORDS or abs(new.at - story.leader.at) > WINDOW:
        return None
    page = next((link for link in new.links if link in story.pages), None)
    return SameStory("link", 1.0, f"links to {_short(page)}") if page else None


def _by_repeat(new: StoryFingerprint, old: StoryFingerprint) -> SameStory | None:
    """A retweet, whole or cut; a teaser that stops in the middle of the other's opening."""
    for short, whole in ((new, old), (old, new)):
        count = short.opening.count(" ") + 1
        least = 4 if short.repeated else 16
        if (short.repeated or short.cut) and count >= least and not whole.cut:
            given, said = short.opening, whole.opening
            if given == said if not short.cut else (said + " ").startswith(given + " "):
                return SameStory("repeat", 1.0, "repeats the post" if short.repeated else "begins with the same words")
    return None


def _by_words(new: StoryFingerprint, old: StoryFingerprint) -> SameStory | None:
    fewer = min(len(new.shingles), len(old.shingles))
    if fewer < MIN_SHINGLES or min(new.words, old.words) < MIN_SHINGLES + 2:
        return None
    common = len(new.shingles & old.shingles)
    contained, resembles = common / fewer, common / (len(new.shingles) + len(old.shingles) - common)
    enough, alike = _demanded(new, old)
    if contained < enough or resembles < alike:
        return None
    if fewer < SHORT and _contradicts(new, old, contained):
        return None  # "is great" and "is not great"
    if not (new.has_text and old.has_text) and _recurs(new, old):
        return None
    if contained < 0.95 and not (_opens(new, old) or _opens(old, new)):
        return None  # what they share is the paragraph about the company, the outlet's footer
    percent = int(contained * 100)
    return SameStory("words", contained, "the same words" if percent == 100 else f"same words {percent} %")


def _contradicts(new: StoryFingerprint, old: StoryFingerprint, contained: float) -> bool:
    """Whether two short tellings deny each other, or speak of other things in the same words."""
    if new.tags and old.tags and not (set(new.tags) <= set(old.tags) or set(old.tags) <= set(new.tags)):
        return True
    if contained < 0.95 and new.negations != old.negations:
        return True
    if new.headline and old.headline and new.headline != old.headline and contradict(new.headline, old.headline, None):
        return True
    # An article of an agency comes again with newer figures; a post, or a headline alone, is about what it names.
    short = not (new.headline or old.headline) or not (new.has_text or old.has_text)
    names = frozenset((*new.names, *old.names)) if short else None
    return new.opening != old.opening and contradict(new.opening, old.opening, names)


def _demanded(new: StoryFingerprint, old: StoryFingerprint) -> tuple[float, float]:
    """The containment and resemblance that make these two one story."""
    if new.headline == old.headline and _distinct(new) and not _recurs(new, old):
        return SYNDICATED, SYNDICATED / 2
    if not (new.headline or old.headline) and max(new.words, old.words) <= POST_WORDS:
        return POSTS, RESEMBLANCE
    if new.headline and old.headline and new.headline != old.headline and _recurs(new, old):
        return ONE_OUTLET, RESEMBLANCE
    return CONTAINMENT, RESEMBLANCE


def _opens(one: StoryFingerprint, other: StoryFingerprint) -> bool:
    """Whether a good part of how ``one`` begins is anywhere in ``other``; of its first words, under two headlines."""
    words = 30 if one.headline == other.headline or not (one.headline and other.headline) else 12
    begin = shingles_of(one.opening.split(" ")[:words])
    return 4 * sum(shingle in other.shingles for shingle in begin) >= len(begin)


def _by_headline(new: StoryFingerprint, old: StoryFingerprint) -> SameStory | None:
    """The same headline, where at least one side has no text that could differ, from two outlets or a link between."""
    if new.headline != old.headline or not _distinct(new) or (new.has_text and old.has_text):
        return None
    for listed, other in ((new, old), (old, new)):
        if listed.is_listed and not other.is_listed and _same_outlet(listed, other):
            return SameStory("headline", 0.8, f"the same headline, listed as published by {listed.outlet}")
    for bare, other in ((new, old), (old, new)):
        if not bare.has_text and other.outlet and any(host_of(link) == other.outlet for link in bare.links):
            return SameStory("headline", 0.8, f"the same headline, and a link to {other.outlet}")
    if new.headline.count(" ") >= 7 and not _recurs(new, old):
        return SameStory("headline", 0.7, "the same headline")
    return None


def _same_outlet(one: StoryFingerprint, other: StoryFingerprint) -> bool:
    """Whether one is on the other's site: Google names ``www.``, where the article may be on ``news.``."""
    if one.outlet is None or other.outlet is None:
        return False
    return same_site(one.outlet, other.outlet) or same_site(other.outlet, one.outlet)


def _distinct(one: StoryFingerprint) -> bool:
    return one.headline.count(" ") + 1 >= HEADLINE_WORDS


def _recurs(new: StoryFingerprint, old: StoryFingerprint) -> bool:
    """A column: one outlet, the same words again."""
    return new.outlet == old.outlet


def _short(address: str) -> str:
    plain = address.removeprefix("https://")
    return plain if len(plain) <= 80 else plain[:79] + "…"


def choose_story(
    new: StoryFingerprint,
    candidates: Sequence[CandidateStory],
    *,
    together: Collection[str] = (),
    apart: Collection[str] = (),
) -> StoryAssignment | None:
    """The story that ``new`` belongs to, or ``None`` when it begins one.

    ``candidates``: the stories of which a telling shares a number of ``new.sketch``; the 64 with most in common are
    plenty, links counting first. ``together`` and ``apart`` are mention ids that the user said belong, or do not
    belong, with ``new``: a story that holds one of them is taken, or never taken, whatever the words say.
    """
    best: StoryAssignment | None = None
    oldest = new.at
    for story in candidates:
        members = {story.leader.id, *story.members}
        if not members.isdisjoint(apart):
            continue
        if not members.isdisjoint(together):
            return StoryAssignment(story.id, SameStory("told", 1.0, "merged by hand"))
        found = same_story(new, story.leader) or _links_to_member(new, story)
        if found is not None and (
            best is None
            or found.strength > best.evidence.strength
            or (found.strength == best.evidence.strength and story.leader.at < oldest)
        ):
            best, oldest = StoryAssignment(story.id, found), story.leader.at
    return best


# --- what differs -----------------------------------------------------------------------------------------------------
