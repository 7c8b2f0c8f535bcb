"""Evidence: entries, and the parts (texts, pages, pictures) they name by hash.

How an entry is written and read is the business of ``mentionwatch.evidence``, which this module asks for the hashes in
one: parts are only removed when no entry that is still valid names them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime

from mentionwatch.evidence.entries import StoredEntry, referenced_hashes
from mentionwatch.model import Author
from mentionwatch.store.database import Database
from mentionwatch.store.dialect import INSERTION_ORDER, among, array, json_text
from mentionwatch.store.rows import author_json
from mentionwatch.store.values import read_optional_stamp
from mentionwatch.times import stamp

#: Whether the author of a row is the one meant by :author, a folded handle, name or profile address.
_BY_AUTHOR = (
    f":author IN (lower(ltrim({json_text('author', 'handle')}, '@')), lower({json_text('author', 'name')}),"
    f" lower({json_text('author', 'url')}))"
)


class Evidence:
    """Entries are appended, parts are removed only when their author is forgotten."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def entries(self, mentions: Collection[str] | None = None) -> tuple[StoredEntry, ...]:
        """The entries about these mentions (by default all), in the order they were added."""
        sql, values = "SELECT hash, entry, forgotten_at FROM evidence", ()  # type: tuple[str, tuple[str, ...]]
        if mentions is not None:
            sql, values = f"{sql} WHERE mention IN {among('?')}", (array(mentions),)
        rows = self._db.rows(f"{sql} ORDER BY {INSERTION_ORDER}", values)
        return tuple(StoredEntry(row["hash"], row["entry"], read_optional_stamp(row["forgotten_at"])) for row in rows)

    def save(self, entry: StoredEntry, mention: str, author: Author, contents: Sequence[bytes]) -> None:
        """Append an entry with the contents of its parts. In a transaction."""
        self._db.run(
            "INSERT INTO evidence (hash, entry, mention, author) VALUES (?, ?, ?, ?)",
            (entry.hash, entry.text, mention, author_json(author)),
        )
        self._db.run_many(
            "INSERT INTO evidence_parts (sha256, content) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(hashlib.sha256(content).hexdigest(), content) for content in contents],
        )

    def part(self, sha256: str) -> bytes | None:
        """The content saved under a hash, unchecked; ``None`` where there is none (any more)."""
        content: bytes | None = self._db.value("SELECT content FROM evidence_parts WHERE sha256 = ?", (sha256,))
        return content

    def actual_hashes(self) -> dict[str, str | None]:
        """Hash under which each part was saved → its hash now; holds one part in memory at a time."""
        hashes: dict[str, str | None] = {}
        for sha256 in self._db.column("SELECT sha256 FROM evidence_parts"):
            content = self.part(sha256)
            hashes[sha256] = None if content is None else hashlib.sha256(content).hexdigest()
        return hashes

    def about(self, beginning: str) -> frozenset[str]:
        """The hashes of entries about mentions whose ids begin with this, deleted mentions included."""
        beginning_so = "SELECT hash FROM evidence WHERE substr(mention, 1, ?) = ?"
        return frozenset(self._db.column(beginning_so, (len(beginning), beginning)))

    def forget(self, wanted: str, mentions: Collection[str], now: datetime) -> int:
        """Remove the saved words of an author; the entries stay and say when. Returns how many."""
        hashes = self._db.column(
            f"SELECT hash FROM evidence WHERE forgotten_at IS NULL AND ({_BY_AUTHOR}"
            f" OR mention IN {among(':mentions')})",
            {"author": wanted, "mentions": array(mentions)},
        )
        self._db.run(
            f"UPDATE evidence SET author = NULL, forgotten_at = ? WHERE hash IN {among('?')}",
            (stamp(now), array(hashes)),
        )
        self.drop_forgotten_parts()
        return len(hashes)

    def drop_forgotten_parts(self) -> None:
        """Remove parts named only by forgotten entries; entries are read as text, so a damaged one keeps nothing."""
        forgotten, kept = self._named("IS NOT NULL"), self._named("IS NULL")
        self._db.run_many("DELETE FROM evidence_parts WHERE sha256 = ?", [(sha256,) for sha256 in forgotten - kept])

    def _named(self, forgotten_at: str) -> frozenset[str]:
        entries = self._db.column(f"SELECT entry FROM evidence WHERE forgotten_at {forgotten_at}")
        return frozenset().union(*map(referenced_hashes, entries))
