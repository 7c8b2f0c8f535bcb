"""Bodies: inflated by ourselves, because a size cap must hold for what comes out, not for what goes in."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator

from mentionwatch.errors import ServerError, TooLarge, UnexpectedResponse

# What one call of the decompressor may give at most: the peak above the cap.
_STEP = 65_536
# A file of gzip members is legal; millions of empty ones are an attack on the CPU.
_MOST_MEMBERS = 1_000
_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"


def codings(header: str | None) -> list[str]:
    """The content codings a ``Content-Encoding`` names, ``identity`` left out, lower case."""
    named = (part.strip().lower() for part in (header or "").split(","))
    return [part for part in named if part not in ("", "identity", "none")]


# How the documents begin that anybody asks for: what begins so is not compressed, whatever it says of itself.
_TEXT = re.compile(rb"(?:\xef\xbb\xbf|\xfe\xff|\xff\xfe)|\s*[<{\[]|\s+$")


class UnknownCoding(UnexpectedResponse):
    """A content coding that was not asked for: the server's fault, and no change of what it answers."""


#: Called with the bytes that a body has come to so far.
Grown = Callable[[int], None]


def read(chunks: Iterable[bytes], encoding: str | None, cap: int, grown: Grown = lambda size: None) -> bytes:
    """A whole body, decoded, of at most ``cap`` bytes. ``grown`` hears of every piece, before the next is asked for.

    Raises TooLarge beyond the cap (of what came as well as of what it decodes to), UnknownCoding for a coding nobody
    asked for, UnexpectedResponse for a damaged one, ServerError when a compressed body ends early.
    """
    named = codings(encoding)
    if not named:
        return _plain(chunks, cap, grown)
    first, chunks = _first_two(chunks)
    if len(named) > 1 or named[0] not in ("gzip", "x-gzip", "deflate"):
        if len(named) == 1 and (not first or _TEXT.match(first)):
            return _plain(chunks, cap, grown)  # "UTF-8", "binary", "8bit" and the like: labels of what is no coding
        raise UnknownCoding("the response uses an unsupported compression")
    if named[0] != "deflate" and len(first) >= 2 and not first.startswith(_MAGIC):
        return _plain(chunks, cap, grown)  # says gzip and is not: some caches do that to small error pages
    window = _GZIP if named[0] != "deflate" else (zlib.MAX_WBITS if _is_zlib(first) else -zlib.MAX_WBITS)
    return _inflated(chunks, window, cap, grown)


def read_start(chunks: Iterable[bytes], encoding: str | None, cap: int) -> bytes:
    """The first ``cap`` bytes of a body, decoded; of one that cannot be decoded, nothing. Raises nothing."""
    start = bytearray()
    inflater = zlib.decompressobj(_GZIP) if codings(encoding) else None
    try:
        for chunk in chunks:
            room = cap - len(start)
            start += chunk[:room] if inflater is None else inflater.decompress(chunk, room)
            if len(start) >= cap or (inflater is not None and inflater.eof):
                break
    except zlib.error:
        return b""
    return bytes(start)


def _plain(chunks: Iterable[bytes], cap: int, grown: Grown) -> bytes:
    whole = bytearray()
    for chunk in chunks:
        whole += chunk
        if len(whole) > cap:
            raise too_large(cap)
        grown(len(whole))
    return bytes(whole)


def _inflated(chunks: Iterable[bytes], window: int, cap: int, grown: Grown) -> bytes:
    whole, came, members = bytearray(), 0, 1
    inflater = zlib.decompressobj(window)
    for chunk in chunks:
        came += len(chunk)
        if came > cap:
            raise too_large(cap)
        rest = chunk
        while rest:
            if inflater.eof:
                if window != _GZIP or not rest.startswith(_MAGIC):
                    break  # padding after the end: ignored, as everybody does
                members += 1
                if members > _MOST_MEMBERS:
                    raise UnexpectedResponse("the response's compressed data is damaged")
                inflater = zlib.decompressobj(window)
            try:
                whole += inflater.decompress(rest, min(_STEP, cap + 1 - len(whole)))
            except zlib.error:
                raise UnexpectedResponse("the response's compressed data is damaged") from None
            if len(whole) > cap:
                raise too_large(cap)
            grown(len(whole))
            rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    if came and not inflater.eof:
        raise ServerError("the response was cut short")
    return bytes(whole)


def _first_two(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first two bytes or more, and all the chunks again."""
    rest = iter(chunks)
    first = b""
    for chunk in rest:
        first += chunk
        if len(first) >= 2:
            break

    def again() -> Iterator[bytes]:
        if first:
            yield first
        yield from rest

    return first, again()


def _is_zlib(first: bytes) -> bool:
    # RFC 1950: method 8, and the two bytes a multiple of 31. Without that it is a bare stream, which many mean.
    return len(first) >= 2 and first[0] & 15 == 8 and (first[0] << 8 | first[1]) % 31 == 0


def too_large(cap: int) -> TooLarge:
    """The error for a body of more than ``cap`` bytes."""
    return TooLarge(f"the response is larger than {cap / 1_000_000:g} MB")
