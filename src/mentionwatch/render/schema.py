"""The JSON Schemas (draft 2020-12) of what is told: a mention, a digest.

Written by hand beside the contract rather than derived from the code that writes them: a test holds one against the
other. Every key is required, for it is always present; more keys may come, so none is forbidden.
"""

from __future__ import annotations

import typing
from typing import Any

from mentionwatch.model import (
    FLAGS,
    LABELS,
    SENTIMENT_LABELS,
    URGENCY_LEVELS,
    BrandKind,
    ItemKind,
    MatchField,
    MatchKind,
    Role,
)

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TIME = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"

_TEXT: dict[str, Any] = {"type": "string"}
_TEXT_OR_NULL: dict[str, Any] = {"type": ["string", "null"]}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_COUNT_OR_NULL: dict[str, Any] = {"type": ["integer", "null"], "minimum": 0}
_NUMBER_OR_NULL: dict[str, Any] = {"type": ["integer", "null"]}
_FLAG: dict[str, Any] = {"type": "boolean"}
_MOMENT: dict[str, Any] = {"type": "string", "format": "date-time", "pattern": _TIME}
_MOMENT_OR_NULL: dict[str, Any] = {"type": ["string", "null"], "format": "date-time", "pattern": _TIME}
_LEVELS = list(URGENCY_LEVELS)


def mention_schema() -> dict[str, Any]:
    """A line of ``--jsonl``, an element of ``--json``'s ``mentions``."""
    return {"$schema": _DRAFT, "title": "mentionwatch mention", **_MENTION}


def digest_schema() -> dict[str, Any]:
    """The document of ``digest --json``."""
    return {"$schema": _DRAFT, "title": "mentionwatch digest", **_DIGEST, "$defs": {"mention": _MENTION}}


def _object(
    properties: dict[str, Any], about: str, *, null: bool = False, later: tuple[str, ...] = ()
) -> dict[str, Any]:
    """An object; ``later`` are keys that documents of this schema from before did not have."""
    return {
        "type": ["object", "null"] if null else "object",
        "description": about,
        "required": [key for key in properties if key not in later],
        "properties": properties,
    }


