"""Instagram, by Meta's API: comments under one's own posts, posts that tag the account, and posts under hashtags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import ClassVar
from urllib.parse import urlsplit

from mentionwatch.errors import Forbidden, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.platforms import _meta_graph
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso, server_time
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint, parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, plain_text
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_error
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.text import one_line
from mentionwatch.urls import safe_url

_SITE = "https://www.instagram.com"
_OVERLAP = 3_600
#: Different hashtags an account may ask for in 7 days (developers.facebook.com, IG Hashtag).
_HASHTAGS = 30
_NAME = re.compile(r"[A-Za-z0-9._]{1,30}")
_POST = "id,caption,media_type,permalink,timestamp,username,like_count,comments_count"
#: Nobody's name comes with what is found under a hashtag.
_FOUND = "id,caption,media_type,permalink,timestamp,like_count,comments_count"
_COMMENT = "id,text,timestamp,username,like_count"
_COMMENTS = f"comments.limit(50){{{_COMMENT},replies.limit(20){{{_COMMENT}}}}}"
_NEEDS = {
    "media": "instagram_basic and instagram_manage_comments",
    "tags": "instagram_basic and instagram_manage_comments",
}
_NEEDS_HASHTAGS = "instagram_basic and the feature Instagram Public Content Access"


@dataclass(frozen=True, slots=True)
class Instagram:
    """Comments under one's own newest Instagram posts, posts that tag the account, and posts under hashtags.

    Instagram does not allow searching words. Mentions of the account in other people's captions and comments are
    sent to webhooks alone; the e-mail that Instagram sends about them can be read. What is said to the account
    counts as said to its handle: put it among the brand's handles. Hashtags bring what was posted within 24 hours,
    30 hashtags in a week.
    """

    type: ClassVar[str] = "instagram"
    platform: ClassVar[str] = "instagram"
    #: 4,800 calls a day for each time the account's posts were shown (developers.facebook.com/docs/graph-api/overview/
    #: rate-limiting): what is left is told in headers.
    limits: ClassVar[Limits] = Limits(min_interval=2.0, concurrency=1, pages=10, every=1800.0)
    account: ClassVar[str] = "a professional account, its page, and a token of your own Meta app"
    limitations: ClassVar[str] = (
        "words, captions and comments of others that name the account, stories; untested against the live service"
    )

    user_id: str = field(metadata={"help": "The account's number in the API (instagram_business_account of its page)."})
    username: str = field(metadata={"help": "The account's name, as after the @."})
    token: Secret = field(metadata={"help": "A long-lived token of a person with a role on the account's page."})
    hashtags: bool = option(False, "The brands' first 30 hashtags; needs the feature Instagram Public Content Access.")
    version: str = option("v25.0", "Version of the Graph API; each lives about two years.")
    base_url: str = option(
        "https://graph.facebook.com",
        "Address of the API; https://graph.instagram.com for a token by Instagram's own login.",
    )

    def __post_init__(self) -> None:
        problems = []
        if not re.fullmatch(r"[0-9]{1,25}", self.user_id.strip()):
            problems.append("user_id: is a number, like 17841400000000000")
        if not _NAME.fullmatch(self.username.strip().removeprefix("@")):
            problems.append("username: is the account's name, like acmecoffee")
        if problems:
            raise UserError(*problems)
        object.__setattr__(self, "user_id", self.user_id.strip())
        object.__setattr__(self, "username", self.username.strip().removeprefix("@"))
        object.__setattr__(self, "version", _meta_graph.normalize_version(self.version))
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        own = (("fields", f"{_POST},{_COMMENTS}"), ("limit", "25"))
        yield self._request("media", f"{self.user_id}/media", own, checkpoints)
        yield self._request("tags", f"{self.user_id}/tags", (("fields", _POST), ("limit", "50")), checkpoints)
        tags = (tag for tag in search_terms.hashtags(brands) if search_terms.is_tag(tag, "_"))
        for tag in islice(dict.fromkeys(map(search_terms.key, tags)), _HASHTAGS) if self.hashtags else ():
            yield self._request(f"tag:{tag}", "ig_hashtag_search", (("user_id", self.user_id), ("q", tag)), checkpoints)

    def parse(self, response: Response) -> Page:
        answer = _meta_graph.parse_list(response, "Instagram", self.token, _needs(response))
        if response.request.url.endswith("/ig_hashtag_search"):
            return _meta_graph.with_pause(self._hashtag(answer, response), response)
        return _meta_graph.posts_page(
            response,
            answer,
            lambda post: self._post(post, response),
            lambda under, on: self._comments(under, on, response),
            _OVERLAP,
        )

    def explain(self, response: Response) -> SourceError | Page | None:
        """The token, the permission that is missing, the limits; and a hashtag that nobody has used."""
        error = (read_error(response) or JsonObject()).object("error")
        code, subcode = error.integer("code"), error.integer("error_subcode")
        if code == 24 and subcode == 2207024:
            return replace(self._nothing(response), note=f"nobody has used #{response.request.query_key[4:]}")
        if code == 18:
            return Forbidden(f"Instagram lets an account ask for {_HASHTAGS} hashtags in 7 days, and they are used up",
                             status=response.status, only_this=True)  # fmt: skip
        return _meta_graph.graph_error(response, "Instagram", self.token, _needs(response))

    def _request(
        self, question: str, path: str, asked: tuple[tuple[str, str], ...], checkpoints: Mapping[str, str]
    ) -> Request:
        since = parse_time_checkpoint(checkpoints.get(question))
        url = f"{self.base_url}/{self.version}/{path}"
        return _meta_graph.graph_request(question, url, asked, self.token, None if since is None else str(since))

    @staticmethod
    def _nothing(response: Response) -> Page:
        since, clock = parse_time_checkpoint(response.request.since), int(server_time(response).timestamp())
        mark = TimeCheckpoint(clock, clock) if since is None else TimeCheckpoint(max(clock, since.newest), since.begin)
        return Page((), checkpoint=str(mark))

    def _hashtag(self, answer: JsonObject, response: Response) -> Page:
        """A hashtag's number, by which its posts are asked for from the second scan on."""
        page, request = self._nothing(response), response.request
        number = next((one.identifier("id") for one in answer.objects("data")), None)
        if number is None or not _meta_graph.ID.fullmatch(number):
            raise UnexpectedResponse("the response contains no hashtag id", status=response.status)
        if request.since is None:
            return page
        url = f"{self.base_url}/{self.version}/{number}/recent_media"
        asked = (("user_id", self.user_id), ("fields", _FOUND), ("limit", "50"))
        following = _meta_graph.graph_request(request.query_key, url, asked, self.token, request.since)
        return replace(page, next=replace(following, page=request.page + 1))

    def _post(self, post: JsonObject, response: Response) -> Item | None:
        number = post.identifier("id")
        if number is None or not _meta_graph.ID.fullmatch(number) or "timestamp" not in post:
            return None
        url, question = safe_url(post.text("permalink")), response.request.query_key
        said = plain_text(post.text("caption"))
        return Item(
            platform=self.platform,
            kind="video" if post.text("media_type") == "VIDEO" else "post",
            external_id=number,
            url=url,
            text=said.text,
            author=_author(post),
            published_at=from_iso(post.text("timestamp"), response),
            links=links_of(said, url),
            # Its hashtag may stand in a comment, the account in the picture: the platform says so by the list it gives.
            tags=(question[4:],) if question.startswith("tag:") else (),
            handles=(f"@{self.username}",) if question == "tags" else (),
            engagement=Engagement(likes=post.count("like_count"), replies=post.count("comments_count")),
        )

    def _comments(self, comments: JsonObject, on: Item, response: Response) -> Iterator[Item]:
        """Comments under one of our own posts, and what was replied to them: said to the account, named or not."""
        for comment in comments.objects("data"):
            for one in (comment, *comment.object("replies").objects("data")):
                number = one.identifier("id")
                if number is None or not _meta_graph.ID.fullmatch(number):
                    continue
                said, author = plain_text(one.text("text")), _author(one)
                url = _comment_url(on.url, number)
                own = (author.handle or "").lower() == self.username.lower()
                yield Item(
                    platform=self.platform,
                    kind="comment",
                    external_id=number,
                    url=url,
                    text=said.text,
                    author=author,
                    published_at=from_iso(one.text("timestamp"), response),
                    links=links_of(said, url),
                    handles=() if own else (f"@{self.username}",),
                    parent_url=on.url,
                    engagement=Engagement(likes=one.count("like_count")),
                )


def _needs(response: Response) -> str:
    return _NEEDS.get(response.request.query_key, _NEEDS_HASHTAGS)


def _author(said: JsonObject) -> Author:
    name = said.identifier("username")
    if name is None or not _NAME.fullmatch(name):
        return Author()
    return Author(name=one_line(name), handle=name, url=f"{_SITE}/{name}/")


def _comment_url(post: str | None, number: str) -> str | None:
    """Where a comment is read: its post's address with the comment's number behind it."""
    if post is None or (urlsplit(post).hostname or "").removeprefix("www.") != "instagram.com":
        return None
    return safe_url(f"{_SITE}{urlsplit(post).path.rstrip('/')}/c/{number}/")
