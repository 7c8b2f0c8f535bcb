"""Terms that are addresses: domains with their subdomains, paths, and profiles of a handle."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import unquote

from mentionwatch.urls import find_urls, host_of, same_site
from mentionwatch.urls.in_text import is_unspaced

#: A host as :func:`mentionwatch.urls.host_of` gives it, and the segments of a path in lower case.
Site = tuple[str, tuple[str, ...]]


def site_of(term: str) -> Site | None:
    """What a term such as ``acme.example`` or ``https://www.acme.example/shop`` names, or ``None``."""
    written = term.strip()
    found = find_urls(written)
    if len(found) == 1 and found[0].start == 0 and not written[found[0].end :].strip("/."):
        return host_and_path(found[0].url)
    if " " in written or "@" in written.partition("/")[0]:
        return None
    site = host_and_path(written if "://" in written else "https://" + written)
    return site if site is not None and "." in site[0] else None


@lru_cache(maxsize=2048)
def host_and_path(url: str) -> Site | None:
    """Host without ``www.`` and path segments of an http(s) URL, for comparison; query and fragment are dropped."""
    host = host_of(url)
    if host is None:
        return None
    path = url.partition("#")[0].partition("?")[0].partition("://")[2].partition("/")[2]
    segments = tuple(unquote(segment).casefold() for segment in path.split("/") if segment)
    return host.removeprefix("www."), segments


def on_site(url: str, site: Site) -> bool:
    """Whether ``url`` is on the site: its host or a subdomain, and under its path on a segment's border.

    Where words are not parted, a sentence may go on right behind an address: ``acme.example/shopを見て`` is there too.
    """
    found = host_and_path(url)
    if found is None or not same_site(found[0], site[0]):
        return False
    path, wanted = found[1], site[1]
    if path[: len(wanted)] == wanted:
        return True
    last, end = len(wanted) - 1, wanted[-1]
    return (
        path[:last] == wanted[:last]
        and len(path) > last
        and path[last].startswith(end)
        and end.isascii()
        and is_unspaced(path[last][len(end)])
    )


def under_domain(url: str, domain: str) -> bool:
    """Whether the host of ``url`` is ``domain`` or under it."""
    site = host_and_path("https://" + domain)
    return site is not None and on_site(url, (site[0], ()))


def profile_of(url: str) -> str | None:
    """The handle, with its host, whose profile or post ``url`` is on the networks that say so in their paths."""
    found = host_and_path(url)
    if found is None or not found[1]:
        return None
    host, path = found
    if host == "bsky.app" and path[0] == "profile" and len(path) > 1:
        return path[1]
    name = path[0].removeprefix("@") if path[0].startswith("@") else ""
    if path[0] == "users" and len(path) > 1:
        name = path[1]
    if not name:
        return None
    return name if "@" in name else f"{name}@{host}"
