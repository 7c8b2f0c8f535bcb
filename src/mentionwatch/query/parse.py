"""Text to tree. Tightest first: prefixes and ``~n``; NEAR, WITH, EXCEPT; NOT and ``-``; AND, said or not; OR.

Written by hand (a precedence climber over :mod:`~mentionwatch.query.tokens`): a parser generator would cost every start
that uses a query some 55 ms, and could not name a hint.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mentionwatch.query import tree
from mentionwatch.query.errors import QueryError
from mentionwatch.query.fields import InvalidFieldValue, parse_field
from mentionwatch.query.mention_fields import MENTION_FIELDS, parse_mention_field
from mentionwatch.query.tokens import VALUED, Token, tokens, value_at
from mentionwatch.query.tree import Node, all_of, any_of, children

MAX_LENGTH = 50_000
MAX_DEPTH = 50
MAX_TERMS = 2_000

_ADDRESS = re.compile(r"h(?:tt|xx)ps?://", re.IGNORECASE)
_OPERATORS = frozenset({"and", "or", "not", "near", "with", "except"})
_STARTS = frozenset({"(", "not", "near:", "field", "leaf"})


def parse(text: str, facts: bool = False) -> Node:
    """The tree of a query; a :class:`~mentionwatch.query.errors.QueryError` that names the column and the mend.

    ``facts``: a rule's query, which may ask for what is known of a mention (:mod:`mentionwatch.query.mention_fields`).
    At most 50,000 characters, 2,000 terms and a nesting of 50: beyond stands an error, never a hang.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(text, MAX_LENGTH, f"the query has {len(text)} characters", f"at most {MAX_LENGTH}")
    parser = _Parser(text, facts)
    node = parser.either()
    if parser.here.kind != "end":
        raise parser.unexpected()
    return node


