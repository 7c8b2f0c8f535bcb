"""Threads: the search, mentions and replies, Meta's errors told apart, and a token that shows nowhere."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import (
    AuthFailed,
    Forbidden,
    RateLimited,
    ServerError,
    SourceError,
    UnexpectedResponse,
    UserError,
)
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.threads import Threads
from support.replay import ACME, NOW, answer, params, scan
from support.world import World

SOURCE = Threads(token=Secret("THQVJt0ken"))
SEARCH = Threads(token=Secret("THQVJt0ken"), mentions=False, replies=False)
REPLIES = Threads(token=Secret("THQVJt0ken"), search=False, mentions=False)
ONE = Brand("Acme", terms=(Term("name", "Acme Coffee"),))


def post(number: int, at: datetime, **more: object) -> dict[str, object]:
    return {
        "id": str(number),
        "text": "Acme Coffee",
        "username": "jo",
        "permalink": f"https://www.threads.com/@jo/post/{number}",
        "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}+0000",
        **more,
    }


def asked(source: Threads = SOURCE, brand: Brand = ONE) -> dict[str, Request]:
    return {request.query_key: request for request in source.requests((brand,), {}, NOW)}


@dataclass
class Service:
    """A search that obeys ``since`` and gives pages by a cursor, the next one's address with the token in it."""

    posts: list[tuple[int, datetime]] = field(default_factory=list)

    def publish(self, number: int, until: datetime = NOW) -> set[str]:
        start = len(self.posts) + 1
        self.posts += [(start + n, until - timedelta(minutes=number - n)) for n in range(number)]
        return {str(start + n) for n in range(number)}

    def __call__(self, request: Request) -> Response:
        sent = params(request)
        since = datetime.fromtimestamp(int(sent.get("since", 1_688_540_400)), UTC)
        assert int(sent.get("since", 1_688_540_400)) >= 1_688_540_400
        known = sorted(((at, number) for number, at in self.posts if at >= since), reverse=True)
        skip, size = int(sent.get("after", "c0")[1:]), int(sent["limit"])
        page = [post(number, at) for at, number in known[skip : skip + size]]
        paging: dict[str, Any] = {"cursors": {"before": "c", "after": f"c{skip + size}"}}
        if len(known) > skip + size:
            paging["next"] = f"{request.url}?access_token=THQVJt0ken&after=c{skip + size}"
        return answer(request, {"data": page, **({"paging": paging} if page else {})})


def test_asks_for_words_topics_mentions_and_replies() -> None:
    """Only searches count against the 2,200 a day."""
    requests = asked(brand=ACME)

    assert {question: params(request).get("search_mode") for question, request in requests.items()} == {
        "text:acme coffee": "KEYWORD",
        "text:acme": "KEYWORD",
        "text:acmecoffee": "KEYWORD",
        "text:acme.example": "KEYWORD",
        "tag:acmecoffee": "TAG",
        "mentions": None,
        "replies": None,
    }
    assert {question for question, request in requests.items() if not request.metered} == {"mentions", "replies"}
    assert params(requests["text:acme coffee"])["access_token"] == "***"
    assert "THQVJ" not in repr(requests)


@pytest.mark.parametrize("new", [0, 1, 99, 100, 101, 230])
def test_every_post_since_the_last_scan_is_found(new: int) -> None:
    """Page after page by the cursor; the next page's address, which holds the token, is not followed."""
    service = Service()
    service.publish(120, until=NOW - timedelta(days=1))
    before = scan(SEARCH, service, brands=(ONE,))
    fresh = service.publish(new)
    after = scan(SEARCH, service, before.checkpoints, brands=(ONE,))

    assert len(before.items) == 100
    assert after.ids - before.ids == fresh
    assert after.holes == set()
    assert not [request for request in after.asked if "THQVJ" in request.url or "THQVJ" in repr(request)]


def replies_server(posts: list[dict[str, object]], replies: dict[str, list[dict[str, object]]]) -> Any:
    def serve(request: Request) -> Response:
        number = request.url.removesuffix("/conversation").rpartition("/")[2]
        return answer(request, {"data": posts if number == "threads" else replies[number]})

    return serve


def test_replies_are_read_under_each_answered_post() -> None:
    """What was there before the first scan is no news; what comes after is, also under an old post."""
    old, new = NOW - timedelta(days=3), NOW + timedelta(minutes=5)
    posts = [post(1, old, has_replies=True), post(2, old, has_replies=False), post(3, old, has_replies=True)]
    there = {"1": [post(11, old, is_reply=True)], "3": [post(31, old, is_reply=True)]}
    before = scan(REPLIES, replies_server(posts, there), brands=(ONE,))
    there["3"].insert(0, post(32, new, is_reply=True, replied_to={"id": "3"}))
    after = scan(
        REPLIES,
        lambda request: answer(request, json.loads(replies_server(posts, there)(request).body), at=new),
        before.checkpoints,
        brands=(ONE,),
    )

    assert before.ids == {"1", "2", "3"}
    assert after.ids == {"32"}
    assert [item.kind for item in after.items] == ["comment"]
    assert [request.url.rpartition("/v1.0/")[2] for request in after.asked] == [
        "me/threads",
        "1/conversation",
        "3/conversation",
    ]
    assert all(params(request)["access_token"] == "***" for request in after.asked)


