"""``schedule``: the lines for cron, the units for systemd. It prints; it never installs."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options


@click.group(cls=CommandGroup)
def schedule() -> None:
    """Print what makes the system run mentionwatch by itself: crontab lines or systemd units."""


def _program() -> str:
    """How to call this very program, with an absolute path: cron's PATH does not hold a user's tools."""
    beside = Path(sys.argv[0])
    found = beside if beside.is_absolute() and beside.name == "mentionwatch" else shutil.which("mentionwatch")
    if found is not None and Path(found).exists():
        return shlex.quote(str(Path(found).absolute()))
    return f"{shlex.quote(sys.executable)} -m mentionwatch"


def _has_streams(context: Context) -> bool:
    from mentionwatch.sources import StreamSource

    return any(source.enabled and isinstance(source.source, StreamSource) for source in context.config().sources)


def _has_mail(context: Context) -> bool:
    config = context.config()
    return config.smtp is not None and bool(config.digests)


@schedule.command(short_help="Print crontab lines.")
@global_options
def cron(context: Context) -> int:
    """Print crontab lines: a scan every ten minutes, the digest at 07:30."""
    call = f"{_program()} --config {shlex.quote(str(context.config_file().absolute()))}"
    # A per cent sign ends a command in a crontab.
    call = call.replace("%", r"\%")
    mail = _has_mail(context)
    lines = [
        "# Add these lines with `crontab -e`. Cron mails you what they say; the scan says nothing unless it needs you.",
        f"*/10 * * * * {call} scan",
        f"30 7 * * * {call} digest --email" if mail else f"30 7 * * * {call} digest --since 1d -f text",
    ]
    if _has_streams(context):
        lines.append("# Streams are listened to all the time, so better by systemd; with cron, ten minutes at a time:")
        lines.append(f"*/10 * * * * {call} stream --for 590s")
    if not mail:
        lines.append("# With [smtp] and [[digests]] in the configuration this would be: digest --email")
    context.write("\n".join(lines))
    return 0


@schedule.command(short_help="Print units for `systemctl --user`.")
@global_options
def systemd(context: Context) -> int:
    """Print units for `systemctl --user`: a scan every ten minutes, the digest at 07:30."""
    config = str(context.config_file().absolute())
    if any(c in config for c in '"\\\n'):
        raise click.UsageError("the configuration's path holds a quote, a backslash or a line break; move it")
    # A per cent sign is a specifier in a unit, a dollar sign a variable.
    call = f'{_program()} --config "{config}"'.replace("%", "%%").replace("$", "$$")
    told = "digest --email" if _has_mail(context) else "digest --since 1d -f text"
    units = (
        ("mentionwatch-scan", "scan", "*:0/10", "Ask the sources of mentionwatch", "SuccessExitStatus=75\n"),
        ("mentionwatch-digest", told, "*-*-* 07:30:00", "Tell what mentionwatch has found", ""),
    )
    streams = _has_streams(context)
    also = " mentionwatch-stream.service" if streams else ""
    parts = ["# Put each part into the file its comment names, then: systemctl --user daemon-reload"]
    parts.append(f"# and: systemctl --user enable --now mentionwatch-scan.timer mentionwatch-digest.timer{also}")
    for name, command, when, about, more in units:
        parts.append(
            f"\n# ~/.config/systemd/user/{name}.service\n[Unit]\nDescription={about}\n\n[Service]\nType=oneshot\n"
            f"ExecStart={call} {command}\nTimeoutStartSec=30min\nNoNewPrivileges=yes\n{more}"
        )
        parts.append(
            f"# ~/.config/systemd/user/{name}.timer\n[Unit]\nDescription={about}\n\n[Timer]\nOnCalendar={when}\n"
            "Persistent=true\nRandomizedDelaySec=60\n\n[Install]\nWantedBy=timers.target"
        )
    if streams:
        parts.append(
            "\n# ~/.config/systemd/user/mentionwatch-stream.service\n[Unit]\n"
            "Description=Listen to the streams of mentionwatch\n\n[Service]\n"
            f"ExecStart={call} stream\nRestart=always\nRestartSec=60\nRestartPreventExitStatus=78\n"
            "NoNewPrivileges=yes\n\n"
            "[Install]\nWantedBy=default.target"
        )
    context.write("\n".join(parts))
    return 0
