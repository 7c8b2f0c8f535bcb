"""NewsAPI: articles cut by time, a key that shows nowhere, errors told apart."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mentionwatch.errors import AuthFailed, RateLimited, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.model import Brand, Item, Term
from mentionwatch.sources.platforms.newsapi import NewsApi
from support.recorded import EXPECTED
from support.replay import NOW, answer, params, scan

SOURCE = NewsApi(key=Secret("k3y"))
ONE = Brand("Acme", terms=(Term("name", "Acme Coffee"), Term("url", "acme.example"), Term("handle", "@acme")))


def first() -> Request:
    return next(iter(SOURCE.requests((ONE,), {}, NOW)))


@dataclass
class Service:
    """100 articles an answer, newest first; a second page is for those who pay."""

    articles: list[datetime] = field(default_factory=list)

    def publish(self, number: int, until: datetime = NOW) -> set[str]:
        start = len(self.articles)
        self.articles += [until - timedelta(minutes=5 * back) for back in range(number)]
        return {f"https://daily.example/{start + n}" for n in range(number)}

    def __call__(self, request: Request) -> Response:
        sent = params(request)
        assert "page" not in sent
        dated = [(f"{at:%Y-%m-%dT%H:%M:%S}", n) for n, at in enumerate(self.articles)]
        found = sorted(
            (each for each in dated if sent.get("from", "0") <= each[0] <= sent.get("to", "9")), reverse=True
        )
        listed = [{"url": f"https://daily.example/{n}", "title": "x", "publishedAt": f"{at}Z"} for at, n in found[:100]]
        return answer(request, {"status": "ok", "totalResults": len(found), "articles": listed})


def test_asks_once_for_all_terms_with_the_key_in_a_header() -> None:
    """Phrases joined by OR."""
    assert params(first())["q"] == '("Acme Coffee" OR "acme.example")'
    assert first().headers == {"X-Api-Key": Secret("k3y")}
    assert NewsApi(key=Secret("k"), per_day=250_000).own_limits.per_day == 250_000


@pytest.mark.parametrize("new", [0, 1, 100, 101, 330])
def test_every_article_since_the_last_scan_is_found(new: int) -> None:
    """Answers are cut by time, for the free plan has no second page."""
    service = Service()
    service.publish(150, until=NOW - timedelta(days=5))
    before = scan(SOURCE, service, brands=(ONE,))
    fresh = service.publish(new)
    after = scan(SOURCE, service, before.checkpoints, brands=(ONE,))

    assert len(before.items) == 100
    assert {item.url for item in after.items} - {item.url for item in before.items} == fresh
    assert after.holes == set()


def test_what_lies_beyond_the_plan_s_reach_is_a_hole() -> None:
    """After two months without a scan the question is one the service takes, and what is missing is said."""
    service = Service()
    service.publish(3, until=NOW - timedelta(days=60))
    before = scan(SOURCE, service, brands=(ONE,), now=NOW - timedelta(days=60))
    service.publish(2)
    after = scan(SOURCE, service, before.checkpoints, brands=(ONE,))

    assert params(after.asked[0])["from"] == "2026-10-23T08:00:00"
    assert after.holes == {"news:acme"}


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("apiKeyInvalid", 401, AuthFailed),
        ("apiKeyMissing", 401, AuthFailed),
        ("rateLimited", 429, RateLimited),
        ("apiKeyExhausted", 429, RateLimited),
        ("parameterInvalid", 400, UnexpectedResponse),
        ("maximumResultsReached", 426, UnexpectedResponse),
    ],
)
def test_errors_are_told_apart(code: str, status: int, kind: type[SourceError]) -> None:
    """With a status of their own, or inside a success."""
    body = {"status": "error", "code": code, "message": "In their words."}
    explained = SOURCE.explain(answer(first(), body, status=status))
    with pytest.raises(kind):
        SOURCE.parse(answer(first(), body))

    assert isinstance(explained, kind)
    assert "In their words." in explained.message


def test_withdrawn_articles_are_left_out() -> None:
    """An answer of none but those is an answer."""
    gone = {"title": "[Removed]", "url": "https://removed.com", "publishedAt": "1970-01-01T00:00:00Z"}

    assert SOURCE.parse(answer(first(), {"status": "ok", "articles": [gone]})).items == ()


def test_wrong_options_are_told_by_name() -> None:
    """All at once."""
    with pytest.raises(UserError) as caught:
        NewsApi(key=Secret("k"), language="English", per_day=0)

    assert [problem.split(":")[0] for problem in caught.value.problems] == ["language", "per_day"]


# --- genuine answers --------------------------------------------------------------------------------------------------


def recorded(shared: Path, name: str) -> tuple[Item, ...]:
    return SOURCE.parse(answer(first(), (shared / "corpus/recorded/newsapi" / name).read_bytes())).items


def test_reads_every_article_of_recorded_answers(shared: Path) -> None:
    """Six answers of twenty articles, each with an address, a title, a time and somebody who said it."""
    files = [shared / "corpus" / line["file"] for line in EXPECTED if line["type"] == "newsapi"]
    assert len(files) == 6
    for file in files:
        items = recorded(shared, file.name)
        listed = json.loads(file.read_bytes())["articles"]
        assert [item.url for item in items] == [article["url"] for article in listed]
        assert all(item.title and item.published_at and item.author.name for item in items)
        assert not [item for item in items if "chars]" in item.text]


def test_reads_a_recorded_article(shared: Path) -> None:
    """The publisher goes from the headline to the author where none is named; text goes as far as it is given."""
    boe, tornado = recorded(shared, "testFeedData.json")[:2]

    assert boe.title == "BoE flags risk of recession and 10% inflation as it raises rates again - Reuters UK"
    assert boe.author.name == "Reuters"
    assert boe.published_at == datetime(2022, 5, 5, 14, 18, tzinfo=UTC)
    assert boe.text.startswith("The Bank of England sent a stark warning that Britain risks a double-whammy")
    assert tornado.title == "WATCH: Sky 5 surveys widespread tornado damage in Seminole"
    assert tornado.author.name == "KOCO Staff"
