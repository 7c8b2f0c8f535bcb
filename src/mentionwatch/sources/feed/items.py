"""Items of a feed's entries, one way for every format and both readers.

The decisions that no format makes: which of several addresses is the entry's own, what of several texts is kept, when a
title is markup, who is meant by ``jo@acme.example (Jo)``, and what is one entry said twice.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from mentionwatch.model import Author, Item, ItemKind
from mentionwatch.sources.feed.authors import FEDIVERSE_POST, Authors, short_line, uncovered
from mentionwatch.sources.feed.document import Document, Entry, Passage
from mentionwatch.sources.toolkit.feed_dates import parse_date
from mentionwatch.sources.toolkit.items import links_of
from mentionwatch.text import PlainText, clean, one_line, plain_from_html, unescape
from mentionwatch.urls import safe_url, unwrap

#: Entries kept of one document; what is above is told, not kept. The largest of some hundred recorded feeds has 200.
MAX_ITEMS = 1_000

_TITLE = 500
_TEXT = 200_000
_TAGS = 200
#: Texts of one entry that are looked at: description, content; captions come apart.
_BODIES = 20

_NAMES = """
    a abbr acronym address article aside audio b bdi bdo big blockquote body br button caption center cite code col
    dd del details dfn div dl dt em embed fieldset figcaption figure font footer form h[1-6] head header hr html i
    iframe img input ins kbd label legend li link main mark meta nav noscript object ol option p param picture pre q s
    samp script section select small source span strike strong style sub summary sup svg table tbody td textarea tfoot
    th thead time title tr tt u ul var video wbr
"""
_KNOWN = re.compile("|".join(_NAMES.split()), re.IGNORECASE)
#: What formats words within a line. A title with any other known element in it speaks of that element.
_INLINE_NAMES = """
    a abbr acronym b bdi bdo big br cite code del div dfn em font h[1-6] i img ins kbd mark p q s samp small span strike
    strong sub sup tt u var wbr
