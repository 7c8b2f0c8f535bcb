"""Addresses fit for error messages and logs."""

from __future__ import annotations

import re

from mentionwatch.urls.parts import C0_AND_SPACE, MAX_INPUT, TAB_OR_NEWLINE, URL, parse_url, printable

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
    if parse_url(url) is None:
        if "@" in url or "=" in url:
            return "***"
        return "".join(c if c.isprintable() else "\ufffd" for c in url[:200])
    url = printable(url.strip(C0_AND_SPACE).translate(TAB_OR_NEWLINE))[:MAX_INPUT]
    match = URL.fullmatch(url)
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
