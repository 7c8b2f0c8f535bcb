"""What hostile and broken servers answer to a feed reader, by name, each with what a scan makes of it.

The second of each pair is the ledger's word for the failure (:attr:`~mentionwatch.errors.SourceError.code`), or ``""``
where an item is to be found in spite of everything. ``HEAVY`` are those that take seconds or many megabytes.
"""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

from support.servers import Answer, Asked, Route, bomb, redirect
from support.world import entry, recent_entry, rss

Attack = tuple[Route, str]
NO_FEED, BROKEN, UNREACHABLE, LARGE, SLOW, NO_ENTRY = (
    "not-understood", "server", "unreachable", "too-large", "too-slow", "refused",
)  # fmt: skip


def feed(name: str, **more: str) -> bytes:
    """A good feed with one entry."""
    made = entry if "at" in more else recent_entry
    return rss(made(f"Acme {name}", f"https://news.example/{name}", **more)).encode()


def _raw(data: bytes) -> Answer:
    return Answer(raw=data)


def _head(*lines: bytes, body: bytes = b"") -> Answer:
    return Answer(raw=b"\r\n".join((b"HTTP/1.1 200 OK", *lines, b"", body)))


def _chunked(*lines: bytes, body: bytes) -> Answer:
    return _head(b"Transfer-Encoding: chunked", *lines, body=body)


def _packed(body: bytes, encoding: str) -> Answer:
    return Answer(body, headers={"Content-Encoding": encoding})


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def _xml(inside: str, doctype: str = "") -> Answer:
    return Answer(f'<?xml version="1.0"?>{doctype}<rss version="2.0"><channel>{inside}</channel></rss>'.encode())


def _items(json: str) -> Answer:
    body = f'{{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{json}]}}'.encode()
    return Answer(body, headers={"Content-Type": "application/feed+json"})


def _json(body: str) -> Answer:
    return Answer(body.encode(), headers={"Content-Type": "application/feed+json"})


