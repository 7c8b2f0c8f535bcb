"""The rule by which two that differ are joined: the lesser of both, in an order of all that a database can hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Values = tuple[Any, ...]


def rank(value: Any) -> Any:
    """A value of the database in an order in which ``NULL`` and any two of a kind can be compared."""
    if isinstance(value, tuple):
        return tuple(rank(one) for one in value)
    if value is None:
        return (0, "")
    if isinstance(value, int | float):
        return (1, value)
    return (2, value) if isinstance(value, str) else (3, value)


def keep_least(mine: dict[Any, Any], theirs: Mapping[Any, Any]) -> None:
    """The union of both; where both have a key, the lesser value."""
    for key, value in theirs.items():
        mine[key] = min(mine[key], value, key=rank) if key in mine else value
