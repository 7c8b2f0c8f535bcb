"""A query drawn: the tree with what each clause means, and what of it stands in a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mentionwatch.match.view import ItemView
from mentionwatch.model import Match, Term
from mentionwatch.query import tree
from mentionwatch.query.check import QueryProblem
from mentionwatch.query.evaluate import compile_node
from mentionwatch.query.tree import Node, children
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
        tree.Near: ("first: ", "then: ") if isinstance(node, tree.Near) and node.ordered else ("", ""),
        tree.With: ("", "beside: "),
        tree.Except: ("", "but not inside: "),
    }.get(type(node))
    below = children(node)
    for index, child in enumerate(below):
        corner, line = ("└─ ", "   ") if index == len(below) - 1 else ("├─ ", "│  ")
        yield from _walk(child, depth + 1, labels[index] if labels else "", under + corner, under + line)


def _meaning(node: Node) -> str:
    match node:
        case tree.And():
            return "all of"
        case tree.Or():
            return "any of"
        case tree.Not():
            return "not"
        case tree.Near():
            at_most = f"at most {node.words} word{'' if node.words == 1 else 's'} between"
            return f"near one another, {at_most}" + (", in this order" if node.ordered else "")
        case tree.With():
            return "only where the context is there"
        case tree.Except():
            return "other than where it is part of something else"
        case tree.Title():
            return "in the title"
        case tree.Text():
            return "in title or text"
        case tree.Name():
            case_kept = " with this letter case" if node.case else ""
            alike = " or what looks like it" if node.lookalikes else ""
            return f"name {unparse_leaf(tree.Name(node.text))}{case_kept}{alike}"
        case tree.SlopPhrase():
            return f"the words of {unparse_leaf(node)}, moved by at most {node.slop}"
        case tree.Wildcard():
            return f"words like {unparse_leaf(node)}"
        case tree.ExactString():
            return f"exactly {unparse_leaf(node)}"
        case tree.Regex():
            return f"regex {unparse_leaf(node)}"
        case tree.Hashtag():
            return f"hashtag {unparse_leaf(node)}"
        case tree.Handle():
            return f"handle {unparse_leaf(node)}"
        case tree.MentionField():
            return f"known of the mention: {unparse_leaf(node)}"
        case tree.Field():
            return f"{_FIELDS[node.name]} {node.value}"


def draw_tree(found: tuple[ExplainedClause, ...]) -> tuple[str, ...]:
    """The clauses as a tree of text lines."""
    lines: list[str] = []
    for clause in found:
        mark = "" if clause.holds is None else "+ " if clause.holds else "- "
        where = "; ".join(f"{m.field} {m.start}-{m.end} {m.text!r}" for m in clause.matches[:3])
        lines.append(clause.stem + mark + clause.text + (f"   [{where}]" if where else ""))
    return tuple(lines)
