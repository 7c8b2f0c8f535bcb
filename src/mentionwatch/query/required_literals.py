"""What a text must hold for a query to match it, so that most queries need not be judged at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce
from operator import or_

from mentionwatch.errors import UserError
from mentionwatch.match.required_literals import RequiredLiterals, required_literals_of
from mentionwatch.match.terms import compile_term, term_from_value
from mentionwatch.model import Term
from mentionwatch.query import tree
from mentionwatch.query.tree import Node
from mentionwatch.text import fold

_NOTHING = RequiredLiterals()
_RUN = re.compile("[a-z0-9]+")


def required_literals_of_node(node: Node) -> RequiredLiterals:
    """The literals of a clause; they say nothing of one that can hold without any word known beforehand."""
    match node:
        case tree.Or():
            return reduce(or_, map(required_literals_of_node, node.parts))
        case tree.And():
            return _fewest(map(required_literals_of_node, node.parts))
        case tree.Near():
            return _fewest(map(required_literals_of_node, (node.left, node.right)))
        case tree.With() | tree.Except() | tree.Title() | tree.Text():
            return required_literals_of_node(node.part)
        case tree.SlopPhrase():
            return _fewest(required_literals_of_node(tree.Name(word)) for word in node.text.split(" "))
        case tree.Wildcard():
            plain = [word for word in node.text.split(" ") if re.fullmatch("[A-Za-z0-9]+", word)]
            return _fewest(RequiredLiterals([word.lower() + ending for ending in ("", "s", "es")]) for word in plain)
        case tree.ExactString():
            runs = _RUN.findall(fold(node.text).text) if node.text.isascii() else []
            return RequiredLiterals([max(runs, key=len)]) if runs else _NOTHING
        case _:
            terms = _terms(node)
            return reduce(or_, map(_of_term, terms)) if terms else _NOTHING


def _terms(node: Node) -> tuple[Term, ...]:
    match node:
        case tree.Name():
            name = Term("name", node.text, case=node.case, lookalikes=node.lookalikes)
            return (name, Term("url", node.text)) if term_from_value(node.text).kind == "url" else (name,)
        case tree.Hashtag() if not re.search(r"[*?]", node.text):
            return (Term("hashtag", node.text),)
        case tree.Handle():
            return (Term("handle", f"@{node.text}"),)
        case tree.Field(name="link" | "site") if not node.value.startswith("."):
            return (Term("url", node.value),)
        case _:
            return ()


def _of_term(term: Term) -> RequiredLiterals:
    try:
        return required_literals_of(compile_term(term))
    except UserError:
        return _NOTHING


def _fewest(found: Iterable[RequiredLiterals]) -> RequiredLiterals:
    """Of conditions that must all hold, the one that lets the fewest texts pass."""
    telling = [each for each in found if not each.is_empty]
    return min(telling, key=_looseness, default=_NOTHING)


def _looseness(literals: RequiredLiterals) -> tuple[int, int]:
    return len(literals.lookalikes), len(literals.words) + len(literals.pieces)
