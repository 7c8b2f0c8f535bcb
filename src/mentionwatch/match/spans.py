"""Where addresses, handles, hashtags and words stand in a text."""

from __future__ import annotations

from typing import NamedTuple


class AddressSpan(NamedTuple):
    """A web address. ``start``/``end``: offsets into the field as stored; ``begin``/``stop``: into its folded text."""

    start: int
    end: int
    begin: int
    stop: int
    url: str
    #: Written in a text, not in an attribute.
    visible: bool = True


class HandleSpan(NamedTuple):
    """``@name``, ``@name@host`` or ``@name.example``, folded, without the first ``@``; offsets into the folded text."""

    begin: int
    stop: int
    name: str
    host: str = ""


class HashtagSpan(NamedTuple):
    """A hashtag: offsets into the folded text, with and without its ``#`` (``begin`` is the sign's)."""

    begin: int
    stop: int


class WordSpan(NamedTuple):
    """A word of a spaced script, or one letter of an unspaced one: offsets into the folded text."""

    begin: int
    stop: int
