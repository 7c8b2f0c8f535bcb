"""What an entry says in elements that feedparser gives to nobody, for both readers of XML alike.

Of two descriptions feedparser keeps two, of five captions none; it does not know the full text of the Russian press,
the guests of a podcast, the headline of a picture or the pages a note is about. Whatever of an entry bears words, an
address, a person, a time or a language is found here by its name, whichever namespace it is in, and added to what a
reader found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from mentionwatch.sources.feed.document import Entry, Link, Passage, Person
from mentionwatch.sources.feed.elements import NAMESPACES, XHTML, XML, joined, markup_of, text_of

#: Passages, addresses and people of one entry that are looked at; a gallery has some dozens of captions.
_MOST = 100

_XHTML = "{http://www.w3.org/1999/xhtml}"
_MEDIA = "{http://search.yahoo.com/mrss"
_PODCAST = "{https://podcastindex.org/namespace/1.0}"
_TERMS = "{http://purl.org/dc/terms/}"
_RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"

#: Names are compared in lower case, without hyphens and underlines.
_PROSE = frozenset(
    """
    description summary abstract content encoded fulltext fullitem excerpt teaser lead lede intro subtitle caption deck
    standfirst headline alternative tableofcontents snippet newsitemtitle newsitemsnippet annotation note scenetitle
    scenedescription department coverage spatial soundbite title brand articlebody plaintext
    """.split()
)
#: Names that bear words in these namespaces alone: elsewhere they are addresses or numbers.
_PROSE_OF = {_MEDIA: frozenset(("text", "comment", "response")), _PODCAST: frozenset(("location", "license"))}
#: Attributes that are read out: a chapter's title, a season's name, a picture's.
_PROSE_ATTRIBUTES = {"chapter": "title", "season": "name", "episode": "display"}
_ADDRESSES = frozenset(
    """
    player embed backlink reference chapter transcript socialinteract alternateenclosure origenclosurelink newsitemurl
    pdalink amplink seealso sameas chapters
    """.split()
)
#: In a feed's own words these are its links and its publisher, elsewhere pages the entry is about.
_FOREIGN_ADDRESSES = frozenset(
    """
    link url source identifier relation references isreferencedby isversionof hasversion replaces isreplacedby ispartof
    haspart requires isrequiredby conformsto
    """.split()
)
_CREATORS = frozenset("creator author byline maker hascreator reporter writer".split())
_OTHERS = frozenset(
    "contributor person credit editor translator illustrator reviewer narrator guest photographer interviewee".split()
)
_FIRST_DATES = ("published", "pubdate", "issued")
_MORE_DATES = (
    "datepublished", "publicationdate", "publishdate", "available", "datecreated", "coverdate", "datemodified",
    "lastmodified",
)  # fmt: skip
_TAGS = frozenset("section label genre keyword newskeywords tag hashtag".split())
_LANGUAGES = frozenset("language inlanguage contentlanguage".split())
_PUBLISHERS = frozenset("publicationname newssource publisher".split())
#: Links whose titles are the entry's words; those of the others serve readers.
_TITLED = frozenset(("alternate", "related", "via", "enclosure"))
#: Where words of something else stand: of the feed it was taken from, of the site, of another entry.
_CLOSED = frozenset(
    "source inreplyto item entry image textinput owner channel value remoteitem rights copyright".split()
)
_PLAIN = frozenset(("text", "plain", "text/plain"))
_MARKUP = frozenset(("html", "text/html"))


class More(NamedTuple):
    """What an entry says besides. ``declared_plain`` are the values of texts that the document itself calls plain."""

    bodies: tuple[Passage, ...]
    links: tuple[Link, ...]
    creators: tuple[Person, ...]
    others: tuple[str, ...]
    first_dates: tuple[str, ...]
    more_dates: tuple[str, ...]
    tags: tuple[str, ...]
    language: str | None
    publisher: str | None
    declared_plain: frozenset[str]


def with_more(entry: Entry, more: More) -> Entry:
    """``entry`` with what a reader did not take; nothing is there twice."""

    def declared(passage: Passage) -> Passage:
        return passage._replace(markup=False) if passage.value in more.declared_plain else passage

    title = declared(entry.title) if entry.title else None
    known = {body.value for body in entry.bodies} | ({title.value} if title else set())
    captions = [body for body in more.bodies if body.value not in known]
    if more.others:
        captions.append(Passage(", ".join(more.others), None))
    hrefs = {link.href for link in entry.links}
    return entry._replace(
        title=title,
        bodies=tuple(map(declared, entry.bodies)),
        captions=tuple(captions),
        links=(*entry.links, *(link for link in more.links if link.href not in hrefs)),
        authors=entry.authors or more.creators,
        published=tuple(dict.fromkeys((*more.first_dates, *entry.published, *more.more_dates))),
        tags=(*entry.tags, *more.tags),
        language=entry.language or more.language,
        publisher=entry.publisher or more.publisher,
    )


def more_of(entry: Element, base: str) -> More:
    """What ``entry`` says in all of its elements; ``base`` is the address relative ones are relative to."""
    return _Finder(base).found(entry)


class _Finder:
    def __init__(self, base: str) -> None:
        self.base = base
        self.bodies: dict[str, Passage] = {}
        self.links: dict[str, Link] = {}
        self.creators: dict[Person, None] = {}
        self.others: dict[str, None] = {}
        self.dates: dict[str, str] = {}
        self.tags: list[str] = []
        self.language: str | None = None
        self.publisher: str | None = None
        self.plain: set[str] = set()

    def found(self, entry: Element) -> More:
        open_ = [iter(entry)]
        while open_:
            child = next(open_[-1], None)
            if child is None:
                open_.pop()
            elif self._take(child, len(open_)):
                open_.append(iter(child))
        return More(
            tuple(self.bodies.values()),
            tuple(self.links.values()),
            tuple(self.creators),
            tuple(self.others),
            tuple(date for name in _FIRST_DATES if (date := self.dates.get(name))),
            tuple(date for name in _MORE_DATES if (date := self.dates.get(name))),
            tuple(self.tags),
            self.language,
            self.publisher,
            frozenset(self.plain),
        )

    def _take(self, element: Element, depth: int) -> bool:
        """Keep what the element says; whether what stands in it is to be looked at as well."""
        space, _, local = element.tag.rpartition("}")
        name = local.lower().replace("-", "").replace("_", "")
        if space + "}" == _XHTML:
            return False
        attribute = _PROSE_ATTRIBUTES.get(name)
        if attribute and element.get(attribute):
            self._say(Passage(element.attrib[attribute].strip(), None))
        if name in _PROSE or any(space.startswith(uri.rstrip("}")) and name in of for uri, of in _PROSE_OF.items()):
            return self._read(element)
        if name in _CREATORS or name in _OTHERS:
            self._meet(element, name)
            return False
        if name == "link" and element.get("title") and element.get("rel", "alternate") in _TITLED:
            self._say(Passage(element.attrib["title"].strip(), None))
        if name == "link" and element.attrib and (written := text_of(element)).startswith(("http://", "https://")):
            self.links.setdefault(written, Link(written))  # beside the address of another protocol
        foreign = name in _FOREIGN_ADDRESSES and NAMESPACES.get(space[1:].lower()) != ""
        if name in _ADDRESSES or foreign:
            self._point(element, name)
        text = text_of(element) if not len(element) else ""
        if depth == 1 and text and name in (*_FIRST_DATES, *_MORE_DATES):
            # A book's year is not its entry's (Dublin Core's "issued" beside Atom's "published").
            self.dates["available" if name == "issued" and space + "}" == _TERMS else name] = text
        elif text and depth > 1 and name in _MORE_DATES:
            self.dates.setdefault(name, text)
        elif text and depth > 1 and name == "keywords":
            self.tags.extend(text.split(","))
        elif name == "publication" and (called := element.find("{*}name")) is not None:
            self.publisher = self.publisher or text_of(called) or None
        elif len(element) and name in ("category", "subject", "keywords"):
            self.tags.append(" ".join("".join(element.itertext()).split()))
        elif text and name in _TAGS:
            self.tags.extend(text.split(","))
        elif text and name in _LANGUAGES:
            self.language = self.language or text
        elif text and name in _PUBLISHERS:
            self.publisher = self.publisher or text
        return len(element) > 0 and name not in _CLOSED

    def _read(self, element: Element) -> bool:
        """A text; a container of that name is none (``media:content`` holds captions)."""
        kind = element.get("type", "").lower()
        if element.tag.startswith(_MEDIA) and element.tag.endswith("}content"):
            self._point(element, "content")
            return True
        if element.get("mode") == "base64" or ("/" in kind and not kind.startswith("text/") and kind not in XHTML):
            return False
        if element.get("src"):
            self._point(element, "content")
            return False
        base = self._base(element)
        if len(element):
            self._say(Passage(markup_of(element), True, base))
        elif value := text_of(element):
            if kind in _PLAIN:
                self.plain.add(value)
            self._say(Passage(value, False if kind in _PLAIN else True if kind in _MARKUP else None, base))
        return False

    def _base(self, element: Element) -> str | None:
        own = element.get(XML + "base")
        return (joined(self.base, own) if own else self.base) or None

    def _say(self, passage: Passage) -> None:
        if passage.value and len(self.bodies) < _MOST:
            self.bodies.setdefault(passage.value, passage)

    def _meet(self, element: Element, name: str) -> None:
        """A person: its name among its parts, or as its text."""
        parts = {child.tag.rpartition("}")[2].lower(): child for child in element}
        called = next((parts[part] for part in ("name", "displayname", "nick") if part in parts), None)
        said = called if called is not None else element
        text = " ".join("".join(said.itertext()).split()) if called is not None or "email" not in parts else ""
        if not text or len(self.others) + len(self.creators) >= _MOST:
            return
        home = next((text_of(parts[part]) for part in ("uri", "url", "homepage") if part in parts), "")
        home = home or element.get("href", "")
        leads = name in _CREATORS or (name == "person" and element.get("role", "host").lower() in ("host", "author"))
        if leads or element.get("role", "").lower() in ("author", "reporter", "writer"):
            self.creators.setdefault(Person(text, joined(self.base, home) or None if home else None))
        else:
            self.others.setdefault(text)
            if home:
                self._keep(home, None)

    def _point(self, element: Element, name: str) -> None:
        """An address, in an attribute or as the text."""
        given = (element.get(key) for key in ("url", "uri", "href", "src", _RESOURCE))
        address = next(filter(None, given), None)
        text = text_of(element) if not len(element) else ""
        if address is None and text.startswith(("http://", "https://")):
            address = text
        if address:
            self._keep(address, element.get("type"))
        if address and text and text != address and name != "link":
            self._say(Passage(text, None))

    def _keep(self, address: str, kind: str | None) -> None:
        if len(self.links) < _MOST and not (kind or "").startswith("image/"):
            made = joined(self.base, address.strip())
            self.links.setdefault(made, Link(made, "related", kind))


_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]*):[A-Za-z_]|\s([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*\s*=")
_DECLARED = re.compile(r"\sxmlns:([\w.-]+)\s*=")
_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)


def more_of_each(data: bytes, entries: int) -> list[More]:
    """What each of the ``entries`` that feedparser found in ``data``, which is UTF-8, says besides.

    Nothing where the document cannot be read as a tree, or has another number of entries; of one that was cut off,
    what stands before the damage. A prefix that is not declared stands for itself.
    """
    text = data.decode("utf-8", "replace")
    begin = _ROOT.search(text)
    if begin is None:
        return []
    text = text[begin.start() :]
    used = {one or other for one, other in _PREFIX.findall(text)} - set(_DECLARED.findall(text)) - {"xml", "xmlns"}
    spaces = "".join(f' xmlns:{prefix}="{prefix}:"' for prefix in sorted(used)[:50])
    end = begin.end() - begin.start()
    parser: XMLPullParser[Any] = XMLPullParser(("start",))
    sound = True
    try:
        parser.feed((text[:end] + spaces + text[end:]).encode())
        parser.close()
    except (ParseError, ValueError):
        sound = False
    root = _root(parser)
    if root is None:
        return []
    found = [more_of(element, base) for element, base in _entries(root)]
    return found if len(found) == entries or (not sound and len(found) <= entries + 1) else []


def _root(parser: XMLPullParser[Any]) -> Element | None:
    """The first element; it holds what came before the document broke."""
    try:
        event: Any = next(iter(parser.read_events()), None)
    except ParseError:
        return None
    return event[1] if event else None


def _entries(root: Element) -> Iterator[tuple[Element, str]]:
    """Every entry in the document's order, with the base it stands in."""
    open_ = [(iter((root,)), "")]
    while open_:
        children, base = open_[-1]
        child = next(children, None)
        if child is None:
            open_.pop()
            continue
        own = child.get(XML + "base")
        inner = joined(base, own) if own else base
        if child.tag.rpartition("}")[2].lower() in ("item", "entry"):
            yield child, inner
        else:
            open_.append((iter(child), inner))
