"""Which mentions tell the same story: reprints, cross-posts, re-shares of a link, retweets.

Pure, and made to be kept in a table: :func:`story_fingerprint` is what must be remembered of a mention, its ``sketch``
the numbers under which to find it again (any mention that tells the same shares one of them, with rare exceptions),
and :func:`choose_story` decides. A mention is compared with the first of each story only, so that a round-up which
tells two stories does not tie them together. The rules in words: ``docs/identity.md``.
"""

from __future__ import annotations

import heapq
import json
import re
import struct
import unicodedata
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from mentionwatch.model import Item
from mentionwatch.text import unescape
from mentionwatch.urls import canonical_url, host_of

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

#: Two tellings further apart are two stories: the same template serves again next year.
WINDOW = timedelta(days=7)
#: Hashes of a text that are indexed, and as many again of its opening, which is all that a teaser repeats.
SKETCH, OPENING_SKETCH = 16, 4
#: Words compared; nothing that differs only after this many is told apart.
MAX_WORDS = 3000
#: Shares of the shorter text's shingles, and of all shingles, that two tellings have in common. Measured on
#: simulated reprints, cuts and edits: pairwise F1 99.7 (64-bit SimHash 88, MinHash at 0.5 94).
CONTAINMENT, RESEMBLANCE = 0.6, 0.3
#: The containment that is enough when two outlets print it under the same headline; and that is needed when one outlet
#: prints it under two headlines, since that is mostly a form filled in anew.
SYNDICATED, ONE_OUTLET = 0.4, 0.75
#: Below this many shingles a text says too little to be known again ("Introducing X").
MIN_SHINGLES = 8
#: A post with a link is a share of it while it has at most this many words of its own ...
SHARE_WORDS = 100
#: ... and at most this many links: more is a list.
SHARE_LINKS = 5


