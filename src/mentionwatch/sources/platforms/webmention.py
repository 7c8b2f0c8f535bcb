"""Webmentions: who links to one's own site and told it so, as webmention.io collects them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from mentionwatch.errors import AuthFailed, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Item, ItemKind
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import Checkpoint, parse_number_checkpoint
from mentionwatch.sources.toolkit.items import links_of, plain_text, require_any
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_error, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.sources.toolkit.requests import json_request, with_params
from mentionwatch.sources.toolkit.time_paging import page_fingerprint
from mentionwatch.text import PlainText, one_line, plain_from_html
from mentionwatch.urls import host_of, safe_url

_PER_PAGE = 100
#: Ids asked again: they are given as mentions arrive, and are checked some seconds later.
_BEHIND = 100
#: Who fetches likes and replies from elsewhere and passes them on: its pages are not where they were said.
_GO_BETWEEN = ("brid.gy", "brid-gy.appspot.com", "granary.io")
_KINDS: dict[str, ItemKind] = {
    "in-reply-to": "comment",
    "mention-of": "post",
    "bookmark-of": "post",
    "repost-of": "post",
}


@dataclass(frozen=True, slots=True)
class Webmention:
    """Posts and pages that link to one's own site and sent it a webmention, as webmention.io has received them.

    The site must receive its webmentions there. Every one links to the site, so a URL of the brand matches it. Likes
    and answers to invitations hold no words and are left out unless `likes` is set.
    """

    type: ClassVar[str] = "webmention"
    platform: ClassVar[str] = "webmention"
    #: None are published.
    limits: ClassVar[Limits] = Limits(min_interval=2.0, concurrency=1, pages=10, every=1800.0)
    account: ClassVar[str] = "the API key of the site at webmention.io"
    limitations: ClassVar[str] = "who links without sending a webmention, and webmentions marked private"

    domain: str = field(metadata={"help": "The site's domain, as it is known to webmention.io: acme.example."})
    token: Secret = field(metadata={"help": "The site's API key (webmention.io/settings)."})
    likes: bool = option(False, "Whether likes count as well; they hold no words.")
    base_url: str = option("https://webmention.io", "Address of the service.")

    def __post_init__(self) -> None:
        if host_of(f"https://{self.domain}/") is None or "/" in self.domain:
            raise UserError(f"domain: {error_text(self.domain, 60)!r} is not a domain; write it like acme.example")
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        question = f"domain:{host_of(f'https://{self.domain}/')}"
        mark = parse_number_checkpoint(checkpoints.get(question))
        yield json_request(
            question,
            f"{self.base_url}/api/mentions.jf2",
            (
                ("domain", self.domain),
                ("token", self.token),
                ("sort-dir", "down"),
                ("per-page", str(_PER_PAGE)),
                *((("since_id", str(_floor(mark))),) if mark is not None else ()),
                ("page", "0"),
            ),
            since=mark,
        )

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        if not isinstance(answer.fields.get("children"), list):
            said = error_text(answer.text("error_description") or answer.text("error"))
            raise UnexpectedResponse(
                f"the response has no list of webmentions{f': {said}' if said else ''}", status=response.status
            )
        entries = answer.objects("children")
        ids = [number for entry in entries if (number := entry.count("wm-id")) is not None]
        require_any(ids, entries, response, "a webmention")
        mark = parse_number_checkpoint(response.request.since)
        begin = 0 if mark is None or mark.begin is None else int(mark.begin)
        items = _each_once(
            item
            for entry in entries
            if (entry.count("wm-id") or 0) >= begin and (item := self._item(entry, response)) is not None
        )
        full = len(entries) >= _PER_PAGE
        if mark is None:
            first = Checkpoint(str(max(ids, default=0)), str(min(ids)) if full and ids else None)
            return Page(items, checkpoint=str(first))
        newest = max((*ids, int(mark.newest)))
        here = Page(items, checkpoint=str(Checkpoint(str(newest), mark.begin)))
        if not full or min(ids) <= _floor(mark):
            return here
        request, again = response.request, page_fingerprint([Item("webmention", "post", str(number)) for number in ids])
        if request.page_state == again:
            return replace(here, truncated=True)
        return replace(
            here,
            next=replace(with_params(request, page=str(request.page + 1)), page=request.page + 1, page_state=again),
        )

    def explain(self, response: Response) -> SourceError | None:
        """Whether the key is the site's."""
        if (answer := read_error(response)) is None:
            return None
        said = error_text(answer.text("error_description") or answer.text("error"))
        if response.status in (401, 403) or (
            response.status == 400 and re.search("token|forbidden", said, re.IGNORECASE)
        ):
            hint = f"set token to the API key of {error_text(self.domain, 100)} (webmention.io/settings)"
            return AuthFailed(f"webmention.io rejected the key: {hint}", status=response.status)
        if response.status in (400, 404) and said:
            return UnexpectedResponse(f"webmention.io rejected this query: {said}", status=response.status)
        return None

    def _item(self, entry: JsonObject, response: Response) -> Item | None:
        kind = _KINDS.get(entry.text("wm-property"), "post" if self.likes else None)
        number = entry.count("wm-id")
        source = safe_url(entry.text("wm-source"))
        own = safe_url(entry.text("url"))
        url = own or source
        if kind is None or number is None or url is None or entry.flag("wm-private"):
            return None
        target = safe_url(entry.text("wm-target"))
        said = _words(entry, url)
        author = entry.object("author")
        direct = source is not None and not (host_of(source) or "").endswith(_GO_BETWEEN)
        return Item(
            platform=self.platform,
            kind=kind,
            external_id=str(number),
            url=url,
            title=one_line(entry.text("name")) or None,
            text=said.text,
            author=Author(name=one_line(author.text("name"), 200) or None, url=safe_url(author.text("url"), url)),
            published_at=from_iso(entry.text("published"), response) or from_iso(entry.text("wm-received"), response),
            # That it links to the site is what makes it a webmention.
            links=links_of(said, url, before=(target,)),
            parent_url=target if kind == "comment" and target != url else None,
            same_as=tuple(
                dict.fromkeys(
                    other
                    for each in ((source if direct else None), *map(safe_url, entry.texts("syndication")[:20]))
                    if (other := each) and other != url
                )
            ),
        )


def _each_once(items: Iterable[Item]) -> tuple[Item, ...]:
    """A post that links to several pages of the site sends a webmention for each, and is one post."""
    posts: dict[tuple[object, ...], Item] = {}
    for item in items:
        known = posts.setdefault((item.url, item.kind, item.author, item.title, item.text), item)
        if known is not item:
            links = tuple(dict.fromkeys((*known.links, *item.links)))
            same_as = tuple(dict.fromkeys((*known.same_as, *item.same_as)))
            posts[known.url, known.kind, known.author, known.title, known.text] = replace(
                known, links=links, same_as=same_as
            )
    return tuple(posts.values())


def _words(entry: JsonObject, url: str) -> PlainText:
    """What was said: its content, else its summary; HTML where it is said to be."""
    for name in ("content", "summary"):
        passage = entry.object(name)
        if html := passage.text("html"):
            return plain_from_html(html, url)
        value = passage.text("value") or passage.text("text") or entry.text(name)
        if value:
            markup = "html" in passage.text("content-type")
            return plain_from_html(value, url) if markup else plain_text(value)
    return PlainText("")


def _floor(mark: Checkpoint) -> int:
    return max(int(mark.newest) - _BEHIND, int(mark.begin or 1) - 1, 0)
