"""Feeds as publishers write them: every format, charset, date and habit, what is no feed, and what is meant to harm.

Each document here is read by the quick reader and by feedparser; they must agree unless the quick one steps aside.
"""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest

from mentionwatch.errors import SourceError, TooLarge, UnexpectedResponse, UserError
from mentionwatch.messages import Page, Request, Response, Secret
from mentionwatch.model import Author, Item
from mentionwatch.sources import NeedsFullParser
from mentionwatch.sources.feed.items import MAX_ITEMS
from mentionwatch.sources.platforms.feed import Feed
from mentionwatch.sources.toolkit.feed_dates import parse_date
from mentionwatch.text import clean, one_line

URL = "https://news.acme.example/blog/feed.xml"
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
FEED = Feed(url=URL)


def answer(body: bytes | str, content_type: str = "application/rss+xml", since: str | None = None) -> Response:
    data = body.encode() if isinstance(body, str) else body
    return Response(Request("feed", URL, since=since), 200, URL, {"content-type": content_type}, data, NOW)


def read(body: bytes | str, content_type: str = "application/rss+xml") -> Page:
    """The page both readers make of it; where the quick one steps aside, feedparser's."""
    response = answer(body, content_type)
    if response.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return FEED.parse(response)
    try:
        quick = FEED.parse(response)
    except NeedsFullParser:
        return FEED.parse_fully(response)
    thorough = FEED.parse_fully(response)
    assert quick == thorough
    return quick


def quick_alone(body: bytes | str) -> Page:
    """The page of the quick reader, which must not step aside."""
    return FEED.parse(answer(body))


def rss(*items: str, channel: str = "") -> str:
    spaces = (
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
        'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
    )
    body = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {spaces}><channel><title>Bean News</title>'
        f"<link>https://news.acme.example/</link><description>All about beans</description>{channel}{body}"
        "</channel></rss>"
    )


def atom(*entries: str, head: str = "", attributes: str = "") -> str:
    body = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return (
        f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" '
        f'xmlns:thr="http://purl.org/syndication/thread/1.0" xmlns:yt="http://www.youtube.com/xml/schemas/2015" '
        f"{attributes}><title>Bean News</title><id>tag:acme.example,2026:feed</id>{head}{body}</feed>"
    )


def only(body: bytes | str) -> Item:
    (item,) = read(body).items
    return item


LINK = "<link>https://news.acme.example/queue</link>"

# --- formats ----------------------------------------------------------------------------------------------------------

FORMATS = {
    "RSS 0.90": (
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>N</title><link>https://news.acme.example/</link>'
        "</channel><item><title>The queue &amp; we</title><link>https://news.acme.example/queue</link></item></rdf:RDF>"
    ),
    "RSS 0.91": (
        '<rss version="0.91"><channel><title>N</title><item><title>The queue &amp; we</title>'
        "<link>https://news.acme.example/queue</link><description>Half an hour.</description></item></channel></rss>"
    ),
    "RSS 0.91 with its document type": (
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
        ' "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><title>N</title><item>'
        "<title>The queue &amp; we</title><link>https://news.acme.example/queue</link></item></channel></rss>"
    ),
    "RSS 0.92": (
        '<rss version="0.92"><channel><title>N</title><item><title>The queue &amp; we</title>'
        "<link>https://news.acme.example/queue</link></item></channel></rss>"
    ),
    "RSS 1.0": (
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://news.'
        'acme.example/"><title>N</title><link>https://news.acme.example/</link><description/></channel>'
        '<item rdf:about="https://news.acme.example/queue"><title>The queue &amp; we</title>'
        "<link>https://news.acme.example/queue</link><dc:date>2026-11-20T08:01:02+01:00</dc:date></item></rdf:RDF>"
    ),
    "RSS 2.0": rss(f"<title>The queue &amp;amp; we</title>{LINK}<pubDate>Fri, 20 Nov 2026 08:01:02 +0100</pubDate>"),
    "RSS 2.0 with elements in capitals": (
        '<RSS VERSION="2.0"><CHANNEL><TITLE>N</TITLE><ITEM><TITLE>The queue &amp; we</TITLE>'
        "<LINK>https://news.acme.example/queue</LINK></ITEM></CHANNEL></RSS>"
    ),
    "RSS 2.0 in a namespace": (
        '<rss version="2.0" xmlns="http://backend.userland.com/rss2"><channel><title>N</title><item>'
        "<title>The queue &amp; we</title><link>https://news.acme.example/queue</link></item></channel></rss>"
    ),
    "Atom 0.3": (
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>N</title><entry><title>The queue &amp; we</title>'
        '<link rel="alternate" type="text/html" href="https://news.acme.example/queue"/><id>q</id>'
        "<issued>2026-11-20T08:01:02+01:00</issued><modified>2026-11-20T09:00:00Z</modified></entry></feed>"
    ),
    "Atom 1.0": atom(
        '<title>The queue &amp; we</title><link href="https://news.acme.example/queue"/><id>q</id>'
        "<published>2026-11-20T07:01:02Z</published><updated>2026-11-20T09:00:00Z</updated>"
    ),
    "Atom 1.0 with prefixes": (
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>N</a:title><a:entry>'
        "<a:title>The queue &amp; we</a:title>"
        '<a:link href="https://news.acme.example/queue"/></a:entry></a:feed>'
    ),
    "JSON Feed 1": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1",
            "title": "N",
            "items": [{"id": "q", "url": "https://news.acme.example/queue", "title": "The queue & we"}],
        }
    ),
    "JSON Feed 1.1": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "N",
            "items": [{"id": 7, "url": "https://news.acme.example/queue", "title": "The queue &amp; we"}],
        }
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_the_same(name: str) -> None:
    """RSS from 0.90 to 2.0, RDF, Atom and JSON Feed give the same entry."""
    item = only(FORMATS[name])

    assert item.platform == "feed"
    assert item.kind == "article"
    assert item.title == "The queue & we"
    assert item.url == "https://news.acme.example/queue"
    assert item.published_at in (None, datetime(2026, 11, 20, 7, 1, 2, tzinfo=UTC))


def test_json_feed_in_full() -> None:
    """Texts, dates, people, tags, attachments and languages are taken; the feed's author wrote what names nobody."""
    first, second = read(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "Beans",
                "language": "en-GB",
                "authors": [{"name": "Jo Roaster", "url": "https://acme.example/jo"}],
                "items": [
                    {
                        "id": "1",
                        "url": "/queue",
                        "external_url": "https://daily.example/x",
                        "title": "Queue",
                        "content_html": '<p>See <a href="/shop">the shop</a>.</p>',
                        "content_text": "See the shop.",
                        "date_published": "2026-11-20T08:00:00+01:00",
                        "tags": ["#beans", "Beans", "queue"],
                        "attachments": [{"url": "https://acme.example/a.mp3", "mime_type": "audio/mpeg"}],
                        "authors": [{"name": "Mia"}, {"name": "Noor"}],
                    },
                    {"id": "https://acme.example/2", "summary": "Only a summary", "language": "de"},
                ],
            }
        )
    ).items

    assert first.url == "https://news.acme.example/queue"
    assert first.text == "See the shop."
    assert first.links == (
        "https://news.acme.example/shop",
        "https://daily.example/x",
        "https://acme.example/a.mp3",
    )
    assert first.author == Author(name="Mia, Noor")
    assert first.tags == ("beans", "queue")
    assert (first.language, second.language) == ("en-GB", "de")
    assert second.url == "https://acme.example/2"
    assert second.author == Author(name="Jo Roaster", url="https://acme.example/jo")
    assert second.kind == "post"


# --- dates ------------------------------------------------------------------------------------------------------------

