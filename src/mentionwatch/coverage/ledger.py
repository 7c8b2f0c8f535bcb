"""The coverage ledger: what each question's answers prove to have been seen, and what they do not (pure).

A source can look back: an answer that reaches back to the answer before it has seen all that lies between, however
long that is and whatever failed meanwhile. So an outage is *recovered* when the answer after it does, and *lost* as far
as it does not (``gap_from`` to ``gap_to`` of the ledger of polls). The rules in words: ``docs/coverage.md``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from mentionwatch.records import Poll

#: ``open``: after the last answer; the next one will say. ``failed`` and ``waiting``: no answer has come since.
CoverageState = Literal["covered", "truncated", "failed", "waiting", "never-asked", "open"]
#: Why a source was blind for a time.
BlindCause = Literal["failed", "waiting"]

_SEEN = frozenset(("answered", "unchanged", "truncated"))
_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of one question's time.

    ``cause`` is set where the source was blind: with ``covered`` the time was recovered after, with ``truncated`` it
    is lost, with ``failed`` and ``waiting`` nothing has told yet. The first answer of all is an interval of no length.
    """

    start: datetime
    end: datetime
    state: CoverageState
    cause: BlindCause | None = None

    @property
    def recovered(self) -> bool:
        return self.state == "covered" and self.cause is not None


@dataclass(frozen=True, slots=True)
class QuestionTimeline:
    """One question's time, without holes and in order."""

    question: str
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class SourceLedger:
    """One source's time.

    ``covered`` is the share of its questions' decided time that was seen, 0 to 1, and ``None`` where nothing is
    decided: what is open, and what lies before the first asking, is not. ``blind``, ``recovered``, ``lost`` and
    ``unresolved`` are lengths of time in which this holds of at least one question. ``lost`` includes what was cut off
    without any outage. ``polls`` are requests answered or not, ``answers`` those answered.
    """

    source: str
    questions: tuple[QuestionTimeline, ...] = ()
    covered: float | None = None
    blind: timedelta = _ZERO
    recovered: timedelta = _ZERO
    lost: timedelta = _ZERO
    unresolved: timedelta = _ZERO
    polls: int = 0
    answers: int = 0
    failed: int = 0
    new_items: int = 0
    #: Why the last of those that failed did.
    last_error: str | None = field(default=None, compare=False)
    intervals: tuple[Interval, ...] = field(default=(), repr=False)

    @property
    def new_per_answer(self) -> float | None:
        """What an answer yields; ``None`` where there was none."""
        return self.new_items / self.answers if self.answers else None


def timeline(entries: Iterable[Poll], start: datetime, end: datetime) -> tuple[Interval, ...]:
    """One question's time from ``start`` to ``end``: intervals that touch, in order, none of them open to two readings.

    ``entries`` are those of the question and the failures of its whole source, with the last answer before ``start``
    and what failed after it; their order does not matter.
    """
    spans: list[Interval] = []
    holes: list[tuple[datetime, datetime]] = []
    inside: list[datetime] = []  # failures within a run of answers
    seen: datetime | None = None
    troubles: list[tuple[datetime, BlindCause]] = []
    for at, entry in _events(entries):
        if entry.outcome not in _SEEN:
            if seen is not None and at < seen:
                inside.append(at)
            else:
                troubles.append((at, "waiting" if entry.outcome == "waiting" else "failed"))
            continue
        spans += _up_to(at, seen, troubles, start)
        if inside:
            spans = _overlaid(spans, inside[0], inside[-1], cause="failed")
        hole = _hole(entry)
        if hole is not None:
            holes.append(hole)
        spans.append(Interval(at, max(at, entry.last_at), "covered"))
        # A clock that was set back does not make what was seen unseen.
        seen, troubles, inside = max(seen or at, at, entry.last_at), [], []
    if inside:
        spans = _overlaid(spans, inside[0], inside[-1], cause="failed")
    spans += _tail(seen, troubles, start, end)
    for first, last in holes:
        spans = _overlaid(spans, first, last, state="truncated")
    return _joined(_clipped(spans, start, end))


def _events(entries: Iterable[Poll]) -> list[tuple[datetime, Poll]]:
    """Answers when they began; failures at both ends of their run, for a source's own may run on past its answers."""
    events = [(entry.first_at, entry) for entry in entries]
    events += [(e.last_at, e) for _, e in events.copy() if e.outcome not in _SEEN and e.last_at > e.first_at]
    return sorted(events, key=lambda event: event[0])


