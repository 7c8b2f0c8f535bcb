"""The demo's world: an invented roaster, what is said of it, and a network that knows only those answers.

Everything here is invented. The pipeline is the real one: the same scan, with a transport of our own under the fetcher.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from importlib.resources import files
from typing import Literal
from urllib.parse import urlsplit

from mentionwatch.config.durations import parse_duration

#: What stands in the folder of a demo, so that a later demo knows it may write there again.
MARK = "# The configuration of `mentionwatch demo`"
Phase = Literal["first", "later"]

_JSON, _FEED = "application/json; charset=utf-8", "application/xml"
#: host → (path starts with, file in the first scan, file in the later one, content type); the first that fits answers.
_ANSWERS: Mapping[str, tuple[tuple[str, str, str, str], ...]] = {
    "www.google.com": (("/alerts/feeds/", "alerts.xml", "alerts.xml", _FEED),),
    "harbour-times.example": (("/rss", "harbour.xml", "harbour.xml", _FEED),),
    "coast-wire.example": (("/atom.xml", "coastwire.xml", "coastwire_later.xml", _FEED),),
    "roast-review.example": (("/feed.json", "roastreview.json", "roastreview.json", "application/feed+json"),),
    "botany-news.example": (("/index.rdf", "botany.rdf", "botany.rdf", _FEED),),
    "city-forum.example": (("/latest.rss", "login.html", "login.html", "text/html; charset=utf-8"),),
    "news.google.com": (("/rss/search", "google_news.xml", "google_news.xml", _FEED),),
    "hn.algolia.com": (("/api/v1/search_by_date", "hn.json", "hn.json", _JSON),),
    "social.example": (("/api/v1/timelines/tag/", "mastodon_first.json", "mastodon_later.json", _JSON),),
    "lobste.rs": (("/", "lobsters.json", "lobsters.json", _JSON),),
}  # fmt: skip
_TIME = re.compile(r"\{\{(\w+) (rfc822|isoms|iso|unix)\}\}")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the demo's network."""

    status: int
    content_type: str
    body: bytes


def config_text() -> str:
    """The demo's configuration."""
    return (files(__package__) / "config.toml").read_text(encoding="utf-8")


def network(phase: Phase, now: datetime) -> Callable[[str], Reply]:
    """URL → answer, with every time in it reckoned back from ``now``."""

    def reply(url: str) -> Reply:
        parts = urlsplit(url)
        for start, first, later, content_type in _ANSWERS.get(parts.hostname or "", ()):
            if parts.path.startswith(start):
                text = (files(__package__) / "answers" / (first if phase == "first" else later)).read_text("utf-8")
                return Reply(200, content_type, _TIME.sub(lambda found: _time(found, now), text).encode())
        return Reply(404, "text/plain", b"not here")

    return reply


def _time(found: re.Match[str], now: datetime) -> str:
    ago: timedelta = parse_duration(found[1])
    time = now - ago
    match found[2]:
        case "rfc822":
            return format_datetime(time)
        case "unix":
            return str(int(time.timestamp()))
        case "isoms":
            return time.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        case _:
            return time.strftime("%Y-%m-%dT%H:%M:%SZ")
