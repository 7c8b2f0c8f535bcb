"""Evidence: what was said, kept so that a later change of it can be shown.

An entry names its parts (the words as we have them, the page as it answered, a picture of it) by SHA-256, and every
entry that stood last when it was made. So whoever knows the hash of one entry knows that nothing which led to it
was changed, taken out or put in since. Entries form a graph and not a line: two databases can be merged.
What is not proved: that our clock was right, and that nobody rewrote *everything*; for that, a hash has to be kept
elsewhere (docs/evidence.md).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mentionwatch.times import minute, stamp

SCHEMA = "mentionwatch.evidence/1"
#: An id is this and the beginning of the hash; sixty bits are enough to tell a user's entries apart.
_ID_DIGITS = 15
# What ours are made of: an entry may come in a file of a stranger's, and its names are shown on a terminal.
_HASH, _MENTION = re.compile(r"[0-9a-f]{64}"), re.compile(r"m_[0-9a-z]{1,40}")
_PART, _MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9._-]{0,40}"), re.compile(r"[\x20-\x7e]{1,1000}")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was kept: its name in the bundle, what it is, and what it hashes to (hexadecimal SHA-256)."""

    name: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One time that a mention was kept. ``previous`` are the hashes of the entries that stood last then, sorted.

    It holds no word of anybody's: ``forget`` can take the parts away and leave the chain whole.
    """

    at: datetime
    by: str
    mention: str
    parts: tuple[Part, ...]
    previous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as it was found: its hash, the text that was hashed, and whether its parts were forgotten on purpose."""

    hash: str
    text: str
    forgotten_at: datetime | None = None


def part(name: str, media_type: str, content: bytes) -> Part:
    """The part that this content is."""
    return Part(name, media_type, hashlib.sha256(content).hexdigest(), len(content))


def text_of(entry: Entry) -> str:
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


def hash_of(text: str) -> str:
    """The hash by which an entry is known: SHA-256 of its text, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def id_of(entry_hash: str) -> str:
    """What a user calls an entry: ``e_`` and the beginning of its hash."""
    return f"e_{entry_hash[:_ID_DIGITS]}"


def read(text: str) -> Entry:
    """The entry that a text says; ``ValueError`` for what is none, or bears names that no entry of ours does."""
    try:
        said: dict[str, Any] = json.loads(text)
        if said["schema"] != SCHEMA:
            raise ValueError(f"an entry of another kind: {said['schema']!r}")
        parts = tuple(
            Part(
                _named(_PART, one["name"]),
                _named(_MEDIA_TYPE, one["media_type"]),
                _named(_HASH, one["sha256"]),
                int(one["size"]),
            )
            for one in said["parts"]
        )
        previous = tuple(_named(_HASH, one) for one in said["previous"])
        at = datetime.fromisoformat(said["at"])
        return Entry(at, str(said["by"]), _named(_MENTION, said["mention"]), parts, previous)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no entry: {error}") from error


def _named(form: re.Pattern[str], value: object) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError("an entry with names that no entry of ours has")
    return value


def is_hash(text: str) -> bool:
    """Whether a text has the form of an entry's hash."""
    return _HASH.fullmatch(text) is not None


def is_sound(entry_hash: str, text: str) -> bool:
    """Whether a text is an entry, and the one that its hash names."""
    try:
        read(text)
    except ValueError:
        return False
    return hash_of(text) == entry_hash


def hashes_in(text: str) -> frozenset[str]:
    """Every hash that an entry's text names, parts and entries alike, be it damaged or not."""
    return frozenset(_HASH.findall(text))


def heads(entries: Iterable[Kept]) -> tuple[str, ...]:
    """The hashes of the entries that no other follows, sorted: what the next one follows."""
    followed: set[str] = set()
    every: set[str] = set()
    for kept in entries:
        every.add(kept.hash)
        try:
            followed.update(read(kept.text).previous)
        except ValueError:
            continue
    return tuple(sorted(every - followed))


def faults(
    entries: Sequence[Kept],
    contents: Mapping[str, str | None],
    known: Sequence[str] = (),
    with_parts: Collection[str] | None = None,
) -> tuple[str, ...]:
    """What is not as it was when it was kept; empty when all of it is.

    ``contents`` gives for the SHA-256 that an entry names what its content hashes to now, ``None`` where nothing is
    kept of it. ``known`` are hashes, or ids, that somebody kept elsewhere: each must still be among the entries.
    ``with_parts`` are the hashes of the entries whose parts are at hand; all of them where it is left out.
    """
    found: list[str] = []
    every = {kept.hash for kept in entries}
    for kept in entries:
        name = id_of(kept.hash)
        if hash_of(kept.text) != kept.hash:
            found.append(f"{name}: the entry is not what was written: its hash is {hash_of(kept.text)[:12]}…")
            continue
        try:
            entry = read(kept.text)
        except ValueError as error:
            found.append(f"{name}: {error}")
            continue
        found += [
            f"{name}: follows {id_of(other)}, which is not there any more"
            for other in entry.previous
            if other not in every
        ]
        if kept.forgotten_at is None and (with_parts is None or kept.hash in with_parts):
            changed = [one for one in entry.parts if contents.get(one.sha256) != one.sha256]
            found += [_lost(name, entry, one, contents.get(one.sha256)) for one in changed]
    for one in known:
        if not any(_names(one, hash_) for hash_ in every):
            found.append(f"{one}: there is no such entry (any more): what followed it cannot be relied on")
    return tuple(found)


def _lost(name: str, entry: Entry, one: Part, now: str | None) -> str:
    what = "is missing" if now is None else "is not what was kept: one byte or more has changed"
    return f"{name}: {one.name} of {entry.mention}, kept {minute(entry.at)} UTC, {what}"


def _names(given: str, entry_hash: str) -> bool:
    """Whether a user means this entry: a whole hash or an id, or eight digits or more of either."""
    digits = given.strip().lower().removeprefix("e_")
    return len(digits) >= 8 and entry_hash.startswith(digits)
