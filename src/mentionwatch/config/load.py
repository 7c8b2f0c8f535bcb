"""A configuration file to :class:`~mentionwatch.config.Config`, or every problem at once with its line.

bytes → text → TOML (tomli) → what each table may hold (tables) → what must hold between them and Config (build)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomli

from mentionwatch.config import Config
from mentionwatch.config.build import SECRET_SECTIONS, ConfigBuilder
from mentionwatch.config.diagnostics import Diagnostics, Location
from mentionwatch.config.sections import ROOT
from mentionwatch.errors import ConfigError
from mentionwatch.files import read_bytes

#: A configuration of ten thousand sources has some 2 MB.
_LARGEST = 32 * 1024 * 1024

#: What tomli says, and what is most often behind it.
_HINTS = (
    ("Invalid value", "text goes in quotes, true and false are lower case"),
    ("Cannot overwrite a value", "this key was set before"),
    (
        "Cannot declare",
        "this table was defined before; write several of a kind in double brackets, [[like this]]",
    ),
    ("Expected '=' after a key", "one key = value a line"),
    ("Unclosed array", "a comma or a closing bracket is missing"),
    ("Unclosed inline table", "a comma or a closing brace is missing"),
    ("Unescaped '\\'", "write a backslash twice, or the text in 'single quotes'"),
    ("Illegal character", "text of several lines goes in three quotes"),
    ("Invalid statement", "a line is a key = value, a [table] or a # comment"),
    ("Expected newline or end of document", "one key = value a line; text goes in quotes"),
)


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A configuration, with the lines of its values for those that find more problems."""

    config: Config
    diagnostics: Diagnostics


def load_config(
    path: Path,
    environ: Mapping[str, str],
    secrets: Collection[str] = SECRET_SECTIONS,
    *,
    commands: bool = True,
    distrust: str | None = None,
) -> Config:
    """The configuration in this file, whole and checked.

    ``secrets`` names the sections whose secrets are looked up (``sources``, ``smtp``, ``notify``). One that is not
    available is not an error here: it is in the ``problem`` of its entry. In a section that is not named all are empty.
    A program that gives a secret is run only for a file without a problem, with ``commands``, and not with
    ``distrust``, the reason why the file's commands are not to be run.

    Raises :class:`~mentionwatch.errors.ConfigError` with every problem found, in the file's order.
    """
    return load_with_diagnostics(path, environ, secrets, commands=commands, distrust=distrust).config


def load_with_diagnostics(
    path: Path,
    environ: Mapping[str, str],
    secrets: Collection[str] = SECRET_SECTIONS,
    *,
    commands: bool = True,
    distrust: str | None = None,
) -> LoadedConfig:
    """As :func:`load_config`, with the lines."""
    shown = _short(path)
    text = _text(path, shown)
    document = _parse(text, shown)

    def build(run: bool) -> LoadedConfig:
        diagnostics = Diagnostics(shown, text)
        root = Location(diagnostics)
        tree = ROOT.read(document, root)
        builder = ConfigBuilder(root, path.absolute(), environ, frozenset(secrets), commands=run, distrust=distrust)
        config = builder.build(document, tree)
        if diagnostics.problems:
            raise ConfigError([found.text for found in sorted(diagnostics.problems)])
        assert config is not None
        warnings = tuple(found.text for found in sorted(diagnostics.warnings))
        return LoadedConfig(replace(config, warnings=warnings), diagnostics)

    if not commands or "command" not in text:
        return build(run=False)
    build(run=False)  # nothing is run for a file that is wrong
    return build(run=True)


def _short(path: Path) -> str:
    """The path for messages: relative where it is below the working folder."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def _text(path: Path, shown: str) -> str:
    try:
        raw = read_bytes(path, _LARGEST + 1)
    except OSError as error:
        raise ConfigError([f"{shown}:1: cannot be read: {error.strerror}"]) from None
    if len(raw) > _LARGEST:
        raise ConfigError([f"{shown}:1: is larger than 32 MB; is this the configuration?"])
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = "UTF-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else f"byte 0x{raw[error.start]:02x}"
        raise ConfigError([f"{shown}:{line}: is not UTF-8 ({hint}); save the file as UTF-8"]) from None


def _parse(text: str, shown: str) -> dict[str, Any]:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        hint = next((f"; {hint}" for start, hint in _HINTS if error.msg.startswith(start)), "")
        message = error.msg[:1].lower() + error.msg[1:]
        raise ConfigError([f"{shown}:{error.lineno}: column {error.colno}: not TOML: {message}{hint}"]) from None
    except RecursionError:
        raise ConfigError([f"{shown}:1: lists or tables are nested too deeply"]) from None
    except ValueError as error:
        # A number of thousands of digits, say: the library lets Python's own refusal through.
        raise ConfigError([f"{shown}:1: not TOML: {error}"]) from None
