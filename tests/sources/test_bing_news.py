"""Bing News: what is asked of it, and where its links lead."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mentionwatch.errors import UnexpectedResponse, UserError
from mentionwatch.messages import Page, Request
from mentionwatch.model import Brand, Term
from mentionwatch.sources import NeedsFullParser
from mentionwatch.sources.platforms.bing_news import BingNews
from support.replay import ACME, NOW, answer, params

SOURCE = BingNews()
ONE = Brand("Acme", terms=(Term("name", "Acme Coffee"), Term("url", "acme.example"), Term("handle", "@acme")))


def first(since: str | None = None) -> Request:
    return next(iter(SOURCE.requests((ONE,), {"news:acme": since} if since else {}, NOW)))


def item(number: int, at: str = "Fri, 20 Nov 2026 07:00:00 GMT", link: str | None = None) -> str:
    link = link or (
        f"http://www.bing.com/news/apiclick.aspx?ref=FexRss&amp;aid=&amp;tid=1"
        f"&amp;url=https%3a%2f%2fdaily.example%2f{number}&amp;c={number}&amp;mkt=en-us"
    )
    return f"<item><title>Acme {number}</title><link>{link}</link><pubDate>{at}</pubDate></item>"


def read(*items: str, since: str | None = None, namespace: str = "https://www.bing.com:443/news/search") -> Page:
    body = (
        f'<?xml version="1.0" encoding="utf-8" ?><rss version="2.0" xmlns:News="{namespace}"><channel>'
        f"<title>acme - BingNews</title>{''.join(items)}</channel></rss>"
    )
    response = answer(first(since), body.encode(), headers={"content-type": "text/xml; charset=utf-8"})
    try:
        return SOURCE.parse(response)
    except NeedsFullParser:
        return SOURCE.parse_fully(response)


def test_all_terms_of_a_brand_are_one_question() -> None:
    """Phrases joined by OR, sorted by date, in the edition that was chosen."""
    (request,) = BingNews(language="de", country="at").requests((ONE,), {}, NOW)

    assert params(request) == {
        "q": '("Acme Coffee" OR "acme.example")',
        "format": "rss",
        "setlang": "de-AT",
        "cc": "AT",
        "qft": 'sortbydate="1"',
    }
    assert [request.query_key for request in SOURCE.requests((ONE, ACME), {}, NOW)] == ["news:acme", "news:acme coffee"]


def test_links_lead_to_the_article() -> None:
    """Bing's counter is not the address of anything."""
    page = read(item(1), item(2, link="https://other.example/a?b=1&amp;c=2"))

    assert [each.url for each in page.items] == ["https://daily.example/1", "https://other.example/a?b=1&c=2"]
    assert page.items[0].published_at == datetime(2026, 11, 20, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "namespace",
    ["https://www.bing.com:443/news/search", "https://www.bing.com/news/search?q=a&amp;format=rss", "urn:x"],
)
def test_the_publisher_is_found_in_whatever_namespace(namespace: str) -> None:
    """Bing declares the address of the request as the namespace."""
    entry = item(1).replace("</item>", "<News:Source>L&#39;Équipe</News:Source></item>")
    (only,) = read(entry, namespace=namespace).items

    assert only.author.name == "L'Équipe"


def test_nothing_found_is_an_answer_without_items() -> None:
    """And no news of an empty feed."""
    page = read()

    assert (page.items, page.note) == ((), None)


def test_an_answer_wholly_newer_than_the_last_is_a_hole() -> None:
    """Some ten articles are all that can be had."""
    many = [item(n) for n in range(12)]

    assert read(*many, since="2026-11-19T00:00:00Z").truncated
    assert not read(*many, since="2026-11-20T08:00:00Z").truncated
    assert not read(*many[:3], since="2026-11-19T00:00:00Z").truncated


def test_a_page_for_robots_is_an_error() -> None:
    """It comes with status 200."""
    with pytest.raises(UnexpectedResponse):
        SOURCE.parse(answer(first(), b"<!DOCTYPE html><html><title>Bing</title><body>captcha</body></html>"))


def test_an_edition_that_is_none_is_refused() -> None:
    """Every problem at once."""
    with pytest.raises(UserError) as caught:
        BingNews(language="English", country="Austria")

    assert [problem.split(":")[0] for problem in caught.value.problems] == ["language", "country"]
