"""Other tools' queries, read into our tree; whatever cannot be said here is told, never dropped in silence.

One reader for all: they differ in words, not in shape. The package itself holds the words, ``tokens`` reads them.
"""

from __future__ import annotations

from dataclasses import replace

from mentionwatch.query import tree
from mentionwatch.query.errors import QueryError
from mentionwatch.query.importers.tokens import (
    ForeignSyntax,
    ForeignToken,
    ImportedQuery,
    ImportWarnings,
    tokens,
)
from mentionwatch.query.parse import MAX_DEPTH, MAX_LENGTH, parse
from mentionwatch.query.tokens import MAX_DISTANCE
from mentionwatch.query.tree import Node, all_of, any_of, children
from mentionwatch.query.unparse import unparse


def read(text: str, tool: ForeignSyntax, notes: ImportWarnings) -> Node | None:
    """The tree of another tool's query; ``None`` when nothing of it can be said here.

    Raises a :class:`~mentionwatch.query.errors.QueryError` that names the column where the text is no query.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(text, MAX_LENGTH, f"the query has {len(text)} characters", f"at most {MAX_LENGTH}")
    return _Parser(text, tool, notes).whole()


class _Parser:
    def __init__(self, text: str, tool: ForeignSyntax, notes: ImportWarnings) -> None:
        self.text = text
        self.tool = tool
        self.notes = notes
        self.tokens = tokens(text, tool, notes)
        self.index = 0
        self.depth = 0
        #: A condition of the clause being read was dropped.
        self.widened = False

    @property
    def here(self) -> ForeignToken:
        return self.tokens[self.index]

    def take(self) -> ForeignToken:
        self.index += 1
        return self.tokens[self.index - 1]

    def fail(self, at: int, message: str, hint: str) -> QueryError:
        return QueryError(self.text, at, message, hint)

    def whole(self) -> Node | None:
        node = self.every() if self.tool.or_first else self.either()
        if self.here.kind != "end":
            raise self.fail(self.here.start, "this ) closes nothing", "remove it, or add a ( before")
        return node

    def either(self) -> Node | None:
        operand = self.negated if self.tool.or_first else self.every
        start = self.here.start
        parts = [operand()]
        while self.here.kind == "or":
            self.take()
            parts.append(operand())
        kept = [part for part in parts if part is not None]
        if len(kept) < len(parts) and kept:
            self.notes.say(f"an alternative of {self.text[start : self.end()]} was dropped: it will find less")
        return any_of(kept) if kept else None

    def every(self) -> Node | None:
        operand = self.either if self.tool.or_first else self.negated
        parts = [operand()]
        while self.here.kind not in ("or", ")", "end"):
            if self.here.kind == "and":
                self.take()
            parts.append(operand())
        kept = [part for part in parts if part is not None]
        self.widened = self.widened or 0 < len(kept) < len(parts)
        return all_of(self.gathered(kept)) if kept else None

    def gathered(self, parts: list[Node]) -> list[Node]:
        """With several values of one field joined by OR, where the tool means it so."""
        groups: dict[str, list[Node]] = {}
        for part in parts:
            if isinstance(part, tree.Field) and part.name in self.tool.any_value:
                groups.setdefault(part.name, []).append(part)
        made: list[Node] = []
        for part in parts:
            group = groups.get(part.name) if isinstance(part, tree.Field) else None
            if group is None:
                made.append(part)
            elif part is group[0]:
                made.append(any_of(group))
        return made

    def negated(self) -> Node | None:
        if self.here.kind != "not":
            return self.related()
        start = self.take().start
        self.deeper()
        outside, self.widened = self.widened, False
        part = self.negated()
        self.depth -= 1
        # An exclusion that lost a condition would hide more than was meant.
        usable = part is not None and not self.widened
        self.widened = outside
        if not usable:
            self.notes.say(f"the exclusion {self.text[start : self.end()]} was dropped: it will find more")
        return tree.Not(part) if part is not None and usable else None

    def related(self) -> Node | None:
        left = self.single()
        chained = 0
        while self.here.kind == "near":
            operator = self.take()
            chained += 1
            self.deeper()
            left = self.near(left, self.single(), operator)
        self.depth -= chained
        return left

    def near(self, left: Node | None, right: Node | None, operator: ForeignToken) -> Node | None:
        if left is None or right is None:
            self.widened = True
            return left or right
        sign = self.text[operator.start : operator.end]
        if operator.distance > MAX_DISTANCE:
            self.notes.say(f"{sign} is farther than {MAX_DISTANCE} words and becomes AND")
            return all_of([left, right])
        for side, other in ((left, right), (right, left)):
            if isinstance(side, tree.And):
                self.notes.say(f"{sign} on a group of AND becomes a NEAR on each of its words")
                pairs = [(part, other) if side is left else (other, part) for part in side.parts]
                near = [self.near(a, b, operator) for a, b in pairs]
                return all_of([each for each in near if each is not None])
        if _holds_more_than_text(left) or _holds_more_than_text(right):
            self.notes.say(f"{sign} on a field or an exclusion becomes AND")
            return all_of([left, right])
        return tree.Near(left, right, operator.distance, operator.ordered)

    def single(self) -> Node | None:
        token = self.here
        if token.kind == "leaf":
            self.take()
            return self.leaf(token)
        if token.kind != "(":
            raise self.misplaced(token)
        self.take()
        self.deeper()
        node = self.every() if self.tool.or_first else self.either()
        if self.here.kind != ")":
            raise self.fail(token.start, "this ( is never closed", "add a )")
        closing = self.take()
        self.depth -= 1
        return self.loosened(node, closing) if closing.distance >= 0 else node

    def loosened(self, node: Node | None, closing: ForeignToken) -> Node | None:
        """``(a AND b)~5``: all of the parts near one another."""
        if not isinstance(node, tree.And):
            return node
        near = self.near_chain(node, closing)
        self.notes.say(f"{self.text[closing.start : closing.end]} becomes NEAR/{closing.distance} between its parts")
        return near

    def near_chain(self, node: tree.And, closing: ForeignToken) -> Node | None:
        made: Node | None = node.parts[0]
        for part in node.parts[1:]:
            made = self.near(made, part, replace(closing, kind="near"))
        return made

    def leaf(self, token: ForeignToken) -> Node | None:
        if token.text is None:
            return None
        try:
            return parse(token.text)
        except QueryError as error:
            raise self.fail(token.start, error.message, error.hint) from error

    def misplaced(self, token: ForeignToken) -> QueryError:
        if token.kind == "end":
            if self.index == 0:
                return self.fail(0, "the query is empty", "write what to look for")
            before = self.tokens[self.index - 1]
            written = self.text[before.start : before.end]
            return self.fail(before.start, f"nothing follows {written}", "write what belongs there")
        written = self.text[token.start : token.end]
        return self.fail(token.start, f"{written} has nothing before it", "write what belongs there")

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(self.here.start, f"clauses are nested more than {MAX_DEPTH} deep", "remove the parentheses")

    def end(self) -> int:
        return self.tokens[self.index - 1].end


def _holds_more_than_text(node: Node) -> bool:
    return isinstance(node, tree.Field | tree.Not | tree.Title | tree.Text | tree.With | tree.And) or (
        isinstance(node, tree.Or | tree.Near | tree.Except) and any(map(_holds_more_than_text, children(node)))
    )


def written(node: Node | None, notes: ImportWarnings, text: str) -> ImportedQuery:
    """The import's outcome; a :class:`~mentionwatch.query.errors.QueryError` when nothing is left of the query."""
    if node is None:
        reasons = "; ".join(notes.all())
        raise QueryError(text, 0, f"nothing in this query can be expressed here ({reasons})", "rewrite it")
    query = unparse(node)
    parse(query)
    return ImportedQuery(query, notes.all())
