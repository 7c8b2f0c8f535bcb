"""Where the program runs: the world, its database, its mail server, and the time zone of whoever reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from mentionwatch.config import SmtpSettings
from mentionwatch.env import Env


@dataclass(frozen=True, slots=True)
class Installation:
    """What collecting and sending need besides the configuration.

    ``mail_server`` is called only where there is a mail to send, so that no password is looked up in vain.
    """

    env: Env
    database: Path
    zone: tzinfo
    mail_server: Callable[[], SmtpSettings]
