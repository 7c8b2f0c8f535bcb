"""Stories: groups of mentions, found again by the sketch of the first one, and what the user said of two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mentionwatch.store.database import Database
from mentionwatch.store.dialect import JOIN_FROM_LEFT, among, array, upsert, without_index
from mentionwatch.store.filter import FOREVER
from mentionwatch.store.values import read_stamp
from mentionwatch.times import stamp

#: Stories compared with one new mention; those that share most of its sketch come first.
_CANDIDATES = 64


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A story: its first mention, what is stored to recognise it, and members that may decide."""

    id: str
    leader: str
    told_at: datetime
    telling: bytes
    members: tuple[str, ...]
    pages: tuple[str, ...]


class Stories:
    """Stories and their members."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def similar(
        self, brand: str, mention: str, sketch: Sequence[int], links: tuple[str, ...], since: datetime, until: datetime
    ) -> tuple[StoryRow, ...]:
        """The brand's stories between these times that share a number of this sketch, most similar first.

        Of a story's members only those are given that can decide: whose page the mention links to, and those of which
        the user has said something together with this mention.
        """
        said = tuple(self.links_of(mention))
        rows = self._db.rows(
            "SELECT s.id, coalesce(s.merged_into, s.id) AS told_under, s.told_at, s.telling, m.id AS leader"
            " FROM sketches k JOIN stories s ON s.id = k.story JOIN mention_records m ON m.seq = s.leader"
            f" WHERE k.number IN {among('?')} AND s.brand = ? AND s.told_at BETWEEN ? AND ?"
            " GROUP BY s.id, m.id ORDER BY count(*) DESC, s.told_at, s.id LIMIT ?",
            (array(sketch), brand, stamp(since), stamp(until), _CANDIDATES),
        )
        if said:
            rows += self._db.rows(
                "SELECT s.id, s.id AS told_under, s.told_at, s.telling, l.id AS leader FROM mention_records m"
                " JOIN stories s ON s.id = m.story JOIN mention_records l ON l.seq = s.leader"
                f" WHERE m.id IN {among('?')} AND s.brand = ?",
                (array(said), brand),
            )
        return tuple(
            StoryRow(
                row["id"],
                row["leader"],
                read_stamp(row["told_at"]),
                row["telling"],
                self._members(row["told_under"], said),
                self._pages(row["told_under"], links),
            )
            for row in rows
        )

    def _members(self, story: str, mentions: tuple[str, ...]) -> tuple[str, ...]:
        if not mentions:
            return ()
        return self._db.column(
            # Not by the story: it may have a hundred thousand members, and this is asked for each new mention.
            f"SELECT id FROM mention_records WHERE {without_index('story')} = ? AND id IN {among('?')}",
            (story, array(mentions)),
        )

    def _pages(self, story: str, links: tuple[str, ...]) -> tuple[str, ...]:
        if not links:
            return ()
        return self._db.column(
            f"SELECT i.canonical_url FROM items i {JOIN_FROM_LEFT} mention_records m ON m.item_id = i.id"
            f" WHERE {without_index('m.story')} = ? AND i.canonical_url IN {among('?')}",
            (story, array(links)),
        )

    def begin(self, story: str, brand: str, seq: int, at: datetime, telling: bytes, sketch: Iterable[int]) -> None:
        """Begin a story with a mention published ``at`` this time; ``sketch`` are the numbers to find it by."""
        self._db.run(
            upsert("stories", ("id",), ("brand", "leader", "told_at", "telling", "merged_into")),
            (story, brand, seq, stamp(at), telling, None),
        )
        self._index(story, sketch)
        self._db.run("UPDATE mention_records SET story = ?, story_reason = NULL WHERE seq = ?", (story, seq))

    def join(self, seq: int, story: str, reason: str, addresses: Iterable[int]) -> str:
        """Add a mention to a story, and by which evidence; returns the story it is shown under.

        Its ``addresses`` (links and headline, as numbers) are indexed too: a link to a reprint belongs to the story.
        """
        told_under: str = self._db.value("SELECT merged_into FROM stories WHERE id = ?", (story,)) or story
        self._index(story, addresses)
        self._db.run("UPDATE mention_records SET story = ?, story_reason = ? WHERE seq = ?", (told_under, reason, seq))
        return told_under

    def _index(self, story: str, numbers: Iterable[int]) -> None:
        self._db.run_many(
            "INSERT INTO sketches (number, story) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(number, story) for number in numbers],
        )

    def links_of(self, mention: str) -> dict[str, Literal["together", "apart"]]:
        """Other mention → whether the user put it together with this one or apart."""
        return self._db.pairs(
            "SELECT b, kind FROM story_links WHERE a = :mention"
            " UNION ALL SELECT a, kind FROM story_links WHERE b = :mention",
            {"mention": mention},
        )

    def _link(self, a: str, b: str, kind: Literal["together", "apart"], at: datetime) -> None:
        self._db.run(
            upsert("story_links", ("a", "b"), ("kind", "at")),
            (min(a, b), max(a, b), kind, stamp(at)),
        )

    def of_mention(self, mention: str) -> tuple[str, str] | None:
        """The story of a mention, and its brand."""
        row = self._db.row("SELECT story, brand FROM mention_records WHERE id = ? AND story IS NOT NULL", (mention,))
        return None if row is None else (row["story"], row["brand"])

    def brand_of(self, story: str) -> str:
        """The brand of a story."""
        return str(self._db.value("SELECT brand FROM stories WHERE id = ?", (story,)))

    def leader_of(self, story: str) -> str:
        """The first mention of a story."""
        leader = "SELECT m.id FROM stories s JOIN mention_records m ON m.seq = s.leader WHERE s.id = ?"
        return str(self._db.value(leader, (story,)))

    def ids_with_prefix(self, start: str) -> tuple[str, ...]:
        """Story ids with this prefix."""
        return self._db.column(
            "SELECT id FROM stories WHERE id >= ? AND id < ? AND merged_into IS NULL ORDER BY id LIMIT 10",
            (start, start + "\U0010ffff"),
        )

    def reasons(self, mentions: Sequence[str]) -> dict[str, str | None]:
        """By which evidence each of these mentions joined its story; ``None`` for the first one."""
        return self._db.pairs(
            f"SELECT id, story_reason FROM mention_records WHERE id IN {among('?')}", (array(mentions),)
        )

    def mention_ids(self, story: str, limit: int | None = None) -> tuple[str, ...]:
        """The mentions of a story, in the order they count."""
        sql = "SELECT id FROM mention_records WHERE story = ? AND retired_at IS NULL ORDER BY counts_at, seq"
        return self._db.column(sql if limit is None else f"{sql} LIMIT {limit}", (story,))

    def size(self, story: str) -> int:
        """The number of mentions of a story."""
        return self.sizes({story}, FOREVER).get(story, 0)

    def sizes(self, stories: set[str], as_of: object) -> dict[str, int]:
        """The number of mentions of each story, counted once per story: one may have 100,000."""
        return self._db.pairs(
            f"SELECT story, count(*) FROM mention_records WHERE story IN {among(':stories')}"
            " AND matched_at <= :as_of AND (retired_at IS NULL OR retired_at > :as_of) GROUP BY story",
            {"stories": array(sorted(stories)), "as_of": as_of},
        )

    def merge(self, into: str, other: str, now: datetime) -> None:
        """Merge ``other`` into ``into``, also for what later scans add to either. A transaction."""
        with self._db.writing():
            self._link(self.leader_of(into), self.leader_of(other), "together", now)
            self._db.run(
                "UPDATE stories SET merged_into = :into WHERE id = :other OR merged_into = :other",
                {"into": into, "other": other},
            )
            self._db.run(
                "UPDATE mention_records SET story = ?, story_reason = coalesce(story_reason, 'merged by hand')"
                " WHERE story = ?",
                (into, other),
            )

    def split(
        self,
        mention: str,
        story: str,
        at: datetime,
        telling: bytes,
        *,
        sketch: Iterable[int],
        addresses: Sequence[int],
        now: datetime,
    ) -> None:
        """Move a mention into a story of its own, and keep it apart from the story it left. A transaction."""
        with self._db.writing():
            row = self._db.row("SELECT seq, brand, story FROM mention_records WHERE id = ?", (mention,))
            assert row is not None
            leader = self.leader_of(row["story"])
            self._db.run(
                f"DELETE FROM sketches WHERE story = ? AND number IN {among('?')}",
                (row["story"], array(addresses)),
            )
            self.begin(story, row["brand"], row["seq"], at, telling, sketch)
            self._link(mention, leader, "apart", now)
