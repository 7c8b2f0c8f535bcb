"""Tumblr: posts under tags, and what is said under the posts of named blogs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from mentionwatch.errors import AuthFailed, Forbidden, RateLimited, ServerError, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_unix
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint, parse_time_checkpoint, timestamps
from mentionwatch.sources.toolkit.items import links_of, require_any, tags_of
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_error, read_list, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option, require_options
from mentionwatch.sources.toolkit.requests import json_request, with_params
from mentionwatch.sources.toolkit.time_paging import activity_page, time_ordered_page
from mentionwatch.text import PlainText, one_line, plain_from_html
from mentionwatch.urls import safe_url

_SITE = "https://www.tumblr.com"
#: The most that the API gives at once (github.com/tumblr/docs, api.md).
_PER_PAGE = 20
_OVERLAP = 3_600
_ID = re.compile(r"[0-9]{1,20}")
_BLOG = re.compile(r"[A-Za-z0-9-]{1,60}")
#: Where a post of the older format keeps its words, by what kinds of posts there are; they are HTML.
_WORDS = ("text", "source", "question", "answer", "body", "caption", "description")
#: Blocks of the newer format that are looked at.
_BLOCKS = 200
#: Notes that come along with a post at most.
_NOTES = 50


@dataclass(frozen=True, slots=True)
class Tumblr:
    """Tumblr posts under the tags that are a brand's names and hashtags, and replies to the posts of named blogs.

    Tumblr's API searches tags alone: a post without one of them is not found. Tags may hold spaces, so that a name is
    one as it is. Under the newest posts of the blogs named, replies and reblogs with words are read as comments.
    """

    type: ClassVar[str] = "tumblr"
    platform: ClassVar[str] = "tumblr"
    #: 1,000 calls an hour and 5,000 a calendar day for a key (github.com/tumblr/docs, api.md).
    limits: ClassVar[Limits] = Limits(min_interval=1.0, concurrency=1, pages=10, every=1800.0, per_day=5_000)
    account: ClassVar[str] = "a free API key (the OAuth consumer key of an app: tumblr.com/oauth/apps)"
    limitations: ClassVar[str] = (
        "posts without one of the tags, replies elsewhere; the search is untested against the live service"
    )

    key: Secret = field(metadata={"help": "The API key: the app's OAuth consumer key."})
    blogs: tuple[str, ...] = option((), "Blogs under whose newest posts replies are read.")
    base_url: str = option("https://api.tumblr.com", "Address of the API.")

    def __post_init__(self) -> None:
        blogs = tuple(re.sub(r"^https?://|\.tumblr\.com/?$", "", blog.strip()).removeprefix("@") for blog in self.blogs)
        require_options(
            *((_BLOG.fullmatch(blog), f"blogs: {one_line(blog, 60)!r} is not the name of a blog") for blog in blogs)
        )
        object.__setattr__(self, "blogs", blogs)
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for known, tag in search_terms.by_key((*search_terms.names(brands), *search_terms.hashtags(brands))).items():
            yield self._request(f"tag:{known}", "tagged", (("tag", tag),), checkpoints)
        for blog in dict.fromkeys(blog.lower() for blog in self.blogs):
            yield self._request(f"notes:{blog}", f"blog/{blog}/posts", (("notes_info", "true"),), checkpoints)

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        meta, request = answer.object("meta"), response.request
        if (meta.integer("status") or 200) >= 400:
            raise self._error(answer, meta.integer("status") or 0, response) or UnexpectedResponse(
                "Tumblr refuses this"
            )
        of_blog = request.query_key.startswith("notes:")
        listing = answer.object("response") if of_blog else answer
        name = "posts" if of_blog else "response"
        posts = read_list(listing, name, response, "posts")
        read = [(post, item) for post in posts if (item := _item(post, response)) is not None]
        require_any(read, posts, response, "a post")
        if of_blog:
            return self._notes_page(read, response)
        oldest = min((at for post, _ in read if (at := _tagged_at(post)) is not None), default=None)
        following = None if oldest is None else with_params(request, before=str(oldest + 1))
        return time_ordered_page(
            response,
            [item for _, item in read],
            full=len(posts) >= _PER_PAGE,
            following=following,
            overlap=_OVERLAP,
            times=[at for post, _ in read if (at := _tagged_at(post)) is not None],
        )

    @staticmethod
    def _notes_page(read: list[tuple[JsonObject, Item]], response: Response) -> Page:
        """A blog's newest posts, each with the newest of what was said under it."""
        since = parse_time_checkpoint(response.request.since)
        items: list[Item] = []
        cut = False
        for post, item in read:
            notes = list(_notes(post, item, response))
            items += [item, *notes]
            cut = cut or (len(post.objects("notes")) >= _NOTES and _all_new(notes, since))
        cut = cut or (len(read) >= _PER_PAGE and _all_new([item for _, item in read], since))
        listed_at = [item.published_at for _, item in read]
        return activity_page(response, items, listed_at, following=None, overlap=_OVERLAP, truncated=cut)

    def explain(self, response: Response) -> SourceError | None:
        """What Tumblr says: the key, the limits, a blog that is not there."""
        return self._error(read_error(response) or JsonObject(), response.status, response)

    def _request(
        self, question: str, path: str, asked: tuple[tuple[str, str], ...], checkpoints: Mapping[str, str]
    ) -> Request:
        since = parse_time_checkpoint(checkpoints.get(question))
        return json_request(
            question,
            f"{self.base_url}/v2/{path}",
            (*asked, ("limit", str(_PER_PAGE)), ("api_key", Secret(self.key.reveal().strip()))),
            since=since,
        )

    def _error(self, answer: JsonObject, status: int, response: Response) -> SourceError | None:
        first = next(iter(answer.objects("errors")), JsonObject())
        text = first.text("detail") or first.text("title") or answer.object("meta").text("msg")
        said = error_text(text.replace(self.key.reveal().strip(), "***")) or "no reason given"
        if status == 401:
            return AuthFailed("Tumblr rejected the key: it is the OAuth consumer key of an app"
                                  " (tumblr.com/oauth/apps)", status=response.status)  # fmt: skip
        if status == 403:
            return Forbidden(f"Tumblr does not allow this for the key: {said}", status=response.status)
        if status == 404 and response.request.query_key.startswith("notes:"):
            blog = response.request.query_key.removeprefix("notes:")
            return UnexpectedResponse(f"Tumblr has no blog {blog!r}, or hides it from the web", status=response.status)
        if status == 429:
            return RateLimited("Tumblr has rate-limited us", until=_reset(response), status=response.status)
        if status >= 500:
            return ServerError(f"Tumblr had a server error ({status})", status=response.status)
        return UnexpectedResponse(f"Tumblr rejected this query: {said}", status=response.status) if answer else None


