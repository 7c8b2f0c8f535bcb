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
_MASTODON = re.compile(
    r"/(?:users/([\w.-]+)/statuses|@([\w.-]+)/statuses|(?:web|deck)/@([\w.-]+(?:@[\w.-]+)?)|@([\w.-]+(?:@[\w.-]+)?))"
    r"/(\d{5,20}|[0-9A-HJKMNP-TV-Z]{26})(?:/(?:activity|embed))?",
    re.ASCII,
)
_PEERTUBE = re.compile(r"/(?:videos/watch|videos/embed|w)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_SUBSTACK_NAME = re.compile(r"/pub/([\w-]+)/(p/[\w-]+)(?:/)?", re.ASCII)
_SUBSTACK_POST = re.compile(r"/(?:@[\w.-]+|home|inbox)/(?:post/)?p?-?(\d{5,})", re.ASCII)
_SUBSTACK_NOTE = re.compile(r"/(?:@[\w.-]+|profile/[\w.-]+)/note/(c-\d+)", re.ASCII)
_LINKEDIN_POST = re.compile(
    r"/posts/[^/]*?[-_](activity|share|ugcpost)-(\d{8,20})(?:-[\w-]{1,10})?", re.IGNORECASE | re.ASCII
)
_LINKEDIN_URN = re.compile(
    r"(?:/embed)?/feed/update/(?:urn(?::|%3A)li(?::|%3A))(activity|share|ugcpost)(?::|%3A)(\d{8,20})", re.IGNORECASE
)
_LINKEDIN_JOB = re.compile(r"/jobs/view/(?:[^/]*-)?(\d{6,})", re.ASCII)
_LINKEDIN_DRESS = re.compile(r"(?:[a-z]{2}|www)\.linkedin\.com")
_AT_POST = re.compile(r"at://([\w.:%-]{3,253})/app\.bsky\.feed\.post/([\w.~:-]{1,512})/?", re.ASCII)
_DISCOURSE = re.compile(r"/t/[^/]+/\d+(?:/\d+)?")
GOOGLE_NEWS = re.compile(r"/(?:rss/|__i/rss/rd/)?(?:articles|read)/([\w-]+)", re.ASCII)


def page_of_record(url: str) -> str:
    """The page of a post that is named by its record (``at://did:plc:…/app.bsky.feed.post/…``); all else as it is."""
    if not url.startswith("at://"):
        return url
    found = _AT_POST.fullmatch(url)
    return f"https://bsky.app/profile/{found[1]}/post/{found[2]}" if found else url


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
    elif same_site(host, "substack.com"):
        return _substack(host, path, params, fragment)
    elif same_site(host, "linkedin.com"):
        return _linkedin(host, path, params, fragment)
    elif host in rules.BLUESKY_MIRRORS:
        head, _, rest = path.removeprefix("/profile/").partition("/")
        return "bsky.app", f"/profile/{head.lower()}/{rest}" if rest else path, params, fragment
    elif found := _MASTODON.fullmatch(path):
        return host, f"/@{found[1] or found[2] or found[3] or found[4]}/{found[5]}", params, fragment
    elif found := _PEERTUBE.fullmatch(path):
        return host, f"/w/{found[1]}", [param for param in params if param[0] == "threadId"], fragment
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


def _substack(host: str, path: str, params: list[tuple[str, str]], fragment: str | None) -> _Page:
    """A newsletter's post by its name, in the reader and in the newsletter; the reader's own numbers stay numbers."""
    if host == "open.substack.com" and (found := _SUBSTACK_NAME.fullmatch(path)):
        return f"{found[1].lower()}.substack.com", f"/{found[2]}", params, fragment
    if host in ("substack.com", "open.substack.com"):
        if found := _SUBSTACK_NOTE.fullmatch(path):
            return "substack.com", f"/note/{found[1]}", [], fragment
        if found := _SUBSTACK_POST.fullmatch(path):
            return "substack.com", f"/home/post/p-{found[1]}", [], fragment
    return host, path, params, fragment


def _linkedin(host: str, path: str, params: list[tuple[str, str]], fragment: str | None) -> _Page:
    """A post by its number, whatever of its words stands beside it; a comment stays a comment."""
    if _LINKEDIN_DRESS.fullmatch(host):
        host = "linkedin.com"
    if found := _LINKEDIN_POST.fullmatch(path) or _LINKEDIN_URN.fullmatch(path):
        comment = [param for param in params if param[0].lower() in ("commenturn", "dashcommenturn", "replyurn")]
        return host, f"/feed/update/urn:li:{found[1].lower()}:{found[2]}", comment, None
    if found := _LINKEDIN_JOB.fullmatch(path):
        return host, f"/jobs/view/{found[1]}", [], None
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
