"""Archived evidence as a list, and what checking it came to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, tzinfo

from mentionwatch.evidence.entries import EvidenceEntry, EvidencePart, StoredEntry, entry_id
from mentionwatch.render.sanitize import squeezed
from mentionwatch.times import minute, optional_stamp


def row(stored: StoredEntry) -> dict[str, object]:
    """One entry as JSON: its own text, with its id, its hash, and when it was forgotten."""
    return {
        "id": entry_id(stored.hash),
        "hash": stored.hash,
        "forgotten_at": optional_stamp(stored.forgotten_at),
        **json.loads(stored.text),
    }


def line(stored: StoredEntry, entry: EvidenceEntry, zone: tzinfo = UTC) -> str:
    """One entry as a line: id, time, mention, who archived it, and its parts."""
    if stored.forgotten_at is None:
        parts = ", ".join(f"{part.name} ({_size(part)})" for part in entry.parts)
    else:
        parts = f"forgotten {minute(stored.forgotten_at, zone)}"
    return f"{entry_id(stored.hash)}  {minute(entry.at, zone)}  {entry.mention}  by {squeezed(entry.by, 60)}: {parts}"


def _size(part: EvidencePart) -> str:
    return f"{part.size} B" if part.size < 1_000 else f"{part.size / 1_000:,.0f} kB"


def check_text(name: str, entries: int, forgotten: int, last: Sequence[str], in_file: int | None = None) -> str:
    """The line about evidence in which nothing is wrong; ``last`` are the hashes of the last entries.

    ``in_file`` is of how many a file holds the parts: of the others it proves only that they were made.
    """
    if not entries:
        return f"{name}: no evidence yet"
    gone = f", {forgotten} of them forgotten on purpose" if forgotten else ""
    if gone and in_file is not None:
        gone += " as the file says, which nothing proves"
    parts = "" if in_file is None else f"; it holds the parts of {in_file or 'none'} of them"
    ids = ", ".join(map(entry_id, last))
    said = f"{entries} {'entry' if entries == 1 else 'entries'}{gone}, all unchanged{parts}"
    return f"{name}: {said}; the last is {ids}"
