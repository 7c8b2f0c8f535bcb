"""Who answers whom: what lies below a post, and what above it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.store.connection import Connection
from mentionwatch.store.rows import key_hash, maybe_unstamp, stamp, unstamp

__all__ = ["Post", "Reply", "Threads"]

#: Replies that one scan looks at.
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Post:
    """A stored item as a thread sees it: its addresses, what it answers, and its author's handle or name."""

    item_id: int
    platform: str
    author: str | None
    addresses: tuple[str, ...]
    parent_url: str | None


@dataclass(frozen=True, slots=True)
class Reply:
    """A stored item that answers another. ``identity`` names it in every database."""

    item_id: int
    identity: str
    platform: str
    author: str | None
    url: str | None
    parent_url: str
    said_at: datetime | None
    seen_at: datetime


class Threads(Connection):
    """Threads, as far as what is stored tells."""

    def new_replies(self, since: datetime | None) -> tuple[Reply, ...]:
        """The answers to anything found since this was asked last, none before ``since``; in a transaction.

        ``None`` for ``since`` passes over all there are.
        """
        mark = self._row("SELECT value FROM marks WHERE name = 'followed'")
        first = 0 if mark is None else mark["value"]
        rows = (
            []
            if since is None
            else self._rows(
                "SELECT id, identity, platform, author, url, parent_url, published_at, first_seen_at FROM items"
                " WHERE id > ? AND parent_url IS NOT NULL AND first_seen_at >= ? ORDER BY id LIMIT ?",
                (first, stamp(since), _MOST),
            )
        )
        last = self._row("SELECT coalesce(max(id), 0) AS id FROM items")
        assert last is not None
        to = rows[-1]["id"] if len(rows) == _MOST else max(last["id"], first)
        if to != first:
            self._run("INSERT OR REPLACE INTO marks (name, value) VALUES ('followed', ?)", (to,))
        return tuple(
            Reply(
                row["id"],
                row["identity"],
                row["platform"],
                _author(row["author"]),
                row["url"],
                row["parent_url"],
                maybe_unstamp(row["published_at"]),
                unstamp(row["first_seen_at"]),
            )
            for row in rows
        )

    def posts_of(self, mentions: Collection[str]) -> dict[str, Post]:
        """Mention → what it is a mention in."""
        rows = self._rows(
            "SELECT m.id AS mention, i.* FROM mention_records m JOIN items i ON i.id = m.item_id"
            " WHERE m.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(mentions)),),
        )
        return {row["mention"]: _post(row) for row in rows}

    def post_at(self, canonical: str) -> Post | None:
        """The post that is read at an address."""
        row = self._row(
            "SELECT i.* FROM identities n JOIN items i ON i.id = n.item_id WHERE n.key = ?",
            (key_hash(f"url:{canonical}"),),
        )
        return None if row is None else _post(row)


def _post(row: sqlite3.Row) -> Post:
    addresses = (row["url"], row["canonical_url"], *json.loads(row["same_as"]))
    return Post(
        row["id"], row["platform"], _author(row["author"]), tuple(url for url in addresses if url), row["parent_url"]
    )


def _author(text: str) -> str | None:
    who: dict[str, str | None] = json.loads(text)
    return who["handle"] or who["name"]
