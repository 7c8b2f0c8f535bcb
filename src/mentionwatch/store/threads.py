"""Threads: replies to a post, and the post a reply answers."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentionwatch.store.database import Database
from mentionwatch.store.dialect import among, array
from mentionwatch.store.filter import SAID_AT
from mentionwatch.store.rows import key_hash, read_row
from mentionwatch.store.values import read_author, read_stamp, read_texts
from mentionwatch.times import stamp
from mentionwatch.urls import host_of

_STEP = timedelta(minutes=15)


#: Replies that one scan looks at.
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Post:
    """A stored item in a thread: its URLs, its parent, and its author's handle or name."""

    item_id: int
    platform: str
    author: str | None
    addresses: tuple[str, ...]
    parent_url: str | None


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A stored item that replies to another. ``identity`` names it in every database."""

    item_id: int
    identity: str
    platform: str
    author: str | None
    url: str | None
    parent_url: str
    said_at: datetime | None
    seen_at: datetime


class ReplyThreads:
    """Threads, as far as they are stored."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def new_replies(self, since: datetime | None) -> tuple[StoredReply, ...]:
        """Replies to anything, found since the last call, none before ``since``; in a transaction.

        ``None`` for ``since`` skips all there are.
        """
        first = self._db.mark("followed") or 0
        rows = (
            []
            if since is None
            else self._db.rows(
                "SELECT id AS item_id, identity, platform, author, url, parent_url, published_at AS said_at,"
                " first_seen_at AS seen_at FROM items"
                " WHERE id > ? AND parent_url IS NOT NULL AND first_seen_at >= ? ORDER BY id LIMIT ?",
                (first, stamp(since), _MOST),
            )
        )
        last = self._db.row("SELECT coalesce(max(id), 0) AS id FROM items")
        assert last is not None
        to = rows[-1]["item_id"] if len(rows) == _MOST else max(last["id"], first)
        if to != first:
            self._db.set_mark("followed", to)
        return tuple(read_row(StoredReply, row, author=_author(row["author"])) for row in rows)

    def posts_of(self, mentions: Collection[str]) -> dict[str, Post]:
        """Mention → its post."""
        rows = self._db.rows(
            "SELECT m.id AS mention, i.* FROM mention_records m JOIN items i ON i.id = m.item_id"
            f" WHERE m.id IN {among('?')}",
            (array(mentions),),
        )
        return {row["mention"]: _post(row) for row in rows}

    def spread(self, item_id: int, now: datetime) -> dict[str, list[tuple[datetime, int]]]:
        """How many authors replied to a post, and how many sites carry its story, over the last day.

        Counted every quarter of an hour until the last recheck of the post: what was not fetched yet has not stopped.
        """
        asked = self._db.row("SELECT asked_at FROM rereadings WHERE item_id = ?", (item_id,))
        end = min(now, read_stamp(asked["asked_at"])) if asked is not None else now
        answered = self._db.rows(
            "WITH RECURSIVE below (id, url, canonical_url, author, at) AS ("
            " SELECT id, url, canonical_url, NULL, NULL FROM items WHERE id = ? UNION"
            " SELECT i.id, i.url, i.canonical_url, i.author,"
            f"  {SAID_AT}"
            "  FROM below b JOIN items i ON i.parent_url IN (b.url, b.canonical_url) LIMIT 2000)"
            " SELECT author, at FROM below WHERE author IS NOT NULL ORDER BY at",
            (item_id,),
        )
        told = self._db.rows(
            f"SELECT i.canonical_url, {SAID_AT} AS at"
            " FROM mention_records m JOIN items i ON i.id = m.item_id WHERE m.retired_at IS NULL AND i.url IS NOT NULL"
            " AND m.story IN (SELECT story FROM mention_records WHERE item_id = ? AND story IS NOT NULL)"
            " ORDER BY at LIMIT 2000",
            (item_id,),
        )
        authors = [(read_stamp(row["at"]), _author(row["author"])) for row in answered]
        sites = [(read_stamp(row["at"]), host_of(row["canonical_url"] or "")) for row in told]
        return {"authors": _distinct(authors, end), "sites": _distinct(sites, end)}

    def post_at(self, canonical: str) -> Post | None:
        """The post at a canonical URL."""
        row = self._db.row(
            "SELECT i.* FROM identities n JOIN items i ON i.id = n.item_id WHERE n.key = ?",
            (key_hash(f"url:{canonical}"),),
        )
        return None if row is None else _post(row)


def _distinct(said: Sequence[tuple[datetime, str | None]], end: datetime) -> list[tuple[datetime, int]]:
    """The number of different names, every quarter of an hour of the day before ``end``."""
    first: dict[str, datetime] = {}
    for at, name in said:
        if name is not None:
            first.setdefault(name, at)
    if not first:
        return []
    times = sorted(first.values())
    begin = max(times[0], end - timedelta(days=1))
    steps = int((end - begin) / _STEP) if end > begin else 0
    return [(at, bisect_right(times, at)) for at in (end - n * _STEP for n in range(steps, -1, -1))]


def _post(row: sqlite3.Row) -> Post:
    addresses = (row["url"], row["canonical_url"], *read_texts(row["same_as"]))
    return Post(
        row["id"], row["platform"], _author(row["author"]), tuple(url for url in addresses if url), row["parent_url"]
    )


def _author(text: str) -> str | None:
    who = read_author(text)
    return who.handle or who.name
