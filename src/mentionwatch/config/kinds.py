"""The kinds of values a configuration holds: each reads one from TOML, and says itself in JSON Schema.

A kind reports what is wrong where it stands and goes on, so that one reading finds every problem. What it gives back
holds only what was right; nothing is built of it while a problem is open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from mentionwatch.config.durations import parse_duration, parse_span
from mentionwatch.config.locate import Path as Way
from mentionwatch.config.locate import locate

__all__ = [
    "Address",
    "Choice",
    "Day",
    "Duration",
    "Either",
    "Entry",
    "FilePath",
    "Finding",
    "Flag",
    "Key",
    "Kind",
    "ListOf",
    "MapOf",
    "Number",
    "Place",
    "Reference",
    "Report",
    "SecretKind",
    "Table",
    "Text",
    "Whole",
    "Wrong",
    "guess",
    "shown",
]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# Controls, lone surrogates and the overrides of writing direction: nothing a person means to write into one line.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_BREAK = re.compile("[\t\n]")


class Wrong(Exception):
    """What is wrong with one value, and the mend."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to tell: the line it stands on, the whole sentence, and the value it is about."""

    line: int
    text: str
    way: Way = field(compare=False)


@dataclass(slots=True)
class Report:
    """What was found wrong in one file, with the lines it stands on; ``text`` is TOML that tomli took."""

    file: str
    text: str
    problems: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    _bad: set[Way] = field(default_factory=set)
    _lines: Mapping[Way, int] | None = None

    def add_problem(self, found: Finding) -> None:
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
                self._lines = locate(self.text)
            except RecursionError:
                self._lines = {}
        while way and way not in self._lines:
            way = way[:-1]
        return self._lines.get(way, 1)

    def where(self, way: Way) -> str:
        """``file:line`` of a value."""
        return f"{self.file}:{self.line(way)}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file we are."""

    report: Report
    way: Way = ()

    def __truediv__(self, step: str | int) -> Place:
        return Place(self.report, (*self.way, step))

    @property
    def name(self) -> str:
        """The place as one would write it: ``brands[0].names[2]``."""
        text = ""
        for step in self.way:
            if isinstance(step, int):
                text += f"[{step}]"
            else:
                key = step if _BARE_KEY.fullmatch(step) else shown(step)
                text += f".{key}" if text else key
        return text

    @property
    def where(self) -> str:
        return self.report.where(self.way)

    def problem(self, message: str) -> None:
        self.report.add_problem(self._finding(message))

    def warning(self, message: str) -> None:
        self.report.warnings.append(self._finding(message))

    def _finding(self, message: str) -> Finding:
        text = f"{self.where}: {self.name}: {message}" if self.way else f"{self.where}: {message}"
        return Finding(self.report.line(self.way), text, self.way)

    def clean(self) -> bool:
        """Whether nothing was found wrong here or below."""
        return not self.report.has_problem(self.way)


class Kind(Protocol):
    """A kind of value."""

    def read(self, value: object, place: Place) -> Any:
        """The value as we keep it; raises :class:`Wrong` when there is none to keep."""
        ...

    def schema(self) -> dict[str, Any]:
        """What it accepts, as JSON Schema, draft 2020-12."""
        ...

    def words(self) -> str:
        """What it accepts, in a few words for the documentation."""
        ...


def shown(text: str) -> str:
    """The user's own words in a message: short, quoted, without control characters."""
    short = text if len(text) <= 60 else text[:57] + "..."
    clean = "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in short)
    return f'"{clean}"'


def guess(word: str, known: Iterable[str]) -> str:
    """``; did you mean "…"?`` with the nearest known word, or what there is."""
    words = list(known)
    near = get_close_matches(word.lower(), [known.lower() for known in words], n=1, cutoff=0.6)
    if near:
        return f"; did you mean {shown(next(known for known in words if known.lower() == near[0]))}?"
    if not words:
        return ""
    listed = ", ".join(shown(known)[1:-1] for known in words[:40]) + (", ..." if len(words) > 40 else "")
    return f"; there are: {listed}" if len(words) > 1 else f"; there is: {listed}"


