"""GDELT: one question a brand, refusals in prose, and a long way to keep away when told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from mentionwatch.errors import RateLimited, UnexpectedResponse, UserError
from mentionwatch.messages import Request, Response
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.gdelt import Gdelt
from support.replay import ACME, NOW, answer, params, scan

SOURCE = Gdelt()
ONE = Brand("Acme", terms=(Term("name", "Acme Coffee"),))


def first(*brands: Brand) -> Request:
    return next(iter(SOURCE.requests(brands or (ONE,), {}, NOW)))


@dataclass
class Service:
    """75 articles an answer, newest first, taken in at every quarter of an hour."""

    seen: list[datetime] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    def publish(self, number: int, until: datetime = NOW, every: timedelta = timedelta(minutes=15)) -> set[str]:
        start = len(self.seen)
        self.seen += [until - every * back for back in range(number)]
        return {f"https://daily.example/{start + n}" for n in range(number)}

    def __call__(self, request: Request) -> Response:
        sent = params(request)
        self.asked.append(sent)
        start, end = sent.get("startdatetime", "0"), sent.get("enddatetime", "9")
        found = [(at, n) for n, at in enumerate(self.seen) if start <= f"{at:%Y%m%d%H%M%S}" <= end]
        articles = [
            {"url": f"https://daily.example/{n}", "title": "Acme", "seendate": f"{at:%Y%m%dT%H%M%SZ}"}
            for at, n in sorted(found, reverse=True)[:75]
        ]
        return answer(request, {"articles": articles} if articles else {})


def test_all_terms_of_a_brand_are_one_question() -> None:
    """Phrases joined by OR; what is too short for the search, and handles, are left out."""
    brand = Brand("Acme", terms=(Term("name", "Acme Coffee"), Term("name", "Ac"), Term("url", "acme.example/shop")))

    assert params(first(brand))["query"] == '("Acme Coffee" OR "acme.example")'
    assert params(first())["query"] == '"Acme Coffee"'
    assert [request.query_key for request in SOURCE.requests((ONE, ONE, ACME), {}, NOW)] == [
        "news:acme",
        "news:acme coffee",
    ]


def test_many_terms_are_several_questions() -> None:
    """A query that is too long is refused."""
    brand = Brand("Acme", terms=tuple(Term("name", f"Acme Coffee Number {n}") for n in range(30)))
    queries = [params(request)["query"] for request in SOURCE.requests((brand,), {}, NOW)]

    assert all(len(query.encode()) <= 240 for query in queries)
    assert sum(query.count("Number") for query in queries) == 30


@pytest.mark.parametrize("new", [0, 1, 74, 75, 76, 140])
def test_every_article_since_the_last_scan_is_found(new: int) -> None:
    """Answers are cut by time."""
    service = Service()
    service.publish(100, until=NOW - timedelta(days=3))
    before = scan(SOURCE, service, brands=(ONE,), now=NOW - timedelta(days=2))
    fresh = service.publish(new)
    after = scan(SOURCE, service, before.checkpoints, brands=(ONE,))

    assert {item.url for item in after.items} - {item.url for item in before.items} == fresh
    assert after.holes == set()


def test_more_in_one_quarter_of_an_hour_than_an_answer_holds_is_a_hole() -> None:
    """Time cannot be cut finer than that."""
    service = Service()
    service.publish(1, until=NOW - timedelta(days=3))
    before = scan(SOURCE, service, brands=(ONE,), now=NOW - timedelta(days=2))
    service.publish(80, every=timedelta(0))

    assert scan(SOURCE, service, before.checkpoints, brands=(ONE,)).holes == {"news:acme"}


@pytest.mark.parametrize(
    "said",
    [
        "A maximum of 250 records can be returned.",
        "Your query was too short or too long.",
        "The specified phrase is too short.",
        "Parentheses may only be used around OR'd statements.",
    ],
)
def test_a_refusal_in_prose_is_an_error_with_its_words(said: str) -> None:
    """It comes with status 200, and is no "nothing found"."""
    with pytest.raises(UnexpectedResponse) as caught:
        SOURCE.parse(answer(first(), f"{said}\n".encode()))

    assert said in caught.value.message


@pytest.mark.parametrize("status", [200, 429])
def test_being_asked_to_wait_is_heeded_for_long(status: int) -> None:
    """Asking again soon prolongs it."""
    body = b"Please limit requests to one every 5 seconds or contact ..."
    response = answer(first(), body, status=status)
    if status == 200:
        with pytest.raises(RateLimited) as caught:
            SOURCE.parse(response)
        error: object = caught.value
    else:
        error = SOURCE.explain(response)

    assert isinstance(error, RateLimited)
    assert error.until == NOW + timedelta(minutes=30)


def test_an_object_without_fields_says_that_nothing_was_found() -> None:
    """Any other object without articles is not understood."""
    assert SOURCE.parse(answer(first(), {})).items == ()
    with pytest.raises(UnexpectedResponse):
        SOURCE.parse(answer(first(), {"timeline": []}))


def test_an_article_is_seen_when_gdelt_saw_it() -> None:
    """The only time there is."""
    body = {"articles": [{"url": "https://daily.example/1", "title": " A  b ", "seendate": "20261120T081500Z"}]}
    (item,) = SOURCE.parse(answer(first(), body)).items

    assert (item.title, item.published_at) == ("A b", datetime(2026, 11, 20, 8, 15, tzinfo=UTC))


def test_a_time_span_that_is_none_is_refused() -> None:
    """By the option's name."""
    with pytest.raises(UserError) as caught:
        Gdelt(first="a week")

    assert caught.value.problems[0].startswith("first:")
