"""Sites that spell one page many ways, and what names the page there."""

from __future__ import annotations

import re

from mentionwatch.urls import rules
from mentionwatch.urls.parts import same_site

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
GOOGLE_NEWS = re.compile(r"/(?:rss/|__i/rss/rd/)?(?:articles|read)/([\w-]+)", re.ASCII)


def page_on_site(host: str, path: str, params: list[tuple[str, str]], fragment: str | None) -> _Page:
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
    elif host == "news.google.com" and (found := GOOGLE_NEWS.fullmatch(path)):
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
