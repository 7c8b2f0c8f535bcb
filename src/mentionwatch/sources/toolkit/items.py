"""Items of the entries of a response."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mentionwatch.errors import UnexpectedResponse
from mentionwatch.messages import Response
from mentionwatch.model import Item
from mentionwatch.sources.toolkit.json_reader import JsonObject
from mentionwatch.text import PlainText, clean

__all__ = ["plain_text", "read_items", "require_any"]


def read_items(
    entries: Sequence[JsonObject], read: Callable[[JsonObject, Response], Item | None], response: Response, what: str
) -> tuple[Item, ...]:
    """What ``read`` makes of each entry, less those of which it makes nothing.

    Raises :class:`~mentionwatch.errors.UnexpectedResponse` where there are entries and none is ``what`` ("a post").
    """
    items = tuple(item for entry in entries if (item := read(entry, response)) is not None)
    require_any(items, entries, response, what)
    return items


def require_any(found: Sequence[object], entries: Sequence[object], response: Response, what: str) -> None:
    """Raise :class:`~mentionwatch.errors.UnexpectedResponse` where there are entries and nothing was found in them."""
    if entries and not found:
        raise UnexpectedResponse(f"the response lists nothing that is {what}", status=response.status)


def plain_text(text: str) -> PlainText:
    """A text that is no markup, clean."""
    return PlainText(clean(text).strip())
