"""GDELT: news in 65 languages, by the search of its DOC 2.0 API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from mentionwatch.errors import RateLimited, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Limits, Page, Request, Response
from mentionwatch.model import Author, Brand, Item
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint, parse_time_checkpoint
from mentionwatch.sources.toolkit.items import read_items
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.or_queries import or_queries
from mentionwatch.sources.toolkit.requests import json_request, with_params
from mentionwatch.sources.toolkit.time_paging import time_ordered_page
from mentionwatch.text import one_line
from mentionwatch.urls import safe_url

#: Articles of an answer. 250 is the most, and was seen to cost minutes of being shut out.
_PER_PAGE = 75
#: Seconds asked again: articles are taken in every 15 minutes, and not in order.
_OVERLAP = 6 * 3_600
#: How long to stay away after being told to: asking sooner was seen to prolong it.
_COOLING = timedelta(minutes=30)
#: Bytes of a query. "Your query was too short or too long" is all that is published.
_LONGEST = 240
_SHORTEST = 3
#: The characters of a plain-text refusal that are looked at.
_PROSE = 2_000

_LANGUAGES = {
    "afrikaans": "af", "albanian": "sq", "arabic": "ar", "armenian": "hy", "azerbaijani": "az", "bengali": "bn",
    "bosnian": "bs", "bulgarian": "bg", "catalan": "ca", "chinese": "zh", "croatian": "hr", "czech": "cs",
    "danish": "da", "dutch": "nl", "english": "en", "estonian": "et", "finnish": "fi", "french": "fr", "galician": "gl",
    "georgian": "ka", "german": "de", "greek": "el", "gujarati": "gu", "hebrew": "he", "hindi": "hi", "hungarian": "hu",
    "icelandic": "is", "indonesian": "id", "italian": "it", "japanese": "ja", "kannada": "kn", "kazakh": "kk",
    "korean": "ko", "latvian": "lv", "lithuanian": "lt", "macedonian": "mk", "malay": "ms", "malayalam": "ml",
    "marathi": "mr", "mongolian": "mn", "nepali": "ne", "norwegian": "no", "persian": "fa", "polish": "pl",
    "portuguese": "pt", "punjabi": "pa", "romanian": "ro", "russian": "ru", "serbian": "sr", "sinhalese": "si",
    "slovak": "sk", "slovenian": "sl", "somali": "so", "spanish": "es", "swahili": "sw", "swedish": "sv", "tamil": "ta",
    "telugu": "te", "thai": "th", "tibetan": "bo", "turkish": "tr", "ukrainian": "uk", "urdu": "ur", "vietnamese": "vi",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gdelt:
    """News articles that GDELT has seen with a brand's names, hashtags or domains in them, newest first.

    All terms of a brand are one question, for GDELT wants to be asked seldom; handles are not asked for. Foreign
    articles are found by their machine translation, and only their headline comes: what does not hold a term itself is
    no mention. Refusals come as prose with status 200 and are told as such.
    """

    type: ClassVar[str] = "gdelt"
    platform: ClassVar[str] = "gdelt"
    #: "Please limit requests to one every 5 seconds" (the API itself); in practice much less is borne.
    limits: ClassVar[Limits] = Limits(min_interval=6.0, concurrency=1, pages=3, every=3600.0)
    experimental: ClassVar[bool] = True
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = "all text but headlines, and what is older than three months"

    first: str = option("7d", "How far back to look the first time: 15min, 12h, 7d, 2w, 3months.")
    base_url: str = option("https://api.gdeltproject.org", "Address of the service.")

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[1-9][0-9]{0,3}(?:min|h|d|w|months)", self.first, re.ASCII):
            raise UserError(
                f"first: {error_text(self.first, 40)!r} is not a time span; write it like 12h, 7d or 3months"
            )
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for question, query in or_queries(brands, max_bytes=_LONGEST, min_length=_SHORTEST):
            since = parse_time_checkpoint(checkpoints.get(question))
            yield json_request(
                question,
                f"{self.base_url}/api/v2/doc/doc",
                (
                    ("query", query),
                    ("mode", "artlist"),
                    ("format", "json"),
                    ("sort", "datedesc"),
                    ("maxrecords", str(_PER_PAGE)),
                    *((("timespan", self.first),) if since is None else _slice(since, now)),
                ),
                since=since,
            )

    def parse(self, response: Response) -> Page:
        if refusal := _refusal(response):
            raise refusal
        answer = read_object(response)
        # An object without any field is how "nothing found" is said.
        if answer.fields and not isinstance(answer.fields.get("articles"), list):
            raise UnexpectedResponse("the response has no list of articles", status=response.status)
        articles = answer.objects("articles")
        items = read_items(articles, _item, response, "an article")
        return time_ordered_page(
            response,
            items,
            full=len(articles) >= _PER_PAGE,
            following=_following(response.request, items),
            overlap=_OVERLAP,
        )

    def explain(self, response: Response) -> SourceError | None:
        """How long to stay away, and its prose for a question it does not take."""
        if response.status == 429:
            return _limit(response)
        return _refusal(response) if response.status in (400, 403, 404) else None


def _slice(since: TimeCheckpoint, until: datetime) -> tuple[tuple[str, str], ...]:
    """The part of time after the checkpoint less the overlap, and up to ``until``."""
    start = datetime.fromtimestamp(since.resume_from(_OVERLAP), UTC)
    return ("startdatetime", f"{start:%Y%m%d%H%M%S}"), ("enddatetime", f"{max(until, start):%Y%m%d%H%M%S}")


def _following(request: Request, items: tuple[Item, ...]) -> Request | None:
    """The same question up to the oldest article that came, whose slot of 15 minutes is asked again."""
    times = [item.published_at for item in items if item.published_at is not None]
    sent = dict(request.params)
    if not times or "enddatetime" not in sent:
        return None
    end = f"{min(times) + timedelta(seconds=1):%Y%m%d%H%M%S}"
    if end >= str(sent["enddatetime"]) or end <= str(sent["startdatetime"]):
        return None
    return with_params(request, enddatetime=end)


def _refusal(response: Response) -> SourceError | None:
    """The error a plain-text answer is; GDELT says them with status 200."""
    start = response.body[:_PROSE].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start or start[:1] in b"{[<" or b"\0" in start:
        return None
    said = error_text(start.decode("utf-8", "replace"))
    if re.search(r"limit requests|too many requests|one every 5 seconds", said, re.IGNORECASE):
        return _limit(response)
    return UnexpectedResponse(f"GDELT rejected this query: {said or 'no reason given'}", status=response.status)


def _limit(response: Response) -> RateLimited:
    until = response.received_at + _COOLING
    return RateLimited(
        f"GDELT has rate-limited us; waiting until {until:%H:%M} UTC", until=until, status=response.status
    )


def _item(article: JsonObject, response: Response) -> Item | None:
    url = safe_url(article.text("url"))
    if url is None:
        return None
    mobile = safe_url(article.text("url_mobile"))
    domain = one_line(article.text("domain"), 200)
    return Item(
        platform=Gdelt.platform,
        kind="article",
        url=url,
        title=one_line(article.text("title")) or None,
        language=_LANGUAGES.get(article.text("language").strip().lower()),
        author=Author(name=domain or None),
        published_at=from_iso(article.text("seendate"), response),
        same_as=(mobile,) if mobile and mobile != url else (),
    )
