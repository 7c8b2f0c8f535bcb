"""App Store: reviews with stars, by country, and an empty page that is not believed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mentionwatch.errors import ServerError, UnexpectedResponse, UserError
from mentionwatch.messages import Page, Request, Response
from mentionwatch.model import Brand
from mentionwatch.sources import NeedsFullParser
from mentionwatch.sources.platforms.appstore import AppStore
from support.replay import NOW, answer, scan

SOURCE = AppStore(apps=("123456789",))
NO_TERMS = Brand("Nothing")


def parse(source: AppStore, response: Response) -> Page:
    try:
        return source.parse(response)
    except NeedsFullParser:
        return source.parse_fully(response)


@dataclass
class Store:
    """Fifty reviews a page, ten pages, newest first; ``flaps``: it gives an empty page."""

    reviews: list[datetime] = field(default_factory=list)
    flaps: bool = False

    def review(self, number: int, until: datetime = NOW) -> set[str]:
        first = len(self.reviews) + 1
        self.reviews += [until - timedelta(minutes=10 * back) for back in range(number)]
        return {str(first + n) for n in range(number)}

    def __call__(self, request: Request) -> Response:
        found = re.search(r"/page=(\d+)/id=123456789/", request.url)
        assert found is not None
        page = int(found[1])
        assert page <= 10
        newest = sorted(enumerate(self.reviews, start=1), key=lambda each: each[1], reverse=True)
        listed = [] if self.flaps else newest[50 * (page - 1) : 50 * page]
        entries = "".join(
            f"<entry><updated>{at.isoformat()}</updated><id>{n}</id><title>R{n}</title>"
            f'<content type="text">Text {n}</content><im:rating>3</im:rating></entry>'
            for n, at in listed
        )
        body = (
            '<?xml version="1.0" encoding="utf-8"?><feed xmlns:im="http://itunes.apple.com/rss"'
            f' xmlns="http://www.w3.org/2005/Atom"><id>x</id><title>iTunes Store</title>{entries}</feed>'
        )
        return answer(request, body.encode(), headers={"content-type": "application/xml"})


def test_asks_every_store_for_every_app() -> None:
    """Each is a question of its own."""
    source = AppStore(apps=("id123456789", "987654321"), countries=("US", "de"))

    assert [request.query_key for request in source.requests((NO_TERMS,), {}, NOW)] == [
        "reviews:us:123456789", "reviews:us:987654321", "reviews:de:123456789", "reviews:de:987654321"
    ]  # fmt: skip


@pytest.mark.parametrize("new", [0, 1, 50, 51, 220])
def test_every_review_since_the_last_scan_is_found(new: int) -> None:
    """Pages are turned back to the last scan, and no older review comes as news."""
    store = Store()
    store.review(120, until=NOW - timedelta(days=9))
    before = scan(SOURCE, store, brands=(NO_TERMS,))
    fresh = store.review(new)
    after = scan(SOURCE, store, before.checkpoints, brands=(NO_TERMS,))

    assert len(before.ids) == 50
    assert after.ids - before.ids == fresh
    assert after.holes == set()


def test_more_than_five_hundred_are_a_hole() -> None:
    """There is no page 11."""
    store = Store()
    store.review(60, until=NOW - timedelta(days=30))
    before = scan(SOURCE, store, brands=(NO_TERMS,))
    store.review(600)

    assert scan(SOURCE, store, before.checkpoints, brands=(NO_TERMS,)).holes == {"reviews:us:123456789"}


def test_an_empty_page_never_replaces_a_full_one() -> None:
    """The feed is empty for hours at a time; what comes after is found all the same."""
    store = Store()
    store.review(20, until=NOW - timedelta(days=9))
    before = scan(SOURCE, store, brands=(NO_TERMS,))
    store.flaps = True
    with pytest.raises(ServerError) as caught:
        scan(SOURCE, store, before.checkpoints, brands=(NO_TERMS,))
    store.flaps = False
    fresh = store.review(3)

    assert "where there were reviews before" in caught.value.message
    assert scan(SOURCE, store, before.checkpoints, brands=(NO_TERMS,)).ids - before.ids == fresh


def test_an_app_without_reviews_has_none() -> None:
    """An empty page at the first time is believed, and the first review ever is news."""
    store = Store()
    before = scan(SOURCE, store, brands=(NO_TERMS,))
    again = scan(SOURCE, store, before.checkpoints, brands=(NO_TERMS,))
    fresh = store.review(1, until=NOW + timedelta(hours=2))
    after = scan(SOURCE, store, again.checkpoints, brands=(NO_TERMS,))
    store.flaps = True

    assert (before.ids, again.ids, after.ids) == (set(), set(), fresh)
    with pytest.raises(ServerError):
        scan(SOURCE, store, after.checkpoints, brands=(NO_TERMS,))


def test_an_app_nobody_knows_is_told_by_number_and_country() -> None:
    """The user can mend it."""
    request = next(iter(SOURCE.requests((NO_TERMS,), {}, NOW)))
    explained = SOURCE.explain(answer(request, b"CustomerReviews RSS error", status=400))

    assert str(explained) == "the store of US does not know an app with the number 123456789"
    with pytest.raises(UserError) as caught:
        AppStore(apps=("Acme",), countries=("USA",))
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["apps", "countries"]


# --- genuine answers --------------------------------------------------------------------------------------------------

REALITY = AppStore(apps=("1404176564",), countries=("jp",))


def test_reads_a_recorded_page_of_reviews(shared: Path) -> None:
    """Fifty reviews in Japanese, with stars and times."""
    (request,) = REALITY.requests((NO_TERMS,), {}, NOW)
    body = (shared / "corpus/recorded/appstore/customerreviews_jp_p1.xml").read_bytes()
    items = parse(REALITY, answer(request, body, headers={"content-type": "text/xml"})).items
    first, second = items[:2]

    assert len(items) == 50
    assert (first.external_id, first.title, first.rating) == ("6310006838", "髪型追加してもらいたい", 5.0)
    assert first.text == (
        "いろんな髪型追加して欲しい\n片方ツインテールとかさまざまな髪型追加してほしいです\nゲーム機能ついているのはいいと思う"
    )
    assert first.author.name == "単刀直入にさきいか"
    assert first.published_at == datetime(2020, 8, 12, 11, 6, 20, tzinfo=UTC)
    assert first.url == "https://apps.apple.com/jp/app/id1404176564"
    assert first.links == ()
    assert (second.title, second.author.name) == ("いいんだけど、うん、", "じゃがりこのサラダ味だった物")
    counted = Counter(int(stars) for stars in re.findall(r"<im:rating>(\d)</im:rating>", body.decode()))
    assert Counter(int(item.rating or 0) for item in items) == counted


def test_the_json_of_the_same_page_is_not_taken_for_an_empty_feed(shared: Path) -> None:
    """We ask for XML, for in JSON a review bears no time."""
    (request,) = REALITY.requests((NO_TERMS,), {}, NOW)
    body = (shared / "corpus/recorded/appstore/customerreviews_jp_p1.json").read_bytes()
    with pytest.raises(UnexpectedResponse):
        parse(REALITY, answer(request, body))
