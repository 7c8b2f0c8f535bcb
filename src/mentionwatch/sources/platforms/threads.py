"""Threads, by Meta's own API: its search, who mentions the account, and the replies under the account's posts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

from mentionwatch.errors import SourceError, UserError
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Item
from mentionwatch.sources.platforms._meta_graph import (
    ID,
    graph_error,
    graph_request,
    next_cursor,
    parse_list,
    with_cursor,
    with_pause,
)
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso, server_time
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint, parse_time_checkpoint, timestamps
from mentionwatch.sources.toolkit.items import links_of, plain_text, read_items
from mentionwatch.sources.toolkit.json_reader import JsonObject
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.time_paging import time_ordered_page
from mentionwatch.text import one_line
from mentionwatch.urls import safe_url

_SITE = "https://www.threads.com"
_PER_PAGE = 100
#: Own posts whose replies are read in one scan: those answered among the newest.
_ANSWERED = 20
_OVERLAP = 3_600
#: The search takes no earlier beginning than 5 July 2023 (developers.facebook.com, keyword search).
_BEGAN = 1_688_540_400
_FIELDS = "id,text,media_type,permalink,timestamp,username,is_quote_post,is_reply,topic_tag,link_attachment_url"
_OWN = "id,text,media_type,permalink,timestamp,username,has_replies"
_REPLIES = "id,text,media_type,permalink,timestamp,username,is_reply,link_attachment_url,replied_to{id,permalink}"
_NEEDS = {
    "mentions": "threads_basic and threads_manage_mentions",
    "replies": "threads_basic and threads_read_replies",
}
_SEARCH = "threads_basic and threads_keyword_search"


@dataclass(frozen=True, slots=True)
class Threads:
    """Threads posts that hold a term or bear a hashtag, mentions of one's account, and replies under its posts.

    An app that Meta has not approved for threads_keyword_search searches the account's own posts alone, and the answer
    does not say so: switch search off until it is. A token lasts 60 days. The search asks each name, handle and domain
    as words and each hashtag as a topic; what came is matched here again. Replies are read under the newest posts.
    """

    type: ClassVar[str] = "threads"
    platform: ClassVar[str] = "threads"
    #: 2,200 searches in 24 hours for a user, those without a result not counted (developers.facebook.com/documentation/
    #: threads/keyword-search, January 2026); other calls by the account's reach, told in headers.
    limits: ClassVar[Limits] = Limits(min_interval=1.0, concurrency=1, pages=25, every=1800.0, per_day=2_200)
    account: ClassVar[str] = (
        "a user token of your own Meta app; for others' posts one approved for threads_keyword_search"
    )
    limitations: ClassVar[str] = (
        "likes, polls, descriptions of pictures, quoted posts, replies under older posts, others' posts before"
        " Meta's approval; untested against the live service"
    )

    token: Secret = field(metadata={"help": "A long-lived token of the account, made for your app."})
    search: bool = option(True, "Search public posts; needs threads_keyword_search.")
    mentions: bool = option(True, "Posts that mention the account; threads_manage_mentions.")
    replies: bool = option(True, "Replies under the account's posts; threads_read_replies.")
    base_url: str = option("https://graph.threads.net", "Address of the API, if not Meta's own.")

    def __post_init__(self) -> None:
        if not (self.search or self.mentions or self.replies):
            raise UserError("search: nothing is asked with search, mentions and replies all false")
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        if self.search:
            yield from self._searches(brands, checkpoints)
        if self.mentions:
            asked = (("fields", _FIELDS), ("limit", str(_PER_PAGE)))
            yield self._request("mentions", "me/mentions", asked, checkpoints, metered=False)
        if self.replies:
            yield self._request(
                "replies", "me/threads", (("fields", _OWN), ("limit", "50")), checkpoints, metered=False
            )

    def parse(self, response: Response) -> Page:
        answer = parse_list(response, "Threads", self.token, _needs(response))
        posts = answer.objects("data")
        items = read_items(posts, _item, response, "a post")
        if response.request.query_key == "replies":
            return with_pause(self._replies_page(posts, items, answer, response), response)
        following = with_cursor(response.request, next_cursor(answer))
        page = time_ordered_page(
            response, items, full=next_cursor(answer) is not None, following=following, overlap=_OVERLAP
        )
        return with_pause(page, response)

    def explain(self, response: Response) -> SourceError | None:
        """The token, the permission that is missing, the limits."""
        return graph_error(response, "Threads", self.token, _needs(response))

    def _searches(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str]) -> Iterator[Request]:
        asked: dict[str, tuple[str, str]] = {name: (text, "KEYWORD") for name, text in search_terms.phrases(brands)}
        for tag in search_terms.hashtags(brands):
            asked.setdefault(f"tag:{search_terms.key(tag)}", (tag, "TAG"))
        for question, (text, mode) in asked.items():
            since = parse_time_checkpoint(checkpoints.get(question))
            start = () if since is None else (("since", str(max(since.resume_from(_OVERLAP), _BEGAN))),)
            words = (("q", text), ("search_type", "RECENT"), ("search_mode", mode))
            rest = (("fields", _FIELDS), ("limit", str(_PER_PAGE)), *start)
            yield self._request(question, "keyword_search", (*words, *rest), checkpoints)

    def _request(
        self,
        question: str,
        path: str,
        asked: tuple[tuple[str, str], ...],
        checkpoints: Mapping[str, str],
        *,
        metered: bool = True,
    ) -> Request:
        since = parse_time_checkpoint(checkpoints.get(question))
        mark = None if since is None else str(since)
        return replace(
            graph_request(question, f"{self.base_url}/v1.0/{path}", asked, self.token, mark), metered=metered
        )

    def _replies_page(
        self, posts: tuple[JsonObject, ...], items: tuple[Item, ...], answer: JsonObject, response: Response
    ) -> Page:
        """The account's posts, and after them, one by one, the conversations under those that were answered.

        ``page_state`` holds the numbers of those still to read; the checkpoint is the first answer's time: a reply's
        own time says nothing of the others'.
        """
        request = response.request
        since = parse_time_checkpoint(request.since)
        clock = int(server_time(response).timestamp())
        if since is None:
            return Page(items, checkpoint=str(TimeCheckpoint(clock, clock)))
        here = Page(since.news(items), checkpoint=str(TimeCheckpoint(max(clock, since.newest), since.begin)))
        if request.url.endswith("/me/threads"):
            waiting = [post.identifier("id") or "" for post in posts if post.flag("has_replies")]
            waiting = [number for number in waiting if ID.fullmatch(number)][:_ANSWERED]
        else:
            waiting = [number for number in (request.page_state or "").split(",") if ID.fullmatch(number)]
            times = timestamps(items)
            if next_cursor(answer) is not None and times and min(times) > since.resume_from(_OVERLAP):
                here = replace(here, truncated=True)
        if not waiting:
            return here
        asked = (("fields", _REPLIES), ("reverse", "true"), ("limit", str(_PER_PAGE)))
        url = f"{self.base_url}/v1.0/{waiting[0]}/conversation"
        following = graph_request(request.query_key, url, asked, self.token, request.since)
        return replace(
            here, next=replace(following, page=request.page + 1, page_state=",".join(waiting[1:]), metered=False)
        )


def _needs(response: Response) -> str:
    return _NEEDS.get(response.request.query_key, _SEARCH)


def _item(post: JsonObject, response: Response) -> Item | None:
    """A post, or the repost of one, which says nothing of its own."""
    number = post.identifier("id")
    if number is None or not ID.fullmatch(number) or "timestamp" not in post:
        return None
    url = _post_url(post.text("permalink"))
    said = plain_text(post.text("text"))
    name = post.identifier("username")
    handle = one_line(name, 100).lstrip("@") if name else None
    tag = one_line(post.text("topic_tag"), 200).lstrip("#").strip()
    return Item(
        platform=Threads.platform,
        kind="comment" if post.flag("is_reply") or "replied_to" in post else "post",
        external_id=number,
        url=url,
        text=said.text,
        author=Author(name=handle, handle=handle, url=safe_url(f"{_SITE}/@{handle}")) if handle else Author(),
        published_at=from_iso(post.text("timestamp"), response),
        links=links_of(said, url, after=(safe_url(post.text("link_attachment_url")),)),
        tags=(tag,) if tag else (),
        parent_url=_post_url(post.object("replied_to").text("permalink")),
    )


def _post_url(permalink: str) -> str | None:
    """The post's address at the network's newer name: it was threads.net before."""
    url = safe_url(permalink)
    if url is None:
        return None
    parts = urlsplit(url)
    known = parts.hostname in ("threads.net", "www.threads.net", "threads.com", "www.threads.com")
    return f"{_SITE}{parts.path}" if known else url
