"""Values and the reasons for them: sentiment, abuse, urgency (pure).

``judge`` makes one verdict of one mention, from what the mention holds and nothing else: the same mention gives the
same verdict on every machine and at any time. ``docs/judging.md`` tells the rules and how good they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mentionwatch.analysis.flags import PersonLabel, flags
from mentionwatch.analysis.growth import growth as growth_of
from mentionwatch.analysis.phrases import library
from mentionwatch.analysis.relevant_text import relevant_text
from mentionwatch.analysis.rules import Rulebook, TriageMove
from mentionwatch.analysis.urgency import urgency
from mentionwatch.model import Brand, EngagementReading, Item, Match, Role, Rule, RuleHit, Sentiment, Urgency

__all__ = ["NO_RULES", "RULES", "Analysis", "PersonLabel", "Rulebook", "analyse", "rules_version"]

#: Raised whenever a verdict may come out otherwise: weights, words, points. What older rules judged is judged again.
RULES = "judge/4"


#: A configuration without rules and people.
NO_RULES = Rulebook()


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is made of one mention.

    ``sentiment`` is ``None`` where the language is not judged (no stars speak, and nobody has said); ``flags`` are of
    ``complaint``, ``question``, ``praise`` and ``abuse``, in this order. ``tags`` and ``hits`` are of the user's rules,
    ``moves`` what these want done.
    """

    sentiment: Sentiment | None
    urgency: Urgency
    flags: tuple[str, ...]
    tags: tuple[str, ...] = ()
    hits: tuple[RuleHit, ...] = ()
    person: str | None = None
    role: Role | None = None
    moves: tuple[TriageMove, ...] = ()


def rules_version(brand: Brand, book: Rulebook = NO_RULES) -> str:
    """By which rules a brand's mentions are judged: what is said of a competitor is judged otherwise."""
    return f"{RULES} {brand.kind} {book.version}".rstrip()


def analyse(
    item: Item,
    brand: Brand,
    *,
    matches: Sequence[Match] = (),
    own: bool = False,
    backlog: bool = False,
    first_seen_at: datetime | None = None,
    source: str = "",
    label: PersonLabel | None = None,
    book: Rulebook = NO_RULES,
    readings: Sequence[EngagementReading] = (),
    waits: bool = False,
) -> Analysis:
    """What to make of a mention of ``brand``, with reasons. Bounded whatever the text's length, and raises for none.

    ``matches`` say where the brand stands in title and text: of a long text what stands around it is judged.
    ``own``, ``backlog``, ``first_seen_at`` and ``source`` are the mention's; ``label`` is what somebody has said of its
    sentiment, which outranks what is read in it; ``book`` holds the user's rules and people. ``readings`` are its
    counts over time, and it ``waits`` when nobody has answered it for a day.
    """
    seen = flags(item, relevant_text(item, matches), label, library(book.phrases))
    person = book.who(item, brand.name)
    level = urgency(
        item,
        brand,
        sentiment=seen.sentiment,
        spoken_of=seen.spoken_of,
        abusive=seen.abusive,
        question="question" in seen.flags,
        own=own,
        backlog=backlog,
        first_seen_at=first_seen_at,
        role=None if person is None else person.role,
        grows=growth_of(readings, readings[-1].at) if len(readings) > 1 else None,
        waits=waits,
    )
    made = Analysis(
        seen.sentiment,
        level,
        seen.flags,
        person=None if person is None else person.name,
        role=None if person is None else person.role,
    )
    if not book.rules and (person is None or person.assign is None):
        return made
    ruling = book.apply(_decider(item, brand, source, made, book), level, person)
    if own or backlog:
        # What is ours, or was there before, is only marked: nobody is to act on it.
        return replace(made, tags=ruling.tags, hits=ruling.hits)
    return replace(made, urgency=ruling.urgency, tags=ruling.tags, hits=ruling.hits, moves=ruling.moves)


def _decider(
    item: Item, brand: Brand, source: str, made: Analysis, book: Rulebook
) -> Callable[[Rule, str], str | None]:
    """What says of a rule, at a level of urgency, by which clause it holds."""
    from mentionwatch.match.view import ItemView  # imported here: most configurations have no rules
    from mentionwatch.query.mention_fields import MentionValues

    view = ItemView(item)
    label = None if made.sentiment is None else made.sentiment.label

    def decides(rule: Rule, level: str) -> str | None:
        facts = MentionValues(brand.name, source, label, level, made.flags, made.person, made.role)
        return book.query(rule).decides(view, facts)

    return decides