def _up_to(
    at: datetime, seen: datetime | None, troubles: Sequence[tuple[datetime, BlindCause]], start: datetime
) -> list[Interval]:
    """What an answer at ``at`` says of the time before it."""
    if seen is not None:
        return [Interval(seen, at, "covered", _cause(troubles))] if at > seen else []
    if not troubles:
        return [Interval(min(start, at), at, "never-asked")]
    # The first answer is backlog: it does not reach back to anything.
    first = troubles[0][0]
    return [Interval(min(start, first), first, "never-asked"), Interval(first, at, *_state(troubles))]


def _tail(
    seen: datetime | None, troubles: Sequence[tuple[datetime, BlindCause]], start: datetime, end: datetime
) -> list[Interval]:
    if seen is not None:
        begins = min(seen, end)
        return [Interval(begins, end, *_state(troubles)) if troubles else Interval(begins, end, "open")]
    if not troubles:
        return [Interval(start, end, "never-asked")]
    first = min(troubles[0][0], end)
    return [Interval(min(start, first), first, "never-asked"), Interval(first, end, *_state(troubles))]


def _cause(troubles: Sequence[tuple[datetime, BlindCause]]) -> BlindCause | None:
    """A failure outweighs a wait: a wait is what was agreed upon."""
    if not troubles:
        return None
    return "failed" if any(cause == "failed" for _, cause in troubles) else "waiting"


def _state(troubles: Sequence[tuple[datetime, BlindCause]]) -> tuple[BlindCause, BlindCause | None]:
    """What the last trouble leaves it in, and why it was blind."""
    return troubles[-1][1], _cause(troubles)


def _hole(entry: Poll) -> tuple[datetime, datetime] | None:
    """What an answer that was cut off did not show. Nothing for a first answer, which is backlog."""
    if entry.outcome != "truncated" or entry.gap_from is None:
        return None
    end = entry.gap_to
    if end is None or not entry.gap_from < end <= entry.first_at:
        # Its oldest item proves nothing (in no order, or without dates): anything since may be missing.
        end = max(entry.gap_from, entry.first_at)
    return entry.gap_from, end


def _overlaid(
    spans: Iterable[Interval],
    start: datetime,
    end: datetime,
    *,
    state: CoverageState | None = None,
    cause: BlindCause | None = None,
) -> list[Interval]:
    """The intervals with what was covered from ``start`` to ``end`` said to be otherwise."""
    made: list[Interval] = []
    for one in spans:
        first, last = max(one.start, start), min(one.end, end)
        if one.state != "covered" or first >= last:
            made.append(one)
            continue
        if one.start < first:
            made.append(replace(one, end=first))
        made.append(Interval(first, last, state or one.state, cause or one.cause))
        if last < one.end:
            made.append(replace(one, start=last))
    return made


