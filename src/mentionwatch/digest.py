"""What to tell of a time: brands, then stories, most important first, and what was not seen (pure).

The order of stories, each step deciding only where those before it are equal:

1. urgency, the highest of its tellings: urgent, high, normal (or not judged), low;
2. negative before the rest, when any of its tellings is;
3. how many tell it in this time;
4. reach: the largest of its tellings' (see :func:`reach`);
5. recency: the latest telling first;
6. the id of its leader, so that equal input gives equal bytes.

Posts of our own stand apart: they are in ``own_posts`` and in no count.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from mentionwatch.coverage import SourceLine, SourceState, foot
from mentionwatch.model import Brand, BrandKind, Mention

__all__ = [
    "BrandSection",
    "Digest",
    "DigestInput",
    "StoryLine",
    "Waiting",
    "build",
    "interactions",
    "reach",
    "story_of",
    "told_at",
]

Level = Literal["urgent", "high", "normal", "low"]
_LEVELS: tuple[Level, ...] = ("urgent", "high", "normal", "low")
_KINDS: tuple[BrandKind, ...] = ("own", "competitor", "topic")
#: States of triage in which nobody waits for our answer any more.
_SETTLED = frozenset({"replied", "answered", "resolved", "ignored", "waiting"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for an answer of ours, whenever it was said: ``first`` are the most overdue, ``count`` is all of it.

    ``overdue`` of them should have been answered by now. Each of ``first`` has its ``due_at``.
    """

    first: tuple[Mention, ...] = ()
    count: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class DigestInput:
    """All that a digest is made of.

    ``mentions`` are those of ``[since, until)``, in any order, own posts included. ``previous`` is, per brand, how
    many mentions (own posts not counted) the period of the same length before ``since`` had; a brand that is not
    in it has no trend (its watch had not begun). ``older_pending`` is how many mentions from before ``since`` no
    delivered digest holds yet.
    """

    since: datetime
    until: datetime
    now: datetime
    brands: tuple[Brand, ...]
    mentions: tuple[Mention, ...]
    name: str | None = None
    previous: Mapping[str, int] = field(default_factory=dict)
    sources: tuple[SourceState, ...] = ()
    new_only: bool = False
    older_pending: int = 0
    waiting: Waiting = Waiting()


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One story as one brand met it in this time.

    ``tellings`` has ``leader`` first, then the others by the time they were told; ``size`` is their number.
    ``total`` is the story's size over all time, where that is more. ``first`` told it first, ``largest`` reaches
    most people. ``changed_headlines`` tellings bear another title than the leader's.
    """

    leader: Mention
    tellings: tuple[Mention, ...]
    size: int
    total: int
    first: Mention
    largest: Mention
    level: Level
    negative: bool
    reach: int
    changed_headlines: int
    differences: str


@dataclass(frozen=True, slots=True)
class BrandSection:
    """What there is to tell of one brand.

    ``count`` is mentions, without own posts: the sum of the stories' sizes. ``trend`` is ``count - previous``,
    ``None`` when there is no period before. ``negative`` mentions speak ill; ``waiting`` ones have a time by which
    they want an answer and none yet. ``timeline`` counts mentions in equal steps of ``step`` from the digest's
    ``since`` on.
    """

    name: str
    kind: BrandKind
    count: int
    previous: int | None
    trend: int | None
    own_count: int
    negative: int
    waiting: int
    timeline: tuple[int, ...]
    step: timedelta
    stories: tuple[StoryLine, ...]
    own_posts: tuple[Mention, ...]
    #: Of the count, those by trolls of ``[[people]]``, of which no alert tells.
    muted: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest, frozen: every format is made of this alone.

    ``mentions`` are all of them in the order told: brand by brand, story by story, the leader first, and each brand's
    own posts last. ``count`` is without those.
    """

    generated_at: datetime
    since: datetime
    until: datetime
    name: str | None
    new_only: bool
    count: int
    brands: tuple[BrandSection, ...]
    mentions: tuple[Mention, ...]
    sources: tuple[SourceLine, ...]
    older_pending: int
    waiting: Waiting = Waiting()


def build(given: DigestInput) -> Digest:
    """The digest of ``given``; brands in the order own, competitor, topic, each as configured.

    A brand without mentions has an empty section. Mentions of a brand that is no longer configured are told in a
    section of their own, last: counts are never lost.
    """
    by_brand: dict[str, list[Mention]] = {brand.name: [] for brand in given.brands}
    for mention in given.mentions:
        by_brand.setdefault(mention.brand, []).append(mention)
    kinds: dict[str, BrandKind] = {brand.name: brand.kind for brand in given.brands}
    order = [brand.name for kind in _KINDS for brand in given.brands if brand.kind == kind]
    order += sorted(name for name in by_brand if name not in kinds)
    sections = tuple(_section(name, kinds.get(name, "topic"), by_brand[name], given) for name in dict.fromkeys(order))
    mentions = tuple(
        mention
        for section in sections
        for group in (*(story.tellings for story in section.stories), section.own_posts)
        for mention in group
    )
    return Digest(
        generated_at=given.now,
        since=given.since,
        until=given.until,
        name=given.name,
        new_only=given.new_only,
        count=sum(section.count for section in sections),
        brands=sections,
        mentions=mentions,
        sources=foot(given.sources, given.since, given.until, given.now),
        older_pending=given.older_pending,
        waiting=given.waiting,
    )


