"""What can be asked for again: no network, for commands that only say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mentionwatch.config import ConfiguredSource
from mentionwatch.model import Item, ItemKind
from mentionwatch.sources import RecheckRequest, SupportsRecheck

#: What is published rather than posted, and is not asked for again.
ARTICLES: tuple[ItemKind, ...] = ("article", "page")


def can_recheck(sources: Iterable[ConfiguredSource], item: Item) -> bool:
    """Whether one of these sources can be asked for this post again, so that an edit or its deletion is seen."""
    return any(
        next(iter(recheck_requests(source, [item], [])), None) is not None
        for source in sources
        if source.enabled and source.source.platform == item.platform and isinstance(source.source, SupportsRecheck)
    )


def recheck_requests(
    source: ConfiguredSource, items: Sequence[Item], threads: Sequence[Item]
) -> Iterable[RecheckRequest]:
    """The requests that read posts once more, and what was said in answer to ``threads``."""
    assert isinstance(source.source, SupportsRecheck)
    return source.source.recheck_requests(items, threads)