def _reset(response: Response) -> datetime | None:
    """When the limits that are used up begin anew, in seconds from now; of an hour and of a day."""
    waits = []
    for limit in ("perhour", "perday"):
        left = response.headers.get(f"x-ratelimit-{limit}-remaining", "").strip()
        seconds = response.headers.get(f"x-ratelimit-{limit}-reset", "").strip()
        if left == "0" and re.fullmatch(r"[0-9]{1,6}", seconds):
            waits.append(int(seconds))
    return response.received_at + timedelta(seconds=max(waits)) if waits else None


def _all_new(items: list[Item], since: TimeCheckpoint | None) -> bool:
    """Whether even the oldest came after the last answer, so that before it there may be more."""
    times = timestamps(items)
    return since is not None and bool(times) and min(times) > since.newest


# --- what came --------------------------------------------------------------------------------------------------------


def _tagged_at(post: JsonObject) -> int | None:
    """The second by which a tag's posts are sorted: a featured tag has its own."""
    seconds = post.count("featured_timestamp") or post.count("timestamp")
    return seconds if seconds is not None and seconds < 2**40 else None


def _item(post: JsonObject, response: Response) -> Item | None:
    number = post.identifier("id_string") or post.identifier("id")
    if number is None or not _ID.fullmatch(number):
        return None
    blog = _blog(post)
    by_id = f"{_SITE}/{blog}/{number}" if blog else None
    url = safe_url(post.text("post_url")) or by_id
    said = _said(post)
    short = safe_url(post.text("short_url"))
    title = one_line(plain_from_html(post.text("title")).text, 1_000) or None
    text = said.text or plain_from_html(post.text("summary")).text
    return Item(
        platform=Tumblr.platform,
        kind="post",
        external_id=number,
        url=url,
        title=title,
        text="" if text == title else text,
        author=_author(blog),
        published_at=from_unix(post.count("timestamp"), response),
        links=links_of(said, url, after=(post.text("url"), post.text("link_url"), post.text("source_url"))),
        tags=tags_of(post.texts("tags")[:100], 200),
        same_as=tuple(one for one in dict.fromkeys((by_id, short)) if one is not None and one != url),
        # Likes, reblogs and replies together.
        engagement=Engagement(score=post.count("note_count")),
    )


