"""Mentions: what was found of each brand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.model import Match, Mention
from mentionwatch.store.database import AT_ONCE, Database
from mentionwatch.store.dialect import among, array, json_list, json_text
from mentionwatch.store.filter import ASSIGNEE, COUNTED, JUDGED, SNOOZED_UNTIL, STATUS, MentionFilter, conditions
from mentionwatch.store.rows import matches_json, read_bare, read_mention, read_row, show_words
from mentionwatch.store.stories import Stories
from mentionwatch.store.values import read_optional_stamp
from mentionwatch.times import optional_stamp, stamp

#: Growing mentions looked at: the newest.
_MOST_GROWING = 500


# The words that a mention is shown with.
_SHOWN = """
SELECT CASE WHEN v.id IS NULL THEN i.title ELSE v.title END AS title, coalesce(v.text, i.text) AS text,
  coalesce(v.words, i.words) AS words,
  EXISTS (SELECT 1 FROM changes c WHERE c.item_id = i.id AND c.what = 'edited') AS edited
FROM mention_records m JOIN items i ON i.id = m.item_id
LEFT JOIN mention_words e ON e.seq = m.seq AND e.at = (SELECT max(o.at) FROM mention_words o WHERE o.seq = m.seq)
LEFT JOIN versions v ON v.id = CASE WHEN e.words IS NULL THEN m.version_id
  ELSE (SELECT o.id FROM versions o WHERE o.item_id = m.item_id AND o.words = e.words) END
WHERE m.seq = ?
"""


@dataclass(frozen=True, slots=True)
class NewMention:
    """A mention to save."""

    id: str
    brand: str
    item_id: int
    version_id: int | None
    matches: tuple[Match, ...]
    reason: str
    rules: str
    own: bool
    backlog: bool
    counts_at: datetime | None
    #: When the item was edited to say what matches here, and :func:`mentionwatch.identity.words_hash` of it.
    edited_at: datetime | None = None
    words: bytes = b""
    #: When these words came, and how much they tell: letters of text and of title. The fullest telling is shown.
    seen_at: datetime | None = None
    letters: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class MentionRecord:
    """A mention without its item: how it was decided, and its story."""

    seq: int
    id: str
    brand: str
    reason: str
    own: bool
    backlog: bool
    matched_at: datetime
    retired_at: datetime | None
    story: str | None
    story_reason: str | None


# The view `mentions`, but as it stood at :as_of, and without the sizes of stories. One text for both is not possible: a
# view takes no parameter.
_SELECT = f"""
SELECT
  m.id, m.brand, i.kind, i.source, i.platform, i.external_id, i.url, i.canonical_url,
  CASE WHEN v.id IS NULL THEN i.title ELSE v.title END AS title, coalesce(v.text, i.text) AS text,
  i.language, i.author, i.published_at, i.first_seen_at,
  coalesce(e.matches, m.matches) AS matches, coalesce(v.links, i.links) AS links, i.parent_url,
  (SELECT {json_list("source")} FROM (
     SELECT s.source FROM sightings s WHERE s.item_id = i.id AND s.source <> i.source AND s.first_seen_at <= :as_of
     ORDER BY s.first_seen_at, s.source)) AS also_seen,
  coalesce((SELECT r.engagement FROM readings r WHERE r.item_id = i.id AND r.read_at <= :as_of
            ORDER BY r.read_at DESC LIMIT 1), i.engagement) AS engagement,
  i.rating, j.sentiment, j.urgency, coalesce(j.flags, '[]') AS flags, coalesce(j.tags, '[]') AS tags,
  coalesce(j.hits, '[]') AS hits, j.person, j.role, m.story,
  j.priority, coalesce(j.labels, '[]') AS labels, {SNOOZED_UNTIL} AS snoozed_until,
  {STATUS} AS status, {ASSIGNEE} AS assignee, NULL AS due_at, m.own, m.backlog, m.counts_at,
  (SELECT max(c.at) FROM changes c WHERE c.item_id = i.id AND c.what = 'edited' AND c.at <= :as_of) AS edited_at,
  (SELECT CASE c.what WHEN 'gone' THEN c.at END FROM changes c
    WHERE c.item_id = i.id AND c.what <> 'edited' AND c.at <= :as_of
    ORDER BY c.at DESC, c.what DESC LIMIT 1) AS gone_at
