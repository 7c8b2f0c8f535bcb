"""How precise each brand's terms are, and how well it is judged, by what people say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from mentionwatch.analysis import NO_RULES, Analysis, Rulebook
from mentionwatch.analysis.rules import is_automatic
from mentionwatch.app.brands import select_brands
from mentionwatch.app.triage import labels_about
from mentionwatch.collect.verdicts import judge_one, rulebook
from mentionwatch.config import Config
from mentionwatch.model import SENTIMENT_LABELS, URGENCY_LEVELS, Brand, LabelSubject, LogEntry, Mention
from mentionwatch.precision import (
    AlarmCounts,
    BrandHealth,
    JudgingMeasure,
    LabelledMention,
    SentimentAgreement,
    brand_health,
    judging_measure,
    sentiment_agreement,
)
from mentionwatch.response.triage import labels_of, standing
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter

#: Levels that make an alarm.
_ALARMS = ("urgent", "high")


@dataclass(frozen=True, slots=True)
class MeasuredBrand:
    """The precision of a brand's terms, how its sentiment verdicts agree with the labels, and how well it is judged.

    ``measures`` and ``alarms`` are given where the judging was asked for.
    """

    health: BrandHealth
    sentiment: SentimentAgreement
    measures: tuple[JudgingMeasure, ...] = ()
    alarms: AlarmCounts | None = None


def measure_brands(
    store: Store, config: Config | None, names: Sequence[str] = (), *, judging: bool = False
) -> list[MeasuredBrand]:
    """Measure the brands of these names, or all, on the stored mentions; ``judging``: their verdicts too.

    Nothing is written.
    """
    book = NO_RULES if config is None else rulebook(config)
    with store.reading():
        labels = labels_about(store, "relevance")
        said = labels_about(store, "sentiment")
        measured = []
        for brand in select_brands(store, config, names):
            mentions = store.mentions.find(MentionFilter(brands=(brand.name,), own=False))
            labelled = [LabelledMention(mention, _label(labels.get(mention.id))) for mention in mentions]
            judged = list(_judged(store, brand, book, None if judging else said))
            one = MeasuredBrand(brand_health(brand.name, labelled), _agreement(judged))
            if judging:
                one = replace(
                    one,
                    measures=_measures(judged),
                    alarms=count_alarms(store, (brand.name,)).get(brand.name, AlarmCounts(0, 0)),
                )
            measured.append(one)
        return measured


_Judged = tuple[Mapping[LabelSubject, str], Analysis]


def _judged(store: Store, brand: Brand, book: Rulebook, only: Mapping[str, str] | None) -> Iterator[_Judged]:
    """What people say of each labelled mention, and what the rules make of it without their word."""
    ids = store.triage.labelled() if only is None else tuple(only)
    for one in store.verdicts.to_judge((brand.name,), ids=ids) if ids else ():
        holds = {subject: labels_of(entry)[subject] for subject, entry in standing(one.log).labels.items()}
        if holds:
            yield holds, judge_one(replace(one, log=(), copies=(), near_copies=()), brand, book)


def _sentiment(made: Analysis) -> str | None:
    return None if made.sentiment is None else made.sentiment.label


def _agreement(judged: Sequence[_Judged]) -> SentimentAgreement:
    """The current sentiment labels against what the rules make of the same mentions without them."""
    return sentiment_agreement((_sentiment(made), said["sentiment"]) for said, made in judged if "sentiment" in said)


def _measures(judged: Sequence[_Judged]) -> tuple[JudgingMeasure, ...]:
    """Urgency, complaints and each sentiment against the labels that speak of them."""
    urgent = [(made.urgency.level in _ALARMS, said["urgency"] in _ALARMS) for said, made in judged if "urgency" in said]
    complaints = [("complaint" in made.flags, said["kind"] == "complaint") for said, made in judged if "kind" in said]
    feelings = [(_sentiment(made), said["sentiment"]) for said, made in judged if "sentiment" in said]
    return (
        judging_measure("high or urgent", urgent),
        judging_measure("complaint", complaints),
        *(judging_measure(one, ((made == one, said == one) for made, said in feelings)) for one in SENTIMENT_LABELS),
    )


def count_alarms(
    store: Store, brands: Sequence[str], since: datetime | None = None, until: datetime | None = None
) -> dict[str, AlarmCounts]:
    """By brand, the alarms among the mentions that count between these times, and what people took back of them."""
    found = store.verdicts.alarms(brands, since, until)
    ids = tuple(id_ for id_, _, _ in found)
    mentions = {one.id: one for one in store.mentions.find(MentionFilter(ids=ids))} if ids else {}
    logs = store.triage.logs(ids) if ids else {}
    counts: dict[str, AlarmCounts] = {}
    for id_, brand, urgent in found:
        if id_ not in mentions:
            continue
        before = counts.get(brand, AlarmCounts(0, 0))
        how = _taken_back(mentions[id_], logs.get(id_, ()), urgent=urgent)
        counts[brand] = AlarmCounts(
            before.alarms + 1,
            before.urgent + urgent,
            before.labelled + (how == "labelled"),
            before.lowered + (how == "lowered"),
            before.ignored + (how == "ignored"),
        )
    return counts


def _taken_back(
    mention: Mention, log: Sequence[LogEntry], *, urgent: bool
) -> Literal["labelled", "lowered", "ignored"] | None:
    """How somebody took an alarm back, if they did; what a rule ignores does not count."""
    if not {"noise", "normal", "low"}.isdisjoint(mention.labels):
        return "labelled"
    alarm = URGENCY_LEVELS.index("urgent" if urgent else "high")
    if mention.priority is not None and URGENCY_LEVELS.index(mention.priority) > alarm:
        return "lowered"
    ignored = [entry for entry in standing(log).entries if entry.action == "ignore"]
    return "ignored" if mention.status == "ignored" and ignored and not is_automatic(ignored[-1].by) else None


def _label(text: str | None) -> Literal["relevant", "noise"] | None:
    return "relevant" if text == "relevant" else "noise" if text == "noise" else None
