"""Wikis that run MediaWiki, Wikipedia among them, by their full-text search."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from urllib.parse import quote

from mentionwatch.errors import Forbidden, LimitReached, NotUnderstood, ServerBroken, SourceError, UserError
from mentionwatch.exchange import Limits, Page, Request, Response
from mentionwatch.model import Brand, Item
from mentionwatch.sources._address import base_address
from mentionwatch.sources._found import page_of_results
from mentionwatch.sources._json import JsonObject, read_object
from mentionwatch.sources._links import links_of
from mentionwatch.sources._listing import page_of_list
from mentionwatch.sources._marks import read_times
from mentionwatch.sources._questions import texts
from mentionwatch.sources._said import in_words
from mentionwatch.sources._times import from_iso
from mentionwatch.text import one_line, plain_from_html
from mentionwatch.urls import host_of, safe_url

__all__ = ["MediaWiki"]

#: The most a search gives those without special rights.
_PER_PAGE = 50
#: Seconds asked again: edits reach the index through a queue.
_OVERLAP = 6 * 3_600
#: What the API calls being asked too often, or at a bad moment (mediawiki.org, API:Errors and warnings).
_LIMITS = frozenset({"ratelimited", "maxlag", "cirrussearch-too-busy-error", "search-too-busy"})
_DENIED = frozenset({"readapidenied", "permissiondenied", "blocked", "autoblocked", "globalblocking-blockedtext-range"})


@dataclass(frozen=True, slots=True)
class MediaWiki:
    """Pages of one wiki that hold a term, those edited last first, with an excerpt.

    A page is one mention, however often it is edited; its time is that of the last edit. Sorting by edit takes the
    search engine of Wikipedia and most large wikis; where a wiki says that it cannot, `sort = "relevance"` reads all
    results each time. Wikipedia is https://en.wikipedia.org.
    """

    type: ClassVar[str] = "mediawiki"
    platform: ClassVar[str] = "mediawiki"
    #: One request at a time is asked for, and fewer than the (unpublished) limits for guests since March 2026.
    limits: ClassVar[Limits] = Limits(spacing=1.0, concurrency=1, pages=10, every=3600.0)
    account: ClassVar[str] = "none"
    blind: ClassVar[str] = "who wrote it and in which edit, page histories, and all but an excerpt of a page"

    server: str = field(metadata={"help": "The wiki's address, like https://en.wikipedia.org."})
    api: str = field(default="/w/api.php", metadata={"help": "Path of the API; /api.php on many small wikis."})
    article: str = field(
        default="/wiki/$1",
        metadata={"help": "Path of an article, $1 for its title; /index.php/$1 on many small wikis."},
    )
    sort: Literal["last_edit", "relevance"] = field(
        default="last_edit", metadata={"help": "last_edit, or relevance on wikis whose search cannot sort by edit."}
    )
    namespaces: str = field(
        default="0|1",
        metadata={"help": "Numbers of the namespaces: 0 articles, 1 their talk pages, 4 the project's own."},
    )

    def __post_init__(self) -> None:
        problems = []
        if not re.fullmatch(r"/[\w./-]{1,200}", self.api, re.ASCII):
            problems.append("api: a path that begins with /, like /w/api.php")
        if not re.fullmatch(r"/[\w./?=&-]{0,200}\$1", self.article, re.ASCII):
            problems.append("article: a path that begins with / and ends with $1, like /wiki/$1")
        if not re.fullmatch(r"[0-9]{1,5}(?:\|[0-9]{1,5}){0,30}", self.namespaces, re.ASCII):
            problems.append("namespaces: numbers with | between them, like 0|1")
        if problems:
            raise UserError(*problems)
        object.__setattr__(self, "server", base_address("server", self.server))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for question, text in texts(brands):
            since = read_times(checkpoints.get(question))
            yield Request(
                question=question,
                url=f"{self.server}{self.api}",
                params=(
                    ("action", "query"),
                    ("list", "search"),
                    ("srsearch", f'"{text}"'),
                    ("srwhat", "text"),  # the default is the title alone on wikis with the database's own search
                    *((("srsort", "last_edit_desc"),) if self.sort == "last_edit" else ()),
                    ("srnamespace", self.namespaces),
                    ("srlimit", str(_PER_PAGE)),
                    ("srprop", "snippet|timestamp|size|wordcount"),
                    ("srinfo", "totalhits"),
                    ("maxlag", "5"),
                    ("format", "json"),
                    ("formatversion", "2"),
                ),
                accept="application/json",
                follow_redirects=False,
                since=None if since is None else str(since),
            )

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        if "error" in answer or "errors" in answer:
            raise self._error(answer, response)
        found = answer.object("query")
        if not isinstance(found.fields.get("search"), list):
            raise NotUnderstood("the answer has no list of search results", status=response.status)
        hits = found.objects("search")
        items = tuple(item for hit in hits if (item := self._item(hit, response)) is not None)
        if hits and not items:
            raise NotUnderstood("none of the results is a page of a wiki", status=response.status)
        offset = answer.object("continue").count("sroffset")
        request = response.request
        before = dict(request.params).get("sroffset", "0")
        following = None
        if offset is not None and offset > int(str(before)):
            params = (*(pair for pair in request.params if pair[0] != "sroffset"), ("sroffset", str(offset)))
            following = replace(request, params=params)
        if self.sort == "last_edit":
            return page_of_list(response, items, full=offset is not None, following=following, overlap=_OVERLAP)
        return page_of_results(response, items, more=offset is not None, following=following, overlap=_OVERLAP)

    def explain(self, response: Response) -> SourceError | None:
        """What the API says with an error status, which it seldom does."""
        try:
            answer = read_object(response)
        except NotUnderstood:
            return None
        if "error" not in answer and "errors" not in answer:
            return None
        return self._error(answer, response)

    def _error(self, answer: JsonObject, response: Response) -> SourceError:
        """The error an answer is; the API gives them with status 200."""
        error = answer.object("error") or next(iter(answer.objects("errors")), JsonObject())
        code = in_words(error.text("code"), 60)
        said = in_words(error.text("info") or error.text("text") or error.text("*")) or code or "no reason given"
        host, status = host_of(self.server), response.status
        if code in _LIMITS:
            seconds = response.headers.get("retry-after", "")
            wait = int(seconds) if re.fullmatch(r"[0-9]{1,5}", seconds) else None
            until = None if wait is None else response.received_at + timedelta(seconds=wait)
            return LimitReached(f"{host} asks us to wait: {said}", until=until, status=status)
        if code in _DENIED:
            return Forbidden(f"{host} does not let us read: {said}", status=status)
        if "srsort" in said:
            mend = 'this wiki\'s search cannot sort by the last edit: set sort = "relevance"'
            return NotUnderstood(f"{host}: {mend}", status=status)
        if code.startswith(("internal_api_error", "search-error", "cirrussearch")):
            return ServerBroken(f"{host} is in trouble: {said}", status=status)
        return NotUnderstood(f"{host} does not take this question: {said}", status=status)

    def _item(self, hit: JsonObject, response: Response) -> Item | None:
        title = one_line(hit.text("title"))
        if not title:
            return None
        url = safe_url(self.server + self.article.replace("$1", quote(title.replace(" ", "_"), safe="/:@!$*(),;~")))
        number = hit.count("pageid")
        if url is None:
            return None
        said = plain_from_html(hit.text("snippet"))
        script = self.api.rpartition("/")[0] + "/index.php"
        return Item(
            platform=self.platform,
            kind="page",
            external_id=f"{host_of(self.server)}/{number if number else title}",
            url=url,
            title=title,
            text=said.text,
            published_at=from_iso(hit.text("timestamp"), response),
            links=links_of(said, url),
            same_as=(f"{self.server}{script}?curid={number}",) if number else (),
        )
