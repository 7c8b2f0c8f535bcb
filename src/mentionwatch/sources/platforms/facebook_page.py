"""A Facebook page of one's own, by the Graph API: what is written on it, under its posts, and where it is tagged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from mentionwatch.errors import SourceError, UserError
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item, ItemKind
from mentionwatch.sources.platforms import _meta_graph
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, plain_text
from mentionwatch.sources.toolkit.json_reader import JsonObject
from mentionwatch.sources.toolkit.options import normalize_base_url, option
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
_NEEDS = {
    "feed": "pages_read_engagement and pages_read_user_content, and a person's role on the page",
    "tagged": "pages_read_user_content, and a person's role on the page",
}


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
    limits: ClassVar[Limits] = Limits(min_interval=2.0, concurrency=1, pages=10, every=900.0)
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
        fields = {"feed": f"{_POST},{_COUNTS},{_COMMENTS}"} | ({"tagged": f"{_POST},{_COUNTS}"} if self.tagged else {})
        for question, wanted in fields.items():
            since = parse_time_checkpoint(checkpoints.get(question))
            url = f"{self.base_url}/{self.version}/{self.page}/{question}"
            asked = (("fields", wanted), ("limit", "25"))
            yield _meta_graph.graph_request(question, url, asked, self.token, None if since is None else str(since))

    def parse(self, response: Response) -> Page:
        answer = _meta_graph.parse_list(response, "Facebook", self.token, self._needs(response))

        def read(post: JsonObject) -> Item | None:
            return self._item(post, "post", None, response)

        def comments(under: JsonObject, on: Item) -> Iterator[Item]:
            read = (self._item(comment, "comment", on, response) for comment in under.objects("data"))
            return (said for said in read if said is not None)

        return _meta_graph.posts_page(response, answer, read, comments, _OVERLAP)

    def explain(self, response: Response) -> SourceError | None:
        """The token, the permission that is missing, the limits."""
        return _meta_graph.graph_error(response, "Facebook", self.token, self._needs(response))

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
