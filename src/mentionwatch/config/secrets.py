"""Secrets: from the environment, a file or a program, and from nowhere else.

Error messages contain neither the secret, nor a program's output, nor a file's content.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from mentionwatch.config.diagnostics import quoted
from mentionwatch.config.table_types import SecretReference
from mentionwatch.files import read_bytes
from mentionwatch.messages import Secret

#: How long a program may take to give a secret.
COMMAND_SECONDS = 10.0
#: More than any token, key or address: a larger file is the wrong file.
_LARGEST = 64 * 1024


class SecretUnavailable(Exception):
    """A secret is not available now; the message says why and how to fix it."""


class SecretResolver:
    """Looks each secret up once: a program runs once for all that name it, and its failure is not waited for twice.

    No program is run without ``commands``; with ``distrust`` they are refused, for the reason it gives.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        absolute: Callable[[Path], Path],
        *,
        commands: bool = True,
        distrust: str | None = None,
    ) -> None:
        self._environ = environ
        self._absolute = absolute
        self._commands = commands
        self._distrust = distrust
        self._known: dict[SecretReference, Secret | SecretUnavailable] = {}

    def resolve(self, reference: SecretReference) -> Secret:
        """The secret; raises :class:`SecretUnavailable`."""
        if reference not in self._known:
            try:
                self._known[reference] = Secret(_one_line(self._look_up(reference)))
            except SecretUnavailable as error:
                self._known[reference] = error
        found = self._known[reference]
        if isinstance(found, SecretUnavailable):
            raise found
        return found

    def looks_up(self, reference: SecretReference) -> bool:
        """Whether this secret is looked up at all: a program's is not where none is to be run."""
        return self._commands or reference.command is None

    def is_world_readable(self, reference: SecretReference) -> bool:
        """Whether it is in a file that every user of this machine can read."""
        if reference.file is None:
            return False
        try:
            return bool((self._absolute(reference.file)).stat().st_mode & stat.S_IROTH)
        except OSError:
            return False

    def _look_up(self, reference: SecretReference) -> str:
        if reference.env is not None:
            return self._from_environment(reference.env)
        if reference.file is not None:
            return self._from_file(self._absolute(reference.file))
        assert reference.command is not None
        return self._from_command(reference.command)

    def _from_environment(self, name: str) -> str:
        value = self._environ.get(name)
        if value is None:
            raise SecretUnavailable(f"the environment variable {name} is not set; set it where this program is started")
        if not value.strip():
            raise SecretUnavailable(f"the environment variable {name} is empty")
        return value

    def _from_file(self, path: Path) -> str:
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise SecretUnavailable(f"{path} is not a file")
            raw = read_bytes(path, _LARGEST + 1)
            if len(raw) > _LARGEST:
                raise SecretUnavailable(f"{path} is too large for a secret")
            text = raw.decode("utf-8")
        except OSError as error:
            raise SecretUnavailable(f"{path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise SecretUnavailable(f"{path} is not UTF-8 text") from None
        text = text.removesuffix("\n").removesuffix("\r")
        if not text.strip():
            raise SecretUnavailable(f"{path} is empty")
        return text

    def _from_command(self, argv: tuple[str, ...]) -> str:
        name = f"the command {quoted(argv[0])}"
        if self._distrust is not None:
            raise SecretUnavailable(f"{name} is not run: {self._distrust}")
        try:
            status, told = run_command(argv, self._absolute(Path()), dict(self._environ))
        except FileNotFoundError:
            raise SecretUnavailable(f"{name} was not found") from None
        except TimeoutError:
            raise SecretUnavailable(f"{name} took longer than {COMMAND_SECONDS:.0f} seconds") from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "an invalid argument"
            raise SecretUnavailable(f"{name} cannot be run: {reason}") from None
        if len(told) > _LARGEST:
            raise SecretUnavailable(f"{name} wrote more than a secret")
        if status != 0:
            raise SecretUnavailable(f"{name} failed with exit status {status}; run it by hand to see why")
        try:
            first = told.decode().partition("\n")[0].removesuffix("\r")
        except UnicodeDecodeError:
            raise SecretUnavailable(f"{name} did not write UTF-8 text") from None
        if not first.strip():
            raise SecretUnavailable(f"{name} wrote nothing on its first line")
        return first


def run_command(
    argv: tuple[str, ...], folder: Path, environ: dict[str, str], seconds: float = COMMAND_SECONDS
) -> tuple[int, bytes]:
    """The exit status of a command and the start of what it wrote, a little more than :data:`_LARGEST` at most.

    ``argv`` is a list, so no shell reads it. Its stderr is dropped: it may contain what must not be shown. It leads a
    process group: after ``seconds`` (then ``TimeoutError``), or when it writes without end, all that it started is
    killed with it.
    """
    import select
    import signal
    import subprocess  # imported here: few configurations need it, every start would pay for it
    import threading

    late = threading.Event()
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=environ,
        start_new_session=True,
    )
    assert process.stdout is not None
    timer = threading.Timer(seconds, late.set)
    timer.daemon = True
    timer.start()
    told, whole = b"", False
    try:
        # A process that it left running may keep the pipe open for ever: when it has ended, all has been written.
        while not whole and not late.is_set() and len(told) <= _LARGEST:
            ended = process.poll() is not None
            if select.select([process.stdout], [], [], 0 if ended else 0.1)[0]:
                piece = os.read(process.stdout.fileno(), 65_536)
                told, whole = told + piece, not piece
            else:
                whole = ended
        while process.poll() is None and not late.is_set() and len(told) <= _LARGEST:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        if process.poll() is None and late.is_set():
            raise TimeoutError
        return process.poll() or 0, told
    finally:
        timer.cancel()
        process.stdout.close()
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _one_line(value: str) -> str:
    """Reject what could break out of a header."""
    if any(mark in value for mark in "\r\n\0"):
        raise SecretUnavailable("the secret has more than one line")
    return value
