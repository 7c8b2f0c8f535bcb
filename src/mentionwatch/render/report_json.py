"""A report as one JSON document: the numbers that the page's pictures are drawn from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta

from mentionwatch.digest import StoryLine
from mentionwatch.render.coverage import source_json
from mentionwatch.render.json import source_problem_json
from mentionwatch.render.sanitize import http_url, lines
from mentionwatch.report.values import AnswerStats, BrandReport, RankedName, Report, SentimentCounts
from mentionwatch.times import optional_stamp

SCHEMA = "mentionwatch.report/1"


def render(told: Report) -> str:
    """The report as one indented document, ASCII only, ended by LF; what is unknown is ``null``."""
    document = {
        "schema": SCHEMA,
        "generated_at": optional_stamp(told.generated_at),
        "since": optional_stamp(told.since),
        "until": optional_stamp(told.until),
        "watched_from": optional_stamp(told.watched_from),
        "count": told.count,
        "previous": told.previous,
        "step": told.unit,
        "voice": [
            {"brand": lines(one.name), "kind": one.kind, "count": one.count, "previous": one.previous}
            for one in told.voice
        ],
        "brands": [_brand(one) for one in told.brands],
        "coverage": [{"source": lines(one.name), **source_json(one.ledger)} for one in told.timelines],
        "sources": [source_problem_json(line) for line in told.source_problems],
    }
    return json.dumps(document, allow_nan=False, indent=1) + "\n"


def _brand(one: BrandReport) -> dict[str, object]:
    return {
        "name": lines(one.name),
        "kind": one.kind,
        "count": one.count,
        "own": one.own_count,
        "sentiment": _feeling(one.sentiment),
        "before": None
        if one.before is None
        else {"count": one.before.count, "sentiment": _feeling(one.before.sentiment)},
        "timeline": [
            {"from": step.start.isoformat(), "count": step.count, "negative": step.negative, "watched": step.watched}
            for step in one.steps
        ],
        "stories": [_story(story) for story in one.stories],
        "more_stories": one.more_stories,
        "sites": _loud(one.sites),
        "more_sites": one.more_sites,
        "authors": _loud(one.authors),
        "more_authors": one.more_authors,
        "sources": _loud(one.sources),
        "more_sources": one.more_sources,
        "complaints": _answers(one.complaints),
        "answers": _answers(one.answers),
    }


def _feeling(one: SentimentCounts) -> dict[str, int]:
    return {"judged": one.judged, "negative": one.negative, "neutral": one.neutral, "positive": one.positive}


def _story(story: StoryLine) -> dict[str, object]:
    item = story.leader.item
    return {
        "story": None if story.leader.story is None else lines(story.leader.story),
        "leader": lines(story.leader.id),
        "title": None if item.title is None else lines(item.title),
        "url": http_url(item.url),
        "size": story.size,
        "negative": story.negative,
        "urgency": story.level,
        "reach": story.reach,
    }


def _loud(every: Iterable[RankedName]) -> list[dict[str, object]]:
    return [
        {
            "name": lines(one.name),
            "site": None if one.site is None else lines(one.site),
            "count": one.count,
            "negative": one.negative,
            "reach": one.reach,
        }
        for one in every
    ]


def _answers(one: AnswerStats | None) -> dict[str, int | None] | None:
    if one is None:
        return None
    return {
        "count": one.count,
        "answered": one.answered,
        "closed": one.closed,
        "open": one.open,
        "median_first_answer_seconds": None if one.median is None else int(one.median / timedelta(seconds=1)),
    }
