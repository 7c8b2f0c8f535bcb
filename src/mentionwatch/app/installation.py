"""Where the program runs: the world, its database and how it is opened, its mail server, the reader's time zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from mentionwatch.config import SmtpSettings
from mentionwatch.env import Env
from mentionwatch.store import Store as Store


@dataclass(frozen=True, slots=True)
class Installation:
    """What collecting and sending need besides the configuration.

    ``mail_server`` is called only where there is a mail to send, so that no password is looked up in vain.
    """

    env: Env
    database: Path
    zone: tzinfo
    mail_server: Callable[[], SmtpSettings]


def open_database(path: Path, *, write: bool = False) -> Store:
    """The open database, only to be read unless ``write``; :class:`~mentionwatch.errors.UserError` if it is missing.

    A missing one is not created even to write: a typo in its name would make a new and empty one.
    """
    if write:
        Store.open(path, write=False).close()
    return Store.open(path, write=write)
