r"""Regular expressions in linear time, whatever the pattern and the text: RE2, imported when one is used.

A backtracking engine can be hung by one unlucky post, and with a clock as guard the same item would match today and
not tomorrow. RE2 knows no look-around and no back-references, which is the price. Its ``\w``, ``\d``, ``\s`` are
widened to all scripts here; ``\b`` stays ASCII, for RE2 offers no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Protocol

#: What a pattern is compiled to at most (bytes); RE2 refuses the rest. The time a text takes is linear in both.
_MAX_MEMORY = 1 << 20
#: Code points of one text that a regex reads (a long article has 100,000), and matches taken of it: the worst pattern
#: that RE2 takes needs some 5 µs a code point, and one that looks to the end for each match does so a hundred times.
MAX_READ = 100_000
MAX_MATCHES = 100
_CLASSES = {"w": r"\p{L}\p{M}\p{N}_", "d": r"\p{Nd}", "s": r"\s\x{85}\p{Z}"}
_OPPOSITES = {"W": "w", "D": "d", "S": "s"}


class _Match(Protocol):
    def span(self) -> tuple[int, int]: ...


class Re2Pattern(Protocol):
    """A compiled pattern over UTF-8."""

    def finditer(self, text: bytes) -> Iterator[_Match]: ...
    def search(self, text: bytes) -> _Match | None: ...


def compile_regex(pattern: str, flags: str) -> Re2Pattern:
    """The pattern over UTF-8 bytes; raises ``ValueError`` with RE2's reason. ``flags`` are of ``ims``."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        # Flags inside the pattern are RE2's own syntax; m without s is the usual pair.
        compiled: Re2Pattern = re2.compile(
            (f"(?{flags})" if flags else "").encode() + _all_scripts(pattern).encode(), options=options
        )
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        raise ValueError(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)) from error
    return compiled


@lru_cache(maxsize=8)
def _utf8(text: str) -> bytes:
    # The same few texts are asked by every pattern of every query. A lone surrogate is one code point of nothing.
    return text.encode("utf-8", "replace")


def spans(pattern: Re2Pattern, text: str, most: int) -> Iterator[tuple[int, int]]:
    """Code-point offsets of the first ``most`` matches that are not empty, from left to right, none overlapping."""
    data = _utf8(text)
    ascii_only = len(data) == len(text)
    at = characters = 0
    for found in islice((found for found in pattern.finditer(data) if found.span()[0] < found.span()[1]), most):
        start, end = found.span()
        if ascii_only:
            yield start, end
            continue
        begin = characters + len(data[at:start].decode("utf-8", "replace"))
        characters = begin + len(data[start:end].decode("utf-8", "replace"))
        at = end
        yield begin, characters


def regex_problem(pattern: str, flags: str) -> tuple[str, str] | None:
    """What is wrong with a pattern, and the mend; ``None`` when it can be used."""
    if not pattern:
        return "the regex is empty", "write what must be there"
    try:
        compiled = compile_regex(pattern, flags)
    except ValueError as error:
        hint = "look-around and back-references are not offered" if "(?" in str(error) or "\\" in str(error) else ""
        return f"the regex cannot be read: {error}", hint or "see RE2's syntax"
    if compiled.search(b"") is not None:
        return "the regex matches nothing at all, and so everywhere", "use + instead of *, or anchor it to some letters"
    return None


def _all_scripts(pattern: str) -> str:
    r"""The pattern with ``\w``, ``\d``, ``\s`` and their opposites meaning all scripts, in and outside of classes."""
    made: list[str] = []
    at, inside = 0, False
    while at < len(pattern):
        here, after = pattern[at], pattern[at + 1 : at + 2]
        if here == "\\" and after == "Q":  # literal text up to \E
            end = pattern.find("\\E", at)
            end = len(pattern) if end < 0 else end + 2
            made.append(pattern[at:end])
            at = end
            continue
        if here == "\\" and after:
            if after in _CLASSES:
                made.append(_CLASSES[after] if inside else f"[{_CLASSES[after]}]")
            elif after in _OPPOSITES and not inside:
                made.append(f"[^{_CLASSES[_OPPOSITES[after]]}]")
            else:
                made.append(here + after)
            at += 2
            continue
        if inside:
            inside = here != "]"
        elif here == "[":
            inside = True
            # A ] that stands first in a class is a letter of it.
            head = 2 if pattern.startswith("[^", at) else 1
            if pattern.startswith("]", at + head):
                head += 1
            made.append(pattern[at : at + head])
            at += head
            continue
        if inside and pattern.startswith("[:", at) and (end := pattern.find(":]", at)) >= 0:
            made.append(pattern[at : end + 2])
            at = end + 2
            continue
        made.append(here)
        at += 1
    return "".join(made)
