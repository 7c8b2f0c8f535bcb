"""One entry of a well-formed feed, read by feedparser's rules; see ``xml_reader``."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

from mentionwatch.sources.feed.document import Entry, Link, Passage, Person
from mentionwatch.sources.feed.elements import XHTML, Names, Scope, joined, link_of, markup_of, tags_of, text_of
from mentionwatch.sources.feed.vocabulary import more_of, with_more
from mentionwatch.sources.protocols import NeedsFullParser

_TEXT_TYPES = {
    "text": False, "plain": False, "text/plain": False,
    "html": True, "text/html": True, "xhtml": True, "application/xhtml+xml": True,
}  # fmt: skip


class EntryReader:
    """One entry being read. ``depth`` is 1 for its children and more within media groups."""

    def __init__(self, names: Names, atom: bool, element: Element, scope: Scope) -> None:
        self.names = names
        self.atom = atom
        self.element = element
        self.scope = scope.inside(element)
        about = element.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
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
        self.authors_in_parts = False
        self.tags: list[str] = []
        self.texts: dict[str, str] = {"id": about} if about else {}
        self.depths: dict[str, int] = {}
        self.publisher: str | None = None
        self.publisher_url: str | None = None
        #: The languages of title, summary and content.
        self.spoken: list[str | None] = [None, None, None]

    def entry(self) -> Entry:
        for child in self.element:
            self._take(child, self.scope, 1)
        bodies = [*self.contents]
        if self.summary is not None and self.summary.value:
            bodies.insert(0, self.summary)
        entry = Entry(
            id=self.texts.get("id") or None,
            links=(*self.links, *self.media),
            title=self.title,
            bodies=tuple(bodies),
            authors=tuple(self.authors),
            published=tuple(date for name in ("published", "created", "updated") if (date := self.texts.get(name))),
            tags=tuple(self.tags),
            language=self.texts.get("language") or next(filter(None, self.spoken), None),
            comments=self.texts.get("comments"),
            publisher=self.publisher,
            publisher_url=self.publisher_url,
            original=self.texts.get("original"),
            in_reply_to=self.texts.get("reply"),
            video="yt_videoid" in self.texts,
            rating=self.texts.get("im_rating"),
        )
        return with_more(entry, more_of(self.element, self.scope.base))

    def _take(self, child: Element, scope: Scope, depth: int) -> None:
        name = self.names.of(child)
        action = READ.get(name)
        if action is not None:
            if len(child) and name not in _MAY_HOLD:
                raise NeedsFullParser("elements where only text belongs")
            action(self, child, scope, depth, name)
        elif len(child) and any(inner in READ for inner in self.names.inside(child)):
            raise NeedsFullParser("something known inside something unknown")

    def _take_link(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        link = link_of(child, scope.inside(child))
        if link is not None:
            self.links.append(link)

    def _take_id(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        value = text_of(child)
        permanent = child.get("isPermaLink", child.get("ispermalink", "true")) == "true"
        self._keep("id", joined(scope.inside(child).base, value) if permanent and value else value, depth)

    def _keep(self, name: str, value: str, depth: int) -> None:
        """The last one counts, unless it lies deeper than one before."""
        if depth <= self.depths.get(name, depth):
            self.texts[name], self.depths[name] = value, depth

    def _take_title(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        passage = self._passage(child, scope, False)
        if passage is None:
            raise NeedsFullParser("a title of another media type")
        if self.title_final:
            return
        if not passage.value and self.title is not None:
            raise NeedsFullParser("an empty title beside another")
        if self.title is None or depth <= self.title_depth:
            self.title, self.title_depth = passage, depth
            self.spoken[0] = scope.inside(child).language
        if name != "media_title" and passage.value:
            self.title_final = True

    def _take_body(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        """Descriptions and summaries: the first is the summary, the second content, a third the summary again."""
        passage = self._passage(child, scope, name in ("description", "dc_description", "media_description"))
        if passage is None:
            raise NeedsFullParser("a description of another media type")
        if self.summary is not None and not self.has_content:
            self.has_content = True
            self.contents.append(passage)
            self.spoken[2] = self.spoken[2] or scope.inside(child).language
        elif self.summary is None or depth <= self.summary_depth or not self.summary_depth:
            self.summary, self.summary_depth = passage, depth
            self.spoken[1] = scope.inside(child).language

    def _take_content(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        self.has_content = True
        passage = self._passage(child, scope, name in ("content_encoded", "fullitem"))
        if passage is None or "src" in child.attrib:
            raise NeedsFullParser("content of another media type, or elsewhere")
        self.contents.append(passage)
        if self.summary is None:
            self.summary, self.summary_depth = passage, 0
        self.spoken[2] = self.spoken[2] or scope.inside(child).language

    def _passage(self, child: Element, scope: Scope, markup: bool) -> Passage | None:
        """The text of an element with its type, ``None`` when the type is no text."""
        attributes = child.attrib
        declared = attributes.get("type")
        kind = _TEXT_TYPES.get(declared.lower()) if declared else markup
        if kind is None or attributes.get("mode") == "base64":
            return None
        if len(child):
            if declared not in XHTML or any(inner in READ for inner in self.names.inside(child)):
                raise NeedsFullParser("elements where only text belongs")
            value = markup_of(child)
            kind = True
        else:
            value = text_of(child)
        base = scope.inside(child).base if attributes else scope.base
        return Passage(value, (self.atom and kind) or None, base or None)

    def _take_author(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        person = self.names.person(child, scope.base)
        in_parts = len(child) > 0
        if self.authors and (in_parts is not self.authors_in_parts or "@" in f"{person.name}{self.authors[0].name}"):
            raise NeedsFullParser("authors of two shapes, or with addresses")
        self.authors_in_parts = in_parts
        if person.name or person.url:
            self.authors.append(person)

    def _take_date(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        self._keep(_DATES[name], text_of(child), depth)

    def _take_category(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        attributes = child.attrib
        scheme = attributes.get("scheme", attributes.get("domain"))
        self.tags.extend(tags_of(attributes.get("term"), scheme, attributes.get("label"), text_of(child)))

    def _take_keywords(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        if name == "itunes_category":
            self.tags.append(child.get("text", ""))
        elif not child.attrib:
            self.tags.extend(text_of(child).split(","))

    def _take_source(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        if len(child) and (not self.atom or (child.text or "").strip()):
            raise NeedsFullParser("a source of unknown shape")
        self.publisher_url = child.get("url")
        title = text_of(child)
        for inner in child:
            part = self.names.of(inner)
            if part == "title":
                title = title or text_of(inner)
            elif part == "link" and self.publisher_url is None:
                link = link_of(inner, scope)
                self.publisher_url = link.href if link and link.rel == "alternate" else None
        self.publisher = title or None

    def _take_media(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        if name == "media_content" and child.get("url"):
            self.media.append(Link(child.attrib["url"], "enclosure", child.get("type")))
        for inner in child:
            self._take(inner, scope, depth + 1)

    def _take_enclosure(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        href = child.get("url") or child.get("href")
        if href:
            self.links.append(Link(href, "enclosure", child.get("type")))

    def _take_language(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        self._keep("language", text_of(child), depth)

    def _take_text(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        value = text_of(child)
        if name == "comments":
            value = joined(scope.base, value)
        if value and not (child.attrib and name != "comments"):
            self._keep(_KEPT.get(name, name), value, depth)

    def _take_reply(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        href = child.get("href") or child.get("ref")
        if href:
            self.texts["reply"] = href

    def _take_image(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        if len(child):
            raise NeedsFullParser("an image with parts of its own")

    def _take_unsure(self, child: Element, scope: Scope, depth: int, name: str) -> None:
        raise NeedsFullParser(f"an element read by feedparser alone: {name}")


_DATES = {
    "pubdate": "published", "published": "published", "issued": "published", "dcterms_issued": "published",
    "created": "created", "dcterms_created": "created",
    "updated": "updated", "modified": "updated", "lastbuilddate": "updated", "dc_date": "updated", "date": "updated",
    "dcterms_modified": "updated",
}  # fmt: skip
_KEPT = {"feedburner_origlink": "original", "pheedo_origlink": "original"}

#: Descriptions, of which feedparser takes the second for content, and content.
BODIES = frozenset(("description", "dc_description", "media_description", "summary", "itunes_summary", "abstract"))
CONTENTS = frozenset(("content", "content_encoded", "fullitem"))

_Action = Callable[[EntryReader, Element, Scope, int, str], None]
#: What is read of an entry. Everything else is ignored by both readers.
READ: dict[str, _Action] = {
    "link": EntryReader._take_link,
    "guid": EntryReader._take_id,
    "id": EntryReader._take_id,
    **dict.fromkeys(("title", "dc_title", "media_title"), EntryReader._take_title),
    **dict.fromkeys(BODIES, EntryReader._take_body),
    **dict.fromkeys(CONTENTS, EntryReader._take_content),
    **dict.fromkeys(("author", "dc_creator", "dc_author", "itunes_author"), EntryReader._take_author),
    **dict.fromkeys(_DATES, EntryReader._take_date),
    **dict.fromkeys(("category", "keywords", "dc_subject", "media_category"), EntryReader._take_category),
    **dict.fromkeys(("media_keywords", "itunes_keywords", "itunes_category", "tags"), EntryReader._take_keywords),
    "source": EntryReader._take_source,
    "enclosure": EntryReader._take_enclosure,
    **dict.fromkeys(("media_group", "media_content"), EntryReader._take_media),
    **dict.fromkeys(("language", "dc_language"), EntryReader._take_language),
    **dict.fromkeys(("comments", *_KEPT, "yt_videoid", "im_rating"), EntryReader._take_text),
    "thr_in-reply-to": EntryReader._take_reply,
    **dict.fromkeys(("image", "textinput"), EntryReader._take_image),
    **dict.fromkeys(("body", "xhtml_body", "item", "entry", "managingeditor"), EntryReader._take_unsure),
}  # fmt: skip

#: What may hold elements in an entry; each of these looks at them itself.
_MAY_HOLD = frozenset(
    name
    for name, action in READ.items()
    if action
    in (
        EntryReader._take_title,
        EntryReader._take_body,
        EntryReader._take_content,
        EntryReader._take_author,
        EntryReader._take_source,
        EntryReader._take_media,
    )
)
