"""What was watched and what was not: the state of each source, and what a digest must say of it (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

__all__ = ["Gap", "SourceLine", "SourceLineState", "SourceState", "foot"]

GapKind = Literal["failed", "truncated"]
#: Worst first: in this order a digest tells them.
SourceLineState = Literal[
    "failing", "gone", "never-asked", "not-asked", "blind", "truncated", "waiting", "moved", "note"
]
_ORDER: tuple[SourceLineState, ...] = (
    "failing", "gone", "never-asked", "not-asked", "blind", "truncated", "waiting", "moved", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which a source was not seen: it did not answer (``failed``), or had more than it would give."""

    start: datetime
    end: datetime
    kind: GapKind


@dataclass(frozen=True, slots=True)
class SourceState:
    """One configured source as its last poll left it; the row a store keeps of it.

    ``failures`` counts polls in a row. ``error`` and ``note`` are our own words, clean and without secrets.
    ``gaps`` are those that touch the time that is told of; order does not matter.
    """

    name: str
    type: str
    last_asked_at: datetime | None = None
    last_success_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    error: str | None = None
    wait_until: datetime | None = None
    wait_reason: str | None = None
    gone_at: datetime | None = None
    moved_to: str | None = None
    note: str | None = None
    gaps: tuple[Gap, ...] = ()

    @property
    def never_asked(self) -> bool:
        return self.last_asked_at is None


@dataclass(frozen=True, slots=True)
class SourceLine:
    """What a digest says of one source that did not (wholly) do its duty.

    ``since`` is when the trouble began, ``until`` when it ends or ended; ``times`` how often in a row or how many
    gaps. ``detail`` is the error, the reason or the new address, one line.
    """

    name: str
    type: str
    state: SourceLineState
    since: datetime | None = None
    until: datetime | None = None
    times: int = 0
    detail: str | None = None
    last_success_at: datetime | None = None
    gaps: tuple[Gap, ...] = ()


def foot(states: Iterable[SourceState], since: datetime, until: datetime, now: datetime) -> tuple[SourceLine, ...]:
    """The sources that failed, were blind or wait in ``[since, until)``, worst first, then by name.

    A source that did all it should has no line. One that has trouble of several kinds has a line for each, but a
    failing source is not also said to wait or to have been blind: its one line holds all that.
    """
    lines = [line for state in states for line in _lines(state, since, until, now)]
    return tuple(sorted(lines, key=lambda line: (_ORDER.index(line.state), line.name, line.since or now)))


def _lines(state: SourceState, since: datetime, until: datetime, now: datetime) -> Iterable[SourceLine]:
    base = SourceLine(state.name, state.type, "note", last_success_at=state.last_success_at)
    waits = state.wait_until if state.wait_until is not None and state.wait_until > now else None
    if state.gone_at is not None:
        yield replace(base, state="gone", since=state.gone_at, detail=state.error)
    elif state.failures:
        yield replace(
            base,
            state="failing",
            since=state.failing_since,
            until=waits,
            times=state.failures,
            detail=state.error or state.wait_reason,
        )
    elif waits is not None:
        yield replace(base, state="waiting", since=state.last_asked_at, until=waits, detail=state.wait_reason)
    elif state.last_asked_at is None:
        yield replace(base, state="never-asked")
    elif state.last_asked_at < since:
        yield replace(base, state="not-asked", since=state.last_asked_at)
    steady = state.gone_at is None and not state.failures
    for kind, gap_kind in (("blind", "failed"), ("truncated", "truncated")):
        gaps = _merged(gap for gap in state.gaps if gap.kind == gap_kind and gap.start < until and gap.end >= since)
        if gaps and (steady or kind == "truncated"):
            yield replace(
                base,
                state="blind" if kind == "blind" else "truncated",
                since=gaps[0].start,
                until=gaps[-1].end,
                times=len(gaps),
                gaps=gaps,
            )
    if state.moved_to:
        yield replace(base, state="moved", detail=state.moved_to)
    if state.note and steady:
        yield replace(base, state="note", detail=state.note)


def _merged(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """The gaps in order of time, those that touch made one."""
    whole: list[Gap] = []
    for gap in sorted(gaps, key=lambda gap: (gap.start, gap.end)):
        if whole and gap.start <= whole[-1].end:
            whole[-1] = Gap(whole[-1].start, max(whole[-1].end, gap.end), gap.kind)
        else:
            whole.append(gap)
    return tuple(whole)
