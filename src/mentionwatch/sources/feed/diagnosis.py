"""What an answer is that is no feed, in a sentence the user can act on."""

from __future__ import annotations

import re
from collections import Counter

from mentionwatch.sources.toolkit.json_reader import JsonObject
from mentionwatch.text import one_line, unescape
from mentionwatch.urls import safe_url

#: Bytes of a page that are looked at.
_LOOK = 200_000

_FEED_ROOT = re.compile(rb"<(?:[\w.-]{1,20}:)?(?:rss|feed|rdf|channel)[\s>/]", re.IGNORECASE)
_ELEMENT = re.compile(r"<([A-Za-z_][\w.:-]{0,60})(?=[\s>/])")
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,500})", re.IGNORECASE)
_LINK = re.compile(r"<link\b([^<>]{0,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(rel|type|href)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_FEED_TYPE = re.compile(r"application/(?:rss|atom|rdf|feed)\+(?:xml|json)", re.IGNORECASE)

#: What a page shows that only lets people pass, in the words of those who put such pages up.
_BOT_CHECK = re.compile(
    r"captcha|cf-chl|challenge-platform|just a moment\.\.\.|checking your browser|verify (?:that )?you are (?:a )?human"
    r"|are you a robot|unusual traffic|enable javascript and cookies|ddos-guard|access denied|request blocked",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"""type\s*=\s*["']?password|\b(?:sign in|log ?in|anmelden|connexion)\b""", re.IGNORECASE)
_CONSENT = re.compile(r"consent\.(?:google|youtube|yahoo)|cookie[- ]?consent|before you continue", re.IGNORECASE)


def could_be_feed(data: bytes) -> bool:
    """Whether the beginning holds the root of a feed, so that a reader should try."""
    return _FEED_ROOT.search(data, 0, 10_000) is not None


def describe_non_feed(data: bytes, url: str) -> str:
    """What the UTF-8 text ``data`` is instead of a feed, and the mend. ``url`` is where it came from."""
    text = data[:_LOOK].decode("utf-8", "ignore")
    start = text[:2000].lstrip().lower()
    names = _elements(text)
    root = names[0].rpartition(":")[2] if names else ""
    if root.lower() in _HTML_ROOTS or "<!doctype html" in start or "<html" in start:
        return _page(text, url)
    if start.startswith("<"):
        return _xml(root, names)
    if "\x00" in text[:1000] or sum(not char.isprintable() and not char.isspace() for char in text[:200]) > 20:
        return "the response is not text (a file, or compressed in an unknown way), not a feed"
    return f"plain text ({_quoted(text)}), not a feed; look for the address of the site's feed"


def _quoted(text: str) -> str:
    said = "".join(char if char.isprintable() else " " for char in one_line(text, 61))
    return f"“{said if len(said) <= 60 else said[:60].rstrip() + '…'}”"


def _page(text: str, url: str) -> str:
    found = _TITLE.search(text)
    title = unescape(found[1]).strip() if found else ""
    page = f"an HTML page ({_quoted(title)}), not a feed" if title else "an HTML page, not a feed"
    # Short pages that only stand in the way are told by their words; a long article may hold the same words.
    words = text if len(text) < 20_000 else title
    if _BOT_CHECK.search(words):
        hint = "open the address in a browser, or ask the site to allow feed readers"
        return f"{page}: a check for robots stands before it; {hint}"
    if _CONSENT.search(words):
        return f"{page}: it asks for consent to cookies first; look for an address of the feed that does not"
    feeds = _feeds_of(text, url)
    if feeds:
        return f"{page}; the page names its feed: {' or '.join(feeds)}"
    if _LOGIN.search(words):
        return f"{page}: it asks to log in; use an address that needs no login, or one with a token in it"
    return f"{page}; look for the address of the site's feed (often /feed, /rss or /atom.xml)"


def _feeds_of(text: str, url: str) -> list[str]:
    """The addresses of feeds a page names in its head."""
    found: dict[str, None] = {}
    for link in _LINK.finditer(text[:100_000]):
        fields = {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(link[1])}
        if "alternate" in fields.get("rel", "").lower() and _FEED_TYPE.fullmatch(fields.get("type", "").strip()):
            address = safe_url(fields.get("href"), url)
            if address and len(address) <= 300:
                found.setdefault(address)
    return list(found)[:3]


def _xml(root: str, names: list[str]) -> str:
    kind = _KINDS.get(root)
    if kind:
        return f"{kind}, not a feed"
    if not root:
        return "an XML document in which nothing stands, not a feed"
    return f"an XML document <{one_line(root, 40)}>{_holding(names)}, not a feed"


#: What a page begins with when it lacks its beginning.
_HTML_ROOTS = frozenset(
    ("html", "head", "body", "title", "meta", "h1", "h2", "p", "div", "center", "br", "script", "b")
)


_KINDS = {
    "urlset": "a sitemap",
    "sitemapindex": "a list of sitemaps",
    "opml": "an OPML list of feeds (read it with: mentionwatch opml import)",
    "svg": "a picture (SVG)",
    "error": "an error message in XML",
    "Error": "an error message in XML",
    "OpenSearchDescription": "a description of a search engine",
    "Envelope": "a SOAP message",
}
_ENTRY = re.compile(rb"<(?:[\w.-]{1,20}:)?(?:item|entry)[\s>/]", re.IGNORECASE)


def unknown_dialect(data: bytes) -> str | None:
    """Why a document that calls itself a feed has no entry a reader knows, or ``None`` when it is simply empty.

    It is a dialect when there is not a channel, or when elements are repeated that no feed format has.
    """
    if _ENTRY.search(data):
        return None
    names = _elements(data[:_LOOK].decode("utf-8", "ignore"))
    bare = [name.rpartition(":")[2].lower() for name in names]
    many = _holding(names)
    if bare and bare[0] != "feed" and "channel" not in bare:
        return f"an XML document <{one_line(names[0], 40)}> without a channel{many}; no feed format has that"
    return f"a feed without entries{many}, which no feed format has" if many and "title" in bare[4:] else None


def _elements(text: str) -> list[str]:
    """The names of the elements that begin in ``text``, without those in comments."""
    pieces: list[str] = []
    at = 0
    while (begin := text.find("<!--", at)) >= 0 and (end := text.find("-->", begin)) >= 0:
        pieces.append(text[at:begin])
        at = end + 3
    pieces.append(text[at:])
    return _ELEMENT.findall("".join(pieces))


def _holding(names: list[str]) -> str:
    """``: it holds 17 <Items>``, of the elements that are repeated most and could be entries."""
    counts = Counter(name for name in names if name.lower() not in _REPEATED and ":" not in name)
    often = counts.most_common(1)
    return f": it holds {often[0][1]} <{one_line(often[0][0], 40)}>" if often and often[0][1] > 1 else ""


#: What a feed may have several of without having entries.
_REPEATED_NAMES = """
    link category atom:link a10:link atom10:link day hour skipdays author name url title p a br li div span
    description href rel type length id uri email contributor rdf:li image width height updated
    created published modified summary content source guid pubdate enclosure ispermalink language generator rights
"""
_REPEATED = frozenset(_REPEATED_NAMES.split())


def describe_json(value: object) -> str:
    """What a JSON value is that is no JSON Feed: its own error message, or the names of its fields."""
    if not isinstance(value, dict):
        return (
            f"JSON that is not a feed (a list of {len(value)})"
            if isinstance(value, list)
            else "JSON that is not a feed"
        )
    fields = JsonObject(value)
    for name in ("error_description", "message", "error", "detail", "title", "reason"):
        said = fields.text(name) or fields.object(name).text("message")
        if said:
            return f"a JSON message instead of a feed: “{one_line(said, 100)}”"
    names = ", ".join(one_line(str(name), 30) for name in list(value)[:6])
    return f"JSON, but no JSON Feed; its fields are: {names or 'none'}"
