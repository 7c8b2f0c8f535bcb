"""``query``: what a query means, what is wrong with it, and what another tool's comes to."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from mentionwatch.cli.options import Context, Family, global_options
from mentionwatch.errors import MentionwatchError, UserError

if TYPE_CHECKING:
    from mentionwatch.match.view import ItemView
    from mentionwatch.model import Brand
    from mentionwatch.query.check import Problem
    from mentionwatch.query.tree import Node
    from mentionwatch.sources import Source

TOOLS = ("brandwatch", "meltwater", "brand24", "syften", "awario", "google", "talkwalker", "f5bot")


@click.group(cls=Family)
def query() -> None:
    """Explain, check or import a query."""


def _given(text: str | None) -> str:
    """The query given as an argument, or on standard input for ``-``."""
    if text is None or text == "-":
        if sys.stdin.isatty():
            raise click.UsageError("a query is expected as an argument, or on standard input")
        raw = sys.stdin.buffer.read(_MOST + 1)
        if len(raw) > _MOST:
            raise UserError(f"the query has more than {_MOST} bytes")
        try:
            return raw.decode("utf-8-sig").strip("\n")
        except UnicodeDecodeError as error:
            raise UserError(f"the query is not UTF-8 ({error.reason} at byte {error.start})") from error
    return text


#: Bytes of a query read from standard input; ``parse`` has its own, lower limit in characters.
_MOST = 1_000_000


@query.command(short_help="Say how a query is read and asked.")
@click.argument("text", metavar="[QUERY|-]", required=False)
@click.option("--brand", "brand_name", metavar="NAME", help="The query, or names, context and exclude, of this brand.")
@click.option("--on", "sample", metavar="TEXT", help="Say of each clause whether it holds for TEXT, and where.")
@click.option("--title", metavar="TEXT", help="The title that goes with --on.")
@click.option("--json", "as_json", is_flag=True, help="One document.")
@global_options
def explain(
    context: Context, text: str | None, brand_name: str | None, sample: str | None, title: str | None, as_json: bool
) -> int:
    """Say how QUERY is read, and what each platform is asked for it.

    Prints the query in its canonical form, its clauses, and for every configured source (without a configuration: for
    every type that needs no options) what it is asked. What a platform cannot be told is checked here.
    """
    from mentionwatch.query.brand import brand_query
    from mentionwatch.query.check import check as look
    from mentionwatch.query.parse import parse
    from mentionwatch.query.write import format

    if brand_name is not None:
        if text is not None:
            raise click.UsageError("give a query or --brand, not both")
        brand = _brand(context, brand_name)
        node, problems = brand_query(brand), look(brand.query) if brand.query is not None else ()
    else:
        given = _given(text)
        brand, node, problems = _brand_of(given), parse(given), look(given)
    view = _view(sample, title)
    document = {
        "schema": "mentionwatch.query/1",
        "query": format(node),
        "problems": [_problem(problem) for problem in problems],
        "clauses": _clauses(node, view),
        "holds": None if view is None else _holds(node, view),
        "asks": [{"kind": ask.kind, "text": ask.text} for ask in _terms(brand)],
        "requests": _requests(context, brand),
        "platforms": _platforms(node),
    }
    context.write(json.dumps(document, indent=1) if as_json else _explained(node, view, document))
    return 0


def _brand(context: Context, name: str) -> Brand:
    brands = context.config().brands
    found = next((brand for brand in brands if brand.name.casefold() == name.casefold()), None)
    if found is None:
        from mentionwatch.config.diagnostics import did_you_mean, quoted

        raise UserError(
            f"--brand {quoted(name)}: not in the configuration{did_you_mean(name, [one.name for one in brands])}"
        )
    return found


def _brand_of(text: str) -> Brand:
    from mentionwatch.model import Brand

    return Brand("query", query=text)


def _view(sample: str | None, title: str | None) -> ItemView | None:
    if sample is None and title is None:
        return None
    from mentionwatch.match.view import ItemView
    from mentionwatch.model import Item
    from mentionwatch.text import clean

    return ItemView.of(Item("feed", "post", title=clean(title) if title else None, text=clean(sample or "")))


def _terms(brand: Brand) -> Iterable[Any]:
    from mentionwatch.query.asks import search_terms

    return search_terms(brand)


def _problem(problem: Problem) -> dict[str, Any]:
    return {"message": problem.message, "fatal": problem.fatal, "line": problem.line, "column": problem.column}


def _clauses(node: Node, view: ItemView | None) -> list[dict[str, Any]]:
    from mentionwatch.query.explain import clauses

    return [
        {
            "depth": clause.depth,
            "text": clause.text,
            "holds": clause.holds,
            "matches": [{"field": m.field, "start": m.start, "end": m.end, "text": m.text} for m in clause.matches],
        }
        for clause in clauses(node, view)
    ]


def _holds(node: Node, view: ItemView) -> dict[str, Any]:
    from mentionwatch.query.evaluate import compile_node

    matches, reason = compile_node(node).judge(view)
    return {"match": bool(matches), "reason": reason}


def _requests(context: Context, brand: Brand) -> list[dict[str, str]]:
    """What each source asks first on behalf of the brand: its question and the address, without secrets."""
    found = []
    for name, source in _sources(context):
        try:
            for request in source.requests((brand,), {}, context.env.now()):
                # Not percent-encoded: it is shown to be read.
                params = "&".join(f"{key}={value}" for key, value in request.params)
                address = request.url + ("?" + params if params else "")
                found.append({"source": name, "question": request.question, "url": address})
        except MentionwatchError as error:
            found.append({"source": name, "question": f"cannot be asked: {error}", "url": ""})
    return found


def _sources(context: Context) -> Iterable[tuple[str, Source]]:
    if context.has_config():
        return [(each.name, each.source) for each in context.config().sources if each.enabled]
    from mentionwatch.sources.registry import options, source_type, type_names

    kinds = [(name, source_type(name)) for name in type_names()]
    return [(name, kind()) for name, kind in kinds if not any(option.required for option in options(kind))]


def _platforms(node: Node) -> list[dict[str, Any]]:
    from mentionwatch.query.dialects import DIALECTS
    from mentionwatch.query.translate import translate

    made = (translate(node, platform) for platform in DIALECTS)
    return [{"platform": t.platform, "queries": list(t.queries), "checked_here": list(t.checked_here)} for t in made]


def _explained(node: Node, view: ItemView | None, document: dict[str, Any]) -> str:
    from mentionwatch.query.explain import clauses, drawn
    from mentionwatch.render.inert import line

    lines = ["Query", f"  {document['query']}", "", "Read as"]
    lines += [f"  {clause}" for clause in drawn(clauses(node, view))]
    if (holds := document["holds"]) is not None:
        lines += ["", f"{'Matches' if holds['match'] else 'Does not match'}: {holds['reason']}"]
    for problem in document["problems"]:
        lines += ["", f"{'Wrong' if problem['fatal'] else 'Note'}, column {problem['column']}: {problem['message']}"]
    lines += ["", "Asked of the sources, as they stand in the configuration; what comes is checked here"]
    for each in document["requests"]:
        lines.append(f"  {each['source']}: {each['question']}")
        lines += [f"      {each['url']}"] if each["url"] else []
    if not document["requests"]:
        lines.append("  nothing: no source searches; a feed brings what it has")
    lines += ["", "In the platforms' own syntax, for their search boxes"]
    for each in document["platforms"]:
        for asked in each["queries"] or ["(cannot be asked)"]:
            lines.append(f"  {each['platform']}: {asked}")
        lines += [f"      checked here: {left}" for left in each["checked_here"]]
    return "\n".join(map(line, lines))


@query.command(short_help="Say what is wrong with a query.")
@click.argument("text", metavar="[QUERY|-]", required=False)
@click.option("--json", "as_json", is_flag=True, help="One document.")
@global_options
def check(context: Context, text: str | None, as_json: bool) -> int:
    """Say what is wrong with QUERY, each with its column and the mend. Exits 1 when it cannot be used."""
    from mentionwatch.query.check import check as look

    problems = look(_given(text))
    if as_json:
        context.write(
            json.dumps(
                {"schema": "mentionwatch.query-check/1", "problems": [_problem(problem) for problem in problems]},
                indent=1,
            )
        )
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
@click.option(
    "--from", "tool", required=True, type=click.Choice(TOOLS, case_sensitive=False), help="Whose query it is."
)
@click.option("--strict", is_flag=True, help="Exit 3 when anything of the query is lost.")
@global_options
def import_(context: Context, text: str | None, tool: str, strict: bool) -> int:
    """Translate another tool's QUERY; what of it is lost or changed is told on standard error."""
    from mentionwatch.query.tools import import_query

    imported = import_query(_given(text), tool)
    for warning in imported.warnings:
        context.complain(f"lost: {warning}")
    context.write(imported.query)
    return 3 if strict and imported.warnings else 0
