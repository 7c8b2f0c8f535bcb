"""The user's own rules: what else is to happen with a mention, by whom it was said and by ``[[rules]]`` (pure).

Every rule that holds applies, in the order of the configuration, after the built-in ones: a later one has the last word
on urgency and on who gets it, and sees in ``urgency:`` what those before it left. ``docs/rules.md`` tells it all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mentionwatch.match.people import People
from mentionwatch.model import Item, Person, Rule, RuleHit, Urgency

if TYPE_CHECKING:
    from mentionwatch.query.evaluate import CompiledQuery

#: How what a rule did is signed in the triage log.
BY_RULE, BY_PERSON = "rule:", "person:"


@dataclass(frozen=True, slots=True)
class TriageMove:
    """What a rule wants done in the triage log: given to ``to``, or ignored where that is ``None``."""

    by: str
    to: str | None


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What the rules make of one mention. ``moves`` are what to log, the last assignment before an ignoring."""

    urgency: Urgency
    tags: tuple[str, ...] = ()
    hits: tuple[RuleHit, ...] = ()
    moves: tuple[TriageMove, ...] = ()


def is_automatic(by: str) -> bool:
    """Whether an entry of the log was made by a rule and not by somebody."""
    return by.startswith((BY_RULE, BY_PERSON))


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Rules and people of a configuration. Their queries must have been found right; they are read when first asked."""

    rules: tuple[Rule, ...] = ()
    people: tuple[Person, ...] = ()
    #: The user's own phrase files.
    phrases: tuple[Path, ...] = ()
    _known: People = field(init=False, compare=False, repr=False)
    _queries: dict[str, CompiledQuery] = field(init=False, compare=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_known", People(self.people))

    @property
    def version(self) -> str:
        """12 hex digits that change with any rule, person or phrase file; nothing where there is none."""
        if not (self.rules or self.people or self.phrases):
            return ""
        return fingerprint(self.rules, self.people, *map(_contents, self.phrases))

    def query(self, rule: Rule) -> CompiledQuery:
        """The rule's query, read when it is first asked for."""
        if rule.when not in self._queries:
            from mentionwatch.query.evaluate import compile_node  # imported here: most configurations have no rules
            from mentionwatch.query.parse import parse

            self._queries[rule.when] = compile_node(parse(rule.when, True), rule.when)
        return self._queries[rule.when]

    def who(self, item: Item, brand: str) -> Person | None:
        """Who of the people said it."""
        return self._known.who(item, brand)

    def marks(self) -> dict[str, str]:
        """Who signs in the log → 12 hex digits that change when what makes them act changes."""
        rules = {f"{BY_RULE}{rule.name}": fingerprint(rule) for rule in self.rules if rule.assign or rule.ignore}
        return rules | {f"{BY_PERSON}{one.name}": fingerprint(one) for one in self.people if one.assign}

    def apply(self, decides: Callable[[Rule, str], str | None], urgency: Urgency, person: Person | None) -> RuleOutcome:
        """What the rules come to. ``decides`` says of a rule, at a level of urgency, by which clause it holds."""
        tags: dict[str, None] = {}
        hits: list[RuleHit] = []
        assigned = (
            TriageMove(f"{BY_PERSON}{person.name}", person.assign) if person is not None and person.assign else None
        )
        ignored: TriageMove | None = None
        for rule in self.rules:
            because = decides(rule, urgency.level)
            if because is None:
                continue
            hits.append(RuleHit(rule.name, because))
            tags |= dict.fromkeys(rule.tags)
            if rule.urgency is not None:
                urgency = Urgency(rule.urgency, (f"rule “{rule.name}”: {because}", *urgency.reasons))
            if rule.assign is not None:
                assigned = TriageMove(f"{BY_RULE}{rule.name}", rule.assign)
            if rule.ignore:
                ignored = ignored or TriageMove(f"{BY_RULE}{rule.name}", None)
        moves = tuple(move for move in (assigned, ignored) if move is not None)
        return RuleOutcome(urgency, tuple(tags), tuple(hits), moves)


def _contents(path: Path) -> str:
    """A digest of a file; of one that cannot be read its name."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return str(path)


def fingerprint(*parts: Sequence[object] | Rule | Person | str) -> str:
    """12 hex digits of rules or people."""
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()[:12]