def framing() -> dict[str, Attack]:
    """Heads, lengths and chunks that contradict themselves, or are no HTTP at all."""
    ones = b"".join(b"1\r\n%c\r\n" % byte for byte in feed("ones"))
    same = b"Content-Length: %d" % len(feed("same"))
    attacks: dict[str, Attack] = {
        f"{name} as length": (_head(b"Content-Length: " + value, body=feed("x")), NO_FEED)
        for name, value in {
            "10^22": b"9" * 22, "-1": b"-1", "+5": b"+5", "0x10": b"0x10", "5, 6": b"5, 6", "1e2": b"1e2",
        }.items()
    }  # fmt: skip
    attacks |= {
        "two lengths": (_head(b"Content-Length: 5", b"Content-Length: 6", body=feed("x")), NO_FEED),
        "one length twice": (_head(same, same, body=feed("same")), ""),
        "a length before its colon": (_head(b"Content-Length : 5", body=feed("space")), ""),
        "length and chunks": (_chunked(b"Content-Length: 4", body=ones + b"0\r\n\r\n"), ""),
        "gzip in chunks": (_head(b"Transfer-Encoding: gzip, chunked", body=ones), NO_FEED),
        "chunked twice": (_chunked(b"Transfer-Encoding: chunked", body=ones), NO_FEED),
        "xchunked": (_head(b"Transfer-Encoding: xchunked", body=ones), NO_FEED),
        "a tab before chunked": (_head(b"Transfer-Encoding: \x0bchunked", body=ones), NO_FEED),
        "identity": (_head(b"Transfer-Encoding: identity", body=feed("identity")), ""),
        "a chunk of -1": (_chunked(body=b"-1\r\nx"), NO_FEED),
        "a chunk of 2^64": (_chunked(body=b"FFFFFFFFFFFFFFFF\r\nx"), NO_FEED),
        "a chunk of 16^100": (_chunked(body=b"F" * 100 + b"\r\nx"), NO_FEED),
        "a chunk of zeros": (_chunked(body=b"0" * 5000 + b"\r\n"), NO_FEED),
        "no last chunk": (_chunked(body=b"5\r\nhello\r\n"), BROKEN),
        "extensions of chunks": (_chunked(body=(b"1;" + b"e" * 4000 + b"\r\nx\r\n") * 1000), BROKEN),
        "trailers without end": (_chunked(body=b"0\r\n" + b"A: b\r\n" * 20_000), NO_FEED),
        "a trailer of 100 kB": (_chunked(body=b"0\r\nA: " + b"x" * 100_000), NO_FEED),
        "20000 fields": (_head(*(b"X-%d: y" % n for n in range(20_000))), NO_FEED),
        "a field of 1 MB": (_head(b"X: " + b"y" * 1_000_000), NO_FEED),
        "a field folded 50000 times": (_head(b"X: a", *[b" b"] * 50_000), NO_FEED),
        "a field with NUL": (_head(b"X: a\0b", body=feed("nul")), NO_FEED),
        "no colon": (_head(b"garbage", body=feed("colon")), NO_FEED),
        "CR only": (_raw(b"HTTP/1.1 200 OK\rContent-Length: 3\r\rabc"), UNREACHABLE),
        "10000 times 100": (_raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000), NO_FEED),
        "ten times 102": (_raw(b"HTTP/1.1 102 P\r\n\r\n" * 10 + b"HTTP/1.1 200 OK\r\n\r\n" + feed("102")), ""),
        "103 before 200": (_raw(b"HTTP/1.1 103 E\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + feed("103")), ""),
        "101": (_raw(b"HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\n"), NO_FEED),
        "a reason of escapes": (Answer(feed("reason"), reason="\x1b]52;c;aGk=\x07" + "x" * 3000), ""),
        "a body cut": (Answer(feed("cut"), length=9999, cut=50), BROKEN),
        "no body at all": (Answer(feed("cut"), length=100, cut=0), BROKEN),
        "chunks cut": (Answer(feed("cut") * 20, chunked=True, cut=300), BROKEN),
        "a length too short": (Answer(feed("short"), length=60), NO_FEED),
        "reset": (Answer(reset=True), UNREACHABLE),
        "hung up": (Answer(hang_up=True), UNREACHABLE),
    }
    spoken = {
        "HTTP/0.9": feed("09"), "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "a frame of HTTP/2": b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0d", "HTTP/2 200": b"HTTP/2 200\r\n\r\n" + feed("x"),
        "HTTP/3.0": b"HTTP/3.0 200 OK\r\n\r\n", "ICY": b"ICY 200 OK\r\n\r\n" + feed("x"), "SSH": b"SSH-2.0-x\r\n",
        "RTSP": b"RTSP/1.0 200 OK\r\n\r\n", "SMTP": b"220 mail\r\n", "an alert of TLS": b"\x15\x03\x01\0\x02\x02\x28",
        "status 99": b"HTTP/1.1 99 X\r\n\r\n", "status 1000": b"HTTP/1.1 1000 X\r\n\r\n",
        "status -200": b"HTTP/1.1 -200 X\r\n\r\n", "empty lines": b"\r\n" * 1000,
    }  # fmt: skip
    attacks |= {name: (_raw(data), NO_FEED) for name, data in spoken.items()}
    return attacks | {"nothing": (_raw(b""), UNREACHABLE)}


def statuses() -> dict[str, Attack]:
    """Status codes that lie: each comes with a whole feed."""
    codes = {
        **dict.fromkeys((200, 201, 202, 203, 207, 208, 299), ""),
        **dict.fromkeys((204, 205, 206, 226, 300, 304, 305, 306, 400, 402, 404, 405, 406, 409, 411, 412, 413), NO_FEED),
        **dict.fromkeys((414, 415, 416, 417, 418, 420, 421, 422, 423, 424, 425, 426, 428, 430, 431), NO_FEED),
        **dict.fromkeys((440, 444, 449, 450, 451, 460, 463, 494, 495, 496, 497, 498, 499), NO_FEED),
        **dict.fromkeys((408, *range(500, 512), *range(520, 528), 529, 530, 540, 561, 598, 599, 600, 700, 999), BROKEN),
        401: "credentials", 403: "forbidden", 407: NO_FEED, 410: "gone", 429: "limit",
    }  # fmt: skip
    del codes[205]  # its answer may have a body, against the standard, and then has
    waits = (
        "-5",
        "1" + "0" * 400,
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 01 Jan 0000 00:00:00 GMT",
        "soon",
        "1.5",
        "inf",
    )
    answers: dict[str, Attack] = {
        f"status {code}": (Answer(feed(f"s{code}"), status=code), told) for code, told in codes.items()
    }
    answers |= {
        f"Retry-After {value[:9]}": (Answer(status=429, headers={"Retry-After": value}), "limit") for value in waits
    }
    return answers


def bodies() -> dict[str, Attack]:
    """What is no feed, and says that it is one."""
    noise = random.Random(1).randbytes(100_000)
    no_feeds = {
        "a login": b"<!doctype html><title>Sign in</title><form><input type=password></form>",
        "a check for robots": b"<html><title>Just a moment...</title>", "nothing in it": b"", "spaces": b" \n" * 1000,
        "OK": b"OK", "an error in JSON": b'{"error":"rate limited"}', "PDF": b"%PDF-1.4" + bytes(1000), "noise": noise,
        "PNG": b"\x89PNG\r\n" + noise, "ZIP": b"PK\x03\x04" + noise, "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "SOAP": b"<?xml version='1.0'?><Envelope><Fault/></Envelope>", "an error in XML": b"<error>no</error>",
        "OPML": b"<opml><body/></opml>", "a path": b"/etc/passwd", "a file's address": b"file:///etc/passwd",
        "an address": b"http://127.0.0.1:9/", "UTF-7": b"+ADw-rss version=+ACI-2.0+ACI-+AD4-",
        "the mark of UTF-16 before UTF-8": b"\xff\xfe" + feed("x"), "channels in channels": b"<rss><channel>" * 5000,
    }  # fmt: skip
    attacks: dict[str, Attack] = {name: (Answer(body), NO_FEED) for name, body in no_feeds.items()}
    charsets = (
        "utf-7", "utf-16", "utf-32", "unicode_escape", "rot13", "zlib", "hex", "idna", "punycode", "undefined", "mbcs",
        "cp037", "hz", "iso2022_jp", "x" * 5000, "..",
    )  # fmt: skip
    for charset in charsets:
        body = feed(f"charset {charset[:10]}")
        said = body.replace(b'version="1.0"', f'version="1.0" encoding="{charset}"'.encode())
        attacks[f"{charset[:20]} in the head"] = (
            Answer(body, headers={"Content-Type": f"text/xml; charset={charset}"}),
            "",
        )
        attacks[f"{charset[:20]} in the document"] = (Answer(said), "")
    for name, date in {
        "0": "Mon, 01 Jan 0000 00:00:00 GMT", "9999": "Fri, 31 Dec 9999 23:59:59 -1200",
        "zone": "Fri, 20 Nov 2026 07:30:00 +9999",
        "10^4": "10000-01-01T00:00:00Z", "-5": "-5", "2^66": "99999999999999999999", "NaN": "NaN",
        "long": "1" * 100_000, "leap": "Fri, 20 Nov 2026 23:59:60 GMT", "February": "2026-02-30T00:00:00Z",
    }.items():  # fmt: skip
        attacks[f"date {name}"] = (Answer(feed(f"date {name}", at=date)), "")
    return attacks


def documents() -> dict[str, Attack]:
    """XML and JSON that unfold, nest, repeat or lie."""
    lol = '<!DOCTYPE r [<!ENTITY a0 "Acme lol">'
    lol += "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)) + "]>"
    one = "<item><title>Acme {0}</title><link>https://n.example/{0}</link></item>"
    attacks: dict[str, Attack] = {
        "a billion laughs": (_xml("<item><title>&a9;</title><link>https://n.example/lol</link></item>", lol), ""),
        "an entity that is a DTD": (
            _xml(one.format("pe"), '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p;]>'),
            "",
        ),
        "a DTD that is a device": (_xml(one.format("dtd"), '<!DOCTYPE rss SYSTEM "file:///dev/zero">'), ""),
        "XInclude": (_xml(one.format("xi") + '<xi:include href="file:///etc/passwd" parse="text"/>'), ""),
        "a link that runs": (Answer(rss(recent_entry("Acme js", "javascript:alert(1)")).encode()), ""),
        "a link of data": (Answer(rss(recent_entry("Acme data", "data:text/html,x")).encode()), ""),
        "a title of OSC 52": (
            Answer(rss(recent_entry("Acme &#27;]52;c;aGk=&#7;", "https://n.example/osc")).encode()),
            "",
        ),
        "a title of C1": (Answer(rss(recent_entry("Acme \x9b31m", "https://n.example/c1")).encode()), ""),
        "half a character": (Answer(feed("half").replace(b"Acme", b"Acme \xed\xa0\x80")), ""),
        "NUL": (Answer(feed("nul").replace(b"Acme", b"Acme \0")), ""),
        "a reference of 10^1000": (_xml(one.format("&#" + "9" * 1000 + ";")), ""),
        "one guid for five": (
            Answer(rss(*(recent_entry(f"Acme g{n}", f"https://n.example/g{n}", guid="g") for n in range(5))).encode()),
            "",
        ),
        "JSON nested": (_json("[" * 100_000), NO_FEED),
        "JSON objects nested": (_json('{"a":' * 50_000), NO_FEED),
        "JSON cut": (_json('{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1"}'), NO_FEED),
        "items that are no list": (_json('{"version":"https://jsonfeed.org/version/1.1","items":{"a":1}}'), NO_FEED),
        "an id that is NaN": (_items('{"id":NaN,"content_text":"Acme nan","url":"https://n.example/nan"}'), ""),
        "an id that is infinite": (_items('{"id":1e999,"content_text":"Acme inf","url":"https://n.example/inf"}'), ""),
        "an id of 100000 digits": (_items('{"id":' + "9" * 100_000 + ',"content_text":"Acme digits"}'), ""),
        "two ids in one": (_items('{"id":"1","id":"2","content_text":"Acme two","url":"https://n.example/two"}'), ""),
        "half a character in JSON": (
            _items('{"id":"s","content_text":"Acme \\ud800","url":"https://n.example/s"}'),
            "",
        ),
    }
    for scheme in ("file:///etc/passwd", "http://127.0.0.1:9/x", "php://filter", "/dev/zero"):
        doctype = f'<!DOCTYPE r [<!ENTITY x SYSTEM "{scheme}">]>'
        attacks[f"an entity that is {scheme}"] = (_xml(one.format(f"{scheme[:4]} &x;".replace("/", "")), doctype), "")
    return attacks


