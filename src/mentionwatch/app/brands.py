"""Which brands a user means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mentionwatch.config import Config
from mentionwatch.config.diagnostics import did_you_mean, quoted
from mentionwatch.errors import UserError
from mentionwatch.model import Brand
from mentionwatch.store import Store


def select_brands(store: Store, config: Config | None, names: Sequence[str] = ()) -> tuple[Brand, ...]:
    """The brands of these names, or all; without configured brands, those that the database has mentions of.

    Raises :class:`~mentionwatch.errors.UserError` for every unknown name, with a guess at what was meant.
    """
    known = {brand.name: brand for brand in (config.brands if config is not None else ())}
    if not known:
        known = {name: Brand(name) for name in store.mentions.brands()}
    if problems := [unknown_name("--brand", name, known) for name in names if name not in known]:
        raise UserError(*problems)
    return tuple(brand for brand in known.values() if not names or brand.name in names)


def own_brands(brands: Iterable[Brand]) -> frozenset[str]:
    """The names of the brands that are ours to answer for."""
    return frozenset(brand.name for brand in brands if brand.kind == "own")


def unknown_name(what: str, name: str, known: Mapping[str, object]) -> str:
    """The message for a name that the configuration does not have."""
    return f"{what} {quoted(name)}: not in the configuration{did_you_mean(name, known)}"
