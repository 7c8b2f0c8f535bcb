"""From the bytes that came to UTF-8: bodies still compressed, wrong and missing charsets, forbidden characters.

Both feed readers get what is made here, so they never differ about a letter, and no server chooses a Python codec:
``unicode_escape`` and ``utf-7`` are codecs too.
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Mapping
from html.entities import html5

from mentionwatch.errors import TooLarge

#: Bytes a body may inflate to: the same cap as a transfer's.
MAX_BODY = 10_000_000

_GZIP = b"\x1f\x8b"
#: Members of one gzip body: each costs a copy of what is left.
_MEMBERS = 50
#: Bytes from which the charset of a body that is not UTF-8 is guessed.
_SAMPLE = 500_000

#: Python's names of the codecs a feed may be written in; everything the WHATWG Encoding Standard lists, and no other.
_CODEC_NAMES = """
    ascii utf-8 iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10
    iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp866 cp874 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255
    cp1256 cp1257 cp1258 koi8-r koi8-u mac-roman mac-cyrillic tis-620 gb2312 gbk gb18030 big5 big5hkscs shift_jis
    cp932 euc_jp iso2022_jp euc_kr cp949 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be
"""
_CODECS = frozenset(_CODEC_NAMES.split())
#: Wider codecs under names that are commonly given to narrower ones.
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']""", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_CUT = re.compile(rb"[\xc2-\xf4]|[\xe0-\xf4][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2}")
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def decompress(body: bytes) -> tuple[bytes, bool]:
    """The body with gzip taken off, however often it was put on (three times at most), and whether it was cut off.

    Raises :class:`~mentionwatch.errors.TooLarge` above :data:`MAX_BODY`.
    """
    cut = False
    for _ in range(3):
        if not body.startswith(_GZIP):
            break
        body, broken = _gunzip(body)
        cut = cut or broken
    return body, cut


def _gunzip(body: bytes) -> tuple[bytes, bool]:
    pieces: list[bytes] = []
    room = MAX_BODY
    rest = body
    for _ in range(_MEMBERS):
        if not rest.startswith(_GZIP):
            return b"".join(pieces), False
        member = zlib.decompressobj(wbits=31)
        try:
            piece = member.decompress(rest, room + 1)
        except zlib.error:
            return b"".join(pieces), True
        room -= len(piece)
        if room < 0:
            raise TooLarge(f"the compressed body holds more than {MAX_BODY // 1_000_000} MB")
        pieces.append(piece)
        if not member.eof:
            return b"".join(pieces), True
        rest = member.unused_data
    return b"".join(pieces), True


def to_utf8(body: bytes, content_type: str = "") -> bytes:
    """``body`` as UTF-8 without a byte order mark, whatever it says it is.

    In this order: a byte order mark; UTF-8 when all of it is valid UTF-8 (no other charset is, by chance); piece by
    piece between the tags, UTF-8 where a piece can be nothing else, and the rest in the charset the document declares,
    then the one the server names, then windows-1252, which reads everything: one entry pasted from elsewhere costs no
    other its letters.
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body.decode(codec, "replace").removeprefix("\ufeff").lstrip().encode("utf-8", "replace")
    body = body.removeprefix(codecs.BOM_UTF8).lstrip()
    named = _named(body, content_type)
    if named == ["iso2022_jp"] or (named[:1] == ["iso2022_jp"] and b"\x1b" in body):
        return body.decode("iso2022_jp", "replace").encode("utf-8")
    if body.isascii() or _is_utf8(body):
        return body
    codec = next((codec for codec in named if _fits(body, codec)), "")
    if body.count(b"<") + len(_HIGH.findall(body)) > _MOST_PIECES:  # no feed has so many, and each takes a microsecond
        return body.decode(codec or "utf-8", "replace").encode("utf-8")
    return _PIECE.sub(lambda piece: _in_utf8(piece[0], codec), body)


def _fits(body: bytes, codec: str) -> bool:
    """Whether what is not UTF-8 in a document can be ``codec``: at most one letter in twenty may be none of it."""
    pieces = b"".join(piece for piece in _PIECE.findall(body[:_SAMPLE]) if not _is_utf8(piece))
    text = pieces.decode(codec, "replace")
    return text.count("\ufffd") * 20 < len(text)


#: What stands between two tags. No charset of the web has ``<`` or ``>`` within a
#: letter, but for ISO-2022-JP.
_PIECE = re.compile(rb"[^<>]+")
_MOST_PIECES = 500_000
_HIGH = re.compile(rb"[\x80-\xff]+")
_TWO_BYTE = frozenset(("gb18030", "big5", "big5hkscs", "cp932", "euc_jp", "cp949"))


def _in_utf8(piece: bytes, codec: str) -> bytes:
    """A text between two tags as UTF-8; ``codec`` is what the document says it is written in, if it says so."""
    if piece.isascii():
        return piece
    enough = 4 if codec in _TWO_BYTE else 2 if codec else 1
    if _is_utf8(piece) and _weight(piece) >= enough:
        return piece
    if codec not in ("cp1252", ""):
        return piece.decode(codec, "replace").encode("utf-8")
    return _HIGH.sub(lambda run: _run_in_utf8(run[0], enough), piece)


def _weight(text: bytes) -> int:
    """How sure it is that letters of UTF-8 are meant: 0 for ``daß”`` and its like in windows-1252."""
    letters = _MULTIBYTE.findall(text)
    if len(letters) == 1 and b"\xc6" <= letters[0] < b"\xe0":
        return 0
    return sum(len(letter) - 1 for letter in letters)


def _run_in_utf8(run: bytes, enough: int) -> bytes:
    """A run of bytes beyond ASCII: UTF-8's letters where they are, windows-1252's for the others.

    A letter of UTF-8 that was cut off is not known.
    """
    sure = _weight(run) >= enough
    if sure and _is_utf8(run):
        return run
    made: list[str] = []
    at = 0
    for letter in (*(_MULTIBYTE.finditer(run) if sure else ()), None):
        stray = run[at : letter.start() if letter else len(run)]
        if letter is None and _CUT.fullmatch(stray) and (made or len(stray) > 1):
            made.append("\ufffd")
        else:
            made.append(stray.decode("latin-1").translate(_C1))
        if letter:
            made.append(letter[0].decode("utf-8", "replace"))
            at = letter.end()
    return "".join(made).encode("utf-8")


#: windows-1252's letters where latin-1 has control characters.
_C1 = {byte: bytes([byte]).decode("cp1252") for byte in range(0x80, 0xA0) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _named(body: bytes, content_type: str) -> list[str]:
    """The codecs the document and the server name, best first, as far as they are charsets of the web."""
    declared = _DECLARED.match(body)
    served = _CHARSET.search(content_type[:200])
    found: list[str] = []
    for name in (declared[1].decode("ascii", "replace") if declared else None, served[1] if served else None):
        try:
            codec = codecs.lookup(name).name if name else ""
        except (LookupError, ValueError):
            continue
        if codec in _CODECS and codec not in ("utf-8", "utf-16", "utf-32"):
            wider = _WIDER.get(codec, codec)
            if wider not in found:
                found.append(wider)
    return found


_SUBSET = re.compile(r"<!DOCTYPE\s[^\[<>]{0,1000}\[(.{0,50000}?)\]\s*>", re.DOTALL)
_ENTITY = re.compile(r"""<!ENTITY\s+([A-Za-z_][\w.-]{0,63})\s+(?:"([^"%]{0,5000})"|'([^'%]{0,5000})')\s*>""")
_NAMED = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&([A-Za-z_][\w.-]{0,63});", re.DOTALL)
#: Letters that a document's own entities may add to it: what has more is a bomb.
_MOST_ADDED = 1_000_000


