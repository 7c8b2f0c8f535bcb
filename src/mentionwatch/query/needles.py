"""What a text must hold for a query to match it, so that most queries need not be judged at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce
from operator import or_

from mentionwatch.errors import UserError
from mentionwatch.match.needles import Needles, needles_of
from mentionwatch.match.terms import compile_term, term_from_value
from mentionwatch.model import Term
from mentionwatch.query.tree import (
    And,
    Except,
    Field,
    Handle,
    Hashtag,
    Loose,
    Name,
    Near,
    Node,
    Or,
    Raw,
    Text,
    Title,
    Wildcard,
    With,
)
from mentionwatch.text import fold

_NOTHING = Needles()
_RUN = re.compile("[a-z0-9]+")


def needles_of_node(node: Node) -> Needles:
    """The needles of a clause; they say nothing of one that can hold without any word known beforehand."""
    match node:
        case Or():
            return reduce(or_, map(needles_of_node, node.parts))
        case And():
            return _fewest(map(needles_of_node, node.parts))
        case Near():
            return _fewest(map(needles_of_node, (node.left, node.right)))
        case With() | Except() | Title() | Text():
            return needles_of_node(node.part)
        case Loose():
            return _fewest(needles_of_node(Name(word)) for word in node.text.split(" "))
        case Wildcard():
            plain = [word for word in node.text.split(" ") if re.fullmatch("[A-Za-z0-9]+", word)]
            return _fewest(Needles([word.lower() + ending for ending in ("", "s", "es")]) for word in plain)
        case Raw():
            runs = _RUN.findall(fold(node.text).text) if node.text.isascii() else []
            return Needles([max(runs, key=len)]) if runs else _NOTHING
        case _:
            terms = _terms(node)
            return reduce(or_, map(_of_term, terms)) if terms else _NOTHING


def _terms(node: Node) -> tuple[Term, ...]:
    match node:
        case Name():
            name = Term("name", node.text, case=node.case, lookalikes=node.lookalikes)
            return (name, Term("url", node.text)) if term_from_value(node.text).kind == "url" else (name,)
        case Hashtag() if not re.search(r"[*?]", node.text):
            return (Term("hashtag", node.text),)
        case Handle():
            return (Term("handle", f"@{node.text}"),)
        case Field(name="link" | "site") if not node.value.startswith("."):
            return (Term("url", node.value),)
        case _:
            return ()


def _of_term(term: Term) -> Needles:
    try:
        return needles_of(compile_term(term))
    except UserError:
        return _NOTHING


def _fewest(found: Iterable[Needles]) -> Needles:
    """Of conditions that must all hold, the one that lets the fewest texts pass."""
    telling = [each for each in found if not each.says_nothing]
    return min(telling, key=_looseness, default=_NOTHING)


def _looseness(needles: Needles) -> tuple[int, int]:
    return len(needles.lookalikes), len(needles.words) + len(needles.pieces)
