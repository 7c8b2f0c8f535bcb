"""Web addresses made plain: one spelling for one page, targets behind redirectors, addresses in running text.

Pure, without the network: a short link that only its own server can resolve stays as it is. Nothing here raises on
any text, and every function takes time linear in its input. The rules in words: ``docs/identity.md``.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote_plus, unquote_to_bytes, urljoin

from mentionwatch import url_rules as rules
from mentionwatch.tlds import TLDS

__all__ = [
    "MAX_URL",
    "UrlSpan",
    "canonical_url",
    "find_urls",
    "host_of",
    "is_web",
    "redact",
    "safe_url",
    "same_site",
    "unwrap",
]

#: Characters of the longest address that is kept; browsers and servers differ above some 2,000 to 8,000.
MAX_URL = 4096
#: Characters that are looked at: a redirector's address holds its target escaped, and so may be longer.
_MAX_INPUT = 4 * MAX_URL

_C0_AND_SPACE = "".join(map(chr, range(0x21))) + "\x7f\u00a0\u2028\u2029\u3000\ufeff\u200b"
_TAB_OR_NEWLINE = {9: None, 10: None, 13: None}
_URL = re.compile(r"(https?):[/\\]{2,}([^/\\?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_PLAIN_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_PORT = re.compile(r":(\d{0,5})")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class UrlSpan:
    """An address in a text: ``text[start:end]`` is how it is written, ``url`` what it means, with its scheme."""

    start: int
    end: int
    url: str


@dataclass(slots=True)
class _Parts:
    """A taken-apart http(s) address. ``host`` is lower-case ASCII; ``port`` is empty for 80 and 443."""

    scheme: str
    userinfo: str
    host: str
    port: str
    path: str
    query: str | None
    fragment: str | None


def canonical_url(url: str) -> str | None:
    """The one spelling under which a page is known, or ``None`` when ``url`` is not a usable http(s) address.

    A key for comparison, always ``https`` and without ``www.``; it usually answers, but fetch and show the original.
    Idempotent. Two addresses with the same key are the same page by a rule of ``docs/identity.md``.
    """
    try:
        return _canonical(url)
    except UnicodeError:  # a text that no encoding takes; nothing known gets here, a stranger's text may
        return None


def unwrap(url: str) -> str:
    """The target of a known redirector's address (Google, Bing, Facebook, Reddit …), else ``url`` itself."""
    while (parts := _split(url)) is not None:
        parts.path = _plain_path(parts.path)
        target = _target(parts)
        if target is None:
            break
        url = target  # always shorter than what held it, so this ends
    return url


def is_web(url: str) -> bool:
    """Whether ``url`` is an http(s) address with a host and nothing that misleads: no controls, no spaces, no user."""
    parts = _split(url) if len(url) <= MAX_URL else None
    return parts is not None and not parts.userinfo and _clean(url) == url


def safe_url(url: str | None, base: str | None = None) -> str | None:
    """``url`` made absolute, fit to be stored and shown as a link, or ``None`` when it is no http(s) address.

    Controls and white space are removed or percent-encoded, a user name and password are dropped. At most
    :data:`MAX_URL` characters. ``base`` resolves a relative address.
    """
    if not url or len(url) > _MAX_INPUT:
        return None
    url = url.strip(_C0_AND_SPACE).translate(_TAB_OR_NEWLINE)
    if base and not _URL.match(url):
        try:
            url = urljoin(base, url)
        except ValueError:
            return None
    match = _URL.fullmatch(url)
    parts = _split(url)
    if match is None or parts is None:
        return None
    authority = match[2].rpartition("@")[2]
    if "%" in authority or not authority.isprintable() or any(map(str.isspace, authority)):
        authority = parts.host + (f":{parts.port}" if parts.port else "")
    rest = url[match.end(2) :].replace("\\", "/") if match[4] is None and match[5] is None else url[match.end(2) :]
    made = _clean(f"{match[1].lower()}://{authority}{rest}")
    return made if len(made) <= MAX_URL else None


def host_of(url: str) -> str | None:
    """The host of an http(s) address: lower-case, internationalised names as punycode, without port and root dot."""
    parts = _split(url)
    return parts.host if parts is not None else None


def same_site(host: str, domain: str) -> bool:
    """Whether ``host`` is ``domain`` or under it. Both as :func:`host_of` gives them."""
    return host == domain or (host.endswith(domain) and host[-len(domain) - 1] == "." and bool(domain))


