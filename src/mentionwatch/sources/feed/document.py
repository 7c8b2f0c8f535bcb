"""What every reader of feeds gives: the document as it was said, before anything is cleaned or decided.

These types pass between a reader (``xml_reader``, ``full_reader``, ``json_feed``) and ``items``, which makes
items of them. They are named tuples because a feed makes hundreds of them and nobody keeps one.
"""

from __future__ import annotations

from typing import NamedTuple


class Passage(NamedTuple):
    """A text of an entry. ``markup``: ``True`` for HTML, ``False`` for what the document itself calls plain text,
    ``None`` where it is silent.

    ``base`` is the address relative links in it are relative to, where the document says so (``xml:base``).
    """

    value: str
    markup: bool | None
    base: str | None = None


class Link(NamedTuple):
    """An address of an entry, absolute as far as the document allows; ``rel`` as in Atom."""

    href: str
    rel: str = "alternate"
    type: str | None = None


class Person(NamedTuple):
    """An author as the feed gives one: ``name`` may be a name, a handle or an e-mail address with a name."""

    name: str | None
    url: str | None = None


class Entry(NamedTuple):
    """One item or entry. Dates are as written; ``published`` holds the candidates, best first."""

    id: str | None
    links: tuple[Link, ...]
    title: Passage | None
    bodies: tuple[Passage, ...]
    authors: tuple[Person, ...]
    published: tuple[str, ...]
    tags: tuple[str, ...]
    language: str | None
    comments: str | None
    #: Name and address of the publication an aggregator took it from (RSS ``source``).
    publisher: str | None
    publisher_url: str | None
    #: The address before a feed service put its own in front (``feedburner:origLink``).
    original: str | None
    #: What it answers (Atom threading).
    in_reply_to: str | None = None
    #: It has a YouTube video id.
    video: bool = False
    #: Stars, as written (App Store reviews).
    rating: str | None = None
    #: What it says in other elements (pictures, chapters, guests), kept where it stands nowhere else.
    captions: tuple[Passage, ...] = ()


class Document(NamedTuple):
    """A feed. ``format`` is feedparser's word for it (``rss20``); ``authors`` wrote what names nobody else.

    ``home`` is the address of the site it belongs to, ``title`` its name.
    """

    format: str
    language: str | None
    authors: tuple[Person, ...]
    entries: tuple[Entry, ...]
    home: str | None = None
    title: str | None = None
