"""Times as APIs give them, in ISO 8601 or seconds since 1970; ``feed_dates`` reads what feeds and mails write."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mentionwatch.messages import Response
from mentionwatch.sources.toolkit.feed_dates import parse_date

__all__ = ["from_iso", "from_unix", "server_time"]


def from_iso(text: str, response: Response) -> datetime | None:
    """When ``text`` says it was; without a zone it is UTC, and what cannot be true of a post is unknown."""
    return parse_date(text, response.received_at)


def from_unix(seconds: int | None, response: Response) -> datetime | None:
    """Seconds since 1970, under the same bounds."""
    return None if seconds is None or seconds < 0 else parse_date(str(seconds), response.received_at)


def server_time(response: Response) -> datetime:
    """The answer's ``Date`` header, else when it arrived: the clock by which the server dates what it holds."""
    try:
        said = parsedate_to_datetime(response.headers.get("date", "")[:64])
        return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return response.received_at
