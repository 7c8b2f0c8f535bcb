"""Polls a source: its questions one after the other, page after page, until all are read or one fails.

Touches no database and is thread-safe: what a server answered is yielded, and the caller stores it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Protocol, Self

from mentionwatch.collect.memory import LARGE, MemoryPool, Reservation
from mentionwatch.collect.quota import Quotas
from mentionwatch.collect.redaction import hide_secrets, redact_error
from mentionwatch.collect.sessions import Sessions
from mentionwatch.collect.targets import is_loopback, quota_of
from mentionwatch.config import ConfiguredSource
from mentionwatch.coverage.response_formats import response_format
from mentionwatch.errors import (
    AuthFailed,
    Forbidden,
    Gone,
    RateLimited,
    Skipped,
    SourceError,
    TimedOut,
    UnexpectedResponse,
    Unreachable,
)
from mentionwatch.fetch import Fetcher
from mentionwatch.fetch.retry_after import retry_after
from mentionwatch.messages import NotModified, Page, Request, Response, Schedule, Validators
from mentionwatch.model import Brand, Item
from mentionwatch.records import PollOutcome
from mentionwatch.sources import (
    HasFullParser,
    NeedsFullParser,
    RecheckedItems,
    RecheckRequest,
    Source,
    SupportsLogin,
    SupportsRecheck,
    explain_error,
    limits_of,
)
from mentionwatch.sources.feed.schedule import fresh_for
from mentionwatch.store.sources import QuestionState
from mentionwatch.urls import host_of

#: After one of these the source's other questions would fail the same way, and are not asked.
_FINAL = (AuthFailed, Forbidden, Gone, RateLimited, Skipped, TimedOut, Unreachable)
#: A pause that a platform asks for is waited out up to here; a longer one ends the source's turn.
_LONGEST_PAUSE = timedelta(seconds=60)
_NEVER = datetime.min.replace(tzinfo=UTC)


class ParseIsolated(Protocol):
    """Runs a source's full parser where it can be killed: :meth:`mentionwatch.sandbox.Sandbox.parse`."""

    def __call__(self, source: HasFullParser, response: Response) -> Page: ...


@dataclass(frozen=True, slots=True)
class PollResult:
    """One answer to one question, or the failure to get one.

    ``question_state`` is what to remember of the question, given with its last page only. ``backlog``: the question was
    never answered before. ``gap`` is a time of which something may be missing.
    """

    source: ConfiguredSource
    question: str
    outcome: PollOutcome
    at: datetime
    items: tuple[Item, ...] = ()
    #: Items that are backlog although the question was answered before.
    older: tuple[Item, ...] = ()
    status: int | None = None
    url: str | None = None
    question_state: QuestionState | None = None
    backlog: bool = False
    gap: tuple[datetime | None, datetime | None] | None = None
    error: SourceError | None = None
    moved_to: str | None = None
    note: str | None = None
    #: :func:`mentionwatch.coverage.response_formats.response_format` the question's first page.
    shape: str | None = None
    #: Where reading goes on after this page, and whether more pages were left unread.
    checkpoint: str | None = None
    unread: bool = False
    #: Up to when everything is known, if that is earlier than ``at``: of a stream that is catching up.
    complete_to: datetime | None = None
    #: How often the publisher wants to be asked, by its document and the head of its answer.
    schedule: Schedule | None = None
    #: Of a large answer, the memory that it takes until the next result is asked for, or until it is handed over.
    reservation: Reservation | None = None

    @classmethod
    def failed(
        cls, source: ConfiguredSource, question: str, error: SourceError, at: datetime, url: str | None = None
    ) -> Self:
        """The result that an error is."""
        outcome: PollOutcome = "waiting" if isinstance(error, RateLimited) else "failed"
        return cls(source, question, outcome, at, status=error.status, url=url, error=error)


