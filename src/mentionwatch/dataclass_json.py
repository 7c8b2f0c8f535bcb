"""Dataclasses as JSON and back, by the types of their fields: what may pass between two processes."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_json(value: object) -> object:
    """What ``json.dumps`` takes. Raises ``TypeError`` for what :func:`from_json` could not make again."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple | list):
        return [to_json(one) for one in value]
    if isinstance(value, Mapping):
        return {key: to_json(one) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} does not pass")


def from_json(kind: type[T], value: object) -> T:
    """The dataclass that :func:`to_json` was given. Raises ``ValueError`` for anything that is not made like one."""
    made: T = _made(kind, value)
    return made


@cache
def _types(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _made(kind: Any, value: Any) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _one_of(args, value)
    if origin is Literal:
        return _checked(value, value in args)
    if origin is tuple:
        _checked(value, isinstance(value, list))
        every = args[:1] * len(value) if args[1:] == (Ellipsis,) else args
        return tuple(_made(one, part) for one, part in zip(every, value, strict=True))
    if origin is not None:
        _checked(value, isinstance(value, dict))
        return {key: _made(args[1], part) for key, part in value.items()}
    if isinstance(kind, type) and is_dataclass(kind):
        types: Mapping[str, Any] = _types(kind)
        _checked(value, isinstance(value, dict) and value.keys() <= types.keys())
        return kind(**{key: _made(types[key], part) for key, part in value.items()})
    return _simple(kind, value)


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    for kind in kinds:
        try:
            return _made(kind, value)
        except (ValueError, TypeError):
            continue
    raise ValueError("a value of none of its types")


def _simple(kind: Any, value: Any) -> Any:
    if kind is object:
        return value
    if kind in (None, NoneType):
        return _checked(value, value is None)
    if kind in (datetime, date, Path, bytes):
        _checked(value, isinstance(value, str))
        if kind is bytes:
            return b64decode(value, validate=True)
        return Path(value) if kind is Path else kind.fromisoformat(value)
    if kind is float:
        return _checked(value, type(value) in (int, float))
    return _checked(value, type(value) is kind)


def _checked(value: Any, is_right: bool) -> Any:
    if not is_right:
        raise ValueError("a value of another type")
    return value
