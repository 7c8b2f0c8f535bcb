"""Lobsters, and other sites that run its software: the newest stories, and those from the brands' domains."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from mentionwatch.errors import SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.protocols import RecheckedItems, RecheckRequest
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import advance_checkpoint, parse_time_checkpoint, timestamps
from mentionwatch.sources.toolkit.items import links_of, read_items
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_array, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.recheck import MAX_REPLIES
from mentionwatch.sources.toolkit.requests import json_request
from mentionwatch.text import one_line, plain_from_html
from mentionwatch.urls import host_of, safe_url

#: Seconds asked again before the checkpoint: a visitor's pages are cached, and page 2 may be older than page 1.
_OVERLAP = 3_600
#: Stories of a full page.
_PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Lobsters:
    """Lobsters stories: every new one, matched here, and those submitted from the brands' domains.

    The site has no search for programs, so the list of new stories (25 a page, some 35 a day) is read back to where
    the last scan ended; a domain's list shows what was submitted before. A story and its article are one mention.
    """

    type: ClassVar[str] = "lobsters"
    platform: ClassVar[str] = "lobsters"
    #: None are published; pages are cached for a minute or so, and a week of stories is ten pages.
    limits: ClassVar[Limits] = Limits(min_interval=2.0, concurrency=1, pages=10, every=1800.0)
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = "comments: the site offers no list or search of them to programs"

    base_url: str = option("https://lobste.rs", "Address of the site, if another one.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        yield self._request("newest", f"{self.base_url}/newest.json", checkpoints)
        for host in search_terms.hosts(brands):
            yield self._request(f"url:{host}", f"{self.base_url}/domains/{host}.json", checkpoints)

    def parse(self, response: Response) -> Page:
        request = response.request
        stories = read_array(response)
        items = read_items(stories, lambda story, response: _item(story, self.base_url, response), response, "a story")
        if request.query_key == "newest" and request.page == 0 and not stories:
            raise UnexpectedResponse("the list of new stories is empty, which it never is", status=response.status)

        since = parse_time_checkpoint(request.since)
        times = timestamps(items)
        checkpoint = advance_checkpoint(times, since, response, has_older=len(stories) >= _PER_PAGE)
        if since is None or not times:
            return Page(items, checkpoint=str(checkpoint))
        oldest = min(times)
        here = Page(since.news(items), checkpoint=str(checkpoint), backlog=since.older(items))
        if oldest <= since.resume_from(_OVERLAP):
            return here
        if request.page_state is not None and oldest >= int(request.page_state):
            return replace(here, truncated=True)  # the page before again: this list goes no further
        return replace(here, next=self._following(request, oldest))

    def recheck_requests(self, items: Sequence[Item], threads: Sequence[Item]) -> Iterator[RecheckRequest]:
        # One answer holds the story and its comments.
        for item in items:
            found = re.match(rf"{re.escape(self.base_url)}/s/([0-9a-z]{{1,12}})(?:/|$)", item.url or "")
            if found is not None:
                yield RecheckRequest(
                    self._request(f"again:{found[1]}", f"{self.base_url}/s/{found[1]}.json", {}), (item,)
                )

    def parse_recheck(self, response: Response, recheck: RecheckRequest) -> RecheckedItems:
        answer = read_object(response)
        item = _item(answer, self.base_url, response)
        if item is None:
            raise UnexpectedResponse("the response is not a story", status=response.status)
        read = (_comment(comment, item, self.base_url, response) for comment in answer.objects("comments"))
        return RecheckedItems({0: item}, more=tuple(one for one in read if one is not None)[:MAX_REPLIES])

    def explain(self, response: Response) -> SourceError | Page | None:
        """404 says that nothing was ever submitted from a domain, or that a list has no further page."""
        request = response.request
        if response.status == 404 and (request.query_key.startswith("url:") or request.page > 0):
            since = parse_time_checkpoint(request.since)
            return Page((), checkpoint=str(advance_checkpoint((), since, response, has_older=False)))
        return None

    def _request(self, question: str, url: str, checkpoints: Mapping[str, str]) -> Request:
        return json_request(question, url, since=parse_time_checkpoint(checkpoints.get(question)))

    def _following(self, request: Request, oldest: int) -> Request:
        """The next page of the same list, which begins with page 1; ``oldest`` is how far back this one went."""
        place = "newest" if request.query_key == "newest" else f"domains/{request.query_key.removeprefix('url:')}"
        url = f"{self.base_url}/{place}/page/{request.page + 2}.json"
        return replace(request, url=url, page=request.page + 1, page_state=str(oldest))


def _item(story: JsonObject, site: str, response: Response) -> Item | None:
    short = story.identifier("short_id")
    if short is None or not short.isalnum() or not short.isascii():
        return None
    url = safe_url(story.text("short_id_url"), site) or f"{site}/s/{short}"
    article = safe_url(story.text("url"), site)
    comments = safe_url(story.text("comments_url"), site)
    said = plain_from_html(story.text("description") or story.text("description_plain"), site)
    # A name since 2023, an object before.
    name = story.identifier("submitter_user") or story.object("submitter_user").identifier("username")
    return Item(
        platform=Lobsters.platform,
        kind="post",
        external_id=short if host_of(site) == "lobste.rs" else f"{host_of(site)}/{short}",
        url=url,
        title=one_line(story.text("title")) or None,
        text=said.text,
        author=Author(name=name, handle=name, url=safe_url(f"{site}/~{name}")) if name else Author(),
        published_at=from_iso(story.text("created_at"), response),
        links=links_of(said, url, before=(article,)),
        tags=tuple(tag for name in story.texts("tags") if (tag := one_line(name, 100))),
        same_as=tuple(dict.fromkeys(other for other in (article, comments) if other and other != url)),
        engagement=Engagement(score=story.integer("score"), replies=story.count("comment_count")),
    )


def _comment(comment: JsonObject, story: Item, site: str, response: Response) -> Item | None:
    """A comment under a story; ``None`` for one that was deleted."""
    short = comment.identifier("short_id")
    if short is None or not short.isalnum() or not short.isascii() or comment.flag("is_deleted"):
        return None
    said = plain_from_html(comment.text("comment"), site)
    url = safe_url(comment.text("short_id_url"), site) or f"{site}/c/{short}"
    name = comment.identifier("commenting_user") or comment.object("commenting_user").identifier("username")
    above = comment.identifier("parent_comment")
    parent = f"{site}/c/{above}" if above and above.isalnum() and above.isascii() else story.url
    return Item(
        platform=Lobsters.platform,
        kind="comment",
        external_id=f"c/{short}" if host_of(site) == "lobste.rs" else f"{host_of(site)}/c/{short}",
        url=url,
        text=said.text,
        author=Author(name=name, handle=name, url=safe_url(f"{site}/~{name}")) if name else Author(),
        published_at=from_iso(comment.text("created_at"), response),
        links=links_of(said, url),
        parent_url=parent,
        engagement=Engagement(score=comment.integer("score")),
    )