"""
_INLINE = re.compile("|".join(_INLINE_NAMES.split()), re.IGNORECASE)
#: Elements without an end, and those whose end may be left out.
_VOID = re.compile("area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr", re.IGNORECASE)
_OPEN_ENDED = re.compile("p|li|dt|dd|tr|t[dh]|thead|tbody|tfoot|option|body|html|head", re.IGNORECASE)
_OPENING = re.compile(r"<([A-Za-z][\w:.-]{0,40})(\s[^<>]{0,2000})?/?>")
_CLOSING = re.compile(r"</([A-Za-z][\w:.-]{0,40})\s*>")
_ESCAPED_TAG = re.compile(r"&lt;/?[A-Za-z]", re.IGNORECASE)
_ESCAPED_ENTITY = re.compile(r"&amp;(?:#\w{1,7}|[A-Za-z]\w{1,20});")


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
    site = _Site(document, url)
    drafts = [_Draft(entry, site) for entry in entries]
    site.learn(drafts)
    items = (_item(draft, document, date, site, authors) for draft, date in zip(drafts, dates, strict=True))
    return tuple(_named(items)), left_out


class _Site:
    """What all entries of a document have in common: the addresses relative ones are relative to, and the frame."""

    def __init__(self, document: Document, url: str) -> None:
        self.url = url
        home = safe_url(_with_scheme(document.home, None)) if document.home else None
        self.home_host = _host(home) if home else ""
        # RSS has no rule for relative addresses. A feed that is kept elsewhere means its site, not its keeper.
        foreign = home is not None and not document.format.startswith("atom") and self.home_host != _host(url)
        self.base = home if home and foreign else url
        self.words = {*_words(document.title or ""), *_words(self.home_host.replace(".", " "))}
        self.frames: frozenset[str] = frozenset()

    def learn(self, drafts: Sequence[_Draft]) -> None:
        """Last lines that are the same under several entries, but for their titles."""
        lines = Counter(line for draft in drafts for line in {_last_line(part, draft) for part in draft.parts} if line)
        self.frames = frozenset(line for line, times in lines.items() if times > 1)

    def absolute(self, address: str) -> str | None:
        """The address as one that can be followed."""
        return safe_url(unwrap(_with_scheme(uncovered(address).strip(), self)), self.base)


class _Draft:
    """An entry with its address, title and texts, before what all entries have in common is known."""

    __slots__ = ("also", "entry", "own", "parts", "title", "whole_title")

    def __init__(self, entry: Entry, site: _Site) -> None:
        self.entry = entry
        self.own, self.also = _addresses(entry, site)
        self.whole_title = plain_title(entry.title)
        self.title = self.whole_title[:_TITLE].rstrip() if self.whole_title else None
        self.parts = [_plain(body, self.own or site.base) for body in entry.bodies[:_BODIES]]


_NO_SCHEME = re.compile(r"(?:https?)?:?//+:?(?=[^/\s])|https?[:;.]/*(?=[\w-]+\.)|(?=www\.[\w-]+\.)", re.IGNORECASE)
_SCHEME = re.compile(r"https?://[^/:]", re.IGNORECASE)


def _with_scheme(address: str, site: _Site | None) -> str:
    """An address whose scheme is missing or misspelt (``www.acme.example/x``, ``http//…``, ``feed:https://…``)."""
    address = address.removeprefix("feed:")
    if _SCHEME.match(address):
        return address
    host = address.partition("/")[0].lower().removeprefix("www.")
    found = _NO_SCHEME.match(address)
    if found or (site is not None and host and host == site.home_host):
        scheme = "http://" if address.lower().startswith(("http:/", "http//")) else "https://"
        return scheme + (address[found.end() :] if found else address)
    return address


def plain_title(passage: Passage | None) -> str | None:
    """A title as one line of plain text, in full."""
    if passage is None:
        return None
    value = uncovered(passage.value)
    if "<" in value and not passage.markup and not (passage.markup is None and _is_marked(value, _INLINE)):
        value = unescape(value)
    elif "<" in value or "&" in value:
        value = _plain(passage, None, _TEXT, _INLINE).text
    title = short_line(value, _TEXT)
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
    return next((date for raw in entry.published if (date := parse_date(uncovered(raw), now))), None)


def _item(draft: _Draft, document: Document, published: datetime | None, site: _Site, authors: Authors) -> Item:
    entry, own, title = draft.entry, draft.own, draft.title
    author = authors.of(entry.authors or document.authors, own)
    if entry.publisher:
        title, author = _published_by(entry, title, author, site.base)
    said = _said(draft, site)
    if entry.publisher and not _says_more(said.text, title, one_line(unescape(entry.publisher), 200)):
        said = PlainText("", ())  # as Google News lists it: the headline once more, and whose it is
    comment_on = _comment_on(entry, own, site.base)
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
        links=links_of(said, own, after=_apart(entry, own, site), unless=is_furniture),
        tags=tuple(_tags(entry.tags)),
        parent_url=comment_on,
        same_as=draft.also,
        rating=_rating(entry.rating),
    )


#: Links that are words of a post, on its author's server: a hashtag, somebody's profile.
_HASHTAG_OR_HANDLE = re.compile(r"/(?:tags?|hashtag)/[^/]+/?$|/@[^/]+/?$|/users/[^/]+/?$|\?t=[^&/]+$")


def _published_by(entry: Entry, title: str | None, author: Author, url: str) -> tuple[str | None, Author]:
    """An aggregator names the publication, and some put its name behind the title as well."""
    publisher = one_line(unescape(entry.publisher or ""), 200)
    if title and publisher:
        title = _without_publisher(title, publisher, entry.publisher_url)
    if publisher and author == Author():
        author = Author(name=publisher, url=safe_url(entry.publisher_url, url) if entry.publisher_url else None)
    return title, author


def _says_more(text: str, title: str | None, publisher: str) -> bool:
    """Whether a text has a word besides the headline and the publication's name."""
    said = " ".join(text.split())
    for known in (title, publisher):
        said = said.replace(known or "", "", 1)
    return re.search(r"\w{3}", said) is not None


_BEFORE_PUBLISHER = re.compile(r"\s+(?:[-–—|·•»]|::)\s+")
_DOMAIN = re.compile(r"(?<=\w)\.(?:co\.|com\.)?[A-Za-z]{2,6}$")
#: What a publication may add to its name, or leave out of it.
_EDITION = frozenset("the a an com org net www online news magazine edition international us uk usa digital".split())


