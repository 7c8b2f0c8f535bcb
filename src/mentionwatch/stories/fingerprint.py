"""What must be remembered of a mention to recognise its story, and the numbers to find it by."""

from __future__ import annotations

import heapq
import json
import re
import struct
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime

from mentionwatch.model import Item
from mentionwatch.stories.contradiction import NEGATION, marks_of
from mentionwatch.stories.shingles import MIN_SHINGLES, count_words, normalize, shingles_of, tokenize
from mentionwatch.urls import canonical_url, host_of

#: Hashes of a text that are indexed, and as many again of its opening, which is all that a teaser repeats.
SKETCH, OPENING_SKETCH = 16, 4
#: A post with a link is a share of it while it has at most this many: more is a list.
SHARE_LINKS = 5
#: Below so many shingles a single word can turn what is said.
SHORT = 60
#: A headline of fewer words is too general to know a story by.
HEADLINE_WORDS = 5


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
    #: Names and hashtags of a short post, which must agree (:func:`marks_of`).
    names: tuple[str, ...]
    tags: tuple[str, ...]
    shingles: frozenset[int]
    sketch: tuple[int, ...]

    @property
    def is_listed(self) -> bool:
        """Whether an aggregator told it, under an address of its own, for the outlet that published it."""
        return self.page is not None and host_of(self.page) != self.outlet

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
                self.names,
                self.tags,
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
            (
                page,
                outlet,
                headline,
                opening,
                words,
                cut,
                repeated,
                negations,
                has_text,
                links,
                other,
                sketched,
                *marks,
            ) = json.loads(stored[4 : 4 + size])
            names, tags = marks or ((), ())  # what was stored before these were looked at has none
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
            names=tuple(names),
            tags=tuple(tags),
            shingles=frozenset(numbers),
            sketch=numbers[:sketched] + tuple(other),
        )


#: Hashtags in a row are no words: who shares them with others has not said the same.
_TAGS = re.compile(r"(?:[#＃]\w{1,100}[\s,;·|]*){3,}")
_REPEATED = re.compile(r"\s*(?:rt|mt)\s+@[\w.@-]{1,100}:?\s", re.IGNORECASE)
_CUT = re.compile(
    r"[\w'’-]*(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*(?:continue reading|read more|weiterlesen|lire la suite)?\W*$", re.I
)
_LINK = 1 << 32
_HEADLINE = 1 << 33


def story_fingerprint(id: str, at: datetime, item: Item) -> StoryFingerprint:
    """What must be remembered of ``item``. ``at``: when it was published; first seen, if that is unknown or later."""
    text = normalize(item.text)
    head = tokenize(normalize(item.title or ""))
    repeated = _REPEATED.match(text)
    if repeated:
        text = text[repeated.end() :]
    cut = _CUT.search(text[-400:])
    if cut:
        text = text[: len(text) - len(cut[0])]
    tokens = tokenize(_TAGS.sub(" ", text))
    has_text = len(tokens) > 0 and tokens != head
    in_order = shingles_of(tokens)
    said = text
    if len(in_order) < MIN_SHINGLES and head and tokens[: len(head)] != head:
        tokens = head + tokens
        in_order = shingles_of(tokens)
        said = f"{normalize(item.title or '')} {text}"
    page = canonical_url(item.url) if item.url else None
    published_on = canonical_url(item.published_on) if item.published_on else None
    links = _story_links(item, page)
    headline = " ".join(head)
    names, tags = marks_of(item.title or "", item.text) if len(in_order) < SHORT else ((), ())
    numbers = dict.fromkeys(heapq.nsmallest(SKETCH, set(in_order)))
    numbers.update(dict.fromkeys(heapq.nsmallest(OPENING_SKETCH, set(in_order[:40]))))
    for address in (page, *links):
        if address and _may_be_story(address):
            numbers[_LINK + zlib.crc32(address.encode())] = None
    if len(head) >= HEADLINE_WORDS:
        numbers[_HEADLINE + zlib.crc32(headline.encode("utf-8", "replace"))] = None
    return StoryFingerprint(
        id=id,
        at=at,
        page=page,
        outlet=host_of(published_on) if published_on else None,
        headline=headline,
        opening=" ".join(tokens[:40]),
        words=count_words(tokens),
        cut=cut is not None,
        repeated=repeated is not None,
        negations=len(NEGATION.findall(said)),
        has_text=has_text,
        links=links,
        names=names,
        tags=tags,
        shingles=frozenset(in_order),
        sketch=tuple(numbers),
    )


def sketch(item: Item) -> tuple[int, ...]:
    """The numbers to index ``item`` by, as in its :class:`StoryFingerprint`."""
    return story_fingerprint("", datetime.max.replace(tzinfo=UTC), item).sketch


_NO_STORY = re.compile(
    r"/(?:tags?|hashtag|search|categor(?:y|ies)|topics?|authors?|users?|about|contact|privacy|terms|login|subscribe|newsletter"
    r"|explore|legal|imprint|impressum|feeds?|rss)(?:/|$|\?)|\.(?:jpe?g|png|gif|webp|svg|mp4|webm|css|js|xml|rss|ico)$",
    re.IGNORECASE,
)
#: What a page that somebody wrote has in its path, and ``/shop`` or ``/download`` has not.
ARTICLE_PATH = re.compile(r"[0-9_]|[^/]-[^/]|[^/]{20}|%[0-9A-F]{2}.*%")


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
