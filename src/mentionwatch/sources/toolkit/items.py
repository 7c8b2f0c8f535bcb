"""Items of the entries of a response, and every address an item points to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from mentionwatch.errors import ServerError, UnexpectedResponse
from mentionwatch.messages import Response
from mentionwatch.model import Item
from mentionwatch.sources.toolkit.json_reader import JsonObject
from mentionwatch.text import PlainText, clean, one_line
from mentionwatch.urls import find_urls, safe_url, unwrap

__all__ = ["language_of", "links_of", "plain_text", "read_items", "require_any", "require_listed", "tags_of"]

#: Links kept of one item; a page of links is no post.
_MOST = 200


def read_items(
    entries: Sequence[JsonObject], read: Callable[[JsonObject, Response], Item | None], response: Response, what: str
) -> tuple[Item, ...]:
    """What ``read`` makes of each entry, less those of which it makes nothing.

    Raises :class:`~mentionwatch.errors.UnexpectedResponse` where there are entries and none is ``what`` ("a post").
    """
    items = tuple(item for entry in entries if (item := read(entry, response)) is not None)
    require_any(items, entries, response, what)
    return items


def require_any(found: Sequence[object], entries: Sequence[object], response: Response, what: str) -> None:
    """Raise :class:`~mentionwatch.errors.UnexpectedResponse` where there are entries and nothing was found in them."""
    if entries and not found:
        raise UnexpectedResponse(f"the response lists nothing that is {what}", status=response.status)


def require_listed(counted: int | None, entries: Sequence[object], response: Response) -> None:
    """Raise :class:`~mentionwatch.errors.ServerError` where a first page counts results and lists none of them."""
    if counted and not entries and response.request.page == 0:
        raise ServerError(f"the response counts {counted:,} results and lists none; will retry", status=response.status)


def tags_of(texts: Iterable[str], limit: int = 100) -> tuple[str, ...]:
    """Hashtags as an item bears them: each once, on one line, without ``#``; what is none then is left out."""
    return tuple(dict.fromkeys(tag for text in texts if (tag := one_line(text, limit).lstrip("#＃").strip())))


def language_of(code: str) -> str | None:
    """A code of a language, as ``en`` or ``pt-BR``; ``None`` for anything else, and for "undetermined"."""
    usable = 2 <= len(code) <= 35 and code.isascii() and code.replace("-", "").isalnum() and code != "und"
    return code if usable else None


def plain_text(text: str) -> PlainText:
    """A text that is no markup, clean."""
    return PlainText(clean(text).strip())


def links_of(
    said: PlainText,
    own: str | None,
    *,
    before: Iterable[str | None] = (),
    after: Iterable[str | None] = (),
    unless: Callable[[str], bool] = lambda url: False,
) -> tuple[str, ...]:
    """Absolute http(s) addresses in order, each once, redirectors unwrapped, without ``own``.

    First those the platform gives ``before`` the text (the article a story submits), then those of the markup, then
    addresses that stand in the text with no link around them, then those given ``after`` it (a card, a quoted post).
    ``unless`` drops an address of the markup: hashtags and handles are links, too.
    """
    found: dict[str, None] = {}
    marked = (link for link in said.links if not unless(link))
    for candidates in (before, marked, _bare(said), after):
        for candidate in candidates:
            url = safe_url(unwrap(candidate)) if candidate else None
            if url and url != own:
                found.setdefault(url)
            if len(found) == _MOST:
                return tuple(found)
    return tuple(found)


def _bare(said: PlainText) -> Iterator[str]:
    """Addresses written out in the text, but not a link's own shortened label (``https://acme.example/a...``)."""
    if "://" not in said.text:
        return
    targets = [link.partition("://")[2] for link in said.links[:_MOST]]
    for span in find_urls(said.text)[:_MOST]:
        if "://" not in said.text[span.start : span.end]:
            continue  # acme.example is matched in the text; ASP.NET is no link
        written = span.url.partition("://")[2].rstrip("./…")
        if not any(target.startswith(written) for target in targets):
            yield span.url
