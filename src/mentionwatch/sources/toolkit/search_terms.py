"""What the brands' terms come to when a platform is asked: each thing once, in the order of the configuration.

A brand with a query is asked for by the words that its query cannot do without.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from mentionwatch.model import Brand, TermKind
from mentionwatch.query.search_terms import name_hashtags, search_terms, spelt_hashtags
from mentionwatch.text import one_line
from mentionwatch.urls import host_of
from mentionwatch.urls.parts import unicode_host

__all__ = [
    "as_hashtag",
    "by_key",
    "handles",
    "hashtags",
    "hosts",
    "is_tag",
    "key",
    "names",
    "phrases",
    "tags",
    "unquoted",
    "user_names",
]

#: No platform takes a longer query; Algolia's limit is 512 bytes, Mastodon's is not published.
_LONGEST = 120
#: What would end a phrase in quotation marks.
_QUOTES = re.compile('["“”„‟＂\\\\]')


def names(brands: Iterable[Brand]) -> tuple[str, ...]:
    """Names and phrases without quotation marks, and only those that hold a letter or digit to search for."""
    plain = (unquoted(text) for text in _texts(brands, "name"))
    return _once(text for text in plain if re.search(r"\w", text))


def hashtags(brands: Iterable[Brand]) -> tuple[str, ...]:
    """Hashtags without ``#``."""
    return _once(text.strip().lstrip("#＃") for text in _texts(brands, "hashtag"))


def handles(brands: Iterable[Brand]) -> tuple[str, ...]:
    """Handles without the ``@`` in front."""
    return _once(text.strip().lstrip("@＠") for text in _texts(brands, "handle"))


def user_names(brands: Iterable[Brand]) -> tuple[str, ...]:
    """Handles without ``@`` and without the server behind a second one."""
    return tuple(name for handle in handles(brands) if (name := handle.partition("@")[0]))


def hosts(brands: Iterable[Brand]) -> tuple[str, ...]:
    """The hosts of URL terms, without ``www.``; what is not an address is left out.

    Of another script both in ASCII, as links have them, and as people write them.
    """
    found = []
    for text in _texts(brands, "url"):
        host = host_of(text if "://" in text else f"https://{text}")
        if host:
            plain = host.removeprefix("www.")
            found += [plain, unicode_host(plain)]
    return _once(found)


def as_hashtag(name: str) -> str | None:
    """The hashtag under which a name is found (``Acme Coffee`` → ``AcmeCoffee``).

    ``None`` when no hashtag can be it: it has a sign no hashtag has (``C++``), or no letter at all.
    """
    return next(filter(is_tag, name_hashtags(name)), None)


def is_tag(text: str, joints: str = "_\u00b7\u30fb\u200c") -> bool:
    """Whether posts can bear ``text`` as a hashtag: letters, of which there is one, digits, marks and ``joints``.

    The joints are Mastodon's (``Tag::HASHTAG_SEPARATORS``); X takes more, Instagram the underscore alone.
    """
    kinds = {"joint" if char in joints else unicodedata.category(char)[0] for char in text}
    return "L" in kinds and kinds <= {"joint", "L", "M", "N"}


def tags(brands: Iterable[Brand]) -> tuple[str, ...]:
    """The hashtags whose posts name a brand: its own, and its names written as one; without those no post can bear."""
    brands = tuple(brands)
    spelt = (tag for brand in brands for tag in spelt_hashtags(brand))
    return _once(filter(is_tag, (*hashtags(brands), *spelt)))


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
