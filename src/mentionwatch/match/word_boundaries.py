"""Where a word begins and ends, by script: the part of ``docs/matching.md`` that says "a name stands alone".

All functions take text in the form :func:`mentionwatch.text.fold` gives (with or without its case).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache
from itertools import product

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


#: The inside of a character class: every combining mark that folding leaves (Unicode 14, categories Mn, Mc and Me of
#: the blocks from Devanagari to Kana and of the Indic ones beyond the BMP). Written out, since finding them takes 5 ms.
MARKS = (
    "\u0900-\u0903\u093a-\u093c\u093e-\u094f\u0951-\u0957\u0962-\u0963\u0981-\u0983\u09bc\u09be-\u09c4\u09c7-\u09c8"
    "\u09cb-\u09cd\u09d7\u09e2-\u09e3\u09fe\u0a01-\u0a03\u0a3c\u0a3e-\u0a42\u0a47-\u0a48\u0a4b-\u0a4d\u0a51"
    "\u0a70-\u0a71\u0a75\u0a81-\u0a83\u0abc\u0abe-\u0ac5\u0ac7-\u0ac9\u0acb-\u0acd\u0ae2-\u0ae3\u0afa-\u0aff"
    "\u0b01-\u0b03\u0b3c\u0b3e-\u0b44\u0b47-\u0b48\u0b4b-\u0b4d\u0b55-\u0b57\u0b62-\u0b63\u0b82\u0bbe-\u0bc2"
    "\u0bc6-\u0bc8\u0bca-\u0bcd\u0bd7\u0c00-\u0c04\u0c3c\u0c3e-\u0c44\u0c46-\u0c48\u0c4a-\u0c4d\u0c55-\u0c56"
    "\u0c62-\u0c63\u0c81-\u0c83\u0cbc\u0cbe-\u0cc4\u0cc6-\u0cc8\u0cca-\u0ccd\u0cd5-\u0cd6\u0ce2-\u0ce3\u0d00-\u0d03"
    "\u0d3b-\u0d3c\u0d3e-\u0d44\u0d46-\u0d48\u0d4a-\u0d4d\u0d57\u0d62-\u0d63\u0d81-\u0d83\u0dca\u0dcf-\u0dd4\u0dd6"
    "\u0dd8-\u0ddf\u0df2-\u0df3\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u0f18-\u0f19\u0f35"
    "\u0f37\u0f39\u0f3e-\u0f3f\u0f71-\u0f84\u0f86-\u0f87\u0f8d-\u0f97\u0f99-\u0fbc\u0fc6\u102b-\u103e\u1056-\u1059"
    "\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f\u109a-\u109d\u135d-\u135f\u1712-\u1715"
    "\u1732-\u1734\u1752-\u1753\u1772-\u1773\u17b4-\u17d3\u17dd\u180b-\u180d\u180f\u1885-\u1886\u18a9\u1920-\u192b"
    "\u1930-\u193b\u1a17-\u1a1b\u1a55-\u1a5e\u1a60-\u1a7c\u1a7f\u1ab0-\u1ace\u1b00-\u1b04\u1b34-\u1b44\u1b6b-\u1b73"
    "\u1b80-\u1b82\u1ba1-\u1bad\u1be6-\u1bf3\u1c24-\u1c37\u1cd0-\u1cd2\u1cd4-\u1ce8\u1ced\u1cf4\u1cf7-\u1cf9"
    "\u302a-\u302f\u3099-\u309a\ua802\ua806\ua80b\ua823-\ua827\ua82c\ua880-\ua881\ua8b4-\ua8c5\ua8e0-\ua8f1\ua8ff"
    "\ua926-\ua92d\ua947-\ua953\ua980-\ua983\ua9b3-\ua9c0\ua9e5\uaa29-\uaa36\uaa43\uaa4c-\uaa4d\uaa7b-\uaa7d\uaab0"
    "\uaab2-\uaab4\uaab7-\uaab8\uaabe-\uaabf\uaac1\uaaeb-\uaaef\uaaf5-\uaaf6\uabe3-\uabea\uabec-\uabed"
    "\U00010a01-\U00010a03\U00010a05-\U00010a06\U00010a0c-\U00010a0f\U00010a38-\U00010a3a\U00010a3f"
    "\U00010ae5-\U00010ae6\U00010d24-\U00010d27\U00010eab-\U00010eac\U00010f46-\U00010f50\U00010f82-\U00010f85"
    "\U00011000-\U00011002\U00011038-\U00011046\U00011070\U00011073-\U00011074\U0001107f-\U00011082"
    "\U000110b0-\U000110ba\U000110c2\U00011100-\U00011102\U00011127-\U00011134\U00011145-\U00011146\U00011173"
    "\U00011180-\U00011182\U000111b3-\U000111c0\U000111c9-\U000111cc\U000111ce-\U000111cf\U0001122c-\U00011237"
    "\U0001123e\U000112df-\U000112ea\U00011300-\U00011303\U0001133b-\U0001133c\U0001133e-\U00011344"
    "\U00011347-\U00011348\U0001134b-\U0001134d\U00011357\U00011362-\U00011363\U00011366-\U0001136c"
    "\U00011370-\U00011374\U00011435-\U00011446\U0001145e\U000114b0-\U000114c3\U000115af-\U000115b5"
    "\U000115b8-\U000115c0\U000115dc-\U000115dd\U00011630-\U00011640\U000116ab-\U000116b7\U0001171d-\U0001172b"
    "\U0001182c-\U0001183a\U00011930-\U00011935\U00011937-\U00011938\U0001193b-\U0001193e\U00011940"
    "\U00011942-\U00011943\U000119d1-\U000119d7\U000119da-\U000119e0\U000119e4\U00011a01-\U00011a0a"
    "\U00011a33-\U00011a39\U00011a3b-\U00011a3e\U00011a47\U00011a51-\U00011a5b\U00011a8a-\U00011a99"
    "\U00011c2f-\U00011c36\U00011c38-\U00011c3f\U00011c92-\U00011ca7\U00011ca9-\U00011cb6\U00011d31-\U00011d36"
    "\U00011d3a\U00011d3c-\U00011d3d\U00011d3f-\U00011d45\U00011d47\U00011d8a-\U00011d8e\U00011d90-\U00011d91"
    "\U00011d93-\U00011d97\U00011ef3-\U00011ef6"
)
#: A run of letters, digits, underscores and marks.
WORD = re.compile(rf"[\w{MARKS}]+")


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
