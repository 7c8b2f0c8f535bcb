"""What a plug-in written for version 0.1 finds: modules at their old places, members of its classes under new names.

Nothing of ours imports an old name.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import fields
from importlib import import_module
from importlib.machinery import ModuleSpec
from inspect import getattr_static
from pathlib import Path
from types import ModuleType
from typing import Any

from mentionwatch.deprecated import warn_moved

__all__ = ["RENAMED", "adopt", "install"]

_SOURCES = "mentionwatch.sources"
_PLATFORMS = Path(__file__).parent / "platforms"
#: Modules that moved: the old name, the new place, and what is called otherwise there.
_MOVED: dict[str, tuple[str, dict[str, str]]] = {
    "_address": ("toolkit.options", {"base_address": "normalize_base_url"}),
    "_again": ("toolkit.recheck", {"MOST": "MAX_REPLIES", "batches": "id_batches", "placed": "by_position"}),
    "_batches": ("toolkit.or_queries", {"batches": "or_queries"}),
    "_dates": ("toolkit.feed_dates", {"moment": "parse_date"}),
    "_events": ("toolkit.sse", {"read_event": "parse_event"}),
    "_feeds": ("feed.loader", {"page_of": "parse_feed", "page_of_isolated": "parse_feed_fully"}),
    "_flakes": ("toolkit.snowflake_ids", {"id_at": "lowest_id_at", "order": "sort_key"}),
    "_found": ("toolkit.unordered_results", {"page_of_results": "unordered_page"}),
    "_json": ("toolkit.json_reader", {}),
    "_links": ("toolkit.items", {}),
    "_listing": (
        "toolkit.time_paging",
        {"page_by_clock": "activity_page", "page_of_list": "time_ordered_page", "same_again": "page_fingerprint"},
    ),
    "_questions": ("toolkit.search_terms", {"texts": "phrases"}),
    "_said": ("toolkit.json_reader", {"in_words": "error_text"}),
    "_terms": ("toolkit.search_terms", {}),
    "_times": ("toolkit.api_dates", {"server_clock": "server_time"}),
}
#: Classes and functions of ``mentionwatch.sources`` itself.
RENAMED = {
    "Again": "RecheckRequest",
    "AsksAgain": "SupportsRecheck",
    "Completes": "Enriches",
    "Heard": "StreamBatch",
    "OpensSession": "SupportsLogin",
    "ParsesIsolated": "HasFullParser",
    "Reread": "RecheckedItems",
    "Streams": "StreamSource",
    "Unsure": "NeedsFullParser",
    "explained": "explain_error",
}
#: Members of a source type.
_MEMBERS = {
    "again": "recheck_requests",
    "blind": "limitations",
    "completed": "enriched",
    "completing": "enrich_request",
    "hear": "parse_messages",
    "most_completed": "enrich_batch",
    "parse_isolated": "parse_fully",
    "reread": "parse_recheck",
}


def adopt(cls: type[Any]) -> None:
    """Give a plug-in's class the new names of the members that it defines under old ones."""
    options = {field.name for field in fields(cls)}
    for old, new in _MEMBERS.items():
        if hasattr(cls, old) and not hasattr(cls, new) and old not in options:
            warnings.warn(f"{cls.__qualname__}.{old} is deprecated: call it {new}", DeprecationWarning, stacklevel=2)
            setattr(cls, new, getattr_static(cls, old))


def install() -> None:
    """Let the modules be imported from where they were; whatever is there itself goes first."""
    if _OldModules not in sys.meta_path:
        sys.meta_path.append(_OldModules)


class _OldModules:
    """Finds and loads old modules: their names are those of the new ones."""

    @classmethod
    def find_spec(cls, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        package, _, name = fullname.rpartition(".")
        if package != _SOURCES or not (name in _MOVED or (_PLATFORMS / f"{name}.py").is_file()):
            return None
        return ModuleSpec(fullname, cls)  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        """As usual."""

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        name = module.__name__.rpartition(".")[2]
        place, names = _MOVED.get(name, (f"platforms.{name}", {}))
        new = import_module(f"{_SOURCES}.{place}")
        vars(module).update({name: value for name, value in vars(new).items() if not name.startswith("_")})
        vars(module).update({old: getattr(new, name) for old, name in names.items()})
        renames = ", ".join(f"{old} as {name}" for old, name in names.items())
        warn_moved(module.__name__, new.__name__ + (f", {renames}" if renames else ""))
