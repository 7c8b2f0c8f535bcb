"""Reddit: what is posted anywhere, and what is said in the subreddits that are named."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

from mentionwatch.errors import AuthFailed, Forbidden, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Brand, Item
from mentionwatch.sources.feed.loader import ACCEPT, parse_feed, parse_feed_fully
from mentionwatch.sources.platforms._reddit_things import (
    COMMENTS,
    PLATFORM,
    SITE,
    fullname,
    read_entry,
    read_replies,
    read_thing,
    was_removed,
)
from mentionwatch.sources.protocols import RecheckedItems, RecheckRequest, Session
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.checkpoints import advance_checkpoint, parse_time_checkpoint, timestamps
from mentionwatch.sources.toolkit.items import require_any
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_array, read_error, read_list, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option, require_options
from mentionwatch.sources.toolkit.recheck import by_position, id_batches
from mentionwatch.sources.toolkit.requests import bearer, json_request, with_params
from mentionwatch.text import one_line

_API = "https://oauth.reddit.com"
#: Things of a full page, and those of a feed that takes no notice of ``limit``.
_PER_PAGE, _FEED_PAGE = 100, 25
#: A search ends after some 250 hits, a list after some 1,000, and neither says that there was more.
_REACHABLE = 240
#: Seconds asked again before the checkpoint: the search takes posts in some minutes late.
_OVERLAP = 3_600
_SUBREDDIT = re.compile(r"(?:/?r/)?([A-Za-z0-9][A-Za-z0-9_]{1,20})/?")
_LOGIN = "login"


@dataclass(frozen=True, slots=True)
class Reddit:
    """Reddit posts that hold a term or link to a domain, and all comments of the subreddits that are named.

    With feed and user – the private feed's token from reddit.com/prefs/feeds – an account's feeds are asked; with
    client_id and client_secret of an approved app the API, but new apps are refused since July 2026; with neither the
    public feeds, which Reddit lets a program read about once a minute and often not at all. F5Bot's and Syften's mails
    are another way (type imap). Comments cannot be searched: name the subreddits where yours are.
    """

    type: ClassVar[str] = "reddit"
    platform: ClassVar[str] = PLATFORM
    #: What public feeds bear; see ``own_limits`` for the others.
    limits: ClassVar[Limits] = Limits(min_interval=30.0, concurrency=1, pages=4, every=3600.0)
    account: ClassVar[str] = "an account's private feed token, or an approved API app; hardly anything without"
    limitations: ClassVar[str] = "comments outside of the subreddits named; in feeds, how many answered and voted"

    client_id: str | None = option(None, "The id of an API app approved by Reddit.")
    client_secret: Secret | None = option(None, "The secret of that app.")
    feed: Secret | None = option(None, "The private feed's token: what follows feed= at reddit.com/prefs/feeds.")
    user: str | None = option(None, "The account whose private feed or app it is.")
    subreddits: tuple[str, ...] = option((), "Subreddits whose every comment is read.")
    base_url: str = option(SITE, "Address of the site, if not the public one.")

    def __post_init__(self) -> None:
        names = {name: _SUBREDDIT.fullmatch(name.strip()) for name in self.subreddits}
        paired = (self.client_id is None) == (self.client_secret is None)
        require_options(
            (paired, "client_id: client_id and client_secret go together"),
            (self.feed is None or self.user, "user: the private feed needs its account's name, too"),
            *((is_one, f"subreddits: {one_line(name, 60)!r} is not a subreddit") for name, is_one in names.items()),
        )
        object.__setattr__(self, "subreddits", tuple(found[1] for found in names.values() if found))
        object.__setattr__(self, "user", None if self.user is None else self.user.strip().removeprefix("u/"))
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    @property
    def own_limits(self) -> Limits:
        """100 requests a minute for an app (since July 2023); some ten for a feed, as people found in 2026."""
        if self._by_api:
            return Limits(min_interval=0.7, concurrency=1, pages=10, every=900.0)
        return self.limits if self.feed is None else replace(self.limits, min_interval=7.0, every=1800.0)

    @property
    def _by_api(self) -> bool:
        return self.client_id is not None

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for name in self.subreddits:
            yield self._request(f"comments:{name.lower()}", f"/r/{name}/comments", (), checkpoints)
        # A handle of another network is looked for by its name.
        kinds = (search_terms.names, search_terms.hashtags, search_terms.user_names)
        for known, text in search_terms.by_key(text for kind in kinds for text in kind(brands)).items():
            asked = (("q", f'"{text}"'), ("sort", "new"), ("t", "all"), ("type", "link"), ("include_over_18", "on"))
            yield self._request(f"text:{known}", "/search", asked, checkpoints)
        for host in search_terms.hosts(brands):
            yield self._request(f"url:{host}", f"/domain/{quote(host, safe='')}/new", (), checkpoints)

    def parse(self, response: Response) -> Page:
        if not self._by_api:
            return self._feed_page(parse_feed(response), response)
        answer = read_object(response)
        listing = answer.object("data")
        if answer.text("kind") != "Listing" or not isinstance(listing.fields.get("children"), list):
            raise UnexpectedResponse("the response is not a listing", status=response.status)
        children = listing.objects("children")
        read = [(child.object("data"), read_thing(child, response)) for child in children]
        things = [(thing, item) for thing, item in read if item is not None]
        require_any(things, children, response, "a post or a comment")
        items = tuple(item for thing, item in things if not thing.flag("promoted"))
        page = self._page(items, listing.identifier("after"), len(children), response)
        return replace(page, pause=_pause(response))

    def parse_fully(self, response: Response) -> Page:
        """The careful reader of a feed."""
        return self._feed_page(parse_feed_fully(response), response)

    def recheck_requests(self, items: Sequence[Item], threads: Sequence[Item]) -> Iterator[RecheckRequest]:
        if not self._by_api:
            return  # feeds tell neither votes nor whether a post is still there
        for ids, asked in id_batches(((fullname(item), item) for item in items), _PER_PAGE):
            request = self._request(f"again:{ids[0]}", "/api/info", (("id", ",".join(ids)),), {})
            yield RecheckRequest(request, asked)
        for item in threads:
            found = COMMENTS.search(item.url or "")
            if found is not None:
                comment = (("comment", found[2]),) if found[2] else ()
                request = self._request(
                    f"thread:{found[2] or found[1]}", f"/comments/{found[1]}", (("sort", "new"), *comment), {}
                )
                yield RecheckRequest(request, thread=item)

    def parse_recheck(self, response: Response, recheck: RecheckRequest) -> RecheckedItems:
        if recheck.thread is not None:
            return RecheckedItems(more=read_replies(read_array(response), recheck.thread, response))
        listing = read_object(response).object("data")
        children = read_list(listing, "children", response, "things")
        gone, came = set(), {}
        places = {fullname(item): place for place, item in enumerate(recheck.items)}
        for child in children:
            item = read_thing(child, response)
            if item is None or item.external_id is None:
                continue
            if was_removed(child.object("data")):
                gone |= {places[item.external_id]} if item.external_id in places else set()
            else:
                came[item.external_id] = item
        return RecheckedItems(by_position([fullname(item) for item in recheck.items], came), frozenset(gone))

    def explain(self, response: Response) -> SourceError | None:
        """Which credentials are missing or wrong, and which subreddit is closed."""
        status, question = response.status, response.request.query_key
        body = response.body[:512].lstrip().lower()
        reason = "" if body.startswith(b"<") else one_line((read_error(response) or JsonObject()).text("reason"), 60)
        place = f"r/{question.removeprefix('comments:')}" if question.startswith("comments:") else "this"
        if question == _LOGIN and status in (400, 401):
            return AuthFailed("Reddit rejected client_id and client_secret", status=status)
        if status == 401:
            return AuthFailed("Reddit rejected the session it had issued", status=status)
        if status == 403 and (reason or self._by_api):
            return Forbidden(f"{place} is {reason or 'closed'} to this account on Reddit", status=status)
        if status == 403:
            hint = (
                "take the token anew from reddit.com/prefs/feeds"
                if self.feed is not None
                else "set feed and user (the private feed's token from reddit.com/prefs/feeds), or an approved API app"
            )
            return Forbidden(f"Reddit blocks bots here: {hint}", status=status)
        if status == 404 and place != "this":
            return UnexpectedResponse(
                f"{place} does not exist on Reddit{f' ({reason})' if reason else ''}", status=status
            )
        return None

    # --- the session ---------------------------------------------------------------------------------------------

    @property
    def session_key(self) -> str | None:
        """See :class:`~mentionwatch.sources.SupportsLogin`; feeds need none."""
        if self.client_id is None or self.client_secret is None:
            return None
        return "\0".join((self.type, self.base_url, self.client_id, self.client_secret.reveal()))

    def login(self) -> Request:
        pair = f"{self.client_id}:{self.client_secret.reveal() if self.client_secret else ''}"
        return Request(
            query_key=_LOGIN,
            url=f"{self.base_url}/api/v1/access_token",
            method="POST",
            form=(("grant_type", "client_credentials"),),
            headers={"Authorization": Secret("Basic " + base64.b64encode(pair.encode()).decode()), **self._agent()},
            accept="application/json",
            follow_redirects=False,
        )

    def renewal(self, session: Session) -> Request | None:
        """An app's own session is not renewed; a new one is asked for."""
        return None

    def read_session(self, response: Response) -> Session:
        answer = read_object(response)
        token = answer.text("access_token")
        if not (0 < len(token) <= 8_000 and token.isascii() and token.isprintable()):
            if "error" in answer:
                raise AuthFailed("Reddit rejected the app: is it approved, and of type script or web?", status=200)
            raise UnexpectedResponse("the login response contains no session", status=response.status)
        return Session(Secret(token))

    def signed(self, request: Request, session: Session) -> Request:
        return replace(request, headers={**request.headers, **bearer(session.access)})

    def session_is_over(self, response: Response) -> bool:
        return response.status == 401

    # --- what to ask -----------------------------------------------------------------------------------------------

    def _request(
        self, question: str, path: str, asked: tuple[tuple[str, str], ...], checkpoints: Mapping[str, str]
    ) -> Request:
        since = parse_time_checkpoint(checkpoints.get(question))
        mark = None if since is None else str(since)
        limit = ("limit", str(_PER_PAGE))
        if self._by_api:
            base = _API if self.base_url == SITE else self.base_url
            return json_request(
                question,
                f"{base}{path}",
                # Without raw_json every < > & of the texts comes escaped.
                params=(*asked, limit, ("raw_json", "1")),
                headers=self._agent(),
                since=mark,
            )
        token = () if self.feed is None or self.user is None else (("feed", self.feed), ("user", self.user))
        return Request(
            query_key=question,
            url=f"{self.base_url}{path}/.rss" if path != "/search" else f"{self.base_url}/search.rss",
            params=(*asked, limit, *token),
            accept=ACCEPT,
            since=mark,
        )

    def _agent(self) -> dict[str, str | Secret]:
        """Reddit's rules want an app to name itself and whose it is."""
        return {"User-Agent": f"script:{self.client_id}:mentionwatch (by /u/{self.user})"} if self.user else {}

    # --- pages -----------------------------------------------------------------------------------------------------

    def _feed_page(self, page: Page, response: Response) -> Page:
        items = tuple(item for entry in page.items if (item := read_entry(entry)) is not None)
        if page.items and not items:
            raise UnexpectedResponse("this feed is not one of Reddit's", status=response.status)
        after = items[-1].external_id if len(page.items) >= _FEED_PAGE else None
        made = self._page(items, after, len(page.items), response)
        return replace(made, note=page.note if page.incomplete else None, incomplete=page.incomplete)

    def _page(self, items: tuple[Item, ...], after: str | None, count: int, response: Response) -> Page:
        """Where a list of things goes on, from new to old."""
        request = response.request
        since = parse_time_checkpoint(request.since)
        times = timestamps(items)
        checkpoint = advance_checkpoint(times, since, response, has_older=after is not None)
        if since is None or not times:
            return Page(items, checkpoint=str(checkpoint))
        here = Page(since.news(items), checkpoint=str(checkpoint), backlog=since.older(items))
        oldest = min(times)
        if oldest <= since.resume_from(_OVERLAP):
            return here
        if after is None or (request.page_state is not None and oldest >= int(request.page_state)):
            # A list that is over before the last scan was reached may have been cut off by Reddit.
            return replace(here, truncated=after is not None or request.page * _PER_PAGE + count >= _REACHABLE)
        return replace(
            here, next=replace(with_params(request, after=after), page=request.page + 1, page_state=str(oldest))
        )


def _pause(response: Response) -> float:
    """Seconds to the next period where this one's requests are used up."""
    try:
        remaining = float(response.headers.get("x-ratelimit-remaining", "1")[:20])
        reset = float(response.headers.get("x-ratelimit-reset", "0")[:20])
    except ValueError:
        return 0.0
    return min(max(reset, 0.0), 3_600.0) if remaining < 1 else 0.0
