"""Stories: the first telling of each, found again by its sketch, and what the user said of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from mentionwatch.store.connection import Connection
from mentionwatch.store.rows import stamp, unstamp

if TYPE_CHECKING:
    from mentionwatch.stories import Story, Telling

#: Stories compared with one new telling; those that share most of its sketch come first.
_CANDIDATES = 64


class Stories(Connection):
    """What several mentions tell."""

    def stories_like(self, brand: str, telling: Telling) -> tuple[Story, ...]:
        """The brand's stories, within the window, that share a number of the telling's sketch; the likest first.

        Of a story's members only those are given that can decide: whose page the telling links to, and those of which
        the user has said something together with this mention.
        """
        # Here, because only a scan compares stories, and what reads the database should start at once.
        from mentionwatch.stories import WINDOW, Story, Telling

        said = tuple(self.said_of(telling.id))
        rows = self._rows(
            "SELECT s.id, coalesce(s.merged_into, s.id) AS told_under, s.told_at, s.telling, m.id AS leader"
            " FROM sketches k JOIN stories s ON s.id = k.story JOIN mention_records m ON m.seq = s.leader"
            " WHERE k.number IN (SELECT value FROM json_each(?)) AND s.brand = ? AND s.told_at BETWEEN ? AND ?"
            " GROUP BY s.id ORDER BY count(*) DESC, s.told_at, s.id LIMIT ?",
            (
                json.dumps(telling.sketch),
                brand,
                stamp(telling.at - WINDOW),
                stamp(telling.at + WINDOW),
                _CANDIDATES,
            ),
        )
        if said:
            rows += self._rows(
                "SELECT s.id, s.id AS told_under, s.told_at, s.telling, l.id AS leader FROM mention_records m"
                " JOIN stories s ON s.id = m.story JOIN mention_records l ON l.seq = s.leader"
                " WHERE m.id IN (SELECT value FROM json_each(?)) AND s.brand = ?",
                (json.dumps(said), brand),
            )
        return tuple(
            Story(
                row["id"],
                Telling.load(row["leader"], unstamp(row["told_at"]), row["telling"]),
                self._members(row["told_under"], said),
                self._pages(row["told_under"], telling.links),
            )
            for row in rows
        )

    def _members(self, story: str, among: tuple[str, ...]) -> tuple[str, ...]:
        if not among:
            return ()
        rows = self._rows(
            # The + and CROSS keep SQLite from walking a story of a hundred thousand tellings for each new one.
            "SELECT id FROM mention_records WHERE +story = ? AND id IN (SELECT value FROM json_each(?))",
            (story, json.dumps(among)),
        )
        return tuple(row["id"] for row in rows)

    def _pages(self, story: str, among: tuple[str, ...]) -> tuple[str, ...]:
        if not among:
            return ()
        rows = self._rows(
            "SELECT i.canonical_url AS page FROM items i CROSS JOIN mention_records m ON m.item_id = i.id"
            " WHERE +m.story = ? AND i.canonical_url IN (SELECT value FROM json_each(?))",
            (story, json.dumps(among)),
        )
        return tuple(row["page"] for row in rows)

    def begin_story(self, story: str, brand: str, seq: int, telling: Telling) -> None:
        """A mention that tells what no other told."""
        self._run(
            "INSERT OR REPLACE INTO stories (id, brand, leader, told_at, telling) VALUES (?, ?, ?, ?, ?)",
            (story, brand, seq, stamp(telling.at), telling.dump()),
        )
        self._index(story, telling.sketch)
        self._run("UPDATE mention_records SET story = ?, story_reason = NULL WHERE seq = ?", (story, seq))

    def join_story(self, seq: int, story: str, reason: str, telling: Telling) -> str:
        """A mention that tells what another told, and by which evidence; gives the story it is told under.

        Its addresses and headline are indexed too: who shares a reprint shares the story.
        """
        row = self._row("SELECT merged_into FROM stories WHERE id = ?", (story,))
        told_under: str = story if row is None or row["merged_into"] is None else row["merged_into"]
        self._index(story, telling.addresses)
        self._run("UPDATE mention_records SET story = ?, story_reason = ? WHERE seq = ?", (told_under, reason, seq))
        return told_under

    def _index(self, story: str, numbers: tuple[int, ...]) -> None:
        self._run_many(
            "INSERT OR IGNORE INTO sketches (number, story) VALUES (?, ?)", [(number, story) for number in numbers]
        )

    # -- what the user says ----------------------------------------------------------------------------------------

    def said_of(self, mention: str) -> dict[str, Literal["together", "apart"]]:
        """Other mention → what the user said of it and this one."""
        rows = self._rows(
            "SELECT b AS other, kind FROM story_links WHERE a = :mention"
            " UNION ALL SELECT a, kind FROM story_links WHERE b = :mention",
            {"mention": mention},
        )
        return {row["other"]: row["kind"] for row in rows}

    def _say(self, a: str, b: str, kind: Literal["together", "apart"], at: datetime) -> None:
        self._run(
            "INSERT OR REPLACE INTO story_links (a, b, kind, at) VALUES (?, ?, ?, ?)",
            (min(a, b), max(a, b), kind, stamp(at)),
        )

    def story_of(self, mention: str) -> tuple[str, str] | None:
        """The story a mention tells and the brand it is told of."""
        row = self._row("SELECT story, brand FROM mention_records WHERE id = ? AND story IS NOT NULL", (mention,))
        return None if row is None else (row["story"], row["brand"])

    def story_ids_like(self, start: str) -> tuple[str, ...]:
        """Stories whose id begins so."""
        rows = self._rows(
            "SELECT id FROM stories WHERE id >= ? AND id < ? AND merged_into IS NULL ORDER BY id LIMIT 10",
            (start, start + "\U0010ffff"),
        )
        return tuple(row["id"] for row in rows)

    def story_reasons(self, mentions: Sequence[str]) -> dict[str, str | None]:
        """By which evidence each of these mentions was folded into its story; ``None`` for a first telling."""
        rows = self._rows(
            "SELECT id, story_reason FROM mention_records WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(mentions)),),
        )
        return {row["id"]: row["story_reason"] for row in rows}

    def brand_of_story(self, story: str) -> str:
        """The brand a story is told of."""
        row = self._row("SELECT brand FROM stories WHERE id = ?", (story,))
        assert row is not None
        return str(row["brand"])

    def leader_of(self, story: str) -> str:
        """The mention that told a story first."""
        row = self._row(
            "SELECT m.id FROM stories s JOIN mention_records m ON m.seq = s.leader WHERE s.id = ?", (story,)
        )
        assert row is not None
        return str(row["id"])

    def merge_stories(self, into: str, other: str, now: datetime) -> None:
        """Tell ``other`` under ``into`` from now on, whatever later scans bring to either."""
        with self.writing():
            self._say(self.leader_of(into), self.leader_of(other), "together", now)
            self._run(
                "UPDATE stories SET merged_into = :into WHERE id = :other OR merged_into = :other",
                {"into": into, "other": other},
            )
            self._run(
                "UPDATE mention_records SET story = ?, story_reason = coalesce(story_reason, 'merged by hand')"
                " WHERE story = ?",
                (into, other),
            )

    def split_from_story(self, mention: str, story: str, telling: Telling, now: datetime) -> None:
        """Give a mention a story of its own, and keep it and the story it left apart."""
        with self.writing():
            row = self._row("SELECT seq, brand, story FROM mention_records WHERE id = ?", (mention,))
            assert row is not None
            leader = self.leader_of(row["story"])
            self._run(
                "DELETE FROM sketches WHERE story = ? AND number IN (SELECT value FROM json_each(?))",
                (row["story"], json.dumps(telling.addresses)),
            )
            self.begin_story(story, row["brand"], row["seq"], telling)
            self._say(mention, leader, "apart", now)
