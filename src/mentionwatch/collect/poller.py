"""Asking one source: its questions one after the other, page after page, until all is told or something fails.

Runs in a thread of its own and touches no database: what it learns goes out through ``tell``.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from mentionwatch.collect.memory import LARGE, MemoryPool, Reservation
from mentionwatch.collect.quota import Quotas
from mentionwatch.collect.sessions import Sessions
from mentionwatch.collect.targets import hide_secrets, quota_of
from mentionwatch.config import ConfiguredSource
from mentionwatch.coverage.shapes import shape_of
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
from mentionwatch.messages import Limits, NotModified, Page, Request, Response, Validators
from mentionwatch.model import Brand, Item
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
from mentionwatch.store.polls import Outcome
from mentionwatch.store.sources import QuestionState
from mentionwatch.urls import host_of

if TYPE_CHECKING:
    from mentionwatch.fetch import Fetcher

#: After one of these the source's other questions would meet the same: they are not asked.
_HOPELESS = (AuthFailed, Forbidden, Gone, RateLimited, Skipped, TimedOut, Unreachable)
#: A pause a platform asks for is waited out up to here; a longer one ends the source's turn.
_LONGEST_PAUSE = timedelta(seconds=60)
_NEVER = datetime.min.replace(tzinfo=UTC)


class ParseIsolated(Protocol):
    """Runs a source's careful parser where it can be killed: :meth:`mentionwatch.sandbox.Sandbox.parse`."""

    def __call__(self, source: HasFullParser, response: Response) -> Page: ...


