"""The schedule by which the system runs the program."""

from __future__ import annotations

from mentionwatch.config import Config
from mentionwatch.render.schedule import crontab, systemd_units
from mentionwatch.sources import StreamSource


def cron_schedule(config: Config, call: str) -> str:
    """Crontab lines for what is configured; ``call`` is the program and its configuration, quoted for a shell."""
    return crontab(call, mail=_sends_mail(config), streams=_has_streams(config))


def systemd_schedule(config: Config, call: str) -> str:
    """Units for what is configured; ``call`` is quoted for systemd."""
    return systemd_units(call, mail=_sends_mail(config), streams=_has_streams(config))


def _sends_mail(config: Config) -> bool:
    return config.smtp is not None and bool(config.digests)


def _has_streams(config: Config) -> bool:
    return any(source.enabled and isinstance(source.source, StreamSource) for source in config.sources)
