"""Paths and queries in their one spelling: escapes, dot segments, empty segments (RFC 3986 sections 5.2.4, 6.2.2)."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, unquote_to_bytes

from mentionwatch.urls.parts import SURROGATE

_PLAIN_PATH = re.compile(r"[A-Za-z0-9\-._~/!$'()*,:@&=+;]*")
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9\-._~/!$'()*,:@=+?]*")
#: Escapes that mean something else than the character itself.
PATH_ESCAPES = re.compile(r"(%(?:2[35Ff]|3[BFbf]))")
_VALUE_ESCAPES = re.compile(r"(%(?:2[356Bb]|3[Bb]))")
_NAME_ESCAPES = re.compile(r"(%(?:2[356Bb]|3[BDbd]))")


#: Runs that composing may change. One with more than 30 marks in a row is no language's spelling (UAX #15, section 13),
#: and CPython's normalisation is quadratic in it: it stays as it is.
_COMPOSABLE = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
_MARKS = re.compile(r"[^\w\x00-\x7f]{31}")


def _composed(run: re.Match[str]) -> str:
    return run[0] if _MARKS.search(run[0]) else unicodedata.normalize("NFC", run[0])


def plain_text(text: str, keep: re.Pattern[str], safe: str) -> str:
    """``text`` with every needless escape undone and every needed one made, in capitals; the escapes ``keep`` stay.

    Escaped bytes that are no UTF-8 stay escaped. Composed to NFC.
    """
    pieces = keep.split(SURROGATE.sub("\ufffd", text))
    for i, piece in enumerate(pieces):
        if i % 2:
            pieces[i] = piece.upper()
        elif piece:
            plain = unquote_to_bytes(piece).decode("utf-8", "surrogateescape")
            if not plain.isascii():
                plain = _COMPOSABLE.sub(_composed, plain)
            pieces[i] = quote(plain, safe=safe, errors="surrogateescape")
    return "".join(pieces)


def plain_path(path: str) -> str:
    """A path with its escapes and dot segments resolved (RFC 3986 sections 5.2.4 and 6.2.2) and no empty segment."""
    if not _PLAIN_PATH.fullmatch(path):
        path = plain_text(path, PATH_ESCAPES, "/:@!$&'()*+,=;~")
    if "//" in path or "/." in path:
        kept: list[str] = []
        segments = path.split("/")[1:]
        for i, segment in enumerate(segments):
            if segment == "..":
                if kept:
                    kept.pop()
            elif segment != "." and (segment or (kept and kept[-1].endswith(":"))):
                # an address inside a path (an archive's) keeps its double slash
                kept.append(segment)
            if i == len(segments) - 1 and segment in ("", ".", ".."):
                kept.append("")
        path = "/" + "/".join(kept)
    return path or "/"


def plain_params(query: str) -> list[tuple[str, str]]:
    """Names and values in order, each in its one spelling; a space is ``+``."""
    params = []
    for piece in query.replace("&amp;", "&").split("&"):
        name, _, value = piece.partition("=")
        name = name.removeprefix("amp;")
        if not _PLAIN_VALUE.fullmatch(name):
            name = plain_text(name, _NAME_ESCAPES, "/:@!$'()*,+?~").replace("%20", "+")
        if not _PLAIN_VALUE.fullmatch(value):
            value = plain_text(value, _VALUE_ESCAPES, "/:@!$'()*,+?=~").replace("%20", "+")
        if name or value:
            params.append((name, value))
    return params
