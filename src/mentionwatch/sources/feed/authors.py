"""Who wrote an entry: names, handles and profiles told apart, and nobody's e-mail address kept."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mentionwatch.model import Author
from mentionwatch.sources.feed.document import Person
from mentionwatch.text import one_line, plain_from_html, unescape
from mentionwatch.urls import safe_url

#: Letters of all the authors' names together: a paper may have hundreds.
_LONGEST = 2_000

_TAG = re.compile(r"</?[A-Za-z][^<>@]{0,2000}>")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|$)", re.DOTALL)
_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?:\?subject=\S*)?|mailto:", re.ASCII)
_FEDIVERSE_HANDLE = re.compile(r"@([\w.-]{1,64})@([\w.-]{1,253}(?::\d{1,5})?)")
_PROFILE = re.compile(r"https?://([^/]{1,253})/(?:u/|users?/|@)([\w.-]{1,64})/?")
#: Addresses of single posts: Mastodon and its like, GoToSocial, older Mastodon and Pleroma, snac.
FEDIVERSE_POST = re.compile(
    r"https?://([^/@]{1,253})/(?:@([\w.-]{1,64})/(?:statuses/\w{10,40}|\d{10,25})|users/([\w.-]{1,64})/statuses/\w{10,40}"
    r"|([\w.-]{1,64})/p/\d{9,11}\.\d{1,6})"
)


class Authors:
    """The authors of one document: the same few people write most entries of a feed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.known: dict[tuple[Person, ...], Author | None] = {}

    def of(self, people: tuple[Person, ...], own: str | None) -> Author:
        """Who wrote the entry at ``own``; a post of the fediverse tells by its address."""
        if people not in self.known:
            self.known[people] = _author(people, self.url)
        return self.known[people] or _author_by_address(own)


def uncovered(value: str) -> str:
    """A text without the marks of a CDATA section that were escaped with it."""
    return _CDATA.sub(r"\1", value) if "<![CDATA[" in value else value


def short_line(text: str, limit: int) -> str:
    """:func:`~mentionwatch.text.one_line`, quicker for what needs no cleaning."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())[:limit].rstrip()
    return one_line(text, limit)


def _author(people: Iterable[Person], url: str) -> Author | None:
    """The authors as one: names joined, e-mail addresses left out."""
    found = [author for person in people if (author := _one_author(person, url))]
    if len(found) < 2:
        return found[0] if found else None
    names = list(dict.fromkeys(author.name for author in found if author.name))
    return found[0] if len(names) < 2 else Author(name=one_line(", ".join(names), _LONGEST))


def _author_by_address(own: str | None) -> Author:
    post = FEDIVERSE_POST.match(own) if own else None
    if not own or not post:
        return Author()
    name = post[2] or post[3] or post[4]
    home = f"{own[: post.start(1)]}{post[1]}/@{name}" if post[2] else None
    return Author(name=name, handle=f"{name}@{post[1]}", url=home)


def _one_author(person: Person, url: str) -> Author | None:
    address = safe_url(person.url, url) if person.url else None
    name = uncovered(unescape(person.name or ""))
    if _TAG.search(name):  # an author as a link, or in bold
        said = plain_from_html(name, url)
        name = said.text
        address = address or (safe_url(said.links[0]) if len(said.links) == 1 else None)
    name = short_line(name, _LONGEST)
    profile = _PROFILE.fullmatch(name)
    if profile:  # Lemmy names its authors by their addresses
        return Author(name=profile[2], handle=f"{profile[2]}@{profile[1]}", url=safe_url(name))
    federated = _FEDIVERSE_HANDLE.fullmatch(name)
    if federated:
        return Author(name=federated[1], handle=f"{federated[1]}@{federated[2]}", url=address)
    if "@" in name:
        name = re.sub(r"\(\s*\)|<\s*>|\[\s*\]", "", _EMAIL.sub("", name)).strip()
        name = name.removeprefix("(").removesuffix(")")
    name = name.strip(" \t,;:-")
    handle = None
    for mark in ("/u/", "u/", "@"):
        if name.startswith(mark) and re.fullmatch(r"[\w.-]{1,64}", name.removeprefix(mark)):
            handle = name = name.removeprefix(mark)
            break
    return Author(name=name or None, handle=handle, url=address) if name or address else None
