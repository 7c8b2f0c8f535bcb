"""``schedule``: print crontab lines or systemd units; nothing is installed."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import click

from mentionwatch.app.schedule import cron_schedule, systemd_schedule
from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options


@click.group(cls=CommandGroup)
def schedule() -> None:
    """Print what makes the system run mentionwatch by itself: crontab lines or systemd units."""


@schedule.command(short_help="Print crontab lines.")
@global_options
def cron(context: Context) -> int:
    """Print crontab lines: a scan every ten minutes, the digest at 07:30."""
    call = f"{_program()} --config {shlex.quote(str(context.config_file().absolute()))}"
    context.write(cron_schedule(context.config(), call))
    return 0


@schedule.command(short_help="Print units for `systemctl --user`.")
@global_options
def systemd(context: Context) -> int:
    """Print units for `systemctl --user`: a scan every ten minutes, the digest at 07:30."""
    path = str(context.config_file().absolute())
    if any(c in path for c in '"\\\n'):
        raise click.UsageError("the configuration's path contains a quote, a backslash or a line break; move it")
    context.write(systemd_schedule(context.config(), f'{_program()} --config "{path}"'))
    return 0


def _program() -> str:
    """How to call this very program, with an absolute path: cron's PATH does not hold a user's tools."""
    beside = Path(sys.argv[0])
    found = beside if beside.is_absolute() and beside.name == "mentionwatch" else shutil.which("mentionwatch")
    if found is not None and Path(found).exists():
        return shlex.quote(str(Path(found).absolute()))
    return f"{shlex.quote(sys.executable)} -m mentionwatch"
