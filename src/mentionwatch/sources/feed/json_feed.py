"""The reader of JSON Feed 1 and 1.1 (jsonfeed.org/version/1.1), as far as items need it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from mentionwatch.errors import UnexpectedResponse
from mentionwatch.messages import Response
from mentionwatch.sources.feed.document import Document, Entry, Link, Passage, Person
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_json


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
        value = _until_the_end(data)
        if value is None:
            raise
        cut = True
    feed = JsonObject(value) if isinstance(value, dict) else JsonObject()
    version = feed.text("version")
    items = feed.fields.get("items")
    named = "jsonfeed.org" in version
    if not isinstance(items, list) or not (
        named or any("content_html" in item or "content_text" in item for item in feed.objects("items"))
    ):
        return None, value, cut
    return _document(feed, version), value, cut


def _until_the_end(data: bytes) -> dict[str, object] | None:
    """What stands before the point where a JSON Feed was cut off: its head, and its whole items."""
    text = data.decode("utf-8", "ignore").lstrip("\ufeff \t\r\n")
    begin = text.find('"items"')
    bracket = text.find("[", begin)
    if not text.startswith("{") or begin < 0 or bracket < 0 or "jsonfeed.org" not in text[:1000]:
        return None
    decoder = json.JSONDecoder()
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


def _document(feed: JsonObject, version: str) -> Document:
    return Document(
        format="json11" if version.rstrip("/").endswith("1.1") else "json10",
        language=feed.text("language") or None,
        authors=tuple(_people(feed)),
        entries=tuple(_entry(item, feed.text("feed_url")) for item in feed.objects("items")),
    )


def _entry(item: JsonObject, own: str) -> Entry:
    # The specification asks for text here and adds that numbers should be taken as such.
    identity = item.text("id").strip() or item.identifier("id")
    bodies = [
        Passage(value, markup)
        for name, markup in (("summary", False), ("content_html", True), ("content_text", False))
        if (value := item.text(name))
    ]
    if item.text("content_html") and item.text("content_text"):
        bodies.pop()  # the same content a second time
    links = [Link(item.text("url"))] if item.text("url") else []
    external = item.text("external_url")
    if external and external != own:
        links.append(Link(external, "related"))
    links.extend(
        Link(url, "enclosure", attachment.text("mime_type") or None)
        for attachment in item.objects("attachments")
        if (url := attachment.text("url"))
    )
    title = item.text("title")
    return Entry(
        id=identity or None,
        links=tuple(links),
        title=Passage(title, False) if title else None,
        bodies=tuple(bodies),
        authors=tuple(_people(item)),
        published=tuple(date for name in ("date_published", "date_modified") if (date := item.text(name))),
        tags=item.texts("tags"),
        language=item.text("language") or None,
        comments=None,
        publisher=None,
        publisher_url=None,
        original=None,
    )


def _people(fields: JsonObject) -> Iterator[Person]:
    people = fields.objects("authors") or ((fields.object("author"),) if fields.object("author") else ())
    for person in people:
        if person.text("name") or person.text("url"):
            yield Person(person.text("name") or None, person.text("url") or None)
