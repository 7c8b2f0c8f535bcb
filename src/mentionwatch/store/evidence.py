"""What was kept as evidence: the entries, and the parts they name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from mentionwatch.evidence import Kept, hashes_in, is_sound
from mentionwatch.model import Author
from mentionwatch.store.connection import Connection
from mentionwatch.store.rows import author_json, maybe_unstamp, stamp

#: Whether the author of a row is the one meant by :author, a folded handle, name or profile address.
_BY_AUTHOR = (
    ":author IN (lower(ltrim(json_extract(author, '$.handle'), '@')), lower(json_extract(author, '$.name')),"
    " lower(json_extract(author, '$.url')))"
)


class Evidence(Connection):
    """Entries are appended, parts are removed only when their author is forgotten."""

    def evidence(self, mentions: Collection[str] | None = None) -> tuple[Kept, ...]:
        """The entries about these mentions (all of them), in the order they were kept."""
        among, values = "", ()  # type: tuple[str, tuple[str, ...]]
        if mentions is not None:
            among, values = "WHERE mention IN (SELECT value FROM json_each(?))", (json.dumps(list(mentions)),)
        rows = self._rows(f"SELECT hash, entry, forgotten_at FROM evidence {among} ORDER BY rowid", values)
        return tuple(Kept(row["hash"], row["entry"], maybe_unstamp(row["forgotten_at"])) for row in rows)

    def keep_evidence(self, kept: Kept, mention: str, author: Author, contents: Sequence[bytes]) -> None:
        """Append an entry with the contents of its parts. In a transaction."""
        self._run(
            "INSERT INTO evidence (hash, entry, mention, author) VALUES (?, ?, ?, ?)",
            (kept.hash, kept.text, mention, author_json(author)),
        )
        self._run_many(
            "INSERT INTO evidence_parts (sha256, content) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(hashlib.sha256(content).hexdigest(), content) for content in contents],
        )

    def evidence_part(self, sha256: str) -> bytes | None:
        """The content that was kept under a hash, unchecked; ``None`` where there is none (any more)."""
        row = self._row("SELECT content FROM evidence_parts WHERE sha256 = ?", (sha256,))
        return None if row is None else bytes(row["content"])

    def evidence_hashes(self) -> dict[str, str | None]:
        """For each hash that something was kept under, what it hashes to now; one content in memory at a time."""
        hashes: dict[str, str | None] = {}
        for row in self._rows("SELECT sha256 FROM evidence_parts"):
            content = self.evidence_part(row["sha256"])
            hashes[row["sha256"]] = None if content is None else hashlib.sha256(content).hexdigest()
        return hashes

    def evidence_about(self, beginning: str) -> frozenset[str]:
        """The hashes of the entries about mentions whose ids begin so, the ones that are no more included."""
        rows = self._rows("SELECT hash FROM evidence WHERE substr(mention, 1, ?) = ?", (len(beginning), beginning))
        return frozenset(row["hash"] for row in rows)

    def take_evidence(self, theirs: Evidence, renamed: Mapping[str, str]) -> None:
        """Take in another database's evidence; what either has forgotten is forgotten. In a transaction.

        ``renamed`` gives the ids of mentions that are known by another here. An entry's own text never changes.
        """
        for row in theirs._rows("SELECT * FROM evidence ORDER BY rowid"):
            if not is_sound(row["hash"], row["entry"]):
                continue  # damaged, or written by no program of ours; `evidence verify` there says which
            self._run(
                "INSERT INTO evidence (hash, entry, mention, author, forgotten_at) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (hash) DO UPDATE SET"
                " forgotten_at = min(coalesce(forgotten_at, excluded.forgotten_at),"
                " coalesce(excluded.forgotten_at, forgotten_at)),"
                " author = CASE WHEN excluded.forgotten_at IS NULL THEN author END",
                (
                    row["hash"],
                    row["entry"],
                    renamed.get(row["mention"], row["mention"]),
                    row["author"],
                    row["forgotten_at"],
                ),
            )
        for row in theirs._rows("SELECT sha256 FROM evidence_parts"):
            content = theirs.evidence_part(row["sha256"])
            # What was damaged there does not take the place of what is whole somewhere else.
            if content is not None and hashlib.sha256(content).hexdigest() == row["sha256"]:
                self._run(
                    "INSERT INTO evidence_parts (sha256, content) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    (row["sha256"], content),
                )
        self._drop_forgotten_parts()

    def _drop_forgotten_parts(self) -> None:
        """Remove the parts that only forgotten entries name; read as text: a damaged one keeps no words alive."""
        forgotten, kept = self._named("NOT NULL"), self._named("IS NULL")
        self._run_many("DELETE FROM evidence_parts WHERE sha256 = ?", [(sha256,) for sha256 in forgotten - kept])

    def _named(self, forgotten_at: str) -> frozenset[str]:
        rows = self._rows(f"SELECT entry FROM evidence WHERE forgotten_at {forgotten_at}")
        return frozenset().union(*(hashes_in(row["entry"]) for row in rows))

    def _forget_evidence(self, wanted: str, mentions: Collection[str], now: datetime) -> int:
        """Remove what was kept of an author's words; the entries stay and say when. Gives how many."""
        rows = self._rows(
            f"SELECT hash, entry FROM evidence WHERE forgotten_at IS NULL AND ({_BY_AUTHOR}"
            " OR mention IN (SELECT value FROM json_each(:mentions)))",
            {"author": wanted, "mentions": json.dumps(list(mentions))},
        )
        hashes = [row["hash"] for row in rows]
        self._run(
            "UPDATE evidence SET author = NULL, forgotten_at = ? WHERE hash IN (SELECT value FROM json_each(?))",
            (stamp(now), json.dumps(hashes)),
        )
        self._drop_forgotten_parts()
        return len(hashes)
