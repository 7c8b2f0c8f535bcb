"""One line a mention, its parts between tabs: what ``list`` writes into a pipe."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, tzinfo

from mentionwatch.digest import effective_at
from mentionwatch.model import Mention
from mentionwatch.render.sanitize import http_url, squeezed
from mentionwatch.times import in_zone


def mentions(told: Iterable[Mention], *, zone: tzinfo = UTC) -> str:
    """Id, time, brand, source, sentiment (or ``-``), the beginning of the words, and the address (or ``-``)."""
    return "".join(_line(mention, zone) for mention in told)


def _line(mention: Mention, zone: tzinfo) -> str:
    item = mention.item
    said = squeezed(item.title, 200) or squeezed(item.text, 200) or "-"
    parts = (
        squeezed(mention.id, 40),
        in_zone(effective_at(mention), zone).strftime("%Y-%m-%dT%H:%M"),
        squeezed(mention.brand),
        squeezed(mention.source),
        mention.sentiment.label if mention.sentiment is not None else "-",
        said,
        http_url(item.url) or "-",
    )
    return "\t".join(parts) + "\n"
