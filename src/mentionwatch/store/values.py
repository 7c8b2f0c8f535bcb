"""What the columns hold, read as what they must be: a database may be another's, or damaged.

Every value that is more than a text is read through here or through :mod:`mentionwatch.store.rows`, which uses it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast, get_args

from mentionwatch import times
from mentionwatch.errors import StoreError
from mentionwatch.model import (
    SENTIMENT_LABELS,
    URGENCY_LEVELS,
    Author,
    Engagement,
    ItemKind,
    Match,
    RuleHit,
    Sentiment,
    Urgency,
    UrgencyLevel,
)
from mentionwatch.store.database import Database
from mentionwatch.store.dialect import TABLES

#: What a value raises that is not what it must be.
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


@contextmanager
def reading_values() -> Iterator[None]:
    """Turn what an unreadable value raises into a :class:`~mentionwatch.errors.StoreError`."""
    try:
        yield
    except _UNREADABLE as error:
        raise damaged() from error


def damaged() -> StoreError:
    """The error for a value that cannot be read."""
    return StoreError("the database holds a value that cannot be read; `mentionwatch verify` says where")


def read_stamp(text: str) -> datetime:
    """:func:`mentionwatch.times.read_stamp` of a stored time. Raises StoreError."""
    try:
        found = times.read_stamp(text)
    except _UNREADABLE as error:
        raise damaged() from error
    if found.tzinfo is None:
        raise damaged()
    return found


def read_optional_stamp(text: str | None) -> datetime | None:
    """:func:`read_stamp`, or ``None`` for ``None``."""
    return None if text is None else read_stamp(text)


def read_json(text: str | bytes) -> Any:
    """The value of stored JSON. Raises StoreError."""
    try:
        return json.loads(text)
    except _UNREADABLE as error:
        raise damaged() from error


def read_object(text: str | bytes) -> dict[str, Any]:
    """The object of stored JSON."""
    found = read_json(text)
    _require(isinstance(found, dict))
    return dict(found)


def _list(text: str) -> list[Any]:
    found = read_json(text)
    _require(isinstance(found, list))
    return list(found)


def read_texts(text: str) -> tuple[str, ...]:
    """A stored array of texts."""
    if text == "[]":
        return ()
    found = tuple(_list(text))
    _require(all(isinstance(one, str) for one in found))
    return found


# Most items of a source say nothing of these, or the same: the text need not be read anew for each.
@lru_cache(maxsize=4096)
def read_engagement(text: str) -> Engagement:
    """Stored counts."""
    with reading_values():
        found = Engagement(**read_object(text))
    _require(all(value is None or type(value) is int for value in astuple(found)))
    return found


@lru_cache(maxsize=256)
def read_author(text: str) -> Author:
    """A stored author."""
    with reading_values():
        found = Author(**read_object(text))
    _require(all(one is None or isinstance(one, str) for one in (found.name, found.handle, found.url)))
    _require(found.followers is None or type(found.followers) is int)
    return found


def read_matches(text: str) -> tuple[Match, ...]:
    """Stored matches."""
    with reading_values():
        found = tuple(Match(**one) for one in _list(text))
    _require(all(type(one.start) is int and type(one.end) is int and isinstance(one.text, str) for one in found))
    return found


def read_hits(text: str) -> tuple[RuleHit, ...]:
    """What the user's rules found."""
    if text == "[]":
        return ()
    with reading_values():
        found = tuple(RuleHit(**one) for one in _list(text))
    _require(all(isinstance(value, str) for one in found for value in astuple(one)))
    return found


@lru_cache(maxsize=256)
def read_sentiment(text: str | None) -> Sentiment | None:
    """A stored sentiment, ``None`` where none was judged."""
    if text is None:
        return None
    with reading_values():
        value = read_object(text)
        found = Sentiment(value["label"], value["score"], tuple(value["reasons"]))
    _require(found.label in SENTIMENT_LABELS and isinstance(found.score, int | float))
    _require(all(isinstance(one, str) for one in found.reasons))
    return found


@lru_cache(maxsize=256)
def read_urgency(text: str | None) -> Urgency | None:
    """A stored urgency."""
    if text is None:
        return None
    with reading_values():
        value = read_object(text)
        found = Urgency(value["level"], tuple(value["reasons"]))
    _require(found.level in URGENCY_LEVELS and all(isinstance(one, str) for one in found.reasons))
    return found


def read_level(text: str | None) -> UrgencyLevel | None:
    """A stored level of urgency, ``None`` where nobody set one."""
    _require(text is None or text in URGENCY_LEVELS)
    return cast("UrgencyLevel | None", text)


def _day(text: str) -> None:
    with reading_values():
        date.fromisoformat(text)


def _item_kind(text: str) -> None:
    _require(text in get_args(ItemKind))


def _require(is_right: bool) -> None:
    if not is_right:
        raise damaged()


# -- the check of every value ------------------------------------------------------------------------------------------

#: What the text of a column must be, by its name, or by table and name where others have the name too.
_CHECKS: Mapping[str, Callable[[str], object]] = {
    **dict.fromkeys(("links", "tags", "handles", "same_as", "flags", "labels", "trouble", "brands"), read_texts),
    **dict.fromkeys(("at", "since", "until", "wait_until", "failing_since", "missing_since"), read_stamp),
    **dict.fromkeys(("data", "seen", "source_log.state"), read_object),
    "schedule": read_object,
    "author": read_author,
    "engagement": read_engagement,
    "matches": read_matches,
    "hits": read_hits,
    "sentiment": read_sentiment,
    "urgency": read_urgency,
    "priority": read_level,
    "day": _day,
    "items.kind": _item_kind,
}


def value_problems(database: Database) -> Iterator[str]:
    """Every column with values that cannot be read: how many, and the first row of them."""
    for (table,) in list(database.rows(TABLES)):
        if table.startswith("_"):
            continue
        columns = [row["name"] for row in database.rows("SELECT name FROM pragma_table_info(?)", (table,))]
        checks = {column: check for column in columns if (check := _check_of(table, column)) is not None}
        if checks:
            yield from _problems_of(database, table, checks)


def _check_of(table: str, column: str) -> Callable[[str], object] | None:
    known = _CHECKS.get(f"{table}.{column}") or _CHECKS.get(column)
    return read_stamp if known is None and column.endswith("_at") else known


def _problems_of(database: Database, table: str, checks: Mapping[str, Callable[[str], object]]) -> Iterator[str]:
    wrong: dict[str, list[int]] = {}
    # What was found right is right again: most rows hold the same few values.
    right: set[tuple[str, str]] = set()
    for number, row in enumerate(database.rows(f"SELECT {', '.join(checks)} FROM {table}"), 1):
        for (column, check), value in zip(checks.items(), row, strict=True):
            if value is None or (column, value) in right:
                continue
            try:
                check(value)
            except StoreError:
                wrong.setdefault(column, []).append(number)
            else:
                if len(value) < 100 and len(right) < 10_000:
                    right.add((column, value))
    for column, rows in wrong.items():
        yield f"{table}.{column}: {len(rows):,} of its values cannot be read, the first in row {rows[0]:,}"
