"""How often a feed wants to be fetched, as its document and the head of its answer say (pure).

``<ttl>``, ``<skipHours>`` and ``<skipDays>`` of RSS 0.91 to 2.0, ``updatePeriod`` and ``updateFrequency`` of the
syndication module of RSS 1.0, ``Cache-Control`` and ``Expires`` of RFC 9111.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from mentionwatch.messages import Schedule

#: What a channel says of itself stands before its entries; of a long preamble no more is looked at.
_HEAD = 64_000
_ENTRIES = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
_TTL = re.compile(rb"<ttl>\s*(\d{1,9})\s*</ttl>", re.IGNORECASE)
_PERIOD = re.compile(rb"<(?:\w+:)?updatePeriod[^>]*>\s*(\w+)\s*</", re.IGNORECASE)
_FREQUENCY = re.compile(rb"<(?:\w+:)?updateFrequency[^>]*>\s*(\d{1,6})\s*</", re.IGNORECASE)
_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_DAY = re.compile(rb"<day>\s*(\w+)\s*</day>", re.IGNORECASE)
_PERIODS = {b"hourly": 3_600, b"daily": 86_400, b"weekly": 604_800, b"monthly": 2_592_000, b"yearly": 31_536_000}
_DAYS = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)
_NO_STORE = re.compile(r"\bno-(?:cache|store)\b", re.IGNORECASE)


def document_schedule(body: bytes) -> Schedule:
    """What a document asks for; an empty schedule where it asks for nothing."""
    head = body[:_HEAD]
    first = _ENTRIES.search(head)
    head = _COMMENT.sub(b"", head[: first.start()] if first else head)
    seconds = 60 * int(ttl[1]) if (ttl := _TTL.search(head)) else 0
    if (period := _PERIOD.search(head)) and (length := _PERIODS.get(period[1].lower())):
        often = int(frequency[1]) if (frequency := _FREQUENCY.search(head)) else 1
        seconds = max(seconds, length // max(often, 1))
    # RSS 0.91 counts from 1 to 24, RSS 2.0 from 0 to 23.
    hours = {int(hour) % 24 for hour in _HOUR.findall(head) if int(hour) <= 24}
    days = {_DAYS.index(day.lower()) for day in _DAY.findall(head) if day.lower() in _DAYS}
    return Schedule(seconds, tuple(sorted(hours)), tuple(sorted(days)))


def fresh_for(headers: Mapping[str, str], received_at: datetime) -> int:
    """How many seconds an answer stays fresh (RFC 9111, 4.2.1); 0 where its head does not say."""
    control = headers.get("cache-control", "")
    if _NO_STORE.search(control):
        return 0
    if age := _MAX_AGE.search(control):
        known = headers.get("age", "").strip()
        return max(0, int(age[1]) - (int(known) if known.isascii() and known.isdecimal() and len(known) < 12 else 0))
    try:
        expires = parsedate_to_datetime(headers["expires"])
        began = parsedate_to_datetime(headers["date"]) if "date" in headers else received_at
        return max(0, int((expires - began).total_seconds()))
    except (KeyError, ValueError, TypeError, OverflowError):
        return 0
