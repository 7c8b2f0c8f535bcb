"""What a text must hold for a term to match it, so that most terms need not be looked for."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mentionwatch.match.confusables import ConfusablePattern
from mentionwatch.match.names import AL, ANDS, INITIALS, NUKTAS, NamePattern
from mentionwatch.match.terms import HandleTerm, HashtagTerm, NameTerm, TermMatcher, UrlTerm
from mentionwatch.text import fold
from mentionwatch.urls.parts import unicode_host

_RUN = re.compile("[a-z0-9]+")
# Letters beside which a folded tag may hold a space: of ZWNJ, and of a lone voicing mark.
_BESIDE_SPACE = re.compile("[\u0620-\u077f\u3099\u309a]")
_FOREIGN_RUN = re.compile(rf"[^\x00-\x7f{NUKTAS}]+")


class RequiredLiterals:
    """What one of must be in a text: a whole word of a-z and 0-9, a piece in another script, or a look-alike.

    An :class:`RequiredLiterals` without any of these says nothing: every text has to be looked at.
    """

    __slots__ = ("lookalikes", "pieces", "words")

    def __init__(
        self, words: Iterable[str] = (), pieces: Iterable[str] = (), lookalikes: Iterable[ConfusablePattern] = ()
    ) -> None:
        self.words = frozenset(words)
        self.pieces = frozenset(pieces)
        self.lookalikes = tuple(lookalikes)

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.pieces or self.lookalikes)

    def may_match(self, text: str) -> bool:
        """Whether a folded text could hold them; quick, and wrong only by saying yes."""
        if self.is_empty or self.lookalikes:
            return True
        return (
            any(word in text for word in self.words)
            or any(piece in text for piece in self.pieces)
            or ("." in text and INITIALS.search(text) is not None)
        )

    def __or__(self, other: RequiredLiterals) -> RequiredLiterals:
        """What one of must be in a text that either matches."""
        if self.is_empty or other.is_empty:
            return RequiredLiterals()
        return RequiredLiterals(
            self.words | other.words, self.pieces | other.pieces, (*self.lookalikes, *other.lookalikes)
        )


def required_literals_of(term: TermMatcher) -> RequiredLiterals:
    """The literals of a compiled term of this package; of any other they say nothing."""
    if isinstance(term, NameTerm):
        return _of_name(term.pattern, term.lookalike)
    if isinstance(term, HashtagTerm):
        tag = term.tag.casefold()
        return RequiredLiterals(pieces=[f"#{tag[0]}"]) if _BESIDE_SPACE.search(tag) else _of_run(tag)
    if isinstance(term, HandleTerm):
        return _of_run(term.name.partition(".")[0] or term.name)
    if isinstance(term, UrlTerm):
        return _of_host(term.site[0])
    return RequiredLiterals()


def _of_run(text: str) -> RequiredLiterals:
    """The longest piece in another script, else the longest run of ASCII letters and digits."""
    foreign = _FOREIGN_RUN.findall(text)
    if foreign:
        return RequiredLiterals(pieces=[max(foreign, key=len)])
    runs = _RUN.findall(text)
    return RequiredLiterals([max(runs, key=len)]) if runs else RequiredLiterals()


def _of_name(pattern: NamePattern, lookalike: ConfusablePattern | None) -> RequiredLiterals:
    words: set[str] = set()
    pieces: set[str] = set()
    for spelling in (each.replace("\u00b7", " ").removeprefix(AL) for each in pattern.spellings()):
        if spelling.isascii():
            words |= _words_around_longest(spelling)
        else:
            pieces |= _of_run(spelling).pieces
    if not (words or pieces):
        return RequiredLiterals()
    return RequiredLiterals(words, pieces, [lookalike] if lookalike is not None else ())


def _words_around_longest(name: str) -> set[str]:
    """The words of which a text holds one, however the parts of the name are joined: those with its longest part."""
    runs = _RUN.findall(name)
    if not runs:
        return set()
    longest = max(range(len(runs)), key=lambda i: len(runs[i]))
    words: set[str] = set()
    for i in range(longest + 1):
        for j in range(longest, len(runs)):
            words.add("".join(runs[i : j + 1]))
    ended = {"".join(runs[i:]) for i in range(longest + 1)}
    words.update(word + ending for word in ended for ending in ("s", "es"))
    if "&" in name:  # in a hashtag or handle: benandjerrys
        words.update("".join(_RUN.findall(name.replace("&", each))) for each in ANDS)
    return words


def _of_host(host: str) -> RequiredLiterals:
    """One label of the host, as DNS has it and as people write it."""
    labels = host.split(".")
    label = max(labels[:-1] or labels, key=len)
    if (written := unicode_host(label)) == label:
        return _of_run(label)
    return _of_run(label.removeprefix("xn--")) | _of_run(fold(written).text)
