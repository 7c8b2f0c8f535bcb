"""The command line: arguments in, text and exit status out.

Each family of commands is a file of this folder, imported when one of its commands is run. Every error ends in
:func:`main`, the one place that turns it into text and a status.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.commands import LazyGroup

if TYPE_CHECKING:
    from mentionwatch.env import Env


@click.group(cls=LazyGroup, context_settings={"max_content_width": 100})
def cli() -> None:
    """Monitor mentions of a brand: poll feeds and platform searches, keep each mention once, report what is new.

    Start with `mentionwatch demo`, or with `mentionwatch init "Your Brand"` and `mentionwatch scan`.
    """


def _prepare_streams() -> None:
    """Make the three streams usable, however the program was started.

    One that is closed reads as empty or swallows what is written; letters that an ASCII or Latin-1 stream cannot hold
    are written as ``\\u2026``: a digest with an escaped letter is better than none.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            # Lowest free number first, so this takes the closed one's place and no database can.
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - for the process's life
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _print_error(line: str) -> None:
    # What a user gave is repeated, and may have come from a page: no control sequence of it reaches the terminal.
    shown = "\n".join("".join(c if c.isprintable() else "\ufffd" for c in part) for part in line.split("\n"))
    try:
        click.echo(shown, err=True)
    except OSError:
        return


def _detach_closed_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's last flush does not report a closed pipe."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def main(args: Sequence[str] | None = None, env: Env | None = None) -> int:
    """Run the command line and give the exit status; ``env`` stands in for the world in tests and the demo."""
    from mentionwatch.errors import MentionwatchError, UserError

    _prepare_streams()
    try:
        status = cli.main(
            args=list(args) if args is not None else None, prog_name="mentionwatch", standalone_mode=False, obj=env
        )
        return status if isinstance(status, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        _print_error("interrupted")
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except UserError as error:
        for problem in error.problems:
            _print_error(problem)
        return error.exit_code
    except MentionwatchError as error:
        _print_error(str(error))
        return 1
    except BrokenPipeError:
        return 0
    except OSError as error:
        # The disk, the file system or a stream: the user can fix it.
        what = f"{error.filename}: " if error.filename else ""
        _print_error(f"{what}{error.strerror or error}")
        return 1
    finally:
        _detach_closed_stdout()
