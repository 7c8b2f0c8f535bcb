"""What to ask platforms for on behalf of a brand, so that nothing it matches is lost."""

from __future__ import annotations

from mentionwatch.model import Brand, SearchClause, Term


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
    return brand.terms if brand.query is None else tuple(clause.term for clause in search_clauses(brand))
