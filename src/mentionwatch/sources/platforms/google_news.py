"""Google News, by the RSS its search gives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from mentionwatch.errors import UserError
from mentionwatch.messages import Limits, Page, Request, Response
from mentionwatch.model import Author, Brand, Item, SearchClause, Term
from mentionwatch.query.search_terms import search_clauses
from mentionwatch.sources.feed.loader import parse_feed, parse_feed_fully
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.or_queries import any_of
from mentionwatch.sources.toolkit.unordered_results import parse_unordered_checkpoint, unordered_page
from mentionwatch.text import one_line
from mentionwatch.urls import host_of

#: Articles an answer holds at most.
_FULL = 100
#: Google reads 32 words of a query, and refuses an address longer than some 2,000 characters, escapes included.
_WORDS = 28
_BYTES = 600
#: Articles reach the index late and out of order.
_OVERLAP = 86_400
_WINDOW = re.compile(r"([1-9]\d{0,2})([hd])")


@dataclass(frozen=True, slots=True)
class GoogleNews:
    """News articles that Google finds for a brand's names, hashtags and domains, in one edition.

    All terms of a brand are asked at once, as exact phrases joined by OR; a name that counts only near a context is
    asked with it. Domains are looked for as text, for "site:" would find what the brand itself publishes; handles are
    not asked for. Since July 2024 the article's own address is hidden in Google's link; older links are resolved.
    """

    type: ClassVar[str] = "google_news"
    platform: ClassVar[str] = "google_news"
    #: Nothing is published; errors 429 and 503 begin at some requests a second.
    limits: ClassVar[Limits] = Limits(min_interval=2.0, concurrency=1, pages=1, every=1800.0)
    terms: ClassVar[str] = "Google offers the feed for personal use in feed readers"
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = (
        "more than 100 articles of a question (by relevance, not by time), and all text but headlines"
    )

    language: str = option("en", "Language of the edition: en, de, pt-BR, zh-Hans …")
    country: str = option("US", "Country of the edition, two letters.")
    when: str = option("7d", "How far back to look the first time: 1h to 720h, 1d to 365d.")
    base_url: str = option("https://news.google.com", "Address of the service.")

    def __post_init__(self) -> None:
        problems = []
        if not re.fullmatch(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?", self.language):
            problems.append(f"language: {self.language!r} is not a language; write it like en, de or pt-BR")
        if not re.fullmatch(r"[A-Za-z]{2}", self.country):
            problems.append(f"country: {self.country!r} is not a country; write it like US or DE")
        if not _WINDOW.fullmatch(self.when):
            problems.append(f"when: {self.when!r} is not a time span; write it like 12h or 7d")
        if problems:
            raise UserError(*problems)
        object.__setattr__(self, "country", self.country.upper())
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        asked: set[str] = set()
        for brand in brands:
            for number, query in enumerate(_queries(brand), start=1):
                if query in asked:
                    continue  # two brands with the same terms
                asked.add(query)
                question = f"news:{search_terms.key(brand.name)}" + (f":{number}" if number > 1 else "")
                since = parse_unordered_checkpoint(checkpoints.get(question), _OVERLAP)
                yield Request(
                    query_key=question,
                    url=f"{self.base_url}/rss/search",
                    params=(
                        ("q", f"{query} when:{self._window(since, now)}"),
                        ("hl", self.language if self.language != "en" else f"en-{self.country}"),
                        ("gl", self.country),
                        ("ceid", f"{self.country}:{self.language}"),
                    ),
                    accept="application/rss+xml, application/xml;q=0.9, */*;q=0.5",
                    since=None if since is None else str(since),
                )

    def parse(self, response: Response) -> Page:
        return _page(parse_feed(response), response)

    def parse_fully(self, response: Response) -> Page:
        return _page(parse_feed_fully(response), response)

    def _window(self, since: TimeCheckpoint | None, now: datetime) -> str:
        """The time to look back: since the last answer and a day more, in whole days."""
        if since is None:
            return self.when
        return f"{min(max((int(now.timestamp()) - since.newest + _OVERLAP) // 86_400 + 1, 1), 365)}d"


def _page(feed: Page, response: Response) -> Page:
    """Google's order is relevance: what is beyond a full answer may be of any age, and cannot be asked for."""
    full = len(feed.items) >= _FULL
    notes = []
    if full:
        notes.append(f"the answer is full ({_FULL} articles, the most relevant): others exist; use narrower terms")
    if feed.incomplete and feed.note:
        notes.append(feed.note)
    items = [_article(item) for item in feed.items]
    page = unordered_page(response, items, more=True, overlap=_OVERLAP, note="; ".join(notes) or None)
    return replace(page, truncated=full, incomplete=feed.incomplete)


