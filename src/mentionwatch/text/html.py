"""HTML as its reader sees it.

The standard library's ``HTMLParser`` is quadratic on hostile markup and is not used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from mentionwatch.text.cleaning import LIMIT, clean, one_line, unescape

#: Links kept of one document.
MAX_LINKS = 10_000


@dataclass(frozen=True, slots=True)
class PlainText:
    """What a reader of an HTML fragment sees, and where it points: absolute http(s) URLs in order, each once."""

    text: str
    links: tuple[str, ...] = ()


# Elements a browser begins on a new line. Everything else joins its neighbours: <b>Ac</b>me is one word.
# fmt: off
_BLOCK = frozenset((
    "address", "article", "aside", "blockquote", "body", "br", "center", "dd", "details", "dialog", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head",
    "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "optgroup", "option", "p", "pre",
    "search", "section", "summary", "table", "tbody", "tfoot", "thead", "title", "tr", "ul",
))
# fmt: on
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
#: Without one of these white space is as it is to become. Most text is words and single spaces, and a regular
#: expression that looks at each of them takes longer than all the rest.
_UNEVEN = ("  ", "\n", "\t", "\r", "\f", "\v")
_SPACES = re.compile(r" {2,}")
_BREAKS = re.compile(r"\n{3,}")


def plain_from_html(markup: str, base: str | None = None, limit: int = LIMIT) -> PlainText:
    """An HTML fragment as a reader sees it, cleaned, in linear time.

    Character references are decoded once: markup that was escaped twice comes out as visible markup, and a source
    that knows its server to do that calls this twice. Block elements and ``<br>`` become line breaks, table cells a
    space, inline elements join (``<b>Ac</b>me`` is ``Acme``); scripts, styles, comments go, but nothing after a
    ``<script>`` that never ends; ``alt`` is text. Without
    any tag in it ``markup`` is taken as text and keeps its own line breaks. A tag that never ends is text.
    ``links``: ``href`` of links, ``src`` of embedded frames and media, ``cite`` of quotations, resolved against
    ``base``; other schemes than http and https are dropped. ``limit`` is in code points of text.
    """
    scan = _Scan(markup[: limit * 16], base)
    scan.run(limit * 2)
    text = "".join(scan.out)
    if scan.tags:
        text = _SPACES.sub(" ", text) if "  " in text else text
        text = _BREAKS.sub("\n\n", "\n".join([line.strip(" ") for line in text.split("\n")]))
    return PlainText(clean(text, limit).strip(), tuple(scan.links))


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
        """Name (``/name`` when it closes) and end of the tag or comment at ``here``; ``None`` when it is text."""
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
            close = None if bare in self._missing else _END_OF[bare].search(self.markup, after)
            if close is not None:
                return close.start()
            self._missing.add(bare)
            # Cut off within a script it is no text. A text that names the element goes on, as it does after a frame.
            attributes = self.markup[here:after].lower()
            cut = bare in ("script", "style") and "type" in attributes and "src" not in attributes
            return len(self.markup) if cut else after
        return after

    def _attributes(self, name: str, tag: str) -> None:
        wanted = _POINTS.get(name, "alt")
        for found in _ATTRIBUTE.finditer(tag):
            if found[1].lower() != wanted:
                continue
            value = unescape(found[2] or found[3] or found[4] or "")
            if wanted == "alt":
                self.out.append(_evenly_spaced(value) + " ")
            elif (link := _absolute(value, self.base)) and len(self.links) < MAX_LINKS:
                self.links.setdefault(link)
            return

    def _text(self, text: str) -> int:
        if not text:
            return 0
        text = unescape(text.replace("]]>", ""))
        if self.tags and not self._preformatted:
            text = _evenly_spaced(text)
        self.out.append(text)
        return len(text)


def _evenly_spaced(text: str) -> str:
    return _WHITE.sub(" ", text) if any(map(text.__contains__, _UNEVEN)) else text


def _absolute(value: str, base: str | None) -> str | None:
    """The http(s) URL that ``value`` means, or ``None``."""
    value = one_line(value, 8192).replace(" ", "%20")
    absolute = value.startswith(("http://", "https://")) and "[" not in value
    try:
        url = urljoin(base, value) if base and not absolute else value
    except ValueError:  # an IPv6 host without its bracket
        return None
    scheme, _, rest = url.partition(":")
    return url if scheme.lower() in ("http", "https") and rest.startswith("//") and len(rest) > 2 else None
