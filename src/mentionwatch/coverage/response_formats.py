"""What a question's answers look like, and when that has changed for good (pure). The rules: ``docs/coverage.md``.

A shape is the format of an answer and what any of its entries has. One that is missing once is nothing: entries differ.
One that every answer had, and that none has had for a day, is a page that was rebuilt or a key that was renamed, and
what we read of it may be wrong or poorer since.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentionwatch.model import Item
from mentionwatch.records import ResponseFormat

#: Answers that make a habit, polls and days that end it, entries that carry the absence of a field.
_HABIT, _POLLS, _ENTRIES = 10, 3, 5
_LASTS = timedelta(days=1)
#: New names: most entries are older than the answer before by so much.
_OLD, _MOST = timedelta(days=1), 0.8
_FIRST_TAG = re.compile(rb"<(?!\?|!--|!DOCTYPE\s+(?!html))\s*(?:[\w.-]+:)?(!doctype\s+html|[\w-]+)", re.IGNORECASE)
_FORMATS = {
    "rss": "RSS",
    "feed": "Atom",
    "rdf": "RSS 1.0",
    "html": "HTML",
    "json": "JSON",
    "xml": "XML",
    "text": "text",
}


@dataclass(frozen=True, slots=True)
class FormatChange:
    """What every one of ``before`` answers had and none has had since: ``format rss``, ``field date``.

    ``now`` is the format since, or ``""`` for a field.
    """

    what: str
    since: datetime
    before: int
    now: str = ""


def response_format(body: bytes, items: Iterable[Item]) -> str:
    """The format of an answer, then the names of what any entry has, in order of the alphabet."""
    has: set[str] = set()
    for item in items:
        has |= {
            name
            for name, value in (
                ("author", item.author.name or item.author.handle),
                ("date", item.published_at),
                ("id", item.external_id),
                ("text", item.text),
                ("title", item.title),
                ("url", item.url),
            )
            if value
        }
    return " ".join([_format(body), *sorted(has)])


def _format(body: bytes) -> str:
    start = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"["):
        return "json"
    tag = _FIRST_TAG.search(start)
    if tag is None:
        return "text"
    name = tag[1].decode("ascii").lower()
    return {"rss": "rss", "feed": "feed", "rdf": "rdf"}.get(name, "html" if "html" in name else "xml")


def format_changes(shapes: Sequence[ResponseFormat]) -> tuple[FormatChange, ...]:
    """What has changed for good; ``shapes`` are those of one question, the last answer's among them."""
    found: list[FormatChange] = []
    for what in sorted({trait for shape in shapes for trait in _traits(shape.shape)}):
        having = [shape for shape in shapes if what in _traits(shape.shape)]
        lacking = [shape for shape in shapes if what not in _traits(shape.shape)]
        if not lacking:
            continue
        is_format = what.startswith("format ")
        before = sum(shape.polls if is_format else shape.answers for shape in having)
        since = min(shape.first_at for shape in lacking)
        if before < _HABIT or since <= max(shape.last_at for shape in having):
            continue
        last = max(lacking, key=lambda shape: shape.last_at)
        if sum(shape.polls for shape in lacking) < _POLLS or last.last_at - since < _LASTS:
            continue
        if not is_format and sum(shape.items for shape in lacking) < _ENTRIES:
            continue
        found.append(FormatChange(what, since, before, last.shape.split(" ")[0] if is_format else ""))
    return tuple(found)


def returned(changed: Iterable[str], shape: str) -> tuple[str, ...]:
    """Which of what was missing an answer of this shape has again."""
    here = _traits(shape)
    return tuple(what for what in changed if what in here)


def _traits(shape: str) -> frozenset[str]:
    kind, *has = shape.split(" ")
    return frozenset((f"format {kind}", *(f"field {name}" for name in has)))


def is_under_new_names(items: Sequence[Item], new: int, shapes: Sequence[ResponseFormat]) -> bool:
    """Whether an answer tells old things under ids or addresses that are all unknown.

    So where answers always held something known, this one holds nothing of it, and most of its entries are older than
    the answer before by a day.
    """
    answers, repeats = (sum(getattr(shape, name) for shape in shapes) for name in ("answers", "repeats"))
    if len(items) < _ENTRIES or new < len(items) or repeats < _HABIT or repeats < 0.9 * answers:
        return False
    last = max(shape.last_at for shape in shapes)
    old = sum(item.published_at is not None and item.published_at < last - _OLD for item in items)
    return old >= _MOST * len(items)


def format_name(kind: str) -> str:
    """``Atom`` for ``feed``."""
    return _FORMATS.get(kind, kind)
