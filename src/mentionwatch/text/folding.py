"""The form in which names are compared, with the way back to the text as it was written.

One table of letters for terms and texts alike, so that what two people type for the same word compares equal:
compatibility forms (NFKC), case, Latin, Greek and Cyrillic accents, apostrophes, dashes, spaces, invisible characters,
Arabic letter variants, digits of every script. What tells words apart stays: й, the voicing marks of kana, the vowel
signs and viramas of Indic and South-East Asian scripts. ``docs/matching.md`` has the whole list.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mentionwatch.text.cleaning import unescape
from mentionwatch.text.marks import DROPPED_MARKS


@dataclass(slots=True)
class FoldedText:
    """A text in the form for comparison. ``cased`` is the same before case is dropped: equal length, equal offsets."""

    text: str
    cased: str
    #: Where each character of ``text`` begins and ends in the original; ``None`` when nothing moved.
    _starts: Sequence[int] | None = field(default=None, repr=False)
    _ends: Sequence[int] | None = field(default=None, repr=False)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The code-point offsets in the original of ``text[start:end]``, which is not empty."""
        if self._starts is None or self._ends is None:
            return start, end
        return self._starts[start], self._ends[end - 1]

    def folded_span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of ``text`` that stem from the original's ``[start, end)``; may be empty."""
        if self._starts is None or self._ends is None:
            return start, end
        return bisect_right(self._ends, start), bisect_left(self._starts, end)


# --- one character ----------------------------------------------------------------------------------------------------


def _each(letters: str, becomes: str) -> dict[str, str]:
    return dict.fromkeys(letters, becomes)


# Written with escapes where a reader could not tell the characters apart.
_SPECIAL: dict[str, str] = {
    **_each(
        "`\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u02ca\u2018\u2019\u201a\u201b\u2032\u2039\u203a\u055a\u05f3\ua78b\ua78c\uff07",
        "'",
    ),
    **_each("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u05f4\u301d\u301e\u301f\uff02", '"'),
    **_each("\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u058a\u05be\u2e3a\u2e3b\ufe58\ufe63\uff0d", "-"),
    **_each("\u00b7\u0387\u2022\u2027\u2219\u22c5\u2e31\u30fb\uff65", "\u00b7"),
    **_each("\u301c\uff5e", "~"),
    # Marks of trade are no letters: NFKC would make AcmeTM of it.
    **_each("\u2122\u2120", " "),
    **_each("".join(map(chr, (*range(32), *range(0x7F, 0xA0)))) + "\u2028", " "),
    "\u2029": "\u2029",
    **{"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ħ": "h", "Ħ": "H"},
    **{"ŧ": "t", "Ŧ": "T", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ß": "ss", "ẞ": "SS", "ı": "i", "İ": "I"},
    **{"й": "й", "Й": "Й"},
    # Arabic letters as other keyboards, languages and hasty writers have them (after Lucene's Arabic and Persian
    # normalizers): alef with its hamzas, yeh, kaf, heh with teh marbuta and the Urdu and Kurdish ones, Urdu's noon.
    **_each("\u0622\u0623\u0625\u0671\u0672\u0673\u0675", "\u0627"),
    **_each("\u0620\u0626\u063d\u063e\u063f\u0649\u0678\u06cc\u06cd\u06ce\u06d0\u06d2\u06d3", "\u064a"),
    **_each("\u06a9\u06aa", "\u0643"),
    **_each("\u0629\u06be\u06c0\u06c1\u06c2\u06c3\u06d5", "\u0647"),
    "\u06ba": "\u0646",
    "\u0640": "",  # tatweel
    # Small capitals and white-on-black letters, which NFKC leaves; not those that are emoji of their own.
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True)),
    **{chr(0x1F150 + i): chr(65 + i) for i in range(26)},
    **{chr(0x1F170 + i): chr(65 + i) for i in range(26) if chr(65 + i) not in "ABOP"},
}
# Characters without a shape or a meaning of their own: joiners, bidi controls, fillers, variation selectors, tags.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\ufdd0-\ufdef"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_DROPPED_MARK = re.compile(f"[{DROPPED_MARKS}]")
# Scripts whose marks belong to the letter and whose letters stay composed: kana and Hangul.
_STAYS_COMPOSED = re.compile("[\u3040-\u30ff\u31f0-\u31ff\uac00-\ud7ff\u1100-\u11ff\ua960-\ua97f]")