@dataclass(frozen=True, slots=True)
class PollResult:
    """One answer to one question, or the failure to get one.

    ``row`` is what to remember of the question, given with its last page only. ``backlog``: the question was never
    answered before.
    """

    source: ConfiguredSource
    question: str
    outcome: Outcome
    at: datetime
    items: tuple[Item, ...] = ()
    status: int | None = None
    url: str | None = None
    row: QuestionState | None = None
    backlog: bool = False
    gap: tuple[datetime | None, datetime | None] | None = None
    error: SourceError | None = None
    moved_to: str | None = None
    note: str | None = None
    #: :func:`mentionwatch.coverage.shapes.shape_of` the question's first page.
    shape: str | None = None
    #: To be called when the answer is kept: then there is room for another large one.
    kept: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class SourceFinished:
    """The source has been asked all that it could be. ``bug`` is an exception of ours that nothing foresaw."""

    source: ConfiguredSource
    at: datetime
    bug: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Poller:
    """What asking takes, the same for every source of a scan."""

    fetcher: Fetcher
    parse_isolated: ParseIsolated
    now: Callable[[], datetime]
    tell: Callable[[PollResult | SourceFinished], None]
    #: Ask no more than so many of a source's questions; all when ``None``.
    questions: int | None = None
    sessions: Sessions = field(default_factory=Sessions)
    budget: Quotas = field(default_factory=Quotas)
    #: Until when a host wants to be left alone, as it said in this run or an earlier one.
    pauses: dict[str, datetime] = field(default_factory=dict)
    #: When each host was asked last, or a little before.
    asked_at: dict[str, datetime] = field(default_factory=dict)
    places: MemoryPool = field(default_factory=MemoryPool)

    def ask(self, source: ConfiguredSource, brands: tuple[Brand, ...], known: Mapping[str, QuestionState]) -> None:
        """Ask every question of a source; ends with a :class:`Done`, whatever happens."""
        bug: BaseException | None = None
        try:
            self._ask_all(source, brands, known)
        except Exception as error:  # noqa: BLE001 - a bug in one source must not leave the scan waiting for its end
            bug = error
        self.tell(SourceFinished(source, self.now(), bug))

    def _ask_all(self, source: ConfiguredSource, brands: tuple[Brand, ...], known: Mapping[str, QuestionState]) -> None:
        checkpoints = {question: row.checkpoint for question, row in known.items() if row.checkpoint is not None}
        if source.brands:
            brands = tuple(brand for brand in brands if brand.name in source.brands)
        requests: Iterable[Request] = islice(source.source.requests(brands, checkpoints, self.now()), self.questions)
        limits = limits_of(source.source)
        if limits.per_day is not None or limits.per_month is not None:
            # Where the quota does not reach for all, they take turns.
            requests = sorted(requests, key=lambda request: _last_answered(known.get(request.question)))
        for request in requests:
            try:
                self._ask(source, request, known.get(request.question))
            except SourceError as error:
                outcome: Outcome = "waiting" if isinstance(error, RateLimited) else "failed"
                status, told = error.status, _told(source, error)
                self.tell(
                    PollResult(
                        source, request.question, outcome, self.now(), status=status, url=request.url, error=told
                    )
                )
                # A quota that is spent by our own count ends only what counts against it.
                of_one = isinstance(error, Forbidden) and error.only_this
                if isinstance(error, _HOPELESS) and not of_one and not _of_our_count(error):
                    return

    def _ask(self, source: ConfiguredSource, request: Request, known: QuestionState | None) -> None:
        """One question to its end."""
        asked: Request | None = request
        checkpoint: str | None = None
        pages = 0
        while asked is not None:
            validators = known.validators if known is not None and pages == 0 else Validators()
            with self.places.place() as place:
                response, page = self._fetch(source, asked, validators, place)
                if response is None or (known is not None and pages == 0 and _is_the_same(response, known)):
                    self._tell_unchanged(source, request, known, response)
                    return
                if page is None:
                    page = self._parse(source.source, response, place)
                self.budget.settle(source.name, page.paid)
                pages += 1
                self._heed(page, response)
                if page.ascending or checkpoint is None:
                    checkpoint = page.checkpoint
                more = page.next if known is not None or page.unfinished else None
                if more is not None and not self._goes_on(source, more, pages):
                    more = None
                # Going back in time and stopping early leaves unseen what lies between here and the last checkpoint.
                cut = page.truncated or (
                    page.next is not None and more is None and known is not None and not page.ascending
                )
                self.tell(
                    PollResult(
                        source,
                        request.question,
                        "truncated" if cut else "answered",
                        response.received_at,
                        items=page.items,
                        status=response.status,
                        url=asked.url,
                        row=_row(page, response, checkpoint, pages) if more is None and not page.incomplete else None,
                        backlog=known is None and source.backlog == "keep",
                        gap=(known.answered_at if known else None, _oldest(page.items)) if cut else None,
                        moved_to=response.moved_to,
                        note=None if page.note is None else hide_secrets(source, page.note),
                        shape=shape_of(response.body, page.items) if pages == 1 and page.items else None,
                        kept=place.hand_over(),
                    )
                )
            asked = more

    def _goes_on(self, source: ConfiguredSource, more: Request, pages: int) -> bool:
        """Whether one more page may be asked for: by the source's page limit, and by what is paid for.

        Where the money ends first the question ends here, with a hole: to come back later would be to pay again.
        """
        limits = limits_of(source.source)
        return pages < limits.pages and self.budget.affords(quota_of(source), limits, self.now(), more.price)

    def ask_again(self, source: ConfiguredSource, again: RecheckRequest) -> RecheckedItems:
        """What became of items that a source told before.

        Raises a :class:`~mentionwatch.errors.SourceError` where that cannot be had.
        """
        assert isinstance(source.source, SupportsRecheck)
        if again.request.metered:
            self.budget.take_again(quota_of(source), limits_of(source.source), self.now())
        with self.places.place() as place:
            response, page = self._fetch(source, again.request, Validators(), place)
            if response is None or page is not None:
                raise UnexpectedResponse("the answer says nothing of what was asked for")
            try:
                read = source.source.parse_recheck(response, again)
            except SourceError:
                raise
            except Exception as error:
                # As for parse: a stranger's answer met a case the source does not foresee.
                raise UnexpectedResponse(f"an answer this source cannot read ({type(error).__name__})") from error
            self._heed(Page((), pause=read.pause), response)
        return read

    def _fetch(
        self, source: ConfiguredSource, request: Request, validators: Validators, place: Reservation
    ) -> tuple[Response | None, Page | None]:
        """The answer, ``None`` where nothing has changed; and the page where the source read it from the status."""
        limits = limits_of(source.source)

        def send(asked: Request) -> Response | NotModified:
            spacing = self._spacing(asked, limits)
            counted = limits.per_day is not None or asked.price > 0
            if counted and asked.metered and asked.question == request.question:  # and not a login
                self.budget.take(source.name, quota_of(source), limits, self.now(), asked.price)
            self.asked_at[host_of(asked.url) or ""] = self.now()
            return self.fetcher.fetch(
                asked,
                validators if asked.question == request.question else Validators(),
                allowed_hosts=frozenset(source.hosts),
                spacing=spacing,
                concurrency=limits.concurrency,
                room=place,
                asker=source.name,
            )

        try:
            if isinstance(source.source, SupportsLogin):
                answer = self.sessions.fetch(source.source, request, send)
            else:
                answer = send(request)
        except SourceError as error:
            response = error.response
            if response is not None:
                self.budget.settle(source.name, 0)  # an error answer gives nothing to pay for
            read = explain_error(source.source, error)
            if isinstance(read, Page):
                return response, read
            if isinstance(read, RateLimited) and read.until is None and response is not None:
                # Imported here: what asks nobody loads no httpx.
                from mentionwatch.fetch.retry_after import retry_after

                read.until = retry_after(response.headers, response.received_at)  # some say "too often" by 400 or 403
            self._heed_limit(read or error, request)
            if read is not None:
                raise read from error
            raise
        return (None, None) if isinstance(answer, NotModified) else (answer, None)

    def _parse(self, source: Source, response: Response, place: Reservation) -> Page:
        try:
            if len(response.body) < LARGE:
                return source.parse(response)
            with self.places.reading:
                return source.parse(response)
        except NeedsFullParser:
            assert isinstance(source, HasFullParser)
            place.careful(len(response.body))
            return self.parse_isolated(source, response)
        except SourceError:
            raise
        except Exception as error:
            # A stranger's answer met a case the source does not foresee: its trouble, not the scan's.
            raise UnexpectedResponse(
                f"an answer this source cannot read ({type(error).__name__}); please report it with the address"
            ) from error

    def _heed(self, page: Page, response: Response) -> None:
        """Remember the pause an answer asks for."""
        host = host_of(response.request.url)
        if page.pause > 0 and host is not None:
            self.pauses[host] = response.received_at + timedelta(seconds=min(page.pause, 86_400.0))

    def _heed_limit(self, error: Exception, request: Request) -> None:
        """What a platform says to one source holds for the others that ask its host in this run."""
        host = host_of(request.url)
        if not isinstance(error, RateLimited) or error.status is None:  # that is our own count of a quota
            return
        if error.until is not None and host is not None and not is_here(request.url):
            self.pauses[host] = error.until

    def _spacing(self, request: Request, limits: Limits) -> float:
        """Seconds after the last request to the host; raises where it asked for a longer pause than we wait out."""
        host = host_of(request.url) or ""
        spacing = 0.0 if is_here(request.url) else limits.spacing
        until = self.pauses.get(host)
        if until is None or until <= self.now():
            return spacing
        if until - self.now() > _LONGEST_PAUSE:
            raise RateLimited(f"{host} asks us to wait until {until:%H:%M} UTC", until=until, status=200)
        return max(spacing, (until - self.asked_at.get(host, self.now())).total_seconds())

    def _tell_unchanged(
        self, source: ConfiguredSource, request: Request, known: QuestionState | None, response: Response | None
    ) -> None:
        assert known is not None
        self.tell(
            PollResult(
                source,
                request.question,
                "unchanged",
                response.received_at if response else self.now(),
                status=response.status if response else 304,
                url=request.url,
                moved_to=response.moved_to if response else None,
            )
        )


