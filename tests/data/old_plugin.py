"""A source type as docs/sources.md of version 0.1 showed it, with every optional ability."""

# mypy: ignore-errors
# Its names are those of version 0.1, which no type checker is told of.

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from mentionwatch.sources._address import base_address
from mentionwatch.sources._json import read_object
from mentionwatch.sources._times import from_iso

from mentionwatch.errors import BadCredentials, NotUnderstood, SourceError
from mentionwatch.exchange import Limits, Page, Request, Response
from mentionwatch.model import Brand, Item
from mentionwatch.sources import Again, Heard, Reread, Unsure, _terms
from mentionwatch.sources._marks import read_times, read_up_to
from mentionwatch.text import one_line, plain_from_html
from mentionwatch.urls import safe_url


@dataclass(frozen=True, slots=True)
class Gazette:
    """Articles of a village paper that hold a name, newest first."""

    type: ClassVar[str] = "gazette"
    platform: ClassVar[str] = "gazette"
    limits: ClassVar[Limits] = Limits(spacing=1.0, pages=10, every=1800.0)
    account: ClassVar[str] = "none"
    blind: ClassVar[str] = "letters to the editor"

    server: str = field(metadata={"help": "Address of the paper, like https://gazette.example."})

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", base_address("server", self.server))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for name in _terms.names(brands):
            question = f"text:{_terms.key(name)}"
            since = read_times(checkpoints.get(question))
            yield Request(
                question=question,
                url=f"{self.server}/search.json",
                params=(("q", f'"{name}"'), *((("since", str(since.floor(3600))),) if since else ())),
                since=None if since is None else str(since),
            )

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        if answer.flag("odd"):
            raise Unsure("an odd paper")
        if "articles" not in answer:
            raise NotUnderstood("the response has no articles", status=response.status)
        articles = answer.objects("articles")
        items = tuple(
            Item(
                platform=self.platform,
                kind="article",
                external_id=article.identifier("id"),
                url=safe_url(article.text("link"), self.server),
                title=one_line(article.text("title")) or None,
                text=plain_from_html(article.text("body"), self.server).text,
                published_at=from_iso(article.text("date"), response),
            )
            for article in articles
        )
        times = [int(item.published_at.timestamp()) for item in items if item.published_at]
        mark = read_up_to(times, read_times(response.request.since), response, begins=len(items) >= 20)
        if answer.flag("more"):
            following = replace(response.request, page=response.request.page + 1, carry="more")
            return Page(items, next=following, checkpoint=str(mark), paid=len(items))
        return Page(items, checkpoint=str(mark))

    def explain(self, response: Response) -> SourceError | None:
        if response.status == 401:
            return BadCredentials(f"no reader of {response.request.question}", status=401)
        return None

    def parse_isolated(self, response: Response) -> Page:
        return Page((), note="read with care")

    def again(self, items: Sequence[Item], threads: Sequence[Item]) -> Iterator[Again]:
        yield Again(Request(question="again", url=f"{self.server}/17.json"), tuple(items))

    def reread(self, response: Response, again: Again) -> Reread:
        return Reread(dict(enumerate(again.items)))

    def hear(self, messages: Sequence[bytes], at: datetime) -> Heard:
        return Heard(odd=len(messages))
