"""Items of a feed's entries, one way for every format and both readers.

The decisions that no format makes: which of several addresses is the entry's own, what of several texts is kept, when a
title is markup, who is meant by ``jo@acme.example (Jo)``, and what is one entry said twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from mentionwatch.model import Author, Item, ItemKind
from mentionwatch.sources._dates import moment
from mentionwatch.sources._feed_document import Document, Entry, Passage, Person
from mentionwatch.sources._links import links_of
from mentionwatch.text import Plain, clean, one_line, plain_from_html, unescape
from mentionwatch.urls import canonical_url, safe_url, unwrap

__all__ = ["MOST", "items_of", "plain_title"]

#: Entries kept of one document; what is above is told, not kept. The largest of some hundred recorded feeds has 200.
MOST = 1_000

_TITLE = 500
_TEXT = 200_000
_TAGS = 50
#: Texts of one entry that are looked at: description, content, caption.
_BODIES = 4

_NAMES = """
    a abbr acronym address article aside audio b bdi bdo big blockquote body br button caption center cite code col
    dd del details dfn div dl dt em embed fieldset figcaption figure font footer form h[1-6] head header hr html i
    iframe img input ins kbd label legend li link main mark meta nav noscript object ol option p param picture pre q s
    samp script section select small source span strike strong style sub summary sup svg table tbody td textarea tfoot
    th thead time title tr tt u ul var video wbr
"""
_ELEMENTS = "|".join(_NAMES.split())
_TAG = re.compile(rf"</?(?:{_ELEMENTS})(?=[\s/>])", re.IGNORECASE)
_CLOSING = re.compile(rf"</(?:{_ELEMENTS})\s*>|<(?:br|hr|img)\b[^<>]*>|<p>", re.IGNORECASE)
_ESCAPED_TWICE = re.compile(
    rf"&amp;(?:#\w{{1,7}}|[A-Za-z]\w{{1,20}});|&lt;/?(?:{_ELEMENTS})(?=[\s/]|&gt;)", re.IGNORECASE
)


def items_of(document: Document, url: str, now: datetime) -> tuple[tuple[Item, ...], int]:
    """The items of a feed in its order, and how many entries were left out above :data:`MOST`.

    ``url`` is the address that answered: relative addresses are relative to it. ``now`` is when the answer arrived.
    """
    entries = document.entries
    dates = [_published(entry, now) for entry in entries]
    left_out = max(len(entries) - MOST, 0)
    if left_out:
        kept = _newest(dates)
        entries, dates = tuple(entries[index] for index in kept), [dates[index] for index in kept]
    shared = _Shared(document, entries, url)
    items = (_item(entry, document, date, url, shared) for entry, date in zip(entries, dates, strict=True))
    return tuple(_each_once(items)), left_out


def plain_title(passage: Passage | None) -> str | None:
    """A title as one line of plain text."""
    if passage is None:
        return None
    title = one_line(_plain(passage, None, _TITLE * 8).text, _TITLE)
    return re.sub("\ufffd+(?=\\s?(?:\\.\\.\\.|…)?$)", "", title) or None


def _newest(dates: Sequence[datetime | None]) -> list[int]:
    """Which entries are kept of too many, in document order: the newest when all are dated, else the first."""
    order = list(range(len(dates)))
    if all(dates):
        order.sort(key=lambda index: dates[index] or _LONG_AGO, reverse=True)
    return sorted(order[:MOST])


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _published(entry: Entry, now: datetime) -> datetime | None:
    return next((date for raw in entry.published if (date := moment(raw, now))), None)


class _Shared:
    """What several entries of one document have in common, and so names none of them."""

    def __init__(self, document: Document, entries: Iterable[Entry], url: str) -> None:
        self.addresses: Counter[str] = Counter()
        said = {(entry.id, entry.title, entry.links[:1]) for entry in entries}
        for identity, _, links in said:
            own = {_bare(link.href) for link in links[:1] if link.rel == "alternate"}
            if identity and identity.startswith(("http://", "https://")):
                own.add(_bare(identity))
            self.addresses.update(own)
        self.comments = Counter(_bare(entry.comments) for entry in entries if entry.comments)
        #: The site's and the feed's own addresses are no entry's.
        self.homes = {_bare(home) for home in (document.home, url) if home}

    def is_own(self, address: str) -> bool:
        """Whether ``address`` is one entry's alone."""
        bare = _bare(address)
        return self.addresses[bare] < 2 and bare not in self.homes


