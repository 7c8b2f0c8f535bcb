"""The texts that a search which knows no hashtags, handles or addresses of its own is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mentionwatch.model import Brand
from mentionwatch.sources import _terms

__all__ = ["texts"]

#: What would end a phrase in quotation marks.
_QUOTES = re.compile('["“”„‟＂\\\\]')


def texts(brands: tuple[Brand, ...]) -> Iterator[tuple[str, str]]:
    """``(question, text)`` of every name, hashtag, handle and host, each once; without ``#``, ``@`` and quotes."""
    found: dict[str, str] = {}
    for text in (
        *_terms.names(brands), *_terms.hashtags(brands), *_terms.handles(brands), *_terms.hosts(brands)
    ):  # fmt: skip
        plain = " ".join(_QUOTES.sub(" ", text).split())
        if re.search(r"\w", plain):
            found.setdefault(_terms.key(plain), plain)
    for known, text in found.items():
        yield f"text:{known}", text
