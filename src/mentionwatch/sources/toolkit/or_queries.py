"""The terms of a brand as few queries of a news or web search: exact phrases joined by OR.

Handles are not asked for: without their ``@``, which these searches ignore, they are any word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mentionwatch.model import Brand
from mentionwatch.sources.toolkit import search_terms

__all__ = ["any_of", "or_queries"]


def or_queries(
    brands: tuple[Brand, ...], *, max_bytes: int, max_phrases: int = 20, min_length: int = 1
) -> Iterator[tuple[str, str]]:
    """``(question, query)``: ``"Acme"``, or ``("Acme Coffee" OR "acme.example")`` for several phrases.

    A query is at most ``max_bytes`` long and holds at most ``max_phrases`` phrases; what does not fit goes into the
    brand's next one. ASCII phrases of fewer than ``min_length`` characters are left out: the search would refuse them.
    Brands that come to the same query share it.
    """
    asked: set[str] = set()
    for brand in brands:
        for number, query in enumerate(_queries(brand, max_bytes, max_phrases, min_length), start=1):
            if query not in asked:
                asked.add(query)
                yield f"news:{search_terms.key(brand.name)}" + (f":{number}" if number > 1 else ""), query


def _queries(brand: Brand, max_bytes: int, max_phrases: int, min_length: int) -> Iterator[str]:
    batch: list[str] = []
    for phrase in _phrases(brand, min_length):
        if batch and (len(batch) >= max_phrases or len(any_of([*batch, phrase]).encode()) > max_bytes):
            yield any_of(batch)
            batch = []
        batch.append(phrase)
    if batch:
        yield any_of(batch)


def _phrases(brand: Brand, min_length: int) -> Iterator[str]:
    kinds = (search_terms.names, search_terms.hashtags, search_terms.hosts)
    plain = (search_terms.unquoted(text) for kind in kinds for text in kind((brand,)))
    fitting = (text for text in plain if re.search(r"\w", text) and not (text.isascii() and len(text) < min_length))
    return (f'"{text}"' for text in search_terms.by_key(fitting).values())


def any_of(phrases: Sequence[str]) -> str:
    """The phrases joined by OR, in brackets where there are several."""
    return phrases[0] if len(phrases) == 1 else f"({' OR '.join(phrases)})"
