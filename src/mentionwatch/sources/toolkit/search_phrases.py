"""The texts that a search which knows no hashtags, handles or addresses of its own is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mentionwatch.model import Brand
from mentionwatch.sources.toolkit import search_terms

__all__ = ["search_phrases"]

#: What would end a phrase in quotation marks.
_QUOTES = re.compile('["“”„‟＂\\\\]')


def search_phrases(brands: tuple[Brand, ...]) -> Iterator[tuple[str, str]]:
    """``(question, text)`` of every name, hashtag, handle and host, each once; without ``#``, ``@`` and quotes."""
    found: dict[str, str] = {}
    kinds = (search_terms.names, search_terms.hashtags, search_terms.handles, search_terms.hosts)
    for text in (text for kind in kinds for text in kind(brands)):
        plain = " ".join(_QUOTES.sub(" ", text).split())
        if re.search(r"\w", plain):
            found.setdefault(search_terms.key(plain), plain)
    for known, text in found.items():
        yield f"text:{known}", text
