"""The Public Suffix List (https://publicsuffix.org): which domains are top-level, and below which strangers register.

Read when first asked, as the lines it is: that takes 3 ms, a tenth of what it takes to build a lookup of every rule.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from mentionwatch.urls.parts import unicode_host

#: RFC 2606 and RFC 6761 set these aside for documentation and tests, RFC 7686 the last.
_RESERVED = frozenset(("example", "test", "invalid", "onion"))


def is_top_level(label: str) -> bool:
    """Whether ``label``, in lower case, in its own script or as ``xn--…``, is a top-level domain."""
    return label in _RESERVED or unicode_host(label) in _top_level()


def is_public_suffix(host: str, private: bool = True) -> bool:
    """Whether anybody may register a name right below ``host`` (as :func:`mentionwatch.urls.host_of` gives it).

    ``private``: or get one from a company, as below ``github.io``.
    """
    name = unicode_host(host)
    rules = _rules(private)
    below_wildcard = f"*.{name.partition('.')[2]}" in rules and f"!{name}" not in rules
    return name in rules or f"*.{name}" in rules or below_wildcard


@cache
def _rules(private: bool) -> frozenset[str]:
    """The lines of the list: rules in the script of their domain, and comments, which no host looks like."""
    from publicsuffixlist import PSLFILE  # no command needs it that meets no address

    registries, _, companies = Path(PSLFILE).read_text(encoding="utf-8").partition("===BEGIN PRIVATE DOMAINS===")
    return frozenset((registries + companies if private else registries).split("\n"))


@cache
def _top_level() -> frozenset[str]:
    return frozenset(rule.rpartition(".")[2] for rule in _rules(private=False) if not rule.startswith("//"))
