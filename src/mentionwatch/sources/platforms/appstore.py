"""Apple's App Store: what customers write about an app, with their stars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from mentionwatch.errors import ServerError, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Limits, Page, Request, Response
from mentionwatch.model import Brand, Item
from mentionwatch.sources.feed.loader import parse_feed, parse_feed_fully
from mentionwatch.sources.toolkit.api_dates import server_time
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint, parse_time_checkpoint, timestamps
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.time_paging import page_fingerprint, reaches_back_to

#: Reviews of a full page, and pages there are: the newest 500 can be had.
_PER_PAGE = 50
_LAST = 10
#: Seconds asked again: a review that is edited bears the time of the edit, and pages come from several caches.
_OVERLAP = 86_400
_QUESTION = re.compile(r"reviews:([a-z]{2}):([0-9]{4,15})")


@dataclass(frozen=True, slots=True)
class AppStore:
    """Customer reviews of apps in Apple's App Store, by country, the newest first, with their stars.

    An app's number stands in its address (…/id123456789). A review seldom names the app: to count every review, give
    the brand the URL apps.apple.com/us/app/id123456789 (for each country asked). The feed is known to be empty for
    hours at a time; an empty answer where there were reviews is a failure and replaces nothing.
    """

    type: ClassVar[str] = "appstore"
    platform: ClassVar[str] = "appstore"
    #: None are published.
    limits: ClassVar[Limits] = Limits(min_interval=3.0, concurrency=1, pages=10, every=10_800.0)
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = "stars without a text, developers' answers, and more than 500 reviews of a country"

    apps: tuple[str, ...] = field(metadata={"help": "The apps' numbers, as in apps.apple.com/us/app/id123456789."})
    countries: tuple[str, ...] = option(("us",), "The stores to read, two letters each: us, gb, de, jp …")
    base_url: str = option("https://itunes.apple.com", "Address of the service.")

    def __post_init__(self) -> None:
        problems = []
        if not all(re.fullmatch(r"(?:id)?[0-9]{4,15}", app, re.ASCII) for app in self.apps) or not self.apps:
            problems.append('apps: numbers of apps, like ["123456789"]')
        if not all(re.fullmatch(r"[A-Za-z]{2}", country) for country in self.countries) or not self.countries:
            problems.append('countries: two letters each, like ["us", "de"]')
        if problems:
            raise UserError(*problems)
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for country in dict.fromkeys(country.lower() for country in self.countries):
            for app in dict.fromkeys(app.removeprefix("id") for app in self.apps):
                question = f"reviews:{country}:{app}"
                since = parse_time_checkpoint(checkpoints.get(question))
                yield Request(
                    query_key=question,
                    url=self._address(question, 1),
                    # In JSON a review bears no time.
                    accept="application/atom+xml, application/xml;q=0.9, text/xml;q=0.9",
                    since=None if since is None else str(since),
                )

    def parse(self, response: Response) -> Page:
        return self._page(parse_feed(response), response)

    def parse_fully(self, response: Response) -> Page:
        return self._page(parse_feed_fully(response), response)

    def explain(self, response: Response) -> SourceError | None:
        """400 and 404 are an app or a country the store does not know."""
        found = _QUESTION.fullmatch(response.request.query_key)
        if response.status in (400, 404) and found and response.request.page == 0:
            said = f"the store of {found[1].upper()} does not know an app with the number {found[2]}"
            return UnexpectedResponse(said, status=response.status)
        return None

    def _address(self, question: str, page: int) -> str:
        _, country, app = question.split(":")
        return f"{self.base_url}/{country}/rss/customerreviews/page={page}/id={app}/sortby=mostrecent/xml"

    def _page(self, feed: Page, response: Response) -> Page:
        request = response.request
        since = parse_time_checkpoint(request.since)
        # The first entry may be the app itself, which has no stars.
        items = tuple(_review(item, request.query_key) for item in feed.items if item.rating is not None)
        if feed.items and len(items) == 0 and len(feed.items) > 1:
            raise UnexpectedResponse("no entry is a review", status=response.status)
        if not items and since is not None and since.begin is not None and request.page == 0:
            raise ServerError("the store gave an empty page where there were reviews before", status=response.status)
        clock = int(server_time(response).timestamp())
        times = timestamps(items)
        newest = max((time for time in times if time <= clock), default=None)
        if since is None:
            # The beginning says as well that there were reviews: an empty page after that is none.
            mark = TimeCheckpoint(clock if newest is None else newest, min(times) if times else None)
            return replace(feed, items=items, checkpoint=str(mark), truncated=False, note=None)
        if since.begin is None and items:
            # So far every answer was empty, which the feed is for hours at a time: that proves no review to be new.
            since = TimeCheckpoint(since.newest, since.newest - _OVERLAP)
        checkpoint = str(TimeCheckpoint(max(newest or 0, since.newest), since.begin))
        fresh = since.news(items)
        here = replace(
            feed, items=fresh, backlog=since.older(items), checkpoint=checkpoint, truncated=False,
            note=feed.note if fresh else None,
        )  # fmt: skip
        if len(items) < _PER_PAGE or not times or reaches_back_to(times) <= since.resume_from(_OVERLAP):
            return here
        mark_of_page = page_fingerprint(items)
        if request.page + 1 >= _LAST or request.page_state == mark_of_page:
            return replace(here, truncated=True)
        url = self._address(request.query_key, request.page + 2)
        return replace(here, next=replace(request, url=url, page=request.page + 1, page_state=mark_of_page))


def _review(item: Item, question: str) -> Item:
    """A review under the address of its app: it has none of its own."""
    _, country, app = question.split(":")
    title, text = item.title or "", item.text
    if title and text.startswith(f"{title}\n"):  # the feed repeats it in the text
        text = text.removeprefix(title).strip()
    return replace(
        item,
        platform=AppStore.platform,
        kind="review",
        external_id=item.external_id,
        url=f"https://apps.apple.com/{country}/app/id{app}",
        text=text,
        links=tuple(link for link in item.links if not _STORE.match(link)),
        same_as=(),
    )


#: The store's own links in the frame of a review.
_STORE = re.compile(r"https?://(?:apps|itunes)\.apple\.com/")
