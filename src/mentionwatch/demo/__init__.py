"""The demo's world: an invented roaster, what is written about it, and a clock and a network that know only that.

Everything here is invented. The pipeline is the real one: the same commands in another world.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from importlib.resources import files
from urllib.parse import urlsplit

from mentionwatch.times import parse_duration, stamp

__all__ = ["MARKER", "DemoReply", "DemoWorld", "ReceivedAlert", "config_text"]

#: How a demo's configuration starts, so that a later demo knows that it may write there again.
MARKER = "# The configuration of `mentionwatch demo`"
#: Where the configuration sends alerts.
_HOOK = "oncall.quillwort.example"

_JSON, _FEED, _HTML = "application/json; charset=utf-8", "application/xml", "text/html; charset=utf-8"
_COMPLAINT, _ANSWER = "/api/v1/statuses/113000000000000310", "/api/v1/statuses/113000000000000420"
#: Host → (path starts with, content type, files each with the minute from which it answers); the first that fits is it.
_ANSWERS: Mapping[str, tuple[tuple[str, str, tuple[tuple[int, str], ...]], ...]] = {
    "www.google.com": (("/alerts/feeds/", _FEED, ((0, "alerts.xml"),)),),
    "harbour-times.example": (("/rss", _FEED, ((0, "harbour.xml"),)),),
    "coast-wire.example": (("/atom.xml", _FEED, ((0, "coastwire.xml"), (760, "coastwire_later.xml"))),),
    "roast-review.example": (("/feed.json", "application/feed+json", ((0, "roastreview.json"),)),),
    "botany-news.example": (("/index.rdf", _FEED, ((0, "botany.rdf"),)),),
    "city-forum.example": (("/latest.rss", _HTML, ((0, "login.html"),)),),
    "news.google.com": (("/rss/search", _FEED, ((0, "google_news.xml"),)),),
    "hn.algolia.com": (("/api/v1/search_by_date", _JSON, ((0, "hn.json"),)),),
    "lobste.rs": (("/", _JSON, ((0, "lobsters.json"),)),),
    "social.example": (
        ("/api/v1/timelines/tag/", _JSON, ((0, "own_post.json"), (14, "timeline.json"))),
        (
            f"{_COMPLAINT}/context",
            _JSON,
            ((14, "thread.json"), (55, "thread_grown.json"), (200, "thread_answered.json")),
        ),
        (_COMPLAINT, _JSON, ((14, "complaint.json"),)),
        (_ANSWER, _JSON, ((95, "our_answer.json"),)),
    ),
}  # fmt: skip
#: Minute → replies, shares and likes of the complaint from then on.
_GROWTH = (
    (14, (3, 6, 11)),
    (25, (6, 14, 24)),
    (35, (11, 32, 41)),
    (45, (19, 61, 80)),
    (55, (32, 104, 133)),
    (65, (54, 171, 215)),
    (90, (61, 190, 260)),
    (200, (70, 203, 301)),
)
_MARKED = re.compile(r"\{\{(\S+) (\S+)\}\}")


@dataclass(frozen=True, slots=True)
class DemoReply:
    """One answer of the demo's network."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class ReceivedAlert:
    """An alert as the webhook received it: its title and its text."""

    title: str
    text: str


@dataclass(slots=True)
class DemoWorld:
    """The demo's clock and network: thirteen hours from ``start``, moved through by hand.

    ``now`` is the time in it; ``alerts`` is what the webhook has received so far.
    """

    start: datetime
    now: datetime = field(init=False)
    alerts: list[ReceivedAlert] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = self.start

    def reply(self, url: str, body: bytes = b"") -> DemoReply:
        """What the network answers at this time; an alert sent to the webhook is kept."""
        parts = urlsplit(url)
        if parts.hostname == _HOOK:
            told = json.loads(body)
            self.alerts.append(ReceivedAlert(told["title"], told["text"]))
            return DemoReply(204, "text/plain", b"")
        minute = (self.now - self.start) // timedelta(minutes=1)
        for path, content_type, versions in _ANSWERS.get(parts.hostname or "", ()):
            there = [name for since, name in versions if since <= minute]
            if parts.path.startswith(path) and there:
                return DemoReply(200, content_type, self._text(there[-1], minute).encode())
        return DemoReply(404, "text/plain", b"not here")

    def _text(self, name: str, minute: int) -> str:
        """A bundled answer, with its times, counts and parts filled in."""

        def filled(found: re.Match[str]) -> str:
            if found[1] == "file":
                return self._text(found[2], minute)
            if found[1] == "count":
                counts = next(counts for since, counts in reversed(_GROWTH) if since <= minute)
                return str(counts[("replies", "reposts", "likes").index(found[2])])
            return _time(self.start, found[1], found[2])

        return _MARKED.sub(filled, (files(__package__) / "answers" / name).read_text("utf-8"))


def config_text() -> str:
    """The demo's configuration."""
    return (files(__package__) / "config.toml").read_text(encoding="utf-8")


def _time(start: datetime, when: str, form: str) -> str:
    """``2h`` before the first scan, ``+14m`` after it, as a server writes it."""
    time = start + parse_duration(when[1:]) if when.startswith("+") else start - parse_duration(when)
    match form:
        case "rfc822":
            return format_datetime(time)
        case "unix":
            return str(int(time.timestamp()))
        case "isoms":
            return time.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        case _:
            return stamp(time)
