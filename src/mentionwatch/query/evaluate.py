"""Tree to predicate: where a query stands in an item, and the clause that decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from mentionwatch.errors import UserError
from mentionwatch.match.view import ItemView
from mentionwatch.model import Match
from mentionwatch.query import tree
from mentionwatch.query.errors import QueryError
from mentionwatch.query.leaves import LeafFinder, leaf_finder, leaf_test
from mentionwatch.query.mention_fields import MentionValues, holds
from mentionwatch.query.parse import parse
from mentionwatch.query.proximity import EvalContext, MatchSpan, matches_of, near, outside, span_of, within_slop
from mentionwatch.query.tree import Leaf, Node, children
from mentionwatch.query.unparse import unparse

#: Matches told of one item: a text that repeats a name more often is made to.
MAX_MATCHES = 1_000
_FIELDS = ("title", "text", "url", "links", "tags", "handles", "author")
_PROSE = ("title", "text")
_SHOWN = 60

#: What of a clause stands in the item; ``None`` when it does not hold, nothing when it holds at no place.
FoundMatches = list[Match] | None
Scope = tuple[str, ...] | None


class CompiledQuery:
    """A query ready to judge items."""

    def __init__(self, node: Node, text: str) -> None:
        self.node = node
        self.text = text
        self._finders: dict[int, LeafFinder] = {}
        #: A term written twice is looked for once.
        self._same: dict[Leaf, int] = {}
        self._keys: dict[int, int] = {}
        self._words: dict[int, tuple[list[LeafFinder], list[int]]] = {}
        self._tests: dict[int, Callable[[ItemView], bool]] = {}
        for leaf in _leaves(node):
            self._prepare(leaf)
        from mentionwatch.query.required_literals import required_literals_of_node

        self.required_literals = required_literals_of_node(node)

    def _prepare(self, leaf: Leaf) -> None:
        try:
            if isinstance(leaf, tree.SlopPhrase):
                words = leaf.text.split(" ")
                same = [words.index(word) for word in words]
                self._words[id(leaf)] = ([leaf_finder(tree.Name(word)) for word in words], same)
            elif isinstance(leaf, tree.MentionField):
                return
            elif isinstance(leaf, tree.Field) and leaf.name in ("type", "lang", "source"):
                self._tests[id(leaf)] = leaf_test(leaf)
            else:
                self._finders.setdefault(self._same.setdefault(leaf, id(leaf)), leaf_finder(leaf))
                self._keys[id(leaf)] = self._same[leaf]
        except UserError as error:
            message, _, hint = str(error).partition(": ")
            raise QueryError(self.text, leaf.span[0], message, hint or "take it out") from error

    @property
    def asks_of_now(self) -> str | None:
        """A clause that is true at one time and false at another, as ``is:snoozed``; ``None`` where there is none."""
        stack = [self.node]
        while stack:
            node = stack.pop()
            if isinstance(node, tree.MentionField) and node.name == "is":
                return unparse(node)
            stack.extend(children(node))
        return None

    def judge(self, view: ItemView) -> tuple[tuple[Match, ...], str]:
        """The matches in order – none when the item is not meant – and the clause that decided."""
        reading = EvalContext(view)
        found = self._found(self.node, reading, None)
        if not found:
            nothing = len(reading.found) == len(self._finders) and not any(reading.found.values())
            return (), "no term found" if found is not None or nothing else self._why_not(self.node, reading, None)
        found = sorted(found, key=lambda match: (_FIELDS.index(match.field), match.start))
        matches = tuple(dict.fromkeys(found))[:MAX_MATCHES]
        first = matches[0]
        return matches, f"{first.kind} “{first.term}” in {first.field}"

    def decides(self, view: ItemView, facts: MentionValues) -> str | None:
        """The clause by which a rule holds for a mention, as it is written; ``None`` where it does not hold.

        Of alternatives the first that holds.
        """
        reading = EvalContext(view)
        reading.facts = facts
        if self._found(self.node, reading, None) is None:
            return None
        node = self.node
        while isinstance(node, tree.Or):
            node = next(part for part in node.parts if self._found(part, reading, None) is not None)
        return _short(node)

    # -- whether a clause holds, and where -----------------------------------------------------------------------------

    def _found(self, node: Node, reading: EvalContext, scope: Scope) -> FoundMatches:
        if reading.facts is not None and _is_tagged(node, reading.facts):
            return []
        if id(node) in self._keys:  # most of the work: a term
            return _within(self._leaf(node, reading), scope) or None
        match node:
            case tree.And():
                return self._all(node.parts, reading, scope)
            case tree.Or():
                return self._any(node.parts, reading, scope)
            case tree.Not():
                return [] if self._found(node.part, reading, scope) is None else None
            case tree.With():
                found = self._found(node.part, reading, scope)
                return found if found and self._found(node.context, reading, None) is not None else None
            case tree.Title():
                return self._found(node.part, reading, ("title",))
            case tree.Text():
                return self._found(node.part, reading, _PROSE)
            case tree.Field(name="source") if (
                reading.facts is not None and reading.facts.source.casefold() == node.value
            ):
                return []
            case tree.Field(name="type" | "lang" | "source"):
                return [] if self._tests[id(node)](reading.view) else None
            case tree.MentionField():
                return [] if reading.facts is not None and holds(node, reading.view.item, reading.facts) else None
            case _:
                return matches_of(self._places(node, reading, scope)) or None

    def _all(self, parts: Iterable[Node], reading: EvalContext, scope: Scope) -> FoundMatches:
        together: list[Match] = []
        for part in sorted(parts, key=_is_exclusion):
            found = self._found(part, reading, scope)
            if found is None:
                return None
            together += found
        return together

    def _any(self, parts: Iterable[Node], reading: EvalContext, scope: Scope) -> FoundMatches:
        together: FoundMatches = None
        for part in parts:
            found = self._found(part, reading, scope)
            if found is not None:
                together = found if together is None else together + found
        return together

    def _places(self, node: Node, reading: EvalContext, scope: Scope) -> list[MatchSpan]:
        """Where a clause of text stands."""
        match node:
            case tree.Or():
                return [place for part in node.parts for place in self._places(part, reading, scope)]
            case tree.Near():
                left = self._places(node.left, reading, scope)
                right = self._places(node.right, reading, scope) if left else []
                return near(reading, left, right, node.words, node.ordered) if right else []
            case tree.Except():
                places = self._places(node.part, reading, scope)
                return outside(places, self._places(node.mask, reading, None)) if places else []
            case tree.With():
                found = self._places(node.part, reading, scope)
                return found if found and self._found(node.context, reading, None) is not None else []
            case tree.SlopPhrase():
                finders, same = self._words[id(node)]
                each = [_within(one(reading.view), scope) for one in finders]
                return within_slop(reading, each, same, node.slop) if all(each) else []
            case _:
                return [span_of(match) for match in _within(self._leaf(node, reading), scope)]

    def _leaf(self, node: Node, reading: EvalContext) -> list[Match]:
        key = self._keys[id(node)]
        if key not in reading.found:
            reading.found[key] = self._finders[key](reading.view)
        return reading.found[key]

    # -- why it does not hold ------------------------------------------------------------------------------------------

    def _why_not(self, node: Node, reading: EvalContext, scope: Scope) -> str:
        """The one clause that failed, in words."""
        match node:
            case tree.And():
                failed = next(
                    part for part in sorted(node.parts, key=_is_exclusion) if self._found(part, reading, scope) is None
                )
                return self._why_not(failed, reading, scope)
            case tree.Or():
                return self._why_none(node, reading, scope)
            case tree.Not():
                found = self._found(node.part, reading, scope) or []
                where = f" in {found[0].field}" if found else ""
                return f"excluded by {_quoted(node.part)}{where}"
            case tree.With():
                if self._found(node.part, reading, scope) is None:
                    return self._why_not(node.part, reading, scope)
                return f"context missing: {_short(node.context)} beside {_quoted(node.part)}"
            case tree.Except():
                if self._found(node.part, reading, scope) is None:
                    return self._why_not(node.part, reading, scope)
                return f"only inside {_quoted(node.mask)}, which is excluded"
            case tree.Title() | tree.Text():
                return self._why_not_there(node, reading)
            case tree.Near():
                for side in (node.left, node.right):
                    if self._found(side, reading, scope) is None:
                        return self._why_not(side, reading, scope)
                return f"not as near as {_short(node)}"
            case tree.Field(name="type" | "lang" | "source"):
                item = reading.view.item
                is_now = {"type": item.kind, "lang": item.language, "source": item.platform}[node.name]
                return f"{node.name} is {is_now or 'unknown'}, not {node.value}"
            case _:
                return f"not found: {_short(node)}"

    def _why_none(self, node: tree.Or, reading: EvalContext, scope: Scope) -> str:
        """Of alternatives that all fail: the first that came nearer than not being found."""
        reasons = [self._why_not(part, reading, scope) for part in node.parts]
        nearer = next((reason for reason in reasons if not reason.startswith(("not found", "no term"))), None)
        return nearer or "no term found"

    def _why_not_there(self, node: tree.Title | tree.Text, reading: EvalContext) -> str:
        where = "the title" if isinstance(node, tree.Title) else "title or text"
        if isinstance(node.part, tree.Not):
            return self._why_not(node.part, reading, ("title",) if isinstance(node, tree.Title) else _PROSE)
        return f"not found in {where}: {_short(node.part)}"

    def holds(self, node: Node, view: ItemView) -> tuple[Match, ...] | None:
        """What of one clause of this very tree stands in an item; ``None`` when the clause does not hold."""
        found = self._found(node, EvalContext(view), None)
        return None if found is None else tuple(found)


def _leaves(node: Node) -> Iterable[Leaf]:
    stack: list[Node] = [node]
    while stack:
        each = stack.pop()
        below = children(each)
        stack.extend(below)
        if not below:
            assert isinstance(each, Leaf)
            yield each


def _within(matches: list[Match], scope: Scope) -> list[Match]:
    return matches if scope is None else [match for match in matches if match.field in scope]


def _is_exclusion(node: Node) -> bool:
    return isinstance(node, tree.Not)


def _short(node: Node) -> str:
    text = unparse(node)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _quoted(node: Node) -> str:
    return f"“{node.text}”" if isinstance(node, tree.Name) else f"“{_short(node)}”"


def compile_node(node: Node, text: str = "") -> CompiledQuery:
    """A tree ready to judge; ``text`` is what it was read from, for a fault's column.

    Raises a :class:`~mentionwatch.query.errors.QueryError` for a term that could match anything.
    """
    return CompiledQuery(node, text)


def _is_tagged(node: Node, facts: MentionValues) -> bool:
    """Whether ``tag:`` names what rules or people call the mention; the platform's own tags are looked for apart."""
    if not isinstance(node, tree.Field) or node.name != "tag":
        return False
    return any(tag.casefold() == node.value.casefold() for tag in facts.tags)


@lru_cache(maxsize=256)
def compile_query(text: str, facts: bool = False) -> CompiledQuery:
    """A query ready to judge; raises a :class:`~mentionwatch.query.errors.QueryError` with the column and the mend.

    ``facts``: it is a rule's, and asked by :meth:`CompiledQuery.decides`.
    """
    return compile_node(parse(text, facts), text)
