"""Stack Overflow and every other site of Stack Exchange."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import ClassVar

from mentionwatch.errors import AuthFailed, RateLimited, ServerError, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.protocols import RecheckedItems, RecheckRequest
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_unix, server_time
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, require_any, tags_of
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_error, read_list, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.recheck import MAX_REPLIES, by_position, id_batches
from mentionwatch.sources.toolkit.requests import json_request, with_params
from mentionwatch.sources.toolkit.time_paging import time_ordered_page
from mentionwatch.text import one_line, plain_from_html, unescape
from mentionwatch.times import minute
from mentionwatch.urls import host_of, safe_url

#: The most the API gives at once.
_PER_PAGE = 100
#: Seconds asked again before the checkpoint: the search index is some minutes behind.
_OVERLAP = 3_600
#: Sites with a domain of their own; all others lie below stackexchange.com.
_DOMAINS = {
    "askubuntu": "askubuntu.com",
    "mathoverflow": "mathoverflow.net",
    "serverfault": "serverfault.com",
    "stackapps": "stackapps.com",
    "stackoverflow": "stackoverflow.com",
    "superuser": "superuser.com",
}
_QUESTIONS, _ANSWERS, _COMMENTS = "/2.3/search/advanced", "/2.3/search/excerpts", "/2.3/comments"
#: ``error_id`` of "asked too often" (api.stackexchange.com/docs/error-handling).
_THROTTLED, _UNAVAILABLE = 502, 503


@dataclass(frozen=True, slots=True)
class StackExchange:
    """Questions and answers on one site of Stack Exchange that hold a name, bear a tag or link to a domain.

    Names are searched for in questions and in answers, hashtags among the tags, domains among the links of questions.
    Without a key 300 requests a day are allowed to an address; a free one from stackapps.com makes it 10,000. Each
    source costs two requests for a name; sources of several sites share the day's quota.
    """

    type: ClassVar[str] = "stackexchange"
    platform: ClassVar[str] = "stackexchange"
    #: 300 a day for an address, 10,000 with a key; 30 a second are answered by a ban
    #: (api.stackexchange.com/docs/throttle).
    limits: ClassVar[Limits] = Limits(min_interval=0.5, concurrency=1, pages=5, every=3600.0, per_day=300)
    account: ClassVar[str] = "none; a free key for more than a few terms"
    limitations: ClassVar[str] = "links in answers; comments, which cannot be searched, unless all of the site are read"

    site: str = option("stackoverflow", "The site: stackoverflow, serverfault, unix, pt.stackoverflow …")
    key: Secret | None = option(None, "Key of an app registered at stackapps.com.")
    comments: bool = option(False, "Read every new comment of the site; a large one takes some requests an hour.")
    base_url: str = option("https://api.stackexchange.com", "Address of the API, if not the public one.")

    def __post_init__(self) -> None:
        site = self.site.strip().lower()
        site = (host_of(site) or site) if "://" in site else site
        site = re.sub(r"\.(?:stackexchange\.com|com|net)$", "", site)
        if not re.fullmatch(r"[a-z0-9-]{1,40}(?:\.[a-z0-9-]{1,40})?", site):
            raise UserError(
                f"site: {one_line(self.site, 60)!r} is not a Stack Exchange site; write it like stackoverflow"
            )
        object.__setattr__(self, "site", site)
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    @property
    def own_limits(self) -> Limits:
        """The quota that the key gives."""
        return self.limits if self.key is None else replace(self.limits, per_day=10_000)

    @property
    def _host(self) -> str:
        """Where people read the site: ``unix`` is unix.stackexchange.com, ``pt.stackoverflow`` pt.stackoverflow.com."""
        own = _DOMAINS.get(self.site.rpartition(".")[2])
        if own is None:
            return f"{self.site}.stackexchange.com"
        return f"{self.site.rpartition('.')[0]}.{own}".lstrip(".")

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        everything = (("comments", _COMMENTS, ()),) if self.comments else ()
        for question, path, asked in (*everything, *_questions(brands)):
            since = parse_time_checkpoint(checkpoints.get(question))
            yield json_request(
                question,
                f"{self.base_url}{path}",
                (
                    *asked,
                    ("site", self.site),
                    ("sort", "creation"),
                    ("order", "desc"),
                    ("pagesize", str(_PER_PAGE)),
                    *((("fromdate", str(since.resume_from(_OVERLAP))),) if since else ()),
                    *((("filter", "withbody"),) if path != _ANSWERS else ()),
                    *((("key", self.key),) if self.key else ()),
                ),
                since=since,
            )

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        posts = read_list(answer, "items", response)
        request = response.request
        named = "comment_id" if request.query_key == "comments" else "question_id"
        known = [post for post in posts if post.identifier(named)]
        require_any(known, posts, response, "a question or an answer")
        reader = {"answers": self._answer, "comments": self._comment}.get(
            request.query_key.partition(":")[0], self._question
        )
        page = time_ordered_page(
            response,
            [item for post in posts if (item := reader(post, response)) is not None],
            full=answer.flag("has_more"),
            following=with_params(request, page=str(request.page + 2)),
            overlap=_OVERLAP,
            times=[at for post in posts if (at := post.count("creation_date")) is not None],
        )
        return replace(page, pause=_pause(answer, response))

    def recheck_requests(self, items: Sequence[Item], threads: Sequence[Item]) -> Iterator[RecheckRequest]:
        for kind, path in (("q", "questions"), ("a", "answers")):
            for ids, asked in id_batches(((self._number_of(item, kind), item) for item in items), _PER_PAGE):
                yield RecheckRequest(self._posts_request(f"again:{path}:{ids[0]}", f"{path}/{';'.join(ids)}"), asked)
        for ids, asked in id_batches(((self._number_of(item, "q"), item) for item in threads), _PER_PAGE):
            request = self._posts_request(f"thread:{ids[0]}", f"questions/{';'.join(ids)}/answers")
            yield RecheckRequest(request, thread=asked[0])

    def parse_recheck(self, response: Response, recheck: RecheckRequest) -> RecheckedItems:
        answer = read_object(response)
        posts = read_list(answer, "items", response)
        answers = recheck.thread is not None or ":answers:" in response.request.query_key
        read = (
            self._answer(JsonObject({**post.fields, "item_type": "answer"}), response)
            if answers
            else self._question(post, response)
            for post in posts
        )
        items = [item for item in read if item is not None]
        pause = _pause(answer, response)
        if recheck.thread is not None:
            return RecheckedItems(more=tuple(items[:MAX_REPLIES]), pause=pause)
        kind = "a" if answers else "q"
        came = {number: item for item in items if (number := self._number_of(item, kind)) is not None}
        # The search gives an excerpt of an answer, and no counts.
        ids = [self._number_of(item, kind) for item in recheck.items]
        return RecheckedItems(by_position(ids, came), excerpts=answers, pause=pause)

    def _number_of(self, item: Item, kind: str) -> str | None:
        """The number of a question (``q``) or an answer (``a``) of this site, from its id or from where it is read."""
        if found := re.fullmatch(rf"{re.escape(self._host)}/{kind}/([0-9]{{1,12}})", item.external_id or ""):
            return found[1]
        if item.external_id is not None or host_of(item.url or "") != self._host:
            return None
        answer = re.search(r"/a/([0-9]{1,12})(?:/|$)|#([0-9]{1,12})$", item.url or "")
        if kind == "a":
            return (answer[1] or answer[2]) if answer else None
        question = re.search(r"/(?:q|questions)/([0-9]{1,12})(?:/|$)", item.url or "")
        return question[1] if question and not answer else None

    def _posts_request(self, question: str, path: str) -> Request:
        return json_request(
            question,
            f"{self.base_url}/2.3/{path}",
            (
                ("site", self.site),
                ("pagesize", str(_PER_PAGE)),
                ("filter", "withbody"),
                *((("key", self.key),) if self.key else ()),
            ),
        )

    def explain(self, response: Response) -> SourceError | None:
        """The API's own error number: it says "too often" with status 400."""
        if (answer := read_error(response)) is None:
            return None
        status, number = response.status, answer.integer("error_id")
        name, said = one_line(answer.text("error_name"), 60), one_line(answer.text("error_message"), 200)
        if number == _THROTTLED or name == "throttle_violation":
            wait = re.search(r"available in (\d{1,7}) seconds", said)
            until = response.received_at + timedelta(seconds=int(wait[1])) if wait else None
            when = f" until {minute(until)} UTC" if until else ""
            hint = "" if self.key else "; a free key (stackapps.com) allows more"
            return RateLimited(f"Stack Exchange has rate-limited us{when}{hint}", until=until, status=status)
        if number == _UNAVAILABLE:
            return ServerError("Stack Exchange is not available for a while; will retry", status=status)
        if number is not None and re.search(r"\bkey\b", said):
            return AuthFailed("Stack Exchange rejected the key: set it to one from stackapps.com", status=status)
        if number is not None and "site" in said:
            return UnexpectedResponse(f"Stack Exchange has no site {self.site!r}", status=status)
        if number is not None:
            return UnexpectedResponse(f"Stack Exchange rejected this query: {said or name}", status=status)
        return None

    def _question(self, post: JsonObject, response: Response) -> Item | None:
        number = post.number_id("question_id")
        if number is None:
            return None
        url = safe_url(post.text("link")) or f"https://{self._host}/questions/{number}"
        said = plain_from_html(post.text("body"), f"https://{self._host}")
        return Item(
            platform=self.platform,
            kind="post",
            external_id=f"{self._host}/q/{number}",
            url=url,
            title=one_line(unescape(post.text("title"))) or None,
            text=said.text,
            author=_author(post.object("owner")),
            published_at=from_unix(post.count("creation_date"), response),
            links=links_of(said, url),
            tags=tags_of(post.texts("tags")),
            engagement=Engagement(
                score=post.integer("score"), replies=post.count("answer_count"), views=post.count("view_count")
            ),
        )

    def _answer(self, post: JsonObject, response: Response) -> Item | None:
        """An answer among the excerpts, which hold the questions, too; who wrote it is not said."""
        number, question = post.number_id("answer_id"), post.number_id("question_id")
        if post.text("item_type") != "answer" or number is None:
            return None
        above = f"https://{self._host}/questions/{question}" if question else None
        return self._reply(post, f"a/{number}", f"https://{self._host}/a/{number}", above, response)

    def _comment(self, post: JsonObject, response: Response) -> Item | None:
        """A comment under a question or an answer: both are found by their number under /q/."""
        number, place = post.number_id("comment_id"), post.number_id("post_id")
        if number is None or place is None:
            return None
        above = f"https://{self._host}/q/{place}"
        return self._reply(post, f"c/{number}", f"{above}#comment{number}_{place}", above, response)

    def _reply(self, post: JsonObject, name: str, url: str, above: str | None, response: Response) -> Item:
        said = plain_from_html(post.text("body") or post.text("excerpt"), f"https://{self._host}")
        score = post.integer("answer_score")
        return Item(
            platform=self.platform,
            kind="comment",
            external_id=f"{self._host}/{name}",
            url=url,
            text=said.text,
            author=_author(post.object("owner")),
            published_at=from_unix(post.count("creation_date"), response),
            links=links_of(said, url),
            parent_url=above,
            engagement=Engagement(score=post.integer("score") if score is None else score),
        )


