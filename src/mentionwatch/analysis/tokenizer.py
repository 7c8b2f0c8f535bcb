"""A post as the models read it: its words, signs and faces in order, each kept as it was written (pure)."""

from __future__ import annotations

import re
from functools import lru_cache

#: What an address or a handle is read as: who is spoken of or linked to says nothing of how.
HANDLE, ADDRESS = "@", "://"

# One alternation, every branch starting apart and none nested, so that any text is read in one pass.
_TOKEN = re.compile(
    r"https?://\S+|www\.\S+"
    r"|@[\w.]*\w(?:@[\w.-]*\w)?"
    r"|\#\w+"
    r"|<3|</3|[<>]?[:;=8][-o*'^]?[)\](\[dDpP/\\|@}{*3]|[)\](\[dD/\\|][-o*'^]?[:;=8](?!\w)|[xX]D\b|\^_+\^|-_+-"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*"
    r"|\d+"
    r"|[!?]+|\.\.+|[^\w\s]"
)
_REPEATED = re.compile(r"(.)\1{2,}", re.DOTALL)
#: Longer words are no words; what is looked up and remembered stays small.
_LONGEST = 24


def tokens(text: str) -> list[str]:
    """Words, numbers, hashtags, faces and marks in order; an address is :data:`ADDRESS`, a handle :data:`HANDLE`."""
    return [
        HANDLE
        if (first := token[0]) == "@"
        else ADDRESS
        if (first in "hHwW" and (token[:4] in ("http", "www.")) and len(token) > 6)
        else token
        for token in _TOKEN.findall(text)
    ]


@lru_cache(maxsize=1 << 15)
def plain(token: str) -> str:
    """A token as it is counted: small letters, straight apostrophe, ``soooo`` as ``soo``, digits as ``0``."""
    word = token[:_LONGEST].lower().replace("’", "'")
    if word[0].isdigit():
        return "0" * min(len(word), 4)
    return _REPEATED.sub(r"\1\1", word) if len(word) > 2 else word
