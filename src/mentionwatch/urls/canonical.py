"""One spelling for one page."""

from __future__ import annotations

import re
from functools import lru_cache

from mentionwatch.urls import rules
from mentionwatch.urls.escapes import PATH_ESCAPES, plain_params, plain_path, plain_text
from mentionwatch.urls.parts import MAX_URL, PLAIN_HOST, UrlParts, parse_url
from mentionwatch.urls.redirectors import target_of
from mentionwatch.urls.sites import page_of_record, page_on_site
from mentionwatch.urls.suffixes import is_public_suffix, is_top_level

#: Fragments that name one comment, change or post on a page – a number, or what looks like an id –, or a page of an
#: application that lives in fragments. What counts visits has a name and an equals sign, or no number.
_ITEM_FRAGMENT = re.compile(
    r"(?:[\w-]*(?:comment|reply|post|message|msg|answer|review|note)|isso|commento|discussion_r)"
    r"[-_=/:]?(?:\d+(?:_\d+)?|[0-9a-f]{8}[0-9a-f-]*)"
    r"|[\w.~-]{1,40}[-_:/.]\d+|\w{0,40}\d{2,40}\w{0,40}|c[-_:][\w-]{4,80}|[!/].+",
    re.ASCII,
)
#: Redirectors inside redirectors that are followed; more is a joke.
_LAYERS = 50
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid|sessionid)=[^/;]*", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|xhtml|shtml|php\d?|aspx?|jsp|cfm)$", re.IGNORECASE)

_SLUG = re.compile(r".*[-_.0-9%].*")


# An item's address is asked for when it is named, kept and folded: thrice within a page's time.
@lru_cache(maxsize=1024)
def canonical_url(url: str) -> str | None:
    """The one spelling under which a page is known, or ``None`` when ``url`` is no usable address (http(s), a post's at://).

    A key for comparison, always ``https`` and without ``www.``; it usually answers, but fetch and show the original.
    Idempotent. Two addresses with the same key are the same page by a rule of ``docs/identity.md``.
    """
    for _ in range(_LAYERS):
        parts = parse_url(page_of_record(url))
        if parts is None:
            return None
        parts.path = plain_path(parts.path)
        target = target_of(parts)
        if target is None:
            page = _plain(parts)
            target = target_of(page)  # made plain, it may show itself a redirector
            if target is None:
                made = page.address()
                return made if len(made) <= MAX_URL else None
        url = target
    return None


def _plain(parts: UrlParts) -> UrlParts:
    """``parts`` in the one spelling of the page."""
    params = plain_params(parts.query) if parts.query else []
    fragment = parts.fragment
    if fragment:
        fragment = plain_text(fragment.partition(":~:")[0], PATH_ESCAPES, "/:@!$&'()*+,=;?~")
        if not _ITEM_FRAGMENT.fullmatch(fragment):
            fragment = None
    host = _plain_host(parts.host)
    path = _plain_page(parts.path)
    if params:
        is_article = rules.ARTICLE.fullmatch(path) is not None
        params = [param for param in params if not _is_tracking(host, *param, is_article=is_article)]
    host, path, params, fragment = page_on_site(host, path, params, fragment)
    params.sort(key=lambda param: param[0])
    query = "&".join(f"{name}={value}" if value else name for name, value in params)
    return UrlParts("https", "", host, parts.port, path, query or None, fragment)


def _plain_host(host: str) -> str:
    """``host`` without ``www.``, ``m.``, ``mobile.``, ``amp.`` where those are only another dress of the same site."""
    while True:
        first, _, rest = host.partition(".")
        if "." not in rest or is_public_suffix(rest, private=False):
            return host
        if first == "www" or (first in ("m", "mobile", "amp") and not _is_name(first, rest)):
            host = rest
        else:
            break
    if ".m.wik" in host:  # en.m.wikipedia.org
        host = host.replace(".m.wik", ".wik", 1)
    if ".blogspot." in host:  # the same blog answers under every country
        host = host[: host.index(".blogspot.")] + ".blogspot.com"
    return host


def _is_name(label: str, host: str) -> bool:
    """Whether ``label`` below ``host`` is a customer's or a department's name, not another dress of the site."""
    if host in rules.TENANT_HOSTS or is_public_suffix(host):
        return True
    return label == "mobile" and host in rules.MOBILE_COMPANIES


def _plain_page(path: str) -> str:
    """``path`` without session, index file, AMP marks and last slash."""
    if ";" in path:
        path = plain_path(_SESSION.sub("", path))
    while True:
        before = path
        path = _INDEX.sub("/", path)
        if path != "/":
            path = path.rstrip("/") or "/"
        lower = path.lower()
        if "amp" in lower:
            path = _without_amp(path, lower)
        if path == before:
            return path


def _without_amp(path: str, lower: str) -> str:
    """``/story-1/amp``, ``/amp/story-1``, ``/story-1.amp.html``: AMP marks count only beside what looks like a slug."""
    if lower.endswith("/amp"):
        head = path[:-4]
        if _SLUG.fullmatch(head.rpartition("/")[2]):
            return head
    elif lower.startswith("/amp/") and lower.count("/") > 1 and _SLUG.fullmatch(path.rpartition("/")[2]):
        return path[4:]
    elif lower.endswith(".amp"):
        return path[:-4]
    elif lower.endswith((".amp.html", ".amp.htm")):
        return path[: lower.rindex(".amp.")] + path[lower.rindex(".amp.") + 4 :]
    return path


def _is_tracking(host: str, name: str, value: str, *, is_article: bool) -> bool:
    """Whether a parameter chooses no page. ``is_article``: the path does already, so that marks of sharing do not."""
    lower = name.lower()
    if lower in rules.TRACKING or lower.startswith(rules.TRACKING_PREFIXES):
        return True
    pattern = rules.TRACKING_VALUES.get(lower)
    if pattern is not None and pattern.fullmatch(value):
        return True
    if lower in rules.REFERRERS and "git" not in host and not host.startswith("codeberg."):
        plain = value.lower().rstrip("/")
        if plain in rules.CHANNELS or (
            is_article and "." in plain and is_top_level(plain.rpartition(".")[2]) and PLAIN_HOST.fullmatch(plain)
        ):
            return True
    if is_article and _is_sharing(lower, value):
        return True
    while "." in host:
        if lower in rules.SITE_TRACKING.get(host, ()):
            return True
        host = host.partition(".")[2]
    return False


def _is_sharing(name: str, value: str) -> bool:
    """A token that opens an article to whoever was sent it, or says in which mail it was sent."""
    if rules.SHARING.fullmatch(name) and rules.DRAWN_BY_LOT.fullmatch(value):
        return True
    if rules.SHARED.fullmatch(name) and value.lower() in ("", "1", "true", "yes"):
        return True
    return rules.MAILINGS.fullmatch(name) is not None
