"""Where a word begins and ends, by script: the part of ``docs/matching.md`` that says "a name stands alone".

All functions take text in the form :func:`mentionwatch.text.fold` gives (with or without its case).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache
from itertools import product

from mentionwatch.text.marks import MARKS

CharClass = int

#: No part of a word: space, punctuation, symbol.
NONE: CharClass = 0
#: Latin, Greek, Cyrillic: they share look-alike letters, so one glued to the other is one word.
LATIN: CharClass = 1
DIGIT: CharClass = 2
UNDERSCORE: CharClass = 3
#: Written without spaces: Han, Hiragana, Thai, Lao, Khmer, Burmese and their neighbours.
UNSPACED: CharClass = 4
KATAKANA: CharClass = 5
HANGUL: CharClass = 6
ARABIC: CharClass = 7
HEBREW: CharClass = 8
# Any other script: a number of its own from here on.
_OTHER = 0x100
# First code points of the blocks of other spaced scripts: Armenian, Syriac, Thaana, N'Ko, Samaritan, Mandaic, the Indic
# ones from Devanagari to Sinhala, Tibetan, Georgian, Ethiopic, Cherokee, Canadian, Ogham, runes, Philippine, Mongolian,
# Canadian again, Limbu, Batak, Lepcha, Ol Chiki, Georgian capitals, Sundanese, Glagolitic, Coptic, Georgian, Tifinagh,
# Ethiopic, Lisu, Vai, Bamum, Syloti, Phags-pa, Saurashtra, Devanagari, Kayah Li, Rejang, Cham, Ethiopic, Meetei.
_BLOCKS = (
    0x0530, 0x0700, 0x0750, 0x0780, 0x07C0, 0x0800, 0x0840, 0x0860, 0x0900, 0x0980, 0x0A00, 0x0A80, 0x0B00, 0x0B80,
    0x0C00, 0x0C80, 0x0D00, 0x0D80, 0x0E00, 0x0F00, 0x10A0, 0x1200, 0x13A0, 0x1400, 0x1680, 0x16A0, 0x1700, 0x1800,
    0x18B0, 0x1900, 0x1BC0, 0x1C00, 0x1C50, 0x1C90, 0x1CC0, 0x2C00, 0x2C80, 0x2D00, 0x2D30, 0x2D80, 0xA4D0, 0xA500,
    0xA6A0, 0xA800, 0xA840, 0xA880, 0xA8E0, 0xA900, 0xA930, 0xAA00, 0xAAE0, 0xAB00, 0xABC0,
)  # fmt: skip
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f\u2e80-\u2fdf\u3005-\u3007"
    "\u3021-\u3029\u3031-\u309f\u3100-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\ua4cf\ua980-\ua9ff\uaa60-\uaadf"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
_EMOJI = (
    "\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u2580-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\U0001f000-\U0001faff"
)
_IS_EMOJI = re.compile(f"[{_EMOJI}]")


@lru_cache(maxsize=8192)
def char_class(char: str) -> CharClass:
    """Which kind of letter ``char`` is; marks are of the kind of their script."""
    if char == "_":
        return UNDERSCORE
    code = ord(char)
    if _UNSPACED.match(char):
        return UNSPACED
    is_mark = unicodedata.category(char)[0] == "M"
    if not char.isalnum() and not is_mark:
        return NONE
    if unicodedata.category(char) in ("Nd", "Nl", "No"):
        return DIGIT
    if code < 0x530 or 0x1C80 <= code < 0x1C90 or 0x1D00 <= code < 0x2000 or 0x2C60 <= code < 0x2C80:
        return LATIN
    if 0x2DE0 <= code < 0x2E00 or 0xA640 <= code < 0xA6A0 or 0xA720 <= code < 0xA800 or 0xAB30 <= code < 0xAB70:
        return LATIN
    if 0x30A0 <= code < 0x3100 or 0x31F0 <= code < 0x3200:
        return KATAKANA
    if 0xAC00 <= code < 0xD800 or 0x1100 <= code < 0x1200 or 0x3130 <= code < 0x3190 or 0xA960 <= code < 0xA980:
        return HANGUL
    if 0x0600 <= code < 0x0700 or 0x0750 <= code < 0x0780 or 0x0860 <= code < 0x0900:
        return ARABIC
    if 0x0590 <= code < 0x0600:
        return HEBREW
    return _OTHER + (bisect_right(_BLOCKS, code) if code < 0x10000 else code >> 8)


def is_emoji(char: str) -> bool:
    """Whether ``char`` is a pictograph or an arrow, as opposed to punctuation."""
    return _IS_EMOJI.match(char) is not None


#: The inside of a character class: emoji.
EMOJI = _EMOJI


#: A run of letters, digits, underscores and marks.
WORD = re.compile(rf"[\w{MARKS}]+")
#: Unfolded, what joins the words of a hashtag beside the underscore: what X (twitter-text: hashtagSpecialChars) and
#: Mastodon (Tag::HASHTAG_SEPARATORS) take into one. Middle dots, joiners, Hebrew maqaf, geresh and gershayim, wave
#: dashes, Japanese voicing marks and ditto, Tibetan tshegs.
TAG_JOINTS = frozenset(
    "\u00b7\u0387\u05be\u05f3\u05f4\u0f0b\u0f0c\u200c\u200d\u301c\u3003\u309b\u309c\u30a0\u30fb\uff5e"
)
#: The inside of a character class: what they are in folded text, where other characters fold to the same.
FOLDED_TAG_JOINTS = " \"'\\-~\u00b7\u0f0b\u3003\u30a0"


# --- clitics and particles --------------------------------------------------------------------------------------------

# Arabic: and/so, with/like/to/by, the – in that order; li + al contracts to lil.
_ARABIC_BEFORE = frozenset(
    "".join(parts) for parts in product(("", "و", "ف"), ("", "ب", "ك", "ل", "س"), ("", "ال"))
) | {"لل", "ولل", "فلل"} - {""}
# Hebrew: and, that/when/from-that, in/as/to/from, the – in that order.
_HEBREW_BEFORE = frozenset(
    "".join(parts) for parts in product(("", "ו"), ("", "ש", "כש", "מש", "לכש"), ("", "ב", "כ", "ל", "מ"), ("", "ה"))
) - {""}
_LONGEST_BEFORE = 6

_PARTICLE = (
    "은|는|이|가|을|를|의|에|에서|에게|에게서|한테|한테서|께|께서|로|으로|로서|으로서|로써|으로써|로부터|으로부터|와|과|랑|이랑|하고"
    "|도|만|까지|부터|마저|조차|밖에|뿐|처럼|같이|보다|만큼|마다|나|이나|든지|이든지|라도|이라도|야|이야|아|여|이여|라|이라|라고|이라고"
    "|라는|이라는|란|이란|인|이다|다|입니다|이에요|예요|이네|네|였다|이었다|이며|며|이고|고|이지만|지만|인데|이랑|님|들|측|사|제|산|표|용|식|쪽"
    "|엔|에는|에도|에선|에서는|에서도|로는|으로는|로도|으로도|와의|과의|에의|만의|까지의|부터의|에서의|로의|으로의|보다는|만은|만이|만을"
)
# What a company is called after its name: 삼성전자, 우리은행. A name before one of these is the name.
_COMPANY = (
    "그룹|전자|은행|카드|증권|생명|화재|보험|건설|물산|중공업|화학|제약|자동차|모터스|항공|통신|텔레콤|전기|제철|해운|상사|홀딩스|지주|백화점"
    "|마트|페이|뱅크|코리아|커피|푸드|식품|음료|제과|게임즈|게임|엔터테인먼트|엔터|쇼핑|스토어|클라우드|소프트|시스템|서비스|앱|폰|주가|주식|제품|매장"
    "|본사|직원|고객센터|대표|회장"
)
_KOREAN_AFTER = re.compile(f"(?:{_COMPANY})?(?:들|님)?(?:{_PARTICLE})?")
_LONGEST_AFTER = 12


def _run_before(text: str, at: int, kind: CharClass, limit: int) -> str | None:
    """The letters of ``kind`` that end at ``at``, or ``None`` when there are more than ``limit``."""
    begin = at
    while begin > 0 and char_class(text[begin - 1]) == kind:
        begin -= 1
        if at - begin > limit:
            return None
    if begin > 0 and char_class(text[begin - 1]) in (DIGIT, UNDERSCORE):
        return None
    return text[begin:at]


def _run_after(text: str, at: int, kind: CharClass, limit: int) -> str | None:
    end = at
    while end < len(text) and char_class(text[end]) == kind:
        end += 1
        if end - at > limit:
            return None
    return text[at:end]


# --- borders ----------------------------------------------------------------------------------------------------------


def starts_word(text: str, at: int) -> bool:
    """Whether what begins at ``at`` does not go on from what is before it."""
    if at == 0:
        return True
    before, first = text[at - 1], text[at]
    kind, neighbour = char_class(first), char_class(before)
    if neighbour == NONE:
        return kind != DIGIT or not _continues_number(text, at)
    if neighbour == UNDERSCORE:
        return _is_emphasis_before(text, at)
    if kind in (LATIN, DIGIT):
        return neighbour not in (LATIN, DIGIT)
    if kind == NONE:
        return is_emoji(first) or neighbour not in (LATIN, DIGIT)
    if kind == UNSPACED:
        return True
    if kind == KATAKANA:
        return neighbour != KATAKANA
    if neighbour == DIGIT:
        return False
    if neighbour != kind:
        return True
    if kind == ARABIC:
        return _run_before(text, at, ARABIC, _LONGEST_BEFORE) in _ARABIC_BEFORE
    if kind == HEBREW:
        return _run_before(text, at, HEBREW, _LONGEST_BEFORE) in _HEBREW_BEFORE
    return False


def ends_word(text: str, at: int, plural: bool = True) -> bool:
    """Whether what ends before ``at`` is not continued by what is there.

    ``plural``: a Latin ``s`` or ``es`` that English would write there may follow.
    """
    if at >= len(text):
        return True
    last, after = text[at - 1], text[at]
    kind, neighbour = char_class(last), char_class(after)
    if neighbour == NONE:
        return kind != DIGIT or not (after in ".," and at + 1 < len(text) and char_class(text[at + 1]) == DIGIT)
    if neighbour == UNDERSCORE:
        return _is_emphasis_after(text, at)
    if unicodedata.category(after)[0] == "M":  # a vowel sign makes another syllable of the last letter
        return False
    if kind in (LATIN, DIGIT):
        if neighbour not in (LATIN, DIGIT):
            return True
        return plural and (added := _plural(text, at)) > 0 and ends_word(text, at + added, plural=False)
    if kind == NONE:
        return is_emoji(last) or neighbour not in (LATIN, DIGIT)
    if kind == UNSPACED:
        return True
    if kind == KATAKANA:
        return neighbour != KATAKANA
    if neighbour == DIGIT:
        return False
    if neighbour != kind:
        return True
    if kind == HANGUL:
        run = _run_after(text, at, HANGUL, _LONGEST_AFTER)
        return run is not None and _KOREAN_AFTER.fullmatch(run) is not None
    return False


def _plural(text: str, at: int) -> int:
    """How many letters of a Latin plural ending stand at ``at``: ``s`` but after s; ``es`` after s, x, z, o, ch, sh."""
    last = text[at - 1].lower()
    if not "a" <= last <= "z":
        return 0
    if text[at] == "s" and last != "s":
        return 1
    if text.startswith("es", at) and (last in "sxzo" or text[max(0, at - 2) : at].lower() in ("ch", "sh")):
        return 2
    return 0


def _continues_number(text: str, at: int) -> bool:
    before = text[at - 1]
    if before in ".,":
        return at > 1 and char_class(text[at - 2]) == DIGIT
    return unicodedata.category(before) == "Sc"


def _is_emphasis_before(text: str, at: int) -> bool:
    """Whether the underscores before ``at`` are emphasis (``_Acme_``), not the joint of an identifier."""
    while at > 0 and text[at - 1] == "_":
        at -= 1
    return at == 0 or char_class(text[at - 1]) == NONE


def _is_emphasis_after(text: str, at: int) -> bool:
    while at < len(text) and text[at] == "_":
        at += 1
    return at == len(text) or char_class(text[at]) == NONE