@dataclass(frozen=True, slots=True)
class StoryFingerprint:
    """What must be remembered of one mention to know its story again. ``words`` are those of the text, without links.

    ``sketch`` are the numbers to index it by, each below 2**34: shingles of the text below 2**32, then links and
    the headline. ``opening`` is the first 40 words.
    """

    id: str
    at: datetime
    page: str | None
    outlet: str | None
    headline: str
    opening: str
    words: int
    #: The text was cut (it ends in an ellipsis); the text is marked as somebody else's (``RT @…``).
    cut: bool
    repeated: bool
    negations: int
    #: There is text besides the headline.
    has_text: bool
    links: tuple[str, ...]
    shingles: frozenset[int]
    sketch: tuple[int, ...]

    @property
    def addresses(self) -> tuple[int, ...]:
        """The numbers in ``sketch`` that are links and headlines: of a story's later members these are indexed too."""
        return tuple(number for number in self.sketch if number >= _LINK)

    def dump(self) -> bytes:
        """Everything but ``id`` and ``at``, to be stored beside them: about 4 bytes a word."""
        head = json.dumps(
            [
                self.page,
                self.outlet,
                self.headline,
                self.opening,
                self.words,
                self.cut,
                self.repeated,
                self.negations,
                self.has_text,
                self.links,
                self.addresses,
                len(self.sketch) - len(self.addresses),
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode("utf-8", "replace")
        in_sketch = [number for number in self.sketch if number < _LINK]
        rest = sorted(self.shingles.difference(in_sketch))
        return struct.pack("<I", len(head)) + head + struct.pack(f"<{len(in_sketch) + len(rest)}I", *in_sketch, *rest)

    @classmethod
    def load(cls, id: str, at: datetime, stored: bytes) -> StoryFingerprint:
        """The telling that :meth:`dump` stored. Raises ``ValueError`` for anything else."""
        try:
            (size,) = struct.unpack_from("<I", stored)
            (page, outlet, headline, opening, words, cut, repeated, negations, has_text, links, other, sketched) = (
                json.loads(stored[4 : 4 + size])
            )
            numbers = struct.unpack(f"<{(len(stored) - 4 - size) // 4}I", stored[4 + size :])
        except (struct.error, TypeError, ValueError) as fault:
            raise ValueError("not a stored telling") from fault
        return cls(
            id=id,
            at=at,
            page=page,
            outlet=outlet,
            headline=headline,
            opening=opening,
            words=words,
            cut=cut,
            repeated=repeated,
            negations=negations,
            has_text=has_text,
            links=tuple(links),
            shingles=frozenset(numbers),
            sketch=numbers[:sketched] + tuple(other),
        )


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

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u30ff\u31f0-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
#: A word; of a script without spaces, a character.
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_ONE_CHARACTER = re.compile(f"[{_UNSPACED}]")
_APART = re.compile(r"https?://\S+|</?[a-z][^<>]{0,200}>", re.IGNORECASE)
#: Accents of Latin, Greek and Cyrillic; soft hyphens, joiners and spaces of no width.
_UNSEEN = re.compile("[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]+")
_REPEATED = re.compile(r"\s*(?:rt|mt)\s+@[\w.@-]{1,100}:?\s", re.IGNORECASE)
_CUT = re.compile(
    r"[\w'’-]*(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*(?:continue reading|read more|weiterlesen|lire la suite)?\W*$", re.I
)
_NEGATION = re.compile(
    r"\b(?:not|no|never|cannot|without|nicht|kein\w*|nie|ohne|pas|jamais|sans|nunca|jamás|sin|non|mai|não|niet|geen|inte|ikke"
    r"|не|нет|nie|ei|değil)\b|n['’]t\b|ない|ません|不|没|沒|未|لا |ليس|לא "
)


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text, 0, MAX_WORDS * 20)[:MAX_WORDS]


def _folded(text: str) -> str:
    """``text`` without links, marks of markup, case, accents, and what does not show."""
    text = unescape(text[: MAX_WORDS * 20])
    if not text.isascii():
        text = _UNSEEN.sub("", unicodedata.normalize("NFKD", text))
        text = unicodedata.normalize("NFKC", text)
    return _APART.sub(" ", text).casefold()


def _shingles(tokens: Sequence[str]) -> list[int]:
    """CRC-32 of every three words in a row, in order."""
    return [
        zlib.crc32(f"{a} {b} {c}".encode("utf-8", "replace"))
        for a, b, c in zip(tokens, tokens[1:], tokens[2:], strict=False)
    ]


_LINK = 1 << 32
_HEADLINE = 1 << 33


def story_fingerprint(id: str, at: datetime, item: Item) -> StoryFingerprint:
    """What must be remembered of ``item``. ``at``: when it was published; first seen, if that is unknown or later."""
    text = _folded(item.text)
    head = _tokens(_folded(item.title or ""))
    repeated = _REPEATED.match(text)
    if repeated:
        text = text[repeated.end() :]
    cut = _CUT.search(text[-400:])
    if cut:
        text = text[: len(text) - len(cut[0])]
    tokens = _tokens(text)
    has_text = len(tokens) > 0 and tokens != head
    in_order = _shingles(tokens)
    if len(in_order) < MIN_SHINGLES and head and tokens[: len(head)] != head:
        tokens = head + tokens
        in_order = _shingles(tokens)
    page = canonical_url(item.url) if item.url else None
    links = _story_links(item, page)
    headline = " ".join(head)
    numbers = dict.fromkeys(heapq.nsmallest(SKETCH, set(in_order)))
    numbers.update(dict.fromkeys(heapq.nsmallest(OPENING_SKETCH, set(in_order[:40]))))
    for address in (page, *links):
        if address and _may_be_story(address):
            numbers[_LINK + zlib.crc32(address.encode())] = None
    if len(head) >= _HEADLINE_WORDS:
        numbers[_HEADLINE + zlib.crc32(headline.encode("utf-8", "replace"))] = None
    return StoryFingerprint(
        id=id,
        at=at,
        page=page,
        outlet=host_of(page) if page else None,
        headline=headline,
        opening=" ".join(tokens[:40]),
        words=_count(tokens),
        cut=cut is not None,
        repeated=repeated is not None,
        negations=len(_NEGATION.findall(text)),
        has_text=has_text,
        links=links,
        shingles=frozenset(in_order),
        sketch=tuple(numbers),
    )


def sketch(item: Item) -> tuple[int, ...]:
    """The numbers to index ``item`` by, as in its :class:`StoryFingerprint`."""
    return story_fingerprint("", datetime.max.replace(tzinfo=UTC), item).sketch


def _count(tokens: Sequence[str]) -> int:
    """Words, two characters of a script without spaces counted as one."""
    single = sum(1 for token in tokens if len(token) == 1 and _ONE_CHARACTER.match(token))
    return len(tokens) - single + single // 2


# --- links ------------------------------------------------------------------------------------------------------------

_NO_STORY = re.compile(
    r"/(?:tags?|hashtag|search|categor(?:y|ies)|topics?|authors?|users?|about|contact|privacy|terms|login|subscribe|newsletter"
    r"|explore|legal|imprint|impressum|feeds?|rss)(?:/|$|\?)|\.(?:jpe?g|png|gif|webp|svg|mp4|webm|css|js|xml|rss|ico)$",
    re.IGNORECASE,
)
#: What a page that somebody wrote has in its path, and ``/shop`` or ``/download`` has not.
_A_PAGE = re.compile(r"[0-9_]|[^/]-[^/]|[^/]{20}|%[0-9A-F]{2}.*%")


def _story_links(item: Item, page: str | None) -> tuple[str, ...]:
    """The canonical addresses ``item`` shares, in order: no front pages, profiles, lists, pictures."""
    found: dict[str, None] = {}
    for url in (*item.same_as, *item.links[:100]):
        address = canonical_url(url)
        if address and address != page and _may_be_story(address):
            found.setdefault(address)
            if len(found) > SHARE_LINKS:
                return ()
    return tuple(found)


def _may_be_story(address: str) -> bool:
    rest = address[8:].partition("/")[2]
    return bool(rest) and not rest.rpartition("/")[2].startswith("@") and not _NO_STORY.search("/" + rest)


# --- comparing --------------------------------------------------------------------------------------------------------

_HEADLINE_WORDS = 5


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
    shared = {link for link in set(new.links).intersection(old.links) if _A_PAGE.search(link, link.find("/", 8))}
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
    if contained < 0.95 and fewer < 60 and new.negations != old.negations:
        return None  # "is great" and "is not great"
    if not (new.has_text and old.has_text) and _recurs(new, old):
        return None
    if contained < 0.95 and not (_opens(new, old) or _opens(old, new)):
        return None  # what they share is the paragraph about the company, the outlet's footer
    percent = int(contained * 100)
    return SameStory("words", contained, "the same words" if percent == 100 else f"same words {percent} %")


def _demanded(new: StoryFingerprint, old: StoryFingerprint) -> tuple[float, float]:
    """The containment and resemblance that make these two one story."""
    if new.headline == old.headline and _distinct(new) and not _recurs(new, old):
        return SYNDICATED, SYNDICATED / 2
    if new.headline and old.headline and new.headline != old.headline and _recurs(new, old):
        return ONE_OUTLET, RESEMBLANCE
    return CONTAINMENT, RESEMBLANCE


def _opens(one: StoryFingerprint, other: StoryFingerprint) -> bool:
    """Whether a good part of how ``one`` begins is anywhere in ``other``; of its first words, under two headlines."""
    words = 30 if one.headline == other.headline or not (one.headline and other.headline) else 12
    begin = _shingles(one.opening.split(" ")[:words])
    return 4 * sum(shingle in other.shingles for shingle in begin) >= len(begin)


def _by_headline(new: StoryFingerprint, old: StoryFingerprint) -> SameStory | None:
    """The same headline, where at least one side has no text that could differ, from two outlets or a link between."""
    if new.headline != old.headline or not _distinct(new) or (new.has_text and old.has_text):
        return None
    for bare, other in ((new, old), (old, new)):
        if not bare.has_text and other.outlet and any(host_of(link) == other.outlet for link in bare.links):
            return SameStory("headline", 0.8, f"the same headline, and a link to {other.outlet}")
    if new.headline.count(" ") >= 7 and not _recurs(new, old):
        return SameStory("headline", 0.7, "the same headline")
    return None


def _distinct(one: StoryFingerprint) -> bool:
    return one.headline.count(" ") + 1 >= _HEADLINE_WORDS


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


@dataclass(frozen=True, slots=True)
class Differences:
    """How the other tellings of a story differ from its first. ``str()`` is the line for a digest.

    ``reprints`` say the same words; of those ``headlines`` have another headline, ``shortened`` leave something out,
    ``added`` have a paragraph of their own, in ``naming`` of them with the brand's name. ``shares`` only point at it.
    """

    reprints: int = 0
    headlines: int = 0
    shortened: int = 0
    added: int = 0
    naming: int = 0
    shares: int = 0

    def __str__(self) -> str:
        parts = [_plural(self.reprints, "reprint"), _plural(self.shares, "share")]
        if self.headlines:
            parts.append(f"{self.headlines} changed the headline")
        if self.shortened:
            parts.append(f"{self.shortened} shortened it")
        plain = self.added - self.naming
        if self.naming:
            parts.append(f"{self.naming} added a paragraph that names you")
        if plain:
            parts.append(f"{plain} added a paragraph")
        return ", ".join(part for part in parts if part)


def differences(
    leader: Item, others: Sequence[Item], names_you: Callable[[str], bool] = lambda paragraph: False
) -> Differences:
    """What the ``others`` of a story made of its first telling. ``names_you`` says whether a text names the brand."""
    told = set(_shingles(_tokens(_folded(leader.text))))
    headline = _tokens(_folded(leader.title or ""))
    reprints = headlines = shortened = added = naming = shares = 0
    for item in others:
        mine = set(_shingles(_tokens(_folded(item.text))))
        if len(mine) < MIN_SHINGLES or not told or len(mine & told) < 0.3 * min(len(mine), len(told)):
            shares += 1
            continue
        reprints += 1
        title = _tokens(_folded(item.title or ""))
        headlines += bool(title and headline and title != headline)
        shortened += len(mine & told) < 0.8 * len(told)
        new = [paragraph for paragraph in _paragraphs(item.text) if _is_new(paragraph, told)]
        added += bool(new)
        naming += any(map(names_you, new))
    return Differences(reprints, headlines, shortened, added, naming, shares)


def _paragraphs(text: str) -> list[str]:
    return [part for part in re.split(r"\n+", text[: MAX_WORDS * 20]) if part.strip()]


def _is_new(paragraph: str, told: set[int]) -> bool:
    mine = _shingles(_tokens(_folded(paragraph)))
    return len(mine) >= MIN_SHINGLES and len(told.intersection(mine)) < 0.2 * len(mine)


def _plural(count: int, noun: str) -> str:
    return "" if not count else f"{count} {noun}" if count == 1 else f"{count} {noun}s"