def _without_publisher(title: str, publisher: str, address: str | None) -> str:
    """The headline without the publication's name behind it, in any of its spellings, word by word.

    ``AWS`` stands for ``Amazon Web Services (AWS)``, ``BBC`` for ``BBC News`` and ``usatoday.com`` for ``USA Today``;
    ``US`` for no ``Zeus Daily``.
    """
    if title.endswith(f" - {publisher}"):
        return title.removesuffix(f" - {publisher}").rstrip() or title
    marks = [*_BEFORE_PUBLISHER.finditer(title)]
    if not marks:
        return title
    headline, last = title[: marks[-1].start()], _words(_DOMAIN.sub("", title[marks[-1].end() :]))
    name = _words(_DOMAIN.sub("", publisher))
    bare = [word for word in name if word not in _EDITION]
    spellings = {"".join(name), "".join(bare), "".join(word[0] for word in name), "".join(word[0] for word in bare)}
    if address and "://" in address:
        spellings |= {_host(address).replace(".", ""), _host(address).partition(".")[0]}
    same = "".join(last) in spellings or "".join(word for word in last if word not in _EDITION) in {"".join(bare)}
    part = any(name[at : at + len(last)] == last for at in (0, len(name) - len(last)) if at >= 0)
    return headline.rstrip() if headline and last and (same or part) else title