AT = "2026-11-20T07:01:02Z"
DATES = {
    "Fri, 20 Nov 2026 08:01:02 +0100": AT,
    "Fri, 20 Nov 2026 07:01:02 GMT": AT,
    "Mon, 20 Nov 2026 07:01:02 Z": AT,  # a wrong weekday
    "20 Nov 2026 02:01:02 EST": AT,
    "Fri, 20 Nov 26 00:01:02 MST": AT,
    "Fri, 20 Nov 2026 08:01:02 CET": AT,
    "Fri, 20 November 2026 07:01:02": AT,
    "2026-11-20T07:01:02Z": AT,
    "2026-11-20T08:01:02.654413664+01:00": AT,
    "2026-11-20 08:01:02 +0100": AT,
    "20261120T070102Z": AT,
    "Fri Nov 20 07:01:02 2026": AT,
    "Fri Nov 20 07:01:02 UTC 2026": AT,
    "November 20, 2026 7:01:02 AM": AT,
    "1795158062": AT,
    "1795158062000": AT,
    "Freitag, 20. November 2026 08:01:02 MEZ": AT,
    "ven., 20 nov. 2026 08:01:02 +0100": AT,
    "vie, 20 nov 2026 08:01:02 +0100": AT,
    "mar, 17 nov 2026 00:00:00 GMT": "2026-11-17T00:00:00Z",
    "пт, 20 ноября 2026 10:01:02 MSK": AT,
    "Παρ, 20 Νοε 2026 09:01:02 EET": AT,
    "2026년 11월 20일 오전 7:01:02": AT,
    "2026年11月20日 07:01:02": AT,
    "20.11.2026 07:01:02": AT,
    "2026/11/20 07:01:02": AT,
    "Fri, 20 Nov 2026 7:1:02 GMT": AT,
    "Thu, 19 Nov 2026 24:00:00 GMT": "2026-11-20T00:00:00Z",
    "2026-11-20": "2026-11-20T00:00:00Z",
    "Fri, 20 Nov 2026": "2026-11-20T00:00:00Z",
    "Fri, 20 Nov 2026 07:01:02 +9900": AT,  # no such zone: the day is right
    "Fri, 20 Nov 1998 07:01:02 GMT": "1998-11-20T07:01:02Z",
    # a clock of twelve hours, however its mark is written
    "Friday, November 20, 2026 - 3:09pm": "2026-11-20T15:09:00Z",
    "Friday, November 20, 2026 - 12:30am": "2026-11-20T00:30:00Z",
    "2026-11-20 10:00:00 PM": "2026-11-20T22:00:00Z",
    "Nov 20, 2026 3pm": "2026-11-20T15:00:00Z",
    "20 de noviembre de 2026 3:09 p. m.": "2026-11-20T15:09:00Z",
    "20 tháng 11, 2026 3:09 CH": "2026-11-20T15:09:00Z",
    "الجمعة، 20 نوفمبر 2026 - 3:09 مساءً": "2026-11-20T15:09:00Z",
    # zones by place and by name
    "Fri, 20 Nov 2026 19:19:00 America/Los_Angeles": "2026-11-21T03:19:00Z",
    "Fri, 20 Nov 2026 10:00:00 Etc/GMT+5": "2026-11-20T15:00:00Z",
    "2026-07-20T10:00:00 Europe/Brussels": "2026-07-20T08:00:00Z",
    "2026-11-20T10:00:00+01:00[Europe/Berlin]": "2026-11-20T09:00:00Z",
    "2026-11-20 10:00 America/Argentina/Buenos_Aires": "2026-11-20T13:00:00Z",
    "11/20/2026 3:09:00 PM Eastern Standard Time": "2026-11-20T20:09:00Z",
    "Fri, 20 Nov 2026 10:00:00 Mars/Phobos": None,
    # clocks with full stops, other alphabets, digits, eras and calendars
    "20.11.2026 15.09": "2026-11-20T15:09:00Z",
    "20. marraskuuta 2026 klo 15.09": "2026-11-20T15:09:00Z",
    "2026. 11. 20. 오후 3:09": "2026-11-20T15:09:00Z",
    "2026년 11월 20일 오후 3시 9분": "2026-11-20T15:09:00Z",
    "2026年11月20日 15時9分": "2026-11-20T15:09:00Z",
    "２０２６年１１月２０日": "2026-11-20T00:00:00Z",
    "二〇二六年十一月二十日": "2026-11-20T00:00:00Z",
    "令和8年11月20日": "2026-11-20T00:00:00Z",
    "民國115年11月20日": "2026-11-20T00:00:00Z",
    "20 พฤศจิกายน 2569 15:09": "2026-11-20T15:09:00Z",
    "20 พ.ย. 69": "2026-11-20T00:00:00Z",
    "۲۹ آبان ۱۴۰۵ - ۱۵:۰۹": "2026-11-20T15:09:00Z",
    "٢٠ نوفمبر ٢٠٢٦": "2026-11-20T00:00:00Z",
    "20 تشرين الثاني 2026": "2026-11-20T00:00:00Z",
    "20 בנובמבר 2026": "2026-11-20T00:00:00Z",
    "शुक्रवार, 20 नवम्बर 2026 15:09": "2026-11-20T15:09:00Z",
    "২০ নভেম্বর ২০২৬": "2026-11-20T00:00:00Z",
    "2026 m. lapkričio 20 d. 15:09": "2026-11-20T15:09:00Z",
    "20. studenoga 2026.": "2026-11-20T00:00:00Z",
    "2026-W47-5": "2026-11-20T00:00:00Z",
    "2026-324": "2026-11-20T00:00:00Z",
    "Nov. 2026": "2026-11-01T00:00:00Z",
    "10/30/26 21:55:58": "2026-10-30T21:55:58Z",
    "0001-01-01T00:00:00Z": None,
    "Thu, 01 Jan 1970 00:00:00 GMT": None,
    "9999-12-31T23:59:59Z": None,
    "2031-01-01T00:00:00Z": None,
    "03/04/2026": None,  # March or April
    "Mon, 31 Feb 2026 10:00:00 GMT": None,
    "yesterday": None,
    "": None,
    "2" * 5000: None,
    "Fri, 20 Nov 2026 99:99:99 GMT": None,
}


@pytest.mark.parametrize("raw", DATES, ids=lambda raw: raw[:40])
def test_dates_as_publishers_write_them(raw: str) -> None:
    """Any shape, zone and language of a date; one that cannot be true is unknown, never invented."""
    at = parse_date(raw, NOW)

    assert (at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None) == DATES[raw]


def test_a_day_ahead_is_somebody_elses_clock() -> None:
    """A date some hours ahead is kept, one further ahead is unknown, and the next best date of the entry is taken."""
    soon = only(rss(f"<title>a</title>{LINK}<pubDate>Sun, 22 Nov 2026 07:00:00 GMT</pubDate>"))
    later = only(rss(f"<title>a</title>{LINK}<pubDate>2027-01-01</pubDate><dc:date>2026-11-01T00:00:00Z</dc:date>"))

    assert soon.published_at == datetime(2026, 11, 22, 7, tzinfo=UTC)
    assert later.published_at == datetime(2026, 11, 1, tzinfo=UTC)


MIXED = {
    "one entry in windows-1252": ("Café Zorvéx – open", "utf-8", "“one” it’s naïve", "cp1252", ""),
    "one entry in windows-1252, undeclared": ("Café", "utf-8", "“zwei” daß” Straße", "cp1252", None),
    "one entry in UTF-8": ("CAFÉ” À la carte", "cp1252", "naïve – “quoted”", "utf-8", "iso-8859-1"),
    "one Russian entry in UTF-8": ("Кофе «Ы» Акме", "cp1251", "Кофе Акме", "utf-8", "windows-1251"),
    "one Chinese entry in UTF-8": ("联通 公司", "gb18030", "咖啡公司", "utf-8", "gb2312"),
    "one Japanese entry in UTF-8": ("コーヒー表", "cp932", "珈琲の会社", "utf-8", "shift_jis"),
    "one Polish entry in UTF-8": ("Zażółć gęślą jaźń", "iso8859-2", "Zażółć", "utf-8", "iso-8859-2"),
}


@pytest.mark.parametrize("case", MIXED)
def test_one_entry_of_another_charset_costs_no_letter(case: str) -> None:
    """Each text between two tags is read in its own charset: UTF-8 where it can be nothing else."""
    one, codec, other, strange, said = MIXED[case]
    head = f'<?xml version="1.0" encoding="{said}"?>' if said else '<?xml version="1.0"?>'
    begin = f'{head}<rss version="2.0"><channel><title>N</title><item><title>'.encode()
    between = b"</title></item><item><title>"
    data = begin + one.encode(codec) + between + other.encode(strange) + b"</title></item></channel></rss>"

    assert [item.title for item in read(data).items] == [one, other]


# --- charsets and packing ---------------------------------------------------------------------------------------------

WORDS = "Café Akmé"
CYRILLIC = "Кофе Акме"


def declared(text: str, name: str) -> str:
    item = f"<item><title>{text}</title></item>"
    return f'<?xml version="1.0" encoding="{name}"?><rss version="2.0"><channel>{item}</channel></rss>'


CHARSETS = {
    "UTF-8": (declared(WORDS, "utf-8").encode(), "", WORDS),
    "UTF-8 with a mark": (b"\xef\xbb\xbf" + declared(WORDS, "utf-8").encode(), "", WORDS),
    "UTF-8, undeclared": (declared(WORDS, "utf-8").encode()[38:], "", WORDS),
    "UTF-8 declared as latin-1": (declared(WORDS, "iso-8859-1").encode(), "", WORDS),
    "UTF-8 served as latin-1": (declared(WORDS, "utf-8").encode(), "text/xml; charset=ISO-8859-1", WORDS),
    "UTF-8 with a strange name": (declared(WORDS, "utf8mb4").encode(), "", WORDS),
    "latin-1": (declared(WORDS, "iso-8859-1").encode("latin-1"), "", WORDS),
    "latin-1 declared as UTF-8": (declared(WORDS, "utf-8").encode("latin-1"), "", WORDS),
    "latin-1, undeclared": (declared(WORDS, "utf-8").encode("latin-1")[38:], "", WORDS),
    "latin-1, served": (declared(WORDS, "")[38:].encode("latin-1"), "text/xml; charset=latin1", WORDS),
    "windows-1252 called latin-1": (declared("Acme’s “beans”", "iso-8859-1").encode("cp1252"), "", "Acme’s “beans”"),
    "windows-1251": (declared(CYRILLIC, "windows-1251").encode("cp1251"), "", CYRILLIC),
    "windows-1251, served": (declared(CYRILLIC, "")[34:].encode("cp1251"), "text/xml; charset=windows-1251", CYRILLIC),
    "KOI8-R": (declared(CYRILLIC, "koi8-r").encode("koi8-r"), "", CYRILLIC),
    "Shift_JIS": (declared("アクメ珈琲", "Shift_JIS").encode("cp932"), "", "アクメ珈琲"),
    "EUC-KR": (declared("아크메 커피", "euc-kr").encode("euc_kr"), "", "아크메 커피"),
    "GB2312": (declared("阿克梅咖啡", "gb2312").encode("gb18030"), "", "阿克梅咖啡"),
    "ISO-2022-JP": (declared("アクメ珈琲", "iso-2022-jp").encode("iso2022_jp"), "", "アクメ珈琲"),
    "UTF-16": (declared(WORDS, "utf-16").encode("utf-16"), "", WORDS),
    "UTF-16 without a mark": (declared(WORDS, "utf-16").encode("utf-16-be"), "", WORDS),
    "UTF-32": (declared(WORDS, "utf-32").encode("utf-32"), "", WORDS),
    "blank lines first": (b"\n\r\n " + declared(WORDS, "utf-8").encode(), "", WORDS),
    "gzip within": (gzip.compress(declared(WORDS, "utf-8").encode()), "", WORDS),
    "gzip within gzip": (gzip.compress(gzip.compress(declared(WORDS, "utf-8").encode())), "", WORDS),
    "taken for latin-1 and written again": (declared(WORDS.encode().decode("latin-1"), "utf-8").encode(), "", WORDS),
}


