"""dev.to: every new article back to the last scan, and whole texts by tag."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from mentionwatch.errors import UnexpectedResponse
from mentionwatch.messages import Page, Request, Response
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.devto import DevTo
from support.replay import NOW, answer, params, scan

SOURCE = DevTo()
NO_TERMS = Brand("Nothing")
TAGGED = Brand("Acme", terms=(Term("name", "Acme Coffee"), Term("hashtag", "#ACME"), Term("name", "コーヒー")))

FEED = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>DEV Community: acme</title><link>https://dev.to</link><item><title>Whole</title><dc:creator>Jo</dc:creator>
<pubDate>Fri, 20 Nov 2026 08:01:02 +0000</pubDate><link>https://dev.to/jo/whole-1</link>
<guid>https://dev.to/jo/whole-1</guid><description>&lt;p&gt;Acme in the text.&lt;/p&gt;</description>
<category>acme</category></item></channel></rss>"""


@dataclass
class Site:
    """The list of new articles, a hundred a page."""

    articles: list[datetime] = field(default_factory=list)

    def publish(self, number: int, until: datetime = NOW) -> set[str]:
        first = len(self.articles)
        self.articles += [until - timedelta(minutes=number - n) for n in range(number)]
        return {str(first + n) for n in range(number)}

    def __call__(self, request: Request) -> Response:
        page = int(params(request)["page"])
        newest = sorted(enumerate(self.articles), key=lambda each: each[1], reverse=True)
        return answer(
            request,
            [
                {"id": n, "url": f"https://dev.to/jo/{n}", "published_at": at.isoformat()}
                for n, at in newest[100 * (page - 1) : 100 * page]
            ],
        )


def test_asks_for_tags_as_the_site_writes_them_and_for_everything_new() -> None:
    """The whole texts first, for the first answer is what is kept."""
    asked = [request.url for request in DevTo(tags=("Web Dev", "python")).requests((TAGGED,), {}, NOW)]

    assert asked == [
        "https://dev.to/feed/tag/python",
        "https://dev.to/feed/tag/acme",
        "https://dev.to/feed/tag/acmecoffee",
        "https://dev.to/api/articles/latest",
    ]


@pytest.mark.parametrize("new", [0, 1, 100, 101, 350])
def test_every_article_since_the_last_scan_is_found(new: int) -> None:
    """Pages are turned back to the last scan, and no older article comes as news."""
    site = Site()
    site.publish(400, until=NOW - timedelta(days=1))
    before = scan(SOURCE, site, brands=(NO_TERMS,))
    fresh = site.publish(new)
    after = scan(SOURCE, site, before.checkpoints, brands=(NO_TERMS,))

    assert len(before.ids) == 100
    assert after.ids - before.ids == fresh
    assert after.holes == set()


def test_an_article_is_the_same_in_a_tag_s_feed() -> None:
    """It has no number there, and the same address."""
    request = next(iter(SOURCE.requests((TAGGED,), {}, NOW)))
    (item,) = SOURCE.parse(answer(request, FEED.encode(), headers={"content-type": "application/rss+xml"})).items

    assert (item.platform, item.external_id, item.url) == ("devto", None, "https://dev.to/jo/whole-1")
    assert (item.text, item.author.name) == ("Acme in the text.", "Jo")


def test_a_tag_nobody_has_used_is_no_failure() -> None:
    """The first article under it is news."""
    request = next(iter(SOURCE.requests((TAGGED,), {}, NOW)))

    assert isinstance(SOURCE.explain(answer(request, b"", status=404)), Page)


def test_an_empty_list_of_new_articles_is_an_error() -> None:
    """Somebody has always published something."""
    (request,) = SOURCE.requests((NO_TERMS,), {}, NOW)
    with pytest.raises(UnexpectedResponse):
        SOURCE.parse(answer(request, []))
