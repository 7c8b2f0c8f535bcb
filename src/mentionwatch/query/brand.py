"""A brand's ``names``, ``context`` and ``exclude`` as a query: sugar for the same tree."""

from __future__ import annotations

from itertools import combinations

from mentionwatch.match.names import squash
from mentionwatch.match.terms import term_from_value
from mentionwatch.model import Brand, Term
from mentionwatch.query import tree
from mentionwatch.query.fields import InvalidFieldValue, parse_field
from mentionwatch.query.parse import parse
from mentionwatch.query.tree import NOWHERE, Node, all_of, any_of


def brand_query(brand: Brand) -> Node:
    """What a brand matches, as a tree: its ``query``, or what its terms, ``context`` and ``exclude`` come to.

    ``(names WITH (context OR strong evidence) OR tags OR handles OR sites) NOT excluded``: an exclusion that holds a
    name is an ``EXCEPT`` on the names, for it hides only where it stands.
    """
    if brand.query is not None:
        return parse(brand.query)
    hides, rejects = _exclusions(brand)
    named = [(term, _hidden(_gated_alone(term), hides)) for term in brand.terms if term.kind == "name"]
    marks = [_node(term) for term in brand.terms if term.kind != "name"]
    gate = _gate(brand, named, marks)
    alternatives = [node if gate is None or term.context else tree.With(node, gate) for term, node in named]
    found = any_of([*alternatives, *marks])
    return all_of([found, *(tree.Not(each) for each in rejects)])


def _node(term: Term) -> Node:
    match term.kind:
        case "hashtag":
            return tree.Hashtag(term.text.strip().lstrip("#＃"))
        case "handle":
            return tree.Handle(term.text.strip().removeprefix("@").removeprefix("＠"))
        case "url":
            return parse_field("link", term.text.strip(), NOWHERE)
        case _:
            return tree.Name(" ".join(term.text.split()), term.case, term.lookalikes)


def _gated_alone(term: Term) -> Node:
    """A term with a context of its own needs that context, whatever else is there."""
    return tree.With(_node(term), _spoken(term.context)) if term.context else _node(term)


def _spoken(words: tuple[str, ...]) -> Node:
    return any_of([tree.Text(_value(word)) for word in words])


def _value(value: str) -> Node:
    term = term_from_value(value)
    return _node(term)


def _hidden(node: Node, hides: list[Node]) -> Node:
    return tree.Except(node, any_of(hides)) if hides else node


def _exclusions(brand: Brand) -> tuple[list[Node], list[Node]]:
    """Those that hide the occurrences of a name that they contain, and those that reject the item."""
    names = [squash(term.text) for term in brand.terms if term.kind == "name"]
    hides: list[Node] = []
    rejects: list[Node] = []
    for value in brand.exclude:
        kind, colon, rest = value.strip().partition(":")
        if colon and kind.lower() in ("site", "author"):
            rejects.append(_field(kind.lower(), rest))
            continue
        node = _value(value)
        is_phrase = isinstance(node, tree.Name)
        whole = squash(value)
        (hides if is_phrase and any(name in whole for name in names) else rejects).append(node)
    return hides, rejects


def _field(kind: str, value: str) -> tree.Field:
    try:
        return parse_field(kind, value.strip(), NOWHERE)
    except InvalidFieldValue:
        return tree.Field("site" if kind == "site" else "author", value.strip())


def _gate(brand: Brand, named: list[tuple[Term, Node]], marks: list[Node]) -> Node | None:
    """What must be there for a bare name to count: a word of the context, or strong evidence that it is meant."""
    if not brand.context:
        return None
    squashed = [(squash(term.text), node) for term, node in named]
    pairs = [
        all_of([node, other])
        for (name, node), (second, other) in combinations(squashed, 2)
        if name not in second and second not in name
    ]
    return any_of([_spoken(brand.context), *marks, *pairs])
