"""Paths into JSON as a user writes them: ``data.results``, ``author.name``, ``links[0].href``, ``tags[].name``.

A step is a key, an index in brackets, or ``[]`` for every member of an array. A key with a full stop or a bracket in
it stands in brackets and quotation marks: ``feed["im:rating"]``. The empty path and ``$`` are the whole value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from mentionwatch.text import one_line

#: Values one path may come to: an array of links, not a document of arrays in arrays.
_MOST = 1_000
_STEPS = 20
_STEP = re.compile(r'\[(\d{1,4})\]|(\[\])|\["([^"]{1,200})"\]|\.?([^.\[\]"\s][^.\[\]"]{0,199})')


class InvalidPath(Exception):
    """No path; the message says why, in words that follow the option's name."""


@lru_cache(maxsize=512)
def parse_path(text: str) -> Path:
    """The steps of a path; raises :class:`InvalidPath`."""
    text = text.strip()
    if text in ("", "$"):
        return ()
    text = text.removeprefix("$").removeprefix(".") if text.startswith("$") else text
    steps: list[str | int | None] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        dotted = text[at] == "."
        if found is None or (dotted and at == 0):
            raise InvalidPath(f"{one_line(text, 80)!r} is not a path: write it like data.results[0].name")
        index, every, quoted, key = found.groups()
        if key is not None and at > 0 and not dotted:
            raise InvalidPath(
                f"{one_line(text, 80)!r} is not a path: a full stop is missing before {one_line(key, 40)!r}"
            )
        steps.append(int(index) if index is not None else None if every else (quoted or key).strip())
        at = found.end()
    if len(steps) > _STEPS:
        raise InvalidPath(f"{one_line(text, 80)!r} has more than {_STEPS} steps")
    return tuple(steps)


#: A key, an index, or ``None`` for every member.
Path = tuple[str | int | None, ...]


def resolve(value: object, path: Path) -> Sequence[object]:
    """What stands at the end of the path: nothing, one value, or those of every member; ``null`` is nothing."""
    found: list[object] = [value]
    for step in path:
        found = [inner for each in found for inner in _inside(each, step)][:_MOST]
    return [each for each in found if each is not None]


def explain_missing(value: object, path: Path) -> str:
    """Which step of a path leads nowhere, and what stands there instead."""
    here = "the response"
    for step in path:
        inside = _inside(value, step)
        if not inside:
            return f"{here} has no {_named(step)}: it is {_described(value)}"
        value = inside[0]
        here = f"{here}.{step}" if isinstance(step, str) and here != "the response" else _named(step)
    return f"{here} is {_described(value)}"


def _inside(value: object, step: str | int | None) -> list[object]:
    if isinstance(step, str):
        return [value[step]] if isinstance(value, dict) and step in value else []
    if not isinstance(value, list):
        return []
    return value[:_MOST] if step is None else value[step : step + 1]


def _named(step: str | int | None) -> str:
    return "members []" if step is None else f"[{step}]" if isinstance(step, int) else one_line(step, 60)


def _described(value: object) -> str:
    if isinstance(value, dict):
        names = ", ".join(one_line(str(name), 30) for name in list(value)[:8])
        return f"an object with {names}" if names else "an object without fields"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "null" if value is None else "a text" if isinstance(value, str) else "a number or truth value"
