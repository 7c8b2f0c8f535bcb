"""NodeBB forums: the topics that moved last, and with a token their search."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

from mentionwatch.errors import AuthFailed, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, require_any, tags_of
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_list, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.requests import bearer, json_request, with_params
from mentionwatch.sources.toolkit.time_paging import time_ordered_page
from mentionwatch.text import one_line, plain_from_html
from mentionwatch.urls import host_of, safe_url

#: Topics and posts of a full page, where the answer does not say how many pages there are (topicsPerPage).
_PER_PAGE = 20
#: Seconds asked again: the search index is filled by a queue, and a post may wait for approval.
_OVERLAP = 3_600
_SLUG = re.compile(r"[0-9]{1,12}/[^/?#\s<>\"]{1,400}")
_TAG = re.compile(r"[\w-]{1,60}")
#: A topic's id: a number, or a UUID where it came from the fediverse.
_TID = re.compile(r"[0-9]{1,18}|[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class NodeBB:
    """Topics of one NodeBB forum with their newest posts, topics by hashtag, and with a token every post found.

    Guests see the list of topics by their last post, and each with its title and that post; the search is for members:
    with `token` (an API token, Admin → Settings → API access) it is asked for every term.
    """

    type: ClassVar[str] = "nodebb"
    platform: ClassVar[str] = "nodebb"
    #: None are published for reading; posting is limited.
    limits: ClassVar[Limits] = Limits(min_interval=3.0, concurrency=1, pages=10, every=1800.0)
    account: ClassVar[str] = "none; a user's API token for the search"
    limitations: ClassVar[str] = (
        "without a token all replies of a topic but the last between two looks; private categories"
    )

    server: str = field(metadata={"help": "The forum's address, like https://forum.example."})
    token: Secret | None = option(None, "A user's API token, for the search.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", normalize_base_url("server", self.server))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        yield self._request("topics", f"{self.server}/api/recent", (), checkpoints)
        tags = dict.fromkeys(tag.lower() for tag in search_terms.hashtags(brands) if _TAG.fullmatch(tag))
        for tag in tags:
            yield self._request(f"tag:{tag}", f"{self.server}/api/tags/{quote(tag)}", (), checkpoints)
        for question, text in search_terms.phrases(brands) if self.token is not None else ():
            params = (
                ("term", text),
                ("in", "titlesposts"),
                ("matchWords", "all"),
                ("sortBy", "timestamp"),
                ("sortDirection", "desc"),
                ("showAs", "posts"),
            )
            yield self._request(question, f"{self.server}/api/search", params, checkpoints)

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        if response.request.query_key.startswith("text:"):
            return self._found(answer, response)
        return self._topics(answer, response)

    def explain(self, response: Response) -> SourceError | Page | None:
        """401 says who may search, 404 that nobody has used a tag."""
        host, status = host_of(self.server), response.status
        if status == 404 and response.request.query_key.startswith("tag:"):
            return Page((), checkpoint=response.request.since, note="no topic has this tag")
        if status == 401:
            hint = "set token" if self.token is None else "renew the token"
            return AuthFailed(f"{host} shows this only to its members: {hint}", status=status)
        return None

    def _request(
        self, question: str, url: str, params: tuple[tuple[str, str], ...], checkpoints: Mapping[str, str]
    ) -> Request:
        since = parse_time_checkpoint(checkpoints.get(question))
        headers = {} if self.token is None else bearer(self.token)
        return json_request(question, url, params=params, headers=headers, since=since)

    def _following(self, answer: JsonObject, request: Request) -> tuple[bool, Request]:
        """Whether more pages follow, and the request for the next."""
        pages = answer.object("pagination").count("pageCount") or answer.count("pageCount")
        shown = len(answer.objects("topics")) or len(answer.objects("posts"))
        full = request.page + 1 < pages if pages is not None else shown >= _PER_PAGE
        return full, with_params(request, page=str(request.page + 2))

    # --- topics -------------------------------------------------------------------------------------------------------

    def _topics(self, answer: JsonObject, response: Response) -> Page:
        """Topics by their last post. One that was pinned stands on top, whatever its time."""
        topics = [
            topic
            for topic in read_list(answer, "topics", response)
            if not topic.count("deleted") and not topic.flag("deleted") and not topic.flag("scheduled")
        ]
        request, since = response.request, parse_time_checkpoint(response.request.since)
        moved: list[Item] = []
        others: list[Item] = []
        for topic in topics:
            opening, newest = self._opening(topic, response), self._newest(topic, response)
            (others if topic.count("pinned") else moved).extend(one for one in (newest or opening,) if one)
            others += [opening] if opening and newest and newest.kind == "comment" else []
        if topics and not moved and not others:
            raise UnexpectedResponse("the list contains no topic", status=response.status)
        full, following = self._following(answer, request)
        page = time_ordered_page(response, moved, full=full, following=following, overlap=_OVERLAP)
        floor = None if since is None else since.resume_from(_OVERLAP)
        fresh = (item for item in others if floor is None or _time(item) >= floor)
        known = {item.external_id for item in page.items}
        return replace(page, items=(*page.items, *(item for item in fresh if item.external_id not in known)))

    def _opening(self, topic: JsonObject, response: Response) -> Item | None:
        """The topic itself: the list gives its title, and its text only while nobody has replied."""
        number = _pid(topic, "mainPid")
        place = self._place(topic)
        if number is None or place is None:
            return None
        teaser = topic.object("teaser")
        said = plain_from_html(teaser.text("content") if _pid(teaser, "pid") == number else "", self.server)
        posts = topic.count("postcount")
        return Item(
            platform=self.platform,
            kind="post",
            external_id=self._id(number),
            url=place,
            title=one_line(plain_from_html(topic.text("title")).text) or None,
            text=said.text,
            author=self._author(topic.object("user")),
            published_at=from_iso(topic.text("timestampISO"), response),
            links=links_of(said, place),
            tags=tags_of(tag.text("value") for tag in topic.objects("tags")),
            same_as=self._addresses(number),
            engagement=Engagement(
                likes=topic.count("upvotes"),
                replies=None if not posts else posts - 1,
                score=topic.integer("votes"),
                views=topic.count("viewcount"),
            ),
        )

    def _newest(self, topic: JsonObject, response: Response) -> Item | None:
        """The last post, where it is not the one that opened the topic."""
        teaser = topic.object("teaser")
        if not teaser or _pid(teaser, "pid") == _pid(topic, "mainPid"):
            return None
        return self._post(teaser, topic, response)

    # --- posts --------------------------------------------------------------------------------------------------------

    def _found(self, answer: JsonObject, response: Response) -> Page:
        posts = [post for post in read_list(answer, "posts", response) if not post.flag("deleted")]
        items = [item for post in posts if (item := self._post(post, post.object("topic"), response)) is not None]
        require_any(items, posts, response, "a post")
        full, following = self._following(answer, response.request)
        return time_ordered_page(response, items, full=full, following=following, overlap=_OVERLAP)

    def _post(self, post: JsonObject, topic: JsonObject, response: Response) -> Item | None:
        number, place = _pid(post, "pid"), self._place(topic)
        if number is None or place is None:
            return None
        opens = post.flag("isMainPost") or number == _pid(topic, "mainPid")
        said = plain_from_html(post.text("content"), self.server)
        own, *others = self._addresses(number)
        url = place if opens else own
        answers = _pid(post, "toPid")
        return Item(
            platform=self.platform,
            kind="post" if opens else "comment",
            external_id=self._id(number),
            url=url,
            title=one_line(plain_from_html(topic.text("title")).text) or None,
            text=said.text,
            author=self._author(post.object("user")),
            published_at=from_iso(post.text("timestampISO"), response),
            links=links_of(said, url),
            parent_url=None if opens else self._addresses(answers)[0] if answers else place,
            same_as=(own, *others) if opens else tuple(others),
            engagement=Engagement(
                likes=post.count("upvotes"), replies=post.count("replies"), score=post.integer("votes")
            ),
        )

    def _id(self, number: str) -> str:
        """A number is the forum's own; the address of a post of the fediverse names it everywhere."""
        return number if "://" in number else f"{host_of(self.server)}/{number}"

    def _addresses(self, number: str) -> tuple[str, ...]:
        """Where a post is read: its own address where it has one, and this forum's."""
        here = f"{self.server}/post/{quote(number, safe='')}"
        return (number, here) if "://" in number else (here,)

    def _place(self, topic: JsonObject) -> str | None:
        slug, number = topic.text("slug"), topic.identifier("tid")
        if number is None or not _TID.fullmatch(number) or number == "0":
            return None
        known = _SLUG.fullmatch(slug) and slug.startswith(f"{number}/")
        return safe_url(f"{self.server}/topic/{slug if known else number}")

    def _author(self, user: JsonObject) -> Author:
        handle = one_line(user.text("username"), 100) or None
        slug = one_line(user.text("userslug"), 100)
        return Author(
            name=one_line(user.text("displayname"), 200) or handle,
            handle=handle,
            url=safe_url(f"{self.server}/user/{slug}") if re.fullmatch(r"[\w.-]+", slug) else None,
        )


def _pid(said: JsonObject, name: str) -> str | None:
    """A post's id: a number, or since version 4 the address of a post that came from the fediverse."""
    number = said.identifier(name)
    if number is not None and re.fullmatch(r"[1-9][0-9]{0,17}", number):
        return number
    return safe_url(number or "")


def _time(item: Item) -> float:
    return item.published_at.timestamp() if item.published_at is not None else 0.0
