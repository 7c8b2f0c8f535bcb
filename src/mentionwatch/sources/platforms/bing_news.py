"""Bing News, by the RSS its search gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from mentionwatch.errors import UserError
from mentionwatch.messages import Limits, Page, Request, Response
from mentionwatch.model import Author, Brand, Item
from mentionwatch.sources.feed.loader import parse_feed, parse_feed_fully
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint, timestamps
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.or_queries import or_queries
from mentionwatch.sources.toolkit.unordered_results import parse_unordered_checkpoint, unordered_page
from mentionwatch.text import one_line, unescape
from mentionwatch.urls import safe_url, unwrap

#: Bytes and phrases of a query: Bing's limits are not published.
_LONGEST = 400
_PHRASES = 10
#: Seconds before the first answer from which on an article is news: Bing takes some in late.
_OVERLAP = 86_400
#: Articles of an answer, whatever is asked for.
_FULL = 10
#: Entries of one answer whose publisher is looked for; Bing gives some ten.
_ENTRIES = 200
_LINK = re.compile(rb"<link>([^<]{1,4000})</link>", re.IGNORECASE)
#: The prefix is declared with the address of the request, so that its namespace is another each time.
_PUBLISHER = re.compile(rb"<[\w.-]{1,20}:Source>([^<]{1,400})</", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BingNews:
    """News articles that Bing finds for a brand's names, hashtags and domains, in one edition.

    All terms of a brand are asked at once, as exact phrases joined by OR; handles are not asked for. Bing mixes new
    articles with those of years ago: what is older than the first scan is kept as backlog. Bing's links are unwrapped:
    the mention leads to the article itself.
    """

    type: ClassVar[str] = "bing_news"
    platform: ClassVar[str] = "bing_news"
    #: Nothing is published.
    limits: ClassVar[Limits] = Limits(min_interval=3.0, concurrency=1, pages=1, every=1800.0)
    terms: ClassVar[str] = "Bing allows personal, non-commercial use only (the notice in its feed)"
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = (
        "all beyond some ten articles an answer (by relevance, not by time), all text but excerpts"
    )

    language: str = option("en", "Language of the edition: en, de, pt …")
    country: str = option("US", "Country of the edition, two letters.")
    base_url: str = option("https://www.bing.com", "Address of the service.")

    def __post_init__(self) -> None:
        problems = []
        if not re.fullmatch(r"[a-z]{2,3}", self.language):
            problems.append(f"language: {one_line(self.language, 20)!r} is not a language; write it like en or de")
        if not re.fullmatch(r"[A-Za-z]{2}", self.country):
            problems.append(f"country: {one_line(self.country, 20)!r} is not a country; write it like US or DE")
        if problems:
            raise UserError(*problems)
        object.__setattr__(self, "country", self.country.upper())
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for question, query in or_queries(brands, max_bytes=_LONGEST, max_phrases=_PHRASES):
            since = parse_unordered_checkpoint(checkpoints.get(question), _OVERLAP)
            yield Request(
                query_key=question,
                url=f"{self.base_url}/news/search",
                params=(
                    ("q", query),
                    ("format", "rss"),
                    ("setlang", f"{self.language}-{self.country}"),
                    ("cc", self.country),
                    ("qft", 'sortbydate="1"'),
                ),
                accept="application/rss+xml, application/xml;q=0.9, */*;q=0.5",
                since=None if since is None else str(since),
            )

    def parse(self, response: Response) -> Page:
        return _page(parse_feed(response), response)

    def parse_fully(self, response: Response) -> Page:
        return _page(parse_feed_fully(response), response)


def _page(feed: Page, response: Response) -> Page:
    """Articles with their publishers; an answer without any says that nothing was found."""
    publishers = _publishers(response.body)
    items = tuple(_article(item, publishers) for item in feed.items if item.url)
    since, times = parse_time_checkpoint(response.request.since), timestamps(items)
    missed = since is not None and len(times) == len(items) >= _FULL and min(times) > since.newest
    note = "every article is newer than the last scan: others may exist; ask more often" if missed else None
    page = unordered_page(response, items, more=True, overlap=_OVERLAP, note=feed.note if feed.incomplete else note)
    return replace(page, truncated=missed, incomplete=feed.incomplete)


def _article(item: Item, publishers: Mapping[str, str]) -> Item:
    name = publishers.get(item.url or "")
    author = Author(name=name) if name and item.author.name is None else item.author
    return replace(
        item, platform=BingNews.platform, kind="article", external_id=None, author=author,
        links=tuple(link for link in item.links if link != item.url)
    )  # fmt: skip


def _publishers(body: bytes) -> dict[str, str]:
    """Who published what, by the article's address."""
    found: dict[str, str] = {}
    for piece in body.split(b"<item>", _ENTRIES + 1)[1 : _ENTRIES + 1]:
        entry = piece[:20_000]
        link, publisher = _LINK.search(entry), _PUBLISHER.search(entry)
        if link is None or publisher is None:
            continue
        url = safe_url(unwrap(unescape(link[1].decode("utf-8", "replace"))))
        name = one_line(unescape(publisher[1].decode("utf-8", "replace")), 200)
        if url and name:
            found.setdefault(url, name)
    return found
