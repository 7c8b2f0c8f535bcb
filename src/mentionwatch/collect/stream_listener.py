"""Listens to one stream: opens it, parses and matches what comes, and when it breaks off, waits and resumes.

Runs in a thread of its own and touches no database: what it learns is emitted, which may block – then nothing is read,
and the server has to wait (TCP) or to end the stream; nothing is ever dropped here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

from mentionwatch.collect.poller import Poller
from mentionwatch.collect.redaction import redact_error
from mentionwatch.collect.stream_update import LONGEST_DELAY, StreamUpdate, lag_in_words, retry_delay
from mentionwatch.config import ConfiguredSource
from mentionwatch.env import Env
from mentionwatch.errors import Gone, RateLimited, SourceError, UnexpectedResponse
from mentionwatch.fetch.streams import Opener, Stream
from mentionwatch.match import Matcher
from mentionwatch.messages import Request, Validators
from mentionwatch.model import Brand, Item
from mentionwatch.sources import Enriches, StreamBatch, StreamSource, explain_error
from mentionwatch.store.sources import QuestionState

#: Seconds between two checkpoints while something comes, and while nothing does.
_CHECKPOINT, _QUIET = 5.0, 60.0
#: Messages after which there is a checkpoint however fast they come.
_MESSAGES = 10_000
#: Items emitted at once.
_MOST_ITEMS = 200
#: Names of stored posts by which their deletion will be announced.
_MOST_NAMES = 10_000
#: A stream that is no more than so far behind is up to date: the network's own delays are some seconds.
_UP_TO_DATE = timedelta(seconds=10)
#: A connection that held so many seconds was a good one: the next try after it is the first again.
_HELD = 60.0


@dataclass(frozen=True, slots=True)
class ListenerEnded:
    """A listener is done; ``bug`` is an exception of ours that nothing foresaw."""

    source: ConfiguredSource
    bug: Exception | None = None


def probe_stream(
    source: ConfiguredSource, brands: tuple[Brand, ...], opener: Opener, env: Env, *, seconds: float
) -> int:
    """How many messages come together first, 0 when none does in so many seconds; nothing is stored.

    Opens the first of the source's streams. Raises the :class:`~mentionwatch.errors.SourceError` that forbids it.
    """
    streams = cast(StreamSource, source.source)
    request = next(iter(streams.subscriptions(source.served(brands), {}, env.now())))
    stream = _opened(source, request, opener)
    try:
        ends_at = env.monotonic() + seconds
        for messages in stream.messages():
            if messages:
                if streams.parse_messages(messages, env.now()).odd == len(messages):
                    raise UnexpectedResponse("the stream is not in this source's format")
                return len(messages)
            if env.monotonic() >= ends_at:
                return 0
    finally:
        stream.close()
    return 0


def _opened(source: ConfiguredSource, request: Request, opener: Opener) -> Stream:
    try:
        form, origins = cast(StreamSource, source.source).form, frozenset(source.origins)
        return opener.open(request, form, allowed_hosts=origins, private=source.private)
    except SourceError as error:
        read = explain_error(source.source, error)
        raise redact_error(source, read if isinstance(read, SourceError) else error) from None


@dataclass(slots=True)
class _Pending:
    """What was heard since the last update."""

    items: list[Item] = field(default_factory=list)
    edits: list[Item] = field(default_factory=list)
    matching: set[str] = field(default_factory=set)
    gone: list[str] = field(default_factory=list)
    last_at: datetime | None = None
    heard: int = 0
    odd: int = 0
    gap: tuple[datetime | None, datetime | None] | None = None

    def __bool__(self) -> bool:
        return bool(self.heard or self.items or self.edits or self.gone or self.gap)


@dataclass(slots=True)
class Listener:
    """One connection of one source.

    ``known`` is where it was left; ``stop`` ends it, together with :meth:`hang_up`; ``spread`` gives numbers from 0 to
    1 for its waits.
    """

    source: ConfiguredSource
    question: str
    brands: tuple[Brand, ...]
    known: QuestionState | None
    matcher: Matcher
    opener: Opener
    poller: Poller
    env: Env
    emit: Callable[[StreamUpdate | ListenerEnded], None]
    stop: threading.Event
    spread: Callable[[], float]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stream: Stream | None = None
    _names: OrderedDict[str, str] = field(default_factory=OrderedDict)
    _pending: _Pending = field(default_factory=_Pending)
    #: When the last update was emitted (monotonic).
    _updated: float = 0.0
    _first: bool = True
    #: When what lies at the checkpoint was said, until the first message tells whether it is still there.
    _since: datetime | None = None
    #: When the platform is asked again for the whole of a post (monotonic).
    _complete_from: float = float("-inf")
    #: The last update was behind.
    _behind: bool = False
    _url: str | None = None
    #: It is listening, or was and has something to hand over; else there is nothing in it that an end would lose.
    _listening: threading.Event = field(default_factory=threading.Event)

    @property
    def is_listening(self) -> bool:
        """Whether its last words are worth waiting for; while it connects or catches up there are none. Thread-safe."""
        return self._listening.is_set()

    @property
    def _streams(self) -> StreamSource:
        return cast(StreamSource, self.source.source)

    def run(self) -> None:
        """Listen until stopped; ends with a :class:`ListenerEnded`, whatever happens."""
        bug: Exception | None = None
        try:
            self._run()
        except Exception as error:  # noqa: BLE001 - raised by the thread that stores, which must not wait for ever
            bug = error
        self._listening.clear()
        self.emit(ListenerEnded(self.source, bug))

    def hang_up(self) -> None:
        """Have it end at once; ``stop`` must be set. Thread-safe."""
        with self._lock:
            if self._stream is not None:
                self._stream.hang_up()

    def _run(self) -> None:
        failures = 0
        while not self.stop.is_set():
            began = self.env.monotonic()
            try:
                self._listen()
            except SourceError as error:
                if self.stop.is_set():
                    break
                held = not self._first and self.env.monotonic() - began >= _HELD
                failures = 1 if held else failures + 1
                retry_in = retry_delay(error, failures, self.env.now(), spread=self.spread())
                self._update(caught_up=False)
                self._emit_failure(error, retry_in)
                self._listening.clear()
                if isinstance(error, Gone):
                    return
                self.stop.wait(retry_in)
        self._update(caught_up=False)

    def _listen(self) -> None:
        """One connection, from its opening to the error it ends with, or to the stop."""
        self._first = True
        request = self._request(self._streams.subscriptions)
        if request is None:
            raise UnexpectedResponse("the configuration no longer asks this stream for anything")
        self._url = request.url
        stream = _opened(self.source, request, self.opener)
        try:
            with self._lock:
                self._stream = stream
            if self.stop.is_set():
                return
            self._updated = self.env.monotonic()
            if self.known is not None and request.since is None:
                # It was listened to before, and there is no place to go on from.
                self._pending.gap = (self.known.answered_at, self.env.now())
            if request.since is not None and self._streams.catches_up:
                self._catch_up()
            self._listening.set()
            self._since = None if request.since is None else self._streams.position(request.since)
            for messages in stream.messages():
                self._hear(messages)
                if self.stop.is_set():
                    return
        finally:
            with self._lock:
                self._stream = None
            stream.close()

    def _request(self, requests: Callable[..., Iterable[Request]]) -> Request | None:
        """The one of a source's requests that asks this listener's question, from its checkpoint on."""
        checkpoint = None if self.known is None else self.known.checkpoint
        checkpoints = {} if checkpoint is None else {self.question: checkpoint}
        made = requests(self.brands, checkpoints, self.env.now())
        return next((request for request in made if request.query_key == self.question), None)

    def _remember(self, checkpoint: str | None) -> None:
        """Where to go on from, and that all is known up to now."""
        before = None if self.known is None else self.known.checkpoint
        self.known = QuestionState(checkpoint or before, Validators(), None, self.env.now())

    # -- what came -----------------------------------------------------------------------------------------------------

    def _hear(self, messages: Sequence[bytes]) -> None:
        pending = self._pending
        if messages:
            heard = self._parsed(messages)
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
                self._remember(heard.checkpoint)
        if self._is_due(came=bool(messages)):
            self._update(caught_up=not messages)

    def _parsed(self, messages: Sequence[bytes]) -> StreamBatch:
        """What messages say; one that meets a case the source does not foresee costs no other."""
        now = self.env.now()
        try:
            return self._streams.parse_messages(messages, now)
        except Exception:  # noqa: BLE001 - a server's message may be anything
            if len(messages) == 1:
                return StreamBatch(odd=1)
        middle = len(messages) // 2
        first, second = self._parsed(messages[:middle]), self._parsed(messages[middle:])
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
        waited = self.env.monotonic() - self._updated
        # A mention is emitted at once; what came with it may still be waiting to be read.
        return bool(pending.items) or waited >= (_CHECKPOINT if pending.heard or came else _QUIET)

    def _sort(self, heard: StreamBatch) -> None:
        """Keep what a brand matches, and what may be stored already."""
        pending = self._pending
        for item in heard.items:
            if self.matcher.matches(item):
                pending.items.append(item)
        for item in heard.edits:
            pending.edits.append(item)
            if item.external_id and self.matcher.matches(item):
                pending.matching.add(item.external_id)
        if heard.names:
            kept = {item.external_id for item in (*pending.items, *pending.edits)}
            self._names.update({name: external_id for name, external_id in heard.names.items() if external_id in kept})
            while len(self._names) > _MOST_NAMES:
                self._names.popitem(last=False)
        for name in heard.gone:
            pending.gone.append(self._names.get(name, name))

    def _update(self, *, caught_up: bool) -> None:
        """Emit what was heard; at the end too, when nothing may have been."""
        pending, self._pending = self._pending, _Pending()
        if isinstance(self.source.source, Enriches) and not self.stop.is_set():
            pending.items = self._completed(self.source.source, pending.items)
        if not pending and not caught_up:
            return
        now = self.env.now()
        complete_to = now
        if not caught_up and pending.last_at is not None and pending.last_at < now - _UP_TO_DATE:
            complete_to = pending.last_at.replace(microsecond=0)
        self._behind = complete_to < now
        checkpoint = None if self.known is None else self.known.checkpoint
        changed = pending.items or self._first
        self.emit(
            StreamUpdate(
                self.source,
                self.question,
                "truncated" if pending.gap else "answered" if changed else "unchanged",
                now,
                complete_to=complete_to,
                url=self._url,
                items=tuple(pending.items),
                question_state=QuestionState(checkpoint, Validators(), None),
                edits=tuple(pending.edits),
                matching=frozenset(pending.matching),
                gone=tuple(pending.gone),
                note=None if (lag := lag_in_words(now - complete_to)) is None else f"{lag} behind: it is catching up",
                first=self._first,
                heard=pending.heard,
                odd=pending.odd,
                gap=pending.gap,
            )
        )
        self._remember(None)
        self._first = False
        self._updated = self.env.monotonic()

    def _emit_failure(self, error: SourceError, retry_in: float) -> None:
        now = self.env.now()
        if isinstance(error, RateLimited):
            error.until = (now + timedelta(seconds=retry_in)).replace(microsecond=0)
        error = redact_error(self.source, error)
        self.emit(replace(StreamUpdate.failed(self.source, self.question, error, now, self._url), retry_in=retry_in))

    def _completed(self, source: Enriches, items: list[Item]) -> list[Item]:
        """With all that the platform says of what matched; as they are where it does not say it."""
        done: list[Item] = []
        for at in range(0, len(items), source.enrich_batch):
            part = items[at : at + source.enrich_batch]
            request = None if self.env.monotonic() < self._complete_from else source.enrich_request(part)
            if request is not None:
                try:
                    part = list(source.enriched(part, self.poller.fetch(self.source, request)))
                except Exception:  # noqa: BLE001 - a server's answer may be anything
                    # The author's name can wait; the mention cannot.
                    self._complete_from = self.env.monotonic() + LONGEST_DELAY
            done += part
        return done

    # -- what was said while nobody listened ---------------------------------------------------------------------------

    def _catch_up(self) -> None:
        """Poll, from the checkpoint on, for what was said meanwhile, while the stream waits."""
        request = self._request(self.source.source.requests)
        newest = None if self.known is None else self.known.answered_at
        for page in () if request is None else self.poller.read_question(self.source, request, self.known):
            self._sort(StreamBatch(items=page.items))
            self._pending.heard += len({item.external_id for item in page.items})
            newest = max((i.published_at for i in page.items if i.published_at is not None), default=newest)
            if page.checkpoint is not None:
                self._remember(page.checkpoint)
            if page.unread:
                # The rest is out of reach; from here on the stream tells.
                self._pending.gap = (newest, self.env.now())
            elif self._pending.items and page.question_state is None:
                self._update(caught_up=False)
            if self.stop.is_set():
                break
        self._update(caught_up=True)
