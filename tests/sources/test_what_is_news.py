"""What of an answer is news, for searches in no order, for lists in order of time, and after an empty first answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from mentionwatch.errors import ServerError
from mentionwatch.messages import Page, Request, Secret
from mentionwatch.sources import Source
from mentionwatch.sources.platforms.appstore import AppStore
from mentionwatch.sources.platforms.bing_news import BingNews
from mentionwatch.sources.platforms.brave import Brave
from mentionwatch.sources.platforms.google_news import GoogleNews
from mentionwatch.sources.platforms.mediawiki import MediaWiki
from mentionwatch.sources.platforms.newsapi import NewsApi
from mentionwatch.sources.platforms.podcasts import Podcasts
from mentionwatch.sources.platforms.searxng import SearXNG
from mentionwatch.sources.platforms.x import X
from mentionwatch.sources.testing import parse
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint
from mentionwatch.sources.toolkit.time_paging import activity_page, time_ordered_page
from support.replay import ACME, NOW, answer
from support.world import Reply, World

FRESH, OLD = NOW + timedelta(minutes=10), NOW - timedelta(days=1_000)


def rss(*articles: tuple[str, datetime]) -> bytes:
    entries = "".join(
        f"<item><title>Acme Coffee {name}</title><link>https://daily.example/{name}</link>"
        f"<pubDate>{format_datetime(at)}</pubDate></item>"
        for name, at in articles
    )
    return f'<rss version="2.0"><channel><title>acme</title>{entries}</channel></rss>'.encode()


def web(*articles: tuple[str, datetime]) -> bytes:
    results = [{"url": f"https://daily.example/{name}", "title": "Acme Coffee", "page_age": at.isoformat(),
                "publishedDate": at.isoformat()} for name, at in articles]  # fmt: skip
    return json.dumps({"type": "search", "query": {}, "web": {"results": results}, "results": results}).encode()


#: Each search whose answers are in no order, and how it writes them.
SEARCHES: tuple[tuple[Source, Callable[..., bytes]], ...] = (
    (BingNews(), rss),
    (GoogleNews(), rss),
    (Brave(key=Secret("t")), web),
    (SearXNG("https://search.example"), web),
)


def first(source: Source, since: str | None = None) -> Request:
    key = next(iter(source.requests((ACME,), {}, NOW))).query_key
    return next(iter(source.requests((ACME,), {key: since} if since else {}, NOW)))


def read(source: Source, body: bytes, since: str | None = None, at: datetime = NOW) -> Page:
    return parse(source, answer(first(source, since), body, at=at))


@pytest.mark.parametrize(("source", "body"), SEARCHES, ids=[type(source).type for source, _ in SEARCHES])
@pytest.mark.parametrize("before", [(), (("known", NOW - timedelta(hours=3)),)], ids=["after nothing", "after one"])
def test_a_search_in_no_order_has_a_beginning(
    source: Source, body: Callable[..., bytes], before: tuple[tuple[str, datetime], ...]
) -> None:
    """An article of years ago that comes up later is kept as backlog, and never told as news; today's is."""
    once = read(source, body(*before))
    again = read(source, body(("old", OLD), ("new", FRESH), *before), once.checkpoint, NOW + timedelta(hours=1))
    third = read(source, body(("older", OLD), ("newer", FRESH)), again.checkpoint, NOW + timedelta(hours=2))

    assert [item.url for item in again.items if "known" not in str(item.url)] == ["https://daily.example/new"]
    assert [item.url for item in again.backlog] == ["https://daily.example/old"]
    assert [item.url for item in third.items] == ["https://daily.example/newer"]


@pytest.mark.parametrize("source", [BingNews(), GoogleNews()], ids=["bing_news", "google_news"])
def test_a_checkpoint_of_an_earlier_version_begins_when_it_was_made(source: Source) -> None:
    """It is no more than a time: what was old then is old now."""
    page = read(source, rss(("old", OLD), ("new", FRESH)), "2026-11-21T07:00:00Z", NOW + timedelta(hours=1))

    assert [item.url for item in page.items] == ["https://daily.example/new"]
    assert [item.url for item in page.backlog] == ["https://daily.example/old"]


