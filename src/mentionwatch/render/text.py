"""Plain text: the digest for a pipe, a file, and the text part of the mail. No colours, no rich."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable
from datetime import UTC, tzinfo

from mentionwatch.digest import Digest
from mentionwatch.render.excerpt import joined
from mentionwatch.render.view_model import BrandView, StoryView, digest_view

#: Columns, so that mail programs that quote or do not wrap show it well.
WIDTH = 76
#: Stands for the second column of a wide character while lines are made; text for people never holds it.
_HALF = "\x00"
_SIGNS = {"urgent": "! ", "high": "! "}


def render(digest: Digest, *, zone: tzinfo = UTC, width: int = WIDTH) -> str:
    """The digest as plain text of ``width`` columns, ended by LF; an address stands on a line of its own, unbroken."""
    told = digest_view(digest, zone)
    rows = [*_wrapped(told.title), *_wrapped(f"{told.summary}, {told.period}", width=width)]
    rows += [*_wrapped(told.unseen, width=width), ""]
    if told.waiting_head:
        rows += _wrapped(told.waiting_head, width=width)
        for waiting in told.waiting:
            rows.append(_cut(f"  {waiting.id}  {waiting.clock} · {waiting.words}", width))
        rows += [*_wrapped(told.waiting_rest, "  ", "  ", width), ""]
    for brand in told.brands:
        facts = f"  ({', '.join(brand.facts)})" if brand.facts else ""
        rows += _wrapped(f"{brand.name}: {brand.count}{facts}", "", "    ", width)
    for brand in told.brands:
        if brand.any:
            rows += _brand(brand, width)
    rows.append("")
    if told.troubles:
        rows.append("Not everything was seen")
        for trouble in told.troubles:
            rows += _wrapped(f"{trouble.name} {trouble.text}", "  ", "    ", width)
    else:
        rows.append("Every source was asked and answered.")
    rows += _wrapped(told.older, width=width)
    return "".join(f"{row.rstrip()}\n" for row in rows)


def _brand(brand: BrandView, width: int) -> list[str]:
    rows = ["", brand.name, "=" * min(width, _cells(brand.name))]
    for story in brand.full:
        rows += ["", *_story(story, width)]
    if brand.short:
        rows.append("")
    for story in brand.short:
        rows += _short(story, width)
    rows += _wrapped(brand.rest, "  ", "  ", width)
    if brand.own:
        rows += ["", "  Our own, not counted"]
        for own in brand.own:
            rows += _short(own, width)
        rows += _wrapped(brand.own_note, "  ", "  ", width)
    return rows


def _story(story: StoryView, width: int) -> list[str]:
    sign = _SIGNS.get(story.level, "- " if story.negative else "  ")
    rows = _wrapped(joined(story.headline), sign, "  ", width)
    rows += _wrapped(joined(story.excerpt), "  ", "  ", width)
    rows += _packed(story.verdicts, "  ", width)
    rows += _packed((*story.facts, story.id), "  ", width)
    rows += _link(story.link, "  ")
    rows += _wrapped(story.others, "  ", "  ", width)
    return rows + _wrapped(story.history, "  ", "  ", width)


def _short(story: StoryView, width: int) -> list[str]:
    said = " · ".join((joined(story.headline), *story.brief))
    return [*_wrapped(said, "  ", "    ", width), *_link(story.link, "    ")]


def _packed(said: Iterable[str], indent: str, width: int) -> list[str]:
    """Short facts set apart by dots, none broken where a line can hold it."""
    rows: list[str] = []
    for fact in said:
        if rows and _cells(rows[-1]) + 3 + _cells(fact) <= width:
            rows[-1] += f" · {fact}"
        else:
            rows += _wrapped(fact, indent, indent, width)
    return rows


def _link(address: str | None, indent: str) -> list[str]:
    return [] if address is None else [f"{indent}{address}"]


def _wrapped(text: str, first: str = "", other: str = "", width: int = WIDTH) -> list[str]:
    """Lines of at most ``width`` columns; none for no text."""
    room = max(20, width)
    # textwrap counts characters: each that is two columns wide is two characters to it.
    wide = text if text.isascii() else "".join(f"{c}{_HALF}" if _cells(c) == 2 else c for c in text)
    rows = textwrap.wrap(wide, room, initial_indent=first, subsequent_indent=other, break_on_hyphens=False)
    return [row.replace(_HALF, "") for row in rows]


def _cut(text: str, width: int) -> str:
    """One line of at most ``width`` columns, with ``…`` where more was said."""
    if _cells(text) <= width:
        return text
    room = width - 1
    kept = next(n for n in range(min(len(text), room), -1, -1) if _cells(text[:n]) <= room)
    return f"{text[:kept].rstrip()}…"


def _cells(text: str) -> int:
    """How many columns a text takes where it is shown in one width: those of East Asian scripts take two each."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in ("W", "F") else 1 for c in text)
