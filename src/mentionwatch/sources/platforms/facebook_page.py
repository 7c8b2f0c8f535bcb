"""A Facebook page of one's own, by the Graph API: what is written on it, under its posts, and where it is tagged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from mentionwatch.errors import ServerError, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item, ItemKind
from mentionwatch.sources.platforms import _meta_graph
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, plain_text
from mentionwatch.sources.toolkit.json_reader import JsonObject
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.requests import with_params
from mentionwatch.text import clean, one_line
from mentionwatch.urls import safe_url

_SITE = "https://www.facebook.com"
_OVERLAP = 3_600
_PAGE = re.compile(r"(?:https?://)?(?:(?:www|m)\.)?(?:facebook\.com/)?@?([A-Za-z0-9.-]{1,80})/?")
_POST = "id,message,created_time,from{id,name},permalink_url,attachments{title,description,unshimmed_url,url}"
_COUNTS = "shares,reactions.summary(total_count).limit(0)"
_COMMENTS = (
    "comments.order(reverse_chronological).filter(stream).limit(50)"
    "{id,message,created_time,from{id,name},permalink_url,like_count,comment_count,attachment{url,title}}"
)
#: What is asked for beside a post's own words, by question. A list that asks for it was seen to leave out a post
#: without saying so (August 2026), and a single bad one makes an error of all: so it is asked for after the list.
_MORE = {"feed": f"{_COUNTS},{_COMMENTS}", "tagged": _COUNTS}
#: What ``page_state`` says first: the list's page has been read and its counts are asked for, all or one by one.
_ALL, _ONE = "all", "one"
_NEEDS = {
    "feed": "pages_read_engagement and pages_read_user_content, and a person's role on the page",
    "tagged": "pages_read_user_content, and a person's role on the page",
}


@dataclass(frozen=True, slots=True)
class _State:
    """Where the reading of a page's counts stands: the list's ``page_state`` and cursor to go on from, posts to ask."""

    step: str
    mark: str
    after: str
    ids: tuple[str, ...]

    @classmethod
    def read(cls, text: str | None) -> _State | None:
        """What ``str`` wrote; ``None`` for the state of a list."""
        step, _, rest = (text or "").partition(" ")
        parts = rest.split(" ")
        if step not in (_ALL, _ONE) or len(parts) != 3:
            return None
        return cls(step, parts[0], parts[1], tuple(filter(None, parts[2].split(","))))

    def __str__(self) -> str:
        return f"{self.step} {self.mark} {self.after} {','.join(self.ids)}"


@dataclass(frozen=True, slots=True)
class FacebookPage:
    """What people write on one's own Facebook page and under its newest posts, and posts that tag the page.

    Facebook no longer allows searching posts: what is said elsewhere can lawfully only be read by people, or by
    researchers in Meta's Content Library. What is said to the page counts as said to its handle: put its name among
    the brand's handles, or https://www.facebook.com/NUMBER among its urls. The token is the page's, from a person's
    token.
    """

    type: ClassVar[str] = "facebook_page"
    platform: ClassVar[str] = "facebook"
    #: 4,800 calls a day for each person who engages with the page (developers.facebook.com/docs/graph-api/overview/
    #: rate-limiting): what is left is told in headers.
    limits: ClassVar[Limits] = Limits(min_interval=2.0, concurrency=1, pages=40, every=900.0)
    account: ClassVar[str] = "a page token of your own Meta app, from a person with a role on the page"
    limitations: ClassVar[str] = (
        "all other pages, groups, profiles; reviews (gone since v22.0); comments under old posts;"
        " untested against the live service"
    )

    page: str = field(metadata={"help": "The page's name as in its address (facebook.com/NAME), or its number."})
    token: Secret = field(metadata={"help": "A page access token."})
    tagged: bool = option(True, "Posts of others that tag the page.")
    version: str = option("v25.0", "Version of the Graph API; each lives about two years.")
    base_url: str = option("https://graph.facebook.com", "Address of the API, if not Meta's own.")

    def __post_init__(self) -> None:
        found = _PAGE.fullmatch(self.page.strip())
        if found is None:
            raise UserError("page: write its name as in its address, like acmecoffee, or its number")
        object.__setattr__(self, "page", found[1])
        object.__setattr__(self, "version", _meta_graph.normalize_version(self.version))
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for question in ("feed", "tagged") if self.tagged else ("feed",):
            since = parse_time_checkpoint(checkpoints.get(question))
            url = f"{self.base_url}/{self.version}/{self.page}/{question}"
            asked = (("fields", _POST), ("limit", "25"))
            yield _meta_graph.graph_request(question, url, asked, self.token, None if since is None else str(since))

    def parse(self, response: Response) -> Page:
        state = _State.read(response.request.page_state)

        def read(post: JsonObject) -> Item | None:
            return self._item(post, "post", None, response)

        def comments(under: JsonObject, on: Item) -> Iterator[Item]:
            read = (self._item(comment, "comment", on, response) for comment in under.objects("data"))
            return (said for said in read if said is not None)

        if state is not None and state.step == _ONE:
            post = _meta_graph.parse_object(response, "Facebook", self.token, self._needs(response))
            return self._counted(response, state, _meta_graph.read_posts(response, (post,), read, comments))
        answer = _meta_graph.parse_list(response, "Facebook", self.token, self._needs(response))
        if state is not None:
            return self._counted(
                response, state, _meta_graph.read_posts(response, answer.objects("data"), read, comments)
            )
        page = _meta_graph.posts_page(response, answer, read, comments, _OVERLAP)
        ids = tuple(
            number
            for post in answer.objects("data")
            if (number := post.identifier("id")) is not None and _meta_graph.ID.fullmatch(number)
        )
        if not ids:
            return page
        after = page.next and dict(page.next.params).get("after")
        state = _State(_ALL, page.next.page_state or "-" if page.next else "-", str(after or "-"), ids)
        request = response.request
        counts = with_params(request, fields=f"{_POST},{_MORE[request.query_key]}")
        counts = replace(counts, page=request.page + 1, page_state=str(state))
        return replace(page, next=counts, unfinished=True)

    def _counted(self, response: Response, state: _State, read: tuple[list[Item], list[datetime | None], bool]) -> Page:
        """The posts once more with their counts, what was said under them, and what is to be asked next."""
        request, since = response.request, parse_time_checkpoint(response.request.since)
        items, _, more = read
        page = Page(tuple(items), checkpoint=request.since, next=self._after(request, state), truncated=more)
        page = replace(page, unfinished=state.step == _ONE and bool(state.ids))
        if since is not None:
            page = replace(page, items=since.news(items), backlog=since.older(items))
        return _meta_graph.with_pause(page, response)

    def _after(self, request: Request, state: _State) -> Request | None:
        """What follows: the next single post, else the list's next page, else nothing."""
        if state.step == _ONE and state.ids:
            first, *others = state.ids
            one = replace(
                with_params(request, fields=f"{_POST},{_MORE[request.query_key]}"),
                url=f"{self.base_url}/{self.version}/{first}",
                page_state=str(replace(state, ids=tuple(others))),
            )
            return replace(one, page=request.page + 1)
        if state.after == "-":
            return None
        listing = replace(request, url=f"{self.base_url}/{self.version}/{self.page}/{request.query_key}")
        listing = with_params(listing, fields=_POST, limit="25", after=state.after)
        return replace(listing, page=request.page + 1, page_state=None if state.mark == "-" else state.mark)

    def explain(self, response: Response) -> SourceError | Page | None:
        """The token, the permission that is missing, the limits; a post that spoils the counts costs its own alone."""
        error = _meta_graph.graph_error(response, "Facebook", self.token, self._needs(response))
        request = response.request
        state = _State.read(request.page_state)
        if state is None or not isinstance(error, UnexpectedResponse | ServerError):
            return error
        if state.step == _ALL:
            state = replace(state, step=_ONE)
            return Page((), checkpoint=request.since, next=self._after(request, state), unfinished=True)
        note = f"a post's counts and comments cannot be read: {error.message}"
        return Page(
            (), checkpoint=request.since, next=self._after(request, state), unfinished=bool(state.ids), note=note
        )

    @staticmethod
    def _needs(response: Response) -> str:
        return _NEEDS.get(response.request.query_key, _NEEDS["feed"])

    def _item(self, said: JsonObject, kind: ItemKind, on: Item | None, response: Response) -> Item | None:
        """A post, or a comment ``on`` one. What others say is said to the page, whether or not they name it."""
        number = said.identifier("id")
        if number is None or not _meta_graph.ID.fullmatch(number) or "created_time" not in said:
            return None
        url = safe_url(said.text("permalink_url"), _SITE) or f"{_SITE}/{number}"
        plain = plain_text(said.text("message"))
        shown = [*said.object("attachments").objects("data")[:10], said.object("attachment")]
        author, own = self._author(said, number if on is None else on.external_id or "")
        named = not self.page.isdigit()
        to_page = () if own or named else (f"{_SITE}/{self.page}",)
        titles = [clean(one.text(key)).strip() for one in shown for key in ("title", "description")]
        return Item(
            platform=self.platform,
            kind=kind,
            external_id=number,
            url=url,
            text="\n\n".join(dict.fromkeys(part for part in (plain.text, *titles) if part)),
            author=author,
            published_at=from_iso(said.text("created_time"), response),
            links=links_of(
                plain, url, after=(*(one.text("unshimmed_url") or one.text("url") for one in shown), *to_page)
            ),
            handles=() if own or not named else (f"@{self.page}",),
            parent_url=None if on is None else on.url,
            engagement=Engagement(
                likes=said.object("reactions").object("summary").count("total_count")
                if on is None
                else said.count("like_count"),
                reposts=said.object("shares").count("count"),
                replies=said.count("comment_count"),
            ),
        )

    def _author(self, said: JsonObject, post: str) -> tuple[Author, bool]:
        """Who wrote it, as far as the API shows; and whether it is the page itself, whose number begins its posts'."""
        writer = said.object("from")
        number = writer.identifier("id")
        name = one_line(writer.text("name"), 200) or None
        if number is not None and number in (self.page, post.partition("_")[0]):
            return Author(name=name or self.page, handle=self.page, url=safe_url(f"{_SITE}/{self.page}")), True
        return Author(name=name), False