def _named(value: object) -> str:
    """What sort of TOML value this is."""
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        (str, "a text"),
        (int, "a whole number"),
        (float, "a number"),
        (list, "a list"),
        (dict, "a table"),
        ((date, datetime, time), "a date or time"),
    )
    return next(name for kind, name in names if isinstance(value, kind))


def _wanted(what: str, value: object, mend: str = "") -> Wrong:
    return Wrong(f"must be {what}, not {_named(value)}" + (f"; {mend}" if mend else ""))


@dataclass(frozen=True, slots=True)
class Text:
    """Text, trimmed, of one line unless ``lines``; ``check`` may refuse it with :class:`Wrong` or change it."""

    what: str = "text"
    lines: bool = False
    empty: bool = False
    longest: int = 1000
    check: Callable[[str], Any] | None = None
    pattern: str | None = None
    format: str | None = None

    def read(self, value: object, place: Place) -> Any:
        if not isinstance(value, str):
            raise _wanted("text", value, "put it in quotes" if isinstance(value, int | float | date | time) else "")
        text = value if self.lines else value.strip()
        if not text.strip() and not self.empty:
            raise Wrong("is empty; write something or remove it")
        if len(text) > self.longest:
            raise Wrong(f"is longer than {self.longest} characters; shorten it")
        if _CONTROL.search(text) or (not self.lines and _LINE_BREAK.search(text)):
            raise Wrong("holds a line break or another control character; remove it")
        return text if self.check is None else self.check(text)

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "maxLength": self.longest}
        if not self.empty:
            schema["pattern"] = self.pattern or r"\S"
        if self.format:
            schema["format"] = self.format
        return schema

    def words(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class Address:
    """An http(s) address without user name or password: those would reach the database and messages.

    With ``bare`` a host alone will do, and is asked by https.
    """

    bare: bool = False

    def read(self, value: object, place: Place) -> str:
        text: str = Text(longest=4000).read(value, place)
        if re.search(r"\s", text):
            raise Wrong("an address holds no white space; write %20")
        if re.match(r"(?:[\w-]+(?:\.[\w-]+)+|localhost)(?::[0-9]+)?(?:/|$)", text):
            if not self.bare:
                raise Wrong(f"an address begins with its scheme; did you mean {shown('https://' + text)}?")
            text = f"https://{text}"
        try:
            parts = urlsplit(text)
            parts.port  # noqa: B018 - reading it is what raises on a port that is none
        except ValueError as error:
            raise Wrong(f"is no address ({error}); write http(s)://host/path") from None
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            raise Wrong(f"{_without_user(text)} is no http(s) address; write https://host/path")
        if parts.username is not None or parts.password is not None:
            raise Wrong("a user name or password does not stand in an address; use the source's own options for them")
        return text

    def schema(self) -> dict[str, Any]:
        pattern = "^[^:/?#@]+(:[0-9]+)?(/|$)|" if self.bare else ""
        return {"type": "string", "pattern": pattern + "^[Hh][Tt][Tt][Pp][Ss]?://", "maxLength": 4000}

    def words(self) -> str:
        return "http(s) address"


def _without_user(text: str) -> str:
    return shown(re.sub(r"//[^/?#]*@", "//", text))


class Flag:
    """``true`` or ``false``."""

    def read(self, value: object, place: Place) -> bool:
        if not isinstance(value, bool):
            bare = isinstance(value, str) and value.lower() in ("true", "false")
            raise _wanted("true or false", value, f"write {str(value).lower()} without quotes" if bare else "")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def words(self) -> str:
        return "true or false"


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds."""

    low: int | None = None
    high: int | None = None

    def read(self, value: object, place: Place) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            bare = isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value)
            raise _wanted("a whole number", value, f"write {value} without quotes" if bare else "")
        _within(value, self.low, self.high)
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer"} | _bounds(self.low, self.high)

    def words(self) -> str:
        return "whole number"


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number within bounds."""

    low: float | None = None
    high: float | None = None

    def read(self, value: object, place: Place) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wanted("a number", value)
        if value != value or abs(value) > 1e15:
            raise Wrong("must be a finite number below 1e15")
        _within(value, self.low, self.high)
        return float(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "number"} | _bounds(self.low, self.high)

    def words(self) -> str:
        return "number"


def _within(value: float, low: float | None, high: float | None) -> None:
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"from {low} to {high}" if low is not None and high is not None else f"{low} or more"
        raise Wrong(f"must be {bounds}" if low is not None else f"must be {high} or less")


def _bounds(low: float | None, high: float | None) -> dict[str, Any]:
    return {key: value for key, value in (("minimum", low), ("maximum", high)) if value is not None}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words or numbers."""

    values: tuple[str | int, ...]

    def read(self, value: object, place: Place) -> str | int:
        # ``True == 1`` in Python, and is no 1 in TOML.
        if isinstance(value, bool) or value not in self.values:
            if isinstance(value, str):
                raise Wrong(f"{shown(value)} is not known{guess(value, [str(known) for known in self.values])}")
            raise Wrong(f"must be one of {', '.join(str(known) for known in self.values)}, not {_named(value)}")
        assert isinstance(value, str | int)
        return value

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.values)}

    def words(self) -> str:
        return ", ".join(f"`{value}`" for value in self.values)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time within bounds; ``forever`` only where nothing has to end."""

    forever: bool = False
    low: timedelta = timedelta(0)
    high: timedelta | None = None

    def read(self, value: object, place: Place) -> timedelta | None:
        if not isinstance(value, str):
            unit = f'in quotes with its unit, such as "{value}s" or "15m"' if type(value) is int else ""
            raise _wanted('a length of time such as "15m"', value, f"write it {unit}" if unit else "")
        text = value.strip()
        try:
            length = parse_span(text) if self.forever else parse_duration(text)
        except ValueError as error:
            raise Wrong(str(error)) from None
        if length is not None and (length < self.low or (self.high is not None and length > self.high)):
            raise Wrong(f"{shown(text)} is too {'short' if length < self.low else 'long'}")
        return length

    def schema(self) -> dict[str, Any]:
        pattern = "([0-9]{1,9}w)?([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?"
        return {"type": "string", "pattern": rf"^(?=\S)({pattern}|0{'|forever' if self.forever else ''})$"}

    def words(self) -> str:
        return 'length of time, or "forever"' if self.forever else "length of time"


class Day:
    """A calendar day: ``"2026-12-25"`` or TOML's own ``2026-12-25``."""

    def read(self, value: object, place: Place) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if not isinstance(value, str):
            raise _wanted('a day such as "2026-12-25"', value)
        try:
            if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
                raise ValueError("year, month and day with hyphens")
            return date.fromisoformat(value.strip())
        except ValueError as error:
            raise Wrong(f'{shown(value)} is no day ({error}); write it like "2026-12-25"') from None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}

    def words(self) -> str:
        return "day"


