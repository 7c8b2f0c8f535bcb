"""Elements of feeds as feedparser takes them: their names, their text, links, people, languages and base addresses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from urllib.parse import urljoin
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from mentionwatch.sources.feed.document import Link, Person
from mentionwatch.sources.protocols import NeedsFullParser

XML = "{http://www.w3.org/XML/1998/namespace}"
XHTML = frozenset(("xhtml", "application/xhtml+xml"))

#: Namespace addresses in lower case, with the prefix feedparser gives their elements.
NAMESPACES = {
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


class Names:
    """What the elements of one document are called.

    ``plain`` are unknown namespaces whose elements count as the feed's own.
    """

    def __init__(self, plain: Collection[str]) -> None:
        self.plain = plain
        self.known: dict[str, str] = {}

    def of(self, element: Element) -> str:
        """feedparser's name for the element (``dc_creator``); ``?`` for one that no reader looks at."""
        return self.of_tag(element.tag)

    def of_tag(self, tag: str) -> str:
        """The same, for an element's tag."""
        name = self.known.get(tag)
        if name is None:
            uri, _, local = tag[1:].rpartition("}") if tag[0] == "{" else ("", "", tag)
            prefix = NAMESPACES.get(uri.lower(), "" if uri.lower() in self.plain else None)
            name = self.known[tag] = "?" if prefix is None else prefix + local.lower()
        return name

    def inside(self, element: Element) -> Iterator[str]:
        """The names of everything within the element."""
        return (self.of(inner) for inner in element.iter() if inner is not element)

    def person(self, element: Element, base: str) -> Person:
        """An author: Atom's with its parts, or RSS's as one text.

        Raises :class:`~mentionwatch.sources.NeedsFullParser` for anything between the two.
        """
        if not len(element):
            return Person(text_of(element) or None)
        if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
            raise NeedsFullParser("an author with parts and text")
        name = url = None
        for child in element:
            part = self.of(child)
            if len(child):
                raise NeedsFullParser("an author within an author")
            if part in ("name", "itunes_name"):
                name = text_of(child)
            elif part in ("uri", "url", "homepage"):
                url = joined(base, text_of(child))
            elif part not in ("email", "itunes_email", "?", "thr_count") and not part.startswith(("yt_", "media_")):
                raise NeedsFullParser("an author of unknown shape")
        return Person(name or None, url or None)


class Scope:
    """What an element hands down: the address relative ones are relative to, and the language."""

    __slots__ = ("base", "language")

    def __init__(self, base: str, language: str | None) -> None:
        self.base = base
        self.language = language

    def inside(self, element: Element) -> Scope:
        attributes = element.attrib
        if not attributes:
            return self
        if "base" in attributes:
            raise NeedsFullParser("a base without its namespace")
        base = attributes.get(XML + "base")
        language = attributes.get(XML + "lang", attributes.get("lang"))
        if base is None and language is None:
            return self
        return Scope(
            joined(self.base, base) if base else self.base,
            self.language if language is None else language or None,
        )


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


def link_of(element: Element, scope: Scope) -> Link | None:
    """The address a link element gives, in its attribute or, in RSS, as its text."""
    attributes = element.attrib
    if not attributes:
        value = text_of(element)
        if "&" in value:
            value = _ENTITY_IN_LINK.sub(r"&\1", value.replace("&amp;", "&"))
        return Link(joined(scope.base, value)) if value else None
    rel = attributes.get("rel", "alternate").lower()
    href = attributes.get("url") or attributes.get("uri") or attributes.get("href") or text_of(element)
    return Link(joined(scope.base, href), rel, attributes.get("type", "").lower() or None) if href else None


def tags_of(term: str | None, scheme: str | None, label: str | None, text: str | None) -> Iterator[str]:
    """What a category says: its term, unless that is an address, its label and its text."""
    if scheme and scheme.endswith("#kind"):  # what Google's APIs call the type of an entry
        return
    if label and (not term or "://" in term):
        term = label
    yield from dict.fromkeys(said for said in (term, label, text) if said)


def joined(base: str, address: str) -> str:
    if not base or address.startswith(("http://", "https://")):
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def markup_of(element: Element) -> str:
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
