"""Mentions: how far each brand has read, what it found, and the reading of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mentionwatch.model import Item, Match, Mention
from mentionwatch.store.connection import AT_ONCE, Connection
from mentionwatch.store.rows import (
    matches_json,
    maybe_stamp,
    maybe_unstamp,
    read_bare,
    read_item,
    read_mention,
    stamp,
    unstamp,
)

_FOREVER = "9999-12-31T23:59:59Z"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a brand's terms have read: all items and versions up to and with these ids, by these rules."""

    rules: str
    item_id: int
    version_id: int


@dataclass(frozen=True, slots=True)
class Telling:
    """What is to be matched: an item, or other words for it (``version_id``)."""

    item_id: int
    version_id: int | None
    item: Item
    identity: str
    first_seen_at: datetime
    backlog: bool
    #: When the item was edited to say this; ``None`` for another source's telling.
    edited_at: datetime | None = None
    words: bytes = b""


@dataclass(frozen=True, slots=True)
class Found:
    """A mention to be kept."""

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


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of a mention beside its item: how it was decided and where it was folded."""

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


@dataclass(frozen=True, slots=True)
class Filter:
    """Which mentions are asked for; an unset field asks for all.

    ``since`` (inclusive) and ``until`` (exclusive) bound when a mention counts. ``not_in`` names a digest: only
    what no mail of that digest holds; ``told`` asks the same of every digest that was delivered.
    """

    ids: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    words: str | None = None
    statuses: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    own: bool | None = None
    backlog: bool | None = None
    story: str | None = None
    not_in: str | None = None
    untold: bool = False
    limit: int | None = None
    #: As the database stood then.
    as_of: datetime | None = None


#: The verdict that held at :as_of.
_JUDGED = (
    " LEFT JOIN verdicts j ON j.seq = m.seq AND j.judged_at ="
    " (SELECT max(o.judged_at) FROM verdicts o WHERE o.seq = m.seq AND o.judged_at <= :as_of)"
)
#: What response.triage.standing makes of the log as it was at :as_of. Assigning opens what is new and leaves the rest.
_STATUS = """coalesce((SELECT CASE t.action WHEN 'reply' THEN 'replied' WHEN 'resolve' THEN 'resolved'
    WHEN 'ignore' THEN 'ignored' ELSE 'open' END
  FROM triage t WHERE t.mention = m.id AND t.at <= :as_of
    AND t.action IN ('ack', 'assign', 'reply', 'resolve', 'ignore', 'reopen')
    AND NOT EXISTS (SELECT 1 FROM triage u WHERE u.undoes = t.id AND u.at <= :as_of)
  ORDER BY t.action = 'assign', t.id DESC LIMIT 1), 'new')"""
_ASSIGNEE = """(SELECT json_extract(t.data, '$.to') FROM triage t
  WHERE t.mention = m.id AND t.at <= :as_of AND t.action = 'assign'
    AND NOT EXISTS (SELECT 1 FROM triage u WHERE u.undoes = t.id AND u.at <= :as_of)
  ORDER BY t.id DESC LIMIT 1)"""
# The view `mentions`, but as it stood at :as_of, and without the sizes of stories. One text for both is not possible: a
# view takes no parameter.
_SELECT = f"""
SELECT
  m.id, m.brand, i.kind, i.source, i.platform, i.external_id, i.url, i.canonical_url,
  CASE WHEN v.id IS NULL THEN i.title ELSE v.title END AS title, coalesce(v.text, i.text) AS text,
  i.language, i.author, i.published_at, i.first_seen_at,
  coalesce(e.matches, m.matches) AS matches, coalesce(v.links, i.links) AS links, i.parent_url,
  (SELECT json_group_array(source) FROM (
     SELECT s.source FROM sightings s WHERE s.item_id = i.id AND s.source <> i.source AND s.first_seen_at <= :as_of
     ORDER BY s.first_seen_at, s.source)) AS also_seen,
  coalesce((SELECT r.engagement FROM readings r WHERE r.item_id = i.id AND r.read_at <= :as_of
            ORDER BY r.read_at DESC LIMIT 1), i.engagement) AS engagement,
  i.rating, j.sentiment, j.urgency, coalesce(j.flags, '[]') AS flags, coalesce(j.tags, '[]') AS tags,
  coalesce(j.hits, '[]') AS hits, j.person, j.role, m.story,
  {_STATUS} AS status, {_ASSIGNEE} AS assignee, NULL AS due_at, m.own, m.backlog, m.counts_at,
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
{_JUDGED}
WHERE m.matched_at <= :as_of AND (m.retired_at IS NULL OR m.retired_at > :as_of)
"""
# Without words, and without what costs a look of its own: what a digest is laid out by (rows.read_bare).
_BARE = f"""
SELECT
  m.id, m.brand, i.kind, i.source, i.platform, CASE WHEN v.id IS NULL THEN i.title ELSE v.title END AS title,
  json_extract(i.author, '$.followers') AS followers, i.published_at, i.first_seen_at, m.counts_at, m.own, m.backlog,
  coalesce((SELECT r.engagement FROM readings r WHERE r.item_id = i.id AND r.read_at <= :as_of
            ORDER BY r.read_at DESC LIMIT 1), i.engagement) AS engagement,
  json_extract(j.sentiment, '$.label') AS sentiment, json_extract(j.urgency, '$.level') AS urgency, j.role, m.story,
  {_STATUS} AS status
