"""Write a file: the whole file or nothing, readable by its owner alone.

Every file that this program writes goes through here, but for SQLite's own.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mentionwatch.errors import UserError

#: How long another program may take to write into a pipe that is read.
_PIPE_SECONDS = 10.0


def is_stdout(path: Path | None) -> bool:
    """Whether a path means standard output: none was given, or ``-``."""
    return path is None or str(path) == "-"


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """The content of a file, or of a pipe that another program writes to; its first ``most`` bytes, if given.

    A pipe to which nobody writes, or nothing for ten seconds, is an ``OSError`` and not waited for.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
        content = bytearray()
        while most is None or len(content) < most:
            piece = file.read(65_536 if most is None else min(most - len(content), 65_536))
            if piece is None and not select.select([descriptor], [], [], _PIPE_SECONDS)[0]:
                raise OSError(errno.ETIMEDOUT, "nothing comes out of this pipe")
            if piece == b"":
                break
            content += piece or b""
    if is_pipe and not content:
        raise OSError(errno.ENODATA, "nothing comes out of this pipe")
    return bytes(content)


def write_text(path: Path | None, parts: Iterable[str], *, private: bool = False) -> None:
    """Write UTF-8 to a file, a device or standard output, part by part; see :func:`replacing`.

    On standard output the text ends with a line end. Raises ``BrokenPipeError`` when its reader is gone, and
    :class:`~mentionwatch.errors.UserError` when the output cannot be written.
    """
    if path is None or is_stdout(path):
        with _reporting("standard output"):
            last = ""
            for part in parts:
                sys.stdout.write(part)
                last = part or last
            sys.stdout.write("" if last.endswith("\n") or not last else "\n")
            sys.stdout.flush()
        return
    with _reporting(path), replacing(path, private=private) as file:
        file.writelines(part.encode("utf-8") for part in parts)


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes to a file, a device or standard output; see :func:`replacing` and :func:`write_text`."""
    if is_stdout(path):
        with _reporting("standard output"):
            sys.stdout.buffer.write(content)
            sys.stdout.flush()
        return
    with _reporting(path), replacing(path) as file:
        file.write(content)


def append_text(path: Path, text: str) -> None:
    """Add to the end of a file, so that it is at every instant as before or as after."""
    with _reporting(path):
        content = read_bytes(path)
    write_bytes(path, content + text.encode("utf-8"))


def create_text(path: Path, text: str) -> None:
    """Write a file that must not exist yet. Raises ``FileExistsError``, and UserError when it cannot be written."""
    with _reporting(path, but=FileExistsError):
        create_private(path, exist_ok=False)
    try:
        write_text(path, (text,))
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def create_private(path: Path, *, exist_ok: bool = True) -> None:
    """Create an empty file with mode 0600, so that at no instant others may read what is written into it later.

    Raises ``OSError``; ``FileExistsError`` where it exists, unless ``exist_ok``. A pipe or a device is no file.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CREAT | (0 if exist_ok else os.O_EXCL), 0o600)
    with os.fdopen(descriptor) as file:
        check_regular(file.fileno())


def check_regular(path: Path | int) -> None:
    """Raises ``OSError`` for a pipe, a device, a socket or a folder: opening some of them waits for ever."""
    mode = os.stat(path).st_mode  # noqa: PTH116 – an open file has no Path
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, f"is a {'folder' if stat.S_ISDIR(mode) else 'pipe or a device'} and not a file")


@contextmanager
def replacing(path: Path, *, private: bool = False) -> Generator[IO[bytes]]:
    """A file to write to, which takes the place of ``path`` when the block ends well; else ``path`` stays as it was.

    A link stays one: what it points to is replaced. A device or a pipe is written to. A new file has mode 0600, an
    existing one keeps its mode unless ``private``. Raises ``OSError``.
    """
    import tempfile  # help and lists write no file, and start sooner without

    try:
        mode = path.stat().st_mode
    except FileNotFoundError:  # links that go in a circle are another error
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        with path.open("wb") as device:  # by its own name: what /dev/stdout or /dev/fd/63 links to has none
            yield device
        return
    target = path.resolve()
    # Opened exclusively, under a name that nobody can have prepared; the start of the name says whose remains it is.
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        if mode is not None and not private:
            part.chmod(mode & 0o777)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def _reporting(what: object, but: type[OSError] = BrokenPipeError) -> Generator[None]:
    """Turn an operating system's error into one line for the user, all but one kind."""
    try:
        yield
    except but:
        raise
    except OSError as error:
        raise UserError(f"{what}: cannot be written: {error.strerror or error}") from error