# --- taking an address apart ------------------------------------------------------------------------------------------


def _clean(url: str) -> str:
    """``url`` with everything that does not print, and every space, percent-encoded."""
    if url.isascii() and url.isprintable() and " " not in url:
        return url
    url = _SURROGATE.sub("\ufffd", url)
    return "".join(c if c.isprintable() and not c.isspace() else quote(c) for c in url)


def _split(url: str) -> _Parts | None:
    """``url`` taken apart as a browser does it (WHATWG URL); ``None`` if it is not http(s) or has no possible host."""
    if len(url) > _MAX_INPUT:
        return None
    match = _URL.fullmatch(url.strip(_C0_AND_SPACE).translate(_TAB_OR_NEWLINE))
    if match is None:
        return None
    scheme, authority, path, query, fragment = match.groups()
    userinfo, _, hostport = authority.rpartition("@")
    port = ""
    if hostport.startswith("["):
        literal, bracket, tail = hostport[1:].partition("]")
        host = _ipv6(literal) if bracket else None
    else:
        name, colon, digits = hostport.partition(":")
        tail = colon + digits
        host = _host(name)
    if host is None:
        return None
    if tail:
        found = _PORT.fullmatch(tail)
        if found is None or not found[1].isascii() or int(found[1] or 0) > 65535:
            return None
        port = found[1].lstrip("0")
        if port in ("80", "443"):
            port = ""
    return _Parts(scheme.lower(), userinfo, host, port, path.replace("\\", "/"), query, fragment)


@lru_cache(maxsize=4096)
def _host(name: str) -> str | None:
    """``name`` as a DNS name in lower-case ASCII, or ``None``."""
    if len(name) > 1000:
        return None
    name = name.lower()
    if "%" in name:
        name = unquote_to_bytes(_SURROGATE.sub("\ufffd", name)).decode("utf-8", "replace").lower()
    if not name.isascii():
        # UTS #46 without its table: compatibility forms and case folded, ß and final sigma kept.
        name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).lower()).replace("。", ".")
        name = name.replace("\u00ad", "").replace("\u200b", "").replace("\ufeff", "").replace("\u2060", "")
        labels = [_ascii_label(label) for label in name.split(".")]
        if None in labels:
            return None
        name = ".".join(label for label in labels if label is not None)
    name = name.removesuffix(".")
    return name if len(name) <= 253 and _PLAIN_HOST.fullmatch(name) else None


def _ascii_label(label: str) -> str | None:
    if label.isascii():
        return label
    if len(label) > 63 or any(
        not (c == "-" or c == "_" or unicodedata.category(c)[0] in "LMN" or unicodedata.category(c) == "So")
        for c in label
    ):
        return None
    return "xn--" + label.encode("punycode").decode("ascii")


def _ipv6(literal: str) -> str | None:
    import ipaddress  # rare, and not worth its import time otherwise

    try:
        return f"[{ipaddress.IPv6Address(literal).compressed}]"
    except ValueError:
        return None


# --- one spelling -----------------------------------------------------------------------------------------------------

_PLAIN_PATH = re.compile(r"[A-Za-z0-9\-._~/!$'()*,:@&=+;]*")
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9\-._~/!$'()*,:@=+?]*")
#: Escapes that mean something else than the character itself.
_PATH_ESCAPES = re.compile(r"(%(?:2[35Ff]|3[BFbf]))")
_VALUE_ESCAPES = re.compile(r"(%(?:2[356Bb]|3[Bb]))")
_NAME_ESCAPES = re.compile(r"(%(?:2[356Bb]|3[BDbd]))")


#: Characters in one piece that are composed: CPython's normalisation is quadratic in a run of combining marks.
_COMPOSED = 1000


def _plain_text(text: str, keep: re.Pattern[str], safe: str) -> str:
    """``text`` with every needless escape undone and every needed one made, in capitals; the escapes ``keep`` stay."""
    pieces = keep.split(_SURROGATE.sub("\ufffd", text))
    for i, piece in enumerate(pieces):
        if i % 2:
            pieces[i] = piece.upper()
        elif piece:
            raw = unquote_to_bytes(piece)
            try:
                plain = raw.decode("utf-8")
                if not plain.isascii() and len(plain) <= _COMPOSED:
                    plain = unicodedata.normalize("NFC", plain)
                pieces[i] = quote(plain, safe=safe)
            except UnicodeDecodeError:
                pieces[i] = quote(raw, safe=safe)
    return "".join(pieces)


