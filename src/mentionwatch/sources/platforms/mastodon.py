"""Mastodon and every server that speaks its client API: GoToSocial, Akkoma, Pixelfed, snac and others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

from mentionwatch.errors import AuthFailed, Forbidden, RateLimited, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Brand, Item
from mentionwatch.sources.platforms._mastodon_status import PLATFORM, number_on, read_status
from mentionwatch.sources.protocols import RecheckedItems, RecheckRequest
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso, server_time
from mentionwatch.sources.toolkit.checkpoints import Checkpoint, parse_checkpoint
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_array, read_error, read_list, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.recheck import MAX_REPLIES
from mentionwatch.sources.toolkit.requests import bearer, json_request, with_params
from mentionwatch.sources.toolkit.snowflake_ids import lowest_id_at, sort_key, written_at
from mentionwatch.text import one_line
from mentionwatch.urls import host_of

#: Statuses asked for at once: the most Mastodon gives.
_LIMIT = 40
#: A page of at least so many may be a full one: 20 is what servers give that will not give 40.
_FULL = 20
#: How far before the checkpoint to ask again: a post that arrives late from another server has the id of the time it
#: was written. An hour holds the first seven of Mastodon's delivery attempts.
_OVERLAP = timedelta(hours=1)
#: How long before its coming a post may have been written that is news after answers that were empty.
_LATE = timedelta(days=7)
#: The checkpoint of a question whose answer was empty: every id comes after it.
_NOTHING_YET = "0"

#: ``page_state``: the page goes up from the checkpoint; it goes down from the newest; it goes down from a page of
#: the first kind to prove that nothing lies between that and the checkpoint, to go up again from the id named.
_UP, _DOWN, _PROVE = "up", "down", "prove:"


@dataclass(frozen=True, slots=True)
class Mastodon:
    """Posts on one Mastodon-compatible server: hashtag timelines, and with a token its full-text search.

    Follows each hashtag of the brands and each name written as one (``Acme Coffee`` as ``#AcmeCoffee``). With a token
    it also searches for names, handles and domains, as far as the server has search: Mastodon finds the posts of
    those who opted in, GoToSocial and snac little more than the account's own.
    """

    type: ClassVar[str] = "mastodon"
    platform: ClassVar[str] = PLATFORM
    #: 300 requests in 5 minutes for an account and for an address (docs.joinmastodon.org/api/rate-limits).
    limits: ClassVar[Limits] = Limits(min_interval=1.0, concurrency=1, pages=10, every=900.0)
    account: ClassVar[str] = "none on most servers; an access token (scopes read:statuses, read:search) for search"
    limitations: ClassVar[str] = (
        "posts the server has not received, without a token posts without any of the hashtags, and the words of link"
        " cards and quoted posts"
    )

    server: str = field(metadata={"help": "The server's address, like https://social.example."})
    token: Secret | None = option(None, "Access token of an account on that server.")
    tags: tuple[str, ...] = option((), "Hashtags to follow beside those of the brands.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", normalize_base_url("server", self.server))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for tag in self._tags(brands):
            yield self._tag_request(tag, checkpoints, now)
        kinds = (search_terms.names, search_terms.user_names, search_terms.hosts) if self.token is not None else ()
        for phrase in search_terms.by_key(text for kind in kinds for text in kind(brands)).values():
            yield self._search_request(phrase, checkpoints, now)

    def parse(self, response: Response) -> Page:
        if response.request.query_key.startswith("search:"):
            statuses = read_list(read_object(response), "statuses", response)
            turn = _search_turn
        else:
            statuses = read_array(response)
            turn = _timeline_turn
        ids = [flake for status in statuses if (flake := status.identifier("id")) is not None]
        # Notifications and accounts have ids, too.
        if statuses and not any("content" in status and "account" in status for status in statuses):
            raise UnexpectedResponse("the response contains no statuses", status=response.status)
        mark = parse_checkpoint(response.request.since)
        begin = "" if mark is None or mark.begin is None else mark.begin
        host = host_of(self.server) or ""
        items = (
            read_status(status, host, self.server, response.received_at)
            for status in statuses
            if sort_key(status.identifier("id") or begin) >= sort_key(begin)
        )
        page = turn(response, mark, sorted(ids, key=sort_key))
        read = [item for item in items if item is not None]
        # Until now every answer was empty, which a server's search is for other reasons as well.
        doubtful = mark is not None and mark.newest == _NOTHING_YET
        begin_at = response.received_at - _LATE
        old = [item for item in read if doubtful and item.published_at is not None and item.published_at < begin_at]
        return replace(page, items=tuple(item for item in read if item not in old), backlog=tuple(old))

    def recheck_requests(self, items: Sequence[Item], threads: Sequence[Item]) -> Iterator[RecheckRequest]:
        for item in items:
            if (number := self._number(item)) is not None:
                yield RecheckRequest(self._status_request(f"again:{number}", number), (item,))
        for item in threads:
            if (number := self._number(item)) is not None:
                yield RecheckRequest(self._status_request(f"thread:{number}", f"{number}/context"), thread=item)

    def parse_recheck(self, response: Response, recheck: RecheckRequest) -> RecheckedItems:
        answer, host = read_object(response), host_of(self.server) or ""
        if recheck.thread is None:
            if answer.identifier("id") is None:
                raise UnexpectedResponse("the response is not a status", status=response.status)
            item = read_status(answer, host, self.server, response.received_at)
            return RecheckedItems({0: item} if item is not None else {})
        replies = read_list(answer, "descendants", response, "replies")
        said = [(status, read_status(status, host, self.server, response.received_at)) for status in replies]
        # What a reply answers is told by this server's numbers alone.
        places = {status.identifier("id"): item.url for status, item in said if item is not None}
        places[self._number(recheck.thread)] = recheck.thread.url
        more = (
            replace(item, parent_url=places.get(status.identifier("in_reply_to_id")))
            for status, item in said
            if item is not None
        )
        return RecheckedItems(more=tuple(more)[:MAX_REPLIES])

    def _number(self, item: Item) -> str | None:
        """The number this server knows a post by: it ends the addresses that lie on it."""
        return next((number for url in (item.url, *item.same_as) if (number := number_on(self.server, url))), None)

    def _status_request(self, question: str, path: str) -> Request:
        return json_request(question, f"{self.server}/api/v1/statuses/{path}", headers=self._headers())

    def explain(self, response: Response) -> SourceError | Page | None:
        """Which account is missing, what the token lacks, when to come again; or that nobody used a hashtag yet."""
        status, host = response.status, host_of(self.server)
        # The server's own word for what went wrong, for us to read and not to repeat.
        said = one_line((read_error(response) or JsonObject()).text("error"), 200)
        needs = f"an access token of an account on {host} with the scopes read:statuses and read:search"
        if status == 401 or (status == 422 and self.token is None) or (status == 400 and "token" in said.lower()):
            if self.token is None:
                return AuthFailed(f"{host} shows this only to its members: set token to {needs}", status=status)
            return AuthFailed(f"{host} rejected the token: set it to {needs}", status=status)
        if status == 403 and "scope" in said.lower():
            return Forbidden(f"the token may not do this on {host}: make {needs}", status=status)
        if status == 404 and response.request.query_key.startswith("tag:") and "tag" in said.lower():
            return Page(
                (), checkpoint=response.request.since or _NOTHING_YET, note=f"{host} has not seen this hashtag yet"
            )
        if status == 429:
            until = from_iso(response.headers.get("x-ratelimit-reset", ""), response)
            if until is not None and until > response.received_at:
                return RateLimited(f"{host} has rate-limited us until {until:%H:%M} UTC", until=until, status=status)
        return None

    def _tags(self, brands: tuple[Brand, ...]) -> tuple[str, ...]:
        own = (tag.strip().lstrip("#＃") for tag in self.tags)
        return tuple(search_terms.by_key(tag for tag in (*own, *search_terms.tags(brands)) if tag).values())

    def _tag_request(self, tag: str, checkpoints: Mapping[str, str], now: datetime) -> Request:
        question = f"tag:{search_terms.key(tag)}"
        mark = parse_checkpoint(checkpoints.get(question))
        position: tuple[tuple[str, str], ...] = ()
        floor = _floor(mark, now)
        if floor is not None:
            position = (("min_id", floor),)
        elif mark is not None and mark.newest != _NOTHING_YET:
            position = (("since_id", mark.newest),)
        url = f"{self.server}/api/v1/timelines/tag/{quote(tag, safe='')}"
        request = json_request(question, url, (("limit", str(_LIMIT)), *position), headers=self._headers(), since=mark)
        return replace(request, page_state=None if mark is None else _UP if floor is not None else _DOWN)

    def _search_request(self, phrase: str, checkpoints: Mapping[str, str], now: datetime) -> Request:
        question = f"search:{search_terms.key(phrase)}"
        mark = parse_checkpoint(checkpoints.get(question))
        floor = _floor(mark, now)
        return json_request(
            question,
            f"{self.server}/api/v2/search",
            (
                ("q", f'"{phrase}"'),
                ("type", "statuses"),
                ("limit", str(_LIMIT)),
                *((("min_id", floor),) if floor is not None else ()),
            ),
            headers=self._headers(),
            since=mark,
        )

    def _headers(self) -> dict[str, str | Secret]:
        return {} if self.token is None else bearer(self.token)


def _floor(mark: Checkpoint | None, now: datetime) -> str | None:
    """The id to ask from: the checkpoint's less the overlap. ``None`` where ids do not hold the time."""
    written = None if mark is None else written_at(mark.newest, now)
    if mark is None or written is None:
        return None
    return max(lowest_id_at(mark.newest, min(written, now) - _OVERLAP), mark.begin or "", key=sort_key)


def _checkpoint(response: Response, mark: Checkpoint | None, ids: list[str]) -> str:
    """The newest id seen, but none from the future: a wrong clock somewhere must not hide what comes after."""
    request = response.request
    before = dict(request.params).get("min_id") if request.page else None  # the page before ended there
    now = server_time(response)
    seen = [*ids, str(before)] if before is not None else ids
    past = [flake for flake in seen if (written := written_at(flake, response.received_at)) is None or written <= now]
    if mark is None:
        mark = Checkpoint(_NOTHING_YET, begin=ids[0] if len(ids) >= _FULL else None)
    return str(replace(mark, newest=max((mark.newest, *past), key=sort_key)))


def _timeline_turn(response: Response, mark: Checkpoint | None, ids: list[str]) -> Page:
    """Where a timeline goes on; ``ids`` from old to new.

    Upwards from the checkpoint by ``min_id``, so that stopping early loses nothing. But some servers take ``min_id``
    for ``since_id`` and answer with the *newest* page. The overlap tells: an honest first page begins at or before
    the checkpoint. Where a full one does not – or the post of the checkpoint is gone –, what lies below is asked for.
    Where ids do not hold the time there is no overlap to ask for, and pages go down from the newest.
    """
    request = response.request
    here = Page((), checkpoint=_checkpoint(response, mark, ids))
    if mark is None or request.page_state is None:
        return here
    floor = str(dict(request.params).get("min_id", ""))
    reached = not ids or sort_key(ids[0]) <= sort_key(mark.newest)
    full = len(ids) >= _FULL

    if request.page_state != _UP:
        if full and not reached:
            down = _asking(request, mark, max_id=ids[0], carry=request.page_state)
            if down is not None:
                return replace(here, next=down)
            here = replace(here, truncated=True)  # this server takes no notice of max_id
        if request.page_state == _DOWN:
            return here
        return replace(here, next=_asking(request, mark, min_id=request.page_state.removeprefix(_PROVE), carry=_UP))

    here = replace(here, ascending=True)
    if not full or sort_key(ids[-1]) <= sort_key(floor):
        return here
    if request.page == 0 and not reached:
        return replace(here, next=_asking(request, mark, max_id=ids[0], carry=_PROVE + ids[-1]))
    # A page that lies wholly in the overlap is passed over, or a busy hashtag would never get beyond it.
    return replace(here, next=_asking(request, mark, min_id=max(ids[-1], mark.newest, key=sort_key), carry=_UP))


def _asking(
    request: Request, mark: Checkpoint, *, carry: str, min_id: str | None = None, max_id: str | None = None
) -> Request | None:
    """The same question from another place; ``None`` where ``max_id`` would lead no further down than it did."""
    asked = dict(request.params)
    if min_id is not None:
        position: tuple[tuple[str, str], ...] = (("min_id", min_id),)
    elif "max_id" in asked and sort_key(str(max_id)) >= sort_key(str(asked["max_id"])):
        return None
    else:
        position = (("max_id", str(max_id)), *((("since_id", mark.newest),) if mark.newest != _NOTHING_YET else ()))
    return replace(request, params=(("limit", str(_LIMIT)), *position), page_state=carry, page=request.page + 1)


def _search_turn(response: Response, mark: Checkpoint | None, ids: list[str]) -> Page:
    """Where a search goes on: down in time by ``max_id``; ``ids`` from old to new.

    Mastodon turns ``max_id`` into "before" its whole second, so the next second's is asked for and the border second
    comes twice. A server that takes no notice of it answers the same again: what is older cannot be asked for.
    """
    request = response.request
    here = Page((), checkpoint=_checkpoint(response, mark, ids))
    asked = dict(request.params)
    if mark is None or len(ids) < _FULL or sort_key(ids[0]) <= sort_key(str(asked.get("min_id", mark.newest))):
        return here
    oldest = ids[0]
    written = written_at(oldest, response.received_at)
    ceiling = oldest if written is None else lowest_id_at(oldest, written.replace(microsecond=0) + timedelta(seconds=1))
    before = asked.get("max_id")
    if before is not None and sort_key(ceiling) >= sort_key(str(before)):
        return replace(here, truncated=True)
    return replace(here, next=replace(with_params(request, max_id=ceiling), page=request.page + 1))
