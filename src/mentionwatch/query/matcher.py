"""Brands to a matcher, those with a ``query`` included: what everybody outside of ``match`` and ``query`` calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mentionwatch.match import Matcher
from mentionwatch.match import compile_brands as compile_terms
from mentionwatch.model import Brand

if TYPE_CHECKING:
    from mentionwatch.query.evaluate import CompiledQuery


def compile_brands(brands: Sequence[Brand]) -> Matcher:
    """The matcher of all ``brands``; raises :class:`~mentionwatch.errors.UserError` with every problem of each.

    ``match`` does not know the query language, for that is built on it: so its compiler is handed in here.
    """
    return compile_terms(brands, _compile_query)


def _compile_query(text: str) -> CompiledQuery:
    from mentionwatch.query.evaluate import compile_query  # few configurations hold a query

    return compile_query(text)