def _plain_path(path: str) -> str:
    """A path with its escapes and dot segments resolved (RFC 3986 sections 5.2.4 and 6.2.2) and no empty segment."""
    if not _PLAIN_PATH.fullmatch(path):
        path = _plain_text(path, _PATH_ESCAPES, "/:@!$&'()*+,=;~")
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


def _plain_params(query: str) -> list[tuple[str, str]]:
    """Names and values in order, each in its one spelling; a space is ``+``."""
    params = []
    for piece in query.replace("&amp;", "&").split("&"):
        name, _, value = piece.partition("=")
        name = name.removeprefix("amp;")
        if not _PLAIN_VALUE.fullmatch(name):
            name = _plain_text(name, _NAME_ESCAPES, "/:@!$'()*,+?~").replace("%20", "+")
        if not _PLAIN_VALUE.fullmatch(value):
            value = _plain_text(value, _VALUE_ESCAPES, "/:@!$'()*,+?=~").replace("%20", "+")
        if name or value:
            params.append((name, value))
    return params


#: Fragments that name one numbered comment or post on a page, or a page of an application that lives in fragments.
_ITEM_FRAGMENT = re.compile(
    r"(?:[a-z]*(?:comment|reply|post|message|msg|answer|review)|discussion_r|c_?|p|r|div-comment|gistcomment)[-_=/]?\d{3,}"
    r"|[a-z]*comment[-_]?\d+(?:_\d+)?|c_[0-9a-z]{6}|[!/].+"
)
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid|sessionid)=[^/;]*", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|xhtml|shtml|php\d?|aspx?|jsp|cfm)$", re.IGNORECASE)
_AMP_FILE = re.compile(r"(?:[./-]amp\.html?|\.amp)$", re.IGNORECASE)
_SLUG = re.compile(r".*[-_.0-9%].*")
_TWO_PART_SUFFIX = re.compile(
    r"(?:com?|org|net|ac|gov|edu|or|ne|go|gob|nom|mil|ltd|plc|me|sch|asn|id|in|web)\.[a-z]{2}"
)


def _canonical(url: str) -> str | None:
    while True:
        parts = _split(url)
        if parts is None:
            return None
        parts.path = _plain_path(parts.path)
        target = _target(parts)
        if target is None:
            break
        url = target
    params = _plain_params(parts.query) if parts.query else []
    fragment = parts.fragment
    if fragment:
        fragment = _plain_text(fragment.partition(":~:")[0], _PATH_ESCAPES, "/:@!$&'()*+,=;?~")
        if not _ITEM_FRAGMENT.fullmatch(fragment):
            fragment = None
    host = _plain_host(parts.host)
    path = _plain_page(parts.path)
    if params:
        params = [param for param in params if not _is_tracking(host, *param)]
    host, path, params, fragment = _site(host, path, params, fragment)
    params.sort(key=lambda param: param[0])
    made = f"https://{host}{':' + parts.port if parts.port else ''}{path}"
    if params:
        made += "?" + "&".join(f"{name}={value}" if value else name for name, value in params)
    if fragment:
        made += "#" + fragment
    return made if len(made) <= MAX_URL else None


def _plain_host(host: str) -> str:
    """``host`` without ``www.``, ``m.``, ``mobile.``, ``amp.`` where those are only another dress of the same site."""
    while True:
        first, _, rest = host.partition(".")
        if "." not in rest or _TWO_PART_SUFFIX.fullmatch(rest):
            return host
        if first == "www" or (first in ("m", "mobile", "amp") and rest not in rules.TENANT_HOSTS):
            host = rest
        else:
            break
    if ".m.wik" in host:  # en.m.wikipedia.org
        host = host.replace(".m.wik", ".wik", 1)
    if ".blogspot." in host:  # the same blog answers under every country
        host = host[: host.index(".blogspot.")] + ".blogspot.com"
    return host


def _plain_page(path: str) -> str:
    """``path`` without session, index file, AMP marks and last slash."""
    if ";" in path:
        path = _SESSION.sub("", path)
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


def _is_tracking(host: str, name: str, value: str) -> bool:
    lower = name.lower()
    if lower in rules.TRACKING or lower.startswith(rules.TRACKING_PREFIXES):
        return True
    pattern = rules.TRACKING_VALUES.get(lower)
    if pattern is not None and pattern.fullmatch(value):
        return True
    if lower in rules.REFERRERS and "git" not in host and not host.startswith("codeberg."):
        plain = value.lower().rstrip("/")
        if plain in rules.CHANNELS or (
            "." in plain and plain.rpartition(".")[2] in TLDS and _PLAIN_HOST.fullmatch(plain)
        ):
            return True
    while "." in host:
        if lower in rules.SITE_TRACKING.get(host, ()):
            return True
        host = host.partition(".")[2]
    return False


