"""An explained query as text and as JSON."""

from __future__ import annotations

from typing import Any

from mentionwatch.query.check import QueryProblem
from mentionwatch.query.explain import Explanation, draw_tree
from mentionwatch.render.json_fields import json_fields
from mentionwatch.render.sanitize import line


def problem_json(problem: QueryProblem) -> dict[str, Any]:
    return json_fields(problem, "message", "fatal", "line", "column")


def explanation_json(found: Explanation) -> dict[str, Any]:
    addresses: dict[str, dict[str, None]] = {}
    for one in found.requests:
        addresses.setdefault(one.platform, {}).update(dict.fromkeys([one.url] if one.url else []))
    return {
        "schema": "mentionwatch.query/1",
        "query": found.query,
        "problems": [problem_json(problem) for problem in found.problems],
        "clauses": [
            {
                **json_fields(clause, "depth", "text", "holds"),
                "matches": [json_fields(found, "field", "start", "end", "text") for found in clause.matches],
            }
            for clause in found.clauses
        ],
        "holds": None if found.matches is None else {"match": found.matches, "reason": found.reason},
        "asks": [json_fields(term, "kind", "text") for term in found.terms],
        "requests": [
            {
                "source": one.source,
                "question": one.question if one.error is None else f"cannot be asked: {one.error}",
                "url": one.url,
                "body": one.body,
            }
            for one in found.requests
        ],
        # Every answer is checked against the whole query, whatever a platform was asked.
        "platforms": [
            {"platform": platform, "queries": list(urls), "checked_here": [found.query]}
            for platform, urls in addresses.items()
        ],
    }


def explanation_text(found: Explanation) -> str:
    lines = ["Query", f"  {found.query}", "", "Read as", *(f"  {clause}" for clause in draw_tree(found.clauses))]
    if found.matches is not None:
        lines += ["", f"{'Matches' if found.matches else 'Does not match'}: {found.reason}"]
    for problem in found.problems:
        lines += ["", f"{'Wrong' if problem.fatal else 'Note'}, column {problem.column}: {problem.message}"]
    lines += ["", "Requests that the sources build for it; every answer is checked against the query above"]
    for one in found.requests:
        lines.append(f"  {one.source}: {one.question or f'cannot be asked: {one.error}'}")
        lines += [f"      {part}" for part in (one.url, one.body) if part]
    if not found.requests:
        lines.append("  none: no source searches; a feed is filtered here")
    return "\n".join(map(line, lines))
