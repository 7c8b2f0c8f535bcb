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
#: A function word of another language tells as much as so many words that are merely unknown.
_FOREIGN_WEIGHT = 2
#: Words that several languages write alike tell nothing either way.
_ANYWHERE = frozenset(
    "a am an as at me de die do en er et for had i in is it la le man mi no nu of on or par per so son te to tu un us"
    " was we war van het hat bin arm ten den dit con como super top ok okay problem service internet app apps"
    " online email cool bravo mega test chat team web video blog link shop bank hotel bar café cafe radio euro hit stop"
    " start update download smartphone computer software server login fan final normal real total original".split()
)
#: Frequent words of other languages that are no English ones.
_FOREIGN = frozenset(
    "el los las una por para pero que del est sont dans pour avec une les des vous nous pas qui sur und der das ist"
    " nicht ich mit von auf ein eine zu den dem niet een het voor zijn maar ook il di che non sono della gli una perche"
    " nao uma com mais muito voce og ikke det som til pa jag inte att och med ja nie jest sie bir ve bu icin ang ng mga"
    " sa na ko yang dan ini itu tidak saya ada je ne ma mais ce sich sind wir aber wie bei noch nur oder kein keine"
    " muy mas esta este todo porque cuando estoy gracias merci danke grazie obrigado tak tack bedankt mijn naar wordt"
    " questo anche molto sempre vi er av hvor ett jeg meg du czy tak się że tego dla ale değil çok".split()
)


@cache
def known() -> frozenset[str]:
    """Frequent English words. Read when first asked for."""
    packed = Path(__file__).with_name("data").joinpath("english.z").read_bytes()
    return frozenset(zlib.decompress(packed).decode("ascii").split("\n"))


def is_english(written: Sequence[str], words: Sequence[str], language: str | None) -> bool:
    """Whether a text may be judged.

    ``written`` are its tokens, ``words`` those of :func:`mentionwatch.analysis.tokenizer.plain`, ``language`` is the
    source's word (BCP 47). Another language than English is never judged, whatever the words; where no language is
    given, words enough must be plainly English.
    """
    said = (language or "").replace("_", "-").split("-")[0].strip().lower()
    declared = said in ("en", "eng", "english")
    if said and not declared and said not in ("und", "mul", "zxx", "mis"):
        return False
    english, foreign, other_script = _counts(written, words)
    telling = english + foreign
    if other_script * 3 > telling + other_script:
        return False
    if declared:
        return telling < _FEW or english >= _SHARE_WHEN_SAID * telling
    return english >= 1 and english >= _SHARE * telling


def _counts(written: Sequence[str], words: Sequence[str]) -> tuple[int, int, int]:
    """How many words are English, how much speaks for another language, and how many are in another script."""
    frequent = known()
    english = foreign = other = 0
    for token, word in zip(written, words, strict=True):
        first = word[0]
        if not first.isalpha() or word in _ANYWHERE:
            continue
        if word in _FOREIGN:
            foreign += _FOREIGN_WEIGHT
        elif word in frequent or not frequent.isdisjoint(_stems(word)):
            english += 1
        elif first > "\u024f":
            other += 1
        elif not token[0].isupper():
            # A name, as its capital says, is of no language.
            foreign += 1
    return english, foreign, other


def _stems(word: str) -> tuple[str, ...]:
    """What a word may be without its English ending, where it bears one."""
    for ending in ("'s", "s'", "s", "ing", "ed", "ly", "er"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            bare = word[: -len(ending)]
            return (bare, bare + "e")
    return ()
