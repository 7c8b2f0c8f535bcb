"""Which source types there are, and what each says of itself.

A built-in type is a module of ``platforms`` whose name has no leading underscore; it is found by its file name and
imported only when it is asked for. A plug-in is an entry point of the group ``mentionwatch.sources``
(``name = "package.module:Class"``); one that cannot be loaded is reported by name, and every other type still works.
"""

from __future__ import annotations

import importlib
import pkgutil
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from difflib import get_close_matches
from inspect import cleandoc
from typing import TYPE_CHECKING

import mentionwatch.sources.platforms as folder
from mentionwatch.errors import UserError
from mentionwatch.messages import Secret
from mentionwatch.sources.old_names import adopt
from mentionwatch.sources.protocols import Source

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = [
    "ADDRESS_OPTIONS",
    "GROUP",
    "RESERVED_OPTIONS",
    "Description",
    "LoadedTypes",
    "Option",
    "caveats",
    "describe",
    "find_all",
    "options",
    "source_type",
    "type_names",
]

GROUP = "mentionwatch.sources"

#: Keys every ``[[sources]]`` entry has; a source may not name an option so.
RESERVED_OPTIONS = frozenset({"type", "name", "every", "backlog", "brands", "enabled", "private"})

#: Options that hold the address asked; the user named its host, so it may be private.
ADDRESS_OPTIONS = frozenset({"server", "base_url", "url"})


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a source type, read from its dataclass field.

    ``annotation`` is the resolved type (``str``, ``Secret | None``, ``tuple[str, ...]``, a ``Literal`` …);
    ``default`` is meaningless when ``required``. ``help`` is the field's ``metadata["help"]``, ``scheme`` its
    ``metadata["scheme"]``: what an address begins with where that is not http. ``empty`` is its ``metadata["empty"]``:
    whether a text may be empty.
    """

    name: str
    annotation: object
    required: bool
    default: object
    help: str
    scheme: str = "http"
    empty: bool = False

    @property
    def secret(self) -> bool:
        """Whether the value is given as ``{ env | file | command }``; ``str | Secret`` takes a bare string, too."""
        return self.annotation is Secret or Secret in typing.get_args(self.annotation)

    @property
    def address(self) -> bool:
        """Whether the value is the address the source asks."""
        return self.name in ADDRESS_OPTIONS


@dataclass(frozen=True, slots=True)
class Description:
    """What a source type says of itself, for ``sources --types`` and the README.

    ``asks`` is the docstring's first line, ``more`` the rest of it; ``account`` what account or key is needed;
    ``limitations`` what the type cannot see. ``experimental``: no genuine answer of the platform could be tested.
    ``terms`` are terms of the platform that exclude some uses, ``""`` where none does.
    """

    type: str
    asks: str
    more: str
    account: str
    limitations: str
    options: tuple[Option, ...]
    experimental: bool = False
    terms: str = ""


@dataclass(frozen=True, slots=True)
class LoadedTypes:
    """Every type that could be loaded, by name in alphabetical order, and what could not, a sentence each."""

    types: Mapping[str, type[Source]]
    problems: tuple[str, ...]


class _Unloadable(Exception):
    """A module or plug-in that does not give a source; the message says why."""


def type_names() -> tuple[str, ...]:
    """The names of all types, built-in and plugged in, in alphabetical order; imports none of them."""
    plugins, _ = _plugins()
    return tuple(sorted({*_built_in(), *plugins}))


def source_type(name: str) -> type[Source]:
    """The class of one type; imports no other.

    Raises :class:`~mentionwatch.errors.UserError` when there is no such type, with a suggestion, and
    when a plug-in of this name cannot be loaded.
    """
    if name in _built_in():
        return _from_module(name)
    plugins, _ = _plugins()
    if name in plugins:
        try:
            return _from_plugin(plugins[name])
        except _Unloadable as error:
            raise UserError(str(error)) from error
    guesses = get_close_matches(name, type_names(), n=1)
    hint = f"did you mean {guesses[0]!r}?" if guesses else f"there are: {', '.join(type_names())}"
    raise UserError(f"no source type {name!r}; {hint}")


def find_all() -> LoadedTypes:
    """Import every type; a plug-in that fails is a problem, never an exception."""
    found = {name: _from_module(name) for name in _built_in()}
    plugins, listed = _plugins()
    problems = list(listed)
    for name, entry in plugins.items():
        try:
            found[name] = _from_plugin(entry)
        except _Unloadable as error:
            problems.append(str(error))
    return LoadedTypes(types=types.MappingProxyType(dict(sorted(found.items()))), problems=tuple(problems))


def options(cls: type[Source]) -> tuple[Option, ...]:
    """The options of a type in the order they are declared, without those every source has."""
    hints = typing.get_type_hints(cls)
    return tuple(_options(cls, hints))


def describe(cls: type[Source]) -> Description:
    """What the type says of itself."""
    asks, _, more = cleandoc(cls.__doc__ or "").partition("\n")
    return Description(
        type=cls.type,
        asks=asks,
        more=more.strip(),
        account=cls.account,
        limitations=cls.limitations,
        options=options(cls),
        experimental=bool(getattr(cls, "experimental", False)),
        terms=str(getattr(cls, "terms", "")),
    )


def caveats(cls: type[Source]) -> tuple[str, ...]:
    """What to know before relying on a type, a sentence each; most have none."""
    found = []
    if getattr(cls, "experimental", False):
        found.append("experimental: it was never tested on a genuine answer of the platform; compare what it finds")
    if terms := getattr(cls, "terms", ""):
        found.append(f"terms: {terms}")
    return tuple(found)


def _options(cls: type[Source], hints: Mapping[str, object]) -> Iterator[Option]:
    for field in fields(typing.cast(type[typing.Any], cls)):
        if not field.init:
            continue
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        yield Option(
            name=field.name,
            annotation=hints[field.name],
            required=default is MISSING,
            default=None if default is MISSING else default,
            help=str(field.metadata.get("help", "")),
            scheme=str(field.metadata.get("scheme", "http")),
            empty=bool(field.metadata.get("empty", False)),
        )


def _built_in() -> tuple[str, ...]:
    modules = (module.name for module in pkgutil.iter_modules(folder.__path__))
    return tuple(sorted(name for name in modules if not name.startswith("_")))


def _from_module(name: str) -> type[Source]:
    """The one public class of the module whose ``type`` is the module's name; anything else is our own mistake."""
    module = importlib.import_module(f"{folder.__name__}.{name}")
    classes = [
        value
        for key, value in vars(module).items()
        if isinstance(value, type) and not key.startswith("_") and getattr(value, "type", None) == name
    ]
    if len(classes) != 1:
        raise TypeError(f"{module.__name__} must define exactly one public class with type = {name!r}")
    return typing.cast(type[Source], classes[0])


