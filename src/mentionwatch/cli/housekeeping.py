"""``prune``, ``forget``, ``verify`` and ``backup``."""

from __future__ import annotations

from pathlib import Path

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@click.option("--compact", is_flag=True, help="Rewrite the file after, so that no trace of it is left.")
@global_options
def prune(context: Context, dry_run: bool, compact: bool) -> int:
    """Remove what is older than `[retention]` says. Every scan does this by itself, but for --compact."""
    from contextlib import closing

    from mentionwatch.render.wording import count
    from mentionwatch.store import Store
    from mentionwatch.store.lock import run_lock

    keep = context.config().retention
    database = context.existing_database()
    if dry_run:
        with Store.in_memory(database) as copy, copy.writing():
            items, mentions = copy.housekeeping.prune(keep.items, keep.mentions, context.env.now())
    else:
        with closing(run_lock(database, 0)), context.store(write=True) as store:
            with store.writing():
                items, mentions = store.housekeeping.prune(keep.items, keep.mentions, context.env.now())
            if compact:
                store.housekeeping.compact()
    verb = "would be removed" if dry_run else "removed"
    context.info(f"{count(items, 'item')} and {count(mentions, 'mention')} {verb}")
    return 0


@click.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@global_options
def backup(context: Context, target: Path) -> int:
    """Copy the database to TARGET, whole and consistent, while scans may run."""
    with context.store() as store:
        store.housekeeping.backup(target)
    context.info(f"{target}: written")
    return 0


@click.command()
@click.argument("author")
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@global_options
def forget(context: Context, author: str, dry_run: bool) -> int:
    """Remove every word of AUTHOR (a handle, a name, or the address of a profile) and leave no trace in the file.

    What a source still shows of them is not taken up again. A mail or an alert with their words that still waits is
    taken back, and what else it told is told by the next one. Backups are yours to remove.
    """
    from contextlib import closing

    from mentionwatch.render.wording import count
    from mentionwatch.store import Store
    from mentionwatch.store.lock import run_lock

    database = context.existing_database()
    if dry_run:
        with Store.in_memory(database) as copy:
            items, mentions, evidence = copy.housekeeping.forget(author, context.env.now())
    else:
        with closing(run_lock(database, 0)), context.store(write=True) as store:
            items, mentions, evidence = store.housekeeping.forget(author, context.env.now())
    verb = "would be removed" if dry_run else "removed"
    kept = f", and what was kept of them as evidence {count(evidence, 'time')}" if evidence else ""
    context.info(f"{count(items, 'item')} and {count(mentions, 'mention')} of {author} {verb}{kept}")
    return 0


@click.command()
@global_options
def verify(context: Context) -> int:
    """Check the database: damage, and rows that contradict each other. Exits 1 when something is wrong."""
    from mentionwatch.errors import UserError

    with context.store(write=True) as store:
        name, problems = store.name, store.housekeeping.verify()
    if problems:
        raise UserError(*(f"{name}: {problem}" for problem in problems))
    context.write(f"{name}: ok")
    return 0
