"""Mastodon's streaming interface: the posts a server receives, as it receives them, as server-sent events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from urllib.parse import quote

from mentionwatch.errors import AuthFailed, BlockedAddress, Forbidden, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Brand, Item
from mentionwatch.sources.platforms._mastodon_status import PLATFORM, read_status
from mentionwatch.sources.protocols import StreamBatch, StreamForm
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_array, read_message
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.requests import bearer, json_request
from mentionwatch.sources.toolkit.snowflake_ids import is_status_id, lowest_id_at, sort_key, written_at
from mentionwatch.sources.toolkit.sse import parse_event
from mentionwatch.urls import host_of

#: Statuses asked for at once: the most Mastodon gives.
_LIMIT = 40
#: How far before the checkpoint to ask again: a post has the id of the time it was written, and arrives later. All that
#: a server receives is much; what bears a hashtag is little.
_OVERLAP = {"public": timedelta(minutes=1), "tag": timedelta(minutes=15)}
#: A post whose id says it was written later than this after now does not say where to go on.
_AHEAD = timedelta(minutes=10)
#: Connections to one server: browsers open as many.
_MOST_TAGS = 6


@dataclass(frozen=True, slots=True)
class MastodonStream:
    """Every public post a Mastodon server receives, as it arrives; for `mentionwatch stream`.

    What arrives is matched here, and what no brand matches is not kept; with what = "hashtags" only posts with the
    brands' hashtags come, over a connection for each, six at most. After an interruption what was said meanwhile is
    asked for page by page. Mastodon wants a token for it since version 4.2.
    """

    type: ClassVar[str] = "mastodon_stream"
    platform: ClassVar[str] = PLATFORM
    form: ClassVar[StreamForm] = "events"
    catches_up: ClassVar[bool] = True
    #: 300 requests in 5 minutes for an account (docs.joinmastodon.org/api/rate-limits): for catching up.
    limits: ClassVar[Limits] = Limits(min_interval=1.0, concurrency=1, pages=100, every=60.0)
    account: ClassVar[str] = "an access token of an account on the server (scope read:statuses)"
    limitations: ClassVar[str] = (
        "posts the server does not receive, what has switched its streaming off, the words of cards and quoted posts"
    )

    server: str = field(metadata={"help": "The server's address, like https://social.example."})
    token: Secret | None = option(None, "Access token of an account on that server.")
    what: Literal["public", "local", "hashtags"] = option(
        "public", "All public posts the server receives, those of its own members, or those with a hashtag."
    )
    tags: tuple[str, ...] = option((), "Hashtags to follow beside those of the brands.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", normalize_base_url("server", self.server))

    def subscriptions(
        self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime
    ) -> Iterator[Request]:
        for question, tag in self._questions(brands):
            path = {"local": "public/local", "hashtags": "hashtag"}.get(self.what, "public")
            since = checkpoints.get(question)
            yield Request(
                query_key=question,
                url=f"{self.server}/api/v1/streaming/{path}",
                params=() if tag is None else (("tag", tag),),
                headers=self._headers(),
                accept="text/event-stream",
                follow_redirects=False,
                since=since if since is not None and is_status_id(since) else None,
            )

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        """What was said since the checkpoint, from old to new; the newest where there is none."""
        for question, tag in self._questions(brands):
            since = checkpoints.get(question)
            since = since if since is not None and is_status_id(since) else None
            floor = None if since is None else _floor(since, now, _OVERLAP["public" if tag is None else "tag"])
            place = "public" if tag is None else f"tag/{quote(tag, safe='')}"
            yield json_request(
                question,
                f"{self.server}/api/v1/timelines/{place}",
                (
                    ("limit", str(_LIMIT)),
                    *((("local", "true"),) if self.what == "local" else ()),
                    *((("min_id", floor),) if floor is not None else ()),
                ),
                headers=self._headers(),
                since=since,
            )

    def parse(self, response: Response) -> Page:
        """One page of what was said, from old to new; the next begins where it ends, until one is empty."""
        statuses = read_array(response)
        ids = sorted(
            (f for status in statuses if (f := status.identifier("id")) is not None and is_status_id(f)), key=sort_key
        )
        if statuses and not ids:
            raise UnexpectedResponse("the response contains no statuses", status=response.status)
        items = tuple(item for status in statuses if (item := self._item(status, response.received_at)) is not None)
        request = response.request
        known = [flake for flake in ids if _is_past(flake, response.received_at)]
        newest = max((*known, *([request.since] if request.since else [])), key=sort_key, default=None)
        here = Page(items, checkpoint=newest, ascending=True)
        asked = dict(request.params).get("min_id")
        if asked is None or not ids or sort_key(ids[-1]) <= sort_key(str(asked)):
            return here
        params = tuple((key, ids[-1] if key == "min_id" else value) for key, value in request.params)
        return replace(here, next=replace(request, params=params, page=request.page + 1))

    def parse_messages(self, messages: Sequence[bytes], at: datetime) -> StreamBatch:
        items: list[Item] = []
        edits: list[Item] = []
        gone: list[str] = []
        names: dict[str, str] = {}
        ids: list[str] = []
        odd = 0
        for message in messages:
            name, data = parse_event(message)
            if name == "delete":
                gone.append(data.decode("utf-8", "replace").strip()[:512])
            elif name in ("update", "status.update"):
                status = read_message(data)
                item = None if status is None else self._item(status, at)
                if status is None or item is None:
                    odd += status is None
                    continue
                (items if name == "update" else edits).append(item)
                flake = status.identifier("id")
                if flake is not None and is_status_id(flake):
                    names[flake] = item.external_id or ""
                    if name == "update" and _is_past(flake, at):
                        ids.append(flake)
        return StreamBatch(
            items=tuple(items),
            edits=tuple(edits),
            gone=tuple(gone),
            names=names,
            checkpoint=max(ids, key=sort_key, default=None),
            odd=odd,
        )

    def position(self, checkpoint: str) -> datetime | None:
        """``None``: what lies behind a checkpoint is asked for, and the pages tell what is missing."""
        return None

    def explain(self, response: Response) -> SourceError | None:
        """Which token is missing, or that this server does not stream."""
        status, host = response.status, host_of(self.server)
        needs = f"an access token of an account on {host} with the scope read:statuses"
        if status == 401 and self.token is None:
            return AuthFailed(f"{host} streams only to its members: set token to {needs}", status=status)
        if status == 401:
            return AuthFailed(f"{host} rejected the token: set it to {needs}", status=status)
        if status == 403:
            return Forbidden(f"the token may not do this on {host}: make {needs}", status=status)
        if status == 404:
            return UnexpectedResponse(
                f"{host} has no streaming at this address; ask it with type mastodon", status=status
            )
        return None

    def _questions(self, brands: tuple[Brand, ...]) -> Iterator[tuple[str, str | None]]:
        """The name of each stream, and its hashtag where it has one."""
        if self.what != "hashtags":
            yield self.what, None
            return
        own = (tag.strip().lstrip("#\uff03") for tag in self.tags)
        found = search_terms.by_key(tag for tag in (*own, *search_terms.tags(brands)) if tag)
        if len(found) > _MOST_TAGS:
            raise BlockedAddress(f'{len(found)} hashtags need as many connections, and {_MOST_TAGS} are the most: '
                          'write what = "public"')  # fmt: skip
        for key, tag in found.items():
            yield f"tag:{key}", tag

    def _item(self, status: JsonObject, at: datetime) -> Item | None:
        return read_status(status, host_of(self.server) or "", self.server, at)

    def _headers(self) -> dict[str, str | Secret]:
        return {} if self.token is None else bearer(self.token)


def _is_past(flake: str, at: datetime) -> bool:
    written = written_at(flake, at)
    return written is None or written <= at + _AHEAD


def _floor(since: str, now: datetime, overlap: timedelta) -> str:
    """The id to ask from: the checkpoint's less the overlap, where ids hold the time."""
    written = written_at(since, now)
    return since if written is None else lowest_id_at(since, min(written, now) - overlap)
