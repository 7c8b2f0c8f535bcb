"""What is wrong in a configuration, and where: each problem with its line, its key and a fix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from mentionwatch.config.toml_lines import KeyPath, line_numbers

#: Known words a wrong one is compared with, and characters of it.
_COMPARED = 1000
_LONGEST = 100
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class InvalidValue(Exception):
    """What is wrong with one value, and how to fix it."""


class AlreadyReported(Exception):
    """What is wrong with a value has been reported already."""


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One problem or warning: its line, the whole sentence, and the value it is about."""

    line: int
    text: str
    key_path: KeyPath = field(compare=False)


@dataclass(slots=True)
class Diagnostics:
    """The problems and warnings of one file; ``text`` is TOML that tomli accepts."""

    file: str
    text: str
    problems: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)
    _bad: set[KeyPath] = field(default_factory=set)
    _lines: Mapping[KeyPath, int] | None = None

    def add_problem(self, found: Diagnostic) -> None:
        self.problems.append(found)
        self._bad.update(found.key_path[:length] for length in range(len(found.key_path) + 1))

    def has_problem(self, key_path: KeyPath) -> bool:
        """Whether something is wrong with this value or one inside it."""
        return key_path in self._bad

    def line(self, key_path: KeyPath) -> int:
        """The line of a value, or of the nearest table around it."""
        if self._lines is None:
            # Only when there is something to report: a valid file of ten thousand sources loads in half the time.
            try:
                self._lines = line_numbers(self.text)
            except RecursionError:
                self._lines = {}
        while key_path and key_path not in self._lines:
            key_path = key_path[:-1]
        return self._lines.get(key_path, 1)

    def where(self, key_path: KeyPath) -> str:
        """``file:line`` of a value."""
        return f"{self.file}:{self.line(key_path)}"


@dataclass(frozen=True, slots=True)
class Location:
    """A value in the file."""

    diagnostics: Diagnostics
    key_path: KeyPath = ()

    def __truediv__(self, step: str | int) -> Location:
        return Location(self.diagnostics, (*self.key_path, step))

    @property
    def name(self) -> str:
        """The key path as one would write it: ``brands[0].names[2]``."""
        text = ""
        for step in self.key_path:
            if isinstance(step, int):
                text += f"[{step}]"
            else:
                key = step if _BARE_KEY.fullmatch(step) else quoted(step)
                text += f".{key}" if text else key
        return text

    @property
    def where(self) -> str:
        return self.diagnostics.where(self.key_path)

    def problem(self, message: str) -> None:
        self.diagnostics.add_problem(self._diagnostic(message))

    def warning(self, message: str) -> None:
        self.diagnostics.warnings.append(self._diagnostic(message))

    def _diagnostic(self, message: str) -> Diagnostic:
        text = f"{self.where}: {self.name}: {message}" if self.key_path else f"{self.where}: {message}"
        return Diagnostic(self.diagnostics.line(self.key_path), text, self.key_path)

    def is_valid(self) -> bool:
        """Whether this value, and all inside it, are right."""
        return not self.diagnostics.has_problem(self.key_path)


def quoted(text: str) -> str:
    """The user's own words in a message: short, quoted, without control characters."""
    short = text if len(text) <= 60 else text[:57] + "..."
    printable = "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in short)
    return f'"{printable}"'


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean "…"?`` with the nearest known word, or the list of known words."""
    words = list(known)
    # The comparison is slow: ten thousand wrong names among ten thousand brands would take minutes.
    compared = [known.lower() for known in words[:_COMPARED]]
    near = get_close_matches(word[:_LONGEST].lower(), compared, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {quoted(next(known for known in words if known.lower() == near[0]))}?"
    if not words:
        return ""
    listed = ", ".join(quoted(known)[1:-1] for known in words[:40]) + (", ..." if len(words) > 40 else "")
    return f"; there are: {listed}" if len(words) > 1 else f"; there is: {listed}"
