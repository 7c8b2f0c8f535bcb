"""What people have said of a mention, over what was read in it (pure).

Whoever looks at a mention knows more than any rule: what they say holds until they, or somebody else, say otherwise.
``docs/judging.md`` has a section about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from mentionwatch.model import Flag, SentimentLabel, Urgency, UrgencyLevel


@dataclass(frozen=True, slots=True)
class SaidSentiment:
    """A sentiment, and who said so."""

    label: SentimentLabel
    by: str


@dataclass(frozen=True, slots=True)
class SaidUrgency:
    """A level of urgency, and who said so."""

    level: UrgencyLevel
    by: str


@dataclass(frozen=True, slots=True)
class PersonsWord:
    """What people have said of one mention; what nobody spoke of is unset, and the judge's.

    ``labels`` are all that hold, ``noise`` is who called it so, ``kind`` which of complaint, question and praise it is
    (``none``: none of them). ``urgency`` is a label, from which the judge is measured; ``priority`` a decision about
    this one mention, and outranks it. ``tags`` are added, ``untagged`` taken off.
    """

    labels: tuple[str, ...] = ()
    noise: str | None = None
    sentiment: SaidSentiment | None = None
    kind: str | None = None
    urgency: SaidUrgency | None = None
    priority: SaidUrgency | None = None
    tags: tuple[str, ...] = ()
    untagged: frozenset[str] = frozenset()

    def flags(self, judged: tuple[Flag, ...]) -> tuple[Flag, ...]:
        """The flags: of a complaint, a question and praise the one that was said; abuse is left to the judge."""
        if self.kind is None:
            return judged
        said: tuple[Flag, ...] = tuple(flag for flag in _KINDS if flag == self.kind)
        return (*said, *(flag for flag in judged if flag not in _KINDS))

    def level(self, judged: Urgency) -> Urgency:
        """The urgency, with who said so as its first reason; the judge's own where nobody has said."""
        if self.priority is not None:
            return _over(judged, self.priority.level, f"set by {self.priority.by}")
        if self.noise is not None:
            return _over(judged, "low", f"noise: labelled by {self.noise}")
        if self.urgency is not None:
            return _over(judged, self.urgency.level, f"labelled by {self.urgency.by}")
        return judged

    @property
    def speaks_of_urgency(self) -> bool:
        return self.priority is not None or self.noise is not None or self.urgency is not None

    def all_tags(self, ruled: Iterable[str]) -> tuple[str, ...]:
        """The tags of the rules and of people, less those that people took off."""
        return tuple(tag for tag in dict.fromkeys((*ruled, *self.tags)) if tag not in self.untagged)


#: Nobody has said anything.
NOTHING_SAID = PersonsWord()
_KINDS: tuple[Flag, ...] = ("complaint", "question", "praise")


def _over(judged: Urgency, level: UrgencyLevel, who: str) -> Urgency:
    return replace(judged, level=level, reasons=(who, *judged.reasons))