def _fold_letters(unit: str) -> str:
    """One character, or one that is spelt with several, in the form for comparison but with its case."""
    if unit in _SPECIAL:
        return _SPECIAL[unit]
    if _INVISIBLE.match(unit):
        return ""
    folded: list[str] = []
    for char in unicodedata.normalize("NFKC", unit):
        if char in _SPECIAL:
            folded.append(_SPECIAL[char])
        elif _STAYS_COMPOSED.match(char):
            folded.append(char)
        else:
            for part in unicodedata.normalize("NFKD", char):
                if not _DROPPED_MARK.match(part) and not _INVISIBLE.match(part):
                    folded.append(_SPECIAL.get(part) or _plain(part))
    made = "".join(folded)
    # Case is dropped one for one afterwards, so a character that would grow then grows now.
    return made if len(made.casefold()) == len(made) else made.casefold()


def _plain(char: str) -> str:
    if char.isspace():
        return " "
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)


class _Letters(dict[str, str]):
    """What each character folds to, worked out when first met."""

    def __missing__(self, unit: str) -> str:
        if len(self) > 30_000:  # a stranger's text may hold all of Unicode
            self.clear()
        made = self[unit] = _fold_letters(unit)
        return made


_LETTERS = _Letters()
_ASCII = str.maketrans({**dict.fromkeys(map(chr, range(32)), " "), "\x7f": " ", "`": "'"})
# One letter spelt as several: й, voiced kana, Hangul. Anything else folds character by character.
_BETWEEN = r"[^\w\x00-\u02ff\u2000-\u2fff]{0,20}?"  # marks that stand nearer to the letter
_UNIT = (
    f"[иИ]{_BETWEEN}\u0306|[\u3041-\u30ff\uff66-\uff9d]{_BETWEEN}[\u3099\u309a\uff9e\uff9f]"
    "|[\u1100-\u115e][\u1161-\u11a7][\u11a8-\u11ff]?|[\uac00-\ud7a3][\u11a8-\u11c2]"
)
_SPELT_AS_SEVERAL = re.compile(_UNIT)
_UNITS = re.compile(f"{_UNIT}|.", re.DOTALL)
# Vowel signs and viramas out of canonical order; runs longer than any syllable are left as they are.
_MARKS = re.compile(r"[^\w\x00-\u02ff\u2000-\u2fff\U0001f000-\U0001faff]{2,30}")
_ZWNJ = re.compile("(?<=[\u0620-\u06ff\u0750-\u077f])\u200c+(?=[\u0620-\u06ff\u0750-\u077f])")


def _ordered(marks: str) -> str:
    """Combining marks in canonical order (Unicode chapter 3, D108), their number unchanged."""
    classes = [unicodedata.combining(mark) for mark in marks]
    if all(a <= b or b == 0 for a, b in pairwise(classes)):
        return marks
    made: list[str] = []
    begin = 0
    for i in range(len(marks) + 1):
        if i == len(marks) or classes[i] == 0:
            made.extend(sorted(marks[begin:i], key=unicodedata.combining))
            if i < len(marks):
                made.append(marks[i])
            begin = i + 1
    return "".join(made)


# --- words of mixed script --------------------------------------------------------------------------------------------

# Letters of Cyrillic and Greek that look like a Latin one, in either case (after Unicode's confusables.txt); case is
# dropped later, so a capital that looks like a Latin capital speaks for its small letter too.
_LOOKALIKE = str.maketrans(
    "аеорсухіјѕԁԛԝһԍѡүӏкмтвнпгАЕОРСУХІЈЅԀԚԜҺВНКМТҮӀЗ" + "αοενρτυικχημωγβζΑΒΕΖΗΙΚΜΝΟΡΤΥΧϲϳ",
    "aeopcyxijsdqwhgwylkmtbhnrAEOPCYXIJSDQWHBHKMTYI3" + "aoevptuikxnmwybzABEZHIKMNOPTYXcj",
)
_MIXABLE = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_MIXES = re.compile("[A-Za-z][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][A-Za-z]")
_MIXED = re.compile("[A-Za-z\u0370-\u03ff\u0400-\u052f]+")


