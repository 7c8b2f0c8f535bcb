"""What an alert service found, out of the mail it sends: Google Alerts, and others in the form they have in common.

Google marks each result up (schema.org's Article with name, publisher, description); there nothing is guessed. What
the others have in common is a linked headline, words under it, and links of the service's own around them. Tags are
found by one regular expression that looks at each character a bounded number of times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from urllib.parse import parse_qsl, urlsplit

from mentionwatch.sources.platforms._mail_parser import ParsedMail
from mentionwatch.text import clean, one_line, plain_from_html, unescape
from mentionwatch.urls import canonical_url, host_of, safe_url, same_site, unwrap

#: Who sends alerts: an address, or a domain.
ALERT_SENDERS = ("googlealerts-noreply@google.com", "scholaralerts-noreply@google.com", "talkwalker.com", "f5bot.com")
#: Results of one mail: Google's longest digest has 100.
_MOST = 300
#: Beginnings and ends of links that are looked at.
_MOST_LINKS = 6_000
_SNIPPET, _TITLE = 2_000, 500
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]{0,40})((?=[\s/>])[^<>]{0,8000})>")
_ATTRIBUTE = re.compile(r"([a-z-]{1,30})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_ARTICLE = re.compile(r"""itemtype\s*=\s*["']?https?://schema\.org/(?:News)?Article\b""", re.IGNORECASE)
#: The only addresses of Google's own that lead to a result.
_GOOGLE_RESULTS = ("/url", "/scholar_url")
#: Where a link shares a page and is none.
_SHARERS = frozenset(
    (
        "facebook.com",
        "twitter.com",
        "x.com",
        "linkedin.com",
        "api.whatsapp.com",
        "t.me",
        "pinterest.com",
        "getpocket.com",
    )
)
_SHARING = re.compile(r"/(?:sharer|share|intent|shareArticle|sharing|save|pin/create)\b", re.IGNORECASE)
#: A host that sends mail for the domain under it.
_MAILING = re.compile(r"(?:e?mail|e|em|mg|m|news|newsletters?|alerts?|notifications?|notify|info|updates?|send|go)\.")
_ENDS = re.compile(r"[ \t]*\n[ \t\n]*")
_PLAIN_LINK = re.compile(r"<(https?://[^<>\s]{1,4000})>")


@dataclass(frozen=True, slots=True)
class Result:
    """One thing an alert found; its texts are plain and clean."""

    url: str
    title: str
    text: str = ""
    publisher: str | None = None


def is_alert(letter: ParsedMail) -> bool:
    """Whether a mail is known to be an alert: by its sender, or by Google's own marks in it."""
    domain = letter.address.partition("@")[2]
    known = any(letter.address == one or ("@" not in one and same_site(domain, one)) for one in ALERT_SENDERS)
    return known or _ARTICLE.search(letter.html) is not None


def results(letter: ParsedMail) -> tuple[Result, ...]:
    """What the mail's service found, in its order, each address once; none where its form is not known."""
    found = [*_marked(letter.html)] or [*_linked(letter)] or [*_written(letter)]
    once: dict[str, Result] = {}
    for result in found:
        once.setdefault(canonical_url(result.url) or result.url, result)
    return tuple(once.values())[:_MOST]


# --- marked up --------------------------------------------------------------------------------------------------------


def _marked(html: str) -> Iterator[Result]:
    """schema.org's articles."""
    starts = [found.start() for found in _ARTICLE.finditer(html)][: _MOST + 1]
    for begin, end in pairwise([*starts, len(html)]):
        block = html[begin : min(end, begin + 60_000)]
        tags = [*_TAG.finditer(block)]
        link = next((tag for tag in tags if _attributes(tag).get("itemprop") == "url"), None)
        url = _target(_attributes(link).get("href", ""), "google.com") if link else None
        title = one_line(_content(block, tags, "name"), _TITLE)
        if url is None or not title:
            continue
        publisher = _property(block, tags, "publisher")
        yield Result(url, title, _joined(_content(block, tags, "description")), one_line(publisher, 100) or None)


