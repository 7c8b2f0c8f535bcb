"""What was watched, as ``coverage`` prints it: a strip a source, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mentionwatch.coverage.canaries import Canary
from mentionwatch.coverage.latency import LEAST, SourceLatency, Spread
from mentionwatch.coverage.ledger import Interval, QuestionTimeline, SourceLedger, cells
from mentionwatch.coverage.recapture import Estimate
from mentionwatch.render import phrases
from mentionwatch.render.json_fields import json_fields, json_value
from mentionwatch.render.sanitize import lines, squeezed
from mentionwatch.times import duration_text

SCHEMA = "mentionwatch.coverage/1"
_SIGNS = {"unasked": "·", "seen": "█", "recovered": "▓", "waiting": "░", "lost": "▒", "failed": "×"}
_LEGEND = "█ watched  ▓ blind, seen after  ▒ cut off: not all was seen  ░ waiting  × failed  · not asked"


@dataclass(frozen=True, slots=True)
class Quota:
    """What was taken of a platform's requests of a day. ``of`` is type and host, ``day`` the platform's own.

    Of what is paid for, ``day`` is the month (``2026-11``).
    """

    of: str
    day: str
    used: int
    allowed: int
    #: What is counted: ``requests`` or ``paid reads``.
    unit: str = "requests"


def share(value: float) -> str:
    """``99.9%``, never rounded up to the whole."""
    return f"{int(value * 1000) / 10:g}%"


def strips(
    told: Iterable[SourceLedger], start: datetime, end: datetime, *, width: int = 80, quotas: Iterable[Quota] = ()
) -> str:
    """A line a source: its strip, what was asked of it and what came; below it its outages. Then quotas, and signs."""
    sources = list(told)
    if not sources:
        return "No source was ever asked."
    names = [squeezed(source.source, 40) for source in sources]
    margin = max(len(name) for name in names)
    columns = max(12, min(48, width - margin - 34))
    said = []
    for name, source in zip(names, sources, strict=True):
        strip = "".join(_SIGNS[cell] for cell in cells(source.intervals, start, end, columns))
        said.append(f"{name:<{margin}}  {strip}  {', '.join(_facts(source))}")
        if outage := _outage(source):
            said.append(f"{'':<{margin}}  {outage}")
    quotas = list(quotas)
    if quotas:
        said += [""] + [
            f"{squeezed(q.of, 80)}: {phrases.number(q.used)} of {phrases.number(q.allowed)} {q.unit} of {q.day}"
            for q in quotas
        ]
    return "\n".join([*said, "", _LEGEND])


def _facts(source: SourceLedger) -> list[str]:
    said = [] if source.covered is None else [f"{share(source.covered)} seen"]
    said += [f"{phrases.number(source.polls)} asked", f"{phrases.number(source.new_items)} new"]
    if source.new_per_answer:
        few = source.new_per_answer < 10
        said.append(f"{source.new_per_answer:.1f} an answer" if few else f"{source.new_per_answer:.0f} an answer")
    if not source.failed:
        return said
    why = f": {squeezed(source.last_error, 160)}" if source.last_error else ""
    return [*said, f"{phrases.number(source.failed)} failed{why}"]


def _outage(source: SourceLedger) -> str:
    """``blind 5 h 30 min: 4 h recovered, 1 h 30 min lost``, or nothing."""
    parts = [
        f"{duration_text(span)} {what}"
        for span, what in (
            (source.recovered, "recovered"),
            (source.lost, "lost"),
            (source.unresolved, "still unseen"),
        )
        if span
    ]
    if source.blind:
        return f"blind {duration_text(source.blind)}: {', '.join(parts)}" if parts else ""
    return ", ".join(parts)


def canary_lines(told: Iterable[Canary]) -> list[str]:
    """A line a canary: how long each source took to find it, and which have not."""
    return [f"canary {squeezed(one.term, 60)}: {'; '.join(_canary(one))}" for one in told]


def _canary(one: Canary) -> list[str]:
    found = [
        f"{squeezed(by.source, 40)} " + ("found it" if by.took is None else f"after {duration_text(by.took)}")
        for by in one.found
    ]
    return found + ([f"not found by {phrases.names([squeezed(n, 40) for n in one.missing])}"] if one.missing else [])


def estimate_lines(told: Iterable[Estimate]) -> list[str]:
    """A line an estimate: what two sources found, and how many that neither did there may be."""
    said = []
    for one in told:
        names = phrases.names([squeezed(name, 40) for name in one.sources])
        missed, least, most = (max(0, round(value - one.seen)) for value in (one.total, one.low, one.high))
        said.append(
            f"{squeezed(one.brand, 60)}, {one.kind}: {names} found {phrases.number(one.found[0])} and"
            f" {phrases.number(one.found[1])}, {phrases.number(one.both)} of them both; both missed some"
            f" {phrases.number(missed)} (95 %: {phrases.number(least)} to {phrases.number(most)})"
        )
    return said


def not_rechecked_lines(posts: Mapping[str, int]) -> list[str]:
    """A line a source whose posts may need an answer and cannot be requested again."""
    return [
        f"{squeezed(source, 40)}: {phrases.count(number, 'post')} that may need an answer cannot be rechecked;"
        " edits and deletion are not seen"
        for source, number in posts.items()
    ]


def not_rechecked_json(source: str, posts: int) -> dict[str, object]:
    return {"source": lines(source), "posts": posts}


def estimate_json(one: Estimate) -> dict[str, Any]:
    """What there was by the two sources' own numbers; ``total``, ``low`` and ``high`` include what they found."""
    return {
        **json_fields(one, "brand", "kind", "sources", "found", "both"),
        "total": round(one.total, 1),
        "low": round(one.low, 1),
        "high": round(one.high, 1),
    }


