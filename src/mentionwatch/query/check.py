"""What is wrong with a query that can be read, and what its writer may not have meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from mentionwatch.match.terms import suffix_problem
from mentionwatch.model import Term
from mentionwatch.query import tree
from mentionwatch.query.errors import QueryError, line_and_column, with_caret
from mentionwatch.query.parse import parse
from mentionwatch.query.search_clauses import search_clauses_of
from mentionwatch.query.tree import Node, Span, children
from mentionwatch.query.unparse import unparse, unparse_leaf

#: Fields of which an item has one value.
_SINGLE = ("site", "author", "type", "lang", "source", "sub")


@dataclass(frozen=True, slots=True)
class QueryProblem:
    """Something said of a query. ``fatal``: it cannot be used so; else it works, and may not do what was meant."""

    message: str
    fatal: bool
    #: From 1; the query is shown with a caret below the place in ``shown``.
    line: int
    column: int
    shown: tuple[str, str]


def check(text: str) -> tuple[QueryProblem, ...]:
    """All that is to be said of a query, the fatal first; empty for one in order."""
    try:
        node = parse(text)
    except QueryError as error:
        shown = (error.problems[1], error.problems[2])
        return (QueryProblem(f"{error.message}; {error.hint}", True, error.line, error.column, shown),)
    found = [*_unusable(node, text), *_lost(node), *_doubts(node, text)]
    problems = (_problem(text, span, message, fatal) for span, message, fatal in found)
    return tuple(sorted(problems, key=lambda problem: not problem.fatal))


_Said = tuple[Span, str, bool]


def _problem(text: str, span: Span, message: str, fatal: bool) -> QueryProblem:
    line, column = line_and_column(text, span[0])
    return QueryProblem(message, fatal, line, column, with_caret(text, span[0]))


def _unusable(node: Node, text: str) -> Iterator[_Said]:
    """A term that cannot be searched for."""
    from mentionwatch.query.evaluate import compile_node

    try:
        compile_node(node, text)
    except QueryError as error:
        yield (error.at, error.at), f"{error.message}; {error.hint}", True


def _lost(node: Node) -> Iterator[_Said]:
    """Clauses that match without anything found, and those that no platform can be asked for."""
    if (loose := _unfounded(node)) is not None:
        yield (
            loose.span,
            f"{_short(loose)} holds without any word found; join it with a word that must be there: "
            f"word AND {_short(loose)}",
            True,
        )
    elif search_clauses_of(node) is None:
        blind = _unaskable(node)
        yield (
            blind.span,
            f"no platform can be asked for {_short(blind)}: only feeds, which bring everything, will be searched; "
            f"join it with a word, as in word AND {_short(blind)}",
            False,
        )


def _unfounded(node: Node) -> Node | None:
    """The clause by which a query can hold with no place to show for it; ``None`` when there is always one."""
    match node:
        case tree.Not() | tree.Field(name="type" | "lang" | "source"):
            return node
        case tree.Or():
            return next((found for part in node.parts if (found := _unfounded(part)) is not None), None)
        case tree.And():
            unfounded = [_unfounded(part) for part in node.parts]
            return node if all(part is not None for part in unfounded) else None
        case tree.With() | tree.Except() | tree.Title() | tree.Text():
            return node if _unfounded(node.part) is not None else None
        case _:
            return None


def _unaskable(node: Node) -> Node:
    """The innermost clause for which nothing can be asked, where one part alone is to blame."""
    match node:
        case tree.Or():
            return next(_unaskable(part) for part in node.parts if search_clauses_of(part) is None)
        case tree.With() | tree.Except() | tree.Title() | tree.Text():
            return _unaskable(node.part)
        case _:
            return node


def _short(node: Node) -> str:
    text = unparse(node)
    text = f"({text})" if isinstance(node, tree.And | tree.Or) else text
    return text if len(text) <= 60 else text[:59] + "…"


def _doubts(node: Node, text: str) -> Iterator[_Said]:
    """What works, and may not do what was meant."""
    stack = [(node, False)]
    while stack:
        each, narrowed = stack.pop()
        stack.extend(
            (child, narrowed or isinstance(each, tree.And | tree.Near | tree.With))
            for child in reversed(children(each))
        )
        match each:
            case tree.Name(text="and" | "or" | "not" as word) if text[slice(*each.span)] == word:
                yield each.span, f'"{word}" in lower case is a word to be found; write {word.upper()}', False
            case tree.Name() if not narrowed and _is_one_letter(each.text):
                yield each.span, f"{each.text} is one letter and will be found everywhere; join it with AND", False
            case tree.Wildcard() if re.search(r"(?:^| )[^* ]{0,2}\*", each.text) and not narrowed:
                yield each.span, f"{each.text} will be found in many words; write more letters before the *", False
            case tree.Regex() if re.search(r"\\b", each.pattern) and not each.pattern.isascii():
                yield each.span, r"\b knows only the letters A to Z; write (?:^|\PL) instead", False
            case tree.Field(name="link") if suffix_problem(Term("url", each.value)) is not None:
                yield each.span, f"{each.value} is a public suffix: anybody has a site below it", False
            case tree.And():
                yield from _contradictions(each)
            case tree.Or() if _mixes(each, text):
                yield each.span, f"AND binds more tightly than OR: this is read as {_grouped(each)}", False


def _is_one_letter(text: str) -> bool:
    return len(text) == 1 and text.isalpha() and unicodedata.name(text, "").startswith(("LATIN", "GREEK", "CYRILLIC"))


def _contradictions(node: tree.And) -> Iterator[_Said]:
    """``site:a site:b``: other tools read that as OR."""
    seen: dict[str, tree.Field] = {}
    for part in node.parts:
        if isinstance(part, tree.Field) and part.name in _SINGLE:
            first = seen.setdefault(part.name, part)
            if first.value != part.value and not _within(first, part):
                either = f"({unparse_leaf(first)} OR {unparse_leaf(part)})"
                yield part.span, f"an item has one {part.name}: nothing can be both; write {either}", False


def _within(a: tree.Field, b: tree.Field) -> bool:
    """Whether one value can hold together with the other: a path of a site, a pattern, a regional language."""
    if "*" in a.value + b.value or "?" in a.value + b.value:
        return True
    return a.value.startswith(b.value) or b.value.startswith(a.value) or a.value.endswith("." + b.value)


def _mixes(node: tree.Or, text: str) -> bool:
    """Whether an AND stands beside an OR without parentheses of its own."""
    for part in node.parts:
        if isinstance(part, tree.And) and part.span != (0, 0) and not _in_parentheses(part, text):
            return any(not isinstance(each, tree.Not) for each in part.parts[1:])
    return False


def _in_parentheses(node: Node, text: str) -> bool:
    start, end = node.span
    return text[:start].rstrip().endswith("(") and text[end:].lstrip().startswith(")")


def _grouped(node: tree.Or) -> str:
    return " OR ".join(_short(part) for part in node.parts)
