"""``prune`` and ``backup``."""

from __future__ import annotations

from pathlib import Path

import click

from mentionwatch.cli.options import Session, global_options


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@global_options
def prune(session: Session, dry_run: bool) -> int:
    """Remove what is older than `[retention]` says. Every scan does this by itself."""
    from contextlib import closing

    from mentionwatch.store import Store
    from mentionwatch.store.lock import run_lock

    keep = session.config().retention
    database = session.database()
    if dry_run:
        with Store.in_memory(database) as copy, copy.writing():
            items, mentions = copy.prune(keep.items, keep.mentions, session.env.now())
    else:
        with closing(run_lock(database, 0)), Store.open(database, write=True) as store, store.writing():
            items, mentions = store.prune(keep.items, keep.mentions, session.env.now())
    verb = "would be removed" if dry_run else "removed"
    session.say(f"{items} items and {mentions} mentions {verb}")
    return 0


@click.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@global_options
def backup(session: Session, target: Path) -> int:
    """Copy the database to TARGET, whole and consistent, while scans may run."""
    with session.store() as store:
        store.backup(target)
    session.say(f"{target}: written")
    return 0
