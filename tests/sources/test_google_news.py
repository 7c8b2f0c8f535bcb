"""Google News: what is asked of it, and what its headlines say."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from mentionwatch.errors import UnexpectedResponse, UserError
from mentionwatch.messages import Page, Request, Response
from mentionwatch.model import Author, Brand, Term
from mentionwatch.sources import NeedsFullParser
from mentionwatch.sources.platforms.google_news import GoogleNews

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
SOURCE = GoogleNews()


def asked(
    *brands: Brand, source: GoogleNews = SOURCE, checkpoints: Mapping[str, str] = MappingProxyType({})
) -> list[Request]:
    return list(source.requests(brands, checkpoints, NOW))


def query(request: Request) -> str:
    return str(dict(request.params)["q"])


def named(*names: str, context: tuple[str, ...] = (), name: str = "Acme") -> Brand:
    return Brand(name, terms=tuple(Term("name", text) for text in names), context=context)


def item(
    title: str = "Acme opens - The Daily Bean",
    link: str = "https://news.google.com/rss/articles/CBMiAcmeAAAA?oc=5",
    description: str = "",
    source: str = '<source url="https://daily.example">The Daily Bean</source>',
) -> str:
    return (
        f'<item><title>{title}</title><link>{link}</link><guid isPermaLink="false">{link[-20:]}</guid>'
        f"<pubDate>Fri, 20 Nov 2026 07:01:02 GMT</pubDate><description>{description}</description>{source}</item>"
    )


def read(*items: str, body: str | None = None) -> Page:
    document = body if body is not None else (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><generator>NFE/5.0</generator>'
        f'<title>"acme" - Google News</title><language>en-US</language>{"".join(items)}</channel></rss>'
    )  # fmt: skip
    url = "https://news.google.com/rss/search"
    response = Response(Request("news:acme", url), 200, url, {}, document.encode(), NOW)
    try:
        return SOURCE.parse(response)
    except NeedsFullParser:
        return SOURCE.parse_fully(response)


# --- asking -----------------------------------------------------------------------------------------------------------


def test_all_terms_of_a_brand_are_one_question() -> None:
    """Names and hashtags are exact phrases, a domain is looked for as text, a handle not at all."""
    brand = Brand(
        "Acme",
        terms=(
            Term("name", "Acme Coffee"),
            Term("hashtag", "AcmeCoffee"),
            Term("url", "www.acme.example/shop"),
            Term("handle", "@acme"),
        ),
    )
    (request,) = asked(brand)

    assert query(request) == '("Acme Coffee" OR "AcmeCoffee" OR "acme.example") when:7d'
    assert request.query_key == "news:acme"
    assert request.url == "https://news.google.com/rss/search"


def test_a_name_with_context_is_asked_with_it() -> None:
    """The hundred articles of an answer are not spent on other people's Acmes; hashtags need no context."""
    brand = Brand(
        "Acme",
        terms=(Term("name", "Acme"), Term("name", "Ajax", context=("beans",)), Term("hashtag", "AcmeCoffee")),
        context=("coffee", "espresso"),
        exclude=("Acme Corporation",),
    )
    (request,) = asked(brand)

    assert query(request).startswith('(("Acme" ("coffee" OR "espresso")) OR ("Ajax" "beans") OR "AcmeCoffee") when:')


def test_a_query_is_asked_by_what_it_cannot_do_without() -> None:
    """A brand given as a query is asked for its words; what Google would apply to whole articles is left out."""
    (request,) = asked(Brand("Acme", query='("acme coffee" OR #acmecoffee) AND burnt NOT hiring'))

    assert query(request).startswith('(("acme coffee" "burnt") OR ("acmecoffee" "burnt")) when:')


def test_many_terms_are_several_questions() -> None:
    """No query has more words than Google reads, and none is longer than an address may be; no term is lost."""
    names = [f"Acme Branch Number {number}" for number in range(40)]
    requests = asked(named(*names))
    queries = [query(request) for request in requests]

    assert len(requests) > 1
    assert len({request.query_key for request in requests}) == len(requests)
    assert all(len(text.split()) <= 32 for text in queries)
    assert all(len(text.encode()) <= 1_000 for text in queries)
    assert [name for name in names if not any(f'"{name}"' in text for text in queries)] == []


def test_quotes_in_a_name_do_not_end_the_phrase() -> None:
    """What a user writes cannot become an operator."""
    (request,) = asked(named('Acme" OR site:evil.example "x'))

    assert query(request).startswith('"Acme OR site:evil.example x" when:')


def test_two_brands_with_the_same_terms_ask_once() -> None:
    """The same query is not asked twice in one scan."""
    assert len(asked(named("Acme", name="One"), named("Acme", name="Two"))) == 1


def test_looks_back_to_the_last_answer_and_a_day_more() -> None:
    """The window grows with the time since the last answer, so that a machine switched off misses nothing."""
    brand = named("Acme")
    (first,) = asked(brand)
    (soon,) = asked(brand, checkpoints={"news:acme": "2026-11-21T07:00:00Z"})
    (late,) = asked(brand, checkpoints={"news:acme": "2026-11-11T08:00:00Z"})
    (long_ago,) = asked(brand, checkpoints={"news:acme": "1999-01-01T00:00:00Z"})

    assert [query(request).rpartition(":")[2] for request in (first, soon, late, long_ago)] == [
        "7d", "2d", "12d", "365d",
    ]  # fmt: skip