@dataclass(frozen=True, slots=True)
class Poller:
    """What polling takes, the same for every source of a run.

    ``parse_isolated`` may be left out where no source has a parser that needs it.
    """

    fetcher: Fetcher
    now: Callable[[], datetime]
    parse_isolated: ParseIsolated | None = None
    sessions: Sessions = field(default_factory=Sessions)
    quotas: Quotas = field(default_factory=Quotas)
    #: Until when a host wants to be left alone, as it said in this run or an earlier one.
    pauses: dict[str, datetime] = field(default_factory=dict)
    #: When each host was asked last, or a little before.
    asked_at: dict[str, datetime] = field(default_factory=dict)
    memory: MemoryPool = field(default_factory=MemoryPool)
    #: Whether a server that answers nobody is skipped from then on: for runs that end, and soon.
    skip_silent_servers: bool = True

    def poll(
        self,
        source: ConfiguredSource,
        brands: tuple[Brand, ...],
        known: Mapping[str, QuestionState],
        *,
        most: int | None = None,
    ) -> Iterator[PollResult]:
        """Ask every question of a source, or the first ``most``; ``known`` is how far each was read before."""
        checkpoints = {question: state.checkpoint for question, state in known.items() if state.checkpoint is not None}
        try:
            asked = source.source.requests(source.served(brands), checkpoints, self.now())
            requests = list(islice(asked, most))
        except SourceError as error:
            yield self._failed(source, "", None, error)
            return
        limits = limits_of(source.source)
        if limits.per_day is not None or limits.per_month is not None:
            # Where the quota does not suffice for all, they take turns.
            requests.sort(key=lambda request: _last_answered(known.get(request.query_key)))
        for request in requests:
            try:
                yield from self.read_question(source, request, known.get(request.query_key))
            except SourceError as error:
                yield self._failed(source, request.query_key, request.url, error)
                of_one = isinstance(error, Forbidden) and error.only_this
                # A quota that is spent by our own count ends only what counts against it.
                if isinstance(error, _FINAL) and not of_one and not _is_own_count(error):
                    return

    def read_question(
        self, source: ConfiguredSource, request: Request, known: QuestionState | None
    ) -> Iterator[PollResult]:
        """Read one question page by page: to its end, to where it was read before, or to the source's limit of pages.

        Raises a :class:`~mentionwatch.errors.SourceError` where a page cannot be had.
        """
        following: Request | None = request
        checkpoint: str | None = None
        pages = 0
        while following is not None:
            asked = following
            with self.memory.reserve() as reservation:
                response, page = self._read_page(source, asked, known if pages == 0 else None, reservation)
                if page is None or isinstance(response, NotModified):
                    assert known is not None
                    yield self._unchanged(source, request, response, known)
                    return
                pages += 1
                if page.ascending or checkpoint is None:
                    checkpoint = page.checkpoint
                following = page.next if known is not None or page.unfinished else None
                if following is not None and not self._goes_on(source, following, pages):
                    following = None
                unread = page.next is not None and following is None
                # Going back in time and stopping early leaves unseen what lies between here and the last checkpoint.
                cut = page.truncated or (unread and known is not None and not page.ascending)
                done = following is None and not page.incomplete
                yield PollResult(
                    source,
                    request.query_key,
                    "truncated" if cut else "answered",
                    response.received_at,
                    items=page.items if source.backlog == "keep" else (*page.items, *page.backlog),
                    older=page.backlog if source.backlog == "keep" else (),
                    status=response.status,
                    url=asked.url,
                    question_state=_question_state(page, response, checkpoint, pages) if done else None,
                    backlog=known is None and source.backlog == "keep",
                    gap=(known.answered_at if known else None, _oldest(page.items)) if cut else None,
                    moved_to=response.moved_to,
                    note=None if page.note is None else hide_secrets(source, page.note),
                    shape=response_format(response.body, page.items) if pages == 1 and page.items else None,
                    checkpoint=page.checkpoint,
                    unread=unread,
                    schedule=_schedule(page.schedule, response),
                    reservation=reservation,
                )

    def _read_page(
        self, source: ConfiguredSource, asked: Request, known: QuestionState | None, reservation: Reservation
    ) -> tuple[Response | NotModified, Page | None]:
        """An answer and what it says; no page where nothing has changed since ``known``."""
        validators = Validators() if known is None else known.validators
        response, page = self._fetch(source, asked, validators, reservation)
        if isinstance(response, NotModified) or (known is not None and _is_the_same(response, known)):
            return response, None
        if page is None:
            page = self._parse(source.source, response, reservation)
        self.quotas.settle(source.name, page.cost)
        self._heed_pause(page.pause, response)
        return response, page

    def recheck(self, source: ConfiguredSource, again: RecheckRequest) -> RecheckedItems:
        """Read once more items that a source brought before.

        Raises a :class:`~mentionwatch.errors.SourceError` where that cannot be had.
        """
        assert isinstance(source.source, SupportsRecheck)
        if again.request.metered:
            self.quotas.take_recheck(quota_of(source), limits_of(source.source), self.now())
        with self.memory.reserve() as reservation:
            response, page = self._fetch(source, again.request, Validators(), reservation)
            if isinstance(response, NotModified) or page is not None:
                raise UnexpectedResponse("the answer does not contain what was asked for")
            try:
                read = source.source.parse_recheck(response, again)
            except SourceError:
                raise
            except Exception as error:
                # As in _parse: a server's answer met a case the source does not foresee.
                raise UnexpectedResponse(f"a response this source cannot parse ({type(error).__name__})") from error
            self._heed_pause(read.pause, response)
        return read

    def fetch(self, source: ConfiguredSource, request: Request) -> Response:
        """The answer to a request beside a source's questions.

        Raises a :class:`~mentionwatch.errors.SourceError` where it cannot be had.
        """
        with self.memory.reserve() as reservation:
            response, page = self._fetch(source, request, Validators(), reservation)
        if isinstance(response, NotModified) or page is not None:
            raise UnexpectedResponse("the answer does not contain what was asked for")
        return response

    def _fetch(
        self, source: ConfiguredSource, request: Request, validators: Validators, reservation: Reservation
    ) -> tuple[Response | NotModified, Page | None]:
        """The answer, and the page where the source reads one from an error's status."""
        limits = limits_of(source.source)

        def send(asked: Request) -> Response | NotModified:
            spacing = self._spacing(asked, limits.min_interval)
            counted = limits.per_day is not None or asked.price > 0
            is_question = asked.query_key == request.query_key  # and not a login
            if counted and asked.metered and is_question:
                self.quotas.take(source.name, quota_of(source), limits, self.now(), asked.price)
            self.asked_at[host_of(asked.url) or ""] = self.now()
            return self.fetcher.fetch(
                asked,
                validators if is_question else Validators(),
                allowed_hosts=frozenset(source.origins),
                private=source.private,
                spacing=spacing,
                concurrency=limits.concurrency,
                room=reservation,
                source_name=source.name if self.skip_silent_servers else None,
            )

        try:
            if isinstance(source.source, SupportsLogin):
                return self.sessions.fetch(source.source, request, send), None
            return send(request), None
        except SourceError as error:
            if error.response is None:
                self._heed_limit(error, request)
                raise
            self.quotas.settle(source.name, 0)  # an error answer gives nothing to pay for
            read = explain_error(source.source, error)
            if isinstance(read, Page):
                return error.response, read
            if isinstance(read, RateLimited) and read.until is None:
                # Some say "too often" by 400 or 403.
                read.until = retry_after(error.response.headers, error.response.received_at)
            self._heed_limit(read or error, request)
            if read is not None:
                raise read from error
            raise

    def _parse(self, source: Source, response: Response, reservation: Reservation) -> Page:
        try:
            if len(response.body) < LARGE:
                return source.parse(response)
            with self.memory.parsing:
                return source.parse(response)
        except NeedsFullParser:
            assert isinstance(source, HasFullParser)
            assert self.parse_isolated is not None
            reservation.wait_for_full_parser(len(response.body))
            return self.parse_isolated(source, response)
        except SourceError:
            raise
        except Exception as error:
            # A server's answer met a case the source does not foresee: that fails this source, not the scan.
            raise UnexpectedResponse(
                f"a response this source cannot parse ({type(error).__name__}); please report it with the address"
            ) from error

    def _goes_on(self, source: ConfiguredSource, following: Request, pages: int) -> bool:
        """Whether one more page may be asked for: by the source's limit of pages, and by what is paid for.

        Where the money ends first the question ends here, with a hole: to come back later would be to pay again.
        """
        limits = limits_of(source.source)
        return pages < limits.pages and self.quotas.affords(quota_of(source), limits, self.now(), following.price)

    def _heed_pause(self, seconds: float, response: Response) -> None:
        """Remember the pause an answer asks for."""
        host = host_of(response.request.url)
        if seconds > 0 and host is not None:
            self.pauses[host] = response.received_at + timedelta(seconds=min(seconds, 86_400.0))

    def _heed_limit(self, error: SourceError, request: Request) -> None:
        """What a platform says to one source holds for the others that ask its host in this run."""
        host = host_of(request.url)
        if not isinstance(error, RateLimited) or _is_own_count(error):
            return
        if error.until is not None and host is not None and not is_loopback(request.url):
            self.pauses[host] = error.until

    def _spacing(self, request: Request, spacing: float) -> float:
        """Seconds after the last request to the host; raises where it asked for a longer pause than we wait out."""
        host = host_of(request.url) or ""
        if is_loopback(request.url):
            spacing = 0.0
        until = self.pauses.get(host)
        if until is None or until <= self.now():
            return spacing
        if until - self.now() > _LONGEST_PAUSE:
            raise RateLimited(f"{host} has rate-limited us until {until:%H:%M} UTC", until=until, status=200)
        return max(spacing, (until - self.asked_at.get(host, self.now())).total_seconds())

    def _unchanged(
        self, source: ConfiguredSource, request: Request, answer: Response | NotModified, known: QuestionState
    ) -> PollResult:
        # Validators are those of the last answer, changed or not: a server may give others for the same bytes.
        return PollResult(
            source,
            request.query_key,
            "unchanged",
            answer.received_at,
            status=answer.status if isinstance(answer, Response) else 304,
            url=request.url,
            question_state=replace(known, validators=answer.validators),
            moved_to=answer.moved_to,
            schedule=_schedule(known.schedule, answer),
        )

    def _failed(self, source: ConfiguredSource, question: str, url: str | None, error: SourceError) -> PollResult:
        return PollResult.failed(source, question, redact_error(source, error), self.now(), url)


