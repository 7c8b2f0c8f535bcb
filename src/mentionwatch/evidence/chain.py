"""The chain of evidence entries: each follows those that stood last before it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from mentionwatch.evidence.entries import EvidenceEntry, EvidencePart, StoredEntry, entry_hash, entry_id, parse_entry
from mentionwatch.times import minute


def chain_heads(entries: Iterable[StoredEntry]) -> tuple[str, ...]:
    """The hashes of the entries that no other follows, sorted: the ``previous`` of the next one."""
    followed: set[str] = set()
    every: set[str] = set()
    for kept in entries:
        every.add(kept.hash)
        try:
            followed.update(parse_entry(kept.text).previous)
        except ValueError:
            continue
    return tuple(sorted(every - followed))


def chain_problems(
    entries: Sequence[StoredEntry],
    contents: Mapping[str, str | None],
    known: Sequence[str] = (),
    with_parts: Collection[str] | None = None,
) -> tuple[str, ...]:
    """What has changed or gone missing since it was archived; empty when nothing has.

    ``contents`` gives, for the SHA-256 that an entry names, what the content hashes to now; ``None`` where it is
    missing. ``known`` are hashes or ids that were noted elsewhere: each must still be among the entries.
    ``with_parts`` are the hashes of the entries whose parts are at hand, by default all.
    """
    found: list[str] = []
    every = {kept.hash for kept in entries}
    for kept in entries:
        name = entry_id(kept.hash)
        if entry_hash(kept.text) != kept.hash:
            found.append(f"{name}: the entry was changed: its hash is {entry_hash(kept.text)[:12]}…")
            continue
        try:
            entry = parse_entry(kept.text)
        except ValueError as error:
            found.append(f"{name}: {error}")
            continue
        found += [
            f"{name}: follows {entry_id(other)}, which is missing" for other in entry.previous if other not in every
        ]
        # When an entry was forgotten is no part of what is hashed: parts that are at hand are verified all the same.
        if kept.forgotten_at is None if with_parts is None else kept.hash in with_parts:
            changed = [one for one in entry.parts if contents.get(one.sha256) != one.sha256]
            found += [_lost(name, entry, one, contents.get(one.sha256)) for one in changed]
    for one in known:
        if not any(_names(one, other) for other in every):
            found.append(f"{one}: no such entry, or no longer: what followed it cannot be relied on")
    return tuple(found)


def _lost(name: str, entry: EvidenceEntry, one: EvidencePart, now: str | None) -> str:
    what = "is missing" if now is None else "was changed"
    return f"{name}: {one.name} of {entry.mention}, archived {minute(entry.at)} UTC, {what}"


def _names(given: str, hash_: str) -> bool:
    """Whether a user means this entry: by its whole hash or id, or by eight digits or more of either."""
    digits = given.strip().lower().removeprefix("e_")
    return len(digits) >= 8 and hash_.startswith(digits)