def redirects() -> dict[str, Attack]:
    """Where a server would send us."""
    targets = (
        "file:///etc/passwd", "gopher://x/", "data:text/xml,<rss/>", "javascript:1", "ftp://127.0.0.1/",
        "http://169.254.169.254/latest/", "http://10.0.0.1/", "http://[::1]:22/", "http://[::ffff:127.0.0.1]:22/",
        "http://0.0.0.0:22/", "http://2130706433:22/", "http://0177.0.0.1:22/", "http://0x7f.1:22/",
        "http://localhost:22/",
        "http://localhost.:22/", "http://100.64.0.1/", "http://a:b@127.0.0.1:22/", "http://127.0.0.1:22/",
        "//10.0.0.1/",
        "http://[64:ff9b::7f00:1]:22/", "http://[2002:7f00:1::]/", "http://[::1", "http://127.0.0.1:99999/",
        "http://[fe80::1]/", "http://192.168.1.1/", "http://[fd00::1]/", "http://224.0.0.1/", "http://255.255.255.255/",
    )  # fmt: skip
    attacks: dict[str, Attack] = {f"to {target}": (redirect(target), NO_ENTRY) for target in targets}
    return attacks | {
        "in a circle": (lambda asked: redirect(asked.path), NO_ENTRY),
        "ever longer": (lambda asked: redirect(f"{asked.path}?{'x' * (len(asked.target) % 5000 + 100)}"), NO_ENTRY),
        "to nowhere": (Answer(status=302), NO_FEED),
        "to nothing": (redirect(""), NO_FEED),
    }


