"""Trustpilot: what customers write about one company, with their stars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from mentionwatch.errors import AuthFailed, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, plain_text, require_any
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_list, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.requests import json_request, with_params
from mentionwatch.sources.toolkit.time_paging import time_ordered_page
from mentionwatch.text import one_line

_SITE = "https://www.trustpilot.com"
_PER_PAGE = 100
#: Seconds asked again: how long after it was written a review may first be shown is not documented.
_OVERLAP = 172_800


@dataclass(frozen=True, slots=True)
class Trustpilot:
    """Reviews of one company on Trustpilot, the newest first, with their stars.

    Asked is the Business Units API, with the key of a Trustpilot for Business account that has API access; its pages
    may not be read by programs. A review seldom names the company: to count every one, give the brand the URL
    trustpilot.com/review/acme.example. The company's id stands in the answer of the API's own "find".
    """

    type: ClassVar[str] = "trustpilot"
    platform: ClassVar[str] = "trustpilot"
    #: None are published.
    limits: ClassVar[Limits] = Limits(min_interval=1.5, concurrency=1, pages=10, every=3_600.0)
    experimental: ClassVar[bool] = True
    account: ClassVar[str] = "an API key of Trustpilot for Business (a paid plan with API access)"
    limitations: ClassVar[str] = "reviews taken down since, private details"

    business_unit: str = field(metadata={"help": "The company's id, as the API's own search (find) gives it."})
    domain: str = field(metadata={"help": "The company's name in trustpilot.com/review/…, like acme.example."})
    api_key: Secret = field(metadata={"help": "The API key of the account's application."})
    base_url: str = option("https://api.trustpilot.com", "Address of the service.")

    def __post_init__(self) -> None:
        problems = []
        if not re.fullmatch(r"[0-9a-fA-F]{24}", self.business_unit):
            problems.append("business_unit: 24 of 0-9 and a-f, like 46d6a890000064000500e0c3")
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,252}", self.domain, re.IGNORECASE):
            problems.append("domain: a name as in trustpilot.com/review/acme.example")
        if problems:
            raise UserError(*problems)
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        question = f"reviews:{self.business_unit.lower()}"
        since = parse_time_checkpoint(checkpoints.get(question))
        yield json_request(
            question,
            f"{self.base_url}/v1/business-units/{self.business_unit}/reviews",
            (("orderBy", "createdat.desc"), ("perPage", str(_PER_PAGE)), ("page", "1")),
            headers={"apikey": self.api_key},
            since=since,
        )

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        reviews = read_list(answer, "reviews", response)
        items = [item for review in reviews if (item := self._review(review, response)) is not None]
        require_any(items, reviews, response, "a review")
        request = response.request
        return time_ordered_page(
            response,
            items,
            full=len(reviews) >= _PER_PAGE,
            following=with_params(request, page=str(request.page + 2)),
            overlap=_OVERLAP,
        )

    def explain(self, response: Response) -> SourceError | None:
        """401 and 403 are the key's, 404 is the company's."""
        if response.status in (401, 403):
            said = "Trustpilot rejected the API key: check it, and that the account's plan has API access"
            return AuthFailed(said, status=response.status)
        if response.status == 404:
            return UnexpectedResponse("Trustpilot has no company with this business_unit", status=response.status)
        return None

    def _review(self, review: JsonObject, response: Response) -> Item | None:
        number = review.identifier("id")
        if number is None or not re.fullmatch(r"[0-9A-Za-z]{1,64}", number):
            return None
        stars = review.number("stars")
        consumer = review.object("consumer")
        person = consumer.identifier("id")
        url = f"{_SITE}/reviews/{number}"
        said = plain_text(review.text("text"))
        return Item(
            platform=self.platform,
            kind="review",
            external_id=number,
            url=url,
            title=one_line(review.text("title")) or None,
            text=said.text,
            language=one_line(review.text("language"), 20) or None,
            author=Author(
                name=one_line(consumer.text("displayName"), 200) or None,
                url=f"{_SITE}/users/{person}" if person and re.fullmatch(r"[0-9A-Za-z]{1,64}", person) else None,
            ),
            published_at=from_iso(review.text("createdAt"), response),
            # Which company it is about; the review itself seldom says so.
            links=links_of(said, url, after=(f"{_SITE}/review/{self.domain.lower()}",)),
            engagement=Engagement(likes=review.count("numberOfLikes")),
            rating=stars if stars is not None and 1 <= stars <= 5 else None,
        )
