"""What became of a post, as ``show`` tells it: what it said before, and that it is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from mentionwatch.analysis.growth import Growth, describe_growth
from mentionwatch.model import Item, ItemChange
from mentionwatch.render import phrases
from mentionwatch.render.json_fields import json_fields
from mentionwatch.render.sanitize import squeezed

#: Characters of earlier words that are shown; all are in the JSON and in the database.
_SHOWN = 500


def render(item: Item, changes: Sequence[ItemChange], now: datetime, *, zone: tzinfo = UTC) -> str:
    """A line a change, oldest first, an edit with what was said before it; nothing where nothing became of it.

    ``item`` is as it was first told.
    """
    if not changes:
        return ""
    rows = ["", "history"]
    said = (item.title, item.text)
    for change in changes:
        at = f"{phrases.moment(change.at, now, zone):>16}  "
        if change.what == "edited":
            before = " – ".join(part for part in said if part)
            rows.append(f"{at}edited; before it said: “{squeezed(before, _SHOWN)}”")
            said = (change.title, change.text or "")
        else:
            rows.append(f"{at}{'gone' if change.what == 'gone' else 'there again'}: {squeezed(change.evidence, 200)}")
    return "".join(f"{row}\n" for row in rows)


def growth(seen: Growth, *, zone: tzinfo = UTC) -> str:
    """How its counts grow, on one line."""
    return f"\ngrowth  {describe_growth(seen, zone)}\n"


def change_json(change: ItemChange) -> dict[str, object]:
    """One change; ``title`` and ``text`` are what it says after an edit, else ``null``."""
    return json_fields(change, "at", "what", "evidence", "title", "text")
