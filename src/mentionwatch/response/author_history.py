"""What is known of an author from the mentions kept: how much they said, how, and what became of it (pure)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.model import Mention
from mentionwatch.text import fold


@dataclass(frozen=True, slots=True)
class AuthorHistory:
    """One author's mentions: how many, of how many judged how many negative, how many answered, and the first and last.

    ``repeated`` counts the others that say the same as the one looked at: of its story, or in the same words.
    """

    mentions: int
    negative: int
    judged: int
    answered: int
    repeated: int
    first_at: datetime
    last_at: datetime
    person: str | None
    role: str | None


def author_history(this: Mention, all_: Sequence[Mention], answered: Collection[str]) -> AuthorHistory:
    """The history of who said ``this``.

    ``all_`` are their mentions, ``this`` among them, ``answered`` the ids of those we answered. An item that is a
    mention of several brands is counted once.
    """
    items = {one.canonical_url or one.item.url or one.id: one for one in all_}
    said = list(items.values()) or [this]
    judged = [one.sentiment.label for one in said if one.sentiment is not None]
    times = [min(one.item.published_at or one.first_seen_at, one.first_seen_at) for one in said]
    mine = this.canonical_url or this.item.url or this.id
    words = _words(this)
    return AuthorHistory(
        mentions=len(said),
        negative=judged.count("negative"),
        judged=len(judged),
        answered=sum(one.id in answered for one in said),
        repeated=sum(
            key != mine and ((this.story is not None and one.story == this.story) or _words(one) == words)
            for key, one in items.items()
        ),
        first_at=min(times),
        last_at=max(times),
        person=this.person,
        role=this.role,
    )


def _words(mention: Mention) -> str:
    """The words alone; two posts without any are not alike."""
    found = re.findall(r"\w+", fold(f"{mention.item.title or ''} {mention.item.text}"[:20_000]).text)
    return " ".join(found) or mention.id
