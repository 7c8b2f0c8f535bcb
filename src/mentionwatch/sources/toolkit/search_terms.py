"""What the brands' terms come to when a platform is asked: each thing once, in the order of the configuration.

A brand with a query is asked for by the words that its query cannot do without.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from mentionwatch.model import Brand, TermKind
from mentionwatch.query.search_terms import search_terms
from mentionwatch.text import one_line
from mentionwatch.urls import host_of

__all__ = ["as_hashtag", "by_key", "handles", "hashtags", "hosts", "key", "names", "phrases", "unquoted", "user_names"]

#: No platform takes a longer query; Algolia's limit is 512 bytes, Mastodon's is not published.
_LONGEST = 120
#: What a name is written without when it becomes a hashtag.
_JOINTS = re.compile("[\\s\\-‐‑’'´`·.,&]+")
#: What would end a phrase in quotation marks.
_QUOTES = re.compile('["“”„‟＂\\\\]')


def names(brands: Iterable[Brand]) -> tuple[str, ...]:
    """Names and phrases without quotation marks, and only those that hold a letter or digit to search for."""
    plain = (unquoted(text) for text in _texts(brands, "name"))
    return _once(text for text in plain if re.search(r"\w", text))


def hashtags(brands: Iterable[Brand]) -> tuple[str, ...]:
    """Hashtags without ``#``."""
    return _once(text.lstrip("#＃") for text in _texts(brands, "hashtag"))


def handles(brands: Iterable[Brand]) -> tuple[str, ...]:
    """Handles without the ``@`` in front."""
    return _once(text.lstrip("@＠") for text in _texts(brands, "handle"))


def user_names(brands: Iterable[Brand]) -> tuple[str, ...]:
    """Handles without ``@`` and without the server behind a second one."""
    return tuple(name for handle in handles(brands) if (name := handle.partition("@")[0]))


def hosts(brands: Iterable[Brand]) -> tuple[str, ...]:
    """The hosts of URL terms, without ``www.``; what is not an address is left out."""
    found = []
    for text in _texts(brands, "url"):
        host = host_of(text if "://" in text else f"https://{text}")
        if host:
            found.append(host.removeprefix("www."))
    return _once(found)


def as_hashtag(name: str) -> str | None:
    """The hashtag under which a name is found (``Acme Coffee`` → ``AcmeCoffee``).

    ``None`` when no hashtag can hold it: it has a sign no hashtag has (``C++``), or no letter at all.
    """
    joined = _JOINTS.sub("", unicodedata.normalize("NFKC", name))
    usable = all(char == "_" or char.isalnum() or unicodedata.category(char)[0] == "M" for char in joined)
    return joined if usable and any(char.isalpha() for char in joined) else None


def key(text: str) -> str:
    """Under which a question is known from run to run: letter case and width do not make two questions."""
    return unicodedata.normalize("NFKC", text).casefold()


def by_key(texts: Iterable[str]) -> dict[str, str]:
    """Each text once, by its :func:`key`."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(key(text), text)
    return found


def unquoted(text: str) -> str:
    """A text without what would end a phrase in quotation marks."""
    return " ".join(_QUOTES.sub(" ", text).split())


def phrases(brands: tuple[Brand, ...]) -> Iterator[tuple[str, str]]:
    """``(query key, text)`` of every name, hashtag, handle and host, each once; without ``#``, ``@`` and quotes."""
    kinds = (names, hashtags, handles, hosts)
    plain = (unquoted(text) for kind in kinds for text in kind(brands))
    for known, text in by_key(text for text in plain if re.search(r"\w", text)).items():
        yield f"text:{known}", text


def _texts(brands: Iterable[Brand], kind: TermKind) -> Iterable[str]:
    return (term.text for brand in brands for term in search_terms(brand) if term.kind == kind)


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(by_key(plain for text in texts if (plain := one_line(text, _LONGEST))).values())
