"""LinkedIn, by its Community Management API: comments, shares and mentions of one's own organization's page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

from mentionwatch.errors import AuthFailed, Forbidden, RateLimited, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Item
from mentionwatch.sources.toolkit.api_dates import from_unix
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, plain_text
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_error, read_list, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option, require_options
from mentionwatch.sources.toolkit.requests import json_request
from mentionwatch.sources.toolkit.unordered_results import unordered_page
from mentionwatch.urls import safe_url

_SITE = "https://www.linkedin.com"
_PER_PAGE = 50
_OVERLAP = 3_600
#: Notifications are kept for 60 days (learn.microsoft.com, Organization Social Action Notifications).
_REACH = timedelta(days=59)
_POST = re.compile(r"urn:li:(?:share|ugcPost|activity):[0-9]{1,25}")
_COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?(share|ugcPost|activity):([0-9]{1,25}),([0-9]{1,25})\)")
_ORGANIZATION = re.compile(r"urn:li:organization:([0-9]{1,20})")
#: What others did that has words in it; likes have none, and deleted comments no longer.
_WORDS = ("SHARE_MENTION", "COMMENT", "SHARE")


@dataclass(frozen=True, slots=True)
class LinkedIn:
    """What is said to one's own LinkedIn page: posts that mention it, shares of its posts, and comments under them.

    LinkedIn does not allow searching posts, so posts that do not name the page cannot be seen by a program; set up
    alerts in LinkedIn itself, or monitor web searches for site:linkedin.com/posts. All that comes links the page:
    put linkedin.com/company/NUMBER among the brand's urls, and comments that do not repeat the name count, too.
    """

    type: ClassVar[str] = "linkedin"
    platform: ClassVar[str] = "linkedin"
    #: Limits hang on the app and are told in its analytics only; some 500 calls a day in the development tier.
    limits: ClassVar[Limits] = Limits(min_interval=1.0, concurrency=1, pages=10, every=1800.0)
    experimental: ClassVar[bool] = True
    account: ClassVar[str] = "an app with the Community Management API, and the token of an administrator of the page"
    limitations: ClassVar[str] = "all that does not mention the page, and authors' names"

    organization: str = field(metadata={"help": "The page's number (urn:li:organization:NUMBER)."})
    token: Secret = field(metadata={"help": "An access token with rw_organization_admin; it lasts 60 days."})
    version: str = option("202606", "Version of the API, year and month; each lives about one year.")
    base_url: str = option("https://api.linkedin.com", "Address of the API.")

    def __post_init__(self) -> None:
        number = self.organization.strip().removeprefix("urn:li:organization:")
        require_options(
            (re.fullmatch(r"[0-9]{1,20}", number), "organization: is the page's number, like 12345"),
            (
                re.fullmatch(r"20[0-9]{2}(?:0[1-9]|1[0-2])", self.version.strip()),
                "version: is a year and month, like 202606",
            ),
        )
        object.__setattr__(self, "organization", number)
        object.__setattr__(self, "version", self.version.strip())
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        since = parse_time_checkpoint(checkpoints.get("notifications"))
        # Brackets, commas and colons of a Rest.li 2.0 query stand as they are; only what is between them is encoded.
        start = None if since is None else max(since.resume_from(_OVERLAP) * 1_000, _ms(now - _REACH))
        times = "" if start is None else f"&timeRange=(start:{start},end:{_ms(now)})"
        yield json_request(
            "notifications",
            f"{self.base_url}/rest/organizationalEntityNotifications?q=criteria&actions=List({','.join(_WORDS)})"
            f"&organizationalEntity=urn%3Ali%3Aorganization%3A{self.organization}{times}&count={_PER_PAGE}&start=0",
            headers={
                "Authorization": Secret(f"Bearer {self.token.reveal().strip()}"),
                "LinkedIn-Version": self.version,
                "X-Restli-Protocol-Version": "2.0.0",
            },
            since=since,
        )

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        told = read_list(answer, "elements", response, "notifications")
        items = tuple(item for one in told if (item := self._item(one, response)) is not None)
        if told and not any("action" in one for one in told):
            raise UnexpectedResponse("the response lists nothing that is a notification", status=response.status)
        request, since = response.request, parse_time_checkpoint(response.request.since)
        full = len(told) >= _PER_PAGE
        start = (request.page + 1) * _PER_PAGE
        following = replace(request, url=re.sub(r"&start=[0-9]+$", f"&start={start}", request.url)) if full else None
        page = unordered_page(response, items, more=full, following=following, overlap=_OVERLAP)
        beyond = since is not None and f"start:{since.resume_from(_OVERLAP) * 1_000}," not in request.url
        return replace(page, truncated=beyond and page.next is None and "start:" in request.url)

    def explain(self, response: Response) -> SourceError | None:
        """What LinkedIn says: the token, the permission, the version, the limits."""
        answer = read_error(response) or JsonObject()
        status, code = response.status, error_text(answer.text("code") or answer.text("errorCode"), 60).upper()
        said = (
            error_text(answer.text("message").replace(self.token.reveal().strip(), "***")) or code or "no reason given"
        )
        if status == 401:
            why = {"EXPIRED_ACCESS_TOKEN": ": it has expired", "REVOKED_ACCESS_TOKEN": ": it was revoked"}.get(code, "")
            return AuthFailed(f"LinkedIn rejected the token{why}; make a new one", status=status)
        if status == 403:
            return Forbidden("LinkedIn does not allow this: the app needs the Community Management API, and the token"
                             f" rw_organization_admin, by an administrator of the page ({said})",
                             status=status)  # fmt: skip
        if status == 426 or "VERSION" in code:
            return UnexpectedResponse(
                f"LinkedIn no longer has version {self.version}: set version to a newer one", status=status
            )
        if status == 429 and "retry-after" in response.headers:  # a limit other than the day's, which ends then
            return RateLimited("LinkedIn has rate-limited us", status=status)
        if status == 429:
            until = self.limits.next_day(response.received_at)
            return RateLimited(f"LinkedIn's daily calls are used up; next request after {until:%H:%M} UTC",
                                until=until, status=status)  # fmt: skip
        if status in (400, 404) and answer:
            return UnexpectedResponse(f"LinkedIn rejected this query: {said}", status=status)
        return None

    def _item(self, told: JsonObject, response: Response) -> Item | None:
        """What a notification tells of; ``None`` for what has no words, or names nothing that can be read."""
        if told.text("action") not in _WORDS:
            return None
        activity = told.object("decoratedGeneratedActivity")
        said = activity.object("comment") or activity.object("share") or activity
        found = next(
            (urn for text in (said.text("entity"), told.text("generatedActivity")) if (urn := _urn(text)) is not None),
            None,
        )
        if found is None:
            return None
        comment = _COMMENT.fullmatch(found)
        url = _address(found)
        words = said.text("text") or said.object("message").text("text") or said.object("commentary").text("text")
        plain = plain_text(words)
        modified, page = told.integer("lastModifiedAt"), _ORGANIZATION.fullmatch(said.text("owner"))
        return Item(
            platform=self.platform,
            kind="post" if comment is None else "comment",
            external_id=found,
            url=url,
            text=plain.text,
            # Of a person LinkedIn tells no more than a number of the app's own.
            author=Author(url=f"{_SITE}/company/{page[1]}") if page else Author(),
            published_at=None if modified is None else from_unix(modified // 1_000, response),
            links=links_of(plain, url, after=(f"{_SITE}/company/{self.organization}",)),
            parent_url=_address(_urn(told.text("sourcePost"))) if comment is not None else None,
        )


def _urn(text: str) -> str | None:
    """The name of a post or comment, in the one spelling of several that a comment's own page has."""
    text = text.strip()[:200]
    comment = _COMMENT.fullmatch(text)
    if comment is not None:
        return f"urn:li:comment:({comment[1]}:{comment[2]},{comment[3]})"
    return text if _POST.fullmatch(text) else None


def _address(urn: str | None) -> str | None:
    """Where people read it."""
    comment = _COMMENT.fullmatch(urn or "")
    if comment is not None:
        post = f"urn:li:{comment[1]}:{comment[2]}"
        return safe_url(f"{_SITE}/feed/update/{post}/?commentUrn={quote(urn or '', safe='')}")
    return None if urn is None else safe_url(f"{_SITE}/feed/update/{urn}/")


def _ms(at: datetime) -> int:
    return int(at.timestamp()) * 1_000
