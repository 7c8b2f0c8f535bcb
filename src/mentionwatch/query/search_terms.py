"""What to ask platforms for on behalf of a brand, so that nothing it matches is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mentionwatch.model import Brand, SearchClause, Term


def search_clauses(brand: Brand) -> tuple[SearchClause, ...]:
    """What platforms are asked on behalf of a brand, each once; empty when its query holds nothing to ask for.

    Raises a :class:`~mentionwatch.query.errors.QueryError` for a query that cannot be read.
    """
    if brand.query is None:
        return tuple(SearchClause(_as_matched(term)) for term in brand.terms)
    # Few brands have a query, and sources ask for all of them.
    from mentionwatch.query.parse import parse
    from mentionwatch.query.search_clauses import search_clauses_of

    found = search_clauses_of(parse(brand.query)) or ()
    return tuple(replace(clause, term=_as_matched(clause.term)) for clause in found)


def search_terms(brand: Brand) -> tuple[Term, ...]:
    """The terms platforms are asked for, one by one: the brand's own, or those its query cannot do without."""
    return tuple(clause.term for clause in search_clauses(brand))


def name_hashtags(name: str, case: bool = False) -> tuple[str, ...]:
    """The hashtags, without ``#``, that would be found as this name; none when no hashtag can be it."""
    from mentionwatch.match.names import NamePattern  # a source that is not asked for tags needs no matching

    return NamePattern(name, case).hashtags()


def spelt_hashtags(brand: Brand) -> Iterator[str]:
    """The hashtags that would be found as one of a brand's names."""
    for term in search_terms(brand):
        if term.kind == "name":
            yield from name_hashtags(term.text, term.case)


def _as_matched(term: Term) -> Term:
    """A name that is matched as a hashtag or handle is asked for as one."""
    if term.kind != "name" or term.text.lstrip()[:1] not in ("#", "@", "\uff03", "\uff20"):
        return term
    from mentionwatch.match.terms import kind_of  # few names are anything else

    return replace(term, kind=kind_of(term))
