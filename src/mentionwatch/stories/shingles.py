"""A text as stories compare it: normalised words, and every three words in a row."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence

from mentionwatch.text import unescape

#: Words compared; nothing that differs only after this many is told apart.
MAX_WORDS = 3000
#: Below this many shingles a text says too little to be known again ("Introducing X").
MIN_SHINGLES = 8

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u30ff\u31f0-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
#: A word; of a script without spaces, a character.
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_ONE_CHARACTER = re.compile(f"[{_UNSPACED}]")
_APART = re.compile(r"https?://\S+|</?[a-z][^<>]{0,200}>", re.IGNORECASE)
#: Accents of Latin, Greek and Cyrillic; soft hyphens, joiners and spaces of no width.
_UNSEEN = re.compile("[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]+")


def tokenize(text: str) -> list[str]:
    return _TOKEN.findall(text, 0, MAX_WORDS * 20)[:MAX_WORDS]


def normalize(text: str) -> str:
    """``text`` without links, marks of markup, case, accents, and what does not show."""
    text = unescape(text[: MAX_WORDS * 20])
    if not text.isascii():
        text = _UNSEEN.sub("", unicodedata.normalize("NFKD", text))
        text = unicodedata.normalize("NFKC", text)
    return _APART.sub(" ", text).casefold()


def shingles_of(tokens: Sequence[str]) -> list[int]:
    """CRC-32 of every three words in a row, in order."""
    return [
        zlib.crc32(f"{a} {b} {c}".encode("utf-8", "replace"))
        for a, b, c in zip(tokens, tokens[1:], tokens[2:], strict=False)
    ]


def count_words(tokens: Sequence[str]) -> int:
    """Words, two characters of a script without spaces counted as one."""
    single = sum(1 for token in tokens if len(token) == 1 and _ONE_CHARACTER.match(token))
    return len(tokens) - single + single // 2


# --- links ------------------------------------------------------------------------------------------------------------
