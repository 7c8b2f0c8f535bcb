"""Asking for single posts: in batches, and which of them an answer holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mentionwatch.model import Item

__all__ = ["MAX_REPLIES", "by_position", "id_batches"]

#: Replies that are kept of one answer.
MAX_REPLIES = 200


def id_batches(
    known: Iterable[tuple[str | None, Item]], size: int
) -> Iterator[tuple[tuple[str, ...], tuple[Item, ...]]]:
    """Ids and items, ``size`` at a time, each id once; items without an id are left out."""
    wanted: dict[str, Item] = {}
    for number, item in known:
        if number is not None:
            wanted.setdefault(number, item)
    ids = list(wanted)
    for start in range(0, len(ids), size):
        part = tuple(ids[start : start + size])
        yield part, tuple(wanted[number] for number in part)


def by_position(ids: Sequence[str | None], came: Mapping[str, Item]) -> dict[int, Item]:
    """The items that came, by the place of their id among those asked for."""
    return {place: came[number] for place, number in enumerate(ids) if number is not None and number in came}
