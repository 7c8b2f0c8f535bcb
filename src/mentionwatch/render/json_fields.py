"""The values of JSON documents: text made harmless, times as stamps, lengths in whole seconds."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from mentionwatch.render.sanitize import lines
from mentionwatch.times import stamp


def json_value(value: object) -> object:
    """The value as a document holds it; numbers, truth and ``None`` stay as they are."""
    match value:
        case str():
            return lines(value)
        case None | int():
            return value  # most often, and so before the rest
        case datetime():
            return stamp(value)
        case timedelta():
            return int(value.total_seconds())
        case float() if not math.isfinite(value):
            return None  # JSON has no NaN and no infinity
        case list() | tuple():
            return [json_value(element) for element in value]
    return value


def json_fields(record: object, *names: str) -> dict[str, object]:
    """These fields of a record, under their own names and in this order."""
    return {name: json_value(getattr(record, name)) for name in names}
