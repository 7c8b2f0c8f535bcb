"""How precise a brand's terms and its verdicts are, by what people say of the mentions, and what would help (pure)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mentionwatch.model import Mention

#: With fewer labels a share says nothing, and none is given.
MIN_LABELS = 30
#: A clause must remove at least so many mentions labelled noise to be suggested.
_MIN_NOISE = 2
_WORD = re.compile(r"[^\W\d_][\w'’-]{2,30}")
#: Words taken from one mention: a page of a million words must not make a million candidates.
_MOST_WORDS = 400


@dataclass(frozen=True, slots=True)
class LabelledMention:
    """A mention and its label, if it has one."""

    mention: Mention
    label: Literal["relevant", "noise"] | None


@dataclass(frozen=True, slots=True)
class ConfidenceInterval:
    """A share with its 95 % interval."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TermHealth:
    """One term: how many mentions it matched, how many of those are labelled, and the share that is relevant.

    ``relevant`` is ``None`` where fewer than :data:`MIN_LABELS` are labelled.
    """

    term: str
    matches: int
    labelled: int
    relevant: ConfidenceInterval | None


@dataclass(frozen=True, slots=True)
class ExcludeSuggestion:
    """One ``exclude`` clause and what it would have done to the stored mentions.

    ``noise`` and ``relevant`` are labelled mentions that it would have removed, ``unlabelled`` the others.
    """

    clause: str
    noise: int
    relevant: int
    unlabelled: int


@dataclass(frozen=True, slots=True)
class BrandHealth:
    """The precision of a brand's terms; ``whole`` is over all of them."""

    brand: str
    mentions: int
    noise: int
    whole: TermHealth
    terms: tuple[TermHealth, ...]
    remedies: tuple[ExcludeSuggestion, ...]


@dataclass(frozen=True, slots=True)
class SentimentAgreement:
    """The sentiment labels compared with what the current rules judge of the same mentions.

    ``agreed`` labels are the same as the verdict; ``share`` is their share, ``None`` below :data:`MIN_LABELS` labels.
    ``others`` are verdict (``None``: not judged), label and how often, the most frequent first.
    """

    labelled: int
    agreed: int
    share: ConfidenceInterval | None
    others: tuple[tuple[str | None, str, int], ...]


def sentiment_agreement(said: Iterable[tuple[str | None, str]]) -> SentimentAgreement:
    """Compare the verdict and the label of each labelled mention."""
    counts = Counter(said)
    labelled = sum(counts.values())
    agreed = sum(number for (verdict, label), number in counts.items() if verdict == label)
    others = sorted(
        ((verdict, label, number) for (verdict, label), number in counts.items() if verdict != label),
        key=lambda one: (-one[2], str(one[0]), one[1]),
    )
    return SentimentAgreement(
        labelled, agreed, wilson_interval(agreed, labelled) if labelled >= MIN_LABELS else None, tuple(others)
    )


@dataclass(frozen=True, slots=True)
class JudgingMeasure:
    """How well one thing is judged: ``labels`` speak of it; of those mentions so many were ``judged`` or ``said`` so.

    ``both`` are judged and said so. ``precision`` and ``recall`` are ``None`` below :data:`MIN_LABELS` labels, and
    where there is nothing to share.
    """

    what: str
    labels: int
    judged: int
    said: int
    both: int
    precision: ConfidenceInterval | None
    recall: ConfidenceInterval | None


@dataclass(frozen=True, slots=True)
class AlarmCounts:
    """How many mentions were judged high or urgent, and how many of these people took back.

    Each taken back is counted once: as ``labelled`` (noise, normal or low), else ``lowered`` (its priority), else
    ``ignored``. ``share`` is that of all, ``None`` below :data:`MIN_LABELS` alarms.
    """

    alarms: int
    urgent: int
    labelled: int = 0
    lowered: int = 0
    ignored: int = 0

    @property
    def taken_back(self) -> int:
        return self.labelled + self.lowered + self.ignored

    @property
    def share(self) -> ConfidenceInterval | None:
        return wilson_interval(self.taken_back, self.alarms) if self.alarms >= MIN_LABELS else None


def judging_measure(what: str, compared: Iterable[tuple[bool, bool]]) -> JudgingMeasure:
    """Compare for each label whether it was judged so, and whether the label says so."""
    counts = Counter(compared)
    labels, both = sum(counts.values()), counts[True, True]
    judged, said = both + counts[True, False], both + counts[False, True]
    enough = labels >= MIN_LABELS
    return JudgingMeasure(
        what,
        labels,
        judged,
        said,
        both,
        wilson_interval(both, judged) if enough and judged else None,
        wilson_interval(both, said) if enough and said else None,
    )


def wilson_interval(hits: int, of: int) -> ConfidenceInterval:
    """The score interval at 95 % (Wilson 1927): honest for small numbers, and near 0 and 1."""
    z = 1.959964
    share = hits / of
    centre = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return ConfidenceInterval(share, max(0.0, centre - half), min(1.0, centre + half))


def brand_health(brand: str, mentions: Sequence[LabelledMention], *, most: int = 10) -> BrandHealth:
    """The precision of a brand's terms on its mentions, and the clauses that would remove most noise.

    Remedies are ordered by noise removed less ten times what is lost: a relevant mention lost is worse than noise kept.
    """
    by_term: dict[str, list[LabelledMention]] = {}
    for one in mentions:
        for term in {match.term for match in one.mention.matches}:
            by_term.setdefault(term, []).append(one)
    terms = sorted((_term(term, among) for term, among in by_term.items()), key=lambda t: (-t.matches, t.term))
    return BrandHealth(
        brand=brand,
        mentions=len(mentions),
        noise=sum(one.label == "noise" for one in mentions),
        whole=_term("", mentions),
        terms=tuple(terms),
        remedies=tuple(_remedies(mentions)[:most]),
    )


def _term(term: str, among: Iterable[LabelledMention]) -> TermHealth:
    labels = Counter(one.label for one in among)
    labelled = labels["relevant"] + labels["noise"]
    relevant = wilson_interval(labels["relevant"], labelled) if labelled >= MIN_LABELS else None
    return TermHealth(term, sum(labels.values()), labelled, relevant)


def _remedies(mentions: Sequence[LabelledMention]) -> list[ExcludeSuggestion]:
    """Each clause is measured on every mention, not only on those that suggested it."""
    clauses = [_clauses(one.mention) for one in mentions]
    suggested = Counter(
        clause for one, found in zip(mentions, clauses, strict=True) if one.label == "noise" for clause in found
    )
    counts: dict[str, Counter[str | None]] = {clause: Counter() for clause, n in suggested.items() if n >= _MIN_NOISE}
    for one, found in zip(mentions, clauses, strict=True):
        for clause in found & counts.keys():
            counts[clause][one.label] += 1
    remedies = [ExcludeSuggestion(clause, c["noise"], c["relevant"], c[None]) for clause, c in counts.items()]
    return sorted(
        (remedy for remedy in remedies if remedy.noise > 10 * remedy.relevant),
        key=lambda remedy: (10 * remedy.relevant - remedy.noise, remedy.unlabelled, remedy.clause),
    )


def _clauses(mention: Mention) -> set[str]:
    """The ``exclude`` clauses that would reject this mention: a word of it, or its author."""
    item = mention.item
    matched = {word for match in mention.matches for word in _words(match.text)}
    found = set(_words(f"{item.title or ''} {item.text}")) - matched
    if item.author.handle:
        found.add(f"author:{item.author.handle}")
    return found


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text[:20_000])[:_MOST_WORDS]]