# --- sites that spell one page many ways ------------------------------------------------------------------------------

_Page = tuple[str, str, list[tuple[str, str]], str | None]
_REDDIT = re.compile(
    r"/(?:(?:r|u|user)/[^/]+/)?(?:comments|gallery)/([0-9a-z]{1,13})(?:/[^/]*(?:/([0-9a-z]{1,13}))?)?", re.I
)
_X_STATUS = re.compile(r"/(?:[^/]+|i/web)/status(?:es)?/(\d{1,20})(?:/.*)?")
_YOUTUBE_ID = re.compile(r"/(?:shorts|embed|live|v|e)/([\w-]{11})", re.ASCII)
_AMAZON = re.compile(
    r"(?:/.*)?/(?:dp|gp/product|gp/aw/d|product-reviews|exec/obidos/asin)/([A-Z0-9]{10})(?:/.*)?", re.I
)
_MEDIUM = re.compile(r"/(?:[^/]+/)?(?:[^/]*-)?([0-9a-f]{10,12})", re.ASCII)
_STACK = re.compile(r"/(questions|q|a)/(\d+)(?:/[^/]*(?:/(\d+))?)?")
_LOBSTERS = re.compile(r"/s/([0-9a-z]{6})(?:/[^/]*)?")
_TELEGRAM = re.compile(r"/(?:s/)?([A-Za-z]\w{3,31})/(\d+)", re.ASCII)
_INSTAGRAM = re.compile(r"/(?:[\w.]+/)?(?:p|reel|reels|tv)/([\w-]+)", re.ASCII)
#: Software that runs on any host, known by the shape of its addresses.
_MASTODON = re.compile(r"/users/([\w.-]+)/statuses/(\d{5,20})", re.ASCII)
_DISCOURSE = re.compile(r"/t/[^/]+/\d+(?:/\d+)?")
_GOOGLE_NEWS = re.compile(r"/(?:rss/|__i/rss/rd/)?(?:articles|read)/([\w-]+)", re.ASCII)


def _site(host: str, path: str, params: list[tuple[str, str]], fragment: str | None) -> _Page:
    """The page's own identity on the sites that are shared most; everything else as it is."""
    if host.endswith("redd.it") or same_site(host, "reddit.com"):
        return _reddit(host, path, params, fragment)
    if host in rules.X_MIRRORS or host.startswith("nitter."):
        if found := _X_STATUS.fullmatch(path):
            return "x.com", f"/i/status/{found[1]}", [], None
        if host == "twitter.com":
            host = "x.com"
    elif host in ("youtube.com", "youtu.be", "youtube-nocookie.com", "music.youtube.com"):
        return _youtube(host, path, params, fragment)
    elif host == "news.ycombinator.com" and path == "/item":
        return host, path, [param for param in params if param[0] == "id"], None
    elif host.startswith("amazon.") and (found := _AMAZON.fullmatch(path)):
        return host, f"/dp/{found[1].upper()}", [], None
    elif same_site(host, "medium.com") and (found := _MEDIUM.fullmatch(path)):
        return "medium.com", f"/p/{found[1]}", params, fragment
    elif host in rules.STACK_EXCHANGE or host.endswith(".stackexchange.com"):
        if found := _STACK.fullmatch(path):
            comment = fragment if fragment and fragment.startswith("comment") else None
            answer = found[2] if found[1] == "a" else found[3]
            return host, f"/a/{answer}" if answer and found[1] != "q" else f"/questions/{found[2]}", [], comment
    elif host == "news.google.com" and (found := _GOOGLE_NEWS.fullmatch(path)):
        return host, f"/rss/articles/{found[1]}", [], None
    elif host.endswith((".wikipedia.org", ".wiktionary.org", ".wikinews.org")):
        titles = [value for name, value in params if name == "title"]
        if path == "/w" and len(params) == len(titles) == 1 and "%" not in titles[0]:
            return host, "/wiki/" + titles[0].replace("+", "_"), [], fragment
    elif host.endswith(".blogspot.com"):
        params = [param for param in params if param != ("m", "1") and param != ("m", "0")]
    elif host == "lobste.rs" and (found := _LOBSTERS.fullmatch(path)):
        return host, f"/s/{found[1]}", [], fragment
    elif host in ("t.me", "telegram.me") and (found := _TELEGRAM.fullmatch(path)):
        return "t.me", f"/{found[1]}/{found[2]}", [param for param in params if param[0] == "comment"], None
    elif host in ("threads.net", "threads.com"):
        host = "threads.com"
    elif host == "instagram.com" and (found := _INSTAGRAM.fullmatch(path)):
        return host, f"/p/{found[1]}", [], None
    elif found := _MASTODON.fullmatch(path):
        return host, f"/@{found[1]}/{found[2]}", params, fragment
    elif _DISCOURSE.fullmatch(path):
        return host, path, [param for param in params if param[0] != "u"], fragment
    return host, path, params, fragment


