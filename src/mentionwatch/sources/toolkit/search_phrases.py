"""The texts that a search which knows no hashtags, handles or addresses of its own is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mentionwatch.model import Brand
from mentionwatch.sources.toolkit import search_terms

__all__ = ["search_phrases"]


def search_phrases(brands: tuple[Brand, ...]) -> Iterator[tuple[str, str]]:
    """``(query key, text)`` of every name, hashtag, handle and host, each once; without ``#``, ``@`` and quotes."""
    kinds = (search_terms.names, search_terms.hashtags, search_terms.handles, search_terms.hosts)
    plain = (search_terms.unquoted(text) for kind in kinds for text in kind(brands))
    for known, text in search_terms.by_key(text for text in plain if re.search(r"\w", text)).items():
        yield f"text:{known}", text
