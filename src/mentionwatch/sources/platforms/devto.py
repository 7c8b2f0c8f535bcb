"""DEV (dev.to), and other sites that run its software Forem: every new article, and the feeds of tags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from mentionwatch.errors import SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.feed.loader import ACCEPT, parse_feed, parse_feed_fully
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint
from mentionwatch.sources.toolkit.items import read_items, tags_of
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_array, read_error
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.requests import json_request
from mentionwatch.sources.toolkit.time_paging import time_ordered_page
from mentionwatch.text import one_line
from mentionwatch.times import stamp
from mentionwatch.urls import host_of, safe_url

#: Articles of a page; 1,000 are allowed.
_PER_PAGE = 100
#: Seconds asked again: pages are cached.
_OVERLAP = 3_600


@dataclass(frozen=True, slots=True)
class DevTo:
    """Articles on dev.to: every new one by its title and description, and those of the brands' tags in full.

    The site has no search for programs, so the list of new articles is read back to the last scan and matched here;
    the feed of each hashtag, and of each name written as one, holds whole texts.
    """

    type: ClassVar[str] = "devto"
    platform: ClassVar[str] = "devto"
    #: 30 requests in 30 seconds (seen second-hand); ten pages are 1,000 articles, about a day's.
    limits: ClassVar[Limits] = Limits(min_interval=1.5, concurrency=1, pages=10, every=1800.0)
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = (
        "the text of articles without one of the tags, and comments; untested against the live service"
    )

    tags: tuple[str, ...] = option((), "Tags to follow beside those of the brands.")
    base_url: str = option("https://dev.to", "Address of the site, if another one.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        # The feeds come first: their articles are whole.
        for tag in self._tags(brands):
            question = f"tag:{tag}"
            url = f"{self.base_url}/feed/tag/{tag}"
            yield Request(query_key=question, url=url, accept=ACCEPT, since=checkpoints.get(question))
        since = parse_time_checkpoint(checkpoints.get("latest"))
        yield json_request(
            "latest",
            f"{self.base_url}/api/articles/latest",
            (("per_page", str(_PER_PAGE)), ("page", "1")),
            # Without this the old version answers, and says so in a warning.
            accept="application/vnd.forem.api-v1+json",
            since=since,
        )

    def parse(self, response: Response) -> Page:
        if response.request.query_key != "latest":
            return self._feed(parse_feed(response))
        articles = read_array(response)
        if not articles and response.request.page == 0:
            raise UnexpectedResponse("the list of new articles is empty, which it never is", status=response.status)
        items = read_items(articles, self._item, response, "an article")
        request = response.request
        params = (("per_page", str(_PER_PAGE)), ("page", str(request.page + 2)))
        return time_ordered_page(
            response,
            items,
            full=len(articles) >= _PER_PAGE,
            following=replace(request, params=params),
            overlap=_OVERLAP,
        )

    def parse_fully(self, response: Response) -> Page:
        return self._feed(parse_feed_fully(response))

    def explain(self, response: Response) -> SourceError | Page | None:
        """404 is a tag nobody has used."""
        request = response.request
        if response.status == 404 and request.query_key.startswith("tag:"):
            return Page((), checkpoint=request.since or stamp(response.received_at))
        if (answer := read_error(response)) is None:
            return None
        said = error_text(answer.text("error"))
        if response.status in (400, 422) and said:
            return UnexpectedResponse(f"{host_of(self.base_url)} rejected this query: {said}", status=response.status)
        return None

    def _tags(self, brands: tuple[Brand, ...]) -> tuple[str, ...]:
        """As the site writes them: small ASCII letters and digits, nothing else."""
        found: dict[str, None] = {}
        for tag in (*self.tags, *search_terms.tags(brands)):
            plain = search_terms.key(tag.lstrip("#＃").strip())
            if re.fullmatch(r"[a-z0-9]{1,30}", plain):
                found.setdefault(plain)
        return tuple(found)

    def _feed(self, page: Page) -> Page:
        """An article of a feed has no number; it is known by its address, as in the list."""
        items = tuple(replace(item, platform=self.platform, kind="article", external_id=None) for item in page.items)
        return replace(page, items=tuple(item for item in items if item.url), note=page.note if items else None)

    def _item(self, article: JsonObject, response: Response) -> Item | None:
        number = article.count("id")
        url = safe_url(article.text("url"), self.base_url)
        if number is None or url is None:
            return None
        canonical = safe_url(article.text("canonical_url"))
        user = article.object("user")
        handle = one_line(user.text("username"), 100) or None
        # A list in lists, a text in a single article; `tags` is the other way round.
        tags = article.texts("tag_list") or tuple(article.text("tag_list").split(",")[:50])
        likes = article.count("public_reactions_count")
        return Item(
            platform=self.platform,
            kind="article",
            external_id=str(number) if host_of(self.base_url) == "dev.to" else f"{host_of(self.base_url)}/{number}",
            url=url,
            title=one_line(article.text("title")) or None,
            text=one_line(article.text("description"), 2_000),
            language=language if re.fullmatch(r"[a-z]{2}", language := article.text("language")) else None,
            author=Author(
                name=one_line(user.text("name"), 200) or handle,
                handle=handle,
                url=safe_url(f"{self.base_url}/{handle}") if handle else None,
            ),
            published_at=from_iso(article.text("published_timestamp") or article.text("published_at"), response),
            tags=tags_of(tags),
            same_as=(canonical,) if canonical and canonical != url else (),
            engagement=Engagement(
                likes=article.count("positive_reactions_count") if likes is None else likes,
                replies=article.count("comments_count"),
            ),
        )
