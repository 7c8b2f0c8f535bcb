"""List, export and verify archived evidence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mentionwatch.app.ids import find_mention
from mentionwatch.errors import UserError
from mentionwatch.evidence.bundle import pack_bundle, unpack_bundle
from mentionwatch.evidence.chain import chain_heads, chain_problems
from mentionwatch.evidence.entries import EvidenceEntry, StoredEntry, entry_id, parse_entry
from mentionwatch.files import read_bytes
from mentionwatch.store import Store


@dataclass(frozen=True, slots=True)
class EvidenceCheck:
    """Of how many entries, how many of them forgotten on purpose, and of how many the parts were verified.

    ``last`` are the hashes of the last, ``problems`` what is wrong.
    """

    entries: int
    forgotten: int
    verified: int
    last: tuple[str, ...]
    problems: tuple[str, ...]


def list_evidence(store: Store, mentions: Sequence[str] = ()) -> tuple[tuple[StoredEntry, EvidenceEntry], ...]:
    """The entries, the oldest first; only those about the given mentions, if any."""
    with store.reading():
        ids = [find_mention(store, given) for given in mentions] or None
        stored = store.evidence.entries(ids)
    try:
        return tuple((one, parse_entry(one.text)) for one in stored)
    except ValueError:
        raise UserError("an entry is damaged; `mentionwatch evidence verify` says which") from None


def export_evidence(store: Store, what: str) -> tuple[bytes, int]:
    """A ZIP file of the entries about a mention, or of one entry (``e_…``), and how many they are.

    Raises :class:`~mentionwatch.errors.UserError` where the chain is not intact.
    """
    with store.reading():
        entries = store.evidence.entries()
        wanted = _find_entries(store, entries, what)
        if not wanted:
            raise UserError(f"{what}: no evidence of it; `mentionwatch evidence list` shows what there is")
        if what.startswith("e_") and len(wanted) > 1:
            found = ", ".join(entry_id(one.hash) for one in wanted[:5])
            raise UserError(f"{what}: more than one entry id begins with this: {found}")
        if problems := chain_problems(entries, store.evidence.actual_hashes()):
            raise UserError(*problems)
        contents: dict[str, Mapping[str, bytes]] = {}
        for one in wanted:
            parts = {part.name: store.evidence.part(part.sha256) for part in parse_entry(one.text).parts}
            contents[one.hash] = {name: content for name, content in parts.items() if content is not None}
    return pack_bundle(entries, contents), len(wanted)


def _find_entries(store: Store, entries: Sequence[StoredEntry], what: str) -> tuple[StoredEntry, ...]:
    """The entries that a user means: those about a mention, or the one whose id begins with this."""
    if what.startswith("e_"):
        digits = what.removeprefix("e_").lower()
        return tuple(one for one in entries if digits and one.hash.startswith(digits))
    about = store.evidence.about(what) if what.startswith("m_") and len(what) > 2 else frozenset()
    return tuple(one for one in entries if one.hash in about)


def verify_evidence(store: Store, known: Sequence[str] = ()) -> EvidenceCheck:
    """Check everything in the database; ``known`` are hashes or ids noted elsewhere, which must still be there."""
    with store.reading():
        entries = store.evidence.entries()
        return _check(entries, chain_problems(entries, store.evidence.actual_hashes(), known), None)


def verify_bundle(path: Path, known: Sequence[str] = ()) -> EvidenceCheck:
    """Check a ZIP file of :func:`export_evidence`, without any database."""
    try:
        bundle = unpack_bundle(read_bytes(path))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UserError(f"{path}: {error}") from error
    problems = chain_problems(bundle.entries, bundle.contents, known, bundle.with_parts)
    return _check(bundle.entries, (*bundle.problems, *problems), bundle.with_parts)


def _check(
    entries: Sequence[StoredEntry], problems: tuple[str, ...], with_parts: Collection[str] | None
) -> EvidenceCheck:
    forgotten = sum(one.forgotten_at is not None for one in entries)
    verified = len(entries) - forgotten if with_parts is None else len(with_parts)
    return EvidenceCheck(len(entries), forgotten, verified, chain_heads(entries), problems)
