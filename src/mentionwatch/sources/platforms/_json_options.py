"""What can be wrong with the description of a JSON search, each problem by the option's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mentionwatch.sources.platforms._json_path import InvalidPath, parse_path
from mentionwatch.text import one_line
from mentionwatch.urls import is_web

if TYPE_CHECKING:
    from mentionwatch.sources.platforms.json import Json

__all__ = ["PLACEHOLDER", "TEXTS", "link_paths", "problems_of"]

PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w{0,30})\}")
#: Placeholders that stand for a term.
TEXTS = frozenset({"query", "phrase"})
_KNOWN = TEXTS | {"tag", "since", "page", "offset", "cursor"}


def problems_of(source: Json, paths: tuple[str, ...]) -> Iterator[str]:
    """Every problem with the options; ``paths`` names those that hold a path into an entry."""
    yield from _address(source)
    yield from _paths(source, paths)
    yield from _others(source)


def link_paths(link: str) -> list[str]:
    """The paths within the option ``link``: itself, or those in the braces of an address."""
    if link.startswith(("http://", "https://")):
        return re.findall(r"\{([^{}]{1,200})\}", link)
    return [link]


def _address(source: Json) -> Iterator[str]:
    url = source.url
    if not re.match(r"https?://[^/{}?#\s]+(?:[/?#]|$)", url, re.IGNORECASE) or not is_web(PLACEHOLDER.sub("x", url)):
        yield "url: write it like https://forum.example/search?q={phrase}; no placeholder may stand in the host"
        return
    used = set(PLACEHOLDER.findall(url))
    for name in sorted(used - _KNOWN):
        yield f"url: {{{name}}} is unknown; there are {', '.join(f'{{{known}}}' for known in sorted(_KNOWN))}"
    if "tag" in used and used & TEXTS:
        yield "url: {tag} and {query} are two questions; write two sources"
    if "cursor" in used and not source.next:
        yield "next: {cursor} stands in the address, so the path of the cursor must be given"
    if "#" in url:
        yield "url: what follows # is never sent"


def _paths(source: Json, names: tuple[str, ...]) -> Iterator[str]:
    for name in (*names, "items", "next", "error"):
        try:
            parse_path(getattr(source, name))
        except InvalidPath as error:
            yield f"{name}: {error}"
    if not source.link.strip():
        yield "link: give the path of an entry's address; without one a mention leads nowhere"
    for path in link_paths(source.link):
        try:
            parse_path(path)
        except InvalidPath as error:
            yield f"link: {error}"


def _others(source: Json) -> Iterator[str]:
    for name, words in (("time_format", ("auto",)), ("since_format", ("iso", "unix", "ms"))):
        pattern = getattr(source, name)
        if pattern not in words and not _is_pattern(pattern, whole=name == "time_format"):
            yield f"{name}: {one_line(pattern, 60)!r} is neither {' nor '.join(words)} nor a pattern such as %Y-%m-%d"
    for name, least, most in (("pages", 1, 100), ("page_size", 0, 10_000), ("per_day", 0, 10**9)):
        if not least <= getattr(source, name) <= most:
            yield f"{name}: must be from {least} to {most:,}"
    if not 0 <= source.spacing <= 3_600:
        yield "spacing: must be from 0 to 3,600 seconds"
    for name in ("first", "overlap"):
        if not timedelta(0) <= getattr(source, name) <= timedelta(days=3_660):
            yield f"{name}: must be from 0 to ten years"
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", source.token_header):
        yield "token_header: is no name of a header"
    if not re.fullmatch(r"[\x21-\x7e]{0,40}", source.token_scheme):
        yield "token_scheme: is one word without spaces"


def _is_pattern(pattern: str, *, whole: bool) -> bool:
    """Whether a pattern can be written, and – where it is ``whole`` – read back."""
    at = datetime(2026, 11, 20, 8, 1, 2, tzinfo=UTC)
    try:
        written = at.strftime(pattern)
        if whole:
            datetime.strptime(written, pattern)  # noqa: DTZ007 - only whether it can be read
        return "%" in pattern and bool(written)
    except (ValueError, re.error):
        return False
