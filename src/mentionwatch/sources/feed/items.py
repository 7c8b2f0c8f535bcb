"""Items of a feed's entries, one way for every format and both readers.

The decisions that no format makes: which of several addresses is the entry's own, what of several texts is kept, when a
title is markup, who is meant by ``jo@acme.example (Jo)``, and what is one entry said twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from mentionwatch.model import Author, Item, ItemKind
from mentionwatch.sources.feed.authors import FEDIVERSE_POST, Authors, short_line
from mentionwatch.sources.feed.document import Document, Entry, Passage
from mentionwatch.sources.toolkit.feed_dates import parse_date
from mentionwatch.sources.toolkit.items import links_of
from mentionwatch.text import PlainText, clean, one_line, plain_from_html, unescape
from mentionwatch.urls import safe_url, unwrap

#: Entries kept of one document; what is above is told, not kept. The largest of some hundred recorded feeds has 200.
MAX_ITEMS = 1_000

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
#: What formats words within a line. A title with any other element in it speaks of that element.
_INLINE_NAMES = """
    a abbr acronym b bdi bdo big br cite code del div dfn em font h[1-6] i img ins kbd mark p q s samp small span strike
    strong sub sup tt u var wbr
"""
_INLINE = re.compile(rf"</?(?:{'|'.join(_INLINE_NAMES.split())})(?=[\s/>])", re.IGNORECASE)
_TAG = re.compile(rf"</?(?:{_ELEMENTS})(?=[\s/>])", re.IGNORECASE)
_CLOSING = re.compile(rf"</(?:{_ELEMENTS})\s*>|<(?:br|hr|img)\b[^<>]*>|<p>", re.IGNORECASE)
_ESCAPED_TWICE = re.compile(
    rf"&amp;(?:#\w{{1,7}}|[A-Za-z]\w{{1,20}});|&lt;/?(?:{_ELEMENTS})(?=[\s/]|&gt;)", re.IGNORECASE
)


def items_of(document: Document, url: str, now: datetime) -> tuple[tuple[Item, ...], int]:
    """The items of a feed in its order, and how many entries were left out above :data:`MAX_ITEMS`.

    ``url`` is the address that answered: relative addresses are relative to it. ``now`` is when the answer arrived.
    """
    entries = document.entries
    dates = [_published(entry, now) for entry in entries]
    left_out = max(len(entries) - MAX_ITEMS, 0)
    if left_out:
        kept = _newest(dates)
        entries, dates = tuple(entries[index] for index in kept), [dates[index] for index in kept]
    authors = Authors(url)
    items = (_item(entry, document, date, url, authors) for entry, date in zip(entries, dates, strict=True))
    return tuple(_named(items)), left_out


def plain_title(passage: Passage | None) -> str | None:
    """A title as one line of plain text."""
    if passage is None:
        return None
    value = passage.value
    if "<" in value and not passage.markup and not _INLINE.search(value):
        value = unescape(value)
    elif "<" in value or "&" in value:
        value = _plain(passage, None, _TITLE * 8).text
    title = short_line(value, _TITLE)
    if "\ufffd" not in title:
        return title or None
    return re.sub("\ufffd+(?=\\s?(?:\\.\\.\\.|…)?$)", "", title) or None


def _newest(dates: Sequence[datetime | None]) -> list[int]:
    """Which entries are kept of too many, in document order: the newest when all are dated, else the first."""
    order = list(range(len(dates)))
    if all(dates):
        order.sort(key=lambda index: dates[index] or _LONG_AGO, reverse=True)
    return sorted(order[:MAX_ITEMS])


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _published(entry: Entry, now: datetime) -> datetime | None:
    return next((date for raw in entry.published if (date := parse_date(raw, now))), None)


def _item(entry: Entry, document: Document, published: datetime | None, url: str, authors: Authors) -> Item:
    own, also = _addresses(entry, url)
    title = plain_title(entry.title)
    author = authors.of(entry.authors or document.authors, own)
    if entry.publisher:
        title, author = _published_by(entry, title, author, url)
    said = _said(entry.bodies[:_BODIES], own, url, title)
    comment_on = _comment_on(entry, own, url)
    federated = own is not None and FEDIVERSE_POST.match(own) is not None

    def is_furniture(link: str) -> bool:
        return link == author.url or "/~ff/" in link or (federated and _HASHTAG_OR_HANDLE.search(link) is not None)

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
        links=links_of(said, own, after=_apart(entry, own, url), unless=is_furniture),
        tags=tuple(_tags(entry.tags)),
        parent_url=comment_on,
        same_as=also,
        rating=_rating(entry.rating),
    )


#: Links that are words of a post, on its author's server: a hashtag, somebody's profile.
_HASHTAG_OR_HANDLE = re.compile(r"/(?:tags?|hashtag)/[^/]+/?$|/@[^/]+/?$|/users/[^/]+/?$|\?t=[^&/]+$")


def _published_by(entry: Entry, title: str | None, author: Author, url: str) -> tuple[str | None, Author]:
    """An aggregator names the publication, and some put its name behind the title as well."""
    publisher = one_line(unescape(entry.publisher or ""), 200)
    headline, dash, last = (title or "").rpartition(" - ")
    one, other = last.casefold(), publisher.casefold()
    if title and publisher and title.endswith(f" - {publisher}"):
        title = title.removesuffix(f" - {publisher}").rstrip() or title
    elif dash and headline and one and other and (one in other or other in one):  # AWS, Amazon Web Services (AWS)
        title = headline.rstrip()
    if publisher and author == Author():
        author = Author(name=publisher, url=safe_url(entry.publisher_url, url) if entry.publisher_url else None)
    return title, author


# --- addresses --------------------------------------------------------------------------------------------------------


def _addresses(entry: Entry, url: str) -> tuple[str | None, tuple[str, ...]]:
    """The entry's own address and others of the very same thing.

    Several entries may have one address (a changelog's page, a podcast's site): that is for identity to see.
    """
    found: dict[str, None] = {}
    for address in dict.fromkeys(_candidates(entry)):
        made = safe_url(unwrap(address), url)
        if made:
            found.setdefault(made)
    if not found:
        return _file(entry, url), ()
    own, *others = found
    comments = safe_url(entry.comments, url) if entry.comments else None
    if comments and _host(comments) != _host(own):
        others.append(comments)  # the discussion of an article that lies elsewhere, as on Lobsters
    page = own.partition("#")[0]
    return own, tuple(other for other in dict.fromkeys(others) if other.partition("#")[0] != page)


def _candidates(entry: Entry) -> Iterator[str]:
    if entry.original:
        yield entry.original
    alternates = [link for link in entry.links if link.rel == "alternate"]
    pages = [link for link in alternates if link.type is None or "html" in link.type]
    if pages or alternates:
        yield (pages or alternates)[0].href
    if entry.id and entry.id.startswith(("http://", "https://")):
        yield entry.id


def _file(entry: Entry, url: str) -> str | None:
    """The recording an entry brings, when it has no page."""
    files = [link.href for link in entry.links if (link.type or "").startswith(("audio/", "video/"))]
    return safe_url(files[0], url) if files else None


def _apart(entry: Entry, own: str | None, url: str) -> Iterator[str]:
    """Addresses the entry gives outside its texts."""
    for link in entry.links[:50]:
        picture = link.rel == "enclosure" and ("image" in (link.type or "") or _PICTURE.search(link.href))
        if link.rel in _POINTING and not picture and link.href != own:
            made = link.href if link.href.startswith(("http://", "https://")) else safe_url(link.href, url)
            if made:
                yield made


#: Links that lead to what the entry is about or brings; the others serve readers (``self``, ``edit``, ``replies``).
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|avif)(?:[?#]|$)", re.IGNORECASE)
_POINTING = frozenset(("alternate", "related", "via", "enclosure", "canonical", "mentioned"))


def _host(address: str) -> str:
    return address.partition("://")[2].partition("/")[0].lower().removeprefix("www.")


def _identity(guid: str | None) -> str | None:
    """The guid on one line; one that is longer than any real one as its hash."""
    if not guid:
        return None
    if len(guid) > 512:
        return "sha256:" + sha256(guid.encode("utf-8", "surrogatepass")).hexdigest()
    return short_line(guid, 512) or None


def _named(items: Iterable[Item]) -> Iterator[Item]:
    """Each with an id or an address: an entry with neither is known by what it says, and nothing said is nothing."""
    for item in items:
        if item.external_id or item.url:
            if item.title or item.text or item.url:
                yield item
        elif item.title or item.text:
            said = f"{item.title or ''}\n{item.text}"
            yield replace(item, external_id="sha256:" + sha256(said.encode("utf-8", "surrogatepass")).hexdigest())


# --- texts ------------------------------------------------------------------------------------------------------------


def _plain(passage: Passage, base: str | None, limit: int = _TEXT) -> PlainText:
    """A passage as a reader should see it, whatever the feed says of its type.

    Where the format leaves it open, known elements make it markup: ``<b>Acme</b>`` is, ``vector<int>`` is not. Plain
    text with closed elements in it is markup that forgot to say so. Markup that was escaped once more than the format
    asks is unwrapped twice.
    """
    value = passage.value
    if "<" in value:
        marked = passage.markup or (_TAG if passage.markup is None else _CLOSING).search(value)
        if not marked:
            return PlainText(_tidy(clean(unescape(value), limit)))
        return plain_from_html(value, passage.base or base, limit)
    if "&" not in value:
        return PlainText(_tidy(clean(value, limit)))
    once = _tidy(clean(unescape(value), limit))
    if _ESCAPED_TWICE.search(value):
        return plain_from_html(once, passage.base or base, limit)
    return PlainText(once)


_INDENTED = re.compile(r"[ \t]*\n[ \t]*")


def _tidy(text: str) -> str:
    """Plain text without the indentation of the document around it."""
    text = text.strip()
    return _INDENTED.sub("\n", text) if "\n" in text else text


def _said(bodies: Sequence[Passage], own: str | None, url: str, title: str | None) -> PlainText:
    """Everything the entry says, each text once: one whose beginning stands in a longer one is that one's excerpt."""
    parts = [_plain(body, own or url) for body in bodies]
    if len(parts) == 1:
        return PlainText(_without_frame(parts[0], title, own), parts[0].links)
    texts = [_without_frame(part, title, own) for part in parts]
    wholes = [" ".join(text.split()) for text in texts]
    if any(wholes[1:]) and _ANNOUNCEMENT.match(wholes[0]):
        wholes[0] = ""
    kept: list[int] = []
    for index in sorted(range(len(parts)), key=lambda index: -len(wholes[index])):
        beginning = wholes[index][:60].rstrip(" .…[]")
        if wholes[index] and not any(beginning in wholes[other] for other in kept):
            kept.append(index)
    links = tuple(dict.fromkeys(link for part in parts for link in part.links))
    return PlainText(clean("\n\n".join(texts[index] for index in sorted(kept)), _TEXT), links)


