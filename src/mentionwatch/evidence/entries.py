"""Evidence entries: what was archived, in a text whose hash names it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mentionwatch.times import stamp

SCHEMA = "mentionwatch.evidence/1"
#: An id is this and the beginning of the hash; sixty bits are enough to tell a user's entries apart.
_ID_DIGITS = 15
# What our names are made of: an entry may come from a stranger's file, and its names are shown on a terminal.
_HASH, _MENTION = re.compile(r"[0-9a-f]{64}"), re.compile(r"m_[0-9a-z]{1,40}")
_PART, _MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9._-]{0,40}"), re.compile(r"[\x20-\x7e]{1,1000}")


@dataclass(frozen=True, slots=True)
class EvidencePart:
    """One thing archived: its name in the bundle, its media type, its hexadecimal SHA-256, and its size in bytes."""

    name: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class EvidenceEntry:
    """One archiving of a mention. ``previous`` are the hashes of the entries that stood last at the time, sorted.

    It holds none of the archived text: ``forget`` can remove the parts and leave the chain whole.
    """

    at: datetime
    by: str
    mention: str
    parts: tuple[EvidencePart, ...]
    previous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it is stored: its hash, the text that was hashed, and when its parts were forgotten on purpose."""

    hash: str
    text: str
    forgotten_at: datetime | None = None


def make_part(name: str, media_type: str, content: bytes) -> EvidencePart:
    """The part for a content."""
    return EvidencePart(name, media_type, hashlib.sha256(content).hexdigest(), len(content))


def entry_text(entry: EvidenceEntry) -> str:
    """The entry as the text that is hashed: JSON with sorted keys, without spaces, ASCII only."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "at": stamp(entry.at),
            "by": entry.by,
            "mention": entry.mention,
            "parts": [
                {"name": one.name, "media_type": one.media_type, "sha256": one.sha256, "size": one.size}
                for one in entry.parts
            ],
            "previous": sorted(entry.previous),
        },
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )


def entry_hash(text: str) -> str:
    """The hash that names an entry: hexadecimal SHA-256 of its text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def entry_id(hash_: str) -> str:
    """An entry's id for users: ``e_`` and the beginning of its hash."""
    return f"e_{hash_[:_ID_DIGITS]}"


def parse_entry(text: str) -> EvidenceEntry:
    """The entry of a text. Raises ValueError for anything else, and for names that no entry of ours has."""
    try:
        data: dict[str, Any] = json.loads(text)
        if data["schema"] != SCHEMA:
            raise ValueError(f"an entry of another kind: {data['schema']!r}")
        parts = tuple(
            EvidencePart(
                _named(_PART, one["name"]),
                _named(_MEDIA_TYPE, one["media_type"]),
                _named(_HASH, one["sha256"]),
                _size(one["size"]),
            )
            for one in data["parts"]
        )
        previous = tuple(_named(_HASH, one) for one in data["previous"])
        at = datetime.fromisoformat(data["at"])
        return EvidenceEntry(at, str(data["by"]), _named(_MENTION, data["mention"]), parts, previous)
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not an entry: {error}") from error


def _size(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("an entry with a size that is none")
    return value


def _named(form: re.Pattern[str], value: object) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError("an entry with names that no entry of ours has")
    return value


def is_hash(text: str) -> bool:
    """Whether a text has the form of an entry's hash."""
    return _HASH.fullmatch(text) is not None


def is_intact(hash_: str, text: str) -> bool:
    """Whether a text is an entry, and the one that this hash names."""
    try:
        parse_entry(text)
    except ValueError:
        return False
    return entry_hash(text) == hash_


def referenced_hashes(text: str) -> frozenset[str]:
    """Every hash in an entry's text, of parts and of entries, even where the text is damaged."""
    return frozenset(_HASH.findall(text))
