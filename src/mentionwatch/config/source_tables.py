"""What a ``[[sources]]`` entry may hold: the options of every source, and those of its type's class."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

from mentionwatch.config.diagnostics import AlreadyReported, Location
from mentionwatch.config.scalar_types import (
    Boolean,
    Choice,
    Date,
    FilePath,
    HttpUrl,
    Integer,
    Number,
    String,
    TimeSpan,
    ValueType,
)
from mentionwatch.config.table_types import Either, Key, ListOf, MapOf, ParsedTable, SecretType, Table
from mentionwatch.errors import UserError
from mentionwatch.messages import Secret
from mentionwatch.sources import Source
from mentionwatch.sources.registry import Option, options, source_type, type_names
from mentionwatch.times import format_duration

#: What every source has beside its own options.
_COMMON = (
    Key("type", String(), "The source type; `mentionwatch sources --types` lists them.", required=True),
    Key("name", String(max_length=200), "Its name in messages and lists; unique.", default="type and host"),
    Key("every", TimeSpan(high=timedelta(days=366)), "How often it is polled.", default="as the type says"),
    Key(
        "backlog",
        Choice(("keep", "tell")),
        "What to do with what the first poll finds: `keep` it without reporting it, or `tell` it as news.",
        default='"keep"',
    ),
    Key("brands", ListOf(String()), "Names of the brands it is polled for.", default="all"),
    Key("enabled", Boolean(), "Whether it is polled.", default="true"),
    Key(
        "private", Boolean(), "Allow a public host name written here to resolve to a private address.", default="false"
    ),
)


class SourceTable:
    """A source: the options every source has, and those of its type's class."""

    what = "source"

    common = Table(_COMMON)

    def read(self, value: object, location: Location) -> ParsedTable:
        if not isinstance(value, dict):
            return self.common.read(value, location)
        name = value.get("type")
        if not isinstance(name, str):
            if "type" in value:
                (location / "type").problem('must be text, such as "feed"')
            else:
                location.problem(f"type is missing; one of: {', '.join(type_names())}")
            raise AlreadyReported
        try:
            table = source_table(name)
        except UserError as error:
            for problem in error.problems:
                (location / "type").problem(problem)
            raise AlreadyReported from None
        return table.read(value, location)

    def json_schema(self) -> dict[str, Any]:
        # A false schema, not an empty list, which draft 2020-12 forbids.
        return {"anyOf": [{"$ref": f"#/$defs/source-{name}"} for name in type_names()] or [False]}


@cache
def source_class(name: str) -> type[Source]:
    """The class of this type; raises UserError when there is none. The registry looks into its folder each time."""
    return source_type(name)


@cache
def source_table(name: str) -> Table:
    """The keys of a ``[[sources]]`` entry of this type; raises UserError when there is no such type."""
    own = tuple(
        Key(option.name, _option_kind(name, option), option.help or "An option.", option.required, _default(option))
        for option in options(source_class(name))
    )
    kinds = {"type": Choice((name,))}
    common = tuple(
        Key(key.name, kinds.get(key.name, key.value_type), key.help, key.required, key.default) for key in _COMMON
    )
    return Table(common[:2] + own + common[2:], what=f"source of type {name}")


def _option_kind(name: str, option: Option) -> ValueType:
    address = HttpUrl(bare=option.name != "url")
    try:
        if option.address and option.scheme == "http" and option.annotation in (str, str | None):
            return address
        if option.address and option.secret and option.annotation in (str | Secret, str | Secret | None):
            return Either(address, SecretType())
        if option.empty and option.annotation is str:
            return String(max_length=20_000, multiline=True, allow_empty=True)
        return value_type_of(option.annotation)
    except TypeError as error:
        raise UserError(f'source type "{name}" cannot be configured: option {option.name}: {error}') from error


_SIMPLE: dict[object, ValueType] = {
    str: String(max_length=20_000, multiline=True),
    bool: Boolean(),
    int: Integer(-(2**53), 2**53),
    float: Number(),
    timedelta: TimeSpan(),
    date: Date(),
    Path: FilePath(),
    Secret: SecretType(),
}


def value_type_of(annotation: Any) -> ValueType:
    """The kind of value a field with this annotation takes; TypeError for a type no configuration can hold."""
    if annotation in _SIMPLE:
        return _SIMPLE[annotation]
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return Choice(inner)
    if origin in (typing.Union, types.UnionType):
        chosen = [member for member in inner if member is not types.NoneType]
        if len(chosen) == 1:
            return value_type_of(chosen[0])
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        return ListOf(value_type_of(inner[0]))
    if origin in (dict, Mapping) and inner[0] is str:
        return MapOf(value_type_of(inner[1]))
    raise TypeError(f"no configuration can hold a {annotation}")


def _default(option: Option) -> str:
    """The default as one would write it."""
    value = option.default
    if option.required or value is None or value == () or value == {}:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f'"{format_duration(value)}"'
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{element}"' for element in value) + "]"
    return f'"{value}"' if isinstance(value, str | Path) else str(value)
