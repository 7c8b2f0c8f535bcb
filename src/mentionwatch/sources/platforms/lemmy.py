"""Lemmy, in both versions of its API, and PieFed, which speaks much the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Literal

from mentionwatch.errors import Forbidden, RateLimited, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.protocols import RecheckedItems, RecheckRequest
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint, advance_checkpoint, parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, plain_text
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_error, read_list, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.requests import json_request, with_params
from mentionwatch.text import one_line
from mentionwatch.urls import host_of, safe_url

#: The most Lemmy gives at once.
_PER_PAGE = 50
#: A page of so many may be a full one of a server that will not give 50.
_FULL = 10
#: Seconds asked again before the checkpoint: a post arrives from another server hours after it was written, when that
#: one or this one was down.
_OVERLAP = 6 * 3_600
_PATHS = {"v3": "/api/v3/search", "v4": "/api/v4/search", "piefed": "/api/alpha/search"}
_POSTS, _COMMENTS, _LINKS = "posts", "comments", "url"


@dataclass(frozen=True, slots=True)
class Lemmy:
    """Posts and comments on one Lemmy or PieFed server that hold a term, and posts that link to a domain.

    A server's search covers what it has received from all others, so one large server is enough; a post that two of
    them bring is one mention. Lemmy searches for parts of words; what is too much is left out here.
    """

    type: ClassVar[str] = "lemmy"
    platform: ClassVar[str] = "lemmy"
    #: Each server sets its own; searching is the dearest thing to ask of one (600 in 10 minutes by default).
    limits: ClassVar[Limits] = Limits(min_interval=2.0, concurrency=1, pages=10, every=1800.0)
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = "what the server has not received, members-only communities, the words of link cards"

    server: str = field(metadata={"help": "The server's address, like https://lemmy.example."})
    api: Literal["v3", "v4", "piefed"] = option(
        "v3", "v3 for Lemmy 0.19, which 1.0 understands; v4 for 1.0 alone; piefed."
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", normalize_base_url("server", self.server))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        kinds = (search_terms.names, search_terms.hashtags, search_terms.user_names, search_terms.hosts)
        for known, text in search_terms.by_key(text for kind in kinds for text in kind(brands)).items():
            for kind in (_POSTS, _COMMENTS):
                yield self._request(f"{kind}:{known}", kind, text, checkpoints, now)
        if self.api != "piefed":  # which answers with every post there is
            for host in search_terms.hosts(brands):
                yield self._request(f"url:{host}", _LINKS, host, checkpoints, now)

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        kind = _COMMENTS if response.request.query_key.startswith("comments:") else _POSTS
        views = read_list(answer, kind, response)
        thing = kind.removesuffix("s")
        if views and not any(view.object(thing).identifier("id") for view in views):
            raise UnexpectedResponse(f"the response lists nothing that is a {thing}", status=response.status)
        since = parse_time_checkpoint(response.request.since)
        dated = [
            (_published(view.object(thing), response), _item(view, thing, self.server, response)) for view in views
        ]
        times = [int(at.timestamp()) for at, _ in dated if at is not None]
        checkpoint = advance_checkpoint(times, since, response, has_older=len(views) >= _FULL)
        old = {item for at, item in dated if since is not None and since.is_backlog(at)}
        read = [item for _, item in dated if item is not None]
        here = Page(
            tuple(item for item in read if item not in old),
            checkpoint=str(checkpoint),
            backlog=tuple(item for item in read if item in old),
        )
        return here if since is None else self._turned(here, answer, len(views), times, since, response.request)

    def recheck_requests(self, items: Sequence[Item], threads: Sequence[Item]) -> Iterator[RecheckRequest]:
        for item in items:
            if (here := self._here(item)) is not None:
                yield RecheckRequest(
                    self._thing_request(f"again:{'/'.join(here)}", here[0], (("id", here[1]),)), (item,)
                )
        for item in threads:
            if (here := self._here(item)) is not None:
                under = (("post_id" if here[0] == "post" else "parent_id", here[1]), ("limit", str(_PER_PAGE)))
                asked = (*under, ("sort", "New"), ("type_", "All"))
                yield RecheckRequest(
                    self._thing_request(f"thread:{'/'.join(here)}", "comment/list", asked), thread=item
                )

    def parse_recheck(self, response: Response, recheck: RecheckRequest) -> RecheckedItems:
        answer = read_object(response)
        if recheck.thread is not None:
            views = read_list(answer, "comments", response)
            read = (_item(view, "comment", self.server, response) for view in views)
            return RecheckedItems(more=tuple(item for item in read if item is not None))
        kind = response.request.url.rpartition("/")[2]
        view = answer.object(f"{kind}_view")
        if view.object(kind).identifier("id") is None:
            raise UnexpectedResponse(f"the answer is no {kind}", status=response.status)
        if view.object(kind).flag("deleted") or view.object(kind).flag("removed"):
            return RecheckedItems(gone=frozenset({0}))
        item = _item(view, kind, self.server, response)
        return RecheckedItems({0: item} if item is not None else {})

    def _here(self, item: Item) -> tuple[str, str] | None:
        """``post`` or ``comment`` and the number this server knows it by."""
        for url in (item.url or "", *item.same_as):
            if found := re.fullmatch(rf"{re.escape(self.server)}/(post|comment)/([0-9]{{1,18}})", url):
                return found[1], found[2]
        return None

    def _thing_request(self, question: str, path: str, params: tuple[tuple[str, str], ...]) -> Request:
        base = _PATHS[self.api].removesuffix("search")
        return json_request(question, f"{self.server}{base}{path}", params)

    def explain(self, response: Response) -> SourceError | None:
        """Which API to choose, who is let in; errors 400 and 429 may both mean "too often"."""
        host, status = host_of(self.server), response.status
        said = one_line((read_error(response) or JsonObject()).text("error"), 60)
        if status == 404:
            others = " or ".join(f'api = "{api}"' for api in _PATHS if api != self.api)
            return UnexpectedResponse(f"{host} does not speak {self.api}: try {others}", status=status)
        if said == "rate_limit_error":
            return RateLimited(f"{host} has rate-limited us", status=status)
        if status in (401, 403) or said == "instance_is_private":
            return Forbidden(f"{host} allows only its members to search: choose another server", status=status)
        return None

    def _request(self, question: str, kind: str, text: str, checkpoints: Mapping[str, str], now: datetime) -> Request:
        since = parse_time_checkpoint(checkpoints.get(question))
        if self.api == "v4":
            # It knows no order, but a span of time.
            ago = 0 if since is None else int(now.timestamp()) - since.resume_from(_OVERLAP)
            span = () if since is None else (("time_range_seconds", str(min(max(ago, 60), 10 * 366 * 86_400))),)
            links = (("post_url_only", "true"),) if kind == _LINKS else ()
            params = (("search_term", text), ("type_", _POSTS if kind == _LINKS else kind), *links, *span)
        else:
            params = (("q", text), ("type_", kind.capitalize()), ("sort", "New"), ("listing_type", "All"))
        return json_request(
            question, f"{self.server}{_PATHS[self.api]}", (*params, ("limit", str(_PER_PAGE))), since=since
        )

    def _turned(
        self, here: Page, answer: JsonObject, count: int, times: list[int], since: TimeCheckpoint, request: Request
    ) -> Page:
        """The page with the next: by cursor in v4, by number before, from new to old."""
        if self.api == "v4":
            cursor = answer.identifier("next_page")
            if cursor is None or not count:
                return here
            if cursor == dict(request.params).get("page_cursor"):
                return replace(here, truncated=True)
            return replace(here, next=replace(with_params(request, page_cursor=cursor), page=request.page + 1))
        # Without a full page there is no other, but a server may give fewer at once than it is asked for.
        size = int(request.page_state.partition("/")[0]) if request.page_state else max(count, 1)
        oldest = min(times, default=since.newest)
        if not times or count < min(size, _PER_PAGE) or oldest <= since.resume_from(_OVERLAP):
            return here
        if request.page_state and oldest >= int(request.page_state.partition("/")[2]):
            return replace(here, truncated=True)  # the page before again: there is no page but this
        following = with_params(request, page=str(request.page + 2))
        return replace(here, next=replace(following, page=request.page + 1, page_state=f"{size}/{oldest}"))


def _published(thing: JsonObject, response: Response) -> datetime | None:
    """Lemmy 0.18 writes no time zone and means UTC; 1.0 calls the field otherwise."""
    return from_iso(thing.text("published_at") or thing.text("published"), response)


def _item(view: JsonObject, kind: str, server: str, response: Response) -> Item | None:
    """A post or a comment; ``None`` for what was deleted and for what has no address."""
    thing = view.object(kind)
    number = thing.number_id("id")
    if number is None or thing.flag("deleted") or thing.flag("removed"):
        return None
    origin = safe_url(thing.text("ap_id"))
    here = f"{server}/{kind}/{number}"
    url = origin or here
    counts = view.object("counts") or thing  # of the thing itself since 1.0
    poll = (one_line(choice.text("choice_text"), 500) for choice in thing.object("poll").objects("choices")[:20])
    words = (thing.text("content") or thing.text("body"), "\n".join(filter(None, poll)), thing.text("alt_text"))
    said = plain_text("\n\n".join(part for part in words if part.strip()))
    return Item(
        platform=Lemmy.platform,
        kind="comment" if kind == "comment" else "post",
        external_id=thing.identifier("ap_id") if origin else here,
        url=url,
        title=None if kind == "comment" else one_line(thing.text("name") or thing.text("title")) or None,
        text=said.text,
        author=_author(view.object("creator")),
        published_at=_published(thing, response),
        links=links_of(said, url, before=() if kind == "comment" else (safe_url(thing.text("url"), server),)),
        parent_url=_parent(view, server) if kind == "comment" else None,
        same_as=(here,) if here != url else (),
        engagement=Engagement(
            score=counts.integer("score"), replies=counts.count("child_count" if kind == "comment" else "comments")
        ),
    )


def _author(creator: JsonObject) -> Author:
    """``name@host``; PieFed calls the fields otherwise."""
    name = one_line(creator.text("name") or creator.text("user_name"), 200)
    home = safe_url(creator.text("ap_id") or creator.text("actor_id"))
    host = host_of(home) if home else None
    return Author(
        name=one_line(creator.text("display_name") or creator.text("title"), 200) or name or None,
        handle=(f"{name}@{host}" if host else name) or None,
        url=home,
    )


def _parent(view: JsonObject, server: str) -> str | None:
    """What a comment answers: ``path`` leads to it from the post, ``0.123.456``."""
    path = view.object("comment").text("path")[:2000].split(".")
    if len(path) > 2 and path[-2].isascii() and path[-2].isdigit():
        return f"{server}/comment/{path[-2]}"
    return safe_url(view.object("post").text("ap_id"))