def _attributes(tag: re.Match[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag[3]):
        found.setdefault(name.lower(), unescape(double or single or bare))
    return found


def _property(block: str, tags: list[re.Match[str]], name: str) -> str:
    """The text of a property that is a thing with a name."""
    start = next((n for n, tag in enumerate(tags) if _attributes(tag).get("itemprop") == name), None)
    return "" if start is None else _content(block, tags[start + 1 :], "name") or _text_of(block, tags, start)


def _content(block: str, tags: list[re.Match[str]], name: str) -> str:
    start = next((n for n, tag in enumerate(tags) if _attributes(tag).get("itemprop") == name), None)
    return "" if start is None else _text_of(block, tags, start)


def _text_of(block: str, tags: list[re.Match[str]], start: int) -> str:
    """What stands between a tag and its end."""
    opened, depth = tags[start], 1
    for tag in tags[start + 1 :]:
        if tag[2].lower() == opened[2].lower():
            depth += -1 if tag[1] else 1
        if depth == 0:
            return plain_from_html(block[opened.end() : tag.start()]).text
    return ""


# --- linked headlines -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Heading:
    """A link that may be a result, while what follows it is read."""

    url: str
    title: str = ""
    words: list[str] = field(default_factory=list)
    publisher: str | None = None
    closed: bool = False


def _linked(letter: ParsedMail) -> Iterator[Result]:
    """Headlines that link away from the service, and the words under them up to its next own link."""
    own = _own_site(letter.address)
    headings: dict[str, _Heading] = {}
    current: _Heading | None = None
    for href, words in _runs(letter.html):
        if href is None:
            if current is not None and not current.closed:
                current.words.append(words)
            continue
        url, label = _target(href, own), one_line(words, _TITLE)
        if url is None:
            if current is not None:
                current.closed = True
            continue
        if current is not None and host_of(url) == host_of(current.url) and url != current.url and _is_home(url):
            current.publisher = label or None
            continue
        current = headings.setdefault(url, _Heading(url))
        # The picture, the headline and "read more" lead to the same page: the longest label is the headline.
        if len(label) > len(current.title):
            current.title = label
            current.words.clear()
    for heading in headings.values():
        if re.search(r"\w\W*\w", heading.title):
            said = _joined(" ".join(heading.words))
            yield Result(heading.url, heading.title, said, heading.publisher)


def _runs(html: str) -> Iterator[tuple[str | None, str]]:
    """Text outside links (``None``) and links with their text, in order."""
    at, href, begin = 0, None, 0
    links = (tag for tag in _TAG.finditer(html) if tag[2].lower() == "a")
    for tag in islice(links, _MOST_LINKS):
        if href is None and not tag[1]:
            target = _attributes(tag).get("href")
            if target is None:
                continue
            yield None, plain_from_html(html[at : tag.start()]).text
            href, begin = target, tag.end()
        elif href is not None:
            yield href, plain_from_html(html[begin : tag.start()]).text
            at = tag.end() if tag[1] else tag.start()
            href = None if tag[1] else _attributes(tag).get("href")
            begin = tag.end()
    yield None, plain_from_html(html[at:]).text if href is None else ""


def _target(href: str, own: str) -> str | None:
    """Where a link of a result leads; ``None`` for the service's own links, for sharing and for what is no address."""
    host = host_of(href)
    if host is None:
        return None
    try:
        parts = urlsplit(href)
    except ValueError:  # brackets where none belong
        return None
    if re.fullmatch(r"(?:[a-z]+\.)?google\.(?:com?\.)?[a-z]{2,3}", host) and parts.path not in _GOOGLE_RESULTS:
        return None
    url = safe_url(unwrap(href))
    if url is not None and same_site(host_of(url) or "", own):
        inner = (value for _, value in parse_qsl(parts.query[:8_000])[:30] if value.startswith(("http://", "https://")))
        url = next((found for value in inner if (found := safe_url(unwrap(value)))), None)
    target = host_of(url) if url else None
    if url is None or target is None or same_site(target, own):
        return None
    shares = any(same_site(target, sharer) for sharer in _SHARERS) and _SHARING.search(urlsplit(url).path)
    return None if shares else url


def _own_site(address: str) -> str:
    """The site a sender's address belongs to: ``talkwalker.com`` of ``alerts@mail.talkwalker.com``."""
    return _MAILING.sub("", address.partition("@")[2], count=1) or "invalid"


def _is_home(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _joined(text: str) -> str:
    return _ENDS.sub("\n", text).strip()[:_SNIPPET].strip()


# --- plain text -------------------------------------------------------------------------------------------------------


def _written(letter: ParsedMail) -> Iterator[Result]:
    """Blocks of a plain text that end in an address of a result: a headline, then what is said."""
    own = _own_site(letter.address)
    for block in re.split(r"\n\s*\n", letter.plain.replace("\r\n", "\n")[:1_000_000]):
        link = _PLAIN_LINK.search(block)
        url = _target(link[1], own) if link else None
        if link is None or url is None:
            continue
        lines = [line for line in clean(block[: link.start()]).split("\n") if line.strip()]
        if lines:
            yield Result(url, one_line(lines[0], _TITLE), _joined("\n".join(lines[1:])))
