"""robots.txt (RFC 9309): whether a page that is made for people may be read by a program.

Asked before pages alone: an API or a feed is offered to programs, and has terms of its own. What one run has learned
of a site holds for that run.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from mentionwatch.errors import BlockedAddress, RateLimited, ServerError, SourceError

__all__ = ["TOKEN", "Robots", "Rules", "read_rules"]

#: The name by which a site's owner can address us (RFC 9309, 2.2.1).
TOKEN = "mentionwatch"
#: Bytes of a robots.txt that are read: the RFC (2.5) wants at least 500 KiB.
_MOST = 512_000
#: Rules kept, and characters of one: far more than any site has.
_MOST_RULES, _LONGEST = 10_000, 2_000
_LINE = re.compile(r"\s*([A-Za-z-]{1,40})\s*:\s*([^#]*)")
_PRODUCT = re.compile(r"[A-Za-z_-]+")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True, slots=True)
class Rules:
    """Paths that may be read (``True``) and that may not, as patterns in their normal form."""

    paths: tuple[tuple[str, bool], ...] = ()

    def allow(self, path: str) -> bool:
        """Whether a path with its query may be read: the longest pattern that fits decides, of two the milder."""
        target = _normal(path)
        if target.partition("?")[0] == "/robots.txt":
            return True
        best = max(
            ((len(pattern), allowed) for pattern, allowed in self.paths if _fits(pattern, target)), default=(0, True)
        )
        return best[1]


def read_rules(body: bytes, token: str = TOKEN) -> Rules:
    """The rules that hold for ``token``: those of all its groups, else those of ``*``."""
    groups: dict[str, list[tuple[str, bool]]] = {}
    agents: list[str] = []
    in_rules = False
    count = 0
    text = body[:_MOST].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    for line in re.split(r"\r\n|\r|\n", text):
        found = _LINE.match(line)
        if found is None:
            continue
        name, value = found[1].lower(), found[2].strip()
        if name == "user-agent":
            if in_rules:
                agents, in_rules = [], False
            product = _PRODUCT.match(value)
            agents.append("*" if value.startswith("*") else product[0].lower() if product else "")
            groups.setdefault(agents[-1], [])
        elif name in ("allow", "disallow"):
            in_rules = True
            count += 1
            if value and len(value) <= _LONGEST and count <= _MOST_RULES:
                for agent in agents:
                    groups[agent].append((_normal(value), name == "allow"))
    return Rules(tuple(groups.get(token.lower(), groups.get("*", []))))


def _normal(path: str) -> str:
    """A path whose characters are written in one way: RFC 3986's unreserved ones as they are, others encoded."""

    def decoded(found: re.Match[str]) -> str:
        char = chr(int(found[1], 16))
        return char if char in _UNRESERVED else found[0].upper()

    return quote(_ENCODED.sub(decoded, path), safe="/%?#[]@!$&'()*+,;=:~")


def _fits(pattern: str, target: str) -> bool:
    """Whether a pattern with ``*`` (anything) and ``$`` at its end (the end) fits from the beginning; linear."""
    ends = pattern.endswith("$")
    first, *rest = (pattern[:-1] if ends else pattern).split("*")
    if not target.startswith(first):
        return False
    if not rest:
        return not ends or len(target) == len(first)
    at = len(first)
    for piece in rest[:-1]:
        at = target.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    if ends:
        return len(target) - len(rest[-1]) >= at and target.endswith(rest[-1])
    return target.find(rest[-1], at) >= 0


class Robots:
    """What a run has read of sites' robots.txt; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Rules | SourceError] = {}

    def check(self, site: str, path: str, shown: str, read: Callable[[str], bytes]) -> None:
        """Raises where a page may not be read, or where that cannot be known (RFC 9309, 2.3.1).

        ``site`` is scheme, host and port as an address begins; ``path`` is what follows, the query included. ``read``
        fetches what is at an address, and raises :class:`~mentionwatch.errors.SourceError` like any fetch.
        A file that is not there (4xx) allows all; a server in trouble (5xx) or out of reach allows nothing for now.
        """
        with self._lock:
            known = self._known.get(site)
        if known is None:
            known = _rules(site, shown, read)
            with self._lock:
                self._known[site] = known
        if isinstance(known, SourceError):
            raise known
        if not known.allow(path):
            raise BlockedAddress(f"the robots.txt of {shown} does not let programs like this one read the page")


def _rules(site: str, shown: str, read: Callable[[str], bytes]) -> Rules | SourceError:
    try:
        return read_rules(read(f"{site}/robots.txt"))
    except RateLimited as error:
        return error
    except SourceError as error:
        status = error.status or 0
        if 400 <= status < 500:
            return Rules()
        if status >= 500:
            said = f"the robots.txt of {shown} cannot be read now ({status}), and without it no page is asked for"
            return ServerError(said, status=status)
        return error
