"""``query``: what a query means, what is wrong with it, and what another tool's comes to."""

from __future__ import annotations

import json
import sys

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options
from mentionwatch.errors import UserError

TOOLS = ("brandwatch", "meltwater", "brand24", "syften", "awario", "google", "talkwalker", "f5bot")
#: Bytes of a query read from standard input; the parser has its own, lower limit in characters.
_MAX_BYTES = 1_000_000


@click.group(cls=CommandGroup)
def query() -> None:
    """Explain, check or import a query."""


@query.command(short_help="Show how a query is parsed, and what the sources are asked.")
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
    from mentionwatch.render.query import explanation_json, explanation_text

    now = context.env.now()
    tried = None if sample is None and title is None else Sample(sample or "", title)
    if brand_name is None:
        given = _query_text(text)
        explanation = explain_query(given, context.optional_config(), now, tried)
    elif text is None:
        explanation = explain_brand(brand_name, context.config(), now, tried)
    else:
        raise click.UsageError("give a query or --brand, not both")
    context.write(json.dumps(explanation_json(explanation), indent=1) if as_json else explanation_text(explanation))
    return 0


@query.command(short_help="Show what is wrong with a query.")
@click.argument("text", metavar="[QUERY|-]", required=False)
@click.option("--json", "as_json", is_flag=True, help="One document.")
@global_options
def check(context: Context, text: str | None, as_json: bool) -> int:
    """Show what is wrong with QUERY, with the column and a fix. Exits 1 when it cannot be used."""
    from mentionwatch.query.check import check as problems_of
    from mentionwatch.render.query import problem_json

    problems = problems_of(_query_text(text))
    if as_json:
        document = {"schema": "mentionwatch.query-check/1", "problems": [problem_json(one) for one in problems]}
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
@click.option("--strict", is_flag=True, help="Exit 3 when any part of the query is lost.")
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
