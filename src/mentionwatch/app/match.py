"""What the brands' terms match in a text, without asking or storing anything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mentionwatch.errors import UserError
from mentionwatch.model import Author, Brand, BrandMatch, Item
from mentionwatch.query.matcher import compile_brands
from mentionwatch.text import clean


def match_item(given: Mapping[str, Any], brands: tuple[Brand, ...]) -> tuple[BrandMatch, ...]:
    """What each brand's terms match in an item (``title``, ``text``, ``url``, ``links``, ``author``, ``language``).

    Raises :class:`~mentionwatch.errors.UserError` for a key of the wrong type.
    """
    return compile_brands(brands).verdicts(_read_item(given, "TEXT"))


def match_lines(
    lines: Iterable[bytes], brands: tuple[Brand, ...]
) -> Iterator[tuple[dict[str, Any], tuple[BrandMatch, ...]]]:
    """The items of JSON Lines, each as it was given, with the brands that match it.

    Title and text are given back as they were matched, without characters that no text of ours may hold: offsets are
    into these. Raises :class:`~mentionwatch.errors.UserError` with the number of the line that cannot be read.
    """
    matcher = compile_brands(brands)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        given = _read_object(line, number)
        item = _read_item(given, f"line {number}")
        given.update({key: text for key in ("title", "text") if given.get(key) and (text := getattr(item, key))})
        yield given, tuple(matcher.matches(item))


def _read_object(line: bytes, number: int) -> dict[str, Any]:
    try:
        given = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UserError(f"line {number}: not UTF-8 ({error.reason})") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"line {number}: not JSON: {error}") from error
    if not isinstance(given, dict):
        raise UserError(f'line {number}: an object was expected, such as {{"text": "…"}}')
    return given


def _read_item(given: Mapping[str, Any], where: str) -> Item:
    def text(key: str) -> str | None:
        value = given.get(key)
        if value is not None and not isinstance(value, str):
            raise UserError(f"{where}: {key}: text was expected")
        return None if value is None else clean(value)

    links = given.get("links") or ()
    if not isinstance(links, list | tuple) or not all(isinstance(link, str) for link in links):
        raise UserError(f"{where}: links: a list of addresses was expected")
    author = given.get("author")
    if isinstance(author, dict):
        parts = {key: author.get(key) for key in ("name", "handle", "url")}
        if any(value is not None and not isinstance(value, str) for value in parts.values()):
            raise UserError(f"{where}: author: name, handle and url must be text")
        who = Author(**parts)
    else:
        name = text("author")
        who = Author(name=name, handle=name)
    return Item(
        platform=text("platform") or "feed",
        kind="post",
        url=text("url") or None,
        title=text("title") or None,
        text=text("text") or "",
        language=text("language") or None,
        author=who,
        links=tuple(clean(link) for link in links),
    )
