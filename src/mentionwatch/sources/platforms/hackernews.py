"""Hacker News, through the search its maintainers run at Algolia."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from mentionwatch.errors import SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.protocols import RecheckedItems, RecheckRequest
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso, from_unix
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint, advance_checkpoint, parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, read_items
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_error, read_list, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.recheck import MAX_REPLIES
from mentionwatch.sources.toolkit.requests import json_request
from mentionwatch.text import one_line, plain_from_html, unescape
from mentionwatch.urls import safe_url

_SITE = "https://news.ycombinator.com"
#: Hits an answer may hold; Algolia allows 1,000, and 200 comments with their highlights stay well under 10 MB.
_PER_PAGE = 200
#: Only the first 1,000 hits of one question can be reached by page number (algolia/hn-search, issue 230).
_REACHABLE = 1_000
#: Seconds asked again before the checkpoint: what is written reaches the index some minutes later, not in order.
_OVERLAP = 3_600
_ITEM_ID = re.compile(r"^https://news\.ycombinator\.com/item\?id=([0-9]{1,12})$")
_TAGS = "(story,comment,poll,job)"
_TEXTS = "title,url,story_text,comment_text"


@dataclass(frozen=True, slots=True)
class HackerNews:
    """Hacker News stories and comments that hold a term, newest first, from the search at hn.algolia.com.

    Each name, hashtag and handle is asked as an exact phrase in titles, texts and comments, each domain in addition
    among the addresses of stories. A story and the article it submits are one mention.
    """

    type: ClassVar[str] = "hackernews"
    platform: ClassVar[str] = "hackernews"
    #: 10,000 requests an hour are allowed (hn.algolia.com, seen second-hand); 25 pages are 5,000 hits a question.
    limits: ClassVar[Limits] = Limits(min_interval=0.4, concurrency=2, pages=25, every=600.0)
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = "what the index has not taken in yet (minutes), and dead or deleted posts"

    base_url: str = option("https://hn.algolia.com", "Address of the search, if not the public one.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for question, params in self._questions(brands):
            since = parse_time_checkpoint(checkpoints.get(question))
            yield json_request(
                question, f"{self.base_url}/api/v1/search_by_date", (*params, *_slice(since, None)), since=since
            )

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        hits = read_list(answer, "hits", response)
        items = read_items(hits, _item, response, "a story or a comment")

        since = parse_time_checkpoint(response.request.since)
        times = [time for hit in hits if (time := hit.count("created_at_i")) is not None]
        further, truncated = (None, False) if since is None else _further(response.request, answer, times, since)
        more = _has_more(response.request, answer, times)
        return Page(
            items=items,
            next=further,
            checkpoint=str(advance_checkpoint(times, since, response, has_older=more)),
            truncated=truncated,
        )

    def recheck_requests(self, items: Sequence[Item], threads: Sequence[Item]) -> Iterator[RecheckRequest]:
        # One answer holds the item and all that was said below it.
        for item in items:
            found = _ITEM_ID.search(item.url or "")
            if found is not None:
                yield RecheckRequest(
                    json_request(f"again:{found[1]}", f"{self.base_url}/api/v1/items/{found[1]}"), (item,)
                )

    def parse_recheck(self, response: Response, recheck: RecheckRequest) -> RecheckedItems:
        answer = read_object(response)
        if answer.identifier("id") is None:
            raise UnexpectedResponse("the response is not a story or comment", status=response.status)
        below: list[JsonObject] = []
        todo = list(answer.objects("children"))
        while todo:
            node = todo.pop()
            below.append(node)
            todo += node.objects("children")
        if answer.identifier("author") is None and not answer.text("text") and not answer.text("title"):
            return RecheckedItems(gone=frozenset({0}))
        said = [item for node in below if (item := _item(_as_hit(node), response)) is not None and item.author.name]
        item = _item(_as_hit(answer), response)
        if item is None:
            return RecheckedItems()
        counted = replace(item, engagement=replace(item.engagement, replies=len(said)))
        newest = sorted(said, key=lambda one: one.published_at or response.received_at, reverse=True)
        return RecheckedItems({0: counted}, more=tuple(newest[:MAX_REPLIES]))

    def explain(self, response: Response) -> SourceError | None:
        """Algolia's own sentence for a question it does not take (400)."""
        if response.status != 400 or (answer := read_error(response)) is None:
            return None
        said = one_line(answer.text("message"), 200)
        return UnexpectedResponse(f"the search rejected this query: {said or 'no reason given'}", status=400)

    def _questions(self, brands: tuple[Brand, ...]) -> Iterable[tuple[str, tuple[tuple[str, str], ...]]]:
        kinds = (search_terms.names, search_terms.hashtags, search_terms.handles, search_terms.hosts)
        for known, text in search_terms.by_key(text for kind in kinds for text in kind(brands)).items():
            yield f"text:{known}", _query(text, _TEXTS, _TAGS)
        for host in search_terms.hosts(brands):
            yield f"url:{host}", _query(host, "url", "story")


