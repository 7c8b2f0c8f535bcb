"""Keeping what streams tell: items, checkpoint and ledger in one transaction; then brands read it, and it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mentionwatch.analysis import Rulebook
from mentionwatch.collect.match_items import read
from mentionwatch.collect.save_items import find_item, save_items
from mentionwatch.collect.scan import fingerprint
from mentionwatch.collect.stream_listener import StreamUpdate
from mentionwatch.collect.verdicts import judge_pending, rulebook
from mentionwatch.config import Config, ConfiguredSource
from mentionwatch.errors import Gone, RateLimited
from mentionwatch.identity import words_hash
from mentionwatch.match import Matcher
from mentionwatch.messages import Validators
from mentionwatch.store import Store
from mentionwatch.store.polls import Outcome
from mentionwatch.store.sources import QuestionState, SourceState
from mentionwatch.urls import redact

__all__ = ["Keeper", "StreamStats", "behind"]

_GONE, _EDITED = "its author deleted it, as the stream said", "its author edited it, as the stream said"
#: How far behind is told, and from when on: not to the second, or every checkpoint would say something new.
_BEHIND = (
    (timedelta(days=1), "more than a day"),
    (timedelta(hours=6), "more than 6 hours"),
    (timedelta(hours=1), "more than an hour"),
    (timedelta(minutes=10), "more than 10 minutes"),
    (timedelta(minutes=1), "more than a minute"),
)


#: Mentions judged again beside each second's, where the rules are others now: a scan does most of it.
_AGAIN = 100


@dataclass(slots=True)
class StreamStats:
    """What one source's streams came to in this run."""

    heard: int = 0
    odd: int = 0
    kept: int = 0
    connected: int = 0
    failures: int = 0
    lag: timedelta = timedelta(0)
    error: str | None = None


def behind(lag: timedelta) -> str | None:
    """``more than an hour``; ``None`` for less than a minute."""
    return next((said for least, said in _BEHIND if lag > least), None)


@dataclass(slots=True)
class Keeper:
    """Writes for all streams of a run, from one thread."""

    config: Config
    store: Store
    matcher: Matcher
    rows: dict[str, SourceState] = field(default_factory=dict)
    tallies: dict[str, StreamStats] = field(default_factory=dict)
    #: The user's rules and people, read once.
    book: Rulebook = field(init=False)

    def __post_init__(self) -> None:
        self.book = rulebook(self.config)

    def begin(self, sources: Sequence[ConfiguredSource]) -> None:
        """Make ready a row for each; how far one was heard holds whatever its options are: it is a time."""
        rows = self.store.sources.states()
        with self.store.writing():
            for source in sources:
                row, mark = rows.get(source.name), fingerprint(source)
                if row is None or row.fingerprint != mark:
                    row = SourceState(source.name, source.source.type, mark)
                self.rows[source.name] = row
                self.tallies[source.name] = StreamStats()

    def keep(self, steps: Sequence[StreamUpdate], now: datetime) -> tuple[str, ...]:
        """Keep what was told, and give the ids of the mentions that are new."""
        changed = False
        with self.store.writing():
            for step in steps:
                if step.error is None:
                    changed = self._advance(step) or changed
                else:
                    self._fail(step)
        return self.read(now) if changed else ()

    def read(self, now: datetime) -> tuple[str, ...]:
        """Let every brand read what is kept and was not read, and give the ids of the mentions that are new."""
        found = read(self.store, self.config.brands, now, compiled=self.matcher)
        judge_pending(self.store, self.config.brands, now, book=self.book, again=_AGAIN)
        return found.new

    def _advance(self, step: StreamUpdate) -> bool:
        name, tally = step.source.name, self.tallies[step.source.name]
        outcome: Outcome = "truncated" if step.gap else "answered" if step.items or step.first else "unchanged"
        poll_id = self.store.polls.record(
            name, step.question, outcome, step.at, url=_shown(step.url), items=len(step.items), gap=step.gap
        )
        new = 0
        if step.items:
            new = save_items(self.store, name, step.items, step.seen, backlog=False, poll_id=poll_id)
            self.store.polls.count_new(poll_id, new)
        changed = self._edit(step, poll_id) or bool(step.items)
        self._take_back(step)
        row = QuestionState(step.checkpoint, Validators(), None, step.at)
        self.store.sources.save_question(name, step.question, row, step.at)
        tally.heard += step.heard
        tally.odd += step.odd
        tally.kept += new
        tally.connected += step.first
        tally.lag = step.seen - step.at
        said = behind(tally.lag)
        self._write(
            step,
            last_success_at=step.seen,
            failing_since=None,
            failures=0,
            error_code=None,
            error=None,
            wait_until=None,
            wait_reason=None,
            gone_at=None,
            note=None if said is None else f"{said} behind: it is catching up",
        )
        return changed

    def _edit(self, step: StreamUpdate, poll_id: int) -> bool:
        """Posts in other words: those that are known, whatever they say now, and those that match."""
        changed = False
        name = step.source.name
        for item in step.edits:
            known = find_item(self.store, item.platform, item.external_id or "")
            if known is not None:
                words = bytes.fromhex(words_hash(item))
                changed = self.store.changes.mark_edited(known, name, item, words, step.seen, _EDITED) or changed
            elif item.external_id in step.matching:
                save_items(self.store, name, [item], step.seen, backlog=False, poll_id=poll_id)
                changed = True
        return changed

    def _take_back(self, step: StreamUpdate) -> None:
        platform = step.source.source.platform
        for external_id in step.gone:
            known = find_item(self.store, platform, external_id)
            if known is not None:
                self.store.changes.mark_gone(known, step.seen, _GONE)

    def _fail(self, step: StreamUpdate) -> None:
        error = step.error
        assert error is not None
        name, row = step.source.name, self.rows[step.source.name]
        waits = isinstance(error, RateLimited)
        self.store.polls.record(
            name,
            step.question,
            "waiting" if waits else "failed",
            step.at,
            status=error.status,
            url=_shown(step.url),
            error_code=error.code,
            error=error.message,
        )
        self.tallies[name].failures += 1
        self.tallies[name].error = error.message
        if waits:
            until = step.seen + timedelta(seconds=step.again_in)
            self._write(step, wait_until=until.replace(microsecond=0), wait_reason=error.message)
            return
        self._write(
            step,
            failing_since=row.failing_since or step.seen,
            failures=row.failures + 1,
            error_code=error.code,
            error=error.message,
            gone_at=step.seen if isinstance(error, Gone) else None,
        )

    def _write(self, step: StreamUpdate, **changed: object) -> None:
        row = self.rows[step.source.name]
        values = {"first_asked_at": row.first_asked_at or step.seen, "last_asked_at": step.seen, **changed}
        self.rows[step.source.name] = replace(row, **values)  # type: ignore[arg-type]
        self.store.sources.save(self.rows[step.source.name], step.seen)


def _shown(url: str | None) -> str | None:
    return None if url is None else redact(url)
