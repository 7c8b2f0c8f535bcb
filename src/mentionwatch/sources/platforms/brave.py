"""Brave Search: the web and the news, with a key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Literal

from mentionwatch.errors import AuthFailed, RateLimited, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Item
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, read_items
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_error, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option, require_options
from mentionwatch.sources.toolkit.or_queries import or_queries
from mentionwatch.sources.toolkit.requests import json_request, with_params
from mentionwatch.sources.toolkit.unordered_results import unordered_page
from mentionwatch.text import one_line, plain_from_html
from mentionwatch.urls import safe_url

#: The most a page holds, and the last page there is (0 to 9).
_PER_PAGE = 20
_LAST = 9
#: Characters and words of a query are at most 400 and 50.
_LONGEST = 300
_PHRASES = 10
#: Seconds asked again: pages reach the index days after they were written.
_OVERLAP = 3 * 86_400


@dataclass(frozen=True, slots=True)
class Brave:
    """Pages or news articles that Brave Search finds for a brand's names, hashtags and domains.

    All terms of a brand are one question; handles are not asked for. After the first time only what is new since the
    last answer, and three days more, is asked for. Every page of results is paid for: `per_day` bounds them.
    """

    type: ClassVar[str] = "brave"
    platform: ClassVar[str] = "brave"
    #: $5 for 1,000 requests, $5 a month for nothing (2026): 30 a day are free.
    limits: ClassVar[Limits] = Limits(min_interval=1.1, concurrency=1, pages=3, per_day=30, every=21_600.0)
    account: ClassVar[str] = "an API key, with a credit card (api.search.brave.com)"
    limitations: ClassVar[str] = (
        "all text but excerpts, and what is beyond 60 results; untested against the live service"
    )

    key: Secret = field(metadata={"help": "The API key."})
    search: Literal["web", "news"] = option("web", "What to search: web or news.")
    country: str = option("ALL", "Country of the results, two letters, or ALL.")
    per_day: int = option(30, "Requests a day that you are willing to pay for.")
    base_url: str = option("https://api.search.brave.com", "Address of the service.")

    def __post_init__(self) -> None:
        require_options(
            (re.fullmatch(r"[A-Za-z]{2}|ALL", self.country), "country: two letters, like US or DE, or ALL"),
            (self.per_day >= 1, "per_day: must be at least 1"),
        )
        object.__setattr__(self, "country", self.country.upper())
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    @property
    def own_limits(self) -> Limits:
        return replace(self.limits, per_day=self.per_day)

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for question, query in or_queries(brands, max_bytes=_LONGEST, max_phrases=_PHRASES):
            since = parse_time_checkpoint(checkpoints.get(question))
            fresh = "pw"
            if since is not None:
                start = datetime.fromtimestamp(max(since.newest - _OVERLAP, 0), UTC)
                fresh = f"{start:%Y-%m-%d}to{now + timedelta(days=1):%Y-%m-%d}"
            yield json_request(
                question,
                f"{self.base_url}/res/v1/{self.search}/search",
                (
                    ("q", query),
                    ("count", str(_PER_PAGE)),
                    ("country", self.country),
                    ("freshness", fresh),
                    ("safesearch", "off"),
                    ("spellcheck", "false"),
                    ("text_decorations", "false"),
                ),
                headers={"X-Subscription-Token": self.key},
                since=since,
            )

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        if "error" in answer or answer.text("type") == "ErrorResponse":
            raise _error(answer, response)
        # A web search that found nothing has no "web" at all; the echo of the question tells it from other JSON.
        found = answer.object("web") if self.search == "web" else answer
        listed = isinstance(found.fields.get("results"), list)
        if not listed and not (answer.text("type") in ("search", "news") and answer.object("query")):
            raise UnexpectedResponse("the response has no results", status=response.status)
        # A web search lists news, films and discussions apart.
        apart = ("news", "videos", "discussions") if self.search == "web" else ()
        results = found.objects("results") + tuple(
            one for name in apart for one in answer.object(name).objects("results")
        )
        items = read_items(results, self._item, response, "an address")
        request = response.request
        said = answer.object("query").fields.get("more_results_available")
        more = said if isinstance(said, bool) else len(found.objects("results")) >= _PER_PAGE
        following = with_params(request, offset=str(request.page + 1)) if more and request.page < _LAST else None
        return unordered_page(response, items, more=True, following=following, overlap=_OVERLAP)

    def explain(self, response: Response) -> SourceError | None:
        """What the service says: the key, the plan, or the question."""
        if (answer := read_error(response)) is None:
            return None
        return _error(answer, response) if answer.object("error") else None

    def _item(self, result: JsonObject, response: Response) -> Item | None:
        url = safe_url(result.text("url"))
        if url is None:
            return None
        snippets = (result.text("description"), *result.texts("extra_snippets")[:5])
        said = plain_from_html("<p>".join(part for part in dict.fromkeys(snippets) if part), url)
        name = one_line(result.object("profile").text("name") or result.object("meta_url").text("hostname"), 200)
        language = result.text("language")
        return Item(
            platform=self.platform,
            kind="article" if self.search == "news" else "page",
            url=url,
            title=one_line(plain_from_html(result.text("title")).text) or None,
            text=said.text,
            language=language if re.fullmatch(r"[a-z]{2}", language) else None,
            author=Author(name=name or None),
            published_at=from_iso(result.text("page_age"), response),
            links=links_of(said, url),
        )


def _error(answer: JsonObject, response: Response) -> SourceError:
    error, status = answer.object("error"), response.status
    code = error_text(error.text("code"), 60)
    said = error_text(error.text("detail") or answer.text("message")) or code or "no reason given"
    if "TOKEN" in code or status == 401:
        return AuthFailed(f"Brave rejected the key: set key to a valid one ({said})", status=status)
    if status == 429 or code in ("RATE_LIMITED", "QUOTA_LIMITED", "USAGE_LIMIT_EXCEEDED"):
        return RateLimited(f"Brave has rate-limited us: {said}", until=_reset(response), status=status)
    return UnexpectedResponse(f"Brave rejected this query: {said}", status=status)


def _reset(response: Response) -> datetime | None:
    """When the limits that are used up begin anew: a list of seconds beside the list of what remains of each."""
    remaining = response.headers.get("x-ratelimit-remaining", "").split(",")
    reset = response.headers.get("x-ratelimit-reset", "").split(",")
    waits = [
        int(seconds)
        for left, seconds in zip(remaining[:5], reset[:5], strict=False)
        if left.strip() == "0" and re.fullmatch(r"\s*[0-9]{1,8}\s*", seconds)
    ]
    return response.received_at + timedelta(seconds=max(waits)) if waits else None
