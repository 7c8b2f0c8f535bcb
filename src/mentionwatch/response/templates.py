"""Drafts of answers: the words of ``[[templates]]`` with what is known of a mention put in (pure).

A placeholder is a name in braces, and nothing else: no attribute, no index, no format. What is put in is read no
further, so a stranger's braces are text. Nothing here posts anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mentionwatch.errors import UserError
from mentionwatch.model import Item, Mention, Template
from mentionwatch.response.post_length import MeasuredLength, measure
from mentionwatch.text import clean, fold

#: What is known of every mention; any other name wants its value from whoever writes.
KNOWN = ("author", "handle", "brand", "title", "url", "platform", "by")
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
#: Code points of a value: a name, not a novel.
_LONGEST = 300
#: Platforms where a handle is called with an ``@`` before it.
_AT = frozenset({"bluesky", "mastodon", "x", "threads", "github", "lemmy", "discourse", "telegram"})
#: By one of these an answer in English says that it has heard.
_ACKNOWLEDGES = re.compile(
    r"\b(?:sorry|apolog\w+|regret|my bad|understand (?:how|that|why|your)|we hear you|you(?:'re| are) right|"
    r"(?:our|my) (?:fault|mistake)|should(?:n't| not) have (?:happened|been)|let you down|"
    r"(?:thank you|thanks)(?: \w+){0,2} for (?:\w+ ){0,2}(?:telling|letting|reporting|flagging|raising|pointing|"
    r"sharing|writing|reaching|feedback|patience|report|bringing))\b"
)
#: "Not sorry", "no apology", "do not regret" have not; "cannot apologise enough" has.
_DENIED = re.compile(
    r"\b(?:not|no|never|cannot|\w+n't)(?: \w+)? "
    r"(?:sorry|apolog\w+|regret|(?:our|my) (?:fault|mistake))\b(?!.{0,40}\benough)"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer to be posted by somebody: its words and how long they are where they are to stand."""

    text: str
    platform: str
    measure: MeasuredLength


def placeholders(text: str) -> tuple[str, ...]:
    """The names in braces, each once, in order; raises ValueError, with the hint, for braces that hold no name."""
    found: dict[str, None] = {}
    for part in _PART.finditer(text):
        if part[0] in ("{{", "}}"):
            continue
        name = part[1]
        if name is None:
            raise ValueError(f"a {part[0]} is single; write {part[0] * 2} for the character itself")
        if not _NAME.fullmatch(name):
            raise ValueError(f"{part[0][:40]} is not a placeholder; a name of small letters in braces is: {{author}}")
        found[name] = None
    return tuple(found)


def values_of(mention: Mention, by: str) -> dict[str, str | None]:
    """What is known of a mention under the names of :data:`KNOWN`; ``None`` what is not."""
    item, author = mention.item, mention.item.author
    return {
        "author": author.name or author.handle,
        "handle": _handle(item),
        "brand": mention.brand,
        "title": item.title,
        "url": item.url,
        "platform": item.platform,
        "by": by,
    }


def fill_template(template: Template, platform: str, values: Mapping[str, str | None]) -> Draft:
    """The template with its placeholders filled, for ``platform``.

    Raises :class:`~mentionwatch.errors.UserError` for one that is not filled, and for a draft that is too long, which
    says by how much.
    """
    if template.platform is not None and template.platform != platform:
        raise UserError(f"{template.name}: is for {template.platform}, and this was said on {platform}")
    filled = {name: clean_value(value) for name, value in values.items() if value}
    missing = [name for name in placeholders(template.text) if not filled.get(name)]
    if missing:
        raise UserError(
            *(
                f"{template.name}: {{{name}}} is not known here; say it with --set {name}=…"
                if name in KNOWN
                else f"{template.name}: {{{name}}} is not filled; say it with --set {name}=…"
                for name in missing
            )
        )
    text = _PART.sub(lambda part: part[0][0] if part[1] is None else filled[part[1]], template.text).strip()
    made = Draft(text, platform, measure(text, platform, template.limit))
    if made.measure.over and made.measure.limit is not None:
        most = f"{platform} takes" if template.limit is None else "its max is"
        raise UserError(
            f"{template.name}: {made.measure.count:,} {made.measure.limit.unit}, {made.measure.over:,} too many: "
            f"{most} {made.measure.limit.most:,}"
        )
    return made


def clean_value(value: str) -> str:
    """A value on one line, without anything that shows nothing or turns the text about, and not endless."""
    return " ".join(clean(value[: 4 * _LONGEST]).split())[:_LONGEST]


def acknowledges(text: str) -> bool | None:
    """Whether an answer says that it has heard: sorry, we understand, thank you for telling us.

    ``None`` where its words are not plainly English: then nothing is known.
    """
    from mentionwatch.analysis.language import is_english  # imported here: a configuration is read without its judge
    from mentionwatch.analysis.tokenizer import plain, tokens

    written = tokens(text)
    if not is_english(written, [plain(token) for token in written], None):
        return None
    said = " ".join(text.replace("’", "'").casefold().split())
    return _ACKNOWLEDGES.search(_DENIED.sub("", said)) is not None


def same_words(text: str, earlier: Iterable[str]) -> bool:
    """Whether one of the earlier answers had these words: letter case, spaces and signs do not count."""
    return _bare(text) in {_bare(other) for other in earlier}


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text).text))


def _handle(item: Item) -> str | None:
    handle = (item.author.handle or "").removeprefix("@")
    return (f"@{handle}" if item.platform in _AT else handle) or None
