"""`init`: the first configuration."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from mentionwatch.cli.options import Context, global_options


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
    context.say(
        f"wrote {path}" + ("" if name is not None else "; it watches an invented brand: put yours in its place")
    )
    context.say("next:")
    for command, about in (
        ("check", "is it right?"),
        ("scan", "ask the sources; what is there already is kept and not announced"),
        ("digest --since 7d", "what was said"),
    ):
        context.say(f"  mentionwatch{option} {command:<18}  # {about}")


def write_new(path: Path, text: str, force: bool) -> None:
    """Write a file that only its owner may read, whole or not at all; replace one only with ``force``."""
    from mentionwatch.errors import UserError

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if force:
            _replace(path, text)
        else:
            _create(path, text)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None


def _create(path: Path, text: str) -> None:
    from mentionwatch.errors import UserError

    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise UserError(f"{path} is there already; --force replaces it") from None
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.new")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600, exist_ok=False)
    part.write_text(text, encoding="utf-8")
    part.replace(path)
