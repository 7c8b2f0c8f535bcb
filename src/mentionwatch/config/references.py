"""Whether names in a configuration are unique, and the names that it refers to exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mentionwatch.config import ConfiguredSource
from mentionwatch.config.diagnostics import Location, did_you_mean, quoted
from mentionwatch.config.table_types import ParsedTable


def _entries(document: Mapping[str, Any], section: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The tables of a section as written, with their positions."""
    entries = document.get(section)
    if isinstance(entries, list):
        yield from ((at, entry) for at, entry in enumerate(entries) if isinstance(entry, dict))


def names_in(document: Mapping[str, Any], section: str) -> list[str]:
    """The names of the tables of a section, as written."""
    return [entry["name"].strip() for _, entry in _entries(document, section) if isinstance(entry.get("name"), str)]


def check_unique(document: Mapping[str, Any], root: Location) -> None:
    """Report names that two entries of a section have in common."""
    for section in ("brands", "sources", "digests", "notify", "rules", "people", "templates"):
        seen: dict[str, int] = {}
        for at, entry in _entries(document, section):
            name = entry.get("name")
            if not isinstance(name, str):
                continue
            # Case apart they would still be one name to the person who types it.
            first = seen.setdefault(name.strip().casefold(), at)
            if first != at:
                line = root.diagnostics.line((section, first, "name"))
                (root / section / at / "name").problem(f"{quoted(name)} was used on line {line}; choose another")


def check_brand_names(document: Mapping[str, Any], root: Location) -> None:
    """Report the brands that entries refer to and that do not exist."""
    brands = names_in(document, "brands")
    known = set(brands)
    for section in ("sources", "digests", "notify", "people"):
        for at, entry in _entries(document, section):
            named = entry.get("brands")
            for position, name in enumerate(named if isinstance(named, list) else ()):
                if isinstance(name, str) and name.strip() not in known:
                    problem = f"there is no brand {quoted(name)}{did_you_mean(name, brands)}"
                    (root / section / at / "brands" / position).problem(problem)


def check_source_names(sources: Iterable[ConfiguredSource | None], entries: Iterable[ParsedTable]) -> None:
    """Report sources whose default names are the same."""
    seen: dict[str, ParsedTable] = {}
    for source, entry in zip(sources, entries, strict=True):
        if source is None:
            continue
        first = seen.setdefault(source.name.casefold(), entry)
        if first is not entry and not ("name" in entry and "name" in first):
            line = first.location.diagnostics.line(first.location.key_path)
            entry.location.problem(
                f"has the same name, {quoted(source.name)}, as the one on line {line}; give it its own name"
            )


def check_references(entries: Iterable[ParsedTable], key: str, known: Sequence[str], what: str) -> None:
    """Report the names in ``key`` that are not known."""
    for entry in entries:
        for at, name in enumerate(entry.get(key, ())):
            if name not in known:
                (entry.location / key / at).problem(f"there is no {what} {quoted(name)}{did_you_mean(name, known)}")
