"""The page of a feed's answer, whichever source asked: which reader, what is no feed, what was cut off."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from mentionwatch.errors import UnexpectedResponse
from mentionwatch.messages import Page, Response
from mentionwatch.model import Item
from mentionwatch.sources.feed import json_feed, xml_reader
from mentionwatch.sources.feed.decoding import decompress, to_utf8
from mentionwatch.sources.feed.diagnosis import could_be_feed, describe_json, describe_non_feed, unknown_dialect
from mentionwatch.sources.feed.document import Document
from mentionwatch.sources.feed.items import MAX_ITEMS, items_of
from mentionwatch.sources.protocols import NeedsFullParser
from mentionwatch.times import stamp

#: Entries a feed must hold before "all of them are new" is taken as a sign that some were missed.
_WINDOW = 10

#: Code points that the items of one document may come to: entities make a small document as large as they like.
_MOST_TEXT = 10_000_000
#: Entries that feedparser is given: it takes 1 s for some 4,000, and :data:`MOST` are kept.
_MOST_READ = 8 * MAX_ITEMS

_ENTRY = re.compile(rb"<(?:item|entry)(?=[\s>/])")
_LAST_ENTRY = re.compile(rb"</(?:item|entry)\s*>|<(?:item|entry)\s*/>")
_END = re.compile(rb"</(?:[\w.-]{1,20}:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)


def parse_feed(response: Response) -> Page:
    """What a feed's answer says, read by the quick reader.

    Raises :class:`~mentionwatch.sources.NeedsFullParser` when it steps aside,
    :class:`~mentionwatch.errors.UnexpectedResponse`
    when it is not a feed, :class:`~mentionwatch.errors.TooLarge` when it inflates beyond the cap.
    """
    data, cut = _opened(response)
    if data[:1] in (b"{", b"["):
        return _json_page(response, data, cut)
    data = to_utf8(data, response.headers.get("content-type", ""))
    if not could_be_feed(data):
        raise UnexpectedResponse(describe_non_feed(data, response.url), status=response.status)
    if why := unknown_dialect(data):
        raise UnexpectedResponse(why, status=response.status)
    if cut:
        raise NeedsFullParser("cut off")
    document = xml_reader.read(data)
    return _page(document, response, incomplete=False)


def parse_feed_fully(response: Response) -> Page:
    """The same, read by feedparser; to be run where it can be stopped."""
    from mentionwatch.sources.feed import full_reader  # 50 ms of imports that the quick reader does not need

    data, cut = _opened(response)
    data = to_utf8(data, response.headers.get("content-type", ""))
    data, unread = _shortened(data)
    document, sound = full_reader.read(data)
    if document is None:
        raise UnexpectedResponse(describe_non_feed(data, response.url), status=response.status)
    if not document.entries and (why := unknown_dialect(data)):
        raise UnexpectedResponse(why, status=response.status)
    cut = cut or (not sound and _is_cut(data, len(document.entries)))
    return _page(document, response, incomplete=cut, unread=unread)


def _shortened(data: bytes) -> tuple[bytes, int]:
    """The document without its entries above the 8,000th, and how many those are.

    What follows the last entry stays, so that a whole document is whole again.
    """
    unread, begin = 0, None
    for number, found in enumerate(_ENTRY.finditer(data)):
        if number == _MOST_READ:
            begin = found.start()
        unread = max(0, number + 1 - _MOST_READ)
    if begin is None:
        return data, 0
    end = max((found.end() for found in _LAST_ENTRY.finditer(data, begin)), default=len(data))
    return data[:begin] + data[end:], unread


def _opened(response: Response) -> tuple[bytes, bool]:
    data, cut = decompress(response.body)
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise UnexpectedResponse("the response is empty (0 bytes), not even an empty feed", status=response.status)
    return start, cut


def _json_page(response: Response, data: bytes, cut: bool) -> Page:
    document, value, ended_early = json_feed.read(response, data)
    if document is None:
        raise UnexpectedResponse(describe_json(value), status=response.status)
    return _page(document, response, incomplete=cut or ended_early)


def _is_cut(data: bytes, read: int) -> bool:
    """Whether a broken document lacks its end, or has more entries than could be read."""
    if not _END.search(data[-10_000:]):
        return True
    return max(data.count(b"<item>") + data.count(b"<item "), data.count(b"<entry>") + data.count(b"<entry ")) > read


def _page(document: Document, response: Response, incomplete: bool, unread: int = 0) -> Page:
    items, left_out = items_of(document, response.url, response.received_at)
    fitting = _as_many_as_fit(items)
    left_out += unread + len(items) - len(fitting)
    items = fitting
    notes = []
    if incomplete and not items:
        raise UnexpectedResponse(
            "the document was cut off or damaged: none of its entries could be read", status=response.status
        )
    if incomplete:
        notes.append(f"the document was cut off or damaged: {len(items)} entries could be read")
    elif not items:
        notes.append("the feed is empty")
    if left_out:
        notes.append(f"only {len(items)} of {len(items) + left_out} entries are kept")
    since = _when(response.request.since)
    dates = [item.published_at for item in items if item.published_at]
    missed = since is not None and len(dates) == len(items) >= _WINDOW and min(dates) > since
    if missed:
        notes.append(
            "every entry is newer than the last scan: older ones may have left the feed unseen; ask more often"
        )
    newest = max((date for date in (*dates, since) if date is not None), default=response.received_at)
    return Page(
        items=items,
        checkpoint=stamp(newest),
        truncated=missed or left_out > 0,
        note="; ".join(notes) or None,
        incomplete=incomplete,
    )


def _as_many_as_fit(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The first items, up to :data:`_MOST_TEXT` of text in all."""
    total = 0
    for number, item in enumerate(items):
        total += len(item.text)
        if total > _MOST_TEXT:
            return items[:number]
    return items


def _when(checkpoint: str | None) -> datetime | None:
    try:
        return datetime.strptime(checkpoint or "", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
