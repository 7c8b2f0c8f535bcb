"""``check``: whether the configuration is right, and with ``--online``, whether those it names answer."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options

if TYPE_CHECKING:
    from mentionwatch.app.check_result import CheckResult

_COLORS = {"ok": "green", "warning": "yellow", "wrong": "red", "failed": "red"}


@click.command()
@click.option("--online", is_flag=True, help="Poll every source once, and log in to the mail server.")
@output_options(*TABLE_FORMATS)
@global_options
def check(context: Context, online: bool, form: str | None, output: Path | None) -> int:
    """Check the configuration, the brands' tests and the secrets; with --online every source and the mail server too.

    Prints one line per check. Exits 78 when the configuration is wrong, 1 when only a server it names does not answer.
    Nothing is stored but what the answers cost of a quota, and nothing is sent.
    """
    from mentionwatch.app.check import check_config
    from mentionwatch.config.load import load_with_diagnostics
    from mentionwatch.config.search_path import find_database

    loaded = load_with_diagnostics(context.config_file(), context.env.environ, distrust=context.distrust())
    database = find_database(context.named_db, context.env.environ, lambda: loaded.config.database)
    results = []
    for result in check_config(loaded, context.env, database, online=online):
        results.append(result)
        # As each is known: polling takes time, and somebody may be watching.
        if output is None and form != "json":
            context.write(json.dumps(asdict(result)) if form == "jsonl" else _line(result, context.color))
    if output is not None or form == "json":
        text = "\n".join(_line(result, color=False) for result in results)
        context.write_rows("check", "checks", [asdict(result) for result in results], text, form, output)
    states = {result.state for result in results}
    return 78 if "wrong" in states else 1 if "failed" in states else 0


def _line(result: CheckResult, color: bool) -> str:
    from mentionwatch.render.sanitize import squeezed

    state = f"{result.state:<7}"
    if color and (paint := _COLORS.get(result.state)):
        state = click.style(state, fg=paint)
    subject = "" if result.about == "warning" and not result.name else f"{result.about} {result.name}".rstrip() + ": "
    return f"{state}  {squeezed(subject + result.message, 2000)}"
