"""`init`: the first configuration."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import global_options


@click.command()
@click.argument("name", required=False, help="The brand to watch; an invented one when left out.")
@click.option("--force", is_flag=True, help="Replace a configuration that is there.")
@global_options
def init(context: Context, name: str | None, force: bool) -> None:
    """Write a commented configuration that works at once, without any account.

    It goes to --config, else $MENTIONWATCH_CONFIG, else ./mentionwatch.toml, readable by you alone.
    """
    from mentionwatch.config.search_path import LOCAL_FILE_NAME
    from mentionwatch.config.starter import starter_config

    path = context.named_config or Path(LOCAL_FILE_NAME)
    text = starter_config(
        "Acme Coffee" if name is None else name, str(context.named_db.absolute()) if context.named_db else "mentions.db"
    )
    write_new(path, text, force)
    option = "" if path == Path(LOCAL_FILE_NAME) else f" -c {shlex.quote(str(path))}"
    context.info(
        f"wrote {path}" + ("" if name is not None else "; it watches an invented brand: put yours in its place")
    )
    context.info("next:")
    for command, about in (
        ("check", "is it right?"),
        ("scan", "ask the sources; what is there already is kept and not announced"),
        ("digest --since 7d", "what was said"),
    ):
        context.info(f"  mentionwatch{option} {command:<18}  # {about}")


def write_new(path: Path, text: str, force: bool) -> None:
    """Write a file that only its owner may read, whole or not at all; replace one only with ``force``."""
    from mentionwatch.errors import UserError
    from mentionwatch.files import create_text, write_text

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        write_text(path, (text,), private=True) if force else create_text(path, text)
    except FileExistsError:
        raise UserError(f"{path} already exists; --force replaces it") from None
