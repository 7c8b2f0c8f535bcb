"""How precise a brand's terms and verdicts are, as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from mentionwatch.precision import (
    MIN_LABELS,
    AlarmCounts,
    BrandHealth,
    ConfidenceInterval,
    JudgingMeasure,
    SentimentAgreement,
    TermHealth,
)
from mentionwatch.render.phrases import count
from mentionwatch.render.sanitize import squeezed


def health_text(brand: BrandHealth) -> str:
    lines = [f"{squeezed(brand.brand)}: {count(brand.mentions, 'mention')}, {_precision(brand.whole)}"]
    width = max((len(squeezed(term.term)) for term in brand.terms), default=0)
    lines += [f"  {squeezed(t.term):<{width}}  {count(t.matches, 'mention'):>14}, {_precision(t)}" for t in brand.terms]
    if brand.remedies:
        lines.append("  What would remove most noise, measured on the stored mentions:")
        lines += [
            f"    exclude {squeezed(r.clause)!r}: {r.noise} of {brand.noise} noise removed, {r.relevant} relevant lost,"
            f" {r.unlabelled} without a label"
            for r in brand.remedies
        ]
    elif brand.whole.labelled < MIN_LABELS:
        lines.append("  Label some: mentionwatch label ID relevant|noise")
    return "\n".join(lines)


def agreement_text(agreement: SentimentAgreement) -> str:
    """How often the labels agree with the verdicts; empty without labels."""
    if not agreement.labelled:
        return ""
    share = f" (a share is given from {MIN_LABELS} on)"
    if agreement.share is not None:
        share = f" ({agreement.share.low:.0%} to {agreement.share.high:.0%})"
    lines = [f"  sentiment: {count(agreement.labelled, 'label')}, {agreement.agreed} as judged{share}"]
    lines += [
        f"    {number} judged {verdict or 'not at all'}, labelled {label}"
        for verdict, label, number in agreement.others
    ]
    return "\n".join(lines)


def judging_text(measures: Sequence[JudgingMeasure], alarms: AlarmCounts | None) -> str:
    """A line for each thing that is judged, and one for the alarms; empty where nothing was measured."""
    if alarms is None:
        return ""
    width = max(len(one.what) for one in measures)
    lines = ["  judging, by your labels:"]
    lines += [f"    {one.what:<{width}}  {_measured(one)}" for one in measures]
    lines.append(f"  {alarms_text(alarms)}")
    return "\n".join(lines)


def judging_json(measures: Sequence[JudgingMeasure], alarms: AlarmCounts) -> dict[str, object]:
    """The same as values."""
    return {"measures": [asdict(one) for one in measures], "alarms": alarms_json(alarms)}


def alarms_json(alarms: AlarmCounts) -> dict[str, object]:
    share = None if alarms.share is None else asdict(alarms.share)
    return asdict(alarms) | {"taken_back": alarms.taken_back, "share": share}


def alarms_text(alarms: AlarmCounts) -> str:
    """``alarms: 41 (6 urgent), 9 taken back (12 % to 37 %): 4 labelled, 3 lowered, 2 ignored``."""
    text = f"alarms: {alarms.alarms} ({alarms.urgent} urgent), {alarms.taken_back} taken back"
    if alarms.share is not None:
        text += f" ({alarms.share.low:.0%} to {alarms.share.high:.0%})"
    return text + taken_back_text(alarms)


def taken_back_text(alarms: AlarmCounts) -> str:
    """How they were taken back: ``: 4 labelled, 3 lowered``; empty where none was."""
    how = (("labelled", alarms.labelled), ("lowered", alarms.lowered), ("ignored", alarms.ignored))
    said = ", ".join(f"{number} {what}" for what, number in how if number)
    return f": {said}" if said else ""


def _measured(one: JudgingMeasure) -> str:
    if one.labels < MIN_LABELS:
        return f"{count(one.labels, 'label')} (figures are given from {MIN_LABELS} on)"
    precision = "nothing judged so" if one.precision is None else f"precision {_interval(one.precision)}"
    recall = "no label says so" if one.recall is None else f"recall {_interval(one.recall)}"
    return f"{precision}, {recall}, {count(one.labels, 'label')}"


def _interval(one: ConfidenceInterval) -> str:
    return f"{one.share:.0%} ({one.low:.0%} to {one.high:.0%})"


def _precision(term: TermHealth) -> str:
    if term.relevant is None:
        return f"{term.labelled} labelled (precision is given from {MIN_LABELS} on)"
    r = term.relevant
    return f"{r.share:.0%} relevant ({r.low:.0%} to {r.high:.0%}, {term.labelled} labelled)"
