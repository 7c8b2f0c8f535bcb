"""A batch of e-mails from one IMAP folder, serialized to bytes.

Every response is bytes – hashed, capped, handed to a child process, kept as a sample –, so a mailbox's is too: a
line of JSON with the state of the folder, then for each mail a line of JSON and the unchanged mail, then an end line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

_KIND = "mentionwatch.mailbag/1"  # as earlier versions wrote it
_END = b'{"end": true}\n'
#: Bytes of one line of JSON.
_LINE = 500
#: UIDs and UIDVALIDITY have 32 bits (RFC 9051, 2.3.1.1).
_MOST = 2**32


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as stored in the mailbox. ``arrived`` is the server's INTERNALDATE in ISO 8601, ``""`` when missing.

    ``cut``: the mail is longer than the size that was requested.
    """

    uid: int
    raw: bytes
    arrived: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class MailBatch:
    """The mails one request brought. ``highest_uid``: all mails up to this UID were considered; ``more``: others exist.

    ``uidvalidity_changed``: the folder's UIDVALIDITY is not the one the request was made with.
    """

    uidvalidity: int
    highest_uid: int
    mails: tuple[Mail, ...]
    more: bool = False
    uidvalidity_changed: bool = False


def pack(batch: MailBatch) -> bytes:
    """Serialize a batch."""
    return b"".join(_pieces(batch))


def _pieces(batch: MailBatch) -> Iterable[bytes]:
    # The keys are those of samples kept on disk by earlier versions.
    head = {
        "kind": _KIND,
        "uidvalidity": batch.uidvalidity,
        "upto": batch.highest_uid,
        "more": batch.more,
        "anew": batch.uidvalidity_changed,
    }
    yield json.dumps(head).encode() + b"\n"
    for mail in batch.mails:
        said = {"uid": mail.uid, "arrived": mail.arrived, "cut": mail.cut, "bytes": len(mail.raw)}
        yield json.dumps(said).encode() + b"\n"
        yield mail.raw
        yield b"\n"
    yield _END


def unpack(body: bytes) -> MailBatch:
    """Deserialize what :func:`pack` made. Raises ``ValueError`` for anything else, truncated bytes included."""
    head, at = _line(body, 0)
    if head.get("kind") != _KIND:
        raise ValueError("not a mail batch")
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
    return MailBatch(
        uidvalidity=_number(head, "uidvalidity"),
        highest_uid=_number(head, "upto"),
        mails=tuple(mails),
        more=head.get("more") is True,
        uidvalidity_changed=head.get("anew") is True,
    )


def _line(body: bytes, at: int) -> tuple[dict[str, object], int]:
    end = body.find(b"\n", at, at + _LINE)
    value = json.loads(body[at:end]) if end >= 0 else None
    if not isinstance(value, dict):
        raise ValueError("not a mail batch")
    return value, end + 1


def _number(said: dict[str, object], key: str) -> int:
    value = said.get(key)
    if type(value) is not int or not 0 <= value < _MOST:
        raise ValueError(f"{key} is not a number")
    return value