def packings() -> dict[str, Attack]:
    """Compression that is damaged, doubled or endless."""
    return {
        "gzip and more": (_packed(gzip.compress(feed("more")) + b"junk" * 1000, "gzip"), ""),
        "gzip cut": (_packed(gzip.compress(feed("x") * 100)[:-20], "gzip"), BROKEN),
        "gzip with a wrong sum": (_packed(gzip.compress(feed("x"))[:-8] + bytes(8), "gzip"), NO_FEED),
        "gzip that is none": (_packed(feed("none"), "gzip"), ""),
        "deflate": (_packed(zlib.compress(feed("deflate")), "deflate"), ""),
        "raw deflate": (_packed(_deflated(feed("raw")), "deflate"), ""),
        "gzip and identity": (_packed(gzip.compress(feed("identity2")), "gzip, identity"), ""),
        "x-gzip": (_packed(gzip.compress(feed("xgzip")), "x-gzip"), ""),
        "brotli": (_packed(b"\x1b\0", "br"), NO_FEED),
        "zstd": (_packed(b"\x28\xb5\x2f\xfd", "zstd"), NO_FEED),
        "2000 times gzip": (_packed(feed("x"), ", ".join(["gzip"] * 2000)), NO_FEED),
        "nothing, packed": (_packed(b"", "gzip"), NO_FEED),
    }


