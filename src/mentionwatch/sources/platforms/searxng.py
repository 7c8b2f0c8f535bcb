"""SearXNG: the web searches of one instance, the user's own or one that allows programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from mentionwatch.errors import Forbidden, RateLimited, ServerError, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Limits, Page, Request, Response
from mentionwatch.model import Author, Brand, Item
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, read_items
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_error, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.or_queries import or_queries
from mentionwatch.sources.toolkit.requests import json_request
from mentionwatch.sources.toolkit.unordered_results import unordered_page
from mentionwatch.text import one_line, plain_from_html
from mentionwatch.urls import host_of, safe_url

#: Bytes and phrases of a query: engines behind it take some 32 words.
_LONGEST = 200
_PHRASES = 6
#: Seconds before the first answer that count as news, where results bear a time: engines see pages late.
_OVERLAP = 3 * 86_400
_AT_URI = re.compile(r"at://(did:[a-z]{1,20}:[\w.%:-]{1,200})/app\.bsky\.feed\.post/([\w.~-]{1,64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class SearXNG:
    """Pages that a SearXNG instance's engines find for a brand's names, hashtags and domains.

    The instance must allow JSON (`search: formats: [html, json]` in its settings.yml); most public ones do not, and
    are meant for people. All terms of a brand are asked at once; handles are not. Which engines did not answer is
    told.
    """

    type: ClassVar[str] = "searxng"
    platform: ClassVar[str] = "searxng"
    #: The limiter of an instance is its owner's to set; every question goes to several engines.
    limits: ClassVar[Limits] = Limits(min_interval=5.0, concurrency=1, pages=1, every=3600.0)
    account: ClassVar[str] = "none: an instance of one's own, or one that allows JSON"
    limitations: ClassVar[str] = "everything after the first page of results; most results have no date"

    server: str = field(metadata={"help": "The instance's address, like https://search.example."})
    categories: tuple[str, ...] = option(("general",), "Categories to search: general, news, social media, it …")
    language: str = option("all", "Language of the results: all, en, de, pt-BR …")
    time_range: Literal["any", "day", "week", "month", "year"] = option(
        "month", "How old pages may be; engines that cannot tell give all."
    )

    def __post_init__(self) -> None:
        problems = []
        if not re.fullmatch(r"all|auto|[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?", self.language):
            problems.append("language: write it like all, en or pt-BR")
        if not self.categories or not all(re.fullmatch(r"[\w &/+-]{1,40}", name) for name in self.categories):
            problems.append('categories: names of categories, like ["general", "news"]')
        if problems:
            raise UserError(*problems)
        object.__setattr__(self, "server", normalize_base_url("server", self.server))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for question, query in or_queries(brands, max_bytes=_LONGEST, max_phrases=_PHRASES):
            since = parse_time_checkpoint(checkpoints.get(question))
            yield json_request(
                question,
                f"{self.server}/search",
                (
                    ("q", query),
                    ("format", "json"),
                    ("categories", ",".join(self.categories)),
                    ("language", self.language),
                    *((("time_range", self.time_range),) if self.time_range != "any" else ()),
                ),
                since=since,
            )

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        if not isinstance(answer.fields.get("results"), list):
            said = error_text(answer.text("error"))
            raise UnexpectedResponse(
                f"the response has no results{f': {said}' if said else ''}", status=response.status
            )
        results = answer.objects("results")
        items = read_items(results, _item, response, "an address")
        silent = _unresponsive(answer)
        if silent and not results:
            # No engine that could be asked found anything, and some could not: that is not "nothing found".
            raise ServerError(f"no results, and engines did not answer: {silent}", status=response.status)
        note = f"engines that did not answer: {silent}" if silent else None
        return unordered_page(response, items, more=True, overlap=_OVERLAP, note=note)

    def explain(self, response: Response) -> SourceError | None:
        """403 is JSON switched off, 429 the limiter."""
        host, status = host_of(self.server), response.status
        if status == 403:
            hint = "add json to search.formats in the instance's settings.yml, or use another instance"
            return Forbidden(f"{host} does not offer JSON: {hint}", status=status)
        if status == 429:
            hint = "its limiter takes us for a bot; on your own instance allow this address (limiter.toml)"
            return RateLimited(f"{host} has rate-limited us: {hint}", status=status)
        said = error_text((read_error(response) or JsonObject()).text("error"))
        return UnexpectedResponse(f"{host} rejected this query: {said}", status=status) if said else None


def _unresponsive(answer: JsonObject) -> str:
    """The engines that did not answer, each with its reason, in a few words."""
    pairs = answer.fields.get("unresponsive_engines")
    found = []
    for pair in pairs[:50] if isinstance(pairs, list) else ():
        words = [error_text(word, 60) for word in pair[:2] if isinstance(word, str)] if isinstance(pair, list) else []
        if words and words[0]:
            found.append(f"{words[0]} ({words[1]})" if len(words) > 1 and words[1] else words[0])
    return ", ".join(found[:8])


def _item(result: JsonObject, response: Response) -> Item | None:
    address = result.text("url")
    post = _AT_URI.fullmatch(address)
    url = f"https://bsky.app/profile/{post[1]}/post/{post[2]}" if post else safe_url(address)
    if url is None:
        return None
    said = plain_from_html(result.text("content"), url)
    author = one_line(result.text("author"), 200)
    return Item(
        platform=SearXNG.platform,
        kind="page",
        url=url,
        title=one_line(plain_from_html(result.text("title")).text) or None,
        text=said.text,
        author=Author(name=author or None),
        published_at=from_iso(result.text("publishedDate"), response),
        links=links_of(said, url),
    )
