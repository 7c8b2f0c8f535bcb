"""The quick reader of feeds: expat, a tree, one pass; it steps aside wherever feedparser might read something else.

feedparser is the judge of what a feed says, and costs thirty times as much. What is here follows its rules for
well-formed documents – which of two titles counts, what a second description is, where a date comes from – and
raises :class:`~mentionwatch.sources.Unsure` for everything else: broken XML, a document type, elements within elements
where only text belongs, names from namespaces it does not know. ``tests/test_recorded_feeds.py`` holds the two
readers against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import urljoin
from xml.etree.ElementTree import Element, ParseError, XMLParser, fromstring
from xml.sax.saxutils import escape, quoteattr

from mentionwatch.sources import Unsure
from mentionwatch.sources._feed_document import Document, Entry, Link, Passage, Person

__all__ = ["read"]

#: Above these a document goes where memory and time are limited. The tree takes some 200 bytes an element.
_MAX_BYTES = 2_000_000
_MAX_ELEMENTS = 60_000

#: Comments and processing instructions may stand before the root; a document type may not, it can hold entities.
_PROLOG = re.compile(rb"(?:\s|<\?[^>]*\?>|<!--(?:[^-]|-(?!-))*-->)*<(?=[A-Za-z_])")
_XMLNS = re.compile(rb"""xmlns(?::([\w.-]+))?\s*=\s*["']([^"'<>]*)["']""")
_XML = "{http://www.w3.org/XML/1998/namespace}"

#: Namespace addresses in lower case, with the prefix feedparser gives their elements.
_NAMESPACES = {
    "": "",
    "http://backend.userland.com/rss": "",
    "http://backend.userland.com/rss2": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://purl.org/atom/ns#": "",
    "http://www.w3.org/2005/atom": "",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf_",
    "http://purl.org/dc/elements/1.1/": "dc_",
    "http://purl.org/dc/terms/": "dcterms_",
    "http://purl.org/rss/1.0/modules/content/": "content_",
    "http://search.yahoo.com/mrss/": "media_",
    "http://search.yahoo.com/mrss": "media_",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes_",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner_",
    "http://www.pheedo.com/namespace/pheedo": "pheedo_",
    "http://www.youtube.com/xml/schemas/2015": "yt_",
    "http://itunes.apple.com/rss": "im_",
    "http://purl.org/syndication/thread/1.0": "thr_",
    "http://www.w3.org/1999/xhtml": "xhtml_",
}
#: Prefixes under which feedparser takes an element at its word even when its namespace is another.
_PREFIXES = frozenset(prefix.rstrip("_").encode() for prefix in _NAMESPACES.values() if prefix)

_TEXT_TYPES = {
    "text": False, "plain": False, "text/plain": False,
    "html": True, "text/html": True, "xhtml": True, "application/xhtml+xml": True,
}  # fmt: skip


def read(data: bytes) -> Document:
    """The feed in ``data``, which is UTF-8.

    Addresses are as written where the document has no ``xml:base``. Raises :class:`~mentionwatch.sources.Unsure`.
    """
    if len(data) > _MAX_BYTES or data.count(b"<") > _MAX_ELEMENTS:
        raise Unsure("a large document")
    if not _PROLOG.match(data[:4096]):
        raise Unsure("a document type, or no element at the beginning")
    plain = _plain_namespaces(data)
    try:
        root = fromstring(data, parser=XMLParser(encoding="utf-8"))  # no document type, so no entities
    except (ParseError, ValueError) as error:
        raise Unsure("not well-formed") from error
    return _Reader(root, plain).document()


def _plain_namespaces(data: bytes) -> frozenset[str]:
    """Unknown namespaces that are only ever the default one: feedparser takes their elements for a feed's own."""
    default: set[str] = set()
    prefixed: set[str] = set()
    for prefix, raw in set(_XMLNS.findall(data)):
        uri = raw.decode("utf-8", "replace").replace("&amp;", "&").lower()
        known = _NAMESPACES.get(uri)
        if prefix in _PREFIXES and (known is None or known.rstrip("_").encode() != prefix):
            raise Unsure("a well-known prefix stands for another namespace")
        if "&#" in uri or ("backend.userland.com/rss" in uri and known is None):
            raise Unsure("a namespace written in an unusual way")
        if known is None:
            (prefixed if prefix else default).add(uri)
    if default & prefixed:
        raise Unsure("a namespace with and without a prefix")
    return frozenset(default)


