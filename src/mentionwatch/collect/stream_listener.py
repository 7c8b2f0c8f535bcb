"""Listening to one stream: open, hear, match, tell; and when it breaks off, wait and go on where it was.

Runs in a thread of its own and touches no database: what it learns goes out through ``tell``, which may block – then
nothing is read, and the server has to wait (TCP) or to end the stream; nothing is ever dropped here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from mentionwatch.collect.targets import hide_secrets
from mentionwatch.config import ConfiguredSource
from mentionwatch.env import Env
from mentionwatch.errors import AuthFailed, Forbidden, Gone, RateLimited, SourceError, UnexpectedResponse
from mentionwatch.fetch import Fetcher
from mentionwatch.fetch.streams import Opener, Stream
from mentionwatch.match import Matcher
from mentionwatch.messages import Request, Response
from mentionwatch.model import Brand, Item
from mentionwatch.sources import Enriches, Source, StreamBatch, StreamSource, explain_error, limits_of

__all__ = ["Ended", "Known", "Listener", "StreamUpdate", "probe_stream", "retry_delay"]

#: Seconds between two checkpoints while something comes, and while nothing does.
_CHECKPOINT, _QUIET = 5.0, 60.0
#: Messages after which there is a checkpoint however fast they come.
_MESSAGES = 10_000
#: Items told at once.
_MOST_ITEMS = 200
#: Names of kept posts by which their deletion will be told.
_MOST_NAMES = 10_000
#: Who is no more than so far behind is up to date: the network's own delays are some seconds.
_UP_TO_DATE = timedelta(seconds=10)
#: A connection that held so many seconds was a good one: the next try after it is the first again.
_HELD = 60.0
#: Seconds: the longest wait between two tries, and the wait after an error that only somebody can mend.
_LONGEST, _TO_BE_MENDED = 300.0, 900.0


@dataclass(frozen=True, slots=True)
class Known:
    """Where a stream was left: its checkpoint, and when it was last heard."""

    checkpoint: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class StreamUpdate:
    """How far one stream has come, and what of it is to be kept; or why it has broken off.

    ``at`` is up to when all is known: now, or while it catches up the time of the last message. ``seen`` is now.
    ``items`` match a brand; ``edits`` do, or may be known under other words, which the store can tell, as it can of
    ``gone`` (external ids). ``heard`` counts messages, ``gap`` is what can be had no more.
    """

    source: ConfiguredSource
    question: str
    at: datetime
    seen: datetime
    url: str | None = None
    items: tuple[Item, ...] = ()
    edits: tuple[Item, ...] = ()
    matching: frozenset[str] = frozenset()
    gone: tuple[str, ...] = ()
    checkpoint: str | None = None
    #: The first of a connection.
    first: bool = False
    heard: int = 0
    odd: int = 0
    gap: tuple[datetime | None, datetime | None] | None = None
    error: SourceError | None = None
    again_in: float = 0.0


@dataclass(frozen=True, slots=True)
class Ended:
    """A listener is done; ``bug`` is an exception of ours that nothing foresaw."""

    source: ConfiguredSource
    bug: BaseException | None = None


def retry_delay(error: SourceError, failures: int, now: datetime, *, spread: float) -> float:
    """Seconds to wait after so many failures in a row; ``spread`` from 0 to 1 keeps many from coming at once.

    1, 2, 4 … up to 300 seconds, each half to one and a half times; what only somebody can mend is tried every quarter
    of an hour, and a server that names a time is obeyed.
    """
    seconds = min(_LONGEST, 2.0 ** min(failures - 1, 20)) * (0.5 + spread)
    if isinstance(error, AuthFailed | Forbidden):
        seconds = max(seconds, _TO_BE_MENDED)
    if isinstance(error, RateLimited):
        until = error.until or now + timedelta(minutes=1)
        seconds = max(seconds, (until - now).total_seconds())
    return seconds


def probe_stream(
    source: ConfiguredSource, brands: tuple[Brand, ...], opener: Opener, env: Env, *, seconds: float
) -> int:
    """How many messages come together first, 0 when none does in so many seconds; nothing is kept.

    Opens the first of the source's streams. Raises the :class:`~mentionwatch.errors.SourceError` that forbids it.
    """
    streams = cast(StreamSource, source.source)
    served = tuple(brand for brand in brands if not source.brands or brand.name in source.brands)
    request = next(iter(streams.subscriptions(served, {}, env.now())))
    stream = _opened(source, request, opener)
    try:
        ends_at = env.monotonic() + seconds
        for messages in stream.messages():
            if messages:
                if streams.parse_messages(messages, env.now()).odd == len(messages):
                    raise UnexpectedResponse("what the stream sends is not in the format of this source")
                return len(messages)
            if env.monotonic() >= ends_at:
                return 0
    finally:
        stream.close()
    return 0


def _opened(source: ConfiguredSource, request: Request, opener: Opener) -> Stream:
    try:
        return opener.open(request, cast(StreamSource, source.source).form, allowed_hosts=frozenset(source.hosts))
    except SourceError as error:
        raise _explained(source, error) from error


def _explained(source: ConfiguredSource, error: SourceError) -> SourceError:
    """What the source makes of an answer that refuses."""
    read = explain_error(source.source, error)
    told = read if isinstance(read, SourceError) else error
    told.message = hide_secrets(source, told.message)
    return told


@dataclass(slots=True)
class _Pending:
    """What was heard since the last step."""

    items: list[Item] = field(default_factory=list)
    edits: list[Item] = field(default_factory=list)
    matching: set[str] = field(default_factory=set)
    gone: list[str] = field(default_factory=list)
    last_at: datetime | None = None
    heard: int = 0
    odd: int = 0
    gap: tuple[datetime | None, datetime | None] | None = None


class Listener:
    """One connection of one source.

    ``known`` is where it was left; ``stop`` ends it, together with :meth:`hang_up`; ``spread`` gives numbers from 0 to
    1 for its waits.
    """

    def __init__(
        self,
        source: ConfiguredSource,
        question: str,
        brands: tuple[Brand, ...],
        known: Known | None,
        *,
        matcher: Matcher,
        opener: Opener,
        fetcher: Fetcher,
        env: Env,
        tell: Callable[[StreamUpdate | Ended], None],
        stop: threading.Event,
        spread: Callable[[], float],
    ) -> None:
        self._source = source
        self._streams = cast(StreamSource, source.source)
        self._question = question
        self._brands = brands
        self._known = known
        self._matcher = matcher
        self._opener = opener
        self._fetcher = fetcher
        self._env = env
        self._tell = tell
        self._stop = stop
        self._spread = spread
        self._lock = threading.Lock()
        self._stream: Stream | None = None
        self._names: OrderedDict[str, str] = OrderedDict()
        self._pending = _Pending()
        self._told = 0.0
        self._first = True
        #: When what lies at the checkpoint was said, until the first message tells whether it is still there.
        self._since: datetime | None = None
        #: When the platform is asked again for the whole of a post.
        self._complete_from = float("-inf")
        #: The last step was behind.
        self._behind = False
        self._url: str | None = None

    def run(self) -> None:
        """Listen until stopped; ends with an :class:`Ended`, whatever happens."""
        bug: BaseException | None = None
        try:
            self._run()
        except Exception as error:  # noqa: BLE001 - a bug in one source must not leave the others without a keeper
            bug = error
        self._tell(Ended(self._source, bug))

    def hang_up(self) -> None:
        """Have it end at once; ``stop`` must be set. From any thread."""
        with self._lock:
            if self._stream is not None:
                self._stream.hang_up()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            began = self._env.monotonic()
            try:
                self._listen()
            except SourceError as error:
                if self._stop.is_set():
                    break
                held = not self._first and self._env.monotonic() - began >= _HELD
                failures = 1 if held else failures + 1
                # A token that was wrong when it was put right: the configuration is read again, and so is this.
                again_in = retry_delay(error, failures, self._env.now(), spread=self._spread())
                self._step(caught_up=False)
                self._say_failed(error, again_in)
                if isinstance(error, Gone):
                    return
                self._stop.wait(again_in)
        self._step(caught_up=False)

    def _listen(self) -> None:
        """One connection, from its opening to the error it ends with, or to the stop."""
        self._first = True
        checkpoint = None if self._known is None else self._known.checkpoint
        request = self._request(checkpoint)
        if request is None:
            raise UnexpectedResponse("the configuration asks this stream for nothing any more")
        self._url = request.url
        stream = _opened(self._source, request, self._opener)
        try:
            with self._lock:
                self._stream = stream
            if self._stop.is_set():
                return
            self._told = self._env.monotonic()
            if self._known is not None and request.since is None:
                # It was listened to before, and there is no place to go on from.
                self._pending.gap = (self._known.answered_at, self._env.now())
            if request.since is not None and self._streams.catches_up:
                self._catch_up(request.since)
            self._since = None if request.since is None else self._streams.position(request.since)
            for messages in stream.messages():
                self._hear(messages)
                if self._stop.is_set():
                    return
        finally:
            with self._lock:
                self._stream = None
            stream.close()

    def _request(self, checkpoint: str | None) -> Request | None:
        checkpoints = {} if checkpoint is None else {self._question: checkpoint}
        requests = self._streams.subscriptions(self._brands, checkpoints, self._env.now())
        return next((request for request in requests if request.question == self._question), None)

    # -- what came -------------------------------------------------------------------------------------------------

    def _hear(self, messages: Sequence[bytes]) -> None:
        pending = self._pending
        if messages:
            heard = self._understood(messages)
            pending.heard += len(messages)
            pending.odd += heard.odd
            self._sort(heard)
            if heard.last_at is not None:
                pending.last_at = heard.last_at
            if self._since is not None and heard.first_at is not None:
                if heard.first_at > self._since:
                    # What lay at the checkpoint would have come again, were it still there.
                    pending.gap = (self._since, max(heard.first_at, self._since + timedelta(seconds=1)))
                self._since = None
            if heard.checkpoint is not None:
                self._known = Known(heard.checkpoint, self._env.now())
        if self._is_due(came=bool(messages)):
            self._step(caught_up=not messages)

    def _understood(self, messages: Sequence[bytes]) -> StreamBatch:
        """What messages say; one that meets a case the source does not foresee costs no other."""
        now = self._env.now()
        try:
            return self._streams.parse_messages(messages, now)
        except Exception:  # noqa: BLE001 - a stranger's message may be anything
            if len(messages) == 1:
                return StreamBatch(odd=1)
        middle = len(messages) // 2
        first, second = self._understood(messages[:middle]), self._understood(messages[middle:])
        return StreamBatch(
            items=(*first.items, *second.items),
            edits=(*first.edits, *second.edits),
            gone=(*first.gone, *second.gone),
            names={**first.names, **second.names},
            checkpoint=second.checkpoint or first.checkpoint,
            first_at=first.first_at or second.first_at,
            last_at=second.last_at or first.last_at,
            odd=first.odd + second.odd,
        )

    def _is_due(self, *, came: bool) -> bool:
        pending = self._pending
        if (
            self._first
            or (self._behind and not came)
            or len(pending.items) >= _MOST_ITEMS
            or pending.heard >= _MESSAGES
        ):
            return True
        waited = self._env.monotonic() - self._told
        # A mention is told at once; what came with it may still be waiting to be read.
        return bool(pending.items) or waited >= (_CHECKPOINT if pending.heard or came else _QUIET)

    def _sort(self, heard: StreamBatch) -> None:
        """Keep what a brand matches, and what may be known already."""
        pending = self._pending
        for item in heard.items:
            if self._matcher.matches(item):
                pending.items.append(item)
        for item in heard.edits:
            pending.edits.append(item)
            if item.external_id and self._matcher.matches(item):
                pending.matching.add(item.external_id)
        if heard.names:
            kept = {item.external_id for item in (*pending.items, *pending.edits)}
            self._remember({name: told for name, told in heard.names.items() if told in kept})
        for name in heard.gone:
            pending.gone.append(self._names.get(name, name))

    def _remember(self, names: Mapping[str, str]) -> None:
        self._names.update(names)
        while len(self._names) > _MOST_NAMES:
            self._names.popitem(last=False)

    def _step(self, *, caught_up: bool) -> None:
        """Tell what was heard; at the end too, when nothing may have been."""
        pending, self._pending = self._pending, _Pending()
        if isinstance(self._source.source, Enriches) and not self._stop.is_set():
            pending.items = self._completed(self._source.source, pending.items)
        now = self._env.now()
        nothing = not (pending.heard or pending.items or pending.edits or pending.gone or pending.gap)
        if nothing and not self._first and not caught_up:
            return
        if nothing and self._first and not caught_up:
            return  # it never came to be heard
        at = now
        if not caught_up and pending.last_at is not None and pending.last_at < now - _UP_TO_DATE:
            at = pending.last_at.replace(microsecond=0)
        self._behind = at < now
        self._tell(
            StreamUpdate(
                self._source,
                self._question,
                at,
                now,
                url=self._url,
                items=tuple(pending.items),
                edits=tuple(pending.edits),
                matching=frozenset(pending.matching),
                gone=tuple(pending.gone),
                checkpoint=None if self._known is None else self._known.checkpoint,
                first=self._first,
                heard=pending.heard,
                odd=pending.odd,
                gap=pending.gap,
            )
        )
        self._known = Known(None if self._known is None else self._known.checkpoint, now)
        self._first = False
        self._told = self._env.monotonic()

    def _say_failed(self, error: SourceError, again_in: float) -> None:
        now = self._env.now()
        # The traceback's frames would keep the answer, and all that was heard.
        error.response = None
        error.__cause__ = error.__context__ = None
        told = error.with_traceback(None)
        self._tell(StreamUpdate(self._source, self._question, now, now, url=self._url, error=told, again_in=again_in))

    def _completed(self, source: Enriches, items: list[Item]) -> list[Item]:
        """With all that the platform says of what matched; as they are where it does not say it."""
        done: list[Item] = []
        for at in range(0, len(items), source.enrich_batch):
            part = items[at : at + source.enrich_batch]
            request = None if self._env.monotonic() < self._complete_from else source.enrich_request(part)
            if request is not None:
                try:
                    part = list(source.enriched(part, self._fetched(request)))
                except Exception:  # noqa: BLE001 - a stranger's answer may be anything
                    # Who wrote it can wait; that it was written cannot.
                    self._complete_from = self._env.monotonic() + _LONGEST
            done += part
        return done

    # -- what was said while nobody listened -----------------------------------------------------------------------

    def _catch_up(self, since: str) -> None:
        """Ask, from the checkpoint on, for what was said meanwhile, while the stream waits."""
        source: Source = self._source.source
        limits = limits_of(source)
        checkpoints = {self._question: since}
        requests = source.requests(self._brands, checkpoints, self._env.now())
        asked = next((request for request in requests if request.question == self._question), None)
        pages, newest = 0, None
        while asked is not None and not self._stop.is_set():
            if pages == limits.pages:
                # The rest is out of reach; from here on the stream tells.
                start = newest or (None if self._known is None else self._known.answered_at)
                self._pending.gap = (start, self._env.now())
                self._step(caught_up=True)
                return
            page = source.parse(self._fetched(asked))
            pages += 1
            names = {item.external_id for item in page.items}
            self._sort(StreamBatch(items=page.items))
            self._pending.heard += len(names)
            newest = max((i.published_at for i in page.items if i.published_at is not None), default=newest)
            if page.checkpoint is not None:
                self._known = Known(page.checkpoint, self._env.now())
            asked = page.next
            if self._pending.items and asked is not None:
                self._step(caught_up=False)
        self._step(caught_up=True)

    def _fetched(self, request: Request) -> Response:
        limits = limits_of(self._source.source)
        try:
            answer = self._fetcher.fetch(
                request,
                allowed_hosts=frozenset(self._source.hosts),
                spacing=limits.spacing,
                concurrency=limits.concurrency,
            )
        except SourceError as error:
            raise _explained(self._source, error) from error
        if not isinstance(answer, Response):
            raise UnexpectedResponse("304 came where nothing was known before", status=304)
        return answer
