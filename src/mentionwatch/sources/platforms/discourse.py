"""Discourse forums: their search, and the list of every new post."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from mentionwatch.errors import AuthFailed, RateLimited, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.protocols import RecheckedItems, RecheckRequest
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import Checkpoint, parse_number_checkpoint, parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, read_items
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_error, read_list, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.requests import json_request, with_params
from mentionwatch.sources.toolkit.time_paging import time_ordered_page
from mentionwatch.text import one_line, plain_from_html
from mentionwatch.urls import host_of, safe_url

#: Posts of a full page of results, where an old server does not say whether more follow.
_PER_PAGE = 50
#: Seconds of search asked again: the index is filled by a queue.
_OVERLAP = 3_600
#: Ids asked again in the list of all posts: a post that waits for approval keeps the id it was written under.
_BEHIND = 100
#: The search refuses shorter terms; in scripts without spaces one sign is enough (min_search_term_length).
_SHORTEST = 3
#: The id of "liked" among the actions on a post.
_LIKE = 2
_SLUG = re.compile(r"[A-Za-z0-9_%.-]{1,300}")
#: The kind of post that notes what was done to a topic.
_SMALL_ACTION = 3


@dataclass(frozen=True, slots=True)
class Discourse:
    """Posts on one Discourse forum that hold a term, and every new post, matched here.

    The search is asked for names, hashtags, handles and domains of three signs and more, newest first; it gives an
    excerpt. The list of new posts gives each whole, and what the search does not index. With `api_key` and
    `api_username` it sees what that account sees.
    """

    type: ClassVar[str] = "discourse"
    platform: ClassVar[str] = "discourse"
    #: Guests may search 8 times a minute (rate_limit_search_anon_user_per_minute); the search ends with page 10.
    limits: ClassVar[Limits] = Limits(min_interval=8.0, concurrency=1, pages=10, every=1800.0)
    account: ClassVar[str] = "none on open forums; an API key of an account on the others"
    limitations: ClassVar[str] = "private categories and messages; search is untested against the live service"

    server: str = field(metadata={"help": "The forum's address, like https://forum.example."})
    posts: bool = option(True, "Read the list of every new post beside the search.")
    search: bool = option(True, "Search for each term beside the list of new posts.")
    api_key: Secret | None = option(None, "An API key of the forum, for closed ones.")
    api_username: str = option("system", "The account the API key acts for.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", normalize_base_url("server", self.server))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        # The list comes first: its posts are whole, those of the search are excerpts.
        if self.posts:
            mark = parse_number_checkpoint(checkpoints.get("posts"))
            yield self._request("posts", f"{self.server}/posts.json", (), None if mark is None else str(mark))
        for question, text in search_terms.phrases(brands) if self.search else ():
            if len(text) < _SHORTEST and text.isascii():
                continue
            since = parse_time_checkpoint(checkpoints.get(question))
            query = f'"{text}" order:latest'
            if since is not None:  # the day before, for the forum's zone is its own
                day = datetime.fromtimestamp(since.resume_from(_OVERLAP), UTC) - timedelta(days=1)
                query += f" after:{day:%Y-%m-%d}"
            yield self._request(
                question, f"{self.server}/search.json", (("q", query),), None if since is None else str(since)
            )

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        if response.request.query_key == "posts":
            return self._list_page(answer, response)
        return self._search_page(answer, response)

    def recheck_requests(self, items: Sequence[Item], threads: Sequence[Item]) -> Iterator[RecheckRequest]:
        # Replies are not asked for: the list of new posts brings them.
        for item in items:
            number = re.fullmatch(rf"{re.escape(host_of(self.server) or '')}/([0-9]{{1,18}})", item.external_id or "")
            place = re.search(r"/t/[^/]+/([0-9]{1,18})/([0-9]{1,9})$", item.url or "")
            if number is not None:
                path = f"posts/{number[1]}.json"
            elif item.external_id is None and place is not None and (item.url or "").startswith(f"{self.server}/"):
                path = f"posts/by_number/{place[1]}/{place[2]}.json"
            else:
                continue
            yield RecheckRequest(self._request(f"again:{path}", f"{self.server}/{path}", (), None), (item,))

    def parse_recheck(self, response: Response, recheck: RecheckRequest) -> RecheckedItems:
        answer = read_object(response)
        if answer.count("id") is None:
            raise UnexpectedResponse("the response is not a post", status=response.status)
        if answer.flag("user_deleted") or answer.text("deleted_at"):
            return RecheckedItems(gone=frozenset({0}))
        item = self._listed(answer, response)
        # The topic's name is not said here, and the search had given an excerpt.
        return RecheckedItems({} if item is None else {0: replace(item, title=recheck.items[0].title)}, excerpts=True)

    def explain(self, response: Response) -> SourceError | None:
        """Who may ask here, and how long to wait."""
        if (answer := read_error(response)) is None:
            return None
        host, status = host_of(self.server), response.status
        said = error_text(next(iter(answer.texts("errors")), "") or answer.text("message"))
        if answer.text("error_type") in ("not_logged_in", "invalid_access", "invalid_api_key") or status == 401:
            if self.api_key is None:
                hint = f"{host} shows this only to its members: set api_key and api_username"
            else:
                hint = f"{host} rejected the API key for {error_text(self.api_username, 60)}: renew it"
            return AuthFailed(hint, status=status)
        if status == 429:
            seconds = answer.object("extras").count("wait_seconds")
            until = None if seconds is None else response.received_at + timedelta(seconds=min(seconds, 86_400))
            when = f" until {until:%H:%M} UTC" if until else ""
            return RateLimited(f"{host} has rate-limited us{when}", until=until, status=status)
        if status in (400, 422) and said:
            return UnexpectedResponse(f"{host} rejected this query: {said}", status=status)
        return None

    def _request(self, question: str, url: str, params: tuple[tuple[str, str], ...], since: str | None) -> Request:
        headers: dict[str, str | Secret] = {}
        if self.api_key is not None:
            headers = {"Api-Key": self.api_key, "Api-Username": self.api_username}
        return json_request(question, url, params=params, headers=headers, since=since)

    # --- search -------------------------------------------------------------------------------------------------------

    def _search_page(self, answer: JsonObject, response: Response) -> Page:
        request, grouped = response.request, answer.object("grouped_search_result")
        if error := error_text(grouped.text("error")):
            # Asked too often, or the forum is overloaded: both are told so, and in the forum's language.
            raise RateLimited(f"{host_of(self.server)} does not search now: {error}", status=response.status)
        # Without any hit the list is there and empty; some versions leave it out and say so in the summary.
        said_empty = bool(grouped) and grouped.fields.get("post_ids") in ([], None)
        if not isinstance(answer.fields.get("posts"), list) and not said_empty:
            raise UnexpectedResponse("the response has no list of posts", status=response.status)
        posts = answer.objects("posts")
        topics = {number: topic for topic in answer.objects("topics") if (number := topic.identifier("id"))}
        items = read_items(posts, lambda post, response: self._found(post, topics, response), response, "a post")
        more = grouped.fields.get("more_full_page_results")
        full = more if isinstance(more, bool) else len(posts) >= _PER_PAGE
        following = with_params(request, page=str(request.page + 2)) if request.page + 1 < self.limits.pages else None
        return time_ordered_page(response, items, full=full, following=following, overlap=_OVERLAP)

    def _found(self, post: JsonObject, topics: Mapping[str, JsonObject], response: Response) -> Item | None:
        """A result: an excerpt of a post, its topic apart."""
        topic = topics.get(post.identifier("topic_id") or "", JsonObject())
        opens = post.integer("post_number") == 1
        count = topic.count("posts_count")
        item = self._item(
            post, response, topic.text("slug"), topic.text("title"), plain=post.text("blurb"), opens=opens
        )
        if item is None:
            return None
        named = (each.text("name") for each in topic.objects("tags"))  # objects since 2025
        tags = (one_line(name, 100) for name in (*topic.texts("tags"), *named))
        return replace(
            item,
            tags=tuple(dict.fromkeys(tag for tag in tags if tag)) if opens else (),
            engagement=Engagement(
                likes=post.count("like_count"),
                replies=max(count - 1, 0) if opens and count is not None else None,
                views=topic.count("views") if opens else None,
            ),
        )

    # --- the list of posts --------------------------------------------------------------------------------------------

    def _list_page(self, answer: JsonObject, response: Response) -> Page:
        """Every post, by id: an id is given once and only grows, whatever the time of the post."""
        posts = read_list(answer, "latest_posts", response, "posts")
        read = [(number, self._listed(post, response)) for post in posts if (number := post.count("id"))]
        if posts and not any("post_type" in post or "topic_id" in post for post in posts):
            raise UnexpectedResponse("the list contains no post", status=response.status)
        ids = [number for number, _ in read]
        mark = parse_number_checkpoint(response.request.since)
        begin = 0 if mark is None or mark.begin is None else int(mark.begin)
        items = tuple(item for number, item in read if item is not None and number >= begin)
        if mark is None:
            newest = max(ids, default=0)
            # Posts before these exist unless the list reaches the first ids there are.
            return Page(items, checkpoint=str(Checkpoint(str(newest), str(min(ids)) if ids else None)))
        newest = max((*ids, int(mark.newest)))
        here = Page(items, checkpoint=str(Checkpoint(str(newest), mark.begin)))
        asked = int(str(dict(response.request.params).get("before", newest)))
        floor = max(int(mark.newest) - _BEHIND, begin)
        # "before" is inclusive. Old servers look at 50 ids at a time, which may all be hidden.
        before = (min(ids) if ids else asked - _PER_PAGE + 1) - 1
        if before < max(floor, 1) or (not ids and "before" not in dict(response.request.params)):
            return here
        if ids and "before" in dict(response.request.params) and max(ids) > asked:
            return replace(here, truncated=True)  # this server takes no notice of it
        request = response.request
        return replace(here, next=replace(request, params=(("before", str(before)),), page=request.page + 1))

    def _listed(self, post: JsonObject, response: Response) -> Item | None:
        """A post of the list: whole, with its topic's name."""
        # "Closed this topic", "pinned globally": what somebody did, not what they said.
        notice = post.text("action_code") or post.integer("post_type") == _SMALL_ACTION
        if post.flag("hidden") or post.text("deleted_at") or notice:
            return None
        item = self._item(
            post,
            response,
            post.text("topic_slug"),
            post.text("topic_title"),
            plain=post.text("cooked"),
            opens=post.integer("post_number") == 1,
        )
        likes = next((action for action in post.objects("actions_summary") if action.integer("id") == _LIKE), None)
        if item is None:
            return None
        return replace(
            item,
            # An action nobody took is left out of the summary, or has no count.
            engagement=Engagement(
                likes=likes.count("count") if likes is not None else None, replies=post.count("reply_count")
            ),
        )

    def _item(
        self, post: JsonObject, response: Response, slug: str, title: str, *, plain: str, opens: bool
    ) -> Item | None:
        number, topic = post.count("id"), post.count("topic_id")
        if number is None or topic is None:
            return None
        said = plain_from_html(plain, self.server)
        thread = f"{self.server}/t/{slug if _SLUG.fullmatch(slug) else '-'}/{topic}"
        place, answers = post.count("post_number"), post.count("reply_to_post_number")
        url = f"{thread}/{place}" if place else thread
        handle = one_line(post.text("username"), 100) or None
        parent = None if opens or not place else f"{thread}/{answers}" if answers else thread
        return Item(
            platform=self.platform,
            kind="post" if opens else "comment",
            external_id=f"{host_of(self.server)}/{number}",
            url=url,
            title=one_line(title) or None,
            text=said.text,
            author=Author(
                name=one_line(post.text("name")) or handle,
                handle=handle,
                url=safe_url(f"{self.server}/u/{handle}") if handle else None,
            ),
            published_at=from_iso(post.text("created_at"), response),
            links=links_of(said, url, unless=lambda link: link.startswith(f"{self.server}/u/")),
            parent_url=parent if parent != url else None,
            same_as=(thread,) if opens and thread != url else (),
        )
