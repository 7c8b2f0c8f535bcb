"""The border where foreign text is cleaned. Linear in its input, whatever the input."""

from __future__ import annotations

import html
import re
import unicodedata

#: Code points kept of any one text: a long article has 100,000.
LIMIT = 1_000_000
#: Links kept of one document.
MAX_LINKS = 10_000
#: Unicode's Stream-Safe Text Format (UAX #15, section 13) allows 30 combining marks in a row. More than that is no
#: language's spelling, and CPython's canonical ordering is quadratic in the length of the run.
MAX_MARKS = 30

_LINE_BREAK = re.compile("\r\n?|[\u2028\u2029]")
# C0 without \n, DEL, C1, bidi embeddings, overrides and isolates, the deprecated format controls, interlinear
# annotations, BOM, noncharacters of the BMP.
_UNWANTED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
# Combining marks are no \w, so a run of too many of them lies within such a run.
_NO_WORDS = re.compile(rf"[^\w\x00-\x7f]{{{MAX_MARKS + 1},}}")


def clean(text: str, limit: int = LIMIT) -> str:
    """Foreign text as it may be stored and shown: the one border function for text.

    Drops C0 and C1 controls, DEL, NUL, the bidi overrides and isolates (U+202A-202E, U+2066-2069), the deprecated
    format controls and interlinear annotations (U+206A-206F, U+FFF9-FFFB), BOM, noncharacters and lone surrogates (two
    halves that make a character are joined), and combining marks after the 30th in a row. ``\\r``, ``\\r\\n`` and the
    Unicode line separators become ``\\n``; ``\\t``, ``\\v`` and ``\\f`` a space. Emoji joiners, ZWNJ, variation
    selectors, soft hyphens and right-to-left text stay, with its marks LRM, RLM and ALM: they place the sign beside
    them and turn nothing else around. NFC; at most ``limit`` code points.
    """
    # What is dropped or composed counts as well, so that work is bounded whatever comes.
    text = text[: limit * 4]
    if _UNWANTED.search(text) or (not text.isascii() and ("\u2028" in text or "\u2029" in text)):
        text = _LINE_BREAK.sub("\n", text)
        text = text.replace("\t", " ").replace("\v", " ").replace("\f", " ")
        text = _UNWANTED.sub("", text)
    if not text.isascii():
        text = _composed(text)
    return text[:limit]


def _composed(text: str) -> str:
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    text = _NO_WORDS.sub(lambda run: _without_excess_marks(run[0]), text)
    return unicodedata.normalize("NFC", text)


def _without_excess_marks(run: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in run:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)


def one_line(text: str, limit: int = 500) -> str:
    """``text`` cleaned, every run of white space one space and none at the ends; at most ``limit`` code points."""
    return " ".join(clean(text, limit * 16).split())[:limit].rstrip()


_HUGE_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")


def unescape(text: str) -> str:
    """``text`` with its character references decoded once; a number beyond Unicode becomes U+FFFD."""
    if "&" not in text:
        return text
    return html.unescape(_HUGE_REFERENCE.sub("\ufffd", text))
