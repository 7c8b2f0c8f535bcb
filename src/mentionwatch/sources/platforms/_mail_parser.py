"""A mail taken apart: its headers that matter, and the text in it.

The standard library's parser is not used: nested parts cost it a check of every line at every level and end in a
``RecursionError``, and some of its header parsers are quadratic. Here depth, parts and lengths have ends, what is
broken is read as far as it goes, and nothing raises.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

from mentionwatch.sources.feed.decoding import to_utf8
from mentionwatch.text import one_line

#: Bytes of all headers of a mail or part, and characters of one header.
_HEAD, _HEADER = 200_000, 4_000
_DEPTH = 6
#: Parts looked at in one mail, and texts of one kind that are put together.
_PARTS, _TEXTS = 60, 5

_WANTED = frozenset(
    (
        "from",
        "subject",
        "date",
        "message-id",
        "list-unsubscribe",
        "archived-at",
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
    )
)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]*:")
_TYPE = re.compile(r"\s*([\w.+-]{1,60})/([\w.+-]{1,100})")
_BOUNDARY = re.compile(r"""boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))""", re.IGNORECASE)
#: RFC 2047; the charset may bear a language (RFC 2231).
_WORD = re.compile(r"=\?([\w.:-]{1,40})(?:\*[\w-]{0,20})?\?([BbQq])\?([^?\s]{0,2000})\?=")
_ADDRESS = re.compile(r"<\s*([^<>\s]{1,100}@[^<>\s]{1,255})\s*>")
_BARE_ADDRESS = re.compile(r"[^<>\s\"(),;:]{1,100}@[^<>\s\"(),;:]{1,255}")
_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """What a mail says. Texts are decoded and not yet clean; what it does not say is ``""``.

    ``address`` is that of From, lower-case. ``html`` and ``plain`` hold all parts of their kind that are not attached
    files. ``head``: it has headers at all.
    """

    subject: str = ""
    name: str = ""
    address: str = ""
    date: str = ""
    message_id: str = ""
    unsubscribe: tuple[str, ...] = ()
    archived_at: str = ""
    html: str = ""
    plain: str = ""
    head: bool = True


@dataclass(slots=True)
class _Texts:
    html: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    parts: int = 0


def parse_mail(raw: bytes) -> ParsedMail:
    """What a mail says, as far as it can be read; never raises, in time linear in its length."""
    headers, body = _head(raw)
    texts = _Texts()
    _collect(headers, body, texts, 0)
    name, address = _mailbox(headers.get("from", ""))
    return ParsedMail(
        subject=_in_words(headers.get("subject", "")),
        name=name,
        address=address,
        date=re.sub(r"\s*\([^()]{0,100}\)\s*$", "", headers.get("date", "").strip()),
        message_id=headers.get("message-id", "").strip().strip("<>"),
        unsubscribe=tuple(re.findall(r"<(https?://[^<>\s]{1,2000})>", headers.get("list-unsubscribe", ""))),
        archived_at=headers.get("archived-at", "").strip().strip("<>"),
        html="\n".join(texts.html),
        plain="\n".join(texts.plain),
        head=bool(headers),
    )


def _head(raw: bytes) -> tuple[dict[str, str], bytes]:
    """The first of each header that matters, unfolded, by lower-case name; and the body."""
    if raw.startswith((b"\n", b"\r\n")):
        return {}, raw
    end = _END_OF_HEAD.search(raw, 0, _HEAD)
    head, body = (raw[: end.start()], raw[end.end() :]) if end else (raw[:_HEAD], raw[_HEAD:])
    headers: dict[str, str] = {}
    name, lines = "", [b""]
    for line in (*head.split(b"\n"), b"end:"):
        if line[:1] in (b" ", b"\t"):
            if sum(map(len, lines[:50])) < _HEADER and len(lines) < 50:
                lines.append(line[:_HEADER])
            continue
        if name in _WANTED and name not in headers:
            headers[name] = _line(b"".join(piece.rstrip(b"\r") for piece in lines))
        found = _FIELD.match(line)
        name, lines = ("", [b""]) if found is None else (found[1].decode("ascii").lower(), [line[found.end() :]])
    return headers, body


def _line(raw: bytes) -> str:
    """A header's bytes as text: UTF-8, or what Western clients wrote before it."""
    raw = raw[:_HEADER]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _in_words(text: str) -> str:
    """A header with its encoded words decoded; a letter may be split between two of them."""
    pieces: list[str] = []
    charset, pending, at = "", b"", 0
    for found in _WORD.finditer(text):
        between = text[at : found.start()]
        data = _word(found[2], found[3])
        if pending and not between.strip() and found[1].lower() == charset:
            pending += data
        else:
            pieces += [_decoded(pending, charset), between if between.strip() or not pending else ""]
            charset, pending = found[1].lower(), data
        at = found.end()
    return "".join((*pieces, _decoded(pending, charset), text[at:]))


