"""Lists that go from new to old, page after page: how far to read, what of it is news, where it leaves a hole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from mentionwatch.messages import Page, Request, Response
from mentionwatch.model import Item
from mentionwatch.sources.toolkit.api_dates import server_clock
from mentionwatch.sources.toolkit.checkpoints import Times, read_times, read_up_to

__all__ = ["page_by_clock", "page_of_list", "same_again"]


def page_of_list(
    response: Response,
    items: Sequence[Item],
    *,
    full: bool,
    following: Request | None,
    overlap: int,
    note: str | None = None,
) -> Page:
    """The page that ``items`` are, of a list sorted by time with the newest first; the checkpoint is one of times.

    ``full``: more may follow, and ``following`` asks for it; ``None`` where the platform gives no more, which leaves a
    hole. The list is read back to ``overlap`` seconds before the checkpoint. A page without a single date is the
    list's last: nothing tells how far it goes back.
    """
    since = read_times(response.request.since)
    times = [int(item.published_at.timestamp()) for item in items if item.published_at is not None]
    checkpoint = str(read_up_to(times, since, response, begins=full))
    if since is None:
        return Page(tuple(items), checkpoint=checkpoint, note=note)
    fresh = tuple(item for item in items if not since.precedes(item.published_at))
    here = Page(fresh, checkpoint=checkpoint, note=note)
    if not full or not times or min(times) <= since.floor(overlap):
        return here
    mark = same_again(items)
    if following is None or response.request.carry == mark:
        return replace(here, truncated=True)
    return replace(here, next=replace(following, page=response.request.page + 1, carry=mark))


def page_by_clock(
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
    since, clock = read_times(request.since), int(server_clock(response).timestamp())
    times = [int(at.timestamp()) for at in listed_at if at is not None]
    if since is None:
        return Page(tuple(items), checkpoint=str(Times(clock, min(times) if times and following is not None else None)))
    fresh = tuple(item for item in items if not since.precedes(item.published_at))
    page = Page(fresh, checkpoint=str(Times(max(clock, since.newest), since.begin)), truncated=truncated)
    if following is None or not times or min(times) <= since.floor(overlap):
        return page
    mark = same_again(items)
    if request.carry == mark:
        return replace(page, truncated=True)
    return replace(page, next=replace(following, page=request.page + 1, carry=mark))


def same_again(items: Sequence[Item]) -> str:
    """What two pages with the same items have in common: the mark of a server that repeats itself."""
    names = "\n".join(item.external_id or item.url or "" for item in items)
    return blake2b(names.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
