"""Mails on their way from the mailbox to the source that reads them, as one run of bytes.

An answer is bytes everywhere in the house – hashed, capped, handed to a child process, kept as a sample –, so that of a
mailbox is, too: a line of JSON that says where the reading stands, then for each mail a line of JSON and the mail
itself, unchanged, and a line that says that this was all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Mail", "Mailbag", "pack", "unpack"]

_KIND = "mentionwatch.mailbag/1"
_END = b'{"end": true}\n'
#: Bytes of one line of JSON.
_LINE = 500
#: UIDs and UIDVALIDITY have 32 bits (RFC 9051, 2.3.1.1).
_MOST = 2**32


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it lies in the mailbox. ``arrived`` is the server's INTERNALDATE, in ISO 8601, ``""`` when unsaid.

    ``cut``: the mail is longer than what was asked for.
    """

    uid: int
    raw: bytes
    arrived: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Mailbag:
    """What one question brought. ``upto`` is the UID up to which all was looked at; ``more``: there are later ones.

    ``anew``: the UIDVALIDITY is not the one that was asked with.
    """

    uidvalidity: int
    upto: int
    mails: tuple[Mail, ...]
    more: bool = False
    anew: bool = False


def pack(bag: Mailbag) -> bytes:
    """The bag as bytes."""
    return b"".join(_pieces(bag))


def _pieces(bag: Mailbag) -> Iterable[bytes]:
    head = {"kind": _KIND, "uidvalidity": bag.uidvalidity, "upto": bag.upto, "more": bag.more, "anew": bag.anew}
    yield json.dumps(head).encode() + b"\n"
    for mail in bag.mails:
        said = {"uid": mail.uid, "arrived": mail.arrived, "cut": mail.cut, "bytes": len(mail.raw)}
        yield json.dumps(said).encode() + b"\n"
        yield mail.raw
        yield b"\n"
    yield _END


def unpack(body: bytes) -> Mailbag:
    """The bag that :func:`pack` made these bytes of. Raises ``ValueError`` for anything else, a cut bag included."""
    head, at = _line(body, 0)
    if head.get("kind") != _KIND:
        raise ValueError("no mailbag")
    mails = []
    while not body.startswith(_END, at):
        said, at = _line(body, at)
        end = at + _number(said, "bytes")
        if body[end : end + 1] != b"\n":
            raise ValueError("a mail was cut off")
        arrived = said.get("arrived")
        raw = body[at:end]
        mails.append(
            Mail(_number(said, "uid"), raw, arrived if isinstance(arrived, str) else "", said.get("cut") is True)
        )
        at = end + 1
    return Mailbag(
        uidvalidity=_number(head, "uidvalidity"),
        upto=_number(head, "upto"),
        mails=tuple(mails),
        more=head.get("more") is True,
        anew=head.get("anew") is True,
    )


def _line(body: bytes, at: int) -> tuple[dict[str, object], int]:
    end = body.find(b"\n", at, at + _LINE)
    value = json.loads(body[at:end]) if end >= 0 else None
    if not isinstance(value, dict):
        raise ValueError("no mailbag")
    return value, end + 1


def _number(said: dict[str, object], key: str) -> int:
    value = said.get(key)
    if type(value) is not int or not 0 <= value < _MOST:
        raise ValueError(f"{key} is no number")
    return value
