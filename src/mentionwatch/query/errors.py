"""A query's fault, shown where it stands."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from mentionwatch.errors import UserError

#: Columns of the query shown on either side of a fault.
_AROUND = 60


class QueryError(UserError):
    """A query is wrong.

    ``line`` and ``column`` count code points from 1. ``problems`` is one line that names the place, the fault and the
    hint, then the query's line and a caret below the place. ``summary`` is the first alone, for a message that has a
    place of its own.
    """

    def __init__(self, text: str, at: int, message: str, hint: str) -> None:
        self.message = message
        self.hint = hint
        #: The offset of the place in the whole text.
        self.at = at
        self.line, self.column = line_and_column(text, at)
        where = f"column {self.column}" if "\n" not in text.strip("\n") else f"line {self.line}, column {self.column}"
        self.summary = f"{where}: {message}; {hint}"
        super().__init__(self.summary, *with_caret(text, at))


def line_and_column(text: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of a code-point offset."""
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def with_caret(text: str, at: int) -> tuple[str, str]:
    """The line of ``text`` that holds offset ``at``, cut to a terminal's width, and a caret below it."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    column = at - start
    cut = max(0, column - _AROUND)
    shown = "".join(_printable(line[cut : column + _AROUND]))
    if cut:
        shown = "…" + shown
    if column + _AROUND < len(line):
        shown += "…"
    width = _width(_printable(line[cut:column])) + (1 if cut else 0)
    return f"  {shown}", f"  {' ' * width}^"


def _printable(text: str) -> Iterable[str]:
    # A tab would move the caret, a control character the terminal, a lone surrogate breaks the encoding.
    for character in text:
        yield character if unicodedata.category(character) not in ("Cc", "Cs", "Cf", "Zl", "Zp") else " "


def _width(characters: Iterable[str]) -> int:
    """Terminal columns: two for wide East Asian characters, none for combining marks."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in ("W", "F") else 1 for c in characters
    )
