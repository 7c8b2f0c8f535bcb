"""Verdicts: what is still to be judged, and each judgement with its time."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from mentionwatch.model import Engagement, EngagementReading, Item, LogEntry, Match, RuleHit, Sentiment, Urgency
from mentionwatch.store.database import AT_ONCE, Database
from mentionwatch.store.dialect import among, array, json_array, json_list, json_text, json_value, upsert
from mentionwatch.store.filter import COUNTED, LAST_VERDICT
from mentionwatch.store.rows import dump, read_item, read_row
from mentionwatch.store.triage import Triage
from mentionwatch.store.values import read_engagement, read_json, read_stamp, reading_values
from mentionwatch.text import fold_quickly
from mentionwatch.times import optional_stamp, stamp


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A mention to judge: its words, and its latest engagement."""

    seq: int
    brand: str
    item: Item
    matches: tuple[Match, ...]
    own: bool
    backlog: bool
    first_seen_at: datetime
    id: str = ""
    #: The configured source that delivered it first.
    source: str = ""
    matched_at: datetime | None = None
    counts_at: datetime | None = None
    story: str | None = None
    #: :func:`mentionwatch.identity.words_hash` of its item.
    words: bytes = b""
    #: What was done about it, and about those with the same words that somebody has labelled.
    log: tuple[LogEntry, ...] = ()
    copies: tuple[tuple[LogEntry, ...], ...] = ()
    #: And about those of its story in nearly the same words.
    near_copies: tuple[tuple[LogEntry, ...], ...] = ()
    #: Its counts over time, where they have changed.
    readings: tuple[EngagementReading, ...] = ()
    #: It has waited for a reply for a day.
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one mention; ``sentiment`` is ``None`` where its language is not judged."""

    seq: int
    sentiment: Sentiment | None
    urgency: Urgency
    flags: tuple[str, ...]
    rules: str
    tags: tuple[str, ...] = ()
    hits: tuple[RuleHit, ...] = ()
    person: str | None = None
    role: str | None = None
    priority: str | None = None
    labels: tuple[str, ...] = ()


_UNJUDGED = (
    "SELECT m.seq, m.id AS mention, m.brand, m.matched_at, m.counts_at, m.story,"
    " coalesce(e.matches, m.matches) AS matches,"
    " m.own, m.backlog AS m_backlog, i.*,"
    " v.id AS version_id, v.title AS v_title, v.text AS v_text, coalesce((SELECT r.engagement FROM readings r"
    f" WHERE r.item_id = i.id ORDER BY r.read_at DESC LIMIT 1), i.engagement) AS engagement_now,"
    f" (SELECT {json_list(json_array('r.read_at', json_value('r.engagement')))} FROM readings r WHERE r.item_id = i.id)"
    " AS readings,"
    " (SELECT r.asked_at FROM rereadings r WHERE r.item_id = i.id AND r.missing_since IS NULL) AS asked_at,"
    " EXISTS (SELECT 1 FROM waiting w WHERE w.seq = m.seq) AS waits"
)


#: The item, and the words the mention is shown with.
_WORDS = (
    "JOIN items i ON i.id = m.item_id LEFT JOIN mention_words e ON e.seq = m.seq"
    " AND e.at = (SELECT max(o.at) FROM mention_words o WHERE o.seq = m.seq)"
    " LEFT JOIN versions v ON v.id = CASE WHEN e.words IS NULL THEN m.version_id"
    " ELSE (SELECT o.id FROM versions o WHERE o.item_id = m.item_id AND o.words = e.words) END"
)


_SAVE = upsert(
    "verdicts",
    ("seq", "judged_at"),
    ("sentiment", "urgency", "flags", "tags", "hits", "person", "role", "priority", "labels", "rules"),
)


class Verdicts:
    """Mentions to judge, and verdicts."""

    def __init__(self, database: Database, triage: Triage) -> None:
        self._db, self._triage = database, triage

    def unjudged(self, brands: Collection[str], limit: int) -> tuple[Unjudged, ...]:
        """Mentions of these brands that are new, or changed since they were judged."""
        found: list[Unjudged] = []
        for brand in brands:
            if len(found) < limit:
                found += self._unjudged(brand, "", "IS NULL", limit - len(found))
        return tuple(found)

    def outdated(self, rules: Mapping[str, str], limit: int) -> tuple[Unjudged, ...]:
        """Mentions judged by other rules than the brand's in ``rules``, newest first for each brand."""
        found: list[Unjudged] = []
        for brand, version in rules.items():
            for other in ("> :rules", "< :rules"):
                if len(found) < limit:
                    found += self._unjudged(brand, version, other, limit - len(found))
        return tuple(found)

    def _unjudged(self, brand: str, rules: str, judged: str, limit: int) -> list[Unjudged]:
        # One comparison a search, and never "<>": so the index finds them, however many have been judged.
        waiting = (
            "SELECT seq FROM mention_records WHERE brand = :brand AND retired_at IS NULL"
            f" AND judged {judged} ORDER BY judged DESC, seq DESC LIMIT :limit"
        )
        rows = self._db.rows(
            f"{_UNJUDGED} FROM ({waiting}) w JOIN mention_records m ON m.seq = w.seq {_WORDS} LIMIT :limit",
            {"brand": brand, "rules": rules, "limit": limit},
        )
        return self._with_logs([_to_judge(row) for row in rows])

    def to_judge(
        self, brands: Collection[str], since: datetime | None = None, ids: Collection[str] | None = None
    ) -> Iterator[Unjudged]:
        """The mentions of these brands as they would be judged now, judged before or not, in the order of matching.

        Those that count from ``since`` on, or those named, where that is given.
        """
        sql = (
            f"{_UNJUDGED} FROM mention_records m {_WORDS} WHERE m.retired_at IS NULL AND m.brand IN {among(':brands')}"
        )
        values: dict[str, object] = {"brands": array(brands)}
        if since is not None:
            sql += " AND m.counts_at >= :since"
            values["since"] = stamp(since)
        if ids is not None:
            sql += f" AND m.id IN {among(':ids')}"
            values["ids"] = array(ids)
        rows = self._db.rows(sql + " ORDER BY m.seq", values)
        for start in range(0, len(rows), AT_ONCE):
            yield from self._with_logs([_to_judge(row) for row in rows[start : start + AT_ONCE]])

    def _with_logs(self, mentions: list[Unjudged]) -> list[Unjudged]:
        """The mentions with what people did about them, and about the same words elsewhere."""
        if not mentions:
            return []
        logs = self._triage.logs([one.id for one in mentions])
        alike = self._labelled_copies(mentions)
        copied = self._triage.logs({id_ for ids in alike.values() for id_ in ids}) if alike else {}

        def about(mention: str, *, near: bool) -> tuple[tuple[LogEntry, ...], ...]:
            found = alike.get(mention, {})
            return tuple(copied[id_] for id_, exactly in found.items() if id_ in copied and exactly is not near)

        return [
            replace(
                one,
                log=logs.get(one.id, ()),
                copies=about(one.id, near=False),
                near_copies=about(one.id, near=True),
            )
            if one.id in logs or one.id in alike
            else one
            for one in mentions
        ]

    def _labelled_copies(self, mentions: Sequence[Unjudged]) -> dict[str, dict[str, bool]]:
        """Mention → the labelled ones of the same brand that say the same (``True``), or nearly so in its story."""
        rows = self._db.rows(
            "SELECT m.id, m.brand, m.story, i.words FROM mention_records m JOIN items i ON i.id = m.item_id"
            " WHERE m.id IN (SELECT mention FROM triage WHERE action = 'label')"
        )
        if not rows:
            return {}
        near: dict[tuple[str, object], list[str]] = defaultdict(list)
        for row in rows:
            for key in (row["story"], row["words"]):
                if key is not None:
                    near[row["brand"], key].append(row["id"])
        candidates = {
            one.id: {id_ for key in (one.story, one.words) for id_ in near.get((one.brand, key), ())} - {one.id}
            for one in mentions
        }
        words = self._words({id_ for ids in candidates.values() for id_ in ids})
        found: dict[str, dict[str, bool]] = {}
        for one in mentions:
            for id_ in sorted(candidates[one.id]):
                if (how := says_the_same(one.item, words[id_])) is not None:
                    found.setdefault(one.id, {})[id_] = how == "exactly"
        return found

    def copies(self, ids: Collection[str]) -> tuple[str, ...]:
        """The mentions of the same brands that say the same as these, without these."""
        rows = self._db.rows(
            "SELECT a.id AS mention, b.id AS other FROM mention_records a JOIN mention_records b"
            f" ON b.story = a.story AND b.brand = a.brand WHERE a.id IN {among(':ids')}"
            " UNION SELECT a.id, b.id FROM mention_records a JOIN items i ON i.id = a.item_id"
            " JOIN items o ON o.words = i.words JOIN mention_records b ON b.item_id = o.id AND b.brand = a.brand"
            f" WHERE a.id IN {among(':ids')}",
            {"ids": array(ids)},
        )
        pairs = [(row["mention"], row["other"]) for row in rows if row["other"] not in ids]
        words = self._words({id_ for pair in pairs for id_ in pair})
        return tuple(sorted({other for one, other in pairs if says_the_same(words[one], words[other]) is not None}))

    def _words(self, ids: Collection[str]) -> dict[str, Item]:
        """These mentions' items, with the words they are shown with."""
        if not ids:
            return {}
        rows = self._db.rows(f"{_UNJUDGED} FROM mention_records m {_WORDS} WHERE m.id IN {among('?')}", (array(ids),))
        return {one.id: one.item for one in map(_to_judge, rows)}

    def renew(self, ids: Collection[str]) -> None:
        """Have these mentions judged again."""
        self._db.run(f"UPDATE mention_records SET judged = NULL WHERE id IN {among('?')}", (array(ids),))

    def saved(self, brands: Collection[str], since: datetime | None = None) -> dict[int, tuple[str, tuple[str, ...]]]:
        """Number of the mention → urgency level and tags of its verdict; of these brands, from ``since`` on."""
        rows = self._db.rows(
            f"SELECT m.seq, {json_text('j.urgency', 'level')} AS level, j.tags FROM mention_records m"
            f" JOIN {LAST_VERDICT} WHERE m.retired_at IS NULL AND m.brand IN {among(':brands')}"
            " AND (:since = '' OR m.counts_at >= :since)",
            {"brands": array(brands), "since": "" if since is None else stamp(since)},
        )
        return {row["seq"]: (row["level"], tuple(read_json(row["tags"]))) for row in rows}

    def alarms(
        self, brands: Collection[str], since: datetime | None = None, until: datetime | None = None
    ) -> tuple[tuple[str, str, bool], ...]:
        """Id and brand of each mention that was ever judged high or urgent, and whether urgent, by no person's word.

        Neither our own posts nor backlog; those that count between these times, where they are given.
        """
        level = json_text("j.urgency", "level")
        rows = self._db.rows(
            f"SELECT m.id, m.brand, max({level} = 'urgent') AS urgent FROM mention_records m"
            f" JOIN verdicts j ON j.seq = m.seq WHERE m.brand IN {among(':brands')} AND {COUNTED}"
            " AND (:since = '' OR m.counts_at >= :since) AND (:until = '' OR m.counts_at < :until)"
            f" AND {level} IN ('urgent', 'high') AND j.priority IS NULL"
            """ AND j.labels NOT LIKE '%"urgent"%' AND j.labels NOT LIKE '%"high"%'"""
            " GROUP BY m.id, m.brand ORDER BY m.id",
            {"brands": array(brands), "since": optional_stamp(since) or "", "until": optional_stamp(until) or ""},
        )
        return tuple((row["id"], row["brand"], bool(row["urgent"])) for row in rows)

    def update_waiting(self, brands: Collection[str], since: datetime, until: datetime) -> None:
        """Mark negative mentions of these brands that count between these times and were not replied to, resolved,
        ignored or reopened; unmark those that were. What changes is judged again."""
        acted = (
            "EXISTS (SELECT 1 FROM triage t WHERE t.mention = m.id"
            " AND t.action IN ('reply', 'resolve', 'ignore', 'reopen')"
            " AND NOT EXISTS (SELECT 1 FROM triage u WHERE u.undoes = t.id))"
        )
        values: dict[str, object] = {"brands": array(brands), "since": stamp(since), "until": stamp(until)}
        new = self._db.rows(
            f"INSERT INTO waiting (seq) SELECT m.seq FROM mention_records m JOIN {LAST_VERDICT}"
            f" WHERE m.brand IN {among(':brands')} AND {COUNTED} AND m.seq NOT IN (SELECT seq FROM waiting)"
            " AND m.counts_at >= :since AND m.counts_at < :until"
            f" AND {json_text('j.sentiment', 'label')} = 'negative' AND NOT {acted}"
            " ON CONFLICT DO NOTHING RETURNING seq",
            values,
        )
        over = self._db.rows(
            "DELETE FROM waiting WHERE seq NOT IN (SELECT seq FROM mention_records)"
            f" OR seq IN (SELECT m.seq FROM mention_records m WHERE {acted}) RETURNING seq"
        )
        self._db.run_many(
            "UPDATE mention_records SET judged = NULL WHERE seq = ?", [(r["seq"],) for r in (*new, *over)]
        )

    def save(self, judgements: Iterable[Verdict], now: datetime) -> None:
        """Save verdicts. One that equals the last one of its mention is not written again.

        Where the clock was set back, it is dated a second after the last one: the latest is valid.
        """
        for judged in judgements:
            values = (
                _sentiment_json(judged.sentiment),
                _urgency_json(judged.urgency),
                dump(judged.flags),
                dump(judged.tags),
                dump([{"rule": hit.rule, "because": hit.because} for hit in judged.hits]),
                judged.person,
                judged.role,
                judged.priority,
                dump(judged.labels),
            )
            last = self._db.row(
                "SELECT sentiment, urgency, flags, tags, hits, person, role, priority, labels, judged_at"
                " FROM verdicts WHERE seq = ?"
                " ORDER BY judged_at DESC LIMIT 1",
                (judged.seq,),
            )
            if last is None or tuple(last)[:-1] != values:
                at = now
                if last is not None and (before := read_stamp(last["judged_at"])) > now:
                    at = before + timedelta(seconds=1)
                self._db.run(_SAVE, (judged.seq, stamp(at), *values, judged.rules))
            self._db.run("UPDATE mention_records SET judged = ? WHERE seq = ?", (judged.rules, judged.seq))