def _word(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    return _unbase64(raw) if encoding in "Bb" else binascii.a2b_qp(raw, header=True)


def _decoded(raw: bytes, charset: str) -> str:
    if not raw:
        return ""
    # White space at the beginning is part of the text here, and not of a document that begins after it.
    return to_utf8(b"." + raw, f"charset={charset}").decode("utf-8", "replace")[1:]


def _unbase64(raw: bytes) -> bytes:
    letters = _BASE64.sub(b"", raw)
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    try:
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    except binascii.Error:
        return b""


def _mailbox(text: str) -> tuple[str, str]:
    """Name and address of From. The address is the last one in angle brackets: a name may hold another."""
    found = [*_ADDRESS.finditer(text)]
    if found:
        return one_line(_in_words(text[: found[-1].start()]).strip().strip('"')), found[-1][1].lower()
    bare = _BARE_ADDRESS.search(text)
    return "", bare[0].lower() if bare else ""


def _collect(headers: dict[str, str], body: bytes, texts: _Texts, depth: int) -> None:
    """The texts in a part and the parts in it."""
    texts.parts += 1
    if texts.parts > _PARTS:
        return
    said = headers.get("content-type", "")
    kind = _TYPE.match(said)
    main, sub = (kind[1].lower(), kind[2].lower()) if kind else ("text", "plain")
    if headers.get("content-disposition", "").strip().lower().startswith("attachment"):
        return
    if main == "multipart" or (main, sub) == ("message", "rfc822"):
        if depth < _DEPTH:
            pieces = _split(said, body) if main == "multipart" else [body]
            for piece in pieces:
                _collect(*_head(piece), texts, depth + 1)
        return
    kept = texts.html if (main, sub) == ("text", "html") else texts.plain
    if main == "text" and sub in ("html", "plain") and len(kept) < _TEXTS:
        text = to_utf8(_unpacked(headers, body), said).decode("utf-8", "replace")
        kept.append(_unfolded(text, said) if sub == "plain" and _FLOWED.search(said) else text)


_FLOWED = re.compile(r"format\s*=\s*[\"']?flowed", re.IGNORECASE)
_DELSP = re.compile(r"delsp\s*=\s*[\"']?yes", re.IGNORECASE)
_QUOTED = re.compile(r">*")


def _unfolded(text: str, said: str) -> str:
    """A ``format=flowed`` text with its paragraphs on one line each (RFC 3676, sections 4.1 to 4.4).

    A line that ends in a space goes on in the next one of the same depth of quotation, but for the signature's mark;
    with ``delsp=yes`` the space is no part of the text.
    """
    drop = _DELSP.search(said) is not None
    lines: list[list[str]] = []
    flows, depth = False, 0
    for line in text.replace("\r\n", "\n").split("\n"):
        marks = _QUOTED.match(line)
        deep = marks.end() if marks else 0
        words = line[deep:].removeprefix(" ")
        signature = words == "-- "
        if flows and deep == depth and not signature:
            lines[-1].append(words)
        else:
            lines.append([f"{line[:deep]} " if deep else "", words])
        flows, depth = words.endswith(" ") and not signature, deep
        if flows and drop:
            lines[-1][-1] = words[:-1]
    return "\n".join("".join(pieces) for pieces in lines)


def _split(said: str, body: bytes) -> list[bytes]:
    """The parts between the boundaries; a last one without its end counts: the mail may be cut."""
    found = _BOUNDARY.search(said)
    if found is None:
        return []
    mark = re.escape((found[1] or found[2]).rstrip().encode("utf-8", "replace"))
    parts: list[bytes] = []
    begin = None
    for line in re.finditer(rb"(?:^|\r?\n)--" + mark + rb"(--)?[ \t]*(?=\r?\n|$)", body):
        if begin is not None:
            parts.append(body[begin : line.start()])
        begin = line.end()
        if line[1] or len(parts) >= _PARTS:
            begin = None
            break
    if begin is not None:
        parts.append(body[begin:])
    # Each begins with the line break that ends its boundary's line.
    return [part[2:] if part.startswith(b"\r\n") else part[1:] for part in parts]


def _unpacked(headers: dict[str, str], body: bytes) -> bytes:
    encoding = headers.get("content-transfer-encoding", "").strip().lower()
    if encoding == "base64":
        return _unbase64(body)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    return body
