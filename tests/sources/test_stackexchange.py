"""Stack Exchange: questions and answers within a small quota, at the pace the API asks for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from mentionwatch.errors import AuthFailed, RateLimited, ServerError, SourceError, UnexpectedResponse, UserError
from mentionwatch.identity import identity_keys
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.model import Brand, Term
from mentionwatch.sources import limits_of
from mentionwatch.sources.platforms.stackexchange import StackExchange
from support.replay import ACME, NOW, answer, params, scan
from support.tables import rows
from support.world import Reply, World

DENO = Brand("Deno", terms=(Term("name", "Deno"),))
SECOND = int(NOW.timestamp())


@dataclass
class Site:
    """The API: newest first, a hundred a page, from a second on."""

    posts: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        asked = params(request)
        assert (asked["sort"], asked["order"]) == ("creation", "desc")
        found = [
            post for post in sorted(self.posts, key=lambda post: -post[1]) if post[1] >= int(asked.get("fromdate", 0))
        ]
        size, page = int(asked["pagesize"]), int(asked.get("page", "1"))
        part = found[(page - 1) * size : page * size]
        kind = "answer" if "excerpts" in request.url else "question"
        items = [
            {"question_id": n, "answer_id": n, "item_type": kind, "creation_date": at, "title": "Deno"}
            for n, at in part
        ]
        return answer(request, {"items": items, "has_more": page * size < len(found), "quota_remaining": 200})


def numbers(ids: set[str | None], kind: str) -> set[int]:
    return {int(str(name).rpartition("/")[2]) for name in ids if f"/{kind}/" in str(name)}


def first_of(source: StackExchange, question: str = "questions:deno", brand: Brand = DENO) -> Request:
    return next(request for request in source.requests((brand,), {}, NOW) if request.query_key == question)


def test_asks_names_in_questions_and_answers_tags_and_links() -> None:
    """Each in the way the API has for it; the key shows nowhere."""
    source = StackExchange("https://unix.stackexchange.com", Secret("k3y-value"))
    asked = {request.query_key: request for request in source.requests((ACME,), {}, NOW)}

    assert set(asked) == {
        "questions:acme coffee", "answers:acme coffee", "questions:acme", "answers:acme", "tag:acmecoffee",
        "url:acme.example",
    }  # fmt: skip
    assert asked["answers:acme coffee"].url == "https://api.stackexchange.com/2.3/search/excerpts"
    assert params(asked["questions:acme coffee"])["q"] == '"Acme Coffee"'
    assert params(asked["tag:acmecoffee"])["tagged"] == "acmecoffee"
    assert params(asked["url:acme.example"])["url"] == "*acme.example*"
    assert {params(request)["site"] for request in asked.values()} == {"unix"}
    assert "k3y-value" not in repr(asked)


@pytest.mark.parametrize(
    ("site", "host"),
    [
        ("stackoverflow", "stackoverflow.com"),
        ("stackoverflow.com", "stackoverflow.com"),
        ("https://serverfault.com/", "serverfault.com"),
        ("Unix", "unix.stackexchange.com"),
        ("unix.stackexchange.com", "unix.stackexchange.com"),
        ("pt.stackoverflow", "pt.stackoverflow.com"),
        ("meta", "meta.stackexchange.com"),
        ("mathoverflow.net", "mathoverflow.net"),
    ],
)
def test_a_site_is_known_by_each_of_its_names(site: str, host: str) -> None:
    """The same question has the same id however the site is written."""
    source = StackExchange(site)
    [item] = source.parse(answer(first_of(source), {"items": [{"question_id": 7, "title": "x"}]})).items

    assert (item.external_id, item.url) == (f"{host}/q/7", f"https://{host}/questions/7")


@pytest.mark.parametrize("site", ["", "a b", "../x", "a.b.c.d"])
def test_what_is_no_site_is_refused(site: str) -> None:
    """The problem starts with the option's name."""
    with pytest.raises(UserError, match=r"^site: "):
        StackExchange(site)