def _plugins() -> tuple[dict[str, EntryPoint], list[str]]:
    """The entry points to use, by name, and a problem for each that is not used."""
    # Imported here: it costs more than all the rest of this module, and a built-in type needs it not.
    from importlib.metadata import entry_points

    built_in = set(_built_in())
    chosen: dict[str, EntryPoint] = {}
    problems: list[str] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        if entry.name in built_in:
            problems.append(f"source plug-in {entry.name!r} ({entry.value}) is not used: a built-in type has this name")
        elif entry.name not in chosen:
            chosen[entry.name] = entry
        elif chosen[entry.name].value != entry.value:
            used = chosen[entry.name].value
            problems.append(f"source plug-in {entry.name!r} ({entry.value}) is not used: {used} has the same name")
    return chosen, problems


def _from_plugin(entry: EntryPoint) -> type[Source]:
    label = f"source plug-in {entry.name!r} ({entry.value})"
    try:
        loaded: object = entry.load()
    except (Exception, SystemExit) as error:  # foreign code: it may raise anything, or leave
        raise _Unloadable(f"{label} cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(loaded, type) or not is_dataclass(loaded):
        raise _Unloadable(f"{label} is not a dataclass")
    if getattr(loaded, "type", None) != entry.name:
        raise _Unloadable(f"{label} says its type is {getattr(loaded, 'type', None)!r}")
    adopt(loaded)
    missing = [
        name
        for name in ("platform", "limits", "account", "limitations", "requests", "parse")
        if not hasattr(loaded, name)
    ]
    if missing:
        raise _Unloadable(f"{label} lacks {', '.join(missing)}")
    clashes = sorted(RESERVED_OPTIONS.intersection(field.name for field in fields(loaded)))
    if clashes:
        raise _Unloadable(f"{label} has options every source has already: {', '.join(clashes)}")
    return typing.cast(type[Source], loaded)
