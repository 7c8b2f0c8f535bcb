"""Every address an item points to: of its markup, of its bare text, and those the platform gives apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from mentionwatch.text import PlainText
from mentionwatch.urls import find_urls, safe_url, unwrap

__all__ = ["links_of"]

#: Links kept of one item; a page of links is no post.
_MOST = 200


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
