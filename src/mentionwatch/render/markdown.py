"""Markdown (CommonMark, safe under GFM): no character of a stranger's is markup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from mentionwatch.digest import Digest
from mentionwatch.model import Mention
from mentionwatch.render import phrases
from mentionwatch.render.excerpt import TextRun
from mentionwatch.render.sanitize import squeezed
from mentionwatch.render.view_model import AwaitingReplyView, BrandView, StoryView, digest_view, mention_view

#: Everything that is, or with its neighbours can become, markup in CommonMark, GFM, math or a template of a site maker.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&$^=])")
#: What makes a list, a rule or a heading only where a line begins.
_LINE_START = re.compile(r"^(\s*)([-+:]|\d+(?=[.)]))")
#: What GFM makes a link by itself: a scheme, www., and an address of mail; and the names it calls people by.
_AUTOLINK = re.compile(r"(?:://|(?i:www)(?=\.)|(?i:mailto|xmpp)(?=:)|@)")


def render(digest: Digest, *, zone: tzinfo = UTC) -> str:
    """The digest as Markdown, ended by LF. Addresses stand in ``<…>``, so every reader makes them links and whole."""
    told = digest_view(digest, zone)
    rows = [f"# {escape(told.title)}", "", f"{escape(told.summary)}, {escape(told.period)}", ""]
    if told.waiting_head:
        rows += [f"**{escape(told.waiting_head)}**", "", *map(_waiting, told.waiting), ""]
        rows += [escape(told.waiting_rest), ""] if told.waiting_rest else []
    if told.brands:
        rows += ["| brand | mentions | over the time | |", "|---|---:|---|---|"]
        for brand in told.brands:
            facts = ", ".join(map(escape, brand.facts))
            rows.append(f"| {escape(brand.name)} | {escape(brand.count)} | {brand.bars} | {facts} |")
    for brand in told.brands:
        if brand.any:
            rows += _brand(brand)
    rows += ["", "## Sources", ""]
    if told.troubles:
        rows += ["Not everything was seen:", ""]
        rows += [f"- **{escape(trouble.name)}** {escape(trouble.text)}" for trouble in told.troubles]
    else:
        rows.append("Every source was asked and answered.")
    if told.older:
        rows += ["", escape(told.older)]
    return "\n".join(rows) + "\n"


def mentions(told: Iterable[Mention], now: datetime, *, zone: tzinfo = UTC) -> str:
    """Mentions as a list: words, facts, address, id."""
    rows = []
    for mention in told:
        shown = mention_view(mention, now, zone)
        facts = (squeezed(mention.brand, 60), *shown.facts, *phrases.marks(mention), *shown.verdicts, shown.id)
        link = f" <{shown.link}>" if shown.link else ""
        rows.append(f"- {_passage(shown.headline)} · {' · '.join(map(escape, facts))}{link}\n")
    return "".join(rows)


def _brand(brand: BrandView) -> list[str]:
    rows = ["", f"## {escape(brand.name)}"]
    for story in brand.full:
        rows += ["", *_story(story)]
    if brand.short:
        rows.append("")
    rows += [_short(story) for story in brand.short]
    if brand.rest:
        rows += ["", escape(brand.rest)]
    if brand.own:
        rows += ["", "Our own, not counted:", "", *(_short(own) for own in brand.own)]
        rows += ["", escape(brand.own_note)] if brand.own_note else []
    return rows


def _story(story: StoryView) -> list[str]:
    sign = "! " if story.level in ("urgent", "high") else ""
    if story.titled:
        paragraphs = [f"### {sign}{_passage(story.headline, marked=False)}"]
        paragraphs += [f"> {_passage(story.excerpt)}"] if story.excerpt else []
    else:
        paragraphs = [f"### {sign}{escape(story.brief[0])}", f"> {_passage(story.headline)}"]
    if story.verdicts:
        paragraphs.append(f"**{' · '.join(map(escape, story.verdicts))}**")
    paragraphs.append(" · ".join(map(escape, (*story.facts, story.id))))
    if story.link:
        paragraphs.append(f"<{story.link}>")
    if story.others:
        paragraphs.append(escape(story.others))
    if story.history:
        paragraphs.append(escape(story.history))
    return "\n\n".join(paragraphs).split("\n")


def _waiting(told: AwaitingReplyView) -> str:
    link = f" <{told.link}>" if told.link else ""
    return f"- {escape(told.clock)} · {escape(told.short)} · {escape(told.id)}{link}"


def _short(story: StoryView) -> str:
    link = f" <{story.link}>" if story.link else ""
    return f"- {_passage(story.headline)} · {' · '.join(map(escape, story.brief))}{link}"


def _passage(said: Iterable[TextRun], *, marked: bool = True) -> str:
    """The words; what matched in bold."""
    rows = []
    for place, piece in enumerate(said):
        text = escape(piece.text, line_start=place == 0)
        # Asterisks beside anything but letters and digits are bold in some places and asterisks in others.
        bold = marked and piece.matched and piece.text[0].isalnum() and piece.text[-1].isalnum()
        rows.append(f"**{text}**" if bold else text)
    return "".join(rows)


def escape(text: str, *, line_start: bool = True) -> str:
    """One line of foreign text so that every reader of Markdown shows these very characters, and links none of them."""
    escaped = _MARKUP.sub(r"\\\1", text)
    escaped = _AUTOLINK.sub(_defused, escaped)
    return _LINE_START.sub(_escaped_start, escaped) if line_start else escaped


def _defused(match: re.Match[str]) -> str:
    found = match[0]
    return {"://": "\\://", "@": "&#64;"}.get(found, f"{found[:-1]}&#{ord(found[-1])};")


def _escaped_start(match: re.Match[str]) -> str:
    mark = match[2]
    return f"{match[1]}&#{ord(mark[0])};{mark[1:]}" if mark[0].isdigit() else f"{match[1]}\\{mark}"
