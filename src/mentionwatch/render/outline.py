"""A digest in words: what every format for people says, in the order it says it, before any encoding."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from mentionwatch.coverage import SourceLine
from mentionwatch.digest import FULL_STORIES, LISTED_OWN, SHORT_STORIES, BrandSection, Digest, Level, StoryLine
from mentionwatch.model import Mention
from mentionwatch.render import wording
from mentionwatch.render.inert import squeezed
from mentionwatch.render.passage import Piece, excerpt, has_title, headline, plain

__all__ = ["BrandOutline", "Outline", "StoryOutline", "Telling", "Trouble", "WaitingLine", "outline", "post"]

#: Other tellings of a story that are linked.
LINKED_TELLINGS = 20
#: Of what waits for an answer: more would stand above the urgent story that is new.
LISTED_WAITING = 5
#: Characters of such a line's words where nobody knows how wide it may be.
_SHORT = 70


@dataclass(frozen=True, slots=True)
class Telling:
    """One of the other tellings of a story, short; ``link`` is http(s) or ``None``."""

    teller: str
    link: str | None


@dataclass(frozen=True, slots=True)
class StoryOutline:
    """A story, or one post: each text one harmless line. ``titled``: the headline is a title, not words of the text."""

    level: Level
    negative: bool
    titled: bool
    headline: tuple[Piece, ...]
    excerpt: tuple[Piece, ...]
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
    tellings: tuple[Telling, ...]
    differences: str
    history: str


@dataclass(frozen=True, slots=True)
class BrandOutline:
    """A brand: ``full`` stories, then ``short`` ones that get a line each, then what ``rest`` says of those left."""

    name: str
    kind: str
    count: str
    any: bool
    timeline: tuple[int, ...]
    bars: str
    facts: tuple[str, ...]
    full: tuple[StoryOutline, ...]
    short: tuple[StoryOutline, ...]
    rest: str
    own: tuple[StoryOutline, ...]
    own_note: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A source that was not (wholly) seen; ``grave`` when it is still so."""

    name: str
    text: str
    grave: bool


@dataclass(frozen=True, slots=True)
class WaitingLine:
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
class Outline:
    """The whole: head, brands, foot."""

    title: str
    summary: str
    period: str
    #: Whether it holds only what no earlier digest told.
    new_only: bool
    #: What waits for an answer: in a few words, the most overdue, and what is said of the rest.
    waiting_head: str
    waiting: tuple[WaitingLine, ...]
    waiting_rest: str
    brands: tuple[BrandOutline, ...]
    troubles: tuple[Trouble, ...]
    older: str
    nothing: bool


def outline(digest: Digest, zone: tzinfo = UTC) -> Outline:
    """Put a digest into words, its times in ``zone``."""
    return Outline(
        title=f"mentionwatch · {squeezed(digest.name, 60)}" if digest.name else "mentionwatch",
        summary=wording.headline_counts(digest),
        period=wording.period(digest, zone),
        new_only=digest.new_only,
        waiting_head=wording.waiting(digest),
        waiting=tuple(_waiting(told, digest.generated_at) for told in digest.waiting.first[:LISTED_WAITING]),
        waiting_rest=wording.waiting_rest(digest, LISTED_WAITING),
        brands=tuple(_brand(section, digest.generated_at, zone) for section in digest.brands),
        troubles=tuple(_trouble(source, digest.generated_at, zone) for source in digest.sources),
        older=wording.older(digest),
        nothing=not digest.ids,
    )


def _brand(section: BrandSection, now: datetime, zone: tzinfo) -> BrandOutline:
    full, short = section.stories[:FULL_STORIES], section.stories[FULL_STORIES:SHORT_STORIES]
    rest = section.folded[SHORT_STORIES:]
    own_left = section.own_count - LISTED_OWN
    return BrandOutline(
        name=squeezed(section.name, 60),
        kind=section.kind,
        count=wording.trend(section),
        any=bool(section.folded or section.own_ids),
        timeline=section.timeline,
        bars=wording.sparkline(section.timeline),
        facts=(*wording.brand_facts(section), *wording.spikes(section, now, zone)),
        full=tuple(_story(story, now, zone) for story in full),
        short=tuple(_story(story, now, zone) for story in short),
        rest=wording.rest(len(rest), sum(story.size for story in rest)),
        own=tuple(post(own, now, zone) for own in section.own_posts[:LISTED_OWN]),
        own_note=f"and {wording.number(own_left)} more" if own_left > 0 else "",
    )


def _story(story: StoryLine, now: datetime, zone: tzinfo) -> StoryOutline:
    rest = story.tellings[1 : 1 + LINKED_TELLINGS]
    more = (f"and {wording.number(story.size - 1)} more",) if story.size > 1 else ()
    alone = post(story.leader, now, zone)
    return replace(
        alone,
        level=story.level,
        negative=story.negative,
        brief=(*alone.brief, *more),
        size=story.size,
        others=wording.others(story),
        tellings=tuple(Telling(wording.teller(told), wording.link(told)) for told in rest),
        differences=squeezed(story.differences, 200),
        history=wording.history(story, now, zone),
    )


def _waiting(told: Mention, now: datetime) -> WaitingLine:
    # That it waits for an answer is said above all of them.
    clock = "" if told.due_at is None else wording.wait(wording.owed(told), told.due_at, now).removeprefix("answer ")
    holder = f"with {squeezed(told.assignee, 40)}" if told.assignee else ""
    words = plain(headline(told))
    return WaitingLine(
        overdue=told.due_at is not None and told.due_at < now,
        clock=" · ".join(filter(None, (clock, holder))),
        words=words,
        short=words if len(words) <= _SHORT else f"{words[: _SHORT - 1].rstrip()}…",
        id=squeezed(told.id, 40),
        link=wording.link(told),
    )


def post(told: Mention, now: datetime, zone: tzinfo = UTC) -> StoryOutline:
    """One mention in words, as a story of its own."""
    return StoryOutline(
        level="normal",
        negative=False,
        titled=has_title(told),
        headline=tuple(headline(told)),
        excerpt=tuple(excerpt(told)),
        verdicts=tuple(wording.verdicts(told, now)),
        facts=tuple(wording.facts(told, now, zone)),
        brief=(wording.teller(told), wording.age(told, now, zone)),
        where=wording.platform(told),
        id=squeezed(told.id, 40),
        link=wording.link(told),
        size=1,
        others="",
        tellings=(),
        differences="",
        history="",
    )


def _trouble(source: SourceLine, now: datetime, zone: tzinfo) -> Trouble:
    grave = source.state in ("failing", "gone", "never-asked")
    return Trouble(squeezed(source.name, 60), wording.source_text(source, now, zone), grave)
