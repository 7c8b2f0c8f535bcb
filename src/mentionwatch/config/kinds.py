"""The kinds of single values a configuration holds: each reads one from TOML, and says itself in JSON Schema.

A kind reports what is wrong where it stands and goes on, so that one reading finds every problem. What it gives back
holds only what was right; nothing is built of it while a problem is open.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from mentionwatch.config.durations import parse_duration, parse_span
from mentionwatch.config.report import Place, Wrong, guess, shown

__all__ = [
    "Address",
    "Choice",
    "Day",
    "Duration",
    "FilePath",
    "Flag",
    "Kind",
    "Number",
    "Text",
    "Whole",
    "wanted",
]

# Controls, lone surrogates and the overrides of writing direction: nothing a person means to write into one line.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_BREAK = re.compile("[\t\n]")


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


def wanted(what: str, value: object, mend: str = "") -> Wrong:
    """The error for a value of another sort."""
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
            raise wanted("text", value, "put it in quotes" if isinstance(value, int | float | date | time) else "")
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
            raise wanted("true or false", value, f"write {str(value).lower()} without quotes" if bare else "")
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
            raise wanted("a whole number", value, f"write {value} without quotes" if bare else "")
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
            raise wanted("a number", value)
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
            raise wanted('a length of time such as "15m"', value, f"write it {unit}" if unit else "")
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
            raise wanted('a day such as "2026-12-25"', value)
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


class Instant:
    """A moment: TOML's own date and time, or text in RFC 3339; without a zone it is UTC's. Gives aware UTC."""

    def read(self, value: object, place: Place) -> datetime:
        if not isinstance(value, str | date):
            raise wanted("a time such as 2026-11-20T08:00:00Z", value)
        text = value.strip() if isinstance(value, str) else value.isoformat()
        try:
            if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].+)?", text):
                raise ValueError
            moment = datetime.fromisoformat(text)
            aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
            return aware.astimezone(UTC).replace(microsecond=0)
        except (ValueError, OverflowError):
            raise Wrong(f"{shown(text)} is no time; write it like 2026-11-20T08:00:00Z") from None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].+)?$"}

    def words(self) -> str:
        return "time"


class FilePath:
    """A path as written; whoever knows the configuration's folder and the user's home makes it absolute."""

    def read(self, value: object, place: Place) -> Path:
        return Path(Text(longest=4000).read(value, place))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"\S"}

    def words(self) -> str:
        return "path"
