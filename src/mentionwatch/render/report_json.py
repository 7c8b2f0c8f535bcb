"""A report as one JSON document: the numbers that the page's pictures are drawn from."""

from __future__ import annotations

import json
from collections.abc import Iterable

from mentionwatch.digest import StoryLine
from mentionwatch.render.brand_health import alarms_json
from mentionwatch.render.coverage import source_json
from mentionwatch.render.json import source_problem_json
from mentionwatch.render.json_fields import json_fields, json_value
from mentionwatch.render.sanitize import http_url, lines
from mentionwatch.report.values import AnswerStats, BrandReport, RankedName, Report, SentimentCounts

SCHEMA = "mentionwatch.report/1"


def render(told: Report) -> str:
    """The report as one indented document, ASCII only, ended by LF; what is unknown is ``null``."""
    document = {
        "schema": SCHEMA,
        **json_fields(told, "generated_at", "since", "until", "watched_from", "count", "previous"),
        "step": told.unit,
        "voice": [{"brand": lines(one.name), **json_fields(one, "kind", "count", "previous")} for one in told.voice],
        "brands": [_brand(one) for one in told.brands],
        "coverage": [{"source": lines(one.name), **source_json(one.ledger)} for one in told.timelines],
        "sources": [source_problem_json(line) for line in told.source_problems],
    }
    return json.dumps(document, allow_nan=False, indent=1) + "\n"


def _brand(one: BrandReport) -> dict[str, object]:
    before = None
    if one.before is not None:
        before = {"count": one.before.count, "sentiment": _sentiment(one.before.sentiment)}
    return {
        **json_fields(one, "name", "kind", "count"),
        "own": one.own_count,
        "sentiment": _sentiment(one.sentiment),
        "before": before,
        "timeline": [
            {"from": step.start.isoformat(), **json_fields(step, "count", "negative", "watched")} for step in one.steps
        ],
        "stories": [_story(story) for story in one.stories],
        "more_stories": one.more_stories,
        "sites": _ranked(one.sites),
        "more_sites": one.more_sites,
        "authors": _ranked(one.authors),
        "more_authors": one.more_authors,
        "sources": _ranked(one.sources),
        "more_sources": one.more_sources,
        "complaints": _answers(one.complaints),
        "answers": _answers(one.answers),
        "noise": one.noise,
        "alarms": None if one.alarms is None else alarms_json(one.alarms),
    }


def _sentiment(one: SentimentCounts) -> dict[str, object]:
    return json_fields(one, "judged", "negative", "neutral", "positive")


def _story(story: StoryLine) -> dict[str, object]:
    item = story.leader.item
    return {
        "story": json_value(story.leader.story),
        "leader": lines(story.leader.id),
        "title": json_value(item.title),
        "url": http_url(item.url),
        **json_fields(story, "size", "negative"),
        "urgency": story.level,
        "reach": story.reach,
    }


def _ranked(every: Iterable[RankedName]) -> list[dict[str, object]]:
    return [json_fields(one, "name", "site", "count", "negative", "reach") for one in every]


def _answers(one: AnswerStats | None) -> dict[str, object] | None:
    if one is None:
        return None
    counts = json_fields(one, "count", "answered", "closed", "open")
    return {**counts, "median_first_answer_seconds": json_value(one.median)}