@pytest.mark.parametrize("name", CHARSETS)
def test_charsets(name: str) -> None:
    """Whatever the document and the server say of the charset, and if they lie, the letters are right."""
    body, content_type, title = CHARSETS[name]

    assert read(body, content_type).items[0].title == title


def test_a_letter_cut_in_two_costs_only_itself() -> None:
    """One broken letter does not turn the whole feed into gibberish."""
    body = rss(f"<title>Acme की कॉफी अ...</title>{LINK}", f"<title>{CYRILLIC}</title>{LINK}").encode()
    first, second = read(body.replace("अ...".encode(), "अ".encode()[:2] + b"...")).items

    assert first.title == "Acme की कॉफी ..."
    assert second.title == CYRILLIC


@pytest.mark.parametrize("codec", ["unicode_escape", "utf-7", "raw_unicode_escape", "rot13", "idna", "hex", "zlib"])
def test_no_server_chooses_a_codec(codec: str) -> None:
    r"""A charset that is a Python codec and none of the web's is not used: ``\x1b`` stays a backslash."""
    title = read(declared(r"\x1b[31m \u202e +ACY-", codec), f"text/xml; charset={codec}").items[0].title

    assert title == r"\x1b[31m \u202e +ACY-"


def test_a_compression_bomb_is_too_large() -> None:
    """A body that inflates beyond the cap is refused before it is whole."""
    with pytest.raises(TooLarge):
        read(gzip.compress(b"<rss>" + bytes(11_000_000)))


# --- titles and texts -------------------------------------------------------------------------------------------------

TITLES = {
    "Acme &amp; Co": "Acme & Co",
    "Acme &amp;amp; Co": "Acme & Co",
    "Acme &amp;amp;amp; Co": "Acme & Co",
    "Acme&amp;#8217;s &amp;quot;beans&amp;quot;": 'Acme’s "beans"',
    "Acme&amp;amp;#8217;s": "Acme’s",
    "Acme&#146;s": "Acme’s",
    "&lt;b&gt;Acme&lt;/b&gt; Coffee": "Acme Coffee",
    "&amp;lt;b&amp;gt;Acme&amp;lt;/b&amp;gt; Coffee": "Acme Coffee",
    "<![CDATA[<b>Ac</b>me &amp; Co]]>": "Acme & Co",
    "<![CDATA[vector<int> at Acme]]>": "vector<int> at Acme",
    "<![CDATA[How to use the <script> tag]]>": "How to use the <script> tag",
    "1 &lt; 2 &gt; 0": "1 < 2 > 0",
    "I &lt;3 Acme": "I <3 Acme",
    "  Acme\n\t   Coffee ": "Acme Coffee",
    "Acme\u202e&#x81;Coffee": "AcmeCoffee",
    "AT&amp;T": "AT&T",
    "": None,
    "&lt;img src=x onerror=alert(1)&gt;": None,
}


@pytest.mark.parametrize("raw", TITLES)
def test_titles_are_plain(raw: str) -> None:
    """Markup and entities of a title, escaped once or twice, are gone; what only looks like markup stays."""
    item = only(rss(f"<title>{raw}</title>{LINK}<description>x</description>"))

    assert item.title == TITLES[raw]


@pytest.mark.parametrize(
    ("kind", "raw", "title"),
    [
        ("", "Tom &amp; Jo", "Tom & Jo"),
        ('type="text"', "1 &lt; 2", "1 < 2"),
        ('type="text"', "use &lt;b&gt; here", "use <b> here"),
        ('type="html"', "&lt;b&gt;Slack&lt;/b&gt; adjusters &amp;amp; more&amp;nbsp;...", "Slack adjusters & more ..."),
        ('type="html"', "<![CDATA[<i>Acme</i>]]>", "Acme"),
        ('type="xhtml"', '<div xmlns="http://www.w3.org/1999/xhtml">Less: <em>&lt;</em></div>', "Less: <"),
    ],
)
def test_atom_titles_are_plain(kind: str, raw: str, title: str) -> None:
    """Atom says what a title is, and is believed."""
    assert only(atom(f"<title {kind}>{raw}</title><id>a</id>")).title == title


NAMED = {
    "Atom, escaped as RFC 4287 wants it": atom(
        '<title type="html">Replace the &amp;lt;script&amp;gt; tag with Acme</title><id>a</id>'
    ),
    "Atom, escaped once": atom('<title type="html">Replace the &lt;script&gt; tag with Acme</title><id>a</id>'),
    "Atom, plain": atom('<title type="text">Replace the &lt;script&gt; tag with Acme</title><id>a</id>'),
    "RSS, escaped once": rss(f"<title>Replace the &lt;script&gt; tag with Acme</title>{LINK}"),
    "RSS, escaped twice": rss(f"<title>Replace the &amp;lt;script&amp;gt; tag with Acme</title>{LINK}"),
    "RSS, in a CDATA section": rss(f"<title><![CDATA[Replace the &lt;script&gt; tag with Acme]]></title>{LINK}"),
    "JSON": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "items": [{"id": "a", "title": "Replace the <script> tag with Acme"}],
        }
    ),
}


@pytest.mark.parametrize("how", NAMED)
def test_an_element_named_in_a_title_swallows_nothing(how: str) -> None:
    """A title that speaks of an element is told in full, however it was escaped."""
    assert only(NAMED[how]).title == "Replace the <script> tag with Acme"


SPOKEN_OF = {
    "the <pre> element at Acme": "the <pre> element at Acme",
    "the <style> and <iframe> of Acme": "the <style> and <iframe> of Acme",
    "a std::vector<int> at Acme": "a std::vector<int> at Acme",
    "<x></x> at Acme": "<x></x> at Acme",
    "<p>The <script> tag</p><p>Acme</p>": "The tag\n\nAcme",
    "<iframe src='/v'> Acme": "Acme",
    "<blink>Acme</blink> sale": "Acme sale",
    "<o:p>Acme</o:p>": "Acme",
    "By Acme: <math xmlns='http://www.w3.org/1998/Math/MathML'><mi>x</mi></math>": "By Acme: x",
    "<acme-card>Acme</acme-card>": "Acme",
    "line<br>Acme": "line\nAcme",
    "<![CDATA[Acme opens]]>": "Acme opens",
    "<![CDATA[<p>Acme</p>]]>": "Acme",
    "&lt;![CDATA[Acme opens]]&gt;": "Acme opens",
    "&lt;p&gt;Acme&lt;/p&gt;": "Acme",
    "the &lt;script&gt; tag at Acme": "the <script> tag at Acme",
}


@pytest.mark.parametrize("raw", SPOKEN_OF)
def test_markup_goes_and_what_speaks_of_markup_stays(raw: str) -> None:
    """A description's elements are told from words about elements by their ends, whichever elements they are."""
    item = only(rss(f"<title>a</title>{LINK}<description>{escape(raw)}</description>"))

    assert item.text == SPOKEN_OF[raw]
    assert not any("w3.org" in link for link in item.links)


@pytest.mark.parametrize("body", ["use <b>bold</b> here", "&lt;script&gt; by Acme", "a <p> by Acme"])
def test_text_that_is_declared_plain_is_plain(body: str) -> None:
    """What Atom or JSON Feed calls plain text is no markup, whatever it looks like."""
    value = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "a", "content_text": body}]}
    plain = body.replace("&lt;", "<").replace("&gt;", ">")

    assert only(atom(f'<id>a</id><summary type="text">{escape(body)}</summary>')).text == plain
    assert only(json.dumps(value)).text == plain


def test_a_long_title_is_matched_in_full() -> None:
    """What is cut off a title for showing goes on in the text, once."""
    words = "the bridge and the late bus " * 30
    item = only(rss(f"<title>{words}and Acme</title>{LINK}<description>{words}and Acme</description>"))

    assert item.title == words[:500].rstrip()
    assert item.text == f"{words}and Acme"


def test_an_excerpt_is_one_when_all_of_it_stands_in_the_content() -> None:
    """A description that only begins like the content is no excerpt; one cut by hand or with other quotes is."""
    begins = "This week in our letter: nine shops, two fairs, one bridge and "
    whole = f"<content:encoded>{begins}a “parade”.  It was &lt;i&gt;warm&lt;/i&gt;.</content:encoded>"

    def text(description: str) -> str:
        return only(rss(f"<title>a</title>{LINK}<description>{description}</description>{whole}")).text

    content = f"{begins}a “parade”. It was warm."
    assert text(f"{begins}a surprise from Acme.").split("\n\n") == [f"{begins}a surprise from Acme.", content]
    assert text(f"{begins}a &quot;par…") == content
    assert text(f"{begins}a &quot;parade&quot;. It [...]") == content
    assert text(f"{begins}Acme […]").startswith(f"{begins}Acme")


