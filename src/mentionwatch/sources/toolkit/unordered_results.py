"""Results in no order, as most web searches give them: what of them is news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from mentionwatch.messages import Page, Request, Response
from mentionwatch.model import Item
from mentionwatch.sources.toolkit.api_dates import server_time
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint, parse_time_checkpoint
from mentionwatch.sources.toolkit.time_paging import page_fingerprint

__all__ = ["parse_unordered_checkpoint", "unordered_page"]


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

    ``more``: the search may hold more than it gave, as every index of the web does. Then, and after a first answer
    without anything, a later one may bring what lay beyond the first: what bears a time of more than ``overlap``
    seconds before the first answer is backlog. ``following`` asks for the next page; results in no order are read to
    their end, for a new one may stand anywhere.
    """
    since = parse_time_checkpoint(response.request.since)
    clock = int(server_time(response).timestamp())
    if since is None:
        begin = clock - overlap if more or not items else None
        return Page(tuple(items), checkpoint=str(TimeCheckpoint(clock, begin)), note=note)
    checkpoint = str(TimeCheckpoint(max(clock, since.newest), since.begin))
    page = Page(since.news(items), checkpoint=checkpoint, note=note, backlog=since.older(items))
    mark = page_fingerprint(items)
    if following is None or not items or response.request.page_state == mark:
        return page
    return replace(page, next=replace(following, page=response.request.page + 1, page_state=mark))


def parse_unordered_checkpoint(checkpoint: str | None, overlap: int) -> TimeCheckpoint | None:
    """What a checkpoint says; of one that is no more than a time (up to version 0.2), that is the beginning, too."""
    try:
        at = int(datetime.strptime(checkpoint or "", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return parse_time_checkpoint(checkpoint)
    return TimeCheckpoint(at, at - overlap)