def _query(phrase: str, attributes: str, tags: str) -> tuple[tuple[str, str], ...]:
    """One exact phrase: by default Algolia forgives typing errors and completes words (``Deno`` finds ``demo``)."""
    return (
        ("query", f'"{phrase}"'),
        ("tags", tags),
        ("restrictSearchableAttributes", attributes),
        ("advancedSyntax", "true"),
        ("typoTolerance", "false"),
        ("queryType", "prefixNone"),
        ("hitsPerPage", str(_PER_PAGE)),
    )


def _slice(since: TimeCheckpoint | None, until: int | None, page: int = 0) -> tuple[tuple[str, str], ...]:
    """The part of time to ask for: after the checkpoint less the overlap, up to and with ``until``."""
    bounds = []
    if since is not None:
        bounds.append(f"created_at_i>{since.resume_from(_OVERLAP)}")
    if until is not None:
        bounds.append(f"created_at_i<{until + 1}")
    filters = (("numericFilters", ",".join(bounds)),) if bounds else ()
    return (*filters, ("page", str(page))) if page else filters


def _has_more(request: Request, answer: JsonObject, times: list[int]) -> bool:
    """Whether more hits than these lie in the part of time that was asked for."""
    size, page = _size_and_page(request, answer)
    return bool(times) and (len(times) >= size or page * size + len(times) < (answer.count("nbHits") or 0))


def _size_and_page(request: Request, answer: JsonObject) -> tuple[int, int]:
    page = dict(request.params).get("page", "0")
    return min(answer.count("hitsPerPage") or _PER_PAGE, _PER_PAGE), int(str(page))


def _further(
    request: Request, answer: JsonObject, times: list[int], since: TimeCheckpoint
) -> tuple[Request | None, bool]:
    """The next request down in time, and whether hits are left that cannot be asked for.

    Pages are cut by time and not by number: only so is the 1,001st hit reached, and nothing slips between two pages
    while new posts push the old ones on. The border second is asked twice, for it may hold more than one post.
    """
    if not _has_more(request, answer, times) or min(times) <= since.resume_from(_OVERLAP):
        return None, False
    oldest = min(times)
    part = _slice(since, oldest)
    if dict(part)["numericFilters"] == dict(request.params).get("numericFilters"):
        # The whole page is one second: the only way on is by number, as far as that goes.
        size, page = _size_and_page(request, answer)
        if (page + 1) * size >= _REACHABLE:
            return None, True
        part = _slice(since, oldest, page + 1)
    kept: tuple[tuple[str, str | Secret], ...] = tuple(
        pair for pair in request.params if pair[0] not in ("numericFilters", "page")
    )
    return replace(request, params=kept + part, page=request.page + 1), False


def _item(hit: JsonObject, response: Response) -> Item | None:
    number = hit.number_id("objectID")
    if number is None:
        return None
    comment = "comment" in hit.texts("_tags") or bool(hit.text("comment_text"))
    said = plain_from_html(hit.text("comment_text") if comment else hit.text("story_text"), _SITE)
    article = None if comment else safe_url(hit.text("url"), _SITE)
    url = _permalink(number)
    parent = hit.identifier("parent_id") or hit.identifier("story_id")
    name = hit.identifier("author")
    return Item(
        platform=HackerNews.platform,
        kind="comment" if comment else "post",
        external_id=number,
        url=url,
        title=None if comment else one_line(unescape(hit.text("title"))) or None,
        text=said.text,
        author=Author(name=name, handle=name, url=f"{_SITE}/user?id={name}") if name else Author(),
        published_at=from_unix(hit.count("created_at_i"), response) or from_iso(hit.text("created_at"), response),
        links=links_of(said, url, before=(article,)),
        parent_url=_permalink(parent) if comment and parent else None,
        same_as=(article,) if article and article != url else (),
        engagement=Engagement(score=hit.integer("points"), replies=hit.count("num_comments")),
    )


def _as_hit(node: JsonObject) -> JsonObject:
    """An item of the tree as the search would give it."""
    comment = node.text("type") == "comment"
    return JsonObject(
        {
            **node.fields,
            "objectID": node.identifier("id"),
            "_tags": [node.text("type")],
            ("comment_text" if comment else "story_text"): node.text("text"),
        }
    )


def _permalink(number: str) -> str:
    return f"{_SITE}/item?id={number}"