def test_edition() -> None:
    """Language and country choose the edition."""
    (request,) = asked(named("Acme"), source=GoogleNews(language="de", country="at", when="12h"))
    parameters = dict(request.params)

    assert (parameters["hl"], parameters["gl"], parameters["ceid"]) == ("de", "AT", "AT:de")
    assert query(request) == '"Acme" when:12h'


def test_wrong_options_are_told_all_at_once() -> None:
    """Each wrong option is named with how to write it."""
    with pytest.raises(UserError) as caught:
        GoogleNews(language="English", country="Germany", when="a week")

    assert [problem.partition(":")[0] for problem in caught.value.problems] == ["language", "country", "when"]


# --- reading ----------------------------------------------------------------------------------------------------------


def test_a_headline_and_its_publisher() -> None:
    """The publisher is not part of the headline but its author; a description that only repeats both is no text."""
    link = "https://news.google.com/rss/articles/CBMiAcmeAAAA?oc=5"
    repeated = f'&lt;a href="{link}"&gt;Acme opens&lt;/a&gt;&amp;nbsp;&amp;nbsp;&lt;font&gt;The Daily Bean&lt;/font&gt;'
    (article,) = read(item(description=repeated)).items

    assert article.platform == "google_news"
    assert article.kind == "article"
    assert article.title == "Acme opens"
    assert article.author == Author(name="The Daily Bean", url="https://daily.example")
    assert article.text == ""
    assert article.links == ()
    assert article.url == link
    assert article.published_at == datetime(2026, 11, 20, 7, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "source", "headline"),
    [
        ("Acme - a story - The Daily Bean", "The Daily Bean", "Acme - a story"),
        ("Acme moves to the cloud - AWS", "Amazon Web Services (AWS)", "Acme moves to the cloud"),
        ("Acme streikt - MDR.de", "MDR", "Acme streikt"),
        ("Acme wins - Bean - Cup", "Bean - Cup", "Acme wins"),
        ("Acme - or not", "The Daily Bean", "Acme - or not"),
        ("The Daily Bean", "The Daily Bean", "The Daily Bean"),
    ],
)
def test_only_the_publisher_leaves_the_title(title: str, source: str, headline: str) -> None:
    """A dash in the headline stays, and so does what is not the publisher's name."""
    (article,) = read(item(title=title, source=f"<source url='https://p.example'>{source}</source>")).items

    assert article.title == headline


@pytest.mark.parametrize("suffix", ["Global News", "globalnews.ca", "www.globalnews.ca", "GlobalNews.ca"])
@pytest.mark.parametrize("name", ["Global News", "globalnews.ca"])
def test_the_outlet_leaves_the_headline_by_name_or_domain(suffix: str, name: str) -> None:
    """Google changes between them from poll to poll; the story is the same."""
    source = f"<source url='https://globalnews.ca'>{name}</source>"
    (article,) = read(item(title=f"Acme opens - {suffix}", source=source)).items

    assert (article.title, article.author) == ("Acme opens", Author(name=name, url="https://globalnews.ca"))


def test_a_cluster_keeps_the_other_headlines() -> None:
    """A story told by several papers keeps what the others say, with their addresses."""
    rows = "".join(
        f'&lt;li&gt;&lt;a href="https://paper{n}.example/x"&gt;Headline {n}&lt;/a&gt;&amp;nbsp;Paper {n}&lt;/li&gt;'
        for n in range(2)
    )
    (article,) = read(item(description=f"&lt;ol&gt;{rows}&lt;/ol&gt;")).items

    assert "Headline 1" in article.text
    assert article.links == ("https://paper0.example/x", "https://paper1.example/x")


def test_links_of_before_july_2024_lead_to_the_article() -> None:
    """The address that older ids hold is taken out of them; a newer one is left as it is."""
    target = b"https://daily.example/2023/acme"
    known = (
        base64.urlsafe_b64encode(b"\x08\x13\x22" + bytes([len(target)]) + target + b"\xd2\x01\x00").decode().rstrip("=")
    )
    newer = "CBMiqwFBVV95cUxNMTRqdUZpNl9hQldXbGo2YVVLOGFQdkFLYldlMUxU"
    older_still = "http://news.google.com/news/url?sa=t&amp;usg=AFQ&amp;url=http://daily.example/2012/acme"
    page = read(
        item(link=f"https://news.google.com/rss/articles/{known}?oc=5"),
        item(link=f"https://news.google.com/rss/articles/{newer}?oc=5"),
        item(link=older_still),
    )

    assert [article.url for article in page.items] == [
        "https://daily.example/2023/acme",
        f"https://news.google.com/rss/articles/{newer}?oc=5",
        "http://daily.example/2012/acme",
    ]


def test_a_full_answer_says_that_there_is_more() -> None:
    """A hundred articles are Google's choice by relevance: what else there is cannot be asked for, and that is told."""
    full = read(*(item(link=f"https://news.google.com/rss/articles/CBMiAcme{number:04}?oc=5") for number in range(100)))
    few = read(item())

    assert full.truncated
    assert full.note is not None
    assert "100" in full.note
    assert not few.truncated
    assert few.note is None
    assert few.checkpoint == f"{int(NOW.timestamp())}/{int((NOW - timedelta(days=1)).timestamp())}"


def test_no_hits_are_an_answer() -> None:
    """Nothing found is no error and needs no note."""
    page = read()

    assert page.items == ()
    assert page.note is None


def test_a_consent_page_is_an_error() -> None:
    """Where Google asks for consent to cookies first, the source fails and says so."""
    with pytest.raises(UnexpectedResponse, match="consent"):
        read(body="<!doctype html><html><head><title>Before you continue</title></head><body>x</body></html>")
