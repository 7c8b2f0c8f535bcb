"""What a report is made of, and what it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal

from mentionwatch.coverage import SourceHealth, SourceProblem
from mentionwatch.coverage.ledger import CellState, SourceLedger
from mentionwatch.digest import StoryLine
from mentionwatch.model import Brand, BrandKind, LogEntry, Mention
from mentionwatch.precision import AlarmCounts
from mentionwatch.response.sla import SlaPolicy

StepUnit = Literal["day", "week", "month", "year"]


@dataclass(frozen=True, slots=True)
class SentimentCounts:
    """How many mentions have each sentiment. ``judged`` is the sum of the three."""

    negative: int = 0
    neutral: int = 0
    positive: int = 0

    @property
    def judged(self) -> int:
        return self.negative + self.neutral + self.positive


@dataclass(frozen=True, slots=True)
class PreviousPeriod:
    """A brand's numbers in the period of equal length before."""

    count: int = 0
    sentiment: SentimentCounts = SentimentCounts()


@dataclass(frozen=True, slots=True)
class ReportInput:
    """All that a report is made of.

    ``mentions`` are those of ``[since, until)``, own posts included, in any order; ``logs`` the logs of those that have
    one. ``before`` is, per brand, the period of equal length before; ``None`` where monitoring had not begun.
    ``compared`` are the own brands and competitors that share the voice, whether they are among ``brands`` or not.
    ``watched_from`` is when the first source was first polled. ``policy`` is ``None`` without a configuration.
    ``zone`` says when a day begins.
    """

    since: datetime
    until: datetime
    now: datetime
    brands: tuple[Brand, ...]
    mentions: tuple[Mention, ...]
    compared: tuple[VoiceShare, ...] = ()
    before: Mapping[str, PreviousPeriod] | None = None
    logs: Mapping[str, Sequence[LogEntry]] = field(default_factory=dict)
    policy: SlaPolicy | None = None
    sources: tuple[SourceHealth, ...] = ()
    ledgers: tuple[SourceLedger, ...] = ()
    watched_from: datetime | None = None
    zone: tzinfo = UTC
    #: By brand, what people labelled noise, which is left out, and the alarms of the period.
    noise: Mapping[str, int] = field(default_factory=dict)
    alarms: Mapping[str, AlarmCounts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TimeStep:
    """One bar: its first day, the count, how many of it negative, and whether anything was monitored by then."""

    start: date
    count: int
    negative: int
    watched: bool


@dataclass(frozen=True, slots=True)
class VoiceShare:
    """A brand's share of voice; ``previous`` is ``None`` where monitoring had not begun."""

    name: str
    kind: BrandKind
    count: int
    previous: int | None = None


@dataclass(frozen=True, slots=True)
class RankedName:
    """A site, author or source with many mentions: the count, how many negative, and the largest reach of one.

    ``site`` is where an author goes by that name; ``None`` otherwise, and for a handle that names its server.
    """

    name: str
    site: str | None
    count: int
    negative: int
    reach: int


@dataclass(frozen=True, slots=True)
class AnswerStats:
    """What became of mentions that someone may have expected an answer to.

    ``count`` is the sum of ``answered``, ``closed`` (resolved or ignored without an answer) and ``open``. ``median`` is
    the working time to the first answer, ``None`` where there is none.
    """

    count: int = 0
    answered: int = 0
    closed: int = 0
    open: int = 0
    median: timedelta | None = None


@dataclass(frozen=True, slots=True)
class BrandReport:
    """One brand. ``stories`` are the largest, ``more_stories`` counts the others; likewise the ranked names.

    ``complaints`` are the answers to complaints and negative mentions, ``answers`` those to all; both ``None`` for a
    brand that is not ours to answer for.
    """

    name: str
    kind: BrandKind
    count: int
    own_count: int
    before: PreviousPeriod | None
    sentiment: SentimentCounts
    steps: tuple[TimeStep, ...]
    stories: tuple[StoryLine, ...]
    more_stories: int
    sites: tuple[RankedName, ...]
    more_sites: int
    authors: tuple[RankedName, ...]
    more_authors: int
    sources: tuple[RankedName, ...]
    more_sources: int
    complaints: AnswerStats | None
    answers: AnswerStats | None
    #: How many were left out because people labelled them noise.
    noise: int = 0
    #: ``None`` for a brand that is not ours to answer for: nothing of it is an alarm.
    alarms: AlarmCounts | None = None


@dataclass(frozen=True, slots=True)
class SourceTimeline:
    """One source's coverage: ``cells`` are equal parts of the period, each the worst state of any of its questions."""

    name: str
    cells: tuple[CellState, ...]
    ledger: SourceLedger


@dataclass(frozen=True, slots=True)
class Report:
    """A report: every format is made of this alone. ``source_problems`` is what could not be seen, worst first."""

    generated_at: datetime
    since: datetime
    until: datetime
    zone: tzinfo
    unit: StepUnit
    count: int
    previous: int | None
    watched_from: datetime | None
    voice: tuple[VoiceShare, ...]
    brands: tuple[BrandReport, ...]
    timelines: tuple[SourceTimeline, ...]
    source_problems: tuple[SourceProblem, ...]
