"""What passes between a source and the network: requests, responses, and the pages parsed from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mentionwatch.model import Item


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that never shows: ``str`` and ``repr`` give ``***``; ``reveal()`` is for the request alone."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        return self._value

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return "Secret(***)"


@dataclass(frozen=True, slots=True)
class MailQuestion:
    """What to ask of one folder of a mailbox over IMAP; nothing in the mailbox is changed by it.

    Asked for are the mails whose UID is greater than ``after`` as long as the folder's UIDVALIDITY is ``uidvalidity``,
    else those that arrived on or after the day ``since``: UIDs of another validity say nothing (RFC 9051, 2.3.1.1).
    ``dated``: the day holds all the same, for the reading after such a change goes on.
    """

    folder: str
    username: str
    #: The password, or with ``oauth`` an access token (XOAUTH2).
    password: Secret
    since: date
    security: Literal["tls", "starttls", "none"] = "tls"
    oauth: bool = False
    uidvalidity: int | None = None
    after: int = 0
    dated: bool = False
    #: Addresses or domains; only mails whose From holds one of them are asked for. All when empty.
    senders: tuple[str, ...] = ()
    #: Mails of one answer, and bytes of one mail; what is longer comes cut.
    most: int = 50
    most_bytes: int = 1_000_000
    #: PEM certificates of the authorities to trust in place of the usual ones.
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to ask of one server.

    ``query_key`` names what is asked, stable from run to run (``"tag:acme"``): checkpoint, validators and the
    coverage ledger hang on it. ``since`` is the checkpoint this request was built from, ``None`` when the
    question was never answered. ``headers`` may hold :class:`Secret` values; they go to ``url``'s own host only.
    ``params`` are added to ``url``'s query. ``page`` counts from 0. ``page_state`` is what a source tells itself
    from one page of a query to the next; it is never sent.
    """

    query_key: str
    url: str
    method: str = "GET"
    params: tuple[tuple[str, str | Secret], ...] = ()
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    #: Sent as ``application/json`` when given.
    json: Mapping[str, object] | None = None
    #: Sent as ``application/x-www-form-urlencoded`` when given; not together with ``json``.
    form: tuple[tuple[str, str | Secret], ...] = ()
    #: Sent as it stands, as ``application/json``; not together with ``json`` or ``form``.
    content: bytes = field(default=b"", repr=False)
    #: Media types that are an answer; sent as ``Accept``.
    accept: str = "*/*"
    #: API calls answer at their own address; pages and feeds move.
    follow_redirects: bool = True
    since: str | None = None
    page: int = 0
    page_state: str | None = None
    #: Whether it counts against :attr:`Limits.per_day`: some platforms have a quota for searches alone.
    metered: bool = True
    #: The most an answer may cost of :attr:`Limits.per_month`; what it did cost is :attr:`Page.cost`.
    price: int = 0
    #: A page made for people: asked for only where the site's robots.txt lets programs.
    robots: bool = False
    #: Asked over IMAP in place of HTTP; ``url`` is then ``imaps://host:port`` or ``imap://host:port``, and the answer's
    #: body a mail batch (:mod:`mentionwatch.mail_batch`).
    mail: MailQuestion | None = None


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave so that the next answer may be 'nothing changed'."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer, decoded from its transfer and content encodings, within the size cap.

    ``headers`` have lower-case names. ``url`` is the address that answered. ``moved_to`` is where a chain of
    permanent redirects (301, 308) ended. ``received_at`` is when it had arrived.
    """

    request: Request
    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    moved_to: str | None = None
    validators: Validators = Validators()


@dataclass(frozen=True, slots=True)
class NotModified:
    """The answer 304: what was fetched last time is still all there is.

    ``validators`` are the ones to send next time: those of this answer, or else the ones that were sent.
    ``moved_to`` as in :class:`Response`.
    """

    request: Request
    url: str
    received_at: datetime
    moved_to: str | None = None
    validators: Validators = Validators()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often a publisher wants to be asked: no sooner than after ``seconds``, and not at these times.

    ``hours`` are hours of the day in UTC, ``days`` days of the week in UTC, 0 being Monday.
    """

    seconds: int = 0
    hours: tuple[int, ...] = ()
    days: tuple[int, ...] = ()

    def next_time(self, asked: datetime, every: timedelta) -> datetime:
        """When to ask again after ``asked`` for one who would ask ``every`` so often: a day later at the latest."""
        last = asked + max(every, timedelta(days=1))
        at = asked + min(max(every, timedelta(seconds=self.seconds)), last - asked)
        while at < last and (at.hour in self.hours or at.weekday() in self.days):
            at = at.replace(minute=0, second=0) + timedelta(hours=1)
        return min(at, last)


