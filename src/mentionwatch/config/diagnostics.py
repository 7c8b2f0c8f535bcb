"""What is found in a configuration, and where: each problem with its line, its key and the mend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from mentionwatch.config.toml_lines import KeyPath as Way
from mentionwatch.config.toml_lines import line_numbers

__all__ = ["AlreadyReported", "Diagnostic", "Diagnostics", "InvalidValue", "Location", "did_you_mean", "quoted"]

#: Known words a wrong one is compared with, and characters of it.
_COMPARED = 1000
_LONGEST = 100
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class InvalidValue(Exception):
    """What is wrong with one value, and the mend."""


class AlreadyReported(Exception):
    """What is wrong with a value has been reported already."""


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One thing to tell: the line it stands on, the whole sentence, and the value it is about."""

    line: int
    text: str
    way: Way = field(compare=False)


@dataclass(slots=True)
class Diagnostics:
    """What was found wrong in one file, with the lines it stands on; ``text`` is TOML that tomli took."""

    file: str
    text: str
    problems: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)
    _bad: set[Way] = field(default_factory=set)
    _lines: Mapping[Way, int] | None = None

    def add_problem(self, found: Diagnostic) -> None:
        self.problems.append(found)
        self._bad.update(found.way[:length] for length in range(len(found.way) + 1))

    def has_problem(self, way: Way) -> bool:
        """Whether something is wrong with this value or one inside it."""
        return way in self._bad

    def line(self, way: Way) -> int:
        """The line of a value, or of the nearest table around it."""
        if self._lines is None:
            # Not before there is something to tell: a right file of ten thousand sources loads in half the time.
            try:
                self._lines = line_numbers(self.text)
            except RecursionError:
                self._lines = {}
        while way and way not in self._lines:
            way = way[:-1]
        return self._lines.get(way, 1)

    def where(self, way: Way) -> str:
        """``file:line`` of a value."""
        return f"{self.file}:{self.line(way)}"


@dataclass(frozen=True, slots=True)
class Location:
    """Where in the file we are."""

    report: Diagnostics
    way: Way = ()

    def __truediv__(self, step: str | int) -> Location:
        return Location(self.report, (*self.way, step))

    @property
    def name(self) -> str:
        """The place as one would write it: ``brands[0].names[2]``."""
        text = ""
        for step in self.way:
            if isinstance(step, int):
                text += f"[{step}]"
            else:
                key = step if _BARE_KEY.fullmatch(step) else quoted(step)
                text += f".{key}" if text else key
        return text

    @property
    def where(self) -> str:
        return self.report.where(self.way)

    def problem(self, message: str) -> None:
        self.report.add_problem(self._finding(message))

    def warning(self, message: str) -> None:
        self.report.warnings.append(self._finding(message))

    def _finding(self, message: str) -> Diagnostic:
        text = f"{self.where}: {self.name}: {message}" if self.way else f"{self.where}: {message}"
        return Diagnostic(self.report.line(self.way), text, self.way)

    def clean(self) -> bool:
        """Whether nothing was found wrong here or below."""
        return not self.report.has_problem(self.way)


def quoted(text: str) -> str:
    """The user's own words in a message: short, quoted, without control characters."""
    short = text if len(text) <= 60 else text[:57] + "..."
    clean = "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in short)
    return f'"{clean}"'


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean "…"?`` with the nearest known word, or what there is."""
    words = list(known)
    # The comparison takes its time: ten thousand wrong names among ten thousand brands would take minutes.
    compared = [known.lower() for known in words[:_COMPARED]]
    near = get_close_matches(word[:_LONGEST].lower(), compared, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {quoted(next(known for known in words if known.lower() == near[0]))}?"
    if not words:
        return ""
    listed = ", ".join(quoted(known)[1:-1] for known in words[:40]) + (", ..." if len(words) > 40 else "")
    return f"; there are: {listed}" if len(words) > 1 else f"; there is: {listed}"
