"""Brave Search: what is asked and paid for, and what it says when it will not answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mentionwatch.errors import AuthFailed, RateLimited, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.brave import Brave
from support.replay import NOW, answer, params, scan

SOURCE = Brave(key=Secret("k3y"))
NEWS = Brave(key=Secret("k3y"), search="news", country="de")
ONE = Brand("Acme", terms=(Term("name", "Acme Coffee"), Term("url", "acme.example"), Term("handle", "@acme")))


def first(source: Brave = SOURCE, since: str | None = None) -> Request:
    return next(iter(source.requests((ONE,), {"news:acme": since} if since else {}, NOW)))


def results(*urls: str, more: bool = False) -> dict[str, Any]:
    listed = [{"url": url, "title": "x", "page_age": f"{NOW:%Y-%m-%dT%H:%M:%S}"} for url in urls]
    return {"type": "search", "query": {"original": "x", "more_results_available": more}, "web": {"results": listed}}


def test_asks_once_for_all_terms_with_the_key_in_a_header() -> None:
    """A week back the first time, then from three days before the last answer."""
    assert params(first())["q"] == '("Acme Coffee" OR "acme.example")'
    assert params(first())["freshness"] == "pw"
    assert params(first(since="1795161662"))["freshness"] == "2026-11-17to2026-11-22"
    assert first().headers == {"X-Subscription-Token": Secret("k3y")}
    assert (first(NEWS).url, params(first(NEWS))["country"]) == (
        "https://api.search.brave.com/res/v1/news/search",
        "DE",
    )
    assert Brave(key=Secret("k"), per_day=500).own_limits.per_day == 500


def test_pages_are_turned_while_there_are_more() -> None:
    """By their number, up to the limit; a server that always says "more" is left."""
    asked = []

    def server(request: Request) -> Response:
        page = int(params(request).get("offset", "0"))
        asked.append(page)
        return answer(request, results(*(f"https://x.example/{page}-{n}" for n in range(20)), more=page < 2))

    before = scan(SOURCE, server, brands=(ONE,))
    asked.clear()
    after = scan(SOURCE, server, before.checkpoints, brands=(ONE,))

    assert asked == [0, 1, 2]
    assert len(after.items) == 60
    assert after.holes == set()


def test_nothing_found_is_told_from_no_answer() -> None:
    """A web search without a hit has no list at all, but repeats the question."""
    nothing = {"type": "search", "query": {"original": "x"}, "mixed": {}}

    assert SOURCE.parse(answer(first(), nothing)).items == ()
    assert NEWS.parse(answer(first(NEWS), {"type": "news", "query": {"original": "x"}, "results": []})).items == ()
    others: tuple[object, ...] = ({"mixed": {}}, {"web": {}})
    for other in others:
        with pytest.raises(UnexpectedResponse):
            SOURCE.parse(answer(first(), other))


def test_news_are_articles() -> None:
    """Their list stands at the top."""
    body = {"type": "news", "query": {"original": "x"}, "results": [{"url": "https://x.example/1", "title": "A"}]}
    (item,) = NEWS.parse(answer(first(NEWS), body)).items

    assert (item.kind, item.title) == ("article", "A")


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("SUBSCRIPTION_TOKEN_INVALID", 422, AuthFailed),
        ("RATE_LIMITED", 429, RateLimited),
        ("VALIDATION", 422, UnexpectedResponse),
    ],
)
def test_errors_are_told_apart(code: str, status: int, kind: type[SourceError]) -> None:
    """A wrong key comes as 422, like a question it does not take."""
    body = {"type": "ErrorResponse", "error": {"code": code, "detail": "In their words.", "status": status}}
    explained = SOURCE.explain(answer(first(), body, status=status))

    assert isinstance(explained, kind)
    assert "In their words." in explained.message


def test_the_limit_that_is_spent_says_when() -> None:
    """One of seconds, one of months: the one that is used up counts."""
    body = {"type": "ErrorResponse", "error": {"code": "RATE_LIMITED"}}
    headers = {"x-ratelimit-remaining": "1, 0", "x-ratelimit-reset": "1, 86400"}
    limit = SOURCE.explain(answer(first(), body, status=429, headers=headers))

    assert isinstance(limit, RateLimited)
    assert limit.until == NOW + timedelta(days=1)


def test_wrong_options_are_told_by_name() -> None:
    """All at once."""
    with pytest.raises(UserError) as caught:
        Brave(key=Secret("k"), country="Germany", per_day=0)

    assert [problem.split(":")[0] for problem in caught.value.problems] == ["country", "per_day"]