@dataclass(frozen=True, slots=True)
class Page:
    """What a source read from one answer.

    ``next`` asks for more of the same question; the scan stops at the source's page limit. ``checkpoint`` is kept
    when the question's last page has been stored (opaque text, at most 4 kB). ``ascending``: pages go from old to new,
    so stopping early loses nothing; otherwise stopping early leaves a hole that the ledger records. ``truncated``:
    the source itself knows that something older and unseen exists that it cannot ask for. ``incomplete``: the answer
    was cut off or damaged; its items are kept, its validators and checkpoint are not, so that it is asked for again.
    ``backlog`` is what was there before the question was first asked and is only shown now: kept, and never news.
    ``note`` is told to the user (``"feed is empty"``). ``pause`` is how many seconds the platform asks to be left alone
    before the next request, in an answer that is one all the same (Stack Exchange's ``backoff``). ``cost`` is what the
    answer cost of :attr:`Limits.per_month`; ``None`` is the whole of the request's ``price``.
    """

    items: tuple[Item, ...]
    next: Request | None = None
    checkpoint: str | None = None
    ascending: bool = False
    truncated: bool = False
    note: str | None = None
    incomplete: bool = False
    pause: float = 0.0
    unfinished: bool = False
    cost: int | None = None
    #: How often the publisher wants to be asked; ``None`` for what is not published to be fetched again and again.
    schedule: Schedule | None = None
    backlog: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """A source's published limits: what it may ask, and how much an answer can hold."""

    #: Seconds between two requests to the same host.
    min_interval: float = 0.0
    #: Requests to the same host at once.
    concurrency: int = 2
    #: Pages asked for one question in one scan.
    pages: int = 10
    #: Requests a day, where the platform publishes a quota.
    per_day: int | None = None
    #: What a user is willing to pay for in a month, where a platform charges by what it gives rather than by request.
    #: The unit is the source's; :attr:`Request.price` and :attr:`Page.cost` count in it.
    per_month: int | None = None
    #: What one of them costs by the platform's published prices, in US dollars.
    dollars: float = 0.0
    #: Where it is midnight when the quota of a day begins anew (a name of the tz database).
    day_in: str = "UTC"
    #: Asked at most this often when the configuration does not say (seconds).
    every: float = 900.0

    def day(self, now: datetime) -> str:
        """The platform's day, ``2026-11-21``."""
        return f"{now.astimezone(_zone(self.day_in)):%Y-%m-%d}"

    def next_day(self, now: datetime) -> datetime:
        """When the platform's next day begins; aware UTC."""
        zone = _zone(self.day_in)
        return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time.min, zone).astimezone(UTC)

    def last_day(self, now: datetime) -> date:
        """The last day of the platform's month."""
        today = now.astimezone(_zone(self.day_in)).date()
        return (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

    def next_month(self, now: datetime) -> datetime:
        """When the platform's next month begins; aware UTC."""
        first = self.last_day(now) + timedelta(days=1)
        return datetime.combine(first, time.min, _zone(self.day_in)).astimezone(UTC)


#: Where no tz database is installed; the later of Pacific's two, so that nobody is asked too early.
_WITHOUT_TZ: Mapping[str, tzinfo] = {"America/Los_Angeles": timezone(timedelta(hours=-8))}


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return _WITHOUT_TZ.get(name, UTC)
