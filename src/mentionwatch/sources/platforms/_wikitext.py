"""What a page of a wiki says around a name, from the text as its writers typed it."""

from __future__ import annotations

import re
from html import escape
from itertools import islice

from mentionwatch.text import PlainText, plain_from_html

#: Characters kept before and after a place; places kept of one page.
_AROUND, _PLACES = 400, 10
#: What may stand between two words of a name: blanks, hyphens, quotation marks, brackets of links, tags.
_BETWEEN = r"(?:&nbsp;|&amp;|</?[a-z][^<>\n]{0,70}>|[\W_]){1,40}"
_LINK = re.compile(r"\[\[(?:[^\[\]|\n]{0,200}\|)?([^\[\]|\n]{0,400})\]\]")
_OUTWARD = re.compile(r"\[(https?://[^\s\[\]<>\"]{1,2000})(?:\s([^\[\]\n]{0,400}))?\]", re.IGNORECASE)
_QUOTES = re.compile("'{2,5}")


def holds(text: str, name: str) -> bool:
    """Whether the words of ``name`` stand in ``text`` one after the other, whatever joins them."""
    return _name(name).search(text) is not None


def passages(source: str, name: str) -> PlainText | None:
    """The passages of wikitext around ``name``, without markup; ``None`` where it does not stand there."""
    spans: list[tuple[int, int]] = []
    for found in islice(_name(name).finditer(source), _PLACES):
        begin, end = max(found.start() - _AROUND, 0), found.end() + _AROUND
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((begin, end))
    if not spans:
        return None
    read = [_plain(_cut(source, begin, end)) for begin, end in spans]
    links = dict.fromkeys(link for each in read for link in each.links)
    return PlainText(" … ".join(each.text for each in read), tuple(links))


def _name(name: str) -> re.Pattern[str]:
    words = re.findall(r"[^\W_]+", name) or [name]
    return re.compile(_BETWEEN.join(re.escape(word) for word in words), re.IGNORECASE)


def _cut(source: str, begin: int, end: int) -> str:
    """A piece of the source that begins and ends between two words, where there is one near."""
    piece = source[begin:end]
    if begin > 0:
        piece = piece[max(piece.find(" ", 0, 40), 0) :]
    if end < len(source):
        last = piece.rfind(" ", len(piece) - 40)
        piece = piece[:last] if last > 0 else piece
    return piece


def _plain(piece: str) -> PlainText:
    """Markup that a piece is whole of, taken out; what was cut in two stays as it was typed."""
    text = _LINK.sub(r"\1", piece)
    text = _OUTWARD.sub(lambda found: f'<a href="{escape(found[1])}">{found[2] or found[1]}</a>', text)
    return plain_from_html(_QUOTES.sub("", text).replace("\n", " "))
