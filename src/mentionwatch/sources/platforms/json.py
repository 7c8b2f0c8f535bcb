"""Any search that answers in JSON, described in the configuration: no program needs to be written for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import quote, urlsplit

from mentionwatch.errors import AuthFailed, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item, ItemKind
from mentionwatch.sources.platforms._json_options import PATH_OPTIONS, PLACEHOLDER, TEXTS, JsonOptions, link_paths
from mentionwatch.sources.platforms._json_path import explain_missing, parse_path, resolve
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import (
    TimeCheckpoint,
    advance_checkpoint,
    parse_time_checkpoint,
    timestamps,
)
from mentionwatch.sources.toolkit.items import links_of, plain_text
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_json
from mentionwatch.sources.toolkit.requests import json_request
from mentionwatch.sources.toolkit.time_paging import page_fingerprint, reaches_back_to
from mentionwatch.sources.toolkit.unordered_results import unordered_page
from mentionwatch.text import one_line, plain_from_html
from mentionwatch.times import stamp
from mentionwatch.urls import host_of, safe_url

#: Entries after which a page may be taken for a full one where the configuration does not say how many it holds.
_FULL = 10
#: Where APIs put their own words for what went wrong.
_SAID = ("error_description", "message", "error", "detail", "info", "title", "reason")


@dataclass(frozen=True, slots=True)
class Json(JsonOptions):
    """Any search or list that answers in JSON, described in the configuration by paths into its answer.

    The address may hold {query} (a term), {phrase} (the same in quotation marks), {tag} (a term as a hashtag), {since}
    (the time of the last answer), {page} or {offset} (how far to skip) and {cursor}; each is filled in and escaped, and
    a parameter whose value is empty is left out. Without a term in it the address is asked once and all it lists is
    matched here. Paths are written data.results, author.name, links[0].href, tags[].name. Pages are turned by {page},
    {offset}, or by the path `next`, which leads to a cursor for {cursor} or to the next page's address; they are
    turned back to the last answer when entries are dated. Only GET is spoken.
    """

    type: ClassVar[str] = "json"
    platform: ClassVar[str] = "json"
    #: Unknown by nature: `spacing`, `pages` and `per_day` say what the platform allows.
    limits: ClassVar[Limits] = Limits(min_interval=1.0, concurrency=1, pages=10, every=900.0)
    account: ClassVar[str] = "as the platform asks: a token goes into a header or a parameter"
    limitations: ClassVar[str] = (
        "what the described search does not give; without `published`, all beyond the first page"
    )

    @property
    def own_limits(self) -> Limits:
        return replace(self.limits, min_interval=self.spacing, pages=self.pages, per_day=self.per_day or None)

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for question, text in self._questions(brands):
            since = parse_time_checkpoint(checkpoints.get(question))
            floor = now - self.first if since is None else _moment(since.resume_from(self._overlap))
            yield json_request(
                question,
                self._filled(text, floor, page=0, offset=0, cursor=""),
                params=self._params(),
                headers=self._headers(),
                since=since,
            )

    def parse(self, response: Response) -> Page:
        answer = read_json(response)
        entries = self._entries(answer, response)
        found = [(self._item(entry, response), entry) for entry in entries]
        items = tuple(item for item, _ in found if item is not None)
        if entries and not items:
            raise UnexpectedResponse(
                f"link: {self.link!r} does not lead to an address in any of the {len(entries)} entries: "
                f"{self._link_missing(entries[0])}",
                status=response.status,
            )
        return replace(self._turn(answer, entries, items, response), note=self._unresolved_fields(entries))

    def explain(self, response: Response) -> SourceError | None:
        """The platform's own words in an error answer, where it is JSON."""
        said = _error_words(response)
        if response.status == 401:
            hint = "the token was rejected: renew it" if self.token else "a token is needed: set token"
            return AuthFailed(f"{hint}{f' ({said})' if said else ''}", status=401)
        if response.status in (400, 404, 422) and said:
            return UnexpectedResponse(f"the server rejected this query: {said}", status=response.status)
        return None

    # --- asking -------------------------------------------------------------------------------------------------------

    @property
    def _overlap(self) -> int:
        return int(self.overlap.total_seconds())

    def _questions(self, brands: tuple[Brand, ...]) -> Iterator[tuple[str, str]]:
        used = set(PLACEHOLDER.findall(self.url))
        if "tag" in used:
            yield from ((f"tag:{tag}", tag) for tag in search_terms.tags(brands))
        elif used & TEXTS:
            # As it is asked, letter case and all: the next page's address is made from the question.
            yield from ((f"text:{text}", text) for _, text in search_terms.phrases(brands))
        else:
            yield "all", ""

    def _filled(self, text: str, since: datetime, *, page: int, offset: int, cursor: str) -> str:
        """The address with everything in its place; a parameter that comes to nothing is left out."""
        given = {
            "query": text,
            "phrase": f'"{text}"',
            "tag": text,
            "since": self._since(since),
            "page": str(self.first_page + page),
            "offset": str(offset),
            "cursor": cursor,
        }

        def fill(part: str) -> str:
            return PLACEHOLDER.sub(lambda found: quote(given[found[1]], safe=""), part)

        path, _, query = self.url.partition("?")
        pieces = [
            fill(piece)
            for piece in query.split("&")
            if all(given[name] for name in PLACEHOLDER.findall(piece)) and piece
        ]
        return fill(path) + (f"?{'&'.join(pieces)}" if pieces else "")

    def _since(self, since: datetime) -> str:
        if self.since_format == "iso":
            return stamp(since)
        if self.since_format in ("unix", "ms"):
            return str(int(since.timestamp()) * (1000 if self.since_format == "ms" else 1))
        return since.strftime(self.since_format)

    def _params(self) -> tuple[tuple[str, str | Secret], ...]:
        return ((self.token_param, self.token),) if self.token is not None and self.token_param else ()

    def _headers(self) -> dict[str, str | Secret]:
        if self.token is None or self.token_param:
            return {}
        scheme = f"{self.token_scheme} " if self.token_scheme else ""
        return {self.token_header: Secret(f"{scheme}{self.token.reveal()}")}

    # --- reading ------------------------------------------------------------------------------------------------------

    def _entries(self, answer: object, response: Response) -> list[object]:
        if self.error and any(resolve(answer, parse_path(self.error))):
            said = next(
                (one_line(each, 200) for each in resolve(answer, parse_path(self.error)) if isinstance(each, str)), ""
            )
            raise UnexpectedResponse(f"the response is an error: {said or 'without a word'}", status=response.status)
        path = parse_path(self.items)
        lists = resolve(answer, path)
        if not lists and self.absent_is_empty and isinstance(answer, dict) and not _looks_like_an_error(answer):
            return []
        if None in path:  # data[].children[] is a list made of lists
            entries = list(lists)
        elif len(lists) == 1 and isinstance(lists[0], list):
            entries = lists[0]
        else:
            raise UnexpectedResponse(
                f"items: {self.items!r} does not lead to a list: {explain_missing(answer, path)}",
                status=response.status,
            )
        entries = [entry for entry in entries[:1_000] if isinstance(entry, dict)]
        if not entries and lists and lists != [[]]:
            raise UnexpectedResponse(f"items: {self.items!r} is a list without objects in it", status=response.status)
        return entries

    def _item(self, entry: object, response: Response) -> Item | None:
        url = self._link(entry)
        if url is None:
            return None
        number = JsonObject({"id": self._one(entry, self.id)}).identifier("id") if self.id else None
        raw = self._text(entry, self.text)
        said = plain_from_html(raw, url) if self.text_is == "html" else plain_text(raw)
        handle = one_line(self._text(entry, self.author_handle)).lstrip("@")
        parent = safe_url(self._text(entry, self.parent), url) if self.parent else None
        kind: ItemKind = self.kind
        return Item(
            platform=self.platform,
            kind=kind,
            # Two endpoints of a host may count from 1 each.
            external_id=url if number is None else f"{self._place}/{number}",
            url=url,
            title=one_line(plain_from_html(self._text(entry, self.title)).text) or None,
            text=said.text,
            language=_language(self._text(entry, self.language)),
            author=Author(
                name=one_line(self._text(entry, self.author)) or handle or None,
                handle=handle or None,
                url=safe_url(self._text(entry, self.author_url), url) if self.author_url else None,
                followers=self._count(entry, self.followers),
            ),
            published_at=self._time(entry, response),
            links=links_of(said, url, after=self._addresses(entry, url)),
            tags=self._tags(entry),
            parent_url=parent if parent != url else None,
            engagement=Engagement(
                likes=self._count(entry, self.likes),
                reposts=self._count(entry, self.reposts),
                replies=self._count(entry, self.replies),
                score=JsonObject({"n": self._one(entry, self.score)}).integer("n") if self.score else None,
                views=self._count(entry, self.views),
            ),
            rating=self._stars(entry),
        )

    @property
    def _place(self) -> str:
        """Host and path of the search up to its first placeholder: within it an id names one thing."""
        parts = urlsplit(self.url.partition("{")[0].partition("?")[0])
        return f"{host_of(self.url)}{parts.path}".rstrip("/")

    def _one(self, entry: object, path: str) -> object:
        return next(iter(resolve(entry, parse_path(path))), None) if path else None

    def _text(self, entry: object, path: str) -> str:
        value = self._one(entry, path)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        return value if isinstance(value, str) else ""

    def _count(self, entry: object, path: str) -> int | None:
        value = self._one(entry, path)
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
            value = int(value)  # YouTube and others write numbers as texts
        return JsonObject({"n": value}).count("n")

    def _stars(self, entry: object) -> float | None:
        text = self._text(entry, self.rating)
        stars = float(text) if re.fullmatch(r"[0-9]{1,2}(?:\.[0-9]{1,6})?", text) else 0.0
        return stars if 1 <= stars <= 5 else None

    def _time(self, entry: object, response: Response) -> datetime | None:
        text = self._text(entry, self.published).strip()
        if self.time_format == "auto" or not text or len(text) > 100:
            return from_iso(text, response)
        try:
            read = datetime.strptime(text, self.time_format)  # noqa: DTZ007 - the pattern may hold a zone
            plain = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return from_iso(stamp(plain), response)

    def _tags(self, entry: object) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for value in resolve(entry, parse_path(self.tags)) if self.tags else ():
            for each in value[:100] if isinstance(value, list) else [value]:
                for part in each.split(",")[:100] if isinstance(each, str) else ():
                    if tag := one_line(part, 100).lstrip("#").strip():
                        found.setdefault(tag)
        return tuple(found)

    def _addresses(self, entry: object, url: str) -> Iterator[str | None]:
        for value in resolve(entry, parse_path(self.links)) if self.links else ():
            for each in value[:200] if isinstance(value, list) else [value]:
                if isinstance(each, str):
                    yield safe_url(each, url)

    def _link(self, entry: object) -> str | None:
        if not self.link.startswith(("http://", "https://")):
            return safe_url(self._text(entry, self.link), self.url.partition("{")[0])
        parts = [(found[0], self._text(entry, found[1])) for found in re.finditer(r"\{([^{}]{1,200})\}", self.link)]
        made = self.link
        for placeholder, value in parts:
            if not value or len(value) > 500:
                return None
            made = made.replace(placeholder, quote(value, safe="", errors="replace"))
        return safe_url(made)

    def _link_missing(self, entry: object) -> str:
        for path in link_paths(self.link):
            if not resolve(entry, parse_path(path)):
                return explain_missing(entry, parse_path(path)).replace("the response", "an entry", 1)
        return "the value there is not an http(s) address"

    def _unresolved_fields(self, entries: list[object]) -> str | None:
        """Which of the given paths lead to something in no entry at all: most likely they are mistyped."""
        if not entries:
            return None
        lost = [
            f"{name} ({getattr(self, name)!r})"
            for name in PATH_OPTIONS
            if getattr(self, name) and not any(resolve(entry, parse_path(getattr(self, name))) for entry in entries)
        ]
        return f"in none of the {len(entries)} entries: {', '.join(lost)}" if lost else None

    # --- turning pages ------------------------------------------------------------------------------------------------

    def _turn(self, answer: object, entries: list[object], items: tuple[Item, ...], response: Response) -> Page:
        since = parse_time_checkpoint(response.request.since)
        times = timestamps(items)
        newest_first = self.order == "newest"
        full = len(entries) >= (self.page_size or _FULL)
        if not newest_first and since is None:
            return unordered_page(response, items, more=full, overlap=self._overlap)
        checkpoint = str(advance_checkpoint(times, since, response, has_older=full))
        if since is None:
            return Page(items, checkpoint=checkpoint)
        here = Page(since.news(items), checkpoint=checkpoint, backlog=since.older(items))
        if newest_first and (not times or reaches_back_to(times) <= since.resume_from(self._overlap)):
            return here
        mark = page_fingerprint(items)
        known, _, before = (response.request.page_state or "").partition("/")
        if known == mark:
            return replace(here, truncated=newest_first)
        offset = int(before or "0") + len(entries)
        url = self._next_address(answer, len(entries), offset, response.request, since)
        if url is None:
            return replace(here, truncated=newest_first and not self._turns_pages and full)
        if url == response.request.url:
            return replace(here, truncated=newest_first)
        following = replace(
            response.request,
            url=url,
            page=response.request.page + 1,
            page_state=f"{mark}/{offset}",
            params=self._params(),
        )
        return replace(here, next=following)

    @property
    def _turns_pages(self) -> bool:
        return bool(self.next) or bool({"page", "offset"} & set(PLACEHOLDER.findall(self.url)))

    def _next_address(
        self, answer: object, count: int, offset: int, request: Request, since: TimeCheckpoint
    ) -> str | None:
        """The next page's address; ``None`` where this page is the last, or leads to another site."""
        if self.next:
            value = self._text(answer, self.next)
            if not value or len(value) > 4_000:
                return None
            if "{cursor}" not in self.url:
                made = safe_url(value, request.url)
                return made if made and _origin(made) == _origin(request.url) else None
            return self._again(request, since, offset, value)
        if not self._turns_pages or count == 0 or count < self.page_size:
            return None
        return self._again(request, since, offset, "")

    def _again(self, request: Request, since: TimeCheckpoint, offset: int, cursor: str) -> str:
        text = request.query_key.partition(":")[2]
        floor = _moment(since.resume_from(self._overlap))
        return self._filled(text, floor, page=request.page + 1, offset=offset, cursor=cursor)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _language(code: str) -> str | None:
    return code if re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}", code) and code != "und" else None


def _looks_like_an_error(answer: dict[str, object]) -> bool:
    return any(key in answer for key in ("error", "errors", "error_description"))


def _error_words(response: Response) -> str:
    """What an error answer says of itself, on one line; ``""`` when it is no JSON or says nothing."""
    try:
        answer = read_json(response)
    except UnexpectedResponse:
        return ""
    places = [answer, *(resolve(answer, ("error",))), *(resolve(answer, ("errors", 0)))]
    for place in places:
        for name in _SAID:
            said = error_text(JsonObject(place).text(name)) if isinstance(place, dict) else ""
            if said:
                return said
    return ""