def _of_our_count(error: SourceError) -> bool:
    return isinstance(error, RateLimited) and error.status is None


def _is_the_same(response: Response, known: QuestionState) -> bool:
    """Whether an answer is the last one again; one that is paid for is read all the same, to know what it cost."""
    return response.request.price == 0 and known.body_hash == _digest(response.body)


def _last_answered(row: QuestionState | None) -> datetime:
    return _NEVER if row is None or row.answered_at is None else row.answered_at


def is_here(url: str) -> bool:
    """Whether a server runs on this machine: manners are owed to strangers."""
    host = host_of(url) or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _told(source: ConfiguredSource, error: SourceError) -> SourceError:
    """The error without secrets and without what it holds on to: a traceback's frames keep the whole answer."""
    error.message = hide_secrets(source, error.message)
    error.response = None
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _row(page: Page, response: Response, checkpoint: str | None, pages: int) -> QuestionState:
    """What to remember of a question answered to its end; validators speak of a single page only."""
    single = pages == 1 and page.next is None
    return QuestionState(
        checkpoint=checkpoint,
        validators=response.validators if single else Validators(),
        body_hash=_digest(response.body) if single else None,
    )


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()


def _oldest(items: tuple[Item, ...]) -> datetime | None:
    return min((item.published_at for item in items if item.published_at is not None), default=None)
