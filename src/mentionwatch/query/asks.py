"""What a platform must be asked for so that nothing a brand matches is lost."""

from __future__ import annotations

from dataclasses import dataclass

from mentionwatch.model import Brand, Term


@dataclass(frozen=True, slots=True)
class SearchClause:
    """One thing to ask: every match holds ``term`` for some ask, and then all of ``also``.

    A platform that takes one phrase is asked for ``term``; one that joins words may be asked for all of them.
    """

    term: Term
    also: tuple[Term, ...] = ()


def search_clauses(brand: Brand) -> tuple[SearchClause, ...]:
    """What platforms are asked on behalf of a brand, each once; empty when its query holds nothing to ask for.

    Raises a :class:`~mentionwatch.query.errors.QueryError` for a query that cannot be read.
    """
    if brand.query is None:
        return tuple(SearchClause(term) for term in brand.terms)
    # Few brands have a query, and sources ask for all of them.
    from mentionwatch.query.parse import parse
    from mentionwatch.query.search_clauses import search_clauses_of

    return search_clauses_of(parse(brand.query)) or ()


def search_terms(brand: Brand) -> tuple[Term, ...]:
    """The terms platforms are asked for, one by one: the brand's own, or those its query cannot do without."""
    if brand.query is None:
        return brand.terms
    return tuple(ask.term for ask in search_clauses(brand))
