"""What was watched and what was not: the state of each source, and what a digest must say of it (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from mentionwatch.coverage.baselines import Anomaly
from mentionwatch.coverage.ledger import SourceLedger, without_overlap

__all__ = ["ALERT_AFTER", "Gap", "SourceHealth", "SourceProblem", "SourceProblemState", "gaps", "source_problems"]

#: From so many failures in a row on, somebody is told unasked: once may be a hiccup, and cron mails every line.
ALERT_AFTER = 3

GapKind = Literal["failed", "truncated"]
#: Worst first: in this order a digest tells them.
SourceProblemState = Literal[
    "failing", "gone", "never-asked", "not-asked", "blind", "truncated", "unusual", "waiting", "moved", "note"
]
_ORDER: tuple[SourceProblemState, ...] = get_args(SourceProblemState)


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which a source was not seen: it did not answer (``failed``), or had more than it would give.

    ``answered``: an answer came after it that reached back to the one before, but for what a ``truncated`` gap holds.
    """

    start: datetime
    end: datetime
    kind: GapKind
    answered: bool = False


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """What a digest or report says of one configured source: its state as the last poll left it, and its gaps.

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
    #: Where it breaks with its own habit, whenever that was noticed.
    notices: tuple[Anomaly, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """What a digest says of one source that did not (wholly) do its duty.

    ``since`` is when the trouble began, ``until`` when it ends or ended; ``times`` how often in a row or how many
    gaps. ``detail`` is the error, the reason or the new address, one line. ``recovered`` and ``lost`` say what answers
    after an outage brought of it and what they did not; ``None`` where none has come that could tell.
    """

    name: str
    type: str
    state: SourceProblemState
    since: datetime | None = None
    until: datetime | None = None
    times: int = 0
    detail: str | None = None
    last_success_at: datetime | None = None
    gaps: tuple[Gap, ...] = ()
    recovered: timedelta | None = None
    lost: timedelta | None = None
    notice: Anomaly | None = None


def source_problems(
    states: Iterable[SourceHealth], since: datetime, until: datetime, now: datetime
) -> tuple[SourceProblem, ...]:
    """The sources that failed, were blind or wait in ``[since, until)``, worst first, then by name.

    A source that did all it should has no line. One that has trouble of several kinds has a line for each, but a
    failing source is not also said to wait or to have been blind: its one line holds all that. What is unusual is
    told where it was noticed in this time, and so once.
    """
    lines = [line for state in states for line in _lines(state, since, until, now)]
    return tuple(sorted(lines, key=lambda line: (_ORDER.index(line.state), line.name, line.since or now)))


def _lines(state: SourceHealth, since: datetime, until: datetime, now: datetime) -> Iterable[SourceProblem]:
    base = SourceProblem(state.name, state.type, "note", last_success_at=state.last_success_at)
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
    here = [gap for gap in state.gaps if gap.start < until and gap.end >= since]
    blind = _merged(gap for gap in here if gap.kind == "failed") if steady else ()
    if blind:
        recovered, lost = _outcome(blind, state.gaps)
        yield replace(
            base,
            state="blind",
            since=blind[0].start,
            until=blind[-1].end,
            times=len(blind),
            gaps=blind,
            recovered=recovered,
            lost=lost,
        )
    cut = _merged(gap for gap in here if gap.kind == "truncated" and not any(_holds(one, gap) for one in blind))
    if cut:
        yield replace(base, state="truncated", since=cut[0].start, until=cut[-1].end, times=len(cut), gaps=cut)
    for notice in state.notices if steady else ():
        if since <= notice.at < until:
            yield replace(base, state="unusual", since=notice.since, notice=notice)
    if state.moved_to:
        yield replace(base, state="moved", detail=state.moved_to)
    if state.note and steady:
        yield replace(base, state="note", detail=state.note)


def _holds(blind: Gap, cut: Gap) -> bool:
    """Whether an outage is told with what was lost of it, so that this need not be told again."""
    return blind.answered and blind.start <= cut.start and cut.end <= blind.end


def _outcome(blind: Iterable[Gap], every: Iterable[Gap]) -> tuple[timedelta | None, timedelta | None]:
    """How much of the outages that an answer has followed was recovered, and how much is lost."""
    told = [(gap.start, gap.end) for gap in blind if gap.answered]
    if not told:
        return None, None
    cut = [(gap.start, gap.end) for gap in every if gap.kind == "truncated"]
    recovered = sum((end - start for start, end in without_overlap(told, cut)), timedelta(0))
    return recovered, sum((end - start for start, end in told), timedelta(0)) - recovered


def gaps(told: SourceLedger) -> tuple[Gap, ...]:
    """The gaps of a source's questions, one after the other: its outages – a wait is none – and what was cut off."""
    made: list[Gap] = []
    for line in told.questions:
        here: list[Gap] = []
        for one in line.intervals:
            if one.cause == "failed":
                answered = one.state in ("covered", "truncated")
                if here and here[-1].end == one.start:
                    here[-1] = replace(here[-1], end=one.end, answered=answered)
                else:
                    here.append(Gap(one.start, one.end, "failed", answered))
        cut = [Gap(one.start, one.end, "truncated") for one in line.intervals if one.state == "truncated"]
        made += [*here, *cut]
    return tuple(made)


def _merged(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """The gaps in order of time, those that touch made one."""
    whole: list[Gap] = []
    for gap in sorted(gaps, key=lambda gap: (gap.start, gap.end)):
        if whole and gap.start <= whole[-1].end:
            answered = gap.answered and whole[-1].answered
            whole[-1] = Gap(whole[-1].start, max(whole[-1].end, gap.end), gap.kind, answered)
        else:
            whole.append(gap)
    return tuple(whole)
