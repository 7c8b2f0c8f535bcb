"""Words made plain: the border where foreign text is cleaned, HTML becomes text, and the form in which names are compared.

Everything here takes time linear in its input, whatever the input. The standard library's ``HTMLParser`` is
quadratic on hostile markup and is not used; neither is ``html.unescape`` without a guard (it raises on a character
reference of more than 4,300 digits).
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urljoin

__all__ = ["LIMIT", "Plain", "clean", "one_line", "plain_from_html", "unescape"]

#: Code points kept of any one text: a long article has 100,000.
LIMIT = 1_000_000
#: Links kept of one document.
MAX_LINKS = 10_000
#: Unicode's Stream-Safe Text Format (UAX #15, section 13) allows 30 combining marks in a row. More than that is no
#: language's spelling, and CPython's canonical ordering is quadratic in the length of the run.
MAX_MARKS = 30

_LINE_BREAK = re.compile("\r\n?|[\u2028\u2029]")
# C0 without \n, DEL, C1, bidi embeddings, overrides and isolates, BOM, noncharacters of the BMP.
_UNWANTED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufdd0-\ufdef\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Combining marks are no \w, so a run of too many of them lies within such a run.
_NO_WORDS = re.compile(rf"[^\w\x00-\x7f]{{{MAX_MARKS + 1},}}")


def clean(text: str, limit: int = LIMIT) -> str:
    """Foreign text as it may be stored and shown: the one border function for text.

    Drops C0 and C1 controls, DEL, NUL, the bidi overrides and isolates (U+202A-202E, U+2066-2069), BOM,
    noncharacters and lone surrogates (two halves that make a character are joined), and combining marks after the
    30th in a row. ``\\r``, ``\\r\\n`` and the Unicode line separators become ``\\n``; ``\\t``, ``\\v`` and ``\\f`` a space.
    Emoji joiners, ZWNJ, variation selectors, soft hyphens and right-to-left text stay. NFC; at most ``limit``
    code points.
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
    """``text`` cleaned, with every run of white space one space, none at the ends, and at most ``limit`` code points."""
    return " ".join(clean(text, limit * 16).split())[:limit].rstrip()


@dataclass(frozen=True, slots=True)
class Plain:
    """What a reader of an HTML fragment sees, and where it points: absolute http(s) URLs in order, each once."""

    text: str
    links: tuple[str, ...] = ()


_HUGE_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")


def unescape(text: str) -> str:
    """``text`` with its character references decoded once; a number beyond Unicode becomes U+FFFD."""
    if "&" not in text:
        return text
    return html.unescape(_HUGE_REFERENCE.sub("\ufffd", text))


# Elements a browser begins on a new line. Everything else joins its neighbours: <b>Ac</b>me is one word.
_BLOCK = frozenset(
    "address article aside blockquote body br center dd details dialog dir div dl dt fieldset figcaption figure footer"
    " form h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol optgroup option p pre search section"
    " summary table tbody tfoot thead title tr ul".split()
)
_SPACED = frozenset(("td", "th", "button", "input", "select", "textarea", "iframe", "video", "audio", "object", "img"))
# Their content is no text a reader sees.
_UNSEEN = frozenset(("script", "style", "template", "iframe", "noembed", "noframes"))
_POINTS = {
    "a": "href",
    "area": "href",
    "iframe": "src",
    "embed": "src",
    "video": "src",
    "audio": "src",
    "source": "src",
    "blockquote": "cite",
    "q": "cite",
}
_TAG_OPEN = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]{0,40})(?=[\s/>])")
_QUOTE_OR_END = re.compile("[\"'>]")
_ATTRIBUTE = re.compile(
    r"(?<![\w:.-])(href|src|cite|alt)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE | re.ASCII
)
_END_OF = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _UNSEEN}
_WHITE = re.compile(r"[ \t\n\r\f\v]+")
_AROUND_BREAK = re.compile(r" *\n *")
_BREAKS = re.compile(r"\n{3,}")


def plain_from_html(markup: str, base: str | None = None, limit: int = LIMIT) -> Plain:
    """An HTML fragment as a reader sees it, cleaned, in linear time.

    Character references are decoded once: markup that was escaped twice comes out as visible markup, and a source
    that knows its server to do that calls this twice. Block elements and ``<br>`` become line breaks, table cells a
    space, inline elements join (``<b>Ac</b>me`` is ``Acme``); scripts, styles, comments go; ``alt`` is text. Without
    any tag in it ``markup`` is taken as text and keeps its own line breaks. A tag that never ends is text.
    ``links``: ``href`` of links, ``src`` of embedded frames and media, ``cite`` of quotations, resolved against
    ``base``; other schemes than http and https are dropped. ``limit`` is in code points of text.
    """
    scan = _Scan(markup[: limit * 16], base)
    scan.run(limit * 2)
    text = "".join(scan.out)
    if scan.tags:
        text = _BREAKS.sub("\n\n", _AROUND_BREAK.sub("\n", text))
    return Plain(clean(text, limit).strip(), tuple(scan.links))