class _Scope:
    """What an element hands down: the address relative ones are relative to, and the language."""

    __slots__ = ("base", "language")

    def __init__(self, base: str, language: str | None) -> None:
        self.base = base
        self.language = language

    def inside(self, element: Element) -> _Scope:
        attributes = element.attrib
        if not attributes:
            return self
        if "base" in attributes:
            raise Unsure("a base without its namespace")
        base = attributes.get(_XML + "base")
        language = attributes.get(_XML + "lang", attributes.get("lang"))
        if base is None and language is None:
            return self
        return _Scope(
            _joined(self.base, base) if base else self.base,
            self.language if language is None else language or None,
        )


class _Reader:
    """One document being read."""

    def __init__(self, root: Element, plain: frozenset[str]) -> None:
        self.root = root
        self.plain = plain
        self.names: dict[str, str] = {}
        self.atom = False
        self.format = ""

    def name(self, element: Element) -> str:
        """feedparser's name for the element (``dc_creator``); ``?`` for one that no reader looks at."""
        tag = element.tag
        known = self.names.get(tag)
        if known is None:
            uri, _, local = tag[1:].rpartition("}") if tag[0] == "{" else ("", "", tag)
            prefix = _NAMESPACES.get(uri.lower(), "" if uri.lower() in self.plain else None)
            known = self.names[tag] = "?" if prefix is None else prefix + local.lower()
        return known

    def document(self) -> Document:
        kind = self.name(self.root)
        scope = _Scope("", None).inside(self.root)
        if kind == "feed":
            uri = self.root.tag[1:].partition("}")[0].lower()
            self.atom = True
            self.format = "atom10" if uri == "http://www.w3.org/2005/atom" else "atom03"
            channel, entries = self.root, [child for child in self.root if self.name(child) == "entry"]
            inner = scope
        elif kind in ("rss", "rdf_rdf"):
            channels = [child for child in self.root if self.name(child) == "channel"]
            if len(channels) != 1:
                raise Unsure("no channel, or several")
            channel = channels[0]
            inner = scope.inside(channel)
            holder = channel if kind == "rss" else self.root
            entries = [child for child in holder if self.name(child) == "item"]
            self.format = self._rss_format() if kind == "rss" else self._rdf_format(channel)
            if kind == "rdf_rdf":
                inner = scope
        else:
            raise Unsure("the root is none that is known")
        self._count(len(entries))
        home, language, title, identity, authors = self._about(channel, scope if self.atom else scope.inside(channel))
        return Document(
            format=self.format,
            id=identity,
            title=title,
            home=home,
            language=language or scope.language,
            authors=tuple(authors),
            entries=tuple(_EntryReader(self, entry, inner).entry() for entry in entries),
        )

    def _count(self, found: int) -> None:
        """Entries stand where they belong, and nowhere else."""
        tags = {element.tag for element in self.root.iter()}
        wanted = [tag for tag in tags if self.name_of(tag) in ("item", "entry")]
        if sum(1 for tag in wanted for _ in self.root.iter(tag)) != found:
            raise Unsure("entries within entries, or outside the channel")

    def name_of(self, tag: str) -> str:
        return self.names[tag] if tag in self.names else self.name(Element(tag))

    def _rss_format(self) -> str:
        version = self.root.get("version", "")
        return {"0.91": "rss091", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}.get(
            version, "rss20" if version.startswith("2.") else "rss"
        )

    def _rdf_format(self, channel: Element) -> str:
        return "rss090" if "my.netscape.com" in channel.tag else "rss10"

    def _about(
        self, channel: Element, scope: _Scope
    ) -> tuple[str | None, str | None, str | None, str | None, list[Person]]:
        """Address, language, title, id and authors of the feed itself."""
        home = language = title = identity = None
        authors: list[Person] = []
        for child in channel:
            name = self.name(child)
            if name == "link":
                link = link_of(child, scope)
                if link and home is None and link.rel == "alternate":
                    home = link.href
            elif name in ("language", "dc_language"):
                language = text_of(child) or language
            elif name in ("title", "dc_title"):
                title = title or text_of(child)
            elif name == "id" and self.atom:
                identity = text_of(child) or None
            elif name == "author" and self.atom:
                authors.append(self.person(child, scope))
        return home, language, title, identity, authors

    def person(self, element: Element, scope: _Scope) -> Person:
        """An author: Atom's with its parts, or RSS's as one text."""
        if not len(element):
            return Person(text_of(element) or None)
        name = url = None
        for child in element:
            part = self.name(child)
            if len(child):
                raise Unsure("an author within an author")
            if part in ("name", "itunes_name"):
                name = text_of(child)
            elif part in ("uri", "url", "homepage"):
                url = _joined(scope.base, text_of(child))
            elif part not in ("email", "itunes_email", "?", "thr_count") and not part.startswith(("yt_", "media_")):
                raise Unsure("an author of unknown shape")
        return Person(name or None, url or None)

    def known_inside(self, element: Element) -> bool:
        """Whether something is hidden in an element nobody looks at that feedparser would find."""
        return any(self.name(inner) in _READ for inner in element.iter() if inner is not element)


