"""``evidence``: archive mentions, list and export what was archived, and verify it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mentionwatch.app.evidence import export_evidence, list_evidence, verify_bundle, verify_evidence
from mentionwatch.cli.acting import acting_person, by_option, ids_argument, read_ids
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options
from mentionwatch.errors import UserError
from mentionwatch.files import write_bytes
from mentionwatch.render.evidence import check_text, line, row
from mentionwatch.render.json_fields import json_fields


@click.group(cls=CommandGroup, default="keep")
def evidence() -> None:
    """Archive mentions as tamper-evident evidence: `evidence ID` archives a mention as it is now."""


@evidence.command()
@ids_argument()
@click.option("--screenshot", is_flag=True, help="Also take a screenshot of the page; needs Chromium or Chrome.")
@click.option("--no-page", is_flag=True, help="Request nothing; archive only what the database holds.")
@by_option
@global_options
def keep(context: Context, words: tuple[str, ...], screenshot: bool, no_page: bool, by: str | None) -> int:
    """Archive mentions as they are now: their text, their log, and the page as it answers this minute.

    Exits 1 when the page or the screenshot is missing; the rest is archived all the same. Prints the id of each entry:
    noted elsewhere, it proves that nothing was changed since.
    """
    from mentionwatch.app.evidence_capture import capture_evidence, require_browser
    from mentionwatch.app.ids import find_mention

    if screenshot and no_page:
        raise click.UsageError("--screenshot cannot be combined with --no-page")
    if screenshot:
        require_browser(context.env)
    name = acting_person(context, by)
    config = None if no_page else context.optional_config()
    status = 0
    with context.store(write=True) as store:
        for id_ in dict.fromkeys(find_mention(store, given) for given in read_ids(words)):
            captured = capture_evidence(
                store, config, context.env, id_, by=name, page=not no_page, screenshot=screenshot
            )
            context.write(captured.id)
            for problem in captured.problems:
                context.error(f"{id_}: {problem}; the rest is archived")
                status = 1
    return status


@evidence.command("list")
@click.argument("words", nargs=-1, metavar="[ID...]")
@output_options(*TABLE_FORMATS)
@global_options
def list_(context: Context, words: tuple[str, ...], form: str | None, output: Path | None) -> int:
    """List archived evidence, the oldest first; only of these mentions if any are given."""
    ids = read_ids(words) if words else ()
    with context.store() as store:
        found = list_evidence(store, ids)
    text = "\n".join(line(stored, entry, context.zone) for stored, entry in found)
    context.write_rows(
        "evidence-list",
        "evidence",
        [row(stored) for stored, _ in found],
        text or "No evidence yet; `mentionwatch evidence ID` archives a mention.",
        form,
        output,
    )
    return 0


@evidence.command()
@click.argument("what", metavar="ID|ENTRY")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The ZIP file to write."
)
@global_options
def export(context: Context, what: str, output: Path) -> int:
    """Export the evidence of a mention, or one entry (e_…), as a ZIP file that can be verified without this program."""
    with context.store() as store:
        bundle, count = export_evidence(store, what)
    write_bytes(output, bundle)
    context.info(f"{output}: written, {count} {'entry' if count == 1 else 'entries'}")
    return 0


@evidence.command()
@click.argument("bundle", required=False, type=click.Path(path_type=Path, dir_okay=False), metavar="[FILE.zip]")
@click.option(
    "--known",
    multiple=True,
    metavar="ENTRY",
    help="Require this entry, which you noted elsewhere, to be present (repeatable).",
)
@output_options(*TABLE_FORMATS)
@global_options
def verify(context: Context, bundle: Path | None, known: tuple[str, ...], form: str | None, output: Path | None) -> int:
    """Verify that evidence is unchanged: in the database, or in a file of `evidence export`. Exits 1 if not.

    A chain that was rewritten as a whole looks intact: --known names an entry that you noted elsewhere.
    """
    if bundle is not None:
        name, check = str(bundle), verify_bundle(bundle, known)
    else:
        with context.store() as store:
            name, check = str(context.database()), verify_evidence(store, known)
    if form in ("json", "jsonl"):
        document = {
            "schema": "mentionwatch.evidence-verify/1",
            **json_fields(check, "entries", "forgotten", "verified", "last", "problems"),
        }
        context.write_output(json.dumps(document, indent=1 if form == "json" else None), output)
        return int(bool(check.problems))
    if check.problems:
        raise UserError(*(f"{name}: {problem}" for problem in check.problems))

    context.write_output(
        check_text(name, check.entries, check.forgotten, check.last, None if bundle is None else check.verified), output
    )
    return 0
