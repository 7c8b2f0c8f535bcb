"""The explanation of `why` as text: one item after another, and under each the brands it was tried for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any

from mentionwatch.render.phrases import count
from mentionwatch.render.sanitize import squeezed
from mentionwatch.times import minute, read_stamp


def render(why: Mapping[str, Any], zone: tzinfo = UTC) -> str:
    """The explanation as text."""
    lines: list[str] = []
    for item in why["items"]:
        lines.append(squeezed(item["title"] or item["text"] or "(no text)", 100))
        lines.append(f"  {squeezed(item['url'] or 'no address', 500)}")
        for seen in item["seen_by"]:
            how = (
                "first seen"
                if seen["known_by"] == "first"
                else f"also seen, identified by {squeezed(seen['known_by'])}"
            )
            at = minute(read_stamp(seen["at"]), zone)
            lines.append(f"  {at}  {squeezed(seen['source'])}: {how}")
            if seen["request"]:
                lines.append(f"      asked {squeezed(seen['question'])}: {squeezed(seen['request'], 300)}")
        if item["backlog"]:
            lines.append("  already there when its source was first polled")
        if item["other_words"]:
            lines.append(f"  {count(item['other_words'], 'other version')} of its text seen")
        for brand in item["brands"]:
            lines += _brand_lines(brand)
        if not item["brands"]:
            lines.append("  matched no brand; with a configuration (--config) this says which clause failed")
        lines.append("")
    return "\n".join(lines).rstrip()


def _brand_lines(brand: Mapping[str, Any]) -> list[str]:
    name = f"{squeezed(brand['brand'])} ({brand['mention']})" if brand["mention"] else squeezed(brand["brand"])
    lines = [f"  {name}: {squeezed(brand['outcome'])}"]
    lines += [
        f"      {squeezed(match['text'], 60)!r} in {match['field']} at {match['start']}-{match['end']}:"
        f" {match['kind']} {squeezed(match['term'], 60)!r}"
        for match in brand["matches"][:5]
    ]
    if brand["story"]:
        reason = f", {squeezed(brand['story_reason'])}" if brand["story_reason"] else ", the first mention of it"
        lines.append(f"      in story {brand['story']}{reason}")
    lines += _verdict_lines(brand)
    lines += [f"      delivered in {squeezed(digest)}" for digest in brand["told_in"]]
    return lines


def _verdict_lines(brand: Mapping[str, Any]) -> list[str]:
    """The verdict and its reasons."""
    lines: list[str] = []
    for what, label in (("sentiment", "label"), ("urgency", "level")):
        if verdict := brand[what]:
            because = ", ".join(squeezed(reason, 60) for reason in verdict["reasons"])
            score = f" ({verdict['score']:+.2f})" if what == "sentiment" else ""
            lines.append(f"      {what} {verdict[label]}{score}: {because}")
    if brand["flags"]:
        lines.append(f"      {', '.join(brand['flags'])}")
    if brand["person"]:
        lines.append(f"      by {squeezed(brand['person'], 60)}, {brand['role']}")
    lines += [f"      rule {squeezed(hit['rule'], 60)!r}: {squeezed(hit['because'], 80)}" for hit in brand["rules"]]
    if brand["tags"]:
        lines.append(f"      tagged {', '.join(squeezed(tag, 50) for tag in brand['tags'])}")
    return lines