def _bare(address: str) -> str:
    """Without what does not choose a page, roughly; a fragment may, if it names a comment."""
    if "#" in address:
        address = canonical_url(address) or address
    return address.rstrip("/").partition("://")[2] or address


def _item(entry: Entry, document: Document, published: datetime | None, url: str, shared: _Shared) -> Item:
    own, also = _addresses(entry, url, shared)
    title = plain_title(entry.title)
    said = _said(entry.bodies[:_BODIES], own or url)
    author = _author(entry.authors or document.authors, own, url)
    comment_on = _comment_on(entry, own, url)
    return Item(
        platform="feed",
        kind=_kind(entry, own, title, comment_on),
        external_id=_identity(entry.id),
        url=own,
        title=title,
        text=said.text,
        language=_language(entry.language or document.language),
        author=author,
        published_at=published,
        links=links_of(said, own, after=_apart(entry, url)),
        tags=tuple(_tags(entry.tags)),
        parent_url=comment_on,
        same_as=also,
        rating=_rating(entry.rating),
    )


# --- addresses --------------------------------------------------------------------------------------------------------


def _addresses(entry: Entry, url: str, shared: _Shared) -> tuple[str | None, tuple[str, ...]]:
    """The entry's own address and others of the very same thing.

    An address that several entries of a document have (a changelog's page, a podcast's site) is none of theirs: it
    is left to the links, or they would all be taken for one.
    """
    found: dict[str, None] = {}
    for address in _candidates(entry):
        made = safe_url(unwrap(address), url)
        if made and (shared.is_own(address) and shared.is_own(made)):
            found.setdefault(made)
    if not found:
        return _last_resort(entry, url, shared), ()
    own, *others = found
    bare = _bare(own)
    also = [other for other in others if _bare(other) != bare]
    comments = safe_url(entry.comments, url) if entry.comments else None
    if comments and shared.comments[_bare(entry.comments or "")] == 1 and _host(comments) != _host(own):
        also.append(comments)  # the discussion of an article that lies elsewhere, as on Lobsters
    return own, tuple(dict.fromkeys(other for other in also if shared.is_own(other)))[:4]


def _candidates(entry: Entry) -> Iterator[str]:
    if entry.original:
        yield entry.original
    alternates = [link for link in entry.links if link.rel == "alternate"]
    pages = [link for link in alternates if link.type is None or "html" in link.type]
    if pages or alternates:
        yield (pages or alternates)[0].href
    if (
        entry.id
        and (entry.id_is_link or entry.id.startswith(("http://", "https://")))
        and (alternates or entry.id_is_link)
    ):
        yield entry.id


def _last_resort(entry: Entry, url: str, shared: _Shared) -> str | None:
    """The file an entry brings, when nothing else is its alone."""
    files = [link.href for link in entry.links if link.rel == "enclosure"]
    return safe_url(files[0], url) if len(files) == 1 and shared.is_own(files[0]) else None


def _apart(entry: Entry, url: str) -> Iterator[str]:
    """Addresses the entry gives outside its texts."""
    for link in entry.links[:50]:
        if link.rel in _POINTING:
            made = safe_url(unwrap(link.href), url)
            if made:
                yield made


#: Links that lead to what the entry is about or brings; the others serve readers (``self``, ``edit``, ``replies``).
_POINTING = frozenset(("alternate", "related", "via", "enclosure", "canonical", "mentioned"))


def _host(address: str) -> str:
    return address.partition("://")[2].partition("/")[0].lower().removeprefix("www.")


