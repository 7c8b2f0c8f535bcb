"""Item x brands to matches with offsets and reasons (pure). The rules in words: ``docs/matching.md``.

``word_boundaries`` knows where words begin and end, ``view`` what stands in an item, ``names``, ``addresses`` and
``confusables`` how a term may be written, ``terms`` where each kind of term stands, ``brands`` what a brand makes of it
all, ``required_literals`` and ``prefilter`` which terms need not be looked for.
"""

from __future__ import annotations

from collections.abc import Sequence

from mentionwatch.errors import UserError
from mentionwatch.match.brands import (
    BrandMatcher,
    QueryCompiler,
    QueryPredicate,
    context_problem,
    exclude_problem,
    may_be_one_letter,
    own_problem,
)
from mentionwatch.match.prefilter import Prefilter
from mentionwatch.match.required_literals import RequiredLiterals, required_literals_of
from mentionwatch.match.terms import TermMatcher, compile_term, suffix_problem, term_from_value, term_problem
from mentionwatch.match.view import FieldView, ItemView
from mentionwatch.model import Brand, BrandMatch, Item

__all__ = [
    "RULES",
    "FieldView",
    "ItemView",
    "Matcher",
    "QueryCompiler",
    "QueryPredicate",
    "RequiredLiterals",
    "TermMatcher",
    "compile_brands",
    "compile_term",
    "problems",
    "required_literals_of",
    "rules_version",
    "term_from_value",
    "term_problem",
]

#: Changes whenever the rules of this package would see any item differently.
RULES = "2"


class Matcher:
    """All brands, compiled."""

    def __init__(self, brands: Sequence[BrandMatcher]) -> None:
        self._brands = tuple(brands)
        self._prefilter = Prefilter(
            ((i, j), literals)
            for i, brand in enumerate(self._brands)
            for j, literals in enumerate(brand.required_literals())
        )

    def matches(self, item: Item) -> tuple[BrandMatch, ...]:
        """The verdicts of the brands that ``item`` mentions, in the order of the brands."""
        possible = self._prefilter.find(item)
        if not possible:
            return ()
        terms: dict[int, set[int]] = {}
        for brand, term in possible:
            terms.setdefault(brand, set()).add(term)
        view = ItemView(item)
        found = (self._brands[brand].verdict(view, terms[brand]) for brand in sorted(terms))
        return tuple(verdict for verdict in found if verdict.matches)

    def verdicts(self, item: Item) -> tuple[BrandMatch, ...]:
        """One verdict for every brand, in their order, with the reason either way."""
        view = ItemView(item)
        return tuple(brand.verdict(view) for brand in self._brands)


def compile_brands(brands: Sequence[Brand], compile_query: QueryCompiler | None = None) -> Matcher:
    """The matcher of all ``brands``; ``compile_query`` is the query language's, needed for brands with a ``query``.

    Raises :class:`~mentionwatch.errors.UserError` with every problem of every brand.
    """
    found: list[str] = []
    matchers: list[BrandMatcher] = []
    for brand in brands:
        wrong = problems(brand)
        if not wrong:
            try:
                matchers.append(BrandMatcher(brand, compile_query))
            except UserError as error:
                wrong = list(error.problems)
        found += [f"brand “{brand.name}”: {problem}" for problem in wrong]
    if found:
        raise UserError(*found)
    return Matcher(matchers)


def problems(brand: Brand) -> list[str]:
    """What is wrong with a brand's terms, context, exclude and own, each with its mend; a query is not looked into."""
    found: list[str] = []
    if brand.query is None and not brand.terms:
        found.append("no names, hashtags, handles or urls: nothing can match")
    for term in brand.terms:
        if (problem := term_problem(term, may_be_one_letter(term, brand)) or suffix_problem(term)) is not None:
            found.append(problem)
        for word in term.context:
            if (problem := context_problem(word)) is not None:
                found.append(f"context of “{term.text}”: {problem}")
    for word in brand.context:
        if (problem := context_problem(word)) is not None:
            found.append(f"context: {problem}")
    for value in brand.exclude:
        if (problem := exclude_problem(value)) is not None:
            found.append(f"exclude: {problem}")
    found += [f"own: {problem}" for value in brand.own if (problem := own_problem(value)) is not None]
    return found


def rules_version(brand: Brand) -> str:
    """12 hex digits that change when the rules or the brand's terms, context, exclude, own or query change."""
    import hashlib  # loads a library of its own, and matching needs none

    parts = (RULES, brand.terms, brand.context, brand.exclude, brand.own, brand.query)
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()[:12]
