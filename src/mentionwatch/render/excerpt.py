"""The words of a mention that are shown: its headline and the passage around what matched, which is marked."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mentionwatch.model import MatchField, Mention
from mentionwatch.render.sanitize import line


class TextRun(NamedTuple):
    """A run of text, and whether a term of the brand stands there."""

    text: str
    matched: bool


def has_title(mention: Mention) -> bool:
    """Whether its title holds anything to read."""
    return bool(mention.item.title) and bool(line((mention.item.title or "")[:1000]).strip())


def headline(mention: Mention, limit: int = 200) -> list[TextRun]:
    """Its title, or where it has none the words around the first match, the matched ones marked."""
    if has_title(mention):
        return text_runs(mention.item.title or "", spans(mention, "title"), limit)
    return text_runs(mention.item.text, spans(mention, "text"), limit) or [TextRun("(no words)", False)]


def excerpt(mention: Mention, limit: int = 240) -> list[TextRun]:
    """The words of its text around the first match; empty where the headline has said them already."""
    if not has_title(mention):
        return []
    said = text_runs(mention.item.text, spans(mention, "text"), limit)
    words, title = _letters(joined(said)), _letters((mention.item.title or "")[: 10 * limit])
    return (
        []
        if words in title or (len(title) >= 20 and words.startswith(title) and len(words) < 1.2 * len(title))
        else said
    )


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def spans(mention: Mention, field: MatchField) -> list[tuple[int, int]]:
    """Where terms stand in a field: in order, none overlapping, none empty, none outside."""
    text = mention.item.title or "" if field == "title" else mention.item.text
    merged: list[tuple[int, int]] = []
    for start, end in sorted((m.start, m.end) for m in mention.matches if m.field == field):
        if not 0 <= start < end <= len(text):
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def joined(said: Iterable[TextRun]) -> str:
    return "".join(piece.text for piece in said)


def text_runs(text: str, marks: Sequence[tuple[int, int]], limit: int) -> list[TextRun]:
    """At most ``limit`` characters of the text about its first mark, on one line, ``…`` where something is left out."""
    start, end = _window(text, marks[0] if marks else (0, 0), limit)
    cuts: list[TextRun] = []
    at = start
    for left, right in marks:
        left, right = max(left, at), min(right, end)
        if left >= end:
            break
        if left < right:
            cuts += [TextRun(text[at:left], False), TextRun(text[left:right], True)]
            at = right
    cuts.append(TextRun(text[at:end], False))
    said: list[TextRun] = []
    for piece in cuts:
        words = " ".join(line(piece.text).split(" ")) if piece.text else ""
        words = _single_blanks(words, after_blank=not said or said[-1].text.endswith(" "))
        if words:
            said.append(TextRun(words, piece.matched))
    if said:
        said[-1] = TextRun(said[-1].text.rstrip(), said[-1].matched)
    said = [piece for piece in said if piece.text]
    if said and start > 0:
        said.insert(0, TextRun("…", False))
    if said and end < len(text) and text[end : end + 200].strip():
        said.append(TextRun("…", False))
    return said


def _single_blanks(text: str, *, after_blank: bool) -> str:
    words = " ".join(text.split())
    if not words:
        return "" if after_blank else " "
    lead = " " if text[0] == " " and not after_blank else ""
    return f"{lead}{words}{' ' if text[-1] == ' ' else ''}"


def _window(text: str, mark: tuple[int, int], limit: int) -> tuple[int, int]:
    """Where to cut: whole words where there are words, never inside one sign and what joins it."""
    if len(text) <= limit:
        return 0, len(text)
    start = max(0, min(mark[0] - limit // 3, len(text) - limit))
    end = min(len(text), start + limit)
    if start:
        blank = next((i for i in range(start, min(start + 25, mark[0])) if text[i].isspace()), None)
        start = blank + 1 if blank is not None else _sign(text, start)
    if end < len(text):
        blank = next((i for i in range(end, max(end - 25, mark[1]), -1) if text[i].isspace()), None)
        end = blank if blank is not None else max(_sign(text, end), start + 1)
    return start, end


def _sign(text: str, at: int) -> int:
    """The place at or a little before ``at`` where a new sign begins."""
    for i in range(at, max(at - 12, 0), -1):
        joined = text[i - 1] == "\u200d" or text[i] in "\u200d\ufe0e\ufe0f" or "\U0001f3fb" <= text[i] <= "\U0001f3ff"
        if not joined and not unicodedata.combining(text[i]):
            return i
    return at
