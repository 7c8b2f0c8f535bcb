"""The command line: arguments in, text and exit status out.

Each family of commands is a file of this folder, imported when one of its commands is run, so that ``--help``
loads nothing but click. Every error ends in :func:`main`, the one place that turns it into text and a status.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mentionwatch.cli.global_options import CommandGroup

if TYPE_CHECKING:
    from mentionwatch.env import Env

#: Name → (module, attribute, what ``--help`` says): the table stands here so that help imports no command.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": ("mentionwatch.cli.init", "init", "Write a commented configuration that works at once."),
    "check": ("mentionwatch.cli.check", "check", "Check the configuration; with --online every source too."),
    "scan": ("mentionwatch.cli.scan", "scan", "Poll the sources that are due and keep what is new."),
    "stream": ("mentionwatch.cli.stream", "stream", "Listen to live streams and report mentions within seconds."),
    "digest": ("mentionwatch.cli.digest", "digest", "Print, save or e-mail a digest of mentions."),
    "list": ("mentionwatch.cli.mentions", "list_", "List mentions by full-text query and filters."),
    "show": ("mentionwatch.cli.mentions", "show", "Show one mention in full."),
    "why": ("mentionwatch.cli.why", "why", "Explain why a page or post was kept, rejected or folded."),
    "spike": ("mentionwatch.cli.spike", "spike", "List or acknowledge spikes in mention volume."),
    "story": ("mentionwatch.cli.story", "story", "Show, merge or split stories."),
    "match": ("mentionwatch.cli.match", "match", "Test which terms match a text."),
    "brand": ("mentionwatch.cli.brand", "brand", "Show how precise each brand's terms are."),
    "rules": ("mentionwatch.cli.rules", "rules", "List, test, replay and apply the rules for urgency."),
    "backtest": (
        "mentionwatch.cli.backtest",
        "backtest",
        "Show which mentions a changed configuration gains or loses.",
    ),
    "due": ("mentionwatch.cli.due", "due", "List what must be answered, most overdue first."),
    "inbox": ("mentionwatch.cli.inbox", "inbox", "Work through open mentions with single-key actions."),
    "ack": ("mentionwatch.cli.triage", "ack", "Acknowledge mentions."),
    "assign": ("mentionwatch.cli.triage", "assign", "Assign mentions to a person."),
    "reply": ("mentionwatch.cli.reply", "reply", "Record where mentions were answered, and what was promised."),
    "resolve": ("mentionwatch.cli.triage", "resolve", "Resolve mentions."),
    "ignore": ("mentionwatch.cli.triage", "ignore", "Mark mentions as not needing a reply."),
    "reopen": ("mentionwatch.cli.triage", "reopen", "Reopen mentions that need another answer."),
    "note": ("mentionwatch.cli.triage", "note", "Add a note to mentions."),
    "undo": ("mentionwatch.cli.triage", "undo", "Undo the last thing done about mentions."),
    "label": ("mentionwatch.cli.triage", "label", "Label mentions relevant or noise, or correct their sentiment."),
    "evidence": ("mentionwatch.cli.evidence", "evidence", "Archive mentions as tamper-evident evidence."),
    "sources": ("mentionwatch.cli.sources", "sources", "List the configured sources, or every source type."),
    "coverage": ("mentionwatch.cli.coverage", "coverage", "Show what was monitored and what was missed."),
    "report": ("mentionwatch.cli.report", "report", "Build a one-page HTML report with charts."),
    "query": ("mentionwatch.cli.query", "query", "Explain, check or import a query."),
    "schema": ("mentionwatch.cli.schema", "schema", "Print the JSON Schema of the configuration or the output."),
    "schedule": ("mentionwatch.cli.schedule", "schedule", "Print crontab lines or systemd units."),
    "deliveries": ("mentionwatch.cli.deliveries", "deliveries", "List what was sent and what still waits; retry it."),
    "opml": ("mentionwatch.cli.opml", "opml", "Import or export feeds as OPML."),
    "merge": ("mentionwatch.cli.housekeeping", "merge", "Merge another database into this one."),
    "backup": ("mentionwatch.cli.housekeeping", "backup", "Copy the database while it is in use."),
    "prune": ("mentionwatch.cli.housekeeping", "prune", "Delete what is older than the retention setting."),
    "forget": ("mentionwatch.cli.housekeeping", "forget", "Delete everything an author wrote."),
    "verify": ("mentionwatch.cli.housekeeping", "verify", "Check the database for damage and contradictions."),
    "demo": ("mentionwatch.cli.demo", "demo", "Run everything on bundled sample answers, without network."),
}


class LazyGroup(CommandGroup):
    """A group whose commands are imported when run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # click takes its "Did you mean" candidates from the commands it holds, and a lazy group holds none.
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=list(COMMANDS), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"max_content_width": 100})
def cli() -> None:
    """Watch what is said of a brand: poll feeds and platform searches, keep each mention once, tell what is new.

    Start with `mentionwatch demo`, or with `mentionwatch init "Your Brand"` and `mentionwatch scan`.
    """


def _mend_streams() -> None:
    """Make the three streams usable, however the program was started.

    One that is closed reads as empty or swallows what is written; letters that an ASCII or Latin-1 stream cannot hold
    are written as ``\\u2026``: a digest with an odd letter in it is better than none.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            # Lowest free number first, so this takes the closed one's place and no database can.
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - for the process's life
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _say(line: str) -> None:
    # What a user gave is repeated, and may have come from a page: no control sequence of it reaches the terminal.
    shown = "\n".join("".join(c if c.isprintable() else "\ufffd" for c in part) for part in line.split("\n"))
    try:
        click.echo(shown, err=True)
    except OSError:
        return


def _quiet_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's last flush does not complain of a closed pipe."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def main(args: Sequence[str] | None = None, env: Env | None = None) -> int:
    """Run the command line and give the exit status; ``env`` stands in for the world in tests and the demo."""
    from mentionwatch.errors import MentionwatchError, UserError

    _mend_streams()
    try:
        status = cli.main(
            args=list(args) if args is not None else None, prog_name="mentionwatch", standalone_mode=False, obj=env
        )
        return status if isinstance(status, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except UserError as error:
        for problem in error.problems:
            _say(problem)
        return error.exit_code
    except MentionwatchError as error:
        _say(str(error))
        return 1
    except BrokenPipeError:
        return 0
    except OSError as error:
        # The disk, the file system or a stream: all of it the user's to mend.
        what = f"{error.filename}: " if error.filename else ""
        _say(f"{what}{error.strerror or error}")
        return 1
    finally:
        _quiet_stdout()
