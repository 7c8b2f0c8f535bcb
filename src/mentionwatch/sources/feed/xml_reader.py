"""The quick reader of feeds: expat, a tree, one pass; it steps aside wherever feedparser might read something else.

feedparser is the judge of what a feed says, and costs thirty times as much. What is here follows its rules for
well-formed documents – which of two titles counts, what a second description is, where a date comes from – and
raises ``NeedsFullParser`` for everything else: broken XML, a document type, elements within elements
where only text belongs, names from namespaces it does not know. ``tests/sources/test_recorded_feeds.py`` holds the two
readers against each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, XMLParser, fromstring

from mentionwatch.sources.feed.document import Document, Person
from mentionwatch.sources.feed.elements import NAMESPACES, XHTML, Names, Scope, link_of, text_of
from mentionwatch.sources.feed.entry import BODIES, CONTENTS, READ, EntryReader
from mentionwatch.sources.protocols import NeedsFullParser

#: Above these a document goes where memory and time are limited. The tree takes some 200 bytes an element.
_MAX_BYTES = 2_000_000
_MAX_ELEMENTS = 60_000

#: Comments and processing instructions may stand before the root; a document type may not, it can hold entities.
_PROLOG = re.compile(rb"(?:\s|<\?[^>]*\?>|<!--(?:[^-]|-(?!-))*-->)*<(?=[A-Za-z_])")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_XMLNS = re.compile(rb"""xmlns(?::([\w.-]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")

#: Prefixes under which feedparser takes an element at its word even when its namespace is another.
_PREFIXES = frozenset(prefix.rstrip("_").encode() for prefix in NAMESPACES.values() if prefix)


def read(data: bytes) -> Document:
    """The feed in ``data``, which is UTF-8.

    Addresses are as written where the document has no ``xml:base``. Raises ``NeedsFullParser``.
    """
    if len(data) > _MAX_BYTES or data.count(b"<") > _MAX_ELEMENTS:
        raise NeedsFullParser("a large document")
    if not _PROLOG.match(data[:4096]):
        raise NeedsFullParser("a document type, or no element at the beginning")
    plain = _plain_namespaces(data)
    try:
        root = fromstring(data, parser=XMLParser(encoding="utf-8"))  # no document type, so no entities
    except (ParseError, ValueError) as error:
        raise NeedsFullParser("not well-formed") from error
    document = _Reader(root, plain).document()
    if b"xml:base" in data and any(map(_is_relative, _addresses(document))):
        raise NeedsFullParser("a relative address where feedparser may remember another element's base")
    return document


def _addresses(document: Document) -> Iterator[str]:
    for entry in document.entries:
        yield from (link.href for link in entry.links)
        if entry.id:
            yield entry.id


def _is_relative(address: str) -> bool:
    return not _SCHEME.match(address)


def _plain_namespaces(data: bytes) -> frozenset[str]:
    """Unknown namespaces that are only ever the default one: feedparser takes their elements for a feed's own."""
    default: set[str] = set()
    prefixed: set[str] = set()
    for prefix, one, other in set(_XMLNS.findall(data)):
        uri = (one or other).decode("utf-8", "replace").replace("&amp;", "&").lower()
        known = NAMESPACES.get(uri)
        if prefix in _PREFIXES and (known is None or known.rstrip("_").encode() != prefix):
            raise NeedsFullParser("a well-known prefix stands for another namespace")
        if "&#" in uri or ("backend.userland.com/rss" in uri and known is None):
            raise NeedsFullParser("a namespace written in an unusual way")
        if known is None:
            (prefixed if prefix else default).add(uri)
    if default & prefixed:
        raise NeedsFullParser("a namespace with and without a prefix")
    return frozenset(default)


class _Reader:
    """One document being read."""

    def __init__(self, root: Element, plain: frozenset[str]) -> None:
        self.root = root
        self.names = Names(plain)
        self.language: str | None = None
        self.authors: list[Person] = []
        self.home: str | None = None
        self.title: str | None = None
        #: feedparser still holds, from the feed's own description, that content has been seen.
        self.content_seen = False

    def document(self) -> Document:
        kind = self.names.of(self.root)
        scope = Scope("", None).inside(self.root)
        if kind == "feed":
            form = "atom10" if "}" in self.root.tag and "w3.org/2005/" in self.root.tag else "atom03"
            entries = self._children(self.root, "entry")
            self._about(self.root, scope, "entry")
        elif kind in ("rss", "rdf_rdf"):
            channels = self._children(self.root, "channel")
            if len(channels) != 1:
                raise NeedsFullParser("no channel, or several")
            channel = channels[0]
            form = _rss_format(self.root) if kind == "rss" else _rdf_format(channel)
            entries = self._children(channel if kind == "rss" else self.root, "item")
            within = scope.inside(channel)
            self._about(channel, within, "item")
            scope = within if kind == "rss" else scope
        else:
            raise NeedsFullParser("the root element is unknown")
        self._count(len(entries))
        atom = form.startswith("atom")
        readers = [EntryReader(self.names, atom, entry, scope) for entry in entries]
        if readers and self.content_seen:
            readers[0].has_content = True
        return Document(
            format=form,
            language=self.language or (scope.language if kind != "rdf_rdf" else None),
            authors=tuple(self.authors) if atom else (),
            entries=tuple(reader.entry() for reader in readers),
            home=self.home,
            title=self.title,
        )

    def _children(self, element: Element, name: str) -> list[Element]:
        return [child for child in element if self.names.of(child) == name]

    def _count(self, found: int) -> None:
        """Entries stand where they belong, and nowhere else."""
        tags = {element.tag for element in self.root.iter()}
        wanted = [tag for tag in tags if self.names.of_tag(tag) in ("item", "entry")]
        if sum(1 for tag in wanted for _ in self.root.iter(tag)) != found:
            raise NeedsFullParser("entries within entries, or outside the channel")

    def _about(self, channel: Element, scope: Scope, entry: str) -> None:
        """What the feed says of itself: language and authors, and nothing that would confuse feedparser."""
        summary_seen = entry_seen = False
        for child in channel:
            name = self.names.of(child)
            if len(child) and name not in _PARTS_OF_FEEDS and child.get("type") not in XHTML:
                raise NeedsFullParser("elements where only text belongs")
            if name == entry:
                entry_seen = True
            elif name in BODIES or name in CONTENTS:
                if name in CONTENTS or summary_seen:
                    if entry_seen:
                        raise NeedsFullParser("content of the feed itself among its entries")
                    self.content_seen = True
                summary_seen = summary_seen or name not in ("description", "dc_description", "abstract")
            elif name == "link":
                link = link_of(child, scope)
                self.home = self.home or (link.href if link and link.rel == "alternate" else None)
            elif name == "title":
                self.title = self.title or text_of(child) or None
            elif name in ("language", "dc_language"):
                self.language = text_of(child) or self.language
            elif name in _AUTHORS:
                self.authors.append(self.names.person(child, scope.base))
            elif len(child) and name != "contributor":
                fitting = _FITTING.get(name, frozenset())
                inner = set(self.names.inside(child)) & READ.keys()
                if not inner <= fitting or (name == "image" and any(len(part) for part in child)):
                    raise NeedsFullParser("something known inside something else")


def _rss_format(root: Element) -> str:
    version = root.get("version", "")
    if version in ("0.91", "0.92", "0.93", "0.94"):
        return f"rss0{version[2:]}"
    return "rss20" if version.startswith("2.") else "rss"


def _rdf_format(channel: Element) -> str:
    return "rss090" if "my.netscape.com" in channel.tag else "rss10"


_AUTHORS = frozenset(("author", "dc_creator", "dc_author", "itunes_author", "managingeditor"))
#: What may hold elements in a feed beside its entries; in anything else they confuse feedparser.
_PARTS_OF_FEEDS = frozenset(
    ("?", "item", "entry", "image", "textinput", "author", "contributor", "items", "itunes_owner", "itunes_category")
)
#: Their parts that have the names of an entry's.
_FITTING = {
    "image": frozenset(("title", "link", "description")),
    "textinput": frozenset(("title", "link", "description")),
    "itunes_category": frozenset(("itunes_category",)),
}
