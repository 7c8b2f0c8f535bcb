"""Wikis that run MediaWiki, Wikipedia among them, by their full-text search."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from urllib.parse import quote

from mentionwatch.errors import Forbidden, RateLimited, ServerError, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Limits, Page, Request, Response
from mentionwatch.model import Brand, Item
from mentionwatch.sources.platforms._wikitext import holds, passages
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint, parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, require_any, require_listed
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_error, read_list, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.requests import json_request, with_params
from mentionwatch.sources.toolkit.time_paging import time_ordered_page
from mentionwatch.sources.toolkit.unordered_results import unordered_page
from mentionwatch.text import PlainText, one_line, plain_from_html
from mentionwatch.urls import host_of, safe_url

#: The most a search gives those without special rights.
_PER_PAGE = 50
#: Seconds asked again: edits reach the index through a queue.
_OVERLAP = 6 * 3_600
#: What the API calls being asked too often, or at a bad moment (mediawiki.org, API:Errors and warnings).
_LIMITS = frozenset({"ratelimited", "maxlag", "cirrussearch-too-busy-error", "search-too-busy"})
_DENIED = frozenset({"readapidenied", "permissiondenied", "blocked", "autoblocked", "globalblocking-blockedtext-range"})


@dataclass(frozen=True, slots=True)
class MediaWiki:
    """Pages of one wiki that hold a term, those edited last first, with an excerpt, and pages that link to a domain.

    A page is one mention, however often it is edited; its time is that of the last edit. Where the wiki's own excerpt
    does not show the term, the page's text is asked for. Sorting by edit takes the
    search engine of Wikipedia and most large wikis; where a wiki says that it cannot, `sort = "relevance"` reads all
    results each time. Wikipedia is https://en.wikipedia.org.
    """

    type: ClassVar[str] = "mediawiki"
    platform: ClassVar[str] = "mediawiki"
    #: One request at a time is asked for, and fewer than the (unpublished) limits for guests since March 2026.
    #: A page of results may want a second request, for the texts that its excerpts lack.
    limits: ClassVar[Limits] = Limits(min_interval=1.0, concurrency=1, pages=20, every=3600.0)
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = "who wrote it and in which edit, page histories, and all but an excerpt of a page"

    server: str = field(metadata={"help": "The wiki's address, like https://en.wikipedia.org."})
    api: str = option("/w/api.php", "Path of the API; /api.php on many small wikis.")
    article: str = option("/wiki/$1", "Path of an article, $1 for its title; /index.php/$1 on many small wikis.")
    sort: Literal["last_edit", "relevance"] = option(
        "last_edit", "last_edit, or relevance on wikis whose search cannot sort by edit."
    )
    namespaces: str = option("0|1", "Numbers of the namespaces: 0 articles, 1 their talk pages, 4 the project's own.")

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
        object.__setattr__(self, "server", normalize_base_url("server", self.server))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for question, text in search_terms.phrases(brands):
            since = parse_time_checkpoint(checkpoints.get(question))
            yield self._ask(question, self._search(text), since)
        for host in search_terms.hosts(brands):
            for scheme in ("https", "http"):  # one of them at once is all that older wikis look for
                question = f"link:{scheme}:{host}"
                yield self._ask(question, _linking(scheme, host), parse_time_checkpoint(checkpoints.get(question)))

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        if "error" in answer or "errors" in answer:
            raise self._error(answer, response)
        asked = {name: str(value) for name, value in response.request.params}
        if "pageids" in asked:
            return self._texts(answer, response, asked["pageids"].split("|"))
        if response.request.query_key.startswith("link:"):
            return self._linked(answer, response)
        found = answer.object("query")
        hits = read_list(found, "search", response, "search results")
        require_listed(found.object("searchinfo").count("totalhits"), hits, response)
        read = [(hit, item) for hit in hits if (item := self._item(hit, response)) is not None]
        require_any(read, hits, response, "a page of a wiki")
        items = tuple(item for _, item in read)
        offset = answer.object("continue").count("sroffset")
        before = asked.get("sroffset", "0")
        following = None
        if offset is not None and offset > int(before):
            following = with_params(response.request, sroffset=str(offset))
        if self.sort == "last_edit":
            page = time_ordered_page(response, items, full=offset is not None, following=following, overlap=_OVERLAP)
        else:
            page = unordered_page(response, items, more=True, following=following, overlap=_OVERLAP)
        return self._with_texts(page, read, response, asked.get("srsearch", "").strip('"'))

    def _ask(self, question: str, params: tuple[tuple[str, str], ...], since: TimeCheckpoint | None) -> Request:
        return json_request(
            question,
            f"{self.server}{self.api}",
            (
                ("action", "query"),
                *((name, self.namespaces if name.endswith("namespace") else value) for name, value in params),
                ("maxlag", "5"),
                ("format", "json"),
                ("formatversion", "2"),
            ),
            since=since,
        )

    def _search(self, text: str) -> tuple[tuple[str, str], ...]:
        return (
            ("list", "search"),
            ("srsearch", f'"{text}"'),
            ("srwhat", "text"),  # the default is the title alone on wikis with the database's own search
            *((("srsort", "last_edit_desc"),) if self.sort == "last_edit" else ()),
            ("srnamespace", ""),
            ("srlimit", str(_PER_PAGE)),
            ("srprop", "snippet|timestamp|size|wordcount"),
            ("srinfo", "totalhits"),
        )

    # --- texts that the excerpts lack --------------------------------------------------------------------------------

    def _with_texts(self, page: Page, read: list[tuple[JsonObject, Item]], response: Response, text: str) -> Page:
        """The page of results less those whose excerpt does not show the term, and the request for their texts.

        The search of a small wiki finds “Acme-Coffee” and gives an empty excerpt. What was edited before the last
        checkpoint has been read then.
        """
        since = parse_time_checkpoint(response.request.since)
        floor = None if since is None else since.resume_from(_OVERLAP)
        lacking: dict[str, str] = {}
        for hit, item in read:
            number, at = hit.count("pageid"), item.published_at
            seen = floor is not None and at is not None and int(at.timestamp()) <= floor
            if number and item.external_id and not holds(f"{item.title}\n{item.text}", text) and not seen:
                lacking.setdefault(item.external_id, str(number))
        lacking = {name: number for name, number in lacking.items() if any(name == i.external_id for i in page.items)}
        if not lacking:
            return page
        after = page.next
        offset = "" if after is None else dict(after.params).get("sroffset", "")
        mark = (after.page_state or "") if after is not None else ""
        return replace(
            page,
            items=tuple(item for item in page.items if item.external_id not in lacking),
            next=self._ask_texts(response.request, list(lacking.values()), f"{offset} {mark} {text}"),
            unfinished=True,
        )

    def _ask_texts(self, request: Request, numbers: list[str], carry: str) -> Request:
        """``page_state``: where the search goes on afterwards, its mark, and what is searched for."""
        params = (("pageids", "|".join(numbers)), ("prop", "revisions"), ("rvprop", "timestamp|content"),
                  ("rvslots", "main"))  # fmt: skip
        asked = self._ask(request.query_key, params, parse_time_checkpoint(request.since))
        return replace(asked, page=request.page + 1, page_state=carry)

    def _texts(self, answer: JsonObject, response: Response, numbers: list[str]) -> Page:
        """The pages whose texts were asked for; what the wiki left out for its size is asked for again."""
        offset, mark, text = (response.request.page_state or "").split(" ", 2)
        pages = answer.object("query").objects("pages")
        items, left = [], []
        for each in pages:
            number, revision = each.count("pageid"), next(iter(each.objects("revisions")), None)
            if revision is None and not each.flag("missing") and number:
                left.append(str(number))
            if revision is None:
                continue
            typed = revision.object("slots").object("main").text("content")
            item = self._item(
                each, response, said=passages(typed, text) or PlainText(""), at=revision.text("timestamp")
            )
            if item is not None:
                items.append(item)
        if not pages:
            raise UnexpectedResponse("the response has no pages", status=response.status)
        here = Page(tuple(items), checkpoint=response.request.since or "0")
        left = [number for number in left if number in numbers]
        if left and len(left) < len(numbers):
            again = self._ask_texts(response.request, left, response.request.page_state or "")
            return replace(here, next=again, unfinished=True)
        if not offset:
            return here
        search = self._ask(response.request.query_key, (*self._search(text), ("sroffset", offset)),
                           parse_time_checkpoint(response.request.since))  # fmt: skip
        return replace(here, next=replace(search, page=response.request.page + 1, page_state=mark))

    # --- pages that link to a domain ---------------------------------------------------------------------------------

    def _linked(self, answer: JsonObject, response: Response) -> Page:
        """The pages the wiki knows to link to a domain; it says nothing of what stands around the link."""
        pages = answer.object("query").objects("pages")
        if not pages and not isinstance(answer.fields.get("batchcomplete"), bool):
            raise UnexpectedResponse("the response has no pages", status=response.status)
        items = []
        for each in pages:
            urls = tuple(link.text("url") for link in each.objects("extlinks"))
            at = next(iter(each.objects("revisions")), JsonObject()).text("timestamp")
            item = self._item(each, response, said=PlainText("", urls), at=at)
            if item is not None and item.links:
                items.append(item)
        onward = _onward(answer)
        asked = dict(response.request.params)
        following = None
        if any(asked.get(name) != value for name, value in onward):
            names = {name for name, _ in onward}
            params = tuple(pair for pair in response.request.params if pair[0] not in names)
            following = replace(response.request, params=(*params, *onward))
        page = unordered_page(response, items, more=following is not None, following=following, overlap=_OVERLAP)
        if following is not None and "batchcomplete" not in answer and pages:
            # Links or times of these very pages are still to come.
            return replace(page, next=replace(following, page=response.request.page + 1), unfinished=True)
        return page

    def explain(self, response: Response) -> SourceError | None:
        """What the API says with an error status, which it seldom does."""
        if (answer := read_error(response)) is None:
            return None
        if "error" not in answer and "errors" not in answer:
            return None
        return self._error(answer, response)

    def _error(self, answer: JsonObject, response: Response) -> SourceError:
        """The error an answer is; the API gives them with status 200."""
        error = answer.object("error") or next(iter(answer.objects("errors")), JsonObject())
        code = error_text(error.text("code"), 60)
        said = error_text(error.text("info") or error.text("text") or error.text("*")) or code or "no reason given"
        host, status = host_of(self.server), response.status
        if code in _LIMITS:
            seconds = response.headers.get("retry-after", "")
            wait = int(seconds) if re.fullmatch(r"[0-9]{1,5}", seconds) else None
            until = None if wait is None else response.received_at + timedelta(seconds=wait)
            return RateLimited(f"{host} has rate-limited us: {said}", until=until, status=status)
        if code in _DENIED:
            return Forbidden(f"{host} does not allow reading: {said}", status=status)
        if "srsort" in said:
            hint = 'this wiki\'s search cannot sort by the last edit: set sort = "relevance"'
            return UnexpectedResponse(f"{host}: {hint}", status=status)
        if code.startswith(("internal_api_error", "search-error", "cirrussearch")):
            return ServerError(f"{host} had a server error: {said}", status=status)
        return UnexpectedResponse(f"{host} rejected this query: {said}", status=status)

    def _item(
        self, hit: JsonObject, response: Response, *, said: PlainText | None = None, at: str | None = None
    ) -> Item | None:
        """A page; ``said`` and ``at`` are what it says and when, where the hit itself does not tell."""
        title = one_line(hit.text("title"))
        if not title:
            return None
        url = safe_url(self.server + self.article.replace("$1", quote(title.replace(" ", "_"), safe="/:@!$*(),;~")))
        number = hit.count("pageid")
        if url is None:
            return None
        said = plain_from_html(hit.text("snippet")) if said is None else said
        script = self.api.rpartition("/")[0] + "/index.php"
        return Item(
            platform=self.platform,
            kind="page",
            external_id=f"{host_of(self.server)}/{number if number else title}",
            url=url,
            title=title,
            text=said.text,
            published_at=from_iso(hit.text("timestamp") if at is None else at, response),
            links=links_of(said, url),
            same_as=(f"{self.server}{script}?curid={number}",) if number else (),
        )


def _linking(scheme: str, host: str) -> tuple[tuple[str, str], ...]:
    """The pages that link to a host or one of its subdomains (API:Exturlusage), with those links and the last edit."""
    return (
        ("generator", "exturlusage"),
        ("geuquery", f"*.{host}"),
        ("geuprotocol", scheme),
        ("geunamespace", ""),
        ("geulimit", str(_PER_PAGE)),
        ("prop", "revisions|extlinks"),
        ("rvprop", "timestamp"),
        ("elquery", f"*.{host}"),
        ("elprotocol", scheme),
        ("ellimit", "500"),
    )


def _onward(answer: JsonObject) -> tuple[tuple[str, str], ...]:
    """How the wiki wants to be asked for more: its own parameters of paging, and no others."""
    told = answer.object("continue")
    pairs = ((name, one_line(told.text(name), 500)) for name in sorted(told.fields))
    return tuple(
        (name, value) for name, value in pairs if value and re.fullmatch(r"[a-z]{0,20}(?:continue|offset)", name)
    )