def _list(element: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": element}


def _one_of(literal: object) -> dict[str, Any]:
    return {"enum": list(typing.get_args(literal))}


_MENTION = _object(
    {
        "schema": {"const": "mentionwatch.mention/1"},
        "id": _TEXT | {"pattern": "^m_"},
        "brand": _TEXT,
        "kind": _one_of(ItemKind),
        "source": _TEXT | {"description": "Name of the configured source that brought it first."},
        "platform": _TEXT,
        "external_id": _TEXT_OR_NULL,
        "url": _TEXT_OR_NULL,
        "canonical_url": _TEXT_OR_NULL,
        "title": _TEXT_OR_NULL,
        "text": _TEXT,
        "language": _TEXT_OR_NULL,
        "author": _object(
            {
                "name": _TEXT_OR_NULL,
                "handle": _TEXT_OR_NULL,
                "url": _TEXT_OR_NULL,
                "followers": _COUNT_OR_NULL,
                "person": _TEXT_OR_NULL | {"description": "Who of [[people]] it is."},
                "role": {"enum": [*typing.get_args(Role), None]},
            },
            "Who said it, as far as the source tells.",
            later=("person", "role"),
        ),
        "published_at": _MOMENT_OR_NULL,
        "first_seen_at": _MOMENT,
        "matches": _list(
            _object(
                {
                    "term": _TEXT,
                    "kind": _one_of(MatchKind),
                    "field": _one_of(MatchField),
                    "start": _COUNT,
                    "end": _COUNT,
                    "text": _TEXT,
                },
                "Where a term stands: code points from the field's beginning, as the field is given here.",
            )
        ),
        "links": _list(_TEXT),
        "parent_url": _TEXT_OR_NULL,
        "also_seen": _list(_TEXT),
        "engagement": _object(
            dict.fromkeys(("likes", "reposts", "replies", "score", "views"), _NUMBER_OR_NULL),
            "Counts as the source gave them; null is unknown, never 0.",
        ),
        "stars": {"type": ["number", "null"], "description": "Of a review, 1 to 5."},
        "sentiment": _object(
            {
                "label": {"enum": list(SENTIMENT_LABELS)},
                "score": {"type": ["number", "null"], "minimum": -1, "maximum": 1},
                "reasons": _list(_TEXT),
            },
            "How it speaks of the brand; null is not judged.",
            null=True,
        ),
        "urgency": _object(
            {"level": {"enum": _LEVELS}, "reasons": _list(_TEXT)},
            "How soon a person should look at it; null: not judged.",
            null=True,
        ),
        "flags": _list({"enum": list(FLAGS)}) | {"description": "What else it is, as far as its language is judged."},
        "tags": _list(_TEXT) | {"description": "What the user's rules and people call it."},
        "labels": _list({"enum": list(LABELS)}) | {"description": "What people say it is, of it or of the same words."},
        "priority": {"enum": [*_LEVELS, None], "description": "The urgency that a person set; null: the judge's."},
        "rules": _list(_TEXT) | {"description": "Names of the user's rules that hold for it."},
        "story": _TEXT_OR_NULL,
        "story_size": {"type": "integer", "minimum": 1},
        "status": _TEXT,
        "assignee": _TEXT_OR_NULL,
        "due_at": _MOMENT_OR_NULL,
        "snoozed_until": _MOMENT_OR_NULL | {"description": "Until then it is silent, by a person's word; may be past."},
        "own": _FLAG | {"description": "One of our own posts: never alerted or counted."},
        "edited_at": _MOMENT_OR_NULL | {"description": "When its words were last known to have changed."},
        "gone_at": _MOMENT_OR_NULL | {"description": "Since when it is known to be deleted; its words stay here."},
    },
    "An item that a brand's terms match.",
    later=("flags", "tags", "labels", "priority", "rules", "stars", "snoozed_until", "edited_at", "gone_at"),
)

_STORY = _object(
    {
        "story": _TEXT_OR_NULL,
        "leader": _TEXT,
        "size": {"type": "integer", "minimum": 1},
        "total": {"type": "integer", "minimum": 1},
        "first": _TEXT,
        "largest": _TEXT,
        "urgency": {"enum": _LEVELS},
        "negative": _FLAG,
        "reach": _COUNT,
        "changed_headlines": _COUNT,
        "mentions": _list(_TEXT),
    },
    "Mentions, by id, that tell the same thing.",
)

_SPIKE = _object(
    {
        "kind": {"enum": ["volume", "negative"]},
        "began_at": _MOMENT,
        "ended_at": _MOMENT_OR_NULL,
        "why": _TEXT,
        "acked_at": _MOMENT_OR_NULL,
        "acked_by": _TEXT_OR_NULL,
    },
    "A period with many more mentions than usual, or many more negative ones; null in `ended_at`: it has not ended.",
)

_BRAND = _object(
    {
        "name": _TEXT,
        "kind": _one_of(BrandKind),
        "count": _COUNT,
        "previous": _COUNT_OR_NULL,
        "trend": _NUMBER_OR_NULL,
        "own": _COUNT,
        "negative": _COUNT,
        "muted": _COUNT | {"description": "By trolls of [[people]]: counted, and in no alert."},
        "noise": _COUNT | {"description": "Left out, and in no count, because people labelled them noise."},
        "spikes": _list(_SPIKE),
        "waiting": _COUNT,
        "timeline": _object({"step_seconds": _COUNT, "counts": _list(_COUNT)}, "Mentions in equal steps from `since`."),
        "stories": _list(_STORY),
    },
    "One brand's numbers and stories, most important first; its own posts are not counted.",
    later=("muted", "noise", "spikes"),
)

_SOURCE = _object(
    {
        "name": _TEXT,
        "type": _TEXT,
        "state": _TEXT,
        "since": _MOMENT_OR_NULL,
        "until": _MOMENT_OR_NULL,
        "times": _COUNT,
        "detail": _TEXT_OR_NULL,
        "last_success_at": _MOMENT_OR_NULL,
        "gaps": _list(_object({"start": _MOMENT, "end": _MOMENT, "kind": _TEXT}, "A time that was not watched.")),
        "recovered_seconds": _COUNT_OR_NULL,
        "lost_seconds": _COUNT_OR_NULL,
    },
    "How well one source was watched.",
    later=("recovered_seconds", "lost_seconds"),
)

_DIGEST = _object(
    {
        "schema": {"const": "mentionwatch.digest/1"},
        "name": _TEXT_OR_NULL,
        "generated_at": _MOMENT,
        "since": _MOMENT,
        "until": _MOMENT,
        "new_only": _FLAG,
        "count": _COUNT,
        "older_pending": _COUNT,
        "waiting": _object(
            {"count": _COUNT, "overdue": _COUNT, "first": _list({"$ref": "#/$defs/mention"})},
            "What waits for an answer, whenever it was said; the most overdue first.",
        ),
        "brands": _list(_BRAND),
        "sources": _list(_SOURCE),
        "mentions": _list({"$ref": "#/$defs/mention"}),
    },
    "What was said from `since` to `until`.",
)