def _is_own_count(error: SourceError) -> bool:
    """Whether a limit is our own count of a quota, and not what a platform said."""
    return isinstance(error, RateLimited) and error.status is None


def _is_the_same(response: Response, known: QuestionState) -> bool:
    """Whether an answer is the last one again; one that is paid for is read all the same, to know what it cost."""
    return response.request.price == 0 and known.body_hash == _digest(response.body)


def _last_answered(state: QuestionState | None) -> datetime:
    return _NEVER if state is None or state.answered_at is None else state.answered_at


def _question_state(page: Page, response: Response, checkpoint: str | None, pages: int) -> QuestionState:
    """What to remember of a question that was read to its end; validators speak of a single page only."""
    single = pages == 1 and page.next is None
    return QuestionState(
        checkpoint=checkpoint,
        validators=response.validators if single else Validators(),
        body_hash=_digest(response.body) if single else None,
        schedule=page.schedule,
    )


def _schedule(document: Schedule | None, answer: Response | NotModified) -> Schedule | None:
    """What the document asks for, and the head of the answer that brought it, or said that it has not changed."""
    if document is None:
        return None
    return replace(document, seconds=max(document.seconds, fresh_for(answer.headers, answer.received_at)))


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()


def _oldest(items: tuple[Item, ...]) -> datetime | None:
    return min((item.published_at for item in items if item.published_at is not None), default=None)
