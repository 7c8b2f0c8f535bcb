"""Medium: the newest stories of a tag, by the feed it gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

from mentionwatch.errors import Forbidden, SourceError
from mentionwatch.messages import Limits, Page, Request, Response
from mentionwatch.model import Brand, Item
from mentionwatch.sources.feed.loader import ACCEPT, parse_feed, parse_feed_fully
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.times import stamp

_ID = re.compile(r"https://medium\.com/p/([0-9a-f]{8,16})")
_JOINTS = re.compile(r"[\s_\-‐‑]+")


@dataclass(frozen=True, slots=True)
class Medium:
    """The newest stories under tags on Medium: those of the brands' hashtags and names, and those named here.

    Medium has no search for programs. A tag's feed holds ten stories, each a title, the tags and a line of text. The
    feed of a person or publication (https://medium.com/feed/@name) is read whole by the type `feed`.
    """

    type: ClassVar[str] = "medium"
    platform: ClassVar[str] = "medium"
    #: None are published; addresses of data centres are shut out at once.
    limits: ClassVar[Limits] = Limits(min_interval=5.0, concurrency=1, pages=1, every=1800.0)
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = "stories without one of the tags, all text but a line, responses, claps"

    tags: tuple[str, ...] = option((), "Tags to follow beside those of the brands.")
    base_url: str = option("https://medium.com", "Address of the site.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for tag in self._tags(brands):
            question = f"tag:{tag}"
            yield Request(
                query_key=question,
                url=f"{self.base_url}/feed/tag/{quote(tag, safe='')}",
                accept=ACCEPT,
                since=checkpoints.get(question),
            )

    def parse(self, response: Response) -> Page:
        return _page(parse_feed(response))

    def parse_fully(self, response: Response) -> Page:
        return _page(parse_feed_fully(response))

    def explain(self, response: Response) -> SourceError | Page | None:
        """404 is a tag nobody has used; 403 comes from the guard before the site."""
        if response.status == 404:
            return Page((), checkpoint=response.request.since or stamp(response.received_at))
        if response.status == 403:
            hint = "it blocks many data-centre addresses; try from another network"
            return Forbidden(f"Medium does not respond here: {hint}", status=403)
        return None

    def _tags(self, brands: tuple[Brand, ...]) -> tuple[str, ...]:
        """As Medium writes them: small letters, hyphens between words."""
        found: dict[str, None] = {}
        names = filter(search_terms.as_hashtag, search_terms.names(brands))
        for text in (*self.tags, *search_terms.hashtags(brands), *names):
            words = _JOINTS.sub("-", search_terms.key(text.lstrip("#＃")).strip()).strip("-")
            if words and len(words) <= 100 and all(char == "-" or char.isalnum() for char in words):
                found.setdefault(words)
        return tuple(found)


def _page(page: Page) -> Page:
    items = tuple(_story(item) for item in page.items)
    return replace(page, items=items, note=page.note if items else None)


def _story(item: Item) -> Item:
    """A story under its own id, its address without where it was found."""
    guid = next((found for url in (item.external_id, *item.same_as) if (found := _ID.fullmatch(url or ""))), None)
    url = item.url
    if url is not None and "?source=rss" in url:
        url = url.partition("?")[0]
    return replace(
        item,
        platform=Medium.platform,
        kind="article",
        external_id=guid[1] if guid else item.external_id,
        url=url,
        same_as=tuple(other for other in item.same_as if other != url),
        links=tuple(link for link in item.links if link.partition("?source=rss")[0] != url),
    )
