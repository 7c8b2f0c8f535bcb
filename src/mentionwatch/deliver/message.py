"""The bytes of a mail: made once, sent as they are on every try."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from mentionwatch.errors import UserError
from mentionwatch.urls import host_of

#: Headers as they are made here: folded by the library, a subject of one long word would begin with an empty line, and
#: an encoded word would be as long as the line.
_POLICY = SMTP.clone(refold_source="none")
#: Characters of an encoded word (RFC 2047, 2); none of several bytes is split between two of them (5).
_ENCODED_WORD = 75
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*")
_MAILBOX = re.compile(r"(?P<name>[^<>]*)<(?P<angle>[^<>\s,;]+)>|(?P<bare>[^<>\s,;\"]+)")
_TOKEN = re.compile(r"[^a-z0-9-]+")


def message_bytes(
    *,
    subject: str,
    text: str,
    html: str,
    from_: str,
    to: Sequence[str],
    message_id: str,
    date: datetime,
    digest: str,
    kind: str = "digest",
) -> bytes:
    """A whole message: multipart/alternative, CRLF line ends only, no line of 998 bytes; equal input, equal bytes.

    ``from_`` and ``to`` are addresses, with or without a name (``mentionwatch <digest@acme.example>``); domains may be
    in any script; those of ``to`` that no mail can be sent to are left out. ``digest`` names the list in ``List-Id``,
    ``kind`` says what comes by it. ``message_id`` as :func:`message_id` gives it. Raises
    :class:`~mentionwatch.errors.UserError` for an invalid sender.
    """
    sender = address(from_)
    message = EmailMessage(policy=_POLICY)
    message.set_raw("Subject", _encoded(_header(subject), "Subject"))
    message.set_raw("From", _mailbox(from_))
    mailboxes = (_mailbox(one) for one in to if address_problem(one) is None)
    message.set_raw("To", ",\r\n ".join(mailboxes) or "undisclosed-recipients:;")
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id
    message["List-Id"] = f"mentionwatch {kind} <{_slug(digest)}.mentionwatch.{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(text, subtype="plain", charset="utf-8", cte="quoted-printable")
    message.add_alternative(html, subtype="html", charset="utf-8", cte="quoted-printable")
    # The library would draw a boundary by lot; the bytes are to be the same whenever they are made again.
    message.set_boundary(f"=_{hashlib.sha256(message_id.encode()).hexdigest()[:40]}")
    content = message.as_bytes()
    _check(content)
    return content


def message_id(seed: str, from_: str) -> str:
    """``<…@domain of the sender>``, the same for the same seed."""
    return f"<{hashlib.sha256(seed.encode()).hexdigest()[:32]}@{address(from_).rpartition('@')[2]}>"


def address(mailbox: str) -> str:
    """The bare address of a mailbox as it goes to a server: ASCII, a domain of another script in IDNA.

    Raises :class:`~mentionwatch.errors.UserError` when there is none, or its local part is not ASCII (which few servers
    take, RFC 6531).
    """
    _, bare = _parts(mailbox)
    local, _, domain = bare.rpartition("@")
    host = "localhost" if domain.lower() == "localhost" else host_of(f"http://{domain}/") if domain else None
    if host is None or not _LOCAL.fullmatch(local) or len(local) > 64:
        hint = "" if local.isascii() else "; use one with ASCII letters before the @"
        raise UserError(f"{_header(mailbox)!r} is not an address that mail can be sent to{hint}")
    return f"{local}@{host}"


def address_problem(mailbox: str) -> str | None:
    """Why no mail can be sent to a mailbox, or ``None``."""
    try:
        address(mailbox)
    except UserError as error:
        return str(error)
    return None


def _parts(mailbox: str) -> tuple[str, str]:
    """Name and address of exactly one mailbox; the standard library's reader takes the first of what may be several."""
    found = None if _CONTROLS.search(mailbox) else _MAILBOX.fullmatch(mailbox.strip())
    if found is None:
        return "", ""
    return (found["name"] or "").strip().strip('"').strip(), found["angle"] or found["bare"]


def _mailbox(mailbox: str) -> str:
    """Name and address, the name encoded where it is not ASCII."""
    name, _ = _parts(mailbox)
    plain = _header(name)
    if plain.isascii():
        return formataddr((plain, address(mailbox)))
    return f"{_encoded(plain, 'From')}\r\n <{address(mailbox)}>"


def _encoded(text: str, header: str) -> str:
    """A header's words, those that are not ASCII as encoded words, each on a line of its own."""
    if text.isascii():
        return text
    return Header(text, "utf-8", maxlinelen=_ENCODED_WORD, header_name=header).encode(linesep="\r\n")


def _header(text: str) -> str:
    """One line for a header: no controls, and nothing that is read as an encoded word (CVE-2024-6923)."""
    return _CONTROLS.sub(" ", text).replace("=?", "= ?").strip()[:500]


def _slug(name: str) -> str:
    return _TOKEN.sub("-", name.lower()).strip("-")[:40] or "digest"


def _check(content: bytes) -> None:
    """Hold the bytes to what servers take and are not fooled by: no bare CR or LF, no long line (RFC 5322 2.1.1)."""
    if any(len(line) >= 998 or b"\r" in line or b"\n" in line for line in content.split(b"\r\n")):
        raise ValueError("the message has a line that no server need take")
