"""What polling left behind, as the store keeps it and ``coverage`` judges it: frozen, without behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

PollOutcome = Literal["answered", "unchanged", "truncated", "failed", "waiting"]


@dataclass(frozen=True, slots=True)
class Poll:
    """One entry of the ledger: an answer, or a run of answers of the same kind from ``first_at`` to ``last_at``."""

    id: int
    source: str
    question: str
    outcome: PollOutcome
    first_at: datetime
    last_at: datetime
    times: int = 1
    status: int | None = None
    url: str | None = None
    items: int = 0
    new_items: int = 0
    error_code: str | None = None
    error: str | None = None
    gap_from: datetime | None = None
    gap_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """How many of one question's answers held items, the last that did, and the first that did not."""

    source: str
    question: str
    full: int
    last_full: datetime | None
    first_empty: datetime | None
    last_answer: datetime


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """Answers of one shape: when the first and last came, how many (``polls``: unchanged ones too), what they held.

    ``repeats`` are answers that held something known before.
    """

    shape: str
    first_at: datetime
    last_at: datetime
    polls: int
    answers: int
    repeats: int
    items: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """One item's way to us: no backlog, and by the source that delivered it first.

    ``asked_before`` is when its question had been answered last before the answer that brought it; ``told_at`` when a
    mail server took the first digest that holds it. Either may be unknown.
    """

    source: str
    published_at: datetime
    seen_at: datetime
    asked_before: datetime | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class WordSighting:
    """One source that delivered an item with certain words, when, and the item's own date."""

    source: str
    seen_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class MentionSighting:
    """One source that found one mention of a brand."""

    brand: str
    kind: str
    source: str
    item: int
