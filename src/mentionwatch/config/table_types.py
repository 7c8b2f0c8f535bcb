"""The kinds of values that hold others: lists, tables, and the table that leads to a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mentionwatch.config.diagnostics import AlreadyReported, InvalidValue, Location, did_you_mean
from mentionwatch.config.scalar_types import FilePath, Text, ValueType, wrong_type

__all__ = ["Either", "Key", "ListOf", "MapOf", "OneOrMany", "ParsedTable", "SecretReference", "SecretType", "Table"]


class _Missing:
    """There is no value to keep."""


_MISSING = _Missing()


def _read_or_report(kind: ValueType, value: object, place: Location) -> Any:
    """The value, or ``_MISSING`` after the problem was reported at its place."""
    try:
        return kind.read(value, place)
    except InvalidValue as error:
        place.problem(str(error))
    except AlreadyReported:
        pass
    return _MISSING


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one kind; what is wrong in one element costs no other."""

    kind: ValueType
    least: int = 0
    many: str = ""

    def read(self, value: object, place: Location) -> tuple[Any, ...]:
        if not isinstance(value, list):
            if isinstance(self.kind, Table):
                header = re.sub(r"\[[0-9]+\]", "", place.name)
                mend = f"write [[{header}]] with double brackets" if isinstance(value, dict) else ""
                raise wrong_type("a list of tables", value, mend)
            raise wrong_type("a list", value, "put it in brackets: [...]")
        if len(value) < self.least:
            raise InvalidValue("is empty; write at least one, or remove it")
        read = (_read_or_report(self.kind, element, place / index) for index, element in enumerate(value))
        return tuple(element for element in read if element is not _MISSING)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.kind.schema()} | ({"minItems": self.least} if self.least else {})

    def words(self) -> str:
        return f"list of {self.many or self.kind.words() + 's'}"


@dataclass(frozen=True, slots=True)
class OneOrMany:
    """One, or a list of them."""

    kind: ValueType

    def read(self, value: object, place: Location) -> tuple[Any, ...]:
        if isinstance(value, list):
            return ListOf(self.kind).read(value, place)
        return (self.kind.read(value, place),)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.kind.schema(), ListOf(self.kind).schema()]}

    def words(self) -> str:
        return f"{self.kind.words()}, or list of {self.kind.words()}s"


@dataclass(frozen=True, slots=True)
class MapOf:
    """A table with keys of the user's choice."""

    kind: ValueType

    def read(self, value: object, place: Location) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong_type("a table", value, 'write { key = "value" }')
        read = {key: _read_or_report(self.kind, element, place / key) for key, element in value.items()}
        return {key: element for key, element in read.items() if element is not _MISSING}

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.kind.schema()}

    def words(self) -> str:
        return f"table of {self.kind.words()}"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table. ``default`` is for the documentation, in TOML; empty when unset is its own thing."""

    name: str
    kind: ValueType
    help: str
    required: bool = False
    default: str = ""


class ParsedTable(dict[str, Any]):
    """The right values of one table by key, where the table stands, and which keys are written there."""

    def __init__(self, place: Location, written: Iterable[str]) -> None:
        super().__init__()
        self.place = place
        self.written = frozenset(written)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with known keys; gives an :class:`ParsedTable` of those that are there and right."""

    keys: tuple[Key, ...]
    what: str = "table"

    def read(self, value: object, place: Location) -> ParsedTable:
        if not isinstance(value, dict):
            mend = f"write [{place.name}]" if isinstance(value, list) and len(place.way) == 1 else "write { key = ... }"
            raise wrong_type("a table", value, mend)
        known = {key.name: key for key in self.keys}
        read = ParsedTable(place, value)
        for name, given in value.items():
            if name not in known:
                (place / name).problem(f"unknown key{did_you_mean(name, known)}")
            elif (kept := _read_or_report(known[name].kind, given, place / name)) is not _MISSING:
                read[name] = kept
        for key in self.keys:
            if key.required and key.name not in value:
                # The help of a key links to the pages of docs/, which a line in a terminal cannot.
                said = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", key.help).rstrip(".")
                place.problem(f"{key.name} is missing; {said[:1].lower()}{said[1:]}")
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

    short: ValueType
    table: Table | SecretType

    def read(self, value: object, place: Location) -> Any:
        return (self.table if isinstance(value, dict) else self.short).read(value, place)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.short.schema(), self.table.schema()]}

    def words(self) -> str:
        return f"{self.short.words()} or {self.table.words()}"


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a secret is to be had: exactly one of the three is given."""

    env: str | None = None
    file: Path | None = None
    command: tuple[str, ...] | None = None


def _variable(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        # Not repeated: somebody may have put the secret itself here.
        raise InvalidValue("is no name of an environment variable: letters, digits and _ only, such as SMTP_PASSWORD")
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


class SecretType:
    """A secret: never in the file itself, so never in a backup, a paste or a repository with it."""

    table = _SECRET_TABLE

    def read(self, value: object, place: Location) -> SecretReference:
        if isinstance(value, str):
            raise InvalidValue(f"a secret does not stand in this file; write {SECRET_FORMS}")
        if not isinstance(value, dict):
            raise wrong_type("a secret", value, f"write {SECRET_FORMS}")
        if len(value) != 1:
            raise InvalidValue(f"a secret has one place; write {SECRET_FORMS}")
        given = self.table.read(value, place)
        if not given:
            raise AlreadyReported
        return SecretReference(**given)

    def schema(self) -> dict[str, Any]:
        return self.table.schema() | {"minProperties": 1, "maxProperties": 1}

    def words(self) -> str:
        return "secret"
