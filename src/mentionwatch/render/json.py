"""JSON: one document that holds the digest, its numbers and its mentions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from mentionwatch.coverage import SourceProblem
from mentionwatch.digest import BrandSection, Digest, StorySummary
from mentionwatch.model import ItemChange, LogEntry, Mention
from mentionwatch.render.json_fields import json_fields, json_value
from mentionwatch.render.jsonl import mention_json
from mentionwatch.render.mention_details import change_json, log_json

SCHEMA = "mentionwatch.digest/1"
LIST_SCHEMA = "mentionwatch.mentions/1"


def render(digest: Digest) -> str:
    """The digest as one indented document, ASCII only, ended by LF."""
    return "".join(parts(digest))


def parts(digest: Digest) -> Iterator[str]:
    """The same document piece by piece: of a hundred thousand mentions, one is held at a time."""
    yield from _document(_head(digest), digest.mentions)


def mentions(
    told: Iterable[Mention],
    log: Iterable[LogEntry] | None = None,
    changes: Iterable[ItemChange] | None = None,
    author: Mapping[str, object] | None = None,
    *,
    rechecked: bool | None = None,
) -> str:
    """``list --json``: one document whose ``mentions`` are these.

    ``log`` is what was done, ``author`` what is known of who said it, ``changes`` what became of the post, and
    ``rechecked`` whether a source can request it again, where that is told too.
    """
    return "".join(mentions_parts(told, log, changes, author, rechecked=rechecked))


def mentions_parts(
    told: Iterable[Mention],
    log: Iterable[LogEntry] | None = None,
    changes: Iterable[ItemChange] | None = None,
    author: Mapping[str, object] | None = None,
    *,
    rechecked: bool | None = None,
) -> Iterator[str]:
    """What :func:`mentions` gives, piece by piece."""
    after: dict[str, object] = {}
    if log is not None:
        after["log"] = [log_json(entry) for entry in log]
        after["author"] = author
    if changes is not None:
        after["changes"] = [change_json(change) for change in changes]
        after["rechecked"] = rechecked
    yield from _document({"schema": LIST_SCHEMA}, told, after)


def _document(
    before: Mapping[str, object], told: Iterable[Mention], after: Mapping[str, object] | None = None
) -> Iterator[str]:
    """An indented document of what comes before ``mentions``, these, and what comes after, ended by LF."""
    yield _dumped(before)[:-2] + ',\n "mentions": ['
    mark = ""
    for mention in told:
        yield f"{mark}\n" + "\n".join(f"  {row}" for row in _dumped(mention_json(mention)).split("\n"))
        mark = ","
    yield ("\n ]" if mark else "]") + (",\n" + _dumped(after)[2:] if after else "\n}") + "\n"


def _dumped(value: object) -> str:
    return json.dumps(value, allow_nan=False, indent=1)


def _head(digest: Digest) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        **json_fields(digest, "name", "generated_at", "since", "until", "new_only", "count", "older_pending"),
        "waiting": {
            **json_fields(digest.waiting, "count", "overdue"),
            "first": [mention_json(mention) for mention in digest.waiting.first],
        },
        "brands": [_brand(section) for section in digest.brands],
        "sources": [source_problem_json(line) for line in digest.sources],
    }


def _brand(section: BrandSection) -> dict[str, object]:
    return {
        **json_fields(section, "name", "kind", "count", "previous", "trend"),
        "own": section.own_count,
        **json_fields(section, "negative", "muted", "noise"),
        "spikes": [
            json_fields(one, "kind", "began_at", "ended_at", "why", "acked_at", "acked_by") for one in section.spikes
        ],
        "waiting": section.waiting,
        "timeline": {"step_seconds": json_value(section.step), "counts": list(section.timeline)},
        "stories": [_story(story) for story in section.folded],
    }


def _story(story: StorySummary) -> dict[str, object]:
    return {
        **json_fields(story, "story", "leader", "size", "total", "first", "largest"),
        "urgency": story.level,
        **json_fields(story, "negative", "reach", "changed_headlines"),
        "mentions": json_value(story.ids),
    }


def source_problem_json(line: SourceProblem) -> dict[str, object]:
    """One source that did not do its duty, as values."""
    return {
        **json_fields(line, "name", "type", "state", "since", "until", "times", "detail", "last_success_at"),
        "gaps": [json_fields(gap, "start", "end", "kind") for gap in line.gaps],
        "recovered_seconds": json_value(line.recovered),
        "lost_seconds": json_value(line.lost),
    }