def test_content_is_told_before_its_excerpt() -> None:
    """The whole text is kept once: an excerpt that it begins with is left out, another summary is not."""
    whole = "<content:encoded>&lt;p&gt;Acme opened. There was a queue, and coffee.&lt;/p&gt;</content:encoded>"
    excerpt = only(rss(f"<title>a</title>{LINK}<description>Acme opened. There […]</description>{whole}"))
    summary = only(rss(f"<title>a</title>{LINK}{whole}<description>Beans and more</description>"))
    empty = only(rss(f"<title>a</title>{LINK}<description>Beans</description><content:encoded/>"))

    assert excerpt.text == "Acme opened. There was a queue, and coffee."
    assert summary.text == "Beans and more\n\nAcme opened. There was a queue, and coffee."
    assert empty.text == "Beans"


def test_a_caption_is_kept_beside_the_description() -> None:
    """Words that stand only under a picture can be a mention, too."""
    item = only(
        rss(
            f"<title>a</title>{LINK}<description>A queue.</description><media:content url='https://x.example/a.jpg'/>"
            "<media:description>In front of Acme</media:description>"
        )
    )

    assert item.text == "A queue.\n\nIn front of Acme"


def test_all_captions_are_kept() -> None:
    """Of five pictures five captions and headlines count, in a group or beside one another."""
    pictures = "".join(
        f"<media:content url='https://x.example/{n}.jpg' medium='image'><media:title>Picture {n}</media:title>"
        f"<media:description type='plain'>Caption {n}</media:description></media:content>"
        for n in range(5)
    )
    many = "<itunes:summary>Third</itunes:summary><media:description>Fourth</media:description>"
    grouped = only(rss(f"<title>a</title>{LINK}<description>A.</description><media:group>{pictures}</media:group>"))
    beside = only(
        rss(f"<title>a</title>{LINK}<description>A.</description><dc:description>Second</dc:description>{many}")
    )

    assert all(f"Caption {n}" in grouped.text and f"Picture {n}" in grouped.text for n in range(5))
    assert sorted(beside.text.split("\n\n")) == ["A.", "Fourth", "Second", "Third"]


SAID = {
    "yandex:full-text": "<yandex:full-text>Said</yandex:full-text>",
    "rambler:fulltext": "<rambler:fulltext>Said</rambler:fulltext>",
    "an undeclared prefix": "<mailru:full-text>Said</mailru:full-text>",
    "itunes:subtitle": "<itunes:subtitle>Said</itunes:subtitle>",
    "itunes:title": "<itunes:title>Said</itunes:title>",
    "media:text": "<media:text>Said</media:text>",
    "media:comments": "<media:comments><media:comment>Said</media:comment></media:comments>",
    "slash:department": "<slash:department>Said</slash:department>",
    "dcterms:abstract": "<dcterms:abstract>Said</dcterms:abstract>",
    "dcterms:alternative": "<dcterms:alternative>Said</dcterms:alternative>",
    "dc:contributor": "<dc:contributor>Said</dc:contributor>",
    "podcast:person": "<podcast:person role='guest' href='https://g.example/'>Said</podcast:person>",
    "podcast:soundbite": "<podcast:soundbite startTime='1'>Said</podcast:soundbite>",
    "psc:chapter": "<psc:chapters><psc:chapter start='0' title='Said'/></psc:chapters>",
    "ht:news_item_title": "<ht:news_item><ht:news_item_title>Said</ht:news_item_title></ht:news_item>",
    "prism:teaser": "<prism:teaser>Said</prism:teaser>",
    "excerpt:encoded": "<excerpt:encoded>Said</excerpt:encoded>",
}
SPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "yandex": "http://news.yandex.ru",
        "rambler": "http://news.rambler.ru",
        "slash": "http://purl.org/rss/1.0/modules/slash/",
        "dcterms": "http://purl.org/dc/terms/",
        "podcast": "https://podcastindex.org/namespace/1.0",
        "psc": "http://podlove.org/simple-chapters",
        "ht": "https://trends.google.com/trending/rss",
        "prism": "http://prismstandard.org/namespaces/basic/2.0/",
        "excerpt": "http://wordpress.org/export/1.2/excerpt/",
        "annotate": "http://purl.org/rss/1.0/modules/annotate/",
        "g": "http://base.google.com/ns/1.0",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    }.items()
)


def wide(item: str) -> str:
    return rss(item).replace("<rss ", f"<rss {SPACES} ", 1)


@pytest.mark.parametrize("element", SAID)
def test_words_are_read_wherever_an_entry_has_them(element: str) -> None:
    """Fields that only some press, podcast or module has bear words as well."""
    item = only(wide(f"<title>a</title>{LINK}<description>A queue.</description>{SAID[element]}"))

    assert item.text == "A queue.\n\nSaid"


POINTING = {
    "annotate:reference": "<annotate:reference rdf:resource='https://o.example/x'/>",
    "media:player": "<media:player url='https://o.example/x'/>",
    "media:embed": "<media:group><media:embed url='https://o.example/x'/></media:group>",
    "podcast:transcript": "<podcast:transcript url='https://o.example/x' type='text/vtt'/>",
    "podcast:person": "<podcast:person role='guest' href='https://o.example/x'>Ana</podcast:person>",
    "dc:relation": "<dc:relation>https://o.example/x</dc:relation>",
    "dcterms:references": "<dcterms:references rdf:resource='https://o.example/x'/>",
    "g:link": "<g:link>https://o.example/x</g:link>",
    "ht:news_item_url": "<ht:news_item><ht:news_item_url>https://o.example/x</ht:news_item_url></ht:news_item>",
    "yandex:related": "<yandex:related><link url='https://o.example/x'>More</link></yandex:related>",
    "feedburner:origEnclosureLink": (
        "<feedburner:origEnclosureLink>https://o.example/x</feedburner:origEnclosureLink>"
    ),
}


@pytest.mark.parametrize("element", POINTING)
def test_addresses_are_read_wherever_an_entry_has_them(element: str) -> None:
    """What an entry is about, plays or quotes is among its links."""
    item = only(wide(f"<title>a</title>{LINK}<description>A queue.</description>{POINTING[element]}"))

    assert "https://o.example/x" in item.links


def test_people_tags_dates_and_languages_of_other_vocabularies_are_read() -> None:
    """dcterms:creator wrote it, g:label tags it, prism dates it; what the format's own elements say goes first."""
    item = only(
        wide(
            f"<title>a</title>{LINK}<dcterms:creator>Ana Quill</dcterms:creator><g:label>beans</g:label>"
            "<prism:publicationDate>2026-11-20</prism:publicationDate><dcterms:language>fr</dcterms:language>"
        )
    )
    book = only(
        atom(
            "<id>a</id><title>a</title><published>2007-06-21T22:19:02Z</published><updated>2015-03-06T16:46:16Z</updated>"
            "<dcterms:issued>2001</dcterms:issued>",
            attributes='xmlns:dcterms="http://purl.org/dc/terms/"',
        )
    )

    news = only(
        rss(
            f"<title>a</title>{LINK}<n:news xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'><n:publication>"
            "<n:name>Quill Daily</n:name><n:language>de</n:language></n:publication><n:keywords>tea, milk</n:keywords>"
            "<n:publication_date>2026-11-20</n:publication_date></n:news>"
        )
    )

    assert (news.author.name, news.language, news.tags) == ("Quill Daily", "de", ("tea", "milk"))
    assert news.published_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert (item.author.name, item.tags, item.language) == ("Ana Quill", ("beans",), "fr")
    assert item.published_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert book.published_at == datetime(2007, 6, 21, 22, 19, 2, tzinfo=UTC)


def test_what_stands_beside_an_address_is_read() -> None:
    """A link's title is words; a category has a term and a label; an address beside another protocol's is one."""
    item = only(
        atom(
            '<id>a</id><title>a</title><link rel="related" title="Price list of Acme" href="https://p.example/"/>'
            '<category term="bev" label="Beverages"/>'
        )
    )
    other = only(rss("<title>a</title><link uri='at://did:plc:x/app.bsky.feed.post/1'>https://acme.example/1</link>"))

    assert item.text == "Price list of Acme"
    assert item.tags == ("bev", "Beverages")
    assert other.url == "https://acme.example/1"


def test_an_entry_that_only_points_somewhere_is_an_item() -> None:
    """Without words and an address of its own, an entry is known by its links, its tags and its author."""
    quoted = only(atom('<link rel="related" href="https://acme.example/1"/>'))
    written = only(rss("<dc:creator>Ana Quill</dc:creator>"))

    assert quoted.links == ("https://acme.example/1",)
    assert written.author.name == "Ana Quill"


def test_authors_as_links_are_named() -> None:
    """Markup around a name is none of it; two linked names are two names."""
    link = escape('<a href="https://q.example/ana">Ana</a>')
    one = only(rss(f"<title>a</title>{LINK}<dc:creator>{link}</dc:creator>"))
    links = escape('<a href="https://q.example/ana">Ana</a>, <a href="https://q.example/bo">Bo</a>')
    two = only(rss(f"<title>a</title>{LINK}<dc:creator>{links}</dc:creator>"))
    covered = only(rss(f"<title>a</title>{LINK}<author>&lt;![CDATA[Ana]]&gt;</author>"))
    mail = only(rss(f"<title>a</title>{LINK}<dc:creator>Ana &lt;ana@q.example&gt;</dc:creator>"))

    assert one.author == Author(name="Ana", url="https://q.example/ana")
    assert two.author.name == "Ana, Bo"
    assert covered.author.name == mail.author.name == "Ana"


