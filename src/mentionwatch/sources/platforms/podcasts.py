"""Podcasts: shows and episodes in Apple's directory, by its search."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from mentionwatch.errors import RateLimited, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Limits, Page, Request, Response
from mentionwatch.model import Author, Brand, Item
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, read_items, require_listed, tags_of
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_error, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.unordered_results import unordered_page
from mentionwatch.text import one_line, plain_from_html
from mentionwatch.urls import safe_url

#: The most an answer holds (performance-partners.apple.com/search-api).
_MOST = 200
#: Seconds before the first answer that count as news: the directory takes episodes in late.
_OVERLAP = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Podcasts:
    """Podcast episodes and shows in Apple's directory whose names or descriptions hold a brand's name.

    Each name and hashtag is asked for once among episodes; with `search = "shows"` among shows. The search is by
    relevance and looks at words apart: what does not hold the name as it is written is no mention. What is said in an
    episode is not searched.
    """

    type: ClassVar[str] = "podcasts"
    platform: ClassVar[str] = "podcasts"
    #: Approximately 20 calls a minute (performance-partners.apple.com/search-api).
    limits: ClassVar[Limits] = Limits(min_interval=3.5, concurrency=1, pages=1, every=21_600.0)
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = "what is said in an episode, and all beyond 200 results; episodes are untested live"

    search: Literal["episodes", "shows"] = option("episodes", "What to search for.")
    country: str = option("us", "Country of the directory, two letters.")
    base_url: str = option("https://itunes.apple.com", "Address of the service.")

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z]{2}", self.country):
            raise UserError("country: two letters, like us or de")
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        texts = (*search_terms.names(brands), *search_terms.hashtags(brands))
        for known, text in search_terms.by_key(text for text in texts if re.search(r"\w", text)).items():
            question = f"text:{known}"
            since = parse_time_checkpoint(checkpoints.get(question))
            yield Request(
                query_key=question,
                url=f"{self.base_url}/search",
                params=(
                    ("term", text),
                    ("media", "podcast"),
                    ("entity", "podcastEpisode" if self.search == "episodes" else "podcast"),
                    ("country", self.country.lower()),
                    ("limit", str(_MOST)),
                ),
                accept="application/json, text/javascript",
                follow_redirects=False,
                since=None if since is None else str(since),
            )

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        if not isinstance(answer.fields.get("results"), list):
            said = error_text(answer.text("errorMessage"))
            raise UnexpectedResponse(
                f"the response has no results{f': {said}' if said else ''}", status=response.status
            )
        results = answer.objects("results")
        require_listed(answer.count("resultCount"), results, response)
        items = read_items(results, _item, response, "a podcast")
        return unordered_page(response, items, more=len(results) >= _MOST, overlap=_OVERLAP)

    def explain(self, response: Response) -> SourceError | None:
        """403 is how this service says that it was asked too often."""
        if response.status == 403:
            return RateLimited("the directory has rate-limited us (it allows some 20 requests a minute)", status=403)
        if (answer := read_error(response)) is None:
            return None
        said = error_text(answer.text("errorMessage"))
        return (
            UnexpectedResponse(f"the directory rejected this query: {said}", status=response.status) if said else None
        )


def _item(result: JsonObject, response: Response) -> Item | None:
    """An episode, or a show at the time of its newest episode – which says nothing of when it came to be."""
    number = result.identifier("trackId")
    url = safe_url(result.text("trackViewUrl") or result.text("collectionViewUrl"))
    if number is None or url is None:
        return None
    episode = result.text("kind") == "podcast-episode" or result.text("wrapperType") == "podcastEpisode"
    if not episode and result.text("kind") != "podcast":
        return None
    url = re.sub(r"[?&]uo=[0-9]{1,3}$", "", url)  # which program sent the visitor
    said = plain_from_html(result.text("description"), url)
    show = one_line(result.text("collectionName"), 200)
    maker = one_line(result.text("artistName"), 200)
    named = (genre.text("name") for genre in result.objects("genres"))  # texts of a show, objects of an episode
    recording = safe_url(result.text("episodeUrl"))
    return Item(
        platform=Podcasts.platform,
        kind="page",
        external_id=number,
        url=url,
        title=one_line(result.text("trackName")) or None,
        text=said.text,
        author=Author(name=(show if episode else maker) or maker or None),
        published_at=from_iso(result.text("releaseDate"), response) if episode else None,
        links=links_of(said, url, after=(recording, safe_url(result.text("feedUrl")) if not episode else None)),
        # That it is a podcast says nothing.
        tags=tags_of(name for name in (*result.texts("genres"), *named) if name != "Podcasts"),
        same_as=(recording,) if recording and recording != url else (),
    )
