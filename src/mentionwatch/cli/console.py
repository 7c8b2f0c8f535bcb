"""Standard output and standard error: where a command's data and its messages go."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import NoReturn

import click

from mentionwatch.env import Env, LocalZone
from mentionwatch.files import write_text


class Console:
    """The streams of one command: data to stdout or a file, messages to stderr."""

    def __init__(self, env: Env, *, quiet: bool, verbose: bool, color: str) -> None:
        self.env = env
        self.quiet = quiet
        self.verbose = verbose
        self._color = color

    # -- data ------------------------------------------------------------------------------------------------------

    def write_utf8(self) -> None:
        """Have a file or pipe on stdout get UTF-8, the bytes that ``-o`` writes, whatever the locale says."""
        if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
            sys.stdout.reconfigure(encoding="utf-8")

    def write(self, text: str) -> None:
        """Write data to stdout; a reader that has gone away ends the program quietly."""
        self.write_parts((text,), None)

    def write_output(self, text: str, output: Path | None) -> None:
        """Write data to stdout, or into a file that is replaced whole."""
        self.write_parts((text,), output)

    def write_parts(self, parts: Iterable[str], output: Path | None) -> None:
        """Write data where :meth:`write_output` does, part by part; on stdout it ends with a line end."""
        try:
            write_text(output, parts)
        except BrokenPipeError:
            self.end_quietly()

    def write_rows(
        self,
        schema: str,
        key: str,
        rows: Sequence[Mapping[str, object]],
        text: str,
        form: str | None,
        output: Path | None,
    ) -> None:
        """Write a list of anything but mentions: ``rows`` as JSON under ``key``, or as JSON Lines, or ``text``."""
        if form == "json":
            text = json.dumps({"schema": f"mentionwatch.{schema}/1", key: rows}, indent=1)
        elif form == "jsonl":
            text = "".join(json.dumps(row) + "\n" for row in rows)
        self.write_output(text, output)

    def end_quietly(self) -> NoReturn:
        """End the program: the reader of our stdout has gone."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise click.exceptions.Exit(0)

    # -- messages --------------------------------------------------------------------------------------------------

    def info(self, line: str) -> None:
        """Print a message on stderr, unless ``--quiet``."""
        if not self.quiet:
            self.error(line)

    def error(self, line: str) -> None:
        """Print an error on stderr, ``--quiet`` or not."""
        try:
            click.echo(line, err=True)
        except OSError:
            return

    @property
    def attended(self) -> bool:
        """Whether stderr is a terminal: cron mails whatever is written there."""
        return sys.stderr.isatty()

    # -- form ------------------------------------------------------------------------------------------------------

    def output_format(self, asked: str | None, output: Path | None) -> str:
        """The format of a list: the one asked for, the terminal's where stdout is one, else text."""
        return asked or ("terminal" if output is None and sys.stdout.isatty() else "text")

    @property
    def color(self) -> bool:
        """Whether stdout is to be coloured."""
        environ = self.env.environ
        if self._color != "auto":
            return self._color == "always"
        if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
            return False
        return bool(environ.get("FORCE_COLOR")) or sys.stdout.isatty()

    @property
    def zone(self) -> tzinfo:
        """The time zone of whoever reads: this machine's."""
        return LocalZone()

    @property
    def width(self) -> int:
        """Columns of the terminal, 80 where there is none."""
        import shutil  # help does not need it, and starts a tenth sooner without

        return shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else 80