def _one_script(word: re.Match[str]) -> str:
    letters = word[0]
    if letters.isascii() or not any("A" <= letter <= "z" for letter in letters):
        return letters
    return letters.translate(_LOOKALIKE)


# --- markup seen through ----------------------------------------------------------------------------------------------

_INLINE_TAGS = "a|abbr|acronym|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|ins|kbd|mark|q|rb|rt|ruby|s|samp|small|span"
_INLINE_TAGS += "|strike|strong|sub|sup|time|tt|u|var|wbr"
_BLOCK_TAGS = "address|article|aside|audio|blockquote|br|center|dd|details|div|dl|dt|figcaption|figure|footer|h[1-6]"
_BLOCK_TAGS += "|header|hr|iframe|img|li|main|nav|ol|p|picture|pre|section|source|summary|table|tbody|td|tfoot|th|thead"
_BLOCK_TAGS += (
    "|tr|ul|video|area|body|button|canvas|caption|col|colgroup|embed|fieldset|form|head|html|input|label|legend"
)
_BLOCK_TAGS += (
    "|link|map|marquee|meta|noscript|object|option|param|script|select|style|svg|template|textarea|title|track"
)
_REFERENCE = r"&(?:\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});"
_MARKUP = re.compile(
    rf"(?P<twice>&amp;{_REFERENCE[1:]})|(?P<once>{_REFERENCE}|&(?:amp|nbsp|quot|shy)(?![\w;=]))"
    r"|(?P<unseen><(script|style)(?:[\s/][^<>]*)?>[^<]*(?:<(?!/?(?:script|style)[\s/>])[^<]*)*+</(?:script|style)\s*>)"
    rf"|(?P<inline></?(?:{_INLINE_TAGS})(?:[\s/][^<>]*)?>)|(?P<block></?(?:{_BLOCK_TAGS})(?:[\s/][^<>]*)?>)",
    re.IGNORECASE,
)

_MAY_BE_MARKUP = re.compile(r"&(?:#|amp|nbsp|quot|shy|[A-Za-z][A-Za-z0-9]{1,30};)|</?[A-Za-z]", re.IGNORECASE)


#: Stands for the border of a block in the text that is left: white space to a reader, and no phrase goes across it.
PARAGRAPH = "\u2029"


def without_markup(text: str) -> tuple[str, list[int], list[int]] | None:
    """``text`` with character references decoded and well-known HTML tags taken out, or ``None`` when it has none.

    With the start and end in ``text`` of each character left. References that are escaped twice are decoded twice,
    tags that were escaped are tags. Inline tags join, ``<br>`` becomes a line break, other block tags a
    :data:`PARAGRAPH`.
    """
    made: tuple[str, list[int], list[int]] | None = None
    for _ in range(2):
        if not _MAY_BE_MARKUP.search(text):
            break
        once = _seen_through_once(text)
        if once is None:
            break
        text, starts, ends = once
        if made is not None:
            starts = [made[1][i] for i in starts]
            ends = [made[2][i - 1] for i in ends]
        made = text, starts, ends
    return made


def _seen_through_once(text: str) -> tuple[str, list[int], list[int]] | None:
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for found in _MARKUP.finditer(text):
        start, end = found.span()
        kind = found.lastgroup
        if kind == "inline":
            meant = ""
        elif kind in ("block", "unseen"):
            meant = "\n" if found[0][1:3].lower() == "br" else PARAGRAPH
        else:
            meant = unescape(found[0])
            if kind == "twice":
                meant = unescape(meant)
            if len(meant) > 2:  # a name that HTML does not know
                continue
        pieces += (text[at:start], meant)
        starts.extend(range(at, start))
        ends.extend(range(at + 1, start + 1))
        starts.extend([start] * len(meant))
        ends.extend([end] * len(meant))
        at = end
    if not at:
        return None
    pieces.append(text[at:])
    starts.extend(range(at, len(text)))
    ends.extend(range(at + 1, len(text) + 1))
    return "".join(pieces), starts, ends


_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_WHITE = re.compile(r"[\x00-\x1f\x7f]")
# Letters that fold differently beside others: marks, jamo, half-width voicing, ZWNJ.
_MINDS_NEIGHBOURS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u0670\u06d6-\u06ed\u0900-\u1d00\u200c"
    "\u302a-\u302f\u3099\u309a\ua66f-\uabff\uff9e\uff9f\U00010a00-\U00011fff]"
)


