"""Polls a source whose server is a function, with the poller that scans use."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from mentionwatch.collect.poller import Poller
from mentionwatch.collect.sessions import Sessions
from mentionwatch.config import ConfiguredSource
from mentionwatch.fetch import Fetcher
from mentionwatch.fetch.error_mapping import from_status
from mentionwatch.messages import NotModified, Page, Request, Response, Validators
from mentionwatch.model import Brand, Item, Term
from mentionwatch.sources import ExplainsErrors, Source, SupportsLogin, limits_of
from mentionwatch.store.sources import QuestionState

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


class FunctionFetcher(Fetcher):
    """A network that is a function; remembers what it was asked."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.asked: list[Request] = []

    def fetch(self, request: Request, *_: object, **__: object) -> Response:
        self.asked.append(request)
        response = self._server(request)
        if response.status < 400:
            return response
        error = from_status(response.status, "the server", response.headers, response.received_at, known=False)
        error.response = response
        raise error


class WithoutLogin(Sessions):
    """Sends requests as they are: what a login does to them has tests of its own."""

    def fetch(
        self, source: SupportsLogin, request: Request, send: Callable[[Request], Response | NotModified]
    ) -> Response | NotModified:
        return send(request)


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
    fetcher = FunctionFetcher(server)
    poller = Poller(fetcher, lambda: now, lambda source, response: source.parse_isolated(response), WithoutLogin())
    known = {question: QuestionState(checkpoint, Validators(), None) for question, checkpoint in (before or {}).items()}
    done = Scanned(checkpoints=dict(before or {}), asked=fetcher.asked)
    asked = source if pages is None else with_pages(source, pages)
    for result in poller.poll(ConfiguredSource(source.type, asked, timedelta(minutes=15)), brands, known):
        if result.error is not None:
            raise result.error
        done.items += result.items
        if result.outcome == "truncated":
            done.holes.add(result.question)
        state = result.question_state
        if state is not None and state.checkpoint is not None:
            done.checkpoints[result.question] = state.checkpoint
    return done


def with_pages(source: Source, pages: int) -> Source:
    """The source with another limit of pages."""
    limits = replace(limits_of(source), pages=pages)
    other: object = object.__new__(type(type(source).__name__, (type(source),), {"own_limits": limits}))
    for option in fields(cast(Any, source)):
        object.__setattr__(other, option.name, getattr(source, option.name))
    return cast(Source, other)


def read(source: Source, response: Response) -> Page:
    """The page an answer is, error answers explained by the source; raises what the source raises."""
    if response.status < 400:
        return source.parse(response)
    assert isinstance(source, ExplainsErrors)
    explained = source.explain(response)
    if isinstance(explained, Page):
        return explained
    raise explained or AssertionError(f"status {response.status} was left to its number")
