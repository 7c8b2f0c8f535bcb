"""What rules would do to mentions that have been judged by others (pure)."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from mentionwatch.analysis import Analysis
from mentionwatch.model import Item, Rule

#: The newest mentions kept as examples.
_EXAMPLES = 3
#: A rule that matches this share of at least so many mentions does not discriminate.
_NEARLY_ALL, _ENOUGH = 0.9, 20


@dataclass(slots=True)
class RuleTrial:
    """Which mentions rules match, and which verdicts they change.

    ``examples`` has the newest matches of each rule as id and text, ``changed`` the newest mentions with another level
    as id, old and new level, both the oldest first. ``retagged`` counts mentions that get other tags.
    """

    rules: tuple[Rule, ...]
    mentions: int = 0
    matches: Counter[str] = field(default_factory=Counter)
    examples: dict[str, deque[tuple[str, str]]] = field(default_factory=dict)
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    changed: deque[tuple[str, str, str]] = field(default_factory=lambda: deque(maxlen=_EXAMPLES))
    retagged: int = 0

    def add(self, mention: str, item: Item, judged: Analysis, before: tuple[str, tuple[str, ...]] | None) -> None:
        """Count one mention; ``before`` is the level and the tags of its stored verdict, if it has one."""
        self.mentions += 1
        for hit in judged.hits:
            self.matches[hit.rule] += 1
            self.examples.setdefault(hit.rule, deque(maxlen=_EXAMPLES)).append((mention, item.title or item.text))
        if before is None:
            return
        level, tags = before
        if level != judged.urgency.level:
            self.changes[level, judged.urgency.level] += 1
            self.changed.append((mention, level, judged.urgency.level))
        self.retagged += tags != judged.tags

    def share(self, rule: str) -> float:
        """The share of the mentions that a rule matches."""
        return self.matches[rule] / max(self.mentions, 1)

    def matches_nearly_all(self, rule: str) -> bool:
        """Whether a rule does not discriminate, where there are enough mentions to tell."""
        return self.mentions >= _ENOUGH and self.share(rule) >= _NEARLY_ALL