def error(code: int, message: str = "In their words.", **more: object) -> dict[str, object]:
    return {"error": {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A", **more}}


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (error(190, "Error validating access token: THQVJt0ken", error_subcode=463), AuthFailed, "expired"),
        (error(190), AuthFailed, "make a new one"),
        (error(102), AuthFailed, "token"),
        (error(100, "Malformed access token THQVJt0ken"), AuthFailed, "token"),
        (error(10), Forbidden, "threads_keyword_search"),
        (error(200), Forbidden, "permission"),
        (error(299), Forbidden, "permission"),
        (error(4), RateLimited, "too often"),
        (error(17), RateLimited, "too often"),
        (error(32), RateLimited, "too often"),
        (error(613), RateLimited, "too often"),
        (error(80007), RateLimited, "too often"),
        (error(1), ServerError, "server error"),
        (error(2), ServerError, "server error"),
        (error(100, "Unknown thing", is_transient=True), ServerError, "server error"),
        (error(12), UnexpectedResponse, "version"),
        (error(368), Forbidden, "blocked"),
        (error(100, error_subcode=33), UnexpectedResponse, "no such"),
        (error(100, "bad THQVJt0ken here"), UnexpectedResponse, "bad *** here"),
    ],
)
def test_errors_are_told_apart(body: dict[str, object], kind: type[SourceError], says: str) -> None:
    """By their numbers, whatever the status, an answer of status 200 included; the token is never repeated."""
    request = asked()["text:acme coffee"]
    explained = SOURCE.explain(answer(request, body, status=400))
    with pytest.raises(kind) as caught:
        SOURCE.parse(answer(request, body))

    assert isinstance(explained, kind)
    for said in (explained, caught.value):
        assert says in said.message
        assert "THQVJ" not in said.message


def test_a_missing_permission_is_one_question_s_trouble() -> None:
    """It names the permission of that question; the others are asked."""
    told = {question: SOURCE.explain(answer(request, error(10), status=403)) for question, request in asked().items()}

    assert all(isinstance(said, Forbidden) and said.only_this for said in told.values())
    assert "threads_manage_mentions" in str(told["mentions"])
    assert "threads_read_replies" in str(told["replies"])


def test_the_other_questions_are_asked_where_one_permission_is_missing(world: World) -> None:
    """The post is found, the trouble told with the permission's name; an expired token ends it all at once."""
    base = "https://graph.threads.net/v1.0"
    world.environ["T"] = "THQVJt0ken"
    world.configure(
        '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n'
        '[[sources]]\ntype = "threads"\nevery = "1h"\nbacklog = "tell"\ntoken = { env = "T" }\n'
    )
    world.serve(f"{base}/keyword_search", json.dumps(error(10)), status=403)
    world.serve(f"{base}/me/mentions", json.dumps({"data": [post(1, world.now)]}))
    world.serve(f"{base}/me/threads", json.dumps({"data": []}))
    some = world.run("scan", "--jsonl")
    told = world.run("sources", "--json")
    world.serve(f"{base}/keyword_search", json.dumps(error(190)), status=400)
    asked = len(world.network.asked)
    none = world.later(hours=1).run("scan", "-v")

    assert [json.loads(line)["external_id"] for line in some.out.splitlines()] == ["1"]
    assert "threads_keyword_search" in told.out
    assert "rejected the token" in none.err
    assert len(world.network.asked) == asked + 1


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, HOUR),
        ({"x-app-usage": "no JSON"}, HOUR),
        ({"x-app-usage": "[" * 9_000}, HOUR),
        ({"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": 19}]}'}, timedelta(minutes=19)),
        ({"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": 1e300}]}'}, timedelta(days=1)),
        ({"x-business-use-case-usage": '{"1": {"a": 1}, "2": [7, null]}'}, HOUR),
    ],
)
def test_the_wait_is_as_long_as_meta_says(headers: dict[str, str], wait: timedelta) -> None:
    """In minutes, by business; an hour where it says nothing, for its limits roll over an hour."""
    said = SOURCE.explain(answer(asked()["mentions"], error(4), status=400, headers=headers))

    assert isinstance(said, RateLimited)
    assert said.until == NOW + wait


def test_a_nearly_used_up_limit_is_left_alone() -> None:
    """Before Meta refuses: people use the app, too."""
    full = answer(asked()["mentions"], {"data": []}, headers={"x-app-usage": '{"call_count": 28, "total_time": 96}'})
    half = answer(asked()["mentions"], {"data": []}, headers={"x-app-usage": '{"call_count": 28, "total_time": "96"}'})

    assert (SOURCE.parse(full).pause, SOURCE.parse(half).pause) == (600, 0)


def test_nothing_to_ask_is_refused() -> None:
    """All three switched off."""
    with pytest.raises(UserError, match="search: nothing is asked"):
        Threads(token=Secret("t"), search=False, mentions=False, replies=False)


def test_reads_a_recorded_list_of_posts(shared: Path) -> None:
    """Made by hand by those who know the live service: numbers, addresses, and a zone without a colon."""
    raw = (shared / "corpus/recorded/threads/user_posts.json").read_bytes()
    items = SOURCE.parse(answer(asked()["replies"], raw)).items

    assert [item.external_id for item in items] == ["1002", "1001"]
    assert items[0].published_at == datetime(2024, 1, 2, 12, 0, tzinfo=UTC)
    assert items[0].url == "https://www.threads.com/@threads-user/post/def"
    assert items[0].author.handle == "threads-user"
