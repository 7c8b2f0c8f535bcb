"""Sources: what to ask a platform, and what its responses say; no I/O.

``platforms`` holds the built-in types, ``toolkit`` what they and those of third parties are written with, ``feed`` the
readers of feeds; ``registry`` finds the types, and ``protocols`` is what a type may offer (docs/sources.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mentionwatch.deprecated import renamed
from mentionwatch.sources import old_names
from mentionwatch.sources.protocols import (
    Enriches,
    ExplainsErrors,
    HasFullParser,
    HasOwnLimits,
    NeedsFullParser,
    RecheckedItems,
    RecheckRequest,
    Session,
    Source,
    StreamBatch,
    StreamForm,
    StreamSource,
    SupportsLogin,
    SupportsRecheck,
    explain_error,
    limits_of,
)

__all__ = [
    "Enriches",
    "ExplainsErrors",
    "HasFullParser",
    "HasOwnLimits",
    "NeedsFullParser",
    "RecheckRequest",
    "RecheckedItems",
    "Session",
    "Source",
    "StreamBatch",
    "StreamForm",
    "StreamSource",
    "SupportsLogin",
    "SupportsRecheck",
    "explain_error",
    "limits_of",
]

old_names.install()
if not TYPE_CHECKING:  # our own code is held to the new names
    __getattr__ = renamed(__name__, old_names.RENAMED)