def _identity(guid: str | None) -> str | None:
    """The guid on one line; one that is longer than any real one as its hash."""
    if not guid:
        return None
    if len(guid) > 512:
        return "sha256:" + sha256(guid.encode("utf-8", "surrogatepass")).hexdigest()
    return one_line(guid, 512) or None


def _each_once(items: Iterable[Item]) -> Iterator[Item]:
    """Without an entry that stands twice in the document, and without ids that two different entries have."""
    listed = list(items)
    holders: dict[str, list[int]] = {}
    for index, item in enumerate(listed):
        if item.external_id:
            holders.setdefault(item.external_id, []).append(index)
    gone: set[int] = set()
    nameless: set[int] = set()
    for indexes in holders.values():
        if len(indexes) > 1:
            first = listed[indexes[0]]
            if all((listed[index].url, listed[index].title) == (first.url, first.title) for index in indexes[1:]):
                gone.update(indexes[1:])
            else:
                nameless.update(indexes)
    for index, item in enumerate(listed):
        if index not in gone:
            yield replace(item, external_id=None) if index in nameless else item


# --- texts ------------------------------------------------------------------------------------------------------------


def _plain(passage: Passage, base: str | None, limit: int = _TEXT) -> Plain:
    """A passage as a reader should see it, whatever the feed says of its type.

    Where the format leaves it open, known elements make it markup: ``<b>Acme</b>`` is, ``vector<int>`` is not. Plain
    text with closed elements in it is markup that forgot to say so. Markup that was escaped once more than the format
    asks is unwrapped twice.
    """
    value = passage.value
    if "<" in value:
        marked = passage.markup or (_TAG if passage.markup is None else _CLOSING).search(value)
        if not marked:
            return Plain(clean(unescape(value), limit).strip())
        return plain_from_html(value, passage.base or base, limit)
    if "&" not in value:
        return Plain(clean(value, limit).strip())
    once = clean(unescape(value), limit).strip()
    if _ESCAPED_TWICE.search(value):
        return plain_from_html(once, passage.base or base, limit)
    return Plain(once)


def _said(bodies: Sequence[Passage], base: str) -> Plain:
    """Everything the entry says, each text once: one whose beginning stands in a longer one is that one's excerpt."""
    if len(bodies) == 1:
        said = _plain(bodies[0], base)
        return Plain(_without_footer(said.text), said.links)
    parts = [part for body in bodies if (part := _plain(body, base)).text]
    kept: list[str] = []
    wholes = [" ".join(part.text.split()) for part in parts]
    for index, part in enumerate(parts):
        beginning = wholes[index][:60].rstrip(" .…[]")
        others = [
            whole for at, whole in enumerate(wholes)
            if at != index and (len(whole), -at) > (len(wholes[index]), -index)
        ]  # fmt: skip
        if not any(beginning in whole for whole in others):
            kept.append(_without_footer(part.text))
    links = tuple(dict.fromkeys(link for part in parts for link in part.links))
    return Plain(clean("\n\n".join(kept), _TEXT), links)


#: What Reddit and Lobsters put into the description of every entry.
_FOOTER = re.compile(
    r"(?:^|\s)submitted by\s+/u/\S+(?:\s+to\s+r/\S+)?\s*(?:\[link\]\s*)?(?:\[comments\])?\s*$|^Comments$|\s*\nComments$"
)


def _without_footer(text: str) -> str:
    return _FOOTER.sub("", text[-300:]) if len(text) <= 300 else text[:-300] + _FOOTER.sub("", text[-300:])


def _tags(tags: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for raw in tags:
        tag = one_line(unescape(raw), 100).lstrip("#").strip()
        if tag and tag.casefold() not in seen and len(seen) < _TAGS:
            seen.add(tag.casefold())
            yield tag


_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z0-9]{2,8}))*")


def _language(raw: str | None) -> str | None:
    """A language tag in the spelling of BCP 47 (``en-US``), or nothing."""
    if not raw or len(raw) > 40:
        return None
    found = _LANGUAGE.fullmatch(raw.strip())
    if not found:
        return None
    first, *rest = re.split("[-_]", found[0])
    tail = [part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower() for part in rest]
    return "-".join([first.lower(), *tail])