#: GoToSocial's summary of a post, which is in the content.
_ANNOUNCEMENT = re.compile(r"@\S{1,300} made a new post: ")
#: What Reddit, Lobsters and Medium put under every entry, and Lemmy above it.
_FOOTER = re.compile(
    r"(?:^|\s)submitted by\s+/u/\S{1,40}(?:\s+to\s+r/\S{1,40})?(?:\s*\[\w{1,30}\]){0,2}$"
    r"|(?:^|\n)(?:Comments|Continue reading on [^\n]{1,80} »|[^\n]{1,200} was originally published in [^\n]{1,100}"
    r" on Medium, where people are continuing the conversation by highlighting and responding to this story\.)$"
)
_FOOTER_ENDS = ("]", "Comments", " »", "to this story.")
_HEADER = re.compile(
    r"submitted by \S{1,80} to \S{1,80}\s*\n-?\d{1,9} points? \| \d{1,9} comments?\s*(?:\nhttps?://\S{1,2000})?(?:\n|$)"
)


def _without_frame(part: PlainText, title: str | None, own: str | None) -> str:
    """A text without what sites write around every entry: its origin, and (WordPress) its title with the site's name.

    Such a line would make every entry a mention of the site.
    """
    text = part.text.replace("\xa0", " ").strip()
    header = _HEADER.match(text) if text.startswith("submitted by ") else None
    if header:
        text = text[header.end() :].lstrip()
    tail = text[-500:]
    if tail.endswith(_FOOTER_ENDS) or "submitted by" in tail:
        text = (text[: len(text) - len(tail)] + _FOOTER.sub("", tail)).rstrip()
    if title and own and len(part.links) > 1:
        # The entry's title, linked to it, and the site's name, linked to that, in one last line of any language.
        entry, site = part.links[-2:]
        before, _, last = text.rpartition("\n")
        if title in last and len(last) < len(title) + 200 and _page(entry) == _page(own) and _host(site) == _host(own):
            return before.rstrip()
    return text


def _page(address: str) -> str:
    return address.partition("?")[0].partition("#")[0].partition("://")[2].rstrip("/")


def _tags(tags: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for raw in tags:
        tag = short_line(unescape(raw), 100).lstrip("#").strip()
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


# --- kinds ---------------------------------------------------------------------------------------------------------

_REDDIT = re.compile(r"https?://(?:\w+\.)?reddit\.com/(?:r/\w+|user/[\w-]+)/comments/\w+(?:/[^/]*(/\w+)?)?/?")
_STATUS = re.compile(r"https?://[^/]+/\w{1,50}/status/\d+|https?://bsky\.app/profile/[^/]+/post/\w+")
_COMMENT = re.compile(r"#(?:[a-z-]*comment|isso|c|reply|post)[-_]?\d+$")


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
    if title is None or (own and (FEDIVERSE_POST.match(own) or _STATUS.match(own) or _REDDIT.match(own))):
        return "post"
    return "article"
