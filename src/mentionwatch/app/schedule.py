"""The schedule by which the system runs the program: crontab lines and systemd units."""

from __future__ import annotations

from mentionwatch.config import Config
from mentionwatch.sources import StreamSource


def crontab(config: Config, call: str) -> str:
    """The lines for ``crontab -e``. ``call`` is the program and its configuration, quoted for a shell."""
    # A per cent sign ends a command in a crontab.
    call = call.replace("%", r"\%")
    lines = [
        "# Add these lines with `crontab -e`. Cron mails you what they print; a scan is silent unless it needs you.",
        f"*/10 * * * * {call} scan",
        f"30 7 * * * {call} {_digest(config)}",
    ]
    if _has_streams(config):
        lines.append("# Streams run all the time, so better by systemd; with cron, ten minutes at a time:")
        lines.append(f"*/10 * * * * {call} stream --for 590s")
    if not _sends_mail(config):
        lines.append("# With [smtp] and [[digests]] in the configuration this would be: digest --email")
    return "\n".join(lines)


def systemd_units(config: Config, call: str) -> str:
    """The units for ``systemctl --user``; ``call`` is quoted for systemd."""
    # A per cent sign is a specifier in a unit, a dollar sign a variable.
    call = call.replace("%", "%%").replace("$", "$$")
    units = (
        ("mentionwatch-scan", "scan", "*:0/10", "Poll the sources of mentionwatch", "SuccessExitStatus=75\n"),
        ("mentionwatch-digest", _digest(config), "*-*-* 07:30:00", "Send the digest of mentionwatch", ""),
    )
    also = " mentionwatch-stream.service" if _has_streams(config) else ""
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
    if _has_streams(config):
        parts.append(
            "\n# ~/.config/systemd/user/mentionwatch-stream.service\n[Unit]\n"
            "Description=Listen to the streams of mentionwatch\n\n[Service]\n"
            f"ExecStart={call} stream\nRestart=always\nRestartSec=60\nRestartPreventExitStatus=78\n"
            "NoNewPrivileges=yes\n\n"
            "[Install]\nWantedBy=default.target"
        )
    return "\n".join(parts)


def _digest(config: Config) -> str:
    return "digest --email" if _sends_mail(config) else "digest --since 1d -f text"


def _sends_mail(config: Config) -> bool:
    return config.smtp is not None and bool(config.digests)


def _has_streams(config: Config) -> bool:
    return any(source.enabled and isinstance(source.source, StreamSource) for source in config.sources)
