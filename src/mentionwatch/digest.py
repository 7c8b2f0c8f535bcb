"""What to tell of a time: brands, then stories, most important first, and what was not seen (pure).

The order of stories, each step deciding only where those before it are equal:

1. urgency, the highest of its tellings: urgent, high, normal (or not judged), low;
2. negative before the rest, when any of its tellings is;
3. how many tell it in this time;
4. reach: the largest of its tellings' (see :func:`reach`);
5. recency: the latest telling first;
6. the id of its leader, so that equal input gives equal bytes.

Posts of our own stand apart: they are in ``own_posts`` and in no count.

A day may bring a hundred thousand posts of which a page shows fifty. So :func:`build_outline` orders the digest by
:class:`MentionSummary`, and :func:`hydrate` puts in the words of what is shown (:func:`shown_ids`).

More than 400 lines: half of them are the values of a digest, which its rules fill one after the other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from mentionwatch.coverage import SourceHealth, SourceProblem, source_problems
from mentionwatch.model import BRAND_KINDS, URGENCY_LEVELS, Brand, BrandKind, Mention, UrgencyLevel

#: Stories of a brand that a page tells in full, and how many it tells at all; own posts that it lists.
FULL_STORIES = 25
SHORT_STORIES = 1000
LISTED_OWN = 10
#: Tellings of a story, the leader aside, among which a page looks for those it names.
LOOKED_AT = 201

#: States of triage in which nobody waits for our answer any more.
_SETTLED = frozenset({"replied", "answered", "resolved", "ignored", "waiting"})


@dataclass(frozen=True, slots=True)
class AwaitingReply:
    """What waits for an answer of ours, whenever it was said: ``first`` are the most overdue, ``count`` is all of it.

    ``overdue`` of them should have been answered by now. Each of ``first`` has its ``due_at``.
    """

    first: tuple[Mention, ...] = ()
    count: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Spike:
    """When much more was said of a brand than usual (``volume``), or much more of it was negative.

    ``ended_at`` is ``None`` while it goes on; ``why`` what was counted when it began, in our words; ``acked_by`` who
    said that they know, and ``acked_at`` when.
    """

    kind: Literal["volume", "negative"]
    began_at: datetime
    ended_at: datetime | None
    why: str
    acked_at: datetime | None = None
    acked_by: str | None = None


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
    sources: tuple[SourceHealth, ...] = ()
    new_only: bool = False
    older_pending: int = 0
    waiting: AwaitingReply = AwaitingReply()
    #: By brand, those that went on at any time of the period, in the order they began.
    spikes: Mapping[str, tuple[Spike, ...]] = field(default_factory=dict)
    #: By brand, how many were left out because people labelled them noise.
    noise: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MentionSummary:
    """What decides where a mention stands in a digest, and what it adds to the counts; none of its words.

    ``story`` is its story's id, its own where it has none. ``said_at`` is the publisher's word, unless that lies after
    the moment we saw it. ``headline`` is the title as two are compared; ``waits``: it has a time by which it wants an
    answer, and none yet; ``muted``: by a troll of ``[[people]]``.
    """

    id: str
    brand: str
    story: str
    own: bool
    told_at: datetime
    said_at: datetime
    level: UrgencyLevel
    negative: bool
    muted: bool
    waits: bool
    reach: int
    headline: str | None
    story_size: int


@dataclass(frozen=True, slots=True)
class StorySummary:
    """One story as one brand met it in this time, without words; see :class:`StoryLine`, whose mentions it names."""

    story: str | None
    ids: tuple[str, ...]
    total: int
    first: str
    largest: str
    level: UrgencyLevel
    negative: bool
    reach: int
    changed_headlines: int
    latest: datetime

    @property
    def leader(self) -> str:
        return self.ids[0]

    @property
    def size(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One story as one brand met it in this time.

    ``tellings`` has ``leader`` first, then the others by the time they were told: all of them, or as many as were read;
    ``size`` is how many there are.
    ``total`` is the story's size over all time, where that is more. ``first`` told it first, ``largest`` reaches
    most people. ``changed_headlines`` tellings bear another title than the leader's.
    """

    leader: Mention
    tellings: tuple[Mention, ...]
    size: int
    total: int
    first: Mention
    largest: Mention
    level: UrgencyLevel
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
    ``since`` on. ``folded`` are all the stories, and ``own_ids`` all the own posts; ``stories`` and ``own_posts`` the
    first of them, as far as their words were read.
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
    folded: tuple[StorySummary, ...]
    own_ids: tuple[str, ...]
    stories: tuple[StoryLine, ...] = ()
    own_posts: tuple[Mention, ...] = ()
    #: Left out, and in no count, because people labelled them noise.
    noise: int = 0
    #: Of the count, those by trolls of ``[[people]]``, of which no alert tells.
    muted: int = 0
    #: Those that went on at any time of the period, in the order they began.
    spikes: tuple[Spike, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest, frozen: every format is made of this alone.

    ``ids`` name all mentions in the order told: brand by brand, story by story, the leader first, and each brand's own
    posts last. ``count`` is without those. ``mentions`` gives them with their words, as often as it is gone through; it
    may read them as it goes.
    """

    generated_at: datetime
    since: datetime
    until: datetime
    name: str | None
    new_only: bool
    count: int
    brands: tuple[BrandSection, ...]
    ids: tuple[str, ...]
    sources: tuple[SourceProblem, ...]
    older_pending: int
    waiting: AwaitingReply = AwaitingReply()
    mentions: Iterable[Mention] = ()


def build_digest(given: DigestInput) -> Digest:
    """The digest of ``given``; brands in the order own, competitor, topic, each as configured.

    A brand without mentions has an empty section. Mentions of a brand that is no longer configured are told in a
    section of their own, last: counts are never lost.
    """
    mentions = {mention.id: mention for mention in given.mentions}
    told = hydrate(build_outline(given, (summarize(one, given.now) for one in given.mentions)), mentions)
    return replace(told, mentions=tuple(mentions[one] for one in told.ids))


def build_outline(given: DigestInput, briefs: Iterable[MentionSummary]) -> Digest:
    """The digest of what ``briefs`` tell of, as :func:`build_digest` gives it, without any words yet.

    ``given.mentions`` are not looked at: the briefs stand for them.
    """
    by_brand: dict[str, list[MentionSummary]] = {brand.name: [] for brand in given.brands}
    for one in briefs:
        by_brand.setdefault(one.brand, []).append(one)
    kinds: dict[str, BrandKind] = {brand.name: brand.kind for brand in given.brands}
    order = [brand.name for kind in BRAND_KINDS for brand in given.brands if brand.kind == kind]
    order += sorted(name for name in {*by_brand, *given.noise} if name not in kinds)
    sections = tuple(
        _section(name, kinds.get(name, "topic"), by_brand.get(name, []), given) for name in dict.fromkeys(order)
    )
    return Digest(
        generated_at=given.now,
        since=given.since,
        until=given.until,
        name=given.name,
        new_only=given.new_only,
        count=sum(section.count for section in sections),
        brands=sections,
        ids=tuple(
            one
            for section in sections
            for group in (*(story.ids for story in section.folded), section.own_ids)
            for one in group
        ),
        sources=source_problems(given.sources, given.since, given.until, given.now),
        older_pending=given.older_pending,
        waiting=given.waiting,
    )


def shown_ids(digest: Digest) -> tuple[str, ...]:
    """The ids of all mentions of which a page for people says more than their number."""
    ids: dict[str, None] = {}
    for section in digest.brands:
        for place, story in enumerate(section.folded[:SHORT_STORIES]):
            ids |= dict.fromkeys((story.leader, story.first, story.largest))
            if place < FULL_STORIES:
                ids |= dict.fromkeys(story.ids[: 1 + LOOKED_AT])
        ids |= dict.fromkeys(section.own_ids[:LISTED_OWN])
    return tuple(ids)


def hydrate(digest: Digest, read: Mapping[str, Mention]) -> Digest:
    """The digest with the stories and own posts that are among what was ``read``, by id."""
    return replace(
        digest,
        brands=tuple(
            replace(
                section,
                stories=tuple(_worded(story, read) for story in section.folded if story.leader in read),
                own_posts=tuple(read[one] for one in section.own_ids if one in read),
            )
            for section in digest.brands
        ),
    )


def _worded(story: StorySummary, read: Mapping[str, Mention]) -> StoryLine:
    changed = story.changed_headlines
    return StoryLine(
        leader=read[story.leader],
        tellings=tuple(read[one] for one in story.ids if one in read) if len(story.ids) > 1 else (read[story.leader],),
        size=story.size,
        total=story.total,
        first=read[story.first],
        largest=read[story.largest],
        level=story.level,
        negative=story.negative,
        reach=story.reach,
        changed_headlines=changed,
        differences=f"{changed} changed the headline" if changed else "",
    )


def summarize(mention: Mention, now: datetime | None = None) -> MentionSummary:
    """What of a mention decides where it stands in a digest; one that is snoozed at ``now`` does not wait."""
    snoozed = now is not None and mention.snoozed_until is not None and now < mention.snoozed_until
    return MentionSummary(
        id=mention.id,
        brand=mention.brand,
        story=mention.story or mention.id,
        own=mention.own,
        told_at=effective_at(mention),
        said_at=_said_at(mention),
        level="normal" if mention.urgency is None else mention.urgency.level,
        negative=mention.sentiment is not None and mention.sentiment.label == "negative",
        muted=mention.role == "troll",
        waits=mention.due_at is not None and mention.status not in _SETTLED and not snoozed,
        reach=reach(mention),
        headline=_plain(mention.item.title) if mention.item.title else None,
        story_size=mention.story_size,
    )


def effective_at(mention: Mention) -> datetime:
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


def _section(name: str, kind: BrandKind, mentions: Iterable[MentionSummary], given: DigestInput) -> BrandSection:
    told: dict[str, list[MentionSummary]] = {}
    own: list[MentionSummary] = []
    for mention in mentions:
        if mention.own:
            own.append(mention)
        else:
            told.setdefault(mention.story, []).append(mention)
    counted = [mention for tellings in told.values() for mention in tellings]
    previous = given.previous.get(name)
    step, steps = _steps(given.since, given.until)
    timeline = [0] * steps
    for mention in counted:
        timeline[min(steps - 1, max(0, (mention.told_at - given.since) // step))] += 1
    return BrandSection(
        name=name,
        kind=kind,
        count=len(counted),
        previous=previous,
        trend=None if previous is None else len(counted) - previous,
        own_count=len(own),
        negative=sum(mention.negative for mention in counted),
        muted=sum(mention.muted for mention in counted),
        spikes=given.spikes.get(name, ()),
        noise=given.noise.get(name, 0),
        waiting=sum(mention.waits for mention in counted),
        timeline=tuple(timeline),
        step=step,
        folded=tuple(sorted(map(_fold, told.values()), key=_importance)),
        own_ids=tuple(mention.id for mention in sorted(own, key=lambda mention: (mention.told_at, mention.id))),
    )


def _steps(since: datetime, until: datetime) -> tuple[timedelta, int]:
    """Hours for up to a day and a half, days for up to five weeks, else 24 equal parts."""
    length = max(until - since, timedelta(seconds=1))
    for step, most in ((timedelta(hours=1), 36), (timedelta(days=1), 35)):
        if length <= step * most:
            return step, math.ceil(length / step)
    return length / 24, 24


def build_story_line(tellings: Sequence[Mention]) -> StoryLine:
    """Fold tellings of one story; the leader is the most urgent, then a negative one, then the first told."""
    return _worded(_fold([summarize(mention) for mention in tellings]), {mention.id: mention for mention in tellings})


def _fold(tellings: Sequence[MentionSummary]) -> StorySummary:
    in_time = sorted(tellings, key=lambda one: (one.said_at, one.id))
    leader = min(in_time, key=lambda one: (URGENCY_LEVELS.index(one.level), not one.negative))
    others = sorted((one for one in tellings if one is not leader), key=lambda one: (one.told_at, one.id))
    headline = leader.headline
    changed = sum(one.headline not in (None, headline) for one in others) if headline else 0
    return StorySummary(
        story=None if leader.story == leader.id else leader.story,
        ids=(leader.id, *(one.id for one in others)),
        total=max(len(tellings), *(one.story_size for one in tellings)),
        first=in_time[0].id,
        largest=max(in_time, key=lambda one: one.reach).id,
        level=min((one.level for one in tellings), key=URGENCY_LEVELS.index),
        negative=any(one.negative for one in tellings),
        reach=max(one.reach for one in tellings),
        changed_headlines=changed,
        latest=max(one.told_at for one in tellings),
    )


def _importance(story: StorySummary) -> tuple[int, bool, int, int, float, str]:
    return (
        URGENCY_LEVELS.index(story.level),
        not story.negative,
        -story.size,
        -story.reach,
        -story.latest.timestamp(),
        story.leader,
    )


def _said_at(mention: Mention) -> datetime:
    """When it was said: the publisher's word, unless that lies after the moment we saw it."""
    published = mention.item.published_at
    return mention.first_seen_at if published is None else min(published, mention.first_seen_at)


@lru_cache(maxsize=1024)
def _plain(title: str) -> str:
    """A headline as two are compared: letters and digits only, case folded."""
    return "".join(c for c in title.casefold() if c.isalnum())
