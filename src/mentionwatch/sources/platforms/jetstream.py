"""Bluesky's Jetstream: every post of the network as it is written, over a WebSocket, as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from mentionwatch.errors import UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response
from mentionwatch.model import Brand, Item
from mentionwatch.sources.platforms._bluesky_post import COLLECTION, PLATFORM, permalink, read_post
from mentionwatch.sources.protocols import StreamBatch, StreamForm
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_message, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.requests import json_request

_QUESTION = "posts"
#: Microseconds read again before the checkpoint: times of events that are a moment apart may stand in either order, and
#: another server of the same network has them a little earlier or later (Jetstream's README: "rewind a few seconds").
_OVERLAP = 5_000_000
#: The server leaves out what is longer, in bytes; a post with all its facets has some thousands.
_LONGEST = 1_000_000
#: What is smaller is no time but a number of the server's own (bluesky-social/jetstream, cursor of ``/subscribe``).
_EARLIEST = 1_500_000_000_000_000
#: A clock that is ahead by more says nothing of where to go on.
_AHEAD = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Jetstream:
    """Every post on Bluesky as it is written, within seconds; for `mentionwatch stream`.

    Needs no account and asks for nothing by name: all posts come, some hundred in a second, and are matched here; what
    no brand matches is not kept, and who wrote what matches is asked of Bluesky's public service. After an interruption
    it goes on where it was, as far back as the server keeps what it sent: a day or more. What it keeps no more is
    recorded as lost.
    """

    type: ClassVar[str] = "jetstream"
    platform: ClassVar[str] = PLATFORM
    form: ClassVar[StreamForm] = "websocket"
    catches_up: ClassVar[bool] = False
    limits: ClassVar[Limits] = Limits(concurrency=1, pages=1, every=60.0)
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = "who wrote a post, until its words have matched: the writer is asked for then"
    #: The most ``app.bsky.feed.getPosts`` takes.
    enrich_batch: ClassVar[int] = 25

    server: str = option(
        "https://jetstream2.us-east.bsky.network",
        "The Jetstream server, with https:// in place of wss://; there are several (docs/stream.md).",
    )

    appview: str = option("https://public.api.bsky.app", "The service that is asked who wrote what matches.")
    writers: bool = option(True, "Ask for the writers' names and handles.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "appview", normalize_base_url("appview", self.appview))
        object.__setattr__(self, "server", normalize_base_url("server", self.server).removesuffix("/subscribe"))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        """The subscription, from a little before the checkpoint."""
        since = _time(checkpoints.get(_QUESTION), now)
        cursor = () if since is None else (("cursor", str(since - _OVERLAP)),)
        yield Request(
            query_key=_QUESTION,
            url=f"{self.server}/subscribe",
            params=(("wantedCollections", COLLECTION), ("maxMessageSizeBytes", str(_LONGEST)), *cursor),
            follow_redirects=False,
            since=None if since is None else str(since),
        )

    subscriptions = requests

    def parse_messages(self, messages: Sequence[bytes], at: datetime) -> StreamBatch:
        items: list[Item] = []
        edits: list[Item] = []
        gone: list[str] = []
        times: list[int] = []
        odd = 0
        for message in messages:
            event = read_message(message)
            if event is None or not event.text("kind"):
                odd += 1
                continue
            time = event.integer("time_us")
            if time is not None and _is_time(time, at):
                times.append(time)
            commit = event.object("commit")
            if commit.text("collection") != COLLECTION:
                continue
            uri = f"at://{event.text('did')}/{COLLECTION}/{commit.text('rkey')}"
            if commit.text("operation") == "delete":
                if permalink(uri) is not None:
                    gone.append(uri)
                continue
            time = time if times and time == times[-1] else None
            # A live post whose network time is missing or implausible is as new as its arrival.
            item = read_post(_as_shown(uri, event, commit, at if time is None else _moment(time)), at)
            if item is None:
                continue
            (edits if commit.text("operation") == "update" else items).append(item)
        return StreamBatch(
            items=tuple(items),
            edits=tuple(edits),
            gone=tuple(gone),
            # The last, not the largest: should a server's clock have been ahead, the cursor comes back with it.
            checkpoint=str(times[-1]) if times else None,
            first_at=_moment(times[0]) if times else None,
            last_at=_moment(times[-1]) if times else None,
            odd=odd,
        )

    def position(self, checkpoint: str) -> datetime | None:
        time = _number(checkpoint)
        return None if time is None else _moment(time)

    def enrich_request(self, items: Sequence[Item]) -> Request | None:
        uris = tuple(("uris", item.external_id) for item in items if item.external_id)
        if not self.writers or not uris:
            return None
        return json_request("writers", f"{self.appview}/xrpc/app.bsky.feed.getPosts", uris)

    def enriched(self, items: Sequence[Item], response: Response) -> tuple[Item, ...]:
        """With name, handle and counts. The words are those of the stream: an answer may be older, or younger."""
        shown = (read_post(post, response.received_at) for post in read_object(response).objects("posts"))
        found = {one.external_id: one for one in shown if one is not None}
        return tuple(_with_writer(item, found.get(item.external_id)) for item in items)

    def parse(self, response: Response) -> Page:
        """Recorded messages, one a line."""
        lines = [line for line in response.body.split(b"\n") if line.strip()]
        heard = self.parse_messages(lines, response.received_at)
        if heard.odd == len(lines):
            raise UnexpectedResponse("nothing received is a Jetstream event", status=response.status)
        whole = response.body.endswith(b"\n")
        return Page((*heard.items, *heard.edits), checkpoint=heard.checkpoint, ascending=True, incomplete=not whole)


def _with_writer(item: Item, shown: Item | None) -> Item:
    if shown is None:
        return item
    return replace(item, url=shown.url, same_as=shown.same_as, author=shown.author, engagement=shown.engagement)


def _as_shown(uri: str, event: JsonObject, commit: JsonObject, seen: datetime) -> JsonObject:
    """The post as the network's search would show it, without all that only the search knows."""
    return JsonObject(
        {
            "uri": uri,
            "author": {"did": event.text("did")},
            "record": commit.object("record").fields,
            "indexedAt": seen.isoformat(timespec="seconds"),
        }
    )


def _number(checkpoint: str | None) -> int | None:
    text = checkpoint or ""
    if not (text.isascii() and text.isdecimal() and len(text) == 16):
        return None
    number = int(text)
    return number if number >= _EARLIEST else None


def _time(checkpoint: str | None, now: datetime) -> int | None:
    """The time a checkpoint is; ``None`` for one that this version did not write, or by a clock that was far ahead."""
    number = _number(checkpoint)
    return number if number is not None and _is_time(number, now) else None


def _is_time(microseconds: int, now: datetime) -> bool:
    return _EARLIEST <= microseconds <= (now + _AHEAD - _EPOCH) // timedelta(microseconds=1)


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
