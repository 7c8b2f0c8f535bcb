"""SearXNG: what an instance's engines found, and which of them did not answer."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import Forbidden, RateLimited, ServerError, UnexpectedResponse, UserError
from mentionwatch.messages import Page, Request
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.searxng import SearXNG
from support.replay import NOW, answer, params

SOURCE = SearXNG("https://search.example")
ONE = Brand("Acme", terms=(Term("name", "Acme Coffee"), Term("url", "acme.example"), Term("handle", "@acme")))


def first(since: str | None = None) -> Request:
    return next(iter(SOURCE.requests((ONE,), {"news:acme": since} if since else {}, NOW)))


def test_all_terms_of_a_brand_are_one_question() -> None:
    """In the categories and the time that were chosen."""
    source = SearXNG("search.example", categories=("news", "social media"), time_range="day", language="de")
    (request,) = source.requests((ONE,), {}, NOW)

    assert params(request) == {
        "q": '("Acme Coffee" OR "acme.example")',
        "format": "json",
        "categories": "news,social media",
        "language": "de",
        "time_range": "day",
    }
    assert "time_range" not in params(next(iter(SearXNG("s.example", time_range="any").requests((ONE,), {}, NOW))))


def test_what_is_old_and_comes_up_later_is_no_news() -> None:
    """Results change places; a page of last year that comes to the first page was there before."""
    results = [
        {"url": "https://daily.example/new", "publishedDate": f"{NOW:%Y-%m-%dT%H:%M:%S}"},
        {"url": "https://daily.example/old", "publishedDate": f"{NOW - timedelta(days=300):%Y-%m-%dT%H:%M:%S}"},
        {"url": "https://daily.example/undated", "publishedDate": None},
    ]
    before = SOURCE.parse(answer(first(), {"results": results}))
    after = SOURCE.parse(answer(first(before.checkpoint), {"results": results}))

    assert len(before.items) == 3
    assert [item.url for item in after.items] == ["https://daily.example/new", "https://daily.example/undated"]


def test_silence_of_the_engines_is_not_nothing_found() -> None:
    """An empty answer counts only when all engines gave one."""
    empty: dict[str, Any] = {"results": [], "unresponsive_engines": []}

    assert SOURCE.parse(answer(first(), empty)).items == ()
    with pytest.raises(ServerError) as caught:
        SOURCE.parse(answer(first(), {**empty, "unresponsive_engines": [["brave", "Suspended: too many requests"]]}))
    assert "brave (Suspended: too many requests)" in caught.value.message


def test_wrong_options_are_told_by_name() -> None:
    """All at once."""
    with pytest.raises(UserError) as caught:
        SearXNG("search.example", language="German", categories=())

    assert [problem.split(":")[0] for problem in caught.value.problems] == ["language", "categories"]


# --- what a real instance answered ------------------------------------------------------------------------------------


def body(shared: Path, name: str) -> bytes:
    return (shared / "corpus/captured/searxng" / f"{name}.body").read_bytes()


def captured(shared: Path, name: str) -> Page:
    return SOURCE.parse(answer(first(), body(shared, name)))


def test_reads_a_real_instance_s_results(shared: Path) -> None:
    """Twenty results of two engines, none with a time."""
    page = captured(shared, "json_general")

    assert len(page.items) == 20
    assert page.note is None
    assert page.items[0].title == "Post 47 Acme Coffeen kahvi on hyvää #AcmeCoffee"
    assert page.items[0].url == "http://localhost:8402/post-47-acme-coffeen-kahvi-on-hyvaa-acmecoffee/"
    assert page.items[1].text.startswith("Just tried Acme Coffee for the first time.")
    assert "https://acme.example/" in page.items[1].links
    assert {item.published_at for item in page.items} == {None}
    assert len(captured(shared, "page2").items) == 10


def test_posts_of_bluesky_get_an_address_people_can_open(shared: Path) -> None:
    """The engine gives at:// addresses; and another engine did not answer, which is told."""
    page = captured(shared, "json_social")

    assert len(page.items) == 25
    assert page.items[0].url == "https://bsky.app/profile/did:plc:jq5xk26uewkzuubidvn6wzob/post/3n2tp255hqk2n"
    assert page.items[0].title == "Replying: Acme Coffee is overrated"
    assert page.note == "engines that did not answer: fedi tags (HTTP error)"


def test_a_real_instance_s_refusals_say_what_to_do(shared: Path) -> None:
    """JSON switched off, no query, another format."""
    off = SOURCE.explain(answer(first(), body(shared, "json_disabled_403"), status=403))
    no_query = SOURCE.explain(answer(first(), body(shared, "noq"), status=400))

    assert isinstance(off, Forbidden)
    assert "settings.yml" in off.message
    assert isinstance(no_query, UnexpectedResponse)
    assert "No query" in no_query.message
    assert isinstance(SOURCE.explain(answer(first(), b"Too Many Requests", status=429)), RateLimited)
    for name in ("badfmt", "rss", "csv", "noq"):
        with pytest.raises(UnexpectedResponse):
            captured(shared, name)
