"""CSV by RFC 4180: a mention a row, every text quoted, none that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator

from mentionwatch.digest import Digest
from mentionwatch.model import Mention
from mentionwatch.render.sanitize import http_url, lines
from mentionwatch.times import optional_stamp

COLUMNS = (
    "id", "brand", "kind", "source", "platform", "url", "title", "text", "language", "author_name", "author_handle",
    "author_url", "followers", "published_at", "first_seen_at", "matched", "links", "parent_url", "also_seen", "likes",
    "reposts", "replies", "score", "views", "sentiment", "sentiment_score", "urgency", "story", "story_size", "status",
    "assignee", "due_at", "own", "external_id", "canonical_url", "edited_at", "gone_at", "priority", "labels",
    "tags", "snoozed_until",
)  # fmt: skip
#: What begins a formula in one spreadsheet or another, half and full width (OWASP ASVS 5.0, 1.2.10).
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹢", "﹣", "﹦", "﹫")
#: Blanks and signs that nobody sees do not make it less of one.
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff]*")


def render(digest: Digest) -> str:
    """Every mention of the digest in the order told, own posts (marked so) included, under a row of names."""
    return "".join(parts(digest))


def parts(digest: Digest) -> Iterator[str]:
    """The same, a row at a time."""
    return _rows(digest.mentions)


def mentions(told: Iterable[Mention]) -> str:
    """A row of names, then a row each; CRLF ends a row. Texts that look like a formula begin with ``'``."""
    return "".join(_rows(told))


def _rows(told: Iterable[Mention]) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for mention in told:
        yield out.getvalue()
        out.seek(0)
        out.truncate()
        writer.writerow([_cell(value) for value in _row(mention)])
    yield out.getvalue()


def _row(mention: Mention) -> tuple[object, ...]:
    item, who, e = mention.item, mention.item.author, mention.item.engagement
    return (
        mention.id, mention.brand, item.kind, mention.source, item.platform, _address(item.url), item.title, item.text,
        item.language, who.name, who.handle, _address(who.url), who.followers, optional_stamp(item.published_at),
        optional_stamp(mention.first_seen_at), "; ".join(dict.fromkeys(m.text for m in mention.matches)),
        " ".join(address for link in item.links if (address := http_url(link))), _address(item.parent_url),
        "; ".join(mention.also_seen), e.likes, e.reposts, e.replies, e.score, e.views,
        None if mention.sentiment is None else mention.sentiment.label,
        None if mention.sentiment is None else mention.sentiment.score,
        None if mention.urgency is None else mention.urgency.level,
        mention.story, mention.story_size, mention.status, mention.assignee, optional_stamp(mention.due_at),
        "true" if mention.own else "false", item.external_id, _address(mention.canonical_url),
        optional_stamp(mention.edited_at), optional_stamp(mention.gone_at), mention.priority, "; ".join(mention.labels),
        "; ".join(mention.tags), optional_stamp(mention.snoozed_until),
    )  # fmt: skip


def _address(url: str | None) -> str | None:
    return http_url(url)


def _cell(value: object) -> object:
    """A number as it is; text harmless and never a formula; nothing for what is unknown."""
    if value is None:
        return ""
    if isinstance(value, float):
        return value if math.isfinite(value) else ""
    if isinstance(value, int):
        return value
    harmless = lines(str(value))
    seen = _UNSEEN.match(harmless)
    begins_at = seen.end() if seen else 0
    return f"'{harmless}" if harmless[:1] == "\t" or harmless.startswith(_FORMULA, begins_at) else harmless