def told_at(mention: Mention) -> datetime:
    """When a mention counts: when it was first seen, and backlog when it was published (promise 8)."""
    if mention.counts_at is not None:
        return mention.counts_at
    if mention.backlog and mention.item.published_at is not None:
        return mention.item.published_at
    return mention.first_seen_at


def interactions(mention: Mention) -> int:
    """How many people did something with it: likes, reposts, replies and score together; unknown is 0."""
    e = mention.item.engagement
    return sum(max(0, value) for value in (e.likes, e.reposts, e.replies, e.score) if value is not None)


def reach(mention: Mention) -> int:
    """How many people it may have met: the largest of the author's followers, the views and the interactions."""
    followers, views = mention.item.author.followers, mention.item.engagement.views
    return max(0, followers or 0, views or 0, interactions(mention))


def _section(name: str, kind: BrandKind, mentions: Iterable[Mention], given: DigestInput) -> BrandSection:
    told: dict[str, list[Mention]] = {}
    own: list[Mention] = []
    for mention in mentions:
        if mention.own:
            own.append(mention)
        else:
            told.setdefault(mention.story or mention.id, []).append(mention)
    stories = sorted((story_of(tellings) for tellings in told.values()), key=_importance)
    counted = [mention for story in stories for mention in story.tellings]
    previous = given.previous.get(name)
    step, steps = _steps(given.since, given.until)
    timeline = [0] * steps
    for mention in counted:
        timeline[min(steps - 1, max(0, (told_at(mention) - given.since) // step))] += 1
    return BrandSection(
        name=name,
        kind=kind,
        count=len(counted),
        previous=previous,
        trend=None if previous is None else len(counted) - previous,
        own_count=len(own),
        negative=sum(_negative(mention) for mention in counted),
        muted=sum(mention.role == "troll" for mention in counted),
        waiting=sum(mention.due_at is not None and mention.status not in _SETTLED for mention in counted),
        timeline=tuple(timeline),
        step=step,
        stories=tuple(stories),
        own_posts=tuple(sorted(own, key=lambda mention: (told_at(mention), mention.id))),
    )


def _steps(since: datetime, until: datetime) -> tuple[timedelta, int]:
    """Hours for up to a day and a half, days for up to five weeks, else 24 equal parts."""
    length = max(until - since, timedelta(seconds=1))
    for step, most in ((timedelta(hours=1), 36), (timedelta(days=1), 35)):
        if length <= step * most:
            return step, math.ceil(length / step)
    return length / 24, 24


def story_of(tellings: Sequence[Mention]) -> StoryLine:
    """Fold tellings of one story; the leader is the most urgent, then a negative one, then the first told."""
    in_time = sorted(tellings, key=lambda mention: (_said_at(mention), mention.id))
    leader = min(in_time, key=lambda mention: (_LEVELS.index(_level(mention)), not _negative(mention)))
    others = sorted((m for m in tellings if m is not leader), key=lambda mention: (told_at(mention), mention.id))
    headline = _plain(leader.item.title)
    changed = sum(_plain(m.item.title) != headline for m in others if m.item.title) if headline else 0
    return StoryLine(
        leader=leader,
        tellings=(leader, *others),
        size=len(tellings),
        total=max(len(tellings), *(mention.story_size for mention in tellings)),
        first=in_time[0],
        largest=max(in_time, key=reach),
        level=min((_level(mention) for mention in tellings), key=_LEVELS.index),
        negative=any(_negative(mention) for mention in tellings),
        reach=max(reach(mention) for mention in tellings),
        changed_headlines=changed,
        differences=f"{changed} changed the headline" if changed else "",
    )


def _importance(story: StoryLine) -> tuple[int, bool, int, int, float, str]:
    latest = max(told_at(mention) for mention in story.tellings)
    return (
        _LEVELS.index(story.level),
        not story.negative,
        -story.size,
        -story.reach,
        -latest.timestamp(),
        story.leader.id,
    )


def _said_at(mention: Mention) -> datetime:
    """When it was said: the publisher's word, unless that lies after the moment we saw it."""
    published = mention.item.published_at
    return mention.first_seen_at if published is None else min(published, mention.first_seen_at)


def _level(mention: Mention) -> Level:
    return "normal" if mention.urgency is None else mention.urgency.level


def _negative(mention: Mention) -> bool:
    return mention.sentiment is not None and mention.sentiment.label == "negative"


def _plain(title: str | None) -> str:
    """A headline as two are compared: letters and digits only, case folded."""
    return "".join(c for c in (title or "").casefold() if c.isalnum())
