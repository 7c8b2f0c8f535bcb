"""Values and the reasons for them: sentiment, abuse, urgency (pure).

``judge`` makes one verdict of one mention, from what the mention holds and nothing else: the same mention gives the
same verdict on every machine and at any time. ``docs/judging.md`` tells the rules and how good they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mentionwatch.analysis.flags import flags
from mentionwatch.analysis.growth import growth as growth_of
from mentionwatch.analysis.persons_word import NOTHING_SAID, PersonsWord
from mentionwatch.analysis.phrases import library
from mentionwatch.analysis.relevant_text import relevant_text
from mentionwatch.analysis.rules import Rulebook, TriageMove
from mentionwatch.analysis.urgency import urgency
from mentionwatch.model import (
    Brand,
    EngagementReading,
    Item,
    Match,
    Role,
    Rule,
    RuleHit,
    Sentiment,
    Urgency,
    UrgencyLevel,
)

__all__ = ["NO_RULES", "RULES", "Analysis", "Rulebook", "analyse", "rules_version"]

#: Raised whenever a verdict may come out otherwise: weights, words, points. What older rules judged is judged again.
RULES = "judge/4"


#: A configuration without rules and people.
NO_RULES = Rulebook()


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is made of one mention.

    ``sentiment`` is ``None`` where the language is not judged (no stars speak, and nobody has said); ``flags`` are of
    ``complaint``, ``question``, ``praise`` and ``abuse``, in this order. ``hits`` are of the user's rules, ``tags`` of
    these and of people, ``moves`` what the rules want done; ``priority`` and ``labels`` are people's alone.
    """

    sentiment: Sentiment | None
    urgency: Urgency
    flags: tuple[str, ...]
    tags: tuple[str, ...] = ()
    hits: tuple[RuleHit, ...] = ()
    person: str | None = None
    role: Role | None = None
    priority: UrgencyLevel | None = None
    labels: tuple[str, ...] = ()
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
    word: PersonsWord = NOTHING_SAID,
    book: Rulebook = NO_RULES,
    readings: Sequence[EngagementReading] = (),
    waits: bool = False,
) -> Analysis:
    """What to make of a mention of ``brand``, with reasons. Bounded whatever the text's length, and raises for none.

    ``matches`` say where the brand stands in title and text: of a long text what stands around it is judged.
    ``own``, ``backlog``, ``first_seen_at`` and ``source`` are the mention's; ``word`` is what people have said of it,
    which outranks what is read in it and what rules say; ``book`` holds the user's rules and people. ``readings`` are
    its counts over time, and it ``waits`` when nobody has answered it for a day.
    """
    seen = flags(item, relevant_text(item, matches), word.sentiment, library(book.phrases))
    seen = replace(seen, flags=word.flags(seen.flags))
    person = book.who(item, brand.name)
    judged = urgency(
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
        addressed=_is_addressed(item, matches),
    )
    level = word.level(judged)
    made = Analysis(
        seen.sentiment,
        level,
        seen.flags,
        tags=word.all_tags(()),
        person=None if person is None else person.name,
        role=None if person is None else person.role,
        priority=None if word.priority is None else word.priority.level,
        labels=word.labels,
    )
    if not book.rules and (person is None or person.assign is None):
        return made
    ruling = book.apply(_decider(item, brand, source, made, word, book), level, person)
    made = replace(made, tags=word.all_tags(ruling.tags), hits=ruling.hits)
    if own or backlog or word.noise is not None:
        # What is ours, was there before, or is noise, is only marked: nobody is to act on it.
        return made
    return replace(made, urgency=level if word.speaks_of_urgency else ruling.urgency, moves=ruling.moves)


def _is_addressed(item: Item, matches: Sequence[Match]) -> bool:
    """Whether a post begins with the brand's handle; where nothing says which that is, with any."""
    if not item.text.lstrip(" .").startswith("@"):
        return False
    named = [match for match in matches if match.field == "text"]
    first = len(item.text.split(maxsplit=1)[0]) + len(item.text) - len(item.text.lstrip())
    return not named or any(match.start < first for match in named)


def _decider(
    item: Item, brand: Brand, source: str, made: Analysis, word: PersonsWord, book: Rulebook
) -> Callable[[Rule, str], str | None]:
    """What says of a rule, at a level of urgency, by which clause it holds."""
    from mentionwatch.match.view import ItemView  # imported here: most configurations have no rules
    from mentionwatch.query.mention_fields import MentionValues

    view = ItemView(item)
    label = None if made.sentiment is None else made.sentiment.label

    def decides(rule: Rule, level: str) -> str | None:
        facts = MentionValues(
            brand.name,
            source,
            label,
            level,
            made.flags,
            made.person,
            made.role,
            priority=None if word.priority is None else word.priority.level,
            labels=word.labels,
            tags=word.tags,
        )
        return book.query(rule).decides(view, facts)

    return decides
