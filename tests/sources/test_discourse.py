"""Discourse: its search, the list of every post, and what it says when it will not answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import AuthFailed, RateLimited, UnexpectedResponse
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.discourse import Discourse
from support.replay import NOW, answer, params, scan

FORUM = Discourse("https://forum.example")
SEARCH = Discourse("forum.example", posts=False)
LIST = Discourse("forum.example", search=False)
ACME = Brand(
    "Acme", terms=(Term("name", "Acme Coffee"), Term("name", "ab"), Term("name", "茶"), Term("handle", "@acme"))
)
ONE = Brand("Acme", terms=(Term("name", "Acme Coffee"),))


@dataclass
class Forum:
    """A forum with a search of 50 results a page and a list of 50 posts, ``hidden`` ones in neither."""

    posts: list[tuple[int, datetime]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    windows: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)

    def write(self, number: int, until: datetime = NOW, every: timedelta = timedelta(minutes=10)) -> set[str]:
        first = len(self.posts) + 1
        times = [until - every * back for back in reversed(range(number))]
        self.posts += [(first + n, at) for n, at in enumerate(times)]
        return {f"forum.example/{first + n}" for n in range(number)}

    def __call__(self, request: Request) -> Response:
        sent = params(request)
        self.asked.append(sent)
        seen = [(number, at) for number, at in self.posts if number not in self.hidden]
        if request.url.endswith("/posts.json"):
            before = int(sent.get("before", len(self.posts)))
            found = [
                post for post in reversed(seen) if post[0] <= before and (not self.windows or post[0] > before - 50)
            ]
            return answer(request, {"latest_posts": [self.post(*each) for each in found[:50]]})
        start = 50 * (int(sent.get("page", "1")) - 1)
        after = sent["q"].partition("after:")[2]
        dated = [each for each in seen if not after or f"{each[1]:%Y-%m-%d}" > after]
        found = sorted(dated, key=lambda each: each[1], reverse=True)
        grouped = {"more_full_page_results": True if len(found) > start + 50 else None}
        hits = [self.post(*each) for each in found[start : start + 50]]
        return answer(request, {"posts": hits, "topics": [], "grouped_search_result": grouped})

    def post(self, number: int, at: datetime) -> dict[str, Any]:
        return {"id": number, "topic_id": 7, "post_number": number, "created_at": at.isoformat(), "username": "jo"}


def test_asks_for_every_post_and_for_each_term_that_is_long_enough() -> None:
    """The search refuses two letters; one sign of Chinese is a word."""
    asked = {request.query_key: params(request).get("q") for request in FORUM.requests((ACME,), {}, NOW)}

    assert asked == {
        "posts": None,
        "text:acme coffee": '"Acme Coffee" order:latest',
        "text:茶": '"茶" order:latest',
        "text:acme": '"acme" order:latest',
    }


def test_an_api_key_goes_with_every_request() -> None:
    """In the two headers the forum asks for."""
    for request in Discourse("forum.example", api_key=Secret("k3y"), api_username="jo").requests((ONE,), {}, NOW):
        assert request.headers == {"Api-Key": Secret("k3y"), "Api-Username": "jo"}


@pytest.mark.parametrize("new", [0, 1, 49, 50, 51, 130])
@pytest.mark.parametrize("source", [SEARCH, LIST], ids=["search", "list"])
def test_every_post_since_the_last_scan_is_found(source: Discourse, new: int) -> None:
    """Both are read back to the last scan, and what was there before the first is no news."""
    forum = Forum()
    forum.write(300, until=NOW - timedelta(days=3))
    before = scan(source, forum, brands=(ONE,), now=NOW - timedelta(days=2))
    fresh = forum.write(new)
    after = scan(source, forum, before.checkpoints, brands=(ONE,))

    assert len(before.ids) == 50
    assert after.ids - before.ids == fresh
    assert after.holes == set()


@pytest.mark.parametrize("source", [SEARCH, LIST], ids=["search", "list"])
def test_more_than_ten_pages_are_a_hole(source: Discourse) -> None:
    """The search ends there, and so do we."""
    forum = Forum()
    forum.write(60, until=NOW - timedelta(days=30))
    before = scan(source, forum, brands=(ONE,), now=NOW - timedelta(days=29))
    forum.write(700)

    assert len(scan(source, forum, before.checkpoints, brands=(ONE,)).holes) == 1


def test_a_post_that_was_approved_late_is_found() -> None:
    """It appears below the newest one seen."""
    forum = Forum()
    forum.write(100, until=NOW - timedelta(days=3))
    before = scan(LIST, forum, brands=(ONE,))
    forum.write(30)
    forum.hidden = {110}
    later = scan(LIST, forum, before.checkpoints, brands=(ONE,))
    forum.hidden = set()

    assert "forum.example/110" not in later.ids
    assert "forum.example/110" in scan(LIST, forum, later.checkpoints, brands=(ONE,)).ids


def test_old_servers_look_at_fifty_ids_at_a_time() -> None:
    """A page without a post does not end the list while older ids are new to us."""
    forum = Forum(windows=True)
    forum.write(60, until=NOW - timedelta(days=3))
    before = scan(LIST, forum, brands=(ONE,))
    fresh = forum.write(240)
    forum.hidden = set(range(120, 240))
    after = scan(LIST, forum, before.checkpoints, brands=(ONE,))

    assert after.ids - before.ids == fresh - {f"forum.example/{n}" for n in forum.hidden}


def test_a_new_forum_has_no_posts_yet() -> None:
    """The first post ever is news."""
    forum = Forum()
    before = scan(FORUM, forum, brands=(ONE,))
    fresh = forum.write(1, until=NOW + timedelta(hours=1))
    after = scan(FORUM, forum, before.checkpoints, brands=(ONE,))

    assert (before.ids, after.ids) == (set(), fresh)


def test_nothing_found_is_told_from_no_answer() -> None:
    """An empty list is an answer; an answer without the list is not."""
    request = next(iter(SEARCH.requests((ONE,), {}, NOW)))
    empty: dict[str, Any] = {"posts": [], "topics": [], "grouped_search_result": {"post_ids": [], "error": None}}

    assert SEARCH.parse(answer(request, empty)).items == ()
    bodies: tuple[object, ...] = ({"topics": []}, {"grouped_search_result": {"post_ids": [1]}}, [{"type": "topic"}])
    for body in bodies:
        with pytest.raises(UnexpectedResponse):
            SEARCH.parse(answer(request, body))


def test_asked_too_often_in_a_success_is_a_limit() -> None:
    """Old servers say it with status 200; it is no "nothing found"."""
    request = next(iter(SEARCH.requests((ONE,), {}, NOW)))
    body = {"posts": [], "grouped_search_result": {"error": "You are doing that too often, please try again later."}}
    with pytest.raises(RateLimited) as caught:
        SEARCH.parse(answer(request, body))

    assert "too often" in caught.value.message


def test_errors_say_what_to_do() -> None:
    """A closed forum, a key that is refused, a pause of so many seconds."""
    request = next(iter(SEARCH.requests((ONE,), {}, NOW)))
    closed = {"errors": ["You need to be logged in to do that."], "error_type": "not_logged_in"}
    open_, with_key = SEARCH, Discourse("forum.example", api_key=Secret("k"))
    waiting = {"errors": ["Slow down"], "error_type": "rate_limit", "extras": {"wait_seconds": 42}}

    assert isinstance(open_.explain(answer(request, closed, status=403)), AuthFailed)
    assert "set api_key" in str(open_.explain(answer(request, closed, status=403)))
    assert "renew" in str(with_key.explain(answer(request, closed, status=403)))
    limit = open_.explain(answer(request, waiting, status=429))
    assert isinstance(limit, RateLimited)
    assert limit.until == NOW + timedelta(seconds=42)
    assert open_.explain(answer(request, b"<html>Cloudflare", status=429)) is None


# --- genuine answers --------------------------------------------------------------------------------------------------


def listed(shared: Path, name: str) -> Any:
    request = next(iter(LIST.requests((), {}, NOW)))
    return LIST.parse(answer(request, (shared / "corpus/recorded/discourse" / name).read_bytes()))


def test_reads_a_recorded_list_of_posts(shared: Path) -> None:
    """Four posts of a small forum, whole, in their topics."""
    page = listed(shared, "posts_latest.json")
    reply, opening, welcome = page.items[:3]

    assert [item.external_id for item in page.items][:3] == [f"forum.example/{n}" for n in (15, 14, 10)]
    assert (reply.kind, reply.url) == ("comment", "https://forum.example/t/this-is-an-uncategorized-title/11/2")
    assert reply.title == "This is an uncategorized title"
    assert reply.text == "holla bullhonky."
    assert reply.published_at == datetime(2020, 1, 25, 2, 10, 7, tzinfo=UTC)
    assert reply.parent_url == "https://forum.example/t/this-is-an-uncategorized-title/11"
    assert (opening.kind, opening.parent_url, opening.author.handle) == ("post", None, "johndoe")
    assert welcome.text.startswith("The first paragraph of this pinned topic will be visible as a welcome message")
    assert "Edit this into a brief description of your community:" in welcome.text
    assert len(page.items) == 4


def test_reads_a_recorded_page_below_an_id(shared: Path) -> None:
    """The same posts, from one further down."""
    assert [item.external_id for item in listed(shared, "posts_before.json").items][:2] == [
        "forum.example/14",
        "forum.example/10",
    ]


def test_the_search_of_2013_is_not_taken_for_an_empty_one(shared: Path) -> None:
    """A recorded answer of a shape that is long gone."""
    request = next(iter(SEARCH.requests((ONE,), {}, NOW)))
    with pytest.raises(UnexpectedResponse):
        SEARCH.parse(answer(request, (shared / "corpus/recorded/discourse/search.json").read_bytes()))
