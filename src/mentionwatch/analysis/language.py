"""Which languages a text may be in: by its script, its frequent little words and its source's word (pure).

The source's word is one vote: people write English under a German profile, and German where a platform says English.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mentionwatch.analysis.phrases import Words

#: Of the words that tell, so many must be English: without a language given, and where the source says English.
_SHARE, _SHARE_WHEN_SAID = 0.6, 0.45
#: Fewer words than this tell nothing against a source that says English.
_FEW = 4
#: A function word of another language tells as much as so many words that are merely unknown.
_FOREIGN_WEIGHT = 2
#: The source's word for a language counts as so many of its frequent words.
_SAID = 1.5
#: A language is plain when so many of its frequent words stand in the text, and so many times as many as of the next.
_PLAIN, _TIMES = 1.5, 1.5
#: In a short text one such word is enough, if it is so great a part of it.
_SHORT, _SHORT_SHARE = 8, 0.2
_ONE_WORD = 1.0
#: Words that several languages write alike tell nothing either way.
_ANYWHERE = frozenset(
    "a am an as at me de die do en er et for had i in is it la le man mi no nu of on or par per so son te to tu un us"
    " was we war van het hat bin arm ten den dit con como super top ok okay problem service internet app apps"
    " online email cool bravo mega test chat team web video blog link shop bank hotel bar café cafe radio euro hit stop"
    " start update download smartphone computer software server login fan final normal real total original".split()
)
#: Frequent words of other languages that are no English ones; those of the phrase files come in addition.
_FOREIGN = frozenset(
    "el los las una por para pero que del est sont dans pour avec une les des vous nous pas qui sur und der das ist"
    " nicht ich mit von auf ein eine zu den dem niet een het voor zijn maar ook il di che non sono della gli una perche"
    " nao uma com mais muito voce og ikke det som til pa jag inte att och med ja nie jest sie bir ve bu icin ang ng mga"
    " sa na ko yang dan ini itu tidak saya ada je ne ma mais ce sich sind wir aber wie bei noch nur oder kein keine"
    " muy mas esta este todo porque cuando estoy gracias merci danke grazie obrigado tak tack bedankt mijn naar wordt"
    " questo anche molto sempre vi er av hvor ett jeg meg du czy tak się że tego dla ale değil çok".split()
)
#: Languages by the letters that only they, or few, use. A text in one of these scripts is in one of its languages.
_SCRIPTS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(f"[{letters}]"), tuple(codes.split()))
    for letters, codes in (
        ("\u3040-\u30ff\uff66-\uff9f", "ja"),
        ("\u3400-\u9fff\uf900-\ufaff", "zh ja"),
        ("\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f", "ko"),
        ("\u0400-\u052f", "ru uk bg sr be mk kk"),
        ("\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff", "ar fa ur"),
        ("\u0900-\u097f", "hi mr ne"),
        ("\u0370-\u03ff\u1f00-\u1fff", "el"),
        ("\u0590-\u05ff", "he"),
        ("\u0e00-\u0e7f", "th"),
        ("\u0980-\u09ff", "bn"),
        ("\u0b80-\u0bff", "ta"),
        ("\u0c00-\u0c7f", "te"),
        ("\u10a0-\u10ff", "ka"),
        ("\u0530-\u058f", "hy"),
        ("\u0e80-\u0eff", "lo"),
        ("\u1000-\u109f", "my"),
        ("\u1780-\u17ff", "km"),
    )
)
#: Languages that are not written in Latin letters, but for those of which people write so too (Hinglish).
_OWN_SCRIPT = frozenset(code for _, codes in _SCRIPTS for code in codes)
#: In scripts without spaces a letter is about a third of a word.
_LETTERS = re.compile(r"[^\W\d_]")
#: Of the letters so many must be of a script for its languages.
_SCRIPT_SHARE = 0.25


class Languages(NamedTuple):
    """In which language a text plainly is, if any, and in which others it may be or have a part; codes of files."""

    plain: str | None
    maybe: tuple[str, ...] = ()


@cache
def known() -> frozenset[str]:
    """Frequent English words. Read when first asked for."""
    packed = Path(__file__).with_name("data").joinpath("english.z").read_bytes()
    return frozenset(zlib.decompress(packed).decode("ascii").split("\n"))


def code_of(language: str | None) -> str:
    """The primary subtag of a BCP 47 tag in small letters; nothing where it names no language."""
    said = (language or "").replace("_", "-").split("-")[0].strip().lower()
    return "en" if said in ("eng", "english") else "" if said in ("und", "mul", "zxx", "mis") else said


def is_english(
    written: Sequence[str], words: Sequence[str], language: str | None, foreign: Mapping[str, object] | None = None
) -> bool:
    """Whether a text is plainly English.

    ``written`` are its tokens, ``words`` those of :func:`mentionwatch.analysis.tokenizer.plain`, ``language`` is the
    source's word (BCP 47); ``foreign`` has more words that are frequent in other languages.
    """
    english, other_language, other_script = _counts(written, words, foreign or {})
    telling = english + other_language
    if other_script * 3 > telling + other_script:
        return False
    said = code_of(language)
    if said == "en":
        return telling < _FEW or english >= _SHARE_WHEN_SAID * telling
    return english >= (1 if not said else _FEW) and english >= _SHARE * telling


def _counts(written: Sequence[str], words: Sequence[str], foreign: Mapping[str, object]) -> tuple[int, int, int]:
    """How many words are English, how much speaks for another language, and how many are in another script."""
    frequent = known()
    english = other_language = other_script = 0
    for token, word in zip(written, words, strict=True):
        first = word[0]
        if not first.isalpha() or word in _ANYWHERE:
            continue
        if word in _FOREIGN:
            other_language += _FOREIGN_WEIGHT
        elif word in frequent or not frequent.isdisjoint(_stems(word)):
            english += 1
        elif word in foreign:
            other_language += _FOREIGN_WEIGHT
        elif first > "\u024f":
            other_script += 1
        elif not token[0].isupper():
            # A name, as its capital says, is of no language.
            other_language += 1
    return english, other_language, other_script


def _stems(word: str) -> tuple[str, ...]:
    """What a word may be without its English ending, where it bears one."""
    for ending in ("'s", "s'", "s", "ing", "ed", "ly", "er"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            bare = word[: -len(ending)]
            return (bare, bare + "e")
    return ()


def languages(
    text: str, words: Words, language: str | None, frequent: Mapping[str, tuple[str, ...]], codes: Iterable[str]
) -> Languages:
    """In which of the languages ``codes`` other than English a text may be.

    ``language`` is the source's word, ``frequent`` is word → the languages in which it is frequent.
    """
    said = code_of(language)
    here = frozenset(codes)
    by_script = () if text.isascii() else _by_script(text)
    if by_script:
        among = [code for code in by_script if code in here]
        return _by_words(words, said, frequent, among) if len(among) > 1 else Languages(among[0] if among else None)
    among = [code for code in here if code not in _OWN_SCRIPT or code == "hi"]
    return _by_words(words, said, frequent, among)


def _by_script(text: str) -> tuple[str, ...]:
    """The languages of the script that the text is in, unless that is Latin."""
    letters = len(_LETTERS.findall(text)) or 1
    counts = [(len(letter.findall(text)), codes) for letter, codes in _SCRIPTS]
    kana, han = counts[0], counts[1]
    if kana[0] and (kana[0] + han[0]) >= _SCRIPT_SHARE * letters:
        return kana[1]
    most, codes = max(counts, key=lambda pair: pair[0])
    return codes if most >= _SCRIPT_SHARE * letters else ()


def _by_words(words: Words, said: str, frequent: Mapping[str, tuple[str, ...]], among: Sequence[str]) -> Languages:
    """By the frequent words; one that is frequent in several languages tells for each of them a part."""
    votes = dict.fromkeys(among, 0.0)
    for word in words.compared:
        for code in (shared := frequent.get(word, ())):
            if code in votes:
                votes[code] += 1 / len(shared)
    words_tell = any(votes.values())
    if said in votes:
        votes[said] += _SAID
    order = sorted(votes, key=lambda code: (-votes[code], code))
    if not order:
        return Languages(None)
    if not words_tell:
        # No word tells: the source does, or it may be any.
        return Languages(said, ()) if said in votes else Languages(None, tuple(order))
    first, second = votes[order[0]], votes[order[1]] if len(order) > 1 else 0.0
    count = len(words.compared)
    enough = _PLAIN if count > _SHORT else max(0.5, _SHORT_SHARE * count)
    others = tuple(code for code in order if votes[code] > 0)
    short = len(words.compared) <= _SHORT
    # One little word tells a language in a very short post; in a longer one phrases must bear it out.
    alone = short and first <= _ONE_WORD and (order[0] == "en" or len(words.compared) > _FEW)
    if first >= enough and first >= _TIMES * second and not alone:
        return Languages(order[0], tuple(code for code in others[1:] if votes[code] >= _PLAIN))
    # One little word that others share rules out nothing: "de" may be the ending of a Turkish name.
    return Languages(None, tuple(order) if short and first <= _ONE_WORD else others)