class _Scan:
    """One pass over markup. ``at`` only ever grows, and a search that failed once is never made again."""

    def __init__(self, markup: str, base: str | None) -> None:
        self.markup = markup
        self.base = base
        self.out: list[str] = []
        self.links: dict[str, None] = {}
        self.tags = 0
        self.at = 0
        self._quotes_hold = True
        self._missing: set[str] = set()
        self._preformatted = 0

    def run(self, room: int) -> None:
        markup, n = self.markup, len(self.markup)
        begin = 0  # of the text not yet put out
        while self.at < n and room > 0:
            here = markup.find("<", self.at)
            if here < 0:
                break
            end = self._construct(here)
            if end is None:
                self.at = here + 1
                continue
            name, after = end
            self.tags += 1
            room -= self._text(markup[begin:here])
            self.at = begin = self._element(name, here, after) if name else after
        self._text(markup[begin:])

    def _construct(self, here: int) -> tuple[str, int] | None:
        """Name and end of the tag or comment at ``here``; ``None`` when it is text. Names of closing tags begin with /."""
        markup = self.markup
        following = markup[here + 1 : here + 2]
        if following == "!":
            if markup.startswith("<!--", here):
                end = self._find("-->", here + 4)
                if end >= 0:
                    return "", end + 3
            elif markup.startswith("<![CDATA[", here):
                return "", here + 9  # what it holds is text; its ]]> is dropped in _text
            end = self._find(">", here)
            return None if end < 0 else ("", end + 1)
        if following == "?":
            end = self._find(">", here)
            return None if end < 0 else ("", end + 1)
        tag = _TAG_OPEN.match(markup, here)
        if tag is None:
            return None
        end = self._tag_end(tag.end())
        if end < 0:
            return None
        name = tag[1].lower()
        return ("/" + name if following == "/" else name), end + 1

    def _find(self, what: str, begin: int) -> int:
        if what in self._missing:
            return -1
        found = self.markup.find(what, begin)
        if found < 0:
            self._missing.add(what)
        return found

    def _tag_end(self, begin: int) -> int:
        """Where the tag's ``>`` is, quoted values stepped over as long as quotes prove to be closed."""
        if self._quotes_hold:
            at = begin
            while mark := _QUOTE_OR_END.search(self.markup, at):
                if mark[0] == ">":
                    return mark.start()
                closed = self.markup.find(mark[0], mark.end())
                if closed < 0:
                    break
                at = closed + 1
            self._quotes_hold = False
        return self._find(">", begin)

    def _element(self, name: str, here: int, after: int) -> int:
        """Put out what the tag stands for; where to go on."""
        bare = name.removeprefix("/")
        if bare in _BLOCK:
            self.out.append("\n")
            if bare == "pre":
                self._preformatted = 0 if name.startswith("/") else 1
        elif bare in _SPACED:
            self.out.append(" ")
        if name.startswith("/"):
            return after
        if bare in _POINTS or bare == "img":
            self._attributes(bare, self.markup[here:after])
        if bare in _UNSEEN and not self.markup.startswith("/>", after - 2):
            if bare in self._missing:
                return len(self.markup)
            close = _END_OF[bare].search(self.markup, after)
            if close is None:
                self._missing.add(bare)
                return len(self.markup)
            return close.start()
        return after

    def _attributes(self, name: str, tag: str) -> None:
        wanted = _POINTS.get(name, "alt")
        for found in _ATTRIBUTE.finditer(tag):
            if found[1].lower() != wanted:
                continue
            value = unescape(found[2] or found[3] or found[4] or "")
            if wanted == "alt":
                self.out.append(_WHITE.sub(" ", value) + " ")
            elif (link := _absolute(value, self.base)) and len(self.links) < MAX_LINKS:
                self.links.setdefault(link)
            return

    def _text(self, text: str) -> int:
        if not text:
            return 0
        text = unescape(text.replace("]]>", ""))
        if self.tags and not self._preformatted:
            text = _WHITE.sub(" ", text)
        self.out.append(text)
        return len(text)


def _absolute(value: str, base: str | None) -> str | None:
    """The http(s) URL that ``value`` means, or ``None``."""
    value = one_line(value, 8192).replace(" ", "%20")
    try:
        url = urljoin(base, value) if base else value
    except ValueError:  # an IPv6 host without its bracket
        return None
    scheme, _, rest = url.partition(":")
    return url if scheme.lower() in ("http", "https") and rest.startswith("//") and len(rest) > 2 else None