ADDRESSES_WITHOUT_SCHEME = {
    "www.quill.example/a": "https://www.quill.example/a",
    "//quill.example/a": "https://quill.example/a",
    "http//quill.example/a": "http://quill.example/a",
    "http:/quill.example/a": "http://quill.example/a",
    "https:quill.example/a": "https://quill.example/a",
    "feed:https://quill.example/a": "https://quill.example/a",
    "news.acme.example/a": "https://news.acme.example/a",
    "a/b.html": "https://news.acme.example/blog/a/b.html",
}


@pytest.mark.parametrize("link", ADDRESSES_WITHOUT_SCHEME)
def test_an_address_without_its_scheme_is_one(link: str) -> None:
    """A host at the beginning is no folder beside the feed."""
    assert only(rss(f"<title>a</title><link>{link}</link>")).url == ADDRESSES_WITHOUT_SCHEME[link]


def test_relative_addresses_of_a_feed_kept_elsewhere_are_its_sites() -> None:
    """RSS on a feed service means its channel's site; Atom says that it means its own address."""
    other = "https://feeds.keeper.example/acme"
    rss_ = replace(answer(rss("<title>a</title><link>/a</link>")), url=other)
    atom_ = replace(answer(atom('<id>a</id><link href="/a"/>', head='<link href="https://acme.example/"/>')), url=other)

    assert [item.url for item in FEED.parse(rss_).items] == ["https://news.acme.example/a"]
    assert FEED.parse(rss_) == FEED.parse_fully(rss_)
    assert [item.url for item in FEED.parse(atom_).items] == ["https://feeds.keeper.example/a"]


@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY brand "Acme">',
        "<!ENTITY brand 'Acme'><!ENTITY brand 'No'>",
        '<!ENTITY a "Ac"><!ENTITY brand "&a;me">',
        '\n<!-- x -->\n<!ENTITY brand "Acme">\n<!ENTITY % p SYSTEM "https://x.example/p">\n',
    ],
)
def test_entities_of_the_documents_own_are_read(subset: str) -> None:
    """A document may name its own abbreviations; what it quotes is left alone."""
    document = rss(f"<title>&brand; opens</title>{LINK}<description><![CDATA[&brand;]]></description>")[38:]
    item = only(f'<?xml version="1.0"?><!DOCTYPE rss [{subset}]>{document}')

    assert (item.title, item.text) == ("Acme opens", "&brand;")


def json_feed(items: object) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "N", "items": items})


JSON_SHAPES = {
    "a raw line break": json_feed([{"id": "1", "title": "Acme@"}]).replace("@", "\n"),
    "a comma too many": json_feed([{"id": "1", "title": "Acme"}]).replace("}]", "},]").replace('"}', '",}'),
    "an escape that is none": json_feed([{"id": "1", "title": "@Acme"}]).replace("@", "\\'"),
    "items as an object": json_feed({"id": "1", "title": "Acme"}),
    "items by their ids": json_feed({"a1": {"id": "1", "title": "Acme"}}),
    "a number as title's neighbour": json_feed(
        [{"id": 1, "title": "Acme", "tags": "x, y", "url": ["https://x.example/"]}]
    ),
    "a list of one feed": f"[{json_feed([{'id': '1', 'title': 'Acme'}])}]",
    "an author as text": json_feed([{"id": "1", "title": "Acme", "author": "Ana"}]),
    "authors as one object": json_feed([{"id": "1", "title": "Acme", "authors": {"name": "Ana"}}]),
    "authors as names": json_feed([{"id": "1", "title": "Acme", "authors": ["Ana"]}]),
}


@pytest.mark.parametrize("shape", JSON_SHAPES)
def test_json_of_another_shape_is_read_as_what_it_means(shape: str) -> None:
    """Hand-made JSON Feeds are read in spite of raw line breaks, stray commas and objects in place of lists."""
    item = only(JSON_SHAPES[shape])

    assert (item.title or "").strip("'").strip() == "Acme"
    assert item.author.name == ("Ana" if "author" in JSON_SHAPES[shape] else None)


def test_markup_becomes_text() -> None:
    """Paragraphs are lines, scripts and comments are gone, inline elements join, plain text keeps its lines."""
    markup = "<p>Ac<b>me</b></p><script>alert(1)</script><!-- no --><ul><li>one</li><li>two</li></ul>"
    item = only(rss(f"<title>a</title>{LINK}<description>{escape(markup)}</description>"))
    plain = only(rss(f"<title>a</title>{LINK}<description>one\n     two</description>"))

    assert item.text == "Acme\n\none\n\ntwo" or item.text.replace("\n\n", "\n") == "Acme\none\ntwo"
    assert plain.text == "one\ntwo"


@pytest.mark.parametrize(
    "footer",
    [
        "The post {post} appeared first on {site}.",
        "Der Beitrag {post} erschien zuerst auf {site}.",
        "{post} – {site} से",
        "submitted by /u/jo [link] [comments]",
        "Continue reading on Medium »",
    ],
)
def test_what_a_site_writes_under_every_entry_is_no_mention(footer: str) -> None:
    """The name of a site under each of its entries does not make each a mention of the site."""
    post = '<a href="https://news.acme.example/queue/?utm_source=rss">Queue at Acme</a>'
    line = footer.format(post=post, site='<a href="https://news.acme.example">Bean News</a>')
    body = escape(f"<p>Half an hour.</p><p>{line}</p>")
    item = only(rss(f"<title>Queue at Acme</title>{LINK}<description>{body}</description>"))

    assert item.text == "Half an hour."


def framed(*lines: str, title: str = "Queue") -> list[str]:
    """The texts of entries that end in ``lines``, in which {post} and {site} are links."""
    items = []
    for number, line in enumerate(lines):
        post = f'<a href="https://news.acme.example/{number}">{title} {number}</a>'
        last = line.format(post=post, site='<a href="https://news.acme.example">Bean News</a>')
        body = escape(f"<p>Half an hour.</p><p>{last}</p>")
        link = f"<link>https://news.acme.example/{number}</link>"
        items.append(f"<title>{title} {number}</title>{link}<description>{body}</description>")
    return [item.text for item in read(rss(*items)).items]


def test_a_short_last_line_that_says_something_is_kept() -> None:
    """Only words that stand under every entry, or that such lines are made of, are a frame."""
    said = framed("Zorvex paid for {post}, says {site}.", "The post {post} appeared first on {site}.")
    frame = framed("Kwa mara ya kwanza {post} katika {site}", "Kwa mara ya kwanza {post} katika {site}")

    assert said == ["Half an hour.\n\nZorvex paid for Queue 0, says Bean News.", "Half an hour."]
    assert frame == ["Half an hour."] * 2


@pytest.mark.parametrize(
    ("title", "publisher", "headline"),
    [
        ("Acme sells kettles - US", "Zeus Daily", "Acme sells kettles - US"),
        ("Acme buys Ana - Ana and Banana", "Ana", "Acme buys Ana - Ana and Banana"),
        ("Kettles burn - Acme", "Pacmena", "Kettles burn - Acme"),
        ("Acme wins - BBC", "BBC News", "Acme wins"),
        ("Acme wins | The Guardian", "Guardian", "Acme wins"),
        ("Acme wins – NYT", "The New York Times", "Acme wins"),
        ("Acme wins — usatoday.com", "USA Today", "Acme wins"),
        ("Acme gagne - Le Télégramme", "LE TELEGRAMME", "Acme gagne"),
    ],
)
def test_a_publisher_is_told_by_its_words(title: str, publisher: str, headline: str) -> None:
    """The publication's name leaves the headline in any spelling; letters it shares with a word leave nothing."""
    source = f"<source url='https://p.example'>{publisher}</source>"

    assert only(rss(f"<title>{title}</title>{LINK}{source}")).title == headline


def test_a_last_line_that_repeats_the_title_is_kept() -> None:
    """Only a site's own line goes; an author's may end with the title's words."""
    body = escape("<p>Half an hour.</p><p>We will keep an eye on Acme.</p>")
    item = only(rss(f"<title>Acme</title>{LINK}<description>{body}</description>"))

    assert item.text == "Half an hour.\n\nWe will keep an eye on Acme."


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("<link>/queue</link>", "https://news.acme.example/queue"),
        ("<link>queue</link>", "https://news.acme.example/blog/queue"),
        ("<link>//cdn.acme.example/queue</link>", "https://cdn.acme.example/queue"),
        ("<link> https://a.example/x?a=1&amp;amp;b=2\n</link>", "https://a.example/x?a=1&b=2"),
        ("<link><![CDATA[https://a.example/x]]></link>", "https://a.example/x"),
        ("<guid>https://a.example/x</guid>", "https://a.example/x"),
        ("<link/><guid>https://a.example/x</guid>", "https://a.example/x"),
        ("<guid isPermaLink='false'>17</guid>", None),
        ("<guid>17</guid>", None),
        ("<link>javascript:alert(1)</link><guid>https://a.example/x</guid>", "https://a.example/x"),
        ("<link>data:text/html,x</link>", None),
        ("<link>ftp://a.example/x</link>", None),
        ("<link>https://jo:secret@a.example/x</link>", "https://a.example/x"),
        ("<atom:link rel='self' href='https://a.example/self'/><link>https://a.example/x</link>", "https://a.example/x"),
        ("<link>https://f.example/~r/1</link><feedburner:origLink>https://a.example/x</feedburner:origLink>", "https://a.example/x"),
        ("<link>https://www.google.com/url?q=https://a.example/x&amp;sa=D</link>", "https://a.example/x"),
        ("<enclosure url='https://a.example/x.mp3' type='audio/mpeg' length='1'/>", "https://a.example/x.mp3"),
    ],
)  # fmt: skip
def test_the_address_of_an_entry(given: str, url: str | None) -> None:
    """The link, made absolute and freed of wrappers; else the guid, else the recording; active schemes are no links."""
    assert only(rss(f"<title>Queue</title>{given}")).url == url


