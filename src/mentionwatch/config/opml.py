"""OPML: lists of feeds as readers exchange them (OPML 2.0, opml.org/spec2.opml)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass

from mentionwatch.errors import UserError
from mentionwatch.text import one_line
from mentionwatch.urls import safe_url

#: Outlines read of one file; nobody follows more feeds.
_MOST = 50_000


@dataclass(frozen=True, slots=True)
class FeedOutline:
    """One feed: its name, as the reader had it, and its address."""

    name: str
    url: str


def parse_opml(document: bytes) -> tuple[FeedOutline, ...]:
    """The feeds of an OPML document, in order, each address once; folders are passed through.

    Raises :class:`~mentionwatch.errors.UserError` for what is not OPML. Addresses that are not http or https are left
    out.
    """
    if b"<!ENTITY" in document:
        # No reader writes entities; a small file could expand to a huge one.
        raise UserError("the OPML file declares entities; remove them")
    try:
        root = ET.fromstring(document)
    except (ET.ParseError, ValueError) as error:
        raise UserError(f"not an OPML file: {error}") from error
    if root.tag.lower() != "opml":
        raise UserError(f"not an OPML file, but an XML document <{one_line(root.tag, 40)}>")
    found: dict[str, FeedOutline] = {}
    for element in root.iter():
        given = {key.lower(): value for key, value in element.attrib.items()}
        url = safe_url(given.get("xmlurl"))
        if element.tag.lower() == "outline" and url is not None:
            name = one_line(given.get("title") or given.get("text") or url, 100)
            found.setdefault(url, FeedOutline(name, url))
            if len(found) >= _MOST:
                break
    return tuple(found.values())


def format_opml(feeds: Iterable[FeedOutline]) -> str:
    """An OPML 2.0 document of these feeds."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "mentionwatch"
    body = ET.SubElement(root, "body")
    for feed in feeds:
        ET.SubElement(body, "outline", type="rss", text=feed.name, title=feed.name, xmlUrl=feed.url)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
