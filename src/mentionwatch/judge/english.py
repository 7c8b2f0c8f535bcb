"""Whether a text is English, the one language that is judged: by its source's word, its script and its words (pure)."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

#: Of the words that tell, so many must be English: without a language given, and where the source says English.
_SHARE, _SHARE_WHEN_SAID = 0.6, 0.35
#: Fewer words than this tell nothing against a source that says English.
_FEW = 4
#: Short words that several languages write alike tell nothing either way.
_SHARED_WITH_OTHERS = frozenset(
    "a am an as at me de die do en er et for had i in is it la le man mi no nu of on or par per so son te to tu un us"
    " was we war van het hat bin arm ten los den dit des con como".split()
)
#: Words of other languages that are frequent in English posts, or look like English words.
_FOREIGN = frozenset(
    "el los las una por con para pero como que del est sont dans pour avec une les des vous nous pas qui sur und der"
    " das ist nicht ich mit von auf ein eine zu den dem niet een van het voor zijn maar ook il di che non sono della"
    " gli una perche nao uma com mais muito voce og ikke det som til av pa jag inte att och med ja nie jest sie bir ve"
    " bu icin ang ng mga sa na ko yang dan ini itu tidak saya ada".split()
)


@cache
def known() -> frozenset[str]:
    """Frequent English words. Read when first asked for."""
    packed = Path(__file__).with_name("data").joinpath("english.z").read_bytes()
    return frozenset(zlib.decompress(packed).decode("ascii").split("\n"))


def is_english(words: Sequence[str], language: str | None) -> bool:
    """Whether a text may be judged.

    ``words`` are its tokens as :func:`mentionwatch.judge.words.plain` gives them, ``language`` the source's word
    (BCP 47). Another language than English is never judged, whatever the words; no language needs words enough that
    are plainly English.
    """
    said = (language or "").replace("_", "-").split("-")[0].strip().lower()
    declared = said in ("en", "eng", "english")
    if said and not declared and said not in ("und", "mul", "zxx", "mis"):
        return False
    english, foreign, other_script = _counts(words)
    telling = english + foreign
    if other_script * 3 > telling + other_script:
        return False
    if declared:
        return telling < _FEW or english >= _SHARE_WHEN_SAID * telling
    return english >= 1 and english >= _SHARE * telling


def _counts(words: Sequence[str]) -> tuple[int, int, int]:
    """How many words are English, how many are of no known language, and how many in another script."""
    frequent = known()
    english = foreign = other = 0
    for word in words:
        first = word[0]
        if not first.isalpha() or word in _SHARED_WITH_OTHERS:
            continue
        if word in _FOREIGN:
            foreign += 1
        elif word in frequent or word.replace("'", "") in frequent:
            english += 1
        elif first > "\u024f":
            other += 1
        else:
            foreign += 1
    return english, foreign, other
