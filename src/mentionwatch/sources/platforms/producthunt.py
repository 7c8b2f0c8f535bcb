"""Product Hunt: new launches, matched here, and comments under named products."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from mentionwatch.errors import AuthFailed, RateLimited, ServerError, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_error, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option, require_options
from mentionwatch.sources.toolkit.requests import bearer, json_request
from mentionwatch.sources.toolkit.time_paging import activity_page, time_ordered_page
from mentionwatch.text import one_line, plain_from_html
from mentionwatch.times import stamp
from mentionwatch.urls import safe_url

_SITE = "https://www.producthunt.com"
_PER_PAGE = 20
_OVERLAP = 3_600
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.)?producthunt\.com/(?:posts|products|topics)/(?P<name>[^/?#]{1,100})"
    # A product's page names the launch apart, for it has a name of its own.
    r"(?:/launches/(?P<of>[^/?#]{1,100}))?/?(?:\?(?:[^#]*&)?launch=(?P<launch>[^&#]{1,100}))?(?:[?&#].*)?"
)
_ID = re.compile(r"[0-9]{1,20}")
#: What stands where a name was, for all but the token's own account.
_HIDDEN = "[REDACTED]"
#: Points that are left for a page or two; below them the next period is waited for.
_FEW = 500

_PEOPLE = "user { name username }"
_POSTS = (
    "query ($after: String, $postedAfter: DateTime, $topic: String) {"
    f" posts(order: NEWEST, first: {_PER_PAGE}, after: $after, postedAfter: $postedAfter, topic: $topic) {{"
    " edges { node { id name tagline description url website slug createdAt votesCount commentsCount"
    f" {_PEOPLE} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
_COMMENT = f"id body createdAt url votesCount {_PEOPLE}"
_COMMENTS = (
    "query ($slug: String!, $after: String) { post(slug: $slug) { id name url slug"
    f" comments(order: NEWEST, first: {_PER_PAGE}, after: $after) {{ edges {{ node {{ {_COMMENT}"
    f" replies(order: NEWEST, first: 5) {{ edges {{ node {{ {_COMMENT} }} }} }} }} }}"
    " pageInfo { hasNextPage endCursor } } } }"
)


@dataclass(frozen=True, slots=True)
class ProductHunt:
    """New products on Product Hunt, all or those of named topics, and comments under the products named.

    Its API has no search for words: every new product is read and matched here, by name and text, for a product's own
    site hides behind a redirect: a brand known by its domain alone matches no launch. Product Hunt hides who commented.
    All that is said under a named product links to it: put producthunt.com/products/NAME among the brand's urls, and
    all its comments count.
    """

    type: ClassVar[str] = "producthunt"
    platform: ClassVar[str] = "producthunt"
    #: 6,250 points of complexity in 15 minutes for an app (api.producthunt.com/v2/docs/rate_limits/headers).
    limits: ClassVar[Limits] = Limits(min_interval=2.0, concurrency=1, pages=15, every=3600.0)
    experimental: ClassVar[bool] = True
    terms: ClassVar[str] = "no commercial use without leave (hello@producthunt.com)"
    account: ClassVar[str] = "a free developer token (producthunt.com/v2/oauth/applications)"
    limitations: ClassVar[str] = (
        "comments under other products, who commented, reviews, the products' own domains (which its links hide)"
    )

    token: Secret = field(metadata={"help": "A developer token."})
    topics: tuple[str, ...] = option((), "Topics whose new products are read, as in their addresses; else all.")
    products: tuple[str, ...] = option(
        (), "Launches whose comments are read: NAME, /posts/NAME or /products/…?launch=NAME."
    )
    base_url: str = option("https://api.producthunt.com", "Address of the API.")

    def __post_init__(self) -> None:
        checks: list[tuple[object, str]] = []
        for name in ("topics", "products"):
            slugs = {text: _slug(text) for text in getattr(self, name)}
            checks += [
                (_SLUG.fullmatch(slug), f"{name}: {one_line(text, 60)!r} is not a name in a Product Hunt address")
                for text, slug in slugs.items()
            ]
            object.__setattr__(self, name, tuple(dict.fromkeys(slugs.values())))
        require_options(*checks)
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for slug in self.products:
            yield self._request(f"comments:{slug}", _COMMENTS, {"slug": slug}, checkpoints)
        for topic in self.topics or ("",):
            question = f"posts:{topic}" if topic else "posts"
            since = parse_time_checkpoint(checkpoints.get(question))
            variables = {"topic": topic} if topic else {}
            if since is not None:
                start = datetime.fromtimestamp(since.resume_from(_OVERLAP), UTC)
                variables["postedAfter"] = stamp(start)
            yield self._request(question, _POSTS, variables, checkpoints)

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        data, request = answer.object("data"), response.request
        of_product = request.query_key.startswith("comments:")
        errors = answer.objects("errors")
        if of_product and "post" in data and data.fields["post"] is None and not errors:
            raise UnexpectedResponse(
                f"Product Hunt has no launch {request.query_key[9:]!r}; it may differ from the product's name: open the"
                " launch, and take NAME from /posts/NAME or ?launch=NAME",
                status=response.status,
            )
        about = data.object("post")
        listing = about.object("comments") if of_product else data.object("posts")
        if not isinstance(listing.fields.get("edges"), list):
            raise self._error(answer, response) or UnexpectedResponse(
                "the response has no list", status=response.status
            )
        nodes = [edge.object("node") for edge in listing.objects("edges")]
        items = [item for node in nodes for item in self._items(node, about if of_product else None, response)]
        if nodes and not items:
            raise UnexpectedResponse("no entry of the response can be read", status=response.status)
        following = _following(request, listing.object("pageInfo"))
        if of_product:
            listed_at = [from_iso(node.text("createdAt"), response) for node in nodes]
            page = activity_page(response, items, listed_at, following=following, overlap=_OVERLAP)
        else:
            page = time_ordered_page(response, items, full=following is not None, following=following, overlap=_OVERLAP)
        note = f"Product Hunt left out parts of the answer: {self._words(errors[0])}" if errors else page.note
        return replace(page, note=note, pause=_pause(response))

    def explain(self, response: Response) -> SourceError | None:
        """What Product Hunt says: the token, the limits, the question."""
        return self._error(read_error(response) or JsonObject(), response)

    def _request(
        self, question: str, query: str, variables: Mapping[str, str], checkpoints: Mapping[str, str]
    ) -> Request:
        since = parse_time_checkpoint(checkpoints.get(question))
        asked = {"query": query, "variables": dict(variables)}
        url = f"{self.base_url}/v2/api/graphql"
        return json_request(question, url, post=asked, headers=bearer(self.token), since=since)

    def _words(self, error: JsonObject) -> str:
        text = error.text("error_description") or error.text("message") or error.text("error")
        return error_text(text.replace(self.token.reveal().strip(), "***")) or "no reason given"

    def _error(self, answer: JsonObject, response: Response) -> SourceError | None:
        """An error answer, or one of status 200 that holds errors and no data, as GraphQL has it."""
        status = response.status
        first = next(iter(answer.objects("errors")), JsonObject())
        kind = (one_line(first.text("error"), 60) or one_line(first.object("extensions").text("code"), 60)).lower()
        if status == 429 or "rate_limit" in kind or "complexity" in kind:
            reset = first.object("details").count("reset_in") or _seconds(response, "x-rate-limit-reset")
            until = None if not reset else response.received_at + timedelta(seconds=min(reset, 86_400))
            return RateLimited("Product Hunt has rate-limited us", until=until, status=status)
        if status == 401 or "oauth" in kind or "unauthorized" in kind:
            return AuthFailed("Product Hunt rejected the token: make a developer token at"
                                  " producthunt.com/v2/oauth/applications", status=status)  # fmt: skip
        if status >= 500:
            return ServerError(f"Product Hunt had a server error ({status})", status=status) if first else None
        if first:
            return UnexpectedResponse(f"Product Hunt rejected this query: {self._words(first)}", status=status)
        return None

    def _items(self, node: JsonObject, about: JsonObject | None, response: Response) -> Iterator[Item]:
        if about is None:
            if (product := self._product(node, response)) is not None:
                yield product
            return
        for one in (node, *(edge.object("node") for edge in node.object("replies").objects("edges"))):
            number, page = one.identifier("id"), _plain(safe_url(about.text("url")))
            slug = about.identifier("slug")
            launch = _launch(page, slug)
            if number is None or not _ID.fullmatch(number) or "createdAt" not in one:
                continue
            said = plain_from_html(one.text("body"), _SITE)
            url = safe_url(one.text("url"))
            yield Item(
                platform=self.platform,
                kind="comment",
                external_id=f"comment/{number}",
                url=url,
                text=said.text,
                author=_author(one.object("user")),
                published_at=from_iso(one.text("createdAt"), response),
                links=links_of(said, url, after=(page, launch, _launch(None, slug))),
                parent_url=launch,
                engagement=Engagement(score=one.count("votesCount")),
            )

    def _product(self, node: JsonObject, response: Response) -> Item | None:
        number = node.identifier("id")
        if number is None or not _ID.fullmatch(number) or "createdAt" not in node:
            return None
        page = _plain(safe_url(node.text("url")))
        url = _launch(page, node.identifier("slug"))
        said = plain_from_html(node.text("description"), _SITE)
        tagline = one_line(plain_from_html(node.text("tagline")).text, 500)
        return Item(
            platform=self.platform,
            kind="post",
            external_id=number,
            url=url,
            title=one_line(plain_from_html(node.text("name")).text) or None,
            text="\n\n".join(part for part in (tagline, said.text) if part),
            author=_author(node.object("user")),
            published_at=from_iso(node.text("createdAt"), response),
            links=links_of(said, url, after=(page, _plain(safe_url(node.text("website"))))),
            engagement=Engagement(score=node.count("votesCount"), replies=node.count("commentsCount")),
        )


def _slug(text: str) -> str:
    """The name in an address, that of the launch where it has one; any other text as it stands."""
    found = _ADDRESS.fullmatch(text.strip())
    name = text.strip() if found is None else found["launch"] or found["of"] or found["name"]
    return name.lower()


def _launch(page: str | None, slug: str | None) -> str | None:
    """The address of one launch: a product's page is that of all its launches, and is told apart by the launch's name.

    Since 2026 the API gives the product's page; before, the launch's own.
    """
    if slug is None or not _SLUG.fullmatch(slug):
        return page
    if page is None:
        return f"{_SITE}/posts/{slug}"
    return f"{page}?launch={slug}" if "/products/" in page and "?" not in page else page


def _following(request: Request, info: JsonObject) -> Request | None:
    cursor = info.identifier("endCursor")
    if cursor is None or not info.flag("hasNextPage") or request.json is None:
        return None
    variables = request.json.get("variables")
    before = variables if isinstance(variables, dict) else {}
    return replace(request, json={**request.json, "variables": {**before, "after": cursor}})


def _plain(url: str | None) -> str | None:
    """Without what Product Hunt appends to every address: ``?utm_campaign=producthunt-api&utm_source=Application…``."""
    return None if url is None else re.sub(r"[?&]utm_campaign=producthunt-api.*$", "", url)


def _author(user: JsonObject) -> Author:
    """Who wrote it; most are hidden."""
    handle = one_line(user.text("username"), 100)
    name = one_line(user.text("name"), 200)
    handle = "" if handle == _HIDDEN or not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", handle) else handle
    name = "" if name == _HIDDEN else name
    return Author(name=name or handle or None, handle=handle or None, url=f"{_SITE}/@{handle}" if handle else None)


def _seconds(response: Response, name: str) -> int | None:
    text = response.headers.get(name, "").strip()
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


def _pause(response: Response) -> float:
    """Seconds to the next period where this one's points are almost used up."""
    left, reset = _seconds(response, "x-rate-limit-remaining"), _seconds(response, "x-rate-limit-reset")
    return float(min(reset, 3_600)) if left is not None and reset is not None and left < _FEW else 0.0