def _to_judge(row: sqlite3.Row) -> Unjudged:
    item = read_item(row, engagement=row["engagement_now"])
    if row["version_id"] is not None:
        item = replace(item, title=row["v_title"], text=row["v_text"])
    return read_row(
        Unjudged,
        row,
        item=item,
        backlog=bool(row["m_backlog"]),
        id=row["mention"],
        log=(),
        copies=(),
        near_copies=(),
        readings=_readings(row),
    )


#: Of fewer letters and digits than this, two who say the same do not mean the same; of a story's tellings, from so many
#: words on this share of them in both makes a copy.
_LEAST_LETTERS, _LEAST_WORDS, _SHARED = 15, 40, 0.9
_ADDRESS = re.compile(r"https?://\S+")
#: A word, or what changes the sense of all of them: a question mark, a face.
_SPOKEN = re.compile("\\w+|[?？؟\u2600-\u27bf\U0001f000-\U0001faff]")
#: Longer texts are copies of each other only letter by letter.
_READ = 20_000


def says_the_same(one: Item, other: Item) -> Literal["exactly", "nearly"] | None:
    """Whether two items say the same: in the same words but for case, stops and addresses, or nearly so at length."""
    if max(len(one.text), len(other.text)) > _READ:
        return "exactly" if (one.title, one.text) == (other.title, other.text) else None
    first, second = _spoken(one), _spoken(other)
    if sum(map(len, first)) < _LEAST_LETTERS:
        return None
    if first == second:
        return "exactly"
    many, more = set(first), set(second)
    if min(len(first), len(second)) >= _LEAST_WORDS and len(many & more) >= _SHARED * len(many | more):
        return "nearly"
    return None


def _spoken(item: Item) -> list[str]:
    text = f"{item.title or ''} {item.text}"
    return _SPOKEN.findall(fold_quickly(_ADDRESS.sub(" ", text)).casefold())


def _readings(row: sqlite3.Row) -> tuple[EngagementReading, ...]:
    """Engagement when first seen, at each change, and at the last recheck."""
    if row["readings"] == "[]":
        return ()
    with reading_values():
        told = [
            EngagementReading(read_stamp(at), Engagement(**counts)) for at, counts in sorted(read_json(row["readings"]))
        ]
    told.insert(0, EngagementReading(read_stamp(row["first_seen_at"]), read_engagement(row["engagement"])))
    if row["asked_at"] is not None and read_stamp(row["asked_at"]) > told[-1].at:
        told.append(EngagementReading(read_stamp(row["asked_at"]), told[-1].engagement))
    return tuple(told)


def _sentiment_json(sentiment: Sentiment | None) -> str | None:
    if sentiment is None:
        return None
    return dump({"label": sentiment.label, "score": sentiment.score, "reasons": sentiment.reasons})


def _urgency_json(urgency: Urgency) -> str:
    return dump({"level": urgency.level, "reasons": urgency.reasons})
