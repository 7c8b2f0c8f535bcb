"""Asks a source's questions of a server that is a function, page after page, by the rules of the house."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mentionwatch.messages import Page, Request, Response
from mentionwatch.model import Brand, Item, Term
from mentionwatch.sources import ExplainsErrors, Source

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)

#: A brand with every kind of term; nobody bears these names.
ACME = Brand(
    name="Acme Coffee",
    terms=(
        Term("name", "Acme Coffee"),
        Term("name", "ACME", case=True, context=("beans",)),
        Term("hashtag", "AcmeCoffee"),
        Term("handle", "@acmecoffee"),
        Term("url", "acme.example/shop"),
    ),
    exclude=("Acme Corporation",),
)

Server = Callable[[Request], Response]


def answer(
    request: Request,
    body: object,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    at: datetime = NOW,
) -> Response:
    """An answer to a request; ``body`` is bytes, or a value to be written as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(
        request=request,
        status=status,
        url=request.url,
        headers={"content-type": "application/json", **(headers or {})},
        body=raw,
        received_at=at,
    )


def params(request: Request) -> dict[str, str]:
    """What is sent as the query, secrets revealed to nobody."""
    return {name: str(value) for name, value in request.params}


@dataclass
class Scanned:
    """What one scan brought: ``holes`` are questions that could not be read back to the last checkpoint."""

    items: list[Item] = field(default_factory=list)
    checkpoints: dict[str, str] = field(default_factory=dict)
    holes: set[str] = field(default_factory=set)
    asked: list[Request] = field(default_factory=list)

    @property
    def ids(self) -> set[str | None]:
        return {item.external_id for item in self.items}


def scan(
    source: Source,
    server: Server,
    before: Mapping[str, str] | None = None,
    *,
    brands: tuple[Brand, ...] = (ACME,),
    now: datetime = NOW,
    pages: int | None = None,
) -> Scanned:
    """One scan: ``before`` are the checkpoints of the scan before, ``pages`` a limit other than the source's own."""
    done = Scanned(checkpoints=dict(before or {}))
    for first in source.requests(brands, dict(before or {}), now):
        request: Request | None = first
        checkpoint: str | None = None
        for number in range(1, (pages or source.limits.pages) + 1):
            assert request is not None
            done.asked.append(request)
            page = read(source, server(request))
            done.items += page.items
            if page.ascending or checkpoint is None:
                checkpoint = page.checkpoint
            if page.truncated:
                done.holes.add(first.query_key)
            request = page.next if page.unfinished or first.query_key in (before or {}) else None
            if request is None:
                break
            if number == (pages or source.limits.pages) and not page.ascending:
                done.holes.add(first.query_key)
        if checkpoint is not None:
            done.checkpoints[first.query_key] = checkpoint
    return done


def read(source: Source, response: Response) -> Page:
    """The page an answer is, error answers explained by the source; raises what the source raises."""
    if response.status < 400:
        return source.parse(response)
    assert isinstance(source, ExplainsErrors)
    explained = source.explain(response)
    if isinstance(explained, Page):
        return explained
    raise explained or AssertionError(f"status {response.status} was left to its number")
