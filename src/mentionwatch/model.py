"""The nouns: frozen, slotted, without behaviour.

A thing changes its type at each stage of its life: an :class:`Item` is what a source said, a
:class:`Mention` is an item that a brand's terms match. All times are aware and UTC, whole seconds.
Every text in an :class:`Item` is already clean (see :func:`mentionwatch.text.clean`): no markup, no
control characters, no lone surrogates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

ItemKind = Literal["post", "comment", "article", "review", "video", "page"]
BrandKind = Literal["own", "competitor", "topic"]
SentimentLabel = Literal["negative", "neutral", "positive"]
#: From the most urgent on.
UrgencyLevel = Literal["urgent", "high", "normal", "low"]
Flag = Literal["complaint", "question", "praise", "abuse"]
Role = Literal["customer", "journalist", "partner", "troll", "own"]
TermKind = Literal["name", "hashtag", "handle", "url", "query"]
#: ``hashtag-part`` is a compound hashtag that contains the name, ``lookalike`` a homoglyph or leetspeak spelling.
MatchKind = Literal["name", "hashtag", "hashtag-part", "handle", "url", "lookalike", "query"]
#: The field of the mention's JSON in which a match stands; ``links[3]`` is said as ``links``.
MatchField = Literal["title", "text", "url", "links", "tags", "handles", "author"]
BRAND_KINDS: tuple[BrandKind, ...] = get_args(BrandKind)
SENTIMENT_LABELS: tuple[SentimentLabel, ...] = get_args(SentimentLabel)
URGENCY_LEVELS: tuple[UrgencyLevel, ...] = get_args(UrgencyLevel)
FLAGS: tuple[Flag, ...] = get_args(Flag)
#: What a label speaks of.
LabelSubject = Literal["relevance", "sentiment", "kind", "urgency"]
#: Label → what it speaks of: what a person may say of a mention, over what was read in it.
LABELS: Mapping[str, LabelSubject] = {
    "relevant": "relevance",
    "noise": "relevance",
    "negative": "sentiment",
    "neutral": "sentiment",
    "positive": "sentiment",
    "complaint": "kind",
    "question": "kind",
    "praise": "kind",
    "none": "kind",
    "urgent": "urgency",
    "high": "urgency",
    "normal": "urgency",
    "low": "urgency",
}


@dataclass(frozen=True, slots=True)
class Author:
    """Who said it, as far as the source tells."""

    name: str | None = None
    handle: str | None = None
    url: str | None = None
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class Engagement:
    """Counts as the source gave them; ``None`` is unknown, never 0."""

    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    score: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a source returned, as it was said. Set by ``Source.parse``, never changed after.

    ``external_id`` is the platform's own id, unique on that platform; for ``platform == "feed"`` it is the
    entry's guid and unique only within its source. ``same_as`` holds other addresses of the very same thing
    (a Hacker News story and the article it submits). ``links`` are absolute http(s) URLs found anywhere in the
    item – text, attributes, cards, facets – expanded and in order, without ``url`` itself.
    ``tags`` and ``handles`` are those the platform gives apart from the text (without ``#``, with ``@``).
    ``rating`` is stars, 1 to 5.
    """

    platform: str
    kind: ItemKind
    external_id: str | None = None
    url: str | None = None
    title: str | None = None
    text: str = ""
    language: str | None = None
    author: Author = field(default_factory=Author)
    published_at: datetime | None = None
    links: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    parent_url: str | None = None
    same_as: tuple[str, ...] = ()
    engagement: Engagement = field(default_factory=Engagement)
    rating: float | None = None

    @property
    def published_on(self) -> str | None:
        """An address on the site that published it: its own, or its outlet's where Google News hides its own."""
        hidden = self.url is not None and self.url.startswith(_HIDING)
        return self.author.url if hidden and self.author.url else self.url


#: Where an address says nothing of the site that it leads to.
_HIDING = ("https://news.google.com/", "http://news.google.com/")


@dataclass(frozen=True, slots=True)
class Term:
    """One way a brand is spelt, as the user wrote it in the configuration."""

    kind: TermKind
    text: str
    case: bool = False
    #: This term counts only near one of these, whatever the brand's own ``context`` says.
    context: tuple[str, ...] = ()
    #: Homoglyphs and leetspeak count too, and are flagged as kind ``lookalike``.
    lookalikes: bool = False


