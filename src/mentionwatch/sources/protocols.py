"""What a source type is, and what else it may offer; each optional ability is a protocol of its own.

A source is a frozen dataclass. Its fields are its options (annotations are checked, ``field(metadata={"help": …})``
explains each), its docstring is its help: the first line says what it asks, the rest how. ``__post_init__`` may reject
a value with a :class:`~mentionwatch.errors.UserError` whose every problem starts with the option's name and a colon.
Third parties add theirs by the entry point group ``mentionwatch.sources``; ``registry`` finds them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal, Protocol, runtime_checkable

from mentionwatch.errors import RateLimited, ServerError, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Brand, Item


@runtime_checkable
class Source(Protocol):
    """One place to ask. Instances are values: two with equal options are equal."""

    #: As in the configuration's ``type``.
    type: ClassVar[str]
    #: As in the mention's ``platform``.
    platform: ClassVar[str]
    limits: ClassVar[Limits]
    #: What account, token or key it needs, in a few words (``"none"``); shown in the table of types.
    account: ClassVar[str]
    #: What it cannot see, in one line; shown in the table of types.
    limitations: ClassVar[str]

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterable[Request]:
        """The first page of every query this source asks for these brands; ``checkpoints`` by query key."""
        ...

    def parse(self, response: Response) -> Page:
        """What a response of status 2xx says.

        Raises a :class:`~mentionwatch.errors.SourceError` for anything that is not an answer; the caller takes any
        other exception for an ``UnexpectedResponse``.
        """
        ...


@runtime_checkable
class ExplainsErrors(Protocol):
    """A source that reads more from an error answer than its status says."""

    def explain(self, response: Response) -> SourceError | Page | None:
        """What an answer of status 4xx or 5xx says.

        The :class:`~mentionwatch.errors.SourceError` it is; a page where the platform says "nothing found" in this
        way (404 for a hashtag nobody has used); ``None`` when there is no more to it than its status.
        """
        ...


def explain_error(source: Source, error: SourceError) -> SourceError | Page | None:
    """What a source reads from the error answer that ``error`` holds; ``None`` where it reads no more than its status.

    A source reads more than the status says, never less: that a question is not understood does not stand against
    "no entry", "too often" or "in trouble", and trouble with a time to come back is a pause. When that is, is the
    source's to say, for platforms have dialects of their own; where it finds nothing, ``Retry-After`` holds.
    """
    if error.response is None or not isinstance(source, ExplainsErrors):
        return None
    read = source.explain(error.response)
    if isinstance(read, UnexpectedResponse) and not isinstance(error, UnexpectedResponse):
        return None
    if isinstance(error, RateLimited):
        if isinstance(read, ServerError):
            return None
        if isinstance(read, RateLimited) and read.until is None:
            read.until = error.until
    return read


@runtime_checkable
class HasFullParser(Protocol):
    """A source with a second parser, which may run forever on hostile input and so runs in the sandbox.

    ``parse`` raises :class:`NeedsFullParser` when the quick, bounded reader will not do; the caller then runs
    ``parse_fully`` in a child process with limits on time and memory.
    """

    def parse_fully(self, response: Response) -> Page: ...


class NeedsFullParser(Exception):
    """The quick parser cannot be sure of what a document says."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a login gave. ``refresh`` is what a platform takes for a new session in place of the password."""

    access: Secret
    refresh: Secret | None = None


@runtime_checkable
class SupportsLogin(Protocol):
    """A source that logs in before it asks, and whose platform counts the logins.

    The scan keeps the session from run to run in a file that only its owner can read, sends each of ``requests()``
    as ``signed()`` makes it, and when the platform says that the session is over (``session_is_over``) asks once for
    its ``renewal``, else for a new ``login``. Their answers go to ``read_session``, error answers to ``explain``.
    """

    @property
    def session_key(self) -> str | None:
        """What the session belongs to: server, account and password, hashed before it is kept; ``None``: no login."""
        ...

    def login(self) -> Request:
        """A request that opens a session; its query key is unique within the source."""
        ...

    def renewal(self, session: Session) -> Request | None:
        """A request that renews a session; ``None`` where the platform has no renewal."""
        ...

    def read_session(self, response: Response) -> Session:
        """The session that a response to either holds.

        Raises a :class:`~mentionwatch.errors.SourceError` for anything else.
        """
        ...

    def signed(self, request: Request, session: Session) -> Request:
        """The request as it is sent in a session: with its token in a header, as a :class:`Secret`."""
        ...

    def session_is_over(self, response: Response) -> bool:
        """Whether an error response says that the session has expired or is invalid."""
        ...


