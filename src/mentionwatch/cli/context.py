"""One invocation of one command: its configuration, its database and its streams."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from mentionwatch.cli.console import Console
from mentionwatch.env import Env
from mentionwatch.errors import UserError

if TYPE_CHECKING:
    from mentionwatch.app.installation import Installation, Store
    from mentionwatch.config import Config, SmtpSettings


class Context(Console):
    """What a command is given: the world, the configuration and the database it names, and its streams."""

    def __init__(
        self,
        env: Env | None,
        config_path: Path | None = None,
        db_path: Path | None = None,
        quiet: bool = False,
        verbose: bool = False,
        color: str = "auto",
    ) -> None:
        super().__init__(env or Env(), quiet=quiet, verbose=verbose, color=color)
        self._config_path = config_path
        self._db_path = db_path
        self._config: Config | None = None
        self._secrets: frozenset[str] = frozenset()
        self._commands = False

    @property
    def named_config(self) -> Path | None:
        """The configuration file that ``--config`` or ``$MENTIONWATCH_CONFIG`` names, there or not."""
        named = self.env.environ.get("MENTIONWATCH_CONFIG")
        return self._config_path or (Path(named) if named else None)

    @property
    def named_db(self) -> Path | None:
        """The database file that ``--db`` names, there or not."""
        return self._db_path

    def config_file(self) -> Path:
        """Where the configuration is; a :class:`~mentionwatch.errors.ConfigError` that names every place looked at."""
        from mentionwatch.config.search_path import find_config

        try:
            here = Path.cwd()
        except FileNotFoundError:
            raise UserError("the current folder has been removed; change to another, or back to it") from None
        return find_config(self._config_path, self.env.environ, here)

    def config(self, secrets: Collection[str] = (), *, commands: bool = True) -> Config:
        """The configuration, read once.

        ``secrets`` names the sections whose secrets this command needs (``sources``, ``smtp``, ``notify``): the others'
        stay empty, and so do those that programs give without ``commands``: no password manager is run for a list.
        """
        runs = self._commands or (commands and bool(secrets))
        if self._config is None or not self._secrets.issuperset(secrets) or runs != self._commands:
            first = self._config is None
            self._secrets |= frozenset(secrets)
            self._commands = runs
            self._config = self._load()
            # Cron mails whatever is written: a warning is for a terminal, and for `check`.
            for warning in self._config.warnings if first and self.attended else ():
                self.info(f"warning: {warning}")
        return self._config

    def mail_server(self) -> SmtpSettings:
        """The mail server of the configuration with its password, which is looked up now."""
        from mentionwatch.app.mail import mail_server

        return mail_server(self.config(secrets=["smtp"]))

    def installation(self) -> Installation:
        """Where the program runs, for what collects and sends."""
        from mentionwatch.app.installation import Installation

        return Installation(self.env, self.database(), self.zone, self.mail_server)

    def reload_config(self) -> Config:
        """The configuration as it is in the file now; one that is wrong leaves the old as it was."""
        self._config = self._load()
        return self._config

    def _load(self) -> Config:
        from mentionwatch.config.load import load_config

        return load_config(
            self.config_file(),
            self.env.environ,
            self._secrets,
            commands=self._commands,
            distrust=self.distrust(),
        )

    def distrust(self) -> str | None:
        """Why no command of the configuration is run, if it was found and not named."""
        from mentionwatch.config.search_path import distrusted

        return distrusted(self.config_file()) if self.named_config is None else None

    def optional_config(self) -> Config | None:
        """The configuration, ``None`` where there is none: some commands need only a database."""
        return self.config() if self.has_config() else None

    def has_config(self) -> bool:
        """Whether there is a configuration."""
        try:
            self.config_file()
        except UserError:
            return False
        return True

    def database(self) -> Path:
        """Where the database is: ``--db``, ``$MENTIONWATCH_DB``, the configuration, the user's data folder."""
        from mentionwatch.config.search_path import find_database

        return find_database(self._db_path, self.env.environ, lambda: self.config().database)

    def existing_database(self) -> Path:
        """Where the database is; an error that says what to do when it is not there."""
        with self.store():
            return self.database()

    def store(self, *, write: bool = False) -> Store:
        """The open database, which must be there; without ``write`` it is not changed."""
        from mentionwatch.app.installation import open_database

        return open_database(self.database(), write=write)