def _clipped(spans: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
    made = []
    for one in spans:
        first, last = max(one.start, start), min(one.end, end)
        # An instant stands for an answer; any other stretch of no length says nothing.
        if first < last or (first == last and one.state in ("covered", "failed", "waiting") and one.end >= start):
            made.append(replace(one, start=first, end=last))
    return made


def _joined(spans: Sequence[Interval]) -> tuple[Interval, ...]:
    """Neighbours that say the same made one; the instant of an answer is dropped where the time beside it was seen."""
    made: list[Interval] = []
    for one in spans:
        last = made[-1] if made else None
        if last is not None and (last.state, last.cause) == (one.state, one.cause) and one.start <= last.end:
            made[-1] = replace(last, end=max(last.end, one.end))
        elif last is not None and one.start == one.end and last.state in ("covered", "truncated"):
            continue
        else:
            if last is not None and last.start == last.end and one.state in ("covered", "truncated"):
                made.pop()
            made.append(one)
    return tuple(made)


def ledger(
    entries: Iterable[Poll],
    start: datetime,
    end: datetime,
    *,
    sources: Iterable[str] = (),
    asked: Iterable[tuple[str, str]] = (),
) -> tuple[SourceLedger, ...]:
    """Every source's time from ``start`` to ``end``.

    ``sources`` stand first, in this order, whether they were asked or not. ``asked`` are questions (by source) that
    are known to have been answered before, though nothing may have been asked of them in this time.
    """
    by_source: dict[str, list[Poll]] = {name: [] for name in sources}
    for entry in entries:
        by_source.setdefault(entry.source, []).append(entry)
    known: dict[str, list[str]] = defaultdict(list)
    for source, question in asked:
        known[source].append(question)
    return tuple(_source(name, own, known[name], start, end) for name, own in by_source.items())


def _source(name: str, entries: Sequence[Poll], known: Iterable[str], start: datetime, end: datetime) -> SourceLedger:
    questions: dict[str, list[Poll]] = {question: [] for question in known}
    common: list[Poll] = []
    for entry in entries:
        if entry.question:
            questions.setdefault(entry.question, []).append(entry)
        else:
            common.append(entry)
    if not questions:
        questions[""] = []
    lines = tuple(
        QuestionTimeline(question, timeline([*own, *common], start, end)) for question, own in sorted(questions.items())
    )
    every = tuple(one for line in lines for one in line.intervals)
    decided = sum((duration(one) for one in every if one.state not in ("open", "never-asked")), _ZERO)
    seen = sum((duration(one) for one in every if one.state == "covered"), _ZERO)
    here = [entry for entry in entries if entry.last_at >= start and entry.first_at <= end]
    answered = [entry for entry in here if entry.outcome in _SEEN]
    lost = union(one for one in every if one.state == "truncated")
    unresolved = union(one for one in every if one.state in ("failed", "waiting"))
    blind = union(one for one in every if one.cause is not None)
    return SourceLedger(
        name,
        lines,
        covered=seen / decided if decided else None,
        blind=_length(blind),
        recovered=_length(without_overlap(union(one for one in every if one.recovered), [*lost, *unresolved])),
        lost=_length(lost),
        unresolved=_length(unresolved),
        polls=sum(entry.times for entry in here),
        answers=sum(entry.times for entry in answered),
        failed=sum(entry.times for entry in here if entry.outcome == "failed"),
        new_items=sum(entry.new_items for entry in answered),
        last_error=max(
            ((entry.last_at, entry.error or "") for entry in here if entry.outcome == "failed"), default=(None, None)
        )[1],
        intervals=every,
    )


def duration(one: Interval) -> timedelta:
    """How long an interval is."""
    return one.end - one.start


def union(intervals: Iterable[Interval]) -> list[tuple[datetime, datetime]]:
    """The time that at least one of the intervals holds, in order, without overlaps."""
    whole: list[tuple[datetime, datetime]] = []
    for start, end in sorted((one.start, one.end) for one in intervals):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def without_overlap(
    whole: Iterable[tuple[datetime, datetime]], taken: Iterable[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    """``whole`` without what ``taken`` holds."""
    left: list[tuple[datetime, datetime]] = []
    out = sorted(taken)
    for start, end in whole:
        at = start
        for first, last in out:
            if last <= at or first >= end:
                continue
            if first > at:
                left.append((at, first))
            at = max(at, last)
        if at < end:
            left.append((at, end))
    return left


def _length(spans: Iterable[tuple[datetime, datetime]]) -> timedelta:
    return sum((end - start for start, end in spans), _ZERO)


#: What a column of a source's timeline shows, from harmless to worst.
CellState = Literal["unasked", "seen", "recovered", "waiting", "lost", "failed"]
_CELL_STATES: tuple[CellState, ...] = get_args(CellState)


def cells(intervals: Iterable[Interval], start: datetime, end: datetime, columns: int) -> tuple[CellState, ...]:
    """The time from ``start`` to ``end`` in so many columns; the worst of each."""
    worst = [0] * columns
    step = max((end - start) / columns, timedelta(microseconds=1))
    for one in intervals:
        # An instant, and the very end, stand in the column before their border.
        last = min(columns - 1, max(0, -(-(one.end - start) // step) - 1))
        first = min(last, max(0, (one.start - start) // step))
        severity = _CELL_STATES.index(_cell_state(one))
        for column in range(first, last + 1):
            worst[column] = max(worst[column], severity)
    return tuple(_CELL_STATES[cell] for cell in worst)


def _cell_state(one: Interval) -> CellState:
    match one.state:
        case "never-asked" | "open":
            return "unasked"
        case "covered":
            return "recovered" if one.recovered else "seen"
        case "truncated":
            return "lost"
        case "waiting" | "failed":
            return one.state
