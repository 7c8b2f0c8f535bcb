"""Where the configuration file and the database are."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from mentionwatch.errors import ConfigError

#: The name looked for in the working folder.
LOCAL_FILE_NAME = "mentionwatch.toml"


def find_config(explicit: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """The configuration file: ``--config``, ``$MENTIONWATCH_CONFIG``, ``./mentionwatch.toml``, the user's folder.

    The first that exists wins; the first two must exist when they are given. Raises
    :class:`~mentionwatch.errors.ConfigError`, naming every place looked at.
    """
    for option, named in (("--config", explicit), ("$MENTIONWATCH_CONFIG", environ.get("MENTIONWATCH_CONFIG"))):
        if named:
            path = cwd / named
            if not path.exists():
                raise ConfigError([f"{named}: there is no such file ({option}); `mentionwatch init -c` writes one"])
            return path
    looked = list(search_paths(environ, cwd))
    for path in looked:
        if path.exists():
            return path
    listed = ", ".join(str(path) for path in looked)
    raise ConfigError(
        [
            "no configuration found; looked at: --config (not given), $MENTIONWATCH_CONFIG (not set), "
            f"{listed}; `mentionwatch init` writes one"
        ]
    )


def distrusted(path: Path) -> str | None:
    """Why the commands of a configuration that was found, and not named, are not run; ``None`` if they may be.

    Whoever can write the file, or put another in its place, would have this user run what they like (CVE-2022-24765).
    """
    user = os.geteuid()
    for one in (path, path.parent):
        found = one.stat()
        if found.st_uid not in (user, 0):
            return f"{one} belongs to another user; name the file with --config if you trust it"
        if found.st_mode & 0o022 and not _is_own_group(found):
            return f"other users can write to {one}; chmod go-w it, or name the file with --config if you trust it"
    return None


def _is_own_group(found: os.stat_result) -> bool:
    """Whether only the group can write, and it is a user's own group, in which nobody else is (as Debian makes one)."""
    import grp
    import pwd

    if found.st_mode & 0o002:
        return False
    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(found.st_gid)
    except KeyError:
        return False
    return group.gr_gid == user.pw_gid and set(group.gr_mem) <= {user.pw_name} and group.gr_name == user.pw_name


def find_database(named: Path | None, environ: Mapping[str, str], configured: Callable[[], Path | None]) -> Path:
    """Where the database is: as ``named``, by ``$MENTIONWATCH_DB``, as ``configured``, in the user's data folder."""
    if named is not None:
        return named.absolute()
    if by_environ := environ.get("MENTIONWATCH_DB"):
        return Path(by_environ).absolute()
    if (database := configured()) is not None:
        return database
    from platformdirs import user_data_path  # only where nothing says where it is

    return user_data_path("mentionwatch", appauthor=False) / "mentionwatch.db"


def search_paths(environ: Mapping[str, str], cwd: Path) -> Iterator[Path]:
    """Where a configuration is searched for when none is named, in order."""
    yield cwd / LOCAL_FILE_NAME
    yield _user_folder(environ) / "config.toml"


def _user_folder(environ: Mapping[str, str]) -> Path:
    """The platform's folder for this program's configuration.

    platformdirs reads the process's own environment; the two variables that decide on most machines are read from
    the one handed in, so that a run in another environment looks there.
    """
    named = environ.get("XDG_CONFIG_HOME", "")
    if Path(named).is_absolute():
        return Path(named) / "mentionwatch"
    if sys.platform.startswith("linux") and (home := environ.get("HOME", "")):
        return Path(home) / ".config" / "mentionwatch"
    from platformdirs import user_config_path

    return user_config_path("mentionwatch", appauthor=False)
