"""How precise each brand's terms are, by the labels that people gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mentionwatch.analysis import NO_RULES, Rulebook
from mentionwatch.app.brands import select_brands
from mentionwatch.collect.verdicts import judge_one, rulebook
from mentionwatch.config import Config
from mentionwatch.model import Brand
from mentionwatch.precision import BrandHealth, LabelledMention, SentimentAgreement, brand_health, sentiment_agreement
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter


@dataclass(frozen=True, slots=True)
class MeasuredBrand:
    """The precision of a brand's terms, and how its sentiment verdicts agree with the labels."""

    health: BrandHealth
    sentiment: SentimentAgreement


def measure_brands(store: Store, config: Config | None, names: Sequence[str] = ()) -> list[MeasuredBrand]:
    """Measure the brands of these names, or all, on the stored mentions. Nothing is written."""
    book = NO_RULES if config is None else rulebook(config)
    with store.reading():
        labels = store.triage.labels("relevance")
        measured = []
        for brand in select_brands(store, config, names):
            mentions = store.mentions.find(MentionFilter(brands=(brand.name,), own=False))
            labelled = [LabelledMention(mention, _label(labels.get(mention.id))) for mention in mentions]
            measured.append(MeasuredBrand(brand_health(brand.name, labelled), _agreement(store, brand, book)))
        return measured


def _agreement(store: Store, brand: Brand, book: Rulebook) -> SentimentAgreement:
    """The current sentiment labels against what the rules make of the same mentions without them."""
    labels = store.triage.labels("sentiment")
    compared = []
    for one in store.verdicts.to_judge((brand.name,), ids=labels) if labels else ():
        sentiment = judge_one(replace(one, label=None), brand, book).sentiment
        compared.append((None if sentiment is None else sentiment.label, labels[one.id]))
    return sentiment_agreement(compared)


def _label(text: str | None) -> Literal["relevant", "noise"] | None:
    return "relevant" if text == "relevant" else "noise" if text == "noise" else None
