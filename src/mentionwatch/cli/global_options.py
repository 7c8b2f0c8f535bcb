"""The options that every command takes, before or after its name; what stands after wins."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from mentionwatch.cli.context import Context

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
    lambda: click.Option(["-q", "--quiet"], is_flag=True, default=None, help="Print only errors."),
    lambda: click.Option(["-v", "--verbose"], is_flag=True, default=None, help="Print progress details."),
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


class CommandGroup(click.Group):
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
