"""The options that describe a JSON search, and what can be wrong with them, each problem by the option's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Literal

from mentionwatch.errors import UserError
from mentionwatch.messages import Secret
from mentionwatch.sources.platforms._json_path import InvalidPath, parse_path
from mentionwatch.sources.toolkit.options import option
from mentionwatch.text import one_line
from mentionwatch.urls import is_web

PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w{0,30})\}")
#: Placeholders that stand for a term.
TEXTS = frozenset({"query", "phrase"})
_KNOWN = TEXTS | {"tag", "since", "page", "offset", "cursor"}


def _path(what: str) -> str:
    """A field of the dataclass that holds a path."""
    made: str = field(default="", metadata={"help": f"Path of {what} within an entry.", "path": True})
    return made


@dataclass(frozen=True, slots=True)
class JsonOptions:
    """See :class:`~mentionwatch.sources.platforms.json.Json`."""

    url: str = field(metadata={"help": "Address of the search with {query}, {phrase}, {tag}, {since}, {page} …"})
    items: str = field(metadata={"help": "Path of the list of results in the answer; $ when the answer is the list."})
    link: str = field(
        metadata={"help": "Path of an entry's own address, or an address with paths in it: https://x.example/{id}."}
    )
    id: str = _path("the entry's id on the platform")
    title: str = _path("the title")
    text: str = _path("the text")
    text_is: Literal["html", "plain"] = option("html", "Whether the text is HTML or plain.")
    published: str = _path("the time it was written")
    time_format: str = option(
        "auto", "auto (ISO 8601, RFC 822, seconds or milliseconds since 1970), or a pattern: %d/%m/%Y."
    )
    author: str = _path("the author's name")
    author_handle: str = _path("the author's handle")
    author_url: str = _path("the author's page")
    followers: str = _path("how many follow the author")
    language: str = _path("the language code")
    tags: str = _path("the tags: a list, or a text with commas")
    links: str = _path("addresses the entry points to")
    parent: str = _path("the address of what the entry answers")
    likes: str = _path("the likes")
    reposts: str = _path("the reposts")
    replies: str = _path("the replies")
    score: str = _path("the score")
    views: str = _path("the views")
    rating: str = _path("the stars, 1 to 5")
    kind: Literal["post", "comment", "article", "review", "video", "page"] = option("post", "What the entries are.")
    order: Literal["newest", "any"] = option(
        "newest", "newest: the list begins with the newest entry; any: it does not."
    )
    next: str = option("", "Path in the answer of the next page's address, or of the cursor for {cursor}.")
    first_page: int = option(1, "The number that {page} has on the first page.")
    page_size: int = option(0, "Entries of a full page: a shorter one is the last. 0 when unknown.")
    since_format: str = option("iso", "How {since} is written: iso, unix, ms, or a pattern such as %Y-%m-%d.")
    first: timedelta = option(timedelta(days=7), "How far back {since} lies the first time a term is asked.")
    overlap: timedelta = option(timedelta(hours=1), "How much is asked again: entries reach an index late.")
    absent_is_empty: bool = option(False, "Whether an answer without the list means that nothing was found.")
    error: str = option("", "Path in the answer that is there only when the response is an error.")
    token: Secret | None = option(None, "The token or key that is sent with every request.")
    token_header: str = option("Authorization", "The header the token goes into.")
    token_scheme: str = field(
        default="Bearer", metadata={"help": "The word before the token in its header; empty for none.", "empty": True}
    )
    token_param: str = option("", "The parameter the token goes into, instead of a header: api_key.")
    spacing: float = option(1.0, "Seconds between two requests.")
    pages: int = option(10, "Pages asked for one term in one scan, at most 100.")
    per_day: int = option(0, "Requests a day the platform allows; 0 when it does not say.")

    def __post_init__(self) -> None:
        problems = (*_address(self), *_paths(self), *_others(self))
        if problems:
            raise UserError(*problems)


#: The options that hold a path into an entry.
PATH_OPTIONS = tuple(each.name for each in fields(JsonOptions) if each.metadata.get("path"))


def link_paths(link: str) -> list[str]:
    """The paths within the option ``link``: itself, or those in the braces of an address."""
    if link.startswith(("http://", "https://")):
        return re.findall(r"\{([^{}]{1,200})\}", link)
    return [link]


def _address(source: JsonOptions) -> Iterator[str]:
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


def _paths(source: JsonOptions) -> Iterator[str]:
    for name in (*PATH_OPTIONS, "items", "next", "error"):
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


def _others(source: JsonOptions) -> Iterator[str]:
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
        yield "token_header: is not the name of a header"
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
