"""Addresses in running text: with a scheme, bare, or defanged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from mentionwatch.text.marks import DROPPED_MARKS, MARKS
from mentionwatch.urls.parts import JOINERS, ascii_host, parse_url
from mentionwatch.urls.suffixes import is_top_level


@dataclass(frozen=True, slots=True)
class UrlSpan:
    """An address in a text: ``text[start:end]`` is how it is written, ``url`` what it means, with its scheme."""

    start: int
    end: int
    url: str


_DOT = r"(?:\.|．|\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\))"
_LETTER = rf"\w{MARKS}{DROPPED_MARKS}"
# What ASCII needs comes first: most text is that.
_MORE = rf"(?:(?=[^\x00-\x7f])(?:[{MARKS}{DROPPED_MARKS}]|{JOINERS.pattern})[\w-]{{0,63}}+){{0,63}}+"
_LABEL = rf"[\w-]{{1,63}}+{_MORE}"
# Behind a scheme an emoji is a letter of the host; before a bare one it is decoration.
_EMOJI = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_LABEL_BEHIND_SCHEME = rf"[\w{_EMOJI}-]{{1,63}}+{_MORE}"
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_STARTS = rf"(?:(?<![^\x00-\x7f])|(?<![{MARKS}{DROPPED_MARKS}])(?<!{JOINERS.pattern}))"
_BARE = (
    rf"(?P<bare>{_LABEL}(?:{_DOT}{_LABEL}){{1,30}}+)(?P<bareport>:\d{{1,5}}(?!\d))?"
    # What goes on to an @ is the local part of an e-mail address (RFC 5322, 3.2.3), unless a path begins first.
    rf"(?![{_LETTER}.!$%&'*+=^`{{|}}~-]{{0,64}}+\"?@)"
)
_WITH_SCHEME = (
    rf"(?P<scheme>h(?:tt|xx)ps?\[?:\]?//)(?:[^\s/?#<>\"@]{{1,256}}+@)?"
    rf"(?P<host>(?:{_LABEL_BEHIND_SCHEME}(?:{_DOT}{_LABEL_BEHIND_SCHEME}){{0,30}}+|\[[0-9a-f:.]{{2,45}}\]))(?P<port>:\d{{1,5}})?"
)
#: Every part is possessive or bounded, and a bare host starts only where no longer one could have: linear.
_START = re.compile(
    rf"{_WITH_SCHEME}|(?<![\w@.\-/\\#$=&%+~])(?=[\w-]++(?:[.\[({{]|[^\x00-\x7f])){_STARTS}{_BARE}",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"[/?#][^\s<>\"\x00-\x1f\x7f-\x9f“”„«»‹›…（）［］｛｝【】「」『』《》〈〉、。，；：！？|^`{}\\]{0,4096}+"
)
# In "请访问acme.com" the words before the name are not part of it: a label does not change script to Latin.
_BEFORE_LATIN = re.compile(rf"[{_LETTER}-]*[^\x00-\x7f](?=[A-Za-z0-9])")
_DEFANGED = re.compile(r"[\[({](?:\.|dot)[\])}]|．", re.IGNORECASE)
# Words of a script without spaces, right behind a part of a path in ASCII, or behind a label.
_GLUED = re.compile(rf"(?<=[A-Za-z0-9])[{_UNSPACED}]")
_GLUED_LABEL = re.compile(rf"[.\])}}．]([A-Za-z0-9-]+)(?=[{_UNSPACED}])")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_ENDING = ".,;:!?'*_~·-’"
_BRACKETS = {")": "(", "]": "["}
#: Top-level domains that people do write with a capital; any other capitalised one begins a sentence.
_CAPITALISED = frozenset(("Com", "Net", "Org", "Io", "De", "Uk"))


def find_urls(text: str) -> tuple[UrlSpan, ...]:
    """Every address in ``text``, in order: with a scheme, bare (``acme.example/x``) or defanged (``hxxp``, ``[.]``).

    A bare one needs a known top-level domain, and is not part of an e-mail address or a handle. Punctuation that
    closes the sentence or the brackets around an address is not part of it.
    """
    spans: list[UrlSpan] = []
    at = 0
    while (found := _next(text, at, len(text))) is not None:
        at = found.end()
        span = _with_scheme(text, found) if found["scheme"] else _bare(text, found)
        if span is not None:
            spans.append(span)
            at = max(span.end, found.start() + 1)
    return tuple(spans)


def _next(text: str, at: int, end: int) -> re.Match[str] | None:
    """Where an address may begin from ``at`` on: also there, right behind one that ended within a word."""
    if 0 < at < end and text[at - 1].isalnum() and is_unspaced(text[at]):
        glued = _glued_start().match(text, at, end)
        if glued is not None:
            return glued
    return _START.search(text, at, end)


@cache
def _glued_start() -> re.Pattern[str]:
    return re.compile(f"{_WITH_SCHEME}|{_BARE}", re.IGNORECASE)  # few texts are without spaces around addresses


def _with_scheme(text: str, found: re.Match[str]) -> UrlSpan | None:
    written = found["host"]
    kept = _host_part(written)
    whole = kept == written
    end = found.end() if whole else found.start("host") + len(kept)
    head = "https://" if "s:" in found["scheme"].lower().replace("[", "") else "http://"
    between = text[found.end("scheme") : found.start("host")]
    return _span(
        text, found.start(), end, head + between + _DEFANGED.sub(".", kept), found["port"] if whole else "", whole
    )


def _bare(text: str, found: re.Match[str]) -> UrlSpan | None:
    kept = _host_part(found["bare"])
    skipped, name = _bare_name(kept)
    if not name:
        return None
    whole = kept == found["bare"]
    end = found.end() if whole else found.start() + len(kept)
    return _span(text, found.start() + skipped, end, "https://" + name, found["bareport"] if whole else "", whole)


def _bare_name(kept: str) -> tuple[int, str]:
    """How many letters of a word before it are no part of a host, and the host; empty when it is none."""
    first = _BEFORE_LATIN.match(kept)
    skipped = first.end() if first and is_unspaced(kept[first.end() - 1]) else 0
    name = _DEFANGED.sub(".", kept[skipped:])
    host = ascii_host(name)
    if host is None or "." not in host:
        return 0, ""
    suffix = name.rstrip(".").rpartition(".")[2]
    if not is_top_level(host.rpartition(".")[2]) or (
        suffix.istitle() and len(suffix) > 1 and suffix.isascii() and suffix not in _CAPITALISED
    ):
        return 0, ""
    return (skipped, name) if any(c.isalpha() for c in name[: -len(suffix)]) else (0, "")


def _host_part(written: str) -> str:
    """``written`` up to where a sentence goes on behind a label: ``acme.com的`` ends with ``com``."""
    if written.isascii():
        return written.rstrip("-_")
    for glued in _GLUED_LABEL.finditer(written):
        if is_top_level(glued[1].lower()):
            return written[: glued.end()]
    last = max(written.rfind(mark) for mark in ".])}．") + 1
    latin = re.match(r"[A-Za-z0-9-]+(?=[^\x00-\x7f])", written[last:])
    if latin:
        return written[: last + latin.end()]
    label = written[last:].lower()
    if label.isascii() or is_top_level(label):
        return written.rstrip("-_")
    ends = (end for end in range(len(label) - 1, 1, -1) if is_unspaced(label[end]) and is_top_level(label[:end]))
    return written[: last + next(ends, len(label))].rstrip("-_")


def is_unspaced(character: str) -> bool:
    """Whether ``character`` is of a script that is written without spaces between words."""
    return _IS_UNSPACED.match(character) is not None


def _before_another(text: str, at: int, body: str) -> str:
    """``body``, which begins at ``at``, up to words without spaces behind which another address follows."""
    glued = _GLUED.search(body)
    another = _next(text, at + glued.start(), at + len(body)) if glued else None
    if glued is None or another is None or not (another["scheme"] or _bare_name(_host_part(another["bare"]))[1]):
        return body
    return body[: glued.start()]


def _ends_id(before_address: str, body: str, cut: int) -> bool:
    """Whether the hyphens or underscores that end ``body[:cut]`` are an id's: of YouTube's, one of 32 ends so.

    They follow a letter or digit, are two at most, and not the second half of emphasis (``_https://acme.example/x_``).
    """
    end = cut
    while end and body[end - 1] in "-_" and cut - end < 3:
        end -= 1
    return end > 0 and cut - end < 3 and body[end - 1].isalnum() and body[cut - 1] != before_address


def _span(text: str, start: int, end: int, head: str, port: str | None, more: bool) -> UrlSpan | None:
    rest = _BODY.match(text, end) if more else None
    body = rest[0] if rest else ""
    if not body.isascii():
        body = _before_another(text, end, body)
    cut = len(body)
    counts = {mark: body.count(mark) for mark in "()[]"}
    while cut:
        last = body[cut - 1]
        if last in _BRACKETS and counts[last] > counts[_BRACKETS[last]]:
            counts[last] -= 1
        elif last not in _ENDING or (last in "-_" and _ends_id(text[start - 1 : start], body, cut)):
            break
        cut -= 1
    url = head + (port or "") + body[:cut]
    return UrlSpan(start, end + cut, url) if parse_url(url) is not None else None