class _EntryReader:
    """One entry being read. ``depth`` is 1 for its children and more within media groups."""

    def __init__(self, reader: _Reader, element: Element, scope: _Scope) -> None:
        self.reader = reader
        self.element = element
        self.scope = scope.inside(element)
        about = element.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
        self.id: str | None = about or None
        self.links: list[Link] = []
        self.media: list[Link] = []
        self.title: Passage | None = None
        self.title_depth = 0
        self.title_final = False
        self.summary: Passage | None = None
        self.summary_depth = 0
        self.contents: list[Passage] = []
        self.has_content = False
        self.authors: list[Person] = []
        self.dates: dict[str, str] = {}
        self.tags: list[str] = []
        self.language: str | None = None
        self.texts: dict[str, str] = {}
        self.publisher: str | None = None
        self.publisher_url: str | None = None
        self.id_is_link = False
        self.spoken: str | None = None

    def entry(self) -> Entry:
        for child in self.element:
            self._take(child, self.scope, 1)
        bodies = [*self.contents]
        if self.summary is not None and self.summary.value:
            bodies.insert(0, self.summary)
        dates = self.dates
        return Entry(
            id=self.id,
            id_is_link=self.id_is_link,
            links=(*self.links, *self.media),
            title=self.title,
            bodies=tuple(bodies),
            authors=tuple(self.authors),
            published=tuple(dates[name] for name in ("published", "created", "updated") if dates.get(name)),
            tags=tuple(self.tags),
            language=self.language or self.spoken or self.scope.language,
            comments=self.texts.get("comments"),
            publisher=self.publisher,
            publisher_url=self.publisher_url,
            original=self.texts.get("original"),
            in_reply_to=self.texts.get("reply"),
            video="yt_videoid" in self.texts,
            rating=self.texts.get("im_rating"),
        )

    def _take(self, child: Element, scope: _Scope, depth: int) -> None:
        name = self.reader.name(child)
        action = _READ.get(name)
        if action is not None:
            action(self, child, scope, depth, name)
        elif len(child) and self.reader.known_inside(child):
            raise Unsure("something known inside something unknown")

    def _take_link(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        link = link_of(child, scope.inside(child))
        if link is not None:
            self.links.append(link)

    def _take_id(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        value = text_of(child)
        permanent = child.get("isPermaLink", child.get("ispermalink", "true")) == "true"
        self.id = (_joined(scope.inside(child).base, value) if permanent and value else value) or None
        self.id_is_link = permanent and not any(
            link.rel == "alternate" and "html" in (link.type or "html") for link in self.links
        )

    def _take_title(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        passage = self._passage(child, scope, False)
        if passage is None or self.title_final:
            return
        if not passage.value and self.title is not None:
            raise Unsure("an empty title beside another")
        if self.title is None or depth <= self.title_depth:
            self.title, self.title_depth = passage, depth
            self.spoken = child.get(_XML + "lang") or self.spoken
        if name != "media_title" and passage.value:
            self.title_final = True

    def _take_body(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        """Descriptions and summaries: the first is the summary, the second content, a third the summary again."""
        passage = self._passage(child, scope, name in ("description", "dc_description", "media_description"))
        if passage is None:
            raise Unsure("a description of another media type")
        if self.summary is not None and not self.has_content:
            self.has_content = True
            self.contents.append(passage)
        elif self.summary is None or depth <= self.summary_depth or not self.summary_depth:
            self.summary, self.summary_depth = passage, depth
        self.spoken = child.get(_XML + "lang") or self.spoken

    def _take_content(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        self.has_content = True
        passage = self._passage(child, scope, name in ("content_encoded", "fullitem"))
        if passage is None or "src" in child.attrib:
            raise Unsure("content of another media type, or elsewhere")
        self.contents.append(passage)
        if self.summary is None:
            self.summary, self.summary_depth = passage, 0
        self.spoken = child.get(_XML + "lang") or self.spoken

    def _passage(self, child: Element, scope: _Scope, markup: bool) -> Passage | None:
        """The text of an element with its type, ``None`` when the type is no text."""
        attributes = child.attrib
        declared = attributes.get("type")
        kind = _TEXT_TYPES.get(declared.lower()) if declared else markup
        if kind is None or attributes.get("mode") == "base64":
            return None
        if len(child):
            if declared not in ("xhtml", "application/xhtml+xml"):
                raise Unsure("elements where only text belongs")
            value = _markup_of(child)
            kind = True
        else:
            value = text_of(child)
        base = scope.inside(child).base if attributes else scope.base
        return Passage(value, kind if self.reader.atom else None, base or None)

    def _take_author(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        self.authors.append(self.reader.person(child, scope))

    def _take_date(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        self.dates[_DATES[name]] = text_of(child)

    def _take_category(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        attributes = child.attrib
        scheme = attributes.get("scheme", attributes.get("domain"))
        self.tags.extend(tags_of(attributes.get("term"), scheme, attributes.get("label"), text_of(child)))

    def _take_keywords(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        if name == "itunes_category":
            self.tags.append(child.get("text", ""))
        elif not child.attrib:
            self.tags.extend(text_of(child).split(","))

    def _take_source(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        self.publisher_url = child.get("url")
        title = text_of(child)
        for inner in child:
            part = self.reader.name(inner)
            if part == "title":
                title = title or text_of(inner)
            elif part == "link" and self.publisher_url is None:
                link = link_of(inner, scope)
                self.publisher_url = link.href if link and link.rel == "alternate" else None
        self.publisher = title or None

    def _take_media(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        if name == "media_content" and child.get("url"):
            self.media.append(Link(child.attrib["url"], "enclosure", child.get("type")))
        for inner in child:
            self._take(inner, scope, depth + 1)

    def _take_enclosure(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        href = child.get("url") or child.get("href")
        if href:
            self.links.append(Link(href, "enclosure", child.get("type")))

    def _take_language(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        self.language = text_of(child) or self.language

    def _take_text(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        value = text_of(child)
        if name == "comments":
            value = _joined(scope.base, value)
        if value and not (child.attrib and name != "comments"):
            self.texts[_KEPT.get(name, name)] = value

    def _take_reply(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        href = child.get("href") or child.get("ref")
        if href:
            self.texts["reply"] = href

    def _take_image(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        if len(child):
            raise Unsure("an image with parts of its own")

    def _take_unsure(self, child: Element, scope: _Scope, depth: int, name: str) -> None:
        raise Unsure(f"an element read by feedparser alone: {name}")


_DATES = {
    "pubdate": "published", "published": "published", "issued": "published", "dcterms_issued": "published",
    "created": "created", "dcterms_created": "created",
    "updated": "updated", "modified": "updated", "lastbuilddate": "updated", "dc_date": "updated", "date": "updated",
    "dcterms_modified": "updated",
}  # fmt: skip
_KEPT = {"feedburner_origlink": "original", "pheedo_origlink": "original"}

_Action = Callable[[_EntryReader, Element, _Scope, int, str], None]
#: What is read of an entry. Everything else is ignored by both readers.
_READ: dict[str, _Action] = {
    "link": _EntryReader._take_link,
    "guid": _EntryReader._take_id,
    "id": _EntryReader._take_id,
    **dict.fromkeys(("title", "dc_title", "media_title"), _EntryReader._take_title),
    **dict.fromkeys(
        ("description", "dc_description", "media_description", "summary", "itunes_summary", "abstract"),
        _EntryReader._take_body,
    ),
    **dict.fromkeys(("content", "content_encoded", "fullitem"), _EntryReader._take_content),
    **dict.fromkeys(("author", "dc_creator", "dc_author", "itunes_author"), _EntryReader._take_author),
    **dict.fromkeys(_DATES, _EntryReader._take_date),
    **dict.fromkeys(("category", "keywords", "dc_subject", "media_category"), _EntryReader._take_category),
    **dict.fromkeys(("media_keywords", "itunes_keywords", "itunes_category", "tags"), _EntryReader._take_keywords),
    "source": _EntryReader._take_source,
    "enclosure": _EntryReader._take_enclosure,
    **dict.fromkeys(("media_group", "media_content"), _EntryReader._take_media),
    **dict.fromkeys(("language", "dc_language"), _EntryReader._take_language),
    **dict.fromkeys(("comments", *_KEPT, "yt_videoid", "im_rating"), _EntryReader._take_text),
    "thr_in-reply-to": _EntryReader._take_reply,
    **dict.fromkeys(("image", "textinput"), _EntryReader._take_image),
    **dict.fromkeys(("body", "xhtml_body", "item", "entry", "managingeditor"), _EntryReader._take_unsure),
}  # fmt: skip

_C1 = re.compile("[\x80-\x9f]")
_CP1252 = {
    byte: bytes([byte]).decode("cp1252") for byte in range(0x80, 0xA0) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
#: feedparser's cure for addresses that were escaped once too often.
_ENTITY_IN_LINK = re.compile(r"&([A-Za-z0-9_]+);")


def text_of(element: Element) -> str:
    """The element's own text as feedparser gives it: UTF-8 that was taken for latin-1 is put right."""
    text = (element.text or "").strip()
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return text.translate(_CP1252) if _C1.search(text) else text


def link_of(element: Element, scope: _Scope) -> Link | None:
    """The address a link element gives, in its attribute or, in RSS, as its text."""
    attributes = element.attrib
    if not attributes:
        value = text_of(element)
        if "&" in value:
            value = _ENTITY_IN_LINK.sub(r"&\1", value.replace("&amp;", "&"))
        return Link(_joined(scope.base, value)) if value else None
    rel = attributes.get("rel", "alternate").lower()
    href = attributes.get("url") or attributes.get("uri") or attributes.get("href") or text_of(element)
    return Link(_joined(scope.base, href), rel, attributes.get("type", "").lower() or None) if href else None


def tags_of(term: str | None, scheme: str | None, label: str | None, text: str | None) -> Iterator[str]:
    """What a category says: its term, unless that is an address and there is a label to read; its text as well."""
    if scheme and scheme.endswith("#kind"):  # what Google's APIs call the type of an entry
        return
    if label and (not term or "://" in term):
        term = label
    if term:
        yield term
    if text and text != term:
        yield text


def _joined(base: str, address: str) -> str:
    if not base or address.startswith(("http://", "https://")):
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def _markup_of(element: Element) -> str:
    """The content of an XHTML element as HTML, without recursion."""
    pieces: list[str] = [escape(element.text or "")]
    open_: list[tuple[Element, Iterator[Element]]] = [(element, iter(element))]
    while open_:
        parent, children = open_[-1]
        child = next(children, None)
        if child is None:
            open_.pop()
            if open_:
                pieces.append(f"</{parent.tag.rpartition('}')[2]}>{escape(parent.tail or '')}")
            continue
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in child.attrib.items() if name[0] != "{")
        pieces.append(f"<{child.tag.rpartition('}')[2]}{attributes}>{escape(child.text or '')}")
        open_.append((child, iter(child)))
    return "".join(pieces).strip()