class FilePath:
    """A path as written; whoever knows the configuration's folder and the user's home makes it absolute."""

    def read(self, value: object, place: Place) -> Path:
        return Path(Text(longest=4000).read(value, place))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"\S"}

    def words(self) -> str:
        return "path"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one kind; what is wrong in one element costs no other."""

    kind: Kind
    least: int = 0
    many: str = ""

    def read(self, value: object, place: Place) -> tuple[Any, ...]:
        if not isinstance(value, list):
            if isinstance(self.kind, Table):
                mend = f"write [[{place.name}]] with double brackets" if isinstance(value, dict) else ""
                raise _wanted("a list of tables", value, mend)
            raise _wanted("a list", value, "put it in brackets: [...]")
        if len(value) < self.least:
            raise Wrong("is empty; write at least one, or remove it")
        read = (read_or_report(self.kind, element, place / index) for index, element in enumerate(value))
        return tuple(element for element in read if element is not MISSING)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.kind.schema()} | ({"minItems": self.least} if self.least else {})

    def words(self) -> str:
        return f"list of {self.many or self.kind.words() + 's'}"


@dataclass(frozen=True, slots=True)
class MapOf:
    """A table with keys of the user's choice."""

    kind: Kind

    def read(self, value: object, place: Place) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _wanted("a table", value, 'write { key = "value" }')
        read = {key: read_or_report(self.kind, element, place / key) for key, element in value.items()}
        return {key: element for key, element in read.items() if element is not MISSING}

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.kind.schema()}

    def words(self) -> str:
        return f"table of {self.kind.words()}"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table. ``default`` is for the documentation, in TOML; empty when unset is its own thing."""

    name: str
    kind: Kind
    help: str
    required: bool = False
    default: str = ""


class Entry(dict[str, Any]):
    """The right values of one table by key, where the table stands, and which keys are written there."""

    def __init__(self, place: Place, written: Iterable[str]) -> None:
        super().__init__()
        self.place = place
        self.written = frozenset(written)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with known keys; gives an :class:`Entry` of those that are there and right."""

    keys: tuple[Key, ...]
    what: str = "table"

    def read(self, value: object, place: Place) -> Entry:
        if not isinstance(value, dict):
            mend = f"write [{place.name}]" if isinstance(value, list) and len(place.way) == 1 else "write { key = ... }"
            raise _wanted("a table", value, mend)
        known = {key.name: key for key in self.keys}
        read = Entry(place, value)
        for name, given in value.items():
            if name not in known:
                (place / name).problem(f"unknown key{guess(name, known)}")
            elif (kept := read_or_report(known[name].kind, given, place / name)) is not MISSING:
                read[name] = kept
        for key in self.keys:
            if key.required and key.name not in value:
                place.problem(f"{key.name} is missing; {key.help[:1].lower()}{key.help[1:].rstrip('.')}")
        return read

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {key.name: key.kind.schema() | {"description": key.help} for key in self.keys},
        }
        required = [key.name for key in self.keys if key.required]
        return schema | ({"required": required} if required else {})

    def words(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class Either:
    """A short form or a table (which may mean a secret)."""

    short: Kind
    table: Table | SecretKind

    def read(self, value: object, place: Place) -> Any:
        return (self.table if isinstance(value, dict) else self.short).read(value, place)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.short.schema(), self.table.schema()]}

    def words(self) -> str:
        return f"{self.short.words()} or {self.table.words()}"


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret is to be had: exactly one of the three is given."""

    env: str | None = None
    file: Path | None = None
    command: tuple[str, ...] | None = None


def _variable(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        # Not repeated: somebody may have put the secret itself here.
        raise Wrong("is no name of an environment variable: letters, digits and _ only, such as SMTP_PASSWORD")
    return text


SECRET_FORMS = '{ env = "NAME" }, { file = "path" } or { command = ["program", "argument"] }'
_SECRET_TABLE = Table(
    keys=(
        Key("env", Text(check=_variable, pattern="^[A-Za-z_][A-Za-z0-9_]*$"), "Name of an environment variable."),
        Key("file", FilePath(), "Path of a file that holds it; one line break at the end is no part of it."),
        Key(
            "command",
            ListOf(Text(longest=4000), least=1),
            "A program and its arguments, run without a shell for at most 10 seconds; the first line it writes.",
        ),
    ),
    what="secret",
)


class SecretKind:
    """A secret: never in the file itself, so never in a backup, a paste or a repository with it."""

    table = _SECRET_TABLE

    def read(self, value: object, place: Place) -> Reference:
        if isinstance(value, str):
            raise Wrong(f"a secret does not stand in this file; write {SECRET_FORMS}")
        if not isinstance(value, dict):
            raise _wanted("a secret", value, f"write {SECRET_FORMS}")
        if len(value) != 1:
            raise Wrong(f"a secret has one place; write {SECRET_FORMS}")
        given = self.table.read(value, place)
        if not given:
            raise Told
        return Reference(**given)

    def schema(self) -> dict[str, Any]:
        return self.table.schema() | {"minProperties": 1, "maxProperties": 1}

    def words(self) -> str:
        return "secret"


class Told(Exception):
    """What is wrong has been reported already."""


class _Missing:
    """There is no value to keep."""


MISSING = _Missing()


def read_or_report(kind: Kind, value: object, place: Place) -> Any:
    """The value, or ``MISSING`` after the problem was reported at its place."""
    try:
        return kind.read(value, place)
    except Wrong as error:
        place.problem(str(error))
    except Told:
        pass
    return MISSING
