"""Values and the reasons for them: sentiment, abuse, urgency (pure).

``judge`` makes one verdict of one mention, from what the mention holds and nothing else: the same mention gives the
same verdict on every machine and at any time. ``docs/judging.md`` tells the rules and how good they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.judge.flags import flags
from mentionwatch.judge.passage import passage
from mentionwatch.judge.urgency import urgency
from mentionwatch.model import Brand, Item, Match, Sentiment, Urgency

__all__ = ["RULES", "Judged", "judge", "rules_version"]

#: Raised whenever a verdict may come out otherwise: weights, words, points. What older rules judged is judged again.
RULES = "judge/1"


@dataclass(frozen=True, slots=True)
class Judged:
    """What is made of one mention.

    ``sentiment`` is ``None`` where the language is not judged (and no stars speak); ``flags`` are of ``complaint``,
    ``question``, ``praise`` and ``abuse``, in this order.
    """

    sentiment: Sentiment | None
    urgency: Urgency
    flags: tuple[str, ...]


def rules_version(brand: Brand) -> str:
    """By which rules a brand's mentions are judged: what is said of a competitor is judged otherwise."""
    return f"{RULES} {brand.kind}"


def judge(
    item: Item,
    brand: Brand,
    *,
    matches: Sequence[Match] = (),
    own: bool = False,
    backlog: bool = False,
    first_seen_at: datetime | None = None,
) -> Judged:
    """What to make of a mention of ``brand``, with reasons. Bounded whatever the text's length, and raises for none.

    ``matches`` say where the brand stands in title and text: of a long text what stands around it is judged.
    ``own``, ``backlog`` and ``first_seen_at`` are the mention's.
    """
    seen = flags(item, passage(item, matches))
    return Judged(
        sentiment=seen.sentiment,
        urgency=urgency(
            item,
            brand,
            sentiment=seen.sentiment,
            intents=seen.intents,
            abusive=seen.abusive,
            question="question" in seen.flags,
            own=own,
            backlog=backlog,
            first_seen_at=first_seen_at,
        ),
        flags=seen.flags,
    )