def _words(text: str) -> list[str]:
    """Words without case and accents, to compare names by."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"\w+", "".join(char for char in folded if not unicodedata.combining(char)))


# --- addresses --------------------------------------------------------------------------------------------------------


def _addresses(entry: Entry, site: _Site) -> tuple[str | None, tuple[str, ...]]:
    """The entry's own address and others of the very same thing.

    Several entries may have one address (a changelog's page, a podcast's site): that is for identity to see.
    """
    found: dict[str, None] = {}
    for address in dict.fromkeys(_candidates(entry, site)):
        made = site.absolute(address)
        if made:
            found.setdefault(made)
    if not found:
        return _file(entry, site.base), ()
    own, *others = found
    comments = site.absolute(entry.comments) if entry.comments else None
    if comments and _host(comments) != _host(own) and _host(comments) in _hosts_of(entry, site):
        # A link site's thread is about this one article; a thread elsewhere may be about any number of them.
        others.append(comments)
    page = own.partition("#")[0]
    return own, tuple(other for other in dict.fromkeys(others) if other.partition("#")[0] != page)


def _hosts_of(entry: Entry, site: _Site) -> set[str]:
    """Where the feed is at home."""
    return {_host(site.base), *([_host(entry.id)] if entry.id and "://" in entry.id else ())}


def _candidates(entry: Entry, site: _Site) -> Iterator[str]:
    if entry.original:
        yield entry.original
    alternates = [link for link in entry.links if link.rel == "alternate"]
    pages = [link for link in alternates if link.type is None or "html" in link.type]
    yield from [link.href for link in pages or alternates if site.absolute(link.href)][:1]
    if entry.id and entry.id.startswith(("http://", "https://")):
        yield entry.id


def _file(entry: Entry, url: str) -> str | None:
    """The recording an entry brings, when it has no page."""
    files = [link.href for link in entry.links if (link.type or "").startswith(("audio/", "video/"))]
    return safe_url(files[0], url) if files else None


def _apart(entry: Entry, own: str | None, site: _Site) -> Iterator[str]:
    """Addresses the entry gives outside its texts."""
    for link in entry.links[:200]:
        picture = link.rel == "enclosure" and ("image" in (link.type or "") or _PICTURE.search(link.href))
        if link.rel in _POINTING and not picture and link.href != own:
            made = link.href if link.href.startswith(("http://", "https://")) else site.absolute(link.href)
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
        said = f"{item.title or ''}\n{item.text}"
        if not said.strip():
            said = "\n".join((*item.links, *item.tags, item.author.name or ""))
        if item.url or (item.external_id and said.strip()):
            yield item
        elif said.strip():
            yield replace(item, external_id="sha256:" + sha256(said.encode("utf-8", "surrogatepass")).hexdigest())


# --- texts ------------------------------------------------------------------------------------------------------------


def _is_marked(value: str, known: re.Pattern[str] = _KNOWN) -> bool:
    """Whether what looks like markup is some, and does not only speak of it.

    ``<b>Acme</b>`` and ``<o:p>Acme</o:p>`` are, by their ends; ``<br>``, ``<a href="…">`` and a text that begins with
    a tag as well; ``vector<int>`` and "the <script> tag" are not.
    """
    ends = {name.lower() for name in _CLOSING.findall(value)}
    beginning = len(value) - len(value.lstrip())
    for found in _OPENING.finditer(value):
        name, attributes = found[1], found[2]
        begins = found.start() == beginning
        if known.fullmatch(name):
            if name.lower() in ends or _VOID.fullmatch(name) or (attributes and "=" in attributes) or begins:
                return True
            if known is _KNOWN and _OPEN_ENDED.fullmatch(name):
                return True
        elif name.lower() in ends and not (_KNOWN.fullmatch(name) or value.startswith("</", found.end())):
            return True  # but <x></x> speaks of x
    return False


def _plain(passage: Passage, base: str | None, limit: int = _TEXT, known: re.Pattern[str] = _KNOWN) -> PlainText:
    """A passage as a reader should see it.

    What the document calls plain text is plain. Where it says nothing or HTML, closed elements make it markup: see
    :func:`_is_marked`. Markup that was escaped once more than the format asks is unwrapped twice.
    """
    value = uncovered(passage.value)
    if "<" in value:
        if passage.markup is False or not _is_marked(value, _KNOWN if passage.markup else known):
            return PlainText(_tidy(clean(unescape(value), limit)))
        return plain_from_html(value, passage.base or base, limit)
    if "&" not in value:
        return PlainText(_tidy(clean(value, limit)))
    once = uncovered(unescape(value))
    if passage.markup is not False:
        if _ESCAPED_TAG.search(value) and _is_marked(once, known) and _CLOSING_OR_VOID.search(once):
            return plain_from_html(once, passage.base or base, limit)
        if _ESCAPED_ENTITY.search(value):
            once = unescape(once)
    return PlainText(_tidy(clean(once, limit)))


_CLOSING_OR_VOID = re.compile(r"</[A-Za-z]|<(?:br|hr|img|wbr)\b|^\s*<", re.IGNORECASE)
_INDENTED = re.compile(r"[ \t]*\n[ \t]*")


def _tidy(text: str) -> str:
    """Plain text without the indentation of the document around it."""
    text = text.strip()
    return _INDENTED.sub("\n", text) if "\n" in text else text


def _said(draft: _Draft, site: _Site) -> PlainText:
    """Everything the entry says, each text once: one of which all stands in a longer one is that one's excerpt."""
    captions = [_plain(caption, draft.own or site.base) for caption in draft.entry.captions]
    parts = [*draft.parts, *captions]
    texts = [_without_frame(part, draft, site) for part in parts]
    first_caption = len(draft.parts)
    if draft.whole_title and len(draft.whole_title) > _TITLE:  # what is cut for showing is matched all the same
        parts.insert(0, PlainText(draft.whole_title))
        texts.insert(0, draft.whole_title)
        first_caption += 1
    if not parts:
        return PlainText("")
    if len(parts) == 1 and not captions:
        return PlainText(texts[0], parts[0].links)
    if any(texts[1:]) and _ANNOUNCEMENT.match(texts[0]):
        texts[0] = ""
    wholes = [_compared(text) for text in texts]
    title = _compared(draft.title or "")
    kept: list[int] = []
    for index in sorted(range(len(parts)), key=lambda index: (index >= first_caption, -len(wholes[index]))):
        said = wholes[index].strip()
        if not said or (index >= first_caption and f" {said} " in title):
            continue
        excerpt = _ELLIPSIS.sub("", said)
        wanted = f" {said} " if excerpt == said else f" {excerpt}"
        if not any(wanted in wholes[other] for other in kept):
            kept.append(index)
    links = tuple(dict.fromkeys(link for part in parts for link in part.links))
    return PlainText(clean("\n\n".join(texts[index] for index in sorted(kept)), _TEXT), links)