"""


_FROM = f"""
FROM mention_records m
JOIN items i ON i.id = m.item_id
LEFT JOIN mention_words e
  ON e.seq = m.seq AND e.at = (SELECT max(o.at) FROM mention_words o WHERE o.seq = m.seq AND o.at <= :as_of)
LEFT JOIN versions v ON v.id = CASE WHEN e.words IS NULL THEN m.version_id
  ELSE (SELECT o.id FROM versions o WHERE o.item_id = m.item_id AND o.words = e.words) END
{JUDGED}
WHERE m.matched_at <= :as_of AND (m.retired_at IS NULL OR m.retired_at > :as_of)
"""


# Without words, and without what costs a look of its own: what a digest is laid out by (rows.read_bare).
_BARE = f"""
SELECT
  m.id, m.brand, i.kind, i.source, i.platform, CASE WHEN v.id IS NULL THEN i.title ELSE v.title END AS title,
  {json_text("i.author", "followers")} AS followers, i.published_at, i.first_seen_at, m.counts_at, m.own, m.backlog,
  coalesce((SELECT r.engagement FROM readings r WHERE r.item_id = i.id AND r.read_at <= :as_of
            ORDER BY r.read_at DESC LIMIT 1), i.engagement) AS engagement,
  {json_text("j.sentiment", "label")} AS sentiment, {json_text("j.urgency", "level")} AS urgency, j.role, m.story,
  {STATUS} AS status, {SNOOZED_UNTIL} AS snoozed_until
