"""Status ids of fediverse servers: their order, and the time that Mastodon's and GoToSocial's hold.

Ids are text. They sort by length and then by character, whatever their alphabet (Mastodon's documentation asks for
this). Mastodon's hold milliseconds since 1970 above 16 bits; GoToSocial's are ULIDs, whose first ten characters hold
the same. Both date a post that arrives late by when it was *written*, so a post may appear below ids already seen.
Other servers number posts as they arrive, in ways of their own: Akkoma's flakes, snac's 42 characters, Misskey's short
ones, the UUIDs of Mitra and Hollo.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

__all__ = ["is_status_id", "lowest_id_at", "sort_key", "written_at"]

#: Crockford's alphabet, in which ULIDs are written.
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(f"[0-7][{_CROCKFORD}]{{25}}")
_ANY = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,127}")
_SNOWFLAKE = re.compile("[1-9][0-9]{14,18}")
#: Mastodon's first release; what decodes to an earlier time is not such an id.
_FIRST = datetime(2016, 1, 1, tzinfo=UTC)


def is_status_id(text: str) -> bool:
    """Whether this can be a status's id on any server that speaks this API: letters, digits, hyphens, underscores."""
    return _ANY.fullmatch(text) is not None


def sort_key(flake: str) -> tuple[int, str]:
    """The key that sorts ids from old to new."""
    return len(flake), flake


def written_at(flake: str, now: datetime) -> datetime | None:
    """When the post of this id was written, to the millisecond, or ``None`` for an id that does not say.

    An id of another kind may look like one of these; it then decodes to before 2016 or to more than ten years after
    ``now``, and does not say.
    """
    if _SNOWFLAKE.fullmatch(flake):
        milliseconds = int(flake) >> 16
    elif _ULID.fullmatch(flake):
        milliseconds = 0
        for char in flake[:10]:
            milliseconds = milliseconds * 32 + _CROCKFORD.index(char)
    else:
        return None
    since_1970 = timedelta(milliseconds=milliseconds)
    try:
        time = datetime(1970, 1, 1, tzinfo=UTC) + since_1970
    except OverflowError:
        return None
    return time if _FIRST <= time <= now + timedelta(days=3653) else None


def lowest_id_at(like: str, time: datetime) -> str:
    """The lowest id a post written at ``time`` can have, of the same kind as ``like`` (which must say its time)."""
    milliseconds = (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    if not _ULID.fullmatch(like):
        return str(milliseconds << 16)
    digits = []
    for _ in range(10):
        milliseconds, digit = divmod(milliseconds, 32)
        digits.append(_CROCKFORD[digit])
    return "".join(reversed(digits)) + "0" * 16