_TOKEN = re.compile(r"\w+|[^\w\s]")
_TYPED = str.maketrans(dict.fromkeys("‘’‚", "'") | dict.fromkeys("“”„«»", '"') | dict.fromkeys("–—‐‑", "-"))
#: How an excerpt ends that was cut, in tokens.
_ELLIPSIS = re.compile(r"(?: (?:[…\[\](){}]|\. \. \.))+$")


def _compared(text: str) -> str:
    """A text by its words and signs alone, with a space before and after each."""
    return f" {' '.join(_TOKEN.findall(text.translate(_TYPED)))} " if text else ""


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


#: The words around the title and the site's name in WordPress's last line, in the languages it is translated into.
_FRAME_WORDS = frozenset(_words("""
    the post article entry appeared published originally was first on at in from
    der beitrag artikel ist erschien erschienen zuerst auf bei von
    l le la cet billet article est apparu a été publié en premier sur d abord
    la entrada el artículo se publicó apareció aparece primero en por primera vez
    l articolo il post proviene da è apparso per primo su sembra essere il primo
    o a post publicação artigo apareceu aparece primeiro em
    het bericht artikel verscheen eerst op
    artykuł wpis pochodzi z serwisu pojawił się po raz pierwszy w
    сообщение запись статья появились появилась появилось впервые сначала на в
    запис допис спершу вперше з явився зявився на
    inlägget artikeln dök först upp på indlægget artiklen blev først vist udgivet på innlegget dukket opp
    artikkeli julkaistiin ensimmäisen kerran ilmestyi ensin
    příspěvek pochází z ze se nejdříve objevil na príspevok zobrazený najskôr
    a bejegyzés cikk először jelent meg articolul postarea apare prima dată în pe
    yazısı ilk önce üzerinde ortaya çıktı
    το άρθρο εμφανίστηκε πρώτα στο στη
    は に最初に表示されました 投稿 が 最先出现在 最早出現於 最先出現在 文章 帖子 게시물이 게시물 에 처음 등장했습니다
    ظهرت المقالة أولا أولاً على نوشته اولین بار در پدیدار شد הפוסט הופיע לראשונה ב
    bài viết đã xuất hiện đầu tiên vào से पर
"""))  # fmt: skip


def _last_line(part: PlainText, draft: _Draft) -> str | None:
    """A last line that holds the entry's title, linked to it, and a link to the site, as it is without the title."""
    title, own = draft.title, draft.own
    if not title or not own or len(part.links) < 2:
        return None
    entry, site = part.links[-2:]
    last = part.text.rstrip().rpartition("\n")[2]
    home = _page(site)
    framed = _page(entry) == _page(own) and _host(site) == _host(own) and (_page(own) + "/").startswith(home + "/")
    if not framed or title not in last or len(last) >= len(title) + 200:
        return None
    return " ".join(last.replace(title, "\0", 1).split())


def _without_frame(part: PlainText, draft: _Draft, site: _Site) -> str:
    """A text without what sites write around every entry: its origin, and (WordPress) its title with the site's name.

    Such a line would make every entry a mention of the site. It is one when other entries end in it, too, or when it
    holds nothing but the title, the site's name and the words such lines are made of.
    """
    text = part.text.replace("\xa0", " ").strip()
    header = _HEADER.match(text) if text.startswith("submitted by ") else None
    if header:
        text = text[header.end() :].lstrip()
    tail = text[-500:]
    if tail.endswith(_FOOTER_ENDS) or "submitted by" in tail:
        text = (text[: len(text) - len(tail)] + _FOOTER.sub("", tail)).rstrip()
    last = _last_line(part, draft)
    if last and (last in site.frames or site.words | _FRAME_WORDS >= set(_words(last))):
        return text.rpartition("\n")[0].rstrip()
    return text


def _page(address: str) -> str:
    return address.partition("?")[0].partition("#")[0].partition("://")[2].rstrip("/")


def _tags(tags: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for raw in tags:
        tag = short_line(unescape(uncovered(raw)), 200).lstrip("#").strip()
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
