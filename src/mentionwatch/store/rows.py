"""Dataclasses to columns and back: times as RFC 3339 text, nested values as JSON text."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any, TypeVar

from mentionwatch.model import (
    SENTIMENT_LABELS,
    URGENCY_LEVELS,
    Author,
    Engagement,
    Item,
    Match,
    Mention,
    Sentiment,
    SentimentLabel,
    Urgency,
    UrgencyLevel,
)
from mentionwatch.store.database import Database
from mentionwatch.store.dialect import upsert
from mentionwatch.store.values import (
    damaged,
    read_author,
    read_engagement,
    read_hits,
    read_level,
    read_matches,
    read_object,
    read_optional_stamp,
    read_sentiment,
    read_stamp,
    read_texts,
    read_urgency,
    reading_values,
)
from mentionwatch.times import optional_stamp, stamp

T = TypeVar("T")


def dump(value: object) -> str:
    if value == ():
        return "[]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def author_json(author: Author) -> str:
    return dump({"name": author.name, "handle": author.handle, "url": author.url, "followers": author.followers})


@lru_cache(maxsize=256)
def engagement_json(e: Engagement) -> str:
    return dump({"likes": e.likes, "reposts": e.reposts, "replies": e.replies, "score": e.score, "views": e.views})


def matches_json(matches: tuple[Match, ...]) -> str:
    return dump(
        [
            {"term": m.term, "kind": m.kind, "field": m.field, "start": m.start, "end": m.end, "text": m.text}
            for m in matches
        ]
    )


#: The columns of ``items`` in the order :func:`item_values` gives them.
ITEM_COLUMNS = (
    "platform", "source", "kind", "external_id", "url", "canonical_url", "title", "text", "language", "author",
    "published_at", "first_seen_at", "links", "tags", "handles", "same_as", "parent_url", "engagement", "rating",
    "backlog", "identity", "words", "poll_id",
)  # fmt: skip


def item_values(
    item: Item,
    *,
    source: str,
    canonical: str | None,
    seen: str,
    backlog: bool,
    identity: str,
    words: bytes,
    poll_id: int | None,
) -> tuple[object, ...]:
    """One row of ``items``; the order is :data:`ITEM_COLUMNS`."""
    return (
        item.platform, source, item.kind, item.external_id, item.url, canonical, item.title, item.text, item.language,
        author_json(item.author), optional_stamp(item.published_at), seen, dump(item.links), dump(item.tags),
        dump(item.handles), dump(item.same_as), item.parent_url, engagement_json(item.engagement), item.rating,
        int(backlog), identity, words, poll_id,
    )  # fmt: skip


def read_item(row: sqlite3.Row, *, engagement: str | None = None) -> Item:
    """The :class:`Item` of a row that has the columns of ``items``; ``engagement`` is a later reading of its counts."""
    return read_row(Item, row) if engagement is None else read_row(Item, row, engagement=read_engagement(engagement))


def read_mention(row: sqlite3.Row, story_size: int) -> Mention:
    """The :class:`Mention` of a row with the columns of the view ``mentions``."""
    # Its tags are those of its rules; what the platform gave apart from the text is not told.
    item = read_row(Item, row, tags=(), handles=(), same_as=())
    return read_row(Mention, row, item=item, story_size=story_size, due_for=None)


@lru_cache(maxsize=16)
def _bare_sentiment(label: SentimentLabel) -> Sentiment:
    if label not in SENTIMENT_LABELS:
        raise damaged()
    return Sentiment(label=label, score=0.0, reasons=())


@lru_cache(maxsize=16)
def _bare_urgency(level: UrgencyLevel) -> Urgency:
    if level not in URGENCY_LEVELS:
        raise damaged()
    return Urgency(level=level, reasons=())


def read_bare(row: sqlite3.Row, story_size: int) -> Mention:
    """The :class:`Mention` of a row without words, reasons and addresses, its columns in the order given here."""
    (
        id_, brand, kind, source, platform, title, followers, published_at, first_seen_at, counts_at, own, backlog,
        engagement, sentiment, urgency, role, story, status, snoozed_until,
    ) = row  # fmt: skip
    return Mention(
        id=id_,
        brand=brand,
        item=Item(
            platform=platform,
            kind=kind,
            title=title,
            author=Author(followers=followers),
            published_at=read_optional_stamp(published_at),
            engagement=read_engagement(engagement),
        ),
        canonical_url=None,
        source=source,
        first_seen_at=read_stamp(first_seen_at),
        matches=(),
        counts_at=read_optional_stamp(counts_at),
        own=bool(own),
        backlog=bool(backlog),
        story=story,
        story_size=story_size,
        sentiment=None if sentiment is None else _bare_sentiment(sentiment),
        urgency=None if urgency is None else _bare_urgency(urgency),
        role=role,
        status=status,
        snoozed_until=read_optional_stamp(snoozed_until),
    )


def read_row(kind: Callable[..., T], row: sqlite3.Row | Mapping[str, Any], **others: object) -> T:
    """A dataclass from a row whose columns have the names of its fields; ``others`` are fields given otherwise."""
    with reading_values():
        return kind(
            *[
                others[name] if name in others else row[name] if read is None else read(row[name])
                for name, read in _readers(kind)
            ]
        )


@cache
def _readers(kind: Any) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    """For each field of a dataclass how its column is read; ``None``: as it is."""
    return tuple((field.name, _READERS.get(field.type)) for field in fields(kind))


_READERS: dict[object, Callable[[Any], Any]] = {
    "datetime": read_stamp,
    "datetime | None": read_optional_stamp,
    "bool": bool,
    "bool | None": lambda value: None if value is None else bool(value),
    "tuple[str, ...]": read_texts,
    "Mapping[str, object]": read_object,
    "Author": read_author,
    "Engagement": read_engagement,
    "Sentiment | None": read_sentiment,
    "Urgency | None": read_urgency,
    "UrgencyLevel | None": read_level,
    "tuple[Match, ...]": read_matches,
    "tuple[RuleHit, ...]": read_hits,
}


def show_words(database: Database, seq: int, at: datetime, words: bytes, matches: str) -> None:
    """From now on show a mention with these words of its item, and judge it again."""
    database.run(upsert("mention_words", ("seq", "at"), ("words", "matches")), (seq, stamp(at), words, matches))
    database.run("UPDATE mention_records SET judged = NULL WHERE seq = ?", (seq,))


@dataclass(slots=True)
class KnownRow:
    """What is needed to update an item that is stored already."""

    words: bytes
    engagement: str
    sources: set[str]


def key_hash(key: str) -> bytes:
    """A key as ``identities`` stores it: 16 bytes, whatever its length."""
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=16).digest()


def times_of_run(first: str, more: str | None) -> list[datetime]:
    """The times of a run of polls: the first, and those after it."""
    times = [read_stamp(first)]
    for seconds in (more or "").split(",") if more else ():
        times.append(times[-1] + timedelta(seconds=int(seconds)))
    return times


def one_more(more: str | None, last: datetime, at: datetime) -> str:
    step = str(int((at - last).total_seconds()))
    return step if more is None else f"{more},{step}"
