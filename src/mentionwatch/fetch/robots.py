"""robots.txt (RFC 9309), read by ``protego``: whether a page that is made for people may be read by a program.

Asked before pages alone: an API or a feed is offered to programs, and has terms of its own. What one run has learned
of a site holds for that run.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from protego import Protego

from mentionwatch.errors import BlockedAddress, RateLimited, ServerError, SourceError

#: The name by which a site's owner can address us (RFC 9309, 2.2.1).
TOKEN = "mentionwatch"
#: Bytes of a robots.txt that are read: the RFC (2.5) wants at least 500 KiB.
_MOST = 512_000
#: Whom a group is for, by its product token. protego takes a name for ours that ours begins with ("mention"), and not
#: ours with a version ("mentionwatch/1.0"): so each is written as ours, or as another's.
_AGENT = re.compile(r"(?im)^(\s*user-agent\s*:\s*)([a-z_-]+)[^\r\n]*")


class Rules:
    """What a robots.txt says to :data:`TOKEN`; an empty one allows all."""

    def __init__(self, body: bytes = b"") -> None:
        text = body[:_MOST].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
        self._rules = Protego.parse(
            _AGENT.sub(lambda found: found[1] + (TOKEN if found[2].lower() == TOKEN else "another"), text)
        )

    def allow(self, path: str) -> bool:
        """Whether a path with its query may be read."""
        return path.partition("?")[0] == "/robots.txt" or self._rules.can_fetch(path, TOKEN)


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
            raise BlockedAddress(f"the robots.txt of {shown} does not allow bots to read the page")


def _rules(site: str, shown: str, read: Callable[[str], bytes]) -> Rules | SourceError:
    try:
        return Rules(read(f"{site}/robots.txt"))
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
