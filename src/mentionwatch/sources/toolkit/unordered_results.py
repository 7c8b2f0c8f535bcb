"""Results in no order, as most web searches give them: what of them is news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mentionwatch.messages import Page, Request, Response
from mentionwatch.model import Item
from mentionwatch.sources.toolkit.api_dates import server_clock
from mentionwatch.sources.toolkit.checkpoints import Times, read_times
from mentionwatch.sources.toolkit.time_paging import same_again

__all__ = ["page_of_results"]


def page_of_results(
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
    since = read_times(response.request.since)
    clock = int(server_clock(response).timestamp())
    if since is None:
        return Page(tuple(items), checkpoint=str(Times(clock, clock - overlap if more else None)), note=note)
    fresh = tuple(item for item in items if not since.precedes(item.published_at))
    page = Page(fresh, checkpoint=str(Times(max(clock, since.newest), since.begin)), note=note)
    mark = same_again(items)
    if following is None or not items or response.request.carry == mark:
        return page
    return replace(page, next=replace(following, page=response.request.page + 1, carry=mark))