def test_an_old_article_is_listed_and_not_told(world: World) -> None:
    """As a user sees it: the old one is kept, marked as backlog, and in no digest of what is new."""
    articles: list[tuple[str, datetime]] = []
    world.configure(
        '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n[[sources]]\ntype = "bing_news"\nevery = "15m"\n'
    )
    world.network.pages["https://www.bing.com/news/search"] = lambda _: Reply(
        rss(*articles), headers={"content-type": "text/xml"}
    )
    world.run("scan")
    articles += [("old", world.now - timedelta(days=1_000)), ("new", world.now + timedelta(hours=1))]
    told = world.later(hours=2).run("scan")
    digest = world.run("digest", "--new").out
    listed = {
        one["url"]: one["urgency"]["reasons"]
        for one in map(json.loads, world.run("list", "--format", "jsonl").out.splitlines())
    }

    assert told.status == 0
    assert ("https://daily.example/new" in digest, "https://daily.example/old" in digest) == (True, False)
    assert listed["https://daily.example/old"] == ["was there before the watch began"]


def review(number: int, at: datetime) -> str:
    return (
        f"<entry><updated>{at:%Y-%m-%dT%H:%M:%S}-07:00</updated><id>{number}</id><title>t</title>"
        f'<content type="text">x</content><im:rating>1</im:rating><author><name>jo</name></author></entry>'
    )


def test_reviews_that_an_empty_feed_hid_are_no_news() -> None:
    """The App Store's feed is empty for hours: what was written before the first scan is backlog all the same."""
    source = AppStore(apps=("123456789",))

    def feed(*entries: str) -> bytes:
        return (
            '<?xml version="1.0"?><feed xmlns:im="http://itunes.apple.com/rss" xmlns="http://www.w3.org/2005/Atom">'
            f"<id>x</id><title>Reviews</title>{''.join(entries)}</feed>"
        ).encode()

    empty = read(source, feed())
    still = read(source, feed(), empty.checkpoint, NOW + timedelta(hours=3))
    full = read(
        source,
        feed(review(2, NOW + timedelta(hours=1)), review(1, NOW - timedelta(days=90))),
        still.checkpoint,
        NOW + timedelta(hours=6),
    )

    assert [item.external_id for item in full.items] == ["2"]
    assert [item.external_id for item in full.backlog] == ["1"]


@pytest.mark.parametrize("page_of", [time_ordered_page, activity_page])
def test_a_pinned_post_does_not_end_the_reading(page_of: Callable[..., Page]) -> None:
    """It stands above the newest and is of any age; the list goes on below it."""
    source = BingNews()
    pinned_first = rss(("pinned", OLD), *((f"{n}", NOW - timedelta(minutes=n)) for n in range(9)))
    items = parse(source, answer(first(source), pinned_first)).items
    since = TimeCheckpoint(int((NOW - timedelta(hours=5)).timestamp()))
    request = first(source, str(since))
    more = {"full": True} if page_of is time_ordered_page else {"listed_at": [item.published_at for item in items]}

    assert page_of(answer(request, b""), items, following=request, overlap=60, **more).next is not None


def test_an_empty_first_answer_does_not_make_old_posts_news() -> None:
    """Of a list in order of time: a post that arrives days late is news, one of years ago is backlog."""
    source = BingNews()
    late = NOW - timedelta(days=3)
    items = parse(source, answer(first(source), rss(("late", late), ("old", OLD)))).items
    empty = time_ordered_page(answer(first(source), b""), (), full=False, following=None, overlap=60)
    after = time_ordered_page(
        answer(first(source, empty.checkpoint), b""), items, full=False, following=None, overlap=60
    )

    assert [item.url for item in after.items] == ["https://daily.example/late"]
    assert [item.url for item in after.backlog] == ["https://daily.example/old"]


@pytest.mark.parametrize(
    ("source", "body"),
    [
        (NewsApi(key=Secret("k")), {"status": "ok", "totalResults": 3, "articles": []}),
        (Podcasts(), {"resultCount": 3, "results": []}),
        (X(token=Secret("t")), {"meta": {"result_count": 3}}),
        (MediaWiki("https://wiki.example"), {"query": {"searchinfo": {"totalhits": 3}, "search": []}}),
    ],
    ids=lambda one: getattr(one, "type", ""),
)
def test_an_answer_that_counts_results_and_lists_none_is_not_empty(source: Source, body: dict[str, Any]) -> None:
    """It is asked again, and nothing is taken to be there since the beginning."""
    request = next(iter(source.requests((ACME,), {}, NOW)))
    with pytest.raises(ServerError, match="counts 3 results and lists none"):
        source.parse(answer(request, body))