def _questions(brands: tuple[Brand, ...]) -> Iterable[tuple[str, str, tuple[tuple[str, str], ...]]]:
    for name in search_terms.names(brands):
        yield f"questions:{search_terms.key(name)}", _QUESTIONS, (("q", f'"{name}"'),)
        yield f"answers:{search_terms.key(name)}", _ANSWERS, (("q", f'"{name}"'),)
    for tag in search_terms.hashtags(brands):
        # A semicolon would part two tags.
        yield f"tag:{search_terms.key(tag)}", _QUESTIONS, (("tagged", tag.lower().replace(";", "")),)
    for host in search_terms.hosts(brands):
        yield f"url:{host}", _QUESTIONS, (("url", f"*{host}*"),)


def _pause(answer: JsonObject, response: Response) -> float:
    """``backoff`` seconds; with the last request of the day spent until its end, which is UTC's."""
    clock = server_time(response)
    if answer.integer("quota_remaining") == 0:
        tomorrow = datetime.combine(clock.date() + timedelta(days=1), time.min, UTC)
        return (tomorrow - clock).total_seconds()
    return min(max(answer.number("backoff") or 0.0, 0.0), 86_400.0)


def _author(owner: JsonObject) -> Author:
    """Names come escaped; who has left is a name without an account."""
    name = one_line(unescape(owner.text("display_name")), 200) or None
    return Author(name=name, handle=name if owner.identifier("user_id") else None, url=safe_url(owner.text("link")))
