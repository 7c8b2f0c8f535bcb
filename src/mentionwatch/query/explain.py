"""A query drawn: the tree with what each clause means, and what of it stands in a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mentionwatch.match.view import ItemView
from mentionwatch.model import Match, Term
from mentionwatch.query.check import QueryProblem
from mentionwatch.query.evaluate import compile_node
from mentionwatch.query.tree import (
    And,
    ExactString,
    Except,
    Field,
    Handle,
    Hashtag,
    MentionField,
    Name,
    Near,
    Node,
    Not,
    Or,
    Regex,
    SlopPhrase,
    Text,
    Title,
    Wildcard,
    With,
    children,
)
from mentionwatch.query.unparse import unparse_leaf

_FIELDS = {
    "site": "its address is on",
    "url": "its address holds",
    "link": "a link to, or its address on",
    "author": "written by",
    "type": "is a",
    "lang": "is in",
    "source": "comes from",
    "tag": "is tagged",
    "sub": "stands in the community",
}


@dataclass(frozen=True, slots=True)
class ExplainedClause:
    """One line of the drawing. ``holds`` and ``matches`` are of the text the query was held against, if any."""

    depth: int
    text: str
    #: The lines of the drawing to its left.
    stem: str = ""
    holds: bool | None = None
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request that a source would send first, without secrets; ``error`` says why it can send none."""

    source: str
    platform: str
    question: str = ""
    url: str = ""
    body: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A query in its canonical form, clause by clause, and the requests it leads to.

    ``matches`` and ``reason`` are of the sample; ``matches`` is ``None`` where none was given. ``terms`` are the search
    terms that every match contains one of.
    """

    query: str
    problems: tuple[QueryProblem, ...]
    clauses: tuple[ExplainedClause, ...]
    matches: bool | None
    reason: str
    terms: tuple[Term, ...]
    requests: tuple[PlannedRequest, ...]


def explain_clauses(node: Node, view: ItemView | None = None) -> tuple[ExplainedClause, ...]:
    """The query's clauses from the outside in; with ``view`` each says whether it holds there, and where.

    A part of ``title:``, ``NEAR`` or ``EXCEPT`` is judged on its own: it may hold where the whole does not.
    """
    compiled = compile_node(node) if view is not None else None
    found: list[ExplainedClause] = []
    for depth, label, stem, each in _walk(node, 0, "", "", ""):
        said = label + _meaning(each)
        if compiled is None or view is None:
            found.append(ExplainedClause(depth, said, stem))
        else:
            matches = compiled.holds(each, view)
            found.append(ExplainedClause(depth, said, stem, matches is not None, matches or ()))
    return tuple(found)


def _walk(node: Node, depth: int, label: str, stem: str, under: str) -> Iterator[tuple[int, str, str, Node]]:
    """Each node with its label and the lines to its left; ``under`` are those to the left of its children."""
    yield depth, label, stem, node
    labels = {
        Near: ("first: ", "then: ") if isinstance(node, Near) and node.ordered else ("", ""),
        With: ("", "beside: "),
        Except: ("", "but not inside: "),
    }.get(type(node))
    below = children(node)
    for index, child in enumerate(below):
        corner, line = ("└─ ", "   ") if index == len(below) - 1 else ("├─ ", "│  ")
        yield from _walk(child, depth + 1, labels[index] if labels else "", under + corner, under + line)


def _meaning(node: Node) -> str:
    match node:
        case And():
            return "all of"
        case Or():
            return "any of"
        case Not():
            return "not"
        case Near():
            at_most = f"at most {node.words} word{'' if node.words == 1 else 's'} between"
            return f"near one another, {at_most}" + (", in this order" if node.ordered else "")
        case With():
            return "only where the context is there"
        case Except():
            return "other than where it is part of something else"
        case Title():
            return "in the title"
        case Text():
            return "in title or text"
        case Name():
            case_kept = " with this letter case" if node.case else ""
            alike = " or what looks like it" if node.lookalikes else ""
            return f"name {unparse_leaf(Name(node.text))}{case_kept}{alike}"
        case SlopPhrase():
            return f"the words of {unparse_leaf(node)}, moved by at most {node.slop}"
        case Wildcard():
            return f"words like {unparse_leaf(node)}"
        case ExactString():
            return f"exactly {unparse_leaf(node)}"
        case Regex():
            return f"regex {unparse_leaf(node)}"
        case Hashtag():
            return f"hashtag {unparse_leaf(node)}"
        case Handle():
            return f"handle {unparse_leaf(node)}"
        case MentionField():
            return f"known of the mention: {unparse_leaf(node)}"
        case Field():
            return f"{_FIELDS[node.name]} {node.value}"


def draw_tree(found: tuple[ExplainedClause, ...]) -> tuple[str, ...]:
    """The clauses as a tree of text lines."""
    lines: list[str] = []
    for clause in found:
        mark = "" if clause.holds is None else "+ " if clause.holds else "- "
        where = "; ".join(f"{m.field} {m.start}-{m.end} {m.text!r}" for m in clause.matches[:3])
        lines.append(clause.stem + mark + clause.text + (f"   [{where}]" if where else ""))
    return tuple(lines)