def _reddit(host: str, path: str, params: list[tuple[str, str]], fragment: str | None) -> _Page:
    if host == "redd.it" and (found := re.fullmatch(r"/([0-9a-z]{1,13})", path, re.IGNORECASE)):
        return "reddit.com", f"/comments/{found[1].lower()}", [], None
    if host in ("i.redd.it", "v.redd.it", "preview.redd.it") or not same_site(host, "reddit.com"):
        return host, path, params, fragment
    if host in {f"{face}.reddit.com" for face in ("old", "new", "np", "i", "sh", "pay", "ssl", "en", "de", "fr")}:
        host = "reddit.com"
    if found := _REDDIT.fullmatch(path):
        comment = f"/_/{found[2].lower()}" if found[2] else ""
        return "reddit.com", f"/comments/{found[1].lower()}{comment}", [], None
    return host, path, params, fragment


def _youtube(host: str, path: str, params: list[tuple[str, str]], fragment: str | None) -> _Page:
    video: str | None = None
    if host == "youtu.be":
        video = path[1:] if re.fullmatch(r"/[\w-]{11}", path, re.ASCII) else None
    elif found := _YOUTUBE_ID.fullmatch(path):
        video = found[1]
    elif path == "/watch":
        video = next((value for name, value in params if name == "v"), None)
    if video:
        # lc names one comment; time, list and the rest choose how the same video is played
        comment = [param for param in params if param[0] == "lc"][:1]
        return "youtube.com", "/watch", [("v", video), *comment], None
    plays = ("si", "feature", "pp", "ab_channel", "app")
    return host, path, [param for param in params if param[0] not in plays], fragment


# --- redirectors ------------------------------------------------------------------------------------------------------

_GOOGLE = re.compile(r"(?:(?:www|news|plus|m|images)\.)?google\.(?:com?\.)?[a-z]{2,3}")
_UNENCODED = re.compile(r"(?:^|&)(?:url|q|u)=(https?:/)", re.IGNORECASE)


def _target(parts: _Parts) -> str | None:
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
    return found if found is not None and _split(found) is not None else None


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


def _google_target(parts: _Parts, query: str) -> str | None:
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
    if parts.host == "news.google.com" and (found := _GOOGLE_NEWS.fullmatch(parts.path)):
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


# --- addresses in running text ----------------------------------------------------------------------------------------

_DOT = r"(?:\.|．|\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\))"
_LABEL = r"[\w-]{1,63}+"
#: Every part is possessive or bounded, and a bare host starts only where no longer one could have: linear.
_START = re.compile(
    rf"(?P<scheme>h(?:tt|xx)ps?\[?:\]?//)(?:[^\s/?#<>\"@]{{1,256}}+@)?"
    rf"(?P<host>(?:{_LABEL}(?:{_DOT}{_LABEL})*+|\[[0-9a-f:.]{{2,45}}\]))(?P<port>:\d{{1,5}})?"
    rf"|(?<![\w@.\-/\\#$=&%+~])(?P<bare>{_LABEL}(?:{_DOT}{_LABEL})++)(?P<bareport>:\d{{1,5}}(?!\d))?(?!@)",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"[/?#][^\s<>\"\x00-\x1f\x7f-\x9f“”„«»‹›…（）［］｛｝【】「」『』《》〈〉、。，；：！？|^`{}\\]{0,4096}+"
)
_DEFANGED = re.compile(r"[\[({](?:\.|dot)[\])}]|．", re.IGNORECASE)
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
    while (found := _START.search(text, at)) is not None:
        at = found.end()
        span = _with_scheme(text, found) if found["scheme"] else _bare(text, found)
        if span is not None:
            spans.append(span)
            at = max(span.end, found.start() + 1)
    return tuple(spans)


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
    written = found["bare"]
    kept = _host_part(written)
    # In "请访问acme.com" the words before the name are not part of it: a label does not change script to Latin.
    first = re.match(r"[\w-]*[^\x00-\x7f](?=[A-Za-z0-9])", kept)
    skipped = first.end() if first and _unspaced(kept[first.end() - 1]) else 0
    name = _DEFANGED.sub(".", kept[skipped:])
    host = _host(name)
    if host is None or "." not in host:
        return None
    suffix = name.rstrip(".").rpartition(".")[2]
    if host.rpartition(".")[2] not in TLDS or (
        suffix.istitle() and len(suffix) > 1 and suffix.isascii() and suffix not in _CAPITALISED
    ):
        return None
    if not any(c.isalpha() for c in name[: -len(suffix)]):
        return None
    whole = kept == written
    end = found.end() if whole else found.start() + len(kept)
    return _span(text, found.start() + skipped, end, "https://" + name, found["bareport"] if whole else "", whole)