def test_an_atom_entry_names_its_page_among_its_links() -> None:
    """The first alternate that is a page is the entry's address; related pages and files are links of it."""
    item = only(
        atom(
            '<title>a</title><link rel="self" href="https://a.example/a.atom"/>'
            '<link rel="alternate" type="application/json" href="https://a.example/a.json"/>'
            '<link rel="alternate" type="text/html" href="https://a.example/a"/>'
            '<link rel="related" href="https://acme.example/shop"/><link rel="replies" href="https://a.example/r"/>'
            '<link rel="enclosure" type="audio/mpeg" href="https://a.example/a.mp3"/>'
            '<link rel="enclosure" type="image/png" href="https://a.example/a.png"/>'
        )
    )

    assert item.url == "https://a.example/a"
    assert item.links == ("https://a.example/a.json", "https://acme.example/shop", "https://a.example/a.mp3")


def test_xml_base_moves_addresses() -> None:
    """Addresses are relative to the nearest xml:base, in links and in content."""
    item = only(
        atom(
            '<title>a</title><link href="queue"/><content type="html" xml:base="https://c.example/d/">'
            '&lt;a href="e"&gt;e&lt;/a&gt;</content>',
            attributes='xml:base="https://b.example/x/"',
        )
    )

    assert item.url == "https://b.example/x/queue"
    assert item.links == ("https://c.example/d/e",)


def test_links_of_the_text_are_kept() -> None:
    """Links and bare addresses of the text are absolute, in order and each once; the entry's own is not among them."""
    markup = (
        '<a href="/shop">shop</a> <a href="https://news.acme.example/queue">here</a> https://acme.example/a '
        '<a href="mailto:jo@acme.example">jo</a> <a href="https://www.google.com/url?q=https://acme.example/b">b</a>'
    )
    item = only(rss(f"<title>a</title>{LINK}<description>{escape(markup)}</description>"))

    assert item.links == ("https://news.acme.example/shop", "https://acme.example/b", "https://acme.example/a")


def test_the_discussion_of_an_article_is_another_address_of_it() -> None:
    """On link sites the comments page is the same thing as the article; a blog's own comments are part of its page."""
    shared = only(
        rss("<title>a</title><link>https://a.example/x</link><comments>https://news.acme.example/s/1</comments>")
    )
    own = only(rss(f"<title>a</title>{LINK}<comments>https://news.acme.example/queue#comments</comments>"))

    assert shared.same_as == ("https://news.acme.example/s/1",)
    assert own.same_as == ()


def test_a_thread_elsewhere_is_no_address_of_the_articles_discussed_in_it() -> None:
    """Two articles with one thread on a third site are two."""
    item = only(rss(f"<title>a</title>{LINK}<comments>https://talk.example/t/shops/9</comments>"))
    assert item.same_as == ()


def test_an_entry_without_id_and_address_is_known_by_its_words() -> None:
    """The same words are the same entry from poll to poll, other words are another; an empty entry is none."""
    page = read(rss("<title>One</title>", "<title>Two</title>", "<title></title><pubDate>2026-11-20</pubDate>"))
    again = read(rss("<title>Two</title>"))
    ids = [item.external_id for item in page.items]

    assert len(ids) == len(set(ids)) == 2
    assert again.items[0].external_id == ids[1]


# --- people, words, places --------------------------------------------------------------------------------------------

AUTHORS = {
    "<author>jo@acme.example (Jo Roaster)</author>": Author(name="Jo Roaster"),
    "<author>Jo Roaster &lt;jo@acme.example&gt;</author>": Author(name="Jo Roaster"),
    "<author>jo@acme.example</author>": Author(),
    "<author>mailto:jo@acme.example</author>": Author(),
    "<author>Jo Roaster</author>": Author(name="Jo Roaster"),
    "<dc:creator>Jo &amp;amp; Mia</dc:creator>": Author(name="Jo & Mia"),
    "<dc:creator>Jo</dc:creator><dc:creator>Mia</dc:creator>": Author(name="Jo, Mia"),
    "<dc:creator>@jo</dc:creator>": Author(name="jo", handle="jo"),
    "<dc:creator>@jo@social.example</dc:creator>": Author(name="jo", handle="jo@social.example"),
    "<dc:creator>https://talk.example/u/jo</dc:creator>": Author(
        name="jo", handle="jo@talk.example", url="https://talk.example/u/jo"
    ),
    "<itunes:author>Bean Radio</itunes:author>": Author(name="Bean Radio"),
    "<author></author>": Author(),
    "<dc:creator>\n  </dc:creator>": Author(),
    "<source url='https://daily.example/feed'>The Daily Bean</source>": Author(
        name="The Daily Bean", url="https://daily.example/feed"
    ),
}


@pytest.mark.parametrize("raw", AUTHORS)
def test_authors(raw: str) -> None:
    """Names and handles are told apart, and nobody's e-mail address is kept."""
    assert only(rss(f"<title>a</title>{LINK}{raw}")).author == AUTHORS[raw]


def test_an_atom_feeds_author_wrote_its_entries() -> None:
    """An entry that names nobody, or an empty name, is by the feed's author."""
    feed = "<author><name>Jo</name><uri>/jo</uri><email>jo@acme.example</email></author>"
    own = "<author><name>Mia</name></author>"
    empty = "<author><name></name></author>"
    items = read(atom(f"<id>1</id>{own}<title>a</title>", f"<id>2</id>{empty}<title>b</title>", head=feed)).items

    assert [item.author.name for item in items] == ["Mia", "Jo"]
    assert items[1].author.url == "https://news.acme.example/jo"


def test_tags() -> None:
    """Categories become tags, each once, without #; of a category with an address its label is taken."""
    item = only(
        atom(
            '<title>a</title><category term="#Coffee"/><category term="coffee"/><category term="https://a.example/t/1"'
            ' label="Beans &amp;amp; Cups"/><category scheme="http://schemas.google.com/g/2005#kind" term="post"/>'
        )
    )
    keywords = only(rss(f"<title>a</title>{LINK}<category>News</category><media:keywords>tea, milk ,</media:keywords>"))

    assert item.tags == ("Coffee", "Beans & Cups")
    assert keywords.tags == ("News", "tea", "milk")


@pytest.mark.parametrize(
    ("given", "language"),
    [("en-us", "en-US"), ("DE", "de"), ("zh_hans_cn", "zh-Hans-CN"), ("english", None), ("x" * 99, None), ("", None)],
)
def test_languages(given: str, language: str | None) -> None:
    """The feed's language is given as a tag, whatever its spelling; what is no tag is unknown."""
    assert only(rss(f"<title>a</title>{LINK}", channel=f"<language>{given}</language>")).language == language


def test_the_nearest_language_counts() -> None:
    """An entry's language goes before the feed's."""
    items = read(atom('<title xml:lang="fr">a</title>', "<title>b</title>", attributes='xml:lang="de"')).items

    assert [item.language for item in items] == ["fr", "de"]


# --- platforms that speak feed ----------------------------------------------------------------------------------------


def test_google_alerts() -> None:
    """An alert's links lead to the article, its bold words are plain, its author is nobody."""
    item = only(
        '<?xml version="1.0" encoding="utf-8"?> <feed xmlns="http://www.w3.org/2005/Atom"'
        ' xmlns:idx="urn:atom-extension:indexing">'
        " <id>tag:google.com,2005:reader/user/0123/state/com.google/alerts/4567</id>"
        " <title>Google Alert - Acme</title> <entry> <id>tag:google.com,2013:googlealerts/feed:1</id>"
        ' <title type="html">&lt;b&gt;Acme&lt;/b&gt; burns its beans &amp;amp; more ...</title>'
        ' <link href="https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://daily.example/2026/acme?id=7'
        '&amp;ct=ga&amp;cd=X&amp;usg=Y"></link>'
        " <published>2026-11-20T07:01:02Z</published> <updated>2026-11-20T07:01:02Z</updated>"
        ' <content type="html">Half an hour at &lt;b&gt;Acme&lt;/b&gt;,&amp;nbsp;...</content>'
        " <author> <name></name> </author> </entry></feed>"
    )

    assert item.url == "https://daily.example/2026/acme?id=7"
    assert item.title == "Acme burns its beans & more ..."
    assert item.text == "Half an hour at Acme, ..."
    assert item.author == Author()
    assert item.external_id == "tag:google.com,2013:googlealerts/feed:1"


def test_mastodon() -> None:
    """A post of the fediverse has no title; its author is in its address, its hashtags are words and no links."""
    hashtag = '<a href="https://social.example/tags/acme" rel="tag">#<span>acme</span></a>'
    link = (
        '<a href="https://acme.example/menu"><span class="invisible">https://</span><span>acme.example/menu</span></a>'
    )
    markup = f"<p>Burnt again {hashtag} {link}</p>"
    item = only(
        rss(
            '<guid isPermaLink="true">https://social.example/@jo/111222333444555666</guid>'
            "<link>https://social.example/@jo/111222333444555666</link>"
            f"<pubDate>Fri, 20 Nov 2026 07:01:02 +0000</pubDate><description>{escape(markup)}</description>"
            "<category>acme</category>"
        )
    )

    assert item.kind == "post"
    assert item.title is None
    assert item.author == Author(name="jo", handle="jo@social.example", url="https://social.example/@jo")
    assert item.text == "Burnt again #acme https://acme.example/menu"
    assert item.links == ("https://acme.example/menu",)
    assert item.tags == ("acme",)