def without_entities(data: bytes) -> bytes:
    """The document with the entities of its internal subset (XML 1.0, 5.1) put in, unless they make it much longer.

    One that lies elsewhere, or holds itself, says nothing.
    """
    if b"<!ENTITY" not in data[:20_000]:
        return data
    text = data.decode("utf-8", "replace")
    subset = _SUBSET.search(text, 0, 20_000)
    if subset is None:
        return data
    own = {name: one or other for name, one, other in reversed(_ENTITY.findall(subset[1]))}  # the first one counts
    for _ in range(4):  # an entity in an entity
        own = {name: _put_in(value, own)[:5000] for name, value in own.items()}
    rest = text[subset.end() :]
    added = sum(len(own.get(found[1] or "", "")) for found in _NAMED.finditer(rest))
    return data if added > _MOST_ADDED else (text[: subset.start()] + _put_in(rest, own)).encode("utf-8")


def _put_in(text: str, own: Mapping[str, str]) -> str:
    return _NAMED.sub(lambda found: own.get(found[1], found[0]) if found[1] else found[0], text)


_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:#(\d{1,8}|[xX][0-9a-fA-F]{1,7});|([A-Za-z][A-Za-z0-9]{1,31});)?")
_XML_NAMES = frozenset(("amp", "lt", "gt", "quot", "apos"))
_ROOT = re.compile(r"<(?:\?xml|rss|feed|(?:\w+:)?RDF|channel)\b", re.IGNORECASE)


def repair_xml(data: bytes) -> bytes:
    """Broken XML made readable where there is only one way to mend it, without touching CDATA sections.

    Forbidden characters go, HTML's named characters become themselves, an ``&`` that begins nothing becomes ``&amp;``,
    and what stands before the document (a warning of the server's own) is dropped.
    """
    text = _ILLEGAL.sub("", data.decode("utf-8", "replace"))
    root = _ROOT.search(text, 0, 10_000)
    if root:
        text = text[root.start() :]
    own = "<!ENTITY" in text[:20_000]  # then its names mean what it says
    pieces: list[str] = []
    at = 0
    while True:
        begin = text.find("<![CDATA[", at)
        end = text.find("]]>", begin) if begin >= 0 else -1
        if end < 0:
            break
        pieces.append(_REFERENCE.sub(_named_character if not own else _bare_ampersand, text[at:begin]))
        pieces.append(text[begin : end + 3])
        at = end + 3
    pieces.append(_REFERENCE.sub(_named_character if not own else _bare_ampersand, text[at:]))
    return "".join(pieces).encode("utf-8", "replace")


def _bare_ampersand(found: re.Match[str]) -> str:
    return found[0] if found[2] else _named_character(found)


def _named_character(found: re.Match[str]) -> str:
    number, name = found[1], found[2]
    if number:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        legal = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
        return found[0] if legal else ""
    if name in _XML_NAMES:
        return found[0]
    character = html5.get(f"{name};") if name else None
    if character is None:
        return "&amp;" + found[0][1:]
    return character.replace("&", "&amp;").replace("<", "&lt;")