"""


class Mentions:
    """What is ours among what was said."""

    def __init__(self, database: Database, stories: Stories) -> None:
        self._db, self._stories = database, stories

    def save(self, found: NewMention, now: datetime) -> int | None:
        """Save a mention and return its number, or ``None`` where the item was this brand's mention already.

        A known mention keeps its id, time and words; only the rules that matched are updated. What an edit says instead
        counts from the edit.
        """
        values = (
            found.id,
            found.brand,
            found.item_id,
            found.version_id,
            matches_json(found.matches),
            found.reason,
            found.rules,
            int(found.own),
            int(found.backlog),
            optional_stamp(found.counts_at),
            stamp(now),
        )
        there = self._db.row(
            "SELECT seq, version_id, retired_at, rules FROM mention_records WHERE brand = ? AND item_id = ?",
            (found.brand, found.item_id),
        )
        if there is None:
            return self._db.insert(
                "INSERT INTO mention_records (id, brand, item_id, version_id, matches, reason, rules, own, backlog,"
                " counts_at, matched_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
        stands = there["retired_at"] is None and there["rules"] == found.rules
        if stands and found.edited_at is not None:
            show_words(self._db, there["seq"], found.edited_at, found.words, matches_json(found.matches))
        elif stands and found.version_id is not None and found.seen_at is not None:
            # Another source's telling: which came first is chance, so it does not matter.
            if self._tells_more(found, there["seq"]):
                show_words(self._db, there["seq"], found.seen_at, found.words, matches_json(found.matches))
        elif found.version_id is None or there["version_id"] is not None or there["retired_at"] is not None:
            self._db.run(
                "UPDATE mention_records SET matches = ?, reason = ?, rules = ?, own = ?, version_id = ?,"
                " retired_at = NULL, judged = NULL WHERE seq = ?",
                (values[4], found.reason, found.rules, int(found.own), found.version_id, there["seq"]),
            )
        return None

    def _tells_more(self, found: NewMention, seq: int) -> bool:
        """Whether other words tell more than those that are shown; of an edit nothing does but another edit."""
        shown = self._db.row(_SHOWN, (seq,))
        assert shown is not None
        there = (len(shown["text"]), len(shown["title"] or ""), shown["words"])
        return not shown["edited"] and (*found.letters, found.words) > there

    def unmatch(self, brand: str, rules: str, now: datetime) -> int:
        """Set aside a brand's mentions that older rules matched and these, having read everything again, did not."""
        cursor = self._db.run(
            "UPDATE mention_records SET retired_at = ? WHERE brand = ? AND rules <> ? AND retired_at IS NULL",
            (stamp(now), brand, rules),
        )
        if cursor.rowcount:
            # Their items may be past keeping, far behind where pruning has got.
            self._db.drop_mark("pruned")
        return cursor.rowcount

    def find(self, wanted: MentionFilter, sizes: dict[str, int] | None = None) -> tuple[Mention, ...]:
        """The selected mentions, newest first by when they count.

        ``sizes`` are story sizes counted already, as of the same time; those counted here are added.
        """
        clauses, values = conditions(wanted)
        # The index gives this order, and a limit ends it early.
        sql = f"{_SELECT}{_FROM}{clauses} ORDER BY m.counts_at DESC NULLS LAST, m.seq DESC"
        if wanted.limit is not None:
            sql += " LIMIT :limit"
            values["limit"] = wanted.limit
        rows = self._db.rows(sql, values)
        sizes = {} if sizes is None else sizes
        sizes |= self._stories.sizes(
            {row["story"] for row in rows if row["story"] is not None} - sizes.keys(), values["as_of"]
        )
        return tuple(read_mention(row, sizes.get(row["story"], 1)) for row in rows)

    def find_in_parts(self, wanted: MentionFilter) -> Iterator[Mention]:
        """What :meth:`find` gives, some hundreds in memory at a time. Inside ``reading`` only."""
        clauses, values = conditions(wanted)
        sizes: dict[str, int] = {}
        sql = f"{_SELECT}{_FROM}{clauses} ORDER BY m.counts_at DESC NULLS LAST, m.seq DESC"
        for rows in self._db.stream(sql, values):
            new = {row["story"] for row in rows if row["story"] is not None} - sizes.keys()
            sizes |= self._stories.sizes(new, values["as_of"])
            yield from (read_mention(row, sizes.get(row["story"], 1)) for row in rows)

    def find_bare(self, wanted: MentionFilter) -> Iterator[Mention]:
        """The selected mentions without texts, matches, links and reasons, in no order, read while iterating.

        They also lack the author (except the number of followers), the URL, other sources, the assignee, and edits and
        deletions. Inside ``reading`` only.
        """
        clauses, values = conditions(wanted)
        sizes: dict[str, int] = {}
        for rows in self._db.stream(_BARE + _FROM + clauses, values):
            new = {row["story"] for row in rows if row["story"] is not None} - sizes.keys()
            sizes |= self._stories.sizes(new, values["as_of"])
            yield from (read_bare(row, sizes.get(row["story"], 1)) for row in rows)

    def by_ids(self, ids: Sequence[str], as_of: datetime | None = None) -> Iterator[Mention]:
        """These mentions in this order, as far as they exist, a few hundred in memory at a time. Inside ``reading``."""
        sizes: dict[str, int] = {}
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            read = {one.id: one for one in self.find(MentionFilter(ids=tuple(some), as_of=as_of), sizes)}
            yield from (read[one] for one in some if one in read)

    def first_seen(self, wanted: MentionFilter) -> datetime | None:
        """When the first of the selected mentions was seen."""
        clauses, values = conditions(wanted)
        return read_optional_stamp(self._db.value(f"SELECT min(i.first_seen_at) {_FROM}{clauses}", values))

    def count(self, wanted: MentionFilter) -> dict[str, int]:
        """The number of selected mentions of each brand."""
        clauses, values = conditions(wanted)
        return self._db.pairs(
            f"SELECT m.brand, count(*) FROM mention_records m JOIN items i ON i.id = m.item_id{JUDGED}"
            f" WHERE m.matched_at <= :as_of AND (m.retired_at IS NULL OR m.retired_at > :as_of){clauses}"
            " GROUP BY m.brand",
            values,
        )

    def records_of_item(self, item_id: int) -> tuple[MentionRecord, ...]:
        """Each brand's mention of an item, unmatched ones included."""
        rows = self._db.rows(
            "SELECT seq, id, brand, reason, own, backlog, matched_at, retired_at, story, story_reason"
            " FROM mention_records WHERE item_id = ? ORDER BY seq",
            (item_id,),
        )
        return tuple(read_row(MentionRecord, row) for row in rows)

    def ids_by_item(self, brand: str) -> dict[int, str]:
        """The current mentions of a brand: item → mention id."""
        return self._db.pairs(
            "SELECT item_id, id FROM mention_records WHERE brand = ? AND retired_at IS NULL", (brand,)
        )

    def by_author(self, platform: str, handle: str | None, url: str | None, limit: int = 1000) -> tuple[str, ...]:
        """Ids of the mentions by the same author, newest first: the same handle on the platform, else the same page.

        Ignores case and a leading ``@``. Authors without either are never the same.
        """
        name = None if handle is None else handle.casefold().removeprefix("@")
        return self._db.column(
            "SELECT m.id FROM mention_records m JOIN items i ON i.id = m.item_id WHERE m.retired_at IS NULL"
            " AND CASE WHEN :name IS NOT NULL"
            f" THEN i.platform = :platform AND lower(ltrim({json_text('i.author', 'handle')}, '@')) = :name"
            f" ELSE {json_text('i.author', 'url')} = :url END ORDER BY m.seq DESC LIMIT :limit",
            {"platform": platform, "name": name, "url": url, "limit": limit},
        )

    def newest_since(self, brands: Collection[str], most: int) -> datetime | None:
        """When the oldest of the newest ``most`` mentions of these brands counts; ``None``: there are no more."""
        counts_at = self._db.value(
            "SELECT counts_at FROM mention_records WHERE retired_at IS NULL AND counts_at IS NOT NULL"
            f" AND brand IN {among('?')} ORDER BY counts_at DESC LIMIT 1 OFFSET ?",
            (array(brands), most),
        )
        return read_optional_stamp(counts_at)

    def growing(self, brands: Collection[str], since: datetime) -> tuple[tuple[str, str, int], ...]:
        """Mention, brand and item of the brands' posts that may be growing: engagement changed three times since then.

        Neither our own posts nor backlog.
        """
        rows = self._db.rows(
            "SELECT m.id, m.brand, m.item_id FROM (SELECT item_id FROM readings WHERE read_at >= :since"
            "  GROUP BY item_id HAVING count(*) >= 3) r JOIN mention_records m ON m.item_id = r.item_id"
            f" WHERE m.brand IN {among(':brands')} AND {COUNTED} ORDER BY m.seq DESC LIMIT :most",
            {"brands": array(brands), "since": stamp(since), "most": _MOST_GROWING},
        )
        return tuple((row["id"], row["brand"], row["item_id"]) for row in rows)

    def brands(self) -> tuple[str, ...]:
        """Every brand that has a mention."""
        return self._db.column("SELECT DISTINCT brand FROM mention_records ORDER BY brand")

    def unmatched(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Those of these mentions that changed terms no longer match."""
        return self._db.column(
            f"SELECT id FROM mention_records WHERE retired_at IS NOT NULL AND id IN {among('?')} ORDER BY seq",
            (array(ids),),
        )

    def ids_with_prefix(self, start: str) -> tuple[str, ...]:
        """Mention ids with this prefix: a user may type any unique one."""
        return self._db.column(
            "SELECT id FROM mention_records WHERE id >= ? AND id < ? ORDER BY id LIMIT 10",
            (start, start + "\U0010ffff"),
        )