@dataclass(frozen=True, slots=True)
class SearchClause:
    """One thing to ask a platform for: every match holds ``term`` for some clause, and then all of ``also``.

    A platform that takes one phrase is asked for ``term``; one that joins words may be asked for all of them.
    """

    term: Term
    also: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class BrandTest:
    """A sentence the user wrote to hold the terms to: it must (not) match."""

    text: str
    match: bool = True
    title: str | None = None
    url: str | None = None
    author: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Brand:
    """A name under watch. Either ``terms`` with ``context`` and ``exclude``, or ``query``."""

    name: str
    kind: BrandKind = "own"
    terms: tuple[Term, ...] = ()
    context: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    #: Handles, domains or URLs whose posts are our own: kept and marked, never alerted or counted.
    own: tuple[str, ...] = ()
    query: str | None = None
    tests: tuple[BrandTest, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Where a term stands: ``start``/``end`` are code-point offsets into the named field as stored."""

    term: str
    kind: MatchKind
    field: MatchField
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class BrandMatch:
    """What one brand's terms make of one item, with the reason either way.

    ``matches`` is empty exactly when the item is not a mention; ``reason`` is then the one clause that failed
    (``no term found``, ``context missing: …``, ``excluded by …``) and else what decided.
    """

    brand: str
    matches: tuple[Match, ...]
    reason: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Sentiment:
    """How the item speaks of the brand. ``score`` from -1 to 1."""

    label: SentimentLabel
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Urgency:
    """How soon somebody should look."""

    level: UrgencyLevel
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """Where a person writes: a handle without its first ``@``, on one platform, or whole with its server on any."""

    handle: str
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the user knows: who they are to us, and by which accounts and pages they are known again."""

    name: str
    role: Role
    accounts: tuple[Account, ...] = ()
    #: Their pages and sites: what stands there, or is by who lives there, is theirs.
    urls: tuple[str, ...] = ()
    #: Names of the brands this holds for; all when empty.
    brands: tuple[str, ...] = ()
    #: Who is to see to what they say.
    assign: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What is to happen with a mention of which ``when``, a query, holds. What is unset is left as it is."""

    name: str
    when: str
    urgency: UrgencyLevel | None = None
    assign: str | None = None
    tags: tuple[str, ...] = ()
    ignore: bool = False
    #: Names of those of ``[[notify]]`` that are told of it.
    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """The words of an answer, with placeholders in braces. ``limit`` is characters; unset, the platform's."""

    name: str
    text: str
    platform: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule that holds for a mention, and the clause of it that decided."""

    rule: str
    because: str


@dataclass(frozen=True, slots=True)
class Mention:
    """An item that a brand's terms match, as it is told: the row behind every JSON line."""

    id: str
    brand: str
    item: Item
    canonical_url: str | None
    #: The configured source that brought it first.
    source: str
    first_seen_at: datetime
    matches: tuple[Match, ...]
    #: When it counts: first seen, or for backlog when it was published, as far as that is known.
    counts_at: datetime | None = None
    own: bool = False
    #: It was there already when its source was first asked: listed, never alerted or mailed.
    backlog: bool = False
    also_seen: tuple[str, ...] = ()
    story: str | None = None
    story_size: int = 1
    sentiment: Sentiment | None = None
    urgency: Urgency | None = None
    #: What else it is: ``complaint``, ``question``, ``praise``, ``abuse``.
    flags: tuple[str, ...] = ()
    #: What the user's rules and people call it, and which of the rules hold.
    tags: tuple[str, ...] = ()
    hits: tuple[RuleHit, ...] = ()
    #: Who of ``[[people]]`` said it.
    person: str | None = None
    role: Role | None = None
    #: The level that somebody set over the judge's; ``None``: the judge has the word.
    priority: UrgencyLevel | None = None
    #: What people have labelled it, of :data:`LABELS`, or the same words elsewhere.
    labels: tuple[str, ...] = ()
    status: str = "new"
    assignee: str | None = None
    due_at: datetime | None = None
    #: Until when somebody wants nothing told of it; what is past has ended.
    snoozed_until: datetime | None = None
    #: What ``due_at`` is the time of.
    due_for: Literal["answer", "resolution", "promise"] | None = None
    #: When we last knew its words changed; ``item`` says what it says since.
    edited_at: datetime | None = None
    #: Since when we know that it is no longer there; ``None`` while it is, or came back.
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One thing that became of an item after it was said; ``title`` and ``text`` are what it says after an edit.

    ``evidence`` is how we know, in our own words.
    """

    at: datetime
    what: Literal["edited", "gone", "back"]
    evidence: str
    title: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class EngagementReading:
    """An item's counts at one time."""

    at: datetime
    engagement: Engagement


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What somebody did about a mention: one entry of the log, never changed.

    ``data`` is what the action says (``{"to": "jo"}``); ``undoes`` is the entry an ``undo`` takes back.
    """

    id: int
    mention: str
    at: datetime
    by: str
    action: str
    data: Mapping[str, object] = field(default_factory=dict)
    undoes: int | None = None
