"""What the inbox shows, in which order (pure): what is owed an answer first, then what else nobody is done with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from mentionwatch.model import Mention
from mentionwatch.response.clock import Due, Owed, is_overdue

#: What of it is shown: all, what I have, what nobody has, what is overdue.
View = Literal["all", "mine", "nobody", "overdue"]
VIEWS: tuple[View, ...] = get_args(View)
_LEVELS = {"urgent": 0, "high": 1, "normal": 2, "low": 3}


@dataclass(frozen=True, slots=True)
class Entry:
    """One mention in the inbox; ``owed`` where a clock of ours runs."""

    mention: Mention
    owed: Owed | None = None

    def overdue(self, now: datetime) -> bool:
        return self.owed is not None and is_overdue(self.owed, now)


def arrange(due: Sequence[Due], undone: Iterable[Mention]) -> tuple[Entry, ...]:
    """The entries in the order in which they want somebody.

    First what is owed (``due``, the most overdue first, as given); then what has no clock: new before open, by urgency,
    negative before other, the newest first. A mention stands once.
    """
    owed = {one.mention.id for one in due}
    rest = sorted((mention for mention in undone if mention.id not in owed), key=_rank)
    return (*(Entry(one.mention, one.owed) for one in due), *(Entry(mention) for mention in rest))


def _rank(mention: Mention) -> tuple[bool, int, bool, float, str]:
    level = _LEVELS[mention.urgency.level] if mention.urgency else _LEVELS["normal"]
    negative = mention.sentiment is not None and mention.sentiment.label == "negative"
    return (
        mention.status != "new",
        level,
        not negative,
        -(mention.counts_at or mention.first_seen_at).timestamp(),
        mention.id,
    )


def seen_as(entries: Sequence[Entry], view: View, me: str, now: datetime) -> tuple[Entry, ...]:
    """Those of the entries that a view shows, in the same order."""
    if view == "mine":
        return tuple(one for one in entries if one.mention.assignee == me)
    if view == "nobody":
        return tuple(one for one in entries if one.mention.assignee is None)
    if view == "overdue":
        return tuple(one for one in entries if one.overdue(now))
    return tuple(entries)


def next_place(before: Sequence[str], after: Sequence[str], at: str | None) -> int | None:
    """Where the cursor goes in a list that changed: it stays on its mention, or goes to the next one still there."""
    if not after:
        return None
    if at is None or at not in before:
        return 0
    place = {id_: number for number, id_ in enumerate(after)}
    for id_ in before[before.index(at) :]:
        if id_ in place:
            return place[id_]
    return len(after) - 1