def test_the_key_makes_the_quota() -> None:
    """300 a day without one, 10,000 with."""
    assert limits_of(StackExchange()).per_day == 300
    assert limits_of(StackExchange(key=Secret("x"))).per_day == 10_000


@pytest.mark.parametrize("new", [0, 1, 99, 100, 101, 350])
def test_every_post_since_the_last_scan_is_found(new: int) -> None:
    """Questions and answers, page after page, and nothing of before the first scan."""
    site = Site([(n, SECOND - 90_000 - n) for n in range(300)])
    first = scan(StackExchange(), site, brands=(DENO,))
    site.posts += [(1000 + n, SECOND - n) for n in range(new)]
    second = scan(StackExchange(), site, first.checkpoints, brands=(DENO,))

    for kind in ("q", "a"):
        assert numbers(second.ids - first.ids, kind) == set(range(1000, 1000 + new))
    assert second.holes == set()


def test_every_new_comment_of_a_site_is_read_where_that_is_wanted() -> None:
    """Comments cannot be searched; a site's own can all be read, each under its post and none taken for it."""
    comments = [(n, SECOND - 90_000 + n) for n in range(5)]

    def server(request: Request) -> Response:
        asked = params(request)
        assert asked["filter"] == "withbody"
        found = [one for one in sorted(comments, reverse=True) if one[1] >= int(asked.get("fromdate", 0))]
        start = 100 * (int(asked.get("page", "1")) - 1)
        items = [
            {"comment_id": n, "post_id": 7, "creation_date": at, "body": "<b>Deno</b> &amp; me", "score": 2}
            for n, at in found[start : start + 100]
        ]
        return answer(request, {"items": items, "has_more": start + 100 < len(found), "quota_remaining": 200})

    source, nobody = StackExchange("unix", comments=True), Brand("Nobody")
    first = scan(source, server, brands=(nobody,))
    comments += [(1_000 + n, SECOND + n) for n in range(230)]
    second = scan(source, server, first.checkpoints, brands=(nobody,), now=NOW + timedelta(hours=1))

    assert {1_000 + n for n in range(230)} == numbers(second.ids - first.ids, "c")
    assert second.holes == set()
    item = second.items[0]
    assert (item.kind, item.text, item.parent_url) == ("comment", "Deno & me", "https://unix.stackexchange.com/q/7")
    [names] = identity_keys([item], "unix")
    assert "url:https://unix.stackexchange.com/questions/7" not in [key.text for key in names if key.stored]


def test_an_answer_is_told_from_the_questions_among_the_excerpts() -> None:
    """It stands under its question and has no title; who wrote it is not said."""
    source = StackExchange()
    body: dict[str, Any] = {
        "question_id": 1,
        "title": "x",
        "creation_date": SECOND,
        "excerpt": "a <b>b</b>",
        "body": "",
    }
    items = [
        {**body, "item_type": "question"},
        {**body, "item_type": "answer", "answer_id": 2, "answer_score": 0, "score": 5},
    ]
    [item] = source.parse(answer(first_of(source, "answers:deno"), {"items": items})).items

    assert (item.kind, item.external_id, item.title, item.text) == ("comment", "stackoverflow.com/a/2", None, "a b")
    assert item.parent_url == "https://stackoverflow.com/questions/1"
    assert item.engagement.score == 0


# --- the pace ---------------------------------------------------------------------------------------------------------


def test_a_genuine_backoff_is_heard(shared: Path) -> None:
    """A recorded page asks for a pause (its length was edited there) and has more."""
    folder = shared / "corpus/recorded/stackexchange"
    page = StackExchange().parse(
        answer(first_of(StackExchange()), (folder / "stackexchange_question_backoff_page.json").read_bytes())
    )

    assert page.pause == 0.2
    assert [item.external_id for item in page.items] == ["stackoverflow.com/q/1"] * 2


