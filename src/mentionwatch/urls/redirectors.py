"""Where a redirector's address leads, read from the address itself: nothing is asked of any server."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from functools import lru_cache
from urllib.parse import unquote_plus

from mentionwatch.urls import rules
from mentionwatch.urls.escapes import plain_path
from mentionwatch.urls.parts import UrlParts, parse_url
from mentionwatch.urls.sites import GOOGLE_NEWS


def unwrap(url: str) -> str:
    """The target of a known redirector's address (Google, Bing, Facebook, Reddit …), else ``url`` itself."""
    while (parts := parse_url(url)) is not None and _may_redirect(parts.host):
        parts.path = plain_path(parts.path)
        target = target_of(parts)
        if target is None:
            break
        url = target  # always shorter than what held it, so this ends
    return url


_GOOGLE = re.compile(r"(?:(?:www|news|plus|m|images)\.)?google\.(?:com?\.)?[a-z]{2,3}")
#: Whose subdomains redirect, beside the hosts of :data:`rules.REDIRECTORS`.
_REDIRECTING = (
    "r.search.yahoo.com", ".safelinks.protection.outlook.com", ".curseforge.com", ".cdn.ampproject.org",
)  # fmt: skip


@lru_cache(maxsize=4096)
def _may_redirect(host: str) -> bool:
    """Whether any address of ``host`` could be a redirector's; nearly all hosts are told apart here."""
    host = host.removeprefix("www.").removeprefix("m.")
    return host in rules.REDIRECTORS or host.endswith(_REDIRECTING) or _GOOGLE.fullmatch(host) is not None


_UNENCODED = re.compile(r"(?:^|&)(?:url|q|u)=(https?:/)", re.IGNORECASE)


def target_of(parts: UrlParts) -> str | None:
    """Where a known redirector's address leads, as an http(s) address, or ``None``. ``parts.path`` is plain."""
    host = parts.host.removeprefix("www.").removeprefix("m.")
    if host.endswith((".safelinks.protection.outlook.com", ".curseforge.com")):
        host = host.partition(".")[2]
    query = parts.query or ""
    found: str | None = None
    if _GOOGLE.fullmatch(host):
        found = _google_target(parts, query)
    elif host.endswith(".cdn.ampproject.org"):
        kind = re.match(r"/(?:[cv]|wp)/(s/)?(.+)", parts.path)
        found = _with_query(("https://" if kind[1] else "http://") + kind[2], query) if kind else None
    elif host == "r.search.yahoo.com":
        yahoo = re.search(r"/RU=([^/]+)", parts.path)
        found = unquote_plus(yahoo[1]) if yahoo else None
    elif ways := rules.REDIRECTORS.get(host):
        for start, names in ways:
            if parts.path == start or parts.path.startswith(start.rstrip("/") + "/"):
                found = found or _parameter(query, names)
        if host == "bing.com" and found is None and parts.path == "/ck/a":
            found = _bing_target(query)
        if host == "disq.us" and found:
            found = re.sub(r":[\w-]{20,40}$", "", found)
    return found if found is not None and parse_url(found) is not None else None


def _parameter(query: str, names: tuple[str, ...]) -> str | None:
    for name in names:
        if not name:
            if re.match(r"https?:|https?%3a", query, re.IGNORECASE):
                return query if "://" in query[:9] else unquote_plus(query)
            continue
        for piece in query.replace("&amp;", "&").split("&"):
            key, _, value = piece.partition("=")
            if key.lower() == name:
                value = unquote_plus(value)
                if value[:4].lower() == "http":
                    return value
    return None


def _google_target(parts: UrlParts, query: str) -> str | None:
    if parts.path.startswith("/amp/"):
        rest = parts.path[5:]
        secure = rest.startswith("s/")
        rest = rest[2:] if secure else rest
        return (
            _with_query(("https://" if secure else "http://") + rest, query) if "." in rest.partition("/")[0] else None
        )
    if parts.path in ("/url", "/news/url", "/imgres", "/alerts/share"):
        query = query.replace("&amp;", "&")
        if found := _UNENCODED.search(query):
            # Alerts put the target in as it is: it ends where Google's own parameters begin
            rest = query[found.start(1) :]
            own = rest.rfind("&ct=") if "&ct=" in rest else -1
            if own < 0 and (first := rules.GOOGLE_OWN_PARAMETERS.search(rest)):
                own = first.start()
            rest = rest[:own] if own >= 0 else rest
            return rest if "?" in rest else unquote_plus(rest.replace("+", "%2B"))
        return _parameter(query, ("url", "q", "u", "imgrefurl"))
    if parts.host == "news.google.com" and (found := GOOGLE_NEWS.fullmatch(parts.path)):
        return _google_news_target(found[1])
    return None


def _google_news_target(article: str) -> str | None:
    """The address inside a Google News id of before July 2024 (a protobuf message: 08 13 22, length, address)."""
    try:
        raw = urlsafe_b64decode(article + "=" * (-len(article) % 4))
    except ValueError:
        return None
    if not raw.startswith(b"\x08\x13\x22") or len(raw) < 6:
        return None
    length, start = raw[3], 4
    if length & 0x80:
        length, start = (length & 0x7F) | raw[4] << 7, 5
    target = raw[start : start + length]
    return target.decode("utf-8", "replace") if target.startswith(b"http") else None


def _bing_target(query: str) -> str | None:
    found = re.search(r"(?:^|&)u=a1([\w-]+)", query, re.ASCII)
    if not found:
        return None
    try:
        return urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)).decode("utf-8", "replace")
    except ValueError:
        return None


def _with_query(url: str, query: str) -> str:
    return f"{url}?{query}" if query else url
