"""NewsAPI.org: articles of some 150,000 publishers, with a key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from mentionwatch.errors import AuthFailed, RateLimited, ServerError, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Item
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, require_listed
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_error, read_list, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option, require_options
from mentionwatch.sources.toolkit.or_queries import or_queries
from mentionwatch.sources.toolkit.requests import json_request, with_params
from mentionwatch.sources.toolkit.time_paging import time_ordered_page
from mentionwatch.text import one_line, plain_from_html
from mentionwatch.urls import safe_url

_PER_PAGE = 100
#: Characters of a query are at most 500 (newsapi.org/docs/endpoints/everything).
_LONGEST = 480
#: Seconds asked again: articles are taken in late.
_OVERLAP = 6 * 3_600
#: How far back the free plan reaches.
_REACH = timedelta(days=29)
#: What stands where a publisher withdrew an article.
_REMOVED = "[Removed]"
_KEY_TROUBLE = frozenset({"apiKeyInvalid", "apiKeyMissing", "apiKeyDisabled"})
_SPENT = frozenset({"apiKeyExhausted", "rateLimited"})


@dataclass(frozen=True, slots=True)
class NewsApi:
    """News articles of NewsAPI.org with a brand's names, hashtags or domains in title or text, newest first.

    All terms of a brand are one question; handles are not asked for. The free plan gives articles a day late, none
    older than a month, 100 requests a day, and is for development alone by its terms.
    """

    type: ClassVar[str] = "newsapi"
    platform: ClassVar[str] = "newsapi"
    #: 100 requests a day on the free plan (newsapi.org/pricing).
    limits: ClassVar[Limits] = Limits(min_interval=1.0, concurrency=1, pages=5, per_day=100, every=3600.0)
    terms: ClassVar[str] = "the free plan is for development only"
    account: ClassVar[str] = "an API key (newsapi.org/register)"
    limitations: ClassVar[str] = (
        "all text but the beginning, and with the free plan the last day; queries are untested live"
    )

    key: Secret = field(metadata={"help": "The API key."})
    language: str = option("all", "Only articles in this language: en, de …; or all.")
    per_day: int = option(100, "Requests a day that the plan allows.")
    base_url: str = option("https://newsapi.org", "Address of the service.")

    def __post_init__(self) -> None:
        require_options(
            (re.fullmatch(r"all|[a-z]{2}", self.language), "language: two small letters, like en or de, or all"),
            (self.per_day >= 1, "per_day: must be at least 1"),
        )
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    @property
    def own_limits(self) -> Limits:
        return replace(self.limits, per_day=self.per_day)

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for question, query in or_queries(brands, max_bytes=_LONGEST):
            since = parse_time_checkpoint(checkpoints.get(question))
            # Beyond its reach the service refuses the whole question.
            reach = int((now - _REACH).timestamp())
            start = "" if since is None else _time(max(since.resume_from(_OVERLAP), reach))
            yield json_request(
                question,
                f"{self.base_url}/v2/everything",
                (
                    ("q", query),
                    ("sortBy", "publishedAt"),
                    ("pageSize", str(_PER_PAGE)),
                    *((("language", self.language),) if self.language != "all" else ()),
                    *((("from", start),) if start else ()),
                ),
                headers={"X-Api-Key": self.key},
                since=since,
            )

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        if answer.text("status") == "error":
            raise _error(answer, response)
        articles = read_list(answer, "articles", response)
        require_listed(answer.count("totalResults"), articles, response)
        items = tuple(item for article in articles if (item := _item(article, response)) is not None)
        if articles and not items and not all(_removed(article) for article in articles):
            raise UnexpectedResponse("the response lists nothing that is an article", status=response.status)
        total = answer.count("totalResults")
        since, sent = parse_time_checkpoint(response.request.since), dict(response.request.params)
        beyond = since is not None and str(sent.get("from", "")) > _time(since.resume_from(_OVERLAP))
        page = time_ordered_page(
            response,
            items,
            full=len(articles) >= _PER_PAGE or (bool(articles) and total is not None and total > len(articles)),
            following=_following(response.request, items),
            overlap=_OVERLAP,
        )
        return replace(page, truncated=True) if beyond and page.next is None else page

    def explain(self, response: Response) -> SourceError | None:
        """What the service says: the key, the quota, or the question."""
        if (answer := read_error(response)) is None:
            return None
        return _error(answer, response) if answer.text("code") else None


def _following(request: Request, items: tuple[Item, ...]) -> Request | None:
    """The same question up to the oldest article that came: the free plan gives no second page."""
    times = [item.published_at for item in items if item.published_at is not None]
    if not times:
        return None
    end = _time(int(min(times).timestamp()) + 1)
    if end >= str(dict(request.params).get("to", "9")):
        return None
    return with_params(request, to=end)


def _error(answer: JsonObject, response: Response) -> SourceError:
    code, status = answer.text("code"), response.status
    said = error_text(answer.text("message")) or error_text(code, 60) or "no reason given"
    if code in _KEY_TROUBLE:
        return AuthFailed(f"NewsAPI rejected the key: set key to a valid one ({said})", status=status)
    if code in _SPENT:
        until = response.received_at + timedelta(hours=12)
        return RateLimited(f"NewsAPI's quota is used up: {said}", until=until, status=status)
    if code == "unexpectedError":
        return ServerError(f"NewsAPI had a server error: {said}", status=status)
    return UnexpectedResponse(f"NewsAPI rejected this query: {said}", status=status)


def _removed(article: JsonObject) -> bool:
    return article.text("title") == _REMOVED


def _item(article: JsonObject, response: Response) -> Item | None:
    url = safe_url(article.text("url"))
    if url is None or _removed(article):
        return None
    said = plain_from_html(article.text("description"), url)
    more = re.sub(r"…? *\[\+[0-9]{1,9} chars\]$", "…", article.text("content").strip())
    rest = plain_from_html(more, url)
    # What it begins with is most often the description again.
    again = not rest.text or rest.text[:60] in said.text or said.text[:60] in rest.text
    text = max(said.text, rest.text, key=len) if again else f"{said.text}\n\n{rest.text}".strip()
    publisher = one_line(article.object("source").text("name"), 200)
    title = one_line(article.text("title"))
    title = title.removesuffix(f" - {publisher}") if publisher else title  # some append their name
    author = one_line(article.text("author"), 200)
    named = author if author and "://" not in author else publisher
    return Item(
        platform=NewsApi.platform,
        kind="article",
        url=url,
        title=title.strip() or None,
        text=text,
        author=Author(name=named or None, url=safe_url(author) if "://" in author else None),
        published_at=from_iso(article.text("publishedAt"), response),
        links=links_of(said, url, after=rest.links),
    )


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(max(seconds, 0), UTC):%Y-%m-%dT%H:%M:%S}"
