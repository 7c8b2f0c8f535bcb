"""JSON: one document that holds the digest, its numbers and its mentions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from mentionwatch.coverage import SourceLine
from mentionwatch.digest import BrandSection, Digest, StoryLine
from mentionwatch.model import Change, LogEntry, Mention
from mentionwatch.render.changes import change_json
from mentionwatch.render.inert import lines, stamp
from mentionwatch.render.jsonl import mention_json
from mentionwatch.render.log import log_json

__all__ = ["SCHEMA", "digest_json", "mentions", "render", "source_line_json"]

SCHEMA = "mentionwatch.digest/1"
LIST_SCHEMA = "mentionwatch.mentions/1"


def render(digest: Digest) -> str:
    """The digest as one indented document, ASCII only, ended by LF."""
    return json.dumps(digest_json(digest), allow_nan=False, indent=1) + "\n"


def mentions(
    told: Iterable[Mention],
    log: Iterable[LogEntry] | None = None,
    changes: Iterable[Change] | None = None,
    author: Mapping[str, object] | None = None,
) -> str:
    """``list --json``: one document whose ``mentions`` are these.

    ``log`` is what was done, ``author`` what is known of who said it, and ``changes`` what became of the post, where
    that is told too.
    """
    document: dict[str, object] = {"schema": LIST_SCHEMA, "mentions": [mention_json(mention) for mention in told]}
    if log is not None:
        document["log"] = [log_json(entry) for entry in log]
        document["author"] = author
    if changes is not None:
        document["changes"] = [change_json(change) for change in changes]
    return json.dumps(document, allow_nan=False, indent=1) + "\n"


def digest_json(digest: Digest) -> dict[str, object]:
    """The document as values: ``brands`` with their numbers and stories (mentions by id), ``sources``, ``mentions``.

    ``count`` is without own posts; ``mentions`` has them too, each marked ``"own": true``, after their brand's stories.
    """
    return {
        "schema": SCHEMA,
        "name": None if digest.name is None else lines(digest.name),
        "generated_at": stamp(digest.generated_at),
        "since": stamp(digest.since),
        "until": stamp(digest.until),
        "new_only": digest.new_only,
        "count": digest.count,
        "older_pending": digest.older_pending,
        "waiting": {
            "count": digest.waiting.count,
            "overdue": digest.waiting.overdue,
            "first": [mention_json(mention) for mention in digest.waiting.first],
        },
        "brands": [_brand(section) for section in digest.brands],
        "sources": [source_line_json(line) for line in digest.sources],
        "mentions": [mention_json(mention) for mention in digest.mentions],
    }


def _brand(section: BrandSection) -> dict[str, object]:
    return {
        "name": lines(section.name),
        "kind": section.kind,
        "count": section.count,
        "previous": section.previous,
        "trend": section.trend,
        "own": section.own_count,
        "negative": section.negative,
        "muted": section.muted,
        "waiting": section.waiting,
        "timeline": {"step_seconds": int(section.step.total_seconds()), "counts": list(section.timeline)},
        "stories": [_story(story) for story in section.stories],
    }


def _story(story: StoryLine) -> dict[str, object]:
    return {
        "story": None if story.leader.story is None else lines(story.leader.story),
        "leader": lines(story.leader.id),
        "size": story.size,
        "total": story.total,
        "first": lines(story.first.id),
        "largest": lines(story.largest.id),
        "urgency": story.level,
        "negative": story.negative,
        "reach": story.reach,
        "changed_headlines": story.changed_headlines,
        "mentions": [lines(mention.id) for mention in story.tellings],
    }


def source_line_json(line: SourceLine) -> dict[str, object]:
    """One source that did not do its duty, as values."""
    return {
        "name": lines(line.name),
        "type": lines(line.type),
        "state": line.state,
        "since": stamp(line.since),
        "until": stamp(line.until),
        "times": line.times,
        "detail": None if line.detail is None else lines(line.detail),
        "last_success_at": stamp(line.last_success_at),
        "gaps": [{"start": stamp(gap.start), "end": stamp(gap.end), "kind": gap.kind} for gap in line.gaps],
        "recovered_seconds": None if line.recovered is None else int(line.recovered.total_seconds()),
        "lost_seconds": None if line.lost is None else int(line.lost.total_seconds()),
    }