def test_reddit() -> None:
    """A post and a comment are told apart; the author is a handle."""
    author = "<author><name>/u/jo</name><uri>https://www.reddit.com/user/jo</uri></author>"
    post, comment = read(
        atom(
            f"{author}<id>t3_1</id><title>Acme?</title>"
            '<link href="https://www.reddit.com/r/beans/comments/1a/acme/"/>'
            '<content type="html">&lt;p&gt;Burnt.&lt;/p&gt; submitted by /u/jo [link] [Kommentare]</content>',
            f"{author}<id>t1_2</id><title>/u/jo on Acme?</title>"
            '<link href="https://www.reddit.com/r/beans/comments/1a/acme/2b/"/><content type="html">Yes</content>',
        )
    ).items

    assert (post.kind, comment.kind) == ("post", "comment")
    assert post.author == Author(name="jo", handle="jo", url="https://www.reddit.com/user/jo")
    assert post.text == "Burnt."
    assert comment.parent_url == "https://www.reddit.com/r/beans/comments/1a/acme/"


def test_lobsters() -> None:
    """A submitted article's discussion is another address of it, and a bare link to it is no text."""
    item = only(
        rss(
            "<title>Beans</title><link>https://a.example/x</link><guid isPermaLink='false'>https://lobste.rs/s/abc</guid>"
            "<author>jo@users.lobste.rs (jo)</author><comments>https://lobste.rs/s/abc/beans</comments>"
            '<description>&lt;p&gt;&lt;a href="https://lobste.rs/s/abc/beans"&gt;Comments&lt;/a&gt;&lt;/p&gt;</description>'
        )
    )

    assert item.url == "https://a.example/x"
    assert item.same_as == ("https://lobste.rs/s/abc", "https://lobste.rs/s/abc/beans")
    assert item.text == ""
    assert item.author == Author(name="jo")


def test_youtube() -> None:
    """A video is a video, and its description keeps its lines."""
    item = only(
        atom(
            "<id>yt:video:abcdefghijk</id><yt:videoId>abcdefghijk</yt:videoId><title>Latte</title>"
            '<link rel="alternate" href="https://www.youtube.com/watch?v=abcdefghijk"/>'
            "<media:group><media:title>Latte</media:title><media:description>One\nTwo https://acme.example/v"
            "</media:description></media:group>"
        )
    )

    assert item.kind == "video"
    assert item.text == "One\nTwo https://acme.example/v"
    assert item.links == ("https://acme.example/v",)


def test_comments_of_a_blog() -> None:
    """An entry of a comments feed is a comment, under the post it belongs to."""
    item = only(rss("<title>By jo</title><link>https://a.example/post/#comment-6</link><description>Yes</description>"))
    threaded = only(atom('<title>Re</title><id>2</id><thr:in-reply-to ref="tag:1" href="https://a.example/post"/>'))

    assert (item.kind, item.parent_url) == ("comment", "https://a.example/post/")
    assert item.url == "https://a.example/post/#comment-6"
    assert (threaded.kind, threaded.parent_url) == ("comment", "https://a.example/post")


def test_reviews_have_stars() -> None:
    """The stars of an App Store review are kept."""
    item = only(
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:im="http://itunes.apple.com/rss"><title>r</title><entry><id>1</id>'
        "<title>Burnt</title><content type='text'>No.</content><im:rating>2</im:rating></entry></feed>"
    )

    assert (item.kind, item.rating) == ("review", 2.0)


# --- empty, cut, broken -----------------------------------------------------------------------------------------------


def test_an_empty_feed_is_an_answer() -> None:
    """A feed without entries is no error, and says that it is empty."""
    for body in (rss(), atom(), '{"version": "https://jsonfeed.org/version/1", "title": "x", "items": []}'):
        page = read(body)

        assert page.items == ()
        assert page.note == "the feed is empty"
        assert not page.incomplete


def test_a_feed_cut_off_gives_what_came() -> None:
    """Entries before the cut are kept, and the page says that it is incomplete, so that it is asked for again."""
    body = rss(*(f"<title>Entry {number}</title><link>https://a.example/{number}</link>" for number in range(9)))
    whole = read(body).items
    for end in range(60, len(body), 29):
        try:
            page = read(body[:end])
        except SourceError:
            continue

        assert page.incomplete
        assert page.note is not None
        kept = [item for item in page.items if item in whole]
        assert len(page.items) - len(kept) <= 1  # the one in which it was cut
        assert len(kept) >= body[:end].count("</item>")


def test_a_json_feed_cut_off_gives_what_came() -> None:
    """The same for JSON, which nothing can read but its beginning."""
    body = json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "items": [{"id": str(number), "content_text": f"No {number}"} for number in range(5)],
        }
    )
    page = read(body[: body.index('"3"')])

    assert [item.text for item in page.items] == ["No 0", "No 1", "No 2"]
    assert page.incomplete


@pytest.mark.parametrize(
    "broken",
    [
        "<title>Tea & coffee</title>",
        "<title>Tea &nbsp; coffee</title>",
        "<title>Tea \x0b coffee</title>",
        "<title>Tea &#11; coffee</title>",
        "<title>Tea coffee</title><foo>",
        "<title>Tea coffee</title><link rel=self href=x>",
    ],
)
def test_broken_xml_is_read_nevertheless(broken: str) -> None:
    """A stray &, an HTML entity, a forbidden character or an element left open cost no entry."""
    first, second = read(rss(f"{broken}{LINK}", "<title>Next</title><link>https://a.example/2</link>")).items

    assert first.title is not None
    assert first.title.replace("& ", "").replace("\xa0 ", "") == "Tea coffee"
    assert second.title == "Next"


def test_a_warning_before_the_feed_is_passed_over() -> None:
    """What a server's own error says before the document does not hide the document."""
    assert only(f"<br />\n<b>Warning</b>: mysql in <b>/srv/x.php</b>\n{rss(f'<title>a</title>{LINK}')}").title == "a"


def test_a_window_that_has_moved_on_is_told() -> None:
    """When every entry is newer than the last scan's newest, some may have gone by unseen."""
    entries = [
        f"<title>{day}</title><link>https://a.example/{day}</link><pubDate>{day} Nov 2026 00:00:00 GMT</pubDate>"
        for day in range(10, 21)
    ]
    first = FEED.parse(answer(rss(*entries)))
    calm = FEED.parse(answer(rss(*entries), since="2026-11-15T00:00:00Z"))
    missed = FEED.parse(answer(rss(*entries), since="2026-11-01T00:00:00Z"))

    assert first.checkpoint == "2026-11-20T00:00:00Z"
    assert (first.truncated, calm.truncated, missed.truncated) == (False, False, True)
    assert missed.note is not None
    assert "more often" in missed.note


def test_a_feed_of_everything_is_cut_and_says_so() -> None:
    """Of a document with thousands of entries the newest are kept, and the rest is not hidden."""
    entries = [
        f"<title>{n}</title><link>https://a.example/{n}</link><pubDate>{1_700_000_000 + n}</pubDate>"
        for n in range(MAX_ITEMS + 50)
    ]
    page = quick_alone(rss(*entries))

    assert len(page.items) == MAX_ITEMS
    assert page.items[0].title == "50"
    assert page.truncated
    assert page.note == f"only {MAX_ITEMS} of {MAX_ITEMS + 50} entries are kept"


# --- what is no feed --------------------------------------------------------------------------------------------------

NO_FEEDS = {
    "": ["empty"],
    " \n ": ["empty"],
    "<!DOCTYPE html><html><head><title>Sign in</title></head><body><input type=password></body></html>": [
        "an HTML page (“Sign in”)", "not a feed", "log in",
    ],
    "<html><head><title>Just a moment...</title></head><body>cf-chl</body></html>": ["HTML page", "robots"],
    "<html><body>Before you continue to Google</body></html>": ["HTML page", "consent"],
    '<html><head><title>Beans</title><link rel="alternate" type="application/rss+xml" href="/rss.xml">'
    '<link rel=alternate type="application/atom+xml" href="https://a.example/atom"></head><body>Hi</body></html>': [
        "“Beans”", "names its feed: https://news.acme.example/rss.xml or https://a.example/atom",
    ],
    '<html><head><link rel="alternate" type="application/rss+xml" href="javascript:alert(1)"></head></html>': [
        "look for the address of the site's feed",
    ],
    "Not found": ["plain text (“Not found”)", "not a feed"],
    '{"error": {"message": "Too many requests"}}': ["a JSON message", "“Too many requests”"],
    '{"data": [], "paging": {}}': ["JSON", "its fields are: data, paging"],
    "[1, 2]": ["JSON that is not a feed"],
    '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url/></urlset>': ["a sitemap"],
    '<opml version="2.0"><body><outline xmlUrl="https://a.example"/></body></opml>': ["OPML"],
    "<Rss><Title>x</Title><Items><Title>a</Title></Items><Items><Title>b</Title></Items></Rss>": [
        "<Rss> without a channel", "2 <Items>",
    ],
    "<rss version='2.0'><channel><title>x</title><link/><description/><article><title>a</title></article>"
    "<article><title>b</title></article></channel></rss>": ["without entries", "2 <article>"],
    "<error><code>7</code></error>": ["an error message in XML"],
    "\x00\x01\x02\x03" * 50: ["the response is not text"],
}  # fmt: skip


