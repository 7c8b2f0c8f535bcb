"""Sites that run WordPress: posts and comments, by the REST API each brings with it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from mentionwatch.errors import AuthFailed, Forbidden, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Item
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import advance_checkpoint, parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, read_items
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_array, read_error, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.requests import json_request, with_params
from mentionwatch.sources.toolkit.time_paging import time_ordered_page
from mentionwatch.text import one_line, plain_from_html
from mentionwatch.times import stamp
from mentionwatch.urls import host_of, safe_url

#: Whole articles come; the most a site gives at once is 100.
_PER_PAGE = 50
#: Seconds asked again: a comment that waited for approval bears the time it was written.
_OVERLAP = 2 * 86_400
#: ``after`` is compared with the site's own time on old versions.
_ZONES = 86_400
_POST = "id,date_gmt,guid,link,title,content,_links,_embedded"
_COMMENT = "id,parent,author_name,author_url,date_gmt,content,link,type"
#: The question whether the site knows the user: WordPress 6.1 answers a wrong password as it answers a guest.
_ACCOUNT = "account"
#: Where a name may be written in another way – and in the HTML that is searched, ``&`` is, always.
_JOINTS = re.compile(r"[\s\-‐‑–&+,’'´`]+")


@dataclass(frozen=True, slots=True)
class WordPress:
    """Posts and comments on one WordPress site that hold a term, newest first.

    For sites whose owners leave the REST API open, as it is by default since version 4.7; for others the type `feed`
    reads /?s=TERM&feed=rss2. With `username` and `password` (an application password) it asks as that user.
    """

    type: ClassVar[str] = "wordpress"
    platform: ClassVar[str] = "wordpress"
    #: None are published: hosts differ, and small ones are slow.
    limits: ClassVar[Limits] = Limits(min_interval=2.0, concurrency=1, pages=10, every=1800.0)
    account: ClassVar[str] = "none where the REST API is open; else a user's application password"
    limitations: ClassVar[str] = (
        "pages and other types of content, comments that wait for approval, sites on wordpress.com"
    )

    server: str = field(metadata={"help": "The site's address, like https://blog.example or https://x.example/blog."})
    comments: bool = option(True, "Search comments as well as posts.")
    username: str = option("", "The user an application password belongs to.")
    password: Secret | None = option(None, "An application password of that user.")

    def __post_init__(self) -> None:
        if self.password is not None and not self.username:
            raise UserError("username: is missing; a password belongs to a user")
        object.__setattr__(self, "server", normalize_base_url("server", self.server))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        if self.password is not None:
            url = f"{self.server}/wp-json/wp/v2/users/me"
            known = checkpoints.get(_ACCOUNT)
            yield json_request(_ACCOUNT, url, (("_fields", "id"),), headers=self._login(), since=known)
        for name, text in search_terms.phrases(brands):
            yield self._request(f"posts:{name}", text, checkpoints)
            if self.comments:
                yield self._request(f"comments:{name}", text, checkpoints)

    def parse(self, response: Response) -> Page:
        if response.request.query_key == _ACCOUNT:
            if read_object(response).count("id") is None:
                raise UnexpectedResponse("the site's response is not a user", status=response.status)
            return self._unsaid(response)
        entries = read_array(response)
        read = self._comment if response.request.query_key.startswith("comments:") else self._post
        items = read_items(entries, read, response, "a post or comment")
        request = response.request
        pages = response.headers.get("x-wp-totalpages", "")
        more = int(pages) > request.page + 1 if pages.isascii() and pages.isdigit() and len(pages) < 10 else None
        return time_ordered_page(
            response,
            items,
            full=len(entries) >= _PER_PAGE if more is None else more and bool(entries),
            following=with_params(request, page=str(request.page + 2)),
            overlap=_OVERLAP,
        )

    def explain(self, response: Response) -> SourceError | Page | None:
        """Whether a page lies beyond the last, the API is closed, or the password wrong."""
        if (answer := read_error(response)) is None:
            return None
        code, said, status = answer.text("code"), error_text(answer.text("message")), response.status
        host = host_of(self.server)
        if status == 400 and code.endswith("_invalid_page_number") and response.request.page > 0:
            return Page((), checkpoint=response.request.since)  # posts were deleted while we turned pages
        if response.request.query_key == _ACCOUNT and (
            status == 404 or (status == 403 and not code.startswith("rest_"))
        ):
            return self._unsaid(response)
        if not code:
            return None
        if code in ("incorrect_password", "invalid_username", "invalid_email") or (status == 401 and self.password):
            return AuthFailed(f"{host} rejected the application password: renew it ({said})", status=status)
        if status in (401, 403):
            hint = "set username and password, or use the type feed"
            return Forbidden(f"{host} keeps its REST API closed ({said}): {hint}", status=status)
        if status == 404:
            hint = "use the type feed with /?s=TERM&feed=rss2"
            return UnexpectedResponse(f"{host} has no REST API here ({said}): {hint}", status=status)
        return UnexpectedResponse(f"{host} rejected this query: {said}", status=status) if status == 400 else None

    def _request(self, question: str, text: str, checkpoints: Mapping[str, str]) -> Request:
        since = parse_time_checkpoint(checkpoints.get(question))
        comments = question.startswith("comments:")
        after: tuple[tuple[str, str], ...] = ()
        if since is not None:
            earliest = datetime.fromtimestamp(max(since.resume_from(_OVERLAP) - _ZONES, 0), UTC)
            after = (("after", stamp(earliest)),)
        return json_request(
            question,
            f"{self.server}/wp-json/wp/v2/{'comments' if comments else 'posts'}",
            (
                ("search", _one_word(text) if comments else " ".join(_words(text))),
                ("orderby", "date_gmt" if comments else "date"),
                ("order", "desc"),
                ("per_page", str(_PER_PAGE)),
                *((("_fields", _COMMENT),) if comments else (("_embed", "author"), ("_fields", _POST))),
                *after,
            ),
            headers=self._login(),
            since=since,
        )

    def _login(self) -> dict[str, str | Secret]:
        if self.password is None:
            return {}
        pair = f"{self.username}:{self.password.reveal()}".encode()
        return {"Authorization": Secret(f"Basic {b64encode(pair).decode()}")}

    def _unsaid(self, response: Response) -> Page:
        """No items, and nothing that speaks against the password: sites may hide their users."""
        since = parse_time_checkpoint(response.request.since)
        return Page((), checkpoint=str(advance_checkpoint((), since, response, has_older=False)))

    @property
    def _site(self) -> str:
        return self.server.partition("://")[2]

    def _post(self, post: JsonObject, response: Response) -> Item | None:
        number = post.count("id")
        url = safe_url(post.text("link"), self.server)
        if number is None or url is None:
            return None
        content = post.object("content")
        said = plain_from_html("" if content.flag("protected") else content.text("rendered"), url)
        guid = safe_url(post.object("guid").text("rendered"))
        author = next(iter(post.object("_embedded").objects("author")), JsonObject())
        name = one_line(author.text("name"), 200)
        return Item(
            platform=self.platform,
            kind="article",
            external_id=f"{self._site}/post/{number}",
            url=url,
            title=one_line(plain_from_html(post.object("title").text("rendered")).text) or None,
            text=said.text,
            author=Author(name=name, url=safe_url(author.text("link"), self.server)) if name else Author(),
            published_at=from_iso(post.text("date_gmt"), response),
            links=links_of(said, url),
            same_as=(guid,) if guid and guid != url else (),
        )

    def _comment(self, comment: JsonObject, response: Response) -> Item | None:
        number = comment.count("id")
        url = safe_url(comment.text("link"), self.server)
        if number is None or url is None:
            return None
        said = plain_from_html(comment.object("content").text("rendered"), url)
        article, hash_, _ = url.partition("#")
        return Item(
            platform=self.platform,
            kind="comment",
            external_id=f"{self._site}/comment/{number}",
            url=url,
            text=said.text,
            author=Author(
                name=one_line(comment.text("author_name"), 200) or None, url=safe_url(comment.text("author_url"))
            ),
            published_at=from_iso(comment.text("date_gmt"), response),
            links=links_of(said, url),
            parent_url=article if hash_ else None,
        )


def _words(text: str) -> list[str]:
    """The words of a name, however it joins them: a quoted phrase must stand in the HTML letter by letter."""
    return [word for word in _JOINTS.split(text) if word] or [text]


def _one_word(text: str) -> str:
    """What a comment that holds the name holds for certain: its search knows no words, only letters in a row."""
    longest = max(_words(text), key=len)
    return longest if len(longest) > 1 else text
