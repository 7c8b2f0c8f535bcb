"""``query``: what a query means, what is wrong with it, and what another tool's comes to."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options
from mentionwatch.errors import UserError

if TYPE_CHECKING:
    from mentionwatch.app.query import Explanation
    from mentionwatch.query.check import QueryProblem

TOOLS = ("brandwatch", "meltwater", "brand24", "syften", "awario", "google", "talkwalker", "f5bot")
#: Bytes of a query read from standard input; the parser has its own, lower limit in characters.
_MAX_BYTES = 1_000_000


@click.group(cls=CommandGroup)
def query() -> None:
    """Explain, check or import a query."""


@query.command(short_help="Show how a query is read, and what sources are asked for it.")
@click.argument("text", metavar="[QUERY|-]", required=False)
@click.option("--brand", "brand_name", metavar="NAME", help="The query, or names, context and exclude, of this brand.")
@click.option("--on", "sample", metavar="TEXT", help="Show for each clause whether and where it matches TEXT.")
@click.option("--title", metavar="TEXT", help="The title that goes with --on.")
@click.option("--json", "as_json", is_flag=True, help="One document.")
@global_options
def explain(
    context: Context, text: str | None, brand_name: str | None, sample: str | None, title: str | None, as_json: bool
) -> int:
    """Show how QUERY is read, and what sources are asked for it.

    Prints the query in its canonical form, its clauses, and the requests that every configured source (without a
    configuration: every type that needs no options) builds for it. Every answer is then checked against the query.
    """
    from mentionwatch.app.query import Sample, explain_brand, explain_query

    now = context.env.now()
    tried = None if sample is None and title is None else Sample(sample or "", title)
    if brand_name is None:
        given = _query_text(text)
        explanation = explain_query(given, context.config() if context.has_config() else None, now, tried)
    elif text is None:
        explanation = explain_brand(brand_name, context.config(), now, tried)
    else:
        raise click.UsageError("give a query or --brand, not both")
    context.write(json.dumps(_explanation_json(explanation), indent=1) if as_json else _explanation_text(explanation))
    return 0


@query.command(short_help="Show what is wrong with a query.")
@click.argument("text", metavar="[QUERY|-]", required=False)
@click.option("--json", "as_json", is_flag=True, help="One document.")
@global_options
def check(context: Context, text: str | None, as_json: bool) -> int:
    """Show what is wrong with QUERY, with the column and a fix. Exits 1 when it cannot be used."""
    from mentionwatch.query.check import check as problems_of

    problems = problems_of(_query_text(text))
    if as_json:
        document = {"schema": "mentionwatch.query-check/1", "problems": [_problem_json(one) for one in problems]}
        context.write(json.dumps(document, indent=1))
    for problem in () if as_json else problems:
        where = f"line {problem.line}, column {problem.column}" if problem.line > 1 else f"column {problem.column}"
        context.write(
            "\n".join((f"{'wrong' if problem.fatal else 'note'}: {where}: {problem.message}", *problem.shown))
        )
    if not problems and not as_json:
        context.write("ok")
    return 1 if any(problem.fatal for problem in problems) else 0


@query.command("import", short_help="Translate another tool's query.")
@click.argument("text", metavar="[QUERY|-]", required=False)
@click.option("--from", "tool", required=True, type=click.Choice(TOOLS, case_sensitive=False), help="The other tool.")
@click.option("--strict", is_flag=True, help="Exit 3 when anything of the query is lost.")
@global_options
def import_(context: Context, text: str | None, tool: str, strict: bool) -> int:
    """Translate another tool's QUERY; what is lost or changed is reported on standard error."""
    from mentionwatch.query.importers import import_query

    imported = import_query(_query_text(text), tool)
    for warning in imported.warnings:
        context.error(f"lost: {warning}")
    context.write(imported.query)
    return 3 if strict and imported.warnings else 0


def _query_text(text: str | None) -> str:
    """The query given as an argument, or on standard input for ``-``."""
    if text is not None and text != "-":
        return text
    if sys.stdin.isatty():
        raise click.UsageError("a query is expected as an argument, or on standard input")
    raw = sys.stdin.buffer.read(_MAX_BYTES + 1)
    if len(raw) > _MAX_BYTES:
        raise UserError(f"the query has more than {_MAX_BYTES} bytes")
    try:
        return raw.decode("utf-8-sig").strip("\n")
    except UnicodeDecodeError as error:
        raise UserError(f"the query is not UTF-8 ({error.reason} at byte {error.start})") from error


def _problem_json(problem: QueryProblem) -> dict[str, Any]:
    return {"message": problem.message, "fatal": problem.fatal, "line": problem.line, "column": problem.column}


def _explanation_json(found: Explanation) -> dict[str, Any]:
    addresses: dict[str, dict[str, None]] = {}
    for one in found.requests:
        addresses.setdefault(one.platform, {}).update(dict.fromkeys([one.url] if one.url else []))
    return {
        "schema": "mentionwatch.query/1",
        "query": found.query,
        "problems": [_problem_json(problem) for problem in found.problems],
        "clauses": [
            {
                "depth": clause.depth,
                "text": clause.text,
                "holds": clause.holds,
                "matches": [{"field": m.field, "start": m.start, "end": m.end, "text": m.text} for m in clause.matches],
            }
            for clause in found.clauses
        ],
        "holds": None if found.matches is None else {"match": found.matches, "reason": found.reason},
        "asks": [{"kind": term.kind, "text": term.text} for term in found.terms],
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


def _explanation_text(found: Explanation) -> str:
    from mentionwatch.query.explain import draw_tree
    from mentionwatch.render.sanitize import line

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
