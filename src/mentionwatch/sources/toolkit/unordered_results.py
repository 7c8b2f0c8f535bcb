"""Results in no order, as most web searches give them: what of them is news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mentionwatch.messages import Page, Request, Response
from mentionwatch.model import Item
from mentionwatch.sources.toolkit.api_dates import server_time
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint, parse_time_checkpoint
from mentionwatch.sources.toolkit.time_paging import page_fingerprint

__all__ = ["unordered_page"]


def unordered_page(
    response: Response,
    items: Sequence[Item],
    *,
    more: bool,
    following: Request | None = None,
    overlap: int,
    note: str | None = None,
) -> Page:
    """The page that ``items`` are, of results sorted by relevance; the checkpoint is the time of the answer.

    ``more``: the search holds more than it gave. Then a later answer may bring what lay beyond the first: what bears
    a time of more than ``overlap`` seconds before the first answer is no news and is left out. ``following`` asks for
    the next page; results in no order are read to their end, for a new one may stand anywhere.
    """
    since = parse_time_checkpoint(response.request.since)
    clock = int(server_time(response).timestamp())
    if since is None:
        return Page(tuple(items), checkpoint=str(TimeCheckpoint(clock, clock - overlap if more else None)), note=note)
    page = Page(since.news(items), checkpoint=str(TimeCheckpoint(max(clock, since.newest), since.begin)), note=note)
    mark = page_fingerprint(items)
    if following is None or not items or response.request.page_state == mark:
        return page
    return replace(page, next=replace(following, page=response.request.page + 1, page_state=mark))