def heavy() -> dict[str, Attack]:
    """What takes seconds or many megabytes to answer, or is meant to."""
    zeros = bytes(300_000_000)
    one = gzip.compress(bytes(9_900_000))
    big = "<item><title>{}</title><link>https://n.example/{}</link></item>"
    return {
        "a bomb": (bomb(500), LARGE),
        "a bomb in a bomb": (bomb(100, times=2), NO_FEED),
        "a bomb in members": (_packed(one * 60, "gzip"), LARGE),
        "a bomb of deflate": (_packed(zlib.compress(zeros), "deflate"), LARGE),
        "a bomb of raw deflate": (_packed(_deflated(zeros), "deflate"), LARGE),
        "a bomb as a body": (Answer(gzip.compress(zeros), headers={"Content-Type": "application/gzip"}), LARGE),
        "200000 empty members": (_packed(gzip.compress(b"") * 200_000, "gzip"), NO_FEED),
        "without end": (Answer(b"<item>Acme</item>" * 1000, endless=True), LARGE),
        "lines without end": (Answer(b"\n" * 65_536, endless=True), LARGE),
        "dripping": (Answer(feed("drip"), drip=0.5), SLOW),
        "silent": (Answer(hang=True), SLOW),
        "chunks of a byte": (_chunked(body=b"1\r\nx\r\n" * 1_500_000), NO_FEED),
        "nested 300000 deep": (_xml("<a>" * 300_000 + "</a>" * 300_000), SLOW),
        "2 MB of &": (_xml(f"<item><title>{'&' * 2_000_000}</title></item>"), SLOW),
        "400000 times <a": (_xml(f"<item><title>{'<a ' * 400_000}</title></item>"), SLOW),
        "500000 comments": (Answer(b"<!--" * 500_000), NO_FEED),
        "300000 doctypes": (Answer(b"<!DOCTYPE " * 300_000), NO_FEED),
        "a title of 9 MB": (_xml(big.format("Acme " + "x" * 9_000_000, 9)), ""),
        "an address of 5 MB": (_xml(big.format("Acme address", "x" * 5_000_000)), ""),
        "a million references": (_xml(big.format("Acme " + "&#x41;" * 1_000_000, 8)), ""),
        "a picture of 4 MB": (_xml(big.format("Acme " + "QUNN" * 1_000_000, 7)), ""),
        "half a million keys": (_json("{" + ",".join(f'"{n}":{{}}' for n in range(500_000)) + "}"), NO_FEED),
        "9 MB of words in JSON": (_items('{"id":"x","content_text":"' + "Acme " * 1_800_000 + '"}'), ""),
    }


LIGHT: tuple[Callable[[], dict[str, Attack]], ...] = (framing, statuses, bodies, documents, redirects, packings)


def light() -> dict[str, Attack]:
    """All that costs next to nothing."""
    return {f"{kind.__name__}: {name}": attack for kind in LIGHT for name, attack in kind().items()}


__all__ = ["Asked", "Attack", "feed", "heavy", "light"]
