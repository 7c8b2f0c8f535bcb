"""The JSON Schema (draft 2020-12) of the configuration, made from the same tables that read it."""

from __future__ import annotations

from typing import Any

from mentionwatch.config.sections import ROOT
from mentionwatch.config.source_tables import source_table
from mentionwatch.errors import UserError
from mentionwatch.sources.registry import type_names


def config_schema() -> dict[str, Any]:
    """What ``config.toml`` may hold; an editor that knows JSON Schema completes and checks with it.

    Contains every installed source type, plug-ins too. A plug-in that cannot be loaded is accepted with any options:
    ``check`` rejects its entry with the reason.
    """
    root = ROOT.json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mentionwatch configuration",
        **root,
        "$defs": {f"source-{name}": _source(name) for name in type_names()},
    }


def _source(name: str) -> dict[str, Any]:
    try:
        return source_table(name).json_schema()
    except UserError:
        return {"type": "object", "required": ["type"], "properties": {"type": {"enum": [name]}}}
