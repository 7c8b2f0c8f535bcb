"""A story as text: how the mentions of it differ, and each with the reason it was folded in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo

from mentionwatch.digest import effective_at
from mentionwatch.model import Mention
from mentionwatch.render.phrases import count, number
from mentionwatch.render.sanitize import http_url, squeezed
from mentionwatch.stories import differences
from mentionwatch.times import minute


def render(
    story: str, mentions: Sequence[Mention], size: int, reasons: Mapping[str, str | None], *, zone: tzinfo = UTC
) -> str:
    """A story of ``size`` mentions, of which the first are given; ``reasons`` by their ids."""
    leader = next((mention for mention in mentions if reasons[mention.id] is None), mentions[0] if mentions else None)
    lines = [f"story {story}: {count(size, 'mention')}"]
    if leader is not None and len(mentions) > 1:
        of = f"of the first {len(mentions)}: " if size > len(mentions) else ""
        lines.append(f"  {of}{differences(leader.item, [m.item for m in mentions if m is not leader])}")
    for mention in mentions:
        text = squeezed(mention.item.title or mention.item.text, 100)
        lines.append(f"  {minute(effective_at(mention), zone)}  {mention.id}  {text}")
        reason = squeezed(reasons[mention.id] or "first mention")
        lines.append(f"      {reason}  {http_url(mention.item.url) or ''}".rstrip())
    if size > len(mentions):
        lines.append(f"  and {number(size - len(mentions))} more; `--limit all` shows them all")
    return "\n".join(lines)
