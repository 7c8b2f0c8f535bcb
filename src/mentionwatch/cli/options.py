"""What commands share: the global options and the context made of them, and how a list is given.

The global options are taken before or after the command's name; what stands after wins.
"""

from __future__ import annotations

import functools
import io
import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

import click

if TYPE_CHECKING:
    from mentionwatch.config import Config
    from mentionwatch.env import Env
    from mentionwatch.store import Store

F = TypeVar("F", bound=Callable[..., Any])


def _print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if not asked or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    click.echo(f"{ctx.find_root().info_name} {version('mentionwatch')}")
    ctx.exit()


GLOBAL_PARAMS: tuple[Callable[[], click.Option], ...] = (
    lambda: click.Option(
        ["-c", "--config", "config_path"],
        type=click.Path(path_type=Path),
        help="The configuration file (default ./mentionwatch.toml, then the user's).",
    ),
    lambda: click.Option(
        ["--db", "db_path"], type=click.Path(path_type=Path), help="The database file (default: as configured)."
    ),
    lambda: click.Option(["-q", "--quiet"], is_flag=True, default=None, help="Say nothing but errors."),
    lambda: click.Option(["-v", "--verbose"], is_flag=True, default=None, help="Say what is done."),
    lambda: click.Option(["--color"], type=click.Choice(["auto", "always", "never"]), help="Colour the output."),
    lambda: click.Option(
        ["-V", "--version"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_print_version,
        help="Show the version and exit.",
    ),
)
_NAMES = ("config_path", "db_path", "quiet", "verbose", "color")
_KEY = "mentionwatch.given"


def remember(ctx: click.Context, given: dict[str, Any]) -> None:
    """Keep the global options given so far where the command's own will find them."""
    kept = ctx.meta.setdefault(_KEY, {})
    kept.update({name: value for name, value in given.items() if name in _NAMES and value is not None})


class Family(click.Group):
    """A noun with its verbs. The global options stand before the verb too; a noun alone is its ``default`` verb."""

    def __init__(self, *args: Any, default: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.context_settings = {"help_option_names": ["-h", "--help"], **self.context_settings}
        self.params.extend(make() for make in GLOBAL_PARAMS)
        self._default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if self._default is not None and not any(arg in self.commands or arg in ctx.help_option_names for arg in args):
            args = [self._default, *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        remember(ctx, ctx.params)
        ctx.params = {name: value for name, value in ctx.params.items() if name not in _NAMES}
        return super().invoke(ctx)


#: What mentions are listed as, and what anything else is.
MENTION_FORMATS = ("terminal", "text", "markdown", "json", "jsonl", "csv")
TABLE_FORMATS = ("terminal", "text", "json", "jsonl")


def output_options(*formats: str) -> Callable[[F], F]:
    """``-f/--format``, ``--json``, ``--jsonl``, ``-o/--output``: how a command that lists gives its list.

    The command gets ``form``, one of ``formats`` or ``None`` where the user left it open, and ``output``.
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def chosen(*args: Any, form: str | None, as_json: bool, as_jsonl: bool, **kwargs: Any) -> Any:
            asked = {form, "json" if as_json else None, "jsonl" if as_jsonl else None} - {None}
            if len(asked) > 1:
                raise click.UsageError(f"one format at a time: {' or '.join(sorted(filter(None, asked)))}")
            return function(*args, form=next(iter(asked), None), **kwargs)

        options = (
            click.option(
                "-f",
                "--format",
                "form",
                type=click.Choice(formats),
                help="Default: terminal, or text into a pipe.",
            ),
            click.option("--json", "as_json", is_flag=True, help="Same as --format json."),
            click.option("--jsonl", "as_jsonl", is_flag=True, help="Same as --format jsonl."),
            click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."),
        )
        decorated: Any = chosen
        for option in reversed(options):
            decorated = option(decorated)
        return cast(F, decorated)

    return decorate


def triage_options(function: F) -> F:
    """The filters by what people have done: ``--status``, ``--assignee``, ``--overdue``, ``--urgency``."""
    options = (
        click.option(
            "--status",
            "statuses",
            multiple=True,
            type=click.Choice(["new", "open", "replied", "resolved", "ignored"]),
            help="In this state of triage; may be repeated.",
        ),
        click.option("--assignee", "assignees", multiple=True, metavar="WHO", help="Assigned to WHO; may be repeated."),
        click.option("--overdue", is_flag=True, help="Only what should have been answered by now."),
        click.option(
            "--urgency",
            "urgencies",
            multiple=True,
            type=click.Choice(["urgent", "high", "normal", "low"]),
            help="Judged so; may be repeated.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def global_options(function: F) -> F:
    """Give a command the global options and, as its first argument, the :class:`Context` made of them."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        ctx = click.get_current_context()
        remember(ctx, {name: kwargs.pop(name, None) for name in _NAMES})
        return function(Context(ctx.find_root().obj, **ctx.meta[_KEY]), *args, **kwargs)

    params: list[click.Option] = [make() for make in GLOBAL_PARAMS]
    decorated: Any = wrapped
    decorated.__click_params__ = [*getattr(function, "__click_params__", []), *reversed(params)]
    return cast(F, decorated)


class Context:
    """One run of one command: the world, the configuration and the database it names, and its streams."""

    def __init__(
        self,
        env: Env | None,
        config_path: Path | None = None,
        db_path: Path | None = None,
        quiet: bool = False,
        verbose: bool = False,
        color: str = "auto",
    ) -> None:
        if env is None:
            from mentionwatch.env import Env

            env = Env()
        self.env = env
        self.quiet = quiet
        self.verbose = verbose
        self._config_path = config_path
        self._db_path = db_path
        self._color = color
        self._config: Config | None = None
        self._secrets: frozenset[str] = frozenset()

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
        from mentionwatch.config.load import find_config
        from mentionwatch.errors import UserError

        try:
            here = Path.cwd()
        except FileNotFoundError:
            raise UserError("the current folder has been removed; change to another, or back to it") from None
        return find_config(self._config_path, self.env.environ, here)

    def config(self, secrets: Collection[str] = ()) -> Config:
        """The configuration, read once.

        ``secrets`` names the sections whose secrets this command needs (``sources``, ``smtp``, ``notify``): the others'
        stay empty, so that no password manager is run for a list.
        """
        if self._config is None or not self._secrets.issuperset(secrets):
            from mentionwatch.config.load import load

            first = self._config is None
            self._secrets |= frozenset(secrets)
            self._config = load(self.config_file(), self.env.environ, self._secrets)
            # Cron mails whatever is written: a warning is for somebody who watches, and for `check`.
            for warning in self._config.warnings if first and self.attended else ():
                self.say(f"warning: {warning}")
        return self._config

    def read_again(self) -> Config:
        """The configuration as it is in the file now; one that is wrong leaves the old as it was."""
        from mentionwatch.config.load import load

        self._config = load(self.config_file(), self.env.environ, self._secrets)
        return self._config

    def database(self) -> Path:
        """Where the database is: ``--db``, ``$MENTIONWATCH_DB``, the configuration, the user's data folder."""
        if self._db_path is not None:
            return self._db_path.absolute()
        if named := self.env.environ.get("MENTIONWATCH_DB"):
            return Path(named).absolute()
        if (database := self.config().database) is not None:
            return database
        from platformdirs import user_data_path

        return user_data_path("mentionwatch", appauthor=False) / "mentionwatch.db"

    def kept(self) -> Path:
        """Where the database is; an error that says the mend when it is not there."""
        with self.store():
            return self.database()

    def store(self, *, write: bool = False) -> Store:
        """The open database, which must be there; without ``write`` it is not changed."""
        from mentionwatch.store import Store

        # Opened to write, a slip in its name would make a new and empty one.
        return Store.open(self.kept() if write else self.database(), write=write)

    def has_config(self) -> bool:
        """Whether a configuration is to be found: some commands can do with a database alone."""
        from mentionwatch.errors import UserError

        try:
            self.config_file()
        except UserError:
            return False
        return True

    def optional_config(self) -> Config | None:
        """The configuration, ``None`` where there is none: some commands need only a database."""
        return self.config() if self.has_config() else None

    # -- streams ---------------------------------------------------------------------------------------------------

    def write_utf8(self) -> None:
        """Have a file or pipe on stdout get UTF-8, the bytes that ``-o`` writes, whatever the locale says."""
        if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
            sys.stdout.reconfigure(encoding="utf-8")

    def write(self, text: str) -> None:
        """Put data on stdout; a reader that has gone away ends the program quietly."""
        self.deliver_parts((text,), None)

    def end_quietly(self) -> NoReturn:
        """The reader of our stdout has gone: nobody is left to tell."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise click.exceptions.Exit(0)

    def form(self, asked: str | None, output: Path | None) -> str:
        """The format of a list: the one asked for, the terminal's where stdout is one, else text."""
        return asked or ("terminal" if output is None and sys.stdout.isatty() else "text")

    def deliver_rows(
        self,
        schema: str,
        key: str,
        rows: Sequence[Mapping[str, object]],
        told: str,
        form: str | None,
        output: Path | None,
    ) -> None:
        """Put a list that is none of mentions where it belongs: ``rows`` as JSON under ``key``, or ``told``."""
        import json

        if form == "json":
            told = json.dumps({"schema": f"mentionwatch.{schema}/1", key: rows}, indent=1)
        elif form == "jsonl":
            told = "".join(json.dumps(row) + "\n" for row in rows)
        self.deliver(told, output)

    def deliver(self, text: str, output: Path | None) -> None:
        """Put data on stdout, or into a file that is replaced whole."""
        self.deliver_parts((text,), output)

    def deliver_parts(self, parts: Iterable[str], output: Path | None) -> None:
        """Put data where :meth:`deliver` puts it, as it comes; the last part ends with a line end."""
        from mentionwatch.files import write_text

        try:
            write_text(output, parts)
        except BrokenPipeError:
            self.end_quietly()

    def say(self, line: str) -> None:
        """Tell the user something on stderr, unless ``--quiet``."""
        if not self.quiet:
            self.complain(line)

    def complain(self, line: str) -> None:
        """Tell the user of a fault on stderr, ``--quiet`` or not."""
        try:
            click.echo(line, err=True)
        except OSError:
            return

    @property
    def attended(self) -> bool:
        """Whether somebody watches stderr: cron does not, and mails whatever is written."""
        return sys.stderr.isatty()

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
        from mentionwatch.env import LocalZone

        return LocalZone()

    @property
    def width(self) -> int:
        """Columns of the terminal, 80 where there is none."""
        import shutil  # help needs neither this nor json, and starts a tenth sooner without

        return shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else 80
