"""A digest in words: what every format for people says, in the order it says it, before any encoding."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from mentionwatch.coverage import SourceProblem
from mentionwatch.digest import FULL_STORIES, LISTED_OWN, SHORT_STORIES, BrandSection, Digest, StoryLine
from mentionwatch.model import Mention, UrgencyLevel
from mentionwatch.render import phrases
from mentionwatch.render.excerpt import TextRun, excerpt, has_title, headline, joined
from mentionwatch.render.sanitize import squeezed
from mentionwatch.render.source_phrases import source_text

#: Other tellings of a story that are linked.
LINKED_TELLINGS = 20
#: Of what waits for an answer: more would stand above the urgent story that is new.
LISTED_WAITING = 5
#: Characters of such a line's words where nobody knows how wide it may be.
_SHORT = 70


@dataclass(frozen=True, slots=True)
class TellingView:
    """One of the other tellings of a story, short; ``link`` is http(s) or ``None``."""

    teller: str
    link: str | None


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story, or one post: each text one harmless line. ``titled``: the headline is a title, not words of the text."""

    level: UrgencyLevel
    negative: bool
    titled: bool
    headline: tuple[TextRun, ...]
    excerpt: tuple[TextRun, ...]
    verdicts: tuple[str, ...]
    facts: tuple[str, ...]
    #: The facts in a few words, for a story that gets one line.
    brief: tuple[str, ...]
    where: str
    id: str
    link: str | None
    size: int
    #: The other tellings in words; those of them that are linked; what they changed.
    others: str
    tellings: tuple[TellingView, ...]
    differences: str
    history: str


@dataclass(frozen=True, slots=True)
class BrandView:
    """A brand: ``full`` stories, then ``short`` ones that get a line each, then what ``rest`` says of those left."""

    name: str
    kind: str
    count: str
    any: bool
    timeline: tuple[int, ...]
    bars: str
    facts: tuple[str, ...]
    full: tuple[StoryView, ...]
    short: tuple[StoryView, ...]
    rest: str
    own: tuple[StoryView, ...]
    own_note: str


@dataclass(frozen=True, slots=True)
class SourceProblemView:
    """A source that was not (wholly) seen; ``grave`` when it is still so."""

    name: str
    text: str
    grave: bool


@dataclass(frozen=True, slots=True)
class AwaitingReplyView:
    """A mention that waits, for one line: by when (and who has it), the words, the id, the page (http(s) or ``None``).

    A format that knows how wide a line is cuts the words itself; ``short`` is for those that do not.
    """

    overdue: bool
    clock: str
    words: str
    short: str
    id: str
    link: str | None


@dataclass(frozen=True, slots=True)
class DigestView:
    """The whole: head, brands, foot."""

    title: str
    summary: str
    period: str
    #: Whether it holds only what no earlier digest told.
    new_only: bool
    #: What waits for an answer: in a few words, the most overdue, and what is said of the rest.
    waiting_head: str
    waiting: tuple[AwaitingReplyView, ...]
    waiting_rest: str
    brands: tuple[BrandView, ...]
    troubles: tuple[SourceProblemView, ...]
    #: That there are troubles, for the head.
    unseen: str
    older: str
    nothing: bool


def digest_view(digest: Digest, zone: tzinfo = UTC) -> DigestView:
    """Put a digest into words, its times in ``zone``."""
    return DigestView(
        title=f"mentionwatch · {squeezed(digest.name, 60)}" if digest.name else "mentionwatch",
        summary=phrases.headline_counts(digest),
        period=phrases.period(digest, zone),
        new_only=digest.new_only,
        waiting_head=phrases.waiting(digest),
        waiting=tuple(_waiting(told, digest.generated_at) for told in digest.waiting.first[:LISTED_WAITING]),
        waiting_rest=phrases.waiting_rest(digest, LISTED_WAITING),
        brands=tuple(_brand(section, digest.generated_at, zone) for section in digest.brands),
        troubles=tuple(_trouble(source, digest.generated_at, zone) for source in digest.sources),
        unseen=phrases.unseen(digest),
        older=phrases.older(digest),
        nothing=not digest.ids,
    )


def _brand(section: BrandSection, now: datetime, zone: tzinfo) -> BrandView:
    full, short = section.stories[:FULL_STORIES], section.stories[FULL_STORIES:SHORT_STORIES]
    rest = section.folded[SHORT_STORIES:]
    own_left = section.own_count - LISTED_OWN
    return BrandView(
        name=squeezed(section.name, 60),
        kind=section.kind,
        count=phrases.trend(section),
        any=bool(section.folded or section.own_ids),
        timeline=section.timeline,
        bars=phrases.sparkline(section.timeline),
        facts=(*phrases.brand_facts(section), *phrases.spikes(section, now, zone)),
        full=tuple(_story(story, now, zone) for story in full),
        short=tuple(_story(story, now, zone) for story in short),
        rest=phrases.rest(len(rest), sum(story.size for story in rest)),
        own=tuple(mention_view(own, now, zone) for own in section.own_posts[:LISTED_OWN]),
        own_note=f"and {phrases.number(own_left)} more" if own_left > 0 else "",
    )


def _story(story: StoryLine, now: datetime, zone: tzinfo) -> StoryView:
    rest = story.tellings[1 : 1 + LINKED_TELLINGS]
    more = (f"and {phrases.number(story.size - 1)} more",) if story.size > 1 else ()
    alone = mention_view(story.leader, now, zone)
    return replace(
        alone,
        level=story.level,
        negative=story.negative,
        brief=(*alone.brief, *more),
        size=story.size,
        others=phrases.others(story),
        tellings=tuple(TellingView(phrases.teller(told), phrases.link(told)) for told in rest),
        differences=squeezed(story.differences, 200),
        history=phrases.history(story, now, zone),
    )


def _waiting(told: Mention, now: datetime) -> AwaitingReplyView:
    # That it waits for an answer is said above all of them.
    clock = "" if told.due_at is None else phrases.wait(phrases.owed(told), told.due_at, now).removeprefix("answer ")
    holder = f"with {squeezed(told.assignee, 40)}" if told.assignee else ""
    words = joined(headline(told))
    return AwaitingReplyView(
        overdue=told.due_at is not None and told.due_at < now,
        clock=" · ".join(filter(None, (clock, holder))),
        words=words,
        short=words if len(words) <= _SHORT else f"{words[: _SHORT - 1].rstrip()}…",
        id=squeezed(told.id, 40),
        link=phrases.link(told),
    )


def mention_view(told: Mention, now: datetime, zone: tzinfo = UTC) -> StoryView:
    """One mention in words, as a story of its own."""
    return StoryView(
        level="normal",
        negative=False,
        titled=has_title(told),
        headline=tuple(headline(told)),
        excerpt=tuple(excerpt(told)),
        verdicts=tuple(phrases.verdicts(told, now, zone)),
        facts=tuple(phrases.facts(told, now, zone)),
        brief=(phrases.teller(told), phrases.age(told, now, zone)),
        where=phrases.platform(told),
        id=squeezed(told.id, 40),
        link=phrases.link(told),
        size=1,
        others="",
        tellings=(),
        differences="",
        history="",
    )


def _trouble(source: SourceProblem, now: datetime, zone: tzinfo) -> SourceProblemView:
    grave = source.state in ("failing", "gone", "never-asked")
    return SourceProblemView(squeezed(source.name, 60), source_text(source, now, zone), grave)