class _Parser:
    def __init__(self, text: str, facts: bool = False) -> None:
        self.text = text
        self.tokens = tokens(text, facts)
        self.index = 0
        self.depth = 0
        terms = [token for token in self.tokens if token.kind in ("leaf", "value")]
        if len(terms) > MAX_TERMS:
            raise self.fail(terms[MAX_TERMS].start, f"the query has {len(terms)} terms", f"at most {MAX_TERMS}")

    @property
    def here(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.here
        self.index += 1
        return token

    def fail(self, at: int, message: str, hint: str) -> QueryError:
        return QueryError(self.text, at, message, hint)

    def unexpected(self) -> QueryError:
        token = self.here
        if token.kind == "end":
            if self.index == 0:
                return self.fail(0, "the query is empty", "write what to look for")
            before = self.tokens[self.index - 1]
            return self.fail(before.start, f"nothing follows {self.written(before)}", "write what belongs there")
        if token.kind == ")":
            previous = self.tokens[self.index - 1] if self.index else None
            if previous is not None and previous.kind == "(":
                return self.fail(previous.start, "these parentheses are empty", "write what belongs there")
            if previous is not None and previous.kind in _OPERATORS:
                return self.fail(
                    previous.start, f"nothing follows {self.written(previous)}", "write what belongs there"
                )
            return self.fail(token.start, "this ) closes nothing", "remove it, or add a ( before")
        return self.fail(
            token.start,
            f"{self.written(token)} has nothing before it",
            f'write what belongs there; "{self.written(token)}" in quotes is the word',
        )

    def written(self, token: Token) -> str:
        return self.text[token.start : token.end]

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(self.here.start, f"clauses are nested more than {MAX_DEPTH} deep", "remove the parentheses")

    # -- precedence, loosest first -----------------------------------------------------------------------------------

    def either(self) -> Node:
        start = self.here.start
        parts = [self.every()]
        while self.here.kind == "or":
            self.take()
            parts.append(self.every())
        return any_of(parts, (start, self.end()))

    def every(self) -> Node:
        start = self.here.start
        parts = [self.negated()]
        while self.here.kind == "and" or self.here.kind in _STARTS:
            if self.here.kind == "and":
                self.take()
            parts.append(self.negated())
        return all_of(parts, (start, self.end()))

    def negated(self) -> Node:
        if self.here.kind != "not":
            return self.related()
        start = self.take().start
        self.deeper()
        part = self.negated()
        self.depth -= 1
        return tree.Not(part, span=(start, self.end()))

    def related(self) -> Node:
        left = self.single()
        chained = 0
        while self.here.kind in ("near", "with", "except"):
            operator = self.take()
            chained += 1
            self.deeper()  # a chain nests to the left
            left = self.relation(operator, left, self.single())
        self.depth -= chained
        return left

    def relation(self, operator: Token, left: Node, right: Node) -> Node:
        span = (left.span[0], self.end())
        if operator.kind == "with":
            if _holds(left, (tree.Not,)):
                raise self.fail(left.span[0], "WITH needs something found before it", "write the exclusion beside it")
            return tree.With(left, right, span=span)
        for side in (left, right):
            if not _is_text(side):
                raise self.fail(
                    side.span[0],
                    f"{self.written(operator)} joins words, phrases and OR groups of them",
                    "write (a NEAR/5 c) AND (b NEAR/5 c) instead of (a AND b) NEAR/5 c"
                    if operator.kind == "near"
                    else "write EXCEPT beside the word that it is about",
                )
        if operator.kind == "except":
            return tree.Except(left, right, span=span)
        return tree.Near(left, right, operator.distance, operator.ordered, span=span)

    def single(self) -> Node:
        token = self.here
        match token.kind:
            case "(":
                return self.group()
            case "field":
                return self.field()
            case "near:":
                return self.listed_near()
            case "leaf":
                self.take()
                assert token.leaf is not None
                if isinstance(token.leaf, tree.Name) and _ADDRESS.match(self.text, token.start):
                    return self.valued("link", token.leaf.text, (token.start, token.end), token.start)
                return token.leaf
            case "not":
                raise self.fail(
                    token.start,
                    "an exclusion is not allowed here",
                    "write a AND NOT (a NEAR/5 b), or a EXCEPT b to ignore a where it stands inside b",
                )
            case _:
                raise self.unexpected()

    def group(self) -> Node:
        opening = self.take()
        self.deeper()
        node = self.either()
        if self.here.kind != ")":
            raise self.fail(opening.start, "this ( is never closed", "add a )")
        self.take()
        self.depth -= 1
        return node

    def end(self) -> int:
        return self.tokens[self.index - 1].end

    # -- prefixes ----------------------------------------------------------------------------------------------------

    def listed_near(self) -> Node:
        """``near/4:James,Shaffer``: the words, split at commas, each near the one before."""
        operator = self.take()
        if self.here.start != operator.end or self.here.kind != "leaf":
            raise self.fail(operator.end, "nothing follows near/n:", "write near/4:one,other without spaces")
        parts: list[Node] = []
        while True:
            parts.extend(self.comma_parts(self.take()))
            # "a b",c and a,"b c": the quote ends the word, the comma goes on.
            closed = self.text[self.end() - 1 : self.end() + 1]
            if self.here.kind != "leaf" or self.here.start != self.end() or "," not in closed:
                break
        if len(parts) < 2:
            raise self.fail(operator.start, "near/n: takes at least two words", "write near/4:one,other")
        node = parts[0]
        for part in parts[1:]:
            node = tree.Near(node, part, operator.distance, operator.ordered, span=(operator.start, self.end()))
        if len(parts) > MAX_DEPTH:
            raise self.fail(operator.start, f"near/n: takes at most {MAX_DEPTH} words", "write (a OR b) NEAR/5 c")
        return node

    def comma_parts(self, token: Token) -> list[Node]:
        leaf = token.leaf
        if isinstance(leaf, tree.Name | tree.Wildcard) and self.text[token.start] not in '"“”„‟＂':
            span = (token.start, token.end)
            pieces = [piece for piece in leaf.text.split(",") if piece]
            if isinstance(leaf, tree.Name):
                return [tree.Name(piece, span=span) for piece in pieces]
            return [tokens(piece)[0].leaf or leaf for piece in pieces]
        assert leaf is not None
        return [leaf]

    def field(self) -> Node:
        prefix = self.take()
        if self.here.start != prefix.end:
            raise self.fail(prefix.end, f"nothing follows {prefix.name}:", "write no space there")
        if self.here.kind == "value":
            token = self.take()
            return self.valued(prefix.name, token.name, (prefix.start, token.end), token.start)
        if self.here.kind not in ("(", "leaf", "field"):
            raise self.fail(
                self.here.start,
                f"{self.written(self.here)} cannot follow {prefix.name}:",
                f"write -{prefix.name}:word to exclude",
            )
        self.deeper()
        node = self.single()
        self.depth -= 1
        span = (prefix.start, self.end())
        if prefix.name in ("title", "text"):
            if _holds(node, (tree.Field, tree.Title, tree.Text, tree.With)):
                raise self.fail(node.span[0], f"{prefix.name}: takes words and phrases", "join other fields with AND")
            return (tree.Title if prefix.name == "title" else tree.Text)(node, span=span)
        return self.spread(prefix, node)

    def spread(self, prefix: Token, node: Node) -> Node:
        """``site:(a OR b)`` is ``site:a OR site:b``: the prefix goes to each term of a group."""
        match node:
            case tree.And() | tree.Or():
                return replace(node, parts=tuple(self.spread(prefix, part) for part in node.parts))
            case tree.Not():
                return replace(node, part=self.spread(prefix, node.part))
            case tree.Name() if prefix.name == "case":
                return replace(node, case=True)
            case tree.Name() if prefix.name == "lookalike":
                return replace(node, lookalikes=True)
            case tree.Name() if prefix.name == "raw":
                return tree.ExactString(node.text, span=node.span)
            case tree.ExactString() if prefix.name in ("raw", "case"):
                return node
            case tree.Name() | tree.Wildcard() | tree.Hashtag() | tree.Handle() if (
                prefix.name in VALUED or prefix.name in MENTION_FIELDS
            ):
                return self.valued(prefix.name, value_at(self.text, node.span[0]), node.span, node.span[0])
            case _:
                raise self.fail(
                    node.span[0],
                    f"{prefix.name}: takes " + ("plain values" if prefix.name in VALUED else "words and phrases"),
                    "put the rest beside it with AND",
                )

    def valued(self, name: str, value: str, span: tuple[int, int], at: int) -> Node:
        try:
            return parse_mention_field(name, value, span) if name in MENTION_FIELDS else parse_field(name, value, span)
        except InvalidFieldValue as unfit:
            raise self.fail(at, *unfit.args) from unfit


def _is_text(node: Node) -> bool:
    """Whether a clause stands at places of a text, so that something can be near or inside it."""
    match node:
        case (
            tree.Name()
            | tree.SlopPhrase()
            | tree.Wildcard()
            | tree.ExactString()
            | tree.Regex()
            | tree.Hashtag()
            | tree.Handle()
        ):
            return True
        case tree.Or() | tree.Near() | tree.Except():
            return all(_is_text(part) for part in children(node))
        case tree.With():
            return _is_text(node.part)
        case _:
            return False


def _holds(node: Node, kinds: tuple[type[Node], ...]) -> bool:
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, kinds):
            return True
        stack.extend(children(node))
    return False
