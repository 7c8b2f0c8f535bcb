"""Google Play: what customers write about your own apps, with their stars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from mentionwatch.errors import AuthFailed, Forbidden, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.toolkit.api_dates import from_unix
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, plain_text
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.requests import bearer, json_request
from mentionwatch.sources.toolkit.time_paging import time_ordered_page
from mentionwatch.text import one_line

_STORE = "https://play.google.com/store/apps/details?id="
_PER_PAGE = 100
#: Seconds: the API knows the last seven days and says nothing of their order, so all of them are read each time.
_WEEK = 8 * 86_400


@dataclass(frozen=True, slots=True)
class GooglePlay:
    """Reviews of your own apps in Google Play, with their stars.

    Asked is the Play Developer API (reviews.list), which gives the last week's reviews of the account's own apps. For
    those of others no lawful endpoint exists: search engines and alerts find some of them. Google's access tokens live
    an hour: let a command give one, as `gcloud auth print-access-token --scopes=…/auth/androidpublisher` does. To count
    every review, give the brand the URL play.google.com/store/apps/details.
    """

    type: ClassVar[str] = "google_play"
    platform: ClassVar[str] = "google_play"
    #: 200 requests an hour for reviews (Play Developer API, quotas).
    limits: ClassVar[Limits] = Limits(min_interval=2.0, concurrency=1, pages=20, every=10_800.0)
    account: ClassVar[str] = "an OAuth token with the scope androidpublisher and the right to reply to reviews"
    limitations: ClassVar[str] = "other people's apps, stars without a text, the time before last week; untested live"

    packages: tuple[str, ...] = field(metadata={"help": "Your apps' package names, like example.acme.app."})
    token: Secret = field(metadata={"help": "An OAuth access token; it lives an hour, so let a command give it."})
    base_url: str = option("https://androidpublisher.googleapis.com", "Address of the service.")

    def __post_init__(self) -> None:
        wrong = not all(re.fullmatch(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)+", name, re.ASCII) for name in self.packages)
        if wrong or not self.packages:
            raise UserError('packages: names of your own apps, like ["example.acme.app"]')
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for package in dict.fromkeys(self.packages):
            question = f"reviews:{package}"[:200]
            since = parse_time_checkpoint(checkpoints.get(question))
            yield json_request(
                question,
                f"{self.base_url}/androidpublisher/v3/applications/{package}/reviews",
                (("maxResults", str(_PER_PAGE)),),
                headers=bearer(self.token),
                since=since,
            )

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        reviews = answer.objects("reviews")
        package = response.request.url.rpartition("/applications/")[2].partition("/")[0]
        items = [item for review in reviews if (item := _review(review, package, response)) is not None]
        # Without any review the list is left out; what else an empty object may be is not known.
        empty = set(answer.fields) <= {"tokenPagination", "pageInfo", "kind"}
        if (not empty and not isinstance(answer.fields.get("reviews"), list)) or (reviews and not items):
            raise UnexpectedResponse("the response has no list of reviews", status=response.status)
        further = answer.object("tokenPagination").identifier("nextPageToken")
        request = response.request
        params = (("maxResults", str(_PER_PAGE)), ("token", further or ""))
        following = replace(request, params=params)
        return time_ordered_page(response, items, full=bool(further), following=following, overlap=_WEEK)

    def explain(self, response: Response) -> SourceError | None:
        """Whether it is the token, the right, or the app."""
        if response.status == 401:
            said = "Google rejected the token: it lives an hour, let a command give a new one"
            return AuthFailed(said, status=401)
        if response.status == 403:
            return Forbidden("the account may not read this app's reviews, or the API is switched off", status=403)
        if response.status == 404:
            return UnexpectedResponse("the account has no app of this name in Google Play", status=404)
        return None


def _review(review: JsonObject, package: str, response: Response) -> Item | None:
    """What the customer said; the developer's answer is left out."""
    number = review.identifier("reviewId")
    said = next(
        (comment.object("userComment") for comment in review.objects("comments") if "userComment" in comment), None
    )
    if number is None or not said:
        return None
    # "title<TAB>text", where the review has a title.
    title, tab, text = said.text("text").partition("\t")
    title, text = (title, text) if tab else ("", title)
    plain = plain_text(text)
    seconds = said.object("lastModified").identifier("seconds") or ""
    stars = said.integer("starRating")
    url = f"{_STORE}{package}&reviewId={number}" if re.fullmatch(r"[\w:.-]{1,200}", number, re.ASCII) else None
    return Item(
        platform=GooglePlay.platform,
        kind="review",
        external_id=number,
        url=url,
        title=one_line(title) or None,
        text=plain.text,
        language=one_line(said.text("reviewerLanguage"), 20).replace("_", "-") or None,
        author=Author(name=one_line(review.text("authorName"), 200) or None),
        published_at=from_unix(int(seconds) if seconds.isascii() and seconds.isdigit() else None, response),
        links=links_of(plain, url, after=(f"{_STORE}{package}",)),
        engagement=Engagement(likes=said.count("thumbsUpCount")),
        rating=float(stars) if stars is not None and 1 <= stars <= 5 else None,
    )
