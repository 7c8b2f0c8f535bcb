"""``init``: the first configuration."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options


@click.command()
@click.argument("name", required=False, help="The brand to monitor; an invented one if left out.")
@click.option("--force", is_flag=True, help="Replace an existing configuration.")
@global_options
def init(context: Context, name: str | None, force: bool) -> None:
    """Write a commented configuration that works at once, without any account.

    It goes to --config, else $MENTIONWATCH_CONFIG, else ./mentionwatch.toml, readable by you alone.
    """
    from mentionwatch.app.init_config import init_config
    from mentionwatch.config.search_path import LOCAL_FILE_NAME

    path = context.named_config or Path(LOCAL_FILE_NAME)
    database = context.named_db.absolute() if context.named_db is not None else None
    init_config(path, name, database, force=force)
    option = "" if path == Path(LOCAL_FILE_NAME) else f" -c {shlex.quote(str(path))}"
    context.info(f"wrote {path}" + ("" if name is not None else "; it monitors an invented brand: replace it by yours"))
    context.info("next:")
    for command, about in (
        ("check", "check the configuration"),
        ("scan", "poll the sources; what they already have is kept and not announced"),
        ("digest --since 7d", "print the mentions"),
    ):
        context.info(f"  mentionwatch{option} {command:<18}  # {about}")