def canary_json(one: Canary) -> dict[str, Any]:
    """What became of one canary; ``took_seconds`` is ``null`` where nothing says when it was planted."""
    return {
        **json_fields(one, "term", "planted_at"),
        "found": [{**json_fields(by, "source", "seen_at"), "took_seconds": json_value(by.took)} for by in one.found],
        "missing": json_value(one.missing),
    }


def latency_text(told: Iterable[SourceLatency]) -> str:
    """The books in a table; ``–`` where too few carry a figure."""
    rows = [["source", "published to seen", "our part", "the platform's", "seen to sent"]]
    rows += [[squeezed(one.source, 40), *map(_spread, (one.seen, one.own, one.platform, one.told))] for one in told]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    table = ["  ".join(f"{cell:<{size}}" for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*table, f"median / 95th percentile; – where fewer than {LEAST} carry them"])


def _spread(spread: Spread | None) -> str:
    return "–" if spread is None else f"{duration_text(spread.median)} / {duration_text(spread.p95)}"


def latency_json(one: SourceLatency) -> dict[str, Any]:
    """One source's books in whole seconds; ``null`` where too few carry a figure."""
    return {
        "source": lines(one.source),
        "published_to_seen": _spread_json(one.seen),
        "own": _spread_json(one.own),
        "platform": _spread_json(one.platform),
        "seen_to_told": _spread_json(one.told),
    }


def _spread_json(spread: Spread | None) -> dict[str, object] | None:
    if spread is None:
        return None
    median, p95 = json_value(spread.median), json_value(spread.p95)
    return {"median_seconds": median, "p95_seconds": p95, "count": spread.count}


def source_json(source: SourceLedger) -> dict[str, Any]:
    """What a source's time comes to; lengths in whole seconds, ``covered`` 0 to 1 or ``null`` (unknown)."""
    return {
        "covered": None if source.covered is None else round(source.covered, 6),
        "blind_seconds": json_value(source.blind),
        "recovered_seconds": json_value(source.recovered),
        "lost_seconds": json_value(source.lost),
        "unresolved_seconds": json_value(source.unresolved),
        **json_fields(source, "polls", "answers", "failed", "last_error", "new_items"),
        "new_per_answer": None if source.new_per_answer is None else round(source.new_per_answer, 4),
    }


def interval_json(source: str, line: QuestionTimeline, one: Interval) -> dict[str, Any]:
    """One interval of a question's time."""
    return {
        "source": lines(source),
        "question": lines(line.question),
        "state": one.state,
        "from": json_value(one.start),
        "to": json_value(one.end),
        **json_fields(one, "cause", "recovered"),
    }


def quota_json(quota: Quota) -> dict[str, object]:
    return {"quota": lines(quota.of), **json_fields(quota, "day", "used", "allowed", "unit")}
