"""Rechecks: which posts are requested again, when they were last seen, and what they said then."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, astuple, dataclass
from datetime import datetime, timedelta

from mentionwatch.model import Engagement, Item
from mentionwatch.store.changes import Changes
from mentionwatch.store.database import Database
from mentionwatch.store.dialect import among, array, json_has, json_list, json_text, upsert
from mentionwatch.store.filter import COUNTED, IS_NOISE, LAST_VERDICT
from mentionwatch.store.items import Items
from mentionwatch.store.rows import engagement_json, read_item, read_row
from mentionwatch.times import optional_stamp, stamp

#: Posts watched at once: the newest.
_MOST = 500
#: Readings of an item that are kept: a count that changes at every poll must not fill the disk.
_MOST_READINGS = 500


@dataclass(frozen=True, slots=True)
class WatchedPost:
    """A post that may need a reply, as first stored but with its latest engagement, and earlier rechecks.

    ``mentions`` are the ids of those brands' mentions of it; ``sources`` delivered it, the first one first.
    ``first_words`` is the hash of what it said when it was first seen, ``words`` that of what it said when it was last
    asked for, ``None`` where it never was found so.
    """

    item_id: int
    item: Item
    sources: tuple[str, ...]
    first_seen_at: datetime
    mentions: tuple[str, ...]
    first_words: bytes
    asked_at: datetime | None = None
    missing_since: datetime | None = None
    words: bytes | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class OwnReply:
    """One of our own replies: when it was last requested and seen, and since when it is missing."""

    asked_at: datetime | None = None
    seen_at: datetime | None = None
    missing_since: datetime | None = None
    gone_at: datetime | None = None


class Rechecks:
    """Rechecks of posts and of our own replies. Call what writes inside a transaction."""

    def __init__(self, database: Database, items: Items, changes: Changes) -> None:
        self._db, self._items, self._changes = database, items, changes

    def watched(self, brands: Collection[str], platforms: Collection[str], since: datetime) -> tuple[WatchedPost, ...]:
        """The posts on these platforms to recheck: those that count, or were acted on, since then.

        Mentions of these brands that are negative, complaints, more than normally urgent, or that somebody did
        something about, and those whose counts changed twice within the last day; neither our own posts nor backlog nor
        noise.
        """
        rows = self._db.rows(
            "SELECT i.*, m.id AS mention, r.asked_at, r.missing_since, r.words AS read_words,"
            " coalesce((SELECT c.what FROM changes c WHERE c.item_id = i.id AND c.what <> 'edited'"
            "   ORDER BY c.at DESC, c.what DESC LIMIT 1), '') = 'gone' AS gone,"
            " (SELECT c.engagement FROM readings c WHERE c.item_id = i.id ORDER BY c.read_at DESC LIMIT 1) AS counts,"
            f" (SELECT {json_list('source')} FROM (SELECT s.source, s.source <> i.source AS later FROM sightings s"
            "   WHERE s.item_id = i.id ORDER BY later, s.first_seen_at, s.source)) AS sources"
            " FROM mention_records m JOIN items i ON i.id = m.item_id LEFT JOIN rereadings r ON r.item_id = i.id"
            f" LEFT JOIN {LAST_VERDICT}"
            f" WHERE m.brand IN {among(':brands')} AND {COUNTED} AND NOT {IS_NOISE}"
            f" AND i.platform IN {among(':platforms')}"
            " AND (m.counts_at >= :since OR m.id IN (SELECT mention FROM triage WHERE at >= :since))"
            f" AND ({json_text('j.urgency', 'level')} IN ('urgent', 'high')"
            f"  OR {json_text('j.sentiment', 'label')} = 'negative'"
            f"  OR {json_has('j.flags', ':complaint')}"
            "  OR m.id IN (SELECT mention FROM triage WHERE action NOT IN ('label', 'tag'))"
            "  OR (SELECT count(*) FROM readings c WHERE c.item_id = i.id AND c.read_at >= :day) >= 2)"
            " ORDER BY m.seq DESC LIMIT :most",
            {
                "brands": array(brands),
                "platforms": array(platforms),
                "since": stamp(since),
                "complaint": "complaint",
                "day": stamp(since + timedelta(days=6)),
                "most": _MOST,
            },
        )
        mentions: dict[int, list[str]] = {}
        for row in rows:
            mentions.setdefault(row["id"], []).append(row["mention"])
        by_item = {row["id"]: row for row in rows}
        return tuple(
            read_row(
                WatchedPost,
                row,
                item_id=item_id,
                item=read_item(row, engagement=row["counts"]),
                mentions=tuple(mentions[item_id]),
                first_words=row["words"],
                words=row["read_words"],
            )
            for item_id, row in by_item.items()
        )

    def found(self, one: WatchedPost, source: str, item: Item, words: bytes, at: datetime, *, excerpts: bool) -> None:
        """A post was found: save its engagement, and its text if that has changed.

        ``words`` is the hash of what it says (``identity.words_hash``). ``excerpts``: what was first told of it may
        have been cut short, so that this reading is the first whole one.
        """
        self._asked(one, at, missing_since=None, words=words)
        # How fast it grows is part of how urgent it is, and so is that it does not any more.
        self._db.run(
            "UPDATE mention_records SET judged = NULL WHERE item_id = :item_id"
            " AND EXISTS (SELECT 1 FROM readings WHERE item_id = :item_id)",
            {"item_id": one.item_id},
        )
        self._changes.mark_back(one.item_id, at, "found again")
        if words != one.words:
            if one.words is None and excerpts:
                if words != one.first_words:
                    self._items.save_version(one.item_id, source, stamp(at), item, words)
            else:
                self._changes.mark_edited(one.item_id, source, item, words, at, "it says something else than before")
        before = self._items.engagement_history(one.item_id)[-1]
        known = {name: count for name, count in asdict(item.engagement).items() if count is not None}
        # A count that this answer does not give is not unknown for that.
        now = engagement_json(Engagement(**(asdict(before.engagement) | known)))
        if now != engagement_json(before.engagement):
            self._items.save_engagement(one.item_id, stamp(at), now)
            self._db.run(
                "DELETE FROM readings WHERE item_id = :item_id AND read_at <= (SELECT read_at FROM readings"
                " WHERE item_id = :item_id ORDER BY read_at DESC LIMIT 1 OFFSET :most)",
                {"item_id": one.item_id, "most": _MOST_READINGS},
            )

    def missed(self, one: WatchedPost, at: datetime) -> None:
        """A post was not found; whether it was deleted is for the caller to decide."""
        self._asked(one, at, missing_since=one.missing_since or at, words=one.words)

    def _asked(self, one: WatchedPost, at: datetime, *, missing_since: datetime | None, words: bytes | None) -> None:
        self._db.run(
            "INSERT INTO rereadings (item_id, asked_at, times, missing_since, words) VALUES (?, ?, 1, ?, ?)"
            " ON CONFLICT (item_id) DO UPDATE SET asked_at = excluded.asked_at, times = times + 1,"
            " missing_since = excluded.missing_since, words = excluded.words",
            (one.item_id, stamp(at), optional_stamp(missing_since), words),
        )

    def replies(self, mentions: Collection[str]) -> Mapping[tuple[str, str], OwnReply]:
        """What is known of our own replies to these mentions, by mention and URL."""
        rows = self._db.rows(f"SELECT * FROM answers WHERE mention IN {among('?')}", (array(mentions),))
        return {(row["mention"], row["url"]): read_row(OwnReply, row) for row in rows}

    def save_reply(self, mention: str, url: str, row: OwnReply) -> None:
        """Save what is known of one of our replies."""
        self._db.run(
            upsert("answers", ("mention", "url"), ("asked_at", "seen_at", "missing_since", "gone_at")),
            (mention, url, *map(optional_stamp, astuple(row))),
        )