def _said(post: JsonObject) -> PlainText:
    """All words of a post, those it reblogs included: HTML of the older format, or blocks of the newer one."""
    if isinstance(post.fields.get("content"), list):
        parts = [part for content in (*post.objects("trail")[:20], post) for part in _blocks(content)]
        return plain_from_html("".join(parts), _SITE)
    words = [post.text(name) for name in _WORDS if post.text(name).strip()]
    lines = [
        f"{html.escape(line.text('label'))} {html.escape(line.text('phrase'))}"
        for line in post.objects("dialogue")[:_BLOCKS]
        if not post.text("body")
    ]
    return plain_from_html("".join(f"<p>{part}</p>" for part in dict.fromkeys((*words, *lines))), _SITE)


def _blocks(content: JsonObject) -> Iterator[str]:
    """Blocks of the newer format as HTML: texts with their links, and links with what is said of them."""
    for block in content.objects("content")[:_BLOCKS]:
        spoken = [block.text(key) for key in ("text", "title", "description", "question", "alt_text", "caption")]
        spoken += [answer.text("answer_text") for answer in block.objects("answers")[:20]]
        words = " ".join(html.escape(part) for part in spoken if part)
        address = safe_url(block.text("url")) if block.text("type") == "link" else None
        links = [address, *(safe_url(one.text("url")) for one in block.objects("formatting")[:50])]
        marks = "".join(f'<a href="{html.escape(link)}"></a>' for link in links if link)
        yield f"<p>{words}{marks}</p>"


def _notes(post: JsonObject, on: Item, response: Response) -> Iterator[Item]:
    """Replies, and reblogs that add words, under one of a named blog's posts."""
    for note in post.objects("notes"):
        said = plain_from_html(note.text("reply_text") or note.text("added_text"), _SITE)
        blog, at = _blog(note), note.count("timestamp")
        if note.text("type") not in ("reply", "reblog") or not said.text or blog is None or at is None:
            continue
        number = note.identifier("post_id") if note.text("type") == "reblog" else None
        number = number if number and _ID.fullmatch(number) and number != on.external_id else None
        # A reply has no number and no address of its own.
        url = f"{_SITE}/{blog}/{number}" if number else None
        yield Item(
            platform=Tumblr.platform,
            kind="comment",
            external_id=number or f"{on.external_id}/{blog}/{at}",
            url=url,
            text=said.text,
            author=_author(blog),
            published_at=from_unix(at, response),
            links=links_of(said, url),
            handles=(f"@{on.author.handle}",) if on.author.handle and blog != on.author.handle else (),
            parent_url=on.url,
        )


def _blog(said: JsonObject) -> str | None:
    name = said.identifier("blog_name") or said.object("blog").identifier("name")
    return name if name and _BLOG.fullmatch(name) else None


def _author(blog: str | None) -> Author:
    return Author() if blog is None else Author(name=blog, handle=blog, url=f"{_SITE}/{blog}")
