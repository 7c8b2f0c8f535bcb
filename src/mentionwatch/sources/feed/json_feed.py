"""The reader of JSON Feed 1 and 1.1 (jsonfeed.org/version/1.1), as far as items need it, and as hand-made ones are.

Templates write line breaks into strings and commas behind the last item, an object where a list of one belongs, a name
where an object belongs, a number where a text belongs: each is read as what it can only mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from mentionwatch.errors import UnexpectedResponse
from mentionwatch.messages import Response
from mentionwatch.sources.feed.document import Document, Entry, Link, Passage, Person
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_json

#: A string, or what no JSON has: a comma before a closing bracket.
_STRING_OR_COMMA = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|,(?=\s*[\]}])', re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f]")
_NO_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt]|u[0-9a-fA-F]{4})|(.?))', re.DOTALL)
_ITEM_WORDS = ("content_html", "content_text", "content", "summary", "title", "url", "id")


def read(response: Response, data: bytes) -> tuple[Document | None, object, bool]:
    """The feed in ``data``, the JSON value it is, and whether it was cut off; no feed when it is JSON of another kind.

    A document that ends too early gives the items before its end. Raises
    :class:`~mentionwatch.errors.UnexpectedResponse` when there is nothing to read.
    """
    cut = False
    value: object
    try:
        value = read_json(replace(response, body=data))
    except UnexpectedResponse:
        data = _repaired(data)
        try:
            value = read_json(replace(response, body=data))
        except UnexpectedResponse:
            value = _until_the_end(data)
            if value is None:
                raise
            cut = True
    alone = value[0] if isinstance(value, list) and len(value) == 1 else value
    feed = JsonObject(alone) if isinstance(alone, dict) else JsonObject()
    version = feed.text("version")
    items = _objects(feed, "items")
    named = "jsonfeed.org" in version
    known = any("content_html" in item or "content_text" in item for item in items)
    if not (isinstance(feed.fields.get("items"), list) or items) or not (named or known):
        return None, value, cut
    return _document(feed, version, items), value, cut


def _repaired(data: bytes) -> bytes:
    """Nearly JSON as JSON: raw control characters and unknown escapes in strings, commas that nothing follows."""
    text = data.decode("utf-8", "replace")
    return _STRING_OR_COMMA.sub(lambda found: "" if found[0] == "," else _string(found[0]), text).encode()


def _string(text: str) -> str:
    if "\\" in text:
        text = _NO_ESCAPE.sub(lambda found: found[0] if found[1] else found[2].replace("\\", ""), text)
    return _CONTROL.sub(lambda char: json.dumps(char[0])[1:-1], text)


def _until_the_end(data: bytes) -> dict[str, object] | None:
    """What stands before the point where a JSON Feed was cut off: its head, and its whole items."""
    text = data.decode("utf-8", "ignore").lstrip("\ufeff \t\r\n")
    begin = text.find('"items"')
    bracket = text.find("[", begin)
    if not text.startswith("{") or begin < 0 or bracket < 0 or "jsonfeed.org" not in text[:1000]:
        return None
    decoder = json.JSONDecoder(strict=False)
    items: list[object] = []
    at = bracket + 1
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        try:
            item, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        items.append(item)
    return {"version": "https://jsonfeed.org/version/1", "items": items} if items else None


def _document(feed: JsonObject, version: str, items: tuple[JsonObject, ...]) -> Document:
    own = feed.text("feed_url")
    return Document(
        format="json11" if version.rstrip("/").endswith("1.1") else "json10",
        language=_text(feed, "language") or None,
        authors=tuple(_people(feed)),
        entries=tuple(_entry(item, own) for item in items),
        home=feed.text("home_page_url") or None,
        title=_text(feed, "title") or None,
    )


def _entry(item: JsonObject, own: str) -> Entry:
    # The specification asks for text here and adds that numbers should be taken as such.
    identity = item.text("id").strip() or item.identifier("id")
    bodies = [
        Passage(value, markup)
        for name, markup in (
            ("summary", False),
            ("content_html", True),
            ("content_text", False),
            ("content", None),
            ("description", None),
        )
        if (value := _text(item, name))
    ]
    attachments = _objects(item, "attachments")
    links = [Link(address) for address in _texts(item, "url")[:1]]
    external = _text(item, "external_url")
    if external and external != own:
        links.append(Link(external, "related"))
    links.extend(
        Link(url, "enclosure", attachment.text("mime_type") or None)
        for attachment in attachments
        if (url := attachment.text("url"))
    )
    title = _text(item, "title")
    tags = _texts(item, "tags")
    return Entry(
        id=identity or None,
        links=tuple(links),
        title=Passage(title, False) if title else None,
        bodies=tuple(bodies),
        authors=tuple(_people(item)),
        published=tuple(date for name in ("date_published", "date_modified") if (date := _text(item, name))),
        tags=tuple(tags[0].split(",")) if isinstance(item.fields.get("tags"), str) else tags,
        language=_text(item, "language") or None,
        comments=None,
        publisher=None,
        publisher_url=None,
        original=None,
        captions=tuple(Passage(said, False) for attachment in attachments if (said := _text(attachment, "title"))),
    )


def _text(fields: JsonObject, name: str) -> str:
    """A text, or a number as one."""
    return fields.text(name) or (fields.identifier(name) or "" if name in fields else "")


def _texts(fields: JsonObject, name: str) -> tuple[str, ...]:
    """Texts, or the only one."""
    return fields.texts(name) or ((fields.text(name),) if fields.text(name) else ())


def _objects(fields: JsonObject, name: str) -> tuple[JsonObject, ...]:
    """The objects of a list, the only one without its list, or the values of an object that is used as a list."""
    alone = fields.object(name)
    if not alone:
        return fields.objects(name)
    if any(word in alone for word in (*_ITEM_WORDS, "name")):
        return (alone,)
    return tuple(JsonObject(value) for value in alone.fields.values() if isinstance(value, dict))


def _people(fields: JsonObject) -> Iterator[Person]:
    """The authors: version 1.1's list and version 1's object, or names alone."""
    for key in ("authors", "author"):
        people = [Person(_text(one, "name") or None, one.text("url") or None) for one in _objects(fields, key)]
        people.extend(Person(name) for name in _texts(fields, key))
        yield from (person for person in people if person.name or person.url)