def _article(item: Item) -> Item:
    """A headline without its publisher, who is its author as far as Google tells."""
    title, author, text = item.title, item.author, item.text
    if title and author.name is None:  # before 2018 the publisher stood in the title alone
        headline, dash, publisher = title.rpartition(" - ")
        if dash and headline and publisher in text:
            title, author = headline, Author(name=publisher)
    if title:
        headline, dash, suffix = title.rpartition(" - ")
        if dash and headline and _is_outlet(suffix, author):
            title = headline.rstrip()
    said = " ".join(text.split())
    for known in (title, author.name):
        said = said.replace(known or "", "", 1)
    headline_only = len(re.findall(r"\w", said)) < 3
    return replace(
        item,
        platform=GoogleNews.platform,
        kind="article",
        title=title,
        author=author,
        text="" if headline_only else text,
        links=() if headline_only else item.links,
    )


def _is_outlet(suffix: str, author: Author) -> bool:
    """Whether a headline's suffix is its outlet: by name or by domain, for Google changes between them."""

    def letters(text: str) -> str:
        return re.sub(r"[\W_]+", "", text.casefold())

    host = (host_of(author.url or "") or "").removeprefix("www.")
    suffix = suffix.strip().casefold().removeprefix("www.")
    names = {letters(author.name or ""), letters(host), letters(host.partition(".")[0])} - {""}
    return letters(suffix) in names


# --- what to ask ------------------------------------------------------------------------------------------------------


def _queries(brand: Brand) -> Iterator[str]:
    """The brand's terms as Google's queries, each within the limits; every article with a term answers one of them."""
    batch: list[str] = []
    for clause in dict.fromkeys(clause for ask in search_clauses(brand) if (clause := _clause(ask, brand))):
        if batch and (
            _words(batch) + len(clause.split()) > _WORDS or len(" OR ".join([*batch, clause]).encode()) > _BYTES
        ):
            yield any_of(batch)
            batch = []
        batch.append(clause)
    if batch:
        yield any_of(batch)


def _words(clauses: Iterable[str]) -> int:
    return sum(len(clause.split()) + 1 for clause in clauses)


def _clause(ask: SearchClause, brand: Brand) -> str | None:
    """One term in Google's words. Exclusions are not passed on: Google would apply them to the whole article."""
    words = _phrase(ask.term)
    if words is None:
        return None
    also = [text for term in ask.also[:3] if (text := _phrase(term))]
    near = ask.term.context or (brand.context if ask.term.kind == "name" and brand.query is None else ())
    context = [text for word in near if (text := _phrase(Term("name", word)))]
    if context and len(" ".join(context).split()) <= 12:
        also.append(any_of(context))
    return words if not also else f"({' '.join([words, *also])})"


def _phrase(term: Term) -> str | None:
    """A term as an exact phrase; a domain as somebody would write it. Nobody puts a handle into a headline."""
    text = term.text
    if term.kind == "handle":
        return None
    if term.kind == "url":
        text = host_of(text if "://" in text else f"https://{text}") or ""
        text = text.removeprefix("www.")
    elif term.kind == "hashtag":
        text = text.lstrip("#＃")
    text = one_line(re.sub(r"[\"“”„‟＂\\]", " ", text), 120)
    return f'"{text}"' if re.search(r"\w", text) else None
