"""Secrets: from the environment, a file or a program, and from nowhere else.

What goes wrong is told without the secret, without a program's output, and without what a file holds.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from mentionwatch.config.containers import Reference
from mentionwatch.config.report import shown
from mentionwatch.exchange import Secret

__all__ = ["COMMAND_SECONDS", "SecretBook", "Unavailable"]

#: How long a program may take to give a secret.
COMMAND_SECONDS = 10.0
#: More than any token, key or address: a larger file is the wrong file.
_LARGEST = 64 * 1024


class Unavailable(Exception):
    """A secret that cannot be had now; the message says why and names the mend."""


class SecretBook:
    """Looks secrets up once each: the same program serves all who name it, and a failure is not waited for twice."""

    def __init__(self, environ: Mapping[str, str], absolute: Callable[[Path], Path]) -> None:
        self._environ = environ
        self._absolute = absolute
        self._known: dict[Reference, Secret | Unavailable] = {}

    def reveal(self, reference: Reference) -> Secret:
        """The secret; raises :class:`Unavailable`."""
        if reference not in self._known:
            try:
                self._known[reference] = Secret(_one_line(self._look_up(reference)))
            except Unavailable as error:
                self._known[reference] = error
        found = self._known[reference]
        if isinstance(found, Unavailable):
            raise found
        return found

    def open_to_others(self, reference: Reference) -> bool:
        """Whether it stands in a file that every user of this machine may read."""
        if reference.file is None:
            return False
        try:
            return bool((self._absolute(reference.file)).stat().st_mode & stat.S_IROTH)
        except OSError:
            return False

    def _look_up(self, reference: Reference) -> str:
        if reference.env is not None:
            return self._from_environment(reference.env)
        if reference.file is not None:
            return self._from_file(self._absolute(reference.file))
        assert reference.command is not None
        return self._from_command(reference.command)

    def _from_environment(self, name: str) -> str:
        value = self._environ.get(name)
        if value is None:
            raise Unavailable(f"the environment variable {name} is not set; set it where this program is started")
        if not value.strip():
            raise Unavailable(f"the environment variable {name} is empty")
        return value

    def _from_file(self, path: Path) -> str:
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise Unavailable(f"{path} is no file")
            if path.stat().st_size > _LARGEST:
                raise Unavailable(f"{path} is too large for a secret")
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise Unavailable(f"{path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise Unavailable(f"{path} is not UTF-8 text") from None
        text = text.removesuffix("\n").removesuffix("\r")
        if not text.strip():
            raise Unavailable(f"{path} is empty")
        return text

    def _from_command(self, argv: tuple[str, ...]) -> str:
        import subprocess  # imported here: few configurations need it, every start would pay for it

        name = f"the command {shown(argv[0])}"
        try:
            # A list, so no shell reads it. Its stderr stays out of ours: it may hold what we must not show.
            done = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._absolute(Path()),
                env=dict(self._environ),
                timeout=COMMAND_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            raise Unavailable(f"{name} was not found") from None
        except subprocess.TimeoutExpired:
            raise Unavailable(f"{name} took longer than {COMMAND_SECONDS:.0f} seconds") from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "an argument it cannot have"
            raise Unavailable(f"{name} cannot be run: {reason}") from None
        if done.returncode != 0:
            raise Unavailable(f"{name} failed with exit status {done.returncode}; run it by hand to see why")
        try:
            first = done.stdout.decode().partition("\n")[0].removesuffix("\r")
        except UnicodeDecodeError:
            raise Unavailable(f"{name} did not write UTF-8 text") from None
        if not first.strip():
            raise Unavailable(f"{name} wrote nothing on its first line")
        return first


def _one_line(value: str) -> str:
    """Refuse what could break out of a header."""
    if any(mark in value for mark in "\r\n\0"):
        raise Unavailable("the secret holds more than one line")
    return value
