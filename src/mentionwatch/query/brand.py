"""A brand's ``names``, ``context`` and ``exclude`` as a query: what ``match.brands`` decides, as a tree."""

from __future__ import annotations

from itertools import combinations

from mentionwatch.match.brands import BrandMatcher, Exclusion, are_two_names
from mentionwatch.match.terms import NameTerm, kind_of, term_from_value
from mentionwatch.model import Brand, Term
from mentionwatch.query import tree
from mentionwatch.query.fields import InvalidFieldValue, parse_field
from mentionwatch.query.parse import parse
from mentionwatch.query.tree import NOWHERE, Node, all_of, any_of


def brand_query(brand: Brand) -> Node:
    """What a brand matches, as a tree: its ``query``, or what its terms, ``context`` and ``exclude`` come to.

    ``(names WITH (context OR strong evidence) OR tags OR handles OR sites) NOT excluded``: an exclusion that holds a
    name is an ``EXCEPT`` on the names, for it hides only where it stands. Raises
    :class:`~mentionwatch.errors.UserError` for a term that cannot match.
    """
    if brand.query is not None:
        return parse(brand.query)
    rules = BrandMatcher(brand)
    hides = [_excluded(each) for each in rules.exclusions if each.hides]
    named = [(term, _hidden(_gated_alone(term.term), hides)) for term in rules.terms if isinstance(term, NameTerm)]
    marks = [_node(term.term) for term in rules.terms if not isinstance(term, NameTerm)]
    gate = None
    if brand.context:
        pairs = [all_of([a, b]) for (one, a), (other, b) in combinations(named, 2) if are_two_names(one, other)]
        gate = any_of([_spoken(brand.context), *marks, *pairs])
    alternatives = [node if gate is None or term.term.context else tree.With(node, gate) for term, node in named]
    found = any_of([*alternatives, *marks])
    return all_of([found, *(tree.Not(_excluded(each)) for each in rules.exclusions if not each.hides)])


def _node(term: Term) -> Node:
    match kind_of(term):
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
    return any_of([tree.Text(_node(term_from_value(word))) for word in words])


def _hidden(node: Node, hides: list[Node]) -> Node:
    return tree.Except(node, any_of(hides)) if hides else node


def _excluded(exclusion: Exclusion) -> Node:
    if exclusion.term is not None:
        return _node(exclusion.term)
    try:
        return parse_field(exclusion.field, exclusion.sought, NOWHERE)
    except InvalidFieldValue:
        return tree.Field("site" if exclusion.field == "site" else "author", exclusion.sought)