"""


class Mentions(Connection):
    """What is ours among what was said."""

    # -- matching --------------------------------------------------------------------------------------------------

    def progress(self) -> dict[str, Progress]:
        """How far each brand has read."""
        rows = self._rows("SELECT brand, rules, item_id, version_id FROM matched")
        return {row["brand"]: Progress(row["rules"], row["item_id"], row["version_id"]) for row in rows}

    def keep_progress(self, brand: str, progress: Progress) -> None:
        self._run(
            "INSERT OR REPLACE INTO matched (brand, rules, item_id, version_id) VALUES (?, ?, ?, ?)",
            (brand, progress.rules, progress.item_id, progress.version_id),
        )

    def drop_progress(self, brands: Sequence[str]) -> None:
        """Forget how far brands have read that are no longer configured: they would hold back pruning."""
        self._run(
            "DELETE FROM matched WHERE brand NOT IN (SELECT value FROM json_each(?))", (json.dumps(list(brands)),)
        )

    def last_ids(self) -> tuple[int, int]:
        """The newest item's and the newest version's id; 0 where there is none."""
        row = self._row(
            "SELECT (SELECT coalesce(max(id), 0) FROM items) AS item,"
            " (SELECT coalesce(max(id), 0) FROM versions) AS version"
        )
        assert row is not None
        return row["item"], row["version"]

    def items_after(self, item_id: int, limit: int) -> tuple[Telling, ...]:
        """Items in the order of arrival."""
        rows = self._rows("SELECT * FROM items WHERE id > ? ORDER BY id LIMIT ?", (item_id, limit))
        return tuple(
            Telling(
                row["id"], None, read_item(row), row["identity"], unstamp(row["first_seen_at"]), bool(row["backlog"])
            )
            for row in rows
        )

    def versions_after(self, version_id: int, limit: int) -> tuple[Telling, ...]:
        """Other words for items, in the order of arrival; what they say first counts when it was seen."""
        rows = self._rows(
            "SELECT i.*, v.id AS version_id, v.seen_at, v.title AS v_title, v.text AS v_text, v.links AS v_links,"
            " v.tags AS v_tags, v.words AS v_words, (SELECT max(c.at) FROM changes c"
            "  WHERE c.item_id = i.id AND c.what = 'edited' AND c.words = v.words) AS edited_at"
            " FROM versions v JOIN items i ON i.id = v.item_id WHERE v.id > ? ORDER BY v.id LIMIT ?",
            (version_id, limit),
        )
        return tuple(
            Telling(
                row["id"],
                row["version_id"],
                replace(
                    read_item(row),
                    title=row["v_title"],
                    text=row["v_text"],
                    links=tuple(json.loads(row["v_links"])),
                    tags=tuple(json.loads(row["v_tags"])),
                ),
                row["identity"],
                unstamp(row["seen_at"]),
                False,
                maybe_unstamp(row["edited_at"]),
                row["v_words"],
            )
            for row in rows
        )

    def keep_mention(self, found: Found, now: datetime) -> int | None:
        """Keep a mention and give its number, or ``None`` where the item was this brand's mention already.

        A mention that was there keeps its id, time and words; only by which rules it stands is renewed. What an edit
        says instead is told from when it was edited.
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
            maybe_stamp(found.counts_at),
            stamp(now),
        )
        there = self._row(
            "SELECT seq, version_id, retired_at, rules FROM mention_records WHERE brand = ? AND item_id = ?",
            (found.brand, found.item_id),
        )
        if there is None:
            cursor = self._run(
                "INSERT INTO mention_records (id, brand, item_id, version_id, matches, reason, rules, own, backlog,"
                " counts_at, matched_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            assert cursor.lastrowid is not None
            return cursor.lastrowid
        if found.edited_at is not None and there["retired_at"] is None and there["rules"] == found.rules:
            self.keep_words(there["seq"], found.edited_at, found.words, matches_json(found.matches))
        elif found.version_id is None or there["version_id"] is not None or there["retired_at"] is not None:
            self._run(
                "UPDATE mention_records SET matches = ?, reason = ?, rules = ?, own = ?, version_id = ?,"
                " retired_at = NULL, judged = NULL WHERE seq = ?",
                (values[4], found.reason, found.rules, int(found.own), found.version_id, there["seq"]),
            )
        return None

    def keep_words(self, seq: int, at: datetime, words: bytes, matches: str) -> None:
        """From then on a mention is told with these words of its item, and judged anew."""
        self._run(
            "INSERT OR REPLACE INTO mention_words (seq, at, words, matches) VALUES (?, ?, ?, ?)",
            (seq, stamp(at), words, matches),
        )
        self._run("UPDATE mention_records SET judged = NULL WHERE seq = ?", (seq,))

    def retire(self, brand: str, rules: str, now: datetime) -> int:
        """Set aside what older rules made a brand's mention and these, having read everything again, did not."""
        cursor = self._run(
            "UPDATE mention_records SET retired_at = ? WHERE brand = ? AND rules <> ? AND retired_at IS NULL",
            (stamp(now), brand, rules),
        )
        if cursor.rowcount:
            # Their items may be past keeping, far behind where pruning has got.
            self._run("DELETE FROM marks WHERE name = 'pruned'")
        return cursor.rowcount

    # -- reading ---------------------------------------------------------------------------------------------------

    def mentions(self, wanted: Filter, sizes: dict[str, int] | None = None) -> tuple[Mention, ...]:
        """The mentions asked for, newest first by when they count.

        ``sizes`` are stories whose tellings were counted already, as of the same time; those counted here are added.
        """
        clauses, values = _conditions(wanted)
        sql = _SELECT + _FROM + "".join(f" AND {clause}" for clause in clauses)
        # SQLite holds NULL for the least, so it stands last; so the index gives this order, and a limit ends it early.
        sql += " ORDER BY m.counts_at DESC, m.seq DESC"
        if wanted.limit is not None:
            sql += " LIMIT :limit"
            values["limit"] = wanted.limit
        rows = self._rows(sql, values)
        sizes = {} if sizes is None else sizes
        sizes |= self._story_sizes(
            {row["story"] for row in rows if row["story"] is not None} - sizes.keys(), values["as_of"]
        )
        return tuple(read_mention(row, sizes.get(row["story"], 1)) for row in rows)

    def bare_mentions(self, wanted: Filter) -> Iterator[Mention]:
        """The mentions asked for without their words, matches, links and reasons, in no order, read as they are taken.

        Beside those, what is not in them: who said it but for the number of followers, where, who else brought it, to
        whom it is assigned, and what became of it. Inside ``reading`` only.
        """
        clauses, values = _conditions(wanted)
        sizes: dict[str, int] = {}
        for rows in self._stream(_BARE + _FROM + "".join(f" AND {clause}" for clause in clauses), values):
            new = {row["story"] for row in rows if row["story"] is not None} - sizes.keys()
            sizes |= self._story_sizes(new, values["as_of"])
            yield from (read_bare(row, sizes.get(row["story"], 1)) for row in rows)

    def first_seen(self, wanted: Filter) -> datetime | None:
        """When the first of the mentions asked for was seen."""
        clauses, values = _conditions(wanted)
        row = self._row(
            f"SELECT min(i.first_seen_at) AS at {_FROM}" + "".join(f" AND {clause}" for clause in clauses), values
        )
        return None if row is None else maybe_unstamp(row["at"])

    def mentions_of(self, ids: Sequence[str], as_of: datetime | None = None) -> Iterator[Mention]:
        """These mentions in this order, those that are there, a few hundred in memory at a time. Inside ``reading``."""
        sizes: dict[str, int] = {}
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            read = {one.id: one for one in self.mentions(Filter(ids=tuple(some), as_of=as_of), sizes)}
            yield from (read[one] for one in some if one in read)

    def ids_of_story(self, story: str, limit: int | None = None) -> tuple[str, ...]:
        """The mentions that tell a story, the first that counts first."""
        rows = self._rows(
            "SELECT id FROM mention_records WHERE story = ? AND retired_at IS NULL ORDER BY counts_at, seq LIMIT ?",
            (story, -1 if limit is None else limit),
        )
        return tuple(row["id"] for row in rows)

    def story_size(self, story: str) -> int:
        """How many tell it."""
        return self._story_sizes({story}, _FOREVER).get(story, 0)

    def _story_sizes(self, stories: set[str], as_of: object) -> dict[str, int]:
        """How many tell each story: counted once a story and not once a mention, of which one may have 100,000."""
        rows = self._rows(
            "SELECT story, count(*) AS n FROM mention_records WHERE story IN (SELECT value FROM json_each(:stories))"
            " AND matched_at <= :as_of AND (retired_at IS NULL OR retired_at > :as_of) GROUP BY story",
            {"stories": json.dumps(sorted(stories)), "as_of": as_of},
        )
        return {row["story"]: row["n"] for row in rows}

    def count(self, wanted: Filter) -> dict[str, int]:
        """How many of the mentions asked for each brand has."""
        clauses, values = _conditions(wanted)
        sql = (
            "SELECT m.brand, count(*) AS n FROM mention_records m JOIN items i ON i.id = m.item_id"
            + _JUDGED
            + " WHERE m.matched_at <= :as_of AND (m.retired_at IS NULL OR m.retired_at > :as_of)"
        )
        sql += "".join(f" AND {clause}" for clause in clauses) + " GROUP BY m.brand"
        return {row["brand"]: row["n"] for row in self._rows(sql, values)}

    def count_times(self, wanted: Filter) -> dict[str, tuple[datetime, ...]]:
        """When each of the mentions asked for counts, by brand, oldest first: what a sparkline is drawn from."""
        clauses, values = _conditions(wanted)
        sql = (
            "SELECT m.brand, m.counts_at FROM mention_records m JOIN items i ON i.id = m.item_id"
            + _JUDGED
            + " WHERE m.matched_at <= :as_of AND (m.retired_at IS NULL OR m.retired_at > :as_of)"
            " AND m.counts_at IS NOT NULL"
        )
        sql += "".join(f" AND {clause}" for clause in clauses) + " ORDER BY m.counts_at"
        times: dict[str, list[datetime]] = {}
        for row in self._rows(sql, values):
            times.setdefault(row["brand"], []).append(unstamp(row["counts_at"]))
        return {brand: tuple(values) for brand, values in times.items()}

    def mentions_of_item(self, item_id: int) -> tuple[Record, ...]:
        """What each brand made of an item, retired mentions included."""
        rows = self._rows(
            "SELECT seq, id, brand, reason, own, backlog, matched_at, retired_at, story, story_reason"
            " FROM mention_records WHERE item_id = ? ORDER BY seq",
            (item_id,),
        )
        return tuple(
            Record(
                row["seq"],
                row["id"],
                row["brand"],
                row["reason"],
                bool(row["own"]),
                bool(row["backlog"]),
                unstamp(row["matched_at"]),
                maybe_unstamp(row["retired_at"]),
                row["story"],
                row["story_reason"],
            )
            for row in rows
        )

    def matched_items(self, brand: str) -> dict[int, str]:
        """The brand's mentions as they stand: item → mention id."""
        rows = self._rows("SELECT item_id, id FROM mention_records WHERE brand = ? AND retired_at IS NULL", (brand,))
        return {row["item_id"]: row["id"] for row in rows}

    def told_in(self, seq: int) -> tuple[str, ...]:
        """The digests and alerts that tell a mention, in words."""
        rows = self._rows(
            "SELECT y.digest, y.state, y.created_at FROM delivery_mentions d JOIN deliveries y ON y.id = d.delivery_id"
            " WHERE d.seq = ? ORDER BY y.id",
            (seq,),
        )
        alerts = self._rows(
            "SELECT a.notify, a.state, a.created_at FROM mention_records m JOIN alert_events e ON e.mention = m.id"
            " JOIN alerts a ON a.id = e.alert_id WHERE m.seq = ? ORDER BY a.id",
            (seq,),
        )
        return (
            *(f"digest {row['digest']!r} of {row['created_at']} ({row['state']})" for row in rows),
            *(f"alert to {row['notify']!r} of {row['created_at']} ({row['state']})" for row in alerts),
        )

    def by_author(self, platform: str, handle: str | None, url: str | None, limit: int = 1000) -> tuple[str, ...]:
        """Ids of the mentions by the same author, newest first: the same handle on the platform, else the same page.

        Letter case and a leading ``@`` aside. Nobody whom neither tells is anybody's same author.
        """
        name = None if handle is None else handle.casefold().removeprefix("@")
        rows = self._rows(
            "SELECT m.id FROM mention_records m JOIN items i ON i.id = m.item_id WHERE m.retired_at IS NULL"
            " AND CASE WHEN :name IS NOT NULL"
            " THEN i.platform = :platform AND lower(ltrim(json_extract(i.author, '$.handle'), '@')) = :name"
            " ELSE json_extract(i.author, '$.url') = :url END ORDER BY m.seq DESC LIMIT :limit",
            {"platform": platform, "name": name, "url": url, "limit": limit},
        )
        return tuple(row["id"] for row in rows)

    def brand_names(self) -> tuple[str, ...]:
        """Every brand that has a mention."""
        return tuple(row["brand"] for row in self._rows("SELECT DISTINCT brand FROM mention_records ORDER BY brand"))

    def retired(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Those of these mentions that changed terms have set aside."""
        rows = self._rows(
            "SELECT id FROM mention_records WHERE retired_at IS NOT NULL AND id IN (SELECT value FROM json_each(?))"
            " ORDER BY seq",
            (json.dumps(list(ids)),),
        )
        return tuple(row["id"] for row in rows)

    def ids_like(self, start: str) -> tuple[str, ...]:
        """Mention ids that begin so: a user may type as much of an id as tells it apart."""
        rows = self._rows(
            "SELECT id FROM mention_records WHERE id >= ? AND id < ? ORDER BY id LIMIT 10",
            (start, start + "\U0010ffff"),
        )
        return tuple(row["id"] for row in rows)


def _conditions(wanted: Filter) -> tuple[list[str], dict[str, object]]:
    clauses: list[str] = []
    values: dict[str, object] = {"as_of": _FOREVER if wanted.as_of is None else stamp(wanted.as_of)}

    def one_of(column: str, name: str, among: Sequence[str]) -> None:
        if len(among) == 1:
            # Equal to one, an index that has the order too serves both.
            clauses.append(f"{column} = :{name}")
            values[name] = among[0]
        elif among:
            clauses.append(f"{column} IN (SELECT value FROM json_each(:{name}))")
            values[name] = json.dumps(list(among))

    one_of("m.id", "ids", wanted.ids)
    # The newest few of several brands are found along the time they count (the + keeps SQLite from the brands' index,
    # and so from sorting all that they have).
    one_of("+m.brand" if wanted.limit is not None and len(wanted.brands) > 1 else "m.brand", "brands", wanted.brands)
    one_of("json_extract(j.sentiment, '$.label')", "sentiments", wanted.sentiments)
    one_of("json_extract(j.urgency, '$.level')", "urgencies", wanted.urgencies)
    one_of(_STATUS, "statuses", wanted.statuses)
    one_of(_ASSIGNEE, "assignees", wanted.assignees)
    if wanted.assignees or (wanted.statuses and "new" not in wanted.statuses):
        # Few mentions have a log: found from there, and not by looking at every mention there is.
        clauses.append("m.id IN (SELECT mention FROM triage)")
    if wanted.sources:
        clauses.append(
            "EXISTS (SELECT 1 FROM sightings w WHERE w.item_id = i.id"
            " AND w.source IN (SELECT value FROM json_each(:sources)))"
        )
        values["sources"] = json.dumps(list(wanted.sources))
    if wanted.since is not None:
        clauses.append("m.counts_at >= :since")
        values["since"] = stamp(wanted.since)
    if wanted.until is not None:
        clauses.append("m.counts_at < :until")
        values["until"] = stamp(wanted.until)
    for column, flag in (("own", wanted.own), ("backlog", wanted.backlog)):
        if flag is not None:
            clauses.append(f"m.{column} = {int(flag)}")
    if wanted.story is not None:
        clauses.append("m.story = :story")
        values["story"] = wanted.story
    if wanted.not_in is not None:
        clauses.append("NOT EXISTS (SELECT 1 FROM delivery_mentions d WHERE d.digest = :not_in AND d.seq = m.seq)")
        values["not_in"] = wanted.not_in
    if wanted.untold:
        clauses.append(
            "NOT EXISTS (SELECT 1 FROM delivery_mentions d JOIN deliveries y ON y.id = d.delivery_id"
            " WHERE d.seq = m.seq AND y.state = 'sent' AND y.settled_at <= :as_of)"
        )
    if wanted.words:
        clause, words = _words(wanted.words)
        clauses.append(clause)
        values.update(words)
    return clauses, values


#: First and last letters of scripts written without spaces: Thai and Lao, Burmese, Khmer, kana, Han.
_UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0x20000, 0x3FFFF),
)


def _unspaced(text: str) -> bool:
    """Whether a word stands in a script that writes no spaces, which the full-text index cannot cut into words."""
    return any(first <= ord(c) <= last for c in text for first, last in _UNSPACED)


def _words(words: str) -> tuple[str, dict[str, object]]:
    """A condition for every word given to stand in title or text, each as a prefix-less whole word."""
    if _unspaced(words) or not any(c.isalnum() for c in words):
        clauses, values = [], {}
        for n, word in enumerate(words.split()):
            escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            clauses.append(f"(i.title LIKE :word{n} ESCAPE '\\' OR i.text LIKE :word{n} ESCAPE '\\')")
            values[f"word{n}"] = f"%{escaped}%"
        return "(" + " AND ".join(clauses or ["1"]) + ")", dict(values)
    # Every word in quotes: nothing a user types is taken for the index's own syntax.
    quoted = " ".join('"' + word.replace('"', '""') + '"' for word in _phrases(words))
    return "i.id IN (SELECT rowid FROM items_fts WHERE items_fts MATCH :words)", {"words": quoted}


def _phrases(words: str) -> list[str]:
    """Words, and what stands in double quotes as one."""
    parts = words.split('"')
    phrases: list[str] = []
    for n, part in enumerate(parts):
        phrases += [part.strip()] if n % 2 else part.split()
    return [phrase for phrase in phrases if any(c.isalnum() for c in phrase)] or [words]
