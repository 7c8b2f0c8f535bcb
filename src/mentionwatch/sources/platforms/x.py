"""X, once Twitter: the recent search of its own API, paid for by what it gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar

from mentionwatch.errors import (
    AuthFailed,
    Forbidden,
    RateLimited,
    ServerError,
    SourceError,
    UnexpectedResponse,
    UserError,
)
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso, from_unix
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint, parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, read_items, require_listed, tags_of
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_error, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.or_queries import any_of
from mentionwatch.sources.toolkit.requests import bearer, json_request, with_params
from mentionwatch.sources.toolkit.time_paging import time_ordered_page
from mentionwatch.text import PlainText, clean, one_line, unescape
from mentionwatch.times import unix_stamp
from mentionwatch.urls import safe_url

_SITE = "https://x.com"
#: Posts a page may hold (docs.x.com, search/recent): the least is what a small budget asks for.
_LEAST, _MOST = 10, 100
#: A query of a self-serve app, in characters; counted in bytes here, for some characters count as two.
_LONGEST = 512
#: Nobody wants these twice, and each is paid for.
_WITHOUT = " -is:retweet"
#: How far the recent search goes back, less some minutes: what lies before is refused with the whole question.
_REACH = timedelta(days=7) - timedelta(minutes=10)
#: Seconds asked again: a post is found some seconds after it was written.
_OVERLAP = 120
_ID = re.compile(r"[0-9]{1,20}")
_NAME = re.compile(r"[A-Za-z0-9_]{1,15}")
#: Languages X gives where it knows none: undetermined, and what consists of nothing but mentions, tags, links, media.
_NO_LANGUAGE = frozenset({"und", "qam", "qct", "qht", "qme", "qst", "zxx", "art"})
#: Codes that ISO 639 has replaced.
_OLD_LANGUAGE = {"in": "id", "iw": "he", "ji": "yi"}
#: A link to a picture or video of a post.
_MEDIA = re.compile(r"https?://(?:www\.)?(?:x|twitter)\.com/[^/]{1,60}/status/[0-9]{1,20}/(?:photo|video)/[0-9]{1,3}")
_SHORT = re.compile(r"https?://t\.co/[A-Za-z0-9]{1,20}")
#: Characters of a text that are looked at; the longest post has 25,000.
_LONGEST_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class X:
    """Posts on X of the last seven days that hold a name, hashtag, handle or domain; paid for by the post.

    All terms of a brand are one question where they fit into 512 characters; reposts are left out. X charges for every
    post that comes ($0.005) and twice that for every author ($0.010; docs.x.com/x-api/getting-started/pricing, 2026):
    `monthly_posts` is the most that is ever read in a calendar month, an author counted as two posts, so 1,000 are $5.
    Each day has its part of it; what is spent is waited for. A spending limit in X's own console guards the whole app.
    `scan --dry-run` is paid for like any other, and, since it writes nothing, not counted.
    """

    type: ClassVar[str] = "x"
    platform: ClassVar[str] = "x"
    #: 450 searches in 15 minutes for an app; 60 by other pages of the documentation (docs.x.com, 2026).
    limits: ClassVar[Limits] = Limits(
        min_interval=2.0, concurrency=1, pages=10, every=1800.0, per_month=1_000, dollars=0.005
    )
    account: ClassVar[str] = "a bearer token of an app with credits (console.x.com); every post read costs money"
    limitations: ClassVar[str] = (
        "what is older than 7 days, protected posts, the words of quotes, cards, polls and pictures, all beyond"
        " monthly_posts"
    )

    token: Secret = field(metadata={"help": "The app's bearer token."})
    monthly_posts: int = option(
        1_000, "Posts a month that you are willing to pay for; an author counts as two of them."
    )
    authors: bool = option(True, "Ask who wrote it; without, a post costs a third and own posts are not known.")
    quoted: bool = option(False, "Read the posts that are quoted: their words are added, and paid for.")
    base_url: str = option("https://api.x.com", "Address of the API, if not X's own.")

    def __post_init__(self) -> None:
        least = _LEAST * self._each
        if self.monthly_posts < least:
            raise UserError(f"monthly_posts: must be at least {least}, the most that one answer may cost")
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    @property
    def own_limits(self) -> Limits:
        """What the user is willing to pay for."""
        return replace(self.limits, per_month=self.monthly_posts)

    @property
    def _each(self) -> int:
        """The most that one post may cost, in posts: with its author, and the two it may refer to."""
        return 1 + 2 * self.authors + 2 * self.quoted

    @property
    def _per_page(self) -> int:
        """Small pages for a small budget: a page should be a part of the day's."""
        return min(max(self.monthly_posts // 31 // 4 // self._each, _LEAST), _MOST)

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for question, query in _queries(brands):
            since = parse_time_checkpoint(checkpoints.get(question))
            start = () if since is None else (("start_time", _start(since, now)),)
            yield json_request(
                question,
                f"{self.base_url}/2/tweets/search/recent",
                (
                    ("query", query),
                    ("max_results", str(self._per_page)),
                    ("sort_order", "recency"),
                    ("tweet.fields", _FIELDS),
                    *((("expansions", ",".join(self._expansions)),) if self._expansions else ()),
                    *((("user.fields", "name,public_metrics,username"),) if self.authors else ()),
                    *start,
                ),
                headers=bearer(self.token),
                since=since,
                price=self._per_page * self._each,
            )

    @property
    def _expansions(self) -> tuple[str, ...]:
        return (("author_id",) if self.authors else ()) + (("referenced_tweets.id",) if self.quoted else ())

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        meta, listed = answer.object("meta"), isinstance(answer.fields.get("data"), list)
        if not listed and meta.count("result_count") is None:
            raise self._error(answer, response) or UnexpectedResponse(
                "the response is not a search result", status=response.status
            )
        posts = answer.objects("data")
        require_listed(meta.count("result_count"), posts, response)
        included = answer.object("includes")
        users = {number: user for user in included.objects("users") if (number := user.identifier("id"))}
        others = {number: post for post in included.objects("tweets") if (number := post.identifier("id"))}
        left = len(answer.objects("errors"))
        items = read_items(posts, lambda post, at: _item(post, users, others, at), response, "a post")
        request = response.request
        token = meta.identifier("next_token")
        since, sent = parse_time_checkpoint(request.since), dict(request.params)
        page = time_ordered_page(
            response,
            items,
            full=token is not None,
            following=None if token in (None, sent.get("next_token")) else with_params(request, next_token=str(token)),
            overlap=_OVERLAP,
            # Parts of the results it does not show, most often of accounts that are gone.
            note=f"X left out {left} {'part' if left == 1 else 'parts'} of the answer" if left else None,
        )
        paid = len(posts) + 2 * len(included.objects("users")) + len(included.objects("tweets"))
        beyond = since is not None and str(sent.get("start_time", "")) > unix_stamp(since.resume_from(_OVERLAP))
        return replace(page, cost=paid, truncated=page.truncated or (beyond and page.next is None))

    def explain(self, response: Response) -> SourceError | None:
        """What X says: the token, the app, the credits, the limits or the question."""
        return self._error(read_error(response) or JsonObject(), response)

    def _error(self, answer: JsonObject, response: Response) -> SourceError | None:
        """The problem of an answer that is none, by its type, title and status (docs.x.com, response codes)."""
        status = response.status
        first = next(iter(answer.objects("errors")), JsonObject())
        kind = " ".join(one_line(said.text(key), 200) for said in (answer, first) for key in ("type", "title")).lower()
        text = first.text("message") or answer.text("detail") or first.text("detail") or answer.text("title")
        said = error_text(text.replace(self.token.reveal(), "***")) or "no reason given"
        if status == 402 or "credits" in kind:
            return Forbidden("the app has no credits left at X: buy some, or raise its limit, at console.x.com",
                             status=status)  # fmt: skip
        if "usage-capped" in kind or "usagecap" in kind:
            until = response.received_at + timedelta(days=1)
            return RateLimited(f"X's own cap of posts a month is reached ({said})", until=until, status=status)
        if status == 429 or "rate-limit" in kind:
            return RateLimited("X has rate-limited us", until=_reset(response), status=status)
        if status == 401:
            return AuthFailed("X rejected the token: make a new bearer token at console.x.com", status=status)
        if status == 403 and ("client-forbidden" in kind or "unsupported-authentication" in kind):
            return Forbidden("X requires the bearer token of an app that belongs to a project with access to the search"
                             f" ({said})", status=status)  # fmt: skip
        if status == 403:
            return Forbidden(f"X does not allow this for the app: {said}", status=status)
        if status == 400 or (status == 200 and first):
            return UnexpectedResponse(f"X rejected this query: {said}", status=status)
        if status >= 500 and (first or answer.text("title")):
            return ServerError(f"X had a server error: {said}", status=status)
        return None


_FIELDS = (
    "author_id,created_at,edit_history_tweet_ids,entities,lang,note_tweet,public_metrics,referenced_tweets,withheld"
)


# --- what to ask ------------------------------------------------------------------------------------------------------


def _queries(brands: tuple[Brand, ...]) -> Iterator[tuple[str, str]]:
    """``(question, query)``; brands that come to the same query share it, and no term is asked for twice."""
    known: set[str] = set()
    named: set[str] = set()
    for brand in brands:
        clauses = [clause for clause in _clauses(brand) if clause.casefold() not in known]
        known.update(clause.casefold() for clause in clauses)
        for number, query in enumerate(_joined(clauses), start=1):
            question = f"posts:{search_terms.key(brand.name)}" + (f":{number}" if number > 1 else "")
            while question in named:  # a brand may be called as another's second query
                question += "+"
            named.add(question)
            yield question, query


#: What twitter-text takes into a hashtag beside letters, marks and digits (hashtagSpecialChars).
_TAG_JOINTS = "_\u00b7\u05be\u05f3\u05f4\u0f0b\u0f0c\u200c\u200d\u301c\u3003\u309b\u309c\u30a0\u30fb\ua67e\uff5e"


def _clauses(brand: Brand) -> Iterator[str]:
    """Each way the brand is spelt, as an operator of X's own.

    A handle with a dot or a second @ is of another network. ``url:`` finds a domain in the address a link leads to.
    """
    for name in search_terms.names((brand,)):
        yield f'"{" ".join(name.split())}"'
    for tag in search_terms.hashtags((brand,)):
        if search_terms.is_tag(tag, _TAG_JOINTS):
            yield f"#{tag}"
    for handle in search_terms.handles((brand,)):
        if _NAME.fullmatch(handle):
            yield f"@{handle}"
    for host in search_terms.hosts((brand,)):
        yield f'url:"{host}"'


def _joined(clauses: Sequence[str]) -> Iterator[str]:
    room = _LONGEST - len(_WITHOUT) - 2  # the brackets
    batch: list[str] = []
    for clause in clauses:
        if len(clause.encode()) > room:
            continue
        if batch and len(" OR ".join([*batch, clause]).encode()) > room:
            yield any_of(batch) + _WITHOUT
            batch = []
        batch.append(clause)
    if batch:
        yield any_of(batch) + _WITHOUT


def _start(since: TimeCheckpoint, now: datetime) -> str:
    """When to begin: not before what X still has, nor within its last seconds, which it refuses."""
    seconds = max(since.resume_from(_OVERLAP), int((now - _REACH).timestamp()))
    return unix_stamp(max(min(seconds, int(now.timestamp()) - _OVERLAP), 0))


# --- what came --------------------------------------------------------------------------------------------------------


def _reset(response: Response) -> datetime | None:
    """When the window that is spent begins anew: seconds since 1970."""
    seconds = response.headers.get("x-rate-limit-reset", "").strip()
    if not re.fullmatch(r"[0-9]{1,12}", seconds):
        return None
    until = from_unix(int(seconds), response)
    return until if until is not None and until > response.received_at else None


def _item(
    post: JsonObject, users: Mapping[str, JsonObject], others: Mapping[str, JsonObject], response: Response
) -> Item | None:
    number = _number(post.identifier("id"))
    if number is None or "text" not in post:
        return None
    user = users.get(post.identifier("author_id") or "", JsonObject())
    name = _handle(user)
    by_id = f"{_SITE}/i/status/{number}"
    url = f"{_SITE}/{name}/status/{number}" if name else by_id
    text, entities = _said(post)
    shown = _shown(text, entities)
    said = PlainText(shown, tuple(_links(entities)))
    referred = {one.text("type"): one.identifier("id") or "" for one in post.objects("referenced_tweets")[:10]}
    quoted = others.get(referred.get("quoted", ""), JsonObject())
    quote = _shown(*_said(quoted))
    parent = _number(referred.get("replied_to") or referred.get("retweeted"))
    metrics = post.object("public_metrics")
    # An edited post has a new number; under the older ones it was perhaps seen before.
    before = [f"{_SITE}/i/status/{old}" for text in post.texts("edit_history_tweet_ids")[:10] if (old := _number(text))]
    return Item(
        platform=X.platform,
        kind="post",
        external_id=number,
        url=url,
        text=f"{shown}\n\n{quote}".strip() if quote else shown,
        language=_language(post.text("lang")),
        author=_author(user, name),
        published_at=from_iso(post.text("created_at"), response),
        links=links_of(said, url, after=tuple(_links(_said(quoted)[1]))),
        tags=tags_of((one.text("tag") for one in entities.objects("hashtags")), 200),
        handles=tuple(dict.fromkeys(f"@{at}" for one in entities.objects("mentions") if (at := _handle(one)))),
        parent_url=None if parent is None else f"{_SITE}/i/status/{parent}",
        same_as=tuple(address for address in dict.fromkeys([by_id, *before]) if address != url),
        engagement=Engagement(
            likes=metrics.count("like_count"),
            reposts=metrics.count("retweet_count"),
            replies=metrics.count("reply_count"),
            views=metrics.count("impression_count"),
        ),
    )


def _number(text: str | None) -> str | None:
    return text if text is not None and _ID.fullmatch(text) and text.isascii() else None


def _said(post: JsonObject) -> tuple[str, JsonObject]:
    """The text with its entities: a long post holds only its beginning where a short one holds all."""
    note = post.object("note_tweet")
    if note.text("text").strip():
        return note.text("text"), note.object("entities")
    return post.text("text"), post.object("entities")


def _shown(text: str, entities: JsonObject) -> str:
    """The text as people see it: shortened links by the address they lead to.

    By the short address itself, not by its place: whether places count code points or UTF-16 code units, and before or
    after ``&amp;`` is written as one character, differs between answers of the API's versions.
    """
    shown = {link.text("url"): link.text("display_url")[:300] for link in entities.objects("urls")[:100]}
    text = _SHORT.sub(lambda found: shown.get(found[0]) or found[0], text[:_LONGEST_TEXT])
    return clean(unescape(text)).strip()


def _links(entities: JsonObject) -> Iterator[str]:
    for link in entities.objects("urls")[:100]:
        address = link.text("unwound_url") or link.text("expanded_url")
        if address and not _MEDIA.match(address):
            yield address


def _handle(account: JsonObject) -> str | None:
    name = account.identifier("username")
    return name if name and _NAME.fullmatch(name) else None


def _author(user: JsonObject, handle: str | None) -> Author:
    """Who wrote it; nobody where the account is gone, or was not asked for."""
    if handle is None:
        return Author()
    return Author(
        name=one_line(user.text("name"), 200) or handle,
        handle=handle,
        url=safe_url(f"{_SITE}/{handle}"),
        followers=user.object("public_metrics").count("followers_count"),
    )


def _language(code: str) -> str | None:
    code = code.lower()
    known = re.fullmatch(r"[a-z]{2,3}", code) is not None and code not in _NO_LANGUAGE
    return _OLD_LANGUAGE.get(code, code) if known else None
