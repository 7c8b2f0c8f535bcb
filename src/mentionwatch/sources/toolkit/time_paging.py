"""Lists that go from new to old, page after page: how far to read, what of it is news, where it leaves a hole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from mentionwatch.messages import Page, Request, Response
from mentionwatch.model import Item
from mentionwatch.sources.toolkit.api_dates import server_time
from mentionwatch.sources.toolkit.checkpoints import (
    TimeCheckpoint,
    advance_checkpoint,
    parse_time_checkpoint,
    timestamps,
)

__all__ = ["activity_page", "page_fingerprint", "reaches_back_to", "time_ordered_page"]


def time_ordered_page(
    response: Response,
    items: Sequence[Item],
    *,
    full: bool,
    following: Request | None,
    overlap: int,
    times: Sequence[int] | None = None,
    note: str | None = None,
) -> Page:
    """The page that ``items`` are, of a list sorted by time with the newest first; the checkpoint is one of times.

    ``full``: more may follow, and ``following`` asks for it; ``None`` where the platform gives no more, which leaves a
    hole. The list is read back to ``overlap`` seconds before the checkpoint. A page without a single date is the
    list's last: nothing tells how far it goes back. ``times`` are those it is sorted by, if not the items' own.
    """
    since = parse_time_checkpoint(response.request.since)
    times = timestamps(items) if times is None else times
    checkpoint = str(advance_checkpoint(times, since, response, has_older=full))
    if since is None:
        return Page(tuple(items), checkpoint=checkpoint, note=note)
    here = Page(since.news(items), checkpoint=checkpoint, note=note, backlog=since.older(items))
    if not full or not times or reaches_back_to(times) <= since.resume_from(overlap):
        return here
    return _turned(here, following, items, response)


def activity_page(
    response: Response,
    items: Sequence[Item],
    listed_at: Sequence[datetime | None],
    *,
    following: Request | None,
    overlap: int,
    truncated: bool = False,
) -> Page:
    """A page of a list, newest first, whose entries bring things that are newer than themselves: comments.

    The checkpoint is the time of the answer. ``listed_at`` are the times of the list's own entries: it is read back to
    ``overlap`` seconds before the last answer. ``truncated``: under one of them more is new than was given.
    """
    request = response.request
    since, clock = parse_time_checkpoint(request.since), int(server_time(response).timestamp())
    times = [int(at.timestamp()) for at in listed_at if at is not None]
    if since is None:
        return Page(
            tuple(items), checkpoint=str(TimeCheckpoint(clock, min(times) if times and following is not None else None))
        )
    mark = str(TimeCheckpoint(max(clock, since.newest), since.begin))
    page = Page(since.news(items), checkpoint=mark, truncated=truncated, backlog=since.older(items))
    if following is None or not times or reaches_back_to(times) <= since.resume_from(overlap):
        return page
    return _turned(page, following, items, response)


def reaches_back_to(times: Sequence[int]) -> int:
    """The time down to which a page of a list, newest first, is complete; ``times`` in the list's order, not empty.

    The oldest of its second half: what is pinned stands above the list, and is of any age.
    """
    return min(times[len(times) // 2 :])


def _turned(here: Page, following: Request | None, items: Sequence[Item], response: Response) -> Page:
    mark = page_fingerprint(items)
    if following is None or response.request.page_state == mark:
        return replace(here, truncated=True)
    return replace(here, next=replace(following, page=response.request.page + 1, page_state=mark))


def page_fingerprint(items: Sequence[Item]) -> str:
    """What two pages with the same items have in common: the mark of a server that repeats itself."""
    names = "\n".join(item.external_id or item.url or "" for item in items)
    return blake2b(names.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
