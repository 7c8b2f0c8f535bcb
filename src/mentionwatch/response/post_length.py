"""How long an answer may be where it is to stand, as each platform counts (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
#: A fediverse address in a text; only the part before the second ``@`` counts.
_FEDIVERSE = re.compile(r"(@[\w.-]+)@[\w-]+(?:\.[\w-]+)+")
_URL_COUNTS = 23
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class LengthLimit:
    """So many of ``unit`` and no more; ``source`` is who says so."""

    most: int
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class MeasuredLength:
    """How long a text is, and what the platform allows; ``None`` where no figure is known."""

    count: int
    limit: LengthLimit | None

    @property
    def over(self) -> int:
        """By how much it is too long; 0 where it fits."""
        return 0 if self.limit is None else max(0, self.count - self.limit.most)


#: Platform → how much fits into one post or comment there.
LIMITS: Mapping[str, LengthLimit] = {
    "x": LengthLimit(280, "weighted characters", "twitter-text configuration v3; accounts that pay may write more"),
    "bluesky": LengthLimit(300, "graphemes", "lexicon app.bsky.feed.post: maxGraphemes (3,000 bytes hold them)"),
    "mastodon": LengthLimit(500, "characters", "docs.joinmastodon.org/user/posting; a server may allow more: set max"),
    "threads": LengthLimit(500, "characters", "developers.facebook.com/docs/threads, overview: limitations"),
    "stackexchange": LengthLimit(600, "characters", "comments; meta.stackexchange.com/help, Comment everywhere"),
    "lemmy": LengthLimit(10_000, "characters", "LemmyNet/lemmy, utils/validation.rs: comments"),
    "reddit": LengthLimit(10_000, "characters", "comments; api/comment answers TOO_LONG beyond"),
    "github": LengthLimit(65_536, "characters", "comments; the API's answer beyond: body is too long"),
}


def measure(text: str, platform: str, most: int | None = None) -> MeasuredLength:
    """A text as it counts on a platform. ``most`` stands in for the platform's figure."""
    limit = LIMITS.get(platform)
    if most is not None:
        limit = LengthLimit(most, "characters" if limit is None else limit.unit, "[[templates]] max")
    count: Callable[[str], int] = {"x": x_weight, "bluesky": _graphemes, "mastodon": _mastodon}.get(platform, len)
    return MeasuredLength(count(unicodedata.normalize("NFC", text)), limit)


def x_weight(text: str) -> int:
    """As X counts: an address 23; Latin and its like 1; all else, and an emoji of however many parts, 2.

    From twitter-text's configuration v3: ranges 0–4351, 8192–8205, 8208–8223 and 8242–8247 weigh half.
    """
    rest, addresses = _URL.subn("", text)
    return addresses * _URL_COUNTS + sum(
        2 if len(part) > 1 and _is_pictured(part) else sum(map(_weight, part)) for part in graphemes(rest)
    )


def _weight(character: str) -> int:
    point = ord(character)
    light = point <= 4351 or 8192 <= point <= 8205 or 8208 <= point <= 8223 or 8242 <= point <= 8247
    return 1 if light else 2


def _is_pictured(part: str) -> bool:
    return any(unicodedata.category(c) == "So" or "\U0001f000" <= c <= "\U0001faff" or c == "\u20e3" for c in part)


def _graphemes(text: str) -> int:
    return sum(1 for _ in graphemes(text))


def _mastodon(text: str) -> int:
    """Characters as Mastodon counts: graphemes, an address 23, of a person's address only the name."""
    return _graphemes(_FEDIVERSE.sub(r"\1", _URL.sub("x" * _URL_COUNTS, text)))


def graphemes(text: str) -> Iterator[str]:
    """What a reader takes for one character, after the main rules of UAX #29.

    Marks, joiners, variation selectors, skin tones, keycaps and tags stay with what they follow; two regional
    indicators are a flag; CR LF is one; the jamo of a Hangul syllable are one.
    """
    part = ""
    flags = 0
    for character in text:
        if part and _continues(part, character, flags):
            part += character
        else:
            if part:
                yield part
            part, flags = character, 0
        flags += _is_regional(character)
    if part:
        yield part


def _continues(part: str, character: str, flags: int) -> bool:
    before = part[-1]
    if before == "\r":
        return character == "\n"
    if before == "\n" or character in "\r\n":
        return False
    if character == _JOINER or unicodedata.category(character) in ("Mn", "Me", "Mc"):
        return True
    if "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f":
        return True
    if before == _JOINER:
        return _is_pictured(character) or unicodedata.category(character) in ("So", "Sm")
    if _is_regional(before) and _is_regional(character):
        return flags % 2 == 1
    return _is_jamo(before) and "\u1160" <= character <= "\u11ff"


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_jamo(character: str) -> bool:
    return "\u1100" <= character <= "\u11ff" or "\uac00" <= character <= "\ud7a3"
