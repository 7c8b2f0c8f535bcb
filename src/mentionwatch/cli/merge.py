"""``merge``: two databases made one."""

from __future__ import annotations

from pathlib import Path

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options


@click.command()
@click.argument("other", type=click.Path(path_type=Path, dir_okay=False))
@global_options
def merge(context: Context, other: Path) -> int:
    """Take what OTHER holds into this database: what was said, found, judged, done about it, and mailed, each once.

    OTHER is only read. What either knows of asking – its ledger, checkpoints and quotas – stays its own. docs/merge.md
    says which of two that differ holds.
    """
    from contextlib import closing

    from mentionwatch.store import Store
    from mentionwatch.store.lock import run_lock
    from mentionwatch.store.merge import merge_file

    database = context.database()
    with closing(run_lock(database, 0)), Store.open(database, write=True) as store:
        merged = merge_file(store, other)
    context.info(
        f"{other}: {merged.items} items, {merged.mentions} mentions and {merged.entries} entries of triage taken in"
    )
    return 0
