"""What people did about mentions: an append-only log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from mentionwatch.store.connection import Connection
from mentionwatch.store.rows import dump, stamp


class Triage(Connection):
    """The log, and what follows from it."""

    def log(self, mention: str, action: str, data: Mapping[str, object], *, by: str, at: datetime) -> int:
        """Append an entry and give its number."""
        cursor = self._run(
            "INSERT INTO triage (mention, at, by, action, data) VALUES (?, ?, ?, ?, ?)",
            (mention, stamp(at), by, action, dump(dict(data))),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def labels(self, kind: str) -> dict[str, str]:
        """Mention → its latest label of a kind (``relevance``: relevant or noise; ``sentiment``)."""
        rows = self._rows(
            "SELECT mention, data FROM triage WHERE action = 'label' AND json_extract(data, '$.kind') = ? ORDER BY id",
            (kind,),
        )
        return {row["mention"]: json.loads(row["data"])["label"] for row in rows}
