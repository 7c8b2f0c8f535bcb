"""What was kept as evidence in either of two databases; what either has forgotten is forgotten."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from mentionwatch.evidence.entries import is_intact
from mentionwatch.store.database import Database
from mentionwatch.store.dialect import INSERTION_ORDER, least
from mentionwatch.store.evidence import Evidence

_FORGOTTEN = least("coalesce(forgotten_at, excluded.forgotten_at)", "coalesce(excluded.forgotten_at, forgotten_at)")


def merge_evidence(ours: Database, theirs: Database, renamed: Mapping[str, str]) -> None:
    """Take in another database's evidence. In a transaction.

    ``renamed`` gives the ids of mentions that are known by another here. An entry's own text never changes.
    """
    for row in theirs.rows(f"SELECT * FROM evidence ORDER BY {INSERTION_ORDER}"):
        if not is_intact(row["hash"], row["entry"]):
            continue  # damaged, or written by no program of ours; `evidence verify` there says which
        ours.run(
            "INSERT INTO evidence (hash, entry, mention, author, forgotten_at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (hash) DO UPDATE SET"
            f" forgotten_at = {_FORGOTTEN},"
            " author = CASE WHEN excluded.forgotten_at IS NULL THEN author END",
            (
                row["hash"],
                row["entry"],
                renamed.get(row["mention"], row["mention"]),
                row["author"],
                row["forgotten_at"],
            ),
        )
    evidence, theirs_kept = Evidence(ours), Evidence(theirs)
    for row in theirs.rows("SELECT sha256 FROM evidence_parts"):
        content = theirs_kept.part(row["sha256"])
        # What was damaged there does not take the place of what is whole somewhere else.
        if content is not None and hashlib.sha256(content).hexdigest() == row["sha256"]:
            ours.run(
                "INSERT INTO evidence_parts (sha256, content) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (row["sha256"], content),
            )
    evidence.drop_forgotten_parts()
