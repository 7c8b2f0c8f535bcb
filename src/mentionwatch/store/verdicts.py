"""Verdicts: what is still to be judged, and each judgement with its time."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mentionwatch.model import Engagement, EngagementReading, Item, Match, RuleHit, Sentiment, Urgency
from mentionwatch.store.database import Database
from mentionwatch.store.dialect import among, array, json_array, json_list, json_text, json_value, upsert
from mentionwatch.store.filter import COUNTED, LAST_VERDICT
from mentionwatch.store.rows import dump, read_item, read_row
from mentionwatch.store.values import read_engagement, read_json, read_stamp, reading_values
from mentionwatch.times import stamp


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
    #: Its sentiment as a person labelled it, and who did.
    label: tuple[str, str] | None = None
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


#: A mention's latest sentiment label that was not undone.
_LABEL = (
    f"(SELECT {json_array(json_text('t.data', 'label'), 't.by')} FROM triage t WHERE t.mention = m.id"
    f" AND t.action = 'label' AND {json_text('t.data', 'kind')} = 'sentiment'"
    " AND NOT EXISTS (SELECT 1 FROM triage u WHERE u.undoes = t.id) ORDER BY t.id DESC LIMIT 1)"
)


_UNJUDGED = (
    "SELECT m.seq, m.id AS mention, m.brand, m.matched_at, m.counts_at, m.story,"
    " coalesce(e.matches, m.matches) AS matches,"
    " m.own, m.backlog AS m_backlog, i.*,"
    " v.id AS version_id, v.title AS v_title, v.text AS v_text, coalesce((SELECT r.engagement FROM readings r"
    f" WHERE r.item_id = i.id ORDER BY r.read_at DESC LIMIT 1), i.engagement) AS engagement_now, {_LABEL} AS label,"
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
    ("sentiment", "urgency", "flags", "tags", "hits", "person", "role", "rules"),
)


class Verdicts:
    """Mentions to judge, and verdicts."""

    def __init__(self, database: Database) -> None:
        self._db = database

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
        return [_to_judge(row) for row in rows]

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
        for row in self._db.rows(sql + " ORDER BY m.seq", values):
            yield _to_judge(row)

    def saved(self, brands: Collection[str], since: datetime | None = None) -> dict[int, tuple[str, tuple[str, ...]]]:
        """Number of the mention → urgency level and tags of its verdict; of these brands, from ``since`` on."""
        rows = self._db.rows(
            f"SELECT m.seq, {json_text('j.urgency', 'level')} AS level, j.tags FROM mention_records m"
            f" JOIN {LAST_VERDICT} WHERE m.retired_at IS NULL AND m.brand IN {among(':brands')}"
            " AND (:since = '' OR m.counts_at >= :since)",
            {"brands": array(brands), "since": "" if since is None else stamp(since)},
        )
        return {row["seq"]: (row["level"], tuple(read_json(row["tags"]))) for row in rows}

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
            )
            last = self._db.row(
                "SELECT sentiment, urgency, flags, tags, hits, person, role, judged_at FROM verdicts WHERE seq = ?"
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
        label=None if row["label"] is None else tuple(read_json(row["label"])),
        readings=_readings(row),
    )


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