def _rating(raw: str | None) -> float | None:
    return float(raw) if raw and re.fullmatch(r"[1-5](?:\.\d)?", raw) and float(raw) <= 5 else None


# --- people and kinds -------------------------------------------------------------------------------------------------

_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?:\?subject=\S*)?|mailto:")
_FEDIVERSE_HANDLE = re.compile(r"@([\w.-]{1,64})@([\w.-]{1,253}(?::\d{1,5})?)")
#: Addresses of single posts: Mastodon and its like, GoToSocial, older Mastodon and Pleroma, snac.
_FEDIVERSE_POST = re.compile(
    r"https?://([^/@]{1,253})/(?:@([\w.-]{1,64})/(?:statuses/\w{10,40}|\d{10,25})|users/([\w.-]{1,64})/statuses/\w{10,40}"
    r"|([\w.-]{1,64})/p/\d{9,11}\.\d{1,6})"
)
_REDDIT = re.compile(r"https?://(?:\w+\.)?reddit\.com/(?:r/\w+|user/[\w-]+)/comments/\w+(?:/[^/]*(/\w+)?)?/?")
_STATUS = re.compile(r"https?://[^/]+/\w{1,50}/status/\d+|https?://bsky\.app/profile/[^/]+/post/\w+")
_COMMENT = re.compile(r"#(?:[a-z-]*comment|isso|c|reply|post)[-_]?\d+$")


def _author(people: Iterable[Person], own: str | None, url: str) -> Author:
    """The authors as one: names joined, e-mail addresses left out; a post of the fediverse tells by its address."""
    found = [author for person in people if (author := _one_author(person, url))]
    if not found:
        post = _FEDIVERSE_POST.match(own) if own else None
        if not post:
            return Author()
        name = post[2] or post[3] or post[4]
        return Author(name=name, handle=f"{name}@{post[1]}")
    if len(found) == 1:
        return found[0]
    names = list(dict.fromkeys(author.name for author in found if author.name))
    same = all(author.name == found[0].name for author in found)
    return found[0] if same or not names else Author(name=one_line(", ".join(names[:10]), 200))


def _one_author(person: Person, url: str) -> Author | None:
    address = safe_url(person.url, url) if person.url else None
    name = one_line(unescape(person.name or ""), 200)
    federated = _FEDIVERSE_HANDLE.fullmatch(name)
    if federated:
        return Author(name=federated[1], handle=f"{federated[1]}@{federated[2]}", url=address)
    if "@" in name:
        name = _EMAIL.sub("", name)
        name = re.sub(r"\(\s*\)|<\s*>|\[\s*\]", "", name).strip(" \t,;:-")
        if name[:1] == "(" and name[-1:] == ")":
            name = name[1:-1].strip()
    handle = None
    for mark in ("/u/", "u/", "@"):
        if name.startswith(mark) and re.fullmatch(r"[\w.-]{1,64}", name.removeprefix(mark)):
            handle = name = name.removeprefix(mark)
            break
    return Author(name=name or None, handle=handle, url=address) if name or address else None


def _comment_on(entry: Entry, own: str | None, url: str) -> str | None:
    """What a comment comments on."""
    if entry.in_reply_to and (parent := safe_url(entry.in_reply_to, url)):
        return parent
    address = own or next((made for link in entry.links if (made := safe_url(link.href, url))), None)
    if not address:
        return None
    if _COMMENT.search(address):
        return address.partition("#")[0]
    reddit = _REDDIT.fullmatch(address)
    return address.rstrip("/").rpartition("/")[0] + "/" if reddit and reddit[1] else None


def _kind(entry: Entry, own: str | None, title: str | None, comment_on: str | None) -> ItemKind:
    if entry.video:
        return "video"
    if entry.rating:
        return "review"
    if comment_on:
        return "comment"
    if title is None or (own and (_FEDIVERSE_POST.match(own) or _STATUS.match(own) or _REDDIT.match(own))):
        return "post"
    return "article"
