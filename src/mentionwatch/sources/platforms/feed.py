"""RSS, Atom and JSON Feed, as any site gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from mentionwatch.errors import UnexpectedResponse, UserError
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Brand
from mentionwatch.sources.feed.loader import ACCEPT, parse_feed, parse_feed_fully
from mentionwatch.sources.feed.schedule import document_schedule
from mentionwatch.urls import host_of


@dataclass(frozen=True, slots=True)
class Feed:
    """Every entry of one feed: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1 and 1.1.

    Feeds of Google Alerts are recognised: their links lead to the article itself. The entries are matched here, so one
    feed serves every brand. An address with a token in it is best given as { env = … } or { file = … }: then it is
    shown nowhere.
    """

    type: ClassVar[str] = "feed"
    platform: ClassVar[str] = "feed"
    #: One document a question. Publishers ask for no more than one request in some minutes.
    limits: ClassVar[Limits] = Limits(min_interval=1.0, concurrency=2, pages=1, every=900.0)
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = "what had left the feed before it was asked: most hold their last 10 to 50 entries"

    url: str | Secret = field(metadata={"help": "Address of the feed."})

    def __post_init__(self) -> None:
        problem = _problem(self._address)
        if problem:
            raise UserError(f"url: {problem}")

    @property
    def _address(self) -> str:
        return self.url.reveal() if isinstance(self.url, Secret) else self.url

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        # Another address is another question: its validators and its past are not this one's.
        question = "feed:" + sha256(self._address.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        yield Request(query_key=question, url=self._address, accept=ACCEPT, since=checkpoints.get(question))

    def parse(self, response: Response) -> Page:
        try:
            return replace(parse_feed(self._discreet(response)), schedule=document_schedule(response.body))
        except UnexpectedResponse as error:
            raise self._without_secret(error) from None

    def parse_fully(self, response: Response) -> Page:
        try:
            return replace(parse_feed_fully(self._discreet(response)), schedule=document_schedule(response.body))
        except UnexpectedResponse as error:
            raise self._without_secret(error) from None

    def _discreet(self, response: Response) -> Response:
        """The answer without a secret path, which would come into every relative address of the feed."""
        if not isinstance(self.url, Secret):
            return response
        scheme, _, rest = response.url.partition("://")
        return replace(response, url=f"{scheme}://{re.split('[/?#]', rest)[0].rpartition('@')[2]}/")

    def _without_secret(self, error: UnexpectedResponse) -> UnexpectedResponse:
        """The error without what the answer may have repeated of a secret address."""
        if not isinstance(self.url, Secret):
            return error
        message = error.message
        for part in set(re.findall(r"[\w-]{5,}", self._address.partition("://")[2].partition("/")[2])):
            message = message.replace(part, "***")
        return UnexpectedResponse(message, status=error.status)


def _problem(address: str) -> str | None:
    if not re.match(r"https?://", address, re.IGNORECASE):
        return "the address must start with https:// or http://"
    if not address.isprintable() or " " in address:
        return "an address has no spaces or control characters"
    return None if host_of(address) else "the address has no host"