#: How a stream is spoken: messages of a WebSocket (RFC 6455), or server-sent events over HTTP.
StreamForm = Literal["websocket", "events"]


@dataclass(frozen=True, slots=True)
class StreamBatch:
    """What messages of a stream that came together say.

    ``items`` are new; ``edits`` say anew what may be known already; ``gone`` names what its writer took back, by
    ``external_id`` or by a name that ``names`` gave to one (name → ``external_id``). ``checkpoint`` is where to go on
    after these messages. ``first_at`` and ``last_at`` are when the server had the first and the last of them (aware UTC
    with fractions of a second), ``None`` where it does not say. ``odd`` counts messages that could not be read.
    """

    items: tuple[Item, ...] = ()
    edits: tuple[Item, ...] = ()
    gone: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    checkpoint: str | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None
    odd: int = 0


@runtime_checkable
class StreamSource(Protocol):
    """A source that ``mentionwatch stream`` listens to; scans do not poll it."""

    form: ClassVar[StreamForm]
    #: What was said while nobody listened is asked for by ``requests`` and read by ``parse``; else the subscription
    #: itself, made from a checkpoint, begins with it.
    catches_up: ClassVar[bool]

    def subscriptions(
        self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime
    ) -> Iterable[Request]:
        """A request for each connection to open, named by its question; its address is http(s) in either form."""
        ...

    def parse_messages(self, messages: Sequence[bytes], at: datetime) -> StreamBatch:
        """What messages say that arrived at ``at``; whole ones, in their order. Raises nothing for a bad one."""
        ...

    def position(self, checkpoint: str) -> datetime | None:
        """When the server had the message a checkpoint was made from; ``None`` where checkpoints do not say."""


@dataclass(frozen=True, slots=True)
class RecheckRequest:
    """A request that reads ``items`` once more; without any it reads only what was said in answer to ``thread``."""

    request: Request
    items: tuple[Item, ...] = ()
    thread: Item | None = None


@dataclass(frozen=True, slots=True)
class RecheckedItems:
    """What is there now of the items of an :class:`RecheckRequest`, by their place in it.

    ``gone`` are those of which the platform itself says that they were deleted; what is in neither is missing. ``more``
    is what else the answer holds: replies. With ``excerpts`` the item as it was first told may have been cut short, so
    that only a later reading tells an edit. ``pause`` is as in :class:`~mentionwatch.messages.Page`.
    """

    found: Mapping[int, Item] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()
    more: tuple[Item, ...] = ()
    excerpts: bool = False
    pause: float = 0.0


@runtime_checkable
class SupportsRecheck(Protocol):
    """A source whose platform can be asked for single posts: their counts, edits and whether they still exist."""

    def recheck_requests(self, items: Sequence[Item], threads: Sequence[Item]) -> Iterable[RecheckRequest]:
        """What reads ``items`` once more, in as few requests as the platform allows, and what was said in answer to
        ``threads``, which are among them.

        An item may be no more than platform and address (an answer of ours, as the user noted it). What cannot be
        asked for is left out.
        """
        ...

    def parse_recheck(self, response: Response, recheck: RecheckRequest) -> RecheckedItems:
        """What an answer of status 2xx says of the items asked for.

        Raises a :class:`~mentionwatch.errors.SourceError` for anything that is not an answer.
        """
        ...


@runtime_checkable
class Enriches(Protocol):
    """A stream whose messages lack what the platform knows of a post: it is asked for those that match."""

    #: Posts asked for at once.
    enrich_batch: ClassVar[int]

    def enrich_request(self, items: Sequence[Item]) -> Request | None:
        """What asks for the whole of these posts; ``None`` to leave them as they are."""
        ...

    def enriched(self, items: Sequence[Item], response: Response) -> tuple[Item, ...]:
        """The posts in their order, with what the answer says of them.

        Raises a :class:`~mentionwatch.errors.SourceError` for anything that is no answer.
        """
        ...


@runtime_checkable
class HasOwnLimits(Protocol):
    """A source whose limits depend on its options, such as a key."""

    @property
    def own_limits(self) -> Limits: ...


def limits_of(source: Source) -> Limits:
    """The limits of this source: its own, else its type's."""
    return source.own_limits if isinstance(source, HasOwnLimits) else source.limits
