"""Stories: the first telling of each, found again by its sketch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mentionwatch.store.connection import Connection
from mentionwatch.store.rows import stamp, unstamp

if TYPE_CHECKING:
    from mentionwatch.stories import Story, Telling

#: Stories compared with one new telling; those that share most of its sketch come first.
_CANDIDATES = 64


class Stories(Connection):
    """What several mentions tell."""

    def stories_like(self, brand: str, telling: Telling) -> tuple[Story, ...]:
        """The brand's stories, within the window, that share a number of the telling's sketch; the likest first."""
        # Here, because only a scan compares stories, and what reads the database should start at once.
        from mentionwatch.stories import WINDOW, Story, Telling

        rows = self._rows(
            "SELECT s.id, s.told_at, s.telling, m.id AS leader, count(*) AS shared FROM sketches k"
            " JOIN stories s ON s.id = k.story JOIN mention_records m ON m.seq = s.leader"
            " WHERE k.number IN (SELECT value FROM json_each(?)) AND s.brand = ? AND s.told_at BETWEEN ? AND ?"
            " GROUP BY s.id ORDER BY shared DESC, s.told_at, s.id LIMIT ?",
            (
                json.dumps(telling.sketch),
                brand,
                stamp(telling.at - WINDOW),
                stamp(telling.at + WINDOW),
                _CANDIDATES,
            ),
        )
        return tuple(
            Story(row["id"], Telling.load(row["leader"], unstamp(row["told_at"]), row["telling"])) for row in rows
        )

    def begin_story(self, story: str, brand: str, seq: int, telling: Telling) -> None:
        """A mention that tells what no other told."""
        self._run(
            "INSERT OR IGNORE INTO stories (id, brand, leader, told_at, telling) VALUES (?, ?, ?, ?, ?)",
            (story, brand, seq, stamp(telling.at), telling.dump()),
        )
        self._run_many(
            "INSERT OR IGNORE INTO sketches (number, story) VALUES (?, ?)",
            [(number, story) for number in telling.sketch],
        )
        self.put_into_story(seq, story, None)

    def put_into_story(self, seq: int, story: str, reason: str | None) -> None:
        """Say which story a mention tells, and by which evidence."""
        self._run("UPDATE mention_records SET story = ?, story_reason = ? WHERE seq = ?", (story, reason, seq))
