"""How an old name that plug-ins import still works: with a ``DeprecationWarning`` that gives the new one."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from importlib import import_module

__all__ = ["renamed", "warn_moved"]


def warn_moved(old: str, new: str, *, stacklevel: int = 3) -> None:
    """Warn the importer of the module that calls this."""
    warnings.warn(f"{old} is deprecated: import {new}", DeprecationWarning, stacklevel=stacklevel)


def renamed(module: str, names: Mapping[str, str]) -> Callable[[str], object]:
    """A module's ``__getattr__`` for names it had before: old name → new name, with its module if that is another."""

    def find(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        place, _, attribute = names[name].rpartition(".")
        place = place or module
        warnings.warn(f"{module}.{name} is deprecated: use {place}.{attribute}", DeprecationWarning, stacklevel=2)
        found: object = getattr(import_module(place), attribute)
        return found

    return find