def _host_part(written: str) -> str:
    """``written`` up to where its last label leaves Latin letters: ``acme.com的`` ends with ``com``."""
    if written.isascii():
        return written.rstrip("-_")
    last = max(written.rfind(mark) for mark in ".])}．") + 1
    latin = re.match(r"[A-Za-z0-9-]+(?=[^\x00-\x7f])", written[last:])
    return written[: last + latin.end()] if latin else written.rstrip("-_")


def _unspaced(character: str) -> bool:
    """Whether ``character`` is of a script that is written without spaces between words."""
    return (
        "\u0e00" <= character <= "\u0eff"
        or "\u1000" <= character <= "\u109f"
        or "\u1780" <= character <= "\u17ff"
        or ("\u2e80" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7af" or character >= "\U00020000")
    )


def _span(text: str, start: int, end: int, head: str, port: str | None, more: bool) -> UrlSpan | None:
    rest = _BODY.match(text, end) if more else None
    body = rest[0] if rest else ""
    cut = len(body)
    counts = {mark: body.count(mark) for mark in "()[]"}
    while cut:
        last = body[cut - 1]
        if last in _BRACKETS and counts[last] > counts[_BRACKETS[last]]:
            counts[last] -= 1
        elif last not in _ENDING:
            break
        cut -= 1
    return UrlSpan(start, end + cut, head + (port or "") + body[:cut])


# --- for logs and messages --------------------------------------------------------------------------------------------

_SECRET_NAME = re.compile(
    r"(?:^|[-_.])(?:\w*token|key|\w*apikey|\w*secret|pass(?:word|wd|phrase)?|pwd|auth\w*|sig|signature|jwt|credentials?"
    r"|session\w*|sid|code|hash|hmac|feed|sso|otp|pin|bearer|user|login|email|e-?mail)$",
    re.IGNORECASE,
)
_RANDOM = re.compile(r"(?=[^/]*[0-9])(?=[^/]*[A-Za-z])[A-Za-z0-9_~.+=:-]{24,}")
_PAIR = re.compile(r"([?&#;])([^=&#;?]{1,128})=([^&#]*)")


def redact(url: str) -> str:
    """``url`` fit for an error message or a log: no user, no password, no value that is or looks like a secret.

    Values of parameters named like a secret, and anything of 24 random-looking characters or more in a query or path,
    become ``***``. What is no address is cut to 200 printable characters.
    """
    if _split(url) is None:
        return _clean(url[:200]) if "@" not in url and "=" not in url else "***"
    url = _clean(url.strip(_C0_AND_SPACE).translate(_TAB_OR_NEWLINE))[:_MAX_INPUT]
    match = _URL.fullmatch(url)
    if match is None:
        return "***"
    authority = match[2].rpartition("@")[2]
    path = "/".join("***" if _looks_random(segment) else segment for segment in match[3].split("/"))
    tail = _PAIR.sub(_hide, url[match.end(3) :])
    return f"{match[1].lower()}://{authority}{path}{tail}"


def _hide(pair: re.Match[str]) -> str:
    mark, name, value = pair.groups()
    secret = value and (_SECRET_NAME.search(name) or _looks_random(value))
    return f"{mark}{name}={'***' if secret else value}"


def _looks_random(text: str) -> bool:
    """A token: long, letters and digits mixed, not words joined by hyphens."""
    if not _RANDOM.fullmatch(text):
        return False
    return max(map(len, re.split(r"[-_.]", text))) >= 16 or ":" in text
