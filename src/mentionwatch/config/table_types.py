"""The types of values that hold others: lists, tables, and the table that says where a secret is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mentionwatch.config.diagnostics import AlreadyReported, InvalidValue, Location, did_you_mean
from mentionwatch.config.scalar_types import FilePath, String, ValueType, wrong_type

_MISSING = object()


def _read_or_report(value_type: ValueType, value: object, location: Location) -> Any:
    """The value, or ``_MISSING`` after the problem was reported at its location."""
    try:
        return value_type.read(value, location)
    except InvalidValue as error:
        location.problem(str(error))
    except AlreadyReported:
        pass
    return _MISSING


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one type; a wrong element does not affect the others."""

    value_type: ValueType
    min_items: int = 0
    plural: str = ""

    def read(self, value: object, location: Location) -> tuple[Any, ...]:
        if not isinstance(value, list):
            if isinstance(self.value_type, Table):
                header = re.sub(r"\[[0-9]+\]", "", location.name)
                hint = f"write [[{header}]] with double brackets" if isinstance(value, dict) else ""
                raise wrong_type("a list of tables", value, hint)
            raise wrong_type("a list", value, "put it in brackets: [...]")
        if len(value) < self.min_items:
            raise InvalidValue("is empty; write at least one, or remove it")
        read = (_read_or_report(self.value_type, element, location / index) for index, element in enumerate(value))
        return tuple(element for element in read if element is not _MISSING)

    def json_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "array", "items": self.value_type.json_schema()}
        return schema | ({"minItems": self.min_items} if self.min_items else {})

    @property
    def what(self) -> str:
        return f"list of {self.plural or self.value_type.what + 's'}"


@dataclass(frozen=True, slots=True)
class OneOrMany:
    """One, or a list of them."""

    value_type: ValueType

    def read(self, value: object, location: Location) -> tuple[Any, ...]:
        if isinstance(value, list):
            return ListOf(self.value_type).read(value, location)
        return (self.value_type.read(value, location),)

    def json_schema(self) -> dict[str, Any]:
        return {"anyOf": [self.value_type.json_schema(), ListOf(self.value_type).json_schema()]}

    @property
    def what(self) -> str:
        return f"{self.value_type.what}, or list of {self.value_type.what}s"


@dataclass(frozen=True, slots=True)
class MapOf:
    """A table with keys of the user's choice."""

    value_type: ValueType

    def read(self, value: object, location: Location) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong_type("a table", value, 'write { key = "value" }')
        read = {key: _read_or_report(self.value_type, element, location / key) for key, element in value.items()}
        return {key: element for key, element in read.items() if element is not _MISSING}

    def json_schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.value_type.json_schema()}

    @property
    def what(self) -> str:
        return f"table of {self.value_type.what}"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table. ``default`` is for the documentation, in TOML; empty where there is none."""

    name: str
    value_type: ValueType
    help: str
    required: bool = False
    default: str = ""


class ParsedTable(dict[str, Any]):
    """The valid values of one table by key, its location, and all the keys that are written in it."""

    def __init__(self, location: Location, written_keys: Iterable[str]) -> None:
        super().__init__()
        self.location = location
        self.written_keys = frozenset(written_keys)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with known keys; reads to a :class:`ParsedTable`."""

    keys: tuple[Key, ...]
    what: str = "table"

    def read(self, value: object, location: Location) -> ParsedTable:
        if not isinstance(value, dict):
            is_section = isinstance(value, list) and len(location.key_path) == 1
            raise wrong_type("a table", value, f"write [{location.name}]" if is_section else "write { key = ... }")
        known = {key.name: key for key in self.keys}
        read = ParsedTable(location, value)
        for name, given in value.items():
            if name not in known:
                (location / name).problem(f"unknown key{did_you_mean(name, known)}")
            elif (kept := _read_or_report(known[name].value_type, given, location / name)) is not _MISSING:
                read[name] = kept
        for key in self.keys:
            if key.required and key.name not in value:
                # The help of a key links to the pages of docs/, which a line in a terminal cannot.
                text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", key.help).rstrip(".")
                location.problem(f"{key.name} is missing; {text[:1].lower()}{text[1:]}")
        return read

    def json_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {key.name: key.value_type.json_schema() | {"description": key.help} for key in self.keys},
        }
        required = [key.name for key in self.keys if key.required]
        return schema | ({"required": required} if required else {})


@dataclass(frozen=True, slots=True)
class Either:
    """A short form or a table."""

    short: ValueType
    table: ValueType

    def read(self, value: object, location: Location) -> Any:
        return (self.table if isinstance(value, dict) else self.short).read(value, location)

    def json_schema(self) -> dict[str, Any]:
        return {"anyOf": [self.short.json_schema(), self.table.json_schema()]}

    @property
    def what(self) -> str:
        return f"{self.short.what} or {self.table.what}"


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a secret is: exactly one of the three is set."""

    env: str | None = None
    file: Path | None = None
    command: tuple[str, ...] | None = None


def _variable(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        # Not repeated: it may be the secret itself.
        raise InvalidValue(
            "is not the name of an environment variable: letters, digits and _ only, such as SMTP_PASSWORD"
        )
    return text


SECRET_FORMS = '{ env = "NAME" }, { file = "path" } or { command = ["program", "argument"] }'
_SECRET_TABLE = Table(
    keys=(
        Key("env", String(validate=_variable, pattern="^[A-Za-z_][A-Za-z0-9_]*$"), "Name of an environment variable."),
        Key("file", FilePath(), "Path of a file that contains it; one line break at its end is ignored."),
        Key(
            "command",
            ListOf(String(max_length=4000), min_items=1),
            "A program and its arguments, run without a shell for at most 10 seconds; the first line it writes.",
        ),
    ),
    what="secret",
)


class SecretType:
    """A secret: never in the file itself, so never in a backup, a paste or a repository with it."""

    what = "secret"

    table = _SECRET_TABLE

    def read(self, value: object, location: Location) -> SecretReference:
        if isinstance(value, str):
            raise InvalidValue(f"secrets may not be written here; write {SECRET_FORMS}")
        if not isinstance(value, dict):
            raise wrong_type("a secret", value, f"write {SECRET_FORMS}")
        if len(value) != 1:
            raise InvalidValue(f"a secret comes from one place; write {SECRET_FORMS}")
        given = self.table.read(value, location)
        if not given:
            raise AlreadyReported
        return SecretReference(**given)

    def json_schema(self) -> dict[str, Any]:
        return self.table.json_schema() | {"minProperties": 1, "maxProperties": 1}
