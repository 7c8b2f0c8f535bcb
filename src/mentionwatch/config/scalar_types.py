"""The types of single values in a configuration: each reads one from TOML, and describes itself in JSON Schema.

A type reports a problem at its location and goes on, so that one reading finds every problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from mentionwatch.config.diagnostics import InvalidValue, Location, did_you_mean, quoted
from mentionwatch.times import parse_duration, parse_span

# Controls, lone surrogates and the overrides of writing direction: nothing a person means to write into one line.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_BREAK = re.compile("[\t\n]")


class ValueType(Protocol):
    """A type of value."""

    def read(self, value: object, location: Location) -> Any:
        """The value as it is kept; raises :class:`InvalidValue` when it is wrong."""
        ...

    def json_schema(self) -> dict[str, Any]:
        """What it accepts, as JSON Schema, draft 2020-12."""
        ...

    @property
    def what(self) -> str:
        """What it accepts, in a few words for the documentation."""
        ...


def _type_name(value: object) -> str:
    """The TOML type of a value, in words."""
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        (str, "a text"),
        (int, "a whole number"),
        (float, "a number"),
        (list, "a list"),
        (dict, "a table"),
        ((date, datetime, time), "a date or time"),
    )
    return next(name for cls, name in names if isinstance(value, cls))


def wrong_type(what: str, value: object, hint: str = "") -> InvalidValue:
    """The error for a value of another type."""
    return InvalidValue(f"must be {what}, not {_type_name(value)}" + (f"; {hint}" if hint else ""))


@dataclass(frozen=True, slots=True)
class String:
    """Text, trimmed, of one line unless ``lines``; ``check`` may refuse it with :class:`InvalidValue` or change it."""

    what: str = "text"
    multiline: bool = False
    allow_empty: bool = False
    max_length: int = 1000
    validate: Callable[[str], Any] | None = None
    pattern: str | None = None
    format: str | None = None

    def read(self, value: object, location: Location) -> Any:
        if not isinstance(value, str):
            raise wrong_type("text", value, "put it in quotes" if isinstance(value, int | float | date | time) else "")
        text = value if self.multiline else value.strip()
        if not text.strip() and not self.allow_empty:
            raise InvalidValue("is empty; write something or remove it")
        if len(text) > self.max_length:
            raise InvalidValue(f"is longer than {self.max_length} characters; shorten it")
        if _CONTROL.search(text) or (not self.multiline and _LINE_BREAK.search(text)):
            raise InvalidValue("contains a line break or another control character; remove it")
        return text if self.validate is None else self.validate(text)

    def json_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "maxLength": self.max_length}
        if not self.allow_empty:
            schema["pattern"] = self.pattern or r"\S"
        if self.format:
            schema["format"] = self.format
        return schema


@dataclass(frozen=True, slots=True)
class HttpUrl:
    """An http(s) address without user name or password: those would reach the database and messages.

    With ``bare`` a host alone will do, and is asked by https.
    """

    what = "http(s) address"
    bare: bool = False

    def read(self, value: object, location: Location) -> str:
        text: str = String(max_length=4000).read(value, location)
        if re.search(r"\s", text):
            raise InvalidValue("an address contains no white space; write %20")
        if re.match(r"(?:[\w-]+(?:\.[\w-]+)+|localhost)(?::[0-9]+)?(?:/|$)", text):
            if not self.bare:
                raise InvalidValue(f"an address begins with its scheme; did you mean {quoted('https://' + text)}?")
            text = f"https://{text}"
        try:
            parts = urlsplit(text)
            parts.port  # noqa: B018 - reading it is what raises on a port that is none
        except ValueError as error:
            raise InvalidValue(f"is not an address ({error}); write http(s)://host/path") from None
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            raise InvalidValue(f"{_without_user(text)} is not an http(s) address; write https://host/path")
        if parts.username is not None or parts.password is not None:
            raise InvalidValue(
                "user names and passwords may not be written in an address; use the source's own options for them"
            )
        return text

    def json_schema(self) -> dict[str, Any]:
        pattern = "^[^:/?#@]+(:[0-9]+)?(/|$)|" if self.bare else ""
        return {"type": "string", "pattern": pattern + "^[Hh][Tt][Tt][Pp][Ss]?://", "maxLength": 4000}


def _without_user(text: str) -> str:
    return quoted(re.sub(r"//[^/?#]*@", "//", text))


class Boolean:
    """``true`` or ``false``."""

    what = "true or false"

    def read(self, value: object, location: Location) -> bool:
        if not isinstance(value, bool):
            bare = isinstance(value, str) and value.lower() in ("true", "false")
            raise wrong_type("true or false", value, f"write {str(value).lower()} without quotes" if bare else "")
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number within bounds."""

    what = "whole number"
    low: int | None = None
    high: int | None = None

    def read(self, value: object, location: Location) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            bare = isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value)
            raise wrong_type("a whole number", value, f"write {value} without quotes" if bare else "")
        _within(value, self.low, self.high)
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer"} | _bounds(self.low, self.high)


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number within bounds."""

    what = "number"
    low: float | None = None
    high: float | None = None

    def read(self, value: object, location: Location) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type("a number", value)
        if value != value or abs(value) > 1e15:
            raise InvalidValue("must be a finite number below 1e15")
        _within(value, self.low, self.high)
        return float(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "number"} | _bounds(self.low, self.high)


def _within(value: float, low: float | None, high: float | None) -> None:
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"from {low} to {high}" if low is not None and high is not None else f"{low} or more"
        raise InvalidValue(f"must be {bounds}" if low is not None else f"must be {high} or less")


def _bounds(low: float | None, high: float | None) -> dict[str, Any]:
    return {key: value for key, value in (("minimum", low), ("maximum", high)) if value is not None}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words or numbers."""

    values: tuple[str | int, ...]

    def read(self, value: object, location: Location) -> str | int:
        # ``True == 1`` in Python, and is no 1 in TOML.
        if isinstance(value, bool) or value not in self.values:
            if isinstance(value, str):
                raise InvalidValue(
                    f"{quoted(value)} is not known{did_you_mean(value, [str(known) for known in self.values])}"
                )
            raise InvalidValue(
                f"must be one of {', '.join(str(known) for known in self.values)}, not {_type_name(value)}"
            )
        assert isinstance(value, str | int)
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"enum": list(self.values)}

    @property
    def what(self) -> str:
        return ", ".join(f"`{value}`" for value in self.values)


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A length of time within bounds; ``forever`` only where nothing has to end."""

    forever: bool = False
    low: timedelta = timedelta(0)
    high: timedelta | None = None

    def read(self, value: object, location: Location) -> timedelta | None:
        if not isinstance(value, str):
            unit = f'in quotes with its unit, such as "{value}s" or "15m"' if type(value) is int else ""
            raise wrong_type('a length of time such as "15m"', value, f"write it {unit}" if unit else "")
        text = value.strip()
        try:
            length = parse_span(text) if self.forever else parse_duration(text)
        except ValueError as error:
            raise InvalidValue(str(error)) from None
        if length is not None and (length < self.low or (self.high is not None and length > self.high)):
            raise InvalidValue(f"{quoted(text)} is too {'short' if length < self.low else 'long'}")
        return length

    def json_schema(self) -> dict[str, Any]:
        pattern = "([0-9]{1,9}w)?([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?"
        return {"type": "string", "pattern": rf"^(?=\S)({pattern}|0{'|forever' if self.forever else ''})$"}

    @property
    def what(self) -> str:
        return 'length of time, or "forever"' if self.forever else "length of time"


class Date:
    """A calendar day: ``"2026-12-25"`` or TOML's own ``2026-12-25``."""

    what = "day"

    def read(self, value: object, location: Location) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if not isinstance(value, str):
            raise wrong_type('a day such as "2026-12-25"', value)
        try:
            if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
                raise ValueError("year, month and day with hyphens")
            return date.fromisoformat(value.strip())
        except ValueError as error:
            raise InvalidValue(f'{quoted(value)} is not a valid date ({error}); write it like "2026-12-25"') from None

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


class Timestamp:
    """A moment: TOML's own date and time, or text in RFC 3339; without a zone it is UTC's. Gives aware UTC."""

    what = "time"

    def read(self, value: object, location: Location) -> datetime:
        if not isinstance(value, str | date):
            raise wrong_type("a time such as 2026-11-20T08:00:00Z", value)
        text = value.strip() if isinstance(value, str) else value.isoformat()
        try:
            if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].+)?", text):
                raise ValueError
            moment = datetime.fromisoformat(text)
            aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
            return aware.astimezone(UTC).replace(microsecond=0)
        except (ValueError, OverflowError):
            raise InvalidValue(f"{quoted(text)} is not a valid time; write it like 2026-11-20T08:00:00Z") from None

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].+)?$"}


class FilePath:
    """A path as written; whoever knows the configuration's folder and the user's home makes it absolute."""

    what = "path"

    def read(self, value: object, location: Location) -> Path:
        return Path(String(max_length=4000).read(value, location))

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"\S"}
