"""``init``, ``schema`` and ``schedule``: what a configuration begins with, may hold, and is run by."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from pathlib import Path

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options


@click.command()
@click.argument("name", required=False, help="The brand to monitor; a made-up one if omitted.")
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
    context.info(f"wrote {path}" + ("" if name is not None else "; it monitors a made-up brand: replace it with yours"))
    context.info("next:")
    for command, about in (
        ("check", "check the configuration"),
        ("scan", "poll the sources; what they already have is kept and not announced"),
        ("digest --since 7d", "print the mentions"),
    ):
        context.info(f"  mentionwatch{option} {command:<18}  # {about}")


@click.command()
@click.argument("what", type=click.Choice(["config", "mention", "digest"]), help="What to describe.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file.")
@global_options
def schema(context: Context, what: str, output: Path | None) -> None:
    """Print the JSON Schema (draft 2020-12) of the configuration, of a mention, or of a digest.

    An editor with a TOML language server completes and checks the configuration when its first line is
    `#:schema ./schema.json` and that file was made by `mentionwatch schema config -o schema.json`.
    """
    if what == "config":
        from mentionwatch.config.sections import config_schema

        document = config_schema()
    else:
        from mentionwatch.render.schema import digest_schema, mention_schema

        document = mention_schema() if what == "mention" else digest_schema()
    context.write_output(json.dumps(document, indent=2) + "\n", output)


@click.group(cls=CommandGroup)
def schedule() -> None:
    """Print what makes the system run mentionwatch by itself: crontab lines or systemd units."""


@schedule.command(short_help="Print crontab lines.")
@global_options
def cron(context: Context) -> int:
    """Print crontab lines: a scan every ten minutes, the digest at 07:30."""
    from mentionwatch.app.schedule import crontab

    call = f"{_program()} --config {shlex.quote(str(context.config_file().absolute()))}"
    context.write(crontab(context.config(), call))
    return 0


@schedule.command(short_help="Print units for `systemctl --user`.")
@global_options
def systemd(context: Context) -> int:
    """Print units for `systemctl --user`: a scan every ten minutes, the digest at 07:30."""
    from mentionwatch.app.schedule import systemd_units

    path = str(context.config_file().absolute())
    if any(c in path for c in '"\\\n'):
        raise click.UsageError("the configuration's path contains a quote, a backslash or a line break; move it")
    context.write(systemd_units(context.config(), f'{_program()} --config "{path}"'))
    return 0


def _program() -> str:
    """How to call this very program, with an absolute path: cron's PATH does not hold a user's tools."""
    beside = Path(sys.argv[0])
    found = beside if beside.is_absolute() and beside.name == "mentionwatch" else shutil.which("mentionwatch")
    if found is not None and Path(found).exists():
        return shlex.quote(str(Path(found).absolute()))
    return f"{shlex.quote(sys.executable)} -m mentionwatch"
