"""``prune``, ``forget``, ``verify``, ``backup`` and ``merge``."""

from __future__ import annotations

from pathlib import Path

import click

from mentionwatch.app.housekeeping import forget_author, merge_database, prune_database
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options
from mentionwatch.errors import UserError
from mentionwatch.render.phrases import count


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what would be deleted, and delete nothing.")
@click.option("--compact", is_flag=True, help="Then rewrite the file, so that no deleted data remains in it.")
@global_options
def prune(context: Context, dry_run: bool, compact: bool) -> int:
    """Delete what is older than the `[retention]` setting. Every scan does this too, without --compact."""
    config = context.config()
    gone = prune_database(context.existing_database(), config, context.env.now(), dry_run=dry_run, compact=compact)
    verb = "would be removed" if dry_run else "removed"
    context.info(f"{count(gone.items, 'item')} and {count(gone.mentions, 'mention')} {verb}")
    return 0


@click.command()
@click.argument("author")
@click.option("--dry-run", is_flag=True, help="Print what would be deleted, and delete nothing.")
@global_options
def forget(context: Context, author: str, dry_run: bool) -> int:
    """Delete everything AUTHOR wrote (a handle, a name, or the address of a profile) and leave no trace in the file.

    What a source still shows of theirs is not collected again. Unsent mails and alerts that quote them are withdrawn;
    the next one holds the rest. Backups are yours to delete.
    """
    gone = forget_author(context.existing_database(), author, context.env.now(), dry_run=dry_run)
    verb = "would be removed" if dry_run else "removed"
    evidence = f", and what was kept of them as evidence {count(gone.evidence, 'time')}" if gone.evidence else ""
    context.info(f"{count(gone.items, 'item')} and {count(gone.mentions, 'mention')} of {author} {verb}{evidence}")
    return 0


@click.command()
@global_options
def verify(context: Context) -> int:
    """Check the database for damage and contradictions. Exits 1 when something is wrong."""
    with context.store(write=True) as store:
        name, problems = store.name, store.housekeeping.verify()
    if problems:
        raise UserError(*(f"{name}: {problem}" for problem in problems))
    context.write(f"{name}: ok")
    return 0


@click.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@global_options
def backup(context: Context, target: Path) -> int:
    """Copy the database to TARGET, complete and consistent, even while scans run."""
    with context.store() as store:
        store.housekeeping.backup(target)
    context.info(f"{target}: written")
    return 0


@click.command()
@click.argument("other", type=click.Path(path_type=Path, dir_okay=False))
@global_options
def merge(context: Context, other: Path) -> int:
    """Merge the database OTHER into this one: items, mentions, verdicts, triage and deliveries, each once.

    OTHER is only read. What either has of polling – its ledger, checkpoints and quotas – stays its own. docs/merge.md
    says which of two that differ wins.
    """
    merged = merge_database(context.database(), other)
    context.info(
        f"{other}: {merged.items} items, {merged.mentions} mentions and {merged.entries} triage entries merged"
    )
    return 0
