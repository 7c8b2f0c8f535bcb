"""Foreign text made harmless for any output, character for character, and addresses that may become links.

Text is clean when it comes from a source (:mod:`mentionwatch.text`); a renderer does not count on it. One character is
put in the place of one, so that the offsets of matches stay true.
"""

from __future__ import annotations

import re
from urllib.parse import quote

#: C0 but TAB and LF, DEL and C1, bidirectional embeddings, overrides and isolates, lone surrogates, annotation
#: characters, deprecated format characters, and noncharacters, which XML forbids.
_HARMFUL_SET = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff"
    r"\U0001fffe\U0001ffff\U0002fffe\U0002ffff\U000e0001\U0010fffe\U0010ffff"
)
#: Tag characters write a text that nobody sees, but for the flags of England, Scotland and the like.
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"
_HARMFUL = re.compile(f"(?:{_FLAG})|([{_HARMFUL_SET}\U000e0000-\U000e007f])")
_BREAKS = re.compile("[\r\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(r"[\s\u2028\u2029]")
_RUN = re.compile(r"\s+")
#: Scheme and host of an address that may become a link; nothing that a browser would strip comes before or within.
_HTTP = re.compile(r"https?://[^/?#\s\\<>\"'`{}|^]+(?:[/?#]|\Z)", re.IGNORECASE)
_UNSAFE_IN_URL = re.compile(
    r"[^!#$%&()*+,\-./0-9:;=?@A-Z\[\]_a-z~\u00a1-\U0010ffff]"
    rf"|[\s\u00ad\u200b-\u200f\u2060-\u2065\ufeff\U000e0000-\U000e007f{_HARMFUL_SET}]"
)

MARK = "\N{REPLACEMENT CHARACTER}"


def lines(text: str) -> str:
    """The same number of characters, none harmful; LF and TAB are kept, other line breaks become LF."""
    return _HARMFUL.sub(_marked, _BREAKS.sub("\n", text))


def _marked(match: re.Match[str]) -> str:
    return match[0] if match[1] is None else MARK


def line(text: str) -> str:
    """The same number of characters, none harmful, on one line: every blank is a space."""
    return _BLANKS.sub(" ", lines(text))


def squeezed(text: str | None, limit: int = 300) -> str:
    """One line without doubled blanks, of at most ``limit`` characters; what is cut ends in ``…``."""
    # Only what can be needed is looked at: a word of a megabyte costs no more than a line.
    given = text or ""
    short = _RUN.sub(" ", line(given[: 4 * limit])).strip()
    if len(short) <= limit and len(given) <= 4 * limit:
        return short
    return short[: limit - 1].rstrip() + "…"


def http_url(url: str | None) -> str | None:
    """The address if it is http or https, made safe to stand between blanks, quotes or angle brackets; else ``None``.

    Characters that no address holds (blanks, quotes, angle brackets, controls, invisible ones) are percent-encoded, so
    that it stays one piece in every format. Letters of other scripts are kept as they are.
    """
    if not url or len(url) > 10_000 or not _HTTP.match(url):
        return None
    return _UNSAFE_IN_URL.sub(_percent, url)


def _percent(match: re.Match[str]) -> str:
    return quote(match[0].encode("utf-8", "replace"), safe="")