def test_the_last_request_of_the_day_ends_it() -> None:
    """Nothing is asked once the platform says that nothing remains."""
    page = StackExchange().parse(answer(first_of(StackExchange()), {"items": [], "quota_remaining": 0}))

    assert page.pause == 16 * 3600


CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme Coffee", "Acme Beans"]

[[sources]]
type = "stackexchange"
every = "15m"
"""


def serve(world: World, body: dict[str, Any]) -> list[tuple[datetime, httpx.Request]]:
    asked: list[tuple[datetime, httpx.Request]] = []

    def reply(request: httpx.Request) -> Reply:
        asked.append((world.now, request))
        return Reply(json.dumps({"items": [], "has_more": False, **body}))

    for path in ("advanced", "excerpts"):
        world.network.pages[f"https://api.stackexchange.com/2.3/search/{path}"] = reply
    return asked


def test_a_backoff_is_waited_out(world: World) -> None:
    """Ten seconds between any two requests when each answer asks for ten."""
    world.configure(CONFIG)
    asked = serve(world, {"backoff": 10, "quota_remaining": 200})
    assert world.run("scan").status == 0
    times = [at for at, _ in asked]

    assert len(times) == 4
    assert min(later - earlier for earlier, later in pairwise(times)) >= timedelta(seconds=10)


def test_a_long_backoff_ends_the_turn_and_is_remembered(world: World) -> None:
    """Ten minutes are not slept through; the next run within them asks nothing, and none of it is a failure."""
    world.configure(CONFIG)
    asked = serve(world, {"backoff": 600, "quota_remaining": 200})
    assert world.run("scan", "--strict").status == 0
    assert len(asked) == 1
    assert world.later(minutes=5).run("scan", "--force").status == 0
    assert len(asked) == 1
    world.later(minutes=6).run("scan", "--force")
    assert len(asked) == 2


def test_what_the_platform_says_to_one_source_holds_for_the_other(world: World) -> None:
    """Two sites are asked at one address: when it says to come back in an hour, neither is asked before."""
    world.configure(CONFIG + '[[sources]]\ntype = "stackexchange"\nname = "two"\nsite = "unix"\n')
    body = {"error_id": 502, "error_message": "too many requests from this IP, more requests available in 3600 seconds"}
    asked: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> Reply:
        asked.append(request)
        return Reply(json.dumps(body), 400)

    for path in ("advanced", "excerpts"):
        world.network.pages[f"https://api.stackexchange.com/2.3/search/{path}"] = refuse
    assert world.run("scan", "--source", "two", "--strict").status == 0
    assert len(asked) == 1
    assert world.later(minutes=5).run("scan", "--force", "--strict").status == 0
    assert len(asked) == 1
    world.later(minutes=56).run("scan", "--force")
    assert len(asked) > 1


def test_a_quota_of_our_own_count_is_waiting_and_no_failure(world: World) -> None:
    """300 a day are 300, however often and by however many sources somebody scans."""
    world.configure(CONFIG.replace("15m", "1m") + '[[sources]]\ntype = "stackexchange"\nname = "two"\nsite = "unix"\n')
    asked = serve(world, {"quota_remaining": 200})
    for _ in range(40):
        assert world.run("scan", "--force", "--strict").status == 0
        world.later(minutes=2)

    assert len(asked) == 300
    assert rows(world.folder, "SELECT DISTINCT wait_until, wait_reason FROM source_states") == [
        ("2026-11-21T00:00:00Z", "the daily quota of 300 requests is used up; next request from 00:00 UTC")
    ]
    assert rows(world.folder, "SELECT quota, day, requests FROM spent") == [
        ("stackexchange api.stackexchange.com", "2026-11-20", 300)
    ]
    world.later(hours=16).run("scan")
    assert len(asked) > 300


def test_sources_of_one_quota_have_a_part_each(world: World) -> None:
    """Two sites out of one quota: both are asked to the end of the day."""
    world.configure(CONFIG + '[[sources]]\ntype = "stackexchange"\nname = "two"\nsite = "unix"\nevery = "15m"\n')
    asked = serve(world, {"quota_remaining": 200})
    for _ in range(24 * 4):
        world.run("scan")
        world.later(minutes=15)
    last = {request.url.params["site"]: at for at, request in asked}

    assert len(asked) <= 300
    assert min(last.values()) > world.now - timedelta(hours=1)


def test_a_quota_is_spread_over_the_day(world: World) -> None:
    """Four questions out of 300 a day are asked every 19 minutes, though the configuration says 15."""
    world.configure(CONFIG)
    asked = serve(world, {"quota_remaining": 200})
    for _ in range(24 * 6):
        world.run("scan")
        world.later(minutes=10)

    assert 280 <= len(asked) <= 300
    assert asked[-1][0] - asked[0][0] > timedelta(hours=22)


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (
            {
                "error_id": 502,
                "error_name": "throttle_violation",
                "error_message": "too many requests from this IP, more requests available in 82216 seconds",
            },
            RateLimited,
            "until 2026-11-22 06:50 UTC",
        ),
        (
            {"error_id": 400, "error_name": "bad_parameter", "error_message": "`key` is not valid"},
            AuthFailed,
            "stackapps.com",
        ),
        ({"error_id": 400, "error_message": "key doesn't match a known application"}, AuthFailed, "stackapps.com"),
        ({"error_id": 400, "error_message": "No site found for name `stackoverflow`"}, UnexpectedResponse, "no site"),
        ({"error_id": 503, "error_name": "temporarily_unavailable"}, ServerError, "will retry"),
    ],
)
def test_errors_are_told_by_their_number(body: dict[str, Any], kind: type[SourceError], says: str) -> None:
    """All of them come with status 400."""
    explained = StackExchange().explain(answer(first_of(StackExchange()), body, status=400))

    assert type(explained) is kind
    assert says in explained.message
    if isinstance(explained, RateLimited):
        assert explained.until == NOW + timedelta(seconds=82216)


def test_a_ban_that_is_no_json_is_left_to_its_status() -> None:
    """What the cut-off answers is not defined."""
    assert StackExchange().explain(answer(first_of(StackExchange()), b"<html>", status=400)) is None


# --- genuine answers --------------------------------------------------------------------------------------------------


def test_reads_a_genuine_question(shared: Path) -> None:
    """Recorded in 2016; names and words were blanked by those who recorded it."""
    body = (shared / "corpus/recorded/stackexchange/stackexchange_question.json").read_bytes()
    [item] = StackExchange().parse(answer(first_of(StackExchange()), body)).items

    assert (item.external_id, item.title, item.url) == (
        "stackoverflow.com/q/1",
        None,
        "https://stackoverflow.com/questions/1",
    )
    assert item.published_at == datetime(2016, 4, 6, 2, 1, 16, tzinfo=UTC)
    assert (item.author.handle, item.author.url) == (
        "zhquan_example_3",
        "http://stackoverflow.com/users/3/zhquan_example_3",
    )
    assert (item.engagement.score, item.engagement.replies, item.engagement.views) == (1, 1, 17)
    assert item.tags == ("python", "pandas")


def test_other_lists_of_the_api_are_not_nothing() -> None:
    """Users or tags in place of questions are not understood."""
    with pytest.raises(UnexpectedResponse, match="lists nothing that is"):
        StackExchange().parse(answer(first_of(StackExchange()), {"items": [{"name": "python", "count": 7}]}))


def test_the_same_page_for_ever_is_a_hole() -> None:
    """A server that takes no notice of ``page`` is left, and that is said."""
    request = replace(first_of(StackExchange()), since=str(SECOND - 90_000))
    body = {"items": [{"question_id": 1, "creation_date": SECOND - 5}], "has_more": True}
    page = StackExchange().parse(answer(request, body))
    assert page.next is not None
    again = StackExchange().parse(answer(page.next, body))

    assert (again.next, again.truncated) == (None, True)