@pytest.mark.parametrize("body", NO_FEEDS, ids=lambda body: body[:30])
def test_what_is_no_feed_is_told(body: str) -> None:
    """A page, a message, a captcha, another kind of XML: the error says what came and what to do."""
    with pytest.raises(UnexpectedResponse) as caught:
        read(body, "text/html")

    message = caught.value.message
    assert [words for words in NO_FEEDS[body] if words not in message] == []
    assert message == one_line(message, 1000)


def test_an_error_repeats_no_secret() -> None:
    """A page that shows the address it was asked for does not bring the token in it into the log."""
    secret = Feed(url=Secret("https://a.example/private/s3cr3t-t0ken/feed?key=abc12345"))
    page = b"<html><title>No feed at /private/s3cr3t-t0ken/feed?key=abc12345</title></html>"
    with pytest.raises(UnexpectedResponse) as caught:
        secret.parse(answer(page))

    assert "s3cr3t" not in caught.value.message
    assert "abc12345" not in caught.value.message
    assert "s3cr3t" not in repr(secret)


def test_a_secret_address_is_in_no_item() -> None:
    """A relative link does not carry the token of the feed's address into what is told and mailed."""
    secret = Feed(url=Secret("https://a.example/private/s3cr3t-t0ken/feed"))
    body = rss("<title>a</title><link>queue</link>", "<title>b</title><link>/x</link>").encode()
    response = Response(Request("feed", URL), 200, "https://a.example/private/s3cr3t-t0ken/feed", {}, body, NOW)

    assert [item.url for item in secret.parse(response).items] == [
        "https://news.acme.example/queue",
        "https://news.acme.example/x",
    ]


# --- harm -------------------------------------------------------------------------------------------------------------


def test_a_body_that_is_a_path_or_an_address_is_only_text(tmp_path: Path) -> None:
    """No file is opened and no address asked because a server says its name."""
    secret = tmp_path / "secret.xml"
    secret.write_text(rss(f"<title>stolen</title>{LINK}"))
    for body in (str(secret), secret.as_uri(), "http://127.0.0.1:9/feed"):
        for method in (FEED.parse, FEED.parse_fully):
            with pytest.raises(UnexpectedResponse):
                method(answer(body))


def test_entities_do_not_open_files_or_grow(tmp_path: Path) -> None:
    """External entities stay closed, and a few bytes do not become a gigabyte."""
    secret = tmp_path / "secret.txt"
    secret.write_text("stolen")
    external = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>' + rss(f"<title>a &x;</title>{LINK}")[38:]
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    bomb = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]>' + rss(f"<title>&l8;</title>{LINK}")[38:]
    for body in (external, bomb):
        with pytest.raises(NeedsFullParser):
            FEED.parse(answer(body))
        for item in FEED.parse_fully(answer(body)).items:
            assert "stolen" not in (item.title or "")
            assert len(item.title or "") <= 500


def test_a_body_of_many_small_gzips_ends() -> None:
    """A body made of thousands of compressed pieces takes no more time than one of a few."""
    piece = gzip.compress(b"<!-- -->")
    with pytest.raises(UnexpectedResponse):
        FEED.parse(answer(piece * 20_000))


HOSTILE = [
    rss(f"<title>\x1b]0;owned\x07 \x9b31m \u202eevil\ud7ff</title>{LINK}<description>&#27;[2J&#x9b;</description>"),
    rss(f"<title>{'x' * 100_000}</title><guid>{'g' * 100_000}</guid><category>{'t' * 10_000}</category>"),
    rss(f"<title>a</title>{LINK}<description>{'&lt;b&gt;' * 20_000}</description>"),
    rss(f"<title>a</title>{LINK}<description>{'&lt;' * 50_000}</description>"),
    rss(f"<title>a</title>{LINK}<description>{'&amp;amp;' * 20_000}</description>"),
    rss(f"<title>a</title>{LINK}<description>{'&lt;!--' * 20_000}</description>"),
    rss(f"<title>a</title><link>https://a.example/{'a' * 50_000}</link>"),
    rss(f"<title>a</title>{LINK}" + "<category>t</category>" * 5_000),
    rss(f"<title>a</title>{LINK}" + "<dc:creator>a@b.c</dc:creator>" * 2_000),
    rss(f"<title>a</title>{LINK}" + "<link>https://a.example/1</link>" * 5_000),
    rss(f"<title>[/] {{0}} %s =?UTF-8?Q?=0A?=Bcc: x@y.example</title>{LINK}<author>{'a@' * 20_000}</author>"),
    "<rss><channel>" + "<a>" * 50_000 + "</a>" * 50_000 + "</channel></rss>",
    "<rss" + " " * 100_000 + "!",
    "<?xml " * 20_000,
    "<!--" * 20_000 + "<rss>",
    rss() + "<item>" * 1_000,
    '{"version": "https://jsonfeed.org/version/1", "items": ' + "[" * 100_000,
    json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"id": "\ud800", "title": "\x1b[31m\ud83d"}]}),
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: body[:24] + str(len(body)))
def test_hostile_documents_are_read_or_refused(body: str) -> None:
    """Whatever is in it, the quick reader gives clean items within bounds, steps aside or refuses; nothing else."""
    data = body.encode("utf-8", "surrogatepass")
    try:
        page = FEED.parse(answer(data))
    except (SourceError, NeedsFullParser):
        return
    for item in page.items:
        assert item.title is None or item.title == one_line(item.title, 500)
        assert item.text == clean(item.text).strip()
        assert len(item.external_id or "") <= 512
        assert len(item.tags) <= 200
        assert len(item.links) <= 200
        assert all(len(tag) <= 200 for tag in item.tags)


def test_mutations_are_read_alike_or_refused() -> None:
    """Documents damaged at random never raise anything of Python's, and the two readers never disagree."""
    chance = random.Random(20261121)
    bits = (
        b"<", b">", b"&", b"]]>", b"<![CDATA[", b"&lt;", b"&#0;", b"&nbsp;", b'"', b"<!--", b"-->", b"<item>",
        b"</item>", b"<title>x</title>", b"<description>y</description>", b"\x00", b"\xff", b"\xc3", b"<link/>", b"<b>",
        b"<image><title>i</title></image>", b"<source><title>s</title></source>", b"<author><name>n</name></author>",
    )  # fmt: skip
    documents = [FORMATS["RSS 1.0"].encode(), FORMATS["Atom 1.0"].encode(), FORMATS["Atom 0.3"].encode()]
    documents += [HOSTILE[0].encode(), *(rss(f"<title>a</title>{LINK}{author}").encode() for author in AUTHORS)]
    refused = set()
    for _ in range(400):
        body = bytearray(chance.choice(documents))
        for _ in range(chance.choice((1, 2, 5))):
            place = chance.randrange(len(body) + 1)
            match chance.randrange(4):
                case 0:
                    body[place:place] = chance.choice(bits)
                case 1:
                    del body[place : place + chance.choice((1, 5, 50))]
                case 2:
                    body[place : place + 1] = bytes([chance.randrange(256)])
                case _:
                    other = chance.randrange(len(body) + 1)
                    body[place:place] = body[other : other + 40]
        try:
            read(bytes(body))
        except SourceError as error:
            refused.add(error.message)

    assert refused
    assert [message for message in refused if not message.isprintable()] == []


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_asks_one_question_of_one_address() -> None:
    """The question is known by the address: another address begins anew, and its name shows nothing of it."""
    (request,) = Feed(url="https://a.example/feed?token=abc").requests((), {}, NOW)
    (other,) = Feed(url="https://a.example/feed?token=abd").requests((), {}, NOW)
    (again,) = Feed(url="https://a.example/feed?token=abc").requests(
        (), {request.query_key: "2026-11-20T00:00:00Z"}, NOW
    )

    assert request.url == "https://a.example/feed?token=abc"
    assert request.query_key != other.query_key
    assert "abc" not in request.query_key
    assert request.since is None
    assert again == replace(request, since="2026-11-20T00:00:00Z")


@pytest.mark.parametrize(
    "url", ["acme.example/feed", "ftp://acme.example", "https://", "https://a b.example", "feed:x"]
)
def test_a_wrong_address_is_refused(url: str) -> None:
    """The configuration says at once that an address cannot be asked."""
    with pytest.raises(UserError) as caught:
        Feed(url=url)

    assert caught.value.problems[0].startswith("url: ")


def test_a_google_news_feed_given_as_a_feed_is_read_as_what_it_lists() -> None:
    link = "https://news.google.com/rss/articles/CBMiABC124?oc=5"
    listed = f"<a href='{link}'>Acme widens its recall</a>&nbsp;&nbsp;<font color='#6f6f6f'>Coast Wire</font>"
    document = (
        "<rss version='2.0'><channel><title>Acme - Google News</title><link>https://news.google.com/</link><item>"
        f"<title>Acme widens its recall - Coast Wire</title><link>{link}</link><guid>CBMiABC124</guid>"
        f"<description>{escape(listed)}</description><source url='https://coast-wire.example'>Coast Wire</source>"
        "</item></channel></rss>"
    )

    item = only(document)

    assert (item.title, item.text, item.links) == ("Acme widens its recall", "", ())
    assert (item.author.name, item.published_on) == ("Coast Wire", "https://coast-wire.example")
