"""Whose words an item is: the people the user knows, by account or page (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mentionwatch.errors import UserError
from mentionwatch.match.addresses import host_and_path, site_of
from mentionwatch.model import Account, Item, Person
from mentionwatch.text import fold

_PLATFORM = re.compile(r"([a-z][a-z0-9_]*):(?!//)(.*)", re.IGNORECASE | re.DOTALL)


def normalize_handle(handle: str) -> str:
    """A handle for comparison, as ``own`` handles are compared: folded, without its first ``@``; ``u/jo`` is ``jo``."""
    return re.sub(r"^/?u/", "", fold(handle).text.strip()).removeprefix("@").strip()


def parse_account(written: str) -> Account:
    """``reddit:jo``, ``@jo@social.example`` or ``jo.bsky.social`` as an account; raises UserError with the mend.

    A handle alone may be someone else on another platform, so it says which, unless it names its server.
    """
    found = _PLATFORM.fullmatch(written.strip())
    platform, handle = (found[1].lower(), found[2]) if found else (None, written)
    form = normalize_handle(handle)
    if not form or re.search(r"\s", form):
        raise UserError(f"“{written}” is not a handle; write reddit:jo, @jo@social.example or jo.bsky.social")
    if platform is None and not re.search(r"\w[@.]\w", form):
        raise UserError(f"“{written}” may be someone else on another platform; say which, as in reddit:{form}")
    return Account(form, platform)


class People:
    """The people of a configuration, ready to be known again. Of two who fit the one written first is meant."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = tuple(people)
        self._accounts: dict[tuple[str | None, str], list[int]] = {}
        self._sites: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        for at, person in enumerate(people):
            for account in person.accounts:
                self._accounts.setdefault((account.platform, account.handle), []).append(at)
            for url in person.urls:
                if (site := site_of(url)) is not None:
                    self._sites.setdefault(site[0], []).append((site[1], at))

    def who(self, item: Item, brand: str) -> Person | None:
        """Who said it, as far as it is somebody of these who is meant for this brand."""
        if not self._people:
            return None
        found: list[int] = []
        if item.author.handle:
            handle = normalize_handle(item.author.handle)
            for platform in (item.platform, None):
                found += self._accounts.get((platform, handle), ())
        for url in (item.author.url, item.url) if self._sites else ():
            found += self._living_at(url)
        meant = (self._people[at] for at in sorted(found))
        return next((person for person in meant if not person.brands or brand in person.brands), None)

    def _living_at(self, url: str | None) -> list[int]:
        place = host_and_path(url) if url else None
        if place is None:
            return []
        host, path = place
        labels = host.split(".")
        return [
            at
            for start in range(len(labels))
            for below, at in self._sites.get(".".join(labels[start:]), ())
            if path[: len(below)] == below
        ]
