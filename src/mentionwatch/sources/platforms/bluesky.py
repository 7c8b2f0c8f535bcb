"""Bluesky, by the search of the network's own service, asked through the server of an account."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from mentionwatch.errors import AuthFailed, Forbidden, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Brand, Item
from mentionwatch.sources.platforms._bluesky_post import COLLECTION, PLATFORM, read_post, sorted_at
from mentionwatch.sources.protocols import RecheckedItems, RecheckRequest, Session
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import advance_checkpoint, parse_time_checkpoint
from mentionwatch.sources.toolkit.items import require_any
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_error, read_list, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.recheck import MAX_REPLIES, by_position, id_batches
from mentionwatch.sources.toolkit.requests import bearer, json_request, with_params
from mentionwatch.text import one_line
from mentionwatch.times import unix_stamp
from mentionwatch.urls import host_of

#: The most posts the search gives at once (lexicon app.bsky.feed.searchPosts).
_PER_PAGE = 100
#: Seconds asked again before the checkpoint: posts are indexed some seconds after they are written, and by the
#: writer's clock.
_OVERLAP = 3_600
#: Error names of an answer to a request whose token is none, or is one no more. The status is 400 or 401.
_OVER = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"})
#: What is said of a handle that is nobody's (yet).
_UNKNOWN_HANDLE = re.compile(r"handle|resolve|profile|actor", re.IGNORECASE)
_LOGIN, _RENEWAL = "login", "renewal"
#: The most posts that can be asked for at once (lexicon app.bsky.feed.getPosts).
_AT_ONCE = 25
_POST = re.compile(r"^https://bsky\.app/profile/([A-Za-z0-9.:_-]{1,260})/post/([A-Za-z0-9._:~-]{1,512})$")
_PASSWORDS = "make an app password in Bluesky under Settings, Privacy and security, App passwords"


@dataclass(frozen=True, slots=True)
class Bluesky:
    """Bluesky posts that hold a term, link to a domain or mention a handle, newest first.

    Each name is searched for as an exact phrase, each hashtag as a hashtag, each handle that is a domain
    (acme.bsky.social) among those mentioned, each domain in texts and among the links. The account's server is asked,
    as the public one does not allow searching. The session is kept between runs: Bluesky allows 30 logins in 5 minutes.
    """

    type: ClassVar[str] = "bluesky"
    platform: ClassVar[str] = PLATFORM
    #: 3,000 requests in 5 minutes for an address (docs.bsky.app/docs/advanced-guides/rate-limits); searching is to be
    #: done sparingly, its makers say (atproto issue 3583).
    limits: ClassVar[Limits] = Limits(min_interval=1.0, concurrency=1, pages=25, every=900.0)
    account: ClassVar[str] = "any account, with an app password"
    limitations: ClassVar[str] = "the words of pictures without a description, of link cards and of quoted posts"

    handle: str = field(metadata={"help": "The account's handle, like acme.bsky.social, or its e-mail address."})
    password: Secret = field(metadata={"help": "An app password of the account, never its own password."})
    server: str = option("https://bsky.social", "The account's server, if it is not one of Bluesky's own.")
    exact: bool = option(True, "Ask names as exact phrases; a server without phrase search needs false.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", normalize_base_url("server", self.server))
        object.__setattr__(self, "handle", self.handle.strip().lstrip("@"))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for question, params in self._questions(brands):
            since = parse_time_checkpoint(checkpoints.get(question))
            after = () if since is None else (("since", unix_stamp(since.resume_from(_OVERLAP))),)
            yield json_request(
                question,
                f"{self.server}/xrpc/app.bsky.feed.searchPosts",
                (*params, ("sort", "latest"), ("limit", str(_PER_PAGE)), *after),
                since=since,
            )

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        posts = read_list(answer, "posts", response)
        read = [(post, item) for post in posts if (item := read_post(post, response.received_at)) is not None]
        require_any(read, posts, response, "a post")

        since = parse_time_checkpoint(response.request.since)
        times = [at for post, _ in read if (at := sorted_at(post, response.received_at)) is not None]
        cursor = answer.identifier("cursor")
        # A cursor comes with the last page, too; a page is less than full where posts are hidden from this account.
        begins = cursor is not None and len(posts) >= _PER_PAGE // 2
        checkpoint = advance_checkpoint(times, since, response, has_older=begins)
        if since is None:
            return Page(tuple(item for _, item in read), checkpoint=str(checkpoint))
        # The writer's clock orders the posts: one of the past among them does not end the reading.
        indexed = [int(seen.timestamp()) for post, _ in read if (seen := from_iso(post.text("indexedAt"), response))]
        here = Page(
            tuple(item for post, item in read if (sorted_at(post, response.received_at) or 0) >= (since.begin or 0)),
            checkpoint=str(checkpoint),
        )
        if cursor is None or not read or (indexed and min(indexed) <= since.resume_from(_OVERLAP)):
            return here
        if cursor == dict(response.request.params).get("cursor"):
            return replace(here, truncated=True)  # the search has lost its place
        following = with_params(response.request, cursor=cursor)
        return replace(here, next=replace(following, page=response.request.page + 1))

    def recheck_requests(self, items: Sequence[Item], threads: Sequence[Item]) -> Iterator[RecheckRequest]:
        known = [(_address_of(item), item) for item in items]
        for ids, asked in id_batches(
            ((uri, item) for uri, item in known if uri and uri.startswith("at://did:")), _AT_ONCE
        ):
            yield RecheckRequest(self._xrpc(f"again:{ids[0]}", "getPosts", tuple(("uris", uri) for uri in ids)), asked)
        for uri, item in known:
            # Of what the user noted the handle is known and not the account's id, and only this looks it up.
            if uri is not None and not uri.startswith("at://did:"):
                yield RecheckRequest(
                    self._xrpc(f"again:{uri}", "getPostThread", (("uri", uri), ("depth", "0"))), (item,)
                )
        for item in threads:
            if (uri := _address_of(item)) is not None:
                yield RecheckRequest(
                    self._xrpc(f"thread:{uri}", "getPostThread", (("uri", uri), ("depth", "6"))), thread=item
                )

    def parse_recheck(self, response: Response, recheck: RecheckRequest) -> RecheckedItems:
        answer, at = read_object(response), response.received_at
        if response.request.url.endswith("getPosts"):
            posts = read_list(answer, "posts", response)
            read = (item for post in posts if (item := read_post(post, at)) is not None)
            came = {item.external_id: item for item in read if item.external_id is not None}
            return RecheckedItems(by_position([item.external_id or _address_of(item) for item in recheck.items], came))
        root = answer.object("thread")
        if not root:
            raise UnexpectedResponse("the response has no thread", status=response.status)
        said: list[Item] = []
        todo = [root]
        while todo and len(said) <= MAX_REPLIES:
            node = todo.pop()
            item = read_post(node.object("post"), at)
            said += [item] if item is not None else []
            todo += node.objects("replies")
        top = read_post(root.object("post"), at)
        if recheck.thread is None:
            return RecheckedItems({0: top} if top is not None else {})
        return RecheckedItems(more=tuple(item for item in said if top is None or item.external_id != top.external_id))

    def _xrpc(self, question: str, method: str, params: tuple[tuple[str, str], ...]) -> Request:
        return json_request(question, f"{self.server}/xrpc/app.bsky.feed.{method}", params)

    def explain(self, response: Response) -> SourceError | Page | None:
        """What a login lacks, and why a search is refused."""
        host, status, error = host_of(self.server), response.status, read_error(response) or JsonObject()
        name = one_line(error.text("error"), 60)
        login = response.request.query_key in (_LOGIN, _RENEWAL)
        if name == "AuthFactorTokenRequired":
            return AuthFailed(f"{host} requires a second factor for the account's own password: {_PASSWORDS}",
                                  status=status)  # fmt: skip
        if name in ("AccountTakedown", "AccountDeactivated", "AccountSuspended"):
            return Forbidden(f"{host} has closed the account {self.handle} ({name})", status=status)
        if status in (400, 401) and name in _OVER:
            if login:
                return AuthFailed(f"{host} rejected handle and password: {_PASSWORDS}", status=status)
            return AuthFailed(f"{host} rejected the session it had issued ({name})", status=status)
        if status == 403:
            return Forbidden(f"{host} does not allow searching: set server to the account's own server", status=status)
        said = one_line(error.text("message"), 200)
        if status == 400 and response.request.query_key.startswith("mentions:") and _UNKNOWN_HANDLE.search(said):
            mark = advance_checkpoint((), parse_time_checkpoint(response.request.since), response, has_older=False)
            return Page((), checkpoint=str(mark), note=f"{host} has no account {response.request.query_key[9:]}")
        if status == 400 and not login:
            return UnexpectedResponse(f"{host} rejected this query: {said or name or 'no reason given'}", status=400)
        if status == 501 or (status == 404 and name in ("MethodNotImplemented", "XRPCNotSupported")):
            return UnexpectedResponse(f"{host} has no search: set server to the account's own server", status=status)
        return None

    # --- the session ---------------------------------------------------------------------------------------------

    @property
    def session_key(self) -> str:
        """See :class:`~mentionwatch.sources.SupportsLogin`; a changed password is another session."""
        return "\0".join((self.type, self.server, self.handle, self.password.reveal()))

    def login(self) -> Request:
        account = {"identifier": self.handle, "password": self.password}
        return json_request(_LOGIN, f"{self.server}/xrpc/com.atproto.server.createSession", post=account)

    def renewal(self, session: Session) -> Request | None:
        if session.refresh is None:
            return None
        url = f"{self.server}/xrpc/com.atproto.server.refreshSession"
        return replace(json_request(_RENEWAL, url, headers=bearer(session.refresh)), method="POST")

    def read_session(self, response: Response) -> Session:
        answer = read_object(response)
        access, refresh = _token(answer, "accessJwt"), _token(answer, "refreshJwt")
        if access is None:
            raise UnexpectedResponse("the login response contains no session", status=response.status)
        if answer.fields.get("active") is False:
            raise Forbidden(f"{host_of(self.server)} has closed the account {self.handle}", status=response.status)
        return Session(access, refresh)

    def signed(self, request: Request, session: Session) -> Request:
        return replace(request, headers={**request.headers, **bearer(session.access)})

    def session_is_over(self, response: Response) -> bool:
        error = read_error(response) or JsonObject()
        return response.status in (400, 401) and error.text("error") in _OVER

    # --- what to ask -----------------------------------------------------------------------------------------------

    def _questions(self, brands: tuple[Brand, ...]) -> Iterable[tuple[str, tuple[tuple[str, str], ...]]]:
        kinds = (search_terms.names, search_terms.user_names, search_terms.hosts)
        for known, text in search_terms.by_key(text for kind in kinds for text in kind(brands)).items():
            # One word is a phrase of itself, and not every server knows quotation marks; a sign may mean something.
            quoted = self.exact and (not re.fullmatch(r"\w[\w-]*", text) or text in ("AND", "OR", "NOT"))
            yield f"text:{known}", (("q", f'"{text}"' if quoted else text),)
        for tag in search_terms.hashtags(brands):
            yield f"tag:{search_terms.key(tag)}", (("q", f"#{tag}"),)
        for handle in search_terms.handles(brands):
            if "." in handle and "@" not in handle and host_of(f"https://{handle}") == handle.lower():
                yield f"mentions:{search_terms.key(handle)}", (("q", "*"), ("mentions", handle.lower()))
        for host in search_terms.hosts(brands):
            yield f"domain:{host}", (("q", "*"), ("domain", host))


def _address_of(item: Item) -> str | None:
    """``at://account/app.bsky.feed.post/key``, from the post's id or from where it is read."""
    if (item.external_id or "").startswith("at://"):
        return item.external_id
    found = _POST.search(item.url or "")
    return f"at://{found[1]}/{COLLECTION}/{found[2]}" if found else None


def _token(answer: JsonObject, name: str) -> Secret | None:
    """A JWT as it may stand in a header: they are longer than any identifier."""
    text = answer.text(name)
    return Secret(text) if 0 < len(text) <= 8_000 and text.isascii() and text.isprintable() else None
