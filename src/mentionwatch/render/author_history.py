"""An author's history as ``show`` tells it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from mentionwatch.render import phrases
from mentionwatch.render.json_fields import json_fields
from mentionwatch.render.sanitize import squeezed
from mentionwatch.response.author_history import AuthorHistory


def history_json(known: AuthorHistory) -> dict[str, object]:
    """The history as values; ``repeated`` counts the other mentions that say the same."""
    counts = json_fields(known, "mentions", "negative", "judged", "answered", "repeated")
    return counts | json_fields(known, "first_at", "last_at", "person", "role")


def render(known: AuthorHistory, note: str | None, now: datetime, *, zone: tzinfo = UTC) -> str:
    """A line or a few below the mention: who it is, how much they said and how, and what became of it."""
    said = [phrases.count(known.mentions, "mention")]
    if known.mentions > 1:
        first, last = (phrases.moment(at, now, zone) for at in (known.first_at, known.last_at))
        said.append(f"from {first} to {last}")
    if known.judged:
        said.append(f"{phrases.number(known.negative)} of {phrases.number(known.judged)} judged negative")
    said.append(f"{phrases.number(known.answered)} answered")
    if known.repeated:
        said.append(f"{phrases.number(known.repeated)} more that {'says' if known.repeated == 1 else 'say'} the same")
    rows = ["", "author"]
    if known.person:
        rows.append(f"  {squeezed(known.person, 200)}, {known.role}{': ' + squeezed(note, 500) if note else ''}")
    return "".join(f"{row}\n" for row in [*rows, f"  {', '.join(said)}"])
