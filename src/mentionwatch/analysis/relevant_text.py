"""Which words are judged: a short post whole, of a long text its title and what surrounds the brand's name (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from mentionwatch.model import Item, Match

#: Code points. What is no longer is judged whole; of longer texts so much on either side of a match, in so many places.
_WHOLE, _AROUND, _PLACES = 1000, 250, 4
_LONGEST_TITLE = 300
#: Matches looked at; a text that says a name a thousand times is judged by its first places.
_MATCHES = 50
#: The brand's own name says nothing of how it is spoken of, though "Happy Bank" holds a happy word. A tag such as
#: #AcmeFail (``hashtag-part``) does say something, also where it is a hashtag of the configuration, and so may a clause
#: of a query.
_MASKED = frozenset({"name", "handle", "hashtag", "lookalike"})
_MASK = "@brand"


def relevant_text(item: Item, matches: Sequence[Match] = ()) -> str:
    """At most some 3,000 code points, whatever the length of the item; the brand's name reads as a handle in them."""
    title = _cut(item.title or "", [m for m in matches if m.field == "title"], [(0, _LONGEST_TITLE)])
    there = [m for m in matches if m.field == "text"][:_MATCHES]
    text = item.text
    if len(text) <= _WHOLE:
        windows = [(0, len(text))]
    else:
        windows = []
        for match in sorted(there, key=lambda m: m.start):
            start, end = max(0, match.start - _AROUND), min(len(text), match.end + _AROUND)
            if windows and start <= windows[-1][1]:
                windows[-1] = (windows[-1][0], max(end, windows[-1][1]))
            elif len(windows) < _PLACES:
                windows.append((start, end))
        # A name said over and over must not make a window as long as the text.
        windows = [(start, min(end, start + _WHOLE)) for start, end in windows] or [(0, 2 * _AROUND)]
    body = _cut(text, there, windows)
    if title and not body.startswith(title):
        return f"{title}\n{body}"
    return body


def _cut(text: str, matches: Sequence[Match], windows: Sequence[tuple[int, int]]) -> str:
    """The windows, from space to space, with the names in them masked."""
    parts_of_tags = [m for m in matches if m.kind == "hashtag-part"]
    spans = sorted(
        (m.start, m.end)
        for m in matches
        if m.kind in _MASKED
        and not (m.kind == "hashtag" and any(m.start <= p.start and p.end <= m.end for p in parts_of_tags))
    )
    parts = []
    for start, end in windows:
        start, end = _at_space(text, start, 1), _at_space(text, end, -1)
        at = start
        for first, last in spans:
            if at <= first and last <= end:
                parts += [text[at:first], _MASK]
                at = last
        parts += [text[at:end], "\n"]
    return "".join(parts[:-1])


def _at_space(text: str, place: int, step: int) -> int:
    """The place itself at either end of the text, else the next space within a word's length, seen in one direction."""
    if place <= 0 or place >= len(text):
        return max(0, min(place, len(text)))
    for moved in range(0, 30):
        at = place + moved * step
        if 0 < at < len(text) and text[at].isspace():
            return at
    return place