def _strange(text: str) -> tuple[set[str], bool, bool]:
    """The characters beyond ASCII in ``text``; whether any minds its neighbours; whether any may mix with Latin."""
    strange = set("".join(_BEYOND_ASCII.findall(text)))
    minds = _MINDS_NEIGHBOURS.search("".join(strange)) is not None
    return strange, minds, _MIXABLE.search("".join(map(_LETTERS.__getitem__, strange))) is not None


# --- the whole --------------------------------------------------------------------------------------------------------


def fold(text: str, markup: bool = True) -> FoldedText:
    """``text`` in the form for comparison, with the way back to its offsets.

    Idempotent, unless an invisible character parts a letter from its mark. ``markup``: character references and HTML
    tags are seen through.
    """
    origin = without_markup(text) if markup and ("<" in text or "&" in text) else None
    if origin is not None:
        text = origin[0]
    starts: list[int] | None = None
    ends: list[int] | None = None
    if text.isascii():
        cased = text.translate(_ASCII)
    else:
        cased, starts, ends = _fold_unicode(text)
    if origin is not None:
        if starts is None or ends is None:
            starts, ends = origin[1], origin[2]
        else:
            starts = [origin[1][i] for i in starts]
            ends = [origin[2][i - 1] for i in ends]
    return FoldedText(_caseless(cased), cased, starts, ends)


def _caseless(cased: str) -> str:
    text = cased.casefold()
    if len(text) != len(cased):  # no character left does this; offsets must hold all the same
        text = "".join(low if len(low := char.casefold()) == 1 else char for char in cased)
    return text


def _fold_unicode(text: str) -> tuple[str, list[int] | None, list[int] | None]:
    _, minds_neighbours, mixes = _strange(text)
    if minds_neighbours:
        text = _prepared(text)
    units: Sequence[str] = text
    lengths: list[int] | None = None
    if minds_neighbours and _SPELT_AS_SEVERAL.search(text):
        units = _UNITS.findall(text)
        lengths = [len(unit) for unit in units]
    letters = _LETTERS
    folded = [letters[unit] for unit in units]
    cased = "".join(folded)
    starts: list[int] | None = None
    ends: list[int] | None = None
    if lengths is not None or len(cased) != len(folded) or "" in folded:
        starts, ends = [], []
        at = 0
        for i, made in enumerate(folded):
            after = at + (lengths[i] if lengths is not None else 1)
            if len(made) == 1:
                starts.append(at)
                ends.append(after)
            elif made:
                starts.extend([at] * len(made))
                ends.extend([after] * len(made))
            at = after
    if mixes and _MIXES.search(cased):
        cased = _MIXED.sub(_one_script, cased)
    return cased, starts, ends


def _prepared(text: str) -> str:
    """``text``, of the same length, with what depends on neighbours settled."""
    text = text.replace("\uff9e", "\u3099").replace("\uff9f", "\u309a")  # half-width voicing marks
    if "\u200c" in text:
        text = _ZWNJ.sub(lambda run: " " * len(run[0]), text)
    if _MARKS.search(text):
        text = _MARKS.sub(lambda run: _ordered(run[0]), text)
    return text


# Up to so many different letters are replaced one after the other, each in one pass over the text.
_MANY_LETTERS = 12


def fold_quickly(text: str, markup: bool = True) -> str:
    """``fold(text).cased`` without the way back, several times faster; its ``casefold()`` is ``fold(text).text``."""
    if markup and ("<" in text or "&" in text):
        through = without_markup(text)
        if through is not None:
            text = through[0]
    if text.isascii():
        return text.translate(_ASCII)
    letters = _LETTERS
    strange, minds_neighbours, mixes = _strange(text)
    if minds_neighbours:
        text = _prepared(text)
        units = _UNITS.findall(text) if _SPELT_AS_SEVERAL.search(text) else text
        text = "".join([letters[unit] for unit in units])
    elif len(strange) > _MANY_LETTERS:
        text = "".join([letters[char] for char in text])
    else:
        for char in strange:
            text = text.replace(char, letters[char])
        text = text.translate(_ASCII) if text.isascii() else _WHITE.sub(" ", text).replace("`", "'")
    return _MIXED.sub(_one_script, text) if mixes and _MIXES.search(text) else text
