"""An address taken apart as a browser does it, put together safely, and its host compared."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes, urljoin

#: Characters of the longest address that is kept; browsers and servers differ above some 2,000 to 8,000.
MAX_URL = 4096
#: Characters that are looked at: a redirector's address holds its target escaped, and so may be longer.
MAX_INPUT = 4 * MAX_URL

C0_AND_SPACE = "".join(map(chr, range(0x21))) + "\x7f\u00a0\u2028\u2029\u3000\ufeff\u200b"
TAB_OR_NEWLINE = {9: None, 10: None, 13: None}
URL = re.compile(r"(https?):[/\\]{2,}([^/\\?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
PLAIN_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
#: What a label may hold beside letters, digits, marks and hyphens, and where (RFC 5892, appendix A): the Catalan dot,
#: joiners within Indic and Persian words, Hebrew geresh and gershayim, the Japanese dot.
JOINERS = re.compile(
    r"(?<=l)\u00b7(?=l)|(?<=[^\x00-\u05ff])[\u200c\u200d](?=[^\x00-\u05ff])|(?<=[\u05d0-\u05ea])[\u05f3\u05f4]"
    r"|(?<=[\u3040-\u9fff])\u30fb(?=[\u3040-\u9fff])",
    re.IGNORECASE,
)
_PORT = re.compile(r":(\d{0,5})")
SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(slots=True)
class UrlParts:
    """A taken-apart http(s) address. ``host`` is lower-case ASCII; ``port`` is empty for 80 and 443."""

    scheme: str
    userinfo: str
    host: str
    port: str
    path: str
    query: str | None
    fragment: str | None

    def address(self) -> str:
        """The parts put together, without the user."""
        made = f"{self.scheme}://{self.host}{':' + self.port if self.port else ''}{self.path}"
        if self.query is not None:
            made += "?" + self.query
        return made if self.fragment is None else f"{made}#{self.fragment}"


def is_web(url: str) -> bool:
    """Whether ``url`` is an http(s) address with a host and nothing that misleads: no controls, no spaces, no user."""
    parts = parse_url(url) if len(url) <= MAX_URL else None
    return parts is not None and not parts.userinfo and printable(url) == url


def safe_url(url: str | None, base: str | None = None) -> str | None:
    """``url`` made absolute, fit to be stored and shown as a link, or ``None`` when it is no http(s) address.

    Controls and white space are removed or percent-encoded, a user name and password are dropped. At most
    :data:`MAX_URL` characters. ``base`` resolves a relative address.
    """
    if not url or len(url) > MAX_INPUT:
        return None
    if len(url) <= MAX_URL and _AS_IT_IS.fullmatch(url):
        return url
    url = trimmed(url)
    if base and not URL.match(url):
        try:
            url = urljoin(base, url)
        except ValueError:
            return None
    match = URL.fullmatch(url)
    parts = parse_url(url)
    if match is None or parts is None:
        return None
    authority = match[2].rpartition("@")[2]
    if "%" in authority or not authority.isprintable() or any(map(str.isspace, authority)):
        authority = parts.host + (f":{parts.port}" if parts.port else "")
    rest = url[match.end(2) :].replace("\\", "/") if match[4] is None and match[5] is None else url[match.end(2) :]
    made = printable(f"{match[1].lower()}://{authority}{rest}")
    return made if len(made) <= MAX_URL else None


def host_of(url: str) -> str | None:
    """The host of an http(s) address: lower-case, internationalised names as punycode, without port and root dot."""
    parts = parse_url(url)
    return parts.host if parts is not None else None


def same_site(host: str, domain: str) -> bool:
    """Whether ``host`` is ``domain`` or under it. Both as :func:`host_of` gives them."""
    return host == domain or (host.endswith(domain) and host[-len(domain) - 1] == "." and bool(domain))


def printable(url: str) -> str:
    """``url`` with everything that does not print, and every space, percent-encoded."""
    if url.isascii() and url.isprintable() and " " not in url:
        return url
    url = SURROGATE.sub("\ufffd", url)
    return "".join(c if c.isprintable() and not c.isspace() else quote(c) for c in url)


#: What nearly every address looks like: nothing of it needs to be changed.
_AS_IT_IS = re.compile(r"https?://[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){1,3}(?:[/?#][!-\[\]-~]*)?")


def trimmed(url: str) -> str:
    """``url`` without what a browser drops: white space and controls around it, tabs and line breaks within."""
    if url.isascii() and url.isprintable() and url[:1] != " " and url[-1:] != " ":
        return url  # most are, and looking is ten times quicker than translating
    return url.strip(C0_AND_SPACE).translate(TAB_OR_NEWLINE)


def parse_url(url: str) -> UrlParts | None:
    """``url`` taken apart as a browser does it (WHATWG URL); ``None`` if it is not http(s) or has no possible host."""
    if len(url) > MAX_INPUT:
        return None
    match = URL.fullmatch(trimmed(url))
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
        host = ascii_host(name)
    if host is None:
        return None
    if tail:
        found = _PORT.fullmatch(tail)
        if found is None or not found[1].isascii() or int(found[1] or 0) > 65535:
            return None
        port = found[1].lstrip("0")
        if port in ("80", "443"):
            port = ""
    return UrlParts(scheme.lower(), userinfo, host, port, path.replace("\\", "/"), query, fragment)


@lru_cache(maxsize=4096)
def ascii_host(name: str) -> str | None:
    """``name`` as a DNS name in lower-case ASCII, or ``None``."""
    if len(name) > 1000:
        return None
    name = name.lower()
    if "%" in name:
        name = unquote_to_bytes(SURROGATE.sub("\ufffd", name)).decode("utf-8", "replace").lower()
    if not name.isascii():
        # UTS #46 without its table: compatibility forms and case folded, ß and final sigma kept.
        name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).lower()).replace("。", ".")
        name = name.replace("\u00ad", "").replace("\u200b", "").replace("\ufeff", "").replace("\u2060", "")
        labels = [_ascii_label(label) for label in name.split(".")]
        if None in labels:
            return None
        name = ".".join(label for label in labels if label is not None)
    name = name.removesuffix(".")
    return name if len(name) <= 253 and PLAIN_HOST.fullmatch(name) else None


def unicode_host(host: str) -> str:
    """A host in lower-case ASCII as people write it: each ``xn--`` label in its own script, where it is valid."""
    return ".".join(map(_unicode_label, host.split("."))) if "xn--" in host else host


def _unicode_label(label: str) -> str:
    if label.startswith("xn--"):
        with suppress(UnicodeError):
            return label.removeprefix("xn--").encode("ascii").decode("punycode")
    return label


def _ascii_label(label: str) -> str | None:
    if label.isascii():
        return label
    if len(label) > 63 or any(
        not (c == "-" or c == "_" or unicodedata.category(c)[0] in "LMN" or unicodedata.category(c) == "So")
        for c in JOINERS.sub("", label)
    ):
        return None
    return "xn--" + label.encode("punycode").decode("ascii")


def _ipv6(literal: str) -> str | None:
    import ipaddress  # rare, and not worth its import time otherwise

    try:
        return f"[{ipaddress.IPv6Address(literal).compressed}]"
    except ValueError:
        return None
